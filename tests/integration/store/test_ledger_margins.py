"""Protected margins exchanged between holders: within their bound, and a store of their sum."""

import zipfile

import duckdb
import polars as pl
import pytest

from fmbstats.cli import main
from fmbstats.errors import SourceError, StoreError
from fmbstats.release.exchange import KIND, TABLES, export_margins, most_off, read_margins
from fmbstats.release.rule import Rule
from fmbstats.store import Store
from fmbstats.store.ledger_file import write_ledger
from fmbstats.synth.writers import write_register

OFF = most_off(Rule(5))


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


def _multiplied(frame):
    return frame.with_columns(
        n=pl.when(pl.int_range(pl.len()) == pl.arg_where(pl.col("margin") == "sex").first())
        .then(pl.col("n") + 6 * 1_000)
        .otherwise("n")
    )


TAMPERINGS = {
    "one spell more": ("margins", lambda f: f.with_columns(n=pl.col("n") + 1), "no multiple of 6"),
    "a thousand blocks more": ("margins", _multiplied, "spells of"),
    "a year to come": (
        "margins",
        lambda f: f.with_columns(start_year=pl.col("start_year") + 14),
        "begins after the cut-off",
    ),
    "a county that is none": (
        "margins",
        lambda f: f.with_columns(
            stratum=pl.when((pl.col("margin") == "county") & (pl.col("stratum") == "01"))
            .then(pl.lit("99"))
            .otherwise("stratum")
        ),
        "is of no county",
    ),
    "rows twice": ("margins", lambda f: pl.concat([f, f.head(2)]), "stands twice"),
    "an unknown set": (
        "margins",
        lambda f: f.with_columns(match_id=pl.lit(99_999)).unique(
            subset=[c for c in f.columns if c != "n"]
        ),
        "has an unknown set",
    ),
    "lengths beyond the follow-up": (
        "margins",
        lambda f: f.with_columns(duration_day=pl.col("duration_day") + 9_000),
        "longer than anybody is followed",
    ),
    "degrees off the base": (
        "degrees",
        lambda f: f.with_columns(n_change=pl.col("n_change") + 1),
        "no multiple of 6",
    ),
}


@pytest.mark.parametrize("name", TAMPERINGS)
def test_tampered_margins_are_refused(holders, tmp_path, name):
    ledger = read_margins(holders[0][1])
    table, change, expected = TAMPERINGS[name]
    tables = dict(ledger.tables) | {table: change(ledger.tables[table])}
    said = {key: value for key, value in ledger.settings.items() if key != "sha256"}
    write_ledger(tmp_path / "bad.zip", said | {"kind": KIND}, tables)
    with pytest.raises(SourceError, match=r"bad\.zip") as raised:
        read_margins(tmp_path / "bad.zip")
    assert expected in str(raised.value)
