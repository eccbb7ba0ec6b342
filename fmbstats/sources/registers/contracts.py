"""What every source table must look like: columns, types, units, allowed values, key, encoding.

A source module lists its tables, :class:`Contract` objects, in a tuple ``CONTRACTS``, where
``fmbstats check`` finds them. Nothing here imports a frame library, so that commands which read no
file stay quick.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

from fmbstats.errors import SourceError

TYPES = ("int", "number", "text", "code", "date", "bool")

#: Every unit a column may have; "none" is for names and flags that are no quantity.
UNITS = (
    "days", "spells", "persons", "certificates", "rows", "id", "code", "date", "year", "month",
    "share", "percent", "log rate", "kronor", "none",
)  # fmt: skip

#: The youngest age at which anybody is on sick leave.
LEAST_AGE = 15
#: So many names, of so many characters each, stand in a message at most.
MAX_NAMES, MAX_SHOWN = 8, 40

#: What may stand between fields.
SEPARATORS = (",", ";", "\t", "|")


@dataclass(frozen=True)
class Column:
    """One column of a source table."""

    name: str  #: As it stands in the header.
    #: "code" is an ICD-10-SE code: malformed ones are kept and counted, never refused; "int",
    #: "number", "text", "code", "date" or "bool".
    type: str
    unit: str  #: One of `UNITS`.
    #: The only values that may occur, as they stand in the file.
    allowed: tuple[Any, ...] | None = None
    nullable: bool = False  #: May be empty.
    #: `min`, `max`: smallest and largest value, both included; for dates ISO strings.
    min: Any = None
    max: Any = None
    pattern: str | None = None  #: Regular expression that the whole value must match.
    description: str = ""
    is_required: bool = True  #: False: the column may be absent from the header.
    #: What stands for "missing" beside the empty field, e.g. ``("-00",)``.
    null_values: tuple[str, ...] = ()
    form: str = ""  #: What `pattern` asks for, in words.
    label: str = ""  #: What the file calls the column; "" where it is called `name`.
    values: Mapping[str, str] | None = None  #: What the file writes → what it means here.
    is_used: bool = True  #: False: it is checked, and nothing is computed from it.
    is_prose: bool = False  #: Whether there is anything in it is all that is read of it.
    dates: str = ""  #: How its days are written, where that is not the table's way.

    @property
    def n_digits(self) -> int:
        """How many digits all allowed texts have; spreadsheets take the leading zero away."""
        allowed = self.allowed if self.type == "text" else None
        lengths = {len(v) if v.isdecimal() else 0 for v in allowed or ()}
        return lengths.pop() if len(lengths) == 1 else 0

    @property
    def names_groups(self) -> bool:
        """Whether what stands in it may be what a group is called."""
        return self.type == "text" and self.unit != "id" and not self.is_prose

    @property
    def shown(self) -> str:
        """What the file calls the column."""
        return self.label or self.name

    def __post_init__(self) -> None:
        assert self.type in TYPES, f"{self.name}: type {self.type!r}"
        assert self.unit in UNITS, f"{self.name}: unit {self.unit!r}"


def optional(
    name: str, kind: str, unit: str, allowed: tuple[Any, ...] | None = None, **more: Any
) -> Column:
    """Declare a column that a file may lack, and a row leave empty."""
    return Column(name, kind, unit, allowed, nullable=True, is_required=False, **more)


@dataclass(frozen=True)
class RowRule:
    """A rule over several columns of one row.

    `is_bad` takes nothing and returns a polars expression over the *typed* columns that is true
    where the row breaks the rule (a call, so that declaring a contract does not import polars).
    Where a file lacks one of the `others`, the rule does not hold.
    """

    column: str
    reason: str
    is_bad: Callable[[], Any]
    others: tuple[str, ...] = ()

    def concerns(self, names: Collection[str]) -> bool:
        """Whether a table with these columns can break the rule."""
        return {self.column, *self.others} <= set(names)


def not_before(column: str, other: str, reason: str) -> RowRule:
    """A rule: where both are there, the day (or number) in `column` is not before `other`'s."""

    def is_bad() -> Any:
        import polars as pl

        return pl.col(column) < pl.col(other)

    return RowRule(column, reason, is_bad, (other,))


