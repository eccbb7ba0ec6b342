"""The published counts' numbers as rows of `adherence.csv`: which source, code and year, and what.

A source's name and year stand in `data_vintage`, its code in `stratum`. What a user calls an
imported source stands in `label`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pandas as pd

from fmbstats import codes, published, words
from fmbstats.pages.blocks import FigureBlock, Section, TableBlock
from fmbstats.pages.parts import head
from fmbstats.results.numbers import joined_numbers, numbers, value_row
from fmbstats.results.published import READ_DAYS, cited, fact_kind
from fmbstats.sources.published.literature import SHARE, parse_kind, printed_value
from fmbstats.words import has_phrase

SOURCES = "sources"

if TYPE_CHECKING:
    from fmbstats.pages.parts.frame import Frame
    from fmbstats.results import PublishedResult


def published_section(report: Frame) -> Section:
    """Return the part on published counts with its numbers."""
    section = head.published(report)
    if section.is_empty:
        return section
    result = report.diagnosis.published()
    tables = published_numbers(result)
    in_notes = tables.pop(SOURCES)
    by_caption = {report.say(f"table.{key}.caption"): found for key, found in tables.items()}
    steps = {f"published-{drawn.key}": _band_numbers(drawn.found) for drawn in result.steps()}
    parts = [_with_numbers(part, steps, by_caption) for part in section.parts]
    there = {part.caption for part in parts if isinstance(part, TableBlock)}
    told = [found for caption, found in by_caption.items() if caption not in there]
    return replace(section, parts=parts, told=joined_numbers([*told, in_notes]))


def published_numbers(result: PublishedResult) -> dict[str, pd.DataFrame | None]:
    """Return the numbers of the part's tables; none for a diagnosis without published counts."""
    if not result.rows:
        return {}
    return {
        "published": bounds_numbers(result, is_stock=False),
        "published_stock": bounds_numbers(result, is_stock=True),
        "published_facts": fact_numbers(result),
        "published_figures": figure_numbers(result),
        # Said in the notes below the tables.
        SOURCES: source_numbers(result),
        "ended": ended_numbers(result),
        "longer": longer_numbers(result),
    }


def _with_numbers(part: Any, figures: dict, tables: dict) -> Any:
    if isinstance(part, FigureBlock) and part.key in figures:
        return replace(part, values=figures[part.key])
    if isinstance(part, TableBlock) and part.caption in tables:
        return replace(part, values=tables[part.caption])
    return part


def bounds_numbers(result: PublishedResult, is_stock: bool) -> pd.DataFrame | None:
    """Return lowest and highest share over every limit, and their limits of confidence.

    Of spells that come or go, or of a stock (ongoing spells, persons): two tables of the page.
    """
    rows = []
    for found in (row.found for row in result.rows if row.found.is_stock == is_stock):
        shared = _at(found)
        if found.n_most != found.n_spells:
            most = {"lo": found.n_spells, "hi": found.n_most}
            rows.append(value_row("n_spells_range", **shared | most | {"flags": "hidden_cells"}))
        rows.append(value_row("share_over_range", lo=found.lo, hi=found.hi, **shared))
        if found.n_spells is not None:
            rows.append(value_row("share_over_range_ci", lo=found.lo_ci, hi=found.hi_ci, **shared))
        if found.reached is not None:
            at = {"lo": found.reached.lo, "hi": found.reached.hi}
            rows.append(value_row("share_reached_range", **at, **shared))
        if found.edge_day is not None:
            at_edge = shared | {"limit_days": found.edge_day, "flags": "edge_off_by_one"}
            rows.append(value_row("share_over_limit", found.edge_share, **at_edge))
    return numbers(rows) if rows else None


def figure_numbers(result: PublishedResult) -> pd.DataFrame | None:
    """Return published figures that say nothing of lengths; a hidden one has no estimate."""
    rows = []
    for figure in result.newest_figures():
        row = figure.row
        kind = [figure.source, row.period, row.measure, row.sex if row.sex != "all" else ""]
        about = {
            "by": "source",
            "stratum": row.code,
            "data_vintage": " ".join(words.visible(k) for k in kind if k),
            "label": _named(figure.label, row.period),
        }
        is_hidden = row.is_suppressed or row.value is None
        value = {"flags": "hidden_cells"} if is_hidden else {"value": row.value}
        rows.append(value_row("published_figure", **value, **about))
    return numbers(rows) if rows else None


def fact_numbers(result: PublishedResult) -> pd.DataFrame | None:
    """Return printed shares, quantiles and means as they are printed, and their numbers of spells.

    What they measure, and what a length is there, stands in `label`.
    """
    rows = []
    for fact in result.printed_facts():
        row = fact.row
        _, number, unit = printed_value(row.value)
        about = _fact(fact) | {"label": "; ".join(part for part in _fact_texts(fact) if part)}
        n = {} if row.n is None else {"n_spells": row.n}
        value = float(number) / (100 if unit else 1)
        metric = "share_printed" if parse_kind(row.kind).name == SHARE else "published_figure"
        rows.append(value_row(metric, value, **about, **n))
    return numbers(rows) if rows else None


