"""What a register answers: how long the spells last, and in which groups."""

from __future__ import annotations

from markupsafe import Markup

from fmbstats import words
from fmbstats.figures.charts.dots import Dot
from fmbstats.figures.charts.frame import HALF
from fmbstats.pages.diagnosis.dots import dots_figure, group_dot
from fmbstats.pages.diagnosis.headline import register_lead
from fmbstats.pages.diagnosis.report import Report
from fmbstats.pages.diagnosis.shared import curve_figure
from fmbstats.pages.figure import Figure
from fmbstats.pages.render import Part, render
from fmbstats.results.common import column_of, in_order


def register(report: Report) -> Part:
    """Return what the register says, its curve, and sex and age as dots around the whole.

    What the answer has shown, when there is nothing real before it, is not shown again.
    """
    figures = [curve_figure(report, HALF) if report.real_answer else None, groups_figure(report)]
    shown = [report.figure(figure) for figure in figures if figure is not None]
    if not shown:
        return Part("lengths", report.place, Markup(""))
    html = Markup("")
    contents = [("groups", report.plain("contents.groups"))]
    if report.real_answer:
        html += render("finding.html", report.language, sentences=register_lead(report))
        contents.insert(0, ("lengths", report.plain("contents.lengths")))
    html += render("pair.html", report.language, id=contents[0][0], figures=shown)
    contents = [(a if k == 0 else "fig-groups", t) for k, (a, t) in enumerate(contents)]
    return Part("lengths", report.place, html, contents[: len(shown)])


def groups_figure(report: Report) -> Figure | None:
    """Return sex and age as dots; None when fewer than three groups have a number."""
    if not report.measured(report.metric).is_known:
        return None
    rows = [_dot(report, None, "all"), *_of(report, "sex"), *_of(report, "age")]
    return dots_figure(report, "groups", _title(rows), rows)


def _of(report: Report, by: str) -> list[Dot]:
    strata = in_order(report.by(by).frame["stratum"])
    return [_dot(report, by, s, k == 0) for k, s in enumerate(strata) if s != "unknown"]


def _dot(report: Report, by: str | None, stratum: str, begins: bool = False) -> Dot:
    name = words.stratum(column_of(by), stratum, report.language)
    return group_dot(report, by, stratum, name, begins_group=begins)


def _title(rows: list[Dot]) -> str:
    """Say what is seen: whether the groups' intervals leave the whole's value."""
    whole = rows[0].value
    if whole is None or any(row.value is None for row in rows):
        return "dots.title.plain"
    ages = rows[1:]
    ends = [(r.low, r.high) for r in ages]
    if all(lo is not None and hi is not None and lo <= whole <= hi for lo, hi in ends):
        return "dots.title.alike"
    ages = ages[2:] if len(ages) > 4 else ages
    young = ages[0]
    if young.high is not None and young.high < whole:
        return "dots.title.young"
    return "dots.title.differ"
