"""A diagnosis' groups against each other: two groups or periods, and the counties.

Counties of all entries are one family of tests (METHODS M17): a q-value counts all entries and
counties of a year. The main job asks it once and leaves the answers beside the store, where each
page reads them; elsewhere they are computed when a q-value is asked for.
"""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Sequence
from functools import partial
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np

from fmbstats.diagnosis.spells import DiagnosisSpells
from fmbstats.errors import UnknownNameError
from fmbstats.frames import pd, rows_of
from fmbstats.results.common import STRATA, OwnStratum, column_of
from fmbstats.results.comparison import MIN_AT_RISK, Comparison, mix_of
from fmbstats.results.regions import MIN_COUNTIES, Regions, counties_compared
from fmbstats.settings import SETTINGS
from fmbstats.stats.contrasts import (
    Difference,
    difference_at,
    excess_days_difference,
    restricted_mean_difference,
)
from fmbstats.stats.exceedance import limit_flags
from fmbstats.stats.intervals import z_value
from fmbstats.stats.logrank import LogRank, logrank
from fmbstats.stats.proportions import combine_limits
from fmbstats.stats.standardise import standardised_share
from fmbstats.stats.survival import Curve, fit_curve, fit_curves
from fmbstats.store import Store
from fmbstats.store.kept_tests import keep_tests, read_tests

COLUMNS = ("entry_id", "stratum", "limit_days", "n_spells", "share", "p")
_known: WeakKeyDictionary[Store, dict[tuple, pd.DataFrame]] = WeakKeyDictionary()


def compared(spells: DiagnosisSpells, limit_days: int) -> tuple[float, float, pd.DataFrame] | None:
    """Compare the counties of one diagnosis at one limit; see `counties_compared`."""
    rows, nation, noise = spells.rows("county_persons"), spells.rows(None), spells.store.noise
    return counties_compared(rows, nation, limit_days, spells.entry_day, noise)


def county_tests(
    store: Store, years: tuple[int, ...], month_days: int = SETTINGS.month_days
) -> pd.DataFrame:
    """Compare the counties of every entry, at the limit that most of its spells have.

    `years`: start years; none for all. `month_days`: {30, 31}.

    Returns one row per entry and county that is tested: `COLUMNS`.
    """
    found = _known.setdefault(store, {})
    if (years, month_days) not in found:
        kept = read_tests(store, years[0], month_days) if len(years) == 1 else None
        found[years, month_days] = (
            _asked(store, years, month_days)
            if kept is None
            else pd.DataFrame(json.loads(kept), columns=list(COLUMNS))
        )
    return found[years, month_days]


def county_limits(store: Store, year: int, month_days: int) -> dict[int, dict[str, int]]:
    """Return the year with the entries whose counties are tested in it, each with its limit."""
    tests = county_tests(store, (year,), month_days)
    found = zip(tests["entry_id"], tests["limit_days"], strict=True)
    return {year: {str(entry): int(day) for entry, day in found}}


def kept_county_tests(store: Store, year: int, month_days: int) -> str:
    """Return the tests of a year as they are left beside the store; they are, from then on."""
    kept = read_tests(store, year, month_days)
    if kept is None:
        kept = json.dumps(county_tests(store, (year,), month_days).to_dict("list"))
        keep_tests(store, year, month_days, kept)
    return kept


def others_of(spells: DiagnosisSpells) -> np.ndarray:
    """Return the p-values of all other entries' counties, in the diagnosis' years."""
    tests = county_tests(spells.store, spells.start_years, spells.month_days)
    return tests.loc[tests["entry_id"] != spells.key, "p"].to_numpy(float)


def _asked(store: Store, years: tuple[int, ...], month_days: int) -> pd.DataFrame:
    parts = [pd.DataFrame(columns=list(COLUMNS))]
    sizes = Counter[str]()
    for year in years or store.years:
        sizes.update(store.n_spells(year))
    for entry in rows_of(store.entry_table):
        # Fewer spells cannot be enough in three counties.
        if sizes[entry.entry_id] < MIN_COUNTIES * SETTINGS.min_spells:
            continue
        spells = DiagnosisSpells(
            store, "entry", entry.entry_id, entry.name, month_days=month_days
        ).of_years(years)
        limit = spells.yardstick.main_day
        found = None if limit is None else compared(spells, limit)
        if found is not None:
            frame = found[2][found[2]["p"].notna()]
            own = frame[["stratum", "n_spells", "share", "p"]]
            parts.append(own.assign(entry_id=entry.entry_id, limit_days=limit))
    return pd.concat([p for p in parts if len(p)] or parts, ignore_index=True)[list(COLUMNS)]


