"""Opens a store for writing and makes tables of the files in ``fmbstats/sql``."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import duckdb
import polars as pl

from fmbstats.store.paths import MEMORY_VARIABLE, sql_text

# What twenty million certificates need, in MB.
_ENOUGH = 2500


def memory_limit(machine: int | None = None) -> str:
    """Return how much memory DuckDB may take for a build, for its setting; the rest is spilled.

    What FMBSTATS_MEMORY says; else what is enough for most registers, or a tenth of a large
    machine, and never over half of what there is. `machine`: its memory in MB.

    Examples
    --------
    >>> [memory_limit(machine) for machine in (4_000, 24_000, 64_000)]
    ['2000MB', '2500MB', '6400MB']
    """
    if asked := os.environ.get(MEMORY_VARIABLE):
        return asked
    machine = machine or _memory_of_machine()
    return f"{min(max(_ENOUGH, machine // 10), machine // 2)}MB"


def _memory_of_machine() -> int:
    found = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    # A container may have less; it says "max" where it has not.
    with suppress(OSError, ValueError):
        found = min(found, int(Path("/sys/fs/cgroup/memory.max").read_text("ascii")))
    return found // 10**6


def person_key(has_keys: bool) -> str:
    """SQL of a person's key, the one that spells have: numbered while read, or of the id's text."""
    return "person_key" if has_keys else "(hash(person_id) >> 1)::bigint"


@contextmanager
def open_draft(draft: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open a new store for writing; what does not fit into memory is spilled beside it."""
    with duckdb.connect(str(draft)) as connection:
        # A draft counts only once it is in place, and publishing forces it to the disk before.
        connection.execute("set fsync_mode = 'none'")
        connection.execute("set memory_limit = ?", [memory_limit()])
        connection.execute("set temp_directory = ?", [str(draft.with_suffix(".spill"))])
        connection.execute("set preserve_insertion_order = false")
        # Rows that are poured in block by block lie in groups of uneven size, which is no harm:
        # making them even at a checkpoint would write half of the spells a second time.
        connection.execute("set max_vacuum_tasks = 0")
        connection.execute("set enable_progress_bar = false")
        connection.execute("set autoinstall_known_extensions = false")
        connection.execute(sql_text("stg_cell_macros"))
        yield connection
        connection.execute("checkpoint")


@contextmanager
def in_order(connection: duckdb.DuckDBPyConnection) -> Iterator[None]:
    """Keep the order of subqueries, for selects that rely on it; on every connection."""
    connection.execute("set preserve_insertion_order = true")
    yield
    connection.execute("set preserve_insertion_order = false")


def create(
    connection: duckdb.DuckDBPyConnection, name: str, kind: str = "table", file: str = ""
) -> None:
    """Make a table or view from its file of fmbstats/sql."""
    connection.execute(f"create {kind} {name} as {sql_text(file or name)}")


def insert(
    connection: duckdb.DuckDBPyConnection, name: str, frame: pl.DataFrame, kind: str = "table"
) -> None:
    """Make a table of a frame."""
    pour(connection, f"create {kind} {name} as", frame)


class Filling:
    """A temporary table that is made by the first frame it takes."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, name: str) -> None:
        self._connection = connection
        self._name = name
        self._verb = f"create temp table {name} as"

    def take(self, frame: pl.DataFrame) -> None:
        """Add the rows of a frame."""
        pour(self._connection, self._verb, frame)
        self._verb = f"insert into {self._name}"


def pour(connection: duckdb.DuckDBPyConnection, verb: str, frame: pl.DataFrame) -> None:
    """Put the rows of a frame where `verb` says: "create table … as" or "insert into …"."""
    with frame_as(connection, "poured", frame):
        connection.execute(f"{verb} select * from poured")


@contextmanager
def frame_as(
    connection: duckdb.DuckDBPyConnection, name: str, frame: pl.DataFrame
) -> Iterator[None]:
    """Let SQL read a frame under a name."""
    connection.register(name, frame.to_arrow(compat_level=pl.CompatLevel.newest()))
    yield
    connection.unregister(name)
