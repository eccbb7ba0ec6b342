"""Band tables of other publishers, described by a small TOML file.

The mapping says which columns hold code, year, band and count, and which days each band covers::

    [table]
    title = "Fit notes by diagnosis and duration"
    encoding = "utf-8"
    separator = ","

    [columns]
    code = "ICD10"
    start_year = "Year"
    band = "Duration"
    n_spells = "Count"

    [bands]
    "Up to 1 week" = [1, 7]
    "Over 26 weeks" = [183]

    [suppressed]
    marks = ["*"]
    max = 4

What is counted (``counts = "started"`` …) and on what the lengths rest (``length_basis``) may
stand under ``[table]``, and there too how reports call the source: label, publisher, url,
licence_note. ``sex`` and ``area`` may be columns or constants; ``[values.sex]`` says which value
is women, men or all. With ``layout = "wide"`` under ``[table]`` each key of ``[bands]`` is itself
a column of counts. A column that the file lacks can be given as a value under ``[constants]``;
rows are chosen by ``[keep]`` (column = value).
"""

from __future__ import annotations

import csv
import io
import re
import tomllib
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import Any

from fmbstats import codes
from fmbstats.errors import SourceError
from fmbstats.sources.published.published_forms import COUNTED, LENGTH_BASES, SEXES, BandRow
from fmbstats.sources.registers.cell_faults import CellFault, OnFault, judge, refuse
from fmbstats.sources.registers.contracts import Column, Contract, check_header, split_header
from fmbstats.sources.textfiles import check_form, read_text

_SECTIONS = {
    "table": {"title", "encoding", "separator", "layout", "header_line", "counts", "length_basis",
              "label", "publisher", "url", "licence_note"},
    "columns": {"code", "start_year", "band", "n_spells", "sex", "area"},
    "constants": {"code", "start_year", "sex", "area"},
    "suppressed": {"marks", "max"},
    "values": {"sex"},
    "bands": None,
    "keep": None,
}  # fmt: skip
DEFAULT_SUPPRESSED_MAX = 4
_CHAPTER = re.compile(r"[A-Z]\d\d-[A-Z]\d\d|ALL")
_DEFAULTS = {"sex": "all", "area": ""}
_ABOUT = ("label", "publisher", "url", "licence_note")
_TITLE = "spells per code and length band"


@dataclass(frozen=True)
class Mapping:
    """A mapping file, checked.

    Attributes
    ----------
    title, encoding, separator : str
    is_wide : bool
        One column of counts per band.
    header_line : int
        1-based line of the header.
    columns, constants, keep : dict
        Ours → theirs; ours → value; theirs → value.
    bands : dict
        Label → (first day, last day or None).
    marks : tuple of str
        What stands for a suppressed count.
    suppressed_max : int
        The most spells a suppressed cell can hold.
    counted : str or None
        One of `COUNTED`; None when the mapping does not say it.
    length_basis : str
    sexes : dict
        Their value → women, men or all.
    about : dict
        label, publisher, url, licence_note, where given.
    """

    title: str
    encoding: str
    separator: str
    is_wide: bool
    header_line: int
    columns: dict[str, str]
    constants: dict[str, Any]
    keep: dict[str, str]
    bands: dict[str, tuple[int, int | None]]
    marks: tuple[str, ...]
    suppressed_max: int
    counted: str | None
    length_basis: str
    sexes: dict[str, str]
    about: dict[str, str]

    @property
    def contract(self) -> Contract:
        """What the file's header must hold, in the publisher's own names."""
        names = [*self.columns.values(), *self.keep]
        if self.is_wide:
            names += self.bands
        columns = tuple(Column(n, "text", "none") for n in dict.fromkeys(names))
        return Contract(
            name="mapped_bands",
            title=self.title,
            columns=columns,
            encoding=self.encoding,
            separator=self.separator,
            is_ordered=False,
            is_extra_allowed=True,
        )


