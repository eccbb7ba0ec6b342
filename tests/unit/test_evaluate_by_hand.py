"""Evaluations of drift and of revisions on tables small enough to count by hand."""

from __future__ import annotations

from datetime import date
from functools import partial
from math import exp, log, sqrt
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from fmbstats.adherence import SpellCounts
from fmbstats.evaluate import drift, revision
from fmbstats.evaluate.events import Event, Names, within
from fmbstats.evaluate.panel import Panel
from fmbstats.evaluate.steering import days_of
from fmbstats.recommendations.yardstick import Limits
from fmbstats.results.evaluation import Writer, _shift
from fmbstats.stats.event_study import OneAmongControls
from fmbstats.stats.steering import Answer
from fmbstats.stats.trends import interrupted
from fmbstats.store.endings import LAST_DAY
from fmbstats.store.months import MonthCounts
from fmbstats.told import Told
from fmbstats.words.refused import Refused

# -- drift: three entries of chapter M, two each of S and G, one of F ------------------------------
LIMITS = {"back": 14, "neck": 28, "hip": 90, "wrist": 60, "ankle": 60, "low": 90}
LIMITS |= {"head": 7, "nerve": 42}
CHAPTERS = {"back": "M", "neck": "M", "hip": "M", "wrist": "S", "ankle": "S", "low": "F", "x": "Z"}
CHAPTERS |= {"head": "G", "nerve": "G"}
SIZES = pd.Series({"back": 40, "neck": 30, "hip": 30, "wrist": 80, "ankle": 20, "low": 70})
SIZES = pd.concat([SIZES, pd.Series({"head": 90, "nerve": 10})])


def test_a_chapter_is_parted_where_its_spells_are_nearest_to_halves():
    kept, longer = drift._parted(LIMITS, CHAPTERS, SIZES)
    # Over 14 days lie 60 of 100 spells, over 28 only 30; S and F have one limit each.
    assert kept == {"back": 14, "neck": 28, "hip": 90, "head": 7, "nerve": 42}
    assert longer == {"neck", "hip", "nerve"}
    _, later = drift._parted(LIMITS, CHAPTERS, pd.Series(SIZES.to_dict() | {"hip": 90}))
    assert later == {"hip", "nerve"}  # 90 of 160 over 28 days, 120 over 14


def rows(*cells):
    return pd.DataFrame(cells, columns=["stratum", "entry_id", "n"])


YEARS = rows(
    ("2017", "back", 50), ("2017", "hip", 50), ("2016", "back", 60), ("2016", "hip", 40),
    ("2016", "wrist", 30), ("2016", "low", 10), ("2016", "x", 500),
)  # fmt: skip


@pytest.mark.parametrize("noise", [0.0, 6.0])
def test_shares_are_weighed_alike_over_chapters(noise):
    chapters = CHAPTERS | {"wrist": "F"}
    limits = {name: LIMITS[name] for name in ("back", "hip", "wrist", "low")}
    longer, weights = frozenset(["hip", "low"]), pd.Series({"M": 0.75, "F": 0.25})
    found = drift._shares(YEARS, limits, longer, chapters, weights, noise)
    assert found["stratum"].tolist() == ["2016", "2017"]
    assert found["n_spells"].tolist() == [140, 100]  # x has no limit
    # 40 of 100 and 10 of 40; in 2017 chapter F is not seen.
    assert found["share"].tolist() == pytest.approx([0.75 * 0.4 + 0.25 * 0.25, 0.5])
    of_m = 0.4 * 0.6 / 100 + noise * (1 + 0.4**2) / 100**2
    of_f = 0.25 * 0.75 / 40 + noise * (1 + 0.25**2) / 40**2
    se = [sqrt(0.75**2 * of_m + 0.25**2 * of_f), sqrt(0.25 / 100 + noise * 1.25 / 100**2)]
    assert found["se"].tolist() == pytest.approx(se)
    assert (found["share"] - found["lo"]).tolist() == pytest.approx([1.959964 * x for x in se])
    assert (found["hi"] - found["share"]).tolist() == pytest.approx([1.959964 * x for x in se])


