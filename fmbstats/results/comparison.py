"""Two groups, or two periods, against each other: differences with limits, tests second.

The limits are held fixed: with each group's own limit the yardstick would move, not the practice
(METHODS M19).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from fmbstats import figures, tables, words
from fmbstats.errors import UnknownNameError
from fmbstats.results.common import STRATA, column_of
from fmbstats.results.curve import CURVE_DAYS, curve_line
from fmbstats.results.notebook import in_notebook
from fmbstats.stats.contrasts import (
    difference_at,
    excess_days_difference,
    restricted_mean_difference,
)
from fmbstats.stats.exceedance import limit_flags
from fmbstats.stats.logrank import LogRank, logrank
from fmbstats.stats.proportions import combine_limits
from fmbstats.stats.standardise import standardised_share
from fmbstats.stats.survival import Curve, fit_curve, fit_curves
from fmbstats.words import Absent, phrase

if TYPE_CHECKING:
    from fmbstats.diagnosis import Diagnosis

MIN_AT_RISK = 10
MIX = ("sex", "age_group")
REASONS = ("no_spells", "truncated_r", "beyond_followup")
PERCENT = ("share_over", "share_over_standardised")


@dataclass(frozen=True, eq=False)
class Comparison:
    """Two groups of spells of one diagnosis.

    Attributes
    ----------
    diagnosis : Diagnosis
    by : str
        What the groups are.
    groups : tuple of tuple of str
        The strata taken together in each of the two.
    curves : tuple of Curve
    limits_days : tuple of int
        The same for both groups.
    tau_days : int
        Horizon of mean lengths.
    frame : DataFrame
        One row per measure: metric, limit_days, first, first_lo, first_hi, second, second_lo,
        second_hi, difference, lo, hi, p, flags. Shares 0-1, days; NaN where `flags` says why.
    tests : dict of str to LogRank
        "logrank" and "logrank_stratified".
    """

    diagnosis: Diagnosis = field(repr=False)
    by: str
    groups: tuple[tuple[str, ...], tuple[str, ...]]
    curves: tuple[Curve, Curve] = field(repr=False)
    limits_days: tuple[int, ...]
    tau_days: int
    frame: pd.DataFrame = field(repr=False)
    tests: dict[str, LogRank] = field(repr=False)

    @classmethod
    def of(
        cls,
        diagnosis: Diagnosis,
        by: str,
        first: Any,
        second: Any,
        *,
        limits_days: Sequence[int] | None = None,
        tau_days: int = 365,
    ) -> Comparison:
        """Measure both groups; see `Diagnosis.compare`."""
        column = column_of(by)
        if column == "all":
            raise UnknownNameError(
                f"A comparison needs groups: give by as one of {', '.join(STRATA)}."
            )
        spells = _spells(diagnosis, column)
        groups = (_listed(first), _listed(second))
        spells["group"] = _group_numbers(spells[column], groups, by)
        spells = spells[spells["group"] >= 0]
        curves = tuple(_curve(spells[spells["group"] == g]) for g in (0, 1))
        limits = _limits(diagnosis, column, groups) if limits_days is None else limits_days
        limits = tuple(sorted({int(d) for d in limits}))
        tau = min(tau_days, *(_last_day_at_risk(curve) for curve in curves))
        mix = [name for name in MIX if name != column]
        frame = pd.DataFrame(_measures(curves, spells, mix, limits, tau))
        return cls(diagnosis, by, groups, curves, limits, tau, frame, _tests(spells, mix))

    @property
    def labels(self) -> tuple[str, str]:
        """Names of the groups in the language of the reports."""
        return self.labels_in("sv")

    def labels_in(self, language: str) -> tuple[str, str]:
        """Names of the two groups."""
        column = column_of(self.by)
        return tuple(_label(column, group, language) for group in self.groups)

    def text(self, language: str = "sv") -> str:
        """Say the difference at each limit, a sentence each."""
        if not self.limits_days:
            return phrase("compare.no_limit", language)
        rows = self.frame[self.frame["metric"] == "share_over"]
        return " ".join(self._sentence(row, language) for row in rows.itertuples())

    def _sentence(self, row: Any, language: str) -> str:
        first, second = self.labels_in(language)
        limit = words.days(int(row.limit_days), language)
        if math.isnan(row.difference):
            reason = Absent(row.flags) if row.flags else Absent.MISSING
            return phrase(
                "compare.sentence.none", language, first=first, second=second, limit=limit,
                reason=reason.sentence(language),
            )  # fmt: skip
        is_lower = row.difference < 0
        # Turned so that the sentence never speaks of minus so many more.
        lo, hi = (-row.hi, -row.lo) if is_lower else (row.lo, row.hi)
        return phrase(
            "compare.sentence.lower" if is_lower else "compare.sentence",
            language,
            difference=words.points(abs(row.difference), 1, language),
            interval=_ends(lo, hi, 100, 1, language),
            first=first,
            second=second,
            limit=limit,
        )

    def display(self, language: str = "sv") -> pd.DataFrame:
        """Return the measures as a reader's table: one row per measure."""
        first, second = self.labels_in(language)
        shown = [self._shown(row, first, second, language) for row in self.frame.itertuples()]
        empty = dict.fromkeys((first, second), Absent.NOT_APPLICABLE)
        for key, test in self.tests.items():
            shown.append(
                {phrase("column.measure", language): self._metric(key, math.nan, language)}
                | empty
                | {
                    phrase("compare.difference", language): _chi2(test, language),
                    phrase("compare.p", language): _p_text(test.p, language),
                }
            )
        return pd.DataFrame(shown)

    def _shown(self, row: Any, first: str, second: str, language: str) -> dict[str, Any]:
        is_count = row.metric in ("n_spells", "n_events")
        is_whole = is_count or row.metric == "quantile_50_days"
        scale, decimals = (100, 1) if row.metric in PERCENT else (1, 0 if is_whole else 1)
        reason = Absent(row.flags) if row.flags else Absent.MISSING
        unit = " %" if scale == 100 and language == "sv" else "%" if scale == 100 else ""
        cells = {
            first: _estimate(row.first, row.first_lo, row.first_hi, scale, decimals, unit,
                             reason, language),
            second: _estimate(row.second, row.second_lo, row.second_hi, scale, decimals, unit,
                              reason, language),
        }  # fmt: skip
        nothing = Absent.NOT_APPLICABLE
        difference = nothing if is_count else _estimate(
            row.difference, row.lo, row.hi, scale, decimals,
            f" {phrase('unit.points', language)}" if scale == 100 else "", reason, language,
        )  # fmt: skip
        return (
            {phrase("column.measure", language): self._metric(row.metric, row.limit_days, language)}
            | cells
            | {
                phrase("compare.difference", language): difference,
                phrase("compare.p", language): nothing if math.isnan(row.p)
                else _p_text(row.p, language),
            }
        )  # fmt: skip

    def _metric(self, metric: str, limit_days: float, language: str) -> str:
        key = f"compare.{metric}"
        if not words.has_phrase(key):
            return phrase(f"metric.{metric}", language)
        mix = [name for name in MIX if name != column_of(self.by)]
        return phrase(
            key,
            language,
            limit="" if math.isnan(limit_days) else words.days(int(limit_days), language),
            tau=words.days(self.tau_days, language),
            mix=words.joined([phrase(f"compare.mix.{name}", language) for name in mix], language),
        )

    def table(self, language: str = "sv") -> str:
        """Return the display frame as an HTML table."""
        caption = phrase("compare.caption", language)
        return tables.html_table(self.display(language), caption=caption, language=language)

    def plot(self, ax=None, language: str = "sv"):
        """Draw both curves with their limits."""
        lines = [
            curve_line(curve, label, CURVE_DAYS, role)
            for curve, label, role in zip(
                self.curves, self.labels_in(language), self._roles, strict=True
            )
        ]
        shared = {
            "limits": [figures.LimitLine(d) for d in self.limits_days if d],
            "entry_day": self.diagnosis.entry_day,
            "until_day": CURVE_DAYS,
            "language": language,
            "is_synthetic": bool(self.diagnosis.store.settings.is_synthetic),
        }
        if ax is None:
            figure, ax = figures.new_figure("curve", n_rows=2)
            figure.set_label(figures.alt_survival_curve(lines, **shared))
        return figures.survival_curve(lines, ax, **shared)

    @property
    def _roles(self) -> tuple[str, str]:
        if self.groups == (("women",), ("men",)):
            return "women", "men"
        return (
            ("men", "women") if self.groups == (("men",), ("women",)) else ("reference", "actual")
        )

    def _repr_html_(self) -> str:
        title = phrase("compare.title", "sv", first=self.labels[0], second=self.labels[1])
        return in_notebook(
            f"<p><strong>{tables.escaped(self.diagnosis.title)}: {tables.escaped(title)}</strong>"
            f"</p><p>{tables.escaped(self.text())}</p>{self.table()}"
            f"<p><small>{tables.escaped(phrase('internal.note'))}</small></p>"
        )

    def __repr__(self) -> str:
        first, second = self.labels
        return f"<Comparison {self.diagnosis.title}: {first} against {second}>"


