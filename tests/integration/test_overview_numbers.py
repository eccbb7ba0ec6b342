"""The overview's numbers against plain counting in the ledger, exact and protected."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import false_discovery_control

from fmbstats.adherence import LONGEST, SHORTEST
from fmbstats.diagnosis import open_store
from fmbstats.overview import Overview
from fmbstats.results import Release
from fmbstats.words import Absent

RELEASE = Release(5)
ENDS = (LONGEST, SHORTEST)


@pytest.fixture(scope="module")
def store(small_store):
    with open_store(small_store) as opened:
        yield opened


@pytest.fixture(scope="module")
def exact(store):
    return Overview.of(store, year=2017)


@pytest.fixture(scope="module")
def released(store):
    return Overview.of(store, year=2017, release=RELEASE)


def test_the_share_in_both_years_is_over_one_and_the_same_limit(exact, store):
    frame = exact.change().frame.set_index("entry_id")
    row = frame.loc[exact.entries.set_index("slug").loc["depressiv-episod", "entry_id"]]
    assert row.limit_days == 180
    for year, share in ((2017, row.share), (2016, row.share_before)):
        found = store.diagnosis("F32", year=year).fixed_limit("year", 180).frame
        assert share == pytest.approx(found.set_index("stratum").loc[str(year), "share"])
    assert row.difference == pytest.approx(row.share - row.share_before)
    assert row.difference_lo < row.difference < row.difference_hi


def test_q_values_adjust_one_question_over_all_entries(exact):
    frame = exact.change().frame
    known = frame["p"].dropna()
    assert exact.change().n_tests == len(known) > 40
    expected = false_discovery_control(known.to_numpy(), method="bh")
    assert frame.loc[known.index, "q"].to_numpy() == pytest.approx(expected)
    assert frame["q"].isna().equals(frame["p"].isna())


def test_an_entry_without_difference_says_why(exact, released):
    for overview in (exact, released):
        frame = overview.change().frame
        is_known = frame["difference"].notna()
        assert frame.loc[is_known, "reason"].isna().all()
        assert frame.loc[~is_known, "reason"].map(lambda r: bool(r.text("sv"))).all()


def test_an_earlier_year_that_is_not_there_is_no_comparison(store):
    assert Overview.of(store, year=min(store.years)).change() is None
    assert Overview.of(store, year=2017).change(1999) is None


def test_ranks_order_the_shares_that_may_be_shown(released):
    found = released.ranking()
    frame, change = found.frame, released.change().frame.set_index("entry_id")
    shown = change["share"].dropna()
    assert set(frame["entry_id"]) == set(shown.index)
    assert frame["share"].to_numpy() == pytest.approx(shown[frame["entry_id"]].to_numpy())
    expected = shown.rank(ascending=False)[frame["entry_id"]].to_numpy()
    assert frame["rank"].to_numpy() == pytest.approx(expected)
    assert (frame["rank_lo"] >= 1).all()
    assert (frame["rank_lo"] <= frame["rank_hi"]).all()
    assert (frame["rank_hi"] <= len(frame)).all()
    inside = (frame["rank_lo"] <= frame["rank"]) & (frame["rank"] <= frame["rank_hi"])
    assert inside.mean() > 0.9
    tested = frame[frame["p"].notna()]
    expected_q = false_discovery_control(tested["p"].to_numpy(), method="bh")
    assert tested["q"].to_numpy() == pytest.approx(expected_q)


def test_the_interval_of_a_rank_is_wide_where_there_are_few_spells(exact):
    """Once more from normal draws of the shares: their spread is what makes ranks unsure."""
    frame = exact.ranking().frame
    rng = np.random.default_rng(1)
    half = (frame["hi"] - frame["lo"]).to_numpy() / (2 * 1.96)
    drawn = rng.normal(frame["share"].to_numpy(), half, size=(2000, len(frame)))
    ranks = (-drawn).argsort(axis=1).argsort(axis=1) + 1
    lo, hi = np.quantile(ranks, [0.025, 0.975], axis=0)
    width, again = (frame["rank_hi"] - frame["rank_lo"]).to_numpy(), hi - lo
    assert np.corrcoef(width, again)[0, 1] > 0.9
    assert width.mean() == pytest.approx(again.mean(), rel=0.15)


def test_the_p_of_a_rank_is_against_all_the_others(exact):
    frame = exact.ranking().frame
    n, share = frame["n_spells"], frame["share"]
    mean = ((n * share).sum() - n * share) / (n.sum() - n)
    is_unlike = (frame["lo"] > mean) | (frame["hi"] < mean)
    is_tested = frame["share"].between(0, 1, inclusive="neither")
    assert frame["p"].notna().equals(is_tested)
    assert (frame.loc[is_unlike & is_tested, "p"] < 0.1).all()
    assert (frame.loc[~is_unlike & is_tested, "p"] > 0.01).all()


def test_the_ratio_is_days_over_allowed_days(exact, store):
    """Once more with plain means: 2017's spells are all followed for more than a year."""
    ledger = store.ledger_by("all", 2017)
    limits = store.limits(30)
    shortest, longest = limits.of(ledger["match_id"].to_numpy())
    counted = (
        (ledger["duration_day"] > store.entry_day)
        & (shortest > store.entry_day)
        & (longest <= 365)
        & ledger["entry_id"].isin(set(exact.entries["entry_id"]))
    ).to_numpy()
    part, n = ledger[counted], ledger.loc[counted, "n"]
    days = (part["duration_day"].clip(upper=365) * n).sum()
    total = exact.length_ratio().total
    assert total.n_spells == pytest.approx(n.sum(), rel=0.01)
    assert total.ratio_longest == pytest.approx(days / (longest[counted] * n).sum(), rel=0.01)
    assert total.ratio_shortest == pytest.approx(days / (shortest[counted] * n).sum(), rel=0.01)
    assert total.ratio_longest_lo < total.ratio_longest < total.ratio_longest_hi


