"""The register's answer in its four forms, and the sentences that go with each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from fmbstats import words
from fmbstats.pages.diagnosis.report import Report
from fmbstats.pages.diagnosis.shared import quoted, share_on_leave
from fmbstats.told import Told
from fmbstats.words import Absent

LOWER, UPPER = "share_over_longest", "share_over_shortest"
FORMS = ("one", "between", "least", "most", "cannot")


@dataclass(frozen=True)
class Headline:
    """What can be told of the share over the recommended limit.

    Attributes
    ----------
    form : {"one", "between", "least", "most", "cannot", "none"}
        "none": no number at all, and `reason` says why.
    low, high : Told
        Lower and upper bound.
    reason : Spoken or None
    """

    form: str
    low: Told
    high: Told
    reason: Any = None

    @classmethod
    def of(cls, form: str, low: Told, high: Told) -> Headline:
        """Take the form that the result has; "none" where nothing at all is known."""
        is_none = form == "cannot" and not low.is_known
        reason = low.reason if low.reason is not None else high.reason
        return cls("none" if is_none else form, low, high, reason if is_none else None)


def headline(report: Report) -> Headline:
    """Return what the register says of the entry."""
    low, high = report.measured(LOWER), report.measured(UPPER)
    return Headline.of(report.adherence.headline.form, low, high)


def register_headline(report: Report) -> Markup:
    """Return the finding as the page's title."""
    found = headline(report)
    values = {"low": found.low, "high": found.high}
    if found.form == "between":
        values = {
            "low": found.low.html(report.language, decimals=0),
            "high": found.high.html(report.language, decimals=0),
        }
        return report.say("headline.between", **values)
    if found.form == "none":
        return report.say(_why_none(report, found))
    return report.say(f"headline.{found.form}", **values)


def _why_none(report: Report, found: Headline) -> str:
    """Return the phrase for a title without a number."""
    if not report.cases.limits:
        return "headline.no_limit"
    if not report.has_spells:
        return "headline.no_spells"
    if found.reason is Absent.TRUNCATED_R:
        return "headline.unseen"
    return "headline.few"


def register_lead(report: Report) -> list[Markup]:
    """Return the sentences below the title: the interval, and what is not known."""
    return [
        Markup(" ").join(part)
        for part in (_numbers(report, headline(report)), _reservations(report, headline(report)))
        if part
    ]


def _numbers(report: Report, found: Headline) -> list[Markup]:
    n = report.measured("n_spells")
    language = report.language
    if found.form == "one":
        return [report.say("answer.number.one", n=n, low=found.low.html(language, interval=True))]
    if found.form == "between":
        return [
            report.say(
                "answer.number.between",
                n=n,
                low=found.low.html(language, interval=True),
                high=found.high.html(language, interval=True),
            )
        ]
    if found.form == "least":
        return [report.say("answer.number.least", n=n, low=found.low.html(language, interval=True))]
    if found.form == "most":
        return [
            report.say("answer.number.most", n=n, high=found.high.html(language, interval=True))
        ]
    if found.form == "cannot":
        return _stated(report, n)
    return []


def _stated(report: Report, n: Told) -> list[Markup]:
    """Say the share over the longest stated limit, as a plain fact about lengths."""
    limit = report.diagnosis.about.main_limit
    if limit is None:
        return []
    curve = next(iter(report.diagnosis.curve().curves.values()), None)
    if curve is None:
        return []
    told = share_on_leave(curve, limit)
    return [
        report.say(
            "answer.number.cannot",
            n=n,
            share=told.html(report.language),
            day=told.of("day", report.language),
        )
    ]


def _reservations(report: Report, found: Headline) -> list[Markup]:
    cases = report.cases
    if found.form in ("most", "cannot"):
        why = [report.say("lead.open", case=quoted(cases.open[0], report))] if cases.open else []
        return [*_lifted(report, found), *why]
    if found.form == "least" and cases.limits:
        return [report.say("lead.least", case=quoted(cases.at(cases.limits[0])[0], report))]
    if found.form == "between":
        return [report.say("lead.between")]
    if found.form == "none":
        return _why(report, found)
    return []


def _lifted(report: Report, found: Headline) -> list[Markup]:
    """Say the lower bound that a limit withdrawn during the year alone keeps above 0."""
    until = report.diagnosis.about.yardstick.lifted_until
    if until is None or not found.low.is_known:
        return []
    return [report.say("answer.lifted", low=found.low, until=words.date(until, report.language))]


def _why(report: Report, found: Headline) -> list[Markup]:
    if not report.cases.limits:
        return [report.say("lead.no_limit")]
    if found.reason is None:
        return []
    return [Markup("{}").format(found.reason.sentence(report.language))]
