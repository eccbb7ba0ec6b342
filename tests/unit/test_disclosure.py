"""Protected values, rounding, suppression with its audit: small tables checked by hand."""

from __future__ import annotations

import pickle

import numpy as np
import pandas as pd
import pytest

from fmbstats import disclosure, words
from fmbstats.disclosure import LinkedTables, Protected, Rules
from fmbstats.errors import DisclosureError

SUPPRESSED = Protected(5)
COMPLEMENTARY = Protected(5, "complementary")
GRAND_TOTAL = frozenset()


def _one_way(*counts, dim="sex"):
    return pd.DataFrame({dim: [f"g{k}" for k in range(len(counts))], "n": counts})


def _two_way(rows):
    return pd.DataFrame(
        [
            {"county": f"c{i}", "age": f"a{j}", "n": n}
            for i, row in enumerate(rows)
            for j, n in enumerate(row)
        ]
    )


def _published(tables, **by_name):
    """The counts, with some cells replaced by their name."""
    names = {
        ",".join(sorted(value for _, value in cell)) or "all": k
        for k, cell in enumerate(tables.cells)
    }
    shown = np.array([int(n) for n in tables.counts], dtype=object)
    for name, value in by_name.items():
        shown[names[name.replace("_", ",")]] = value
    return shown


# -- values -----------------------------------------------------------------------------------


def test_nothing_computes_with_a_protected_value():
    for compute in (
        lambda p: p + 1,
        lambda p: 1 - p,
        lambda p: p / 2,
        lambda p: p < 5,
        float,
        int,
        bool,
        lambda p: np.array([1, p], dtype=object).sum(),
        lambda p: pd.Series([1, p], dtype=object).sum(),
    ):
        with pytest.raises(TypeError):
            compute(SUPPRESSED)


def test_a_protected_value_holds_no_number_but_the_threshold():
    assert vars(disclosure.protect_count(3)) == {"threshold": 5, "kind": "suppressed"}
    assert (
        b"\x03" not in pickle.dumps(SUPPRESSED)[10:-10]
        or pickle.loads(pickle.dumps(SUPPRESSED)) == SUPPRESSED
    )


def test_words_of_protected_values_in_both_languages():
    assert words.count(SUPPRESSED) == "färre än 5"
    assert words.count(Protected(10), "en") == "fewer than 10"
    assert words.percent(COMPLEMENTARY) == "skyddat"
    assert "would give away a count below 5" in Protected(5, "withheld").sentence("en")
    assert str(SUPPRESSED) == "färre än 5"
    assert SUPPRESSED.mark == "<5"


def test_counts_at_the_threshold_are_shown():
    rules = Rules(threshold=3)
    assert [disclosure.protect_count(n, rules) for n in (0, 3)] == [0, 3]
    assert disclosure.protect_count(2, rules) == Protected(3)


def test_impossible_rules_and_values_are_refused():
    with pytest.raises(ValueError, match="threshold must be at least 2"):
        Rules(threshold=1)
    with pytest.raises(ValueError, match="kind 'secret' is not one of suppressed, complementary"):
        Protected(5, "secret")
    with pytest.raises(ValueError, match="a count cannot be -1"):
        disclosure.protect_count(-1)


# -- rounding ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("n", "rounded"), [(0, 0), (1, 3), (5, 3), (6, 3), (7, 9), (12, 9), (13, 15), (6000, 5997)]
)
def test_midpoints_of_six(n, rounded):
    assert disclosure.round_counts(n) == rounded


def test_shares_of_few_are_hidden_also_when_none_or_all_have_the_property():
    assert disclosure.protected_share(0, 40) == SUPPRESSED
    assert disclosure.protected_share(40, 40) == SUPPRESSED
    assert disclosure.protected_share(37, 40) == SUPPRESSED
    assert disclosure.protected_share(20, 40) == pytest.approx(21 / 39)


def test_no_curve_from_fewer_than_a_hundred_spells():
    kept = disclosure.protect_ledger(np.arange(1, 100), np.ones(99, dtype=int))
    assert kept == Protected(100, "no_curve")
    assert kept.text() == "ingen kurva"


def test_a_ledger_is_rounded_step_by_step_and_cut_where_few_are_left():
    # 120 end on day 20, 4 on day 30, one on day 400: running totals 120, 124, 125.
    ledger = disclosure.protect_ledger([20, 30, 400], [1, 1, 1], [120, 4, 1], entry=14)
    assert ledger.time.tolist() == [20, 30]
    assert ledger.n.tolist() == [117, 6]
    assert ledger.cause.tolist() == [1, 1]
    assert ledger.last_day == 30
    assert set(ledger.entry) == {14}


