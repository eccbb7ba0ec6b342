"""Looks at a column as a whole: where all its faults are of one kind, one key mends them.

Six hundred rows rejected one by one for one spelling of a date help nobody; nor does a register of
which, row by row, exactly the ongoing spells are lost because they are marked NA.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import polars as pl

from fmbstats.errors import SourceError
from fmbstats.sources.registers.contracts import Column, Contract, say_names
from fmbstats.sources.registers.dates import FORMS, ORIGINS
from fmbstats.sources.registers.person_ids import lost_digits

#: What programs write for a missing value.
MISSING = (
    "na", "n/a", "#n/a", "<na>", "nan", "null", "none", "nil", ".", "-", "--", "?", "*", "\\n",
    "missing", "unknown", "okänd", "okänt", "saknas", "uppgift saknas", "0000-00-00", "00000000",
    "nat", "(null)", "9999-99-99", "99999999", "0001-01-01", "1753-01-01", "1899-12-30",
    "1899-12-31", "1900-01-01", "0",
)  # fmt: skip
# From this share of the rows on, a fault is one of the column.
_LEAST_SHARE = 0.2
# Fewer faults are faults of their rows.
_LEAST_FAULTS = 5
_MOST_KINDS = 12
# Tables beside a register may be written otherwise than it.
_SECTION_OF = {"deaths": "[deaths_file]", "evidence": "[evidence_file]"}
_EXPONENT = re.compile(r"-?\d(?:[.,]\d+)?[eE]\+?\d+")
_COMMA = re.compile(r"-?\d+,\d+")
_NUMBER = re.compile(r"-?\d+(?:[.,]\d+)?")


def file_section(contract: Contract) -> str:
    """Return the section of a mapping that says how a table is written."""
    return _SECTION_OF.get(contract.name, "[file]")


def look_at_columns(rejects: pl.DataFrame, n_rows: int, contract: Contract, path: Path) -> None:
    """Refuse a file of which a column has one other known form.

    Parameters
    ----------
    rejects : polars.DataFrame
        Of some rows of the file: column (as the file calls it), value.
    n_rows : int
        How many rows these faults were found in.
    contract : Contract
    path : Path

    Raises
    ------
    SourceError
        Names the column, what its values look like, and the key of the mapping to set.
    """
    if rejects.is_empty():
        return
    by_name = {c.shown: c for c in contract.columns}
    for (name,), faults in rejects.group_by(["column"], maintain_order=True):
        column = by_name.get(str(name))
        if column is None or faults.height < _LEAST_FAULTS:
            continue
        told = next(_told(column, faults["value"], n_rows, contract), None)
        if told is not None:
            told = told.replace("[file]", file_section(contract))
            raise SourceError(f"{path.name}, column {name!r}: {told}")
        if _all(faults["value"], _EXPONENT.fullmatch) and column.unit == "id":
            raise lost_digits(f"{path.name}, column {name!r}")


def _told(column: Column, values: pl.Series, n_rows: int, contract: Contract) -> Iterator[str]:
    """Give what is to be said of a column's faulty values; nothing when they have no one form."""
    if column.nullable:
        yield from _missing(column, values)
    values = values.filter(values != "")
    if not len(values) or len(values) < _LEAST_SHARE * n_rows:
        return
    if column.type == "date":
        yield from _dates(values, contract)
    elif column.type in ("int", "number") and _all(values, _COMMA.fullmatch):
        yield f'holds numbers with a decimal comma. Set [file] decimal = "," in a {_MAPPING}'
    if column.allowed is not None or column.type == "bool":
        yield from _words(column, values)


_MAPPING = "mapping (fmbstats build --mapping FILE.toml)."


def _missing(column: Column, values: pl.Series) -> Iterator[str]:
    marks = values.filter(values.str.to_lowercase().is_in(MISSING))
    if len(marks) >= _LEAST_FAULTS:
        listed = sorted(set(marks))
        keys = ", ".join(f"'{m}'" if "\\" in m else f'"{m}"' for m in listed)
        yield (
            f"{len(marks)} of the rows looked at hold {say_names(listed)}, which is no value here. "
            f"If it stands for a missing one, set [file] missing = [{keys}] in a {_MAPPING}"
        )


def _dates(values: pl.Series, contract: Contract) -> Iterator[str]:
    fitting = [
        form
        for form in FORMS.values()
        if not form.is_number
        and form.name != contract.dates
        and _all(values, re.compile(form.pattern).fullmatch)
        and _are_days(values, form)
    ]
    if len(fitting) > 1:
        one, other = (f'"{form.name}"' for form in fitting[:2])
        yield (
            f"holds days that may be written as {one} or as {other}. Say which with [file] dates "
            f"in a {_MAPPING}"
        )
    for form in fitting:
        zone = ' and time_zone = "Europe/Stockholm"' if form.is_instant else ""
        yield (
            f"holds days written as {form.name} (2 January 2014 would be {form.example}). Set "
            f'[file] dates = "{form.name}"{zone} in a {_MAPPING}'
        )
    if _all(values, _NUMBER.fullmatch):
        yield (
            f"holds numbers, not dates. Say what they are with [file] dates = {ORIGINS}, in a "
            f"{_MAPPING}"
        )


def _are_days(values: pl.Series, form) -> bool:
    """Whether digits in a form's places make days: 41641 is none, 13/25/2014 neither."""
    from fmbstats.sources.registers.dates import days_of_texts

    zone = "UTC" if form.is_instant else ""
    days = values.to_frame().select(days_of_texts(pl.first(), form, zone)).to_series()
    if form.is_instant:
        return True
    return days.null_count() <= len(days) / 100


def _words(column: Column, values: pl.Series) -> Iterator[str]:
    kinds = values.unique(maintain_order=True).to_list()
    ours = list(column.allowed or ("true", "false"))
    if len(kinds) > _MOST_KINDS or {*map(str, ours)} & {*kinds}:
        return
    yield (
        f"holds {say_names(kinds[:5])}; expected {', '.join(map(repr, ours[:_MOST_KINDS]))}. Say "
        f"what they mean under [values.{column.name}] in a {_MAPPING}"
    )


def _all(values: pl.Series, matches: Callable[[str], object]) -> bool:
    return len(values) > 0 and all(map(matches, values.unique()))
