"""Reads `adherence.csv` for the audit: numbers as numbers, each with its line in the file."""

from __future__ import annotations

import io

import pandas as pd

from fmbstats.settings import SETTINGS

TABLE = SETTINGS.table
COUNTS = ("n_spells", "n_events", "n_at_risk_at_r")
_NUMBERS = ("estimate", "lo", "hi", "limit_days", *COUNTS)
_TEXTS = ("slug", "dx", "start_year", "cutoff", "data_vintage", "by", "stratum", "metric", "flags")
_MAY_LACK = {"part": "", "day": "", "rec_id": ""}


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