def _spells(diagnosis: Diagnosis, column: str) -> pd.DataFrame:
    """Ledger rows under observation after the entry day, entering on it at the earliest."""
    frame = diagnosis.ledger
    if diagnosis.year is not None and column != "start_year":
        frame = frame[frame["start_year"] == diagnosis.year]
    frame = frame[frame["duration_day"] > diagnosis.entry_day].copy()
    frame["entry_day"] = np.maximum(frame["entry_day"], diagnosis.entry_day)
    return frame


def _listed(given: Any) -> tuple[str, ...]:
    several = isinstance(given, Sequence | np.ndarray | range) and not isinstance(given, str)
    return tuple(str(x) for x in (given if several else [given]))


def _group_numbers(values: pd.Series, groups: tuple, by: str) -> np.ndarray:
    """0 for the first group, 1 for the second, -1 for neither."""
    known = values.astype(str)
    for name in (*groups[0], *groups[1]):
        if name not in set(known):
            listed = ", ".join(sorted(set(known)))
            raise UnknownNameError.among(f"Group of {by}", name, set(known), f"Known: {listed}.")
    both = set(groups[0]) & set(groups[1])
    if both:
        raise UnknownNameError(f"{', '.join(sorted(both))} is in both groups of the comparison.")
    return np.where(known.isin(groups[0]), 0, np.where(known.isin(groups[1]), 1, -1))


