"""Files that are either whole or not there, and one batch at a time per folder.

A report folder is read by people while it is being renewed, and the machine may lose power at any
moment. So every file is written beside its place, forced to the disk, and then moved into place
with one rename; a batch holds a lock on the folder as long as it runs.
"""

from __future__ import annotations

import errno
import json
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from fmbstats.errors import LockedError, SpaceError

_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_LOCK_NAME = ".batch.lock"
_HOLDER_NAME = ".batch.json"


def write_bytes(path: Path, data: bytes) -> None:
    """Put `data` at `path` in one step; what was there before stays until then.

    Parameters
    ----------
    path : pathlib.Path
        Place of the file; its folder exists.
    data : bytes
        The whole content.

    Raises
    ------
    SpaceError
        The disk (or the quota, or the largest allowed file) is full; `path` is untouched.
    """
    path = Path(path)
    temporary = path.with_name(f".{path.name}.{os.getpid()}-{threading.get_native_id()}.tmp")
    try:
        with open(temporary, "wb") as handle:
            handle.write(data)
            handle.flush()
            os.fsync(handle.fileno())
        os.replace(temporary, path)
        _sync_folder(path.parent)
    except OSError as error:
        raise _explained(error, path) from None
    finally:
        with suppress(OSError):
            temporary.unlink()


def write_text(path: Path, text: str) -> None:
    """Put `text` (UTF-8) at `path` in one step; see `write_bytes`."""
    write_bytes(path, text.encode("utf-8"))


def make_folder(path: Path) -> None:
    """Make `path` with its parents; a full disk is a `SpaceError`."""
    try:
        Path(path).mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise _explained(error, Path(path)) from None


def sweep(folder: Path) -> int:
    """Remove temporary files that a killed run left in `folder`; returns how many.

    Only to be called while the folder's lock is held.
    """
    leftovers = [p for p in Path(folder).glob(".*.tmp") if p.is_file()]
    for path in leftovers:
        with suppress(FileNotFoundError):
            path.unlink()
    return len(leftovers)


@contextmanager
def folder_lock(folder: Path) -> Iterator[None]:
    """Hold `folder` for one batch.

    Raises
    ------
    LockedError
        Another process holds it; the message names that process.
    """
    from filelock import FileLock, Timeout

    make_folder(folder)
    lock = FileLock(folder / _LOCK_NAME, timeout=0)
    try:
        lock.acquire()
    except Timeout:
        raise LockedError(
            f"{folder}: another batch is writing here{_holder(folder)}. "
            "Wait until it has ended, or give another folder with --to."
        ) from None
    except OSError as error:
        raise _explained(error, folder) from None
    try:
        write_text(folder / _HOLDER_NAME, json.dumps({"pid": os.getpid()}) + "\n")
        yield
    finally:
        # The lock file itself stays: removing it would let two waiting batches lock two files.
        with suppress(OSError):
            (folder / _HOLDER_NAME).unlink()
        lock.release()


def _holder(folder: Path) -> str:
    try:
        return f" (process {json.loads((folder / _HOLDER_NAME).read_text())['pid']})"
    except (OSError, ValueError, KeyError):
        return ""


def _explained(error: OSError, path: Path) -> Exception:
    """Turn a full disk into a message; every other error stays as it is."""
    if error.errno not in _FULL:
        return error
    return SpaceError(
        f"{path}: no space left to write ({error.strerror}). Reports already in place are whole "
        "and untouched. Make room and run the same command again; only what is missing is made."
    )


def _sync_folder(folder: Path) -> None:
    """Force the rename itself to the disk; not every file system offers it."""
    with suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
