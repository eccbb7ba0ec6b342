"""Groups as dots around the whole: sex, age, strata of a register's own; counties on a map."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from markupsafe import Markup

from fmbstats import words
from fmbstats.figures.charts.counties import Funnel, FunnelPoint, Tile, TileMap
from fmbstats.figures.charts.dots import Dot, Dots, title_of
from fmbstats.figures.charts.frame import BESIDE_MAP, HALF, MAP
from fmbstats.figures.svg import Say
from fmbstats.pages.diagnosis.report import Report
from fmbstats.pages.diagnosis.shared import curve_figure, register_lead
from fmbstats.pages.figure import Figure, dot_of
from fmbstats.pages.render import Head, Part, render, without_unit
from fmbstats.results.common import OwnStratum, column_of, told_group
from fmbstats.results.headline import CANNOT, LOWER, ONE
from fmbstats.told import Told, tell

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
    """Return sex and age as dots; None when fewer than three groups have a number.

    Nor where it cannot be said how many were longer: a bound that tells nothing is no answer.
    """
    if report.headline.form == CANNOT or not report.measured(report.metric).is_known:
        return None
    rows = [_dot(report, None, "all"), *_of(report, "sex"), *_of(report, "age")]
    return dots_figure(report, "groups", title_of(rows), rows)


def _of(report: Report, by: str) -> list[Dot]:
    strata = report.by(by).strata
    return [_dot(report, by, s, k == 0) for k, s in enumerate(strata) if s != "unknown"]


def _dot(report: Report, by: str | None, stratum: str, begins: bool = False) -> Dot:
    name = words.stratum(column_of(by), stratum, report.language)
    return group_dot(report, by, stratum, name, begins_group=begins)


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
    if report.headline.form == CANNOT or len(groups) > MOST_DOTS:
        return None
    if not report.measured(report.metric).is_known:
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
    form = _form(report)
    alt = Say(report.plain(f"dots.alt.{form}", shares=said), " ".join(r.said.row for r in shown))
    title, subtitle = report.say(title), report.say(f"dots.subtitle.{form}")
    return report.drawn(key, chart, alt, HALF, title=title, subtitle=subtitle)


def _form(report: Report) -> str:
    """Say what the dots are: the one share, or its lower or upper bound."""
    if report.headline.form == ONE:
        return "one"
    return "low" if report.metric == LOWER else "high"


# -- counties against the country ----------------------------------------------------------------


def counties(report: Report) -> Part:
    """Return the counties' part; nothing where fewer than three can be shown."""
    found = report.diagnosis.regions()
    if found is None or found.frame["share"].notna().sum() < 3:
        return Part("counties", report.place, Markup(""))
    rows = [_County(report, found, row) for row in found.tested.to_dict("records")]
    nation = Told(
        "share_over_limit_nation", found.national_share, part="county", limit_days=found.limit_days
    )
    n_out = sum(row.outside != 0 for row in rows)
    n_far = sum(abs(row.outside) == 2 for row in rows)
    shown = sum(row.is_shown for row in rows)
    title = report.say("county.title.none" if not n_far else "county.title.some")
    # Outside the outer limit a county is one among those of all diagnoses; the page says so.
    counted = Told("n_groups_outside", n_out, by="county", part="county")
    of = Told("n_groups", shown, by="county", part="county")
    said = report.say("county.text" if n_out else "county.text.none", n=counted, of=of)
    html = render(
        "counties.html", report.language, title=title,
        text=Markup(" ").join([said, report.say("county.family")]) if n_far else said,
        map=report.figure(_map(report, rows, found.limit_days, nation)),
        funnel=report.figure(_funnel(report, rows, nation)),
        table=_county_table(report, rows),
    )  # fmt: skip
    return Part("counties", report.place, html, [("counties", report.plain("contents.counties"))])


class _County:
    """One county with its told share and its place among the control limits."""

    def __init__(self, report: Report, found: Any, row: dict) -> None:
        self.code = str(row["stratum"])
        self.name = words.county(self.code, "en")
        shared = {"part": "county", "limit_days": found.limit_days}
        group = "county", self.code
        self.share = report.told_share(row, "share_over_standardised", *group, **shared)
        self.n = report.told_count(row, *group, part="county")
        q = {"estimate": row["q"], "n_spells": row["n_spells"]}
        untested = "not_applicable" if math.isnan(row["q"]) else ""
        flags = row["flags"] if math.isnan(row["share"]) else untested
        self.q = report.told(q | {"flags": flags}, "q_value", *group, **shared)
        self.size = float(row["n_effective"])
        self.is_shown = self.share.is_known and not math.isnan(self.size)
        # What a size is drawn from is told as well.
        size = {"estimate": self.size, "n_spells": row["n_spells"]}
        told = report.told(size, "n_effective", *group, **shared)
        self.extra = [tell(told)] * self.is_shown
        self.outside = found.outside(row["share"], self.size) if self.is_shown else 0


def _bare(row: _County, report: Report) -> Say:
    text = row.share.text(report.language) if row.share.is_known else "··"
    return Say(without_unit(text), tell(row.share))


def _map(report: Report, rows: list[_County], limit: int, nation: Told) -> Figure:
    tiles = [
        Tile(
            row.code, row.name, _bare(row, report), row.share.estimate if row.is_shown else None,
            row.size if row.is_shown else None, _county_title(report, row),
        )
        for row in rows
    ]  # fmt: skip
    outside = [tile for tile in tiles if tile.outside(nation.estimate)]
    rule = [report.plain("map.rule.1"), report.plain("map.rule.2")]
    out = ", ".join(f"{t.name} {t.said.text}" for t in outside) or report.plain("map.none")
    chart = TileMap(
        tiles, nation.estimate, report.plain("map.above"), report.plain("map.below"), rule
    )
    alt = Say(report.plain("map.alt", out=out), " ".join(t.said.row for t in outside))
    subtitle = report.say("map.subtitle", day=str(limit))
    extra = [tell(nation), *_county_sizes(rows)]
    return report.drawn("map", chart, alt, MAP, subtitle=subtitle, extra=extra)


def _county_sizes(rows: list[_County]) -> list[str]:
    return [name for row in rows for name in row.extra]


def _county_title(report: Report, row: _County) -> str:
    if not row.share.is_known:
        return f"{row.name}: {row.share.text(report.language)}"
    return f"{row.name}, {row.n.text(report.language, unit=True)}: " + row.share.text(
        report.language, interval=True
    )


def _funnel(report: Report, rows: list[_County], nation: Told) -> Figure:
    points = [
        FunnelPoint(
            row.name, row.size, row.share.estimate, _bare(row, report), _county_title(report, row)
        )
        for row in rows
        if row.is_shown
    ]
    text = report.plain("funnel.centre", share=nation)
    x_name, inner, outer = (report.plain(f"funnel.{key}") for key in ("axis", "inner", "outer"))
    said = Say(text, tell(nation))
    chart = Funnel(points, nation.estimate, said, x_name, inner, outer, report.language)
    alt = Say(report.plain("funnel.alt", n=str(len(points))), tell(nation))
    return report.drawn("funnel", chart, alt, BESIDE_MAP, extra=_county_sizes(rows))


def _county_table(report: Report, rows: list[_County]) -> Markup:
    heads = report.heads("county", ("head", "n", "share", "q"), ("n", "share", "q"))
    cells = [
        [row.name, row.n, row.share.html(report.language, interval=True), row.q] for row in rows
    ]
    label = report.plain("county.table")
    return report.table(heads, cells, label=label, names_lang="sv", is_long=True)
