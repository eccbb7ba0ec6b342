"""One small export for all tests on exports."""

import shutil

import duckdb
import pytest

from fmbstats.diagnosis import open_store
from fmbstats.export import ExportSettings, export_year

# With limits of 90 and 180 days; with one of 14 days; without any; with few spells.
CHOSEN = ("508", "530", "1", "6")
HOSTILE = (
    '=1+1;<script>alert(1)</script>&\u202e #import "x" $x$ *b* \\ \u05e9\u05dc\u05d5\u05dd \u4e2d'
)
HOSTILE_GROUP = "@SUM(A1)<img src=x onerror=alert(1)>"


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
def exported(shared_folder, make_export):
    """A Swedish export of an overview and a diagnosis; not to be changed."""
    return shared_folder("exported", lambda to: make_export(to / "export")) / "export"


@pytest.fixture(scope="session")
def hostile_export(shared_folder, small_store, make_export, chosen):
    """An export from a store whose names attack HTML, formulas, Typst and the eye."""

    def make(folder):
        path = folder / "store.duckdb"
        shutil.copy(small_store, path)
        with duckdb.connect(str(path)) as connection:
            connection.execute(
                "update mart_entries set name = ?, disease_group_name = ? where entry_id = ?",
                [HOSTILE, HOSTILE_GROUP, chosen[0]],
            )
        make_export(folder / "export", path=path, language="en")

    return shared_folder("hostile-export", make) / "export"
