"""The measures of a comparison: each group, the difference with limits, and the tests."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from fmbstats.stats.contrasts import (
    difference_at,
    excess_days_difference,
    restricted_mean_difference,
)
from fmbstats.stats.exceedance import limit_flags
from fmbstats.stats.intervals import z_value
from fmbstats.stats.logrank import LogRank, logrank
from fmbstats.stats.proportions import combine_limits
from fmbstats.stats.standardise import standardised_share
from fmbstats.stats.survival import fit_curves

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
        share = _share_row(one, two, limit)
        yield share
        if mix and not share["flags"]:
            yield _standardised_row(spells, mix, limit)
    means = [_normal_limits(*curve.restricted_mean(tau)) for curve in curves]
    yield _row("restricted_mean", *(m[0] for m in means), cis=[m[1:] for m in means],
               difference=restricted_mean_difference(one, two, tau), limit=tau)  # fmt: skip
    for limit in limits:
        if limit < tau and not _reason(one, two, limit):
            yield _excess_row(one, two, limit, tau)


def _row(metric, first, second, *, cis=((math.nan,) * 2,) * 2, difference=None, limit=math.nan,
         flags=""):  # fmt: skip
    known = difference is not None
    return {
        "metric": metric, "limit_days": limit,
        "first": float(first), "first_lo": cis[0][0], "first_hi": cis[0][1],
        "second": float(second), "second_lo": cis[1][0], "second_hi": cis[1][1],
        "difference": float(difference.estimate) if known else math.nan,
        "lo": float(difference.lo) if known else math.nan,
        "hi": float(difference.hi) if known else math.nan,
        "p": float(difference.p) if known else math.nan,
        "flags": flags,
    }  # fmt: skip


def _share_row(one, two, limit):
    cis = [curve.interval_at(limit) for curve in (one, two)]
    return _row(
        "share_over", one.survival_at(limit), two.survival_at(limit), cis=cis,
        difference=difference_at(one, two, limit), limit=limit, flags=_reason(one, two, limit),
    )  # fmt: skip


def _reason(one, two, limit) -> str:
    """Why the share over a limit is not estimable in one of the groups."""
    flags = [limit_flags(curve, limit) for curve in (one, two)]
    return next((name for name in REASONS if any(bool(f[name]) for f in flags)), "")


@dataclass(frozen=True)
class _Gap:
    """A difference without a test."""

    estimate: float
    lo: float
    hi: float
    p: float = math.nan


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
    gap = _Gap(*(float(x) for x in combine_limits(*((s.estimate, s.lo, s.hi) for s in shares))))
    return _row(
        "share_over_standardised", *(s.estimate for s in shares),
        cis=[(s.lo, s.hi) for s in shares], difference=gap, limit=limit,
    )  # fmt: skip


def _normal_limits(estimate, se):
    half = z_value(0.95) * se
    return estimate, estimate - half, estimate + half


def _excess_row(one, two, limit, tau):
    means = [_normal_limits(*curve.excess_days(limit, tau)) for curve in (one, two)]
    return _row(
        "excess_days", *(m[0] for m in means), cis=[m[1:] for m in means],
        difference=excess_days_difference(one, two, limit, tau), limit=limit,
    )  # fmt: skip


def tests_of(spells, mix) -> dict[str, LogRank]:
    """Log-rank test of the groups, plain and within the strata of `mix`."""
    ledger = [spells[name].to_numpy() for name in ("group", "duration_day", "end_reason")]
    shared = {"entry": spells["entry_day"].to_numpy(), "n": spells["n"].to_numpy()}
    tests = {"logrank": logrank(*ledger, **shared)}
    if mix:
        strata = spells.groupby(mix, dropna=False).ngroup().to_numpy()
        tests["logrank_stratified"] = logrank(*ledger, strata=strata, **shared)
    return tests