@pytest.mark.parametrize("shares", [[0.2, 0.21, 0.22, 0.23], [0.2, 0.3, 0.1, 0.23]])
def test_the_change_is_that_of_a_weighted_line_from_first_to_last_year(shares):
    se = [0.01, 0.02, 0.02, 0.01]
    years = pd.DataFrame({"stratum": ["2014", "2015", "2016", "2017"], "share": shares, "se": se})
    change, lo, hi, p = drift._change(years)
    x = np.array([0, 1, 2, 3]) / 3
    # Years that scatter more than chance widen the interval; those that scatter less do not.
    is_wide = shares[1] == 0.3
    line, spread = np.polyfit(x, shares, 1, w=1 / np.array(se), cov=True if is_wide else "unscaled")
    half = stats.t.ppf(0.975, 2) * sqrt(spread[0, 0])
    assert (change, lo, hi) == pytest.approx((line[0], line[0] - half, line[0] + half))
    assert p == pytest.approx(2 * stats.t.sf(abs(line[0]) / sqrt(spread[0, 0]), 2))


def test_spells_that_changed_diagnosis_are_counted_by_which_limit_is_longer():
    changes = pd.DataFrame(
        [("back", "hip", 5), ("hip", "neck", 2), ("wrist", "ankle", 9), ("x", "hip", 7)],
        columns=["first", "last", "n"],
    )
    some = pd.DataFrame()
    found = drift.Drift(LIMITS, frozenset(), some, some, 0.0, -0.02, 0.02, 1.0, changes, 23.0)
    assert (found.n_to_longer, found.n_to_shorter) == (5, 2)
    # 80 % power at the 5 % level: 1.96 + 0.84 standard errors.
    assert found.smallest_detectable == pytest.approx((1.959964 + 0.841621) * 0.02 / 1.959964)
    assert drift.Drift(LIMITS, frozenset(), some, some, 0, 0, 0, 1, changes[:0], 0).n_to_longer == 0


def spells(*cells):
    columns = ["entry_id", "stratum", "match_id", "duration_day", "n"]
    return pd.DataFrame(cells, columns=columns)


@pytest.fixture
def register(monkeypatch):
    """A store of two diagnoses of one chapter: of 100 spells a year 40, 50 and 60 are the hip's."""
    monkeypatch.setattr(
        drift.lookups,
        "entries_with_revisions",
        lambda store: [("back", "M54", []), ("hip", "M16", [])],
    )
    own = {"back": (0, 60), "hip": (1, 40)}
    years = [(e, str(2015 + k), m, 20 + 9 * k, n + 10 * k * (-1) ** (e == "back"))
             for e, (m, n) in own.items() for k in range(3)]  # fmt: skip
    # Few back spells have another limit or none; those of day 14 are not seen.
    years += [("back", "2015", 2, 40, 3), ("back", "2015", -1, 40, 7), ("hip", "2015", 2, 14, 900)]
    places = [("back", "01", 0, 50, 90), ("hip", "01", 1, 50, 10), ("hip", "unknown", 1, 50, 70)]
    tables = {"start_year": spells(*years), "county_code": spells(*places)}
    changes = pd.DataFrame([("back", "hip", 6)], columns=["first", "last", "n"])
    return SimpleNamespace(
        years=(2015, 2016, 2017), entry_day=14, noise=0.0,
        ledger_by=lambda column, year: tables[column] if year is None else None,
        limits={30: Limits.plain([30.0, 90.0, 60.0], [30.0, 90.0, 60.0])}.__getitem__,
        reader=SimpleNamespace(diagnosis_changes=lambda: (changes, 66.0)),
    )  # fmt: skip


def test_a_chapter_whose_spells_move_to_the_longer_limit_drifts(register):
    found = drift.evaluate_drift(register)
    assert found.limits == {"back": 30, "hip": 90}
    assert found.longer == {"hip"}
    assert found.years["stratum"].tolist() == ["2015", "2016", "2017"]
    assert found.years["n_spells"].tolist() == [110, 100, 100]
    assert found.years["share"].tolist() == pytest.approx([40 / 110, 0.5, 0.6])
    assert found.counties["stratum"].tolist() == ["01"]
    assert found.counties["share"].tolist() == pytest.approx([0.1])
    assert found.change == pytest.approx(0.6 - 40 / 110, abs=0.01)
    assert (found.n_to_longer, found.n_known) == (6, 66)


