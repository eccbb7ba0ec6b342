"""Two groups, or two periods, against each other: differences with limits, tests second.

The limits are held fixed: with each group's own limit the yardstick would move, not the practice
(METHODS M19).
"""

from __future__ import annotations

import pandas as pd

from fmbstats import figures, tables
from fmbstats.frames import rows_of
from fmbstats.results import comparison_words
from fmbstats.results.comparison_by_day import DifferenceByDay
from fmbstats.results.comparison_groups import ComparedGroups
from fmbstats.results.curve import CURVE_DAYS, curve_line, draw_lines
from fmbstats.results.notebook import in_notebook
from fmbstats.words import phrase


class Comparison(ComparedGroups):
    """Two groups that say, show and draw what differs; see `ComparedGroups` for what they hold."""

    def text(self, language: str = "") -> str:
        """Say the difference at each limit, a sentence each."""
        if not self.limits_days:
            return phrase("compare.no_limit", language)
        rows = self.frame[self.frame["metric"] == "share_over"]
        return " ".join(comparison_words.sentence(self, row, language) for row in rows_of(rows))

    def conclusion(self, language: str = "") -> str:
        """Say which group was on leave for longer, and whether that is sure at equal mix."""
        return comparison_words.conclusion(self, language)

    def difference_by_day(self) -> DifferenceByDay:
        """Return the difference of the curves on every day, with its figure."""
        return DifferenceByDay.of(self)

    def display(self, language: str = "") -> pd.DataFrame:
        """Return the measures as a reader's table: one row per measure."""
        return comparison_words.display(self, language)

    def table(self, language: str = "") -> str:
        """Return the display frame as an HTML table."""
        caption = phrase("compare.caption", language)
        return tables.html_table(self.display(language), caption=caption, language=language)

    def plot(self, ax=None, language: str = ""):
        """Draw both curves with their limits."""
        lines = [
            curve_line(curve, label, CURVE_DAYS, role)
            for curve, label, role in zip(
                self.curves, self.labels_in(language), self._roles, strict=True
            )
        ]
        limits = [figures.LimitLine(d) for d in self.limits_days if d]
        return draw_lines(lines, ax, self.about, language, limits=limits)

    @property
    def _roles(self) -> tuple[str, str]:
        if self.groups == (("women",), ("men",)):
            return "women", "men"
        return (
            ("men", "women") if self.groups == (("men",), ("women",)) else ("reference", "actual")
        )

    def _repr_html_(self) -> str:
        title = phrase("compare.title", first=self.labels[0], second=self.labels[1])
        return in_notebook(
            f"<p><strong>{tables.escaped(self.about.title)}: {tables.escaped(title)}</strong>"
            f"</p><p>{tables.escaped(self.conclusion())}</p>"
            f"<p>{tables.escaped(self.text())}</p>{self.table()}"
            f"<p><small>{tables.escaped(phrase('internal.note'))}</small></p>"
        )

    def __repr__(self) -> str:
        first, second = self.labels
        return f"<Comparison {self.about.title}: {first} against {second}>"
