"""Looks at a column as a whole: where all its faults are of one kind, one key mends them.

Six hundred rows rejected one by one for one spelling of a date help nobody; nor does a register of
which, row by row, exactly the ongoing spells are lost because they are marked NA.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator
from pathlib import Path

import polars as pl

from fmbstats.errors import SourceError
from fmbstats.sources.registers.contracts import Column, Contract, say_names
from fmbstats.sources.registers.dates import FORMS, ISO, ORIGINS, days_of_texts
from fmbstats.sources.registers.person_ids import lost_digits

#: What programs write for a missing value.
MISSING = (
    "na", "n/a", "#n/a", "<na>", "nan", "null", "none", "nil", ".", "-", "--", "?", "*", "\\n",
    "missing", "unknown", "okänd", "okänt", "saknas", "uppgift saknas", "0000-00-00", "00000000",
    "nat", "(null)", "9999-99-99", "99999999", "0001-01-01", "1753-01-01", "1899-12-30",
    "1899-12-31", "1900-01-01", "0", "99991231", "inf", "infinity", "pågår", "pågående",
    "tills vidare", "ongoing", "open",
)  # fmt: skip
# From these shares of the rows on, a fault is one of the column: one with a known cause, any.
_LEAST_SHARE, _NEARLY_ALL = 0.2, 0.9
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

    `rejects`: of some rows of the file: column (as the file calls it), value. `n_rows`: how many
    rows these faults were found in. Raises SourceError: names the column, what its values look
    like, and the key of the mapping to set.
    """
    if rejects.is_empty():
        return
    by_name = {c.shown: c for c in contract.columns}
    at_fault = set(rejects["column"])
    for (name,), faults in rejects.group_by(["column"], maintain_order=True):
        column = by_name.get(str(name))
        if column is None or faults.height < _LEAST_FAULTS:
            continue
        told = next(_told(column, faults, n_rows, contract, at_fault), None)
        if told is not None:
            told = told.replace("[file]", file_section(contract))
            raise SourceError(f"{path.name}, column {name!r}: {told}")
        if _all(faults["value"], _EXPONENT.fullmatch) and column.unit == "id":
            raise lost_digits(f"{path.name}, column {name!r}")


def _told(
    column: Column, faults: pl.DataFrame, n_rows: int, contract: Contract, at_fault: Collection[str]
) -> Iterator[str]:
    """Give what is to be said of a column's faulty values; nothing when they have no one form."""
    faults = faults.filter(pl.col("value") != "")
    values = faults["value"]
    is_of_column = len(values) >= max(_LEAST_SHARE * n_rows, 1)
    # 0 beside 1 is a word; 0 beside what can be read stands for what is missing.
    has_words = column.allowed is not None or column.type == "bool"
    if is_of_column and has_words and not _are_marks(values).all():
        yield from _words(column, values)
    if column.nullable:
        yield from _missing(values)
    if not is_of_column:
        return
    if column.type == "date":
        yield from _dates(column, values, n_rows, contract, at_fault)
    elif column.type in ("int", "number") and _all(values, _COMMA.fullmatch):
        yield f'holds numbers with a decimal comma. Set [file] decimal = "," in a {_MAPPING}'
    if has_words:
        yield from _words(column, values)
    elif column.type in ("date", "int", "number") and len(values) >= _NEARLY_ALL * n_rows:
        yield (
            f"{len(values):,} of {n_rows:,} rows looked at are at fault, the first since "
            f"{faults['reason'][0]}. That is a fault of the column: say which is meant under "
            f"[columns], or how it is written under [file], in a {_MAPPING}"
        )


_MAPPING = "mapping (fmbstats build --mapping FILE.toml)."


def _missing(values: pl.Series) -> Iterator[str]:
    marks = values.filter(_are_marks(values))
    if len(marks) >= _LEAST_FAULTS:
        listed = sorted(set(marks))
        keys = ", ".join(f"'{m}'" if "\\" in m else f'"{m}"' for m in listed)
        yield (
            f"{len(marks)} of the rows looked at hold {say_names(listed)}, which is no value here. "
            f"If it stands for a missing one, set [file] missing = [{keys}] in a {_MAPPING}"
        )


def _are_marks(values: pl.Series) -> pl.Series:
    return values.str.to_lowercase().is_in(MISSING)


def _dates(
    column: Column, values: pl.Series, n_rows: int, contract: Contract, at_fault: Collection[str]
) -> Iterator[str]:
    read_as = FORMS[contract.dates_of(column)]
    fitting = [
        form
        for form in FORMS.values()
        if not form.is_number
        and form is not read_as
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
        some = f", in {len(values):,} of {n_rows:,} rows looked at"
        yield (
            f"holds days written as {form.name} (2 January 2014 would be {form.example})"
            f"{some if len(values) < n_rows else ''}. Set [file] dates = "
            f"{_key(column, form.name, contract, at_fault)}{zone} in a {_MAPPING}"
        )
    if _all(values, _NUMBER.fullmatch) and (read_as.is_number or read_as.name == "YYYYMMDD"):
        yield (
            f"holds numbers that are no days, or none that can be, when they are read as "
            f'"{read_as.name}". Say what they are with [file] dates, or export the column as dates.'
        )
    if _all(values, _NUMBER.fullmatch):
        yield (
            f"holds numbers, not dates. Say what they are with [file] dates = {ORIGINS}, in a "
            f"{_MAPPING}"
        )


def _key(column: Column, form: str, contract: Contract, at_fault: Collection[str]) -> str:
    """Return what to set `dates` to: one form; one by column where others are written otherwise."""
    days = [c for c in contract.columns if c.type == "date" and c.is_required]
    if all(c is column or c.shown in at_fault for c in days):
        return f'"{form}"'
    forms = {c.name: contract.dates_of(c) for c in days} | {column.name: form}
    listed = (f'{name} = "{written}"' for name, written in forms.items() if written != ISO)
    return f"{{ {', '.join(listed)} }}"


def _are_days(values: pl.Series, form) -> bool:
    """Whether digits in a form's places make days: 41641 is none, 13/25/2014 neither."""
    zone = "UTC" if form.is_instant else ""
    days = values.to_frame().select(days_of_texts(pl.first(), form, zone)).to_series()
    return form.is_instant or days.null_count() <= len(days) / 100


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
