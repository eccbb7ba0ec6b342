"""Lean SVG: shapes and text as short markup, text as text, colours by class.

No colour is written here: the classes stand in the pages' style sheet, so one picture serves the
light page, the dark one and print. A text that holds a number is a `Say`: it carries its row.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from html import escape

from fmbstats.figures.fonts import text_width

WIDE, NARROW = 13.0, 12.0


@dataclass(frozen=True)
class Say:
    """A piece of text; with `row`, one that tells a number of that row."""

    text: str  #: As it stands in the picture.
    #: Id of the row in adherence.csv; empty for plain words. Several are parted by blanks.
    row: str = ""
    form: str = ""  #: How the number is rounded, one of `grammar.FORMS`; empty when to the nearest.

    @classmethod
    def of(cls, given: Say | str) -> Say:
        """Take one, or make one of plain words."""
        return given if isinstance(given, Say) else cls(given)


NOTHING = Say("")


@dataclass(frozen=True)
class Scale:
    """A straight scale from values to pixels.

    >>> Scale(0, 100, 200, 0)(25)
    150.0
    """

    low: float
    high: float
    start: float
    stop: float

    def __call__(self, value: float) -> float:
        """Return the place of a value; values outside stay at the edge."""
        share = (value - self.low) / (self.high - self.low)
        return self.start + min(max(share, 0.0), 1.0) * (self.stop - self.start)

    def value(self, place: float) -> float:
        """Return the value of a place, which may lie outside.

        >>> Scale(0, 100, 200, 0).value(150)
        25.0
        """
        share = (place - self.start) / (self.stop - self.start)
        return self.low + share * (self.high - self.low)


@dataclass
class Drawing:
    """A picture in the making."""

    #: `width`, `height`: in pixels; what is drawn is never scaled.
    width: float
    height: float
    is_wide: bool = True  #: Marks can be reached by keyboard in wide pictures only.
    parts: list[str] = field(default_factory=list)

    @property
    def size(self) -> float:
        """Size of ordinary text, in pixels."""
        return WIDE if self.is_wide else NARROW

    def scaled(self, x: Scale | None = None, y: Scale | None = None) -> None:
        """Say what the places mean, before any is drawn; pixels where there is no scale."""

    def line(
        self, x1: float, y1: float, x2: float, y2: float, kind: str, *, is_behind: bool = False
    ) -> None:
        """Draw a straight line, behind all that is drawn already when so wished."""
        line = f'<path class="{kind}" d="M{_n(x1)} {_n(y1)}{_straight(x1, y1, x2, y2)}"/>'
        self.parts.insert(0 if is_behind else len(self.parts), line)

    def rect(self, x: float, y: float, width: float, height: float, kind: str, r: float = 0):
        """Draw a rectangle; one of no width is left out."""
        if width > 0 and height > 0:
            round_ = f' rx="{_n(r)}"' if r else ""
            self.parts.append(
                f'<rect class="{kind}" x="{_n(x)}" y="{_n(y)}" width="{_n(width)}" '
                f'height="{_n(height)}"{round_}/>'
            )

    def columns(
        self, tops: Sequence[tuple[float, float]], width: float, bottom: float, kind: str
    ) -> None:
        """Draw columns of one width from their left upper corners down, as one shape."""
        moves = [
            f"M{_n(x)} {_n(bottom)}V{_n(y)}h{_n(width)}V{_n(bottom)}z"
            for x, y in tops
            if bottom - y > 0.05
        ]
        if moves:
            self.parts.append(f'<path class="{kind}" d="{"".join(moves)}"/>')

    def circle(self, x: float, y: float, r: float, kind: str) -> None:
        """Draw a dot."""
        self.parts.append(f'<circle class="{kind}" cx="{_n(x)}" cy="{_n(y)}" r="{_n(r)}"/>')

    def path(self, points: Sequence[tuple[float, float]], kind: str, closed: bool = False) -> None:
        """Draw a line through points, or the area within them."""
        if len(points) > 1:
            self.parts.append(f'<path class="{kind}" d="{_through(points)}{"z" * closed}"/>')

    def text(
        self, x: float, y: float, said: Say | str, kind: str = "", end: str = "start", **more: str
    ) -> None:
        """Write a line of text; `end` says which of its ends stands at `x`.

        `kind`: classes: ``b`` bold, ``m`` secondary, ``l`` limit, ``s`` smallest. `end`: {"start",
        "middle", "end"}.
        """
        said = Say.of(said)
        row = _row(said)
        anchor = {"start": "", "middle": " am", "end": " ae"}[end]
        name = f' class="{(kind + anchor).strip()}"' if kind or anchor else ""
        more_ = "".join(f' {key}="{escape(value)}"' for key, value in more.items())
        self.parts.append(
            f'<text{name} x="{_n(x)}" y="{_n(y)}"{row}{more_}>{escape(said.text)}</text>'
        )

    def open(self, said: Say | str, name: str = "") -> None:
        """Begin a mark that says what it is to pointer, keyboard and screen reader."""
        said = Say.of(said)
        if not self.is_wide:
            self.parts.append("<g>")
            return
        row = _row(said)
        label = escape(said.text)
        extra = f" {name}" if name else ""
        self.parts.append(
            f'<g class="k{extra}" tabindex="0" role="img"{row}><title>{label}</title>'
        )

    def close(self) -> None:
        """End a mark."""
        self.parts.append("</g>")

    def wide(self, text: str, kind: str = "") -> float:
        """Return how wide a text of this picture is, in pixels."""
        return text_width(text, self.size, 600 if "b" in kind.split() else 400)

    def markup(self, alt: Say | str, tone: str = "real") -> str:
        """Return the picture as one element.

        `alt`: what is to be seen, in a sentence; empty where the words beside it say it all. `tone`
        ({"real", "syn"}): whose colours.
        """
        said = Say.of(alt)
        row = _row(said)
        role, size = ("group", "wide") if self.is_wide else ("img", "narrow")
        spoken = f'role="{role}" aria-label="{escape(said.text)}"{row}'
        spoken = spoken if said.text else 'aria-hidden="true"'
        return (
            f'<svg class="{size} {tone}" {spoken} '
            f'width="{_n(self.width)}" height="{_n(self.height)}" '
            f'viewBox="0 0 {_n(self.width)} {_n(self.height)}">{self._inner()}</svg>'
        )

    def _inner(self) -> str:
        if self.is_wide:
            return "".join(_unspoken(self.parts))
        return f'<g aria-hidden="true">{"".join(self.parts)}</g>'


class Chart:
    """A description of a figure: plain numbers and texts that are drawn at any width."""

    #: In pixels; a wider picture is one for wide screens.
    wide_from = 400.0

    def draw(self, width: float) -> Drawing:
        """Return the picture, `width` pixels wide."""
        drawing = Drawing(width, 0, is_wide=width > self.wide_from)
        self.onto(drawing)
        return drawing

    def onto(self, drawing: Drawing) -> None:
        """Draw it, and set the picture's height."""
        raise NotImplementedError


