"""Small registers in every format, and stores built from them through the command line."""

import hashlib
import shutil
from collections import namedtuple
from functools import cache
from pathlib import Path

import duckdb
import pytest

from fmbstats.cli import main
from fmbstats.synth.writers import write_register

DATA_RAW = Path(__file__).parents[3] / "data_raw"
SUFFIX = {"spells-parquet": "parquet", "midas": "tsv"}
Outcome = namedtuple("Outcome", "code output store")


@pytest.fixture(scope="session")
def data_raw():
    return DATA_RAW


@pytest.fixture(scope="session")
def register_file(tmp_path_factory):
    """A register of 4 000 spells in a format; the same spells in each, without end reasons."""
    made = {}

    def give(layout, share_faults=0.0):
        key = (layout, share_faults)
        if key not in made:
            folder = tmp_path_factory.mktemp("register")
            made[key] = folder / f"{layout}.{SUFFIX.get(layout, 'csv')}"
            write_register(
                made[key],
                data_raw=DATA_RAW,
                n_spells=4_000,
                seed=11,
                layout=layout,
                share_faults=share_faults,
                with_end_reason=False,
            )
        return made[key]

    return give


@pytest.fixture
def build(tmp_path, capfd):
    """Run `fmbstats build` on files; gives exit code, what was said, and the store's path."""

    def run(*files, to="store", options=("--extraction", "2019-06-30"), data=DATA_RAW):
        store = tmp_path / to / "store.duckdb"
        arguments = ["build", "--data", str(data), "--store", str(store), *options]
        for file in files:
            arguments += ["--register", str(file)]
        code = main(arguments)
        return Outcome(code, capfd.readouterr().err, store)

    return run


@pytest.fixture(scope="session")
def build_once(tmp_path_factory, register_file):
    """Return a function (layout, *options) -> a store of 4 000 spells, built once, only read."""

    @cache
    def make(layout, *options):
        store = tmp_path_factory.mktemp("built") / "store" / "store.duckdb"
        given = ("--store", str(store), "--register", str(register_file(layout)))
        dated = ("--extraction", "2019-06-30", *options)
        assert main(["build", "--data", str(DATA_RAW), *given, *dated]) == 0
        return store

    return make


@pytest.fixture(scope="session")
def finished(build_once):
    """The folder of a store of 4 000 spells."""
    return build_once("spells").parent


@pytest.fixture
def store(finished, tmp_path):
    """A finished store, where `build` would put it."""
    # What other tests made beside theirs stays there.
    shutil.copytree(finished, tmp_path / "store", ignore=shutil.ignore_patterns(".fmbstats"))
    return tmp_path / "store" / "store.duckdb"


@pytest.fixture
def data_folder(tmp_path):
    """A data_raw of one's own, with the editions and an empty folder for a register."""
    folder = tmp_path / "data_raw"
    shutil.copytree(DATA_RAW / "fmb", folder / "fmb")
    (folder / "register").mkdir()
    return folder


@pytest.fixture
def rows():
    """Rows of a query on a store file."""

    def fetch(store, query):
        with duckdb.connect(str(store), read_only=True) as connection:
            return connection.execute(query).fetchall()

    return fetch


@pytest.fixture
def content():
    """Fingerprint of a file."""
    return lambda path: hashlib.sha256(Path(path).read_bytes()).hexdigest()
