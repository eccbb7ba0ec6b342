"""How a register's files are written, said in TOML: one mapping for every format.

``data_raw/register/README.md`` shows every section and key. What a mapping says is checked when it
is read: keys, types, ranges, names. `applied` puts it into a format's contract, which from then on
knows how the file is written.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl

from fmbstats.errors import SourceError
from fmbstats.sources import settings_files as toml
from fmbstats.sources.registers.contracts import Column, Contract, say_names
from fmbstats.sources.registers.dates import FORMS, is_time_zone
from fmbstats.sources.registers.rules import judged
from fmbstats.words.plain import holds_identity_number
from fmbstats.words.strata import STRATA

FORMATS = ("midas", "spells", "certificates")
LENGTH_BASES = ("paid_days", "certificate_days", "episode_days")
#: What a register may be written in, under the names Python knows.
ENCODINGS = {
    "utf-8": "utf-8", "utf8": "utf-8", "ascii": "utf-8",
    "cp1252": "cp1252", "windows-1252": "cp1252",
    "latin-1": "latin-1", "latin1": "latin-1", "iso-8859-1": "latin-1",
    "iso-8859-15": "iso-8859-15", "latin-9": "iso-8859-15", "cp850": "cp850",
    "mac-roman": "mac-roman", "macintosh": "mac-roman",
}  # fmt: skip
MOST_STRATA = 3
#: A cell of the ledger has room for start years to 2053.
LATEST_EXTRACTION = date(2053, 12, 31)

DAYS = toml.whole(0, 3650, "whole days")
DAY = toml.day(date(1990, 1, 1), LATEST_EXTRACTION)
TEXTS = toml.Rule(
    "a list of at most 50 texts",
    lambda v: isinstance(v, list) and len(v) <= 50 and all(isinstance(t, str) for t in v),
)

REGISTER_KEYS = {
    "format": toml.one_of(*FORMATS),
    "name": toml.text(),
    "extraction_date": DAY,
    "gap_days": DAYS,
    "lag_days": DAYS,
    "length_basis": toml.one_of(*LENGTH_BASES),
    "is_synthetic": toml.flag(),
    "employee_entry_day": DAYS,
    "excluded_benefits": TEXTS,
}
_FORM = toml.restricted(toml.text(), lambda v: v in FORMS, f"one of {', '.join(FORMS)}")
_FORM_BY_COLUMN = toml.restricted(toml.named(_FORM), bool, "such a one for each column")
_ENCODINGS = f"one such as {say_names(list(dict.fromkeys(ENCODINGS.values())))}"
FILE_KEYS = {
    "separator": toml.SEPARATOR,
    "encoding": toml.restricted(toml.text(), lambda v: v.lower() in ENCODINGS, _ENCODINGS),
    "decimal": toml.one_of(".", ","),
    "dates": toml.either(
        _FORM, toml.restricted(toml.named(_FORM), bool, "such a one for each column")
    ),
    "time_zone": toml.restricted(toml.text(), is_time_zone, "one such as 'Europe/Stockholm'"),
    "missing": TEXTS,
    "header_line": toml.whole(1, 1000, "a line"),
}
#: Tables beside a register find their separator by themselves.
BESIDE_KEYS = {n: rule for n, rule in FILE_KEYS.items() if n not in ("separator", "header_line")}
_THEIRS = toml.text()
_NAME = re.compile(r"[^\W\d_][\w -]{2,39}")
SECTIONS = {
    "register": toml.section(REGISTER_KEYS),
    "file": toml.section(FILE_KEYS),
    "columns": toml.named(_THEIRS),
    "values": toml.named(toml.named(toml.text(least=0), most=100_000)),
    "strata": toml.named(_THEIRS, most=MOST_STRATA),
    "deaths_file": toml.section(BESIDE_KEYS),
    "evidence_file": toml.section(BESIDE_KEYS),
}


@dataclass(frozen=True)
class FileMapping:
    """How the files of a register are written."""

    name: str = ""  #: Of the TOML file, for messages; "" when there is none.
    register: Mapping[str, Any] = field(default_factory=dict)  #: What [register] says.
    file: Mapping[str, Any] = field(default_factory=dict)  #: What [file] says, checked.
    columns: Mapping[str, str] = field(default_factory=dict)  #: Our column name → the file's.
    #: Per column of ours: what the file writes → what it means.
    values: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    #: Name of a free stratum → the file's column.
    strata: Mapping[str, str] = field(default_factory=dict)
    #: `deaths_file`, `evidence_file`: what is written otherwise in the tables of deaths and of
    #: evidence than `file` says.
    deaths_file: Mapping[str, Any] = field(default_factory=dict)
    evidence_file: Mapping[str, Any] = field(default_factory=dict)

    def beside(self, contract: Contract) -> FileMapping:
        """Return how a table beside the register is written: deaths, evidence."""
        own = {"deaths": self.deaths_file, "evidence": self.evidence_file}[contract.name]
        said = {n: v for n, v in self.file.items() if n in BESIDE_KEYS}
        if self.dates:  # by columns of the register
            del said["dates"]
        return FileMapping(self.name, file=said | dict(own))

    def fits(self, contract: Contract) -> bool:
        """Whether a contract has all columns that are named here."""
        return {*self.columns, *self.values, *self.dates} <= set(contract.names)

    @property
    def dates(self) -> Mapping[str, str]:
        """Columns of ours whose days are written in a way of their own → that way."""
        dates = self.file.get("dates", "")
        return {} if isinstance(dates, str) else dates

    def applied(self, contract: Contract) -> Contract:
        """Return a contract that knows how the files are written.

        Raises UnknownNameError: a column that the contract does not have; SourceError: two of our
        columns are one of theirs; a value that our column cannot have.
        """
        for part, names in (("columns", self.columns), ("values", self.values)):
            toml.check_names(f"{self.name}: column in [{part}]", names, contract.names)
        file = dict(self.file)
        missing = tuple(file.pop("missing", ()))
        if "encoding" in file:
            file["encoding"] = ENCODINGS[str(file["encoding"]).lower()]
        if self.dates:
            days = [c.name for c in contract.columns if c.type == "date"]
            toml.check_names(f"{self.name}: column in [file] dates", file.pop("dates"), days)
        columns = tuple(self._column(c, missing) for c in contract.columns) + self._strata()
        is_extra = contract.is_extra_allowed or bool(self.columns or self.strata)
        written = replace(contract, columns=columns, is_extra_allowed=is_extra, **file)
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
            dates=self.dates.get(column.name, ""),
        )

    def _strata(self) -> tuple[Column, ...]:
        for number, name in enumerate(self.strata, start=1):
            if holds_identity_number(name):
                raise SourceError(
                    f"{self.name}, [strata]: the name of stratum {number} holds a personal "
                    "identity number. Call it by what it groups."
                )
            if name in STRATA or not _NAME.fullmatch(name):
                raise SourceError(
                    f"{self.name}, [strata] {name}: give a name of 3 to 40 letters, digits, spaces "
                    f"or hyphens, a letter first, other than {', '.join(STRATA)}."
                )
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
            column = replace(contract.column(name), values=None, dates="")
            plain = replace(contract, decimal=".").with_dates("YYYY-MM-DD")
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


def read_mapping(path: Path, contracts: Sequence[Contract] = ()) -> FileMapping:
    """Read a mapping and check what it says.

    `contracts`: of the formats it may be for; a column that none of them has is refused. By default
    columns are held against the contract only when that is known. Raises SourceError: no TOML; a
    value of the wrong kind or out of range; UnknownNameError: an unknown section, key or column,
    with the nearest known ones.
    """
    content = toml.read_toml(path)
    if path.name == "register.toml":  # settings stand beside the sections there
        content = {n: v for n, v in content.items() if n in SECTIONS}
    toml.check_settings(path.name, content, SECTIONS)
    found = FileMapping(path.name, **content)
    said = found.register.get("format")
    contracts = [c for c in contracts if said in (None, c.name)]
    known = list(dict.fromkeys(n for c in contracts for n in c.names))
    parts = {"[columns]": found.columns, "[values]": found.values, "[file] dates": found.dates}
    for part, names in parts.items() if known else ():
        toml.check_names(f"{path.name}: column in {part}", names, known)
    return found
