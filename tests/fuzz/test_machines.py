"""Little memory, full disks, no home, another user, another language: it works or says why not."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

import pytest
from apart import DATA_RAW
from machine import (
    NOBODY,
    at_most,
    become_nobody,
    commands,
    is_told,
    open_to_others,
    program,
    said,
    skip_unless_others_run,
)

pytestmark = pytest.mark.slow
# Of every command what it leaves: nothing half.
NAMES = ("build", "report", "export", "evaluate", "ledger", "synth")
GIB = 1 << 30


def left(folder: Path) -> set[str]:
    """Names of temporary things below a folder."""
    found = {p.name for p in folder.rglob("*")}
    return {n for n in found if n.endswith(".tmp") or n.startswith("building-")}


@pytest.mark.parametrize("gib", [0.5, 1, 2, 4])
def test_little_memory_is_said(made, tmp_path, gib):
    for name, command in commands(made, tmp_path).items():
        done = program(*command, before=at_most(AS=int(gib * GIB)))
        assert done.returncode in (0, 18, 19), (name, said(done))
        assert is_told(done), (name, said(done))
        assert not left(tmp_path), name
        if gib < 3:
            assert done.returncode == 18, name
            assert b"ulimit -v" in done.stderr, name


@contextmanager
def small_disk(folder: Path, mib: int):
    """Mount a disk of so many MiB at `folder`; skipped where the system does not let us."""
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={mib}m", "tmpfs", str(folder)]
    if os.geteuid() != 0 or subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("a disk of its own can only be mounted by root")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


@pytest.mark.parametrize("name", NAMES)
def test_a_full_disk_is_said_and_loses_nothing(made, tmp_path, name):
    with small_disk(tmp_path / "disk", 1) as disk:
        earlier = disk / "earlier.txt"
        earlier.write_text("whole")
        (disk / "filler").write_bytes(b"x" * (max(shutil.disk_usage(disk).free - 4_000, 0)))
        done = program(*commands(made, disk)[name])
        assert is_told(done), said(done)
        # So little may be written that it fits.
        assert done.returncode in ((0, 18, 19) if name == "evaluate" else (18,)), said(done)
        assert earlier.read_text() == "whole"
        assert not left(disk)


@pytest.mark.parametrize("name", NAMES)
def test_a_full_folder_for_temporary_files(made, tmp_path, name):
    with small_disk(tmp_path / "disk", 1) as disk:
        (disk / "filler").write_bytes(b"x" * shutil.disk_usage(disk).free)
        (tmp_path / "to").mkdir()
        done = program(*commands(made, tmp_path / "to")[name], TMPDIR=str(disk))
        assert is_told(done), said(done)
        assert done.returncode in (0, 18, 19), said(done)


@pytest.mark.parametrize("name", NAMES)
def test_a_limit_on_files_is_said(made, tmp_path, name):
    fresh = tmp_path / "made"  # without a release store, which would be there already
    shutil.copytree(made, fresh, ignore=shutil.ignore_patterns(".fmbstats"))
    done = program(*commands(fresh, tmp_path)[name], before=at_most(FSIZE=10_000))
    assert is_told(done), said(done)
    assert done.returncode in ((0, 18, 19) if name == "evaluate" else (18,)), said(done)
    assert not left(tmp_path)


def report(made: Path, to: Path, *more: object, **variables) -> subprocess.CompletedProcess:
    store = ["--store", made / "store" / "store.duckdb", "--data", DATA_RAW]
    return program("report", "--only", "F32", "--jobs", "1", "--to", to, *store, *more, **variables)


def assert_reported(done: subprocess.CompletedProcess, to: Path) -> None:
    assert done.returncode == 0, said(done)
    assert (to / "2017" / "index.html").stat().st_size > 1000


@pytest.mark.parametrize(
    "variables",
    [
        {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0", "TZ": "Pacific/Kiritimati"},
        {"LC_ALL": "sv_SE.ISO-8859-1", "TZ": "America/St_Johns"},
        {"LC_ALL": "xx_XX", "TZ": "Nowhere/At_All", "PYTHONIOENCODING": "latin-1"},
    ],
    ids=["C, Kiritimati", "Swedish latin-1, St John's", "neither known"],
)
def test_any_locale_and_time_zone(made, tmp_path, variables):
    to = tmp_path / "to"
    assert_reported(report(made, to, **variables), to)
    page = (to / "2017" / "depressiv-episod.html").read_text("utf-8")
    assert "lång" in page or "längre" in page


@pytest.mark.parametrize(
    "name", ["two words", "åäö", 'it\'s "quoted"', "two\nlines", "%s {x} $HOME", "-rf", "a;b&c#d*e"]
)
def test_any_path(made, tmp_path, name):
    folder = tmp_path / name
    shutil.copytree(made, folder / "made")
    assert_reported(report(folder / "made", folder / "to"), folder / "to")
    register = folder / "made" / "register.csv"
    store = folder / "new" / "store.duckdb"
    build = ["build", "--register", register, "--extraction", "2019-06-30", "--synthetic"]
    done = program(*build, "--store", store, "--data", DATA_RAW)
    assert done.returncode == 0, said(done)
    assert program("list", "--store", store, "--data", DATA_RAW).returncode == 0


def test_a_path_that_duckdb_cannot_open_is_said(made, tmp_path):
    folder = tmp_path / "really?"
    shutil.copytree(made, folder)
    new = ["build", "--register", folder / "register.csv", "--extraction", "2019-06-30"]
    new += ["--store", folder / "new" / "store.duckdb", "--data", DATA_RAW, "--synthetic"]
    for done in (report(folder, tmp_path / "to"), program(*new)):
        assert done.returncode == 14, said(done)
        assert "under a name with a question mark" in said(done)
    assert not left(folder)


def test_a_home_that_cannot_be_written(made, tmp_path):
    home = tmp_path / "home"
    home.mkdir(mode=0o555)
    gone = {"XDG_CACHE_HOME": str(home / "cache"), "XDG_RUNTIME_DIR": str(home / "run")}
    for variables in ({"HOME": str(home)}, {"HOME": "/dev/null"}, {"HOME": str(home), **gone}):
        to = tmp_path / "to"
        done = report(made, to, "--force", **variables)
        assert_reported(done, to)
        assert "Warning" not in said(done)  # of IPython, which has a folder there


def test_without_shared_memory(made, tmp_path):
    if os.geteuid() != 0 or shutil.which("unshare") is None:
        pytest.skip("/dev/shm can only be taken away by root with unshare")
    to = tmp_path / "to"
    hidden = f"mount -t tmpfs -o size=4k,mode=000,ro tmpfs /dev/shm && exec {sys.executable} "
    script = hidden + '-m fmbstats "$@"'
    store = ["--store", made / "store" / "store.duckdb", "--data", DATA_RAW]
    arguments = ["report", "--only", "F32", "--jobs", "2", "--to", to, *store]
    done = subprocess.run(
        ["unshare", "-m", "sh", "-c", script, "sh", *map(str, arguments)],
        cwd=DATA_RAW.parent,
        capture_output=True,
        check=False,
    )
    assert_reported(done, to)


def test_as_nobody(made, tmp_path):
    """Another user than root, in a folder of its own, with a store that it only may read."""
    if os.geteuid() != 0:
        pytest.skip("is no root anyway")
    to = tmp_path / "nobodys"
    shutil.copytree(made, to)
    for place in (to, *to.rglob("*")):
        os.chown(place, NOBODY, NOBODY)
    open_to_others(to)
    skip_unless_others_run()
    # A home that is there may be written to; this one cannot be one.
    done = report(to, to / "reports", before=become_nobody, HOME="/dev/null/home")
    assert_reported(done, to / "reports")
    # Where nothing may be written beside the store the reason is said.
    for place in (to / "store", to / "store" / "store.duckdb"):
        os.chown(place, 0, 0)
    (to / "store").chmod(0o755)
    (to / "store" / "store.duckdb").chmod(0o644)
    shutil.rmtree(to / "store" / ".fmbstats", ignore_errors=True)
    done = report(to, to / "again", before=become_nobody, HOME="/dev/null/home")
    assert done.returncode == 14, said(done)
    assert "cannot be written" in said(done)
    shown = program("list", "--store", to / "store" / "store.duckdb", before=become_nobody)
    assert shown.returncode == 0, said(shown)
