"""Tables that share totals, as one system of equations.

A cell is named by what it fixes: {("sex", "women")} is the same number in the table by sex and
in the margin of the table by sex and age. So tables link by themselves, and what an attacker
can add and subtract is the whole set of equations "total = sum of its parts".
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations, product

import numpy as np
import pandas as pd
from scipy import sparse

Cell = frozenset
TOTAL = "all"


@dataclass(frozen=True, eq=False)
class LinkedTables:
    """The cells of one or more tables with their totals and the equations between them.

    Attributes
    ----------
    cells : tuple of frozenset of (dimension, value)
        The empty set is the grand total.
    counts : ndarray of int, shape (n_cells,)
    equations : sparse array, shape (n_equations, n_cells)
        ``equations @ counts == 0``: 1 for a part, -1 for its total.
    """

    cells: tuple[Cell, ...]
    counts: np.ndarray
    equations: sparse.csr_array

    @classmethod
    def of(cls, frames: Sequence[pd.DataFrame], count: str = "n") -> LinkedTables:
        """Build the system of several tables.

        Parameters
        ----------
        frames : sequence of pandas.DataFrame
            One row per cell: a column per dimension and the count. Rows with the value 'all' are
            totals; they are worked out anew. A missing value is a group of its own.
        count : str
            Name of the column with counts.

        Raises
        ------
        ValueError
            When two tables give different counts for the same cell, or a row occurs twice.
        """
        counts: dict[Cell, int] = {}
        equations: dict[tuple[Cell, str, tuple[str, ...]], set[Cell]] = {}
        for frame in frames:
            inner = _inner_cells(frame, count)
            dims = tuple(name for name in frame.columns if name != count)
            for cell, n in _with_margins(inner, dims).items():
                if counts.setdefault(cell, n) != n:
                    raise ValueError(f"{name_of(cell)}: {counts[cell]} in one table, {n} in other")
                for dim, value in cell:
                    total = cell - {(dim, value)}
                    # Sums over different further dimensions are different equations.
                    equations.setdefault((total, dim, dims), set()).add(cell)
        cells = tuple(sorted(counts, key=lambda c: (len(c), name_of(c))))
        rows = {(total, frozenset(parts)) for (total, _, _), parts in equations.items()}
        # In a fixed order: equal tables must give the same program and so the same choice.
        by_name = sorted(rows, key=lambda row: (name_of(row[0]), sorted(map(name_of, row[1]))))
        matrix = _matrix(cells, by_name)
        return cls(cells, np.array([counts[c] for c in cells], dtype=np.int64), matrix)

    def index(self, **fixed: object) -> int:
        """Return the place of the cell that fixes the given dimensions."""
        return self.cells.index(frozenset(fixed.items()))


def name_of(cell: Iterable[tuple[str, object]]) -> str:
    """Write a cell's name.

    Examples
    --------
    >>> name_of({("sex", "women")}), name_of(())
    ('sex=women', 'all')
    """
    return ", ".join(f"{dim}={value}" for dim, value in sorted(cell, key=str)) or TOTAL


def known_value(value: object) -> object:
    """Return a group's value, None for every kind of missing."""
    return None if pd.isna(value) else value


def _inner_cells(frame: pd.DataFrame, count: str) -> dict[Cell, int]:
    dims = [name for name in frame.columns if name != count]
    inner: dict[Cell, int] = {}
    for *values, n in frame[[*dims, count]].itertuples(index=False, name=None):
        if TOTAL in values:
            continue
        cell = frozenset(zip(dims, map(known_value, values), strict=True))
        if cell in inner:
            raise ValueError(f"{name_of(cell)}: the row occurs twice")
        inner[cell] = int(n)
    return inner


def _with_margins(inner: dict[Cell, int], dims: Sequence[str]) -> dict[Cell, int]:
    """Add every total; combinations that do not occur count 0."""
    values = {dim: {dict(cell)[dim] for cell in inner} for dim in dims}
    full = {
        frozenset(zip(dims, combination, strict=True)): 0
        for combination in product(*values.values())
    } | inner
    cells = dict.fromkeys(full, 0)
    for cell, n in full.items():
        for k in range(len(dims) + 1):
            for part in combinations(sorted(cell, key=str), k):
                key = frozenset(part)
                cells[key] = cells.get(key, 0) + n
    return cells


def _matrix(cells: Sequence[Cell], rows: Sequence[tuple[Cell, Iterable[Cell]]]):
    place = {cell: k for k, cell in enumerate(cells)}
    entries = [
        (r, place[cell], value)
        for r, (total, parts) in enumerate(rows)
        for cell, value in [(total, -1.0), *((part, 1.0) for part in parts)]
    ]
    if not entries:
        return sparse.csr_array((0, len(cells)))
    r, c, v = zip(*entries, strict=True)
    return sparse.csr_array((v, (r, c)), shape=(len(rows), len(cells)))
