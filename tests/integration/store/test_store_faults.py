"""Broken stores, full disks and kills: the store in place is always whole."""

import json
import os
import random
import resource
import signal
import stat
import subprocess
import sys
import time
from pathlib import Path

import duckdb
import pytest
from filelock import FileLock

from fmbstats.cli import main
from fmbstats.errors import LockedError, StoreError
from fmbstats.store import LAYOUT_VERSION, Store
from fmbstats.store.publish import builder_path, lock_path, publishing


def test_the_folder_is_private(store):
    assert stat.S_IMODE(store.parent.stat().st_mode) == 0o700
    assert stat.S_IMODE(store.stat().st_mode) == 0o600


def test_a_corrupt_store_says_how_to_rebuild(tmp_path, store):
    path = tmp_path / "corrupt.duckdb"
    path.write_bytes(b"\0" * 4096 + store.read_bytes()[4096:])
    with pytest.raises(StoreError, match=r"is not a store of fmbstats: .*'fmbstats build'"):
        Store(path)
    path.write_bytes(b"not a database")
    with pytest.raises(StoreError, match=r"'fmbstats build' \(it is only a cache of data_raw\)"):
        Store(path)
    with pytest.raises(StoreError, match="There is no store at"):
        Store(tmp_path / "none.duckdb")


def test_a_store_of_another_layout_or_making(tmp_path, store):
    older = tmp_path / "older.duckdb"
    older.write_bytes(store.read_bytes())
    with duckdb.connect(str(older)) as connection:
        connection.execute("update meta_settings set layout_version = 1")
    with pytest.raises(StoreError, match=f"has layout 1, this version needs {LAYOUT_VERSION}"):
        Store(older)
    with duckdb.connect(str(older)) as connection:
        connection.execute("drop table meta_settings")
    with pytest.raises(StoreError, match="is not a store of fmbstats"):
        Store(older)


HOLD = "import duckdb, sys, time\nc = duckdb.connect(sys.argv[1])\nprint('held', flush=True)\n"


def test_a_locked_store_names_the_process(store):
    command = [sys.executable, "-c", HOLD + "time.sleep(60)", str(store)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as holder:
        try:
            assert holder.stdout.readline() == "held\n"
            with pytest.raises(LockedError, match=rf"in process {holder.pid} \("):
                Store(store)
        finally:
            holder.kill()


def test_readers_do_not_block_each_other_nor_a_new_store(build, register_file, store):
    with Store(store) as first, Store(store) as second:
        n = first.sql("select sum(n) as n from mart_ledger")["n"].iloc[0]
        assert second.sql("select sum(n) as n from mart_ledger")["n"].iloc[0] == n
        assert build(register_file("spells")).code == 0
        assert first.sql("select sum(n) as n from mart_ledger")["n"].iloc[0] == n


def test_two_builds_at_once_the_second_names_the_first(build, register_file, store, content):
    before = content(store)
    with FileLock(lock_path(store)):
        builder_path(store).write_text(json.dumps({"pid": os.getpid()}))
        outcome = build(register_file("spells"))
    assert outcome.code == 15
    assert f"is being built by process {os.getpid()} (" in outcome.output
    assert content(store) == before


def test_leftovers_of_killed_builds_are_swept(build, register_file, store):
    leftover = store.parent / f"building-{store.name}-killed"
    (leftover / "store.spill").mkdir(parents=True)
    (leftover / "store.duckdb").write_bytes(b"half")
    other = store.parent / "building-other.duckdb-x"
    other.mkdir()
    store.with_name(store.name + ".wal").write_bytes(b"left by a writer")
    assert build(register_file("spells")).code == 0
    assert not leftover.exists()
    assert other.exists()  # another store's build is not ours to sweep
    Store(store).close()


def half_a_store(path):
    with publishing(path) as draft:
        draft.write_bytes(b"half")
        assert stat.S_IMODE(draft.parent.stat().st_mode) == 0o700
        raise RuntimeError("midway")


def test_an_exception_inside_leaves_nothing(tmp_path):
    path = tmp_path / "private" / "store.duckdb"
    with pytest.raises(RuntimeError, match="midway"):
        half_a_store(path)
    assert [p.name for p in path.parent.iterdir()] == [".store.duckdb.lock"]


def limited(max_bytes):
    """A full disk, as far as a process can tell: no file may grow beyond some size."""
    return lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (max_bytes, max_bytes))


