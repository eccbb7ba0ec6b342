"""Columns of few distinct texts, which polars keeps as numbers: look-ups by these.

Polars numbers the categories of a column while it parses a file, at hardly more than what reading
the texts costs; whatever depends on a text alone is then worked out once per text and looked up.
"""

from __future__ import annotations

import numpy as np
import polars as pl


def new_kind() -> pl.Categorical:
    """Return categories that are shared with no other column."""
    return pl.Categorical(pl.Categories.random())


def numbers_of(column: pl.Series) -> np.ndarray:
    """Number the values of a column of categories: 0 is missing, then its categories."""
    numbers = column.to_physical().rechunk() + 1
    return (numbers.fill_null(0) if numbers.null_count() else numbers).to_numpy()


def numbered(column: pl.Series) -> tuple[np.ndarray, pl.Series]:
    """Number the texts of a column.

    Returns `numbers` (shape (n,)): 0 for a missing value; `texts`: by number.
    """
    kind = new_kind()
    column = column.cast(kind)
    texts = kind.categories.to_series().alias("")
    return numbers_of(column), pl.concat([texts.clear(1), texts])


def gather(table: pl.Series, numbers: np.ndarray) -> pl.Series:
    """Return ``table[numbers]``; for numbers and days at a quarter of the time of polars' own."""
    if not (table.dtype.is_numeric() or table.dtype == pl.Date):
        return table.gather(numbers)
    has_gaps = table.null_count() > 0
    physical = table.to_physical()
    values = (physical.fill_null(0) if has_gaps else physical).to_numpy().take(numbers)
    found = pl.Series(table.name, values).cast(table.dtype)
    if not has_gaps:
        return found
    is_there = pl.Series(table.is_not_null().to_numpy().take(numbers))
    return found if is_there.all() else found.zip_with(is_there, table.clear(1))
