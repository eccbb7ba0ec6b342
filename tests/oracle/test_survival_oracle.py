"""Curves, limits, quantiles and means against R's survival package."""

from __future__ import annotations

import numpy as np
import pytest

from fmbstats.stats.survival import fit_curve, fit_curves

GROUP_COLUMN = {
    "aml": "x",
    "lung": "sex",
    "lung_full": "sex",
    "channing": "gender",
    "channing_given_960": "gender",
    "lung_weighted": "sex",
}
KINDS = {
    "plain": "plain",
    "loglog": "log-log",
    "log": "log",
    "logit": "logit",
    "arcsin": "arcsin",
}


def groups_of(data, name):
    column = GROUP_COLUMN.get(name)
    if column is None:
        return {"all": np.ones(len(data["time"]), bool)}
    return {value: data[column] == value for value in np.unique(data[column])}


def curve_of(data, rows):
    zeros, ones = np.zeros(len(rows)), np.ones(len(rows))
    return fit_curve(
        data["time"][rows],
        data["event"][rows],
        entry=data.get("entry", zeros)[rows],
        n=data.get("n", ones)[rows],
        min_at_risk=None,
    )


@pytest.mark.parametrize(
    ("name", "answers"),
    [
        ("aml", "aml_km"),
        ("lung", "lung_km"),
        ("lung_full", "lung_full_km"),
        ("nist_8215", "nist_8215_km"),
        ("channing", "channing_km_lt"),
        ("channing_given_960", "channing_given_960_km_lt"),
        ("lung_weighted", "lung_weighted_km"),
    ],
)
def test_every_day_of_the_curve_equals_r(read_oracle, comparison, name, answers):
    data, want = read_oracle("input", name), read_oracle("expected", answers)
    n_days = 0
    for group, rows in groups_of(data, name).items():
        curve = curve_of(data, rows)
        want_rows = want["group"] == group if "group" in want else np.ones(len(want["time"]), bool)
        expected = {key: values[want_rows] for key, values in want.items()}
        np.testing.assert_array_equal(curve.day, expected["time"])
        got = {
            "n_risk": curve.at_risk,
            "n_event": curve.ended,
            "surv": curve.survival,
            "greenwood_se_surv": np.sqrt(curve.survival**2 * curve.greenwood),
        }
        if "n_censor" in expected:
            got["n_censor"] = curve.censored
        for key, values in got.items():
            comparison.close(values, expected[key], tolerance=1e-12, what=f"{name} {group} {key}")
        n_days += len(curve.day)
        check_limits(comparison, curve, expected)
    assert n_days == len(want["time"])
    inside = (want["surv"] > 0) & (want["surv"] < 1)
    n_kinds = sum(f"{prefix}_lo" in want for prefix in KINDS)
    n_columns = 5 if "n_censor" in want else 4
    assert comparison.count == n_columns * n_days + 2 * n_kinds * inside.sum()


def check_limits(comparison, curve, expected):
    """All five kinds; where S is 0 or 1 R gives degenerate limits and fmbstats gives none."""
    inside = (curve.survival > 0) & (curve.survival < 1)
    for prefix, kind in KINDS.items():
        if f"{prefix}_lo" not in expected:
            continue
        lo, hi = curve.interval_at(curve.day, kind=kind)
        assert np.isnan(lo[~inside]).all()
        assert np.isnan(hi[~inside]).all()
        comparison.close(lo[inside], expected[f"{prefix}_lo"][inside], tolerance=1e-12, what=kind)
        comparison.close(hi[inside], expected[f"{prefix}_hi"][inside], tolerance=1e-12, what=kind)


def test_nelson_aalen_equals_r(read_oracle, comparison):
    for name, answers in [("lung", "lung_km"), ("channing", "channing_km_lt")]:
        data, want = read_oracle("input", name), read_oracle("expected", answers)
        for group, rows in groups_of(data, name).items():
            curve = curve_of(data, rows)
            got = np.cumsum(curve.ended / curve.at_risk)
            comparison.close(got, want["cumhaz_na"][want["group"] == group], tolerance=1e-12)
    assert comparison.count == 206 - 1 + 291 - 1


def test_quantiles_equal_r_exactly(read_oracle, comparison):
    want = read_oracle("expected", "quantiles")
    for i, name in enumerate(want["dataset"]):
        data = read_oracle("input", name)
        column = data[GROUP_COLUMN[name]].astype(str)
        group = want["group"][i]
        rows = np.array([str(v).removesuffix(".0") == group for v in column])
        got = curve_of(data, rows).quantile(want["p"][i], kind=want["conf_type"][i])
        expected = [want[key][i] for key in ("quantile", "lo", "hi")]
        comparison.close(got, expected, tolerance=0, what=f"{name} {group} {want['p'][i]}")
    assert comparison.count == 120 * 3


def test_restricted_means_equal_r(read_oracle, comparison):
    want = read_oracle("expected", "rmst")
    for i, name in enumerate(want["dataset"]):
        data = read_oracle("input", name)
        column = data[GROUP_COLUMN[name]].astype(str)
        rows = np.array([str(v).removesuffix(".0") == want["group"][i] for v in column])
        got = curve_of(data, rows).restricted_mean(int(want["tau"][i]))
        comparison.close(got, [want["rmst"][i], want["se"][i]], tolerance=1e-9)
    assert comparison.count == 8 * 2


def test_many_curves_in_one_pass_equal_one_at_a_time(read_oracle, comparison):
    data = read_oracle("input", "channing")
    group = (data["gender"] == 2).astype(int)
    both = fit_curves(group, data["time"], data["event"], entry=data["entry"], min_at_risk=None)
    for g in (0, 1):
        alone = curve_of(data, group == g)
        for name in ("day", "at_risk", "ended", "censored", "survival", "greenwood"):
            comparison.close(getattr(both[g], name), getattr(alone, name), tolerance=0, what=name)
    assert comparison.count == 290 * 6
