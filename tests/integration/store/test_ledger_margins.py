"""Protected margins exchanged between holders: within their bound, and a store of their sum."""

import subprocess
import zipfile
from dataclasses import replace

import duckdb
import polars as pl
import pytest

from fmbstats import open_store
from fmbstats.cli import main
from fmbstats.errors import SourceError, StoreError
from fmbstats.release.exchange import (
    KIND,
    TABLES,
    export_margins,
    merge_margins,
    most_off,
    read_margins,
)
from fmbstats.release.rule import Rule
from fmbstats.store import Store
from fmbstats.store.ledger_file import write_ledger
from fmbstats.synth.writers import write_register

OFF = most_off({"base": Rule(5).base, "n_summed": 1})


@pytest.fixture(scope="module")
def holders(tmp_path_factory, data_raw):
    """Two registers of their own, their stores and their files of margins."""
    folder, found = tmp_path_factory.mktemp("holders"), []
    for name, seed in (("north", 3), ("south", 4)):
        file, store = folder / f"{name}.csv", folder / name / "store.duckdb"
        write_register(file, data_raw=data_raw, n_spells=20_000, seed=seed, layout="spells")
        given = ("--data", str(data_raw), "--store", str(store), "--name", name)
        given += ("--register", str(file), "--extraction", "2019-06-30")
        assert main(["build", *given]) == 0
        to = folder / f"{name}.zip"
        assert main(["ledger", "export", str(to), "--store", str(store)]) == 0
        found.append((store, to))
    return found


@pytest.fixture(scope="module")
def ledger(holders):
    """The file of the first holder as it is read; its SHA-256 left to those who write another."""
    found = read_margins(holders[0][1])
    settings = {key: value for key, value in found.settings.items() if key != "sha256"}
    return replace(found, settings=settings)


@pytest.fixture(scope="module")
def merged(holders, tmp_path_factory, data_raw):
    to = tmp_path_factory.mktemp("merged") / "store.duckdb"
    files = [str(file) for _, file in holders]
    assert main(["ledger", "merge", *files, "--to", str(to), "--data", str(data_raw)]) == 0
    return to


def exact_by_sex(holders):
    query = (
        "select entry_id, start_year, sex as stratum, sum(n)::bigint as exact from mart_ledger "
        "where duration_day > 14 and entry_id is not null group by all"
    )
    parts = []
    for store, _ in holders:
        with duckdb.connect(str(store), read_only=True) as connection:
            parts.append(connection.sql(query).pl())
    return pl.concat(parts).group_by("entry_id", "start_year", "stratum").agg(pl.col("exact").sum())


def test_merged_margins_are_within_the_printed_bound(holders, merged):
    with Store(merged) as store:
        assert store.is_release
        assert store.threshold == 5
        assert store.noise == pytest.approx(2 * Rule(5).variance)
        told = store.polars(
            "select entry_id, start_year, stratum, sum(n)::bigint as told from release_ledger "
            "where margin = 'sex' and entry_id is not null group by all"
        )
    both = told.join(exact_by_sex(holders), on=["entry_id", "start_year", "stratum"], how="left")
    assert both.height > 200
    assert both["exact"].null_count() == 0
    off = (both["told"] - both["exact"]).abs()
    # Groups that one holder has too few spells of are absent there.
    assert off.max() <= 2 * OFF
    assert off.mean() > 1


def test_asked_for_single_cells_a_released_store_says_that_it_has_none(merged):
    with Store(merged) as store, pytest.raises(StoreError, match="it holds no single cells"):
        _ = store.exact.answers


def test_a_diagnosis_is_measured_on_merged_margins(merged):
    with open_store(merged) as store:
        one = store.diagnosis("depressiv-episod", year=2017)
        shares = one.adherence("sex", limit_days=90).of("share over")
    assert shares["estimate"].between(0, 1).all()
    assert {"women", "men"} <= set(shares["sex"])


@pytest.mark.slow
def test_reports_are_made_of_merged_margins(merged, tmp_path, capfd):
    given = ("--store", str(merged), "--year", "2017", "--only", "F32", "--to", str(tmp_path))
    assert main(["report", *given]) == 0, capfd.readouterr().err
    assert (tmp_path / "2017" / "adherence.csv").is_file()


