"""How long all measures of all entries take, from a built store, on one core.

    uv run python tests/bench/measures.py [STORE]

Prints, medians of three in one run, by the clock and in processor time (what the clock would say on
an idle machine): all measures of all entries by all strata (all, sex, age, county, year), the same
for one diagnosis, and the ratio of the one-pass fit to fitting group by group.
"""

from __future__ import annotations

import os
import statistics
import sys
import time
from pathlib import Path

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np

from fmbstats.adherence import SpellCounts, measure_adherence, measure_strata
from fmbstats.diagnosis import open_store
from fmbstats.overview import Overview

STRATA = (None, "sex", "age", "county", "year")
YEAR = 2017


def median_seconds(call, n=3):
    """Median time of `n` calls, by the clock and of the processor."""
    clock, processor = [], []
    for _ in range(n):
        started, used = time.perf_counter(), time.process_time()
        call()
        clock.append(time.perf_counter() - started)
        processor.append(time.process_time() - used)
    return statistics.median(clock), statistics.median(processor)


def measure_one(store, entry_id):
    """All measures of one diagnosis, read anew."""
    store.diagnosis(entry_id, year=YEAR).all_measures()


def one_by_one(store):
    """Ratio of fitting each group by itself to fitting all in one pass."""
    ledger = store.ledger_by("county_code", YEAR)
    names = ("match_id", "entry_day", "duration_day", "end_reason", "n")
    counts = SpellCounts(*(ledger[c].to_numpy(dtype=np.int64) for c in names))
    keys = ledger["entry_id"] + "|" + ledger["stratum"]
    labels, stratum = np.unique(keys.to_numpy(dtype=str), return_inverse=True)
    limits, day = store.limits(30), store.entry_day
    groups = [np.flatnonzero(stratum == k) for k in range(len(labels))]

    def together():
        measure_strata(counts, stratum, len(labels), limits, entry_day=day)

    def apart():
        for rows in groups:
            measure_adherence(counts.only(rows), limits, entry_day=day)

    return median_seconds(apart)[1] / median_seconds(together)[1], len(labels)


def main():
    """Print the table."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    store = open_store(Path(sys.argv[1]) if len(sys.argv) > 1 else None)
    everything = median_seconds(
        lambda: [Overview.of(store, year=YEAR).measures(by) for by in STRATA]
    )
    largest = max(store.n_spells(YEAR).items(), key=lambda item: item[1])[0]
    one = median_seconds(lambda: measure_one(store, largest))
    ratio, n_groups = one_by_one(store)
    clock, processor = everything
    print(
        f"all entries x (all, sex, age, county, year): {clock:.2f} s by the clock, "
        f"{processor:.2f} s of one core"
    )
    each = [
        median_seconds(lambda entry_id=entry_id: measure_one(store, entry_id), n=1)
        for entry_id in store.entry_table["entry_id"]
    ]
    median = [statistics.median(times) * 1000 for times in zip(*each, strict=True)]
    print(
        f"one diagnosis, the same strata: median {median[0]:.0f} ms, {median[1]:.0f} ms of one core"
    )
    print(f"the largest ({largest}): {one[0] * 1000:.0f} ms, {one[1] * 1000:.0f} ms of one core")
    print(f"one pass over {n_groups} groups is {ratio:.1f} x as fast as group by group")


if __name__ == "__main__":
    main()
