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

With ``layout = "wide"`` under ``[table]`` each key of ``[bands]`` is itself a column of counts. A
column that the file lacks can be given as a value under ``[constants]``; rows are chosen by
``[keep]`` (column = value).
"""

from __future__ import annotations

import csv
import io
import re
import tomllib
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import polars as pl

from fmbstats import codes
from fmbstats.errors import SourceError
from fmbstats.sources.contracts import Column, Contract, check_header, split_header
from fmbstats.sources.textfiles import read_text

BAND_TABLE = Contract(
    name="band_table",
    title="spells per code and length band",
    columns=(
        Column("start_year", "int", "year", min=1990, max=2100),
        Column("code", "code", "code"),
        Column("band_from_day", "int", "days", min=1),
        Column("band_to_day", "int", "days", nullable=True, description="last; empty: open"),
        Column("n_min", "int", "spells", min=0, description="least there can be"),
        Column("n_max", "int", "spells", min=0, description="most there can be"),
    ),
    key=("start_year", "code", "band_from_day"),
)

_SECTIONS = {
    "table": {"title", "encoding", "separator", "layout", "header_line"},
    "columns": {"code", "start_year", "band", "n_spells"},
    "constants": {"code", "start_year"},
    "suppressed": {"marks", "max"},
    "bands": None,
    "keep": None,
}
DEFAULT_SUPPRESSED_MAX = 4


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
    mapping = Mapping(
        title=table.get("title", BAND_TABLE.title),
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
    )
    _check_complete(mapping, path)
    return mapping


def read_bands(path: str | Path, mapping: Mapping | str | Path) -> pl.DataFrame:
    """Read a band table as its mapping describes it.

    Parameters
    ----------
    path : str or Path
    mapping : Mapping, str or Path
        A mapping, or the TOML file that holds one.

    Returns
    -------
    polars.DataFrame
        As the contract "band_table": each count as an interval [n_min, n_max].

    Raises
    ------
    SourceError
        As :func:`fmbstats.sources.textfiles.read_text` and `check_header`; a band that the
        mapping does not know, a count that is no number, a row given twice.
    """
    path = Path(path)
    if not isinstance(mapping, Mapping):
        mapping = read_mapping(mapping)
    records = _records(path, mapping)
    rows = [cell for record in records for cell in _cells(*record, mapping, path)]
    if not rows:
        raise SourceError(f"{path.name}: no row is kept by the mapping; check its [keep] section.")
    schema = {c.name: pl.String if c.type == "code" else pl.Int64 for c in BAND_TABLE.columns}
    frame = pl.DataFrame(rows, schema=schema, orient="row").unique(maintain_order=True)
    clash = frame.filter(pl.struct(list(BAND_TABLE.key)).is_duplicated())
    if clash.height:
        year, code, first = clash.row(0)[:3]
        raise SourceError(
            f"{path.name}: two different counts for {codes.dotted(code)} {year}, band from day "
            f"{first}; choose rows by the mapping's [keep] section."
        )
    return frame.sort(list(BAND_TABLE.key))


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
    bands = sorted(mapping.bands.values(), key=lambda b: b[0])
    for (_, last), (first, _) in pairwise(bands):
        if last is None or first != last + 1:
            raise SourceError(
                f"{path.name}: the bands overlap or leave a gap at day {first}; "
                "expected each to begin on the day after the one before it ends."
            )
    if not bands:
        raise SourceError(f"{path.name}: [bands] is missing; expected label = [first, last] days.")


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


def _cells(line: int, record: dict[str, str], mapping: Mapping, path: Path):
    where = f"{path.name}, line {line}"
    year = _value("start_year", record, mapping)
    if not str(year).strip()[:4].isdecimal():
        raise SourceError(f"{where}: {year!r} is not a year.")
    try:
        code = codes.normalise(_value("code", record, mapping))
    except codes.CodeError as error:
        raise SourceError(f"{where}: {error}") from None
    if mapping.is_wide:
        pairs = [(label, record[label]) for label in mapping.bands]
    else:
        pairs = [(record[mapping.columns["band"]], record[mapping.columns["n_spells"]])]
    for label, text in pairs:
        if label not in mapping.bands:
            known = ", ".join(repr(b) for b in mapping.bands)
            raise SourceError(f"{where}: the band {label!r} is not in the mapping ({known}).")
        first, last = mapping.bands[label]
        yield (int(str(year).strip()[:4]), code, first, last, *_count(text, mapping, where))


def _value(name: str, record: dict[str, str], mapping: Mapping) -> Any:
    return record[mapping.columns[name]] if name in mapping.columns else mapping.constants[name]


def _count(text: str, mapping: Mapping, where: str) -> tuple[int, int]:
    if text in mapping.marks:
        return 0, mapping.suppressed_max
    digits = re.sub(r"[\s,]", "", text)
    if not digits.isdecimal():
        raise SourceError(
            f"{where}: {text!r} is not a count; if it means suppressed, name it under "
            "[suppressed] marks in the mapping."
        )
    return int(digits), int(digits)
