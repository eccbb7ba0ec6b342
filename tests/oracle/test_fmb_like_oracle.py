"""All numbers R gave for the synthetic FMB-like register."""

from __future__ import annotations

import numpy as np
import pytest

from fmbstats.stats.clustered import clustered_shares
from fmbstats.stats.competing import fit_incidence
from fmbstats.stats.expected import observed_expected
from fmbstats.stats.logrank import logrank
from fmbstats.stats.standardise import standardised_share
from fmbstats.stats.survival import fit_curve, fit_curves

TAU = 180


@pytest.fixture(scope="module")
def spells(read_oracle):
    return read_oracle("input", "fmb_like")


@pytest.fixture(scope="module")
def limit_days(read_oracle):
    table = read_oracle("input", "fmb_like_recommendations")
    return dict(zip(table["dx"], table["rec_max"].astype(int), strict=True))


@pytest.fixture(scope="module")
def answers(read_oracle):
    table = read_oracle("expected", "fmb_like_answers")
    return [{key: table[key][i] for key in table} for i in range(len(table["dx"]))]


def rows_of(spells, dx, group="all"):
    is_mine = spells["dx"] == dx
    return is_mine if group == "all" else is_mine & (spells["sex"] == group)


def curve_given_14(spells, rows):
    rows = rows & (spells["time"] > 14)
    return fit_curve(
        spells["time"][rows], spells["event"][rows], entry=np.maximum(spells["entry"][rows], 14)
    )


def curve_from_day_0(spells, rows):
    return fit_curve(
        spells["time"][rows], spells["event"][rows], entry=spells["entry"][rows], min_at_risk=None
    )


def share_with_limits(curve, day):
    return curve.survival_at(day), np.sqrt(curve.variance_at(day)), *curve.interval_at(day)


def computed(quantity, spells, rows, limit):
    """What fmbstats gives for a quantity of the table: (value, se, lo, hi), shorter if no CI."""
    curve, none = curve_given_14(spells, rows), np.nan
    if quantity == "n_spells":
        return (curve.n_spells,)
    if quantity == "n_events":
        return (curve.n_events,)
    if quantity.startswith("quantile_"):
        estimate, lo, hi = curve.quantile(int(quantity[9:11]) / 100)
        return estimate, none, lo, hi
    if quantity.startswith("excess_days"):
        return curve.excess_days(limit, TAU)
    if quantity.endswith("delayed entry from day 0"):
        inside = quantity[2 : quantity.index(")")]
        day = limit if inside == "rec_max" else int(inside)
        return share_with_limits(curve_from_day_0(spells, rows), day)
    day = limit if quantity == "S(rec_max)|T>14" else TAU
    return share_with_limits(curve, day)


HERE = ("n_spells", "n_events", "S(rec_max)|T>14", "S(180)|T>14", "quantile_", "excess_days", "S(")


def test_curves_quantiles_and_excess_days(spells, limit_days, answers, comparison):
    n_not_estimable = 0
    for answer in answers:
        quantity = answer["quantity"]
        if not quantity.startswith(HERE) or "cluster" in quantity:
            continue
        limit = limit_days[answer["dx"]]
        got = computed(quantity, spells, rows_of(spells, answer["dx"], answer["group"]), limit)
        want = [answer[key] for key in ("value", "se", "lo", "hi")][: len(got)]
        what = f"{answer['dx']} {answer['group']} {quantity}"
        if limit == 14 and ("rec_max" in quantity) and "day 0" not in quantity:
            assert np.isnan(got).all(), f"{what} is not estimable"
            n_not_estimable += 1
            continue
        tolerance = {"q": 0, "n": 0, "e": 1e-9}.get(quantity[0], 1e-12)
        comparison.close(got, want, tolerance=tolerance, what=what)
    assert n_not_estimable == 9
    assert comparison.count == 3 * 4 * (1 + 1 + 4 + 3 * 4) + 3 * 3 * (4 + 2 + 2) + 3 * 4 * 4


def given_14(spells, dx):
    """Columns of the diagnosis' spells that last beyond day 14, and integer strata."""
    rows = (spells["dx"] == dx) & (spells["time"] > 14)
    columns = {key: values[rows] for key, values in spells.items()}
    columns["entry"] = np.maximum(columns["entry"], 14)
    for key in ("sex", "age", "region"):
        columns[f"{key}_code"] = np.unique(columns[key], return_inverse=True)[1]
    return columns


