"""Runs of the command line that may end in any way: each in a process of its own."""

from __future__ import annotations

import os
import resource
import select
import signal
import time
from dataclasses import dataclass
from pathlib import Path

DATA_RAW = Path(__file__).parents[2] / "data_raw"
SECONDS = 120


@dataclass(frozen=True)
class Ended:
    """How a run ended: exit code or minus the signal, what it said, time and memory."""

    code: int
    said: str
    seconds: float
    peak_mib: int = 0

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
    _, status, used = os.wait4(child, 0)
    return Ended(
        os.waitstatus_to_exitcode(status),
        said.decode("utf-8", "replace"),
        time.monotonic() - started,
        used.ru_maxrss // 1024,
    )


def import_what_runs_need() -> None:
    """Import once what every run needs: the runs are forks.

    This process itself must start no threads of Polars: a fork of one that has them stands still.
    """
    import fmbstats.cli.browse
    import fmbstats.cli.build
    import fmbstats.cli.check
    import fmbstats.cli.import_
    import fmbstats.diagnosis
    import fmbstats.overview
    import fmbstats.terminal  # noqa: F401


def must_run(arguments, folder: Path = DATA_RAW.parent) -> None:
    """Run what a test rests on."""
    ended = run_apart(arguments, folder)
    assert ended.code == 0, ended.said
