"""Codes written out, for what case rules say of sub-codes."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl

from fmbstats.recommendations.case_rules import CODE, read_rules
from fmbstats.sources.fmb.edition_tables import read_editions

#: Share of the codes that `write_out` makes longer.
SHARE_WRITTEN_OUT = 0.5


def write_out(spells: pl.DataFrame, *, data_raw: Path, seed: int = 1) -> pl.DataFrame:
    """Write codes out to the longer ones that case rules name, as a register of sub-codes does.

    The register is drawn from published counts, which mostly have three characters; what a rule
    says of a sub-code is seen in no such register. Of the codes that the case rules in `data_raw`
    name longer ones of, `SHARE_WRITTEN_OUT` become one of these, each as likely.
    """
    rng = np.random.default_rng([seed, 4])
    rules = read_rules(data_raw, read_editions(data_raw / "fmb"))
    named = sorted({rule.value for rule in rules if rule.evidence == CODE})
    written = spells["code"].to_numpy().astype(object)
    for code in spells["code"].drop_nulls().unique().sort():
        longer = [value for value in named if value.startswith(code) and value != code]
        if longer:
            rows = np.flatnonzero(written == code)
            rows = rows[rng.random(len(rows)) < SHARE_WRITTEN_OUT]
            written[rows] = rng.choice(longer, len(rows))
    return spells.with_columns(pl.Series("code", written, pl.String))
