"""The overview as sections of an export: forest plots, the table, and what cannot be judged."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import pandas as pd

from fmbstats import figures, words
from fmbstats.adherence import LONGEST, SHORTEST
from fmbstats.reports.blocks import FigureBlock, Note, Section, TableBlock
from fmbstats.words import Spoken, phrase

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fmbstats.overview import Overview

# So many rows leave room for the caption on an A4 page; the first follows the headline.
_FIRST_ROWS, _PAGE_ROWS = 26, 44


def overview_sections(overview: Overview, language: str) -> list[Section]:
    """Return the sections on all entries together.

    Parameters
    ----------
    overview : Overview
    language : {"sv", "en"}

    Returns
    -------
    list of Section
        Headline, one forest plot per page of entries, the table, and the entries that cannot be
        judged with the reason for each.
    """
    return [
        _headline(overview, language),
        _forest(overview, language),
        Section(
            "entries",
            phrase("export.overview.table", language),
            [TableBlock(overview.display(language), phrase("index.caption", language))],
            language,
        ),
        _not_judged(overview, language),
    ]


def _headline(overview: Overview, language: str) -> Section:
    kind = "report.synthetic" if overview.store.settings.is_synthetic else "report.real"
    parts = [
        Note(phrase("report.subtitle", language, year=overview.year), "subtitle"),
        Note(
            phrase(f"export.{kind}", language, name=overview.store.settings.register_name),
            "data-note",
            strong=phrase(kind, language),
        ),
        Note(overview.text(language), "lead"),
        Note(phrase("headline.group", language), "caveat"),
    ]
    title = phrase("overview.title", language, year=overview.year)
    return Section("headline", title, parts, language, level=1)


def _forest(overview: Overview, language: str) -> Section:
    frame = forest_frame(overview)
    judged = frame[[reason is None for reason in frame["reason"]]]
    intro = phrase("export.forest.intro", language)
    blocks = [
        _forest_block(page.reset_index(drop=True), k, overview, language)
        for k, page in enumerate(_pages(judged), start=1)
    ]
    empty = [] if blocks else [phrase("export.forest.empty", language)]
    title = phrase("overview.forest.title", language)
    return Section("forest", title, [intro, *blocks, *empty], language)


def _pages(frame: pd.DataFrame) -> Iterator[pd.DataFrame]:
    first = next(figures.forest_pages(frame, _FIRST_ROWS), frame)
    if len(first):
        yield first
    yield from figures.forest_pages(frame.iloc[len(first) :], _PAGE_ROWS)


def forest_frame(overview: Overview) -> pd.DataFrame:
    """Return one row per entry as the forest plot wants it.

    Where only the share over the longest limit is known it stands alone, as a point: the share
    over the shortest one is then at least as large.
    """
    limits = {
        (row.rec_id, row.metric): (row.lo, row.hi) for row in overview.measures().itertuples()
    }
    rows = []
    for entry in overview.entries.itertuples():
        longest, shortest = f"share_over_{LONGEST}", f"share_over_{SHORTEST}"
        low, high = (overview.value(entry.entry_id, metric) for metric in (longest, shortest))
        reason = low if isinstance(low, Spoken) else None
        if isinstance(high, Spoken):
            high, shortest = low, longest
        rows.append(
            {
                "label": entry.name,
                "group": entry.disease_group_name,
                "exceedance_lo": math.nan if reason is not None else low,
                "exceedance_hi": math.nan if reason is not None else high,
                "ci_lo": limits[entry.entry_id, longest][0],
                "ci_hi": limits[entry.entry_id, shortest][1],
                "n_spells": overview.value(entry.entry_id, "n_spells"),
                "reason": reason,
            }
        )
    return pd.DataFrame(rows)


def _forest_block(page: pd.DataFrame, number: int, overview: Overview, language: str):
    is_synthetic = bool(overview.store.settings.is_synthetic)

    def draw() -> Any:
        figure, ax = figures.new_figure("forest", n_rows=figures.forest_rows(page))
        figures.forest_plot(page, ax, language=language, is_synthetic=is_synthetic)
        return figure

    counts = [n for n in page["n_spells"] if not isinstance(n, Spoken)]
    return FigureBlock(
        f"forest-{number}",
        draw,
        figures.alt_forest_plot(page, language=language, is_synthetic=is_synthetic),
        figures.caption(
            "forest",
            n_spells=sum(counts),
            cutoff_date=overview.store.settings.cutoff_date,
            language=language,
            is_synthetic=is_synthetic,
        ),
        _forest_display(page, language),
    )


def _forest_display(page: pd.DataFrame, language: str) -> pd.DataFrame:
    return pd.DataFrame(
        [
            {
                phrase("column.disease_group", language): row.group,
                phrase("column.entry", language): row.label,
                phrase("column.n_spells", language): words.count(row.n_spells, language),
                phrase("axis.share_over_limit", language): words.interval(
                    row.exceedance_lo, row.exceedance_hi, "percent", 1, language
                ),
                phrase("column.ci", language): words.interval(
                    row.ci_lo, row.ci_hi, "percent", 1, language
                ),
            }
            for row in page.itertuples()
        ]
    )


def _not_judged(overview: Overview, language: str) -> Section:
    title = phrase("overview.not_judged.title", language)
    frame = forest_frame(overview)
    frame = frame[[reason is not None for reason in frame["reason"]]]
    if frame.empty:
        return Section(
            "not-judged", title, [phrase("overview.not_judged.empty", language)], language
        )
    table = pd.DataFrame(
        {
            phrase("column.entry", language): list(frame["label"]),
            phrase("column.reason", language): [r.text(language) for r in frame["reason"]],
        }
    )
    return Section("not-judged", title, [TableBlock(table, title)], language)
