"""The roll-out's estimate on counts whose truth is known, and what may be told of it."""

from __future__ import annotations

from datetime import date
from functools import partial
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from fmbstats.errors import SourceError
from fmbstats.evaluate import rollout
from fmbstats.evaluate.panel import Panel
from fmbstats.evaluate.rollout import (
    Adoption,
    adoption_of,
    estimate,
    evaluate_rollout,
    panels_of,
    read_dates,
)
from fmbstats.gate.again import OpenLedger
from fmbstats.gate.rollout import rollout_faults
from fmbstats.pages.rollout import RolloutPage, read_written
from fmbstats.recommendations.yardstick import Limits
from fmbstats.release.open_data import OF_ROLLOUT
from fmbstats.release.rule import Rule
from fmbstats.results.rollout import RolloutNumbers
from fmbstats.stats.event_study import (
    overall_weights,
    randomise,
    relative_magnitudes,
    wild_bootstrap_p,
)
from fmbstats.store.months import MonthCounts, month_start
from fmbstats.told import COLUMNS, NUMBERS
from fmbstats.words.refused import Refused, RefusedFile
from tests.quick import quick

N_COUNTIES, N_QUARTERS, LIMIT, ENTRY_DAY = 9, 14, 60, 14
COUNTIES = tuple(f"{k:02d}" for k in range(1, N_COUNTIES + 1))
FIRST = np.array([5, 6, 6, 7, 8, 9, 10, 11, 12])
DAYS = tuple(month_start(3 * (100 + int(quarter))) for quarter in FIRST)
ADOPTION = Adoption(COUNTIES, FIRST, np.arange(N_COUNTIES) % 2, range(100, 100 + N_QUARTERS), DAYS)


def panel(effect, mixed=0.0, absent=(), spread=0.0):
    """Outcomes without sampling error; `mixed` is added in the quarter of the date."""
    rng = np.random.default_rng(3)
    event = np.arange(N_QUARTERS) - FIRST[:, None]
    value = -0.5 + 0.1 * np.arange(N_COUNTIES)[:, None] + 0.02 * np.arange(N_QUARTERS)
    value = value + rng.normal(0, spread, value.shape) + np.where(event >= 0, effect, 0.0)
    value = value + np.where(event == -1, mixed, 0.0)
    n = np.full(value.shape, 200.0)
    n[list(absent)] = 12
    share = np.exp(-np.exp(value))
    return Panel(100, n, share, value, np.full(value.shape, 0.01))


def found(**panels):
    limits = dict.fromkeys(panels, LIMIT)
    return estimate(panels, limits, ADOPTION, n_draws=99)


def test_each_diagnosis_is_estimated_in_the_counties_that_have_spells_enough():
    made = found(a=panel(0.1), b=panel(0.1, absent=(0, 4)), c=panel(0.1, absent=(1, 2, 3, 4)))
    assert {one.entry_id: one.n_counties for one in made.entries} == {"a": 9, "b": 7}
    assert [one.effect for one in made.entries] == pytest.approx([0.1, 0.1])
    assert made.headline.estimate == pytest.approx(0.1)
    assert made.imputation == pytest.approx(0.1)
    assert [one.weight for one in made.entries] == pytest.approx([9 / 16, 7 / 16])


def test_the_quarter_of_the_date_is_no_part_of_the_estimate():
    whole, half = found(a=panel(0.1)), found(a=panel(0.1, mixed=0.07))
    assert half.headline.estimate == pytest.approx(whole.headline.estimate)
    assert -1 not in {one.at for one in half.events}
    after = [one.effect for one in half.events if one.at >= 0]
    assert after == pytest.approx([0.1] * len(after))


def test_the_share_without_the_reform_is_that_of_the_counties_that_wait():
    """From the level of the year before: as far from it as those that had not adopted moved."""
    made = found(a=panel(0.1, spread=0.02))
    exact = found(a=panel(0.1))
    for one in exact.events:
        assert one.effect == pytest.approx(0.1 if one.at >= 0 else 0.0)
        # 0.02 a quarter, from the middle of the four quarters before the mixed one.
        assert one.level - one.effect == pytest.approx(exact.events[0].level + 0.02 * (one.at + 9))
    for one in made.events:
        assert one.lo < one.effect < one.hi
    (told,) = (RolloutNumbers(made).event(one) for one in made.events if one.at == 0)
    assert told["share"].estimate < told["expected"].estimate
    assert told["expected"].lo < told["expected"].estimate < told["expected"].hi