def read_mapping(path: str | Path) -> Mapping:
    """Read and check a mapping file.

    Raises
    ------
    SourceError
        Not TOML, an unknown section or key, a missing column, bands that overlap or leave a gap.
    """
    path = Path(path)
    try:
        raw = tomllib.loads(read_text(path))
    except tomllib.TOMLDecodeError as error:
        raise SourceError(f"{path.name}: is not TOML ({error}).") from None
    _check_sections(raw, path)
    table, suppressed = raw.get("table", {}), raw.get("suppressed", {})
    check_form(path, "table", table)
    mapping = Mapping(
        title=table.get("title", _TITLE),
        encoding=table.get("encoding", "utf-8"),
        separator=table.get("separator", ","),
        is_wide=table.get("layout", "long") == "wide",
        header_line=table.get("header_line", 1),
        columns=raw.get("columns", {}),
        constants=raw.get("constants", {}),
        keep={k: str(v) for k, v in raw.get("keep", {}).items()},
        bands={label: _band(label, days, path) for label, days in raw.get("bands", {}).items()},
        marks=tuple(suppressed.get("marks", ())),
        suppressed_max=suppressed.get("max", DEFAULT_SUPPRESSED_MAX),
        counted=table.get("counts"),
        length_basis=table.get("length_basis", "episode_days"),
        sexes={s: s for s in SEXES} | raw.get("values", {}).get("sex", {}),
        about={k: table[k] for k in _ABOUT if k in table},
    )
    _check_complete(mapping, path)
    return mapping


def read_bands(
    path: str | Path,
    mapping: Mapping | str | Path,
    *,
    counted: str | None = None,
    on_fault: OnFault = refuse,
) -> list[BandRow]:
    """Read a band table as its mapping describes it.

    Parameters
    ----------
    path : str or Path
    mapping : Mapping, str or Path
        A mapping, or the TOML file that holds one.
    counted : str, optional
        What is counted; by default what the mapping says, else started spells.
    on_fault : callable
        Told of each band, code, year or sex that is none, and of each count that is no number.

    Returns
    -------
    list of BandRow
        Each count as an interval; exact repetitions once.

    Raises
    ------
    SourceError
        As :func:`fmbstats.sources.textfiles.read_text` and `check_header`; a band that the
        mapping does not know, a count that is no number, a row given twice.
    """
    path = Path(path)
    if not isinstance(mapping, Mapping):
        mapping = read_mapping(mapping)
    reading = _Reading(path, mapping, counted or mapping.counted or COUNTED[0], on_fault)
    found = [row for line, record in _records(path, mapping) for row in reading.rows(line, record)]
    if not found and on_fault is refuse:
        raise SourceError(f"{path.name}: no row is kept by the mapping; check its [keep] section.")
    rows = list(dict.fromkeys(found))
    seen: set[tuple] = set()
    for row in rows:
        key = (*row[:6], row.band_from_day)
        if key in seen:
            raise SourceError(
                f"{path.name}: two different counts for {codes.dotted(row.code)} {row.period}, "
                f"band from day {row.band_from_day}; choose rows by the mapping's [keep] section."
            )
        seen.add(key)
    return sorted(rows, key=lambda r: (r.year, r.code, r.sex, r.area, r.band_from_day))


def mapped_contract(mapping: Mapping) -> Contract:
    """Return the contract by which `fmbstats check` judges a mapped table, cell by cell."""

    def read(path: Path, on_fault: OnFault) -> list[BandRow]:
        return read_bands(path, mapping, on_fault=on_fault)

    return replace(mapping.contract, reader=judge(read, len))


@dataclass(frozen=True)
class _Reading:
    """One table being read: its rows one after the other."""

    path: Path
    mapping: Mapping
    counted: str
    on_fault: OnFault

    def rows(self, line: int, record: dict[str, str]):
        """Yield a record's counts; a record with a fault in code, year or sex gives none."""
        mapping = self.mapping
        about = self._about(line, record)
        if mapping.is_wide:
            pairs = [(label, label, record[label]) for label in mapping.bands]
        else:
            columns = mapping.columns
            count = record[columns["n_spells"]]
            pairs = [(columns["n_spells"], record[columns["band"]], count)]
        for column, label, text in pairs:
            band, counts = self._band(line, label), self._count(line, column, text)
            if None not in (about, band, counts):
                yield BandRow(*about, *band, *counts)

    def _about(self, line: int, record: dict[str, str]) -> tuple | None:
        period = str(_value("start_year", record, self.mapping)).strip()
        sex = str(_value("sex", record, self.mapping))
        raw_code = str(_value("code", record, self.mapping))
        code = None
        try:
            code = raw_code if _CHAPTER.fullmatch(raw_code) else codes.normalise(raw_code)
        except codes.CodeError as error:
            self._tell(line, "code", raw_code, str(error))
        if not period[:4].isdecimal():
            self._tell(line, "start_year", period, f"{period!r} is not a year.")
            code = None
        if sex not in self.mapping.sexes:
            known = ", ".join(map(repr, self.mapping.sexes))
            self._tell(
                line, "sex", sex, f"{sex!r} is not a sex ({known}); say which under [values.sex]."
            )
            code = None
        if code is None:
            return None
        area = str(_value("area", record, self.mapping))
        return (code, self.mapping.sexes[sex], area, period, int(period[:4]), self.counted,
                self.mapping.length_basis)  # fmt: skip

    def _band(self, line: int, label: str) -> tuple[int, int | None] | None:
        if label in self.mapping.bands:
            return self.mapping.bands[label]
        known = ", ".join(repr(b) for b in self.mapping.bands)
        self._tell(line, "band", label, f"the band {label!r} is not in the mapping ({known}).")
        return None

    def _count(self, line: int, column: str, text: str) -> tuple[int, int] | None:
        if text in self.mapping.marks:
            return 0, self.mapping.suppressed_max
        digits = re.sub(r"[\s,]", "", text)
        if digits.isdecimal():
            return int(digits), int(digits)
        what = (
            f"{text!r} is not a count; if it means suppressed, name it under [suppressed] marks "
            "in the mapping."
        )
        self._tell(line, column, text, what)
        return None

    def _tell(self, line: int, column: str, value: str, what: str) -> None:
        shown = self.mapping.columns.get(column, column)
        message = f"{self.path.name}, line {line}: {what}"
        self.on_fault(CellFault(self.path.name, line, shown, value, message))


