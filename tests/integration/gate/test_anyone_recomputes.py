"""With pandas and the data dictionary alone, anyone computes a release again from its ledger."""

from __future__ import annotations

import math
import shutil

import pandas as pd
import polars as pl
import pytest

from fmbstats.gate import run_gate

N_ROWS, N_BIG = 1_000, 600_000
MIN_SPELLS = 30
TABLE, MEASURED, HORIZON = "adherence.csv", "adherence.parquet", 365
TEXTS = {"stratum": str, "rec_id": str}
PEOPLE = {"all": "all", "sex": "sex", "age": "age", "county": "county", "year": "all"}
READINGS = {"base": "all", "day_before": "all", "delayed": "entry_day", "last": "last"}
READINGS |= {"longest": "longest", "gap_0": "gap_0", "gap_14": "gap_14"}
READINGS |= {"ambiguous": "all"}
# Among them three of each code above several entries.
SEVERAL = "F32,F33,M54.5,C77,G47.3,F43.0,F43.8,F41.1,M54.4,G56.0,M75.4,I21,C61,C50,M17,I63,F31,S82"


@pytest.fixture(scope="module")
def several(make_reports, data_raw, shared_folder):
    """Reports on a register of national size: county comparisons, degrees, end reasons and all."""

    def make(folder):
        from fmbstats.store.build import build_store
        from fmbstats.synth import draw_register

        register = draw_register(N_BIG, data_raw=data_raw)
        build_store(data_raw, folder / "store.duckdb", register)

    store = shared_folder("big-store", make) / "store.duckdb"
    return make_reports("big", store, only=SEVERAL)


def curve(rows: pd.DataFrame, entry_day: int) -> pd.Series:
    """S by day, as the dictionary says: product of 1 - d/r."""
    left, at_risk = risk(rows, entry_day)
    ended = rows[rows["end_reason"] > 0].groupby("duration_day")["n"].sum()
    return (1 - ended.reindex(left.index, fill_value=0) / at_risk).cumprod()


def risk(rows: pd.DataFrame, entry_day: int) -> tuple[pd.Series, pd.Series]:
    """Return who left on each day, and who was at risk: entry_day < j <= duration_day."""
    # A protected day may lie before the entry day of its spells: they were never at risk.
    seen = rows[rows["duration_day"] > rows["entry_day"].clip(lower=entry_day)]
    left = seen.groupby("duration_day")["n"].sum()
    entered = seen.assign(day=seen["entry_day"].clip(lower=entry_day)).groupby("day")["n"].sum()
    there = pd.Series(
        {d: entered.loc[:d].sum() - left[left.index <= d].sum() for d in entered.index}, dtype=float
    )
    start = there.index[there >= min(10, there.max())][0]
    not_yet = [entered[entered.index >= day].sum() for day in left.index]
    at_risk = left[::-1].cumsum()[::-1] - not_yet
    return left[left.index > start], at_risk[at_risk.index > start]


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
        later = survival.index[survival.index > same.index[-1]]
        return (first + (later[0] if len(later) else same.index[-1])) / 2
    return float(first)


def over_days(survival: pd.Series, first: int, last: int) -> float:
    """Sum of S(t), t = first to last."""
    return sum(at(survival, day) for day in range(first, last + 1))


def weighed(rows: pd.DataFrame, end: str, entry_day: int, what) -> float:
    """Sum over the sets of limits of w times what(S, limit)."""
    judged = rows[rows["is_judged"]]
    both = [f"{end}_days", "shortest_days" if end == "longest" else "longest_days"]
    total = 0.0
    for (limit, other), part in judged.groupby(both):
        if math.isfinite(limit):
            is_certain = max(limit, other) <= entry_day
            total += part["n"].sum() * (1.0 if is_certain else what(curve(part, entry_day), limit))
    return total / judged["n"].sum()