def command(store, register, data_raw):
    return [
        sys.executable, "-c", "from fmbstats.cli import script; script()", "build",
        "--data", str(data_raw), "--store", str(store), "--register", str(register),
        "--extraction", "2019-06-30",
    ]  # fmt: skip


def test_a_full_disk_leaves_the_earlier_store_whole(store, register_file, data_raw, content):
    before = content(store)
    done = subprocess.run(
        command(store, register_file("midas"), data_raw),
        preexec_fn=limited(300_000),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 18, done.stderr
    assert "No space left to build" in done.stderr
    assert "The earlier store is untouched." in done.stderr
    assert "Traceback" not in done.stderr
    assert content(store) == before
    assert not list(store.parent.glob("building-*"))


@pytest.mark.slow
def test_kills_at_any_moment_never_leave_a_wrong_store(
    tmp_path, register_file, data_raw, build, rows
):
    """Twenty kills -9; the store is the earlier one or the new one, and opens."""
    earlier = build(register_file("spells"), to="kill").store
    other = tmp_path / "other.csv"
    header, *lines = register_file("spells").read_text().splitlines(keepends=True)
    other.write_text(header + "".join(lines[:3000]))
    query = "select (select sum(n)::int from mart_ledger), (select n_rows_read from meta_settings)"
    whole = {(4_000, 4_000), (3_000, 3_000)}
    started = time.perf_counter()
    assert subprocess.run(command(earlier, other, data_raw), check=False).returncode == 0
    longest = time.perf_counter() - started
    draw = random.Random(20)
    n_started = n_killed = 0
    while n_killed < 20:  # some are done before
        n_started += 1
        assert n_started < 60
        register = register_file("spells") if n_started % 2 else other
        with subprocess.Popen(command(earlier, register, data_raw)) as process:
            try:
                process.wait(timeout=draw.uniform(0.3, 1.1) * longest)
            except subprocess.TimeoutExpired:
                process.send_signal(signal.SIGKILL)
                n_killed += 1
        with Store(earlier) as opened:
            assert tuple(opened.sql(query).iloc[0]) in whole
    assert subprocess.run(command(earlier, other, data_raw), check=False).returncode == 0
    assert rows(earlier, query) == [(3_000, 3_000)]
    assert not list(Path(earlier).parent.glob("building-*"))


def test_the_store_command_refuses_a_writing_query(store, capfd):
    with Store(store) as opened, pytest.raises(duckdb.Error, match="read-only"):
        opened.sql("drop table mart_ledger")
    assert main(["show", "F43", "--store", str(store.parent)]) == 2
    capfd.readouterr()


QUERIES = """
import os, signal, sys, threading, types
import click, duckdb
from fmbstats import cli

# A process of test workers inherits that Ctrl-C is not heard.
signal.signal(signal.SIGINT, signal.default_int_handler)

@click.command()
def wait():
    threading.Timer(1, os.kill, (os.getpid(), signal.SIGINT)).start()
    # Heard by DuckDB between the parts of a query; of one without end perhaps never.
    connection = duckdb.connect()
    while True:
        connection.execute("select count(*) from range(30000000) where hash(range) = 5").fetchall()

sys.modules["waiting"] = types.SimpleNamespace(wait=wait)
cli.COMMANDS["wait"] = "waiting:wait"
sys.exit(cli.main(["wait"]))
"""


def test_ctrl_c_during_a_query_is_said_in_a_line():
    done = subprocess.run(
        [sys.executable, "-c", QUERIES], capture_output=True, text=True, timeout=60
    )
    # Click starts a new line when it is heard between two queries.
    assert (done.returncode, done.stderr.lstrip("\n")) == (130, "fmbstats: interrupted.\n")
