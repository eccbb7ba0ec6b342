"""The store a command reads: one that is named is read as it is or refused, never made.

Only the project's own store, where none is named, is made when it is missing or out of date, and
only when nothing can be lost: everything that went into it must still be there.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from fmbstats.cli.common import find_data, find_store, log
from fmbstats.errors import StoreError
from fmbstats.store.paths import source_hash

if TYPE_CHECKING:
    from fmbstats.diagnosis.objects import Workbench
    from fmbstats.store import Store
    from fmbstats.store.opening import Origin

    Opened = TypeVar("Opened", bound=Store)


def ready_store(data: Path | None, store_path: Path | None) -> Workbench:
    """Open the store that a command reads, as an analyst does; see `ready`."""
    from fmbstats.diagnosis.objects import open_store

    return ready(data, store_path, open_store)


def ready(data: Path | None, store_path: Path | None, opened: Callable[[Path], Opened]) -> Opened:
    """Open the store that a command reads.

    `data`, `store_path`: as given with --data and --store. `opened`: opens a path.

    Raises StoreError: the file named is no store, damaged, of another layout or older than its
    sources; or the project's own is, and cannot be made anew without losing what it rests on.
    """
    folder, found = _opened(data, store_path, opened)
    return found or _built(folder, opened)


def current(
    data: Path | None, store_path: Path | None, opened: Callable[[Path], Opened]
) -> tuple[Path, Opened | None]:
    """Return what a command reads beside its store, and the store that `ready` would open.

    None where `ready` makes or refuses it. What is read beside (recommendations, rounds, events,
    the publisher): the folder that was named; else, for a store that was named, the one it was
    built from, while that is there; else the project's. For the store of a guideline, the
    guideline's own within it.
    """
    try:
        return _opened(data, store_path, opened)
    except StoreError:
        return find_data(data), None  # whoever opens the store says what is wrong with it


def _opened(
    data: Path | None, store_path: Path | None, opened: Callable[[Path], Opened]
) -> tuple[Path, Opened | None]:
    if store_path is not None:
        store = opened(store_path)
        _refuse_older(store, find_data(data) if data else store.data_folder)
        is_there = data or (store.data_folder / "fmb").is_dir()
        return store.data_folder if is_there else find_data(None), store
    folder = find_data(data)
    found = _current(find_store(None), folder, opened)
    if found is not None:
        folder = found.data_folder = _sources_of(found, folder)
    return folder, found


def _built(folder: Path, opened: Callable[[Path], Opened]) -> Opened:
    """Make the project's own store from a data folder, and open it."""
    from fmbstats.cli.build import run_build
    from fmbstats.store.opening import read_origin

    path = find_store(None)
    _check_nothing_is_lost(path, read_origin(path), folder)
    if path.exists():
        log.info("The store is older than its sources or this version. Building it anew.")
    run_build(folder, path)
    store = opened(path)
    store.data_folder = _sources_of(store, folder)
    return store


def _sources_of(store: Store, folder: Path) -> Path:
    """Return the data folder to hold a store against: of another guideline its own within it."""
    from fmbstats.sources.published import GUIDELINES

    own = Path(store.settings.data_folder)
    is_guideline = own.parent.resolve() == (folder / GUIDELINES).resolve()
    return own if is_guideline else folder


def _refuse_older(store: Store, folder: Path) -> None:
    from fmbstats.store.opening import REBUILD, read_origin

    folder = store.data_folder = _sources_of(store, folder)
    # A store may be read where its sources are not.
    if (folder / "fmb").is_dir() and store.settings.source_hash != source_hash(folder):
        store.close()
        origin = read_origin(store.path)
        how = origin.how_to_rebuild() if origin else REBUILD
        raise StoreError(f"{store.path} is older than its sources in {folder}. {how}")


def _current(path: Path, folder: Path, opened: Callable[[Path], Opened]) -> Opened | None:
    """Open the project's own store; None when it has to be made first."""
    from fmbstats.store.opening import read_origin

    if not path.exists():
        return None
    try:
        store = opened(path)
    except StoreError:
        read_origin(path)  # raises when it is damaged, or no store at all
        return None
    if store.settings.source_hash == source_hash(_sources_of(store, folder)):
        return store
    store.close()
    return None


def _check_nothing_is_lost(path: Path, origin: Origin | None, folder: Path) -> None:
    """Refuse to replace a store by one of something else.

    What was drawn can be drawn again; files must be found by their names; sums of ledgers cannot
    be made from data_raw.
    """
    if origin is None:
        return
    if origin.is_merged:
        raise StoreError(
            f"{path} was merged from ledgers and is out of date. Merge them again with 'fmbstats "
            "ledger merge', or run 'fmbstats build --replace' for a store from data_raw."
        )
    from fmbstats.store.own_register import found_request

    request = found_request(folder, origin)
    there = {p.name for p in request.files if p.is_file()} if request else set()
    gone = sorted(origin.files - there)
    if gone:
        raise StoreError(
            f"{path} is out of date and rests on {origin.kind}, whose file {gone[0]} is gone; it "
            "was left as it is. Name the register with 'fmbstats build --register FILE', put it "
            f"into {folder / 'register'}, or run 'fmbstats build --replace' to give it up."
        )