def test_the_ratio_of_all_is_that_of_the_groups_together(released):
    frame = released.length_ratio().frame
    groups, total = frame.iloc[:-1], frame.iloc[-1]
    assert total.n_spells == groups["n_spells"].sum()
    assert total.n_entries == groups["n_entries"].sum()
    days = (groups["mean_days"] * groups["n_spells"]).sum()
    allowed = (groups["mean_days"] * groups["n_spells"] / groups["ratio_longest"]).sum()
    assert total.ratio_longest == pytest.approx(days / allowed)
    assert (groups["n_spells"] >= 10).all()


def test_marks_hold_an_interval_a_point_or_a_reason(exact):
    marks = exact.marks()
    is_known = marks["exceedance_lo"].notna()
    assert (marks["reason"].isna() == is_known).all()
    known = marks[is_known]
    assert (known["exceedance_lo"] <= known["exceedance_hi"]).all()
    assert list(marks["group"]) == sorted(marks["group"], key=list(marks["group"]).index)
    n_judged = sum(exact.reason(i) is None for i in exact.entries["entry_id"])
    assert f"{n_judged}" in exact.text("sv")


def test_marks_say_which_limits_their_share_is_about(exact):
    marks = exact.marks().set_index("entry_id")
    kinds = marks["limit_kind"].value_counts().to_dict()
    assert {"one", "several", "longest_only"} <= set(kinds)
    assert (marks["limit_kind"] == "").equals(marks["reason"].notna())
    for entry_id, mark in marks.iterrows():
        n_limits = len(exact.recommendations[entry_id].limits_days)
        is_longest, is_shortest = (exact.reason(entry_id, e) is None for e in ENDS)
        expected = {
            "one": n_limits == 1 and (is_longest or is_shortest),
            "several": n_limits > 1 and is_longest and is_shortest,
            "longest_only": n_limits > 1 and is_longest and not is_shortest,
            "shortest_only": n_limits > 1 and is_shortest and not is_longest,
            "": not is_longest and not is_shortest,
        }
        assert [kind for kind, holds in expected.items() if holds] == [mark["limit_kind"]]


def test_a_limit_before_the_first_day_is_said_shortly(exact):
    assert exact.reason_text(Absent.TRUNCATED_R, "sv") == "gräns\xa0≤\xa014"
    assert exact.reason_text(Absent.NO_LIMIT, "en") == "no limit"


def test_few_spells_are_hidden_in_every_number_of_the_entry(store, tiny_store):
    with open_store(tiny_store) as opened:
        overview = Overview.of(opened, year=2017, release=RELEASE)
        n = opened.n_spells(2017)
        few = [i for i in overview.entries["entry_id"] if 0 < n.get(i, 0) < 5]
        assert few
        frame = overview.all_measures()
        hidden = frame[frame["rec_id"].isin(few) & (frame["by"] != "year")]
        assert hidden[hidden["stratum"] == "all"]["estimate"].isna().all()
        change = overview.change().frame.set_index("entry_id").loc[few]
        assert np.isnan(change[["n_spells", "share", "difference"]].to_numpy(dtype=float)).all()


def test_all_strata_in_one_pass_equal_each_by_itself(small_store):
    import pandas as pd

    from fmbstats.diagnosis import open_store
    from fmbstats.results import INTERNAL, Release

    with open_store(small_store) as store:
        for release in (INTERNAL, Release(5)):
            diagnosis = store.diagnosis("depressiv-episod", year=2017)
            diagnosis = diagnosis.with_settings(release=release)
            together = diagnosis.all_measures()
            for by in (None, "sex", "age", "county", "year"):
                alone = diagnosis.adherence(by=by).frame.reset_index(drop=True)
                part = together[together["by"] == (by or "all")].reset_index(drop=True)
                order = ["stratum", "metric"]
                pd.testing.assert_frame_equal(
                    part.sort_values(order, ignore_index=True),
                    alone.sort_values(order, ignore_index=True),
                    check_dtype=False,
                )
