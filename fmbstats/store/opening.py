"""Opens a store read-only; says of a file that is none, or none any more, what it is."""

from __future__ import annotations

import json
import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import duckdb

from fmbstats.errors import LockedError, StoreError

# One thread a process: parallel reports gain more than parallel queries do. As settings of the
# connection, so that a notebook may open the same store twice.
READ_ONLY: dict[str, str | bool | int | float | list[str]] = {
    "threads": 1,
    "async_threads": 0,
    "enable_external_access": False,
    "lock_configuration": True,
}
REBUILD = "Rebuild it with 'fmbstats build' (it is only a cache of data_raw)."
ANEW = (
    "If it was one, delete it and make it anew with 'fmbstats build' (it is only a cache of "
    "data_raw)."
)

# What DuckDB raises when a file is not what it wrote.
_DAMAGE = (
    duckdb.IOException,
    duckdb.SerializationException,
    duckdb.InternalException,
    duckdb.FatalException,
)
_RETURNED = (duckdb.DuckDBPyConnection, duckdb.DuckDBPyRelation)


@dataclass(frozen=True)
class Origin:
    """How a store came about, by its own word."""

    register_name: str
    #: `is_synthetic`, `is_merged`: no real person is in it; it is a sum of ledgers.
    is_synthetic: bool
    is_merged: bool
    files: frozenset[str]  #: Names of the register's files; empty for a drawn register.
    request: str | None  #: What was asked for, where it cannot be found again in data_raw; JSON.

    def how_to_rebuild(self) -> str:
        """What to do when the store is out of date, in a sentence."""
        if self.is_merged:
            return "Merge the ledgers again with 'fmbstats ledger merge'."
        if self.files:
            names = ", ".join(sorted(self.files)[:3]) + (" ..." if len(self.files) > 3 else "")
            return f"Rebuild it with 'fmbstats build' from its register ({names})."
        return REBUILD

    @property
    def kind(self) -> str:
        """What would be lost with the store, in words."""
        what = "the sum of ledgers" if self.is_merged else "the register"
        return f"{what} {self.register_name!r}"


@contextmanager
def damage_told(path: Path) -> Iterator[None]:
    """Name the store at `path` where DuckDB comes upon damage in it; queries' faults pass.

    Raises StoreError.
    """
    try:
        yield
    except duckdb.Error as error:
        # A wrong checksum has no class of its own: it is the base of all.
        if isinstance(error, _DAMAGE) or type(error) is duckdb.Error:
            raise no_store(path, error) from None
        raise


class Guarded:
    """A connection, or what it returns, whose errors name a damaged store.

    DuckDB reads a block when a query needs it, so that any query may find the damage. What is
    wrong with a query itself stays DuckDB's own error.
    """

    def __init__(self, inner: Any, path: Path) -> None:
        self._inner = inner
        self._path = path

    def __getattr__(self, name: str) -> object:
        found = getattr(self._inner, name)
        if not callable(found):
            return found

        def guarded(*arguments: object, **named: object) -> object:
            with damage_told(self._path):
                result = found(*arguments, **named)
            return Guarded(result, self._path) if isinstance(result, _RETURNED) else result

        return guarded

    def __enter__(self) -> Guarded:
        return self

    def __exit__(self, *exception: object) -> None:
        self._inner.close()


def connect(path: Path) -> duckdb.DuckDBPyConnection:
    """Open a store file read-only.

    Raises StoreError: there is no file, or it is no database of DuckDB, or damaged; LockedError: a
    process is writing to it.
    """
    refuse_unopenable(path)
    if not path.is_file():
        raise StoreError(f"There is no store at {path}. Make it with 'fmbstats build'.")
    try:
        opened = duckdb.connect(str(path), read_only=True, config=READ_ONLY)
    except (duckdb.Error, OSError) as error:
        raise no_store(path, error) from None
    # It answers whatever a connection answers.
    return cast("duckdb.DuckDBPyConnection", Guarded(opened, path))


def refuse_unopenable(path: Path) -> None:
    """Refuse a path of which DuckDB would take a part for a query, as in an address.

    Raises StoreError.
    """
    if "?" in str(path):
        raise StoreError(
            f"{path}: a store cannot lie under a name with a question mark, which DuckDB takes for "
            "the end of the name. Put it in another folder."
        )


def read_origin(path: Path) -> Origin | None:
    """Return how the store at `path` was made, whatever its layout; None where nothing is.

    Raises StoreError: something else has that name, or the store is damaged: it is not ours to
    replace; LockedError: a process is writing to it.
    """
    if not path.exists():
        return None
    if not path.is_file():
        raise StoreError(f"{path} is no file, so no store. Name another with --store.")
    # A write-ahead log that somebody left beside a store is none of its own; by way of a folder
    # of its own DuckDB does not see it.
    with tempfile.TemporaryDirectory(prefix="fmbstats-") as folder:
        link = Path(folder) / "store.duckdb"
        link.symlink_to(path.resolve())
        try:
            with connect(link) as connection:
                return _origin(connection)
        except (duckdb.Error, LookupError, TypeError, ValueError) as error:
            raise no_store(path, error) from None
        except StoreError as error:
            raise StoreError(str(error).replace(str(link), str(path))) from None


def _origin(connection: duckdb.DuckDBPyConnection) -> Origin:
    found = connection.execute("select * from meta_settings")
    names = [column[0] for column in found.description]
    said = dict(zip(names, found.fetchall()[0], strict=True))
    known = {name for (name,) in connection.execute("show tables").fetchall()}
    asked = "meta_request" in known and connection.execute("from meta_request").fetchone()
    return Origin(
        register_name=str(said["register_name"]),
        is_synthetic=bool(said["is_synthetic"]),
        is_merged=bool(said.get("is_merged", False)),
        files=frozenset(json.loads(said["register_files"])),
        request=asked[0] if asked else None,
    )


def no_store(path: Path, error: Exception) -> StoreError | LockedError:
    """Say whether a store is held by a writer (which one) or is no store."""
    said = str(error)
    if "lock" in said.lower() and isinstance(error, duckdb.IOException):
        held = re.search(r"held in (.+?) \(PID (\d+)\)", said)
        holder = f"process {held[2]} ({held[1]})" if held else "another process"
        return LockedError(
            f"{path} is open for writing in {holder}. End that process, or wait for it."
        )
    reason = said.splitlines()[0][:200].rstrip(".") if said else "it is empty"
    return StoreError(f"{path} is not a store of fmbstats: {reason}. {ANEW}")