def test_the_smallest_effect_that_would_be_found_does_not_grow_with_the_effect():
    small, large = (RolloutNumbers(found(a=panel(e, spread=0.02))).least for e in (0.0, 0.5))
    assert 0 < large.estimate == pytest.approx(small.estimate)


def test_counties_that_part_before_their_dates_break_the_assumption():
    rising = panel(0.0)
    event = np.arange(N_QUARTERS) - FIRST[:, None]
    drifting = Panel(**{**vars(rising), "value": rising.value + 0.2 * np.maximum(event + 8, 0)})
    calm, made = found(a=panel(0.1, spread=0.02)), found(a=drifting)
    assert dict(calm.assumptions)["leads"] == "held"
    assert dict(made.assumptions)["leads"] == "broken"
    assert dict(made.assumptions)["elsewhere"] == "cannot"


def test_a_notebook_names_the_dates_of_the_counties_that_the_register_has():
    dates = {county: (day, "") for county, day in zip(COUNTIES, DAYS, strict=True)}
    more = dates | {"25": (date(2016, 1, 1), "other")}
    page = RolloutPage(None, "sv", "rollout", "", found(a=panel(0.1)), more, 99)
    assert read_written(page.asked["dates"]) == dates


def test_a_county_of_the_year_of_the_first_quarter_has_no_base():
    days = {county: (date(2016, 1 + k, 1), "") for k, county in enumerate(COUNTIES)}
    first = (2016 - 1990) * 4
    assert adoption_of(days, COUNTIES, first - 4, first + 8).first.tolist() == [
        4, 5, 5, 5, 6, 6, 6, 7, 7,
    ]  # fmt: skip
    with pytest.raises(Refused, match="County 01 adopts on 2016-01-01"):
        adoption_of(days, COUNTIES, first, first + 8)


def test_a_quarter_is_whole_from_its_first_day():
    starts = [date(2016, 10, 1), date(2016, 10, 2), date(2016, 12, 1), date(2016, 12, 31),
              date(2017, 1, 1), date(2017, 1, 2), date(2017, 3, 31), date(2017, 4, 1),
              date(2017, 4, 2)]  # fmt: skip
    days = {county: (day, "") for county, day in zip(COUNTIES, starts, strict=True)}
    first = (2016 - 1990) * 4
    found = adoption_of(days, COUNTIES, first - 4, first + 12)
    assert (found.first - 4).tolist() == [3, 4, 4, 4, 4, 5, 5, 5, 6]


def test_counties_that_all_begin_before_the_first_has_a_whole_quarter_are_refused():
    first = (2016 - 1990) * 4
    days = {c: (date(2016, 8 if k < 4 else 11, 20), "") for k, c in enumerate(COUNTIES)}
    with pytest.raises(Refused, match="all others have begun, too"):
        adoption_of(days, COUNTIES, first - 4, first + 8)
    # So are the counties of one diagnosis: it is left out, others are not.
    early = panel(0.1, absent=(4, 5, 6, 7, 8))
    close = Adoption(
        COUNTIES, np.array([5, 5, 6, 6, 6, 5, 9, 9, 9]), ADOPTION.kind, ADOPTION.quarters
    )
    made = estimate({"a": panel(0.1), "b": panel(0.1, absent=(6, 7, 8))}, {"a": 60, "b": 60}, close,
                    n_draws=99)  # fmt: skip
    assert [one.entry_id for one in made.entries] == ["a"]
    with pytest.raises(Refused, match="too small"):
        estimate({"a": early}, {"a": 60}, ADOPTION, n_draws=99)


@pytest.mark.parametrize("text", ["01", "spring", "01 2016-13-01", "01 2016-12-01; 03 2017-06-01x"])
def test_dates_of_a_notebook_that_are_none_are_refused_with_an_example(text):
    assert read_written("") == {}
    with pytest.raises(SourceError, match="01 2016-12-01, 03 2017-06-01"):
        read_written(text)