def test_nothing_exact_and_no_secret_is_in_the_file(holders):
    _, file = holders[0]
    with zipfile.ZipFile(file) as archive:
        assert sorted(archive.namelist()) == sorted(
            ["settings.json", *(f"{name}.csv" for name in TABLES)]
        )
        text = archive.read("settings.json").decode()
    assert "source_hash" not in text
    assert "made_from" not in text
    ledger = read_margins(file)
    for name in ("margins", "started", "levels"):
        assert (ledger.tables[name]["n"] % Rule(5).base == 0).all()
    sizes = ledger.tables["margins"].group_by("margin", "entry_id", "code", "start_year", "stratum")
    assert sizes.agg(pl.col("n").sum())["n"].min() >= Rule(5).base


def test_a_page_says_how_margins_are_protected(holders, capfd):
    for language, said in {"sv": "skyddade antal", "en": "protected counts"}.items():
        capfd.readouterr()
        assert main(["ledger", "check", str(holders[0][1]), "--language", language]) == 0
        page = " ".join(capfd.readouterr().out.split())
        assert said in page
        assert f"{OFF} " in page


def test_kinds_and_thresholds_are_never_added(holders, tmp_path, data_raw, capfd):
    margins, south = holders[0][1], holders[1][0]
    exact, other = tmp_path / "exact.zip", tmp_path / "other.zip"
    assert main(["ledger", "export", str(exact), "--exact", "--store", str(south)]) == 0
    with Store(south) as store:
        export_margins(store, other, 10)
    to = ("--to", str(tmp_path / "x.duckdb"), "--data", str(data_raw))
    for files, code in (((margins, exact), 11), ((exact, margins), 11), ((margins, other), 13)):
        assert main(["ledger", "merge", *map(str, files), *to]) == code, capfd.readouterr().err
    assert main(["ledger", "merge", str(margins), str(margins), *to]) == 11
    assert not (tmp_path / "x.duckdb").exists()


def among(margin, *more, **changes):
    """Change the first row of a margin that fits the conditions; a number is added to a count."""

    def tamper(tables, settings):
        frame = tables["margins"]
        fits = pl.all_horizontal(pl.col("margin") == margin, *more)
        row = frame.select(pl.arg_where(fits).first()).item()
        assert row is not None
        for name, value in changes.items():
            values = frame[name].to_list()
            values[row] = values[row] + value if name == "n" else value
            frame = frame.with_columns(pl.Series(name, values, strict=False))
        tables["margins"] = frame

    return tamper


def first(table, **changes):
    """Change cells of a table's first row, whatever their type."""

    def tamper(tables, settings):
        frame = tables[table].with_columns(pl.all().cast(pl.String))
        for name, value in changes.items():
            frame = frame.with_columns(
                pl.Series(name, [value, *frame[name].to_list()[1:]], dtype=pl.String)
            )
        tables[table] = frame

    return tamper


def every(table, **changes):
    def tamper(tables, settings):
        tables[table] = tables[table].with_columns(**changes)

    return tamper


def said(**changes):
    return lambda tables, settings: settings.update(changes)


def without(margin):
    def tamper(tables, settings):
        tables["margins"] = tables["margins"].filter(pl.col("margin") != margin)

    return tamper


def twice(table):
    def tamper(tables, settings):
        tables[table] = pl.concat([tables[table], tables[table].head(1)])

    return tamper


def persons(tables, settings):
    tables["persons"] = pl.DataFrame({"person_id": ["19811218-9876"]})