def not_after(column: str, latest: str | date, reason: str) -> RowRule:
    """A rule: the day in `column` is not after `latest`, a day or the name of another column."""

    def is_bad() -> Any:
        import polars as pl

        return pl.col(column) > (pl.col(latest) if isinstance(latest, str) else latest)

    return RowRule(column, reason, is_bad, (latest,) if isinstance(latest, str) else ())


def not_younger(birth_year: str, start: str, least: int = LEAST_AGE) -> RowRule:
    """A rule: nobody is younger than that at the end of the year of the day in `start`."""

    def is_bad() -> Any:
        import polars as pl

        # The first day of the year in which somebody gets so old, of 1901 to 2099.
        year = pl.col(birth_year).cast(pl.Int32, strict=False) + (least - 1970)
        first_day = year * 365 + (year + 1) // 4
        return pl.col(start).to_physical() < first_day

    reason = f"nobody on sick leave is younger than {least} when the spell starts"
    return RowRule(birth_year, reason, is_bad, (start,))


@dataclass(frozen=True)
class Contract:
    """One source table: what a file must look like to be read."""

    #: `name`, `title`: short name ("midas") and what the table is, in words.
    name: str
    title: str
    columns: tuple[Column, ...]
    #: Columns that together name a row; two rows with one key and other content are rejected.
    key: tuple[str, ...] = ()
    encoding: str = "utf-8"  #: "utf-8" (a byte order mark is accepted), "cp1252", ….
    separator: str = ","  #: Between fields.
    format: str = "text"
    is_ordered: bool = True  #: Columns must stand in the declared order.
    is_extra_allowed: bool = False  #: Undeclared columns are ignored rather than refused.
    is_empty_allowed: bool = False  #: A header without rows is in order.
    decimal: str = "."  #: "." or ",".
    #: How days are written; a name in :data:`fmbstats.sources.registers.dates.FORMS`.
    dates: str = "YYYY-MM-DD"
    #: Where the days of points in time are meant that come in UTC or with an offset; "" when nobody
    #: said.
    time_zone: str = ""
    #: The line with the column names, 1 or more; what stands above it is not read.
    header_line: int = 1
    rules: tuple[RowRule, ...] = ()
    #: For tables that are not plain delimited text: takes the path, reads the whole file and
    #: returns an object with ``n_rows``, or raises SourceError.
    reader: Callable[[Path], Any] | None = None
    #: With `reader`: takes the path and says whether the file is of this kind at all.
    matches: Callable[[Path], bool] | None = None

    def __post_init__(self) -> None:
        names = self.names
        assert len(set(names)) == len(names), f"{self.name}: column declared twice"
        assert set(self.key) <= set(names), f"{self.name}: key is not among the columns"

    @property
    def names(self) -> tuple[str, ...]:
        """Column names in the declared order."""
        return tuple(c.name for c in self.columns)

    @property
    def required(self) -> tuple[str, ...]:
        """Names of the columns that must be there."""
        return tuple(c.name for c in self.columns if c.is_required)

    def column(self, name: str) -> Column:
        """Return the declared column called `name`."""
        return next(c for c in self.columns if c.name == name)

    def dates_of(self, column: Column) -> str:
        """Return how the days of a column are written."""
        return column.dates or self.dates

    def with_dates(self, dates: str) -> Contract:
        """Return a contract all of whose days are written in one way."""
        columns = tuple(replace(c, dates="") if c.dates else c for c in self.columns)
        return replace(self, columns=columns, dates=dates)


def check_header(header: Sequence[str], contract: Contract, path: Path, line: int = 1) -> None:
    """Refuse a header that does not hold the contract's columns.

    Raises SourceError: wrong separator, missing, extra, duplicate or swapped columns; every missing
    or extra column is named, with what was expected.
    """
    where = f"{path.name}, line {line}"
    expected = _expected(contract)
    found = [h.strip() for h in header]
    if len(contract.required) > 1:
        _refuse_separator(found, contract, where, "Export it again with that separator.")
    if repeated := sorted(h for h, n in Counter(found).items() if n > 1):
        raise SourceError(f"{where}: {say_columns(repeated)} there more than once. {expected}")
    missing = [n for n in contract.required if n not in found]
    _refuse_others(missing, [h for h in found if h not in contract.names], contract, where)
    declared = [h for h in found if h in contract.names]
    in_order = sorted(declared, key=contract.names.index)
    moved = [h for h, name in zip(declared, in_order, strict=True) if h != name]
    if contract.is_ordered and moved:
        raise SourceError(f"{where}: {say_columns(moved)} not in the expected order. {expected}")