def test_too_few_years_or_one_limit_only_are_refused(register):
    register.years = (2016, 2017)
    with pytest.raises(Refused) as few:
        drift.evaluate_drift(register)
    assert (few.value.key, few.value.values) == ("few_years", {"n": 2, "least": 3})
    register.years = (2015, 2016, 2017)
    register.limits = lambda days: Limits.plain([30.0] * 3, [30.0] * 3)
    with pytest.raises(Refused) as alike:
        drift.evaluate_drift(register)
    assert alike.value.key == "no_longer"


# -- revisions: 36 months of a diagnosis and four others; the change falls into month 124 ----------
FIRST, CHANGE = 100, 124


def panel(value, variance=None, n=None, share=None):
    value = np.asarray(value, float)
    variance = np.full(value.shape, 0.01) if variance is None else variance
    n = np.full(value.shape, 20.0) if n is None else n
    share = np.full(value.shape, 0.5) if share is None else share
    return Panel(FIRST, n, share, value, variance)


def stepped(before, after):
    """A row per unit: one value up to the change, another one after it; none in its month."""
    months = FIRST + np.arange(37)
    value = np.where(months < CHANGE, np.array(before)[:, None], np.array(after)[:, None])
    return np.where(months == CHANGE, np.nan, value)


def test_months_are_weighed_by_what_they_know():
    value = np.array([[0, 0, 0, 0, 0, 1.0, 9], [0, 0, 0, 0, np.nan, 1.0, 9]])
    variance = np.tile([0.04, 0.04, 0.04, 0.04, 0.04, 0.01, 0.01], (2, 1))
    mean, spread = revision._mean(panel(value, variance), np.arange(7) < 6)
    # Weights of 25 and 100; half a year must be known.
    assert mean.tolist() == pytest.approx([100 / 225, np.nan], nan_ok=True)
    assert spread.tolist() == pytest.approx([1 / 225, np.nan], nan_ok=True)


def test_a_change_is_after_less_the_year_before():
    value = stepped([-1, 0, 0.5], [-0.6, 0, 0.4])
    value[:, :12] = 7  # more than a year before
    value[:, -1] = 3
    change, spread = revision._changes(panel(value), CHANGE, last=FIRST + 35)
    assert change.tolist() == pytest.approx([0.4, 0, -0.1])
    assert spread.tolist() == pytest.approx([0.01 / 12 + 0.01 / 11] * 3)
    whole, _ = revision._changes(panel(value), CHANGE)
    assert whole[0] == pytest.approx((11 * -0.6 + 3) / 12 + 1)


def test_each_month_is_held_against_the_others_and_its_own_year_before():
    value = stepped([-1, 0, 0.2, 0.4], [-0.6, 0, 0.2, 0.7])
    value[3, 30] = np.nan
    found = revision._leads(panel(value), CHANGE, np.array([True] * 4))
    by_month = {int(month): (difference, se) for month, difference, se in found}
    assert sorted(by_month) == [m for m in range(-24, 13) if m]  # the change's own is mixed
    assert by_month[-1] == pytest.approx((0, 0.1))
    # 0.4 more, the others 0, 0 and 0.3 more: their mean 0.1, their variance 0.03.
    assert by_month[1] == pytest.approx((0.3, sqrt(0.03 / 3 + 0.01)))
    assert by_month[6] == pytest.approx((0.4, 0.1))
    alone = revision._leads(panel(value[:2]), CHANGE, np.array([True, True]))
    assert alone.shape == (0, 3)


def test_months_a_year_apart_are_taken_for_the_change_as_well():
    value = stepped([-1, 0, 0.2, 0.4, 0.1, 0.3], [-0.6, 0, 0.2, 0.4, 0.1, 0.3])
    against, months = revision._against(panel(value), CHANGE, np.array([True] * 6))
    assert months == ["1999-05"]  # month 112 of 1990; a year before it is known
    assert against.effect == pytest.approx(0.4)
    assert against.n_controls == 5


