"""The command line as a program of its own, on machines that lack something."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from apart import DATA_RAW

PROGRAM = (sys.executable, "-m", "fmbstats")
SECONDS = 600


def environment(**more: str) -> dict[str, str]:
    """Return this process's environment with some variables set."""
    return {**os.environ, "PYTHONDONTWRITEBYTECODE": "1", **more}


def program(
    *arguments: object,
    folder: Path = DATA_RAW.parent,
    before: Callable[[], None] | None = None,
    under: tuple[str, ...] = (),
    **variables: str,
) -> subprocess.CompletedProcess:
    """Run a command to its end, as the user `under` says, after `before` in its process."""
    return subprocess.run(
        [*under, *PROGRAM, *map(str, arguments)],
        cwd=folder,
        env=environment(**variables),
        preexec_fn=before,
        capture_output=True,
        timeout=SECONDS,
        check=False,
    )


def said(done: subprocess.CompletedProcess) -> str:
    """Return all that was said, for the message of a failed test."""
    return (done.stdout + done.stderr).decode("utf-8", "replace")


def is_told(done: subprocess.CompletedProcess) -> bool:
    """Whether it ended right or in a sentence."""
    return done.returncode in (0, 1, 2, *range(10, 20)) and "Traceback" not in said(done)


def at_most(**limits: int) -> Callable[[], None]:
    """Return what sets limits of the system (``AS=…`` bytes) in a process."""

    def set_limits() -> None:
        for name, most in limits.items():
            number = getattr(resource, f"RLIMIT_{name}")
            resource.setrlimit(number, (most, most))

    return set_limits


def commands(made: Path, to: Path) -> dict[str, list[object]]:
    """Return every command that does heavy work, on the register and store in `made`."""
    store = ["--store", made / "store" / "store.duckdb"]
    register = ["--register", made / "register.csv", "--extraction", "2019-06-30", "--synthetic"]
    return {
        "build": ["build", *register, "--store", to / "built" / "store.duckdb"],
        "report": ["report", "--only", "F32", "--jobs", "1", "--to", to / "reports", *store],
        "export": ["export", "--only", "F32", "--to", to / "export", *store],
        "evaluate": [
            "evaluate", "revision", "F32", "--date", "2017-01-30", "--to", to / "e.csv", *store
        ],
        "ledger": ["ledger", "export", to / "ledger.zip", *store],
        "synth": ["synth", "--spells", "1000", "--to", to / "drawn.csv"],
    }  # fmt: skip
