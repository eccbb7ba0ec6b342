"""Small counts in the tables that people read: pages, and the CSV files of an export."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from fmbstats.gate.findings import Findings
from fmbstats.gate.read_tables import Grid
from fmbstats.gate.reading import ReadFile
from fmbstats.gate.rows import TABLE
from fmbstats.words import phrase
from fmbstats.words.languages import LANGUAGES

CHECK = "tables"
_HEADS = ("metric.n_spells", "metric.n_events", "column.at_risk")
_COUNTED = frozenset(phrase(key, language) for key in _HEADS for language in LANGUAGES)
# Sections whose counts are others' publications.
_PUBLISHED = frozenset(["published"])
_TODO = "Hide it (results.Release) and make the file again."


def check_grids(files: Iterable[ReadFile], threshold: int, findings: Findings) -> None:
    """Find counts of spells from 1 to below the threshold, under a head or beside a name."""
    for file in files:
        for grid in _grids(file):
            for where, text in _counts(grid):
                findings.looked(CHECK)
                if text.isdecimal() and 0 < int(text) < threshold:
                    what = f"a count of spells from 1 to {threshold - 1}."
                    findings.add(CHECK, file.name, f"{grid.where}, {where}", what, _TODO)


def _grids(file: ReadFile) -> Iterator[Grid]:
    if file.page is not None:
        yield from (grid for grid in file.page.tables if grid.section not in _PUBLISHED)
    elif file.grid is not None and file.name != TABLE and "_published." not in file.name:
        yield file.grid


def _counts(grid: Grid) -> Iterator[tuple[str, str]]:
    """Yield (place, text) of every cell that counts spells."""
    columns = [k for k, head in enumerate(grid.heads) if head in _COUNTED]
    for number, row in enumerate(grid.rows, start=1):
        for k in columns:
            if k < len(row):
                yield f"row {number}, {grid.heads[k]}", row[k]
        if len(row) == 2 and row[0] in _COUNTED:
            yield f"row {number}", row[1]