MANY, IS_MAN = 6 * 1_000, pl.col("stratum") == "men"
TAMPERINGS = {
    "one spell more": (among("all", n=1), "margins.csv, line", "no multiple of 6"),
    "one spell less": (among("sex", n=-1), "margins.csv, line", "no multiple of 6"),
    **{
        f"a thousand blocks more by {name}": (among(name, n=MANY), "margins.csv", "spells")
        for name in ("all", "sex", "age", "county", "county_persons", "code", "entry_day")
    },
    "a reading of more than there are": (among("last", n=6 * 5_000), "margins.csv", "by last"),
    "ten blocks more in a county": (among("county_persons", n=60), "by county_persons", "county"),
    "a negative count": (first("margins", n="-6"), "margins.csv, line 2, column 'n'", "'-6'"),
    "half a spell": (first("margins", n="0.5"), "margins.csv, line 2, column 'n'", "'0.5'"),
    "a count of nothing": (first("margins", n="0"), "margins.csv, line 2, column 'n'", "'0'"),
    "a margin that is none": (first("margins", margin="sexes"), "line 2, column 'margin'", "sexes"),
    "a sex of its own": (among("sex", stratum="boys"), "margins.csv, line", "group by sex"),
    "an age of its own": (among("age", stratum="30-40"), "margins.csv, line", "group by age"),
    "a county that is none": (among("county", stratum="99"), "margins.csv, line", "by county"),
    "persons of no county": (
        among("county_persons", stratum="99"), "margins.csv, line", "by county_persons",
    ),
    "a part of the whole": (among("all", stratum="women"), "margins.csv, line", "group by all"),
    "men that are none": (among("sex", IS_MAN, n=MANY), "margins.csv", "by sex"),
    "no whole": (without("all"), "margins.csv", "0 in all"),
    "counties without their persons": (without("county_persons"), "by county_persons", "0 spells"),
    "nobody's sex": (without("sex"), "margins.csv by sex", "0 spells"),
    "a year to come": (every("margins", start_year=pl.col("start_year") + 14),
                       "margins.csv, line 2", "begins after the cut-off"),
    "a year long past": (first("margins", start_year="1789"), "column 'start_year'", "1789"),
    "rows twice": (twice("margins"), "margins.csv, line 2", "stands twice"),
    "a set twice": (twice("sets"), "sets.csv, line 2", "stands twice"),
    "an unknown set": (every("sets", match_id=pl.col("match_id") + 5_000),
                       "margins.csv, line", "has an unknown set"),
    "lengths beyond the follow-up": (
        every("margins", duration_day=pl.col("duration_day") + 9_000),
        "margins.csv, line 2", "longer than anybody is followed",
    ),
    "seen before the entry day": (among("all", entry_day=7), "margins.csv, line", "another day"),
    "ends before it is seen": (among("all", duration_day=14), "margins.csv, line", "entry day"),
    "an end that is none": (first("margins", end_reason="8"), "line 2, column 'end_reason'", "8"),
    "a code with a formula": (first("margins", code="=1+1"), "margins.csv, line 2", "=1+1"),
    "degrees off the base": (every("degrees", n_change=pl.col("n_change") + 1),
                             "degrees.csv, line 2", "no multiple of 6"),
    "more at a degree than there are": (every("degrees", n_change=pl.col("n_change") * 100),
                                        "degrees.csv", "from day"),
    "fewer at a degree than none": (every("degrees", n_change=-pl.col("n_change")),
                                    "degrees.csv", "from day"),
    "a degree that is none": (first("degrees", degree_pct="110"), "degrees.csv, line 2", "110"),
    "fewer started than are seen": (every("started", n=pl.lit(6)), "entry_day", "in started.csv"),
    "started in a year to come": (every("started", start_year=pl.col("start_year") + 14),
                                  "started.csv, line 2", "begins after the cut-off"),
    "codes matched that nobody had": (every("levels", n=pl.col("n") * 100), "levels.csv", "in all"),
    "a level that is none": (first("levels", match_level="near"), "levels.csv, line 2", "near"),
    "a table of persons": (persons, "persons.csv", "no ledger has"),
    "a table missing": (lambda tables, _: tables.pop("sets"), "sets.csv", "is missing"),
    "another threshold": (said(threshold=10), "settings.json", "base is not"),
    "a base of more": (said(threshold=10, base=12), "margins.csv, line", "no multiple of 12"),
    "an entry day of its own": (said(entry_day=0), "margins.csv, line", "another day than 0"),
    "an entry day that is none": (said(entry_day="14"), "settings.json", "entry_day"),
    "a cut-off moved": (said(cutoff_date="2019-06-01"), "settings.json", "the cut-off 2019-06-01"),
    "fewer rows than spells": (said(n_rows_read=600), "margins.csv", "of 600 rows"),
    "more rejected than read": (said(n_rejected=30_000), "margins.csv", "rows that were read"),
    "a sum of none": (said(n_summed=0), "settings.json", "n_summed"),
    "days of another kind": (said(length_basis="hours"), "settings.json", "length_basis"),
}  # fmt: skip


