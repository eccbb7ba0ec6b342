"""The methods of the project, each with a live example; what method.ipynb shows."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from fmbstats import tables
from fmbstats.errors import NotEstimableError
from fmbstats.settings import SETTINGS
from fmbstats.stats.survival import Curve
from fmbstats.store import Store, lookups, project_root
from fmbstats.workbench.example import Example
from fmbstats.workbench.groups import GroupExamples
from fmbstats.workbench.lengths import LengthExamples

if TYPE_CHECKING:
    from fmbstats.diagnosis import Workbench

COVERAGE_FILE = Path("tests") / "bench" / "coverage.csv"
# Days around a limit within which a reference diagnosis must have none of its own.
CLEAR_DAYS = 7


class Methods(LengthExamples, GroupExamples):
    """Examples on one diagnosis and year.

    Parameters
    ----------
    store : Workbench
    diagnosis : str
        Code, entry id or slug.
    year : int
        Start year of the spells.
    """

    def __init__(self, store: Workbench, diagnosis: str, year: int):
        self.year, self.tau = year, SETTINGS.horizon_days
        self.diagnosis = store.diagnosis(diagnosis, year=year)
        self.title = self.diagnosis.title
        self.entry = f"{self.diagnosis.entry_day} dagar"
        self.is_synthetic = bool(store.settings.is_synthetic)

    @cached_property
    def curve(self) -> Curve:
        """The curve of all spells of the year, given that they outlast the entry day."""
        return self.diagnosis.curve().curves["all"]

    @cached_property
    def limit(self) -> int:
        """The limit that most of the year's spells have.

        Raises
        ------
        NotEstimableError
            None of them has a limit after the entry day.
        """
        limit = self.diagnosis.about.main_limit
        if limit is None:
            raise NotEstimableError(
                f"{self.title}: no limit of {self.year} lies after day {self.diagnosis.entry_day}, "
                "from which the register sees spells. Choose another diagnosis for the examples."
            )
        return limit

    def ledger(self) -> pd.DataFrame:
        """Ledger rows of the year after the entry day."""
        frame = self.diagnosis.ledger
        seen = (frame["start_year"] == self.year) & (
            frame["duration_day"] > self.diagnosis.entry_day
        )
        frame = frame[seen].copy()
        frame["entry_day"] = np.maximum(frame["entry_day"], self.diagnosis.entry_day)
        return frame

    def spells(self) -> pd.DataFrame:
        """Spells one by one, for what a ledger of counts cannot give."""
        return lookups.spells_one_by_one(*self._asked)

    def periods(self) -> pd.DataFrame:
        """Degree periods of `spells`."""
        return lookups.degree_periods(*self._asked)

    @property
    def _asked(self) -> tuple[Store, str, str, int, int]:
        found = self.diagnosis
        return found.store, found.kind, found.key, self.year, found.entry_day

    def coverage(self, path: Path | None = None) -> Example | Missing:
        """Coverage of every interval, by simulation, as measured last."""
        path = path or project_root() / COVERAGE_FILE
        if not path.is_file():
            return Missing(
                "Täckningstabellen är inte gjord i den här kopian. "
                "Den görs av tests/bench/coverage.py."
            )
        return Example(f"Ur {COVERAGE_FILE.as_posix()}.", pd.read_csv(path))


class Missing:
    """A sentence in place of a result."""

    def __init__(self, text: str):
        self.text = text

    def _repr_html_(self) -> str:
        return f"<p>{tables.escaped(self.text)}</p>"
