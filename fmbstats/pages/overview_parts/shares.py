"""All entries: the share over the limits as figures and as a table."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pandas as pd

from fmbstats import figures, words
from fmbstats.adherence import LONGEST, SHORTEST
from fmbstats.pages.blocks import FigureBlock, Section
from fmbstats.pages.overview_blocks import GroupedTable
from fmbstats.pages.overview_parts.numbers import entry_numbers, forest_numbers
from fmbstats.pages.overview_parts.overview_frame import OverviewFrame
from fmbstats.results.common import with_interval

_FIRST_ROWS, _PAGE_ROWS = 14, 44  # rows of a forest plot below the page's head, and on a sheet


def forest(report: OverviewFrame) -> Section:
    """All entries that can be judged, share by share."""
    marks = report.overview.marks()
    judged = marks[[reason is None for reason in marks["reason"]]]
    pages = list(_pages(judged))
    blocks = [_forest_figure(report, page, k, len(pages)) for k, page in enumerate(pages, start=1)]
    content = [report.say("overview.forest.intro"), *blocks]
    return report.section("forest", content if blocks else [report.say("overview.forest.empty")])


def _pages(frame: pd.DataFrame) -> Iterator[pd.DataFrame]:
    first = next(figures.forest_pages(frame, _FIRST_ROWS), frame)
    if len(first):
        yield first
    yield from figures.forest_pages(frame.iloc[len(first) :], _PAGE_ROWS)


def _forest_figure(report: OverviewFrame, page: pd.DataFrame, k: int, n: int) -> FigureBlock:
    page = page.reset_index(drop=True)

    def draw() -> Any:
        figure, ax = figures.new_figure("forest", n_rows=figures.forest_rows(page))
        figures.forest_plot(page, ax, **report.marked)
        return figure

    part = report.say("overview.forest.part", k=k, n=n) + " " if n > 1 else ""
    cutoff = report.overview.store.settings.cutoff_date
    return FigureBlock(
        f"forest-{k}",
        draw,
        figures.alt_forest_plot(page, **report.marked),
        part
        + figures.caption(
            "forest", n_spells=_shown_sum(page["n_spells"]), cutoff_date=cutoff, **report.marked
        ),
        _forest_data(report, page),
        values=forest_numbers(report.overview, page, k, n),
    )


def _shown_sum(counts: pd.Series) -> int:
    """Sum of the counts that are shown: the total must not give a hidden one away."""
    return int(sum(n for n in counts if not isinstance(n, words.Spoken)))


def _forest_data(report: OverviewFrame, page: pd.DataFrame) -> pd.DataFrame:
    language, say = report.language, report.say
    ends = (("exceedance_lo", "exceedance_hi"), ("ci_lo", "ci_hi"))
    shares, limits = (
        [
            words.interval(lo, hi, "percent", 1, language)
            for lo, hi in zip(page[low], page[high], strict=True)
        ]
        for low, high in ends
    )
    return pd.DataFrame(
        {
            say("column.disease_group"): page["group"],
            say("column.entry"): page["label"],
            say("column.n_spells"): [words.count(n, language) for n in page["n_spells"]],
            say("column.limits_judged"): [say(f"forest.{kind}") for kind in page["form"]],
            say("axis.share_over_limit"): shares,
            say("column.ci"): limits,
        }
    )


def measures(report: OverviewFrame) -> Section:
    """All entries with their measures, disease group by disease group."""
    rows = [_measures_row(report, entry) for entry in report.overview.entries.itertuples()]
    caption = report.say("overview.table.caption", year=report.overview.year)
    title = report.say("overview.table.title")
    table = GroupedTable(pd.DataFrame(rows), caption, entry_numbers(report.overview))
    content = [report.say("overview.table.intro"), table]
    return Section("measures", title, content, report.language)


def _measures_row(report: OverviewFrame, entry: Any) -> dict[str, Any]:
    overview, say = report.overview, report.say
    row: dict[str, Any] = {
        say("column.disease_group"): entry.disease_group_name,
        say("column.entry"): entry.name,
        say("column.limits_short"): limits_shown(report, entry.entry_id),
        say("column.n_spells"): count_shown(overview.value(entry.entry_id, "n_spells")),
        say("column.coverage"): _written(report, entry.entry_id, "coverage_share", "percent", 0),
    }
    for end in (LONGEST, SHORTEST):
        why = overview.reason(entry.entry_id, end)
        share = _written(report, entry.entry_id, f"share_over_{end}", "percent", 1)
        row[say(f"column.over_{end}")] = share if why is None else _short(report, why)
    excess = _written(report, entry.entry_id, "excess_days_longest", "number", 1)
    is_said = isinstance(excess, words.Spoken)
    row[say("column.excess_longest")] = _short(report, excess) if is_said else excess
    return row


def _short(report: OverviewFrame, reason: words.Spoken) -> _Said:
    return _Said(report.overview.reason_text(reason, report.language))


@dataclass(frozen=True)
class _Said:
    """A reason in the short words of the table."""

    words: str

    def text(self, _language: str = words.DEFAULT_LANGUAGE) -> str:
        return self.words


def limits_shown(report: OverviewFrame, entry_id: str) -> Any:
    """Write the shortest and the longest limit in days, or say why there is none."""
    found = report.overview.recommendations[entry_id]
    days = found.limits_days
    if not days:
        return found.why_no_limit
    return words.interval(days[0], days[-1], "number", 0, report.language)


def count_shown(value: Any) -> Any:
    """Return a count as a whole number, or what stands in its place."""
    return value if isinstance(value, words.Spoken) else int(value)


def _written(report: OverviewFrame, entry_id: str, metric: str, kind: str, decimals: int) -> Any:
    row = report.overview.row(entry_id, metric)
    value = report.overview.value(entry_id, metric)
    return with_interval(value, row.lo, row.hi, kind, decimals, report.language)
