"""Length strip: shares by length class that sum to 100, cut by the recommended limits."""

from __future__ import annotations

from dataclasses import dataclass

from fmbstats.figures.charts.frame import LINE, label_top, placed, tier_height, write_limit
from fmbstats.figures.fonts import text_width
from fmbstats.figures.svg import Chart, Drawing, Say

TALL, LOW = 50, 36


@dataclass(frozen=True)
class Segment:
    """Spells of one length class."""

    share: float  #: Of all spells of the row, in [0, 1].
    #: `name`, `short`: "90–179 dagar", and what fits in less room.
    name: str
    short: str
    said: Say  #: The share in words.
    shade: int  #: 1 (shortest) to 5.
    is_hatched: bool = False  #: A limit lies somewhere in it.


@dataclass(frozen=True)
class Bracket:
    """The share past a limit: from which cumulated share on, and in words."""

    start: float
    said: Say


@dataclass(frozen=True)
class Row:
    """One year of one source."""

    label: str  #: "2017".
    count: Say  #: "25 616 sjukfall".
    segments: tuple[Segment, ...]
    brackets: tuple[Bracket, ...] = ()


@dataclass(frozen=True)
class Cut:
    """A limit that cuts the strip."""

    at: tuple[tuple[float, float], ...]  #: For each row the cumulated shares between which it lies.
    name: Say | str
    note: str = ""
    #: What stands at the other side of the line: a case without a limit.
    beside: tuple[str, ...] = ()


