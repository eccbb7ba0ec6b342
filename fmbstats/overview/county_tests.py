"""Which counties differ, asked over all entries at once: one family of questions (METHODS M17)."""

from __future__ import annotations

import pandas as pd

from fmbstats.diagnosis.comparing import MIN_COUNTIES, regions_of
from fmbstats.diagnosis.spells import DiagnosisSpells
from fmbstats.frames import rows_of
from fmbstats.overview.measured import MeasuredEntries
from fmbstats.settings import SETTINGS
from fmbstats.stats.multiplicity import benjamini_hochberg

COLUMNS = ("entry_id", "stratum", "limit_days", "n_spells", "share", "p", "q")


def county_tests(overview: MeasuredEntries) -> pd.DataFrame:
    """Compare the counties of every entry at the limit that most of its spells have.

    Returns
    -------
    DataFrame
        One row per entry and county with a standardised share: `COLUMNS`; `q` by Benjamini and
        Hochberg over all rows, not over each entry's own.
    """
    store, parts = overview.store, [pd.DataFrame(columns=list(COLUMNS[:-1]))]
    sizes = store.n_spells(overview.year)
    for entry in rows_of(overview.entries):
        limit = overview.year_limits[entry.entry_id].main_day
        # Fewer spells cannot be enough in three counties.
        if limit is None or sizes.get(entry.entry_id, 0) < MIN_COUNTIES * SETTINGS.min_spells:
            continue
        spells = DiagnosisSpells(
            store, "entry", entry.entry_id, entry.name,
            year=overview.year, month_days=overview.month_days,
        )  # fmt: skip
        found = regions_of(spells, limit)
        if found is not None:
            frame = found.frame[found.frame["p"].notna()]
            parts.append(
                frame[["stratum", "n_spells", "share", "p"]].assign(
                    entry_id=entry.entry_id, limit_days=limit
                )
            )
    frame = pd.concat([p for p in parts if len(p)] or parts, ignore_index=True)
    frame["q"] = benjamini_hochberg(frame["p"].to_numpy(float)) if len(frame) else []
    return frame[list(COLUMNS)]
