"""Reads `adherence.csv` for the audit: numbers as numbers, each with its line in the file."""

from __future__ import annotations

import io
from collections.abc import Mapping
from typing import Any

import pandas as pd

from fmbstats.settings import SETTINGS

TABLE = SETTINGS.table
HIDDEN = ("suppressed", "complementary", "withheld")
# A number left out because the group is small stands empty with this flag.
MASKED = frozenset([*HIDDEN, "small_n"])
COUNTS = ("n_spells", "n_events", "n_at_risk_at_r")
_NUMBERS = ("estimate", "lo", "hi", "limit_days", *COUNTS)
_TEXTS = ("slug", "dx", "start_year", "cutoff", "data_vintage", "by", "stratum", "metric", "flags")
_MAY_LACK = {"part": "", "day": "", "rec_id": ""}
# What was published by others, and what FMB says: not from the register.
NOT_OURS = frozenset(["published", "recommendation", "history", "editions", "provenance"])
# Another name for the same number, by stratum: its group and its measure.
_SAME_AS = {"base": "share_over_longest", "day_before": "share_over_longest_day_before"}


def read_rows(data: bytes) -> pd.DataFrame:
    """Read the table; ``line`` is the row's line in the file.

    Parameters
    ----------
    data : bytes

    Returns
    -------
    DataFrame
        Texts as text, numbers as float, nothing where the cell is empty.

    Raises
    ------
    ValueError
        A column is missing, or a number is none.
    """
    raw = pd.read_csv(io.BytesIO(data), dtype=str, keep_default_na=False, encoding="utf-8")
    missing = [name for name in (*_TEXTS, *_NUMBERS) if name not in raw]
    if missing:
        raise ValueError(f"columns missing: {', '.join(missing)}")
    rows = raw.assign(**{n: v for n, v in _MAY_LACK.items() if n not in raw})
    for name in (*_NUMBERS, "day"):
        rows[name] = pd.to_numeric(rows[name].where(rows[name] != "", None))
    if not (rows["n_spells"].dropna() % 1 == 0).all():
        raise ValueError("n_spells holds a number that is not whole")
    rows["line"] = range(2, len(rows) + 2)
    return rows


def ours(rows: pd.DataFrame) -> pd.DataFrame:
    """Return the rows computed from the register, groups and measures under one name each.

    The start year of the release stands in the table by year, too; two lines of the sensitivity
    analysis are measures of all spells.
    """
    rows = rows[~rows["part"].isin(NOT_OURS)].copy()
    is_year = (rows["by"] == "year") & (rows["stratum"] == rows["start_year"])
    rows.loc[is_year, ["by", "stratum"]] = "all"
    is_known = (rows["by"] == "assumption") & rows["stratum"].isin(list(_SAME_AS))
    rows.loc[is_known, "metric"] = rows.loc[is_known, "stratum"].map(_SAME_AS)
    rows.loc[is_known, ["by", "stratum"]] = "all"
    return rows


def is_masked(flags: pd.Series) -> pd.Series:
    """Whether the flags say that a number is hidden (when it is not there)."""
    known = {text: bool(MASKED & set(text.split())) for text in flags.unique()}
    return flags.map(known).astype(bool)


def place_of(row: Mapping[str, Any]) -> str:
    """Say where a row stands."""
    group = "all" if row["by"] == "all" else f"{row['by']} {row['stratum']}"
    return f"row {row['line']} ({row['slug']}, {group}, {row['metric']})"
