r"""How a register's files are written, said in TOML: one mapping for every format.

All sections and keys may be left out::

    [register]
    format = "spells"               # or midas, certificates [told from the columns]
    extraction_date = 2019-06-30
    name = "Region Exempel 2014-2018"

    [file]
    separator = ";"                 # or "\t", "|", ","
    encoding = "cp1252"             # or utf-8, latin-1, iso-8859-15, cp850
    decimal = ","
    dates = "YYYYMMDD"              # see fmbstats.sources.registers.dates.FORMS
    time_zone = "Europe/Stockholm"  # where the days of points in time are meant
    missing = ["NA", "NULL", "."]
    header_line = 3

    [columns]                       # ours = theirs
    person_id = "lopnr"
    start_date = "from"

    [values.sex]                    # theirs = ours
    1 = "men"
    2 = "women"

    [strata]                        # up to three of your own, name = column
    unit = "Vårdenhet"

What a mapping says is checked when it is read: keys, types, ranges, names. `applied` puts it into a
format's contract, which from then on knows how the file is written.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import NamedTuple

import polars as pl

from fmbstats.errors import SourceError, UnknownNameError
from fmbstats.sources.registers.contracts import Column, Contract, say_names
from fmbstats.sources.registers.dates import FORMS, is_time_zone
from fmbstats.sources.registers.rules import judged
from fmbstats.sources.settings_files import read_toml

FORMATS = ("midas", "spells", "certificates")
LENGTH_BASES = ("paid_days", "certificate_days", "episode_days")
#: What a register may be written in, under the names Python knows.
ENCODINGS = {
    "utf-8": "utf-8", "utf8": "utf-8", "ascii": "utf-8",
    "cp1252": "cp1252", "windows-1252": "cp1252",
    "latin-1": "latin-1", "latin1": "latin-1", "iso-8859-1": "latin-1",
    "iso-8859-15": "iso-8859-15", "latin-9": "iso-8859-15", "cp850": "cp850",
}  # fmt: skip
MOST_STRATA = 3
_MOST_DAYS = 3650
_LATEST = date(2053, 12, 31)


class Check(NamedTuple):
    """What a key's value must be.

    Attributes
    ----------
    is_good : callable
        Value -> bool.
    expected : str
        In words.
    """

    is_good: Callable[[object], bool]
    expected: str


def _is_text(value: object) -> bool:
    return isinstance(value, str) and value.strip() != "" and len(value) <= 500


def _is_whole(value: object, least: int, most: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and least <= value <= most


def _is_share(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= 1


def _is_separator(value: object) -> bool:
    return isinstance(value, str) and len(value) == 1 and value.isascii() and value not in '"\r\n'


def _is_missing(value: object) -> bool:
    return isinstance(value, list) and len(value) <= 50 and all(isinstance(v, str) for v in value)


def among(known: Sequence[str]) -> Check:
    """Return the check that a value is one of some words."""
    return Check(lambda v: isinstance(v, str) and v in known, f"one of {say_names(list(known))}")


TEXT = Check(_is_text, "a text")
DAYS = Check(lambda v: _is_whole(v, 0, _MOST_DAYS), f"whole days from 0 to {_MOST_DAYS}")
SHARE = Check(_is_share, "a share from 0 to 1")
FLAG = Check(lambda v: isinstance(v, bool), "true or false")
DAY = Check(
    lambda v: type(v) is date and date(1990, 1, 1) <= v <= _LATEST,
    f"a date such as 2019-06-30, without quotes, from 1990 to {_LATEST.year}",
)
TEXTS = Check(_is_missing, "a list of texts")

REGISTER_KEYS: dict[str, Check] = {
    "format": among(FORMATS),
    "name": TEXT,
    "extraction_date": DAY,
    "gap_days": DAYS,
    "lag_days": DAYS,
    "length_basis": among(LENGTH_BASES),
    "is_synthetic": FLAG,
    "employee_entry_day": DAYS,
    "excluded_benefits": TEXTS,
}
FILE_KEYS: dict[str, Check] = {
    "separator": Check(_is_separator, "one character such as ';' or '\\t'"),
    "encoding": Check(
        lambda v: isinstance(v, str) and v.lower() in ENCODINGS,
        f"one such as {say_names(list(dict.fromkeys(ENCODINGS.values())))}",
    ),
    "decimal": among((".", ",")),
    "dates": Check(lambda v: isinstance(v, str) and v in FORMS, f"one of {', '.join(FORMS)}"),
    "time_zone": Check(
        lambda v: isinstance(v, str) and is_time_zone(v), "one such as 'Europe/Stockholm'"
    ),
    "missing": TEXTS,
    "header_line": Check(lambda v: _is_whole(v, 1, 1000), "a line from 1 to 1000"),
}


@dataclass(frozen=True)
class FileMapping:
    """How the files of a register are written.

    Attributes
    ----------
    name : str
        Of the TOML file, for messages; "" when there is none.
    register : dict
        What [register] says.
    file : dict
        What [file] says, checked.
    columns : dict of str to str
        Our column name → the file's.
    values : dict of str to dict
        Per column of ours: what the file writes → what it means.
    strata : dict of str to str
        Name of a free stratum → the file's column.
    """

    name: str = ""
    register: Mapping[str, object] = field(default_factory=dict)
    file: Mapping[str, object] = field(default_factory=dict)
    columns: Mapping[str, str] = field(default_factory=dict)
    values: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    strata: Mapping[str, str] = field(default_factory=dict)

    def fits(self, contract: Contract) -> bool:
        """Whether a contract has all columns that are named here."""
        return {*self.columns, *self.values} <= set(contract.names)

    def applied(self, contract: Contract) -> Contract:
        """Return a contract that knows how the files are written.

        Raises
        ------
        UnknownNameError
            A column that the contract does not have.
        SourceError
            Two of our columns are one of theirs; a value that our column cannot have.
        """
        for section, names in (("columns", self.columns), ("values", self.values)):
            for name in names:
                if name not in contract.names:
                    raise UnknownNameError.among(
                        f"{self.name}: column in [{section}]", name[:60], contract.names
                    )
        file = dict(self.file)
        missing = tuple(file.pop("missing", ()))
        if "encoding" in file:
            file["encoding"] = ENCODINGS[str(file["encoding"]).lower()]
        columns = tuple(self._column(c, missing) for c in contract.columns) + self._strata()
        written = replace(
            contract,
            columns=columns,
            is_extra_allowed=contract.is_extra_allowed or bool(self.columns or self.strata),
            **file,
        )
        self._refuse_shared(columns)
        self._refuse_values(written)
        return written

    def _column(self, column: Column, missing: tuple[str, ...]) -> Column:
        values = self.values.get(column.name)
        return replace(
            column,
            label=self.columns.get(column.name, ""),
            null_values=(*column.null_values, *missing),
            values=None if values is None else dict(values),
        )

    def _strata(self) -> tuple[Column, ...]:
        return tuple(
            Column(stratum_column(n), "text", "none", nullable=True, label=theirs)
            for n, theirs in enumerate(self.strata.values(), start=1)
        )

    def _refuse_shared(self, columns: Sequence[Column]) -> None:
        """Refuse columns of the file that would be read as two of ours."""
        readers: dict[str, str] = {}
        for column in columns:
            if is_stratum(column.name):
                continue
            other = readers.setdefault(column.shown.casefold(), column.name)
            if other != column.name:
                raise SourceError(
                    f"{self.name}, [columns]: your column {column.shown!r} would be both "
                    f"{other!r} and {column.name!r}. Name another column for one of them."
                )

    def _refuse_values(self, contract: Contract) -> None:
        for name, values in self.values.items():
            column = replace(contract.column(name), values=None)
            plain = replace(contract, decimal=".", dates="YYYY-MM-DD")
            ours = pl.Series(list(values.values()), dtype=pl.String)
            found = judged(ours, column, plain)
            for theirs, reason in zip(values, found["reason"], strict=True):
                if reason is not None and reason != "is missing":
                    raise SourceError(f"{self.name}, [values.{name}] {theirs}: {reason}.")


def stratum_column(number: int) -> str:
    """Return our name for a free stratum's column."""
    return f"stratum_{number}"


