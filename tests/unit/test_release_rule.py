"""The one rule: unbiased, bounded, stable; nothing decided by fewer than the threshold."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest

from fmbstats.release.rule import (
    BASE,
    MIN_PATH,
    NOT_TOLD,
    SLIP,
    WAYS,
    Paths,
    Rule,
    protect,
    protect_counts,
    stretches,
)

RULE = Rule(5)
N_GROUPS = 1_500


@cache
def borders():
    return stretches([np.array([28, 90, 180])])


def keys_of(n, seed=1):
    return np.random.default_rng(seed).integers(0, 2**63, n).astype(np.uint64)


def spells(n, seed=3):
    """Lengths of one group with a peak on day 90; kinds; ended or ongoing."""
    draw = np.random.default_rng(seed)
    day = 15 + np.minimum(draw.geometric(0.02, n), 800)
    day = np.where(draw.random(n) < 0.2, 90, day)
    return day, (draw.random(n) < 0.3).astype(int), (day < 500).astype(int)


def repeated(day, kind, part, n_groups=N_GROUPS):
    group = np.repeat(np.arange(n_groups), len(day))
    columns = (np.tile(values, n_groups) for values in (day, kind, part))
    return Paths(group, *columns, np.ones(len(group), dtype=np.int64))


def told(paths, keys, rule=RULE):
    return protect(paths, keys, borders(), np.zeros(len(keys), dtype=np.int64), rule)


def counted(paths, rows, n_groups=N_GROUPS):
    return np.bincount(paths.group[rows], paths.n[rows], minlength=n_groups)


@pytest.mark.parametrize("n", [60, 83, 200])
@pytest.mark.parametrize("limit", [28, 90, 180])
def test_counts_up_to_a_limit_are_unbiased_and_bounded(n, limit):
    day, kind, part = spells(n)
    found = told(repeated(day, kind, part), keys_of(N_GROUPS))
    error = counted(found, found.day <= limit) - (day <= limit).sum()
    # Near the ends of a path the first and the last spells are not told.
    if BASE <= (day <= limit).sum() <= n - BASE:
        assert abs(error.mean()) < 4 * np.sqrt(RULE.variance / N_GROUPS)
    assert np.abs(error).max() <= 2 * BASE
    assert error.var() < 1.5 * RULE.variance


def test_kinds_keep_their_shares():
    day, kind, part = spells(150)
    found = told(repeated(day, kind, part), keys_of(N_GROUPS))
    error = counted(found, found.kind == 1) - kind.sum()
    assert abs(error.mean()) < 1.5
    assert error.std() < BASE


def test_numbers_are_multiples_of_the_base_and_first_and_last_lengths_are_not_told():
    day, kind, part = spells(100)
    found = told(repeated(day, kind, part), keys_of(N_GROUPS))
    ordered = np.sort(day)
    assert not (found.n % BASE).any()
    first = np.full(N_GROUPS, 10**6)
    np.minimum.at(first, found.group, found.day)
    last = np.zeros(N_GROUPS)
    np.maximum.at(last, found.group, found.day)
    # A day on which few left is told by its stretch of a week.
    assert first.min() >= ordered[RULE.threshold - 1] - 7
    assert last.max() <= ordered[-RULE.threshold] + 7


def test_a_day_on_which_few_left_is_never_told_itself():
    middles = {17, 24, 31, 38, 45, 52, 59, 66, 73, 80, 87}
    day = np.repeat([15, 19, 22, 33, 37, 40, 51, 54, 61, 67, 71, 78, 85], 3)
    found = told(repeated(day, day * 0, day * 0 + 1), keys_of(N_GROUPS))
    assert set(np.unique(found.day)) <= {d for m in middles for d in (m - 1, m, m + 1)}
    # The same lengths come out whichever day of the stretch they had.
    again = told(repeated(day + (day == 15), day * 0, day * 0 + 1), keys_of(N_GROUPS))
    for name in vars(found):
        assert (getattr(found, name) == getattr(again, name)).all()


def test_stretches_never_cross_a_limit():
    found = borders()
    assert {28, 90, 180} <= set(found.tolist())
    widths = np.diff(found[found < 400])
    assert widths.min() >= 4
    assert widths.max() <= 14


@pytest.mark.parametrize("n", range(1, BASE))
def test_groups_under_the_threshold_are_absent(n):
    day, kind, part = spells(n)
    assert not len(told(repeated(day, kind, part), keys_of(N_GROUPS)).n)
    assert not protect_counts(np.full(50, n), keys_of(50), RULE).any()


def test_which_groups_are_absent_is_not_known_below_twice_the_base():
    """Were it, a group that comes up would tell that one spell more is in it."""
    for n in range(1, 2 * BASE + 1):
        day, kind, part = spells(n)
        is_there = told(repeated(day, kind, part), keys_of(N_GROUPS)).total(N_GROUPS) > 0
        expected = min(max((n - BASE + 1) / BASE, 0), 1)
        assert is_there.mean() == pytest.approx(expected, abs=0.05)
        counts = protect_counts(np.full(N_GROUPS, n), keys_of(N_GROUPS), RULE)
        assert (counts > 0).mean() == pytest.approx(expected, abs=0.05)


@pytest.mark.parametrize("n", [12, 20])
def test_of_small_groups_only_the_number_is_told(n):
    day, kind, part = spells(n)
    found = told(repeated(day, kind, part), keys_of(N_GROUPS))
    small = found.total(N_GROUPS)[found.group] < MIN_PATH
    assert (found.day[small] == 0).all()
    assert (found.part[small] % WAYS == NOT_TOLD).all()
    assert abs(found.total(N_GROUPS).mean() - n) < 1


def test_rare_kinds_and_ways_are_told_as_the_commonest():
    day, kind, part = spells(90)
    kind, part = (np.arange(90) < 4).astype(int), (np.arange(90) != 7).astype(int)
    found = told(repeated(day, kind, part), keys_of(N_GROUPS))
    assert set(np.unique(found.kind)) == {0}
    assert set(np.unique(found.part % WAYS)) <= {1, NOT_TOLD}


def test_the_same_key_gives_the_same_path_and_another_another():
    day, kind, part = spells(120)
    paths, keys = repeated(day, kind, part), keys_of(N_GROUPS)
    first, second = told(paths, keys), told(paths, keys)
    for name in vars(first):
        assert (getattr(first, name) == getattr(second, name)).all()
    shuffled = np.random.default_rng(0).permutation(len(paths.n))
    third = told(paths.only(shuffled), keys)
    assert (third.n == first.n).all()
    assert (third.day == first.day).all()
    assert np.unique(first.total(N_GROUPS)).size > 1


def test_a_higher_threshold_tells_nothing_that_the_lower_does_not():
    counts, keys = np.arange(400), keys_of(400)
    for high in (7, 12, 20):
        base = Rule(high).base
        assert base >= high
        # Whoever knows the finer number knows the coarser one but for a secret: no two borders
        # of different rules ever close in on a count.
        fine, coarse = (protect_counts(counts, keys, Rule(t)) for t in (5, high))
        assert (coarse % base == 0).all()
        kept = (fine > 0) & (coarse > 0)
        assert np.abs(fine - coarse)[kept].max() <= 2 * base


def test_the_stated_variance_is_that_of_the_rule():
    counts = np.tile(np.arange(60, 66), 40_000)
    told_counts = protect_counts(counts, keys_of(len(counts)), RULE)
    error = told_counts - counts
    assert abs(error.mean()) < 0.03
    assert error.var() == pytest.approx(RULE.variance, rel=0.02)
    assert SLIP > 0
