"""Cross tables: counts whose bands, codes and sexes stand in headings and row labels.

Publishers turn the same table in every direction: bands as rows or as columns, the sexes above the
bands or below them, codes across. Each heading and label is therefore asked what it is, and a
number takes what all headings above it and the label of its row say.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise, product
from typing import Any

from fmbstats.errors import SourceError
from fmbstats.sources.published.grids import SHOWN, Grid, count_of
from fmbstats.sources.published.labels import Band, is_total
from fmbstats.sources.registers.cell_faults import OnFault

#: Kind of what a label says -> how it is read; None when the label says nothing of that kind.
Kinds = Mapping[str, Callable[[str], Any]]
Said = dict[str, Any]

_MARKS = ("..", "-", "*", "x", "<5")


@dataclass(frozen=True, eq=False)
class CrossTable:
    """A table found in a grid."""

    grid: Grid
    header: range  #: Rows of the headings; above them stand title and filters.
    #: `columns`, `rows`: column or row -> what its headings or its label say, by kind; "total" for
    #: sums.
    columns: dict[int, Said]
    rows: dict[int, Said]

    @property
    def headings(self) -> dict[tuple[int, int], Said]:
        """Place of the last heading of each column -> what all above it say."""
        return {(self.header.stop - 1, column): said for column, said in self.columns.items()}

    @property
    def labels(self) -> dict[tuple[int, int], Said]:
        """Place of each row's label -> what it says."""
        return {(row, 0): said for row, said in self.rows.items()}

    @property
    def preamble(self) -> list[str]:
        """What stands above the headings, one text per row."""
        return [self.grid.cell(row, 0) for row in range(self.header.start)]

    def cells(self, rows: str, columns: str) -> Iterator[tuple[int, int, Said]]:
        """Yield row, column and what is said of every number but the sums.

        `rows`, `columns`: kind that a row or column must have to count; empty for any.
        """
        for row, of_row in self.rows.items():
            for column, of_column in self.columns.items():
                if _is_counted(of_row, rows) and _is_counted(of_column, columns):
                    yield row, column, of_column | of_row


def find_table(grid: Grid, headings: Kinds, labels: Kinds) -> CrossTable | None:
    """Find a cross table in a grid; None when no heading above a number is known.

    `headings`, `labels`: what headings above the numbers and labels before them can say.
    """
    first = len(grid.rows)
    for number, (label, *cells) in enumerate(grid.rows):
        if label and any(count_of(c) is not None or c in _MARKS for c in cells):
            first = number
            break
    start = first
    while start > 0 and any(grid.rows[start - 1][1:]):
        start -= 1
    header = range(start, first)
    columns = _headings(grid, header, headings)
    if not any(columns.values()):
        return None
    rows = {n: _said(grid.rows[n][0], labels) for n in range(first, len(grid.rows))}
    return CrossTable(grid, header, columns, {n: s for n, s in rows.items() if grid.rows[n][0]})


def check_widths(table: CrossTable) -> None:
    """Refuse rows of text with other fields than the headings: they are cut off.

    Raises SourceError.
    """
    grid = table.grid
    expected = len(grid.rows[table.header.stop - 1])
    for row in () if grid.sheet else table.rows:
        n_fields = len(grid.rows[row])
        what = f"{n_fields} fields, expected {expected}. Export the file again."
        if row == len(grid.rows) - 1 and n_fields < expected:
            what = (
                f"the last line has {n_fields} of {expected} fields; the file is cut off. Fetch it "
                "again."
            )
        if n_fields != expected:
            raise SourceError(f"{grid.path.name}, line {grid.lines[row]}: {what}")


def check_said(
    table: CrossTable, cells: Mapping[tuple[int, int], Said], kind: str, expected: str, what: str
) -> None:
    """Refuse headings or labels that are neither of a kind nor a total, and any that stand twice.

    `cells`: row and column of each -> what it says. Raises SourceError: with the cell; `expected`
    says what it must be, `what` what it is called.
    """
    seen: list[Said] = []
    for (row, column), said in cells.items():
        label = table.grid.cell(row, column)[:SHOWN]
        if not set(said) & {kind, "total"}:
            raise table.grid.fault(row, column, f"{label!r} is not {expected}.")
        if said in seen:
            raise table.grid.fault(row, column, f"the {what} {label!r} stands twice.")
        seen.append(said)


