"""Which entries cannot be judged, and what changed in the recommendations themselves."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import Any

import pandas as pd

from fmbstats import words
from fmbstats.adherence import LONGEST, SHORTEST
from fmbstats.pages.blocks import Section, TableBlock
from fmbstats.pages.edition_changes import changed_lengths, changes_by_kind, compared_editions
from fmbstats.pages.overview_blocks import GroupedTable
from fmbstats.pages.overview_parts.numbers import counted, edition_numbers, reason_numbers
from fmbstats.pages.overview_parts.overview_frame import OverviewFrame
from fmbstats.pages.overview_parts.shares import count_shown, limits_shown


def not_judged(report: OverviewFrame) -> Section:
    """Which entries cannot be judged, and why."""
    overview, say, language = report.overview, report.say, report.language
    why = [
        (entry, overview.reason(entry.entry_id, LONGEST), overview.reason(entry.entry_id, SHORTEST))
        for entry in overview.entries.itertuples()
    ]
    neither = [
        (entry, longest)
        for entry, longest, shortest in why
        if longest is not None and shortest is not None
    ]
    partly = [row for row in why if (row[1] is None) != (row[2] is None)]
    if not neither and not partly:
        return report.section("not-judged", [say("overview.not_judged.empty")])
    n, n_partly = (words.count(len(rows), language) for rows in (neither, partly))
    content: list[Any] = [say("overview.not_judged.intro", n=n, partly=n_partly)]
    if neither:
        content += [_reasons(report, neither), _neither(report, neither)]
    told = counted({"n_neither": len(neither), "n_partly": len(partly)})
    return replace(report.section("not-judged", content), told=told)


def _reasons(report: OverviewFrame, rows: list) -> TableBlock:
    counts = Counter(reason for _, reason in rows).most_common()
    data = pd.DataFrame(
        {
            report.say("column.reason"): [r.sentence(report.language) for r, _ in counts],
            report.say("column.n_entries"): [n for _, n in counts],
        }
    )
    values = reason_numbers(reason for _, reason in rows)
    return TableBlock(data, report.say("overview.reasons.caption"), values)


def _neither(report: OverviewFrame, rows: list) -> GroupedTable:
    say = report.say

    def spells_of(entry_id: str) -> Any:
        return count_shown(report.overview.value(entry_id, "n_spells"))

    data = pd.DataFrame(
        [
            {
                say("column.disease_group"): entry.disease_group_name,
                say("column.entry"): entry.name,
                say("column.limits_short"): limits_shown(report, entry.entry_id),
                say("column.n_spells"): count_shown(
                    report.overview.value(entry.entry_id, "n_spells")
                ),
                say("column.reason"): report.overview.reason_text(reason, report.language),
            }
            for entry, reason in rows
        ]
    )
    return GroupedTable(data, say("overview.not_judged.caption"))


def editions(report: OverviewFrame) -> Section:
    """What changed in the recommendations themselves."""
    found = compared_editions(report.editions, report.round.edition if report.round else None)
    if found is None:
        return report.section("editions", [report.say("overview.editions.empty")])
    kinds = changes_by_kind(found, report.language)
    content: list[Any] = [
        report.say("overview.editions.intro", old=found.old, new=found.new),
        TableBlock(kinds, report.say("overview.editions.caption"), edition_numbers(found)),
    ]
    lengths = changed_lengths(found, report.language)
    if len(lengths):
        content.append(TableBlock(lengths, report.say("overview.editions.lengths")))
    return report.section("editions", content)