def _fact(fact: published.PublishedFact) -> dict[str, Any]:
    return {
        "by": "source",
        "stratum": codes.shown(fact.row.code),
        "data_vintage": fact.source,
        "length_basis": fact.row.length_basis,
    }


def _fact_texts(fact: published.PublishedFact) -> list[str]:
    """Return the texts in which a page says whose a fact is, and of what."""
    row = fact.row
    texts = [" ".join(part for part in (row.source, row.period) if part)]
    texts += [row.definition, row.area, row.group]
    return [cited(row), *map(words.visible, texts), fact_kind(row, "sv"), fact_kind(row, "en")]


def _fact_names(result: PublishedResult) -> Iterable[dict]:
    """Yield the rows that say in what words facts are told."""
    known = published.published_sources(result.folder)
    texts = {text: fact for fact in result.printed_facts() for text in _fact_texts(fact) if text}
    for text, fact in texts.items():
        year = str(known.get(fact.source, {}).get("fetched_date", ""))[:4]
        if year.isdigit():
            yield value_row("year_fetched", int(year), **_fact(fact), label=text)


def source_numbers(result: PublishedResult) -> pd.DataFrame | None:
    """Return the year in which each imported source was fetched; its title stands in `label`."""
    known = published.published_sources(result.folder)
    rows = []
    for name in dict.fromkeys(row.found.source for row in result.rows):
        about = known.get(name, {})
        year = str(about.get("fetched_date", ""))[:4]
        if has_phrase(f"published.source.{name}") or not year.isdigit():
            continue
        rows += [
            value_row(
                "year_fetched",
                int(year),
                by="source",
                stratum=name,
                data_vintage=name,
                label=words.visible(str(about[key])),
            )
            for key in ("title", "publisher")
            if key in about
        ]
    rows += _fact_names(result)
    return numbers(rows) if rows else None


def longer_numbers(result: PublishedResult) -> pd.DataFrame | None:
    """Return lowest and highest share longer than some readable days."""
    folder = result.folder
    asked = dict.fromkeys(row.found.code for row in result.rows)
    rows = [
        value_row("share_over_range", lo=found.lo, hi=found.hi, **_at(found))
        for code in asked
        for day in READ_DAYS
        for found in published.published_bounds(code, day, data_raw=folder)
        if found.kind == published.QUANTILES
    ]
    return numbers(rows) if rows else None


def _at(found: published.PublishedBounds) -> dict[str, Any]:
    """Which source, which limit, and why there is no single value."""
    flags = dict.fromkeys(("bounds_only", *found.flags))
    limit = {"limit_days": found.limit_days, "length_basis": found.length_basis}
    return _about(found) | limit | {"flags": " ".join(flags)}


def ended_numbers(result: PublishedResult) -> pd.DataFrame | None:
    """Return the shares ended by the edges of the bands."""
    folder = result.folder
    rows = []
    for code in dict.fromkeys(row.found.code for row in result.rows):
        for steps in published.published_steps(code, data_raw=folder):
            if not steps.is_grid:
                rows += [
                    value_row("share_ended", 1 - share, day=int(day), **_about(steps))
                    for day, share in zip(steps.day.tolist(), steps.lo.tolist(), strict=True)
                ]
    return numbers(rows) if rows else None


def _band_numbers(steps: published.PublishedSteps) -> pd.DataFrame:
    """Return the values that the share can have between two edges, as the figure draws them."""
    low = steps.lo[:-1] if steps.is_grid else steps.lo[1:]
    edges = [int(day) if abs(day) != float("inf") else "" for day in steps.day.tolist()]
    about = _about(steps)
    return numbers(
        value_row(
            "share_over_range",
            lo=float(low[k]),
            hi=float(steps.hi[k]),
            **about | {"by": "band", "stratum": f"{edges[k]}-{edges[k + 1]}"},
            dx=about["stratum"],
        )
        for k in range(len(edges) - 1)
    )


def _about(found: Any) -> dict[str, Any]:
    """Which source, year and code, and how many spells."""
    year = found.year
    is_imported = not has_phrase(f"published.source.{found.source}")
    # of whom and of what, where it is not all started spells
    more = [getattr(found, name, "") for name in ("counted", "sex", "area")]
    kind = " ".join(words.visible(m) for m in more if m not in ("", "all", published.STARTED))
    return {
        "by": "source",
        "stratum": codes.shown(found.code),
        "data_vintage": " ".join(part for part in (found.source, str(year or ""), kind) if part),
        "start_year": year if year else "",
        "n_spells": "" if found.n_spells is None else found.n_spells,
        "label": _named(found.label, found.period, found) if is_imported else "",
    }


def _named(label: str, period: str, found: Any = None) -> str:
    """Name a source and its period as the page does, with what a length is there."""
    name = " ".join(part for part in (label, period) if part)
    more = [getattr(found, key, "") for key in ("definition", "group")]
    return words.visible("; ".join(part for part in (name, *more) if part))
