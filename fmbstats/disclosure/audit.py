"""The attacker, who works out what she can from published tables by subtraction.

She knows every equation, every published number and the rules: a cell marked "fewer than 5"
holds 1 to 4, one hidden to protect it holds at least 5. For each hidden small cell two linear
programs give the least and the greatest value that fit. They must leave her no wiser than the
marks alone do (a total "fewer than 5" with two parts that are not 0 leaves 1 to 3 for each, and
nothing can be done about that); where the marks alone leave one value only, that is a leak too.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import linprog

from fmbstats.disclosure.tables import Cell, LinkedTables, name_of
from fmbstats.disclosure.values import Protected
from fmbstats.errors import DisclosureError

_TOLERANCE = 1e-6


@dataclass(frozen=True)
class Leak:
    """A cell that can be narrowed down.

    Attributes
    ----------
    cell : frozenset of (dimension, value)
    lo, hi : float
        Least and greatest count that fit everything published; equal when it is found out.
    """

    cell: Cell
    lo: float
    hi: float

    def __str__(self) -> str:
        if self.hi - self.lo < _TOLERANCE:
            return f"{name_of(self.cell)}: must be {self.lo:.0f}"
        return f"{name_of(self.cell)}: lies between {self.lo:.0f} and {self.hi:.0f}"


def public_bounds(value: object) -> tuple[float, float]:
    """Return the range that a published value itself tells.

    Examples
    --------
    >>> public_bounds(7), public_bounds(Protected(5)), public_bounds(Protected(5, "withheld"))
    ((7.0, 7.0), (1.0, 4.0), (0.0, inf))
    """
    if not isinstance(value, Protected):
        return float(value), float(value)
    if value.kind == "suppressed":
        return 1.0, value.threshold - 1.0
    return (float(value.threshold) if value.kind == "complementary" else 0.0), np.inf


def audit(tables: LinkedTables, published: Sequence[object]) -> list[Leak]:
    """Attack published tables; an empty list means that they hold.

    Parameters
    ----------
    tables : LinkedTables
        Only its cells and equations are used, never its counts.
    published : sequence of int or Protected, shape (n_cells,)
        What is shown for each cell.

    Returns
    -------
    list of Leak
        Each small cell that can be narrowed down to less than its mark says, and each cell
        below the threshold shown openly beside protected ones.

    Raises
    ------
    ValueError
        When no counts fit what is published: it contradicts itself.
    """
    place = _shown_small(published)
    leaks = [Leak(tables.cells[k], float(published[k]), float(published[k])) for k in place]
    return leaks + [
        Leak(tables.cells[attack.place], attack.lo, attack.hi)
        for attack in attacks(tables, published)
        if attack.is_leak
    ]


@dataclass(frozen=True)
class Attack:
    """What the attacker can say of one hidden cell, and what she must not exclude."""

    place: int
    lo: float
    hi: float
    least: float
    most: float

    @property
    def is_leak(self) -> bool:
        """Whether she is wiser than the marks alone make her, or certain."""
        return (
            self.lo > self.least + _TOLERANCE
            or self.hi < self.most - _TOLERANCE
            or self.hi - self.lo < 1 - _TOLERANCE
        )


def attacks(tables: LinkedTables, published: Sequence[object]) -> list[Attack]:
    """Attack each hidden cell that may be small.

    Raises
    ------
    ValueError
        When no counts fit what is published.
    """
    known = np.array([public_bounds(value) for value in published])
    marks = np.array([_bounds_of_mark(value, published) for value in published])
    found = []
    for k, value in enumerate(published):
        if not isinstance(value, Protected) or value.kind == "complementary":
            continue
        lo, hi = (_extreme(tables, known, k, sign) for sign in (1, -1))
        if value.kind == "withheld":  # May be small or not: she must not be able to tell.
            least, most = value.threshold - 1.0, float(value.threshold)
        elif lo <= 1 + _TOLERANCE and hi >= value.threshold - 1 - _TOLERANCE:
            least, most = lo, hi  # Nothing learnt; the marks alone cannot say less.
        else:
            least, most = (_extreme(tables, marks, k, sign) for sign in (1, -1))
        found.append(Attack(k, lo, hi, least, most))
    return found


def _bounds_of_mark(value: object, published: Sequence[object]) -> tuple[float, float]:
    """Return what remains known of a cell when every number but 0 is hidden."""
    if isinstance(value, Protected) or value == 0:
        return public_bounds(value)
    thresholds = [v.threshold for v in published if isinstance(v, Protected)]
    return float(min([value, *thresholds])), np.inf


def _shown_small(published: Sequence[object]) -> list[int]:
    """Cells below the threshold that are shown openly beside protected ones."""
    thresholds = [value.threshold for value in published if isinstance(value, Protected)]
    return [
        k
        for k, value in enumerate(published)
        if not isinstance(value, Protected) and 0 < value < max(thresholds, default=0)
    ]


def _extreme(tables: LinkedTables, bounds: np.ndarray, k: int, sign: int) -> float:
    """Least (sign 1) or greatest (sign -1) value of cell k that fits; inf when unbounded."""
    target = np.zeros(len(bounds))
    target[k] = sign
    result = linprog(
        target,
        A_eq=tables.equations,
        b_eq=np.zeros(tables.equations.shape[0]),
        bounds=bounds,
        method="highs",
    )
    if result.status == 3:
        return np.inf if sign < 0 else 0.0
    if result.status != 0:
        raise ValueError(f"no counts fit what is published: {result.message}")
    return sign * float(result.fun)


def checked_release(tables: LinkedTables, published: Sequence[object]) -> None:
    """Stop a release that would disclose; pass silently otherwise.

    Raises
    ------
    DisclosureError
        Naming the first five cells that can be narrowed down, and what to do.
    """
    leaks = audit(tables, published)
    if leaks:
        shown = "; ".join(str(leak) for leak in leaks[:5])
        more = f" and {len(leaks) - 5} more" if len(leaks) > 5 else ""
        raise DisclosureError(
            f"{len(leaks)} small count(s) can be worked out from the published tables: "
            f"{shown}{more}. Suppress further cells (disclosure.protect) or leave the table out."
        )
