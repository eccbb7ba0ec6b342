"""Batches as programs of their own, stopped, starved and killed at any moment."""

import os
import random
import resource
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from fmbstats.batch.engine import can_fork
from tests.quick import quick

pytestmark = pytest.mark.skipif(not can_fork(), reason="no fork here")
PROGRAM = Path(__file__).parents[2] / "fixtures" / "reports" / "run_small.py"


@pytest.fixture
def program(marked_processes):
    """Start the small batch as a program; it is killed when the test is over."""
    started = []

    def start(folder, n_reports=4, n_jobs=2, behaviour="", **keywords):
        command = [sys.executable, PROGRAM, folder, str(n_reports), str(n_jobs), behaviour]
        pipe = subprocess.PIPE
        process = subprocess.Popen(command, stdout=pipe, stderr=pipe, text=True, **keywords)
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()
        process.communicate()


def wait_until(condition, seconds=30.0):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not come about"
        time.sleep(0.02)


def no_temporary_files(folder):
    return not [p for p in folder.rglob("*") if p.name.endswith(".tmp")]


# Of SIGTERM it is shown below too.
@pytest.mark.parametrize(("number", "code"), quick((signal.SIGINT, 130), (signal.SIGTERM, 143)))
def test_a_signal_stops_it_and_all_is_whole(program, marked_processes, tmp_path, number, code):
    process = program(tmp_path, n_reports=40, behaviour="slow")
    wait_until(lambda: len(list(tmp_path.glob("r-*.html"))) >= 2)
    process.send_signal(number)
    said, errors = process.communicate(timeout=60)
    assert process.returncode == code
    assert errors == ""
    name = signal.Signals(number).name
    assert said.startswith(f"Stopped by {name}; what is in place is whole. Run the same command")
    assert marked_processes() == []
    assert no_temporary_files(tmp_path)
    n_made = len(list(tmp_path.glob("r-*.html")))
    assert f"\n{n_made} reports made, " in said


def test_a_signal_while_warming_up(program, marked_processes, tmp_path):
    process = program(tmp_path)
    wait_until(lambda: len(marked_processes()) >= 2)
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=60)
    assert process.returncode == 143
    assert marked_processes() == []


def test_a_killed_parent_leaves_no_process(program, marked_processes, tmp_path):
    process = program(tmp_path, behaviour="hang")
    wait_until(lambda: len(marked_processes()) >= 4)
    process.kill()
    process.communicate()
    wait_until(lambda: not marked_processes(), seconds=2)


def test_a_full_disk_destroys_nothing(program, run_batch, small_jobs, snapshot, tmp_path):
    run_batch(small_jobs(4), tmp_path)
    before = snapshot(tmp_path)
    (tmp_path / "r-0.html").unlink()
    (tmp_path / "r-1.html").unlink()

    def small_files_only():
        resource.setrlimit(resource.RLIMIT_FSIZE, (9000, 9000))

    process = program(tmp_path, preexec_fn=small_files_only)
    said, _ = process.communicate()
    assert process.returncode == 18
    assert "no space left to write (File too large). What is already in place is whole" in said
    assert no_temporary_files(tmp_path)
    after = snapshot(tmp_path)
    assert all(before[name] == content for name, content in after.items())

    again = run_batch(small_jobs(4), tmp_path)
    assert "2 reports made, 2 up to date, 0 failed" in again.text()
    assert snapshot(tmp_path) == before


def test_two_programs_on_one_folder(program, tmp_path):
    first = program(tmp_path, behaviour="hang")
    wait_until(lambda: (tmp_path / ".batch.json").exists())
    second = program(tmp_path)
    said, _ = second.communicate()
    assert second.returncode == 15
    assert f"another batch is writing here (process {first.pid})" in said


@pytest.mark.slow
def test_without_forks_everything_is_the_same(program, snapshot, monkeypatch, tmp_path):
    assert program(tmp_path / "fork", 2).wait() == 0
    monkeypatch.setenv("FMBSTATS_NO_FORK", "1")
    assert program(tmp_path / "stock", 2).wait() == 0
    assert snapshot(tmp_path / "fork") == snapshot(tmp_path / "stock")


@pytest.mark.slow
def test_chaos(program, marked_processes, snapshot, tmp_path):
    """Thirty kills of parent, warmed process or worker; each rerun ends in the same bytes."""
    n_reports = 6
    started = time.monotonic()
    assert program(tmp_path / "quiet", n_reports).wait() == 0
    takes = time.monotonic() - started
    undisturbed = snapshot(tmp_path / "quiet")
    seed = random.SystemRandom().randrange(10**6)
    print("seed", seed)
    chance = random.Random(seed)
    folder = tmp_path / "chaos"
    n_kills = 0
    while n_kills < 30:
        if chance.random() < 0.5 and folder.exists():
            spoil(folder, chance)
        process = program(folder, n_reports)
        time.sleep(chance.uniform(0.1, 0.9) * takes)  # while it runs, however fast that is
        n_kills += kill_one(process, marked_processes(), chance)
        process.communicate(timeout=60)
        wait_until(lambda: not marked_processes(), seconds=3)
        again = program(folder, n_reports)
        said, errors = again.communicate(timeout=60)
        assert (again.returncode, errors) == (0, ""), said
        assert snapshot(folder) == undisturbed
        assert marked_processes() == []


def spoil(folder, chance):
    """Make some of the reports stale, so that the next run has work to do."""
    for page in folder.glob("r-*.html"):
        if chance.random() < 0.7:
            page.unlink()


def kill_one(parent, running, chance):
    """Kill the parent or any process under it; 1 if there was one to kill."""
    if parent.poll() is not None:
        return 0
    victim = chance.choice([parent, *running])
    try:
        os.kill(victim.pid, signal.SIGKILL)
    except (ProcessLookupError, psutil.NoSuchProcess):
        return 0
    return 1