def of_effect(effect, lo, hi):
    return OneAmongControls("", effect, lo=lo, hi=hi)


def test_an_effect_is_told_in_shares_at_the_share_seen_after():
    value = stepped([-1, 0], [-0.6, 0])
    n, share = np.full(value.shape, 30.0), np.full(value.shape, 0.9)
    n[0, -1], share[0, 25:] = 10, 0.4
    share[0, -1], n[0, 25:36] = 0.84, 1.0  # 11 x 0.4 + 10 x 0.84 of 21
    seen = (11 * 0.4 + 10 * 0.84) / 21
    made = panel(value, n=n, share=share)
    assert revision._share_after(made, CHANGE) == pytest.approx(seen)
    without = [exp(-exp(log(-log(seen)) - e)) for e in (0.2, 0.5, -0.1)]
    told = revision._points(made, CHANGE, of_effect(0.2, -0.1, 0.5))
    assert told == pytest.approx([seen - x for x in without])
    assert told[1] < told[0] < told[2]  # spells that end sooner leave fewer over the limit


def judged(z, n_months=11, treated=20.0, **more):
    leads = [(m, z * 0.1, 0.1) for m in range(-13, -13 + n_months + 1)] + [
        (-1, 9, 0.1),
        (3, 9, 0.1),
    ]
    value = stepped([0] * 3, [0] * 3)
    n = np.full(value.shape, 20.0)
    n[0, 25:] = treated
    kept = np.array([True] * 3)
    made = revision._assumptions(np.array(leads), panel(value, n=n), CHANGE, kept, False, **more)
    return dict(made)


def test_assumptions_are_judged_by_the_year_before_and_by_how_many_there_are():
    # 99 % of a chi-square of 11 months is 24.7: 11 x 1.49^2 = 24.4, 11 x 1.51^2 = 25.1.
    assert judged(1.49)["leads"] == revision.HELD
    assert judged(1.51)["leads"] == revision.BROKEN
    assert judged(9, n_months=5)["leads"] == revision.CANNOT
    assert judged(9, n_months=6)["leads"] == revision.BROKEN
    # The others have as many as before; 2.5 x 2 % apart is e^0.05 = 1.0513 times as many.
    assert judged(0, treated=20 * 1.051)["numbers"] == revision.HELD
    assert judged(0, treated=20 * 1.052)["numbers"] == revision.BROKEN
    assert judged(0)["rivals"] == revision.HELD
    assert judged(0)["coding"] == revision.CANNOT


def test_rivals_are_events_within_two_years_that_move_all_lengths():
    def event(day, is_rival=True):
        return Event(str(day), day, Names(sv="a", en="b"), is_rival, "s")

    change = date(2016, 6, 1)
    near = [event(date(2014, 6, 1)), event(date(2018, 6, 2))]
    others = [event(date(2014, 5, 31)), event(date(2018, 6, 3)), event(change, False)]
    assert revision._rivals([*near, *others], change) == near
    assert within(others, date(2014, 5, 31), change) == [others[0], others[2]]


OTHERS = ("hip", "neck", "wrist", "ankle")
REVISED = date(2000, 5, 1)  # month 124


