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
def register_file(shared_folder):
    """A register of 4 000 spells in a format; the same spells in each, without end reasons."""

    def give(layout, share_faults=0.0):
        name = f"{layout}.{SUFFIX.get(layout, 'csv')}"

        def make(folder):
            write_register(
                folder / name,
                data_raw=DATA_RAW,
                n_spells=4_000,
                seed=11,
                layout=layout,
                share_faults=share_faults,
                with_end_reason=False,
            )

        return shared_folder(f"register-{layout}-{share_faults:g}", make) / name

    return cache(give)


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
def build_once(shared_folder, register_file):
    """Return a function (layout, own strata) -> a store of 4 000 spells, built once, only read."""

    @cache
    def give(layout, **strata):
        def make(folder):
            lines = (f'{name} = "{column}"\n' for name, column in strata.items())
            (folder / "m.toml").write_text("[strata]\n" + "".join(lines))
            given = ["--store", folder / "store" / "store.duckdb", "--extraction", "2019-06-30"]
            given += ["--register", register_file(layout)]
            given += ["--mapping", folder / "m.toml"] if strata else []
            assert main(["build", "--data", str(DATA_RAW), *map(str, given)]) == 0

        name = "-".join(["built", layout, *strata.values()])
        return shared_folder(name, make) / "store" / "store.duckdb"

    return give


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
