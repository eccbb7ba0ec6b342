"""What a plain spell table looks like: one row per spell, with a column mapping in TOML.

Without a mapping the columns are called as in the canonical spell frame. A mapping::

    [register]
    name = "Region Exempel 2014-2018"
    extraction_date = 2019-06-30
    length_basis = "paid_days"      # or certificate_days, episode_days
    gap_days = 5
    lag_days = 30

    [file]
    separator = ";"

    [columns]                       # ours = theirs
    person_id = "lopnr"
    start_date = "from"
    last_date = "tom"
    code = "diagnos"
    sex = "kon"

    [values.sex]                    # theirs = ours
    1 = "men"
    2 = "women"

Required: person_id, start_date, last_date (empty = ongoing), code. Everything else may be
absent: the entry day then follows from the occupation (14 employees, 0 others, 14 when unknown).
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path

from fmbstats.errors import SourceError, UnknownNameError
from fmbstats.settings import SETTINGS
from fmbstats.sources.registers.contracts import Column, Contract, not_after, not_before
from fmbstats.sources.registers.dates import FORMS, ISO, is_time_zone
from fmbstats.sources.registers.spellsource import RegisterSettings
from fmbstats.sources.textfiles import check_form

LENGTH_BASES = ("paid_days", "certificate_days", "episode_days")
OCCUPATIONS = ("employed", "unemployed", "self_employed", "student", "parental_leave")
COUNTIES = tuple(f"{n:02}" for n in (1, *range(3, 11), 12, 13, 14, *range(17, 26)))
EMPLOYEE_ENTRY_DAY = SETTINGS.entry_day
EARLIEST_START = "1990-01-01"

_OPEN = ("9999-12-31",)
_NEGATIVE = "the spell ends before it starts"
_COLUMNS = (
    Column("spell_id", "int", "id", min=1, is_required=False),
    Column("person_id", "text", "id", description="pseudonym; equal for a person's spells"),
    Column("start_date", "date", "date", min=EARLIEST_START, description="first day, day 1"),
    Column(
        "last_date", "date", "date", nullable=True, null_values=_OPEN, description="empty = ongoing"
    ),
    Column("code", "code", "code", description="first diagnosis"),
    Column("code_last", "code", "code", nullable=True, is_required=False),
    Column("code_longest", "code", "code", nullable=True, is_required=False),
    Column("sex", "text", "none", ("women", "men"), nullable=True, is_required=False),
    Column("birth_year", "int", "year", None, True, 1900, 2030, is_required=False),
    Column("county_code", "text", "code", COUNTIES, nullable=True, is_required=False),
    Column("occupation", "text", "none", OCCUPATIONS, nullable=True, is_required=False),
    Column("degree_pct", "int", "percent", (25, 50, 75, 100), nullable=True, is_required=False),
    Column("entry_day", "int", "days", None, True, 0, 364, is_required=False),
    Column("end_reason", "int", "none", (0, 1, 2, 3, 4, 5), nullable=True, is_required=False),
)
CONTRACT = Contract(
    name="spells",
    title="a plain spell table, one row per spell",
    columns=_COLUMNS,
    key=(),
    is_ordered=False,
    rules=(not_before("last_date", "start_date", _NEGATIVE),),
)
CONTRACTS = (CONTRACT,)


@dataclass(frozen=True)
class SpellMapping:
    """How a user's spell table is to be read.

    Attributes
    ----------
    settings : RegisterSettings
    length_basis : str
    separator, encoding, dates, time_zone : str
        See :class:`Contract`.
    columns : dict of str to str
        Our column name → the file's.
    values : dict of str to dict
        Per column: the file's value → ours.
    """

    settings: RegisterSettings
    length_basis: str = "paid_days"
    separator: str = ","
    encoding: str = "utf-8"
    dates: str = ISO
    time_zone: str = ""
    columns: dict[str, str] = field(default_factory=dict)
    values: dict[str, dict[str, str]] = field(default_factory=dict)


def read_mapping(path: str | Path) -> SpellMapping:
    """Read a column mapping.

    Raises
    ------
    SourceError
        No TOML; an unknown section, key or column; no extraction date.
    """
    path = Path(path)
    try:
        content = tomllib.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        raise SourceError(f"{path.name}: no such file in {path.parent}.") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SourceError(f"{path.name}: is not TOML ({error}).") from None
    _refuse_unknown(path, "section", content, ("register", "file", "columns", "values"))
    register, file = content.get("register", {}), content.get("file", {})
    known = ("name", "extraction_date", "is_synthetic", "gap_days", "lag_days", "length_basis")
    _refuse_unknown(path, "key in [register]", register, known)
    _refuse_unknown(path, "key in [file]", file, ("separator", "encoding", "dates", "time_zone"))
    check_form(path, "file", file)
    _check_dates(path, file)
    for section in ("columns", "values"):
        _refuse_unknown(path, f"column in [{section}]", content.get(section, {}), CONTRACT.names)
    basis = register.pop("length_basis", "paid_days")
    if basis not in LENGTH_BASES:
        raise SourceError(
            f"{path.name}, [register] length_basis: {basis!r} is not one of "
            f"{', '.join(map(repr, LENGTH_BASES))}."
        )
    if not isinstance(register.get("extraction_date"), date):
        raise SourceError(
            f"{path.name}, [register] extraction_date: expected a date such as 2019-06-30; without "
            "it nobody knows which spells are still ongoing."
        )
    return SpellMapping(
        settings=RegisterSettings(**register),
        length_basis=basis,
        columns=content.get("columns", {}),
        values={c: {str(k): v for k, v in m.items()} for c, m in content.get("values", {}).items()},
        **file,
    )


def _check_dates(path: Path, file: dict) -> None:
    if (dates := file.get("dates", ISO)) not in FORMS:
        raise UnknownNameError.among(f"{path.name}, [file] dates:", str(dates), FORMS)
    time_zone = file.get("time_zone", "Europe/Stockholm")
    if not (isinstance(time_zone, str) and is_time_zone(time_zone)):
        raise SourceError(
            f"{path.name}, [file] time_zone: {time_zone!r} is no time zone such as "
            "'Europe/Stockholm'."
        )


def _refuse_unknown(path: Path, kind: str, found, known) -> None:
    for name in found:
        if name not in known:
            raise UnknownNameError.among(f"{path.name}: {kind}", name, known)


def mapped_contract(mapping: SpellMapping) -> Contract:
    """Return the contract in the words of the user's file."""
    columns = []
    for column in CONTRACT.columns:
        name = mapping.columns.get(column.name, column.name)
        allowed = column.allowed
        if column.name in mapping.values:
            allowed = tuple(mapping.values[column.name])
            column = replace(column, type="text", min=None, max=None)
        columns.append(replace(column, name=name, allowed=allowed))
    last = mapping.columns.get("last_date", "last_date")
    start = mapping.columns.get("start_date", "start_date")
    extraction = mapping.settings.extraction_date
    rules = (
        not_before(last, start, _NEGATIVE),
        not_after(start, extraction, f"starts after the extraction date {extraction.isoformat()}"),
    )
    return replace(
        CONTRACT,
        columns=tuple(columns),
        separator=mapping.separator,
        encoding=mapping.encoding,
        dates=mapping.dates,
        time_zone=mapping.time_zone,
        is_extra_allowed=bool(mapping.columns),
        rules=rules,
    )
