"""Log-rank tests, intervals of shares, standardisation, funnels, many tests: against R."""

from __future__ import annotations

import numpy as np
import pytest

from fmbstats.stats.clustered import clustered_shares
from fmbstats.stats.funnel import fit_funnel
from fmbstats.stats.logrank import logrank
from fmbstats.stats.multiplicity import benjamini_hochberg
from fmbstats.stats.proportions import wilson


def codes(values):
    return np.unique(values, return_inverse=True)[1]


@pytest.fixture(scope="module")
def scalars(read_oracle):
    table = read_oracle("expected", "scalars")
    keys = zip(table["dataset"], table["quantity"], table["group"], strict=True)
    return dict(zip(keys, table["value"], strict=True))


@pytest.mark.parametrize(
    ("name", "column", "strata", "prefix", "rho"),
    [
        ("aml", "x", None, "logrank", 0),
        ("aml", "x", None, "peto", 1),
        ("lung", "sex", None, "logrank", 0),
        ("lung", "sex", "ecog", "logrank_sex_strata_ecog", 0),
        ("lung", "ecog", None, "logrank_ecog", 0),
        ("lung_full", "sex", None, "logrank", 0),
    ],
)
def test_logrank_equals_survdiff(
    read_oracle, scalars, comparison, name, column, strata, prefix, rho
):
    data = read_oracle("input", name)
    by = 0 if strata is None else codes(data[strata])
    test = logrank(codes(data[column]), data["time"], data["event"], strata=by, rho=rho)
    for key, got in (("chisq", test.chi2), ("df", test.df), ("p", test.p)):
        want = float(scalars[name, f"{prefix}_{key}", ""])
        comparison.close(got, want, tolerance=1e-9, relative=True, what=key)
    levels = np.unique(data[column])
    for g, level in enumerate(levels):
        label = f"{column}={level if isinstance(level, str) else int(level)}"
        for key, got in (("observed", test.observed[g]), ("expected", test.expected[g])):
            want = float(scalars[name, f"{prefix}_{key}", label])
            comparison.close(got, want, tolerance=1e-9, relative=True, what=f"{key} {label}")
    assert comparison.count == 3 + 2 * len(levels)


def test_logrank_with_delayed_entry_equals_the_exact_score_test(read_oracle, scalars, comparison):
    data = read_oracle("input", "channing_given_960")
    test = logrank(codes(data["gender"]), data["time"], data["event"], entry=data["entry"])
    want = float(scalars["channing_given_960", "logrank_lt_score_chisq_ties_exact", ""])
    comparison.close(test.chi2, want, tolerance=1e-9, relative=True)
    assert comparison.count == 1


def test_clustered_errors_equal_survfit(read_oracle, comparison):
    data, want = (
        read_oracle("input", "kidney_clustered"),
        read_oracle("expected", "kidney_cluster_km"),
    )
    got = clustered_shares(data["time"].astype(int), data["event"], data["id"], want["time"])
    for key, values in (
        ("surv", got.survival),
        ("se_greenwood", got.se_greenwood),
        ("se_cluster", got.se),
        ("loglog_lo_cluster", got.lo),
        ("loglog_hi_cluster", got.hi),
    ):
        comparison.close(values, want[key], tolerance=1e-12, what=key)
    assert comparison.count == 5 * 60
    assert got.n_persons == 38


def test_intervals_of_shares_equal_r(read_oracle, comparison):
    want = read_oracle("expected", "newcombe_wilson")
    lo, hi = wilson(want["x"], want["n"])
    comparison.close(lo, want["lo"], tolerance=1e-12)
    comparison.close(hi, want["hi"], tolerance=1e-12)
    assert comparison.count == 2 * 4


def test_funnel_and_overdispersion_equal_r(read_oracle, comparison):
    want = read_oracle("expected", "funnel_regions_z")
    table = read_oracle("expected", "funnel_regions_scalars")
    scalars = dict(zip(table["quantity"], table["value"], strict=True))
    got = fit_funnel(want["exceed"] / want["n"], want["n"])
    comparison.close(got.z, want["z"], tolerance=1e-12)
    comparison.close(got.z_adjusted, want["z_od"], tolerance=1e-12)
    for value, key in (
        (got.centre, "p0"),
        (got.phi, "phi"),
        (got.phi_winsorised, "phi_winsorised_10pc"),
        (got.tau2, "tau2"),
        (got.tau2_winsorised, "tau2_winsorised"),
    ):
        comparison.close(value, scalars[key], tolerance=1e-12, what=key)
    # metafor measures the same on its own scale of weights: nearly, not exactly, equal.
    assert got.tau2 == pytest.approx(scalars["tau2_DL_metafor"], rel=1e-4)
    assert comparison.count == 2 * 21 + 5


def test_adjusted_p_values_equal_r(read_oracle, comparison):
    want = read_oracle("expected", "bh1995")
    comparison.close(benjamini_hochberg(want["p"]), want["bh"], tolerance=1e-12)
    assert comparison.count == 15
