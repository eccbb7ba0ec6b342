"""What was read of the register and what was not taken: rows, repetitions, rejects, odd codes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from fmbstats import words
from fmbstats.pages.blocks import TableBlock
from fmbstats.pages.overview_parts.numbers import counted
from fmbstats.pages.overview_parts.overview_frame import OverviewFrame
from fmbstats.results.numbers import numbers, value_row
from fmbstats.store import lookups

if TYPE_CHECKING:
    from fmbstats.store import Store

_N_CODES = 20


def sources_read(report: OverviewFrame) -> list[TableBlock]:
    """Return the tables of rows read and of codes that match nothing; small counts are protected.

    A reject's reason names no value: its values stand in the store alone.
    """
    say, store = report.say, report.overview.store
    settings = store.settings
    metrics = ("n_rows_read", "n_duplicates", "n_rejected", "n_excluded", "n_not_at_risk")
    counts: list[tuple[str, str, Any]] = [
        (metric, say(f"sources_read.{metric}"), getattr(settings, metric)) for metric in metrics
    ]
    by_column = lookups.rejected_by_column(store)
    counts += [
        ("n_rejected", say("sources_read.rejected_by", column=words.visible(row.name)), row.n)
        for row in by_column.itertuples(index=False)
    ]
    rows = [(what, _shown(report, n)) for _, what, n in counts]
    heads = [say("column.what"), say("column.value")]
    shown = [c for c in counts[: len(metrics)] if _shown(report, c[2]) == _whole(report, c[2])]
    told = counted({metric: n for metric, _, n in shown})
    frame = pd.DataFrame(rows, columns=heads)
    tables = [TableBlock(frame, say("sources_read.caption"), told)]
    unknown, values = _unknown_codes(report)
    if len(unknown):
        tables.append(TableBlock(unknown, say("sources_read.unknown.caption"), values))
    return tables


def read_line(store: Store, threshold: int | None, language: str) -> str:
    """Say in one line what was read of the register; empty for one that was drawn in memory."""
    settings = store.settings
    if not settings.n_rows_read:
        return ""
    # Only reasons that the overview tells: the sum must not give away one that it does not.
    of_reason = lookups.unknown_by_reason(store)
    told_there = [n for n in of_reason if threshold is None or n >= threshold]
    n_unknown = sum(told_there) or min(of_reason, default=0)
    counts = {
        "n_read": settings.n_rows_read,
        "n_rejected": settings.n_rejected,
        "n_repeated": settings.n_duplicates,
        "n_unknown": n_unknown,
    }
    told = {name: _told(int(n), threshold, language) for name, n in counts.items()}
    return words.phrase("sources_read.line", language, **told)


def _unknown_codes(report: OverviewFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Count the codes that match nothing by reason, for the page and as rows of the long table.

    A code of few spells is not named, nor is one without a letter: it is no code but may be
    anything, even somebody's number.
    """
    say = report.say
    found = lookups.unknown_codes(report.overview.store)
    least = report.overview.release.threshold or 0
    rows, values = [], []
    for reason, part in found.groupby("reason", sort=False):
        has_letter = part["code"].str.contains("[^\\W\\d_]", regex=True, na=False)
        named = part[(part["n"] >= least) & has_letter].head(_N_CODES)["code"]
        shown = ", ".join(words.visible(code)[:20] for code in named)
        what = say(f"sources_read.reason.{reason.replace(' ', '_').lower()}")
        n = int(part["n"].sum())
        text = _shown(report, n)
        rows.append((what, shown or "–", text))
        about = {"by": "reason", "stratum": reason, "label": shown}
        is_told = text == _whole(report, n)
        told = {"value": n} if is_told else {"flags": "suppressed"}
        values.append(value_row("n_unknown_codes", **told, **about))
    heads = [say("column.reason"), say("column.code"), say("column.n_spells")]
    return pd.DataFrame(rows, columns=heads), numbers(values)


def _shown(report: OverviewFrame, n: int) -> str:
    """Write a count; one below the threshold is told as fewer."""
    return _told(n, report.overview.release.threshold, report.language)


def _told(n: int, threshold: int | None, language: str) -> str:
    if threshold is not None and 0 < n < threshold:
        return words.phrase("absent.suppressed.short", language, threshold=threshold)
    return words.count(int(n), language)


def _whole(report: OverviewFrame, n: int) -> str:
    return words.count(int(n), report.language)
