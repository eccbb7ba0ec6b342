"""Another guideline through a sheet: built, measured, and drawn beside FMB on one curve."""

from __future__ import annotations

import shutil
from datetime import date, timedelta

import pytest

import fmbstats
from fmbstats.cli import main
from fmbstats.sources.fmb.edition_tables import read_editions
from fmbstats.sources.fmb.sheet import write_sheet

SHEET = (
    "entry,case,codes,wording,number,unit,degree,valid_from,source,seen,workload,factor\n"
    "Depression (bok),lätt arbete,F32,,20,d,,2010-01-01,Bok s. 1,2026-01-02,lätt,\n"
    "Depression (bok),tungt arbete,F32,,20,d,,2010-01-01,Bok s. 1,2026-01-02,tungt,1.5\n"
)
#: Days of the spells of 2017: a quarter each.
LENGTHS = (18, 25, 60, 200)


def run(*arguments):
    return main([str(a) for a in arguments])


@pytest.fixture(scope="module")
def place(tmp_path_factory, data_raw):
    folder = tmp_path_factory.mktemp("guideline")
    shutil.copytree(data_raw, folder / "data_raw")
    (folder / "book.csv").write_text(SHEET, "utf-8")
    lines = ["person_id,start_date,last_date,code,sex,birth_year,county_code"]
    for n in range(80):
        days = LENGTHS[n % 4]
        first = date(2017, 1 + n % 5, 2)
        last = first + timedelta(days - 1)
        lines.append(f"{n + 1},{first},{last},F32,women,1980,01")
    (folder / "r.csv").write_text("\n".join(lines) + "\n", "utf-8")
    return folder


def build(place, name, *options):
    store = place / f"{name}.duckdb"
    register = ("--register", place / "r.csv", "--extraction", "2019-06-30")
    given = ("--data", place / "data_raw", "--store", store, *register, *options)
    assert run("build", *given) == 0
    return fmbstats.open_store(store)


@pytest.fixture(scope="module")
def ours(place):
    """The store of FMB's own recommendations."""
    with build(place, "fmb") as store:
        yield store


def test_another_guideline_is_built_measured_and_drawn_beside_fmb(place, ours, capsys):
    data = place / "data_raw"
    assert run("build", "--data", data, "--store", place / "x.duckdb", "--guideline", "book") == 2
    assert "guideline 'book' is unknown" in capsys.readouterr().err
    to = ("--guideline", "book", "--to", data, "--edition", "2010-01", "--date", "2010-01-01")
    assert run("import", "fmb", place / "book.csv", *to) == 0
    book = build(place, "book", "--guideline", "book").diagnosis("F32", year=2017)
    # 20 days, and 30 with heavy work: of four lengths three are over the shorter, two the longer.
    assert book.about.limits_days == (20, 30)
    found = book.adherence().frame.set_index("metric")["estimate"]
    assert found["share_over_shortest"] == pytest.approx(0.75)
    assert found["share_over_longest"] == pytest.approx(0.5)
    # The published statistics are those of data_raw.
    assert book.published().rows
    fmb = ours.diagnosis("F32", year=2017)
    axes = fmb.curve().plot(beside={"Boken": book.curve()})
    drawn = {round(line.get_xdata()[0]) for line in axes.lines if line.get_gid() in ("li", "ld")}
    limits = {d for d in (*fmb.about.limits_days, 20, 30) if 0 < d <= 730}
    assert limits <= drawn
    assert any("Boken" in text.get_text() for text in axes.texts)


@pytest.mark.slow
def test_reports_are_made_of_another_guideline(place, run_main):
    data = place / "data_raw"
    if not (data / "guidelines" / "book").is_dir():
        to = ("--guideline", "book", "--to", data, "--edition", "2010-01", "--date", "2010-01-01")
        assert run("import", "fmb", place / "book.csv", *to) == 0
    build(place, "told", "--guideline", "book").close()
    given = ("--store", place / "told.duckdb", "--data", data, "--to", place / "r")
    assert run_main("report", "--year", "2017", "--only", "F32", *given) == 0
    assert any((place / "r" / "2017").glob("depression*.html"))


def test_fmb_as_a_sheet_gives_the_same_measures(place):
    data = place / "data_raw"
    # The newest edition alone, once as it is and once as a sheet.
    alone = place / "alone"
    shutil.copytree(data / "fmb" / "2020-04", alone / "fmb" / "2020-04")
    (edition,) = read_editions(alone / "fmb")
    (place / "fmb.csv").write_text(write_sheet(edition), "utf-8")
    to = ("--guideline", "copy", "--to", data, "--edition", "2020-04", "--date", "2020-04-02")
    assert run("import", "fmb", place / "fmb.csv", *to) == 0
    register = ("--register", place / "r.csv", "--extraction", "2019-06-30")
    assert run("build", "--data", alone, "--store", place / "a.duckdb", *register) == 0
    one = fmbstats.open_store(place / "a.duckdb").diagnosis("F32", year=2017)
    other = build(place, "copy", "--guideline", "copy").diagnosis("F32", year=2017)
    columns = ["metric", "stratum", "estimate", "lo", "hi", "limit_days", "n_spells"]
    before, after = (d.all_measures()[columns] for d in (one, other))
    assert before.reset_index(drop=True).equals(after.reset_index(drop=True))


def test_counts_of_a_year_are_held_against_that_years_limits_first(ours):
    found = ours.diagnosis("F32", year=2017)
    then = set(found.with_settings(year=2015).about.limits_days)
    now = set(found.about.limits_days)
    assert then != now
    rows = [r for r in found.published().rows if (r.found.source, r.found.year) == ("fk", 2015)]
    # In February 2017 came limits that nobody was recommended in 2015.
    first = [r.found.limit_days for r in rows if not r.is_other_year and r.month_days in (None, 30)]
    assert set(first) == then
    later = [r.found.limit_days for r in rows if r.is_other_year and r.month_days in (None, 30)]
    assert set(later) == now - then
    assert [r.is_other_year for r in rows] == sorted(r.is_other_year for r in rows)
