"""Which cells to hide besides the small ones, so that subtraction gives nothing away.

The choice is a mixed-integer program (Fischetti & Salazar 2000): hide the least, such that for
each small cell there are two tables that fit everything published, one in which it holds the
least and one in which it holds the most that its mark allows. Demands are added only where the
audit finds a leak, so most tables need a very small program.
"""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Collection, Iterator, Sequence

import numpy as np
import pandas as pd
from scipy import sparse
from scipy.optimize import Bounds, LinearConstraint, milp

from fmbstats.disclosure.audit import attacks
from fmbstats.disclosure.tables import TOTAL, Cell, LinkedTables, known_value
from fmbstats.disclosure.values import DEFAULT_RULES, Protected, Rules

_SECONDS = 20.0


@contextlib.contextmanager
def _hushed() -> Iterator[None]:
    """Keep the solver's stray line ("HighsMipSolverData::...") off the standard output.

    It is written by compiled code whatever `disp` says, so the descriptor itself is turned away.
    """
    sys.stdout.flush()
    kept = os.dup(1)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, 1)
        yield
    finally:
        os.dup2(kept, 1)
        os.close(kept)
        os.close(nowhere)


def protect(
    tables: LinkedTables,
    rules: Rules = DEFAULT_RULES,
    *,
    must_show: Collection[Cell] = (),
) -> np.ndarray:
    """Hide small counts and whatever else must be hidden with them.

    Parameters
    ----------
    tables : LinkedTables
    rules : Rules
    must_show : collection of cells
        Cells that are published elsewhere and cannot be hidden, e.g. the grand total
        ``frozenset()``.

    Returns
    -------
    ndarray of object, shape (n_cells,)
        Counts, or `Protected`: 'suppressed' below the threshold, 'complementary' where hidden
        for another's sake. When no choice protects every small cell, all cells but zeros and
        those in `must_show` are 'withheld'. The result passes `audit`, unless small cells stand
        in `must_show` themselves.
    """
    counts = tables.counts
    fixed = np.array([cell in must_show for cell in tables.cells])
    small = (counts > 0) & (counts < rules.threshold) & ~fixed
    hidden = small.copy()
    demands: list[tuple[int, float]] = []
    while True:
        published = _published(counts, small, hidden, rules)
        unmet = _demands(tables, published)
        if not unmet:
            return published
        new = [d for d in unmet if d not in demands]
        demands += new
        choice = _choose(tables, small, fixed, demands, rules) if new else None
        if choice is None:
            return _withheld(counts, fixed, rules)
        hidden = choice


def _published(counts, small, hidden, rules: Rules) -> np.ndarray:
    shown = np.array([int(n) for n in counts], dtype=object)
    shown[hidden] = Protected(rules.threshold, "complementary")
    shown[small] = Protected(rules.threshold)
    return shown


def _withheld(counts, fixed, rules: Rules) -> np.ndarray:
    shown = np.array([int(n) for n in counts], dtype=object)
    shown[(counts > 0) & ~fixed] = Protected(rules.threshold, "withheld")
    return shown


def _demands(tables: LinkedTables, published) -> list[tuple[int, float]]:
    """Cells that leak, each with the values that must stay possible."""
    found = [attack for attack in attacks(tables, published) if attack.is_leak]
    return [(attack.place, value) for attack in found for value in (attack.least, attack.most)]


def _choose(tables: LinkedTables, small, fixed, demands, rules: Rules) -> np.ndarray | None:
    """Solve the program; None when no choice meets the demands."""
    counts = tables.counts.astype(float)
    n = len(counts)
    # A cell may be hidden for another's sake when it holds at least the threshold.
    may_hide = (small | (counts >= rules.threshold)) & ~fixed
    below, above = _slack(counts, small, rules)
    n_vars = n * (1 + len(demands))
    blocks = [
        constraint
        for d, (cell, value) in enumerate(demands)
        for constraint in _scenario(tables, below, above, d, len(demands), cell, value)
    ]
    cost = np.concatenate([_costs(tables), np.zeros(n_vars - n)])
    big = float(counts.max(initial=0)) * 2 + rules.threshold
    lower = np.concatenate([small.astype(float), np.full(n_vars - n, -big)])
    upper = np.concatenate([may_hide.astype(float), np.full(n_vars - n, big)])
    with _hushed():
        result = milp(
            cost,
            constraints=blocks,
            bounds=Bounds(lower, upper),
            integrality=np.r_[np.ones(n), np.zeros(n_vars - n)],
            options={"time_limit": _SECONDS, "mip_rel_gap": 0.01},
        )
    return None if result.x is None else result.x[:n] > 0.5


