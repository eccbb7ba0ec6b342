"""Which of a file's columns is which of the contract's, whatever case and order they come in."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from fmbstats.errors import SourceError
from fmbstats.sources.registers.contracts import Contract, say_columns, separator_name

_SEPARATORS = (",", ";", "\t", "|")
_QUOTES = "\"' \t\r\ufeff\u00a0"


def split_names(line: str, separator: str) -> list[str]:
    """Cut a line of column names; quotation marks and blanks around them go."""
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
    _refuse_separator(found, contract, where)
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
    if missing or (extra and not contract.is_extra_allowed):
        raise SourceError(f"{where}: {_said(missing, extra, contract)}")
    return [wanted.get(key, f"unused {place}") for place, key in enumerate(keys, start=1)]


def unused_names(found: Sequence[str], contract: Contract) -> list[str]:
    """Return the columns of a file that nothing is computed from: unknown, or checked alone."""
    wanted = {column.shown.casefold() for column in contract.columns if column.is_used}
    return [name for name in found if name and name.casefold() not in wanted]


def _said(missing: list[str], extra: list[str], contract: Contract) -> str:
    parts = [f"{say_columns(missing)} missing"] if missing else []
    if extra and not contract.is_extra_allowed:
        parts.append(f"{say_columns(extra)} not expected")
    return (
        f"{'; '.join(parts)}. Expected {contract.title}: {', '.join(contract.names)}. A mapping "
        "says under [columns] what yours are called."
    )


def _refuse_separator(found: Sequence[str], contract: Contract, where: str) -> None:
    if len(found) != 1:
        return
    for other in _SEPARATORS:
        if other != contract.separator and other in found[0]:
            raise SourceError(
                f"{where}: the fields are separated by {separator_name(other)}; expected "
                f"{separator_name(contract.separator)}. Set [file] separator = "
                f"{_toml(other)} in a mapping, or export the file with that separator."
            )


def _toml(separator: str) -> str:
    return '"\\t"' if separator == "\t" else f'"{separator}"'
