"""Persons' ids: one person however written, and ids that are none.

A register written by spreadsheets has 7 as 007, 7.0 or 1.0e+18. The first two are brought to one
form and counted; of the last the digits are lost, so that different persons have become one.
"""

from __future__ import annotations

import polars as pl

from fmbstats.errors import SourceError
from fmbstats.sources.registers.remarks import Remarks
from fmbstats.words.plain import holds_identity_number

_REWRITTEN = (
    "{n} person ids were written with leading zeros or decimals, such as 007 or 7.0; they were "
    "read as the whole numbers that they are."
)
_PERSONAL = (
    "WARNING: the ids look like Swedish personal identity numbers. Give persons pseudonyms before "
    "the register comes here."
)
_EXPONENT = r"^-?\d(?:[.,]\d+)?[eE]\+?\d+$"
_WHOLE = r"^\+?0*(\d+)(?:\.0+)?$"
# So many ids of a block are looked at for what concerns the whole column.
_N_LOOKED_AT = 200


def normal_ids(ids: pl.Series, place: str, remarks: Remarks) -> pl.Series:
    """Bring ids of persons to one form.

    `place`: file and column, for messages. `remarks`: told how many were written in another way.
    Raises SourceError: the ids are numbers with an exponent: their last digits are lost.
    """
    first = ids.head(_N_LOOKED_AT).drop_nulls()
    if 2 * int(first.str.contains(_EXPONENT).sum()) > len(first):
        raise lost_digits(place)
    is_odd = ids.str.starts_with("0") | ids.str.starts_with("+") | ids.str.ends_with(".0")
    is_odd |= ids.str.ends_with("00") & ids.str.contains(".", literal=True)
    if not is_odd.any():
        return ids
    odd = ids.filter(is_odd)
    read = odd.str.extract(_WHOLE)
    remarks.count(_REWRITTEN, read.count())
    return ids.scatter(is_odd.arg_true(), pl.select(pl.coalesce(read, odd)).to_series())


def warn_of_identity_numbers(ids: pl.Series, remarks: Remarks) -> None:
    """Remark on ids most of which pass as personal identity numbers."""
    looked_at = ids.head(_N_LOOKED_AT).drop_nulls().cast(pl.String).unique()
    n_personal = sum(map(holds_identity_number, looked_at))
    if len(looked_at) and n_personal > len(looked_at) / 2:
        remarks.count(_PERSONAL)


def lost_digits(place: str) -> SourceError:
    """Say that a spreadsheet cut ids off."""
    return SourceError(
        f"{place}: holds numbers with an exponent, such as 1.0e+18. The last digits of the ids are "
        "lost, and different persons have become one. Export the column as text."
    )
