"""A store is either whole or not there: one builder at a time, a draft, one rename."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import duckdb
import psutil
from filelock import FileLock, Timeout

from fmbstats.errors import LockedError, SpaceError

# DuckDB says these, not an errno, when the disk, a quota or a file size limit is reached.
_FULL = ("no space left", "file too large", "disk quota", "max_temp_directory_size")
PRIVATE_FOLDER = 0o700
PRIVATE_FILE = 0o600


@contextmanager
def publishing(path: Path) -> Iterator[Path]:
    """Give the path of a draft; put it in place at `path` when the block ends well.

    The draft lies in a private folder of its own beside `path`, where DuckDB may also spill. What
    killed builds left there is swept first. When the block raises, `path` stays what it was.

    Raises
    ------
    LockedError
        Another process is building; it is named.
    SpaceError
        The disk is full.
    """
    path = Path(path)
    with _explained(path):
        if not path.parent.is_dir():
            # Only a folder made here is made private: an existing one belongs to somebody.
            path.parent.mkdir(parents=True)
            path.parent.chmod(PRIVATE_FOLDER)
    with _only_builder(path), _explained(path):
        for leftover in path.parent.glob(f"building-{path.name}-*"):
            shutil.rmtree(leftover, ignore_errors=True)
        folder = Path(tempfile.mkdtemp(dir=path.parent, prefix=f"building-{path.name}-"))
        try:
            draft = folder / path.name
            yield draft
            _put_in_place(draft, path)
        finally:
            shutil.rmtree(folder, ignore_errors=True)


def _put_in_place(draft: Path, path: Path) -> None:
    draft.chmod(PRIVATE_FILE)
    force_to_disk(draft)
    # A write-ahead log that somebody left beside the old store would break the new one.
    path.with_name(path.name + ".wal").unlink(missing_ok=True)
    os.replace(draft, path)
    with suppress(OSError):  # not every file system can force the rename itself
        descriptor = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def force_to_disk(path: Path) -> None:
    """Wait until all that was written of a file is on the disk."""
    with path.open("rb") as written:
        os.fsync(written.fileno())


@contextmanager
def _only_builder(path: Path) -> Iterator[None]:
    lock, holder = path.with_suffix(".lock"), path.with_suffix(".builder")
    try:
        with FileLock(lock, timeout=0):
            holder.write_text(json.dumps({"pid": os.getpid()}) + "\n")
            try:
                yield
            finally:
                # The lock file stays: removing it would let two waiting builds lock two files.
                holder.unlink(missing_ok=True)
    except Timeout:
        raise LockedError(
            f"{path} is being built by {_named(holder)}. Wait for it, or end it, and try again."
        ) from None


def _named(holder: Path) -> str:
    try:
        pid = int(json.loads(holder.read_text())["pid"])
        started = psutil.Process(pid)
        return f"process {pid} ({' '.join(started.cmdline()[:4])[:80]})"
    except (OSError, ValueError, KeyError, psutil.Error):
        return "another process"


@contextmanager
def _explained(path: Path) -> Iterator[None]:
    """Turn a full disk into a message; every other error stays as it is."""
    try:
        yield
    except (duckdb.Error, OSError) as error:
        if not is_full(error):
            raise
        reason = str(error).splitlines()[0][:160]
        raise SpaceError(
            f"No space left to build {path} ({reason}). The earlier store is untouched. Make room "
            f"in {path.parent} and build again."
        ) from None


def is_full(error: Exception) -> bool:
    """Whether an error of DuckDB or the system says that a disk or a quota is full."""
    said = str(error).lower()
    return any(words in said for words in _FULL)
