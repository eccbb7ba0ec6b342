"""The common form of published, aggregated statistics: ``bands.csv`` and ``figures.csv``.

Whatever a publisher's file looks like, `fmbstats import` brings it to one of two tables in a
folder of its own under data_raw, beside a sidecar that says where it comes from. A count is an
interval [n_lo, n_hi]: a suppressed cell is what it can be, never 0. What is counted differs
(spells started, ended or ongoing, certificates, persons) and stands in every row, since the share
of *ongoing* spells that are long is not the share of *started* spells that become long.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from itertools import pairwise
from operator import add
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

from fmbstats.errors import SourceError
from fmbstats.sources.registers.contracts import (
    Column,
    Contract,
    check_header,
    not_before,
    split_names,
)
from fmbstats.sources.textfiles import read_text

Row = TypeVar("Row")

BANDS_FILE, FIGURES_FILE = "bands.csv", "figures.csv"
#: Counts of spells that come or go in a period, and of what there is at a date or in a period.
FLOWS, STOCKS = ("started", "ended", "certificates"), ("ongoing", "users")
COUNTED = ("started", "ended", "ongoing", "certificates", "users")
LENGTH_BASES = ("paid_days", "certificate_days", "episode_days")
SEXES = ("all", "women", "men")

_CODE = Column(
    "code",
    "text",
    "code",
    pattern=r"[A-Z]\d\d[0-9A-Z]{0,3}|[A-Z]\d\d-[A-Z]\d\d|ALL",
    description="ICD-10-SE code, chapter (F00-F99) or ALL",
)
_STRATUM = (
    Column("sex", "text", "none", allowed=SEXES),
    Column("area", "text", "none", nullable=True, description="empty: all that the source covers"),
)
_PERIOD = (
    Column("period", "text", "none", description="as the source writes it, e.g. 2019/20"),
    Column("year", "int", "year", min=1990, max=2100, description="in which the period begins"),
)

PUBLISHED_BANDS = Contract(
    name="published_bands",
    title="published counts per code, group, period and length band",
    columns=(
        _CODE,
        *_STRATUM,
        *_PERIOD,
        Column("counted", "text", "none", allowed=COUNTED, description="what is counted"),
        Column("length_basis", "text", "none", allowed=LENGTH_BASES),
        Column("band_from_day", "int", "days", min=1, description="first day of the band"),
        Column("band_to_day", "int", "days", nullable=True, description="last; empty: open"),
        Column("n_lo", "int", "spells", min=0, description="least there can be"),
        Column("n_hi", "int", "spells", min=0, description="most there can be"),
    ),
    key=("code", "sex", "area", "period", "counted", "band_from_day"),
    rules=(
        not_before("band_to_day", "band_from_day", "the band ends before it begins"),
        not_before("n_hi", "n_lo", "the most is less than the least"),
    ),
)
PUBLISHED_FIGURES = Contract(
    name="published_figures",
    title="published figures without a length band, per code, group and period",
    columns=(
        _CODE,
        *_STRATUM,
        Column("age_group", "text", "none", nullable=True, description="empty: all ages"),
        *_PERIOD,
        Column("measure", "text", "none", description="as the source names it"),
        Column("value", "number", "none", nullable=True, description="in the measure's unit"),
        Column("is_suppressed", "bool", "none", description="hidden by the publisher"),
    ),
    key=("code", "sex", "area", "age_group", "period", "measure"),
)
CONTRACTS = (PUBLISHED_BANDS, PUBLISHED_FIGURES)


class BandRow(NamedTuple):
    """One row of ``bands.csv``."""

    code: str
    sex: str
    area: str
    period: str
    year: int
    counted: str
    length_basis: str
    band_from_day: int
    band_to_day: int | None
    n_lo: int
    n_hi: int


class FigureRow(NamedTuple):
    """One row of ``figures.csv``."""

    code: str
    sex: str
    area: str
    age_group: str
    period: str
    year: int
    measure: str
    value: float | None
    is_suppressed: bool


class BandTable(NamedTuple):
    """All bands of one code, group and period.

    Band j is the days (edges[j], edges[j + 1]]; the last one is open when there are as many edges
    as counts. `is_sum` when women and men were added because the source has no total.
    """

    code: str
    sex: str
    area: str
    period: str
    year: int
    counted: str
    length_basis: str
    edges: tuple[int, ...]
    n_lo: tuple[int, ...]
    n_hi: tuple[int, ...]
    is_sum: bool = False

    @property
    def has_hidden(self) -> bool:
        """Whether some count is an interval."""
        return self.n_lo != self.n_hi


def band_tables(rows: Iterable[BandRow], where: str | Path) -> tuple[BandTable, ...]:
    """Join rows into tables, and add women and men where the source has no total.

    `rows`: exact repetitions are dropped. `where`: what a refusal calls the source. Raises
    SourceError: two counts of one cell, bands that overlap or leave a gap, a single band.
    """
    groups: dict[tuple, list[BandRow]] = {}
    for row in sorted(dict.fromkeys(rows), key=lambda row: row.band_from_day):
        groups.setdefault(row[:7], []).append(row)
    tables = [_table(key, part, where) for key, part in groups.items()]
    return tuple(sorted([*tables, *_totals(tables)], key=_order))


def read_bands(path: Path) -> tuple[BandTable, ...]:
    """Read ``bands.csv`` without a frame library, so that `fmbstats show` starts at once."""

    def made(*values: Any) -> BandRow:
        if (row := BandRow(*values)).n_lo > row.n_hi:
            raise ValueError(row)
        return row

    return band_tables(own_rows(path, PUBLISHED_BANDS, made), path)


def contradiction(rows: Iterable[Row], key: Callable[[Row], Hashable]) -> Row | None:
    """Return a row that says otherwise than one before it with its key; None without any."""
    seen: dict[Hashable, Row] = {}
    return next((row for row in rows if seen.setdefault(key(row), row) != row), None)


def own_rows(path: Path, contract: Contract, make: Callable[..., Row]) -> Iterator[Row]:
    """Make something of each row of one of the project's own tables, without a frame library.

    Raises SourceError: other columns, or a row that the contract does not allow.
    """
    text = read_text(path)
    check_header(split_names(text.partition("\n")[0], ","), contract, path)
    for line, row in enumerate(csv.DictReader(io.StringIO(text)), start=2):
        try:
            yield make(*(_value(column, row[column.name]) for column in contract.columns))
        except (TypeError, ValueError):
            raise SourceError(
                f"{path.name}, line {line}: is no row of this table; it was changed after it was "
                f"made. 'fmbstats check {path}' says what is wrong; import the source again."
            ) from None


_READ: dict[str, Callable[[str], Any]] = {
    "int": int,
    "number": float,
    "bool": lambda text: {"true": True}.get(text.lower(), False),
}


def _value(column: Column, text: str) -> Any:
    if not text and column.nullable:
        return None if column.type in _READ else ""
    value = _READ.get(column.type, str)(text)
    is_known = column.allowed is None or value in column.allowed
    if not is_known or (column.min is not None and value < column.min):
        raise ValueError(text)
    return value


def _order(table: BandTable) -> tuple:
    place = COUNTED.index(table.counted), table.code, -table.year, table.period
    return (*place, table.area, SEXES.index(table.sex))


def _table(key: tuple, rows: list[BandRow], where: object) -> BandTable:
    shown = f"{getattr(where, 'name', where)}: {key[0]}, {key[3]}"
    for row, following in pairwise(rows):
        if row.band_from_day == following.band_from_day:
            raise SourceError(
                f"{shown}, band from day {row.band_from_day}: two different counts. "
                "Import files that agree, or give them different names."
            )
        if row.band_to_day != following.band_from_day - 1:
            raise SourceError(
                f"{shown}: the bands overlap or leave a gap at day {following.band_from_day}; "
                "expected each to begin on the day after the one before it ends."
            )
    if len(rows) < 2:
        raise SourceError(f"{shown}: one band only; it tells nothing of the spells' length.")
    edges = [row.band_from_day - 1 for row in rows]
    if rows[-1].band_to_day is not None:
        edges.append(rows[-1].band_to_day)
    least, most = tuple(r.n_lo for r in rows), tuple(r.n_hi for r in rows)
    code, sex, area, period, year, counted, basis = key
    return BandTable(code, sex, area, period, year, counted, basis, tuple(edges), least, most)


def _totals(tables: Sequence[BandTable]) -> list[BandTable]:
    """Add women and men where there is no total; intervals add up to a valid interval."""
    groups: dict[tuple, dict[str, BandTable]] = {}
    for table in tables:
        groups.setdefault((table.code, *table[2:7]), {})[table.sex] = table
    found = []
    for parts in groups.values():
        if set(parts) == {"women", "men"} and parts["women"].edges == parts["men"].edges:
            women, men = parts["women"], parts["men"]
            lo = tuple(map(add, women.n_lo, men.n_lo))
            hi = tuple(map(add, women.n_hi, men.n_hi))
            found.append(women._replace(sex="all", n_lo=lo, n_hi=hi, is_sum=True))
    return found