def _slack(counts, small, rules: Rules) -> tuple[np.ndarray, np.ndarray]:
    """How far each cell, when hidden, may lie below and above its count for the attacker."""
    least = np.where(small, 1.0, rules.threshold)
    most = np.where(small, rules.threshold - 1.0, counts.max(initial=0) * 2 + rules.threshold)
    return np.maximum(counts - least, 0.0), np.maximum(most - counts, 0.0)


def _scenario(tables, below, above, d: int, n_demands: int, cell: int, value: float):
    """Constraints of one demand: a table of differences that fits, with the cell at `value`."""
    n = len(below)
    empty = sparse.csr_array((n, n))
    parts = [empty] * n_demands
    parts[d] = sparse.eye_array(n, format="csr")
    low = sparse.hstack([sparse.diags_array(below), *parts])
    high = sparse.hstack([sparse.diags_array(-above), *parts])
    zero = [sparse.csr_array(tables.equations.shape)] * (n_demands + 1)
    zero[d + 1] = tables.equations
    target = sparse.csr_array(([1.0], ([0], [n * (d + 1) + cell])), shape=(1, n * (n_demands + 1)))
    difference = float(value - tables.counts[cell])
    return (
        LinearConstraint(low, 0, np.inf),
        LinearConstraint(high, -np.inf, 0),
        LinearConstraint(sparse.hstack(zero), 0, 0),
        LinearConstraint(target, difference, difference),
    )


def _costs(tables: LinkedTables) -> np.ndarray:
    """Price of hiding: totals are dearer than parts, large cells a little dearer than small."""
    depth = max((len(cell) for cell in tables.cells), default=0)
    margin = np.array([depth - len(cell) for cell in tables.cells])
    return (1 + np.log1p(tables.counts)) * 6.0**margin


def protect_frames(
    frames: Sequence[pd.DataFrame],
    count: str = "n",
    rules: Rules = DEFAULT_RULES,
    *,
    must_show: Collection[Cell] = (),
) -> list[pd.DataFrame]:
    """Protect several linked tables and return them in the form they came.

    Parameters
    ----------
    frames : sequence of pandas.DataFrame
        See `LinkedTables.of`; rows with the value 'all' are totals.
    count : str
    rules : Rules
    must_show : collection of cells

    Returns
    -------
    list of pandas.DataFrame
        The same rows in the same order; the counts are whole numbers or `Protected`.

    Examples
    --------
    >>> sexes = pd.DataFrame({"sex": ["women", "men", "all"], "n": [40, 3, 43]})
    >>> [str(n) for n in protect_frames([sexes], must_show=[frozenset()])[0]["n"]]
    ['skyddat', 'färre än 5', '43']
    """
    tables = LinkedTables.of(frames, count)
    shown = dict(zip(tables.cells, protect(tables, rules, must_show=must_show), strict=True))
    return [_refilled(frame, count, shown) for frame in frames]


def _refilled(frame: pd.DataFrame, count: str, shown: dict[Cell, object]) -> pd.DataFrame:
    dims = [name for name in frame.columns if name != count]
    cells = [
        frozenset(
            (dim, known_value(value))
            for dim, value in zip(dims, values, strict=True)
            if not (isinstance(value, str) and value == TOTAL)
        )
        for values in frame[dims].itertuples(index=False, name=None)
    ]
    protected = frame.copy()
    protected[count] = pd.Series([shown[c] for c in cells], dtype=object, index=frame.index)
    return protected
