"""Asks a store for a text, or gives what it said when nothing has changed since."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from fmbstats.batch.manifest import digest, package_digest
from fmbstats.cli.common import find_data, find_store
from fmbstats.cli.ready import ready_store
from fmbstats.errors import SpaceError
from fmbstats.store.kept_answers import keep_answer, read_answer
from fmbstats.store.paths import source_hash

if TYPE_CHECKING:
    from fmbstats.diagnosis import Workbench


def answer(
    asked: tuple[object, ...],
    data: Path | None,
    store_path: Path | None,
    say: Callable[[Workbench], str],
) -> str:
    """Return what a store says to a question.

    It is said again, without opening the store, as long as store, package, question and the source
    data are those of the first time.

    Parameters
    ----------
    asked : tuple
        All that the text depends on besides store, package and source data.
    data, store_path : Path or None
        As given with --data and --store.
    say : callable
        Makes the text.
    """
    store = find_store(store_path)
    folder = find_data(data) if data or store_path is None else None
    question, key = digest(repr(asked), str(folder and folder.resolve())), _key(store)
    kept = read_answer(store, key, question)
    if kept and source_hash(Path(kept[1])) == kept[2]:
        return kept[0]
    with ready_store(data, store_path) as opened:
        text, read = say(opened), opened.data_folder.resolve()
    with suppress(SpaceError):
        keep_answer(store, _key(store), question, (text, str(read), source_hash(read)))
    return text


def _key(store: Path) -> str:
    """Tell this store and this package from all others; a store that is not there is none."""
    try:
        found = store.stat()
    except OSError:
        return ""
    identity = f"{found.st_ino} {found.st_size} {found.st_mtime_ns} {found.st_ctime_ns}"
    return digest(package_digest(), identity)
