"""Runs of the command line that may end in any way: each in a process of its own."""

from __future__ import annotations

import os
import resource
import select
import signal
import time
from dataclasses import dataclass
from pathlib import Path

import pytest

DATA_RAW = Path(__file__).parents[2] / "data_raw"
SECONDS = 120
# What a run may take beyond what this process holds already: far less than a bomb wants.
MEMORY_BYTES = 6 << 30


@dataclass(frozen=True)
class Ended:
    """How a run ended: exit code, or minus the signal; what it said; how long it took."""

    code: int
    said: str
    seconds: float

    @property
    def is_told(self) -> bool:
        """Done, or refused in a sentence: no traceback, no signal, no time-out."""
        fits = self.code in (0, 1, 2) or 10 <= self.code <= 19
        return fits and "Traceback (most recent call last)" not in self.said


def _child(arguments: list[str], folder: Path, writing: int) -> None:
    os.dup2(writing, 1)
    os.dup2(writing, 2)
    os.chdir(folder)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    import sys
    import traceback

    sys.stdout, sys.stderr = (os.fdopen(n, "w", 1, "utf-8", closefd=False) for n in (1, 2))
    code = 70
    try:
        from fmbstats.cli import main

        code = main(arguments)
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def run_apart(arguments, folder: Path, seconds: float = SECONDS) -> Ended:
    """Run the command line in a fork: an abort of the interpreter is an answer like another."""
    reading, writing = os.pipe()
    started = time.monotonic()
    child = os.fork()
    if child == 0:
        os.close(reading)
        _child([str(a) for a in arguments], folder, writing)
    os.close(writing)
    said = bytearray()
    while True:
        left = started + seconds - time.monotonic()
        ready, _, _ = select.select([reading], [], [], max(left, 0))
        if not ready:
            os.kill(child, signal.SIGKILL)
            said += b"\nended by the test: out of time\n"
            break
        if not (part := os.read(reading, 1 << 16)):
            break
        said += part
    os.close(reading)
    _, status = os.waitpid(child, 0)
    return Ended(
        os.waitstatus_to_exitcode(status),
        said.decode("utf-8", "replace"),
        time.monotonic() - started,
    )


@pytest.fixture(scope="session")
def warm():
    """Import once what every run needs: the runs are forks."""
    import fmbstats.cli.browse
    import fmbstats.cli.build
    import fmbstats.cli.import_
    import fmbstats.diagnosis
    import fmbstats.overview
    import fmbstats.terminal  # noqa: F401


@pytest.fixture(scope="session")
def made(warm, tmp_path_factory):
    """A register of 2 000 spells and a store of it, made apart.

    This process itself must start no threads of Polars: a fork of one that has them stands still.
    """
    folder = tmp_path_factory.mktemp("made")
    register, store = folder / "register.csv", folder / "store" / "store.duckdb"
    synth = ["synth", "--spells", "2000", "--to", register, "--data", DATA_RAW]
    build = ["build", "--register", register, "--extraction", "2019-06-30", "--synthetic"]
    for command in (synth, [*build, "--store", store, "--data", DATA_RAW]):
        ended = run_apart(command, folder)
        assert ended.code == 0, ended.said
    return folder


@pytest.fixture
def run(warm, tmp_path):
    """Run the command line apart; see `run_apart`."""
    return lambda *arguments, folder=tmp_path, **more: run_apart(arguments, folder, **more)
