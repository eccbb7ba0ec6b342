"""Tables of other publishers, described by a small TOML file: which columns hold what, which bands.

``data_raw/README.md`` has every key. With ``values = "percent"`` (or "share") the numbers are
shares, which become facts of the literature sheet: an own kind, without an invented number of
spells. Months of what comes and goes are added up to years.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import pairwise
from operator import attrgetter
from pathlib import Path
from typing import Any, NamedTuple

from fmbstats import codes
from fmbstats.errors import SourceError
from fmbstats.sources.published.grids import SHOWN, Grid, count_of, text_grid
from fmbstats.sources.published.labels import Band, parse_period
from fmbstats.sources.published.literature import BASES, FactRow, check_facts, parse_value
from fmbstats.sources.published.published_forms import (
    COUNTED,
    FLOWS,
    LENGTH_BASES,
    SEXES,
    BandRow,
    contradiction,
)
from fmbstats.sources.registers.cell_faults import CellFault, OnFault, judge, refuse
from fmbstats.sources.registers.contracts import Column, Contract, check_header
from fmbstats.sources.settings_files import (
    SEPARATOR,
    Rule,
    either,
    listed,
    named,
    one_of,
    read_settings_file,
    restricted,
    section,
    whole,
)
from fmbstats.sources.settings_files import text as a_text
from fmbstats.sources.textfiles import read_text

COUNTS, PERCENT, SHARES = "counts", "percent", "share"
DEFAULT_SUPPRESSED_MAX = 4
_FACTS = {"mean": "mean", "median": "median", "q1": "q1", "q3": "q3"}
_DIMENSIONS = ("code", "start_year", "sex", "area", "group")
_LAST_DAY, _MOST = 36_500, 1_000_000


def _is_encoding(name: str) -> bool:
    try:
        return codecs.lookup(name) is not None
    except (LookupError, ValueError):  # a name with a NUL
        return False


def _is_band(days: Any) -> bool:
    is_days = isinstance(days, list) and len(days) in (1, 2) and {*map(type, days)} == {int}
    return is_days and 1 <= days[0] <= days[-1] <= _LAST_DAY


_SAID = a_text(least=0, most=2_000)
# A year may be written as a number.
_VALUE = either(_SAID, whole(0, _MOST))
SCHEMA = {
    "table": section(
        {
            "title": _SAID,
            "label": _SAID,
            "publisher": _SAID,
            "url": _SAID,
            "licence_note": _SAID,
            "definition": _SAID,
            "encoding": restricted(a_text(), _is_encoding, "one such as 'utf-8' or 'cp1252'"),
            "separator": SEPARATOR,
            "header_line": whole(1, _MOST, "a line"),
            "layout": one_of("long", "wide"),
            "counts": one_of(*COUNTED),
            "length_basis": one_of(*BASES),
            "values": one_of(COUNTS, PERCENT, SHARES),
        }
    ),
    "columns": named(a_text(), (*_DIMENSIONS, "band", "n_spells", "n", *_FACTS)),
    "constants": named(_VALUE, _DIMENSIONS),
    "values": section(
        {**{key: named(_VALUE, most=100_000) for key in _DIMENSIONS}, "sex": named(one_of(*SEXES))}
    ),
    "bands": named(
        Rule(
            f"its first and last day (1 to {_LAST_DAY}), as in [15, 29], or the first only when it "
            "is open",
            _is_band,
        )
    ),
    "keep": named(_VALUE),
    "suppressed": section(
        {"marks": listed(a_text(least=0), least=0), "max": whole(0, _MOST, "the most spells")}
    ),
}
_DEFAULTS = {"sex": "all", "area": "", "group": ""}
_ABOUT = ("label", "publisher", "url", "licence_note")
#: How far the sum of rounded percentages may be from 100.
_NEAR_100 = 2


@dataclass(frozen=True)
class Mapping:
    """A mapping file, checked."""

    #: `table`, `columns`, `constants`, `keep`: as in the file: what the table is; ours → theirs;
    #: ours → value; theirs → value.
    table: dict[str, Any]
    columns: dict[str, str]
    constants: dict[str, str]
    keep: dict[str, str]
    bands: dict[str, Band]  #: Label → (first day, last day or None).
    values: dict[str, dict[str, str]]  #: Dimension → their value → ours.
    marks: tuple[str, ...]  #: What stands for a hidden count.
    suppressed_max: int  #: The most spells a hidden cell can hold.
    title: str  #: What the table is.
    length_basis: str  #: On what the lengths rest.
    #: `counted`, `kind`: what is counted, and whether the numbers are counts, percent or shares;
    #: None when the mapping does not say it.
    counted: str | None
    kind: str | None
    is_wide: bool  #: Whether each band is a column of its own.

    @property
    def about(self) -> dict[str, str]:
        """What is said of label, publisher, url and licence."""
        return {k: self.table[k] for k in _ABOUT if k in self.table}

    @property
    def first_day(self) -> int:
        """The first day of the first band."""
        return min(first for first, _ in self.bands.values())

    @property
    def contract(self) -> Contract:
        """What the file's header must hold, in the publisher's own names."""
        names = [*self.columns.values(), *self.keep, *(self.bands if self.is_wide else ())]
        return Contract(
            name="mapped_bands",
            title=self.title,
            columns=tuple(Column(n, "text", "none") for n in dict.fromkeys(names)),
            encoding=self.table.get("encoding", "utf-8"),
            separator=self.table.get("separator", ","),
            is_ordered=False,
            is_extra_allowed=True,
        )


class MappedTable(NamedTuple):
    """What a table gives: counts per band, or facts when its numbers are shares."""

    bands: list[BandRow]
    facts: list[FactRow]

    def __len__(self) -> int:
        return len(self.bands) + len(self.facts)


def read_mapping(path: Path) -> Mapping:
    """Read and check a mapping file.

    Raises SourceError: not TOML, a value of another type or out of range, a missing column, bands
    that overlap or leave a gap; UnknownNameError: an unknown section or key, with the nearest known
    one.
    """
    raw = read_settings_file(path, SCHEMA)
    values = {name: _as_texts(words) for name, words in raw.get("values", {}).items()}
    suppressed, table = raw.get("suppressed", {}), raw.get("table", {})
    mapping = Mapping(
        table=table,
        columns=raw.get("columns", {}),
        constants=_as_texts(raw.get("constants", {})),
        keep=_as_texts(raw.get("keep", {})),
        bands={
            label: (days[0], days[1] if len(days) == 2 else None)
            for label, days in raw.get("bands", {}).items()
        },
        values=values | {"sex": {s: s for s in SEXES} | values.get("sex", {})},
        marks=tuple(suppressed.get("marks", ())),
        suppressed_max=suppressed.get("max", DEFAULT_SUPPRESSED_MAX),
        title=table.get("title", "spells per code and length band"),
        length_basis=table.get("length_basis", "episode_days"),
        counted=table.get("counts"),
        kind=table.get("values"),
        is_wide=table.get("layout") == "wide",
    )
    _check_complete(mapping, path)
    return mapping


def read_mapped(
    path: Path,
    mapping: Mapping | Path,
    *,
    counted: str | None = None,
    on_fault: OnFault = refuse,
) -> MappedTable:
    """Read a table as its mapping describes it.

    `mapping`: a mapping, or the TOML file that holds one. `counted`: what is counted; by default
    what the mapping says, else started spells. `on_fault`: told of each band, code, year or sex
    that is none, and of each count that is no number. Raises SourceError: another header, nothing
    kept, two counts of one cell, shares that pass for counts.
    """
    if not isinstance(mapping, Mapping):
        mapping = read_mapping(mapping)
    reading = _Reading(_grid(path, mapping), mapping, counted or mapping.counted or COUNTED[0],
                       on_fault)  # fmt: skip
    records = list(reading.records())
    if not records and on_fault is refuse:
        raise SourceError(f"{path.name}: no row is kept by the mapping; check its [keep] section.")
    if mapping.kind in (PERCENT, SHARES):
        facts = list(dict.fromkeys(fact for record in records for fact in reading.facts(record)))
        check_facts(facts, path.name)
        return MappedTable([], facts)
    rows = [row for record in records for row in reading.counts(record)]
    if odd := contradiction(rows, lambda row: (*row[:6], row.band_from_day)):
        raise SourceError(
            f"{path.name}: two different counts for {codes.shown(odd.code)} {odd.period}, "
            f"band from day {odd.band_from_day}; choose rows by the mapping's [keep] section."
        )
    rows = _years(rows)
    if mapping.kind is None:
        _ask_of_shares(rows, mapping, path)
    order = attrgetter("year", "period", "code", "sex", "area", "band_from_day")
    return MappedTable(sorted(rows, key=order), [])


def mapped_contract(mapping: Mapping) -> Contract:
    """Return the contract by which `fmbstats check` judges a mapped table, cell by cell."""

    def read(path: Path, on_fault: OnFault) -> MappedTable:
        return read_mapped(path, mapping, on_fault=on_fault)

    def unused(path: Path) -> list[str]:
        return [name for name in _grid(path, mapping).rows[0] if name not in mapping.contract.names]

    return replace(mapping.contract, reader=judge(read, len, unused))


# -- the table ------------------------------------------------------------------------------------


class _Record(NamedTuple):
    """One row of the file: its line, and its cells by heading."""

    line: int
    cells: dict[str, str]


@dataclass(frozen=True)
class _Reading:
    """One table being read: its rows one after the other."""

    grid: Grid
    mapping: Mapping
    counted: str
    on_fault: OnFault

    def records(self) -> Iterator[_Record]:
        """Yield the rows that the mapping keeps."""
        header = self.grid.rows[0]
        for cells, line in zip(self.grid.rows[1:], self.grid.lines[1:], strict=True):
            if len(cells) < len([h for h in header if h]):
                raise SourceError(
                    f"{self.grid.name}, line {line}: {len(cells)} of {len(header)} fields; the "
                    "line is cut off. Fetch the file again."
                )
            record = dict(zip(header, cells, strict=False))
            if all(record[k] == v for k, v in self.mapping.keep.items()):
                yield _Record(line, record)

    def counts(self, record: _Record) -> Iterator[BandRow]:
        """Yield a row's counts; a row with a fault in code, year or sex gives none."""
        about, counted = self._about(record), (self.counted, self.mapping.length_basis)
        for column, label, text in self._bands(record):
            band, n = self._band(record, label), self._count(record, column, text)
            if about is not None and band is not None and n is not None:
                yield BandRow._make([*about.values(), *counted, *band, *n])

    def facts(self, record: _Record) -> Iterator[FactRow]:
        """Yield a row's shares, and its mean, median and quartiles, as facts."""
        about = self._about(record)
        for column, kind, text in self._stated(record):
            is_share = kind.startswith("share")
            unit = " %" if is_share and self.mapping.kind == PERCENT and "%" not in text else ""
            if text in ("", *self.mapping.marks) or about is None:
                continue
            if parse_value(text + unit, is_share) is not None:
                yield self._fact(record, about, kind, text + unit)
            else:
                self._tell(record, column, text, f"{text[:SHOWN]!r} is not a {kind.split()[0]}.")

    def _stated(self, record: _Record) -> Iterator[tuple[str, str, str]]:
        for column, label, text in self._bands(record):
            if (band := self._band(record, label)) is not None:
                first, last = band
                kind = f"share {first}-{last} days" if last else f"share >= {first} days"
                yield column, kind, text
        for ours, kind in _FACTS.items():
            if ours in self.mapping.columns:
                column = self.mapping.columns[ours]
                yield column, kind, record.cells[column]

    def _fact(self, record: _Record, about: dict[str, Any], kind: str, value: str) -> FactRow:
        mapping, table = self.mapping, self.mapping.table
        definition = f"{mapping.length_basis} from day {mapping.first_day}"
        return FactRow(
            **about,
            source=table.get("label", mapping.title),
            page="",
            definition=table.get("definition", definition),
            kind=kind,
            value=value,
            n=self._n(record),
            url=table.get("url", ""),
            seen="",
            length_basis=mapping.length_basis,
            first_day=mapping.first_day,
            counted=self.counted,
            group=self._value(record, "group"),
        )

    def _n(self, record: _Record) -> int | None:
        text = record.cells.get(self.mapping.columns.get("n", ""), "")
        n = count_of(text)
        if text and n is None and text not in self.mapping.marks:
            self._tell(record, "n", text, f"{text[:SHOWN]!r} is not a number of spells.")
        return n or None

    def _about(self, record: _Record) -> dict[str, Any] | None:
        """What a row is of; None where its code, year or sex is none."""
        said = {name: self._value(record, name) for name in _DIMENSIONS}
        code, period = self._code(record, said["code"]), parse_period(said["start_year"])
        if period is None or not 1990 <= period.year <= 2100:
            what = f"{said['start_year'][:SHOWN]!r} is not a year."
            self._tell(record, "start_year", said["start_year"], what)
            period = None
        if said["sex"] not in SEXES:
            known = ", ".join(map(repr, self.mapping.values.get("sex", SEXES)))
            what = f"{said['sex'][:SHOWN]!r} is not a sex ({known}); say which under [values.sex]."
            self._tell(record, "sex", said["sex"], what)
            code = None
        if code is None or period is None:
            return None
        return {"code": code, "sex": said["sex"], "area": said["area"], "period": period.text,
                "year": period.year}  # fmt: skip

    def _value(self, record: _Record, name: str) -> str:
        mapping, text = self.mapping, self.mapping.constants.get(name, _DEFAULTS.get(name, ""))
        if name in mapping.columns:
            text = record.cells[mapping.columns[name]]
        return mapping.values.get(name, {}).get(text, text)

    def _code(self, record: _Record, text: str) -> str | None:
        try:
            return codes.code_or_range(text)
        except codes.CodeError as error:
            advice = " Say which code it is under [values.code]." if " " in text.strip() else ""
            self._tell(record, "code", text, f"{error}{advice}")
            return None

    def _bands(self, record: _Record) -> list[tuple[str, str, str]]:
        """Return column, band's label and number of each count in a row."""
        if self.mapping.is_wide:
            return [(label, label, record.cells[label]) for label in self.mapping.bands]
        columns, cells = self.mapping.columns, record.cells
        if "band" not in columns:
            return []
        return [(columns["n_spells"], cells[columns["band"]], cells[columns["n_spells"]])]

    def _band(self, record: _Record, label: str) -> Band | None:
        band = self.mapping.bands.get(label)
        if band is None:
            known = ", ".join(map(repr, self.mapping.bands))
            what = f"the band {label[:SHOWN]!r} is not in the mapping ({known})."
            self._tell(record, "band", label, what)
        return band

    def _count(self, record: _Record, column: str, text: str) -> tuple[int, int] | None:
        if text in self.mapping.marks:
            return 0, self.mapping.suppressed_max
        n = count_of(text)
        if n is not None:
            return n, n
        is_share = re.fullmatch(r"\d+[.,]\d+\s*%?|\d+\s*%", text)
        advice = (
            'if the table holds shares, say values = "percent" (or "share") under [table]'
            if is_share
            else "if it means suppressed, name it under [suppressed] marks in the mapping"
        )
        self._tell(record, column, text, f"{text[:SHOWN]!r} is not a count; {advice}.")
        return None

    def _tell(self, record: _Record, column: str, value: str, what: str) -> None:
        shown = self.mapping.columns.get(column, column)
        name = self.grid.path.name
        message = f"{name}, line {record.line}: {what}"
        self.on_fault(CellFault(name, record.line, shown, value, message))


