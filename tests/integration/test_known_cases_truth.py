"""A register whose cases are known: the true share lies inside the bounds, everywhere.

The spells are followed to their end, so that the bounds are those of the spells themselves and
nothing is left to chance.
"""

import shutil
from datetime import date

import numpy as np
import pandas as pd
import pytest

from fmbstats import open_store
from fmbstats.overview import Overview
from fmbstats.results.common import column_of
from fmbstats.sources.fmb.rule_files import SHIPPED
from fmbstats.store.build import build_store
from fmbstats.synth import draw_cases, draw_register
from tests.written_out import write_out

# Three stores and thirty passes over all entries.
pytestmark = pytest.mark.slow

N_SPELLS = 40_000
STRATA = (None, "sex", "age", "county", "year")
YEARS = (2016, 2017)
LOW, HIGH = "share_over_longest", "share_over_shortest"
NEAR = 1e-9
#: Entries with 30 spells or more whose bounds the shipped rules move together.
N_NARROWED = 8


@pytest.fixture(scope="module")
def register(data_raw):
    spells, *rest = draw_register(
        N_SPELLS, 5, data_raw=data_raw, extraction_date=date(2027, 12, 31)
    )
    spells = write_out(spells, data_raw=data_raw, seed=5)
    return (spells, *rest), draw_cases(spells, data_raw=data_raw, seed=5)


@pytest.fixture(scope="module")
def stores(register, data_raw, tmp_path_factory):
    """No rules; no evidence but the code's; and with evidence and a full file of rules."""
    drawn, known = register
    folder = tmp_path_factory.mktemp("known")
    build_store(data_raw, folder / "shipped.duckdb", drawn)
    shutil.copytree(data_raw, folder / "data_raw")
    shipped = (folder / "data_raw" / SHIPPED).read_bytes()
    (folder / "data_raw" / SHIPPED).unlink()
    build_store(folder / "data_raw", folder / "none.duckdb", drawn)
    (folder / "data_raw" / SHIPPED).write_bytes(shipped)
    known.write(folder / "data_raw" / "rules")
    for name in ("truth.csv", "evidence.csv"):
        (folder / "data_raw" / "rules" / name).unlink()
    build_store(folder / "data_raw", folder / "full.duckdb", drawn, evidence=known.evidence)
    return folder


@pytest.fixture(scope="module", params=["none", "shipped", "full"])
def opened(request, stores):
    with open_store(stores / f"{request.param}.duckdb") as store:
        yield store


@pytest.fixture(scope="module")
def exceeding(opened, register):
    """Judged spells that outlast the entry day, each with whether it exceeds its own limit."""
    truth = register[1].truth.select("spell_id", "max_days").to_pandas().set_index("spell_id")
    spells = opened.sql(
        "select spell_id, entry_id, match_id, start_year, sex, age_group, county_code, "
        "duration_day from mart_spells where entry_id is not null and match_id >= 0 and "
        "duration_day > ?",
        [opened.entry_day],
    )
    spells = spells[opened.limits(30).is_judged[spells["match_id"].to_numpy()]].copy()
    own = truth["max_days"].reindex(spells["spell_id"]).to_numpy(float)
    spells["over"] = spells["duration_day"].to_numpy() > np.where(np.isnan(own), np.inf, own)
    return spells


@pytest.mark.parametrize("by", STRATA)
@pytest.mark.parametrize("year", YEARS)
def test_the_true_share_lies_inside_the_bounds(opened, exceeding, year, by):
    own = exceeding if by == "year" else exceeding[exceeding["start_year"] == year]
    column = own[column_of(by)].astype(str) if by else pd.Series("all", own.index)
    true = own.groupby(["entry_id", column.rename("stratum")])["over"].mean()
    frame = Overview.of(opened, year=year).measures(by)
    bounds = frame.pivot_table(
        index=["rec_id", "stratum"], columns="metric", values="estimate", dropna=False
    )[[LOW, HIGH]]
    bounds.index = bounds.index.set_levels(bounds.index.levels[1].astype(str), level=1)
    found = bounds.reindex(true.index)
    low, high = found[LOW].fillna(0.0), found[HIGH].fillna(1.0)
    outside = true[(true < low - NEAR) | (true > high + NEAR)]
    assert len(outside) == 0, outside.head()
    assert len(true) >= 80


def widths(store):
    """Width of every entry's bounds in 2017, as long as it has any."""
    found = {}
    overview = Overview.of(store, year=2017)
    for entry_id in overview.entries["entry_id"]:
        low, high = (overview.row(entry_id, metric).estimate for metric in (LOW, HIGH))
        if overview.value(entry_id, "n_spells") >= 30:
            found[entry_id] = (1.0 if np.isnan(high) else high) - (0.0 if np.isnan(low) else low)
    return pd.Series(found)


@pytest.fixture(scope="module")
def found(stores):
    """Widths of every entry's bounds, by the rules of the store."""
    by_rules = {}
    for name in ("none", "shipped", "full"):
        with open_store(stores / f"{name}.duckdb") as store:
            by_rules[name] = widths(store)
    return pd.DataFrame(by_rules).dropna()


def test_a_full_file_of_rules_halves_the_median_width_and_never_widens_one(stores, found):
    assert len(found) > 50
    assert (found["full"] <= found["shipped"] + NEAR).all()
    assert found["full"].median() <= found["shipped"].median() / 2
    for name, share in (("shipped", 0.3), ("full", 0.8)):
        with open_store(stores / f"{name}.duckdb") as store:
            known = store.diagnosis("F32", year=2017).known_cases()
        assert known.share.estimate > share
        low, high = known.low.estimate, known.high.estimate
        assert np.nan_to_num(high, nan=1.0) - np.nan_to_num(low) >= found[name].min()


def test_shipped_rules_narrow_where_the_register_writes_sub_codes(found):
    assert (found["shipped"] <= found["none"] + NEAR).all()
    assert (found["shipped"] < found["none"] - 1e-3).sum() >= N_NARROWED
