"""What several parts of the page use: limits as lines, the register's curve and answer."""

from __future__ import annotations

from datetime import date
from typing import Any

from babel.dates import format_date
from markupsafe import Markup, escape

from fmbstats.figures.charts.days import UNTIL_DAY, DayCurve, Point, confidence, stairs
from fmbstats.figures.charts.frame import FULL, Limit
from fmbstats.figures.svg import Say
from fmbstats.pages.diagnosis.cases import Cases
from fmbstats.pages.diagnosis.report import Report
from fmbstats.pages.figure import Figure
from fmbstats.results.headline import BETWEEN, CANNOT, LEAST, MOST, ONE, Headline, counts_unseen
from fmbstats.told import Told, tell
from fmbstats.words import Absent


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


def curve_figure(report: Report, width: float) -> Figure | None:
    """Return the register's curve; None when none may be drawn."""
    result = report.diagnosis.curve()
    if not result.curves:
        return None
    line = next(iter(result.curves.values()))
    entry = report.diagnosis.entry_day
    last = float(line.day[-1]) if len(line.day) else entry
    until = UNTIL_DAY if last > 200 else 180
    told = [share_on_leave(line, day) for day in _read_days(report, until)]
    points = [Point(t.day, t.estimate, report.shown(t)) for t in told if t.is_known]
    extra = [
        tell(t) for day in range(30, until + 1, 30) if (t := share_on_leave(line, day)).is_known
    ]
    chart = DayCurve(
        until=until,
        entry_day=entry,
        points=points,
        limits=limit_lines(report, report.cases, until),
        x_name=report.plain("axis.days"),
        language=report.language,
        steps=stairs(line, entry, until),
        interval=confidence(line, until),
        is_low=width == FULL,
    )
    n = report.measured("n_spells")
    said = [] if report.end_reasons else [report.say("ends.not_shown")]
    return report.drawn(
        "curve", chart, _curve_alt(report, points), width, level=2 if width == FULL else 3,
        title=_curve_title(report), source=Markup(" ").join([*said, report.source]),
        subtitle=report.say("curve.subtitle", n=n, year=str(report.year), date=report.cutoff),
        extra=[tell(n), *extra],
    )  # fmt: skip


def _curve_alt(report: Report, points: list[Point]) -> Say:
    """Say the shares at the limits, or that no share is known there."""
    if not points:
        return Say(report.plain("curve.alt.none"))
    at = [report.plain("curve.at", day=str(int(p.day)), share=p.said.text) for p in points]
    rows = " ".join(p.said.row for p in points)
    return Say(report.plain("curve.alt", shares="; ".join(at)), rows)


def _curve_title(report: Report) -> Markup:
    median = report.measured("quantile_50_days")
    if median.is_known:
        return report.say("curve.title", day=median.html(report.language, unit=True))
    return report.say("curve.title.plain")


def _read_days(report: Report, until: int) -> list[int]:
    days = {d for d in report.cases.limits if report.diagnosis.entry_day < d <= until}
    if until > 400:
        days |= {365} if all(abs(d - 365) > 40 for d in days) else set()
    if not days:
        days = {90, 180} if until > 100 else {30}
    return sorted(days)


def register_headline(report: Report) -> Markup:
    """Return the finding as the page's title."""
    found, language = report.headline, report.language
    if found.form == CANNOT:
        return report.say(f"headline.{_why(report, found)}")
    if found.form == BETWEEN:
        ends = {"low": found.low.html(language, decimals=0),
                "high": found.high.html(language, decimals=0)}  # fmt: skip
        return report.say("headline.between", **ends)
    return report.say(f"headline.{found.form}", low=found.low, high=found.high)


def _why(report: Report, found: Headline) -> str:
    """Say why there is no number: "cannot" for a case without limit."""
    if not report.cases.limits:
        return "no_limit" if report.cases.is_known else "no_edition"
    if not report.has_spells:
        return "no_spells"
    if found.cases:
        return "cannot"
    return "unseen" if found.low.reason is Absent.TRUNCATED_R else "few"


def register_lead(report: Report) -> list[Markup]:
    """Return the sentences below the title: the interval, what is certain, what is not known."""
    found = report.headline
    counted = [report.say("answer.counted")] if counts_unseen(found.low.flags) else []
    if found.is_by_persons:
        counted.append(report.say("answer.persons"))
    said = [*_numbers(report, found), *_certain(report, found), *counted]
    return [*said, *_reservations(report, found), *_ambiguous(report, found)]


def _numbers(report: Report, found: Headline) -> list[Markup]:
    language = report.language
    if found.form == CANNOT:
        if found.fact is None or not found.fact.is_known:
            return []
        fact = {"share": found.fact, "day": found.fact.of("limit_days", language), "n": found.n}
        return [report.say("answer.number.cannot", **fact)]
    ends = {
        name: told.html(language, interval=True)
        for name, told in (("low", found.low), ("high", found.high))
        if told.is_known and name in _ENDS[found.form]
    }
    return [report.say(f"answer.number.{found.form}", n=found.n, **ends)]


_ENDS = {ONE: ("low",), BETWEEN: ("low", "high"), LEAST: ("low",), MOST: ("high",)}


def _certain(report: Report, found: Headline) -> list[Markup]:
    """Say the lower bound that limits withdrawn during the year alone give."""
    until = found.about.yardstick.lifted_until
    if until is None or not found.low.estimate > 0 or found.form not in (MOST, CANNOT):
        return []
    return [report.say("answer.number.lifted", low=found.low, until=report.date(until))]


def _reservations(report: Report, found: Headline) -> list[Markup]:
    cases = report.cases
    if not report.has_spells:
        return _nothing(report, found)
    if found.form in (MOST, CANNOT) and cases.open and cases.limits:
        key = "lead.open" if found.form == MOST else "lead.open.cannot"
        return [report.say(key, case=report.quoted(cases.open[0]))]
    if found.form == LEAST and len(cases.limits) > 1:
        return [report.say("lead.least", case=report.quoted(cases.at(cases.limits[0])[0]))]
    if found.form == BETWEEN:
        return [report.say("lead.between")]
    return _nothing(report, found) if found.form == CANNOT else []


def _ambiguous(report: Report, found: Headline) -> list[Markup]:
    """Say how many spells may belong, too, and what they can change."""
    parts = found.ambiguous.parts(report.language) if found.ambiguous else ()
    return [report.say(key, **values) for key, values in parts]


def _nothing(report: Report, found: Headline) -> list[Any]:
    if not report.cases.limits:
        # Above the register's answer stands another title, of published counts.
        is_said = report.cases.is_known or not report.real_answer
        why = [] if is_said else [escape(Absent.NO_EDITION.sentence(report.language))]
        return [*why, report.say("lead.no_limit")]
    reason = found.low.reason
    return [escape(reason.sentence(report.language))] if isinstance(reason, Absent) else []
