"""Kills -9 that are proven to hit running work, and many at once: what is in place is whole."""

from __future__ import annotations

import hashlib
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from fnmatch import fnmatch
from pathlib import Path

import pytest
from apart import DATA_RAW
from machine import PROGRAM, commands, environment, is_told, program, said

pytestmark = pytest.mark.slow
N_KILLS = int(os.environ.get("FMBSTATS_TEST_KILLS", "10"))
# Work has begun when one of these is there: a draft, a lock's holder, a file beside its place.
BEGUN = ("building-*", ".*.builder", ".batch.json", ".*.tmp", ".*-stage*", "*.stage*", ".export-*")


def started(folder: Path) -> set[str]:
    """Names below a folder that stand only while something works."""
    return {p.name for pattern in BEGUN for p in folder.rglob(pattern)}


def contents(folder: Path) -> dict[str, str]:
    """Everything finished below a folder that does not tell of times."""
    return {
        str(p.relative_to(folder)): hashlib.sha256(p.read_bytes()).hexdigest()
        for p in sorted(folder.rglob("*"))
        if p.is_file() and not p.name.startswith(".") and ".fmbstats" not in p.parts
        if p.suffix != ".duckdb" and p.name not in ("manifest.json", "release.json")
    }


def end_children(process: subprocess.Popen) -> None:
    """Kill a process's whole group, as a machine that loses power does."""
    with suppress(ProcessLookupError):  # done, and its children too
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def killed_at_work(
    command: list[str], watched: Path, draw: random.Random, longest: float
) -> str | None:
    """Start, wait until there is work, then kill at a random moment; what stood half-way there.

    None where the run was done before: such a kill shows nothing.
    """
    process = subprocess.Popen(
        command, cwd=DATA_RAW.parent, env=environment(), start_new_session=True,
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    end = time.monotonic() + 10 * longest + 60
    while process.poll() is None and not started(watched):
        assert time.monotonic() < end, "it never began to work"
        time.sleep(0.005)
    time.sleep(draw.uniform(0, 0.6) * longest)
    end_children(process)
    half = {kind for name in started(watched) for kind in BEGUN if fnmatch(name, kind)}
    return ", ".join(sorted(half)) if process.returncode == -signal.SIGKILL else None


@pytest.mark.parametrize("name", ["build", "report", "export", "evaluate"])
def test_after_a_kill_the_same_command_ends_right(made, tmp_path, name):
    arguments = [str(a) for a in commands(made, tmp_path)[name]]
    again = ["--force"] if name == "report" else []
    begun = time.monotonic()
    first = program(*arguments)
    longest = time.monotonic() - begun
    # So few spells may not be enough for an answer: that is told, after the same work.
    assert first.returncode in ((0, 19) if name == "evaluate" else (0,)), said(first)
    whole = contents(tmp_path)
    draw, kills, n_started = random.Random(name), Counter(), 0
    # `evaluate` writes in its last moment alone: nothing shows that it works, but that it runs.
    watched = tmp_path if name != "evaluate" else Path("/proc/self/task")
    while kills.total() < N_KILLS:
        n_started += 1
        assert n_started < 6 * N_KILLS, "the kills come too late"
        if name == "export":  # an export that is there already is not made again
            shutil.rmtree(tmp_path / "export", ignore_errors=True)
        if name == "evaluate":
            half = killed_while_running(arguments, draw, longest)
        else:
            half = killed_at_work([*PROGRAM, *arguments, *again], watched, draw, longest)
        kills.update([] if half is None else [half])
        # Half-way between two releases each finished file is still a whole one.
        done = program(*arguments)
        assert done.returncode == first.returncode, said(done)
        assert contents(tmp_path) == whole
        assert not started(tmp_path)
    print(f"{name}: {n_started} started, {kills.total()} killed at work; left half-way:")
    print("\n".join(f"  {n} x {half or 'nothing'}" for half, n in kills.most_common()))


def killed_while_running(arguments: list[str], draw: random.Random, longest: float) -> str | None:
    """Kill between a fifth and nine tenths of the run as it was measured; say when."""
    process = subprocess.Popen(
        [*PROGRAM, *arguments], cwd=DATA_RAW.parent, env=environment(), start_new_session=True,
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    share = draw.uniform(0.2, 0.9)
    time.sleep(share * longest)
    end_children(process)
    return f"after {share:.0%} of the run" if process.returncode == -signal.SIGKILL else None


def test_fifty_read_at_once(made):
    store = ["--store", made / "store" / "store.duckdb", "--data", DATA_RAW]
    with ThreadPoolExecutor(50) as pool:
        all_done = list(pool.map(lambda _: program("show", "F32", *store), range(50)))
    assert {done.returncode for done in all_done} == {0}, said(all_done[0])
    assert len({done.stdout for done in all_done}) == 1


def test_readers_while_builds_replace_the_store(made, tmp_path):
    build = [str(a) for a in commands(made, tmp_path)["build"]]
    assert program(*build).returncode == 0
    show = ["list", "--store", tmp_path / "built" / "store.duckdb", "--data", DATA_RAW]
    right = program(*show).stdout
    end = time.monotonic() + 20
    builds = []

    def read(_) -> list[subprocess.CompletedProcess]:
        found = [program(*show)]
        while time.monotonic() < end:
            found.append(program(*show))
        return found

    with ThreadPoolExecutor(9) as pool:
        readers = [pool.submit(read, n) for n in range(8)]
        while not all(reader.done() for reader in readers):
            builds.append(program(*build))
        read_all = [done for reader in readers for done in reader.result()]
    assert {done.returncode for done in builds} == {0}
    assert {done.returncode for done in read_all} == {0}, said(read_all[0])
    assert {done.stdout for done in read_all} == {right}


def test_reports_exports_and_builds_at_once(made, tmp_path):
    """Two batches on one folder, an export, a ledger, a build: right, or refused with who holds."""
    work = commands(made, tmp_path)
    asked = [work[n] for n in ("report", "report", "export", "ledger", "build", "build")]
    with ThreadPoolExecutor(len(asked)) as pool:
        all_done = list(pool.map(lambda command: program(*command), asked))
    for done in all_done:
        assert done.returncode in (0, 15), said(done)
        assert is_told(done), said(done)
    assert sum(done.returncode == 0 for done in all_done) >= 4
    for name in ("report", "export", "build"):
        assert program(*work[name]).returncode == 0


KERNELS = """
import os, sys
from jupyter_client.manager import start_new_kernel
path = sys.argv[1]
kernels = [start_new_kernel(kernel_name="python3") for _ in range(5)]
code = f"import fmbstats; print(len(fmbstats.open_store({path!r}).sql('from mart_ledger limit 5')))"
try:
    for _, client in kernels:
        client.execute(code)
    for _, client in kernels:
        reply = client.get_shell_msg(timeout=300)
        assert reply["content"]["status"] == "ok", reply["content"]
finally:
    for manager, client in kernels:
        client.stop_channels()
        manager.shutdown_kernel(now=True)
print("five")
"""


def test_five_notebooks_on_one_store(made):
    store = str(made / "store" / "store.duckdb")
    done = subprocess.run(
        [sys.executable, "-c", KERNELS, store], capture_output=True, text=True, check=False,
        env=environment(FMBSTATS_STORE=store), cwd=DATA_RAW.parent, timeout=600,
    )  # fmt: skip
    assert done.stdout.strip() == "five", done.stderr
