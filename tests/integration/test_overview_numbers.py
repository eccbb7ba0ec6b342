"""The overview's numbers against plain counting in the ledger, exact and protected."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.stats import false_discovery_control

from fmbstats.adherence import LONGEST, SHORTEST
from fmbstats.diagnosis import open_store
from fmbstats.overview import Overview
from fmbstats.release import store_for
from fmbstats.results.about import Release
from fmbstats.store import lookups

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
    with store_for(store, RELEASE.threshold) as opened:
        yield Overview.of(opened, year=2017, release=RELEASE)


def test_the_share_in_both_years_is_over_one_and_the_same_limit(exact, store):
    frame = exact.change().frame.set_index("entry_id")
    row = frame.loc[exact.entries.set_index("slug").loc["depressiv-episod", "entry_id"]]
    assert row.limit_days == 180
    for year, share in ((2017, row.share), (2016, row.share_before)):
        found = store.diagnosis("F32", year=year).fixed_limit("year", 180).frame
        assert share == pytest.approx(found.set_index("stratum").loc[str(year), "share"])
    assert row.difference == pytest.approx(row.share - row.share_before)
    assert row.difference_lo < row.difference < row.difference_hi


def test_entries_whose_groups_have_no_spells_have_no_rows(store):
    nobody = Overview.of(store, year=2017, entry_ids=[])
    frame = nobody.all_measures()
    assert frame.empty
    assert {"slug", "dx", "rec_id", "rec_version", "metric", "estimate"} <= set(frame)


def test_q_values_adjust_one_question_over_all_entries(exact):
    frame = exact.change().frame
    known = frame["p"].dropna()
    assert exact.change().frame["p"].notna().sum() == len(known) > 40
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


def test_ranks_order_the_lower_bounds(exact):
    frame = exact.ranking().frame
    expected = (-frame["share"]).rank().to_numpy()
    assert frame["rank"].to_numpy() == pytest.approx(expected)
    assert (frame["share"] > 0).all()
    assert (frame["rank_lo"] <= frame["rank"]).all()
    assert (frame["rank"] <= frame["rank_hi"]).all()
    assert frame["rank_lo"].min() == 1
    assert frame["rank_hi"].max() == len(frame)


def test_a_case_without_limit_takes_the_rank_away(exact, store):
    """Generalised anxiety, panic disorder, prostate and endometrial cancer."""
    ranked = set(exact.ranking().frame["entry_id"])
    open_cases = store.sql(
        "select distinct entry_id from mart_in_force join mart_entry_codes using (entry_id, code) "
        "where case_id is not null and max_number is null and valid_from <= '2017-12-31' "
        "and valid_to > '2017-12-31'"
    )["entry_id"]
    assert {"512", "516", "424", "432"} <= set(open_cases)
    assert not ranked & {"512", "516", "424", "432"}
    forms = {entry_id: exact.form(entry_id) for entry_id in exact.entries["entry_id"]}
    assert all(forms[i] in ("one", "between", "least") for i in ranked)


def test_the_ratio_is_days_over_allowed_days(exact, store):
    """Once more with plain means: 2017's spells are all followed for more than a year."""
    ledger = store.ledger_by("all", 2017)
    limits = store.limits(30)
    ids = ledger["match_id"].to_numpy()
    shortest, longest = limits.shortest[ids], limits.longest[ids]
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
    assert (groups["n_spells"] >= RELEASE.threshold).all()


def test_marks_hold_an_interval_a_point_or_a_reason(exact):
    marks = exact.marks()
    is_known = marks["exceedance_lo"].notna()
    assert (marks["reason"].isna() == is_known).all()
    known = marks[is_known]
    assert (known["exceedance_lo"] <= known["exceedance_hi"]).all()
    assert list(marks["group"]) == sorted(marks["group"], key=list(marks["group"]).index)
    assert exact.counts()["n_judged"] == is_known.sum()
    assert f"för {is_known.sum()} går det att säga något" in exact.text("sv")


def test_marks_say_what_can_be_told(exact):
    marks = exact.marks().set_index("entry_id")
    kinds = marks["form"].value_counts().to_dict()
    assert {"one", "between", "least", "most"} & set(kinds)
    assert (marks["form"] == "").equals(marks["reason"].notna())
    for entry_id, mark in marks.iterrows():
        is_low, is_high = (exact.reason(entry_id, e) is None for e in ENDS)
        is_one = is_low and is_high and mark["exceedance_hi"] - mark["exceedance_lo"] < 1e-9
        expected = {
            (True, True): "one" if is_one else "between",
            (True, False): "least",
            (False, True): "most",
            (False, False): "",
        }[is_low, is_high]
        assert mark["form"] == expected
        if is_low:
            assert mark["exceedance_lo"] > 0


def test_few_spells_are_hidden_in_every_number_of_the_entry(store, tiny_store):
    with open_store(tiny_store) as opened:
        n = opened.n_spells(2017)
        released = store_for(opened, RELEASE.threshold)
    with released:
        overview = Overview.of(released, year=2017, release=RELEASE)
        few = [i for i in overview.entries["entry_id"] if 0 < n.get(i, 0) < RELEASE.threshold]
        assert few
        frame = overview.all_measures()
        told = frame[frame["rec_id"].isin(few) & (frame["by"] != "year")]
        told = told[told["stratum"] == "all"].dropna(subset="estimate")
        is_count = told["metric"].str.startswith("n_")
        counts = told[is_count]["estimate"]
        assert ((counts == 0) | (counts >= RELEASE.threshold)).all()
        spells = told[told["metric"] == "n_spells"].set_index("rec_id")["estimate"]
        # Left out of the release: protected, never 0.
        hidden = set(few) - set(spells.index)
        assert hidden
        assert (spells > 0).all()
        assert not hidden & set(told[~is_count]["rec_id"])
        change = overview.change().frame.set_index("entry_id").loc[sorted(hidden)]
        assert np.isnan(change[["share", "difference"]].to_numpy(dtype=float)).all()


def test_all_strata_in_one_pass_equal_each_by_itself(small_store):

    from fmbstats.diagnosis import open_store
    from fmbstats.results.about import INTERNAL, Release

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


def test_a_year_before_every_edition_names_none(store):
    frame = Overview.of(store, year=2014).all_measures()
    assert len(frame) > 1000
    assert set(frame["rec_version"]) == {""}


@pytest.mark.parametrize("step", [8, pytest.param(1, marks=pytest.mark.slow)])
def test_every_entry_at_once_is_each_of_them_asked_alone(store, small_store, step):
    ids = set(store.entry_table["entry_id"])
    found = list(lookups.of_every_entry(store, 2017, 30, ids))
    assert {entry.entry_id for entry, _ in found} == ids
    assert list(lookups.of_every_entry(store, 2017, 30, {found[3][0].entry_id})) == [found[3]]
    assert any(cases for _, cases in found)
    # A store that was not asked of all asks of one.
    with open_store(small_store) as other:
        for entry, cases in found[::step]:
            assert lookups.owning_entries(other, "entry", entry.entry_id) == (entry,)
            alone = lookups.cases_in_force(other, "entry", entry.entry_id, 2017, 30)
            assert cases == list(alone)
