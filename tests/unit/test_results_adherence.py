"""Tables of measures from two small groups whose answers can be counted by hand."""

import math
from types import SimpleNamespace

import numpy as np
import pytest

from fmbstats.adherence import SpellCounts, measure_strata
from fmbstats.recommendations.yardstick import Limits
from fmbstats.results.adherence import AdherenceResult, measures_frame
from fmbstats.words import Absent
from fmbstats.workbench.explorer import share_rows

# Women: 60 of 20 days, 40 of 100; men: 20 of 20 days, 30 of 50; nobody is unknown.
ROWS = [(0, 20, 60), (0, 100, 40), (1, 20, 20), (1, 50, 30)]
NAMES = ["women", "men", "unknown"]


def made(by="sex", limits=((30, 30),), rows=ROWS, n_strata=3):
    group, days, n = (np.array(column) for column in zip(*rows, strict=True))
    zero = np.zeros(len(n), np.int64)
    counts = SpellCounts(zero, zero + 14, days, zero + 1, n)
    columns = measure_strata(
        counts, group, n_strata, Limits.plain(*zip(*limits, strict=True)), entry_day=14
    )
    names = NAMES[:n_strata] if by else ["all"]
    frame = measures_frame(columns, names, by, slug="x")
    return AdherenceResult(SimpleNamespace(title="X"), by, frame)


def test_rows_are_of_each_group_and_measure_in_order():
    frame = made().frame
    assert frame.columns[:4].tolist() == ["slug", "by", "stratum", "metric"]
    assert set(frame["slug"]) == {"x"}
    assert set(frame["by"]) == {"sex"}
    n_measures = frame["metric"].nunique()
    assert frame["stratum"].tolist() == [name for name in NAMES for _ in range(n_measures)]
    assert frame["metric"].tolist() == [*frame["metric"][:n_measures]] * 3
    own = frame[frame["metric"] == "share_over_longest"].set_index("stratum")
    assert own["estimate"].tolist() == pytest.approx([0.4, 0.6, math.nan], nan_ok=True)
    assert own["n_spells"].tolist() == [100, 50, 0]
    assert own["n_events"].tolist() == [100, 50, 0]
    assert own["flags"].tolist()[2] == "no_spells"
    assert own["limit_days"].tolist()[:2] == [30, 30]
    assert own["n_at_risk_at_r"].tolist()[:2] == [40, 30]


def test_a_number_or_the_reason_for_none():
    found = made()
    assert found.strata == ["women", "men", "unknown"]
    assert found.value("share_over_longest", "men") == pytest.approx(0.6)
    assert found.value("share_over_longest", "unknown") == Absent.NO_SPELLS
    assert found.value("share_over_longest", "nobody") == Absent.NO_SPELLS
    lo, hi = found.interval("share_over_longest", "women")
    assert 0.3 < lo < 0.4 < hi < 0.51
    assert all(map(math.isnan, found.interval("share_over_longest", "nobody")))
    told = found.told("quantile_50_days", "men")
    assert (told.estimate, told.by, told.stratum) == (50, "sex", "men")
    none = found.told("n_spells", "nobody")
    assert (none.reason, none.by, none.stratum) == (Absent.NO_SPELLS, "sex", "nobody")
    assert found.of("share over")["estimate"].tolist()[:2] == pytest.approx([0.4, 0.6])


def test_the_table_of_groups_leaves_out_what_says_the_same_of_all():
    shown = made().display("en")
    assert shown.columns[0] == "Sex"
    assert shown.iloc[:, 0].tolist() == ["Women", "Men", "unknown"]
    assert [cell.split(" ")[0] for cell in shown["Spells"].map(str)][:2] == ["100", "50"]
    without = made(limits=((np.nan, np.nan),)).display("en")
    # Excess days need a longer follow-up; without a limit nothing is held against one.
    assert len(shown.columns) == 5
    assert without.columns.tolist() == shown.columns[:3].tolist()


def test_a_table_of_groups_without_spells_keeps_its_columns():
    shown = made(rows=[(0, 20, 0)]).display("en")
    # A group without spells says nothing of a measure, nor do three of them.
    assert len(shown.columns) == 6
    assert shown.iloc[:, 2].tolist() == [Absent.NO_SPELLS] * 3


