"""Counties of all entries as one family of tests (METHODS M17).

Which counties of a diagnosis stand out is one of many such questions: a q-value counts all entries
and counties of a year. The main job asks it once and leaves the answers beside the store, where
each page reads them; elsewhere they are computed when a q-value is asked for.
"""

from __future__ import annotations

import json
from collections import Counter
from weakref import WeakKeyDictionary

import numpy as np

from fmbstats.diagnosis.spells import DiagnosisSpells
from fmbstats.frames import pd, rows_of
from fmbstats.results.county_shares import MIN_COUNTIES, counties_compared
from fmbstats.settings import SETTINGS
from fmbstats.store import Store
from fmbstats.store.kept_tests import keep_tests, read_tests

COLUMNS = ("entry_id", "stratum", "limit_days", "n_spells", "share", "p")
_known: WeakKeyDictionary[Store, dict[tuple, pd.DataFrame]] = WeakKeyDictionary()


def compared(spells: DiagnosisSpells, limit_days: int) -> tuple[float, float, pd.DataFrame] | None:
    """Compare the counties of one diagnosis at one limit; see `counties_compared`."""
    rows, nation, noise = spells.rows("county_persons"), spells.rows(None), spells.store.noise
    return counties_compared(rows, nation, limit_days, spells.entry_day, noise)


def county_tests(
    store: Store, years: tuple[int, ...], month_days: int = SETTINGS.month_days
) -> pd.DataFrame:
    """Compare the counties of every entry, at the limit that most of its spells have.

    `years`: start years; none for all. `month_days`: {30, 31}.

    Returns one row per entry and county that is tested: `COLUMNS`.
    """
    found = _known.setdefault(store, {})
    if (years, month_days) not in found:
        kept = read_tests(store, years[0], month_days) if len(years) == 1 else None
        found[years, month_days] = (
            _asked(store, years, month_days)
            if kept is None
            else pd.DataFrame(json.loads(kept), columns=list(COLUMNS))
        )
    return found[years, month_days]


def county_limits(store: Store, year: int, month_days: int) -> dict[int, dict[str, int]]:
    """Return the year with the entries whose counties are tested in it, each with its limit."""
    tests = county_tests(store, (year,), month_days)
    found = zip(tests["entry_id"], tests["limit_days"], strict=True)
    return {year: {str(entry): int(day) for entry, day in found}}


def kept_county_tests(store: Store, year: int, month_days: int) -> str:
    """Return the tests of a year as they are left beside the store; they are, from then on."""
    kept = read_tests(store, year, month_days)
    if kept is None:
        kept = json.dumps(county_tests(store, (year,), month_days).to_dict("list"))
        keep_tests(store, year, month_days, kept)
    return kept


def others_of(spells: DiagnosisSpells) -> np.ndarray:
    """Return the p-values of all other entries' counties, in the diagnosis' years."""
    years = spells.years or (() if spells.year is None else (spells.year,))
    tests = county_tests(spells.store, years, spells.month_days)
    return tests.loc[tests["entry_id"] != spells.key, "p"].to_numpy(float)


def _asked(store: Store, years: tuple[int, ...], month_days: int) -> pd.DataFrame:
    parts = [pd.DataFrame(columns=list(COLUMNS))]
    sizes = Counter[str]()
    for year in years or store.years:
        sizes.update(store.n_spells(year))
    for entry in rows_of(store.entry_table):
        # Fewer spells cannot be enough in three counties.
        if sizes[entry.entry_id] < MIN_COUNTIES * SETTINGS.min_spells:
            continue
        spells = DiagnosisSpells(
            store, "entry", entry.entry_id, entry.name, month_days=month_days
        ).of_years(years)
        limit = spells.yardstick.main_day
        found = None if limit is None else compared(spells, limit)
        if found is not None:
            frame = found[2][found[2]["p"].notna()]
            own = frame[["stratum", "n_spells", "share", "p"]]
            parts.append(own.assign(entry_id=entry.entry_id, limit_days=limit))
    return pd.concat([p for p in parts if len(p)] or parts, ignore_index=True)[list(COLUMNS)]
