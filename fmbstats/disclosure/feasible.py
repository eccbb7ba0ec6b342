"""What can be worked out of hidden numbers from sums that are shown: least and greatest values.

Every shown number is substituted; what is left falls into groups of hidden cells that share an
equation. One equation alone has an answer in closed form, several together go to two linear
programs for each cell (scipy's HiGHS).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from scipy import sparse
from scipy.optimize import linprog
from scipy.sparse.csgraph import connected_components

_TOLERANCE = 1e-6


@dataclass
class Sums:
    """Cells with what is known of each, and equations "total = sum of parts" between them.

    Attributes
    ----------
    lo, hi : list of float
        Least and greatest value that the publication itself tells; equal for a shown number.
    equations : list of (int, list of int)
        Place of the total, and of its parts.
    """

    lo: list[float] = field(default_factory=list)
    hi: list[float] = field(default_factory=list)
    equations: list[tuple[int, list[int]]] = field(default_factory=list)

    def cell(self, lo: float, hi: float | None = None) -> int:
        """Add a cell and return its place; a shown one has no `hi`."""
        self.lo.append(float(lo))
        self.hi.append(float(lo if hi is None else hi))
        return len(self.lo) - 1

    def total(self, total: int, parts: Sequence[int]) -> None:
        """Add the equation that a cell is the sum of others."""
        self.equations.append((total, list(parts)))

    def ranges(self) -> tuple[np.ndarray, np.ndarray]:
        """Return least and greatest value of every cell that fit all equations.

        Returns
        -------
        lo, hi : ndarray of float, shape (n_cells,)

        Raises
        ------
        ValueError
            When no values fit: what is published contradicts itself.

        Examples
        --------
        >>> sums = Sums()
        >>> total, shown, hidden = sums.cell(20), sums.cell(17), sums.cell(1, 4)
        >>> sums.total(total, [shown, hidden])
        >>> [values.tolist() for values in sums.ranges()]
        [[20.0, 17.0, 3.0], [20.0, 17.0, 3.0]]
        """
        lo, hi = np.array(self.lo), np.array(self.hi)
        if not self.equations:
            return lo, hi
        matrix = _matrix(self.equations, len(lo))
        free = np.flatnonzero(lo < hi)
        rest = -(matrix @ np.where(lo < hi, 0.0, lo))
        inner = matrix[:, free]
        for rows, places in _groups(inner):
            found = _group_ranges(
                inner[rows][:, places], rest[rows], lo[free][places], hi[free][places]
            )
            lo[free[places]], hi[free[places]] = found
        return lo, hi


def _matrix(equations: list[tuple[int, list[int]]], n_cells: int) -> sparse.csr_array:
    """One row per equation: 1 for a part, -1 for the total."""
    entries = [
        (row, place, sign)
        for row, (total, parts) in enumerate(equations)
        for place, sign in [(total, -1.0), *((part, 1.0) for part in parts)]
    ]
    rows, places, signs = zip(*entries, strict=True)
    return sparse.csr_array((signs, (rows, places)), shape=(len(equations), n_cells))


def _groups(matrix: sparse.csr_array):
    """Yield (equations, cells) of each group of cells that equations tie together."""
    n_rows, n_cells = matrix.shape
    links = sparse.block_array([[None, matrix], [matrix.T, None]], format="csr")
    if links.shape[0] != n_rows + n_cells:  # No free cell at all: only the equations are left.
        links = sparse.csr_array((n_rows + n_cells, n_rows + n_cells))
    _, label = connected_components(links, directed=False)
    order = np.argsort(label, kind="stable")
    for members in np.split(order, np.flatnonzero(np.diff(label[order])) + 1):
        rows, places = members[members < n_rows], members[members >= n_rows] - n_rows
        if len(rows):
            yield rows, places


def _group_ranges(matrix, rest: np.ndarray, lo: np.ndarray, hi: np.ndarray):
    """Return least and greatest values of the cells of one group."""
    if not len(lo):
        if np.abs(rest).max() > _TOLERANCE:
            raise ValueError("a total is not the sum of its parts")
        return lo, hi
    if len(rest) == 1:
        return _one_equation(matrix.toarray()[0], rest[0], lo, hi)
    ends = [[_extreme(matrix, rest, lo, hi, k, sign) for k in range(len(lo))] for sign in (1, -1)]
    return np.array(ends[0]), np.array(ends[1])


def _one_equation(signs: np.ndarray, rest: float, lo: np.ndarray, hi: np.ndarray):
    """Give each cell what the others, all at their least or all at their most, leave it."""
    least = np.where(signs > 0, lo, -hi)
    most = np.where(signs > 0, hi, -lo)
    down = np.maximum(least, rest - _sum_of_others(most))
    up = np.minimum(most, rest - _sum_of_others(least))
    if (down > up + _TOLERANCE).any():
        raise ValueError("a total is not the sum of its parts")
    return np.where(signs > 0, down, -up), np.where(signs > 0, up, -down)


def _sum_of_others(values: np.ndarray) -> np.ndarray:
    """Sum of all but each; without subtracting infinities."""
    before = np.concatenate([[0.0], np.cumsum(values)[:-1]])
    after = np.concatenate([np.cumsum(values[::-1])[::-1][1:], [0.0]])
    return before + after


def _extreme(matrix, rest, lo, hi, k: int, sign: int) -> float:
    target = np.zeros(len(lo))
    target[k] = sign
    found = linprog(
        target, A_eq=matrix, b_eq=rest, bounds=np.column_stack([lo, hi]), method="highs"
    )
    if found.status == 3:
        return np.inf if sign < 0 else -np.inf
    if found.status != 0:
        raise ValueError("a total is not the sum of its parts")
    return sign * float(found.fun)
