"""Two releases beside each other: where few paths differ, these tell where a spell was added."""

from __future__ import annotations

from pathlib import Path

import polars as pl

from fmbstats.gate.findings import Findings
from fmbstats.release.open_data import LEDGER

CHECK = "earlier release"
_GROUP = ["margin", "rec_id", "stratum", "start_year"]
_PATH = ["duration_day", "end_reason", "match_id", "n"]
# Drawn anew, nearly every path of a year differs; with the same spells, none does.
_LEAST_CHANGED, _LEAST_GROUPS = 0.5, 4


def check_previous(ledger: pl.DataFrame, previous: Path, findings: Findings) -> str:
    """Compare the ledger of a release with that of an earlier one; return a line about it."""
    try:
        earlier = pl.read_parquet(previous / LEDGER)
        a, b = (_paths(frame) for frame in (ledger, earlier))
    except (OSError, pl.exceptions.PolarsError):
        return f"{previous} holds no {LEDGER}: it was made by an earlier version."
    both = a.join(b, on=_GROUP, suffix="_earlier")
    for (year,), part in both.partition_by("start_year", as_dict=True).items():
        findings.looked(CHECK, part.height)
        n_changed = int((part["path"] != part["path_earlier"]).sum())
        is_few = 0 < n_changed < _LEAST_CHANGED * part.height
        if is_few and part.height >= _LEAST_GROUPS:
            what = f"of the groups of {year}, {n_changed} of {part.height} differ from the earlier "
            todo = "Make both anew from stores with one secret; never mix folders."
            findings.add(CHECK, LEDGER, "", what + "release, the others do not.", todo)
    return f"Compared with {previous}: {both.height} groups in both."


def _paths(frame: pl.DataFrame) -> pl.DataFrame:
    rows = pl.concat_str([pl.col(name).cast(pl.String) for name in _PATH], separator=" ")
    return (
        frame.sort([*_GROUP, *_PATH])
        .group_by(_GROUP, maintain_order=True)
        .agg(path=rows.str.join("|"))
    )
