"""Two groups, or two periods, against each other: differences with limits, tests second.

The limits are held fixed: with each group's own limit the yardstick would move, not the practice
(METHODS M19).
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import numpy as np

from fmbstats import figures, tables, words
from fmbstats.figures.charts.frame import Limit
from fmbstats.frames import pd, rows_of
from fmbstats.media import in_html
from fmbstats.results.about import About
from fmbstats.results.common import column_of, in_notebook, label_of
from fmbstats.results.curve import CURVE_DAYS, draw_lines
from fmbstats.stats.contrasts import band_factor, difference_at
from fmbstats.stats.logrank import LogRank
from fmbstats.stats.survival import Curve
from fmbstats.words import Absent, phrase

MIN_AT_RISK = 10
MIX = ("sex", "age_group")
PERCENT = ("share_over", "share_over_standardised")


@dataclass(frozen=True, eq=False)
class Comparison:
    """Two groups of spells of one diagnosis; says, shows and draws what differs."""

    about: About = field(repr=False)
    by: str  #: What the groups are.
    #: The strata taken together in each of the two.
    groups: tuple[tuple[str, ...], tuple[str, ...]]
    curves: tuple[Curve, Curve] = field(repr=False)
    limits_days: tuple[int, ...]  #: The same for both groups.
    tau_days: int  #: Horizon of mean lengths.
    #: One row per measure: metric, limit_days, first, first_lo, first_hi, second, second_lo,
    #: second_hi, difference, lo, hi, p, flags. Shares 0-1, days; NaN where `flags` says why.
    frame: pd.DataFrame = field(repr=False)
    tests: dict[str, LogRank] = field(repr=False)  #: "logrank" and "logrank_stratified".

    @property
    def mix(self) -> list[str]:
        """What the standardised measures hold equal: sex and age, but for what is compared."""
        return mix_of(column_of(self.by))

    @property
    def labels(self) -> tuple[str, str]:
        """Names of the groups in the language of the reports."""
        return self.labels_in()

    def labels_in(self, language: str = "") -> tuple[str, str]:
        """Names of the two groups."""
        column = column_of(self.by)
        first, second = (label_of(column, group, language) for group in self.groups)
        return first, second

    def text(self, language: str = "") -> str:
        """Say the difference at each limit, a sentence each."""
        if not self.limits_days:
            return phrase("compare.no_limit", language)
        rows = self.frame[self.frame["metric"] == "share_over"]
        return " ".join(self._sentence(row, language) for row in rows_of(rows))

    def _sentence(self, row: Any, language: str) -> str:
        """Say the difference at the limit of a row, or why there is none."""
        said = self._named(language) | {"limit": words.days(int(row.limit_days), language)}
        if math.isnan(row.difference):
            reason = Absent(row.flags) if row.flags else Absent.MISSING
            said["reason"] = reason.sentence(language)
            return phrase("compare.sentence.none", language, **said)
        is_lower = row.difference < 0
        said["difference"] = words.points(abs(row.difference), 1, language)
        said["interval"] = _ends(*_turned(row, is_lower), 100, 1, language)
        return phrase("compare.sentence" + ".lower" * is_lower, language, **said)

    def _named(self, language: str) -> dict[str, str]:
        return dict(zip(("first", "second"), self.labels_in(language), strict=True))

    def conclusion(self, language: str = "") -> str:
        """Say which group was on leave for longer, and whether that is sure at equal mix."""
        said = self._named(language)
        row = next(rows_of(self.frame[self.frame["metric"] == "restricted_mean"]))
        if math.isnan(row.difference):
            return phrase("conclusion.none", language, **said)
        is_sure, is_lower = row.lo > 0 or row.hi < 0, row.difference < 0
        if is_sure:
            said["difference"] = words.days(round(abs(row.difference), 1), language, 1)
        said["interval"] = _ends(*_turned(row, is_sure and is_lower), 1, 1, language)
        said["tau"] = words.days(self.tau_days, language)
        kind = "unsure" if not is_sure else "shorter" if is_lower else "longer"
        mean = phrase(f"conclusion.{kind}", language, **said)
        # At which limits the standardised difference is sure, and at which it is not.
        rows = self.frame[self.frame["metric"] == "share_over_standardised"]
        rows = rows[rows["lo"].notna() & rows["hi"].notna()]
        is_sure = (rows["lo"] > 0) | (rows["hi"] < 0)
        mixed = []
        for key, chosen in (("sure", is_sure), ("unsure", ~is_sure)):
            limits = [words.days(int(d), language) for d in rows["limit_days"][chosen]]
            if limits:
                named = {"mix": self._mix(language), "limits": words.joined(limits, language)}
                mixed.append(phrase(f"conclusion.equal_mix.{key}", language, **named))
        return " ".join([mean, *mixed])

    def _mix(self, language: str) -> str:
        return words.joined([phrase(f"compare.mix.{n}", language) for n in self.mix], language)

    def difference_by_day(self) -> DifferenceByDay:
        """Return the difference of the curves on every day, with its figure."""
        return DifferenceByDay.of(self)

    def display(self, language: str = "") -> pd.DataFrame:
        """Return the measures as a reader's table: one row per measure."""
        shown = [self._shown(row, language) for row in rows_of(self.frame)]
        nothing = (Absent.NOT_APPLICABLE, Absent.NOT_APPLICABLE)
        for key, test in self.tests.items():
            cells = (*nothing, _chi2(test, language), _p_text(test.p, language))
            shown.append(self._row(key, math.nan, cells, language))
        return pd.DataFrame(shown)

    def _row(self, metric: str, limit_days: float, cells: tuple, language: str) -> dict[str, Any]:
        difference, p = (phrase(f"compare.{name}", language) for name in ("difference", "p"))
        heads = (*self.labels_in(language), difference, p)
        named = {phrase("column.measure", language): self._metric(metric, limit_days, language)}
        return named | dict(zip(heads, cells, strict=True))

    def _shown(self, row: Any, language: str) -> dict[str, Any]:
        is_count = row.metric in ("n_spells", "n_events")
        is_whole = is_count or row.metric == "quantile_50_days"
        scale, decimals = (100, 1) if row.metric in PERCENT else (1, 0 if is_whole else 1)
        reason = Absent(row.flags) if row.flags else Absent.MISSING
        unit, points = "", ""
        if scale == 100:
            unit, points = words.percent_sign(language), f" {phrase('unit.points', language)}"
        write = partial(_estimate, scale=scale, decimals=decimals, reason=reason, language=language)
        nothing = Absent.NOT_APPLICABLE
        cells = (
            write(row.first, row.first_lo, row.first_hi, unit=unit),
            write(row.second, row.second_lo, row.second_hi, unit=unit),
            nothing if is_count else write(row.difference, row.lo, row.hi, unit=points),
            nothing if math.isnan(row.p) else _p_text(row.p, language),
        )
        return self._row(row.metric, row.limit_days, cells, language)

    def _metric(self, metric: str, limit_days: float, language: str) -> str:
        key = f"compare.{metric}"
        if not words.has_phrase(key):
            return phrase(f"metric.{metric}", language)
        limit = "" if math.isnan(limit_days) else words.days(int(limit_days), language)
        tau = words.days(self.tau_days, language)
        return phrase(key, language, limit=limit, tau=tau, mix=self._mix(language))

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


