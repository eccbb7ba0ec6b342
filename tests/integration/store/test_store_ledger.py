"""The ledger against plain Python, spell by spell; its export and merging."""

import shutil
import subprocess
import zipfile
from collections import Counter
from datetime import date, timedelta
from functools import cache

import duckdb
import numpy as np
import polars as pl
import pytest

from fmbstats.cli import main
from fmbstats.store import derived
from fmbstats.store.tables import sql_text
from tests.quick import quick

CUTOFF = date(2019, 6, 25)  # extraction 30 June, gap 5, no lag
AGE_GROUPS = {1: "16-29", 2: "16-29", 3: "30-39", 4: "40-49", 5: "50-59"}


def test_a_cell_keeps_what_is_packed_into_it():
    corners = [
        (0, 1990, 0, 0, 127, 0, 1, 0),
        ((1 << 18) - 1, 2053, 2, 5, 99, 511, 32767, 7),
        (4711, 2017, 1, 3, 1, 14, 365, 1),
    ]
    with duckdb.connect() as connection:
        connection.execute(sql_text("stg_cell_macros"))
        for corner in corners:
            answer, year, sex, age, county, entry, days, reason = corner
            found = connection.execute(
                "select cell_answer(c), cell_year(c), cell_sex(c), cell_age_group(c), "
                "cell_county(c), cell_entry_day(c), cell_days(c), cell_end_reason(c), "
                "cell_sex(cell_without_persons(c)), cell_days(cell_without_persons(c)), "
                "cell_answer(cell_moved(c, 7 - cell_answer(c))), cell_year(cell_moved(c, -5)), "
                "cell_days(cell_with_days(c, 9, 2)), cell_entry_day(cell_with_days(c, 9, 2)) "
                "from (select pack_cell(?, ?, ?, ?, ?, ?, ?, ?) as c)",
                corner,
            ).fetchall()[0]
            assert found == (
                answer,
                year,
                ("unknown", "women", "men")[sex],
                ("unknown", "16-29", "30-39", "40-49", "50-59", "60+")[age],
                "unknown" if county == 127 else f"{county:02}",
                entry,
                days,
                reason,
                "unknown",
                days,
                7,
                year,
                9,
                entry,
            )