def standardised(persons: pd.DataFrame, county: str, limit: float, entry_day: int) -> float:
    """The cells of sex and age of one county, joined where thin, weighed by all counties'."""
    persons = persons[persons["duration_day"] > entry_day]
    whole = persons.groupby("stratum")["n"].transform("sum")
    persons = persons[(whole >= MIN_SPELLS) & (persons["stratum"] != "unknown")]
    weights = persons.groupby(["sex", "age_group"])["n"].sum().sort_index()
    own = persons[persons["stratum"] == county]
    sizes = own.groupby(["sex", "age_group"])["n"].sum().reindex(weights.index, fill_value=0)
    for _ in range(2):
        joined = join(sizes)
        cell = pd.Series(joined, index=weights.index)
        rows = own.assign(
            cell=[cell[key] for key in zip(own["sex"], own["age_group"], strict=True)]
        )
        share = {c: at(curve(part, entry_day), limit) for c, part in rows.groupby("cell")}
        sizes = sizes.where([0 < share.get(c, math.nan) < 1 for c in joined], 0)
    return sum(w * share.get(c, math.nan) for w, c in zip(weights, joined, strict=True)) / (
        weights.sum()
    )


def join(sizes: pd.Series) -> list[int]:
    """Number of the joined cell of each cell."""
    numbers, number = [], 0
    for _, own in sizes.groupby(level=0, sort=False):
        held, first, made = 0, number, []
        for n in own:
            made.append(number)
            held += n
            if held >= 10:
                number, held = number + 1, 0
        if made[-1] == number:  # The last one did not fill.
            if number > first:
                made = [number - 1 if m == number else m for m in made]
            else:
                number += 1
        numbers += made
    return numbers


def again(row, groups: dict, entry_day: int) -> float:
    """Compute one number from the ledger; the dictionary's formulas."""
    year = int(row.stratum) if row.by == "year" else int(row.start_year)
    stratum = "all" if row.by in ("year", "assumption") else row.stratum
    margin = {"assumption": READINGS.get(row.stratum), "level": "level"}.get(row.by)

    def part(margin, stratum="all"):
        return groups.get((row.rec_id, margin, stratum, year), EMPTY)

    rows = part(margin or PEOPLE[row.by], stratum)
    if row.by == "level":
        return rows["n"].sum()
    if row.metric.startswith("share_on_degree_"):
        return of_degree(row, {d: part("degree", d) for d in ("25", "50", "75", "100")})
    if row.metric == "share_over_standardised":
        every = [f for (rec, m, _, y), f in groups.items()
                 if (rec, m, y) == (row.rec_id, "county_persons", year)]  # fmt: skip
        return standardised(pd.concat(every), row.stratum, row.limit_days, entry_day)
    if "ambiguous" in (row.stratum, row.metric[2:]):
        may = [f for (rec, m, _, y), f in groups.items()
               if (rec, m, y) == (row.rec_id, "ambiguous", year)]  # fmt: skip
        return with_ambiguous(row, rows, pd.concat(may), entry_day)
    if row.metric == "n_started":
        return max(part("started")["n"].sum(), rows["n"].sum())
    return of_group(row, rows, 0 if row.stratum == "delayed" else entry_day)


def with_ambiguous(row, rows: pd.DataFrame, may: pd.DataFrame, entry_day: int) -> float:
    """Count spells that may belong, or bound the share with whichever of them do."""
    if row.metric == "n_ambiguous":
        return may["n"].sum()
    n, m = (part.loc[part["is_judged"], "n"].sum() for part in (rows, may))
    share, other = (
        against_limits(row._replace(stratum="all"), part, None, entry_day) for part in (rows, may)
    )
    if row.metric == "share_over_longest":
        return n * share / (n + m * (1 - other))
    return (n * share + m * other) / (n + m * other)


def of_degree(row, levels: dict) -> float:
    n = {}
    for degree, level in levels.items():
        until = level[level["duration_day"] <= row.day].sort_values("duration_day")
        n[degree] = until["n"].iloc[-1] if len(until) else 0
    return n[row.metric.rsplit("_", 1)[1]] / sum(n.values())


