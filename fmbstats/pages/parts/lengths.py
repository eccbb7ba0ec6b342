"""How long the spells last: curve, measures, limits, groups, years."""

from __future__ import annotations

from typing import Any

from fmbstats import figures, words
from fmbstats.pages.blocks import FigureBlock, Section
from fmbstats.pages.parts.frame import UNTIL_DAY, Frame
from fmbstats.results import column_of
from fmbstats.results.adherence import AGAINST_LIMIT, LENGTHS
from fmbstats.results.numbers import joined_numbers, marked_numbers


def curve(report: Frame) -> Section:
    """The survival curve with limits, interval and numbers at risk."""
    figure = curve_figure(report, "curve", None)
    return report.section("curve", [figure]) if figure else report.empty("curve")


def curve_figure(report: Frame, key: str, by: str | None) -> FigureBlock | None:
    """A figure of one or several survival curves; None when none may be drawn."""
    result = report.diagnosis.curve(by=by)
    lines = result.lines(report.language)
    if not lines:
        return None
    shared: dict[str, Any] = {
        "limits": report.limit_lines,
        "entry_day": report.diagnosis.entry_day,
        "until_day": UNTIL_DAY,
        **report.marked,
    }
    caption = figures.caption_survival_curve(
        n_spells=report.n_spells,
        cutoff_date=report.diagnosis.store.settings.cutoff_date,
        entry_day=report.diagnosis.entry_day,
        **report.marked,
    )
    return report.figure(
        key,
        "curve",
        lambda ax: figures.survival_curve(lines, ax, **shared),
        figures.alt_survival_curve(lines, **shared),
        caption,
        result.display(report.language),
        n_rows=len(lines),
        table=report.say("table.curve_by.caption" if by else "table.curve.caption"),
        values=result.values(),
    )


def measures(report: Frame) -> Section:
    """All measures of all spells, and the share over each limit."""
    if not report.has_spells:
        return report.empty("measures")
    language = report.language
    measured = report.adherence
    lengths = report.table(measured.lengths(language), "lengths", measured.values(LENGTHS))
    parts: list[Any] = [lengths]
    against = measured.against_limits(language)
    if not len(against):
        return report.section("measures", [*parts, report.why_unjudged])
    parts.append(report.table(against, "against_limit", measured.values(AGAINST_LIMIT)))
    limits = report.diagnosis.by_limit()
    if len(limits.frame) > 1 and not limits.frame["share"].isna().all():
        parts.append(report.table(limits.display(language), "limits", limits.values()))
    return report.section("measures", parts)


def sex(report: Frame) -> Section:
    """Women and men: curves and measures."""
    figure = curve_figure(report, "curve-sex", "sex")
    return _groups(report, "sex", [figure] if figure else [])


def age(report: Frame) -> Section:
    """Measures by age, with a figure."""
    result = report.diagnosis.adherence(by="age")
    marks = result.marks(report.language)
    if marks.empty or marks["exceedance_lo"].notna().sum() < 2:
        return _groups(report, "age", [])
    figure = report.figure(
        "age",
        "strata",
        lambda ax: figures.interval_bars(marks, ax, **report.marked),
        figures.alt_interval_bars(marks, **report.marked),
        report.caption("strata", by=words.stratum_title(column_of("age"), report.language).lower()),
        result.display(report.language),
        n_rows=len(marks),
        shows_data=True,
        table=report.say("table.age.caption"),
        values=joined_numbers([result.values(), marked_numbers(marks, "age")]),
    )
    return report.section("age", [figure, *result.why_columns_missing(report.language)])


def _groups(report: Frame, by: str, parts: list) -> Section:
    result = report.diagnosis.adherence(by=by)
    if not report.has_spells:
        return report.empty(by, report.say("section.population.empty"))
    if len(result.strata) < 2:
        return report.empty(by)
    missing = result.why_columns_missing(report.language)
    table = report.table(result.display(report.language), by, result.values())
    return report.section(by, [*parts, table, *missing])


def trend(report: Frame) -> Section:
    """Share over the year's longest limit, held fixed, by start year."""
    found = report.diagnosis.fixed_limit("year")
    if found is None:
        return report.empty("trend", report.why_unjudged)
    if found.frame["share"].notna().sum() < 2:
        return report.empty("trend")
    marks = found.marks(report.language)
    limit = words.days(found.limit_days, report.language)
    figure = report.figure(
        "trend",
        "trend",
        lambda ax: figures.trend_figure(marks, ax, **report.marked),
        figures.alt_trend_figure(marks, limit_text=limit, **report.marked),
        report.caption("trend", found.frame["n_spells"].sum()),
        found.display(report.language),
        shows_data=True,
        table=report.say("table.trend.caption", limit=limit),
        values=joined_numbers([found.values(), marked_numbers(marks, "year")]),
    )
    return report.section("trend", [report.say("trend.limit", limit=limit), figure])