def in_words(spell):
    """One spell's row of the ledger, from its row of the file, without any SQL."""
    start, last = spell["start_date"], spell["last_date"]
    is_ended = last is not None and last <= CUTOFF
    days = ((last if is_ended else CUTOFF) - start).days + 1
    if days <= spell["entry_day"]:
        return None
    decade = max(1, (start.year - spell["birth_year"]) // 10)
    return (
        spell["code"],
        start.year,
        spell["sex"],
        AGE_GROUPS.get(decade, "60+"),
        spell["county_code"],
        spell["entry_day"],
        days,
        1 if is_ended else 0,
    )


def bridged(spells, gap_days):
    """(code, start year, days, reason) with neighbouring spells of a person made one."""
    counts = Counter()
    for _, own in spells.sort("start_date", "spell_id").group_by("person_id", maintain_order=True):
        chain = None
        for spell in own.iter_rows(named=True):
            row = in_words(spell)
            if row is None:
                continue
            start, days = spell["start_date"], row[6]
            if chain and (start - chain["next"]).days <= gap_days:
                chain["days"] += days
                chain["reason"] = row[7]
            else:
                if chain:
                    counts[chain["code"], chain["year"], chain["days"], chain["reason"]] += 1
                chain = {"code": row[0], "year": start.year, "days": days, "reason": row[7]}
                chain["next"] = start + timedelta(days)
            chain["next"] = max(chain["next"], start + timedelta(days))
        if chain:
            counts[chain["code"], chain["year"], chain["days"], chain["reason"]] += 1
    return counts


@pytest.fixture
def spells(register_file):
    return pl.read_csv(
        register_file("spells"), try_parse_dates=True, schema_overrides={"county_code": pl.String}
    )


def test_the_ledger_counts_every_spell_once(build_once, rows, spells):
    expected = Counter(filter(None, map(in_words, spells.iter_rows(named=True))))
    store = build_once("spells")
    found = rows(
        store,
        "select code, start_year, sex, age_group, county_code, entry_day, duration_day, "
        "end_reason, n from mart_ledger",
    )
    assert {row[:-1]: row[-1] for row in found} == expected
    assert len(found) == len(expected)
    n_listed = rows(store, "select count(*), count(distinct spell_id) from mart_spells")
    assert n_listed == [(expected.total(), expected.total())]


def test_a_ledger_counted_in_parts_is_the_same_row_for_row(
    build, build_once, register_file, rows, monkeypatch
):
    whole = build_once("midas")
    read = []
    monkeypatch.setattr(derived, "sql_text", lambda name: read.append(name) or sql_text(name))
    monkeypatch.setattr(derived, "MAX_NUMBERS", 500)
    parts = build(register_file("midas"), to="parts")
    assert read.count("stg_ledger") > 5
    for table in ("mart_cells", "mart_lengths"):
        query = f"select * from {table} order by rowid"
        assert rows(parts.store, query) == rows(whole, query)
        assert rows(parts.store, query) == sorted(rows(parts.store, query))


def test_other_readings_of_diagnosis_and_gap(build_once, rows, spells):
    store = build_once("spells")
    query = (
        "select code, start_year, duration_day, end_reason, sum(n)::bigint from mart_ledger_basis "
        "where basis = '{}' group by all"
    )
    for basis in ("last", "longest"):
        other = spells.with_columns(pl.col(f"code_{basis}").alias("code"))
        expected = Counter(
            (row[0], row[1], row[6], row[7])
            for row in filter(None, map(in_words, other.iter_rows(named=True)))
        )
        assert {row[:-1]: row[-1] for row in rows(store, query.format(basis))} == expected
    expected = bridged(spells, 14)
    assert expected.total() < spells.height  # some are bridged
    assert {row[:-1]: row[-1] for row in rows(store, query.format("gap_14"))} == expected


def certificates(rng, n_persons=400):
    """Certificates of two diagnoses with none to twelve days between them, back to back or over."""
    lines, more = [], "," * 9
    for person in range(n_persons):
        day = date(2016, 12, 1) + timedelta(int(rng.integers(0, 560)))
        kind = rng.choice(["NUVARANDE_ARBETE", "STUDIER"])
        for _ in range(rng.integers(1, 6)):
            if day > date(2018, 9, 30):
                break
            last = day + timedelta(int(rng.integers(3, 60)))
            code = rng.choice(["F32", "M54"])
            lines.append(
                f"C{len(lines)},P{person},{day},{code},HELT_NEDSATT,{day},{last}{more},{kind},,false,"
                "women,1980,01\n"
            )
            day = last + timedelta(int(rng.choice([-2, 1, 1, 2, 4, 6, 7, 13])))
    return (
        "certificate_id,person_id,signed_date,code,degree_1,from_1,to_1,degree_2,from_2,to_2,"
        "degree_3,from_3,to_3,degree_4,from_4,to_4,occupation,prognosis_days,is_withdrawn,sex,"
        "birth_year,county_code\n" + "".join(lines)
    )


def test_no_gap_bridged_is_what_a_register_read_so_holds(tmp_path, build, rows):
    path = tmp_path / "certificates.csv"
    path.write_text(certificates(np.random.default_rng(3)), "utf-8")
    # The same cut-off: extraction - gap - lag.
    kept = ("--extraction", "2018-09-30")
    five = build(path, to="five", options=(*kept, "--gap", "5", "--lag", "0")).store
    none = build(path, to="none", options=(*kept, "--gap", "0", "--lag", "5")).store
    columns = "code, start_year, entry_day, duration_day, end_reason"
    counted = f"select {columns}, sum(n)::integer from {{}} group by all"
    found = rows(five, counted.format("mart_ledger_basis where basis = 'gap_0'"))
    assert sorted(found) == sorted(rows(none, counted.format("mart_ledger")))
    assert sorted(found) != sorted(rows(five, counted.format("mart_ledger")))
    assert any(row[4] == 0 for row in found)


def test_spells_cut_off_before_their_entry_day_are_told(tmp_path, build, rows):
    path = tmp_path / "late.csv"
    path.write_text(
        "person_id,start_date,last_date,code,entry_day\n"
        "1,2019-01-01,2019-02-01,F32,14\n"
        "2,2019-06-20,,F32,14\n"  # day 6 at the cut-off, but seen only after day 14
        "3,2019-06-27,,F32,0\n"  # starts after the cut-off
    )
    outcome = build(path)
    assert "1 spells (real: Eget register), 1 ledger rows, 2 spells never at risk" in outcome.output
    assert rows(outcome.store, "select n_not_at_risk, cutoff_date from meta_settings") == [
        (2, CUTOFF)
    ]


@pytest.fixture(scope="module")
def halves(tmp_path_factory, register_file):
    """The plain register parted by person, as two holders would have it."""
    folder = tmp_path_factory.mktemp("halves")
    frame = pl.read_csv(register_file("spells"), infer_schema=False)
    is_first = pl.col("person_id").cast(pl.Int64) % 3 == 0
    paths = folder / "north.csv", folder / "south.csv"
    frame.filter(is_first).write_csv(paths[0])
    frame.filter(~is_first).write_csv(paths[1])
    return paths


@pytest.fixture(scope="module")
def exported(tmp_path_factory, data_raw):
    """Return a function that builds a register and gives its exact ledger; once for one turn."""

    @cache
    def make(register, name, options=("--extraction", "2019-06-30"), turn=1):
        folder = tmp_path_factory.mktemp(f"{name}-{turn}")
        store, to = ("--store", str(folder / "store.duckdb")), folder / f"{name}.zip"
        given = ("--data", str(data_raw), "--register", str(register), "--name", name)
        assert main(["build", *given, *options, *store]) == 0
        assert main(["ledger", "export", str(to), "--exact", *store]) == 0
        return to

    return make


@pytest.fixture
def merge(tmp_path, capfd, data_raw):
    def run(*files):
        to = tmp_path / "merged" / "store.duckdb"
        arguments = ["ledger", "merge", *map(str, files), "--to", str(to), "--data", str(data_raw)]
        capfd.readouterr()
        return main(arguments), capfd.readouterr().err, to

    return run


def test_merged_ledgers_equal_a_build_from_both_registers(halves, build, exported, merge, rows):
    files = [exported(half, name) for half, name in zip(halves, ("north", "south"), strict=True)]
    code, output, merged = merge(*files)
    assert code == 0, output
    together = build(*halves, to="together").store
    for table in (
        "mart_ledger", "mart_month_ledger", "mart_ledger_basis", "mart_degrees", "raw_matches",
        "stg_answers",
    ):  # fmt: skip
        query = f"select * from {table} order by all"
        assert rows(merged, query) == rows(together, query), table
    assert rows(merged, "select count(*) from mart_spells") == [(0,)]
    assert rows(merged, "select count(*) from raw_segments") == [(0,)]
    assert rows(merged, "select register_name, is_merged, n_rows_read from meta_settings") == [
        ("north + south", True, 4_000)
    ]


@pytest.mark.slow
def test_twenty_one_regions_merged_are_one_build_from_all(
    tmp_path, register_file, exported, build, merge, rows
):
    frame = pl.read_csv(register_file("spells"), infer_schema=False)
    region, files, ledgers = pl.col("person_id").cast(pl.Int64) % 21, [], []
    for number in range(21):
        files.append(tmp_path / f"region{number}.csv")
        frame.filter(region == number).write_csv(files[-1])
        ledgers.append(exported(files[-1], f"region{number}"))
    code, output, merged = merge(*ledgers)
    assert code == 0, output
    together = build(*files, to="together").store
    for table in ("mart_ledger", "mart_month_ledger", "mart_ledger_basis", "mart_degrees"):
        query = f"select * from {table} order by all"
        assert rows(merged, query) == rows(together, query), table
    assert rows(merged, "select sum(n) from mart_ledger") == [(frame.height,)]


def test_ledgers_of_other_editions_are_not_added(halves, exported, merge, data_folder):
    shutil.rmtree(data_folder / "fmb" / "2017-10")
    shutil.rmtree(data_folder / "fmb" / "2018-02")
    options = ("--extraction", "2019-06-30", "--data", str(data_folder))
    south = exported(halves[1], "south", options)
    code, output, to = merge(exported(halves[0], "north"), south)
    assert (code, to.exists()) == (13, False)
    assert "recommend" in output


@pytest.mark.slow
def test_what_shows_results_works_from_a_merged_store(halves, exported, merge, data_raw, capfd):
    files = [exported(half, name) for half, name in zip(halves, ("north", "south"), strict=True)]
    merged = merge(*files)[2]
    place = ["--store", str(merged), "--data", str(data_raw)]
    assert main(["show", "F43", "--by", "sex", *place]) == 0
    assert main(["list", *place]) == 0
    shown = capfd.readouterr()
    assert "Reaktioner på svår stress" in shown.out or "F43" in shown.out
    assert "Building it anew" not in shown.err


def test_an_outdated_merged_store_is_not_replaced_by_a_synthetic_one(
    halves, exported, merge, data_folder, capfd, content
):
    files = [exported(half, name) for half, name in zip(halves, ("north", "south"), strict=True)]
    merged = merge(*files)[2]
    before = content(merged)
    assert main(["show", "F43", "--store", str(merged), "--data", str(data_folder)]) == 14
    said = capfd.readouterr().err
    assert "is older than its sources" in said
    assert "Merge the ledgers again with 'fmbstats ledger merge'." in said
    assert content(merged) == before


def test_ledgers_that_cannot_be_added_are_refused(tmp_path, halves, exported, merge):
    north = exported(halves[0], "north")
    south = exported(halves[1], "south", ("--extraction", "2019-06-29"))
    assert merge(north, south)[:2] == (
        13,
        "fmbstats: cutoff_date is 2019-06-24 in south.zip and 2019-06-25 in north.zip; ledgers can "
        "be added only when it is the same. Build one of the stores again with the other's "
        "setting.\n",
    )
    again = tmp_path / "copy.zip"
    again.write_bytes(north.read_bytes())
    for twice in ((north, again), (north, north)):
        code, output, _ = merge(*twice)
        assert code == 11
        assert "rest on the same register; its spells would be counted twice" in output
    assert "merging needs at least two" in merge(north)[1]
    cut = tmp_path / "cut.zip"
    cut.write_bytes(north.read_bytes()[:-200])
    code, output, to = merge(north, cut)
    assert (code, output.startswith("fmbstats: cut.zip: is no ledger, or damaged")) == (11, True)
    assert not to.exists()


def test_a_ledger_holds_no_person_and_equal_stores_give_equal_bytes(halves, exported, content):
    first = exported(halves[0], "north")
    before = content(first)
    assert content(exported(halves[0], "north", turn=2)) == before
    with zipfile.ZipFile(first) as archive:
        heads = [archive.read(n).split(b"\n")[0] for n in archive.namelist() if n.endswith(".csv")]
        assert b"data_folder" not in archive.read("settings.json")
    assert not any(b"person" in head or b"spell_id" in head for head in heads)


def test_a_page_says_what_a_ledger_gives_away(halves, exported, capfd):
    north = exported(halves[0], "north")
    with zipfile.ZipFile(north) as archive:
        cells = pl.read_csv(archive.read("ledger.csv"))
    n_single = cells.filter(pl.col("n") == 1).height
    capfd.readouterr()
    for language, said in {"sv": "ett enda sjukfall", "en": "one single spell"}.items():
        assert main(["ledger", "check", str(north), "--language", language]) == 0
        page = " ".join(capfd.readouterr().out.split())
        assert said in page
        assert f"{n_single:,}".replace(",", " " if language == "sv" else ",") in page.replace(
            "\N{NO-BREAK SPACE}", " "
        )
        assert "north.zip" in page


@pytest.mark.skipif(shutil.which("ssh-keygen") is None, reason="OpenSSH is not installed")
@pytest.mark.parametrize("kind", quick("--exact", ""))
def test_a_signature_names_who_vouches_for_a_ledger(tmp_path, build_once, capfd, kind):
    key, signers, north = tmp_path / "key", tmp_path / "signers", tmp_path / "north.zip"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key], check=True)
    signers.write_text(f"norr@example.se {key.with_suffix('.pub').read_text()}")
    given = ["--store", str(build_once("spells")), "--sign", str(key), *([kind] if kind else [])]
    assert main(["ledger", "export", str(north), *given]) == 0
    checked = ["ledger", "check", str(north), "--signers", str(signers), "--signer"]
    capfd.readouterr()
    assert main([*checked, "norr@example.se"]) == 0
    assert "norr@example.se" in capfd.readouterr().out
    assert main([*checked, "syd@example.se"]) == 11
    north.write_bytes(north.read_bytes() + b"\n")
    assert main([*checked, "norr@example.se"]) == 11
    assert "north.zip: verify failed" in capfd.readouterr().err
    (tmp_path / "north.zip.sig").unlink()
    assert main([*checked, "norr@example.se"]) == 11
    assert "has no signature north.zip.sig" in capfd.readouterr().err
