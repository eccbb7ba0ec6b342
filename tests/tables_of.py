"""The two tables of a folder of reports or an export, as rows of text."""

from __future__ import annotations

import csv
from pathlib import Path

import pandas as pd

from fmbstats.told import COLUMNS, cell_text


def told_rows(folder: Path) -> list[dict[str, str]]:
    """Return what the folder tells: the rows of adherence.csv."""
    with (folder / "adherence.csv").open(encoding="utf-8", newline="") as handle:
        return list(csv.DictReader(handle))


def measured_rows(folder: Path) -> list[dict[str, str]]:
    """Return all measures by all groups, in the columns of `told_rows`."""
    frame = pd.read_parquet(folder / "adherence.parquet").reindex(columns=list(COLUMNS))
    columns = {name: [cell_text(cell) for cell in frame[name].tolist()] for name in COLUMNS}
    return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]
