"""Files that are written whole or not at all, only where a file may stand, one batch a folder.

Whatever the project writes goes through here: beside its place first, forced to the disk, then
moved into place with one rename. A device, a pipe or a folder that happens to bear the name is
never written to nor replaced. A report folder is read by people while it is being renewed, and the
machine may lose power at any moment; a batch holds a lock on its folder as long as it runs.
"""

from __future__ import annotations

import errno
import json
import os
import stat
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from fmbstats.errors import LockedError, PlaceError, SpaceError, UserError

# DuckDB says these, not an errno, when the disk, a quota or a file size limit is reached.
_FULL_WORDS = ("no space left", "file too large", "disk quota", "max_temp_directory_size")
_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_KINDS = (
    (stat.S_ISDIR, "a folder"),
    (stat.S_ISCHR, "a device"),
    (stat.S_ISBLK, "a device"),
    (stat.S_ISFIFO, "a pipe"),
    (stat.S_ISSOCK, "a socket"),
)
_LOCK_NAME = ".batch.lock"
_HOLDER_NAME = ".batch.json"
# A file's name may have 255 bytes; the temporary one beside it needs room for its own.
_KEPT_OF_NAME = 40


def place_of(path: Path) -> Path:
    """Return where a file is to be written: links followed, nothing there but a regular file.

    Raises PlaceError: a folder, a device, a pipe or a socket has that name; or its folder is none.
    """
    try:
        place = Path(path).resolve()
        mode = os.stat(place).st_mode
    except FileNotFoundError:
        if place.parent.exists() and not place.parent.is_dir():
            raise PlaceError(f"{path}: {place.parent} is no folder. Name another file.") from None
        return place
    except (OSError, RuntimeError) as error:
        raise PlaceError(f"{path} cannot be written ({_reason(error)}). Name another.") from None
    for is_kind, said in _KINDS:
        if is_kind(mode):
            raise PlaceError(f"{path} is {said}, not a file; nothing was written. Name a file.")
    return place


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Give a temporary place beside `path`; what is written there takes its place at the end.

    When the block raises, `path` stays what it was, and nothing is left beside it.

    Raises PlaceError: no file may be written there; see `place_of`; SpaceError: the disk (or the
    quota, or the largest allowed file) is full.
    """
    place = place_of(path)
    own = f"{os.getpid()}-{threading.get_native_id()}"
    temporary = place.with_name(f".{place.name[:_KEPT_OF_NAME]}.{own}.tmp")
    try:
        temporary.touch()
        yield temporary
        with temporary.open("rb") as written:
            os.fsync(written.fileno())
        os.replace(temporary, place)
        sync_folder(place.parent)
    except OSError as error:
        # What the block could not read elsewhere is not told as a fault of this place.
        is_elsewhere = error.filename and str(error.filename) != str(temporary)
        if is_elsewhere and not is_full(error):
            raise
        raise explained(error, path) from None
    finally:
        with suppress(OSError):
            temporary.unlink()


def write_bytes(path: Path, data: bytes) -> None:
    """Put `data` at `path` in one step; what was there before stays until then.

    Raises PlaceError, SpaceError: see `replacing`; `path` is untouched.
    """
    with replacing(path) as temporary:
        temporary.write_bytes(data)


def write_text(path: Path, text: str) -> None:
    """Put `text` (UTF-8) at `path` in one step; see `write_bytes`."""
    write_bytes(path, text.encode("utf-8"))


def check_folder(path: Path) -> None:
    """Refuse a path that is something else than a folder, or can be none.

    Raises PlaceError.
    """
    try:
        is_folder = stat.S_ISDIR(os.stat(path).st_mode)
    except FileNotFoundError:
        is_folder = not Path(path).is_symlink()  # a link to nothing stays one
    except (OSError, ValueError) as error:
        raise PlaceError(f"{path} cannot be a folder ({_reason(error)}). Name another.") from None
    if not is_folder:
        raise PlaceError(f"{path} is no folder; nothing was written. Name a folder.")


def make_folder(path: Path) -> None:
    """Make `path` with its parents.

    Raises PlaceError, SpaceError: something else has its name, or it may not be made; the disk is
    full.
    """
    try:
        Path(path).mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise explained(error, Path(path)) from None


def sync_folder(folder: Path) -> None:
    """Force the rename itself to the disk; not every file system offers it."""
    with suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def is_full(error: BaseException) -> bool:
    """Whether an error of the system or of DuckDB says that a disk or a quota is full."""
    if isinstance(error, OSError) and error.errno in _FULL:
        return True
    said = str(error).lower()
    return any(words in said for words in _FULL_WORDS)


def explained(error: OSError, path: Path) -> UserError:
    """Say for the user why `path` could not be written."""
    if is_full(error):
        return SpaceError(
            f"{path}: no space left to write ({_reason(error)}). What is already in place is "
            "whole and untouched. Make room and run the same command again."
        )
    return PlaceError(f"{path} cannot be written ({_reason(error)}). Name another place.")


def _reason(error: Exception) -> str:
    return getattr(error, "strerror", None) or str(error)


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

    Raises LockedError: another process holds it; the message names that process.
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
        raise explained(error, folder) from None
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
