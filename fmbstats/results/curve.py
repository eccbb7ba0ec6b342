"""Share still on sick leave by day."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from fmbstats import figures, words
from fmbstats.figures.charts.frame import Limit
from fmbstats.figures.display import TICKS
from fmbstats.frames import pd
from fmbstats.recommendations.yardstick import DatedLimit
from fmbstats.results.about import About
from fmbstats.results.common import column_of, in_order
from fmbstats.words import phrase

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from fmbstats.stats.survival import Curve

CURVE_DAYS = 730


@dataclass(frozen=True, eq=False)
class CurveResult:
    """Share still on sick leave by day, one curve per group."""

    about: About = field(repr=False)
    by: str | None
    curves: dict[str, Curve] = field(repr=False)
    own_limits: tuple[int, ...] = ()  #: Days that are drawn instead of the recommended limits.

    @cached_property
    def frame(self) -> pd.DataFrame:
        """Stratum, day, n_at_risk, n_ended, survival, lo, hi."""
        return pd.concat(
            [curve_frame(curve).assign(stratum=s) for s, curve in self.curves.items()],
            ignore_index=True,
        )

    def lines(self, language: str = "") -> list[figures.CurveLine]:
        """Return the curves as the figure wants them."""
        return [
            figures.CurveLine(
                words.visible(words.stratum(self.column, stratum, language), 60),
                curve,
                ROLES.get(stratum, f"level_{k}"),
            )
            for k, (stratum, curve) in enumerate((s, self.curves[s]) for s in in_order(self.curves))
        ]

    @property
    def column(self) -> str:
        """The ledger's column that the groups come from; "all" for one group."""
        return column_of(self.by)

    def display(self, language: str = "") -> pd.DataFrame:
        """Return the curves as the report shows them: one row per group and readable day."""
        rows = []
        for line in self.lines(language):
            rows += [
                {
                    words.stratum_title(self.column, language): line.label,
                    phrase("column.day", language): day,
                    phrase("column.at_risk", language): words.count(
                        int(line.curve.at_risk_at(day + 1)), language
                    ),
                    phrase("column.survival", language): words.percent(line.at(day), 1, language),
                }
                for day in TICKS
            ]
        return pd.DataFrame(rows)

    def limits(self, language: str = "") -> list[Limit]:
        """Return the lines of the limits: one's own, else the recommended ones."""
        if self.own_limits:
            return [Limit(day, words.days(day, language)) for day in self.own_limits]
        return limit_lines(self.about.yardstick.limits, language)

    def small_multiples(self, n_columns: int = 3, language: str = "") -> Any:
        """Draw every group on Axes of its own, the others in grey behind it; returns the figure."""
        limits = self.limits(language)
        lines = self.lines(language)
        return draw_panels(
            [(line.label, line, limits) for line in lines], self.about, n_columns, language
        )  # fmt: skip

    def plot(
        self,
        ax=None,
        language: str = "",
        *,
        beside: Mapping[str, CurveResult] = MappingProxyType({}),
    ):
        """Draw the curves with their limits on `ax` (by default on a figure of their own).

        Parameters
        ----------
        ax : Axes, optional
        language : {"sv", "en"}
        beside : mapping of str to CurveResult, optional
            Name of another guideline -> the same spells in a store built against it ('fmbstats
            build --guideline'): its limits are drawn with its name.
        """
        lines = self.lines(language)
        limits = self.limits(language)
        for name, other in beside.items():
            limits += [
                replace(limit, name=f"{words.visible(name)}: {limit.name}")
                for limit in other.limits(language)
            ]
        return draw_lines(lines, ax, self.about, language, limits=limits)


def draw_lines(
    lines: Sequence[figures.CurveLine],
    ax: Axes | None,
    about: About,
    language: str,
    *,
    limits: Sequence[Limit] = (),
) -> Axes:
    """Draw curves of spells that `about` tells of."""
    return figures.survival_curve(
        lines, ax, limits=limits, entry_day=about.entry_day, until_day=CURVE_DAYS,
        language=language, is_synthetic=about.is_synthetic,
    )  # fmt: skip


def draw_panels(
    panels: Sequence[tuple[str, figures.CurveLine | None, Sequence[Limit]]],
    about: About,
    n_columns: int,
    language: str,
) -> Any:
    """Draw small multiples (name, curve, limits) of spells that `about` tells of."""
    days = {"entry_day": about.entry_day, "until_day": CURVE_DAYS}
    lines = [line for _, line, _ in panels if line is not None]
    drawn = [
        figures.Panel(words.visible(name), line, limits, [x for x in lines if x is not line],
                      language=language, **days)
        for name, line, limits in panels
    ]  # fmt: skip
    return figures.small_multiples(
        drawn, n_columns=n_columns, language=language, is_synthetic=about.is_synthetic
    )


ROLES = {"women": "women", "men": "men", "all": "actual"}


def curve_frame(curve: Curve) -> pd.DataFrame:
    """One row per day on which the curve steps."""
    lo, hi = curve.interval_at(curve.day)
    return pd.DataFrame(
        {
            "day": curve.day,
            "n_at_risk": curve.at_risk,
            "n_ended": curve.ended,
            "survival": curve.survival,
            "lo": lo,
            "hi": hi,
        }
    )


def limit_lines(limits: Iterable[DatedLimit], language: str) -> list[Limit]:
    r"""Return limits as lines to draw.

    >>> from datetime import date
    >>> (line,) = limit_lines([DatedLimit(365, until=date(2017, 1, 29))], "sv")
    >>> line.name, line.is_dashed
    ('365\xa0dagar, till 29 januari 2017', True)
    """
    return [
        Limit(limit.days, _label(limit, language), is_dashed=limit.until is not None)
        for limit in limits
    ]


def _label(limit: DatedLimit, language: str) -> str:
    """Days, and dates of a limit that did not hold all the year."""
    kind = "until" if limit.until else "since" if limit.since else ""
    if not kind:
        return words.days(limit.days, language)
    day = words.date(limit.until or limit.since, language)
    return phrase(f"limit.line.{kind}", language, days=words.days(limit.days, language), day=day)
