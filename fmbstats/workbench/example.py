"""A small example of a method (a sentence, a table, a figure), and what examples are about."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, Self

import numpy as np
import pandas as pd

from fmbstats import tables
from fmbstats.errors import NotEstimableError
from fmbstats.figures.shown import figure_image
from fmbstats.media import in_html
from fmbstats.results.common import in_notebook
from fmbstats.settings import SETTINGS
from fmbstats.stats.survival import Curve
from fmbstats.store import Store, lookups

if TYPE_CHECKING:
    from fmbstats.diagnosis.objects import Workbench


@dataclass(frozen=True, eq=False)
class Example:
    """What a method gives on the store's own spells."""

    text: str  #: What is to be seen.
    #: The numbers, under Swedish heads; None where there is only something to be said.
    frame: pd.DataFrame | None = field(default=None, repr=False)
    #: How columns are written; see `tables.Format`.
    formats: dict[str, str] = field(default_factory=dict, repr=False)
    #: ``draw() -> matplotlib.figure.Figure``.
    draw: Callable[[], Any] | None = field(default=None, repr=False)

    def _repr_html_(self) -> str:
        said = f"<p>{in_html(self.text)}</p>"
        if self.frame is None:
            return said
        known = {name: kind for name, kind in self.formats.items() if name in self.frame}
        table = tables.html_table(self.frame, caption="Exempel", formats=known)
        picture = figure_image(self.draw()) if self.draw else ""
        return in_notebook(said + table + picture)

    @classmethod
    def alike(
        cls, text: str, frame: pd.DataFrame, kind: str, draw: Callable[[], Any] | None = None
    ) -> Self:
        """Return an example whose columns are written alike but the first, which names the rows."""
        return cls(text, frame, dict.fromkeys(frame.columns[1:], kind), draw)


class Subject:
    """One diagnosis and year, on whose spells the methods are shown.

    `store`: Workbench. `diagnosis` (str): code, entry id or slug. `year` (int): start year of the
    spells.
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

        Raises NotEstimableError: none of them has a limit after the entry day.
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