def say_columns(names: Sequence[str]) -> str:
    """Begin a sentence about some columns."""
    listed = say_names(names)
    return f"column {listed} is" if len(names) == 1 else f"columns {listed} are"


def say_names(names: Sequence[str]) -> str:
    """List a few names; a message never holds more than that of a file.

    >>> say_names(["a", "b"])
    "'a', 'b'"
    """
    shown = [repr(n if len(n) <= MAX_SHOWN else f"{n[:MAX_SHOWN]}…") for n in names[:MAX_NAMES]]
    more = [f"… and {len(names) - MAX_NAMES} more"] if len(names) > MAX_NAMES else []
    return ", ".join(shown + more)


def _refuse_separator(found: Sequence[str], contract: Contract, where: str, advice: str) -> None:
    """Refuse one name that holds another separator; `advice` may say it as TOML does."""
    for other in SEPARATORS if len(found) == 1 else ():
        if other != contract.separator and other in found[0]:
            written = '"\\t"' if other == "\t" else f'"{other}"'
            came, expected = (
                "tab" if separator == "\t" else repr(separator)
                for separator in (other, contract.separator)
            )
            raise SourceError(
                f"{where}: the fields are separated by {came}; expected {expected}. "
                f"{advice.format(written)}"
            )


_QUOTES = "\"' \t\r\ufeff\u00a0"


def split_names(line: str, separator: str) -> list[str]:
    """Cut a line of column names; quotation marks and blanks around them go.

    >>> split_names('"start_year",code', ",")
    ['start_year', 'code']
    """
    return [name.strip(_QUOTES) for name in line.split(separator)]


def matched_names(found: Sequence[str], contract: Contract, path: Path) -> list[str]:
    """Return our name of every column of a file, by place; one of its own where it is not ours.

    Raises SourceError: another separator; a column that is needed missing, or there twice; a column
    that is not known where only known ones may be.
    """
    where = f"{path.name}, line {contract.header_line}"
    keys = [name.casefold() for name in found]
    # The first of ours that reads a column; a free stratum may read it once more.
    wanted = {column.shown.casefold(): column.name for column in reversed(contract.columns)}
    advice = "Set [file] separator = {} in a mapping, or export the file with that separator."
    _refuse_separator(found, contract, where, advice)
    repeated = [k for k, n in Counter(keys).items() if n > 1 and k in wanted]
    if repeated:
        raise SourceError(
            f"{where}: {say_columns(repeated)} there more than once. Name each column once."
        )
    missing = [
        c.shown for c in contract.columns if c.is_required and c.shown.casefold() not in keys
    ]
    # What ends each line with a separator, or names no column of row numbers, has an empty name.
    extra = [name for name, key in zip(found, keys, strict=True) if key not in {*wanted, ""}]
    advice = " A mapping says under [columns] what yours are called."
    _refuse_others(missing, extra, contract, where, advice)
    return [wanted.get(key, f"unused {place}") for place, key in enumerate(keys, start=1)]


def unused_names(found: Sequence[str], contract: Contract) -> list[str]:
    """Return the columns of a file that nothing is computed from: unknown, or checked alone."""
    wanted = {column.shown.casefold() for column in contract.columns if column.is_used}
    return [name for name in found if name and name.casefold() not in wanted]


def _refuse_others(
    missing: Sequence[str], extra: Sequence[str], contract: Contract, where: str, advice: str = ""
) -> None:
    parts = [f"{say_columns(missing)} missing"] if missing else []
    if extra and not contract.is_extra_allowed:
        parts.append(f"{say_columns(extra)} not expected")
    if parts:
        raise SourceError(f"{where}: {'; '.join(parts)}. {_expected(contract)}{advice}")


def _expected(contract: Contract) -> str:
    return f"Expected {contract.title}: {', '.join(contract.names)}."
