"""Drift of diagnoses towards longer limits, against plain counts and a planted truth."""

import csv

import polars as pl
import pytest

from fmbstats.cli import main
from fmbstats.codes import chapter
from fmbstats.diagnosis import open_store
from fmbstats.evaluate.drift import evaluate_drift
from fmbstats.store import lookups
from fmbstats.store.build import build_store
from fmbstats.synth import draw_register

LAST = 2018


def test_the_share_is_that_of_plain_counts(small_store):
    """Within each chapter, then weighed by the chapters' spells of all years."""
    with open_store(small_store) as store:
        found = evaluate_drift(store)
        chapters = {e: chapter(code) for e, code, _ in lookups.entries_with_revisions(store)}
        spells = store.polars(
            "select entry_id as entry, start_year as year, sum(n)::bigint as n "
            "from mart_ledger where entry_id is not null and duration_day > $1 group by all",
            [store.entry_day],
        )
    spells = spells.filter(pl.col("entry").is_in(list(found.limits))).with_columns(
        pl.col("entry").replace_strict(chapters).alias("chapter"),
        pl.col("entry").is_in(list(found.longer)).alias("longer"),
    )
    n_all, last = spells["n"].sum(), spells.filter(year=LAST)
    share = 0.0
    for (name,), own in last.group_by("chapter"):
        weight = spells.filter(chapter=name)["n"].sum() / n_all
        share += weight * own.filter("longer")["n"].sum() / own["n"].sum()
    told = found.years.set_index("stratum").loc[str(LAST), "share"]
    assert told == pytest.approx(share, abs=1e-12)
    assert found.lo <= 0 <= found.hi
    assert 0 < found.smallest_detectable < 0.1


def test_the_command_tells_no_drift_with_the_least_that_it_would_have_found(
    small_store, tmp_path, capfd
):
    table = tmp_path / "drift.csv"
    asked = ["evaluate", "drift", "--store", str(small_store), "--language", "en"]
    assert main([*asked, "--to", str(table)]) == 0
    said = capfd.readouterr().out
    assert "did not surely change from 2014 to 2018" in said
    assert "would probably have been missed." in said
    with table.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert {row["by"] for row in rows} == {"year", "county"}


@pytest.mark.slow
def test_a_planted_drift_is_found_and_covered(data_raw, tmp_path):
    """Spells that began with a short limit are coded as ones with a long limit, more each year."""
    found, frames = {}, {}
    for drift in (0.0, 0.4):
        frames[drift] = draw_register(60_000, data_raw=data_raw, coding_drift=drift)
        path = tmp_path / str(drift) / "store.duckdb"
        build_store(data_raw, path, frames[drift])
        with open_store(path) as store:
            found[drift] = evaluate_drift(store)
    before, after = (frames[d][0].filter(pl.col("start_date").dt.year() == LAST) for d in frames)
    is_moved = before["code"] != after["code"]
    of_moved = before.filter(before["code"] == "F430").height
    assert is_moved.sum() == pytest.approx(0.4 * of_moved, rel=0.1)
    # What was planted in the last year, as a change of the share that is told.
    planted = found[0.4].years["share"].iloc[-1] - found[0.0].years["share"].iloc[-1]
    assert planted > 0.01
    assert found[0.4].lo <= planted + found[0.0].change <= found[0.4].hi
    assert found[0.4].lo > 0
