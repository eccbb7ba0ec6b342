"""The register's answer as title and lead: the forms are the yardstick's, the words the page's."""

from __future__ import annotations

from typing import Any

from markupsafe import Markup, escape

from fmbstats.pages.diagnosis.report import Report
from fmbstats.results.headline import (
    BETWEEN,
    CANNOT,
    LEAST,
    MOST,
    ONE,
    Headline,
    counts_unseen,
)
from fmbstats.words import Absent


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
        return "no_limit"
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
    if until is None or not found.low.is_known or found.form not in (MOST, CANNOT):
        return []
    return [report.say("answer.number.lifted", low=found.low, until=report.date(until))]


def _reservations(report: Report, found: Headline) -> list[Markup]:
    cases = report.cases
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
        return [report.say("lead.no_limit")]
    reason = found.low.reason
    return [escape(reason.sentence(report.language))] if isinstance(reason, Absent) else []