def of_group(row, rows: pd.DataFrame, entry_day: int) -> float:
    judged, n = rows[rows["is_judged"]], rows["n"].sum()
    ended = rows.loc[rows["end_reason"] != 0, "n"].sum()
    n_judged = judged["n"].sum()
    counts = {"n_spells": n, "n_seen": n, "n_events": ended, "n_ended": ended}
    counts |= {"n_ongoing": n - ended, "n_scored": n_judged, "coverage_share": n_judged / n}
    counts |= {"share_narrowed": judged.loc[judged["is_narrowed"], "n"].sum() / max(n_judged, 1)}
    if row.metric in counts:
        return float(counts[row.metric])
    survival = curve(rows, entry_day)
    if row.metric.startswith("share_ended_"):
        left, at_risk = risk(rows, entry_day)
        of_cause = rows[rows["end_reason"] == int(row.metric[-1])]
        d = of_cause.groupby("duration_day")["n"].sum().reindex(left.index, fill_value=0)
        return float((survival.shift(fill_value=1.0) * d / at_risk)[left.index <= row.day].sum())
    if row.metric in ("share_on_leave", "share_over_fixed_limit", "share_over_limit_nation"):
        return at(survival, row.day if row.metric == "share_on_leave" else row.limit_days)
    if row.metric.startswith("quantile_"):
        return quantile(survival, int(row.metric.split("_")[1]) / 100)
    if row.metric == "restricted_mean_days":
        return over_days(survival, 0, HORIZON - 1)
    return against_limits(row, rows, survival, entry_day)


def against_limits(row, rows: pd.DataFrame, survival: pd.Series, entry_day: int) -> float:
    end = "longest" if "longest" in row.metric else "shortest"

    def share(survival, limit):
        is_before = "day_before" in (row.stratum, row.metric[-10:])
        found = at(survival, limit - is_before)
        # What is not known counts as 0 in the lower bound and as 1 in the upper.
        return found if found == found else float(end == "shortest")

    def near(survival, limit):
        first = limit - 4
        return (1.0 if first <= entry_day else at(survival, first)) - at(survival, limit + 3)

    def excess(survival, limit):
        return over_days(survival, int(limit), HORIZON - 1) if limit < HORIZON else 0.0

    if row.metric.startswith("share_over_"):
        return weighed(rows, end, entry_day, share)
    if row.metric.startswith("share_within_"):
        return 1 - weighed(rows, end, entry_day, share)
    if row.metric.startswith("share_ending_near_"):
        return weighed(rows, end, entry_day, near)
    if row.metric.startswith("excess_days_"):
        return weighed(rows, end, entry_day, excess)
    assert row.metric.startswith("median_ratio_")
    limits = rows.loc[rows["is_judged"], f"{end}_days"].unique()
    assert len(limits) == 1
    return quantile(survival, 0.5) / limits[0]


EMPTY = pd.DataFrame({"n": [], "duration_day": [], "end_reason": [], "is_judged": []})
# Shown by the gate alone: sums over all counties, with integrals of hazards.
BY_GATE_ALONE = ("observed_expected_ratio", "q_value", "n_effective", "tau2_between_counties")
BY_GATE_ALONE += ("net_days", "gross_days")


def explained(table: pd.DataFrame, dictionary: pd.DataFrame) -> pd.Series:
    """Which rows the dictionary says to follow from the ledger."""
    said = dictionary[dictionary["what"] == "measure"].set_index("key")["again"]
    groups = {
        key: text.removeprefix("by ").split("; not by")[0].split(", ")
        for key, text in said.items()
        if text.startswith("by ")
    }
    is_by = pd.Series([r.by in groups.get(r.metric, ()) for r in table.itertuples()], table.index)
    is_limits = (table["by"] == "assumption") & ~table["stratum"].isin(READINGS)
    return is_by & ~is_limits & (table["part"] != "published") & table["estimate"].notna()


