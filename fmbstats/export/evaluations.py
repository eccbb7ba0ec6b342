"""Evaluations as chapters of an export: those that a folder of `fmbstats evaluate` holds.

They are made again from the export's own store, in all languages: so figures and sentences are
those of the pages, and every number is a row of the export's table that follows from its ledger.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fmbstats.batch.parameters import check_parameters
from fmbstats.errors import UserError
from fmbstats.store.paths import notebook_folder
from fmbstats.words.refused import RefusedFile

if TYPE_CHECKING:
    from fmbstats.diagnosis.objects import Workbench
    from fmbstats.pages.evaluation import EvaluationPage

# What every page takes, and an export has settings for.
_COMMON = ("language", "release", "store", "threshold")


@cache
def _makers() -> Mapping[str, Callable[..., EvaluationPage]]:
    """Who makes the pages of a kind; loaded when asked: few exports hold evaluations."""
    from fmbstats.pages.certificates import certificates_of
    from fmbstats.pages.drift import drift_of
    from fmbstats.pages.evaluation import revision_of
    from fmbstats.pages.rollout import read_written, rollout_of

    def revision(store: Workbench, entry: str, day: str, **asked: Any) -> EvaluationPage:
        return revision_of(store, entry, date.fromisoformat(day), **asked)

    def rollout(store: Workbench, dates: str, **asked: Any) -> EvaluationPage:
        return rollout_of(store, read_written(dates), **asked)

    return {
        "revision": revision,
        "rollout": rollout,
        "drift": drift_of,
        "certificates": certificates_of,
    }


@dataclass(frozen=True)
class Evaluation:
    """An evaluation that was asked for."""

    slug: str  #: Of its page.
    kind: str  #: Its sheet of the workbook: "revision", "rollout", "drift" or "certificates".
    parameters: Mapping[str, Any] = field(repr=False)

    def page(self, store: Workbench, threshold: int | None, language: str) -> EvaluationPage:
        """Evaluate again; see `revision_of`."""
        return _makers()[self.kind](
            store, language=language, threshold=threshold, **self.parameters
        )


def find_evaluations(folder: Path) -> tuple[Evaluation, ...]:
    """Return the evaluations that a folder holds, by the parameters of its notebooks.

    Raises RefusedFile: it holds none, or a notebook that cannot be read.
    """
    try:
        found = [_read(path) for path in sorted((folder / "notebooks").glob("*.ipynb"))]
    except (OSError, UserError, ValueError, KeyError, TypeError, AttributeError):
        found = []
    if not found:
        raise RefusedFile("no_evaluations", folder=folder)
    return tuple(found)


def _read(path: Path) -> Evaluation:
    from fmbstats.pages.rollout import read_written

    about = json.loads(path.read_text("utf-8"))["metadata"]["papermill"]
    notebook, given = about["input_path"], about["parameters"]
    kind = notebook.removeprefix("evaluate_").removesuffix(".ipynb")
    if kind not in _makers():
        raise KeyError(kind)
    check_parameters([(notebook_folder() / notebook, given)])
    asked = {name: value for name, value in given.items() if name not in _COMMON}
    date.fromisoformat(asked.get("day", "2000-01-01"))
    read_written(asked.get("dates", ""))
    return Evaluation(path.stem, kind, asked)
