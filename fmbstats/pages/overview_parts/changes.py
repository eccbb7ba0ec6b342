"""What changed since the year before."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pandas as pd

from fmbstats import figures, words
from fmbstats.figures.differences import alt_difference_plot, difference_plot, signed
from fmbstats.figures.sentences import cutoff_sentence
from fmbstats.pages.blocks import FigureBlock, Section
from fmbstats.pages.overview_blocks import GroupedTable, probability
from fmbstats.pages.overview_parts.numbers import change_numbers, change_told, counted
from fmbstats.pages.overview_parts.overview_frame import OverviewFrame
from fmbstats.results.numbers import joined_numbers

if TYPE_CHECKING:
    from fmbstats.overview.change import YearChange

MOST_CHANGES = 25  # rows of the figure of changes; the table has them all


def change(report: OverviewFrame) -> Section:
    """What changed since the year before, with the question that was tested."""
    found, say = report.change, report.say
    if found is None:
        return report.section("change", [say("overview.change.empty")])
    years = {"year": found.year, "before": found.year_before}
    n = words.count(found.n_tests, report.language)
    content: list[Any] = [
        say("overview.change.question", **years),
        say("overview.change.adjusted", n=n),
    ]
    if found.n_tests:
        content += [_change_figure(report, found), _change_table(report, found)]
    section = report.section("change", [*content, *_not_compared(report, found)])
    return replace(section, told=change_told(found))


def _change_figure(report: OverviewFrame, found: YearChange) -> FigureBlock:
    names = report.overview.entries.set_index("entry_id")["name"]
    chosen = found.compared.sort_values("p", kind="stable").head(MOST_CHANGES)
    chosen = chosen.sort_values("difference", ascending=False, kind="stable")
    frame = pd.DataFrame(
        {
            "label": names.reindex(chosen["entry_id"]).to_numpy(),
            "difference": chosen["difference"].to_numpy(),
            "lo": chosen["difference_lo"].to_numpy(),
            "hi": chosen["difference_hi"].to_numpy(),
            "is_sure": chosen["entry_id"].isin(set(found.sure["entry_id"])).to_numpy(),
        }
    )

    def draw() -> Any:
        figure, ax = figures.new_figure("forest", n_rows=len(frame))
        difference_plot(frame, ax, **report.marked)
        return figure

    shown = {"n": words.count(len(frame), report.language), "before": found.year_before}
    cutoff = report.overview.store.settings.cutoff_date
    n_spells = int(chosen["n_spells"].sum() + chosen["n_spells_before"].sum())
    caption = [
        report.say("overview.change.figure", **shown, year=found.year),
        cutoff_sentence(n_spells, cutoff, report.language),
    ]
    if report.marked["is_synthetic"]:
        caption.append(report.say("caption.synthetic"))
    data = _change_data(report, found, chosen).iloc[:, 1:]
    alt = alt_difference_plot(frame, **report.marked)
    told = {
        "n_shown": len(frame),
        "n_sure_shown": int(frame["is_sure"].sum()),
        "n_spells_shown": n_spells,
    }
    values = [change_numbers(report.overview, found, chosen), counted(told, by="figure")]
    return FigureBlock("change", draw, alt, " ".join(caption), data, values=joined_numbers(values))


def _change_table(report: OverviewFrame, found: YearChange) -> GroupedTable:
    caption = report.say("overview.change.caption", year=found.year, before=found.year_before)
    values = change_numbers(report.overview, found, found.compared)
    return GroupedTable(_change_data(report, found, found.compared), caption, values)


def _change_data(report: OverviewFrame, found: YearChange, rows: pd.DataFrame) -> pd.DataFrame:
    say, language = report.say, report.language
    entries = report.overview.entries.set_index("entry_id")

    return pd.DataFrame(
        [
            {
                say("column.disease_group"): entries.at[row.entry_id, "disease_group_name"],
                say("column.entry"): entries.at[row.entry_id, "name"],
                say("column.limit_days"): int(row.limit_days),
                say("column.share_in_year", year=found.year_before): words.percent(
                    row.share_before, 1, language
                ),
                say("column.share_in_year", year=found.year): words.percent(row.share, 1, language),
                say("column.difference"): _difference(row, language),
                say("column.p_value"): probability(row.p, language),
                say("column.q_value"): probability(row.q, language),
            }
            for row in rows.itertuples()
        ]
    )


def _difference(row: Any, language: str) -> str:
    written = signed(row.difference, language)
    if row.difference_lo != row.difference_lo:
        return written
    # A dash between signed numbers would look like a minus.
    ends = (signed(end, language) for end in (row.difference_lo, row.difference_hi))
    between = f" {words.phrase('word.to', language)} "
    return f"{written} ({between.join(ends)})"


def _not_compared(report: OverviewFrame, found: YearChange) -> list[str]:
    reasons = [
        reason.text(report.language) for reason in found.frame["reason"] if reason is not None
    ]
    if not reasons:
        return []
    said = [
        f"{reason} ({words.count(n, report.language)})"
        for reason, n in Counter(reasons).most_common()
    ]
    n = words.count(len(reasons), report.language)
    listed = words.joined(said, report.language)
    return [report.say("overview.change.not_compared", n=n, reasons=listed)]