@pytest.fixture
def revised(monkeypatch, tmp_path):
    """A store of one revised diagnosis and four others, 20 spells of each in every month.

    Over 30 days lie 10 of the 20, after the revision 6 of those of the back.
    """
    months = np.arange(FIRST, FIRST + 37)
    rows = [
        (unit, month, days, n)
        for unit in range(5)
        for month in months
        for over in [6 if unit == 0 and month > CHANGE else 10 + (month + unit) % 2]
        for days, n in ((20, 20 - over), (60, over))
    ]
    unit, month, days, n = np.array(rows).T
    zero = np.zeros(len(rows), np.int64)
    counts = MonthCounts(
        zero, np.where(unit > 0, 2, month > CHANGE), month, np.array([], str), zero + 14, days,
        zero + 1, n,
    )  # fmt: skip

    def of_entries(entries):
        place = np.array([entries.index(e) if e in entries else -1 for e in ("back", *OTHERS)])
        kept = place[unit] >= 0
        return counts.only(kept), place[unit][kept]

    codes = {"back": "M54", "hip": "M16", "neck": "M54", "wrist": "M25", "ankle": "M25"}
    days_of_entry = {entry: [REVISED] if entry == "back" else [] for entry in codes}
    asked = {
        "revision_days": lambda store, entry: days_of_entry[entry],
        "entry_codes": lambda store, entry: (store.codes[entry],),
        "entries_with_revisions": lambda store: [
            (e, c, days_of_entry[e]) for e, c in codes.items()
        ],
    }
    for name, answer in asked.items():
        monkeypatch.setattr(revision.lookups, name, answer)
    ends = [60.0, 30.0, 90.0]
    return SimpleNamespace(
        data_folder=tmp_path, entry_day=14, noise=0.0, is_release=True,
        limits=lambda days: Limits.plain(ends, ends), rows=counts, days_of_entry=days_of_entry,
        codes=codes,
        months=SimpleNamespace(span=(FIRST, FIRST + 36), of_entries=of_entries),
    )  # fmt: skip


def test_a_revision_is_held_against_those_that_were_not_revised(revised):
    found = revision.evaluate_revision(revised, "back", "Back", REVISED)
    assert (found.old_days, found.new_days, found.limit_days) == (60, 30, 30)
    assert found.controls == OTHERS
    # log(-log S): of 10 or 11 of 20 before to 6 of 20; months are weighed by what they know.
    assert found.against.effect == pytest.approx(log(-log(0.3)) - log(-log(0.525)), abs=0.05)
    assert found.points[0] == pytest.approx(0.3 - 0.525, abs=0.02)
    assert dict(found.assumptions) == {
        "leads": "held", "numbers": "held", "rivals": "held", "coding": "cannot", "alike": "held",
    }  # fmt: skip
    assert found.is_told
    assert found.placebo_names == (*OTHERS, "1999-05")
    assert len(found.panel.n) == 5
    assert CHANGE not in found.panel.period[found.panel.n[0] > 0]
    old = revision.evaluate_revision(revised, "back", "Back", REVISED, limit_days=50)
    assert old.limit_days == 50


def test_a_rival_event_takes_the_one_explanation_away(revised):
    text = "key,date,name_sv,name_en,concerns,is_rival,source\na,2000-09-01,x,y,all,yes,s\n"
    (revised.data_folder / "events.csv").write_text(text, "utf-8")
    found = revision.evaluate_revision(revised, "back", "Back", REVISED)
    assert not found.is_told
    assert [event.key for event in found.rivals] == ["a"]
    assert found.series.reason == "rival_event"
    asked = revision.evaluate_revision(revised, "back", "Back", REVISED, despite_rivals=True)
    assert asked.is_told


def refused(call):
    """A refusal's key and what it says, numbers with their rows."""
    with pytest.raises(Refused) as found:
        call()
    said = {
        name: (x.metric, x.estimate, x.by, x.stratum, x.part) if isinstance(x, Told) else x
        for name, x in found.value.values.items()
    }
    return found.value.key, said


def number(metric, n, which="all"):
    return metric, n, "all" if which == "all" else "quarter", which, "refused"


LEAST = number("n_entries", 4, "least")


@pytest.mark.parametrize(
    ("key", "spoil", "said"),
    [
        ("never_revised", {"entry_id": "hip"}, {"day": REVISED}),
        ("not_revised", {"day": date(2000, 6, 1)}, {"day": date(2000, 6, 1), "days": "2000-05-01"}),
        ("no_controls", {"controls": []}, {}),
        ("few_controls", {"controls": ["hip", "neck"]},
         {"n": number("n_entries", 2), "least": LEAST}),
    ],
)  # fmt: skip
def test_what_cannot_be_evaluated_says_why(revised, key, spoil, said):
    given = {"entry_id": "back", "title": "Back", "day": REVISED} | spoil
    found = refused(lambda: revision.evaluate_revision(revised, **given))
    assert found == (key, {"title": "Back"} | said)


