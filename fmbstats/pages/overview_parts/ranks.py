"""The diagnoses with the largest share over the limit, and how sure their order is."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pandas as pd

from fmbstats import words
from fmbstats.pages.blocks import Section
from fmbstats.pages.overview_blocks import NamedTable
from fmbstats.pages.overview_parts.numbers import counted, rank_numbers
from fmbstats.pages.overview_parts.overview_frame import OverviewFrame
from fmbstats.results.common import with_interval

MOST_ROWS = 12


def ranks(report: OverviewFrame) -> Section:
    """Put the largest shares in order, with what such an order can and cannot say."""
    found, say = report.overview.ranking(), report.say
    if len(found.frame) < 2:
        return report.section("ranks", [say("overview.ranks.empty")])
    shown = found.frame.head(MOST_ROWS)
    n, n_shown = (words.count(len(rows), report.language) for rows in (found.frame, shown))
    caption = say("overview.ranks.caption", year=found.overview.year, n=n)
    content: list[Any] = [
        say("overview.ranks.intro", n=n, shown=n_shown),
        NamedTable(_data(report, shown), caption, rank_numbers(report.overview, shown)),
        say("overview.ranks.honest"),
    ]
    told = counted({"n_ranked": len(found.frame), "n_ranks_shown": len(shown)})
    return replace(report.section("ranks", content), told=told)


def _data(report: OverviewFrame, shown: pd.DataFrame) -> pd.DataFrame:
    say, language = report.say, report.language
    names = report.overview.entries.set_index("entry_id")["name"]
    return pd.DataFrame(
        [
            {
                say("column.entry"): names[row.entry_id],
                say("column.n_spells"): int(row.n_spells),
                say("axis.share_over_limit"): with_interval(
                    row.share, row.lo, row.hi, "percent", 1, language
                ),
                say("column.rank"): with_interval(
                    row.rank, row.rank_lo, row.rank_hi, "number", 0, language
                ),
            }
            for row in shown.itertuples()
        ]
    )
