"""Faults of single cells: a reader stops at the first one, `fmbstats check` lists them all."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from fmbstats.errors import SourceError

if TYPE_CHECKING:
    import polars as pl


class CellFault(NamedTuple):
    """One cell that cannot be taken."""

    file: str
    line: int  #: 1-based line, or row of a sheet.
    column: str  #: Heading, number of the field, or cell ("Blad1!C6").
    value: str  #: What stands there.
    message: str  #: The whole sentence, with its place.

    @property
    def reason(self) -> str:
        """What is wrong, without the place."""
        place, _, reason = self.message.partition(": ")
        return reason or place


#: Told of every faulty cell; it raises, or returns and the cell counts as missing.
OnFault = Callable[[CellFault], None]


def refuse(fault: CellFault) -> None:
    """Refuse the file at its first faulty cell; raises SourceError."""
    raise SourceError(fault.message)


class Judged(NamedTuple):
    """What `fmbstats check` needs of a table that was read whole."""

    n_rows: int
    rejects: pl.DataFrame
    unused: tuple[str, ...] = ()


def judge(
    read: Callable[..., Any],
    n_rows: Callable[[Any], int],
    unused: Callable[[Path], Iterable[str]] = lambda path: (),
) -> Callable[[Path], Judged]:
    """Make of a reader with `on_fault` one that lists every fault.

    `read`: ``read(path, on_fault=…)``; raises SourceError for what concerns the whole file.
    `n_rows`: rows or cells of what was read. `unused`: names what the file holds and nothing reads:
    columns, sheets.
    """

    def judged(path: Path) -> Judged:
        import polars as pl  # what is published is read without it

        from fmbstats.sources.registers.checking import REJECTS_SCHEMA

        faults: list[CellFault] = []
        n = n_rows(read(path, on_fault=faults.append))
        rows = [(f.file, f.line, f.column, f.value[:60], f.reason) for f in faults]
        rejects = pl.DataFrame(rows, schema=REJECTS_SCHEMA, orient="row")
        return Judged(n, rejects, tuple(dict.fromkeys(name for name in unused(path) if name)))

    return judged
