"""The one rule by which exact counts become counts that may leave the house.

What is protected is a *path*: how many spells of a group have left sick leave by each day, and how
(ended, ongoing at the cut-off). The rule, with base b (6 for a threshold of 5):

1. *Days.* A day on which few spells of the group left is known to a stretch of some seven days
   only: they are told at its middle. The stretches are the same for everybody and never cross a
   recommended limit, so the share over a limit loses nothing by it.
2. *Counts.* The spells are counted off in blocks of b, and each full block steps the path by b on
   the day of one of its spells. Which one is secret and wanders slowly from block to block: every
   count of the path is its exact value rounded to a multiple of b, without bias (each place is as
   likely) and by less than b.
3. *One block more or less*, at a secret place, with probability 2 x `SLIP`: who adds and subtracts
   counts then never has two bounds that meet.
4. *Ends.* The first step waits until b spells have left; spells after the b-th last are told as
   ongoing on its day: no first and no last length is told.
5. *Kinds.* Which set of possible cases, which way of leaving a block stands for is dealt out so
   that each kind stays within a block or two of its exact share, and none is told before a spell
   of it has left; kinds of few spells are told as the group's commonest.
6. Groups of few spells are absent; of those under `MIN_PATH` only the number is told.

"Few" is under b always, under 2 b by chance, at 2 b never: were the border known, whatever comes up
in one release and not in the other would tell that it had b - 1 spells, and where the new one is.
A place that stayed the same along a path would tell from which day on there is one spell more; one
that is drawn anew for each block would be averaged out in large groups.

All that is secret follows from one number per group, made with a key from the very spells in it and
from all spells of the same start year (`fmbstats.release.build`). The same spells get the same path
in every release, under every name, so nothing is gained by asking often; one spell more anywhere in
the year, and every path of that year is drawn anew, so little is gained by comparing two.

Chosen over the cell-key method (Fraser & Wooton 2005; Thompson, Broadfoot & Elazar 2013; what
Eurostat recommends for the census). There each count gets a noise of its own from the keys of its
spells, so (a) a path of 300 days has 300 independent noises, and its curve neither falls nor stays
within 0 and 1; (b) one spell more changes exactly those counts that hold it, which tells in which
groups, and from which day on, it is; (c) a count of 1 or 2 comes out as itself in a known share of
cells. Kept from it: the key is made of the spells themselves. From OpenSAFELY's midpoint rounding
the base is kept, and its fixed offset is not: with it two releases that differ by one spell tell
on which side of a known border the exact count lay.
"""

from __future__ import annotations

from dataclasses import dataclass

from fmbstats.frames import np
from fmbstats.settings import SETTINGS

BASE = 6
SLIP = 1 / 64  # probability of one block more, and of one block less
MOVES = 6  # so often, on average, the secret place in a block moves along a path
MIN_PATH = SETTINGS.min_spells
FACTOR_STEP = 1.25  # between the factors that are told; see `protect_factors`
_STRETCH = 7
DAYS = 1 << 16
KINDS, PARTS, WAYS = 64, 256, 8
NOT_TOLD = 7  # left on that day or later, in what way is not told


