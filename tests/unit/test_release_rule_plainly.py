"""The rule once more, spell by spell as its docstring says it, against the one that is used.

Slow and plain: one group at a time, lists and whole numbers. Where both agree on groups that are
drawn at random, under several thresholds, no arithmetic on arrays has mixed up two groups, days or
kinds. What the rule promises is tested in `test_release_rule.py`.
"""

from __future__ import annotations

from collections import Counter
from math import floor

import numpy as np
import pytest

from fmbstats.release.rule import (
    PARTS,
    WAYS,
    Paths,
    Rule,
    _uniform,
    protect,
    protect_counts,
    stretches,
)

WORD = 2**64
LIMITS = ([30, 90, 180], [14, 45])


def protected(paths, keys, series, threshold):
    borders = stretches([np.array(limits) for limits in LIMITS])
    return protect(paths, keys, borders, series, Rule(threshold))


def uniform(key, number):
    """The number-th number of a group, in [0, 1) (splitmix64)."""
    x = (key + (number + 1) * 0x9E3779B97F4A7C15) % WORD
    x = (x ^ x >> 30) * 0xBF58476D1CE4E5B9 % WORD
    x = (x ^ x >> 27) * 0x94D049BB133111EB % WORD
    return ((x ^ x >> 31) >> 11) / 2**53


