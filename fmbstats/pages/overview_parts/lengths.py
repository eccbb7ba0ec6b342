"""Length in relation to recommended length, over many diagnoses in one number."""

from __future__ import annotations

from typing import Any

import pandas as pd

from fmbstats import words
from fmbstats.adherence import LONGEST, SHORTEST
from fmbstats.overview.length_ratio import ALL
from fmbstats.pages.blocks import Section
from fmbstats.pages.overview_blocks import RatioTable
from fmbstats.pages.overview_parts.numbers import ratio_numbers
from fmbstats.pages.overview_parts.overview_frame import OverviewFrame
from fmbstats.results.common import with_interval


def ratio(report: OverviewFrame) -> Section:
    """Length over recommended length, by disease group and over all."""
    overview, say, language = report.overview, report.say, report.language
    found = overview.length_ratio()
    if not found.total.n_entries:
        return report.section("ratio", [say("overview.ratio.empty")])
    entry = words.days(overview.store.entry_day, language)
    held = "entry" if overview.store.entry_day else "seen"
    content = [
        say("overview.ratio.intro"),
        say(
            "overview.ratio.answer",
            n=words.spells(int(found.total.n_spells), language),
            low=_ratio(found.total, LONGEST, language),
            high=_ratio(found.total, SHORTEST, language),
        ),
        say(f"overview.ratio.{held}", entry=entry, tau=found.tau_days),
        RatioTable(_ratio_data(report, found), say("overview.ratio.caption"), ratio_numbers(found)),
    ]
    return report.section("ratio", content)


def _ratio_data(report: OverviewFrame, found: Any) -> pd.DataFrame:
    say, language = report.say, report.language
    return pd.DataFrame(
        [
            {
                say("column.disease_group"): (
                    say("overview.ratio.all") if row.group == ALL else row.group
                ),
                say("column.n_entries"): row.n_entries,
                say("column.n_spells"): row.n_spells,
                say("column.restricted_mean_days"): round(row.mean_days),
                say("column.ratio_longest"): _ratio(row, LONGEST, language),
                say("column.ratio_shortest"): _ratio(row, SHORTEST, language),
            }
            for row in found.frame.itertuples()
        ]
    )


def _ratio(row: Any, end: str, language: str) -> Any:
    value, lo, hi = (getattr(row, f"ratio_{end}{suffix}") for suffix in ("", "_lo", "_hi"))
    return with_interval(value, lo, hi, "number", 2, language)
