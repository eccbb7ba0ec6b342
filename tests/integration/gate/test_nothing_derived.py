"""Nothing in a finished folder can be computed from exact data by a stranger."""

from __future__ import annotations

import json
import re
import stat

import pyarrow.parquet as pq
import pytest

from fmbstats.batch import manifest
from fmbstats.release.build import _COPIED, make_release
from fmbstats.release.rule import BASE, Rule
from fmbstats.store import Store
from fmbstats.store.secret import keyed, secret_of, secret_path

LONG_HEX = re.compile(r"\b[0-9a-f]{12,}\b")


def text_of(path):
    """Return what a file says; packed columns are opened, its own metadata with them."""
    if path.suffix != ".parquet":
        return path.read_text("utf-8")
    table = pq.read_table(path)
    return f"{table.schema.metadata}\n{table.to_pandas().to_csv()}"


# Tables of counts -> the columns that hold them; those beside name years, places, entries.
COUNTS = {"release_ledger": ["n"], "release_counts": ["n"], "release_levels": ["n"]}
COUNTS |= {"mart_degree_steps": ["n_change"], "release_changes": ["n"]}
BESIDE = {"release_years", "release_places", "mart_entry_keys", "meta_data_hashes", "meta_release"}
BESIDE |= {"meta_settings"}


def test_every_count_of_a_release_store_went_through_the_one_rule(tiny_store, tmp_path):
    path = tmp_path / "told.duckdb"
    with Store(tiny_store) as store:
        make_release(store, path, Rule())
    with Store(path) as told:
        tables = told.sql("select table_name from duckdb_tables() where not temporary")
        own = set(tables["table_name"]) - set(_COPIED)
        assert own == set(COUNTS) | BESIDE
        for table, columns in COUNTS.items():
            for column in columns:
                counts = told.sql(f"select {column} as n from {table}")["n"]
                assert len(counts)
                assert (counts % BASE == 0).all(), table
        settings = told.sql("select columns('^n_') from meta_settings")
        assert (settings % BASE == 0).all(axis=None)


def test_no_file_holds_a_hash_that_the_exact_store_knows(one_report, small_store):
    with Store(small_store) as store:
        rows = store.sql("select key as found from mart_entry_keys union all "
                         "select data_hash from meta_data_hashes union all "
                         "select source_hash from meta_settings")  # fmt: skip
    known = {key[:12] for key in rows["found"]}
    for path in (p for p in one_report.rglob("*") if p.is_file()):
        found = {word[:12] for word in LONG_HEX.findall(text_of(path))}
        assert not found & known, path.name


def test_the_manifest_lists_files_and_says_nothing_else(one_report, small_store):
    about = json.loads((one_report / manifest.NAME).read_text())
    assert set(about) == {"format", "language", "versions", "reports"}
    assert {key for entry in about["reports"].values() for key in entry} == {
        "status", "files", "message",
    }  # fmt: skip
    assert not list(one_report.glob("*.key"))
    journal = manifest.journal_of(one_report, small_store)
    assert manifest.load(one_report, journal)["akut-lumbago"].key
    assert stat.S_IMODE(journal.parent.stat().st_mode) == 0o700


def test_the_secret_is_private_stable_and_not_lightly_replaced(tmp_path):
    store = tmp_path / "store.duckdb"
    secret = secret_of(store)
    assert secret_of(store) == secret
    assert stat.S_IMODE(secret_path(store).stat().st_mode) == 0o600
    assert secret_of(tmp_path / "other.duckdb") != secret
    assert keyed(secret, "a") != keyed(secret_of(tmp_path / "other.duckdb"), "a")
    secret_path(store).write_text("short")
    with pytest.raises(Exception, match="does not hold the secret"):
        secret_of(store)
