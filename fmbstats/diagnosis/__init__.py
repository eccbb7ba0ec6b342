"""One diagnosis: its spells, what is measured of them, and the object an analyst holds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from fmbstats.diagnosis.objects import Diagnosis, Workbench, open_store

__all__ = ["Diagnosis", "Workbench", "open_store"]


def __getattr__(name: str) -> Any:
    """Import on first use: an answer in the terminal needs no more than it tells."""
    if name in __all__:
        from fmbstats.diagnosis import objects

        return getattr(objects, name)
    raise AttributeError(f"module 'fmbstats.diagnosis' has no attribute {name!r}")