def is_stratum(name: str) -> bool:
    """Whether a column is that of a free stratum."""
    return name in {stratum_column(n) for n in range(1, MOST_STRATA + 1)}


def read_mapping(path: str | Path, contracts: Sequence[Contract] = ()) -> FileMapping:
    """Read a mapping and check what it says.

    Parameters
    ----------
    path : str or Path
    contracts : sequence of Contract
        Of the formats it may be for; a column that none of them has is refused. By default columns
        are held against the contract only when that is known.

    Raises
    ------
    SourceError
        No TOML; a value of the wrong kind or out of range.
    UnknownNameError
        An unknown section, key or column, with the nearest known ones.
    """
    path = Path(path)
    content = read_toml(path)
    if path.name == "register.toml":  # settings stand beside the sections there
        content = {n: v for n, v in content.items() if n in SECTIONS}
    refuse_unknown(f"{path.name}: section", content, SECTIONS)
    for section, part in content.items():
        if not isinstance(part, dict):
            raise SourceError(f"{path.name}, [{section}]: expected a section with keys.")
    found = FileMapping(
        path.name,
        checked(path.name, "register", content.get("register", {}), REGISTER_KEYS),
        checked(path.name, "file", content.get("file", {}), FILE_KEYS),
        _names(path.name, "columns", content.get("columns", {})),
        _values(path.name, content.get("values", {})),
        _names(path.name, "strata", content.get("strata", {})),
    )
    if len(found.strata) > MOST_STRATA:
        raise SourceError(f"{path.name}, [strata]: at most {MOST_STRATA} columns may be named.")
    said = found.register.get("format")
    contracts = [c for c in contracts if said in (None, c.name)]
    known = list(dict.fromkeys(n for c in contracts for n in c.names))
    if known:
        refuse_unknown(f"{path.name}: column in [columns]", found.columns, known)
        refuse_unknown(f"{path.name}: column in [values]", found.values, known)
    return found


