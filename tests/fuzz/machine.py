"""The command line as a program of its own, on machines that lack something."""

from __future__ import annotations

import ctypes
import os
import resource
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
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


NOBODY = 65534


def become_nobody() -> None:
    """Give up root's rights, before a program begins."""
    os.setgroups([])
    os.setgid(NOBODY)
    os.setuid(NOBODY)


def without_roots_rights() -> None:
    """Let the rights of files hold for root, too (CAP_DAC_OVERRIDE and _READ_SEARCH dropped)."""
    if os.geteuid() == 0:
        for capability in (1, 2):
            ctypes.CDLL(None).prctl(24, capability)


def open_to_others(folder: Path) -> None:
    """Let others into a folder of the tests', and read what is in it."""
    for parent in (folder, *folder.parents):
        if parent.stat().st_mode & 0o005 != 0o005 and parent.is_relative_to("/tmp"):
            parent.chmod(parent.stat().st_mode | 0o005)


def skip_unless_others_run() -> None:
    """Skip where another user than root cannot run this Python."""
    probe = [sys.executable, "-c", "import fmbstats"]
    try:
        can = subprocess.run(probe, preexec_fn=become_nobody, capture_output=True, check=False)
    except PermissionError:
        pytest.skip(f"others may not run {sys.executable}")
    if can.returncode:
        pytest.skip(f"others may not import what {sys.executable} imports")


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