def _grid(path: Path, mapping: Mapping) -> Grid:
    """Return the table from its header on, with the lines of the file."""
    contract = mapping.contract
    text = read_text(path, contract.encoding)
    before = mapping.table.get("header_line", 1) - 1
    lines = text.split("\n")[before:]
    grid = text_grid(path, "\n".join(lines), contract.separator)
    header = list(grid.rows[0]) if grid.rows else []
    while header and header[-1] == "":
        header.pop()
    check_header(header, contract, path, before + 1)
    return Grid(path, "", [header, *grid.rows[1:]], [n + before for n in grid.lines], ",")


def _years(rows: list[BandRow]) -> list[BandRow]:
    """Add the months of what comes and goes up to years; what is ongoing is not added up."""
    months: dict[tuple, list[BandRow]] = {}
    found = []
    for row in dict.fromkeys(rows):
        period = parse_period(row.period)
        if period is not None and period.month and row.counted in FLOWS:
            months.setdefault((*row[:3], row.year, *row[5:9]), []).append(row)
        else:
            found.append(row)
    for part in months.values():
        periods = sorted({row.period for row in part})
        shown = "–".join(dict.fromkeys((periods[0], periods[-1])))
        shown = str(part[0].year) if len(periods) == 12 else shown
        lo, hi = sum(row.n_lo for row in part), sum(row.n_hi for row in part)
        found.append(part[0]._replace(period=shown, n_lo=lo, n_hi=hi))
    return found


