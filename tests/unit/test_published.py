"""Published statistics at the codes and limits of FMB."""

from __future__ import annotations

import math
import shutil
from pathlib import Path

import pytest

from fmbstats.errors import SourceError
from fmbstats.published import (
    published_bounds,
    published_codes,
    published_steps,
)
from fmbstats.sources.published import srs
from fmbstats.sources.published.published_forms import PUBLISHED_BANDS, PUBLISHED_FIGURES
from fmbstats.sources.registers.checking import read_rows
from fmbstats.sources.sidecar import check_hashes, read_sidecar

DATA_RAW = Path(__file__).parents[2] / "data_raw"


def one(code, limit, source, year=None):
    found = [b for b in published_bounds(code, limit) if (b.source, b.year) == (source, year)]
    assert len(found) == 1
    return found[0]


def test_totals_of_the_workbook():
    rows = read_rows(DATA_RAW / "fk" / "bands.csv", PUBLISHED_BANDS)
    assert rows.n_rejected == rows.n_duplicates == 0
    by_year = {y: rows.good.filter(rows.good["year"] == y) for y in (2015, 2017)}
    assert {y: int(f["n_lo"].sum()) for y, f in by_year.items()} == {2015: 255_420, 2017: 244_151}
    assert {y: f["code"].n_unique() for y, f in by_year.items()} == {2015: 26, 2017: 23}
    assert (rows.good["n_lo"] == rows.good["n_hi"]).all()
    persons = read_rows(DATA_RAW / "fk" / "figures.csv", PUBLISHED_FIGURES)
    assert int(persons.good["value"].sum()) == 242_841


def test_every_code_of_the_models_has_all_its_quantiles():
    sizes = read_rows(DATA_RAW / "srs" / "codes.csv", srs.CODES).good
    assert sizes.height == 34
    assert (sizes["n_ended"] + sizes["n_censored"] == sizes["n_spells"]).all()
    quantiles = read_rows(DATA_RAW / "srs" / "quantiles.csv", srs.QUANTILES).good
    for code, longest in sizes.select("code", "max_day").iter_rows():
        days = quantiles.filter(quantiles["code"] == code).sort("quantile")["days"].to_list()
        assert len(days) == srs.QUANTILE_STEPS + 1
        assert days == sorted(days)
        assert (days[0], days[-1]) == (15, longest)


@pytest.mark.parametrize("source", ["fk", "srs"])
def test_the_tables_are_those_of_the_sidecar(source):
    check_hashes(DATA_RAW / source)
    about = read_sidecar(DATA_RAW / source)
    assert about["url"].startswith("https://")
    assert all(about[k] for k in ("publisher", "licence_note", "fetched_date", "definition"))


@pytest.mark.parametrize(
    ("code", "limit", "censored_share"),
    [("F43.8A", 90, 2157 / 47311), ("F43.0", 28, 683 / 50686), ("M54.5", 21, 161 / 21176)],
)
def test_codes_as_fmb_uses_them_have_narrow_real_bounds(code, limit, censored_share):
    found = one(code, limit, "srs")
    assert found.is_estimable
    ended_share = 1 - censored_share
    assert found.hi - found.lo == pytest.approx(0.05 * ended_share + censored_share)
    assert found.bounds.lo_ci < found.lo < found.hi < found.bounds.hi_ci
    assert found.bounds.reason_for_width == "quantile_grid"
    assert found.n_censored == round(censored_share * found.n_spells)


def test_f43_at_ninety_days_by_hand():
    # breaks 79 (50 %) and 94 (55 %): of 167 076 ended 45-50 % are longer, 4 590 are censored
    found = one("F43", 90, "srs")
    assert found.lo == pytest.approx(0.45 * 167_076 / 171_666)
    assert found.hi == pytest.approx((0.50 * 167_076 + 4_590) / 171_666)


