"""One small store and one small export for all tests on exports."""

import shutil
from pathlib import Path

import duckdb
import pytest

import fmbstats
from fmbstats.diagnosis import open_store
from fmbstats.export import ExportSettings, export_year
from fmbstats.store.build import build_store
from fmbstats.synth import draw_register

DATA = Path(fmbstats.__file__).parents[1] / "data_raw"
# With limits of 90 and 180 days; with one of 14 days; without any; with few spells.
CHOSEN = ("508", "530", "1", "6")
HOSTILE = (
    '=1+1;<script>alert(1)</script>&\u202e #import "x" $x$ *b* \\ \u05e9\u05dc\u05d5\u05dd \u4e2d'
)
HOSTILE_GROUP = "@SUM(A1)<img src=x onerror=alert(1)>"


@pytest.fixture(scope="session")
def data_raw():
    return DATA


@pytest.fixture(scope="session")
def small_store(tmp_path_factory, keep_secret):
    path = tmp_path_factory.mktemp("store") / "store.duckdb"
    keep_secret(path)
    build_store(DATA, path, draw_register(40_000, data_raw=DATA))
    return path


@pytest.fixture(scope="session")
def chosen(small_store):
    with open_store(small_store) as store:
        known = set(store.entry_table["entry_id"])
    return tuple(entry for entry in CHOSEN if entry in known)


@pytest.fixture(scope="session")
def make_export(small_store, chosen):
    """Export to a folder; keywords are those of `ExportSettings`."""

    def make(to, path=small_store, only=chosen[:1], **settings):
        given = {"year": 2017, "width_cm": 12.0, "has_pdf": True} | settings
        with open_store(path) as store:
            return export_year(store, to, ExportSettings(**given), chapters=only, entries=chosen)

    return make


@pytest.fixture(scope="session")
def exported(tmp_path_factory, make_export):
    """A Swedish export of an overview and a diagnosis; not to be changed."""
    folder = tmp_path_factory.mktemp("exported") / "export"
    make_export(folder)
    return folder


@pytest.fixture(scope="session")
def hostile_export(tmp_path_factory, small_store, make_export, chosen):
    """An export from a store whose names attack HTML, formulas, Typst and the eye."""
    path = tmp_path_factory.mktemp("hostile") / "store.duckdb"
    shutil.copy(small_store, path)
    with duckdb.connect(str(path)) as connection:
        connection.execute(
            "update mart_entries set name = ?, disease_group_name = ? where entry_id = ?",
            [HOSTILE, HOSTILE_GROUP, chosen[0]],
        )
    folder = path.parent / "export"
    make_export(folder, path=path, only=chosen[:1], language="en")
    return folder
