"""What the fuzzing tests share: one register, one store, runs in forks."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

# The tests' own helpers are modules beside them.
sys.path.insert(0, str(Path(__file__).parent))

from apart import DATA_RAW, import_what_runs_need, must_run, run_apart


@pytest.fixture(scope="session")
def warm():
    """Import once what every run needs; polars must not have started, or no fork would end."""
    import_what_runs_need()
    names = {path.read_text().strip() for path in Path("/proc/self/task").glob("*/comm")}
    assert "polars-0" not in names, "A module that was collected works with polars as it is read."


@pytest.fixture(scope="session")
def made(warm, tmp_path_factory):
    """A register of 2 000 spells and a store of it, made apart."""
    folder = tmp_path_factory.mktemp("made")
    register, store = folder / "register.csv", folder / "store" / "store.duckdb"
    must_run(["synth", "--spells", "2000", "--to", register, "--data", DATA_RAW])
    build = ["build", "--register", register, "--extraction", "2019-06-30", "--synthetic"]
    must_run([*build, "--store", store, "--data", DATA_RAW])
    return folder


@pytest.fixture
def run(warm, tmp_path):
    """Run the command line apart; see `apart.run_apart`."""
    return lambda *arguments, folder=tmp_path, **more: run_apart(arguments, folder, **more)
