"""The bounds of a whole store, against cases read in a way of one's own: no yardstick, no sets."""

import csv
from collections import defaultdict
from datetime import date
from pathlib import Path

import pandas as pd
import pytest
from scipy.stats import false_discovery_control

from fmbstats import open_store
from fmbstats.diagnosis import comparing
from fmbstats.diagnosis.comparing import county_tests, kept_county_tests
from fmbstats.overview import Overview
from fmbstats.release.ready import ready_release

HISTORY = Path(__file__).parents[2] / "data_raw" / "fmb" / "history.csv"
YEARS = (2014, 2015, 2016, 2017, 2018)


@pytest.fixture(scope="module")
def opened(small_store):
    with open_store(small_store) as store:
        yield store


@pytest.fixture(scope="module")
def periods():
    """Code -> (first day, day after, whether the case has an upper limit)."""
    found = defaultdict(list)
    with HISTORY.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            if row["case_id"]:
                span = (row["valid_from"], row["valid_to"] or "9999-12-31")
                found[row["code"]].append((*span, bool(row["max_number"])))
    return found


def limited(code, day, periods):
    """Whether each case in force for a code on a day has a limit; none without a case."""
    for length in range(len(code), 2, -1):
        own = [has for a, b, has in periods.get(code[:length], ()) if a <= day < b]
        if own:
            return own
    below = (has for c, spans in periods.items() if c.startswith(code) for has in spans)
    return [has for a, b, has in below if a <= day < b]


@pytest.mark.parametrize(
    "year", [y if y == 2017 else pytest.param(y, marks=pytest.mark.slow) for y in YEARS]
)
def test_the_lower_bound_is_never_more_than_spells_without_an_open_case_allow(
    year, opened, periods
):
    if year not in opened.years:
        pytest.skip(f"the register has no spells of {year}")
    spells = opened.sql(
        "select entry_id, code, start_date, duration_day from mart_spells where entry_id is not "
        "null and code is not null and year(start_date) = ? and duration_day > ?",
        [year, opened.entry_day],
    )
    known = {}
    for code, day in spells[["code", "start_date"]].drop_duplicates().itertuples(index=False):
        known[code, day] = limited(code, str(pd.Timestamp(day).date()), periods)
    found = [
        known[code, day] for code, day in zip(spells["code"], spells["start_date"], strict=True)
    ]
    spells["is_judged"] = [any(cases) for cases in found]
    spells["is_closed"] = [bool(cases) and all(cases) for cases in found]
    judged = spells[spells["is_judged"]]
    closed = judged.groupby("entry_id")["is_closed"].mean()
    limits = opened.limits(30)
    overview = Overview.of(opened, year=year)
    frame = overview.measures()
    low = frame[frame["metric"] == "share_over_longest"].set_index("rec_id")["estimate"]
    narrowed = {i for i, n in enumerate(limits.base[:-1]) if n != i}
    n_open = 0
    for entry_id, share in low.dropna().items():
        ids = set(overview.store.ledger_by("all", year).query("entry_id == @entry_id")["match_id"])
        if ids & narrowed:
            continue  # a rule may have taken the case without limit away
        assert share <= closed[entry_id] + 1e-9, entry_id
        n_open += closed[entry_id] == 0
        if closed[entry_id] == 0:
            assert overview.form(entry_id) in ("most", "cannot"), entry_id
    assert n_open > 0 or year < 2016  # FMB as published begins in November 2015


def test_exhaustion_in_2017_has_one_limit_and_the_withdrawn_one_is_dated(opened):
    diagnosis = opened.diagnosis("F43.8", year=2017)
    yardstick = diagnosis.about.yardstick
    assert diagnosis.about.main_limit == 180
    assert [(d.days, d.until) for d in yardstick.withdrawn] == [(365, date(2017, 1, 29))]
    answer = diagnosis.adherence()
    assert answer.headline.form == "most"
    assert "29 januari 2017" in answer.text("sv")
    assert answer.text("sv").startswith("Högst ")
    assert diagnosis.fixed_limit("year").limit_days == 180
    regions, steering = diagnosis.regions(), diagnosis.steering()
    assert regions is None or regions.limit_days == 180
    assert steering is None or steering.limit_days == 180
    overview = Overview.of(opened, year=2017)
    entry_id = diagnosis.recommendation.entry_ids
    assert overview.form(entry_id) == "most"
    assert overview.year_limits[entry_id].main_day == 180


