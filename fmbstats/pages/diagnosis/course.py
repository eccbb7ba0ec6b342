"""Years at a fixed limit, endings around it, how spells end and at which degree they run."""

from __future__ import annotations

from typing import Any

import numpy as np
from markupsafe import Markup

from fmbstats import words
from fmbstats.figures.charts.endings import AROUND, Endings
from fmbstats.figures.charts.frame import HALF
from fmbstats.figures.charts.stacks import Piece, Stack, Stacks
from fmbstats.figures.charts.years import Dated, TimeSeries
from fmbstats.figures.svg import Say
from fmbstats.pages.diagnosis.report import Report
from fmbstats.pages.figure import Figure
from fmbstats.pages.render import Part, without_unit
from fmbstats.stats.steering import CANNOT, NONE
from fmbstats.told import Told, tell

DAYS = (15, 90, 180, 365)
#: Reasons of an end, most common first, with their fills; those not named are "other".
WORK, OTHER, ON = "s3", "s2", "s1"
WORK_REASON = 1
"""Reason of an end: back to work, or ended without another reason known."""


def years(report: Report) -> Part:
    """Return the years and what happens just at the limit."""
    found = (_years(report), _at_limit(report))
    figures = [report.figure(figure) for figure in found if figure is not None]
    return report.pair("years", report.place, "contents.years", figures)


def endings(report: Report) -> Part:
    """Return how spells end, and at which degree they run."""
    found = (_ends(report), _degrees(report))
    figures = [report.figure(figure) for figure in found if figure is not None]
    return report.pair("endings", report.place, "contents.endings", figures)


def _years(report: Report) -> Figure | None:
    """Return the share over the limit in force, by start year."""
    found = report.diagnosis.fixed_limit("year")
    if found is None or found.frame["share"].notna().sum() < 2:
        return None
    told = {
        int(row["stratum"]): report.told_share(
            row, "share_over_fixed_limit", "year", str(row["stratum"]), part="trend",
            limit_days=found.limit_days,
        )
        for row in found.frame.to_dict("records")
    }  # fmt: skip
    known = {year: t for year, t in told.items() if t.is_known}
    if len(known) < 2:
        return None
    ends = (min(known), max(known))
    points = [_dated(report, year, t, year in ends) for year, t in known.items()]
    least, most = (pick(known.values(), key=lambda t: t.estimate) for pick in (min, max))
    shown = {k: t.html(report.language, decimals=0) for k, t in (("low", least), ("high", most))}
    said = [f"{int(p.at)}: {p.said.text}" for p in points]
    return report.drawn(
        "years", TimeSeries(points, "%", sorted(known), report.language),
        report.listed("years.alt", list(known.values()), said), HALF,
        title=report.say("years.title", **shown),
        subtitle=report.say("years.subtitle", day=str(found.limit_days)),
    )  # fmt: skip


def _dated(report: Report, year: int, told: Told, is_named: bool) -> Dated:
    text = told.text(report.language)
    bare = without_unit(text)
    low, high = (None if v != v else 100 * v for v in (told.lo, told.hi))
    title = f"{year}: {told.text(report.language, interval=True)}"
    return Dated(year, 100 * told.estimate, low, high, Say(bare, tell(told)), title, is_named)


def _at_limit(report: Report) -> Figure | None:
    """Return the endings of each day around the limit, and whether it steers."""
    found = report.diagnosis.steering()
    if found is None or found.steered.found.at is None:
        return None
    day, ended, expected = (np.asarray(values) for values in found.days())
    limit = found.limit_days
    if not found.is_drawable(ended) or limit not in day:
        return None
    kept = np.abs(day - limit) <= AROUND
    day, ended, expected = day[kept], ended[kept], expected[kept]
    rows = [
        Told(metric, float(value), day=int(d), part="bunching", limit_days=limit)
        for d, n, m in zip(day, ended, expected, strict=True)
        for metric, value in (("n_ended_on_day", n), ("n_expected_on_day", m))
    ]
    here = [row for row in rows if row.day == limit]
    text = report.plain("limit.at", ended=here[0], expected=here[1])
    said = Say(text, " ".join(tell(t) for t in here))
    chart = Endings(
        [int(d) for d in day], ended.tolist(), expected.tolist(), limit,
        Say(report.plain("limit.day", day=str(limit))), said, report.plain("limit.expected"),
        report.plain("axis.days"), report.language,
    )  # fmt: skip
    return report.drawn(
        "limit", chart, Say(report.plain("limit.alt", text=text), said.row), HALF,
        title=report.say(f"limit.title.{found.steered.answer.verdict}", day=str(limit)),
        subtitle=report.say("limit.subtitle", first=str(int(day[0])), last=str(int(day[-1]))),
        source=Markup(" ").join([_steered(report, found), report.source]),
        extra=[tell(row) for row in rows],
    )  # fmt: skip


