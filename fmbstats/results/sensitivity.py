"""The same share under other, equally reasonable assumptions (METHODS, part 7, point 9)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from fmbstats.adherence import LONGEST
from fmbstats.frames import rows_of
from fmbstats.results.about import About
from fmbstats.results.common import value_or_reason, with_interval
from fmbstats.results.numbers import numbers, value_row
from fmbstats.words import phrase


@dataclass(frozen=True, eq=False)
class Sensitivity:
    """Share over the longest limit, one row per assumption."""

    about: About = field(repr=False)
    frame: pd.DataFrame  #: Assumption, n_spells, share, lo, hi, flags.

    def display(self, language: str = "") -> pd.DataFrame:
        """Return the assumptions as the report shows them."""
        return pd.DataFrame([self._shown(row, language) for row in rows_of(self.frame)])

    def values(self) -> pd.DataFrame:
        """Return the assumptions as rows of `adherence.csv`."""
        return numbers(
            value_row(
                f"share_over_{LONGEST}",
                row.share,
                by="assumption",
                stratum=row.assumption,
                lo=row.lo,
                hi=row.hi,
                n_spells=row.n_spells,
                flags=row.flags,
            )
            for row in rows_of(self.frame)
        )

    def _shown(self, row: Any, language: str) -> dict[str, Any]:
        return {
            phrase("column.setting", language): phrase(f"sensitivity.{row.assumption}", language),
            phrase("column.n_spells", language): self.about.release.count(row.n_spells, language),
            phrase("metric.share_over_longest", language): with_interval(
                value_or_reason(row.share, row.flags),
                row.lo,
                row.hi,
                "percent",
                1,
                language,
            ),
        }