def test_forty_tamperings_of_margins_are_tried():
    assert len(TAMPERINGS) >= 40


@pytest.mark.parametrize("name", TAMPERINGS)
def test_tampered_margins_are_refused_with_file_and_place(ledger, tmp_path, name):
    """Whoever tampers is clever enough to write the right SHA-256 beside it."""
    tamper, *expected = TAMPERINGS[name]
    tables, settings = dict(ledger.tables), dict(ledger.settings)
    tamper(tables, settings)
    write_ledger(tmp_path / "bad.zip", settings | {"kind": KIND}, tables)
    with pytest.raises(SourceError, match=r"^bad\.zip") as raised:
        read_margins(tmp_path / "bad.zip")
    said_of_it = str(raised.value)
    assert all(part in said_of_it for part in expected), said_of_it
    assert len(said_of_it) < 600


def test_a_copy_is_known_whatever_was_changed_of_it(holders, ledger, tmp_path, data_raw):
    tables = ledger.tables | {"margins": ledger.tables["margins"].reverse()}
    settings = ledger.settings | {"register_name": "Väst", "kind": KIND}
    write_ledger(tmp_path / "copy.zip", settings, tables)
    with pytest.raises(SourceError, match="would be counted twice"):
        merge_margins([holders[0][1], tmp_path / "copy.zip"], data_raw, tmp_path / "x.duckdb")


def test_members_and_signatures_of_margins_are_held_to_the_file(holders, tmp_path, capfd):
    key, bad = tmp_path / "key", tmp_path / "bad.zip"
    made = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(key)]
    subprocess.run(made, check=True, stdin=subprocess.DEVNULL)
    signers = tmp_path / "signers"
    signers.write_text(f"norr@example.se {(tmp_path / 'key.pub').read_text()}", encoding="utf-8")
    given = ("--store", str(holders[0][0]), "--sign", str(key))
    assert main(["ledger", "export", str(bad), *given]) == 0
    checked = ["ledger", "check", str(bad), "--signers", str(signers), "--signer"]
    assert main([*checked, "norr@example.se"]) == 0
    assert main([*checked, "syd@example.se"]) == 11
    with zipfile.ZipFile(bad) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    for name in members:
        with zipfile.ZipFile(bad, "w") as archive:
            for member, content in members.items():
                archive.writestr(member, content + b"\n" if member == name else content)
        capfd.readouterr()
        assert main([*checked, "norr@example.se"]) == 11
        assert "bad.zip: verify failed" in capfd.readouterr().err
        if name != "settings.json":
            with pytest.raises(SourceError, match=rf"bad\.zip, {name}: is not what settings\.json"):
                read_margins(bad)
    (tmp_path / "bad.zip.sig").unlink()
    capfd.readouterr()
    assert main([*checked, "norr@example.se"]) == 11
    assert "has no signature bad.zip.sig" in capfd.readouterr().err


def test_margins_of_margins_say_how_often_they_were_added_up(merged, holders, tmp_path, data_raw):
    again, to = tmp_path / "again.zip", tmp_path / "more" / "store.duckdb"
    assert main(["ledger", "export", str(again), "--store", str(merged)]) == 0
    ledger = read_margins(again)
    assert most_off(ledger.settings) == 2 * OFF
    with Store(holders[0][0]) as store:
        export_margins(store, tmp_path / "third.zip", 5)
    files = [str(again), str(tmp_path / "third.zip")]
    assert main(["ledger", "merge", *files, "--to", str(to), "--data", str(data_raw)]) == 0
    with Store(to) as store:
        assert store.noise == pytest.approx(3 * Rule(5).variance)
