"""The index of a year or a round: one row per entry with a small curve, sortable, searchable."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any

import numpy as np

from fmbstats import words
from fmbstats.figures import alt_sparkline, sparkline_svg
from fmbstats.overview import Overview, codes_text
from fmbstats.pages.html import Cell, Column, Index
from fmbstats.results.curve import curve_line
from fmbstats.stats.survival import Curve, fit_curve
from fmbstats.words import Absent, phrase

UNTIL_DAY = 365
ENTRY, GROUP, CODES, LIMITS, CURVE = ENTRY_KEYS = ("entry", "group", "codes", "limits", "curve")
# Measure, how it is written, decimals; what a column is sorted by is no more exact than that.
MEASURES = (
    ("n_spells", "number", 0),
    ("quantile_50_days", "number", 0),
    ("share_over_longest", "percent", 1),
    ("share_over_shortest", "percent", 1),
)


def index_of(overview: Overview, language: str, **about: Any) -> Index:
    """Return the index page's content: one row per entry.

    Parameters
    ----------
    overview : Overview
    language : {"sv", "en"}
    **about
        Of `Index`: title, footer, notices, links.
    """
    curves = small_curves(overview, language)
    rows = [_row(overview, entry, curves, language) for entry in overview.entries.itertuples()]
    return Index(
        columns=_columns(language),
        rows=rows,
        caption=phrase("index.caption", language),
        lead=overview.text(language),
        group_key=GROUP,
        search_keys=(ENTRY, CODES),
        controls=_controls(len(rows), language),
        **about,
    )


def _columns(language: str) -> list[Column]:
    heads = ("column.entry", "column.disease_group", "column.codes", "column.limits", "index.curve")
    first = [
        Column(key, phrase(head, language), is_number=key == LIMITS, is_picture=key == CURVE)
        for key, head in zip(ENTRY_KEYS, heads, strict=True)
    ]
    measures = [Column(m, phrase(f"metric.{m}", language), is_number=True) for m, _, _ in MEASURES]
    return [*first, *measures]


def _row(overview: Overview, entry: Any, curves: dict[str, Cell], language: str) -> dict[str, Any]:
    limits = overview.recommendations[entry.entry_id].limits_days
    row: dict[str, Any] = {
        "slug": entry.slug,
        ENTRY: words.visible(entry.name),
        GROUP: words.visible(entry.disease_group_name),
        CODES: codes_text(entry.codes),
        LIMITS: Cell(
            overview.limits_text(entry.entry_id, language),
            order=str(limits[-1]) if limits else "",
            is_absent=not limits,
        ),
        CURVE: curves.get(entry.entry_id) or Cell(Absent.NO_CURVE.text(language), is_absent=True),
    }
    for metric, kind, decimals in MEASURES:
        row[metric] = _number(overview, entry.entry_id, metric, kind, decimals, language)
    return row


def _number(overview, entry_id: str, metric: str, kind: str, decimals: int, language: str) -> Cell:
    value = overview.value(entry_id, metric)
    if metric.startswith("share_over_"):
        reason = overview.reason(entry_id, metric.removeprefix("share_over_"))
        value = value if reason is None else reason
    if isinstance(value, words.Spoken):
        return Cell(overview.reason_text(value, language), is_absent=True)
    scale = 100 if kind == "percent" else 1
    return Cell(words.cell(value, kind, decimals, language), order=f"{value * scale:.{decimals}f}")


LEAST_SPELLS = 100  # of fewer a curve this small says nothing


def small_curves(overview: Overview, language: str) -> dict[str, Cell]:
    """Return the small curve of each entry with enough spells."""
    ledger = overview.store.ledger_by("all", overview.year)
    entry_day = overview.store.entry_day
    ledger = ledger[ledger["duration_day"] > entry_day]
    found = {}
    for entry_id, part in ledger.groupby("entry_id"):
        if entry_id not in overview.recommendations:
            continue
        if part["n"].sum() >= LEAST_SPELLS:
            time, cause, n = (part[c].to_numpy() for c in ("duration_day", "end_reason", "n"))
            entry = np.maximum(part["entry_day"].to_numpy(), entry_day)
            curve = fit_curve(time, cause, entry=entry, n=n)
            limits = overview.recommendations[entry_id].limits_days
            found[entry_id] = _picture(curve, limits, language)
    return found


def _picture(curve: Curve, limits: list[int], language: str) -> Cell:
    line = curve_line(curve, "", UNTIL_DAY, "actual")
    svg = sparkline_svg(line, limits_days=limits, until_day=UNTIL_DAY, language=language)
    encoded = base64.b64encode(svg.encode("utf-8")).decode("ascii")
    alt = alt_sparkline(line, limits_days=limits, language=language)
    return Cell(alt, picture=f"data:image/svg+xml;base64,{encoded}")


def _controls(n_rows: int, language: str) -> dict[str, str]:
    """Words of the controls; what the script fills in stays in braces."""
    named = {
        "legend": "index.controls",
        "search": "index.search",
        "group": "index.filter_group",
        "all_groups": "index.all_groups",
        "no_hits": "index.no_hits",
        "ascending": "index.ascending",
        "descending": "index.descending",
        "reset": "index.clear",
    }
    words_of = {name: phrase(key, language) for name, key in named.items()}
    total = words.count(n_rows, language)
    words_of["shown"] = phrase("index.shown", language, n="{n}", total=total)
    words_of["sorted"] = phrase("index.sorted", language, column="{column}", order="{order}")
    return words_of


def page_links(folder: Path, names: dict[str, str]) -> list[tuple[str, str]]:
    """Return (file, what it is called) of the pages of `names` that are in the folder.

    A name may go on with ``#`` and a part of the page.
    """
    there = {name for name in names if (folder / name.partition("#")[0]).is_file()}
    return [(name, label) for name, label in names.items() if name in there]
