"""What a stranger can find out about single spells from releases: one or two, with all they hold.

*Finding a person* is to say something of a group of fewer than five spells, or of the one spell
by which two releases differ, that nobody could say without the releases, and to be sure of it: no
other register, or only one in twenty, could have led to what was released. The attacker knows the
program, the rule and its base, but not the secret; what she is not sure of she does not claim.

Over pairs she takes the releases for what several models of their making say they are. A model is
a system of constraints: which groups must differ, and how, when one spell is added to one cell.
Where one cell alone solves it she claims that cell; where none does, the model is wrong and she
says nothing; where many do, she does not know.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache

import numpy as np
import pandas as pd
from scipy.stats import chi2

from fmbstats.release.rule import BASE, SLIP

FEW = 5
MARGINS = ("sex", "age", "county", "code", "county_quarter")
# Cumulative counts of a path, by day, of one group.
GROUP = ["margin", "rec_id", "stratum", "start_year"]


@dataclass(frozen=True)
class Claim:
    """A certain statement about few spells.

    Attributes
    ----------
    attack : str
    entry, by, stratum : str
        The group it is about.
    what : str
        "n": so many spells are in the group; "length": one has exactly that length; "is in": the
        spell by which two releases differ is in the group; "differ": so many spells are counted
        otherwise under another reading.
    value : float
    """

    attack: str
    entry: str
    by: str
    stratum: str
    what: str
    value: float


# -- the table of numbers ---------------------------------------------------------------------


def order_statistics(table: pd.DataFrame) -> Iterator[Claim]:
    """Read exact lengths out of confidence limits of quartiles.

    With n spells and no censoring the log-log limits of S at a quartile are turned on and off by
    single spells: below some n the lower limit of the first quartile is the shortest spell itself.
    """
    rows = table[(table["metric"] == "quantile_25_days") & table["n_spells"].between(FEW, 60)]
    for row in rows.itertuples():
        if row.lo == row.lo and row.lo > 0 and _is_first(row.n_spells, 0.25):
            yield Claim("order statistics", row.rec_id, row.by, row.stratum, "length", row.lo)


def _is_first(n: float, p: float) -> bool:
    """Whether the lower limit of a quartile among n spells is the shortest of them."""
    # S after the first end is 1 - 1/n; its lower limit is below 1 - p at once when n is small.
    share, n = 1 - 1 / n, float(n)
    spread = np.sqrt(1 / (n * (n - 1))) / abs(np.log(share))
    return share ** np.exp(1.96 * spread) <= 1 - p


def nearly_equal_counts(table: pd.DataFrame) -> Iterator[Claim]:
    """Subtract numbers of spells of the same diagnosis under readings that differ little."""
    rows = table[(table["by"] == "assumption") & table["n_spells"].notna()]
    for (entry, start), part in rows.groupby(["rec_id", "start_year"]):
        base = part.loc[part["stratum"] == "base", "n_spells"]
        for row in part.itertuples():
            if len(base) and 0 < abs(row.n_spells - base.iloc[0]) < FEW:
                value = row.n_spells - base.iloc[0]
                yield Claim("readings", entry, "assumption", row.stratum, "differ", value)
        del start


def observed_ends(table: pd.DataFrame) -> Iterator[Claim]:
    """Turn exact Poisson limits of observed over expected back into the number observed."""
    rows = table[(table["metric"] == "observed_expected_ratio") & table["lo"].notna()]
    for row in rows.itertuples():
        for n in range(1, 400):
            low, high = chi2.ppf(0.025, 2 * n) / (2 * n), chi2.ppf(0.975, 2 * n + 2) / (2 * n)
            if abs(row.lo / row.estimate - low) < 1e-6 and abs(row.hi / row.estimate - high) < 1e-6:
                left = row.n_spells - n
                if 0 < left < FEW:
                    yield Claim("limits of a ratio", row.rec_id, row.by, row.stratum, "left", left)


# -- the ledger -------------------------------------------------------------------------------


def bounds_of_counts(ledger: pd.DataFrame, base: int) -> Iterator[Claim]:
    """Close in on every exact count by all sums it is part of (integer bounds to a fixed point).

    A count told as v is any from v - 2 base + 1 to v + 2 base - 1 (a phase and a block more or
    less); one not told is 0 to base - 1; groups of one margin add up to the whole.
    """
    sizes = ledger[ledger["margin"].isin(("all", *MARGINS))].groupby(GROUP)["n"].sum()
    for (entry, year), part in sizes.groupby(level=["rec_id", "start_year"]):
        tables = {m: part.xs(m, level="margin").droplevel(["rec_id", "start_year"])
                  for m in part.index.unique("margin")}  # fmt: skip
        if "all" not in tables:
            continue
        whole = _interval(tables["all"].sum(), base)
        parts = {m: {s: _interval(n, base) for s, n in t.items()} for m, t in tables.items()}
        parts.pop("all")
        for margin, known in _closed_in(whole, parts, base):
            for stratum, (low, high) in known.items():
                if low == high or (high < FEW and low > 0):
                    yield Claim("sums", entry, margin, stratum, "n", low)
        del year


def _interval(told: float, base: int) -> tuple[int, int]:
    return max(int(told) - 2 * base + 1, base), int(told) + 2 * base - 1


def _closed_in(whole, parts, base: int):
    """Tighten bounds until nothing moves; an untold rest of each margin is 0 to base - 1 each."""
    rest = {"sex": 1, "age": 1, "county": 22, "code": 40, "county_quarter": 88}
    for _ in range(20):
        for margin, known in parts.items():
            low = sum(v[0] for v in known.values())
            high = sum(v[1] for v in known.values()) + rest[margin] * (base - 1)
            whole = max(whole[0], low), min(whole[1], high)
            for stratum, (a, b) in known.items():
                others_low, others_high = low - a, high - b
                known[stratum] = max(a, whole[0] - others_high), min(b, whole[1] - others_low)
    return parts.items()


def light_days(ledger: pd.DataFrame, base: int) -> Iterator[Claim]:
    """Take every step of fewer spells than the base, and any count that is no multiple of it."""
    # At a degree there can be none any more; every other row is a step.
    is_step = ledger["margin"] != "degree"
    odd = ledger[(ledger["n"] % base != 0) | ((ledger["n"] < base) & is_step)]
    for row in odd.itertuples():
        yield Claim("steps", row.rec_id, row.margin, row.stratum, "length", row.duration_day)


# -- two releases -----------------------------------------------------------------------------

SURE, GUESSED = 0.95, 0.5
_CERTAIN = 1e9  # times likelier, of what could not be otherwise
LONG = 30  # weeks told alike
Key = tuple  # margin, entry, stratum, year
Path = tuple  # (day, n), by day


def one_cell(keys: Iterable[Key], what: dict[Key, Claim]) -> list[Claim]:
    """Claim what one spell explains: all groups of one entry and year, one of each margin."""
    keys = list(keys)
    if len({(entry, year) for _, entry, _, year in keys}) != 1:
        return []
    if len({margin for margin, *_ in keys}) < len(keys):
        return []
    return [what[key] for key in keys]


def groups_that_changed(a: dict[Key, Path], b: dict[Key, Path]) -> list[Claim]:
    """Model: whoever is not concerned keeps the path. Then the spell is where something changed."""
    changed = [key for key in {**a, **b} if a.get(key) != b.get(key)]
    found = one_cell(changed, {key: _is_in("changed groups", key) for key in changed})
    if not found:
        return []
    # A path is the same up to the length of the spell that is more.
    both = [key for key in changed if key in a and key in b]
    return found + [
        Claim("changed groups", key[1], key[0], key[2], "length", min(set(a[key]) ^ set(b[key]))[0])
        for key in both
    ]


def groups_that_came(a: dict[Key, Path], b: dict[Key, Path]) -> list[Claim]:
    """Model: a group is there from the base on. Then one that came had one spell less."""
    if set(a) - set(b):
        return []
    came = set(b) - set(a)
    return one_cell(came, {key: _is_in("groups that came", key) for key in came})


def days_that_came(a: dict[Key, Path], b: dict[Key, Path]) -> list[Claim]:
    """Model: a day is told from the base on. Then one that came is the length of the spell."""
    moved: dict[Key, Claim] = {}
    for key in set(a) & set(b):
        came = {d for d, _ in b[key]} - {d for d, _ in a[key]}
        gone = {d for d, _ in a[key]} - {d for d, _ in b[key]}
        # The spells of a day that is told by itself are no longer told at their stretch.
        if len(came) == 1 and len(gone) <= 1 and all(abs(g - min(came)) < 7 for g in gone):
            moved[key] = Claim("days that came", key[1], key[0], key[2], "length", min(came))
    found = one_cell(moved, moved)
    return found if len({claim.value for claim in found}) == 1 and len(found) > 1 else []


def paths_that_part(
    a: dict[Key, Path], b: dict[Key, Path], limits: Iterable[float] = (), base: int = BASE
) -> list[Claim]:
    """Model: a path keeps its secret place. Then two with the same part where the spell is.

    Read week by week, as days on which few left are told by their week. A block more or less puts
    all later weeks ahead; a spell more puts some of them ahead.
    """
    parted: dict[Key, Claim] = {}
    for key in set(a) & set(b):
        days = np.array([d for d, _ in (*a[key], *b[key])])
        change = np.array([-n for _, n in a[key]] + [n for _, n in b[key]])
        weeks = np.arange(7, max(days) + 7, 7)
        # Close to a limit another day ends the week.
        weeks = weeks[[min((abs(w - x) for x in limits), default=9) >= 4 for w in weeks]]
        order = np.argsort(days)
        total = np.append(0, np.cumsum(change[order]))
        ahead = total[np.searchsorted(days[order], weeks, "right")]
        first = np.flatnonzero(ahead)[:1]
        later = ahead[first[0] :] if len(first) else ahead[:0]
        # Equal for so long that only the same place explains it, and from then on never behind.
        if len(later) and first[0] >= LONG and set(later) == {0, base} and min(
            (later == 0).sum(), (later > 0).sum()
        ) >= 3:  # fmt: skip
            day = float(weeks[first[0]])
            parted[key] = Claim("paths that part", key[1], key[0], key[2], "length", day)
    found = one_cell(parted, parted)
    near = [claim.value for claim in found]
    return found if near and max(near) - min(near) <= 28 else []


def likely_groups(
    a: dict[Key, Path], b: dict[Key, Path], base: int = BASE, more: int = 1
) -> list[Claim]:
    """Weigh every group by how likely its two numbers are with and without so many more."""
    found = []
    keys = sorted({*a, *b})
    for (margin, year), group in itertools.groupby(
        sorted(keys, key=lambda k: (k[0], k[3])), key=lambda k: (k[0], k[3])
    ):
        names = list(group)
        pairs = [tuple(sum(n for _, n in side.get(key, ())) for side in (a, b)) for key in names]
        guess = np.array([max(sum(pair), 1) for pair in pairs], dtype=float)
        weight = guess * [_ratio(pair, base, more) for pair in pairs]
        guess, weight = guess / guess.sum(), weight / max(weight.sum(), np.finfo(float).tiny)
        best = int(weight.argmax())
        if weight[best] >= SURE and guess[best] <= GUESSED:
            found.append(_is_in("likely groups", names[best]))
        del margin, year
    return found


def _ratio(pair: tuple[float, float], base: int, by: int) -> float:
    """How much likelier a group's two numbers are when the second counts so many more."""
    first, second = (int(n) for n in pair)
    sizes = range(max(1, min(first, second) - 3 * base), max(first, second) + 3 * base)
    same = sum(_chance(first, n, base) * _chance(second, n, base) for n in sizes)
    more = sum(_chance(first, n, base) * _chance(second, n + by, base) for n in sizes)
    return more / same if same else _CERTAIN * (more > 0)