def counted(lengths):
    """A ledger of one diagnosis: of each county and quarter, days, ways of ending and counts."""
    rows = [
        (f"{county} {2015 + quarter // 4}-{1 + quarter % 4}", *row)
        for k, county in enumerate(COUNTIES)
        for quarter in range(N_QUARTERS)
        for row in lengths(k, quarter)
    ]
    frame = pd.DataFrame(rows, columns=["stratum", "duration_day", "end_reason", "n"]).assign(
        margin="county_quarter", rec_id="546", match_id=-1, entry_day=ENTRY_DAY, start_year=2015
    )
    columns = ("match_id", "entry_day", "duration_day", "end_reason", "n")
    names = frame["stratum"].to_numpy(str)
    return frame, MonthCounts.of_groups(names, **{c: frame[c].to_numpy() for c in columns})


FEW = Rule().variance
UNUSUAL = {
    "few spells reach the limit": (FEW, [(40, 1, 114), (55, -1, 6)], 4.46 / 120),
    "all but few do": (FEW, [(200, 1, 120)], 1 - 4.46 / 120),
    "none does, exactly": (0.0, [(40, 1, 120)], 0.5 / 120),
    "as many as elsewhere": (FEW, [(40, 1, 84), (200, 1, 36)], 0.3),
}


@pytest.mark.parametrize("kind", UNUSUAL)
def test_a_county_in_which_chance_left_few_is_kept(kind):
    noise, cell, share = UNUSUAL[kind]
    usual = [(40, 1, 84), (200, 1, 36)]
    frame, counts = counted(lambda k, quarter: cell if (k, quarter) == (2, 3) else usual)
    made = panels_of(counts, ["546"] * len(frame), {"546": LIMIT}, ADOPTION, ENTRY_DAY, noise)
    assert np.exp(-np.exp(made["546"].value[2, 3])) == pytest.approx(share, abs=0.003)
    if share != 0.3:  # of what is not told, by its mean and 120 spells
        spread = share * (1 - share) / 120 / (share * np.log(share)) ** 2
        assert made["546"].variance[2, 3] == pytest.approx(spread, rel=0.01)
    (entry,) = estimate(made, {"546": LIMIT}, ADOPTION, n_draws=99).entries
    assert entry.n_counties == N_COUNTIES


def test_a_quarter_that_is_not_followed_to_the_limit_is_not_told():
    frame, counts = counted(
        lambda k, quarter: [(40, 1, 84), (50, -1, 36) if quarter == 13 else (200, 1, 36)]
    )
    made = panels_of(counts, ["546"] * len(frame), {"546": LIMIT}, ADOPTION, ENTRY_DAY, FEW)
    assert np.isnan(made["546"].value[:, 13]).all()
    with pytest.raises(Refused, match="too small"):
        estimate(made, {"546": LIMIT}, ADOPTION, n_draws=99)


def test_a_county_of_which_few_spells_should_reach_the_limit_is_left_out():
    made = {"a": panel(0.1), "b": panel(0.1)}
    made["b"].value[:] += 0.4  # one in five reaches it: of 36 not 8
    made["b"].n[3:6] = 36
    kept = {one.entry_id: one.n_counties for one in found(**made).entries}
    assert kept == {"a": N_COUNTIES, "b": N_COUNTIES - 3}


@pytest.fixture(scope="module")
def released():
    """A ledger, and the rows that are told of it."""
    rng = np.random.default_rng(5)

    def lengths(k, quarter):
        over = 60 + 6 * int(rng.integers(-3, 4)) - 18 * (quarter >= FIRST[k])
        return [(40, 1, 120 - over), (200, 1, over)]

    frame, counts = counted(lengths)
    ledger = OpenLedger(frame, Rule(), ENTRY_DAY, 30, {})
    limits = {"546": LIMIT}
    panels = panels_of(counts, ["546"] * len(frame), limits, ADOPTION, ENTRY_DAY, Rule().variance)
    made = estimate(panels, limits, ADOPTION, n_draws=99)
    cells = pd.DataFrame([told.cells for told in RolloutNumbers(made).every()])
    told = cells.reindex(columns=list(COLUMNS), fill_value="").fillna("")
    for name in NUMBERS:
        told[name] = pd.to_numeric(told[name].where(told[name] != "", None))
    return ledger, told.assign(file="adherence.csv", line=range(2, len(told) + 2))


