"""Groups of strata that the register brought of its own: units, professions and the like."""

from __future__ import annotations

from markupsafe import Markup

from fmbstats import words
from fmbstats.pages.diagnosis.dots import dots_figure, group_dot
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
    n = Told("n_groups", len(groups), part="own", **told_group(name, "all"))
    title = words.visible(name)[:1].upper() + words.visible(name)[1:]
    anchor = f"own-{'abc'[report.strata.index(name)]}"
    figure = _figure(report, name, anchor)
    blocks = [
        Markup('<p class="text small">{}</p>').format(report.say("own.text", n=n)),
        *([report.figure(figure)] if figure is not None else []),
        *([_table(report, name, title).html(report.language)] if groups else []),
    ]
    html = render("section.html", report.language, id=anchor, title=title, blocks=blocks)
    return (anchor, title), html


def _label(name: OwnStratum, group: str) -> str:
    told = told_group(name, group)
    return words.stratum(told["by"], told["stratum"])


def _figure(report: Report, name: OwnStratum, anchor: str) -> Figure | None:
    groups = report.by(name).strata
    if not report.measured(report.metric).is_known or len(groups) > MOST_DOTS:
        return None
    rows = [
        group_dot(report, None, "all", words.stratum("all", "all", report.language)),
        *(
            group_dot(report, name, group, _label(name, group), begins_group=k == 0)
            for k, group in enumerate(groups)
        ),
    ]
    return dots_figure(report, f"{anchor}-dots", "own.dots.title", rows)


def _table(report: Report, name: OwnStratum, title: str) -> Table:
    measures = ("n_spells", "quantile_50_days", report.metric)
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
