"""A store is either whole or not there: one builder at a time, a draft, one rename."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb
from filelock import FileLock, Timeout

from fmbstats.atomic import is_full, make_folder, place_of, sync_folder
from fmbstats.errors import LockedError, SpaceError
from fmbstats.store.opening import read_origin, refuse_unopenable

PRIVATE_FOLDER = 0o700
PRIVATE_FILE = 0o600


@contextmanager
def publishing(path: Path) -> Iterator[Path]:
    """Give the path of a draft; put it in place at `path` when the block ends well.

    The draft lies in a private folder of its own beside `path`, where DuckDB may also spill. What
    killed builds left there is swept first. When the block raises, `path` stays what it was.

    Raises StoreError, PlaceError: something that is no store lies at `path`, or no file may be
    there; LockedError: another process is building; it is named; SpaceError: the disk is full.
    """
    path = place_of(path)
    refuse_unopenable(path)
    read_origin(path)  # raises where something else than a store would be lost
    if not path.parent.is_dir():
        # Only a folder made here is made private: an existing one belongs to somebody.
        make_folder(path.parent)
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
    sync_folder(path.parent)


def force_to_disk(path: Path) -> None:
    """Wait until all that was written of a file is on the disk."""
    with path.open("rb") as written:
        os.fsync(written.fileno())


def lock_path(path: Path) -> Path:
    """Return the file beside a store that one builder at a time holds."""
    return path.with_name(f".{path.name}.lock")


def builder_path(path: Path) -> Path:
    """Return the file that names the process that builds a store."""
    return path.with_name(f".{path.name}.builder")


@contextmanager
def _only_builder(path: Path) -> Iterator[None]:
    lock, holder = lock_path(path), builder_path(path)
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
    import psutil

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
