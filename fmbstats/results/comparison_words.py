"""A comparison in words: the sentence at each limit, and the reader's table."""

from __future__ import annotations

import math
from typing import Any

from fmbstats import words
from fmbstats.frames import pd, rows_of
from fmbstats.results.comparison_groups import ComparedGroups
from fmbstats.stats.logrank import LogRank
from fmbstats.words import Absent, phrase

PERCENT = ("share_over", "share_over_standardised")


def sentence(result: ComparedGroups, row: Any, language: str) -> str:
    """Say the difference at the limit of a row, or why there is none."""
    first, second = result.labels_in(language)
    limit = words.days(int(row.limit_days), language)
    if math.isnan(row.difference):
        reason = Absent(row.flags) if row.flags else Absent.MISSING
        return phrase(
            "compare.sentence.none", language, first=first, second=second, limit=limit,
            reason=reason.sentence(language),
        )  # fmt: skip
    is_lower = row.difference < 0
    # Turned so that the sentence never speaks of minus so many more.
    lo, hi = (-row.hi, -row.lo) if is_lower else (row.lo, row.hi)
    return phrase(
        "compare.sentence.lower" if is_lower else "compare.sentence",
        language,
        difference=words.points(abs(row.difference), 1, language),
        interval=_ends(lo, hi, 100, 1, language),
        first=first,
        second=second,
        limit=limit,
    )


def conclusion(result: ComparedGroups, language: str) -> str:
    """Say the difference of mean lengths, and at which limits it is sure at equal mix."""
    first, second = result.labels_in(language)
    row = next(rows_of(result.frame[result.frame["metric"] == "restricted_mean"]))
    if math.isnan(row.difference):
        return phrase("conclusion.none", language, first=first, second=second)
    is_sure = row.lo > 0 or row.hi < 0
    is_shorter = is_sure and row.difference < 0
    lo, hi = (-row.hi, -row.lo) if is_shorter else (row.lo, row.hi)
    spoken = (
        {}
        if not is_sure
        else {"difference": words.days(round(abs(row.difference), 1), language, 1)}
    )
    mean = phrase(
        "conclusion.shorter" if is_shorter else "conclusion.longer" if is_sure
        else "conclusion.unsure",
        language, first=first, second=second, interval=_ends(lo, hi, 1, 1, language),
        tau=words.days(result.tau_days, language), **spoken,
    )  # fmt: skip
    return " ".join([mean, *_at_equal_mix(result, language)])


def _at_equal_mix(result: ComparedGroups, language: str) -> list[str]:
    """Say at which limits the standardised difference is sure, and at which it is not."""
    rows = result.frame[result.frame["metric"] == "share_over_standardised"]
    rows = rows[rows["lo"].notna() & rows["hi"].notna()]
    is_sure = (rows["lo"] > 0) | (rows["hi"] < 0)
    said = []
    for key, limits in (("sure", rows["limit_days"][is_sure]),
                        ("unsure", rows["limit_days"][~is_sure])):  # fmt: skip
        if len(limits):
            shown = words.joined([words.days(int(d), language) for d in limits], language)
            key = f"conclusion.equal_mix.{key}"
            said.append(phrase(key, language, mix=_mix(result, language), limits=shown))
    return said


def _mix(result: ComparedGroups, language: str) -> str:
    return words.joined([phrase(f"compare.mix.{name}", language) for name in result.mix], language)


def display(result: ComparedGroups, language: str) -> pd.DataFrame:
    """Return the measures as a reader's table: one row per measure."""
    first, second = result.labels_in(language)
    shown = [_shown(result, row, first, second, language) for row in rows_of(result.frame)]
    empty = dict.fromkeys((first, second), Absent.NOT_APPLICABLE)
    for key, test in result.tests.items():
        shown.append(
            {phrase("column.measure", language): _metric(result, key, math.nan, language)}
            | empty
            | {
                phrase("compare.difference", language): _chi2(test, language),
                phrase("compare.p", language): _p_text(test.p, language),
            }
        )
    return pd.DataFrame(shown)


def _shown(
    result: ComparedGroups, row: Any, first: str, second: str, language: str
) -> dict[str, Any]:
    is_count = row.metric in ("n_spells", "n_events")
    is_whole = is_count or row.metric == "quantile_50_days"
    scale, decimals = (100, 1) if row.metric in PERCENT else (1, 0 if is_whole else 1)
    reason = Absent(row.flags) if row.flags else Absent.MISSING
    unit = words.percent_sign(language) if scale == 100 else ""
    cells = {
        first: _estimate(row.first, row.first_lo, row.first_hi, scale, decimals, unit,
                         reason, language),
        second: _estimate(row.second, row.second_lo, row.second_hi, scale, decimals, unit,
                          reason, language),
    }  # fmt: skip
    nothing = Absent.NOT_APPLICABLE
    difference = nothing if is_count else _estimate(
        row.difference, row.lo, row.hi, scale, decimals,
        f" {phrase('unit.points', language)}" if scale == 100 else "", reason, language,
    )  # fmt: skip
    return (
        {phrase("column.measure", language): _metric(result, row.metric, row.limit_days, language)}
        | cells
        | {
            phrase("compare.difference", language): difference,
            phrase("compare.p", language): nothing if math.isnan(row.p)
            else _p_text(row.p, language),
        }
    )  # fmt: skip


def _metric(result: ComparedGroups, metric: str, limit_days: float, language: str) -> str:
    key = f"compare.{metric}"
    if not words.has_phrase(key):
        return phrase(f"metric.{metric}", language)
    return phrase(
        key,
        language,
        limit="" if math.isnan(limit_days) else words.days(int(limit_days), language),
        tau=words.days(result.tau_days, language),
        mix=_mix(result, language),
    )


def _ends(lo: float, hi: float, scale: float, decimals: int, language: str) -> str:
    """Limits of a difference; "till" between them, since either may be negative."""
    ends = [Absent.MISSING if math.isnan(x) else x * scale for x in (lo, hi)]
    shown = [words.number(x, decimals, language) for x in ends]
    return f" {phrase('word.to', language)} ".join(shown)


def _estimate(value, lo, hi, scale, decimals, unit, reason, language) -> Any:
    if math.isnan(value):
        return reason
    text = words.number(value * scale, decimals, language) + unit
    if math.isnan(lo) and math.isnan(hi):
        return text
    return f"{text} ({_ends(lo, hi, scale, decimals, language)})"


def _chi2(test: LogRank, language: str) -> Any:
    if math.isnan(test.chi2):
        return Absent.MISSING
    return phrase("compare.chi2", language, chi2=words.number(test.chi2, 2, language), df=test.df)


def _p_text(p: float, language: str) -> Any:
    if math.isnan(p):
        return Absent.MISSING
    if p < 0.0001:
        return phrase("compare.below", language, p=words.number(0.0001, 4, language))
    return words.number(p, 4, language)
