"""The analyst's room in JupyterLab: widgets, ``%%sql``, and short answers to wrong names.

``%load_ext fmbstats.workbench`` (done already in every kernel that ``fmbstats lab`` starts) adds
the magic and shows user errors without a traceback.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from fmbstats.workbench.evaluator import Evaluator
    from fmbstats.workbench.explorer import Explorer, WhatIfSlider
    from fmbstats.workbench.methods import Methods

__all__ = [
    "Evaluator",
    "Explorer",
    "Methods",
    "evaluate",
    "explore",
    "load_ipython_extension",
    "what_if",
]


def __getattr__(name: str) -> Any:
    """Import on first use: a kernel that only wants ``%%sql`` loads no widgets."""
    if name in ("Explorer", "Evaluator", "Methods"):
        return getattr(importlib.import_module(f"fmbstats.workbench.{name.lower()}"), name)
    raise AttributeError(f"module 'fmbstats.workbench' has no attribute {name!r}")


def what_if(diagnosis: Any, language: str = "") -> WhatIfSlider:
    """Return a slider for the share of spells without an upper limit; see `WhatIfSlider`."""
    from fmbstats.workbench.explorer import WhatIfSlider

    return WhatIfSlider(diagnosis, language)


def explore(store: Any, diagnosis: str = "", **settings: Any) -> Explorer:
    """Return the widgets to look at one diagnosis after the other; see `Explorer`."""
    from fmbstats.workbench.explorer import Explorer

    return Explorer(store, diagnosis, **settings)


def evaluate(store: Any, diagnosis: str = "", **settings: Any) -> Evaluator:
    """Return the widgets to compare two groups or periods; see `Evaluator`."""
    from fmbstats.workbench.evaluator import Evaluator

    return Evaluator(store, diagnosis, **settings)


def load_ipython_extension(shell: Any) -> None:
    """Add ``%sql``/``%%sql`` and the short form of user errors to an IPython shell."""
    from fmbstats.workbench.magic import register

    register(shell)
