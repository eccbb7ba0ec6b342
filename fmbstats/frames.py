"""Rows, cell by cell: of a query, or of a pandas frame."""

from __future__ import annotations

from collections import namedtuple
from collections.abc import Iterator, Sequence
from functools import cache
from typing import TYPE_CHECKING, Any, Protocol, cast

if TYPE_CHECKING:
    import pandas as pd


class Row(Protocol):
    """One row; its cells are attributes, each of its column's type."""

    def __getattr__(self, name: str) -> Any: ...


def rows_of(frame: pd.DataFrame) -> Iterator[Row]:
    """Return the rows as named tuples, index first, as `itertuples` does more slowly.

    Text that lies in Arrow is slow to walk through and quick to list. pandas' stubs say of a cell
    that it is one of twenty types, whatever its column holds; which it is, is known where the frame
    was made.
    """
    made = _row_type(("Index", *map(str, frame.columns)))
    columns = (column.tolist() for _, column in frame.items())
    return cast("Iterator[Row]", map(made, frame.index.tolist(), *columns))


def rows_named(names: Sequence[str], rows: Sequence[tuple]) -> tuple[Row, ...]:
    """Return tuples as rows whose cells have names."""
    return cast("tuple[Row, ...]", tuple(map(_row_type(tuple(names))._make, rows)))


@cache
def _row_type(names: tuple[str, ...]) -> Any:
    return namedtuple("Row", names, rename=True)