def test_a_register_that_does_not_reach_there_says_so(revised):
    ends = {"day": REVISED, "first": "2000-05", "last": "2001-05"}
    entry = {"title": "Back", "day": REVISED, "entry_day": number("entry_day", 60)}
    for key, said, more in (
        ("no_limit", entry, {"entry_day": 60}),
        ("outside", ends, {"months": SimpleNamespace(span=(124, 136))}),
    ):
        store = SimpleNamespace(**vars(revised) | more)
        call = partial(revision.evaluate_revision, store, "back", "Back", REVISED)
        assert refused(call) == (key, said)


@pytest.mark.parametrize(("first", "n_told"), [(13, 11), (12, 12)])
def test_a_year_of_months_is_needed_on_each_side(first, n_told):
    """The change's own month counts on neither side, even if it tells something."""
    value = stepped([-1, 0], [-0.6, 0])
    value[:, CHANGE - FIRST] = 0.0
    value[0, :first] = np.nan
    call = partial(revision._refuse_few, panel(value), CHANGE, "Back", 4)
    if n_told == 12:
        assert call() is None
        return
    assert refused(call) == (
        "few_months",
        {"title": "Back", "before": number("n_points", 11, "before"),
         "after": number("n_points", 12, "after"), "least": number("n_points", 12, "least")},
    )  # fmt: skip


def test_the_month_of_the_change_counts_on_neither_side():
    value = stepped([-1, 0, 0.1], [-0.6, 0, 0.2])
    told, month = value.copy(), CHANGE - FIRST
    told[:, month] = 50
    share = np.full(value.shape, 0.5)
    share[:, month] = 0.999
    kept = np.array([True] * 3)
    for one, other in zip(
        revision._changes(panel(value), CHANGE), revision._changes(panel(told), CHANGE), strict=True
    ):
        assert one.tolist() == other.tolist()
    leads = revision._leads(panel(told), CHANGE, kept)
    assert leads[leads[:, 0] != 0].tolist() == revision._leads(panel(value), CHANGE, kept).tolist()
    assert revision._share_after(panel(told, share=share), CHANGE) == 0.5


def test_each_unit_is_read_with_its_own_variance():
    value = stepped([-1, 0, 0.1], [-0.6, 0, 0.2])
    value[0, 3], value[1, 5] = np.nan, np.nan
    variance = np.full(value.shape, 0.04)
    variance[0] = np.linspace(0.01, 0.02, value.shape[1])
    leads = revision._leads(panel(value, variance), CHANGE, np.array([True] * 3))
    assert leads[-1, 2] == pytest.approx(sqrt(np.var([0, 0.1], ddof=1) / 2 + 0.02))
    value, variance = np.hstack([value] * 2), np.hstack([variance] * 2)
    is_told, months = np.isfinite(value[0]), FIRST + np.arange(value.shape[1])
    series = revision._series(panel(value, variance), FIRST + 37)
    alone = interrupted(months[is_told], value[0][is_told], variance[0][is_told], FIRST + 37)
    assert series.reason == ""
    assert repr(series) == repr(alone)


def test_a_placebo_year_is_held_against_the_year_before_it_and_ends_at_the_change(monkeypatch):
    given = {}
    monkeypatch.setattr(revision, "one_among_controls", lambda *a, **k: given.update(a=a, **k))
    value = stepped([-1, 0, 0.2, 0.4, 0.1], [5, 6, 7, 8, 9])
    value[0, 12:24] += 0.3  # the year before the change less the one before that
    revision._against(panel(value), CHANGE, np.array([True] * 5))
    ((effect, variance),) = given["dates"]
    assert effect == pytest.approx(0.3)
    assert variance == pytest.approx(0.01 / 12 + 0.01 / 11)  # its own month counts on neither side
    assert given["a"][0] == pytest.approx(5 - (-1 + 0.3))
    assert given["a"][2].tolist() == pytest.approx([6, 6.8, 7.6, 8.9])


def test_controls_of_other_chapters_and_exact_days_are_told_as_such(revised, monkeypatch):
    asked = []
    monkeypatch.setattr(revision, "_shift", lambda store, *rest: asked.append(rest))
    revised.codes |= dict.fromkeys(OTHERS, "F32")
    found = revision.evaluate_revision(revised, "back", "Back", REVISED)
    assert dict(found.assumptions)["alike"] == "broken"
    assert found.controls == OTHERS
    assert asked == [("back", CHANGE, 60, 30)]


