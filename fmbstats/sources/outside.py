"""The one boundary between readers and the files of others.

A reader says what is wrong with a file where it knows; what it did not foresee still is a fault of
the file, told as one. Faults of the machine and errors outside the boundary keep their own words:
the first are told as such, the second are bugs and keep their traceback.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from traceback import walk_tb
from types import FrameType
from typing import TypeVar

import polars as pl

from fmbstats.errors import SourceError, UserError
from fmbstats.sources.registers.spellsource import MadeSpells, SpellSource

Found = TypeVar("Found")
# Compiled readers report a broken assumption of their own by an exception that is no Exception.
_PANIC = "PanicException"
_ROOM = "fmbstats.sources."
# What writes or keeps the boundary, in the room of the readers; readers in other rooms.
_NO_READERS = {"outside", "folders", "published.published_write"}
_OTHERS = ("fmbstats.store.ledger_file", "fmbstats.store.ledger_tables")
# What readers call the file they read.
_FILE_NAMES = ("path", "file", "source")


@contextmanager
def outside(files: Iterable[str | Path], *, of_readers_alone: bool = False) -> Iterator[None]:
    """Tell whatever goes wrong while others' `files` are read as a fault of theirs.

    `of_readers_alone`: the block does more than read: only what comes out of a reader is told so.
    Raises SourceError: names the files, what came up, and where in the reading.
    """
    try:
        yield
    except BaseException as error:
        if not _is_unforeseen(error) or (of_readers_alone and not _places(error)):
            raise
        raise SourceError(_told(files, error)) from error


def of_a_reader(error: BaseException) -> SourceError | None:
    """Return what to tell of an error that came out of a reader; None where it did not.

    For whoever stands outside everything and does not know which files were read.
    """
    if not _is_unforeseen(error) or not _places(error):
        return None
    return SourceError(_told(_files(error), error))


def _is_unforeseen(error: BaseException) -> bool:
    if isinstance(error, UserError | MemoryError | OSError):
        return False  # told already, or the machine's
    return isinstance(error, Exception) or type(error).__name__ == _PANIC  # no Ctrl-C


def read_outside(reader: Callable[..., Found], path: str | Path, *more: object) -> Found:
    """Return ``reader(path, *more)``; see `outside`."""
    with outside([path]):
        return reader(path, *more)


def guarded(source: SpellSource) -> SpellSource:
    """Return a register whose rows are read inside the boundary, whenever the store asks."""

    def blocks(is_compared: bool) -> Iterator:
        with outside(source.files):
            yield from source.blocks(is_compared)

    made = replace(source, blocks=blocks)
    if (make := source.make_spells) is None:
        return made

    def make_spells(rows: pl.DataFrame, n_before: int) -> MadeSpells:
        with outside(source.files):
            return make(rows, n_before)

    return replace(made, make_spells=make_spells)


def _told(files: Iterable[str | Path], error: BaseException) -> str:
    names = ", ".join(Path(file).name for file in files) or "the data"
    said = " ".join(str(error).split())[:160]
    # What was being read, by the innermost function of a reader.
    reading = f"{places[-1]}," if (places := _places(error)) else "the reader"
    return (
        f"{names}: cannot be read; {reading} came upon {type(error).__name__}"
        f"{f' ({said})' if said else ''}. The file is damaged, or not what it is taken for: fetch "
        "it again, or see what 'fmbstats check' says of it."
    )


def _places(error: BaseException) -> list[str]:
    """Where in the readers an error came up, from the outside in."""
    return [
        f"{frame.f_globals['__name__'].removeprefix(_ROOM)}, line {line}"
        for frame, line in _reader_frames(error)
    ]


def _files(error: BaseException) -> list[Path]:
    """Return the file that the innermost reader which knows one was at."""
    for frame, _ in reversed(_reader_frames(error)):
        for name in _FILE_NAMES:
            if isinstance(found := frame.f_locals.get(name), Path):
                return [found]
    return []


def _reader_frames(error: BaseException) -> list[tuple[FrameType, int]]:
    found = []
    for frame, line in walk_tb(error.__traceback__):
        module = frame.f_globals.get("__name__", "")
        is_reader = module.startswith(_ROOM) and module.removeprefix(_ROOM) not in _NO_READERS
        if is_reader or module in _OTHERS:
            found.append((frame, line))
    return found