def test_a_limit_one_day_from_an_edge_shows_the_edge_beside_it():
    found = one("F32", 180, "fk", 2017)
    assert found.flags == ("bounds_only", "edge_off_by_one", "follow_up_not_stated")
    assert found.edge_day == 179
    assert found.edge_share == 7860 / 25616
    assert found.lo < found.model_share < found.edge_share == found.hi
    at = one("F32", 179, "fk", 2017)
    assert (at.edge_day, at.flags) == (None, ("follow_up_not_stated",))
    assert math.isnan(at.edge_share)
    assert math.isnan(at.model_share)


def test_the_years_have_their_own_open_band():
    assert one("F43", 365, "fk", 2015).bounds.reason_for_width == "at_edge"
    assert one("F43", 365, "fk", 2017).bounds.reason_for_width == "open_band"


@pytest.mark.parametrize("limit", [0, 14])
def test_short_limits_are_not_estimable_from_spells_over_fourteen_days(limit):
    found = published_bounds("M54.5", limit) + published_bounds("M54", limit)
    found = [b for b in found if b.entry_day == 14]
    assert len(found) == 7
    assert all(b.flags == ("truncated_r",) and math.isnan(b.lo) for b in found)
    assert all(b.edge_day is None for b in found)


def test_only_codes_that_are_counted_answer():
    assert published_bounds("A00", 30) == []
    assert [b.source for b in published_bounds("F43.8A", 90)] == ["srs"]
    assert {"C61", "M05-M06", "I21-I25"} <= set(published_codes())
    assert published_codes()["F43"] == ("fk", "srs", "srs-versions")
    assert published_codes()["M15"] == ("fk",)


def test_steps_never_rise_and_hold_the_bounds():
    for step in published_steps("F43"):
        assert (step.lo <= step.hi).all()
        assert (step.lo[1:] <= step.lo[:-1]).all()
        assert (step.hi[1:] <= step.hi[:-1]).all()
        assert step.hi[0] == 1
    assert [s.is_grid for s in published_steps("F43")] == [False, False, True]


def test_a_folder_without_published_statistics_has_none(tmp_path):
    assert published_bounds("F32", 90, data_raw=tmp_path) == []
    assert published_codes(tmp_path) == {}


def test_a_changed_table_is_refused(tmp_path):
    shutil.copytree(DATA_RAW / "fk", tmp_path / "fk")
    counts = tmp_path / "fk" / "bands.csv"
    counts.write_text(counts.read_text().replace("3215", "3216"))
    with pytest.raises(SourceError) as error:
        check_hashes(tmp_path / "fk")
    assert str(error.value) == (
        "bands.csv: its sha256 is not the one in source.json; the table was changed after "
        "it was made. Restore it, or import the source again."
    )


def test_a_suppressed_count_widens_the_bounds(tmp_path):
    folder = tmp_path / "fk"
    folder.mkdir()
    (folder / "bands.csv").write_text(
        "code,sex,area,period,year,counted,length_basis,band_from_day,band_to_day,n_lo,n_hi\n"
        "F32,all,,2020,2020,started,paid_days,15,29,100,100\n"
        "F32,all,,2020,2020,started,paid_days,30,89,0,4\n"
        "F32,all,,2020,2020,started,paid_days,90,,50,50\n"
    )
    (found,) = published_bounds("F32", 29, data_raw=tmp_path)
    assert (found.lo, found.hi) == (50 / 150, 54 / 154)
    assert found.bounds.reason_for_width == "suppressed"


def test_the_long_classes_of_a_year_without_stated_follow_up_are_marked():
    flag = "follow_up_not_stated"
    assert flag in one("F32", 179, "fk", 2017).flags
    assert flag in one("F32", 120, "fk", 2017).flags  # its lower end is the share at day 179
    assert flag not in one("F32", 89, "fk", 2017).flags
    assert flag not in one("F32", 179, "fk", 2015).flags


def test_a_band_that_begins_on_the_limit_says_exactly_how_many_reached_it():
    found = one("F32", 90, "fk", 2017)
    assert found.reached.lo == found.reached.hi == one("F32", 89, "fk", 2017).lo
    assert found.hi == found.reached.hi
    assert found.lo < found.hi
