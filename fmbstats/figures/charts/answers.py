"""Answers in their four forms, as bars: one, between, at least, at most."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from fmbstats.figures.fonts import wrapped
from fmbstats.figures.svg import NOTHING, Chart, Drawing, Say, Scale

ROW, NARROW_ROW, BAR = 24, 38, 9
TOP, GAP, NAME_LINE = 22, 12, 16
#: Width of an answer alone -> its height: in a row of the index, in the key.
SMALL = {150.0: 18.0, 60.0: 16.0}
IN_ROW, IN_KEY = SMALL


@dataclass(frozen=True)
class Answer(Chart):
    """What can be told of one diagnosis."""

    name: str  #: FMB's, which is Swedish.
    form: str  #: {"one", "between", "least", "most"}.
    #: `low`, `high`: in [0, 1]; the one that a form has not is not read.
    low: float
    high: float
    said: Say  #: "minst 30 %".
    #: What a mark is called on a page in another language, where its one accessible name cannot
    #: part the languages: its codes. Empty for the name.
    spoken: str = ""

    @property
    def words(self) -> str:
        """Say name and answer in one, for who does not see the bar."""
        return f"{self.spoken or self.name}: {self.said.text}"

    wide_from = math.inf  # nobody reads so small a bar by keyboard

    def onto(self, drawing: Drawing) -> None:
        """Draw it alone, on a line from 0 to 100: for a row of the index, and for the key."""
        width, drawing.height = drawing.width, SMALL[drawing.width]
        x = Scale(0, 100, 3, width - 3)
        drawing.line(3, drawing.height / 2, width - 3, drawing.height / 2, "g")
        draw_answer(drawing, self, x, drawing.height / 2)


def draw_answer(drawing: Drawing, answer: Answer, x: Scale, y: float) -> None:
    """Draw one answer's mark, its middle at `y`."""
    low, high = x(100 * answer.low), x(100 * answer.high)
    top, left, right = y - BAR / 2, x(x.low), x(x.high)
    if answer.form == "one":
        drawing.circle(low, y, 4.5, "do")
    elif answer.form == "between":
        drawing.rect(low, top, max(high - low, 2.5), BAR, "bar")
    elif answer.form == "least":
        drawing.rect(low, top, right - low, BAR, "fr")
        drawing.rect(low - 1, top - 2, 2.5, BAR + 4, "bar")
    else:
        drawing.rect(left, top, high - left, BAR, "fl")
        drawing.rect(high - 1.5, top - 2, 2.5, BAR + 4, "bar")


def key_bar(form: str) -> Answer:
    """Return an answer of a form, for the key."""
    low, high = {"one": (0.5, 0.5), "between": (0.2, 0.8)}.get(form, (0.3, 0.7))
    return Answer("", form, low, high, NOTHING)


@dataclass(frozen=True)
class AnswerBars(Chart):
    """Answers of a group of diagnoses, in order of the share; no rank across diagnoses."""

    rows: Sequence[Answer]

    def onto(self, drawing: Drawing) -> None:
        """Draw the bars."""
        width = drawing.width
        said = [drawing.wide(answer.said.text, "b") for answer in self.rows]
        left = width * 0.44 if drawing.is_wide else 0.0
        # The widest answer stands beside its bar, not upon it.
        right = width - max([92.0, *(w + GAP for w in said)]) if drawing.is_wide else width - 2
        x = Scale(0, 100, left, right)
        rooms = [left - GAP if drawing.is_wide else width - w - GAP for w in said]
        names = [
            wrapped(answer.name, room, drawing.size)
            for answer, room in zip(self.rows, rooms, strict=True)
        ]
        row = ROW if drawing.is_wide else NARROW_ROW
        heights = [row + NAME_LINE * (len(lines) - 1) for lines in names]
        drawing.height = TOP + sum(heights) + 4
        for value, end in ((0, "start"), (50, "middle"), (100, "end")):
            drawing.line(x(value), TOP - 4, x(value), drawing.height - 4, "g")
            text = f"{value}\u00a0%" if value == 100 else str(value)
            drawing.text(x(value), TOP - 10, text, "m t", end)
        top = float(TOP)
        for answer, lines, height in zip(self.rows, names, heights, strict=True):
            drawing.open(Say(answer.words, answer.said.row))
            first = top + (row / 2 + 4 if drawing.is_wide else row / 2 - 5)
            for k, line in enumerate(lines):
                drawing.text(0, first + NAME_LINE * k, line, lang="sv")
            drawing.text(width, first, answer.said, "b" if drawing.is_wide else "b h", "end")
            draw_answer(drawing, answer, x, first - 4 if drawing.is_wide else top + height - 11)
            drawing.close()
            top += height


@dataclass(frozen=True)
class Part:
    """One stretch of a bar that counts things: how many, and what they are."""

    n: int
    said: Say
    name: str
    kind: str


@dataclass(frozen=True)
class Parts(Chart):
    """A bar of a whole in parts, each named below."""

    parts: Sequence[Part]
    over: int  #: So many of the first parts stand under one bracket.
    over_said: Say

    def onto(self, drawing: Drawing) -> None:
        """Draw the bar."""
        width = drawing.width
        total = sum(part.n for part in self.parts) or 1
        tall = 42 if drawing.is_wide else 46
        until = sum(part.n for part in self.parts[: self.over]) / total * width
        drawing.text(0, 13, self.over_said, "b")
        drawing.path([(0, 27), (0, 21), (until - 2, 21), (until - 2, 27)], "br")
        x, names = 0.0, []
        for part in self.parts:
            wide = part.n / total * width
            drawing.open(Say(f"{part.name}: {part.said.text}", part.said.row))
            drawing.rect(x, 32, max(wide - 1.5, 0.5), tall, part.kind)
            if drawing.wide(part.said.text, "b") + 4 < wide:
                on = f"b {'o' + part.kind[1:] if part.kind[0] == 'r' else ''}".strip()
                drawing.text(x + (wide - 1.5) / 2, 32 + tall / 2 + 5, part.said, on, "middle")
            drawing.close()
            names.append((x, wide, part))
            x += wide
        drawing.height = self._names(drawing, names, 32 + tall)

    def _names(self, drawing: Drawing, names, y: float) -> float:
        """Write the parts' names below: in place where they fit, else as a list."""
        fits = all(drawing.wide(part.name) < wide for _, wide, part in names)
        if drawing.is_wide and fits:
            for x, _, part in names:
                drawing.text(x, y + 18, part.name, "m")
            return y + 26
        for k, (_, _, part) in enumerate(names):
            drawing.rect(0, y + 12 + 20 * k, 12, 12, part.kind)
            drawing.text(20, y + 22 + 20 * k, Say(f"{part.said.text}", part.said.row), "b tn")
            drawing.text(50, y + 22 + 20 * k, part.name, "m")
        return y + 16 + 20 * len(names)
