"""Columns of few distinct texts: what depends on a text alone is worked out once and looked up."""

from __future__ import annotations

import numpy as np
import polars as pl


def numbered(column: pl.Series) -> tuple[np.ndarray, pl.Series]:
    """Number the texts of a column.

    Returns `numbers` (shape (n,)): 0 for a missing value; `texts`: by number.
    """
    kind = pl.Categorical(pl.Categories.random())  # shared with no other column
    column = column.cast(kind)
    # While the column lives: polars forgets categories that no column has.
    texts = kind.categories.to_series().alias("")
    # In one chunk: of an empty one polars' parsers of days lose their way.
    texts = pl.concat([texts.clear(1), texts], rechunk=True)
    return (column.to_physical() + 1).fill_null(0).to_numpy(), texts


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
