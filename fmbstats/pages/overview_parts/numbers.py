"""The overview's numbers as rows of `adherence.csv`, from the frames that its tables show."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

import pandas as pd

from fmbstats import words
from fmbstats.adherence import LONGEST, SHORTEST
from fmbstats.overview import codes_text
from fmbstats.pages.overview_parts.overview_frame import OverviewFrame
from fmbstats.results.numbers import flag_of, joined_numbers, marked_numbers, numbers, value_row

if TYPE_CHECKING:
    from fmbstats.overview import Overview
    from fmbstats.overview.change import YearChange
    from fmbstats.overview.length_ratio import LengthRatio
    from fmbstats.recommendations.diff import EditionDiff

_MEASURES = ("n_spells", "coverage_share", "share_over_longest", "share_over_shortest")
_SHOWN = (*_MEASURES, "excess_days_longest")
_UNITS = {"d": "days", "wk": "weeks", "mo": "months", "a": "years"}
_COLUMNS = ("estimate", "lo", "hi", "limit_days", "method", "n_spells", "n_events")
_ABOUT = ("slug", "dx", "rec_id", "rec_version", "by", "stratum", "metric")


def counted(counts: Mapping[str, object], by: str = "all") -> pd.DataFrame:
    """Return counts of a sentence: metric -> number; None where it is not said."""
    return numbers(value_row(metric, n, by=by) for metric, n in counts.items() if n is not None)


def entry_numbers(overview: Overview) -> pd.DataFrame:
    """Return limits and measures of every entry, as its own report has them."""
    frame = overview.measures()
    shown = frame[frame["metric"].isin(_SHOWN)]
    names = overview.entries.set_index("entry_id")["name"]
    about = [*_ABOUT, *_COLUMNS, "n_at_risk_at_r", "flags"]
    measures = shown[about].assign(label=shown["rec_id"].map(names), part="measures")
    first = shown.drop_duplicates("rec_id").set_index("rec_id", drop=False)
    limits = []
    for entry_id, found in overview.recommendations.items():
        own = first.loc[entry_id, ["slug", "dx", "rec_id", "rec_version"]].to_dict()
        limits.append(found.range_row() | own | {"label": names[entry_id]})
    return joined_numbers([numbers(limits), numbers(measures.to_dict("records"))])


def forest_numbers(overview: Overview, page: pd.DataFrame, k: int, n: int) -> pd.DataFrame:
    """Return the shares and intervals that a page of the forest plot draws."""
    entries = overview.entries.set_index("entry_id", drop=False)
    rows = []
    for row in page.itertuples():
        shared = _about_entry(entries.loc[row.entry_id]) | {"n_spells": row.n_spells}
        ends = {"lo": row.exceedance_lo, "hi": row.exceedance_hi}
        rows.append(value_row("share_over_range", **shared, **ends))
        ends = {"lo": row.ci_lo, "hi": row.ci_hi}
        rows.append(value_row("share_over_range_ci", **shared, **ends))
    own = {"by": "figure", "stratum": f"forest-{k}"}
    told = marked_numbers(page, "figure").assign(**own)
    kinds = [
        value_row(f"n_marks_{kind}", n_marks, **own)
        for kind, n_marks in page["form"].value_counts().items()
        if kind
    ]
    return joined_numbers(
        [numbers(rows), told, numbers([*kinds, value_row("figure_part", k, hi=n, **own)])]
    )


def _about_entry(entry: Any) -> dict[str, Any]:
    return {
        "by": "entry",
        "stratum": entry.slug,
        "rec_id": entry.entry_id,
        "dx": codes_text(entry.codes),
        "label": entry.name,
    }


def change_numbers(overview: Overview, found: YearChange, rows: pd.DataFrame) -> pd.DataFrame:
    """Return both years' shares, their difference, p and q, entry by entry."""
    entries = overview.entries.set_index("entry_id", drop=False)
    out = []
    for row in rows.itertuples():
        shared = _about_entry(entries.loc[row.entry_id]) | {"limit_days": row.limit_days}
        for year, end in ((found.year_before, "_before"), (found.year, "")):
            values = {name: getattr(row, name + end) for name in ("lo", "hi", "n_spells")}
            share = getattr(row, f"share{end}")
            out.append(
                value_row("share_over_fixed_limit", share, start_year=year, **values, **shared)
            )
        ends = {"lo": row.difference_lo, "hi": row.difference_hi}
        out.append(value_row("difference_share_over_limit", row.difference, **ends, **shared))
        out += [value_row(f"{name}_value", getattr(row, name), **shared) for name in ("p", "q")]
    return numbers(out)


