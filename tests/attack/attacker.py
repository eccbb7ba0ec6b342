"""What a stranger can find out about single spells from releases: one or two, with all they hold.

Every attack returns claims: statements that are certain if the release is what it says it is. A
claim that is true of the register and about fewer than five spells has found somebody. The attacker
knows the program, the rule and its base, but not the secret.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.stats import chi2

FEW = 5
MARGINS = ("sex", "age", "county", "code")
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
    rest = {"sex": 1, "age": 1, "county": 22, "code": 40}
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
    odd = ledger[(ledger["n"] % base != 0) | (ledger["n"] < base)]
    for row in odd.itertuples():
        yield Claim("steps", row.rec_id, row.margin, row.stratum, "length", row.duration_day)


# -- two releases -----------------------------------------------------------------------------


def changed_groups(first: pd.DataFrame, second: pd.DataFrame) -> Iterator[Claim]:
    """Find the one group of a margin whose path changed: there the spell more must be."""
    a, b = (_paths(ledger) for ledger in (first, second))
    keys = sorted(set(a) | set(b))
    by_margin = itertools.groupby(keys, key=lambda key: (key[0], key[3]))
    for (margin, _), group in by_margin:
        names = list(group)
        changed = [key for key in names if a.get(key) != b.get(key)]
        if len(changed) == 1 and len(names) > 1:
            _, entry, stratum, _ = changed[0]
            yield Claim("changed groups", entry, margin, stratum, "is in", 1)
    for (margin, entry, year), group in itertools.groupby(keys, key=lambda k: (k[0], k[1], k[3])):
        names = list(group)
        changed = [key for key in names if a.get(key) != b.get(key)]
        if len(changed) == 1 and len(names) > 1:
            yield Claim("changed groups", entry, margin, changed[0][2], "is in", 1)
        del year


def changed_from_a_day_on(first: pd.DataFrame, second: pd.DataFrame) -> Iterator[Claim]:
    """Find groups whose path is the same up to a day and then always one step ahead."""
    a, b = (_paths(ledger) for ledger in (first, second))
    for key in sorted(set(a) & set(b)):
        if a[key] == b[key]:
            continue
        days = sorted({day for day, _ in (*a[key], *b[key])})
        difference = [_until(b[key], day) - _until(a[key], day) for day in days]
        moved = [d for d in difference if d]
        first_day = next((k for k, d in enumerate(difference) if d), None)
        if first_day is None or first_day < len(days) // 3:
            continue
        if len(set(moved)) == 1 and all(difference[first_day:]):
            _, entry, stratum, _ = key
            yield Claim("changed path", entry, key[0], stratum, "length", days[first_day])


def _paths(ledger: pd.DataFrame) -> dict[tuple, tuple]:
    used = ledger[ledger["margin"].isin(("all", *MARGINS))]
    sums = used.groupby([*GROUP, "duration_day"])["n"].sum().reset_index("duration_day")
    return {key: tuple(map(tuple, part[["duration_day", "n"]].to_numpy().tolist()))
            for key, part in sums.groupby(level=GROUP)}  # fmt: skip


def _until(path: Iterable[tuple[float, float]], day: float) -> float:
    return sum(n for d, n in path if d <= day)


def attack_table(table: pd.DataFrame) -> list[Claim]:
    """All attacks on a table of numbers."""
    return [*order_statistics(table), *nearly_equal_counts(table), *observed_ends(table)]


def attack_ledger(ledger: pd.DataFrame, base: int) -> list[Claim]:
    """All attacks on one ledger."""
    return [*bounds_of_counts(ledger, base), *light_days(ledger, base)]


def attack_pair(first: pd.DataFrame, second: pd.DataFrame) -> list[Claim]:
    """All attacks on two ledgers that differ by one spell: claims on two entries are none."""
    found = (list(attack(first, second)) for attack in (changed_groups, changed_from_a_day_on))
    return [c for claims in found if len({c.entry for c in claims}) == 1 for c in claims]
