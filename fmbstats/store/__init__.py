"""The store: one DuckDB file made from data_raw, opened read-only by everybody else."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fmbstats.store.paths import (
    LAYOUT_VERSION,
    STORE_FILE,
    STORE_VARIABLE,
    project_root,
    source_hash,
)

if TYPE_CHECKING:
    from fmbstats.store.exact import QueryError, Store

__all__ = [
    "LAYOUT_VERSION",
    "STORE_FILE",
    "STORE_VARIABLE",
    "QueryError",
    "Store",
    "project_root",
    "source_hash",
]


def __getattr__(name: str) -> Any:
    """Load DuckDB with the first store: where a store lies can be asked without it."""
    if name in __all__:
        from fmbstats.store import exact

        return getattr(exact, name)
    raise AttributeError(f"module 'fmbstats.store' has no attribute {name!r}")