@dataclass(frozen=True)
class Rule:
    """How strongly counts are protected."""

    #: The data owner's: nothing is decided by fewer spells. Up to 6 the base is 6; above, the next
    #: multiple of 6, so that what is told under one threshold follows from what is told under a
    #: smaller one.
    threshold: int = SETTINGS.threshold

    @property
    def base(self) -> int:
        """Spells in a block."""
        return BASE * max(1, -(-self.threshold // BASE))

    @property
    def variance(self) -> float:
        """Variance of a protected count around the exact one, in spells squared."""
        return (self.base**2 - 1) / 6 + 2 * SLIP * self.base**2


@dataclass(frozen=True, eq=False)
class Paths:
    """Rows of many groups' paths: so many spells left on that day, in that way."""

    group: np.ndarray  #: 0 to the number of groups - 1; int, shape (n_rows,).
    day: np.ndarray  #: Length in days.
    kind: np.ndarray  #: Set of possible cases, from 0, below `KINDS`.
    #: What else is told of the spell: ``WAYS * cell + way``, with the way of leaving from 0 and a
    #: cell (of persons, say) below `PARTS` / `WAYS`; the way `NOT_TOLD` is the rule's own.
    part: np.ndarray
    n: np.ndarray  #: Number of spells.

    def only(self, rows: np.ndarray) -> Paths:
        """Return the rows named by a mask or an index."""
        return Paths(*(values[rows] for values in vars(self).values()))

    def total(self, n_groups: int) -> np.ndarray:
        """Spells per group."""
        return np.bincount(self.group, self.n, minlength=n_groups).astype(np.int64)


def protect(
    exact: Paths, keys: np.ndarray, borders: np.ndarray, border_of: np.ndarray, rule: Rule
) -> Paths:
    """Apply the rule to all groups at once.

    `exact`: in any order. `keys` (uint64, shape (n_groups,)): the secret number of each group.
    `borders`: ends of the stretches of days, as ``series * DAYS + day``, ascending; see
    `stretches`. `border_of` (int, shape (n_groups,)): which series of borders holds for a group.
    Rows come sorted by group and day; counts are multiples of the base. Groups of which only the
    number is told have one row with day 0.
    """
    n_groups, base = len(keys), rule.base
    exact = _kinds_told(exact, keys, base)
    coarse = _sorted(_days_told(exact, keys, borders, border_of, base))
    coarse = coarse.only(~_is_few(coarse.total(n_groups), keys, base, _OF_GROUP)[coarse.group])
    if not len(coarse.n):
        return coarse
    blocks = _Blocks.of(coarse, keys, base)
    day = blocks.days(coarse)
    kind, part, is_cut = blocks.dealt(coarse, keys)
    n = base * blocks.repeats(keys)
    part = np.where(is_cut, part - part % WAYS + NOT_TOLD, part)
    told = Paths(blocks.group, day, kind, part, n)
    return _only_number(_sorted(told.only(n > 0)), n_groups)


def stretches(limits: list[np.ndarray], last_day: int = 40_000) -> np.ndarray:
    """Return the borders of one series of stretches per set of limits.

    A border closes its stretch: limits are borders, and so is every seventh day that is not
    close to one.
    """
    weeks = np.arange(_STRETCH, last_day, _STRETCH)
    series = []
    for number, own in enumerate(limits):
        own = np.unique(own.astype(np.int64))
        near = np.searchsorted(own, weeks)
        after = np.append(own, np.inf)[near] - weeks
        before = weeks - np.append(-np.inf, own)[near]
        is_free = np.minimum(after, before) >= _STRETCH // 2 + 1
        found = np.unique(np.concatenate([[0], own, weeks[is_free], [last_day]]))
        series.append(number * DAYS + found)
    return np.concatenate(series) if series else np.zeros(0, np.int64)


def _is_few(n: np.ndarray, keys: np.ndarray, base: int, number: object) -> np.ndarray:
    """Whether counts are too small to be told: under the base, and by chance up to twice that."""
    fine = np.floor(_uniform(keys, number) * BASE)
    # A threshold under which more is told must not be closed in on by a lower one.
    return n < base + fine * (base // BASE)


# Which secret number of a group is used for what; those of days, kinds and blocks begin far apart.
_OF_GROUP, _OF_SHARE, _OF_STEP, _OF_DAY, _OF_KIND = 4, 16, 1 << 20, 1 << 40, 1 << 41


def _days_told(
    exact: Paths, keys: np.ndarray, borders: np.ndarray, border_of: np.ndarray, base: int
) -> Paths:
    """Move the spells of days on which few left to the middle of their stretch."""
    place = exact.group.astype(np.int64) * DAYS + exact.day
    days, of_day = np.unique(place, return_inverse=True)
    n = np.bincount(of_day, exact.n)
    is_few = _is_few(n, keys[days // DAYS], base, _OF_DAY + days % DAYS)[of_day]
    series = border_of[exact.group].astype(np.int64) * DAYS
    at = np.searchsorted(borders, series + exact.day)
    last, first = borders[at] - series, borders[at - 1] - series + 1
    day = np.where(is_few, (first + last) // 2, exact.day)
    return Paths(exact.group, day, exact.kind, exact.part, exact.n)


def _kinds_told(exact: Paths, keys: np.ndarray, base: int) -> Paths:
    """Count kinds, and parts of kinds, of few spells as the commonest."""
    kind = _commonest(exact.group, exact.kind, exact.n, keys, base)
    within = exact.group.astype(np.int64) * KINDS + kind
    # Of a group's own number and the kind alone: its place among the groups tells of the others.
    inner = (keys[:, None] ^ np.arange(KINDS, dtype=np.uint64)).ravel()
    part = _commonest(within, exact.part, exact.n, inner, base)
    return Paths(exact.group, exact.day, kind, part, exact.n)


def _commonest(group, label, n, keys: np.ndarray, base: int) -> np.ndarray:
    """Return each row's label, or the commonest of its group where it has few spells."""
    place, row = np.unique(group.astype(np.int64) * PARTS + label, return_inverse=True)
    total = np.bincount(row, n)
    order = np.lexsort([-place, total, place // PARTS])
    best = np.zeros(len(keys), np.int64)
    best[place[order] // PARTS] = place[order] % PARTS
    is_few = _is_few(total, keys[place // PARTS], base, _OF_KIND + place % PARTS)
    return np.where(is_few[row], best[group], label)


def _sorted(paths: Paths) -> Paths:
    """Add up equal rows; sort by group, day, kind and part."""
    place = paths.group.astype(np.int64) * DAYS + paths.day
    key = (place * KINDS + paths.kind) * PARTS + paths.part
    found, row = np.unique(key, return_inverse=True)
    n = np.bincount(row, paths.n, minlength=len(found)).astype(np.int64)
    place, label = found // (KINDS * PARTS), found % (KINDS * PARTS)
    return Paths(place // DAYS, place % DAYS, label // PARTS, label % PARTS, n)


def _only_number(told: Paths, n_groups: int) -> Paths:
    """Keep of small groups nothing but how many spells they have."""
    is_small = told.total(n_groups)[told.group] < MIN_PATH
    part = told.only(is_small)
    # A base above all counts: every kind is rare but the commonest.
    kind = _commonest(part.group, part.kind, part.n, np.zeros(n_groups, np.uint64), 1 << 40)
    zero = np.zeros(len(part.n), np.int64)
    few = Paths(part.group, zero, kind, zero + NOT_TOLD, part.n)
    both = [np.concatenate(pair) for pair in zip(
        vars(told.only(~is_small)).values(), vars(few).values(), strict=True
    )]  # fmt: skip
    return _sorted(Paths(*both))


@dataclass(frozen=True, eq=False)
class _Blocks:
    """Full blocks of all groups, in order.

    `first_row`, `start`: of each group: its first row in the path; spells before each row, by row.
    """

    #: `group`, `number`: the group, and which of its blocks, from 0; int, shape (n_blocks,).
    group: np.ndarray
    number: np.ndarray
    rank: np.ndarray  #: Which of the group's spells filled it, from 0.
    start: np.ndarray
    #: `size`, `n_blocks`: spells, and blocks, of each group.
    size: np.ndarray
    n_blocks: np.ndarray
    base: int

    @classmethod
    def of(cls, path: Paths, keys: np.ndarray, base: int) -> _Blocks:
        size = path.total(len(keys))
        most = size // base + 1
        group = np.repeat(np.arange(len(keys)), most)
        number = np.arange(len(group)) - np.repeat(np.cumsum(most) - most, most)
        rank = _places(keys, group, number, size, base)
        is_full = rank < size[group]
        group, number, rank = group[is_full], number[is_full], rank[is_full]
        n_blocks = np.bincount(group, minlength=len(keys))
        before = np.cumsum(size) - size
        start = np.cumsum(path.n) - path.n - before[path.group]
        return cls(group, number, rank, start, size, n_blocks, base)

    def days(self, path: Paths) -> np.ndarray:
        """Day on which each block is told: not before `base` spells left, nor after all but."""
        rank = np.clip(self.rank, self.base - 1, self.size[self.group] - self.base)
        return path.day[self._row(path, rank)]

    def _row(self, path: Paths, rank: np.ndarray) -> np.ndarray:
        """Row of the path that holds the spell of that rank."""
        before = np.cumsum(self.size) - self.size
        return np.searchsorted(np.cumsum(path.n), before[self.group] + rank, "right")

    def dealt(self, path: Paths, keys: np.ndarray):
        """Return kind and part of each block, and whether it lies past the last day told."""
        last = self.size[self.group] - self.base
        is_cut = path.day[self._row(path, self.rank)] > path.day[self._row(path, last)]
        own = path.kind[self._row(path, self.rank)], path.part[self._row(path, self.rank)]
        label = path.kind * PARTS + path.part
        some = np.flatnonzero(_n_distinct(path.group, label, len(keys)) > 1)
        if len(some):
            own = self._deal(path, keys, some, *own)
        return *own, is_cut

    def _deal(self, path: Paths, keys: np.ndarray, some: np.ndarray, kind, part):
        """Deal the kinds out, block by block, to whom most is owed (Tijdeman 1980)."""
        n_blocks = self.n_blocks[some]
        # Groups with many blocks first: those that still have one are then the first ones.
        some = some[np.argsort(-n_blocks, kind="stable")]
        n_active = np.searchsorted(np.sort(-n_blocks), -np.arange(int(n_blocks.max())), "left")
        parts, dense = np.unique(path.part, return_inverse=True)
        number = np.full(len(keys), -1)
        number[some] = np.arange(len(some))
        shares, ends = self._shares(path, dense, number, n_active)
        first = _first_owed(path, dense, number, keys[some], parts)
        owed, first_kind = np.zeros_like(first), first.sum(axis=2)
        owed_kind = np.zeros_like(first_kind)
        offset = np.zeros(len(keys), np.int64)
        offset[self.group[::-1]] = np.arange(len(self.group))[::-1]
        offset, kind, part = offset[some], kind.copy(), part.copy()
        g, a, b, weight = shares
        for k, m in enumerate(n_active):
            own = slice(ends[k], ends[k + 1])
            owed[g[own], a[own], b[own]] += weight[own]
            np.add.at(owed_kind, (g[own], a[own]), weight[own])
            every = np.arange(m)
            best = _most_owed(owed_kind[:m], first_kind[:m])
            inner = _most_owed(owed[every, best], first[every, best])
            owed_kind[every, best] -= 1
            owed[every, best, inner] -= 1
            kind[offset[:m] + k], part[offset[:m] + k] = best, parts[inner]
        return kind, part

    def _shares(self, path: Paths, dense: np.ndarray, number: np.ndarray, n_active: np.ndarray):
        """Return what share of each block each kind and part has, block by block.

        Group, kind, part and share of all, and where each number of block begins and ends.
        """
        chosen = np.flatnonzero(number[path.group] >= 0)
        rows, dense = path.only(chosen), dense[chosen]
        # Blocks and rows as places among the spells of all groups, one after another.
        before, first_block = (np.cumsum(x) - x for x in (self.size, self.n_blocks))
        ends = before[self.group] + self.rank
        start = before[rows.group] + self.start[chosen]
        first = np.searchsorted(ends, start)
        last = np.searchsorted(ends, start + rows.n - 1)
        times = last - first + 1
        row = np.repeat(np.arange(len(times)), times)
        every = first[row] + np.arange(len(row)) - np.repeat(np.cumsum(times) - times, times)
        low = np.maximum(start[row], np.append(-1, ends)[every] + 1)
        high = np.minimum((start + rows.n)[row], np.append(ends, self.size.sum())[every] + 1)
        block = every - first_block[rows.group[row]]
        group = number[rows.group[row]]
        n_parts = int(dense.max()) + 1
        cell = ((block * len(self.size) + group) * KINDS + rows.kind[row]) * n_parts + dense[row]
        # Spells after a group's last full block stand for nothing.
        kept = block < self.n_blocks[rows.group[row]]
        found, place = np.unique(cell[kept], return_inverse=True)
        weight = np.bincount(place, (high - low)[kept]) / self.base
        block, label = np.divmod(found, len(self.size) * KINDS * n_parts)
        ends = np.searchsorted(block, np.arange(len(n_active) + 1))
        group, label = np.divmod(label, KINDS * n_parts)
        return (group, label // n_parts, label % n_parts, weight), ends

    def repeats(self, keys: np.ndarray) -> np.ndarray:
        """How often each block stands: once, but for one block of a few groups."""
        slip = _uniform(keys, 2)
        more = np.where(slip < SLIP, 1, np.where(slip > 1 - SLIP, -1, 0))
        more = np.where(self.n_blocks > 1, more, np.maximum(more, 0))
        chosen = np.floor(_uniform(keys, 3) * self.n_blocks).astype(np.int64)
        return 1 + more[self.group] * (self.number == chosen[self.group])


def _most_owed(owed: np.ndarray, first: np.ndarray) -> np.ndarray:
    """Return to which column most is owed, of those of which a spell has left that no block is.

    Whoever is owed by chance alone would be told before any of it has left.
    """
    return np.where(owed > SETTINGS.near, owed + first, -np.inf).argmax(axis=1)


def _first_owed(path: Paths, dense, number, keys: np.ndarray, parts: np.ndarray) -> np.ndarray:
    """Return what each kind and part is owed by chance, before any spell: its secret share."""
    own = number[path.group] >= 0
    group, kind, part = number[path.group[own]], path.kind[own], dense[own]
    first = np.zeros((len(keys), int(path.kind.max()) + 1, len(parts)))
    label = _OF_SHARE + PARTS * kind + parts[part]
    first[group, kind, part] = _uniform(keys[group], label) - 0.5
    return first


def protect_counts(counts: np.ndarray, keys: np.ndarray, rule: Rule) -> np.ndarray:
    """Protect single counts by the same rule; 0 stays 0, and a small count is 0, too.

    `keys`: the secret number of each count.
    """
    base, slip = rule.base, _uniform(keys, 2)
    blocks = (counts + _phase(keys, base)) // base
    blocks = blocks + np.where(slip < SLIP, 1, np.where(slip > 1 - SLIP, -1, 0))
    return np.where(_is_few(counts, keys, base, _OF_GROUP), 0, base * np.maximum(blocks, 1))


def protect_factors(factors: np.ndarray, keys: np.ndarray) -> np.ndarray:
    """Tell factors from 1 up by steps of a quarter, by a secret place up or down.

    Without bias in their logarithm; NaN stays NaN, and 1 is the least that is told.

    `factors`: such as design effects: of many units, so that one spell moves them by far less than
    a step. `keys`: the secret number of each.
    """
    steps = np.log(np.maximum(factors, 1)) / np.log(FACTOR_STEP)
    return FACTOR_STEP ** np.floor(steps + _uniform(keys, _OF_KIND))


def _n_distinct(group, label, n_groups: int) -> np.ndarray:
    found = np.unique(group.astype(np.int64) * KINDS * PARTS + label) // (KINDS * PARTS)
    return np.bincount(found, minlength=n_groups)


def _phase(keys: np.ndarray, base: int) -> np.ndarray:
    """Phase of each group, uniform in 0 to base - 1; that of 6 is its remainder by 6."""
    fine = np.floor(_uniform(keys, 0) * BASE).astype(np.int64)
    coarse = np.floor(_uniform(keys, 1) * (base // BASE)).astype(np.int64)
    return fine + BASE * coarse


def _places(
    keys: np.ndarray, group: np.ndarray, number: np.ndarray, size: np.ndarray, base: int
) -> np.ndarray:
    """Rank of the spell by whose day each block is told, from 0.

    Under a higher threshold some of the finer blocks are kept, chosen by a walk of its own.
    """
    n_fine = base // BASE
    # The finer walk goes through all fine blocks, also those between.
    most = np.bincount(group, minlength=len(keys)) * n_fine
    fine_group = np.repeat(np.arange(len(keys)), most)
    before = np.cumsum(most) - most
    fine_number = np.arange(len(fine_group)) - before[fine_group]
    phase, chance = _phase(keys, base), np.minimum(MOVES / np.maximum(size // BASE, 1), 2 / 3)
    place = _walk(phase % BASE, BASE, keys, fine_group, fine_number, chance)
    kept = _walk(phase // BASE, n_fine, keys + np.uint64(1), group, number, chance)
    kept = n_fine * number + n_fine - 1 - kept
    return BASE * kept + BASE - 1 - place[before[group] + kept]


def _walk(
    first: np.ndarray,
    n_places: int,
    keys: np.ndarray,
    group: np.ndarray,
    number: np.ndarray,
    chance: np.ndarray,
) -> np.ndarray:
    """Walk over the places 0 to n_places - 1 along the blocks of each group.

    By 1, with the group's chance, turned back at both ends, so that every place stays as likely.
    """
    drawn, chance = _uniform(keys[group], _OF_STEP + number), chance[group]
    step = np.where(drawn < chance / 2, -1, np.where(drawn < chance, 1, 0))
    total = np.cumsum(step)
    is_first = np.flatnonzero(number == 0)
    n_each = np.diff(np.append(is_first, len(number)))
    total = total - np.repeat(total[is_first], n_each)
    turned = (first[group] + total) % (2 * n_places)
    return np.minimum(turned, 2 * n_places - 1 - turned)


def _uniform(keys: np.ndarray, number) -> np.ndarray:
    """Numbers in [0, 1) that follow from keys: splitmix64 (Steele, Lea & Flood 2014)."""
    with np.errstate(over="ignore"):
        x = keys.astype(np.uint64) + (np.asarray(number).astype(np.uint64) + np.uint64(1)) * (
            np.uint64(0x9E3779B97F4A7C15)
        )
        x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        x = x ^ (x >> np.uint64(31))
    return (x >> np.uint64(11)) * 2.0**-53
