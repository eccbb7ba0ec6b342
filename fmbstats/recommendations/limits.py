"""From number and unit to days: the month convention."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fmbstats.settings import SETTINGS

MONTH_CONVENTIONS = SETTINGS.month_conventions
_UNIT_DAYS = {"d": 1, "wk": 7}
_YEARS = {12: 365, 24: 730}


def limit_days(
    number: int | None, unit: str | None, month_days: int = SETTINGS.month_days
) -> int | None:
    """Give a recommended length in days, ≥ 0; None without a number.

    `number`: as stored, ≥ 0. `unit`: "d", "wk" or "mo". `month_days`: 30: the days of the
    rehabilitation chain, with 12 months = 365 and 24 = 730; 31: what Webcert uses when it warns a
    physician, without exception. Raises ValueError: another unit or month convention.

    >>> limit_days(3, "mo"), limit_days(12, "mo"), limit_days(12, "mo", month_days=31)
    (90, 365, 372)
    >>> limit_days(6, "wk"), limit_days(0, "d"), limit_days(None, None)
    (42, 0, None)
    """
    if month_days not in MONTH_CONVENTIONS:
        raise ValueError(f"month_days is {month_days!r}; expected 30 or 31.")
    if number is None:
        return None
    if unit == "mo":
        return _YEARS.get(number, 30 * number) if month_days == 30 else 31 * number
    if unit not in _UNIT_DAYS:
        raise ValueError(f"unit is {unit!r}; expected d, wk or mo.")
    return number * _UNIT_DAYS[unit]


def days_said(lengths: str | None) -> set[int]:
    """Give the days that a wording's lengths ("3 mo | 6 mo") can mean, in any convention.

    >>> sorted(days_said("3 mo | 2 wk"))
    [14, 90, 93]
    """
    pairs = [said.split() for said in (lengths or "").split(" | ") if said]
    days = (limit_days(int(n), unit, month) for n, unit in pairs for month in MONTH_CONVENTIONS)
    return {day for day in days if day is not None}


def disagrees(row: Mapping[str, Any], column: str = "text_lengths") -> bool:
    """Tell whether a wording names lengths, and none of them is the stored number."""
    said = days_said(row[column])
    return (
        row["number"] is not None
        and bool(said)
        and not said & days_said(f"{row['number']} {row['unit']}")
    )
