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
    assert found.told("n_spells", "nobody").reason == Absent.NO_SPELLS
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