def test_all_that_is_told_follows_from_the_ledger_and_its_dates(released):
    ledger, rows = released
    assert set(rows["metric"]) == OF_ROLLOUT
    assert list(rollout_faults(ledger, rows)) == []


TOLD = ["log_hazard_ratio", "p_value", "n_counties", "share_of_weight", "share_expected"]


@pytest.mark.parametrize("column", ["estimate", "lo", "n_spells"])
@pytest.mark.parametrize("metrics", quick(TOLD, *([metric] for metric in TOLD)), ids="+".join)
def test_a_number_that_does_not_follow_is_found(released, metrics, column):
    ledger, rows = released
    spoilt = rows.copy()
    at = [spoilt.index[spoilt["metric"] == metric][-1] for metric in metrics]
    spoilt.loc[at, column] = np.nan_to_num(spoilt.loc[at, column]) + 0.011
    found = [line for line, _ in rollout_faults(ledger, spoilt)]
    assert sorted(found) == sorted(spoilt.loc[at, "line"])


def test_a_day_of_another_quarter_or_none_and_how_many_are_left_out_do_not_follow(released):
    ledger, rows = released
    at = rows.index[rows["metric"] == "adoption_day"][2]
    for day, least in ((DAYS[2].year * 10_000 + 1231, 20), (20171301, 1), (20990101, 1)):
        spoilt = rows.copy()
        spoilt.loc[at, "estimate"] = day
        assert len(list(rollout_faults(ledger, spoilt))) >= least
    more = rows[rows["metric"] == "n_entries"].assign(by="reason", stratum="few", line=999)
    faults = list(rollout_faults(ledger, pd.concat([rows, more])))
    assert faults == [(999, "no roll-out tells such a number.")]


def test_rows_without_dates_or_of_another_ledger_do_not_follow(released):
    ledger, rows = released
    assert list(rollout_faults(ledger, rows[rows["metric"] != "adoption_day"]))
    other = ledger.frame.assign(n=ledger.frame["n"] + 6 * (ledger.frame["duration_day"] == 40))
    assert len(list(rollout_faults(OpenLedger(other, Rule(), ENTRY_DAY, 30, {}), rows))) > 20


# -- what is told of one diagnosis, worked out beside the estimate ---------------------------------


def weights(dates, kept=1.0, **more):
    size = np.full(N_COUNTIES, 200.0 * N_QUARTERS) * kept
    return overall_weights(dates, size, N_QUARTERS, n_base=4, n_mixed=1, **more)


def test_each_number_is_that_of_its_own_weights():
    one = panel(0.1, spread=0.05)
    made = estimate({"a": one}, {"a": LIMIT}, ADOPTION, n_draws=99, seed=4)

    def permuted(y, weigh):
        return randomise(y, FIRST, weigh, n_draws=99, kind=ADOPTION.kind, seed=4)

    headline = permuted(one.value, weights)
    assert made.headline.draws == pytest.approx(headline.draws)
    assert (made.headline.estimate, made.headline.lo) == pytest.approx(
        (headline.estimate, headline.lo)
    )
    numbers = permuted(np.log(one.n), lambda dates: overall_weights(dates, one.n.sum(axis=1), 14))
    assert made.tests["numbers"].draws == pytest.approx(numbers.draws, abs=1e-12)
    early = permuted(one.value, partial(weights, n_early=4))
    assert made.tests["leads"].draws == pytest.approx(early.draws)
    own = weights(FIRST)
    assert made.wild_p == wild_bootstrap_p(
        one.value, own, FIRST, one.n.sum(axis=1), n_draws=99, seed=4
    )
    without = [
        (weights(FIRST, np.arange(N_COUNTIES) != k) * one.value).sum() for k in range(N_COUNTIES)
    ]
    assert [county for county, _ in made.without] == list(COUNTIES)
    assert [effect for _, effect in made.without] == pytest.approx(without)
    leads = np.array([e.effect for e in made.events if e.at < -1])
    se = (headline.hi - headline.lo) / 2 / 1.959964
    reach = len([e for e in made.events if e.at >= 0])
    expected = relative_magnitudes(headline.estimate, se, leads, reach)
    assert np.array(made.sensitive) == pytest.approx(np.array(expected), rel=1e-5)
    assert made.two_way != pytest.approx(made.headline.estimate, rel=1e-3)