def test_spells_of_a_code_above_several_entries_are_possible_members_of_each(opened):
    """F43 tells not exhaustion from adjustment disorder or acute stress."""
    wide = opened.diagnosis("F43", year=2017)
    rows = wide.rows("code")
    n = rows.loc[(rows["code"] == "F43") & (rows["duration_day"] > opened.entry_day), "n"].sum()
    assert n > 0
    for name in ("akut-stressreaktion", "utmattningssyndrom", "F43.8A"):
        one = opened.diagnosis(name, year=2017)
        result = one.adherence()
        assert one.population().n_ambiguous == n
        assert result.ambiguous.codes == ("F43",)
        low, high = result.ambiguous.low.estimate, result.ambiguous.high.estimate
        assert not low > result.told("share_over_longest").estimate
        assert not high < result.told("share_over_shortest").estimate
        assert f"{n} sjukfall har en kod som inte skiljer" in result.text().replace("\xa0", "")
    assert wide.population().n_ambiguous == opened.diagnosis("F32").population().n_ambiguous == 0
    assert Overview.of(opened, year=2017).ambiguous["F43"] == n


def test_a_release_store_counts_the_spells_of_a_code_once(small_store):
    """A code under no entry is a group of itself, too."""
    with open_store(small_store) as exact, open_store(ready_release(exact)) as released:
        for code in ("F43", "F43.9", "F32"):
            both = [store.diagnosis(code, year=2017) for store in (exact, released)]
            n, told = (one.population().n_seen for one in both)
            assert told == pytest.approx(n, abs=12 * len(both[0].rows("code")["code"].unique()))
            strata = [set(one.adherence("code").strata) for one in both]
            assert strata[1] <= strata[0]
            assert set(both[1].adherence("sex").strata) <= {"women", "men", "unknown"}


def test_a_slider_says_what_would_follow_if_so_many_had_no_limit(opened):
    from fmbstats import workbench

    slider = workbench.what_if(opened.diagnosis("F43.8", year=2017))
    before = slider.said.value
    slider.slider.value = 20
    assert slider.said.value != before
    assert slider.said.value.startswith("Om 20")
    found = opened.diagnosis("F43.8", year=2017).what_if()
    assert found.break_even.estimate == pytest.approx(found.stated.estimate - found.lower)
    assert workbench.what_if(opened.diagnosis("F32", year=2017), "en").children


@pytest.mark.slow
def test_the_counties_of_all_entries_are_one_family_of_tests(opened, monkeypatch):
    frame = county_tests(opened, (2017,))
    assert frame["entry_id"].nunique() > 1
    expected = frame.assign(q=false_discovery_control(frame["p"].to_numpy(float), method="bh"))
    for entry, own in expected.groupby("entry_id"):
        found = opened.diagnosis(entry, year=2017).regions().tested.dropna(subset="q")
        both = found.merge(own, on="stratum", suffixes=("", "_family"))
        assert len(both) == len(own) == len(found)
        assert both["p"].to_numpy() == pytest.approx(both["p_family"].to_numpy())
        assert both["q"].to_numpy() == pytest.approx(both["q_family"].to_numpy())
    # What the main job leaves beside a store is read, and only of that very store.
    kept_county_tests(opened, 2017, 30)
    comparing._known.clear()
    monkeypatch.setattr(comparing, "_asked", None)
    pd.testing.assert_frame_equal(county_tests(opened, (2017,)), frame, check_dtype=False)
    comparing._known.clear()
    monkeypatch.setattr(type(opened), "data_hash", lambda _: "another store")
    with pytest.raises(TypeError):
        county_tests(opened, (2017,))