def test_errors_clustered_on_persons(spells, limit_days, answers, comparison):
    n_not_estimable = 0
    for answer in answers:
        if "cluster(person)" not in answer["quantity"]:
            continue
        rows = rows_of(spells, answer["dx"], answer["group"]) & (spells["time"] > 14)
        got = clustered_shares(
            *(spells[key][rows] for key in ("time", "event", "person")),
            limit_days[answer["dx"]],
            entry=np.maximum(spells["entry"][rows], 14),
        )
        values = [x[0] for x in (got.survival, got.se, got.lo, got.hi)]
        if answer["dx"] == "D":
            assert np.isnan(values).all()
            n_not_estimable += 1
            continue
        want = [answer[key] for key in ("value", "se", "lo", "hi")]
        comparison.close(values, want, tolerance=1e-12, what=answer["dx"])
    assert n_not_estimable == 3
    assert comparison.count == 9 * 4


def test_competing_reasons(spells, limit_days, answers, comparison):
    for answer in answers:
        if not answer["quantity"].startswith("CIF"):
            continue
        mine, limit = given_14(spells, answer["dx"]), limit_days[answer["dx"]]
        got = fit_incidence(mine["time"], mine["cause"], entry=mine["entry"])
        cause = int(answer["quantity"][len("CIF_cause")])
        values = (
            got.share_at(cause, limit),
            np.sqrt(got.variance_at(cause, limit)),
            *got.interval_at(cause, limit),
        )
        want = [answer[key] for key in ("value", "se", "lo", "hi")]
        comparison.close(values, want, tolerance=1e-12, what=answer["dx"])
    assert comparison.count == 9 * 4


def test_logrank_between_sexes_and_regions(spells, answers, comparison):
    for answer in answers:
        if not answer["quantity"].startswith("logrank"):
            continue
        mine = given_14(spells, answer["dx"])
        strata = mine["age_code"] if "strata_age" in answer["quantity"] else 0
        group = mine[f"{answer['group']}_code"]
        got = logrank(group, mine["time"], mine["event"], entry=mine["entry"], strata=strata)
        comparison.close(got.chi2, answer["value"], tolerance=1e-9, relative=True)
    assert comparison.count == 12


def test_observed_and_expected_ends_of_regions(spells, answers, comparison):
    for answer in answers:
        if not answer["quantity"].startswith("ends_"):
            continue
        mine = given_14(spells, answer["dx"])
        got = observed_expected(
            mine["region_code"],
            np.zeros(len(mine["time"]), int),
            mine["time"],
            mine["event"],
            entry=mine["entry"],
        )
        column = got.observed if "observed" in answer["quantity"] else got.expected
        value = column[int(answer["group"][1]) - 1]
        comparison.close(value, answer["value"], tolerance=1e-9)
    assert comparison.count == 40


def test_standardised_shares_of_regions(spells, limit_days, answers, comparison):
    """Weights are those of all four diagnoses together, as in the R run."""
    everyone = spells["time"] > 14
    stratum = np.unique(spells["age"], return_inverse=True)[1] * 2 + (spells["sex"] == "M")
    weights = np.bincount(stratum[everyone])
    n_refused = 0
    for answer in answers:
        if not answer["quantity"].startswith("S_std"):
            continue
        mine = everyone & (spells["dx"] == answer["dx"]) & (spells["region"] == answer["group"])
        curves = fit_curves(
            stratum[mine], spells["time"][mine], spells["event"][mine], entry=14, n_groups=8
        )
        limit = limit_days[answer["dx"]]
        got = standardised_share(weights, curves.survival_at(limit), curves.variance_at(limit))
        if len(got.empty_strata):
            # R carried the last share forward beyond the follow-up of two strata.
            assert (answer["dx"], answer["group"]) == ("C", "R5")
            assert curves.max_followup[got.empty_strata].max() < limit
            assert np.isnan(got.estimate)
            n_refused += 1
            continue
        what = f"{answer['dx']} {answer['group']}"
        comparison.close(got.estimate, answer["value"], tolerance=1e-12, what=what)
        comparison.close(got.se, answer["se"], tolerance=1e-12, what=what)
    assert n_refused == 1
    assert comparison.count == 8 * 2