def comparison_of(
    spells: DiagnosisSpells,
    by: str | None,
    first: Any,
    second: Any,
    *,
    limits_days: Sequence[int] | None = None,
    tau_days: int = SETTINGS.horizon_days,
) -> Comparison:
    """Measure both groups; see `Diagnosis.compare`."""
    named = spells.named_by(by)
    if named is None:
        raise UnknownNameError(f"A comparison needs groups: give by as one of {', '.join(STRATA)}.")
    by, column = named, column_of(named)
    rows = _rows_seen(spells, column)
    groups = (_listed(first), _listed(second))
    rows["group"] = _group_numbers(rows[column], groups, by)
    rows = rows[rows["group"] >= 0]
    curves = (_curve_of(rows[rows["group"] == 0]), _curve_of(rows[rows["group"] == 1]))
    if limits_days is None:
        limits_days = sorted(map(int, _limits_of(spells, column, groups)))
    limits = tuple(limits_days)
    # Last days with enough at risk for a mean length; 1 where there never are.
    followed = (curve.day[curve.at_risk >= MIN_AT_RISK][-1:] for curve in curves)
    tau = min(tau_days, *(int(day[0]) if len(day) else 1 for day in followed))
    mix = mix_of(column)
    frame = pd.DataFrame(measures(curves, rows, mix, limits, tau))
    return Comparison(spells.about, by, groups, curves, limits, tau, frame, tests_of(rows, mix))


def _rows_seen(spells: DiagnosisSpells, column: str) -> pd.DataFrame:
    """Ledger rows under observation after the entry day, entering on it at the earliest."""
    if isinstance(column, OwnStratum):
        frame = spells.rows(column)
    else:
        frame = spells.store.exact.ledger(spells.kind, spells.key)
        years = spells.start_years
        if years and column != "start_year":
            frame = frame[frame["start_year"].isin(years)]
    frame = frame[frame["duration_day"] > spells.entry_day].copy()
    frame["entry_day"] = np.maximum(frame["entry_day"], spells.entry_day)
    return frame


def _listed(given: Any) -> tuple[str, ...]:
    """Names of the strata of one group, given as one or as several."""
    several = isinstance(given, Sequence | np.ndarray | range) and not isinstance(given, str)
    return tuple(str(x) for x in (given if several else [given]))


def _group_numbers(values: pd.Series, groups: tuple, by: str) -> np.ndarray:
    """0 for the first group, 1 for the second, -1 for neither."""
    known = values.astype(str)
    for name in (*groups[0], *groups[1]):
        if name not in set(known):
            listed = ", ".join(sorted(set(known)))
            raise UnknownNameError.among(f"Group of {by}", name, set(known), f"Known: {listed}.")
    both = set(groups[0]) & set(groups[1])
    if both:
        raise UnknownNameError(f"{', '.join(sorted(both))} is in both groups of the comparison.")
    return np.where(known.isin(groups[0]), 0, np.where(known.isin(groups[1]), 1, -1))


def _curve_of(rows: pd.DataFrame) -> Curve:
    """Fit the curve of one group."""
    return fit_curve(
        rows["duration_day"].to_numpy(), rows["end_reason"].to_numpy(),
        entry=rows["entry_day"].to_numpy(), n=rows["n"].to_numpy(),
    )  # fmt: skip


def _limits_of(spells: DiagnosisSpells, column: str, groups: tuple) -> set[int]:
    """Every limit in force for the groups; for periods those of each year compared."""
    if column != "start_year":
        return set(spells.recommendation.limits_days)
    years = [int(year) for group in groups for year in group]
    changed = [spells.with_settings(year=year).recommendation.limits_days for year in years]
    return {limit for limits in changed for limit in limits}


def regions_of(spells: DiagnosisSpells, limit_days: int) -> Regions | None:
    """Compare counties; None when fewer than three have enough spells."""
    found = compared(spells, limit_days)
    if found is None:
        return None
    return Regions(spells.about, limit_days, *found, partial(others_of, spells))


REASONS = ("no_spells", "truncated_r", "beyond_followup")


