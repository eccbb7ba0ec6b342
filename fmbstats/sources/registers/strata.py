"""Free strata of a register (unit, profession, municipality …), as a mapping names them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import polars as pl

from fmbstats.errors import SourceError
from fmbstats.sources.registers.contracts import Contract
from fmbstats.sources.registers.evidence import OWN_COLUMNS, read_few
from fmbstats.sources.registers.mapping import is_stratum
from fmbstats.sources.registers.person_ids import normal_ids
from fmbstats.sources.registers.remarks import Remarks

#: More different values are no groups to compare.
MOST_VALUES = 1000


def own_strata(files: Sequence[Path], contract: Contract) -> pl.DataFrame:
    """Read the free strata of a register's own files, and nothing else of them.

    The files are read once more, so that a register without strata pays nothing.

    `contract`: the register's, with its columns of strata. Returns the columns person_id (text in
    its normal form), day (a first day) and stratum_1 to stratum_3; one row per person and day, the
    first of the files where they have several. Raises SourceError: a column has so many values that
    it is no stratum.
    """
    own = OWN_COLUMNS[contract.name]
    strata = [c.name for c in contract.columns if is_stratum(c.name)]
    rows = pl.concat(
        [read_few(path, contract, own, strata) for path in files], how="diagonal_relaxed"
    )
    for name in strata:
        n_values = rows[name].n_unique()
        if n_values > MOST_VALUES:
            raise SourceError(
                f"Column {contract.column(name).shown!r} has {n_values:,} different values; a "
                f"stratum has at most {MOST_VALUES:,}. Group them before, or leave it out of "
                "[strata]."
            )
    place = f"column {contract.column(own.person).shown!r}"
    persons = normal_ids(rows[own.person].cast(pl.String), place, Remarks())
    rows = rows.select(persons.alias("person_id"), pl.col(own.day).alias("day"), *strata)
    return rows.unique(["person_id", "day"], keep="first", maintain_order=True)
