"""Two builds of one input give equal stores, table by table, whatever the number of threads."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from fmbstats.cli import main
from fmbstats.store import Store, spell_cells
from fmbstats.store.hashing import store_hash, table_hashes

DATA_RAW = Path(__file__).parents[3] / "data_raw"
RUN = (
    "import os, sys; os.sched_setaffinity(0, {int(c) for c in sys.argv[1].split(',')}); "
    "from fmbstats.cli import main; sys.exit(main(sys.argv[2:]))"
)


def built(place: Path, register: Path, processors: set[int]) -> Path:
    store = place / "store.duckdb"
    command = [sys.executable, "-c", RUN, ",".join(map(str, processors)), "build"]
    command += ["--data", DATA_RAW, "--store", store, "--extraction", "2019-06-30"]
    command += ["--register", register]
    subprocess.run([str(c) for c in command], check=True, capture_output=True)
    return store


@pytest.mark.parametrize(
    "layout",
    [
        "spells",
        pytest.param("midas", marks=pytest.mark.slow),
        pytest.param("certificates", marks=pytest.mark.slow),
        pytest.param("spells-parquet", marks=pytest.mark.slow),
    ],
)
def test_builds_on_one_and_on_all_processors_hold_the_same(layout, tmp_path, register_file):
    there = sorted(os.sched_getaffinity(0))
    hashes = []
    for name, processors in (("one", {there[0]}), ("all", set(there))):
        (tmp_path / name).mkdir()
        with Store(built(tmp_path / name, register_file(layout), processors)) as store:
            hashes.append(table_hashes(store.rows))
    assert hashes[0] == hashes[1]
    assert len(hashes[0]) > 20


def test_the_hash_is_of_what_is_held(build, build_once, register_file, tmp_path, capfd):
    first = build_once("spells")
    again = build(register_file("spells"), to="again").store
    other = tmp_path / "other.csv"
    lines = register_file("spells").read_text().splitlines(keepends=True)
    other.write_text("".join(lines[:-1]))
    fewer = build(other, to="fewer").store
    said = []
    capfd.readouterr()
    for store in (first, again, fewer):
        assert main(["store", "hash", "--store", str(store)]) == 0
        said.append(capfd.readouterr().out.strip())
    assert said[0] == said[1] != said[2]
    with Store(first) as store:
        assert said[0] == store_hash(store.rows)
    assert main(["store", "hash", "--tables", "--store", str(first)]) == 0
    assert "mart_cells" in capfd.readouterr().out


@pytest.mark.slow
def test_degrees_kept_part_after_part_are_those_kept_at_once(build, register_file, monkeypatch):
    """Of certificates, of which large registers would take more memory than there is."""
    hashes = []
    for to, at_once in (("once", 1 << 21), ("parts", 1000)):
        monkeypatch.setattr(spell_cells, "_ROWS_AT_ONCE", at_once)
        with Store(build(register_file("certificates"), to=to).store) as store:
            hashes.append(table_hashes(store.rows))
    assert hashes[0] == hashes[1]
    assert "own_segments" in hashes[0]