def check(folder, least_told: int, least_measured: int) -> None:
    told = pd.read_csv(folder / TABLE, dtype=TEXTS, low_memory=False)
    # Every row of it has been told by a page, under its id.
    assert told["row"].notna().all()
    n_told = check_rows(folder, told, TABLE)
    n_measured = check_rows(
        folder, pd.read_parquet(folder / MEASURED).assign(part="", day=0), MEASURED
    )
    assert n_told >= least_told
    assert n_measured >= least_measured


def check_rows(folder, table: pd.DataFrame, name: str) -> int:
    """Compute random rows of a table again; return how many follow."""
    ledger = pd.read_parquet(folder / "ledger.parquet")
    dictionary = pd.read_csv(folder / "data-dictionary.csv", keep_default_na=False)
    words = dictionary.set_index(["what", "key"])
    # Every measure, group and column that the table uses is explained; what is not computed again
    # has its reason.
    assert set(table["metric"]) <= set(words.loc["measure"].index)
    assert set(table["by"]) <= set(words.loc["group"].index)
    assert set(table.columns) - {"part", "day"} <= set(words.loc[f"column of {name}"].index)
    assert set(ledger.columns) == set(words.loc["column of ledger.parquet"].index)
    assert words.loc["measure"]["again"].str.match("by |no: .{10}").all()
    rows = table[explained(table, dictionary) & ~table["metric"].isin(BY_GATE_ALONE)]
    n_rows = len(rows)
    rows = rows.sample(min(N_ROWS, n_rows), random_state=1)
    groups = dict(list(ledger.groupby(["rec_id", "margin", "stratum", "start_year"])))
    for row in rows.itertuples():
        if row.estimate == 0 and row.metric == "n_spells":
            continue  # A group that is not there.
        found = again(row, groups, int(row.entry_days))
        assert found == pytest.approx(row.estimate, rel=1e-9, abs=1e-8), row
    return n_rows


def test_all_rows_of_a_small_release_follow_from_ledger_and_dictionary(one_report):
    check(one_report, 15, 15)


@pytest.mark.slow
def test_a_thousand_random_rows_follow_from_ledger_and_dictionary(several):
    check(several, N_ROWS, N_ROWS)


def test_the_gate_computes_all_that_the_dictionary_says_to_follow(one_report, tmp_path):
    assert_every_kind_is_held(one_report, tmp_path, 25)


@pytest.mark.slow
def test_the_gate_computes_every_kind_of_a_large_release(several, tmp_path):
    assert_every_kind_is_held(several, tmp_path, 60)


def assert_every_kind_is_held(made, tmp_path, least: int) -> None:
    """One number of each kind a hair off, in either table: each is found."""
    folder = shutil.copytree(made, tmp_path / "2017")
    dictionary = pd.read_csv(folder / "data-dictionary.csv", keep_default_na=False)
    told = pd.read_csv(folder / TABLE, dtype=str, keep_default_na=False)
    typed = pd.read_csv(folder / TABLE, dtype=TEXTS, low_memory=False)
    measured = pd.read_parquet(folder / MEASURED)
    in_told = of_each_kind(typed, dictionary)
    in_measured = of_each_kind(measured.assign(part=""), dictionary)
    assert len(in_told) + len(in_measured) >= least
    told.loc[in_told, "estimate"] = [f"{v * 1.001:.10g}" for v in typed.loc[in_told, "estimate"]]
    told.to_csv(folder / TABLE, index=False, lineterminator="\n")
    measured.loc[in_measured, "estimate"] *= 1.001
    pl.from_pandas(measured).write_parquet(folder / MEASURED)
    found = [f for f in run_gate(folder).findings if f.what.startswith("estimate does not follow")]
    planted = {(TABLE, k + 2) for k in in_told} | {(MEASURED, k + 1) for k in in_measured}
    assert {(f.file, int(f.where.split()[1])) for f in found} == planted


def of_each_kind(table: pd.DataFrame, dictionary: pd.DataFrame) -> pd.Index:
    """Return a row of each measure and kind of group that follows from the ledger."""
    is_there = explained(table, dictionary) & (table["estimate"] != 0)
    return table[is_there].groupby(["metric", "by"]).head(1).index