def measures(curves, spells, mix, limits, tau):
    """Rows of `Comparison.frame`."""
    one, two = curves
    yield _row("n_spells", one.n_spells, two.n_spells)
    yield _row("n_events", one.n_events, two.n_events)
    medians = [curve.quantile(0.5) for curve in curves]
    yield _row("quantile_50_days", *(m[0] for m in medians), cis=[m[1:] for m in medians],
               flags="not_applicable")  # fmt: skip
    for limit in limits:
        flags = _reason(one, two, limit)
        yield _row(
            "share_over", one.survival_at(limit), two.survival_at(limit),
            cis=[curve.interval_at(limit) for curve in curves],
            difference=difference_at(one, two, limit), limit=limit, flags=flags,
        )  # fmt: skip
        if mix and not flags:
            yield _standardised_row(spells, mix, limit)
    means = [_normal_limits(*curve.restricted_mean(tau)) for curve in curves]
    yield _row("restricted_mean", *(m[0] for m in means), cis=[m[1:] for m in means],
               difference=restricted_mean_difference(one, two, tau), limit=tau)  # fmt: skip
    for limit in limits:
        if limit < tau and not _reason(one, two, limit):
            means = [_normal_limits(*curve.excess_days(limit, tau)) for curve in curves]
            gap = excess_days_difference(one, two, limit, tau)
            yield _row("excess_days", *(m[0] for m in means), cis=[m[1:] for m in means],
                       difference=gap, limit=limit)  # fmt: skip


_NO_DIFFERENCE = Difference(*(math.nan,) * 5)


def _row(metric, first, second, *, cis=((math.nan,) * 2,) * 2, difference=_NO_DIFFERENCE,
         limit=math.nan, flags=""):  # fmt: skip
    return {
        "metric": metric, "limit_days": limit,
        "first": float(first), "first_lo": cis[0][0], "first_hi": cis[0][1],
        "second": float(second), "second_lo": cis[1][0], "second_hi": cis[1][1],
        "difference": float(difference.estimate), "lo": float(difference.lo),
        "hi": float(difference.hi), "p": float(difference.p),
        "flags": flags,
    }  # fmt: skip


def _reason(one, two, limit) -> str:
    """Why the share over a limit is not estimable in one of the groups."""
    flags = [limit_flags(curve, limit) for curve in (one, two)]
    return next((name for name in REASONS if any(bool(f[name]) for f in flags)), "")


def _standardised_row(spells, mix, limit):
    """Shares over the limit at the mix of both groups together (METHODS M14)."""
    cell = spells.groupby(mix, dropna=False).ngroup().to_numpy()
    n_cells = int(cell.max(initial=-1)) + 1
    weights = np.bincount(cell, weights=spells["n"], minlength=n_cells)
    shares = []
    for g in (0, 1):
        part = spells["group"].to_numpy() == g
        rows = spells[part]
        curves = fit_curves(
            cell[part], rows["duration_day"].to_numpy(), rows["end_reason"].to_numpy(),
            entry=rows["entry_day"].to_numpy(), n=rows["n"].to_numpy(), n_groups=n_cells,
        )  # fmt: skip
        shares.append(
            standardised_share(weights, curves.survival_at(limit), curves.variance_at(limit))
        )
    found = combine_limits(*((s.estimate, s.lo, s.hi) for s in shares))
    estimate, lo, hi = (float(x) for x in found)
    gap = Difference(estimate, math.nan, lo, hi, math.nan)  # without a test
    return _row(
        "share_over_standardised", *(s.estimate for s in shares),
        cis=[(s.lo, s.hi) for s in shares], difference=gap, limit=limit,
    )  # fmt: skip


def _normal_limits(estimate, se):
    half = z_value(0.95) * se
    return estimate, estimate - half, estimate + half


def tests_of(spells, mix) -> dict[str, LogRank]:
    """Log-rank test of the groups, plain and within the strata of `mix`."""
    ledger = [spells[name].to_numpy() for name in ("group", "duration_day", "end_reason")]
    shared = {"entry": spells["entry_day"].to_numpy(), "n": spells["n"].to_numpy()}
    tests = {"logrank": logrank(*ledger, **shared)}
    if mix:
        strata = spells.groupby(mix, dropna=False).ngroup().to_numpy()
        tests["logrank_stratified"] = logrank(*ledger, strata=strata, **shared)
    return tests
