"""Least and greatest values of hidden cells: closed form against linear programs."""

from __future__ import annotations

import numpy as np
import pytest

from fmbstats.disclosure import feasible
from fmbstats.disclosure.feasible import Sums


def _random_sum(rng):
    sums, counts = Sums(), rng.integers(0, 20, rng.integers(2, 8))
    cells = [
        sums.cell(n) if rng.random() < 0.5 else sums.cell(min(n, 1), rng.choice([n + 3, np.inf]))
        for n in counts
    ]
    total = sums.cell(counts.sum()) if rng.random() < 0.6 else sums.cell(0, np.inf)
    sums.total(total, cells)
    return sums


def test_one_equation_equals_linear_programs():
    rng = np.random.default_rng(20240601)
    for _ in range(60):
        sums = _random_sum(rng)
        lo, hi = np.array(sums.lo), np.array(sums.hi)
        matrix = feasible._matrix(sums.equations, len(lo))
        ends = [
            [feasible._extreme(matrix, np.zeros(1), lo, hi, k, sign) for k in range(len(lo))]
            for sign in (1, -1)
        ]
        np.testing.assert_allclose(sums.ranges(), ends)


def test_linked_tables_tell_more_than_each_alone():
    # The total is hidden; the sexes give it away, and with it the one hidden county.
    sums = Sums()
    total, hidden = sums.cell(5, np.inf), sums.cell(1, 4)
    sums.total(total, [sums.cell(20), sums.cell(23)])
    sums.total(total, [sums.cell(40), hidden])
    lo, hi = sums.ranges()
    assert (lo[total], hi[total]) == (43, 43)
    assert (lo[hidden], hi[hidden]) == (3, 3)


def test_contradiction_is_told():
    sums = Sums()
    sums.total(sums.cell(10), [sums.cell(4), sums.cell(5)])
    with pytest.raises(ValueError, match="not the sum of its parts"):
        sums.ranges()
