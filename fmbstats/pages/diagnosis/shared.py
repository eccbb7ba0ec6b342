"""What several parts of the page use: a case's own words, limits as lines, the curve on a day."""

from __future__ import annotations

from datetime import date
from typing import Any

from babel.dates import format_date
from markupsafe import Markup

from fmbstats.figures.charts.frame import Limit
from fmbstats.figures.svg import Say
from fmbstats.pages.diagnosis.cases import Case, Cases
from fmbstats.pages.diagnosis.report import Report
from fmbstats.told import Told, tell

UNTIL_DAY = 540


def quoted(case: Case, report: Report) -> Markup:
    """Name a case by FMB's own words; these are Swedish on every page."""
    if not case.name:
        return Markup(report.say("case.whole"))
    text = case.name[:1].lower() + case.name[1:]
    return swedish(f"{report.plain('quote.open')}{text}{report.plain('quote.close')}", report)


def swedish(text: str, report: Report) -> Markup:
    """Mark FMB's own words as Swedish on a page in another language."""
    lang = Markup(' lang="sv"') if report.language != "sv" else ""
    return Markup("<span{}>{}</span>").format(lang, text)


def short_date(day: date, language: str) -> str:
    """Write a date with its month cut short, for tables and labels.

    >>> short_date(date(2017, 1, 30), "sv")
    '30 jan 2017'
    """
    return format_date(day, "d MMM y", locale=language).replace(".", "")


def case_note(report: Report, cases: Cases, day: int, most: int = 40) -> str:
    """Say below a limit which cases it holds for."""
    names = [c.name for c in cases.at(day) if c.name]
    # A name that all cases have tells none from another.
    if not names or len({case.name for case in cases.now}) < 2:
        return ""
    text = clipped(names[0][:1].lower() + names[0][1:], most)
    return report.plain("limit.note", case=text.removeprefix("vid "))


def clipped(text: str, most: int) -> str:
    """Cut a text at a word."""
    return text if len(text) <= most else text[:most].rsplit(" ", 1)[0].rstrip(",") + " …"


def limit_lines(report: Report, cases: Cases, until: int = UNTIL_DAY) -> list[Limit]:
    """Return the limits as lines of a chart; withdrawn ones dashed and dated."""
    found = []
    for day in sorted({*cases.limits, *cases.withdrawn}):
        if day <= report.diagnosis.entry_day or day > until:
            continue
        last = cases.until(day)
        note = (
            report.plain("limit.until", date=short_date(last, report.language))
            if last
            else case_note(report, cases, day)
        )
        name = Say(report.plain("limit.days", day=str(day)), tell(cases.at(day)[0].row))
        found.append(Limit(day, name, note, last is not None))
    return found


def share_on_leave(line: Any, day: int) -> Told:
    """Return the share still on leave after a day."""
    share = float(line.survival_at(day))
    lo, hi = line.interval_at(day)
    return Told("share_on_leave", share, float(lo), float(hi), day=day, part="curve").with_(
        method="kaplan_meier"
    )
