"""A small store for the workbench: the real recommendations, 20 000 synthetic spells."""

from __future__ import annotations

from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def store_path(shared_folder, keep_secret):
    def make(folder):
        from fmbstats.store.build import build_store
        from fmbstats.synth import draw_register

        data = ROOT / "data_raw"
        keep_secret(folder / "store.duckdb")
        build_store(data, folder / "store.duckdb", draw_register(20_000, data_raw=data))

    return shared_folder("workbench", make) / "store.duckdb"


@pytest.fixture(scope="session")
def store(store_path):
    from fmbstats import open_store

    with open_store(store_path) as opened:
        yield opened


@pytest.fixture(scope="session")
def notebook_folder():
    return ROOT / "notebooks"