@dataclass(frozen=True, eq=False)
class DifferenceByDay:
    """S_first(t) - S_second(t) on every day t with enough at risk in both groups."""

    comparison: Comparison = field(repr=False)
    #: One row per day: day, difference, lo, hi (shares, -1 to 1; the limits are pointwise, 95 per
    #: cent, from Greenwood's variances on the plain scale), band_lo, band_hi (limits that hold on
    #: all days at once), n_at_risk_first, n_at_risk_second.
    frame: pd.DataFrame = field(repr=False)
    is_cut: bool  #: Whether the days end because too few are left, not with the axis.

    @classmethod
    def of(cls, comparison: Comparison, until_day: int = CURVE_DAYS) -> DifferenceByDay:
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


def mix_of(column: str) -> list[str]:
    """Columns whose mix can differ between groups of `column`."""
    return [name for name in MIX if name != column]


def _turned(row: Any, is_lower: bool) -> tuple[float, float]:
    """Limits of a difference, turned so that no sentence speaks of minus so many more."""
    return (-row.hi, -row.lo) if is_lower else (row.lo, row.hi)


def _ends(lo: float, hi: float, scale: float, decimals: int, language: str) -> str:
    """Limits of a difference; "till" between them, since either may be negative."""
    ends = [Absent.MISSING if math.isnan(x) else x * scale for x in (lo, hi)]
    shown = [words.number(x, decimals, language) for x in ends]
    return f" {phrase('word.to', language)} ".join(shown)


def _estimate(value, lo, hi, *, scale, decimals, unit, reason, language) -> Any:
    if math.isnan(value):
        return reason
    text = words.number(value * scale, decimals, language) + unit
    if math.isnan(lo) and math.isnan(hi):
        return text
    return f"{text} ({_ends(lo, hi, scale, decimals, language)})"


def _chi2(test: LogRank, language: str) -> Any:
    if math.isnan(test.chi2):
        return Absent.MISSING
    return phrase("compare.chi2", language, chi2=words.number(test.chi2, 2, language), df=test.df)


def _p_text(p: float, language: str) -> Any:
    if math.isnan(p):
        return Absent.MISSING
    if p < 0.0001:
        return phrase("compare.below", language, p=words.number(0.0001, 4, language))
    return words.number(p, 4, language)
