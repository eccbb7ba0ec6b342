"""The two groups of a comparison: their names, curves, limits, and every measure of both."""

from __future__ import annotations

from dataclasses import dataclass, field

from fmbstats import words
from fmbstats.frames import pd
from fmbstats.results.about import About
from fmbstats.results.common import column_of
from fmbstats.stats.logrank import LogRank
from fmbstats.stats.survival import Curve

MIN_AT_RISK = 10
MIX = ("sex", "age_group")


@dataclass(frozen=True, eq=False)
class ComparedGroups:
    """Two groups of spells of one diagnosis."""

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


def mix_of(column: str) -> list[str]:
    """Columns whose mix can differ between groups of `column`."""
    return [name for name in MIX if name != column]


def label_of(column: str, group: tuple[str, ...], language: str) -> str:
    """Name of strata taken together; neighbouring years or ages as one span."""
    if column == "start_year" and len(group) > 1 and _are_consecutive(group):
        return f"{min(group)}–{max(group)}"
    if column == "age_group" and len(group) > 1:
        span = _age_span(sorted(group))
        if span:
            return words.age_group(span, language)
    return words.joined([words.stratum(column, value, language) for value in group], language)


def _age_span(ages: list[str]) -> str:
    """'16-39' of '16-29' and '30-39', '50+' of '50-59' and '60+'; empty with a gap between."""
    lows = [int(age.rstrip("+").split("-")[0]) for age in ages]
    highs = [age.split("-")[1] if "-" in age else "" for age in ages]
    if any(high != str(low - 1) for high, low in zip(highs[:-1], lows[1:], strict=True)):
        return ""
    return f"{lows[0]}-{highs[-1]}" if highs[-1] else f"{lows[0]}+"


def _are_consecutive(years: tuple[str, ...]) -> bool:
    numbers = sorted(map(int, years))
    return numbers == list(range(numbers[0], numbers[-1] + 1))