@dataclass(frozen=True)
class LengthStrip(Chart):
    """At most two rows, the newest first, and the limits that cut them."""

    rows: tuple[Row, ...]
    cuts: tuple[Cut, ...]  #: Shortest first.
    hatched: str = ""  #: What a hatched stretch means; empty when there is none.

    def onto(self, drawing: Drawing) -> None:
        """Draw the strip."""
        width = drawing.width
        at = [sum(cut.at[0]) / 2 * width for cut in self.cuts]
        labels = [
            (x, Say.of(cut.name).text, cut.note) for x, cut in zip(at, self.cuts, strict=True)
        ]
        sides = ["end"] * (len(at) - 1) + ["end" if self._is_open else "start"]
        places = placed(labels, width, drawing.size, sides=sides)
        top = tier_height(places)
        y, tops = self._row_top(places, top, width, drawing), []
        for k, row in enumerate(self.rows):
            tall = TALL if k == 0 else LOW
            tops.append((y, tall))
            self._row(drawing, row, k, y, width)
            y += tall + self._brackets(drawing, row, y + tall, width, k == 0)
            y += 30 if k + 1 < len(self.rows) else 4
        self._lines(drawing, places, tops, width)
        for k, (row, (top, _)) in enumerate(zip(self.rows, tops, strict=True)):
            self._label(drawing, row, k, top, width)
        if self.hatched:
            drawing.rect(0, y, 18, 11, "rh")
            drawing.text(24, y + 10, self.hatched, "m")
            y += 16
        drawing.height = y

    @property
    def _is_open(self) -> bool:
        return any(cut.beside for cut in self.cuts)

    def _row_top(self, places, top: float, width: float, drawing: Drawing) -> float:
        """Let the first row's label share the last line of the limits' labels when it can."""
        row = self.rows[0]
        wide = text_width(f"{row.label}  {row.count.text}", drawing.size, 600)
        low = [p.x - (130 if p.end == "end" else 0) for p in places if p.tier == 0]
        clear = drawing.is_wide and all(x > wide + 20 for x in low)
        return top + (12 if clear and top else 26)

    def _label_left(self, drawing: Drawing, row: Row, k: int, width: float) -> float:
        """Return where the row's label begins: behind the lines that would run through it."""
        wide = drawing.wide(row.label, "b") + 9 + drawing.wide(row.count.text)
        here = [sum(cut.at[k]) / 2 * width for cut in self.cuts]
        # Above the second row lines still come from the first one's places.
        before = [sum(cut.at[max(k - 1, 0)]) / 2 * width for cut in self.cuts]
        lines = {x + part * (y - x) for x, y in zip(here, before, strict=True) for part in (0, 0.5)}
        for left in (0.0, *(x + 8 for x in sorted(lines) if x + 8 + wide <= width)):
            if not any(left - 4 < x < left + wide + 4 for x in lines):
                return left
        return 0.0

    def _label(self, drawing: Drawing, row: Row, k: int, y: float, width: float) -> None:
        left = self._label_left(drawing, row, k, width)
        drawing.text(left, y - 9, row.label, "b h")
        drawing.text(left + drawing.wide(row.label, "b") + 9, y - 9, row.count, "m h")

    def _row(self, drawing: Drawing, row: Row, k: int, y: float, width: float) -> None:
        tall, x = (TALL if k == 0 else LOW), 0.0
        total = sum(segment.share for segment in row.segments) or 1.0
        for segment in row.segments:
            wide = segment.share / total * width
            title = ": ".join(filter(None, (f"{row.label}, {segment.name}", segment.said.text)))
            drawing.open(Say(title, segment.said.row))
            kind = "rh" if segment.is_hatched else f"r{segment.shade}"
            drawing.rect(x, y, max(wide - 1.5, 0.5), tall, kind)
            if not segment.is_hatched:
                _inside(drawing, segment, x + wide / 2 - 0.7, y, wide - 8, tall)
            drawing.close()
            x += wide

    def _brackets(self, drawing: Drawing, row: Row, y: float, width: float, is_first: bool):
        used = 0
        for k, bracket in enumerate(row.brackets):
            x, at = bracket.start * width + (5 if not self.hatched else 0), y + 9 + used
            drawing.path([(x, at), (x, at + 7), (width - 1, at + 7), (width - 1, at)], "br")
            kind = "b h" if is_first and k == 0 else "h"
            drawing.text(width, at + 26, bracket.said, kind, "end")
            used += 36
        return used

    def _lines(self, drawing: Drawing, places, tops, width: float) -> None:
        for cut, place in zip(self.cuts, places, strict=True):
            up = label_top(place, places)
            first = tops[0][0]
            for k, ((low, high), (y, tall)) in enumerate(zip(cut.at, tops, strict=True)):
                x = (low + high) / 2 * width
                above = up if k == 0 else y - 4
                below = y + tall + 4
                if high - low > 1e-9:
                    ends = [low * width, high * width]
                    drawing.path(
                        [(ends[0], y - 1), (ends[0], y - 5), (ends[1], y - 5), (ends[1], y - 1)],
                        "li",
                    )
                    below = y - 5
                drawing.line(x, above, x, below, "li")
            if len(tops) > 1:
                x1, x2 = (sum(at) / 2 * width for at in cut.at[:2])
                begin, end = first + tops[0][1] + 4, tops[1][0] - 4
                drawing.line(x1, begin, x2, end, "lc", is_behind=True)
            self._labels(drawing, cut, place, up)

    def _labels(self, drawing: Drawing, cut: Cut, place, up: float) -> None:
        write_limit(drawing, place, up, cut.name)
        x = place.x + (11 if place.end == "end" else -11)
        end = "start" if place.end == "end" else "end"
        room = drawing.width - x if end == "start" else x
        # Its case goes with it as far as the other limits have theirs, and where it fits.
        for k, line in enumerate(cut.beside[: 1 + bool(place.lines)]):
            if drawing.wide(line, "b" if k == 0 else "") > room:
                break
            drawing.text(x, up + 11 + k * (LINE - 1), line, "l b" if k == 0 else "l", end)


def _inside(drawing: Drawing, segment: Segment, x: float, y: float, room: float, tall: float):
    """Write name and share into a segment, as much of it as fits."""
    on = f"o{segment.shade}"
    bare = segment.said.text if drawing.is_wide else segment.said.text.rstrip("\u00a0%")
    fits = bool(bare) and drawing.wide(bare, "b") <= room + 4
    said = Say(bare, segment.said.row) if fits else None
    names = (segment.name, segment.short) if drawing.is_wide else (segment.short,)
    name = next((n for n in names if drawing.wide(n) <= room + 4), None)
    if tall == LOW:
        name = None
    if name and said:
        drawing.text(x, y + tall / 2 - 4, name, on, "middle")
        drawing.text(x, y + tall / 2 + 14, said, f"b {on}", "middle")
    elif said:
        drawing.text(x, y + tall / 2 + 4.5, said, f"b {on}" if tall == TALL else on, "middle")
    elif name:
        drawing.text(x, y + tall / 2 + 4.5, name, on, "middle")
