"""Two groups, or two periods, against each other: differences with limits, tests second.

The limits are held fixed: with each group's own limit the yardstick would move, not the practice
(METHODS M19).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from fmbstats import figures, tables, words
from fmbstats.figures.charts.frame import Limit
from fmbstats.frames import pd, rows_of
from fmbstats.media import in_html
from fmbstats.results import comparison_words
from fmbstats.results.comparison_groups import MIN_AT_RISK, ComparedGroups
from fmbstats.results.curve import CURVE_DAYS, draw_lines
from fmbstats.results.notebook import in_notebook
from fmbstats.stats.contrasts import band_factor, difference_at
from fmbstats.words import phrase


@dataclass(frozen=True, eq=False)
class DifferenceByDay:
    """S_first(t) - S_second(t) on every day t with enough at risk in both groups."""

    comparison: ComparedGroups = field(repr=False)
    #: One row per day: day, difference, lo, hi (shares, -1 to 1; the limits are pointwise, 95 per
    #: cent, from Greenwood's variances on the plain scale), band_lo, band_hi (limits that hold on
    #: all days at once), n_at_risk_first, n_at_risk_second.
    frame: pd.DataFrame = field(repr=False)
    is_cut: bool  #: Whether the days end because too few are left, not with the axis.

    @classmethod
    def of(cls, comparison: ComparedGroups, until_day: int = CURVE_DAYS) -> DifferenceByDay:
        """Measure the difference from the entry day to `until_day`, at most."""
        one, two = comparison.curves
        day = np.arange(comparison.about.entry_day, until_day + 1)
        # On the entry day itself everybody is there: the first day at risk is the one after.
        first_day = np.maximum(day, day[0] + 1)
        at_risk = [np.asarray(c.at_risk_at(first_day)).astype(int) for c in (one, two)]
        enough = (at_risk[0] >= MIN_AT_RISK) & (at_risk[1] >= MIN_AT_RISK)
        last = int(np.flatnonzero(enough)[-1]) if enough.any() else -1
        gap = difference_at(one, two, day, kind="plain")
        width = band_factor(one, two, day[enough]) * gap.se if enough.any() else np.nan
        frame = pd.DataFrame(
            {
                "day": day,
                "difference": gap.estimate,
                "lo": gap.lo,
                "hi": gap.hi,
                "band_lo": np.maximum(gap.estimate - width, -1.0),
                "band_hi": np.minimum(gap.estimate + width, 1.0),
                "n_at_risk_first": at_risk[0],
                "n_at_risk_second": at_risk[1],
            }
        )
        # Few can also be at risk early, with delayed entry: a gap in the line.
        frame.loc[~enough, ["difference", "lo", "hi", "band_lo", "band_hi"]] = np.nan
        return cls(comparison, frame.iloc[: last + 1], last + 1 < len(day))

    def line(self, language: str = "") -> figures.DifferenceLine:
        """Return the difference as the figure wants it."""
        columns = (self.frame[name].to_numpy() for name in ("day", "difference", "lo", "hi"))
        return figures.DifferenceLine(*self.comparison.labels_in(language), *columns)

    def plot(self, ax: Any = None, language: str = "") -> Any:
        """Draw the difference with its limits on `ax` (by default on a figure of its own)."""
        return figures.difference_figure(
            self.line(language), ax, entry_day=self.comparison.about.entry_day,
            until_day=CURVE_DAYS, **self._shared(language),
        )  # fmt: skip

    def caption(self, language: str = "") -> str:
        """Say what the figure shows, that its limits are pointwise, and where it ends."""
        return figures.caption_difference_by_day(
            self.line(language),
            min_at_risk=MIN_AT_RISK,
            is_cut=self.is_cut,
            **self._shared(language),
        )

    def html(self, language: str = "") -> str:
        """Return figure and caption; a sentence when there are too few spells."""
        if not len(self.frame):
            return f"<p>{in_html(phrase('difference.none', language, n=MIN_AT_RISK))}</p>"
        image = figures.figure_image(self.plot(language=language).figure)
        caption = in_html(self.caption(language))
        return f'<figure style="margin: 0">{image}<figcaption>{caption}</figcaption></figure>'

    def _shared(self, language: str) -> dict[str, Any]:
        limits = [days for days in self.comparison.limits_days if 0 < days <= CURVE_DAYS]
        return {
            "limits": [Limit(days, words.days(days, language)) for days in limits],
            "language": language,
            "is_synthetic": self.comparison.about.is_synthetic,
        }

    def _repr_html_(self) -> str:
        return in_notebook(self.html())


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
            figures.CurveLine(words.visible(label, 60), curve, role)
            for curve, label, role in zip(
                self.curves, self.labels_in(language), self._roles, strict=True
            )
        ]
        limits = [Limit(d, words.days(d, language)) for d in self.limits_days if d]
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
            f"<p><strong>{in_html(self.about.title)}: {in_html(title)}</strong>"
            f"</p><p>{in_html(self.conclusion())}</p>"
            f"<p>{in_html(self.text())}</p>{self.table()}"
            f"<p><small>{in_html(phrase('internal.note'))}</small></p>"
        )

    def __repr__(self) -> str:
        first, second = self.labels
        return f"<Comparison {self.about.title}: {first} against {second}>"
