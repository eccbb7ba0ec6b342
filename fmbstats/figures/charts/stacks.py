"""Shares of a whole on a few days, as rows of stretches that sum to 100."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from fmbstats.figures.svg import Chart, Drawing, Say

ROW, BAR = 38, 26


@dataclass(frozen=True)
class Piece:
    """One stretch: its share in [0, 1], in words, and its kind of fill."""

    share: float
    said: Say
    kind: str


@dataclass(frozen=True)
class Stack:
    """One row."""

    name: str
    pieces: Sequence[Piece]


@dataclass(frozen=True)
class Stacks(Chart):
    """Rows of stretches; heads name them above the first row."""

    rows: Sequence[Stack]
    names: Sequence[str]  #: Of the stretches, in order; an empty one has no head.

    def onto(self, drawing: Drawing) -> None:
        """Draw the rows."""
        width = drawing.width
        left = max(drawing.wide(row.name) for row in self.rows) + 16
        # Heads stand over the first row's stretches, pushed apart where they are narrow.
        x, places = left, []
        for name, piece in zip(self.names, self.rows[0].pieces, strict=True):
            places.append((x, piece.share * (width - left), name))
            x += piece.share * (width - left)
        end = width
        for at, wide, name in reversed([p for p in places[1:] if p[2]]):
            room = drawing.wide(name)
            begin = min(at + max(wide - room, 0) / 2 if wide < room else at, end - room)
            drawing.text(begin, 14, name, "m")
            end = begin - 12
        if places[0][2]:
            drawing.text(left, 14, places[0][2], "m")
        for k, row in enumerate(self.rows):
            self._row(drawing, row, left, 24 + k * ROW, width)
        drawing.height = 24 + ROW * len(self.rows)

    def _row(self, drawing: Drawing, row: Stack, left: float, y: float, width: float) -> None:
        drawing.text(0, y + BAR / 2 + 4.5, row.name)
        x, total = left, sum(piece.share for piece in row.pieces) or 1.0
        for name, piece in zip(self.names, row.pieces, strict=True):
            wide = piece.share / total * (width - left)
            of = ", ".join(filter(None, [row.name, name]))
            drawing.open(Say(f"{of}: {piece.said.text}", piece.said.row))
            drawing.rect(x, y, max(wide - 1.5, 0.5), BAR, piece.kind)
            if drawing.wide(piece.said.text) + 4 < wide:
                drawing.text(
                    x + wide / 2, y + BAR / 2 + 4.5, piece.said, f"on{piece.kind}", "middle"
                )
            drawing.close()
            x += wide