def test_rows_of_a_figure_have_both_ends_or_the_reason():
    rows = {row.name: row for row in share_rows(made(limits=((30, 60),)), "en")}
    women, men, unknown = (rows[name] for name in ("Women", "Men", "unknown"))
    assert (women.value, women.upper) == (0.4, 0.4)
    assert (men.value, men.upper) == (pytest.approx(0), pytest.approx(0.6))
    assert men.low is None  # nobody is left on day 60
    assert men.ends == [men.high, men.value, men.upper]
    assert men.high == pytest.approx(0.7204, abs=1e-4)
    assert women.low == pytest.approx(0.3040, abs=1e-4)
    assert men.count.text == "50"
    assert unknown.value is None
    assert unknown.said.text == Absent.NO_SPELLS.text("en")
    # A limit before the entry day is not seen: one end alone.
    one = {row.name: row for row in share_rows(made(limits=((10, 30),)), "en")}["Women"]
    assert one.value == one.upper == pytest.approx(0.4)


@pytest.mark.parametrize(
    ("limits", "n_columns"), [((30, 30), 2), ((30, 60), 3), ((np.nan, np.nan), 0)]
)
def test_measures_against_limits_have_a_column_for_each_limit(limits, n_columns):
    shown = made(None, (limits,), [(0, days, n) for _, days, n in ROWS[:2]], 1)
    table = shown.against_limits("en")
    assert len(table.columns) == n_columns
    if n_columns:
        assert table.iloc[0, 1].startswith("40.0")
        assert table.iloc[2, 1].startswith("60.0")
    assert shown.measures("en").iloc[0, 1] == "100"
    assert len(shown.lengths("en")) == 7


# 130 spells: 60 end on day 20, 30 on day 50, 40 on day 100; limits of 30 and of 60 days.
WHOLE = [(0, 20, 60), (0, 50, 30), (0, 100, 40)]
LENGTHS_TOLD = {
    "Spells": "130",
    "Ended spells": "130",
    "Spells that have a limit": "100.0%",
    "Lower quartile, days": "20 (20)",
    "Median, days": "50 (20–50)",
    "Upper quartile, days": "100 (50 – not reached)",
    # 60 of 20 days, 30 of 50, 40 of 100: 6 700 days.
    "Mean length within a year, days": "51.5 (45.6–57.4)",
}
LONGEST_TOLD = ["30.8% (23.1–38.8%)"] * 2 + ["69.2% (61.2–76.9%)", "0.0%", "0.83 (0.33–0.83)"]
SHORTEST_TOLD = ["53.8% (44.9–62.0%)"] * 2 + ["46.2% (38.0–55.1%)", "0.0%", "1.67 (0.67–1.67)"]


def whole(limits=((30, 60),), rows=WHOLE, **yardstick):
    found = made(None, limits, rows, 1)
    found.about.yardstick = SimpleNamespace(lifted_until=None, is_upper_lasting=True, **yardstick)
    return found


def test_every_table_of_all_spells_together():
    found = whole()
    lengths = found.lengths("en")
    assert dict(zip(lengths["Measure"], lengths["Value"], strict=True)) == LENGTHS_TOLD
    table = found.against_limits("en")
    assert table["Measure"].tolist() == [
        "Longer than the limit", "At least as long as the limit", "Within the limit",
        "Ends at most three days before or after the limit", "Median ÷ limit",
        "Days over the limit per spell, within a year",
    ]  # fmt: skip
    assert table["Longest limit"].tolist() == [*LONGEST_TOLD, Absent.SMALL_N]
    assert table["Shortest limit"].tolist() == [*SHORTEST_TOLD, Absent.SMALL_N]
    measures = found.measures("en")
    assert measures["Measure"].tolist()[:7] == list(LENGTHS_TOLD)
    assert measures["Measure"].tolist()[7:] == [
        "Longer than the longest limit", "At least as long as the longest limit",
        "Longer than the shortest limit", "At least as long as the shortest limit",
        "Median ÷ longest limit", "Median ÷ shortest limit",
        "Days over the longest limit, per spell", "Days over the shortest limit, per spell",
    ]  # fmt: skip
    assert measures["Value"].tolist() == [
        *LENGTHS_TOLD.values(), *LONGEST_TOLD[:2], *SHORTEST_TOLD[:2], LONGEST_TOLD[4],
        SHORTEST_TOLD[4], Absent.SMALL_N, Absent.SMALL_N,
    ]  # fmt: skip
    same = whole(((30, 30),)).against_limits("sv")
    assert same.columns.tolist() == ["Mått", "Gränsen"]
    assert same.iloc[4, 1] == "1,67 (0,67–1,67)"