def test_what_comes_after_the_cut_is_censored_at_it():
    # At risk after rounding: 219 on day 20, 21 on day 40, 3 (below the threshold) on day 50.
    ledger = disclosure.protect_ledger([20, 40, 50], [1, 1, 2], [200, 20, 3])
    assert ledger.last_day == 40
    assert ledger.cause.tolist() == [1, 1, 0]
    assert ledger.time.tolist() == [20, 40, 40]


def test_no_curve_where_never_enough_are_at_risk_at_once():
    entry = np.arange(14, 114)
    kept = disclosure.protect_ledger(entry + 1, np.ones(100, dtype=int), entry=entry)
    assert kept == Protected(100, "no_curve")


def test_an_entry_after_the_end_is_an_error():
    with pytest.raises(ValueError, match="enters on or after its last day"):
        disclosure.protect_ledger([14], [1], [200], entry=14)


# -- the system of tables ---------------------------------------------------------------------


def test_linked_tables_share_their_cells():
    tables = LinkedTables.of([_two_way([[10, 20], [30, 40]]), _one_way(40, 60, dim="age")[:0]])
    assert dict(zip(map(len, tables.cells), tables.counts, strict=False))[0] == 100
    both = LinkedTables.of(
        [
            _two_way([[10, 20], [30, 40]]),
            pd.DataFrame({"county": ["c0", "c1", "all"], "n": [30, 70, 100]}),
        ]
    )
    assert len(both.cells) == 9
    assert both.counts[both.index(county="c1")] == 70
    assert not (both.equations @ both.counts).any()


def test_tables_that_contradict_each_other_are_refused():
    with pytest.raises(ValueError, match="county=c0: 30 in one table, 31 in other"):
        LinkedTables.of(
            [_two_way([[10, 20], [30, 40]]), pd.DataFrame({"county": ["c0", "c1"], "n": [31, 70]})]
        )


def test_a_row_twice_is_refused():
    with pytest.raises(ValueError, match="sex=g0: the row occurs twice"):
        LinkedTables.of([pd.concat([_one_way(7), _one_way(7)])])


# -- the audit finds planted leaks ------------------------------------------------------------


def test_the_audit_finds_a_cell_that_subtraction_gives_away():
    tables = LinkedTables.of([_one_way(40, 3)])
    leaks = disclosure.audit(tables, _published(tables, g1=SUPPRESSED))
    assert [str(leak) for leak in leaks] == ["sex=g1: must be 3"]


def test_the_audit_finds_two_hidden_cells_whose_sum_gives_them_away():
    tables = LinkedTables.of([_one_way(40, 1, 1)])
    leaks = disclosure.audit(tables, _published(tables, g1=SUPPRESSED, g2=SUPPRESSED))
    assert [str(leak) for leak in leaks] == ["sex=g1: must be 1", "sex=g2: must be 1"]


def test_the_audit_uses_that_a_complementary_cell_has_at_least_the_threshold():
    tables = LinkedTables.of([_one_way(2, 5)])
    leaks = disclosure.audit(tables, _published(tables, g0=SUPPRESSED, g1=COMPLEMENTARY))
    assert [str(leak) for leak in leaks] == ["sex=g0: lies between 1 and 2"]


def test_the_audit_finds_a_leak_through_a_linked_table():
    # Each table alone is safe; county c0 by age a0 follows from the two margins together.
    two_way = _two_way([[2, 20, 30], [9, 40, 50]])
    tables = LinkedTables.of([two_way])
    within_row = _published(tables, a0_c0=SUPPRESSED, a1_c0=COMPLEMENTARY)
    assert [str(leak) for leak in disclosure.audit(tables, within_row)] == [
        "age=a0, county=c0: must be 2"
    ]


def test_the_audit_finds_a_rectangle_whose_corner_a_fourth_table_opens():
    tables = LinkedTables.of([_two_way([[2, 20, 30], [9, 40, 50]])])
    rectangle = {"a0_c0": SUPPRESSED}
    rectangle |= dict.fromkeys(("a1_c0", "a0_c1", "a1_c1"), COMPLEMENTARY)
    assert disclosure.audit(tables, _published(tables, **rectangle)) == []
    rectangle["a0_c1"] = 9
    assert len(disclosure.audit(tables, _published(tables, **rectangle))) == 1


def test_the_audit_finds_a_small_count_left_open():
    tables = LinkedTables.of([_one_way(2, 3, 40)])
    leaks = disclosure.audit(tables, _published(tables, g0=SUPPRESSED, g2=COMPLEMENTARY))
    assert "sex=g1: must be 3" in [str(leak) for leak in leaks]


def test_a_small_total_with_small_parts_is_no_leak_while_the_parts_stay_open():
    # Two parts of 1 to 4 under a total of 1 to 4: the marks alone leave 1 to 3 for each.
    tables = LinkedTables.of([_two_way([[1, 2], [300, 400]])])
    marks = {"c0": SUPPRESSED, "a0_c0": SUPPRESSED, "a1_c0": SUPPRESSED}
    marks |= dict.fromkeys(("c1", "a0_c1", "a1_c1", "a0", "a1"), COMPLEMENTARY)
    assert disclosure.audit(tables, _published(tables, **marks)) == []