def _curve(spells: pd.DataFrame) -> Curve:
    return fit_curve(
        spells["duration_day"].to_numpy(), spells["end_reason"].to_numpy(),
        entry=spells["entry_day"].to_numpy(), n=spells["n"].to_numpy(),
    )  # fmt: skip


def _limits(diagnosis: Diagnosis, column: str, groups: tuple) -> set[int]:
    """Every limit in force for the groups; for periods those of each year compared."""
    if column != "start_year":
        return set(diagnosis.recommendation.limits_days)
    years = [int(year) for group in groups for year in group]
    changed = [diagnosis.with_settings(year=year).recommendation.limits_days for year in years]
    return {limit for limits in changed for limit in limits}


def _last_day_at_risk(curve: Curve) -> int:
    """Last day with enough at risk for a mean length; 1 when there never are."""
    enough = curve.day[curve.at_risk >= MIN_AT_RISK]
    return int(enough[-1]) if len(enough) else 1


def _measures(curves, spells, mix, limits, tau):
    """Rows of `Comparison.frame`."""
    one, two = curves
    yield _row("n_spells", one.n_spells, two.n_spells)
    yield _row("n_events", one.n_events, two.n_events)
    medians = [curve.quantile(0.5) for curve in curves]
    yield _row("quantile_50_days", *(m[0] for m in medians), cis=[m[1:] for m in medians],
               flags="not_applicable")  # fmt: skip
    for limit in limits:
        share = _share_row(one, two, limit)
        yield share
        if not share["flags"]:
            yield _standardised_row(spells, mix, limit)
    means = [_normal_limits(*curve.restricted_mean(tau)) for curve in curves]
    yield _row("restricted_mean", *(m[0] for m in means), cis=[m[1:] for m in means],
               difference=restricted_mean_difference(one, two, tau), limit=tau)  # fmt: skip
    for limit in limits:
        if limit < tau and not _reason(one, two, limit):
            yield _excess_row(one, two, limit, tau)


