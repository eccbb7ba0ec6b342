"""fmbstats: real sick-leave lengths compared with the recommendations of FMB.

>>> import fmbstats as fmb
>>> store = fmb.open_store()  # doctest: +SKIP
>>> store.diagnosis("F32").adherence(by="sex")  # doctest: +SKIP
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from fmbstats.diagnosis.objects import Diagnosis, open_store

__all__ = ["Diagnosis", "open_store"]
__version__ = "0.1.0"


def __getattr__(name: str) -> Any:
    """Import on first use: 'fmbstats --help' need not load DuckDB, scipy and pandas."""
    if name in __all__:
        from fmbstats import diagnosis

        return getattr(diagnosis, name)
    raise AttributeError(f"module 'fmbstats' has no attribute {name!r}")