@cache
def _chance(told: int, n: int, base: int) -> float:
    """Chance that `n` spells are told as `told`, as the public rule has it."""
    is_there = min(max((n - base + 1) / BASE, 0.0), 1.0)
    if not told:
        return 1 - is_there
    low, part = n // base * base, n % base / base
    found = 0.0
    for blocks, of_blocks in ((0, 1 - part), (base, part)):
        for slip, of_slip in ((-base, SLIP), (0, 1 - 2 * SLIP), (base, SLIP)):
            found += of_blocks * of_slip * (max(low + blocks + slip, base) == told)
    return is_there * found


def _is_in(attack: str, key: Key) -> Claim:
    margin, entry, stratum, _ = key
    return Claim(attack, entry, margin, stratum, "is in", 1)


def paths_of(ledger: pd.DataFrame) -> dict[Key, Path]:
    """Every group's path."""
    used = ledger[ledger["margin"].isin(("all", *MARGINS))]
    sums = used.groupby([*GROUP, "duration_day"])["n"].sum().reset_index("duration_day")
    return {
        (margin, entry, stratum, year): tuple(map(tuple, part.to_numpy().tolist()))
        for (margin, entry, stratum, year), part in sums.groupby(level=GROUP)[["duration_day", "n"]]
    }


def _until(path: Iterable[tuple[float, float]], day: float) -> float:
    return sum(n for d, n in path if d <= day)


def attack_table(table: pd.DataFrame) -> list[Claim]:
    """All attacks on a table of numbers."""
    return [*order_statistics(table), *nearly_equal_counts(table), *observed_ends(table)]


def attack_ledger(ledger: pd.DataFrame, base: int) -> list[Claim]:
    """All attacks on one ledger."""
    return [*bounds_of_counts(ledger, base), *light_days(ledger, base)]


MODELS = (groups_that_changed, groups_that_came, days_that_came)


def attack_pair(first: pd.DataFrame, second: pd.DataFrame, base: int = BASE) -> list[Claim]:
    """All attacks on two ledgers, of which the second counts one spell more."""
    a, b = paths_of(first), paths_of(second)
    ends = [name for name in ("longest_days", "shortest_days") if name in first]
    limits = {day for name in ends for day in first[name].unique() if np.isfinite(day)}
    # One spell touches one year.
    years = sorted({key[3] for key in {**a, **b} if a.get(key) != b.get(key)})
    found = []
    for year in years:
        sides = ({k: v for k, v in side.items() if k[3] == year} for side in (a, b))
        one, two = sides
        found += [claim for model in MODELS for claim in model(one, two)]
        found += likely_groups(one, two, base) + paths_that_part(one, two, limits, base)
    return found
