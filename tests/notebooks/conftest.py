"""A small store for the workbench: the real recommendations, 20 000 synthetic spells."""

from __future__ import annotations

from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def store_path(tmp_path_factory, keep_secret):
    from fmbstats.store.build import build_store
    from fmbstats.synth import draw_register

    path = tmp_path_factory.mktemp("workbench") / "store" / "store.duckdb"
    data = ROOT / "data_raw"
    keep_secret(path)
    build_store(data, path, draw_register(20_000, data_raw=data))
    return path


@pytest.fixture(scope="session")
def store(store_path):
    from fmbstats import open_store

    with open_store(store_path) as opened:
        yield opened


@pytest.fixture(scope="session")
def notebook_folder():
    return ROOT / "notebooks"