def check_bands(table: CrossTable) -> None:
    """Refuse bands (of rows) with a gap or an overlap, or without an open one at the end.

    Raises SourceError.
    """
    rows: dict[Band, int] = {s["band"]: n for n, s in table.rows.items() if "band" in s}
    bands = sorted(rows, key=lambda b: b[0])
    for (_, last), following in pairwise(bands):
        if last is None or following[0] != last + 1:
            raise table.grid.fault(
                rows[following],
                0,
                f"the band does not begin on the day after the one before it ends (day {last}); "
                "expected bands without gap or overlap.",
            )
    if not bands or bands[-1][1] is not None:
        raise SourceError(
            f"{table.grid.name}: no open band such as '>=365 dagar'; rows are missing, the file "
            "is cut off or changed. Fetch it again."
        )


def read_counts(
    table: CrossTable, marks: tuple[str, ...], on_fault: OnFault
) -> dict[tuple[int, int], int | None]:
    """Read every number of a table; None where a mark says that it is hidden.

    `on_fault`: told of each cell that is no count; when it returns, the cell counts as hidden.
    """
    found: dict[tuple[int, int], int | None] = {}
    for row, column in product(table.rows, table.columns):
        text = table.grid.cell(row, column)
        found[row, column] = count_of(text)
        if found[row, column] is None and text not in marks:
            what = f"{text[:SHOWN]!r} is not a count; expected a whole number."
            on_fault(table.grid.cell_fault(row, column, what))
    return found


def check_totals(table: CrossTable, counts: dict, on_fault: OnFault) -> None:
    """Compare every sum with the printed total; a total over hidden cells cannot be."""
    total_rows = [n for n, s in table.rows.items() if "total" in s]
    total_columns = [n for n, s in table.columns.items() if "total" in s]
    rows = [n for n in table.rows if n not in total_rows]
    columns = [n for n in table.columns if n not in total_columns]
    sums = [((r, total), [(r, c) for c in columns]) for total in total_columns for r in rows]
    sums += [((total, c), [(r, c) for r in rows]) for total in total_rows for c in table.columns]
    for (row, column), parts in sums:
        printed, cells = counts[row, column], [counts[part] for part in parts]
        if printed is not None and None not in cells and sum(cells) != printed:
            what = f"the total is {printed}, the cells sum to {sum(cells)}."
            on_fault(table.grid.cell_fault(row, column, what))


def _headings(grid: Grid, header: range, kinds: Kinds) -> dict[int, Said]:
    """What the headings above each column say; lines of which nothing is known are passed over."""
    lines = [[_said(text, kinds) for text in grid.rows[row]] for row in header]
    lines = [line for line in lines if any(line[1:])]
    if not lines:
        return {}
    width = max((n + 1 for row in header for n, t in enumerate(grid.rows[row]) if t), default=0)
    columns: dict[int, Said] = {}
    for column in range(1, width):
        above = [line[column] if column < len(line) else {} for line in lines]
        if any(above) or any(grid.cell(row, column) for row in header):
            columns[column] = {k: v for said in above for k, v in said.items()}
    return columns


def _said(text: str, kinds: Kinds) -> Said:
    if is_total(text):
        return {"total": True} | {k: v for k, v in _read(text, kinds) if k == "sex"}
    return dict(_read(text, kinds)) if text else {}


def _read(text: str, kinds: Kinds) -> Iterator[tuple[str, Any]]:
    found = ((kind, read(text)) for kind, read in kinds.items())
    return (pair for pair in found if pair[1] is not None)


def _is_counted(said: Said, kind: str) -> bool:
    return kind in said if kind else "total" not in said
