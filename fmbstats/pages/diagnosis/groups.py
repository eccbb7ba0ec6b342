"""Groups of a register as dots around the whole: sex and age, and strata of its own."""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup

from fmbstats import words
from fmbstats.figures.charts.dots import Dot, Dots
from fmbstats.figures.charts.frame import HALF
from fmbstats.figures.svg import Say
from fmbstats.pages.diagnosis.report import LOWER, Report
from fmbstats.pages.diagnosis.shared import curve_figure, register_lead
from fmbstats.pages.figure import Figure, dot_of
from fmbstats.pages.render import (
    Head,
    Part,
    render,
)
from fmbstats.results.common import OwnStratum, column_of, in_order, told_group
from fmbstats.told import Told

#: More groups are told in the table alone: their names would not be read in a figure.
MOST_DOTS = 25


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


# -- strata that the register brought of its own: units, professions and the like --------------


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
    figure = _own_figure(report, name, anchor)
    blocks = [
        Markup('<p class="text small">{}</p>').format(report.say("own.text", n=n)),
        *([report.figure(figure)] if figure is not None else []),
        *([_table(report, name, title)] if groups else []),
    ]
    html = render("section.html", report.language, id=anchor, title=title, blocks=blocks)
    return (anchor, title), html


def _label(name: OwnStratum, group: str) -> str:
    told = told_group(name, group)
    return words.stratum(told["by"], told["stratum"])


def _own_figure(report: Report, name: OwnStratum, anchor: str) -> Figure | None:
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


def _table(report: Report, name: OwnStratum, title: str) -> Markup:
    measures = ("n_spells", "quantile_50_days", report.metric)
    heads = [Head(title), *(Head(report.say(f"metric.{key}"), True) for key in measures)]
    rows = []
    for group in report.by(name).strata:
        told = (report.measured(key, group, name) for key in measures)
        cells = [one.html(report.language, interval=True) for one in told]
        rows.append([_label(name, group), *cells])
    return report.table(heads, rows, label=title, is_long=True)


# -- dots --------------------------------------------------------------------------------------


def group_dot(
    report: Report, by: str | None, stratum: str, name: str, *, begins_group: bool = False
) -> Dot:
    """Return what the register says of a group as a dot; `by` is None for all spells."""
    share = report.measured(report.metric, stratum, by)
    n = report.measured("n_spells", stratum, by)
    return dot_of(report, share, n, name, is_main=by is None, begins_group=begins_group)


def dots_figure(report: Report, key: str, title: str, rows: Sequence[Dot]) -> Figure | None:
    """Return groups as a figure, the whole first; None when fewer than three have a number.

    `title`: a phrase.
    """
    shown = [row for row in rows if row.value is not None]
    if len(shown) < 3:
        return None
    said = "; ".join(f"{row.name} {row.said.text}" for row in shown)
    names = report.plain("dots.all"), report.plain("dots.head")
    chart = Dots(rows, rows[0].value, *names, report.language)
    alt = Say(report.plain("dots.alt", shares=said), " ".join(r.said.row for r in shown))
    title, subtitle = report.say(title), report.say(_subtitle(report))
    return report.drawn(key, chart, alt, HALF, title=title, subtitle=subtitle)


def _subtitle(report: Report) -> str:
    """Name the phrase that says what the dots are."""
    form = report.headline.form
    if form in ("one", "least"):
        return f"dots.subtitle.{form}"
    return "dots.subtitle.low" if report.metric == LOWER else "dots.subtitle.high"
