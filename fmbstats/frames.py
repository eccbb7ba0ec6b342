"""Rows and columns of a query, or of a frame; numpy and pandas are loaded when they are used."""

from __future__ import annotations

from collections import namedtuple
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, wraps
from importlib import import_module
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Protocol, Self, cast

if TYPE_CHECKING:
    import duckdb
    import numpy as np
    import pandas as pd
else:

    class _Late:
        """A library that is loaded when it is used; the two take half an answer's time."""

        def __init__(self, name: str) -> None:
            self._name = name

        def __getattr__(self, name: str) -> Any:
            found = getattr(import_module(self._name), name)
            setattr(self, name, found)
            return found

    np, pd = _Late("numpy"), _Late("pandas")


@dataclass(frozen=True, eq=False)
class Named:
    """A column of words as their numbers: what repeats is looked at once."""

    number: np.ndarray  #: -1 where there is no word.
    words: np.ndarray  #: Distinct, in order.

    @classmethod
    def of(cls, values: Iterable[str | None]) -> Self:
        """Number the words of a column.

        >>> found = Named.of(["b", None, "a"])
        >>> found.number.tolist(), np.asarray(found).tolist()
        ([1, -1, 0], ['b', None, 'a'])
        """
        values = list(values)
        words = sorted({value for value in values if value is not None})
        place: dict[str | None, int] = {word: k for k, word in enumerate(words)} | {None: -1}
        numbers = np.fromiter(map(place.__getitem__, values), np.int32, len(values))
        return cls(numbers, np.array(words, dtype=object))

    @classmethod
    def taken(cls, column: np.ndarray | Named) -> Named:
        """Take a column as words, numbers as they are written."""
        return column if isinstance(column, Named) else cls.of(map(str, column.tolist()))

    def __len__(self) -> int:
        return len(self.number)

    def __getitem__(self, rows: np.ndarray) -> Named:
        return Named(self.number[rows], self.words)

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        return np.array([*self.words, None], dtype=object)[self.number]

    def tolist(self) -> list[Any]:
        """Return the words, row by row."""
        return np.asarray(self).tolist()

    def categorical(self) -> pd.Categorical:
        """Return the words as pandas has them."""
        kind = pd.CategoricalDtype(self.words.tolist())
        return pd.Categorical.from_codes(self.number, dtype=kind, validate=False)


class Columns(dict[str, Any]):
    """Columns of one length by name, arrays or `Named`: what is counted and measured needs."""

    @classmethod
    def fetched(cls, connection: duckdb.DuckDBPyConnection, query: str, values: Any = None) -> Self:
        """Take what a query of numbers and words brings; a missing number is NaN, a word None.

        On this thread alone: a forked report must not start a pool of threads.
        """
        # A cursor of its own: DuckDB refuses while an earlier result is not read to its end.
        with connection.cursor() as cursor:
            found = cursor.execute(query, values or []).fetchnumpy()
        return cls((name, _whole(cells)) for name, cells in found.items())

    @classmethod
    def joined(cls, parts: Sequence[Columns]) -> Columns:
        """Put rows after one another; words are those of one store."""
        if len(parts) == 1:
            return parts[0]
        return cls((name, _joined([part[name] for part in parts])) for name in parts[0])

    def parted(self, by: str) -> dict[str, Columns]:
        """Return the rows of each word of a column, without it."""
        words = self[by]
        ends = [*(np.flatnonzero(words[1:] != words[:-1]) + 1).tolist(), len(words)]
        rest = Columns((name, values) for name, values in self.items() if name != by)
        runs: dict[str, list[Columns]] = {}
        for first, end in pairwise([0, *ends] if len(words) else []):
            runs.setdefault(words[first], []).append(rest.only(slice(first, end)))
        return {word: self.joined(found) for word, found in runs.items()}

    @property
    def n_rows(self) -> int:
        """Number of rows."""
        return len(next(iter(self.values())))

    def only(self, rows: np.ndarray | slice) -> Columns:
        """Return the rows named by a mask, an index or a slice."""
        return Columns((name, values[rows]) for name, values in self.items())

    @property
    def frame(self) -> pd.DataFrame:
        """The same as a frame."""
        columns = {k: v.categorical() if isinstance(v, Named) else v for k, v in self.items()}
        return pd.DataFrame(columns, copy=False)


def _whole(values: Any) -> Any:
    if type(values) is np.ndarray:
        return values
    if values.dtype == object:
        return np.where(values.mask, None, values.data)
    return values.astype(float).filled(np.nan)


def _joined(parts: list[Any]) -> Any:
    if isinstance(parts[0], Named):
        return Named(np.concatenate([part.number for part in parts]), parts[0].words)
    return np.concatenate(parts)


class Row(Protocol):
    """One row; its cells are attributes, each of its column's type."""

    def __getattr__(self, name: str) -> Any: ...


def rows_of(frame: pd.DataFrame | Columns) -> Iterator[Row]:
    """Return the rows as named tuples, as `itertuples` does more slowly, without the index.

    Text that lies in Arrow is slow to walk through and quick to list. pandas' stubs say of a cell
    that it is one of twenty types, whatever its column holds; which it is, is known where the frame
    was made.
    """
    made = _row_type(tuple(map(str, frame)))
    return cast(
        "Iterator[Row]", map(made._make, zip(*(c.tolist() for _, c in frame.items()), strict=True))
    )


def rows_named(names: Sequence[str], rows: Sequence[tuple]) -> tuple[Row, ...]:
    """Return tuples as rows whose cells have names."""
    return cast("tuple[Row, ...]", tuple(map(_row_type(tuple(names))._make, rows)))


def framed(tell: Callable[[Any, str], Mapping[str, list]]) -> Callable[..., pd.DataFrame]:
    """Make of a method that returns shown columns one that returns them as a frame."""

    @wraps(tell)
    def frame(self: Any, language: str = "") -> pd.DataFrame:
        return pd.DataFrame(tell(self, language))

    return frame


def unframed(method: Any, language: str) -> Mapping[str, list]:
    """Return what a `framed` method shows, for whom a frame is too dear."""
    return method.__wrapped__(method.__self__, language)


def by_column(rows: Sequence[Mapping[str, Any]]) -> dict[str, list]:
    """Return shown rows as columns.

    >>> by_column([{"a": 1}, {"a": 2, "b": 3}])
    {'a': [1, 2], 'b': [nan, 3]}
    """
    heads = dict.fromkeys(head for row in rows for head in row)
    return {head: [row.get(head, np.nan) for row in rows] for head in heads}


@cache
def _row_type(names: tuple[str, ...]) -> Any:
    return namedtuple("Row", names, rename=True)