def test_others_are_of_the_same_chapter_where_it_has_enough(revised):
    assert revision.unrevised_entries(revised, "back", REVISED) == ([*OTHERS], True)
    # A revision within two years takes one away; then there are too few.
    revised.days_of_entry["hip"] = [date(2002, 5, 2)]
    assert revision.unrevised_entries(revised, "back", REVISED) == ([], False)
    revised.days_of_entry["hip"] = [date(2002, 5, 3)]
    assert revision.unrevised_entries(revised, "back", REVISED)[1]


DAY = np.arange(15, 401)


def ends(limit):
    """Ends of 20 000 spells, 1.2 % a day; of the four weeks after the limit a third on its day."""
    n = 20_000 * 0.012 * 0.988 ** (DAY - DAY[0])
    hole = (limit < DAY) & (limit + 28 >= DAY)
    n[limit == DAY] += (n[hole] / 3).sum()
    n[hole] *= 2 / 3
    return np.rint(n).astype(np.int64)


def months_of(*told):
    """A store that tells these months, each with ends moved to a limit."""
    n = np.concatenate([ends(limit) for _, limit in told])
    months, zero = np.repeat([month for month, _ in told], len(DAY)), np.zeros(len(n), np.int64)
    counts = MonthCounts(
        zero, zero, months, np.array([], str), zero + 14, np.tile(DAY, len(told)), zero + 1, n
    )
    months = SimpleNamespace(of_entries=lambda entries: (counts, zero))
    return SimpleNamespace(is_release=False, entry_day=14, months=months)


def test_a_revision_tells_whether_endings_moved_with_the_limit():
    # Months that are not within two years, and the mixed one, say the opposite.
    store = months_of(
        (CHANGE - 25, 42), (CHANGE - 24, 84), (CHANGE, 84), (CHANGE + 24, 42), (CHANGE + 25, 84)
    )
    moved = revision._shift(store, "back", CHANGE, 84, 42)
    assert moved.judge() == Answer("more", "past")
    # A third of the 28 % that end within four weeks, at the one limit and no longer at the other.
    assert moved.moved == pytest.approx(2 / 3 * (1 - 0.988**28), abs=0.02)
    stayed = revision._shift(months_of((CHANGE - 1, 42), (CHANGE + 1, 42)), "back", CHANGE, 84, 42)
    assert stayed.judge() == Answer("none")
    near = revision._shift(store, "back", CHANGE, 45, 42)

    def said(shift, old=84):
        found = SimpleNamespace(shift=shift, old_days=old, new_days=42)
        return "".join(_shift(found, Writer("en"))).replace("\N{NO-BREAK SPACE}", " ")

    assert said(moved).startswith("Endings moved with the limit from 84 days to 42 days: the share")
    assert "percentage points would have been missed" in said(stayed)
    assert said(near, 45) == (
        "The old and the new limit are too close to each other (42 days) to be told apart."
    )


@pytest.mark.parametrize(
    ("old", "new", "is_release"), [(0, 42, False), (42, 42, False), (84, 42, True)]
)
def test_a_limit_that_stayed_and_protected_days_say_nothing_of_it(old, new, is_release):
    store = SimpleNamespace(is_release=is_release)
    assert revision._shift(store, "back", CHANGE, old, new) is None
    assert _shift(SimpleNamespace(shift=None), Writer("sv")) == []


def test_spells_are_on_leave_until_the_day_they_end():
    zero = np.zeros(4, np.int64)
    counts = SpellCounts(
        zero, zero, np.array([14, 15, 17, LAST_DAY + 9]), np.array([1, 1, 0, 1]),
        np.array([9, 2, 3, 4]),
    )  # fmt: skip
    daily = days_of(counts, 14)
    assert daily.day[[0, -1]].tolist() == [15, LAST_DAY]
    assert daily.at_risk[:4].tolist() == [9, 7, 7, 4]
    assert daily.ended[:3].tolist() == [2, 0, 0]  # who is ongoing on day 17 has not ended
    assert daily.ended[-1] == 0