def test_the_table_to_read_names_its_groups_or_its_measures():
    assert repr(made()) == "<AdherenceResult X: 60 rows>"
    groups, alone = made().table("en"), whole().table("en")
    caption = "<caption>Real against recommended length, with 95 per cent confidence intervals<"
    for table, head in ((groups, "Sex"), (alone, "Measure")):
        assert caption in table
        assert f'<th scope="col">{head}</th>' in table
    assert '<th scope="row">Women</th><td>100</td><td>20 (20)</td>' in groups
    assert made()._repr_html_().count("<table") == 1
    assert "Kön" in made()._repr_html_()


@pytest.mark.parametrize(
    ("limits", "rows", "form", "low", "high"),
    [
        (((30, 30),), WHOLE, "one", 7 / 13, 7 / 13),
        (((30, 60),), WHOLE, "between", 4 / 13, 7 / 13),
        (((10, 30),), WHOLE, "least", 7 / 13, math.nan),
        (((30, np.inf),), WHOLE, "most", 0, 7 / 13),
    ],
)
def test_the_answer_is_told_with_its_bounds_and_what_they_are_of(limits, rows, form, low, high):
    found = whole(limits, rows).headline
    assert found.form == form
    assert (found.low.metric, found.high.metric) == ("share_over_longest", "share_over_shortest")
    assert found.low.estimate == pytest.approx(low, nan_ok=True)
    assert found.high.estimate == pytest.approx(high, nan_ok=True)
    assert (found.low.part, found.n.part) == ("measures", "measures")
    assert (found.n.metric, found.n.estimate) == ("n_spells", 130)
    assert (found.fact, found.cases, found.ambiguous) == (None, (), None)


def test_the_answer_is_of_the_spells_that_have_a_limit():
    group, days, n = (np.array(column) for column in zip(*WHOLE, strict=True))
    zero = np.zeros(3, np.int64)
    counts = SpellCounts(np.array([-1, 0, 0]), zero + 14, days, zero + 1, n)
    columns = measure_strata(counts, group, 1, Limits.plain([30], [30]), entry_day=14)
    about = SimpleNamespace(
        title="X", yardstick=SimpleNamespace(lifted_until=None, is_upper_lasting=True)
    )
    found = AdherenceResult(about, None, measures_frame(columns, ["all"], None)).headline
    assert (found.n.metric, found.n.estimate, found.n.part) == ("n_scored", 70, "population")
    assert math.isnan(found.n.n_spells)
    assert found.n.more["method"] == ""
    assert math.isnan(found.n.more["n_events"])
    nobody = made(rows=[(0, 20, 60)], n_strata=2)
    assert nobody.told("n_spells", "men").estimate == 0


def test_rows_of_several_strata_keep_what_each_is_of():
    """Counts are whole numbers unless one of them is not told."""
    group, days, n = (np.array(column) for column in zip(*ROWS, strict=True))
    zero = np.zeros(4, np.int64)
    counts = SpellCounts(zero, zero + 14, days, zero + 1, n, noise=1.0)
    columns = measure_strata(counts, group, 3, Limits.plain([30], [30]), entry_day=14)
    frame = measures_frame(columns, ["all", "men", "01"], ["all", "sex", "county"], year=2017)
    n_measures = len(columns)
    assert frame["by"].tolist() == [x for x in ("all", "sex", "county") for _ in columns]
    assert frame["method"].tolist() == [column.method for column in columns] * 3
    assert set(frame["year"]) == {2017}
    told = frame["n_spells"].tolist()[::n_measures]
    assert told == pytest.approx([100, 50, np.nan], nan_ok=True)
    assert frame["flags"].tolist()[-1] == "protected"
    assert made().frame["n_spells"].dtype == np.int64
    assert measures_frame(columns, ["a", "b", "c"], None)["by"].tolist() == ["all"] * 3 * n_measures
    several = AdherenceResult(SimpleNamespace(title="X"), None, frame)
    told = several.told("share_over_longest", "men")
    assert (told.by, told.stratum, told.part) == ("sex", "men", "sex")
    assert several.told("share_over_longest", "01").part == ""
    assert several.told("share_over_longest", "01").reason == Absent.PROTECTED