def test_each_distance_from_adoption_tells_who_carries_it():
    made = found(a=panel(0.1, spread=0.05), b=panel(0.1, absent=(0, 4)))
    for one in made.events:
        n_treated, n_controls = set(), []
        for counties in (range(N_COUNTIES), [k for k in range(N_COUNTIES) if k not in (0, 4)]):
            for g in sorted({FIRST[k] for k in counties}):
                waiting = [k for k in counties if FIRST[k] - 1 > max(g + one.at, g)]
                if 0 <= g + one.at < N_QUARTERS and waiting:
                    n_treated |= {k for k in counties if FIRST[k] == g}
                    n_controls.append(len(waiting))
        assert one.n_treated == len(n_treated)
        assert one.n_controls == (min(n_controls), max(n_controls))
    assert [one.at for one in made.events] == [*range(-9, -1), *range(6)]


def test_diagnoses_are_pooled_by_what_they_know_of_the_counties_that_they_have():
    made = found(a=panel(0.1), b=panel(0.3, absent=(0, 4)))
    assert made.headline.estimate == pytest.approx((9 * 0.1 + 7 * 0.3) / 16)
    assert made.imputation == pytest.approx((9 * 0.1 + 7 * 0.3) / 16)
    # With the numbers of all diagnoses, in the counties that any of them has.
    few = panel(0.1, absent=(0, 4))
    rising = Panel(**{**vars(few), "n": few.n * np.exp(0.2 * (ADOPTION_EVENT >= 0))})
    alone = found(b=rising)
    assert alone.tests["numbers"].estimate == pytest.approx(0.2)


ADOPTION_EVENT = np.arange(N_QUARTERS) - FIRST[:, None]


@pytest.mark.parametrize(("n", "n_counties"), [(30, 9), (29, 8)])
def test_thirty_spells_in_every_quarter_are_enough(n, n_counties):
    made = panel(0.1)
    made.n[3, 5] = n
    assert found(a=made).entries[0].n_counties == n_counties


def test_what_is_refused_says_how_much_there_is():
    dates = {county: (day, "") for county, day in zip(COUNTIES, DAYS, strict=True)}

    def refused(counties=COUNTIES, n_quarters=14, **more):
        with pytest.raises(Refused) as found:
            adoption_of(dates | more, counties, 100, 100 + n_quarters - 1)
        return found.value.key, found.value.values

    assert refused(("01",)) == ("one_county", {})
    assert refused(COUNTIES[:5]) == ("few_counties", {"n": 5, "least": 6})
    others = tuple(f"{k}" for k in range(20, 27))
    assert refused((*COUNTIES, *others)) == ("no_date", {"counties": "20, 21, 22, 23, 24"})
    assert refused(n_quarters=12) == (
        "county_outside", {"county": "09", "day": DAYS[8], "begins": 2015, "n": 12}
    )  # fmt: skip
    assert adoption_of(dates, COUNTIES, 100, 112).first.tolist() == FIRST.tolist()
    early = {"03": (month_start(3 * 101), "")}
    assert refused(**early)[1] | {"day": None} == {
        "county": "03", "day": None, "begins": 2015, "n": 14
    }  # fmt: skip
    alike = dict.fromkeys(COUNTIES, (DAYS[0], ""))
    assert refused(**alike) == ("same_quarter", {})
    kinds = {c: (day, "ba"[k % 2]) for k, (c, (day, _)) in enumerate(dates.items())}
    assert adoption_of(kinds, COUNTIES, 100, 113).kind.tolist() == [1, 0, 1, 0, 1, 0, 1, 0, 1]
    with pytest.raises(Refused) as small:
        estimate({}, {}, ADOPTION, n_draws=9)
    assert (small.value.key, small.value.values) == ("small", {"n": 30, "least": 6})


HEAD = "county_code,first_date,kind\n"


