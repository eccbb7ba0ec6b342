"""What a register answers: how long the spells last, and in which groups."""

from __future__ import annotations

import math
from typing import Any

from markupsafe import Markup

from fmbstats import words
from fmbstats.figures.charts.dots import Dot, Dots
from fmbstats.figures.charts.frame import HALF
from fmbstats.figures.svg import NOTHING, Say
from fmbstats.pages.diagnosis.answer import curve_figure
from fmbstats.pages.diagnosis.headline import LOWER, headline, metric_told, register_lead
from fmbstats.pages.diagnosis.report import Report
from fmbstats.pages.figure import Figure
from fmbstats.pages.render import Part, Speaking, bare_text, render, without_unit
from fmbstats.results.common import column_of, in_order
from fmbstats.told import Told, tell


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
    metric = metric_told(report)
    if not report.measured(metric).is_known:
        return None
    rows = [
        _dot(report, metric, None, "all"),
        *_of(report, metric, "sex"),
        *_of(report, metric, "age"),
    ]
    if sum(row.value is not None for row in rows) < 3:
        return None
    return Figure(
        key="groups",
        title=report.say(_title(rows)),
        subtitle=report.say(subtitle(report, metric)),
        source=report.source,
        chart=Dots(
            rows,
            rows[0].value,
            report.plain("dots.all"),
            report.plain("dots.head"),
            report.language,
        ),
        alt=_alt(report, rows),
        tone=report.tone,
        width=HALF,
    )


def _of(report: Report, metric: str, by: str) -> list[Dot]:
    strata = in_order(report.by(by).frame["stratum"])
    return [_dot(report, metric, by, s, k == 0) for k, s in enumerate(strata) if s != "unknown"]


def _dot(report: Report, metric: str, by: str | None, stratum: str, begins: bool = False) -> Dot:
    share = report.measured(metric, stratum, by)
    n = report.measured("n_spells", stratum, by)
    return dot_of(
        report,
        share,
        n,
        words.stratum(column_of(by), stratum, report.language),
        is_main=by is None,
        begins_group=begins,
    )


def dot_of(page: Speaking, share: Told, n: Told, name: str, **more: Any) -> Dot:
    """Return a told share as a dot with its interval."""
    language = page.language
    if not share.is_known:
        said = page.shown(share)  # its row stands before that of the number
        return Dot(name, page.shown(n), None, None, None, said, **more)
    has_ends = not math.isnan(share.lo) and not math.isnan(share.hi)
    bare = without_unit(share.text(language))
    ends = without_unit(bare_text(share.range(language))) if has_ends else ""
    return Dot(
        name,
        page.shown(n),
        share.estimate,
        share.lo if has_ends else None,
        share.hi if has_ends else None,
        Say(bare, tell(share)),
        Say(ends, tell(share)) if ends else NOTHING,
        **more,
    )


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


def subtitle(report: Report, metric: str) -> str:
    """Name the phrase that says what the dots are."""
    found = headline(report)
    if found.form in ("one", "least"):
        return f"dots.subtitle.{found.form}"
    return "dots.subtitle.low" if metric == LOWER else "dots.subtitle.high"


def _alt(report: Report, rows: list[Dot]) -> Say:
    shown = [r for r in rows if r.value is not None]
    said = "; ".join(f"{r.name} {r.said.text}" for r in shown)
    return Say(report.plain("dots.alt", shares=said), " ".join(r.said.row for r in shown))