SECTIONS = ("register", "file", "columns", "values", "strata")


def refuse_unknown(kind: str, found: Mapping, known, advice: str = "") -> None:
    """Refuse keys that nobody knows, with the nearest known ones."""
    for name in found:
        if name not in known:
            raise UnknownNameError.among(kind, str(name)[:60], known, advice)


def checked(name: str, section: str, found: Mapping, keys: Mapping[str, Check]) -> dict:
    """Return a section whose keys are known and whose values are of their kind."""
    where = f"{name}, [{section}]" if section else name
    refuse_unknown(f"{where}: key", found, keys, f"Known keys: {', '.join(keys)}.")
    for key, value in found.items():
        if not keys[key].is_good(value):
            place = f"{where} {key}" if section else f"{name}, {key}"
            raise SourceError(f"{place}: {repr(value)[:60]} came; expected {keys[key].expected}.")
    return dict(found)


def _names(name: str, section: str, found: Mapping) -> dict[str, str]:
    for key, value in found.items():
        if not _is_text(value):
            raise SourceError(
                f"{name}, [{section}] {key[:60]}: {repr(value)[:60]} came; expected the name of a "
                "column of yours, as text."
            )
    return dict(found)


def _values(name: str, found: Mapping) -> dict[str, dict[str, str]]:
    for column, values in found.items():
        where = f"{name}, [values.{column[:60]}]"
        if not isinstance(values, dict):
            raise SourceError(f'{where}: expected lines such as 1 = "men".')
        for theirs, ours in values.items():
            if not isinstance(ours, str):
                raise SourceError(
                    f"{where} {theirs[:60]}: {repr(ours)[:60]} came; expected what it means, as "
                    'text: what your file writes = "what it means".'
                )
    return {column: dict(values) for column, values in found.items()}
