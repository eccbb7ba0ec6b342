"""A papermill engine that runs each notebook in a fresh fork of a warmed process.

Registered as ``papermill.engine`` entry point ``fmbstats``::

    papermill.execute_notebook(source, target, parameters, engine_name="fmbstats")

It writes what stock papermill writes (outputs, execution counts, metadata, tracebacks) without
starting a kernel and importing everything for each notebook. Where the process cannot be forked
(Windows; macOS, whose system libraries do not survive it) the stock engine runs the notebook with
the same figure settings.

papermill loads this module while it is itself being imported, so papermill is imported late.
"""

from __future__ import annotations

import importlib
import os
import sys
import time
from dataclasses import dataclass
from functools import cache
from importlib.metadata import entry_points
from types import ModuleType
from typing import Any

from fmbstats.batch.forks import (
    WARM_MODULES,
    Fork,
    OverTimeError,
    WarmProcess,
    WorkerError,
    can_fork,
    shared_process,
)
from fmbstats.pages.outputs import CellOutputs, standing_in

__all__ = [
    "WARM_MODULES",
    "ForkEngine",
    "Limits",
    "OverTimeError",
    "WarmProcess",
    "WorkerError",
    "can_fork",
]


_PLUGINS = ("papermill.engine", "papermill.io")


@cache
def load_papermill() -> ModuleType:
    """Import papermill without what reads from afar and starts kernels: most of its time.

    It loads the engines and readers that other packages register, which may need all of that: with
    any of them there it is imported as it is.
    """
    registered = entry_points()
    plugins = (one for group in _PLUGINS for one in registered.select(group=group))
    if any(one.module.partition(".")[0] != "fmbstats" for one in plugins):
        import papermill

        return papermill
    late = ModuleType("requests")
    vars(late)["__getattr__"] = lambda name: getattr(importlib.import_module("requests"), name)
    stock = ModuleType("papermill.clientwrap")
    vars(stock)["PapermillNotebookClient"] = _stock_client
    none = dict.fromkeys(("pyarrow.fs", "tornado"))
    with standing_in(none | {"requests": late, stock.__name__: stock}):
        import papermill

    return papermill


def _stock_client(*given: Any, **options: Any) -> Any:
    """Make what runs a notebook in a kernel of its own."""
    from papermill.clientwrap import PapermillNotebookClient

    return PapermillNotebookClient(*given, **options)


@dataclass(frozen=True)
class Limits:
    """What one notebook may use."""

    #: `report_seconds`, `cell_seconds`: by the clock; None for no limit.
    report_seconds: float | None = None
    cell_seconds: float | None = None
    memory_mb: int | None = None  #: MiB of address space beyond what the warmed process has.


class ForkEngine:
    """papermill engine ``fmbstats``; see the module's text.

    Options, given as keywords to ``papermill.execute_notebook``: ``use_fork`` (False for a stock
    kernel), ``warm`` (a `WarmProcess`),
    ``limits`` (a `Limits`), ``kept`` (a dict, gets the notebook, executed as far as it went, and
    the worker's usage), ``execution_timeout`` (seconds per cell, as the stock engine's).
    """

    @classmethod
    def execute_notebook(cls, nb: Any, kernel_name: str, **options: Any) -> Any:
        """Run `nb` with papermill's own bookkeeping around `execute_managed_notebook`."""
        from papermill.engines import Engine, NBClientEngine

        kept = options.pop("kept", None)
        kept = {} if kept is None else kept
        kept["notebook"] = nb
        if options.pop("use_fork", True) and can_fork():
            return Engine.execute_notebook.__func__(cls, nb, kernel_name, kept=kept, **options)
        limits = options.pop("limits", None) or Limits()
        options.pop("warm", None)
        options.setdefault("execution_timeout", limits.cell_seconds or limits.report_seconds)
        options.setdefault("extra_arguments", ["--IPKernelApp.extensions=fmbstats.pages.style"])
        return NBClientEngine.execute_notebook(nb, kernel_name, **options)

    @classmethod
    def nb_kernel_name(cls, nb: Any, name: str | None = None) -> str:
        """Name the kernel from the notebook, as stock papermill does."""
        from papermill.utils import nb_kernel_name

        return nb_kernel_name(nb, name)

    @classmethod
    def nb_language(cls, nb: Any, language: str | None = None) -> str:
        """Name the language from the notebook, as stock papermill does."""
        from papermill.utils import nb_language

        return nb_language(nb, language)

    @classmethod
    def execute_managed_notebook(
        cls,
        nb_man: Any,
        kernel_name: str,
        *,
        warm: WarmProcess | None = None,
        limits: Limits | None = None,
        kept: dict | None = None,
        execution_timeout: float | None = None,
        **_: Any,
    ) -> None:
        """Run every cell in one fork; stop at the first error that is not allowed."""
        limits = limits or Limits(cell_seconds=execution_timeout)
        fork = (warm or shared_process()).fork(cwd=os.getcwd(), memory_mb=limits.memory_mb)
        try:
            _run_cells(nb_man, fork, limits)
            # As an IPython kernel describes it.
            nb_man.nb.metadata["language_info"] = {
                "codemirror_mode": {"name": "ipython", "version": sys.version_info[0]},
                "file_extension": ".py",
                "mimetype": "text/x-python",
                "name": "python",
                "nbconvert_exporter": "python",
                "pygments_lexer": "ipython3",
                "version": sys.version.split()[0],
            }
        finally:
            fork.close()
            if kept is not None:
                kept["usage"] = fork.usage


def _run_cells(nb_man: Any, fork: Fork, limits: Limits) -> None:
    outputs = CellOutputs()
    last = time.monotonic() + (limits.report_seconds or float("inf"))
    for index, cell in enumerate(nb_man.nb.cells):
        nb_man.cell_start(cell, index)
        try:
            is_ok = _run_cell(cell, index, fork, outputs, limits, last)
            if not is_ok:
                nb_man.cell_exception(cell, cell_index=index)
                return
        finally:
            nb_man.cell_complete(cell, cell_index=index)


def _run_cell(
    cell: Any, index: int, fork: Fork, outputs: CellOutputs, limits: Limits, last: float
) -> bool:
    tags = cell.metadata.get("tags", [])
    if cell.cell_type != "code" or not cell.source.strip() or "skip-execution" in tags:
        return True
    outputs.open(cell, index)
    deadline = min(last, time.monotonic() + (limits.cell_seconds or float("inf")))
    try:
        done = fork.run(cell.source, cell.get("id"), outputs.take, deadline)
    except OverTimeError:
        allowed = limits.cell_seconds if deadline < last else limits.report_seconds
        what = "cell" if deadline < last else "report"
        outputs.fail("TimeoutError", f"the {what} took longer than {allowed:g} seconds")
        return False
    except WorkerError as error:
        if error.is_retry_useful:
            raise
        outputs.fail("WorkerError", str(error))
        return False
    cell.execution_count = done["execution_count"]
    return done["is_ok"] or "raises-exception" in tags
