"""With pandas and the data dictionary alone, anyone computes a release again from its ledger."""

from __future__ import annotations

import math

import pandas as pd
import pytest

N_ROWS = 1_000
PEOPLE = {"all": "all", "sex": "sex", "age": "age", "county": "county"}


@pytest.fixture(params=["one", pytest.param("five", marks=pytest.mark.slow)])
def folder(request, make_reports, small_store):
    if request.param == "five":
        return request.getfixturevalue("reports")
    return make_reports("gate", small_store, only="M54.5")


def curve(rows: pd.DataFrame, entry_day: int) -> pd.Series:
    """S by day, as the dictionary says: product of 1 - d/r."""
    seen = rows[rows["duration_day"] > entry_day]
    left = seen.groupby("duration_day")["n"].sum()
    ended = seen[seen["end_reason"] > 0].groupby("duration_day")["n"].sum()
    at_risk = left[::-1].cumsum()[::-1]
    return (1 - ended.reindex(left.index, fill_value=0) / at_risk).cumprod()


def at(survival: pd.Series, day: float) -> float:
    known = survival[survival.index <= day]
    is_seen = day <= survival.index.max() or survival.iloc[-1] == 0
    return float(known.iloc[-1]) if len(known) and is_seen else (1.0 if is_seen else math.nan)


def quantile(survival: pd.Series, share: float) -> float:
    reached = survival[survival <= 1 - share + 1.5e-8]
    if not len(reached):
        return math.nan
    first = reached.index[0]
    same = survival[(survival - (1 - share)).abs() <= 1.5e-8]
    if first in same.index:
        after = survival.index[survival.index.get_loc(same.index[-1]) + 1]
        return (first + after) / 2
    return float(first)


def again(metric: str, rows: pd.DataFrame, entry_day: int) -> float:
    """Compute one number from the rows of its group; the dictionary's formulas."""
    n = rows.loc[rows["duration_day"] > entry_day, "n"].sum()
    if metric == "n_spells":
        return float(n)
    if metric == "n_events":
        return float(rows.loc[rows["end_reason"] != 0, "n"].sum())
    if metric == "coverage_share":
        return rows.loc[rows["is_judged"], "n"].sum() / n
    if metric.startswith("quantile_"):
        return quantile(curve(rows, entry_day), int(metric.split("_")[1]) / 100)
    end = f"{metric.rsplit('_', 1)[1]}_days"
    judged = rows[rows["is_judged"]]
    total = 0.0
    for (limit, _), part in judged.groupby(
        [end, "shortest_days" if end[0] == "l" else "longest_days"]
    ):
        if math.isfinite(limit):
            total += part["n"].sum() * at(curve(part, entry_day), limit)
    return total / judged["n"].sum()


KNOWN = ("n_spells", "n_events", "coverage_share", "quantile_25_days", "quantile_50_days")
KNOWN += ("quantile_75_days", "share_over_longest", "share_over_shortest")


def test_a_thousand_random_rows_follow_from_ledger_and_dictionary(folder):
    ledger = pd.read_parquet(folder / "ledger.parquet")
    words = pd.read_csv(folder / "data-dictionary.csv").set_index(["what", "key"])["meaning"]
    texts = {"stratum": str, "rec_id": str}
    table = pd.read_csv(folder / "adherence.csv", dtype=texts, low_memory=False)
    # Every measure, group and column that the table uses is explained.
    assert set(table["metric"]) <= set(words["measure"].index)
    assert set(table["by"]) <= set(words["group"].index)
    assert set(table.columns) <= set(words["column of adherence.csv"].index)
    assert set(ledger.columns) == set(words["column of ledger.parquet"].index)
    rows = table[table["metric"].isin(KNOWN) & table["estimate"].notna() & table["by"].isin(PEOPLE)]
    rows = rows.sample(min(N_ROWS, len(rows)), random_state=1)
    groups = dict(list(ledger.groupby(["rec_id", "margin", "stratum", "start_year"])))
    for row in rows.itertuples():
        key = (row.rec_id, PEOPLE[row.by], row.stratum, int(row.start_year))
        if key not in groups:
            assert row.estimate == 0
            continue
        found = again(row.metric, groups[key], int(row.entry_days))
        assert found == pytest.approx(row.estimate, abs=1e-8), (row.metric, key)
    assert len(rows) >= (100 if table["rec_id"].nunique() < 5 else N_ROWS)
