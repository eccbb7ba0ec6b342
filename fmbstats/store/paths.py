"""Where the store lies and what it was built from."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path

from fmbstats.atomic import make_folder, write_bytes

_PACKAGE = Path(__file__).resolve().parents[1]
STORE_FILE = Path(".fmbstats") / "store.duckdb"
# Set by `fmbstats lab` and while a batch runs, so that every notebook finds the store wherever it
# lies, and the folder that is read beside it.
STORE_VARIABLE = "FMBSTATS_STORE"
DATA_VARIABLE = "FMBSTATS_DATA"
# "1": every notebook in a kernel of its own, for systems where forks of a warmed process fail.
NO_FORK_VARIABLE = "FMBSTATS_NO_FORK"
# Memory of a build, as "8GB"; without it a share of the machine's.
MEMORY_VARIABLE = "FMBSTATS_MEMORY"
# Registers can be gigabytes: above this size and change time stand in for the content.
LARGE_FILE_BYTES = 32 * 1024 * 1024
LAYOUT_VERSION = 10


def side_folder(store: Path) -> Path:
    """Return the one folder beside a store in which what belongs to it lies; it is our own.

    Nothing else is ever written beside a store that somebody named.
    """
    folder = Path(store).resolve().parent
    return folder if folder.name == STORE_FILE.parent.name else folder / STORE_FILE.parent


def project_root(start: Path | None = None) -> Path:
    """Return the nearest folder at or above `start` that holds data_raw, else `start` itself.

    Notebooks run from notebooks/, the command line from anywhere below the root: both must
    find the same store.
    """
    here = (start or Path.cwd()).resolve()
    for folder in (here, *here.parents):
        if (folder / "data_raw").is_dir():
            return folder
    return here


def data_folder() -> Path:
    """Return where FMBSTATS_DATA says, or the project's data_raw, or what fmbstats brings along."""
    named = os.environ.get(DATA_VARIABLE)
    return Path(named) if named else _own_or_shipped("data_raw")


@contextmanager
def in_environment(**variables: Path) -> Iterator[None]:
    """Set variables to paths for as long as the block runs, notebooks and forks included."""
    before = {name: os.environ.get(name) for name in variables}
    os.environ.update({name: str(value.resolve()) for name, value in variables.items()})
    try:
        yield
    finally:
        for name, value in before.items():
            os.environ.pop(name) if value is None else os.environ.update({name: value})


def notebook_folder() -> Path:
    """Return the project's notebooks; outside a project those that fmbstats brings along."""
    return _own_or_shipped("notebooks")


def _own_or_shipped(name: str) -> Path:
    own = project_root() / name
    return own if own.is_dir() else shipped(name) or own


def shipped(name: str) -> Path | None:
    """Return a folder that came with fmbstats: in the wheel, or in the checkout it runs from."""
    places = [_PACKAGE / "shipped" / name]
    if (_PACKAGE.parent / "pyproject.toml").is_file():
        places.append(_PACKAGE.parent / name)
    return next((place for place in places if place.is_dir()), None)


def copy_shipped(target: Path, names: Collection[str] = ("data_raw", "notebooks")) -> list[Path]:
    """Copy what came with fmbstats into a folder of one's own; no file there is replaced.

    Returns the files that were written.
    """
    written: list[Path] = []
    for name in names:
        source = shipped(name)
        if source is None or source.resolve() == (target / name).resolve():
            continue
        for path in sorted(p for p in source.rglob("*") if p.is_file()):
            goal = target / name / path.relative_to(source)
            if not goal.exists():
                make_folder(goal.parent)
                write_bytes(goal, path.read_bytes())
                written.append(goal)
    return written


def source_hash(data_raw: Path, without: Collection[Path] = ()) -> str:
    """Hash everything the store is made of: data_raw, the SQL and the layout version.

    Evaluation rounds, events and what a publisher says of the pages are no part of the store: a
    new one makes it not stale. Files in `without` are left out.
    """
    digest = hashlib.sha256(f"layout {LAYOUT_VERSION}".encode())
    rounds = data_raw / "rounds"
    for path in sorted(p for p in data_raw.rglob("*") if p.is_file() and p.parent != rounds):
        if path in without or path in (data_raw / "events.csv", data_raw / "publication.toml"):
            continue
        digest.update(f"{path.relative_to(data_raw).as_posix()}\0".encode())
        info = path.stat()
        is_large = info.st_size > LARGE_FILE_BYTES
        said = f"{info.st_size} {info.st_mtime_ns}".encode() if is_large else path.read_bytes()
        digest.update(said)
    for item in sorted((_PACKAGE / "sql").glob("*.sql")):
        digest.update(item.read_bytes())
    return digest.hexdigest()


def sql_text(name: str) -> str:
    """Return one file of fmbstats/sql."""
    return (_PACKAGE / "sql" / f"{name}.sql").read_text("utf-8")