@pytest.mark.parametrize(
    ("text", "key", "said"),
    [
        ("", "file_text", {}),
        ("county,first_date\n1,2017-01-01\n", "dates_column", {"column": "county_code"}),
        ("county_code;kind\n", "dates_column", {"column": "first_date"}),
        (HEAD, "dates_none", {}),
        (f"{HEAD}2,2017-01-01,x\n", "dates_county", {"line": 2, "said": "'2'"}),
        (f"{HEAD}1,2017-01-01,x\n01,2017-01-01\n", "dates_twice", {"line": 3, "said": "01"}),
        (f"{HEAD}1,2017-01-01,x\n3,1/3 2017,x\n", "dates_day", {"line": 3, "said": "'1/3 2017'"}),
        (f"{HEAD}1\n", "dates_day", {"line": 2, "said": "''"}),
        (f"{HEAD}{'1' * 140_000},2017-01-01\n", "file_text", {}),
    ],
)  # fmt: skip
def test_a_table_of_dates_that_is_none_says_why(tmp_path, text, key, said):
    path = tmp_path / "dates.csv"
    path.write_text(text, "utf-8")
    with pytest.raises(RefusedFile) as refused:
        read_dates(path)
    assert (refused.value.key, refused.value.values) == (key, {"file": "dates.csv"} | said)


@pytest.mark.parametrize("separator", [",", ";"])
def test_a_table_of_dates_is_read_as_it_is_written(tmp_path, separator):
    path = tmp_path / "dates.csv"
    text = "first_date,kind,county_code\n 2017-03-01 , Webcert ,1\n2016-12-24,,14\n2018-01-01\n"
    path.write_text(text.rpartition("2018")[0].replace(",", separator), "utf-8")
    assert read_dates(path) == {
        "01": (date(2017, 3, 1), "Webcert"), "14": (date(2016, 12, 24), "")
    }  # fmt: skip


def test_a_register_is_followed_by_its_counties_and_stated_limits(released, monkeypatch, tmp_path):
    """The limit is the one that most spells have and that is seen; events are those of its time."""
    ledger, _ = released
    frame = ledger.frame
    counts = MonthCounts.of_groups(
        frame["stratum"].to_numpy(str),
        match_id=np.where(frame["duration_day"] == 40, 0, np.where(frame["n"] > 80, 1, -1)),
        **{c: frame[c].to_numpy() for c in ("entry_day", "duration_day", "end_reason", "n")},
    )  # fmt: skip
    rare = np.zeros(len(counts), np.int64)
    rare[:5] = 1  # too few spells, and all of a limit that is not seen

    def of_entries(entries, by_county=False):
        assert entries == ["546", "rare"]
        asked.append(by_county)
        return counts, rare

    asked = []
    monkeypatch.setattr(
        rollout.lookups, "entry_names", lambda store: [("546", "Ryggont"), ("rare",)]
    )
    head = "key,date,name_sv,name_en,concerns,is_rival,source\n"
    rows = "".join(f"{k},{day},x,y,all,no,s\n" for k, day in enumerate(
        ("2014-12-31", "2015-01-01", "2018-06-30", "2018-07-01")))  # fmt: skip
    (tmp_path / "events.csv").write_text(head + rows, "utf-8")
    months = SimpleNamespace(span=(300, 341), counties=COUNTIES, of_entries=of_entries)
    ends = [60.0, 90.0]
    store = SimpleNamespace(
        data_folder=tmp_path, entry_day=14, noise=Rule().variance, months=months,
        limits={30: Limits.plain(ends, ends)}.__getitem__,
    )  # fmt: skip
    dates = {county: (day, "") for county, day in zip(COUNTIES, DAYS, strict=True)}
    made = evaluate_rollout(store, dates, n_draws=99, seed=2)
    assert [(one.entry_id, one.limit_days, one.n_counties) for one in made.entries] == [
        ("546", 60, 8)  # rows of the first county are the rare one's
    ]
    assert [event.key for event in made.happened] == ["1", "2"]
    assert made.adoption.first.tolist() == FIRST.tolist()
    assert asked == [True, False]
    panels = panels_of(
        counts, [["546", "rare"][k] for k in rare], {"546": 60}, ADOPTION, 14, Rule().variance
    )
    again = estimate(panels, {"546": 60}, made.adoption, n_draws=99, seed=2)
    assert made.headline.draws.tolist() == again.headline.draws.tolist()
    store.limits = lambda days: Limits.plain([14.0, 7.0], [14.0, 7.0])
    with pytest.raises(Refused, match="too small"):
        evaluate_rollout(store, dates, n_draws=99)