def _check_sections(raw: dict, path: Path) -> None:
    for section, keys in raw.items():
        if section not in _SECTIONS or not isinstance(keys, dict):
            raise SourceError(
                f"{path.name}: the section [{section}] is unknown; expected "
                f"{', '.join(f'[{s}]' for s in _SECTIONS)}."
            )
        known = _SECTIONS[section]
        if known is not None and (odd := sorted(set(keys) - known)):
            raise SourceError(
                f"{path.name}: [{section}] has no key {odd[0]!r}; expected "
                f"{', '.join(sorted(known))}."
            )


def _band(label: str, days: Any, path: Path) -> tuple[int, int | None]:
    is_days = isinstance(days, list) and len(days) in (1, 2) and all(type(d) is int for d in days)
    if not is_days or days[0] < 1 or days[-1] < days[0]:
        raise SourceError(
            f"{path.name}: the band {label!r} is {days!r}; expected its first and last day, as in "
            "[15, 29], or the first only when it is open."
        )
    return days[0], (days[1] if len(days) == 2 else None)


def _check_complete(mapping: Mapping, path: Path) -> None:
    needed = ["code", "start_year"] + ([] if mapping.is_wide else ["band", "n_spells"])
    given = set(mapping.columns) | set(mapping.constants)
    if missing := [n for n in needed if n not in given]:
        raise SourceError(f"{path.name}: [columns] does not say which column holds {missing[0]!r}.")
    _check_words(mapping, path)
    bands = sorted(mapping.bands.values(), key=lambda b: b[0])
    for (_, last), (first, _) in pairwise(bands):
        if last is None or first != last + 1:
            raise SourceError(
                f"{path.name}: the bands overlap or leave a gap at day {first}; "
                "expected each to begin on the day after the one before it ends."
            )
    if not bands:
        raise SourceError(f"{path.name}: [bands] is missing; expected label = [first, last] days.")


def _check_words(mapping: Mapping, path: Path) -> None:
    for key, found, known in (
        ("counts", mapping.counted, (None, *COUNTED)),
        ("length_basis", mapping.length_basis, LENGTH_BASES),
        *(("[values.sex]", sex, SEXES) for sex in mapping.sexes.values()),
    ):
        if found not in known:
            expected = ", ".join(repr(k) for k in known if k)
            raise SourceError(f"{path.name}, {key}: {found!r} is not one of {expected}.")


def _records(path: Path, mapping: Mapping):
    """Yield (line, record) of the rows that the mapping keeps."""
    lines = read_text(path, mapping.encoding).split("\n")[mapping.header_line - 1 :]
    contract = mapping.contract
    header = split_header(lines[0], mapping.separator) if lines else []
    while header and header[-1] == "":
        header.pop()
    check_header(header, contract, path, mapping.header_line)
    reader = csv.reader(io.StringIO("\n".join(lines[1:])), delimiter=mapping.separator)
    for row in reader:
        line = mapping.header_line + reader.line_num
        if not any(cell.strip() for cell in row):
            continue
        if len(row) < len(header):
            raise SourceError(
                f"{path.name}, line {line}: {len(row)} of {len(header)} fields; the line is cut "
                "off. Fetch the file again."
            )
        record = dict(zip(header, (cell.strip() for cell in row), strict=False))
        if all(record[k] == v for k, v in mapping.keep.items()):
            yield line, record


def _value(name: str, record: dict[str, str], mapping: Mapping) -> Any:
    if name in mapping.columns:
        return record[mapping.columns[name]]
    return mapping.constants.get(name, _DEFAULTS.get(name))