def test_marks_that_leave_one_value_are_a_leak_by_themselves():
    # Four parts that are not 0 under a total of at most 4: each must be 1.
    tables = LinkedTables.of([_two_way([[1, 1, 1, 1], [300, 400, 500, 600]])])
    shown = disclosure.protect(tables)
    marks = {f"a{k}_c0": SUPPRESSED for k in range(4)} | {"c0": SUPPRESSED}
    marks |= {f"a{k}_c1": COMPLEMENTARY for k in range(4)} | {"c1": COMPLEMENTARY}
    marks |= {f"a{k}": COMPLEMENTARY for k in range(4)} | {"all": COMPLEMENTARY}
    assert len(disclosure.audit(tables, _published(tables, **marks))) == 5
    assert {value.kind for value in shown} == {"withheld"}


def test_what_contradicts_itself_is_an_error():
    tables = LinkedTables.of([_one_way(40, 3)])
    with pytest.raises(ValueError, match="no counts fit what is published"):
        disclosure.audit(tables, _published(tables, g0=10, g1=SUPPRESSED))


def test_a_release_that_discloses_is_stopped_with_names_and_advice():
    tables = LinkedTables.of([_one_way(40, 3)])
    with pytest.raises(DisclosureError) as stopped:
        disclosure.checked_release(tables, _published(tables, g1=SUPPRESSED))
    assert str(stopped.value) == (
        "1 small count(s) can be worked out from the published tables: sex=g1: must be 3. "
        "Suppress further cells (disclosure.protect) or leave the table out."
    )


# -- suppression ------------------------------------------------------------------------------


def test_one_way_table_hides_a_second_cell_and_keeps_the_total():
    frame = pd.DataFrame({"age": ["a", "b", "c", "all"], "n": [3, 30, 300, 333]})
    (shown,) = disclosure.protect_frames([frame], must_show=[GRAND_TOTAL])
    assert shown["n"].tolist() == [SUPPRESSED, COMPLEMENTARY, 300, 333]


def test_a_table_without_small_counts_stays_as_it_is():
    frame = _two_way([[10, 0], [30, 40]])
    (shown,) = disclosure.protect_frames([frame])
    assert shown["n"].tolist() == [10, 0, 30, 40]


def test_two_way_table_hides_a_rectangle():
    tables = LinkedTables.of([_two_way([[2, 20, 300], [90, 41, 500], [700, 800, 900]])])
    shown = disclosure.protect(tables, must_show=[c for c in tables.cells if len(c) < 2])
    hidden = {k for k, value in enumerate(shown) if isinstance(value, Protected)}
    assert len(hidden) == 4
    assert disclosure.audit(tables, shown) == []


def test_linked_tables_are_protected_as_one():
    two_way = _two_way([[2, 20, 300], [90, 41, 500]])
    by_county = pd.DataFrame({"county": ["c0", "c1", "all"], "n": [322, 631, 953]})
    by_sex = pd.DataFrame({"sex": ["women", "men", "all"], "n": [950, 3, 953]})
    shown = disclosure.protect_frames([two_way, by_county, by_sex], must_show=[GRAND_TOTAL])
    tables = LinkedTables.of([two_way, by_county, by_sex])
    assert disclosure.audit(tables, disclosure.protect(tables, must_show=[GRAND_TOTAL])) == []
    assert shown[2]["n"].tolist() == [COMPLEMENTARY, SUPPRESSED, 953]


def test_a_table_that_nothing_protects_is_withheld_whole():
    frame = pd.DataFrame({"sex": ["women", "men", "other", "all"], "n": [5, 1, 0, 6]})
    (shown,) = disclosure.protect_frames([frame], must_show=[GRAND_TOTAL])
    withheld = Protected(5, "withheld")
    assert shown["n"].tolist() == [withheld, withheld, 0, 6]


def test_missing_groups_are_groups_of_their_own():
    frame = pd.DataFrame({"sex": ["women", "men", None, "all"], "n": [50, 60, 2, 112]})
    (shown,) = disclosure.protect_frames([frame], must_show=[GRAND_TOTAL])
    assert shown["n"].tolist() == [COMPLEMENTARY, 60, SUPPRESSED, 112]


def test_the_threshold_is_a_setting():
    frame = pd.DataFrame({"sex": ["women", "men"], "n": [7, 30]})
    (shown,) = disclosure.protect_frames([frame], rules=Rules(threshold=10))
    assert shown["n"][0] == Protected(10)
    assert isinstance(shown["n"][1], Protected) or shown["n"][1] == 30
