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
from fmbstats.pages.render import Part, render, without_unit
from fmbstats.stats.steering import CANNOT, NONE
from fmbstats.told import Told, tell

DAYS = (15, 90, 180, 365)
#: Reasons of an end, most common first, with their fills; those not named are "other".
WORK, OTHER, ON = "s3", "s2", "s1"
WORK_REASON = 1
"""Reason of an end: back to work, or ended without another reason known."""


def years(report: Report) -> Part:
    """Return the years and what happens just at the limit."""
    figures = [f for f in (_years(report), _at_limit(report)) if f is not None]
    return _pair(report, "years", figures)


def endings(report: Report) -> Part:
    """Return how spells end, and at which degree they run."""
    figures = [f for f in (_ends(report), _degrees(report)) if f is not None]
    return _pair(report, "endings", figures)


def _pair(report: Report, key: str, figures: list[Figure]) -> Part:
    if not figures:
        return Part(key, report.place, Markup(""))
    html = render(
        "pair.html", report.language, id=key, figures=[report.figure(figure) for figure in figures]
    )
    return Part(key, report.place, html, [(key, report.plain(f"contents.{key}"))])


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
    return Figure(
        key="years",
        title=report.say("years.title", low=least.html(report.language, decimals=0),
                         high=most.html(report.language, decimals=0)),
        subtitle=report.say("years.subtitle", day=str(found.limit_days)),
        source=report.source,
        chart=TimeSeries(points, "%", sorted(known), report.language),
        alt=Say(report.plain("years.alt", shares="; ".join(
            f"{int(p.at)}: {p.said.text}" for p in points)),
            " ".join(p.said.row for p in points)),
        tone=report.tone,
        width=HALF,
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
    rows = _day_rows(day, ended, expected, limit)
    here = [row for row in rows if row.day == limit]
    text = report.plain("limit.at", ended=here[0], expected=here[1])
    said = Say(text, " ".join(tell(t) for t in here))
    return Figure(
        key="limit",
        title=report.say(f"limit.title.{found.steered.answer.verdict}", day=str(limit)),
        subtitle=report.say("limit.subtitle", first=str(int(day[0])), last=str(int(day[-1]))),
        source=Markup(" ").join([_steered(report, found), report.source]),
        chart=Endings(
            [int(d) for d in day], ended.tolist(), expected.tolist(), limit,
            Say(report.plain("limit.day", day=str(limit))), said, report.plain("limit.expected"),
            report.plain("axis.days"), report.language),
        alt=Say(report.plain("limit.alt", text=text), said.row),
        tone=report.tone,
        width=HALF,
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


def _day_rows(day: Any, ended: Any, expected: Any, limit: int) -> list[Told]:
    return [
        Told(metric, float(value), day=int(d), part="bunching", limit_days=limit)
        for d, n, m in zip(day, ended, expected, strict=True)
        for metric, value in (("n_ended_on_day", n), ("n_expected_on_day", m))
    ]


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
    return Figure(
        key="ends",
        title=report.say("ends.title"),
        subtitle=report.say("ends.subtitle"),
        source=Markup(" ").join(
            [_not_recovered(report, found), report.say("ends.other"), report.source]
        ),
        chart=Stacks(rows, names),
        alt=_stack_alt(report, "ends.alt", rows),
        tone=report.tone,
        width=HALF,
    )


def _not_recovered(report: Report, found: Any) -> Markup:
    """Say how many had ended at the limit for work: ended is not recovered."""
    day = report.diagnosis.about.main_limit
    incidence = found.incidence
    if day is None or day > int(incidence.day[-1]) or WORK_REASON not in incidence.causes:
        return report.say("ends.not_recovered")
    shares = {
        "share_on_leave": float(incidence.curve.survival_at(day)),
        f"share_ended_{WORK_REASON}": float(incidence.share_at(WORK_REASON, day)),
    }
    left, work = (
        Told(metric, share, day=day, part="end_reasons").with_(method="aalen_johansen")
        for metric, share in shares.items()
    )
    at_limit = report.say("ends.at_limit", day=str(day), left=left, work=work)
    return Markup(" ").join([at_limit, report.say("ends.not_recovered")])


def _end_row(report: Report, found: Any, day: int) -> Stack:
    work, other, ids = 0.0, 0.0, []
    for cause in found.incidence.causes:
        share = float(found.incidence.share_at(cause, day))
        told = Told(f"share_ended_{cause}", share, day=day, part="end_reasons").with_(
            method="aalen_johansen"
        )
        ids.append(tell(told))
        if cause == found.incidence.causes[0]:
            work, work_id = share, ids[-1]
        else:
            other += share
    left = Told(
        "share_on_leave", float(found.incidence.curve.survival_at(day)), day=day, part="end_reasons"
    ).with_(method="aalen_johansen")
    pieces = [
        Piece(work, Say(_whole(work, report), work_id), WORK),
        Piece(other, Say(_whole(other, report), " ".join(i for i in ids if i != work_id)), OTHER),
        Piece(left.estimate, Say(_whole(left.estimate, report), tell(left)), ON),
    ]
    return Stack(report.plain("stack.day", day=str(day)), pieces)


def _whole(share: float, report: Report) -> str:
    return words.number(round(share * 100), 0, report.language)


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
            _degree_piece(report, d, float(found.share[d][day - first]), day, fills[d])
            for d in kinds])
        for day in days
    ]  # fmt: skip
    names = [report.plain(f"degree.{d}") for d in kinds]
    full = rows[0].pieces[0]
    return Figure(
        key="degree",
        title=report.say(
            "degree.title", share=_told_whole(report, full, days[0]), day=str(days[0])
        ),
        subtitle=report.say("degree.subtitle"),
        source=report.source,
        chart=Stacks(rows, names),
        alt=_stack_alt(report, "degree.alt", rows),
        tone=report.tone,
        width=HALF,
    )


def _degree(degree: int, share: float, day: int) -> Told:
    return Told(f"share_on_degree_{degree}", share, day=day, part="degree")


def _degree_piece(report: Report, degree: int, share: float, day: int, kind: str) -> Piece:
    told = _degree(degree, share, day)
    return Piece(share, Say(_whole(share, report), tell(told)), kind)


def _told_whole(report: Report, piece: Piece, day: int) -> Markup:
    return _degree(100, piece.share, day).html(report.language, decimals=0)


def _stack_alt(report: Report, key: str, rows: list[Stack]) -> Say:
    said = "; ".join(f"{r.name}: {', '.join(p.said.text for p in r.pieces)}" for r in rows)
    return Say(report.plain(key, shares=said), " ".join(p.said.row for r in rows for p in r.pieces))
