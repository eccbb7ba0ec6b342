"""What all results share: the names of the strata, and numbers or the reason for none."""

from __future__ import annotations

import math
from typing import Any

from fmbstats.errors import UnknownNameError
from fmbstats.words import Absent

# What an analyst may write -> the ledger's column.
STRATA = {
    "sex": "sex",
    "age": "age_group",
    "county": "county_code",
    "year": "start_year",
    "code": "code",
}


def column_of(by: str | None) -> str:
    """Return the ledger's column for a stratum's name (or for itself); "all" for None.

    Raises
    ------
    UnknownNameError
        There is no such stratum.
    """
    if by is None:
        return "all"
    if by in STRATA.values():
        return by
    if by not in STRATA:
        known = ", ".join(map(repr, STRATA))
        raise UnknownNameError.among("Stratum", by, STRATA, f"Known: {known}.")
    return STRATA[by]


def value_or_reason(estimate: float, flags: str) -> Any:
    """Return the number, or the `Absent` reason that stands in its place."""
    if estimate is not None and not math.isnan(estimate):
        return estimate
    for flag in flags.split():
        if flag in Absent._value2member_map_:
            return Absent(flag)
    return Absent.MISSING
