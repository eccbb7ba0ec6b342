"""Counties against the country: tiles where they lie, a funnel by size, a folded table."""

from __future__ import annotations

import math
from typing import Any

from markupsafe import Markup

from fmbstats import words
from fmbstats.figures.charts.counties import Funnel, FunnelPoint, Tile, TileMap
from fmbstats.figures.charts.frame import BESIDE_MAP, MAP
from fmbstats.figures.svg import Say
from fmbstats.pages.diagnosis.report import Report
from fmbstats.pages.figure import Figure
from fmbstats.pages.render import Part, render, without_unit
from fmbstats.told import Told, tell


def counties(report: Report) -> Part:
    """Return the counties' part; nothing where fewer than three can be shown."""
    found = report.diagnosis.regions()
    if found is None or found.frame["share"].notna().sum() < 3:
        return Part("counties", report.place, Markup(""))
    rows = [_Row(report, found, row) for row in found.tested.to_dict("records")]
    nation = Told(
        "share_over_limit_nation", found.national_share, part="county", limit_days=found.limit_days
    )
    n_out = sum(row.outside != 0 for row in rows)
    n_far = sum(abs(row.outside) == 2 for row in rows)
    shown = sum(row.is_shown for row in rows)
    title = report.say("county.title.none" if not n_far else "county.title.some")
    html = render(
        "counties.html", report.language, title=title,
        text=_text(report, n_out, n_far, shown),
        map=report.figure(_map(report, rows, found.limit_days, nation)),
        funnel=report.figure(_funnel(report, rows, nation)),
        table=_table(report, rows),
    )  # fmt: skip
    return Part("counties", report.place, html, [("counties", report.plain("contents.counties"))])


def _text(report: Report, n_out: int, n_far: int, shown: int) -> Markup:
    """Say how many counties lie outside the inner limit.

    A county outside the outer limit is one among those of all diagnoses, and the page says so.
    """
    counted = Told("n_groups_outside", n_out, by="county", part="county")
    of = Told("n_groups", shown, by="county", part="county")
    said = report.say("county.text" if n_out else "county.text.none", n=counted, of=of)
    return Markup(" ").join([said, report.say("county.family")]) if n_far else said


class _Row:
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


def _say(row: _Row, report: Report) -> Say:
    text = row.share.text(report.language) if row.share.is_known else "··"
    return Say(without_unit(text), tell(row.share))


def _map(report: Report, rows: list[_Row], limit: int, nation: Told) -> Figure:
    tiles = [
        Tile(
            row.code, row.name, _say(row, report), row.share.estimate if row.is_shown else None,
            row.size if row.is_shown else None, _title(report, row),
        )
        for row in rows
    ]  # fmt: skip
    outside = [tile for tile in tiles if tile.outside(nation.estimate)]
    rule = [report.plain("map.rule.1"), report.plain("map.rule.2")]
    out = ", ".join(f"{t.name} {t.said.text}" for t in outside) or "–"
    chart = TileMap(
        tiles, nation.estimate, report.plain("map.above"), report.plain("map.below"), rule
    )
    alt = Say(report.plain("map.alt", out=out), " ".join(t.said.row for t in outside))
    subtitle = report.say("map.subtitle", day=str(limit))
    extra = [tell(nation), *_sizes(rows)]
    return report.drawn("map", chart, alt, MAP, subtitle=subtitle, extra=extra)


def _sizes(rows: list[_Row]) -> list[str]:
    return [name for row in rows for name in row.extra]


def _title(report: Report, row: _Row) -> str:
    if not row.share.is_known:
        return f"{row.name}: {row.share.text(report.language)}"
    return f"{row.name}, {row.n.text(report.language, unit=True)}: " + row.share.text(
        report.language, interval=True
    )


def _funnel(report: Report, rows: list[_Row], nation: Told) -> Figure:
    points = [
        FunnelPoint(row.name, row.size, row.share.estimate, _say(row, report), _title(report, row))
        for row in rows
        if row.is_shown
    ]
    text = report.plain("funnel.centre", share=nation)
    x_name, inner, outer = (report.plain(f"funnel.{key}") for key in ("axis", "inner", "outer"))
    said = Say(text, tell(nation))
    chart = Funnel(points, nation.estimate, said, x_name, inner, outer, report.language)
    alt = Say(report.plain("funnel.alt", n=str(len(points))), tell(nation))
    return report.drawn("funnel", chart, alt, BESIDE_MAP, extra=_sizes(rows))


def _table(report: Report, rows: list[_Row]) -> Markup:
    heads = report.heads("county", ("head", "n", "share", "q"), ("n", "share", "q"))
    cells = [
        [row.name, row.n, row.share.html(report.language, interval=True), row.q] for row in rows
    ]
    label = report.plain("county.table")
    return report.table(heads, cells, label=label, names_lang="sv", is_long=True)
