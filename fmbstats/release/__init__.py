"""What leaves the house is made from a store that holds nothing which may not leave."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from fmbstats.errors import StoreError

if TYPE_CHECKING:
    from fmbstats.store import Store

AnyStore = TypeVar("AnyStore", bound="Store")


def store_for(store: AnyStore, threshold: int | None) -> AnyStore:
    """Return the store that results are made from: a release store, or the exact one.

    Parameters
    ----------
    store : Store
        Exact; or a release store already.
    threshold : int or None
        Smallest number of spells that may decide what is told; None for exact results, which must
        not leave the house.

    Raises
    ------
    StoreError
        Exact results, or another threshold, are asked of a release store.
    """
    if store.is_release:
        if store.threshold != threshold:
            asked = "exact numbers" if threshold is None else f"a threshold of {threshold}"
            raise StoreError(
                f"{store.path} is a release store with a threshold of {store.threshold}; it cannot "
                f"give {asked}. Name the exact store."
            )
        return store
    if threshold is None:
        return store
    from fmbstats.release.ready import ready_release

    release = type(store)(ready_release(store, threshold))
    release.data_folder = store.data_folder
    return release
