"""How fast the estimators are, beside others on the same ledger.

Run `OPENBLAS_NUM_THREADS=1 python tests/bench/stats_speed.py`. Figures of one run compare with one
another; the machine's own speed does not matter then.
"""

from __future__ import annotations

import time
import warnings

import numpy as np
from scipy.stats import CensoredData, ecdf
from statsmodels.duration.survfunc import SurvfuncRight, survdiff

from fmbstats.stats.exceedance import limit_shares
from fmbstats.stats.logrank import logrank
from fmbstats.stats.survival import fit_curve, fit_curves

N_SPELLS = 1_000_000
N_ENTRIES = 116
LEVELS = {"all": 1, "sex": 2, "age": 5, "county": 21, "year": 6}


def seconds(call, repeats=3):
    """Shortest of some runs."""
    best = np.inf
    for _ in range(repeats):
        began = time.perf_counter()
        call()
        best = min(best, time.perf_counter() - began)
    return best


def register(rng):
    """One row per spell: entry, stratum of each kind, length, cause."""
    length = 15 + np.floor(rng.lognormal(4, 1, N_SPELLS)).astype(np.int64)
    cut = rng.integers(60, 900, N_SPELLS)
    share = 1 / np.arange(1, N_ENTRIES + 1)
    entry = rng.choice(N_ENTRIES, N_SPELLS, p=share / share.sum())
    strata = {kind: rng.integers(0, k, N_SPELLS) for kind, k in LEVELS.items()}
    return entry, strata, np.minimum(length, cut), (length <= cut).astype(np.int64)


def ledger(entry, strata, length, cause):
    """Counts by entry, all strata, length and cause."""
    columns = [entry, *strata.values(), length, cause]
    key = np.zeros(len(entry), np.int64)
    for column in columns:
        key = key * (column.max() + 1) + column
    _, first, n = np.unique(key, return_index=True, return_counts=True)
    return [c[first] for c in columns], n


def all_measures(columns, n):
    """Shares, quantiles, restricted mean and excess days of every entry by every stratum."""
    entry, *strata, length, cause = columns
    for kind, stratum in zip(LEVELS, strata, strict=True):
        k = LEVELS[kind]
        curves = fit_curves(
            entry * k + stratum, length, cause, entry=14, n=n, n_groups=N_ENTRIES * k
        )
        limit_shares(curves, 90, 28)
        for p in (0.25, 0.5, 0.75):
            curves.quantile(p)
        curves.restricted_mean(365)
        curves.excess_days(90, 365)


def line(what, own, others):
    parts = "; ".join(f"{name} {t * 1000:.1f} ms = {t / own:.0f} x" for name, t in others.items())
    print(f"{what}: fmbstats {own * 1000:.2f} ms{'; ' if parts else ''}{parts}")


def main():
    warnings.simplefilter("ignore", RuntimeWarning)
    rng = np.random.default_rng(1)
    entry, strata, length, cause = register(rng)
    columns, n = ledger(entry, strata, length, cause)
    print(f"{N_SPELLS} spells, {len(n)} ledger rows, {N_ENTRIES} entries")

    mine = columns[0] == 0
    small = [x[mine] for x in (columns[-2], columns[-1], n)]
    t, c = np.repeat(small[0], small[2]), np.repeat(small[1], small[2])
    line(
        f"one curve, {len(t)} spells",
        seconds(lambda: fit_curve(small[0], small[1], n=small[2])),
        {
            "scipy ecdf": seconds(lambda: ecdf(CensoredData.right_censored(t, c == 0))),
            "statsmodels": seconds(lambda: SurvfuncRight(t, c)),
        },
    )
    line(
        "the same with entry at day 14",
        seconds(lambda: fit_curve(small[0], small[1], n=small[2], entry=14)),
        {"statsmodels": seconds(lambda: SurvfuncRight(t, c, entry=np.full(len(t), 14)), 1)},
    )
    days, counts = np.unique(np.column_stack(small[:2]), axis=0, return_inverse=True)
    few = np.bincount(counts, weights=small[2])
    line(
        f"the same from {len(days)} rows of counts",
        seconds(lambda: fit_curve(days[:, 0], days[:, 1], n=few, entry=14)), {},
    )  # fmt: skip
    county = columns[4]
    line(
        "log-rank of 21 counties, all spells",
        seconds(lambda: logrank(county, columns[-2], columns[-1], n=n)),
        {"statsmodels": seconds(lambda: survdiff(length, cause, strata["county"]), 1)},
    )
    n_groups = N_ENTRIES * sum(LEVELS.values())
    line(
        f"all measures of {n_groups} groups from {len(n)} rows",
        seconds(lambda: all_measures(columns, n)), {},
    )  # fmt: skip
    one = [x[mine] for x in columns]
    line(
        "all measures of the largest entry by all strata",
        seconds(lambda: all_measures([np.zeros_like(one[0]), *one[1:]], n[mine])), {},
    )  # fmt: skip


if __name__ == "__main__":
    main()
