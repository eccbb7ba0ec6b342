"""Groups of strata that the register brought of its own: units, professions and the like."""

from __future__ import annotations

from typing import Any

from markupsafe import Markup

from fmbstats import words
from fmbstats.figures.charts.dots import Dot, Dots
from fmbstats.figures.charts.frame import HALF
from fmbstats.figures.svg import Say
from fmbstats.pages.diagnosis.headline import metric_told
from fmbstats.pages.diagnosis.register import dot_of, subtitle
from fmbstats.pages.diagnosis.report import Report
from fmbstats.pages.figure import Figure
from fmbstats.pages.render import Head, Part, Table, render
from fmbstats.results.common import OwnStratum, told_group
from fmbstats.told import Told

#: More groups are told in the table alone: their names would not be read in a figure.
MOST_DOTS = 25


def own(report: Report) -> Part:
    """Return a figure and a table of the groups of each stratum that is asked for."""
    sections = [_section(report, OwnStratum(name)) for name in report.strata]
    html = Markup("").join(html for _, html in sections)
    contents = [(anchor, name) for (anchor, name), _ in sections]
    return Part("own", report.place, html, contents)


def _section(report: Report, name: OwnStratum) -> tuple[tuple[str, str], Markup]:
    groups = report.by(name).strata
    metric = metric_told(report)
    n = Told("n_groups", len(groups), part="own", **told_group(name, "all"))
    title = words.visible(name)[:1].upper() + words.visible(name)[1:]
    anchor = f"own-{'abc'[report.strata.index(name)]}"
    figure = _figure(report, name, metric, title, anchor)
    blocks = [
        Markup('<p class="text small">{}</p>').format(report.say("own.text", n=n)),
        *([report.figure(figure)] if figure is not None else []),
        *([_table(report, name, metric, title).html(report.language)] if groups else []),
    ]
    html = render("section.html", report.language, id=anchor, title=title, blocks=blocks)
    return (anchor, title), html


def _label(name: OwnStratum, group: str) -> str:
    told = told_group(name, group)
    return words.stratum(told["by"], told["stratum"])


def _figure(
    report: Report, name: OwnStratum, metric: str, title: str, anchor: str
) -> Figure | None:
    whole = report.measured(metric)
    groups = report.by(name).strata
    if not whole.is_known or len(groups) > MOST_DOTS:
        return None
    rows = [
        _dot(report, metric, None, "all", words.stratum("all", "all", report.language)),
        *(
            _dot(report, metric, name, group, _label(name, group), begins_group=k == 0)
            for k, group in enumerate(groups)
        ),
    ]
    shown = [row for row in rows if row.value is not None]
    if len(shown) < 3:
        return None
    said = "; ".join(f"{row.name} {row.said.text}" for row in shown)
    return Figure(
        key=f"{anchor}-dots",
        title=report.say("own.dots.title"),
        subtitle=report.say(subtitle(report, metric)),
        source=report.source,
        chart=Dots(
            rows, rows[0].value, report.plain("dots.all"), report.plain("dots.head"),
            report.language,
        ),
        alt=Say(report.plain("dots.alt", shares=said), " ".join(r.said.row for r in shown)),
        tone=report.tone,
        width=HALF,
        level=3,
    )  # fmt: skip


def _dot(
    report: Report, metric: str, by: OwnStratum | None, group: str, name: str, **more: Any
) -> Dot:
    share = report.measured(metric, group, by)
    n = report.measured("n_spells", group, by)
    return dot_of(report, share, n, name, is_main=by is None, **more)


def _table(report: Report, name: OwnStratum, metric: str, title: str) -> Table:
    measures = ("n_spells", "quantile_50_days", metric)
    heads = [Head(title), *(Head(report.say(f"metric.{key}"), True) for key in measures)]
    rows = []
    for group in report.by(name).strata:
        told = [report.measured(key, group, name) for key in measures]
        cells = [
            one.html(report.language, interval=True) if one.is_known and one.lo == one.lo else one
            for one in told
        ]
        rows.append([_label(name, group), *cells])
    return Table(heads, rows, label=title, is_long=True)