def is_few(n, key, number, base):
    """Under the base always, at twice the base never."""
    return n < base + floor(6 * uniform(key, number)) * (base // 6)


def commonest(labels, few_of):
    """Every label, or the commonest (of equals the smallest) in place of those with few spells."""
    n = Counter(labels)
    best = min(n, key=lambda label: (-n[label], label))
    return [best if few_of(n[label], label) else label for label in labels]


def kinds_told(spells, key, base):
    days, kinds, parts = zip(*spells, strict=True)
    kinds = commonest(kinds, lambda n, kind: is_few(n, key, 2**41 + kind, base))
    told = list(parts)
    for own in set(kinds):
        at = [k for k, kind in enumerate(kinds) if kind == own]
        inner = commonest(
            [parts[k] for k in at],
            lambda n, part, own=own: is_few(n, key ^ own, 2**41 + part, base),
        )
        for k, part in zip(at, inner, strict=True):
            told[k] = part
    return list(zip(days, kinds, told, strict=True))


def days_told(spells, key, limits, base):
    """Days of few to the middle of their stretch; stretches end at limits and every seventh day."""
    n = Counter(day for day, _, _ in spells)

    def told(day):
        if not is_few(n[day], key, 2**40 + day, base):
            return day
        is_border = [
            d in limits or d == 0 or (d % 7 == 0 and all(abs(d - limit) >= 4 for limit in limits))
            for d in range(day + 15)
        ]
        last = next(d for d in range(day, day + 15) if is_border[d])
        first = next(d for d in range(day - 1, -1, -1) if is_border[d]) + 1
        return (first + last) // 2

    return sorted((told(day), kind, part) for day, kind, part in spells)


def walk(first, n_places, key, n_blocks, chance):
    """From `first` by -1, 0 or 1 at each block, turned back at both ends."""
    at, found = first, [first]
    for k in range(1, n_blocks):
        drawn = uniform(key, 2**20 + k)
        at += -1 if drawn < chance / 2 else 1 if drawn < chance else 0
        place = at % (2 * n_places)
        found.append(min(place, 2 * n_places - 1 - place))
    return found


def ranks(n, key, base):
    """Which spell fills each block: a secret place within it."""
    n_fine, n_blocks = base // 6, n // base + 1
    chance = min(6 / (n // 6), 2 / 3)
    phase = floor(6 * uniform(key, 0)), floor(n_fine * uniform(key, 1))
    fine = walk(phase[0], 6, key, n_blocks * n_fine, chance)
    coarse = walk(phase[1], n_fine, (key + 1) % WORD, n_blocks, chance)
    kept = [n_fine * (k + 1) - 1 - place for k, place in enumerate(coarse)]
    found = [6 * k + 5 - fine[k] for k in kept]
    return [rank for rank in found if rank < n]


def dealt(spells, filled, key, base):
    """Kind and part of each block: of which most is owed, and of which a spell has left."""
    labels = {(kind, part) for _, kind, part in spells}
    if len(labels) == 1:
        return [(kind, part) for _, kind, part in (spells[rank] for rank in filled)]
    chance = {(k, p): uniform(key, 16 + PARTS * k + p) - 0.5 for k, p in labels}
    kinds = sorted({kind for kind, _ in labels})
    owed, found, start = Counter(), [], 0
    for rank in filled:
        for _, kind, part in spells[start : rank + 1]:
            owed[kind, part] += 1 / base
        start = rank + 1
        of_kind = {k: sum(v for (kind, _), v in owed.items() if kind == k) for k in kinds}
        first = {k: sum(v for (kind, _), v in chance.items() if kind == k) for k in kinds}
        kind = max((k for k in kinds if of_kind[k] > 1e-6), key=lambda k: of_kind[k] + first[k])
        parts = sorted(p for k, p in labels if k == kind and owed[k, p] > 1e-6)
        part = max(parts, key=lambda p: owed[kind, p] + chance[kind, p])
        owed[kind, part] -= 1
        found.append((kind, part))
    return found


def plainly(spells, key, limits, base):
    """Rows (day, kind, part, n) that are told of one group."""
    if not spells:
        return {}
    spells = days_told(kinds_told(spells, key, base), key, limits, base)
    n = len(spells)
    if is_few(n, key, 4, base):
        return {}
    filled = ranks(n, key, base)
    last_day = spells[n - base][0]
    slip = uniform(key, 2)
    more = 1 if slip < 1 / 64 else -1 if slip > 63 / 64 and len(filled) > 1 else 0
    chosen = floor(uniform(key, 3) * len(filled))
    told = Counter()
    own = dealt(spells, filled, key, base)
    for k, (rank, (kind, part)) in enumerate(zip(filled, own, strict=True)):
        day = spells[min(max(rank, base - 1), n - base)][0]
        if rank > n - base and spells[rank][0] > last_day:
            part = part - part % WAYS + 7
        told[day, kind, part] += base * (1 + more * (k == chosen))
    total = sum(told.values())
    if total >= 30:
        return {row: n for row, n in told.items() if n}
    of_kind = Counter()
    for (_, kind, _), n_told in told.items():
        of_kind[kind] += n_told
    best = min(of_kind, key=lambda kind: (-of_kind[kind], kind))
    return {(0, best, 7): total} if total else {}


def drawn(seed, n_groups=80):
    """Groups of 0 to 200 spells, with rare and common days, kinds and ways; keys; series.

    The last group is empty; some have one kind, one way, or one of both.
    """
    draw = np.random.default_rng(seed)
    groups = []
    n_small = n_groups // 2
    for n in [*draw.integers(0, 200, n_groups - n_small - 1), *draw.integers(12, 32, n_small), 0]:
        day = np.where(draw.random(n) < 0.3, 90, draw.geometric(0.02, n))
        common, has_parts = draw.integers(0, 4), draw.random() < 0.8
        kind = draw.choice([common, 0, 1, 3], n, p=[0.5, 0.2, 0.2, 0.1]) * (draw.random() < 0.8)
        part = np.where(has_parts, draw.choice([1, 2, 9, 12], n, p=[0.5, 0.3, 0.15, 0.05]), 2)
        groups.append(list(zip(day.tolist(), kind.tolist(), part.tolist(), strict=True)))
    # Of the kind told in fewest rows there can be most spells.
    for k in range(n_small, n_small + 20):
        groups[k] = [(90, 3, 1)] * 15 + [(20, 0, 1)] * 9
    # Some keys are chosen so that a block comes or goes; among the rest that is too rare to be met.
    keys = draw.integers(0, 2**64, 40 * n_groups, dtype=np.uint64)
    slips = np.array([abs(uniform(int(key), 2) - 0.5) for key in keys])
    keys = np.concatenate([keys[slips > 0.5 - 1 / 64][:12], keys])[:n_groups]
    return groups, draw.permutation(keys), draw.integers(0, 2, n_groups)


def rows_of(groups, order):
    """Rows in any order; equal spells stand in one row, or in two."""
    spells = Counter((group, *spell) for group, own in enumerate(groups) for spell in own)
    rows = []
    for spell, n in spells.items():
        first = int(order.integers(0, n))
        rows += [(*spell, first)] * (first > 0) + [(*spell, n - first)]
    return Paths(*order.permutation(np.array(rows, dtype=np.int64).reshape(-1, 5)).T)


def told_by_group(told, n_groups):
    found = [Counter() for _ in range(n_groups)]
    for group, day, kind, part, n in zip(*vars(told).values(), strict=True):
        found[group][int(day), int(kind), int(part)] += int(n)
    return found


@pytest.mark.parametrize("threshold", [5, 7, 18])
@pytest.mark.parametrize("seed", range(3))
def test_the_rule_does_what_it_says(seed, threshold):
    groups, keys, series = drawn(seed)
    base = Rule(threshold).base
    exact = rows_of(groups, np.random.default_rng(seed))
    found = told_by_group(protected(exact, keys, series, threshold), len(groups))
    for k, spells in enumerate(groups):
        wanted = plainly(spells, int(keys[k]), LIMITS[series[k]], base)
        assert found[k] == wanted, f"group {k} of {len(spells)} spells"
    assert sum(map(bool, found)) > len(groups) // 3


def test_a_group_comes_out_the_same_whichever_groups_stand_beside_it():
    """Else a release would tell of one group that another has come, or what is in it."""
    groups, keys, series = drawn(5)
    order = np.random.default_rng(0)
    together = told_by_group(protected(rows_of(groups, order), keys, series, 5), len(groups))
    for k in range(0, len(groups), 5):
        alone = protected(rows_of([groups[k]], order), keys[[k]], series[[k]], 5)
        assert told_by_group(alone, 1)[0] == together[k]


def test_secret_numbers_are_those_of_splitmix64():
    """First outputs from seed 1234567, as published with the generator (Vigna 2015)."""
    published = [6457827717110365317, 3203168211198807973, 9817491932198370423]
    found = _uniform(np.array([1234567], dtype=np.uint64), np.arange(3)) * 2**53
    assert found.astype(np.int64).tolist() == [number >> 11 for number in published]
    assert [uniform(1234567, k) * 2**53 for k in range(3)] == found.tolist()


def test_nothing_of_nobody():
    keys = np.arange(2, dtype=np.uint64)
    none = protected(rows_of([[], []], np.random.default_rng(0)), keys, keys.astype(int), 5)
    assert not len(none.n)
    assert stretches([]).tolist() == []


@pytest.mark.parametrize("threshold", [5, 7, 18])
def test_single_counts_are_rounded_by_the_same_rule(threshold):
    base = Rule(threshold).base
    _, keys, _ = drawn(7, 120)
    counts = np.arange(120)
    wanted = []
    for n, key in zip(counts.tolist(), keys.tolist(), strict=True):
        phase = floor(6 * uniform(key, 0)) + 6 * floor(base // 6 * uniform(key, 1))
        slip = uniform(key, 2)
        blocks = (n + phase) // base + (slip < 1 / 64) - (slip > 63 / 64)
        wanted.append(0 if is_few(n, key, 4, base) else base * max(blocks, 1))
    assert protect_counts(counts, keys, Rule(threshold)).tolist() == wanted