def rank_numbers(overview: Overview, shown: pd.DataFrame) -> pd.DataFrame:
    """Return the share and the rank of the entries that the table of ranks shows."""
    entries = overview.entries.set_index("entry_id", drop=False)
    out = []
    for row in shown.itertuples():
        shared = _about_entry(entries.loc[row.entry_id])
        shared |= {"limit_days": row.limit_days, "n_spells": row.n_spells}
        share = {"lo": row.lo, "hi": row.hi}
        ends = {"lo": row.rank_lo, "hi": row.rank_hi}
        out += [
            value_row("share_over_longest", row.share, **share, **shared),
            value_row("rank_by_share", row.rank, **ends, **shared),
        ]
    return numbers(out)


def change_told(found: YearChange) -> pd.DataFrame:
    """Return how many entries were compared, and how many were not, by reason."""
    reasons = Counter(flag_of(reason) for reason in found.frame["reason"] if reason is not None)
    up, down = (int((found.sure["difference"] * sign > 0).sum()) for sign in (1, -1))
    counts = {
        "n_tests": found.n_tests,
        "n_sure": len(found.sure),
        "n_up": up,
        "n_down": down,
        "n_not_compared": sum(reasons.values()),
    }
    return joined_numbers([counted(counts), _by_reason(reasons)])


def _by_reason(reasons: Mapping[str, int]) -> pd.DataFrame | None:
    rows = [value_row("n_entries", n, by="reason", stratum=key) for key, n in reasons.items()]
    return numbers(rows) if rows else None


def ratio_numbers(found: LengthRatio) -> pd.DataFrame:
    """Return the index by disease group and over all."""
    out = []
    for row in found.frame.itertuples():
        shared = {"by": "disease_group", "stratum": row.group, "n_spells": row.n_spells}
        out += [
            value_row("n_entries", row.n_entries, **shared),
            value_row("restricted_mean_days", row.mean_days, **shared),
        ]
        for end in (LONGEST, SHORTEST):
            value, lo, hi = (getattr(row, f"ratio_{end}{name}") for name in ("", "_lo", "_hi"))
            out.append(value_row(f"length_ratio_{end}", value, lo=lo, hi=hi, **shared))
    return numbers(out)


def reason_numbers(reasons: Iterable[words.Spoken]) -> pd.DataFrame | None:
    """Return how many entries cannot be judged, by reason."""
    return _by_reason(Counter(flag_of(reason) for reason in reasons))


def edition_numbers(found: EditionDiff) -> pd.DataFrame:
    """Return how many changes of each kind there are, and old and new limits in their units."""
    from fmbstats.recommendations.diff_output import CHANGES

    out = []
    for kind in CHANGES:
        changed = found.of(kind)
        out.append(value_row("n_changes", changed.height, by="change", stratum=kind))
        n_silent = int(changed["is_silent"].sum())
        out.append(value_row("n_silent_changes", n_silent, by="change", stratum=kind))
    for row in found.of("length").iter_rows(named=True):
        for edition, text in ((found.old, row["old"]), (found.new, row["new"])):
            number, _, unit = (text or "").partition(" ")
            value = float(number) if number.isdigit() else math.nan
            shared = {"by": "case", "stratum": row["item_id"], "label": row["item"]}
            shared |= {"dx": row["codes"], "rec_version": edition}
            out.append(value_row(f"recommended_{_UNITS.get(unit, 'length')}", value, **shared))
    return numbers(out)


def setting_numbers(report: OverviewFrame) -> pd.DataFrame:
    """Return the settings that the overview was made with."""
    overview, threshold = report.overview, report.overview.release.threshold
    found = {
        "entry_day": overview.store.entry_day,
        "gap_days": overview.store.settings.gap_days,
        "month_days": overview.month_days,
    }
    return counted(found | ({"threshold": threshold} if threshold else {}))