def _row(metric, first, second, *, cis=((math.nan,) * 2,) * 2, difference=None, limit=math.nan,
         flags=""):  # fmt: skip
    known = difference is not None
    return {
        "metric": metric, "limit_days": limit,
        "first": float(first), "first_lo": cis[0][0], "first_hi": cis[0][1],
        "second": float(second), "second_lo": cis[1][0], "second_hi": cis[1][1],
        "difference": float(difference.estimate) if known else math.nan,
        "lo": float(difference.lo) if known else math.nan,
        "hi": float(difference.hi) if known else math.nan,
        "p": float(difference.p) if known else math.nan,
        "flags": flags,
    }  # fmt: skip


def _share_row(one, two, limit):
    cis = [curve.interval_at(limit) for curve in (one, two)]
    return _row(
        "share_over", one.survival_at(limit), two.survival_at(limit), cis=cis,
        difference=difference_at(one, two, limit), limit=limit, flags=_reason(one, two, limit),
    )  # fmt: skip


def _reason(one, two, limit) -> str:
    """Why the share over a limit is not estimable in one of the groups."""
    flags = [limit_flags(curve, limit) for curve in (one, two)]
    return next((name for name in REASONS if any(bool(f[name]) for f in flags)), "")


@dataclass(frozen=True)
class _Gap:
    """A difference without a test."""

    estimate: float
    lo: float
    hi: float
    p: float = math.nan


def _standardised_row(spells, mix, limit):
    """Shares over the limit at the mix of both groups together (METHODS M14)."""
    cell = spells.groupby(mix, dropna=False).ngroup().to_numpy()
    n_cells = int(cell.max(initial=-1)) + 1
    weights = np.bincount(cell, weights=spells["n"], minlength=n_cells)
    shares = []
    for g in (0, 1):
        part = spells["group"].to_numpy() == g
        rows = spells[part]
        curves = fit_curves(
            cell[part], rows["duration_day"].to_numpy(), rows["end_reason"].to_numpy(),
            entry=rows["entry_day"].to_numpy(), n=rows["n"].to_numpy(), n_groups=n_cells,
        )  # fmt: skip
        shares.append(
            standardised_share(weights, curves.survival_at(limit), curves.variance_at(limit))
        )
    gap = _Gap(*(float(x) for x in combine_limits(*((s.estimate, s.lo, s.hi) for s in shares))))
    return _row(
        "share_over_standardised", *(s.estimate for s in shares),
        cis=[(s.lo, s.hi) for s in shares], difference=gap, limit=limit,
    )  # fmt: skip


def _normal_limits(estimate, se):
    half = 1.959963984540054 * se
    return estimate, estimate - half, estimate + half


def _excess_row(one, two, limit, tau):
    means = [_normal_limits(*curve.excess_days(limit, tau)) for curve in (one, two)]
    return _row(
        "excess_days", *(m[0] for m in means), cis=[m[1:] for m in means],
        difference=excess_days_difference(one, two, limit, tau), limit=limit,
    )  # fmt: skip


def _tests(spells, mix) -> dict[str, LogRank]:
    ledger = [spells[name].to_numpy() for name in ("group", "duration_day", "end_reason")]
    shared = {"entry": spells["entry_day"].to_numpy(), "n": spells["n"].to_numpy()}
    tests = {"logrank": logrank(*ledger, **shared)}
    if mix:
        strata = spells.groupby(mix, dropna=False).ngroup().to_numpy()
        tests["logrank_stratified"] = logrank(*ledger, strata=strata, **shared)
    return tests


def _label(column: str, group: tuple[str, ...], language: str) -> str:
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


def _ends(lo: float, hi: float, scale: float, decimals: int, language: str) -> str:
    """Limits of a difference; "till" between them, since either may be negative."""
    ends = [Absent.MISSING if math.isnan(x) else x * scale for x in (lo, hi)]
    shown = [words.number(x, decimals, language) for x in ends]
    return f" {phrase('word.to', language)} ".join(shown)


def _estimate(value, lo, hi, scale, decimals, unit, reason, language) -> Any:
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