def _ask_of_shares(rows: Iterable[BandRow], mapping: Mapping, path: Path) -> None:
    """Refuse counts that add up to 100 in every group until the mapping says that they are counts.

    Raises SourceError.
    """
    sums: dict[tuple, list[BandRow]] = {}
    for row in rows:
        sums.setdefault(row[:7], []).append(row)
    totals = [sum(r.n_lo for r in part) for part in sums.values() if len(part) > 1]
    names = "\n".join([*mapping.bands, mapping.columns.get("n_spells", "")])
    is_named = bool(re.search(r"%|\b(andel|share|percent|procent)", names, re.I))
    is_near = bool(totals) and all(abs(total - 100) <= _NEAR_100 for total in totals)
    if is_near or (is_named and totals):
        code, period = next(iter(sums))[0], next(iter(sums))[3]
        why = "their columns are named as shares" if is_named and not is_near else (
            f"the bands of every group sum to 100 (so {codes.shown(code)}, {period})"
        )  # fmt: skip
        raise SourceError(
            f'{path.name}: are these counts or shares? {why}. Say values = "percent" under [table] '
            'in the mapping (they are then facts without a number of spells), or values = "counts".'
        )


# -- the mapping file -----------------------------------------------------------------------------


def _as_texts(values: dict[str, Any]) -> dict[str, str]:
    return {name: str(value) for name, value in values.items()}


def _check_complete(mapping: Mapping, path: Path) -> None:
    needed = ["code", "start_year"] + ([] if mapping.is_wide else ["band", "n_spells"])
    given = set(mapping.columns) | set(mapping.constants)
    if missing := [n for n in needed if n not in given]:
        raise SourceError(f"{path.name}: [columns] does not say which column holds {missing[0]!r}.")
    if mapping.kind not in (PERCENT, SHARES) and mapping.length_basis not in LENGTH_BASES:
        expected = ", ".join(map(repr, LENGTH_BASES))
        raise SourceError(
            f"{path.name}, length_basis: {mapping.length_basis!r} is not one of {expected}."
        )
    bands = sorted(mapping.bands.values(), key=lambda b: b[0])
    for (_, last), (first, _) in pairwise(bands):
        if last is None or first != last + 1:
            raise SourceError(
                f"{path.name}: the bands overlap or leave a gap at day {first}; "
                "expected each to begin on the day after the one before it ends."
            )
    if not bands:
        raise SourceError(f"{path.name}: [bands] is missing; expected label = [first, last] days.")
