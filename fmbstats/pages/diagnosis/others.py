"""What other sources have published of a diagnosis: counts at its limits, printed facts, figures.

The main source and the quantiles have parts of their own; here stands everything else that was
published or imported, each row with what is counted and what a length is.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import partial
from typing import Any

from markupsafe import Markup

from fmbstats import codes, published, words
from fmbstats.pages.diagnosis.published import OVER, PART
from fmbstats.pages.diagnosis.report import Report
from fmbstats.pages.render import Part
from fmbstats.results.published import PublishedRow, fact_kind, place_of
from fmbstats.sources.published.literature import printed_value
from fmbstats.sources.published.published_tables import FK, SRS
from fmbstats.told import Told
from fmbstats.words import Absent
from fmbstats.words.catalogue import of_ours

TITLE, MORE = "section.published.title", "section.published.more"
#: Wider bounds say hardly anything.
_WIDEST = 0.5
_SHOWN_ELSEWHERE = (FK, SRS)


def others(report: Report) -> Part:
    """Return what the sources say that no other part tells of."""
    blocks = [*_counts(report), *_facts(report), *_figures(report)]
    if not blocks:
        return Part("", "real", Markup(""))
    # Beside a source that carries the page its rows are for who asks for them.
    is_folded = report.published.main is not None
    title = MORE if is_folded else TITLE
    return report.section("others", title, blocks, is_folded=is_folded)


def _counts(report: Report) -> list[Markup]:
    """Return shares over the limits: of spells, and apart from them of stocks."""
    rows = [row for row in report.diagnosis.published().rows if _is_told(row, report)]
    found = []
    for key, is_stock in (("published", False), ("published_stock", True)):
        own = [row for row in rows if row.found.is_stock == is_stock]
        if own:
            names = ("source", "code", "counted", "n_spells", "limit", "exceedance", "definition")
            cells = [_count_row(report, row) for row in own]
            found.append(_table(report, f"table.{key}.caption", names, cells))
    return found


def _is_told(row: PublishedRow, report: Report) -> bool:
    found = row.found
    return (
        found.is_estimable
        and found.source not in _SHOWN_ELSEWHERE
        and not row.is_other_year
        and row.month_days in (None, report.diagnosis.month_days)
        and found.hi - found.lo <= _WIDEST
        # Printed facts have a table of their own.
        and (found.kind != published.FACTS or row.end == "longest")
    )


def _count_row(report: Report, row: PublishedRow) -> list[Any]:
    found = row.found
    label = "; ".join(part for part in (_named(found), found.definition) if part)
    told = partial(
        Told,
        by="source",
        stratum=codes.shown(found.code),
        part=PART,
        label=words.visible(label),
        flags="hidden_cells" if found.n_most != found.n_spells else "",
    )
    more = {
        "data_vintage": " ".join(str(v) for v in (found.source, found.year, found.counted) if v),
        "start_year": found.year or float("nan"),
    }
    over = told(OVER, lo=found.lo, hi=found.hi, limit_days=found.limit_days).with_(**more)
    n: Any = Absent.NOT_IN_SOURCE
    if found.n_spells is not None and found.n_most is not None:
        known = told("n_spells_range", lo=found.n_spells, hi=found.n_most).with_(**more)
        n = known.range(report.language)
    say = report.say
    basis = say(f"length_basis.{found.length_basis}")
    return [
        _foreign(report, found.source, _named(found)),
        codes.shown(found.code),
        say(f"published.counted.{found.counted}"),
        n,
        over.of("limit_days", report.language),
        over.range(report.language),
        _foreign(report, found.source, found.definition) if found.definition else basis,
    ]


def _named(found: published.PublishedBounds) -> str:
    group = [found.area, "" if found.sex == "all" else found.sex, found.group]
    name = " ".join(part for part in (found.label, found.period) if part)
    return ", ".join(part for part in (name, *group) if part)


def _facts(report: Report) -> list[Markup]:
    """Return the printed facts, those of one population in one row."""
    populations: dict[tuple, list[published.PublishedFact]] = {}
    for fact in report.diagnosis.published().printed_facts():
        populations.setdefault(fact.row.population, []).append(fact)
    if not populations:
        return []
    names = ("source", "code", "definition", "fact_group", "value", "n_spells")
    cells = [_facts_row(report, facts) for facts in populations.values()]
    return [_table(report, "table.published_facts.caption", names, cells)]


def _facts_row(report: Report, facts: Sequence[published.PublishedFact]) -> list[Any]:
    row, source = facts[0].row, facts[0].source
    told = [_fact(report, fact) for fact in facts]
    values = Markup("; ").join(_said(report, f, t) for f, t in zip(facts, told, strict=True))
    sex = [words.stratum("sex", row.sex, report.language)] if row.sex != "all" else []
    parts = [_foreign(report, source, part) for part in (row.area, row.group) if part]
    group = Markup(", ").join([*sex, *parts])
    has_n = row.n is not None
    return [
        Markup(", ").join(_foreign(report, source, part) for part in place_of(row)),
        codes.shown(row.code),
        _foreign(report, source, row.definition),
        group or report.say("stratum.all.all"),
        values,
        told[0].of("n_spells", report.language) if has_n else Absent.NOT_IN_SOURCE,
    ]


def _fact(report: Report, fact: published.PublishedFact) -> Told:
    row, measure = fact.row, fact.row.measure
    number, is_share = float(printed_value(row.value)[1]), measure.name == "share"
    said = [row.definition, *_groups(report, row), row.kind, str(measure.percent or "")]
    return Told(
        "share_printed" if is_share else "published_figure",
        number / 100 if is_share else number,
        by="source",
        stratum=codes.shown(row.code),
        part=PART,
        label=words.visible("; ".join(part for part in said if part)),
        n_spells=float("nan") if row.n is None else row.n,
    ).with_(
        data_vintage=words.visible(", ".join(place_of(row))), start_year=row.year or float("nan")
    )


def _said(report: Report, fact: published.PublishedFact, told: Told) -> Markup:
    """Say measure, value and unit: "median 37 dagar"."""
    name, _, unit = fact_kind(fact.row, report.language).partition(", ")
    said = Markup("{} {}").format(name.lower(), _value(report, fact, told))
    return Markup("{}\N{NO-BREAK SPACE}{}").format(said, unit) if unit else said


def _value(report: Report, fact: published.PublishedFact, told: Told) -> Markup:
    sign, number, _ = printed_value(fact.row.value)
    value = told.html(report.language, decimals=len(number.partition(".")[2]))
    return Markup("{}{}").format(f"{sign} " if sign else "", value)


def _groups(report: Report, row: Any) -> list[str]:
    sex = [words.stratum("sex", row.sex, report.language)] if row.sex != "all" else []
    return sex + [part for part in (row.area, row.group) if part]


def _figures(report: Report) -> list[Markup]:
    figures = report.diagnosis.published().newest_figures()
    if not figures:
        return []
    names = ("source", "code", "measure_published", "fact_group", "value")
    cells = [_figure_row(report, figure) for figure in figures]
    return [_table(report, "table.published_figures.caption", names, cells)]


def _figure_row(report: Report, figure: published.PublishedFigure) -> list[Any]:
    row = figure.row
    told = Told(
        "published_figure",
        float("nan") if row.value is None else row.value,
        by="source",
        stratum=row.code,
        part=PART,
        label=words.visible(f"{figure.label} {row.period}; {row.measure}; {row.sex}"),
        reason=Absent.NOT_IN_SOURCE if row.value is None else None,
    ).with_(data_vintage=f"{figure.source} {row.period}")
    is_whole = row.value is None or row.value == int(row.value)
    shown = report.say("published.hidden") if row.is_suppressed else told.html(
        report.language, decimals=0 if is_whole else 1
    )  # fmt: skip
    return [
        words.visible(f"{figure.label} {row.period}"),
        row.code,
        words.visible(row.measure),
        words.stratum("sex", row.sex, report.language),
        shown,
    ]


def _table(report: Report, caption: str, names: Sequence[str], rows: list) -> Markup:
    heads = report.heads("column", names, ("n_spells", "limit", "exceedance"))
    return report.table(heads, rows, caption=report.say(caption), is_long=True)


def _foreign(report: Report, source: str, text: str) -> Markup:
    """Say words of ours in the page's language; mark a source's own where they are of another."""
    if ours := of_ours(text, report.language):
        return Markup("{}").format(ours)
    about = published.published_sources(report.diagnosis.store.data_folder).get(source, {})
    language = str(about.get("language", "sv"))
    shown = words.visible(text)
    if language == report.language or not re.search(r"[^\W\d_]{2}", shown):  # digits, codes
        return Markup("{}").format(shown)
    return Markup('<span lang="{}">{}</span>').format(language, shown)
