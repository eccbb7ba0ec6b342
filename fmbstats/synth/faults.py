"""Rows that a reader has to drop or reject, made of good ones."""

from __future__ import annotations

import numpy as np
import polars as pl

# Columns that are broken, per format: first day, last day, a column with few allowed values.
_TARGETS = {
    "spells": ("start_date", "last_date", "sex"),
    "midas": ("DEL_FROM_DATUM", "DEL_TOM_DATUM", "OMFATTNING"),
    "certificates": ("from_1", "to_1", "degree_1"),
}
KINDS = ("repeated", "no_date", "short_date", "reversed", "not_allowed", "too_few", "too_many")


def faulty_lines(
    rows: pl.DataFrame, layout: str, separator: str, share: float, rng: np.random.Generator
) -> list[str]:
    """Text lines to be written after `rows`, one of each kind in turn.

    `rows`: good rows, as they are written. `layout`: "spells", "midas" or "certificates". `share`:
    faulty lines per good row.
    """
    n = rng.binomial(rows.height, share) if share else 0
    if not n:
        return []
    chosen = rng.choice(rows.height, n, replace=False)
    fields = [
        ["" if value is None else _text(value) for value in row]
        for row in rows[chosen.tolist()].iter_rows()
    ]
    return [
        separator.join(_broken(row, KINDS[i % len(KINDS)], rows.columns, layout))
        for i, row in enumerate(fields)
    ]


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _broken(row: list[str], kind: str, columns: list[str], layout: str) -> list[str]:
    start, end, listed = (columns.index(name) for name in _TARGETS[layout])
    if kind == "repeated":
        return row
    if kind == "too_few":
        return row[:-2]
    if kind == "too_many":
        return [*row, "1"]
    if kind == "no_date":
        row[start] = "2017-02-30"
    elif kind == "short_date":
        row[start] = row[start][:-1]
    elif kind == "reversed":
        row[end] = "2001-01-01"
    else:
        row[listed] = "0.33"
    return row