def _unspoken(parts: Sequence[str]) -> Iterator[str]:
    """Keep from screen readers what the picture's own words and its marks say already."""
    is_open = False
    for part in parts:
        is_mark = part.startswith(("<g class=", "</g>"))
        if is_open and is_mark:
            yield "</g>"
        elif not is_open and not is_mark:
            yield '<g aria-hidden="true">'
        is_open = not is_mark
        yield part
    if is_open:
        yield "</g>"


def _row(said: Say) -> str:
    form = f' data-as="{said.form}"' if said.form else ""
    return f' data-row="{escape(said.row)}"{form}' if said.row else ""


def _n(x: float) -> str:
    """Write a coordinate with at most one decimal.

    >>> _n(3.04), _n(12.25), _n(-0.01)
    ('3', '12.2', '0')
    """
    text = f"{x:.1f}"
    text = text[:-2] if text.endswith(".0") else text
    return "0" if text == "-0" else text


def _straight(x1: float, y1: float, x2: float, y2: float) -> str:
    if _n(x1) == _n(x2):
        return f"V{_n(y2)}"
    return f"H{_n(x2)}" if _n(y1) == _n(y2) else f"L{_n(x2)} {_n(y2)}"


def _through(points: Iterable[tuple[float, float]]) -> str:
    """Write a path with whole tenths relative to the point before."""
    out, at = [], (0, 0)
    for k, (x, y) in enumerate(points):
        now = (round(x * 10), round(y * 10))
        if k == 0:
            out.append(f"M{_n(now[0] / 10)} {_n(now[1] / 10)}l")
        elif now != at:
            out.append(f"{_n((now[0] - at[0]) / 10)} {_n((now[1] - at[1]) / 10)} ")
        at = now
    return "".join(out).rstrip().replace(" -", "-")
