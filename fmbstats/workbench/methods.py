"""The methods of the project, each with a live example; what method.ipynb shows."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from fmbstats import tables
from fmbstats.stats.survival import Curve, fit_curve
from fmbstats.store import project_root
from fmbstats.workbench.example import Example
from fmbstats.workbench.groups import GroupExamples
from fmbstats.workbench.lengths import LengthExamples

if TYPE_CHECKING:
    from fmbstats.diagnosis import Workbench

COVERAGE_FILE = Path("tests") / "bench" / "coverage.csv"
FALLBACK_LIMIT_DAYS = 90
TAU_DAYS = 365
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
        self.year, self.tau = year, TAU_DAYS
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
        """The longest limit after the entry day."""
        limits = self.diagnosis.recommendation.limits_days
        return max((d for d in limits if d > self.diagnosis.entry_day), default=FALLBACK_LIMIT_DAYS)

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
        return self.diagnosis.store.sql(
            f"select * from mart_spells where {self._where} and start_year = $year "
            "and duration_day > $day order by spell_id",
            {"key": self.diagnosis.key, "year": self.year, "day": self.diagnosis.entry_day},
        )

    def periods(self) -> pd.DataFrame:
        """Degree periods of `spells`."""
        return self.diagnosis.store.sql(
            "select p.spell_id, p.from_day, p.to_day, p.degree_pct from raw_segments as p "
            f"join mart_spells as s using (spell_id) where s.{self._where} "
            "and s.start_year = $year and s.duration_day > $day",
            {"key": self.diagnosis.key, "year": self.year, "day": self.diagnosis.entry_day},
        )

    @property
    def _where(self) -> str:
        is_entry = self.diagnosis.kind == "entry"
        return "entry_id = $key" if is_entry else "code ^@ $key"

    def reference_curve(self) -> Curve:
        """Curve of the year's spells without a limit near this diagnosis' own."""
        ledger = self.diagnosis.store.sql(
            "select greatest(entry_day, $day) as entry_day, duration_day, end_reason, "
            "sum(n)::bigint as n from mart_ledger where start_year = $year and duration_day > $day "
            "and entry_id is not null and entry_id not in (select e.entry_id from mart_in_force "
            "as f join mart_entry_codes as e using (code) "
            "where abs(f.limit_days_30 - $limit) <= $clear) group by all",
            {
                "day": self.diagnosis.entry_day,
                "year": self.year,
                "limit": self.limit,
                "clear": CLEAR_DAYS,
            },
        )
        return fit_curve(
            ledger["duration_day"], ledger["end_reason"], entry=ledger["entry_day"], n=ledger["n"]
        )

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
