"""The same share under other, equally reasonable assumptions (METHODS, part 7, point 9)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from fmbstats.frames import rows_of
from fmbstats.results.about import About
from fmbstats.results.common import headed, share_shown
from fmbstats.words import phrase


@dataclass(frozen=True, eq=False)
class Sensitivity:
    """Share over the longest limit, one row per assumption."""

    about: About = field(repr=False)
    frame: pd.DataFrame  #: Assumption, n_spells, share, lo, hi, flags.

    def display(self, language: str = "") -> pd.DataFrame:
        """Return the assumptions as the report shows them."""
        return pd.DataFrame([self._shown(row, language) for row in rows_of(self.frame)])

    def _shown(self, row: Any, language: str) -> dict[str, Any]:
        setting = phrase(f"sensitivity.{row.assumption}", language)
        n_spells = self.about.release.count(row.n_spells, language)
        shown = {phrase("metric.share_over_longest", language): share_shown(row, language)}
        return headed(language, setting=setting, n_spells=n_spells) | shown