def _steered(report: Report, found: Any) -> Markup:
    """Return the answer in a sentence, its numbers told."""
    answer, at = found.steered.answer, found.steered.found.at
    shared = {"part": "bunching", "limit_days": found.limit_days}
    limit = words.days(found.limit_days, report.language)
    if answer.verdict == CANNOT:
        return report.say(f"steering.cannot.{answer.why}", limit=limit)
    if answer.verdict == NONE:
        least = Told("smallest_detectable", found.smallest_detectable, **shared)
        return report.say("steering.none", limit=limit, least=least)
    lo, hi = found.steered.found.interval()
    moved = Told("share_moved", at.moved, lo, hi, **shared)
    return report.say(
        f"steering.more.{answer.why}",
        limit=limit,
        share=moved,
        interval=moved.range(report.language),
        days=Told("days_moved", at.mean_days, **shared),
    )


def _ends(report: Report) -> Figure | None:
    """Return why spells have ended by a few days."""
    found = report.end_reasons
    if found is None:
        return None
    last = int(found.incidence.day[-1])
    days = [d for d in DAYS[1:] if d <= last]
    if not days:
        return None
    rows = [_end_row(report, found, day) for day in days]
    names = [report.plain("ends.work"), "", report.plain("ends.on")]
    said = [_not_recovered(report, found), report.say("ends.other"), report.source]
    return report.drawn(
        "ends", Stacks(rows, names), _stack_alt(report, "ends.alt", rows), HALF,
        source=Markup(" ").join(said),
    )  # fmt: skip


def _not_recovered(report: Report, found: Any) -> Markup:
    """Say how many had ended at the limit for work: ended is not recovered."""
    day = report.diagnosis.about.main_limit
    incidence = found.incidence
    if day is None or day > int(incidence.day[-1]) or WORK_REASON not in incidence.causes:
        return report.say("ends.not_recovered")
    left = _of_ends("share_on_leave", incidence.curve.survival_at(day), day)
    work = _of_ends(f"share_ended_{WORK_REASON}", incidence.share_at(WORK_REASON, day), day)
    at_limit = report.say("ends.at_limit", day=str(day), left=left, work=work)
    return Markup(" ").join([at_limit, report.say("ends.not_recovered")])


def _of_ends(metric: str, share: Any, day: int) -> Told:
    told = Told(metric, float(share), day=day, part="end_reasons")
    return told.with_(method="aalen_johansen")


def _end_row(report: Report, found: Any, day: int) -> Stack:
    incidence = found.incidence
    work, *others = (
        _of_ends(f"share_ended_{cause}", incidence.share_at(cause, day), day)
        for cause in incidence.causes
    )
    left = _of_ends("share_on_leave", incidence.curve.survival_at(day), day)
    pieces = [
        _piece(report, kind, told) for kind, told in ((WORK, [work]), (OTHER, others), (ON, [left]))
    ]
    return Stack(report.plain("stack.day", day=str(day)), pieces)


def _piece(report: Report, kind: str, told: list[Told]) -> Piece:
    share = sum(one.estimate for one in told)
    said = words.number(round(share * 100), 0, report.language)
    return Piece(share, Say(said, " ".join(map(tell, told))), kind)


def _degrees(report: Report) -> Figure | None:
    """Return the degree of sick leave on a few days."""
    found = report.diagnosis.degrees()
    if found is None:
        return None
    first, last = int(found.day[0]), int(found.day[-1])
    days = [d for d in DAYS if first <= d <= last]
    if not days or 100 not in found.share:
        return None
    fills = {100: "s1", 75: "s2", 50: "s3", 25: "s4"}
    kinds = [d for d in (100, 75, 50, 25) if d in found.share]
    rows = [
        Stack(report.plain("stack.day", day=str(day)), [
            _piece(report, fills[d], [_degree(d, float(found.share[d][day - first]), day)])
            for d in kinds])
        for day in days
    ]  # fmt: skip
    names = [report.plain(f"degree.{d}") for d in kinds]
    full = rows[0].pieces[0]
    whole = _degree(100, full.share, days[0]).html(report.language, decimals=0)
    return report.drawn(
        "degree", Stacks(rows, names), _stack_alt(report, "degree.alt", rows), HALF,
        title=report.say("degree.title", share=whole, day=str(days[0])),
    )  # fmt: skip


def _degree(degree: int, share: float, day: int) -> Told:
    return Told(f"share_on_degree_{degree}", share, day=day, part="degree")


def _stack_alt(report: Report, key: str, rows: list[Stack]) -> Say:
    said = "; ".join(f"{r.name}: {', '.join(p.said.text for p in r.pieces)}" for r in rows)
    return Say(report.plain(key, shares=said), " ".join(p.said.row for r in rows for p in r.pieces))
