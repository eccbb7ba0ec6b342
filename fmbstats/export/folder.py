"""The folder of an export: whole or not there, and never one that holds other people's files.

Everything is written into a folder beside the place and then moved there at once, so that nobody
meets figures of one run numbered like those of another.
"""

from __future__ import annotations

import errno
import fcntl
import hashlib
import json
import os
import re
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import TextIO

from fmbstats.atomic import make_folder
from fmbstats.errors import LockedError, SpaceError, UserError

MANIFEST = "export.json"
MADE_BY = "fmbstats export"
_SYNCED_AT_ONCE = 16


def check_target(folder: Path) -> None:
    """Make sure that nothing but an earlier export, as it was made, lies in `folder`.

    Raises UserError: `folder` is a file, or holds something that an export did not put there.
    """
    if not folder.exists():
        return
    if not folder.is_dir():
        raise UserError(f"{folder} is a file. Name a folder with --to.")
    found = sorted(p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file())
    if not found:
        return
    known = _known_files(folder)
    if not known:
        raise UserError(
            f"{folder} is not empty and was not made by 'fmbstats export' (it holds "
            f"{found[0]!r}{_more(found)}). Nothing was written. Name another folder with --to."
        )
    foreign = [name for name in found if name != MANIFEST and name not in known]
    if foreign:
        raise UserError(
            f"{folder} holds {foreign[0]!r}{_more(foreign)}, not made by 'fmbstats export'. "
            "Nothing was written. Move it away, or name another folder with --to."
        )
    changed = [name for name in found if name in known and _sha256(folder / name) != known[name]]
    if changed:
        raise UserError(
            f"{folder} holds {changed[0]!r}{_more(changed)}, changed since it was exported. "
            "Nothing was written. Move it away, or name another folder with --to."
        )


def _more(names: Sequence[str]) -> str:
    return f" and {len(names) - 1} more" if len(names) > 1 else ""


def _known_files(folder: Path) -> dict[str, str]:
    """Return the files of an earlier export with their hashes; none when it is no export."""
    try:
        made = json.loads((folder / MANIFEST).read_text("utf-8"))
        if made["made_by"] != MADE_BY:
            return {}
        return {file["name"]: file["sha256"] for file in made["files"]} or {MANIFEST: ""}
    except (OSError, ValueError, KeyError, TypeError):
        return {}


@contextmanager
def staged(folder: Path, about: dict[str, object]) -> Iterator[Path]:
    """Give a folder to write into; move it to `folder` when all went well.

    `folder`: checked by `check_target`; an earlier export there is replaced. `about`: goes into the
    manifest, beside the names, sizes and hashes of the files. Yields a new, empty folder on the
    same disk. After an error it is removed and `folder` is as it was. Raises LockedError: another
    export into `folder` is under way; the message names its process.
    """
    folder = folder.resolve()
    make_folder(folder.parent)
    with _held(folder):
        _sweep(folder)
        stage = Path(tempfile.mkdtemp(prefix=f".{folder.name}.", suffix=".tmp", dir=folder.parent))
        try:
            yield stage
            manifest = {"made_by": MADE_BY, **about, "files": _files(stage)}
            text = json.dumps(manifest, ensure_ascii=False, indent=1) + "\n"
            (stage / MANIFEST).write_text(text, "utf-8", newline="\n")
            stage.chmod(0o755)
            _sync(stage)
            _swap(stage, folder)
        except OSError as error:
            if error.errno not in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
                raise
            raise SpaceError(
                f"{folder}: no space left to write ({error.strerror}). An earlier export there is "
                "untouched. Make room and run the same command again."
            ) from None
        finally:
            shutil.rmtree(stage, ignore_errors=True)


def _sweep(folder: Path) -> None:
    """Remove what killed exports into `folder` left beside it; `folder` is held."""
    left = re.compile(rf"\.{re.escape(folder.name)}\.[a-z0-9_]{{8}}\.tmp")
    for place in folder.parent.iterdir():
        if left.fullmatch(place.name) and place.is_dir() and not place.is_symlink():
            shutil.rmtree(place, ignore_errors=True)


@contextmanager
def _held(folder: Path) -> Iterator[None]:
    """Hold `folder` for one export by a lock beside it, which goes when the export ends."""
    path = folder.with_name(f".{folder.name}.lock")
    with ExitStack() as opened:
        while True:
            handle = opened.enter_context(path.open("a+", encoding="ascii"))
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise LockedError(
                    f"{folder}: another export is writing here{_holder(handle)}. Nothing was "
                    "written. Wait until it has ended, or name another folder with --to."
                ) from None
            # Between opening and locking, the export before may have removed the file.
            if path.exists() and path.stat().st_ino == os.fstat(handle.fileno()).st_ino:
                break
        handle.truncate(0)
        handle.write(str(os.getpid()))
        handle.flush()
        try:
            yield
        finally:
            path.unlink(missing_ok=True)


def _holder(handle: TextIO) -> str:
    handle.seek(0)
    pid = handle.read(20)
    return f" (process {pid})" if pid.isdigit() else ""


def _files(stage: Path) -> list[dict[str, object]]:
    return [
        {
            "name": path.relative_to(stage).as_posix(),
            "bytes": path.stat().st_size,
            "sha256": _sha256(path),
        }
        for path in sorted(stage.rglob("*"))
        if path.is_file()
    ]


def _sha256(path: Path) -> str:
    with path.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()


def _sync(stage: Path) -> None:
    """Force every file to the disk before the folder takes the place of another.

    Many at once: the disk takes them together, and one after the other they wait 20 times as long.
    """
    files = [path for path in stage.rglob("*") if path.is_file()]
    with ThreadPoolExecutor(_SYNCED_AT_ONCE) as threads:
        for _ in threads.map(_sync_file, files):
            pass


def _sync_file(path: Path) -> None:
    with path.open("rb") as handle:
        os.fsync(handle.fileno())


def _swap(stage: Path, folder: Path) -> None:
    """Put `stage` in the place of `folder`; what was there goes only when the new one stands."""
    check_target(folder)
    if not folder.exists():
        os.replace(stage, folder)
        return
    old = stage.with_suffix(".old")
    try:
        os.replace(folder, old)
    except OSError as error:
        raise LockedError(
            f"{folder} cannot be replaced ({error.strerror}): another program may hold it open. "
            "Close it, or name another folder with --to."
        ) from None
    try:
        os.replace(stage, folder)
    except OSError:
        with suppress(OSError):
            os.replace(old, folder)
        raise
    shutil.rmtree(old, ignore_errors=True)
