"""How much evidence narrows the bounds of the share over the limit, entry by entry.

A synthetic register whose cases are known, half of its codes written out to the sub-codes that
rules name, is built twice: with the shipped case rules (what a code says of itself), and with
evidence and a full file of rules. Writes known_cases.csv: per entry the spells of 2017, and lower
and upper bound without any rule, with the shipped ones, with all; a bound that cannot be estimated
counts as 0 or 1. Beside them the true share, and the widths without rules and with the shipped ones
where the register writes the codes of the published counts, mostly of three characters.

    uv run python tests/bench/known_cases.py [SPELLS]
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd

from fmbstats import open_store
from fmbstats.adherence import LONGEST, SHORTEST, SpellCounts, measure_strata
from fmbstats.store.build import build_store
from fmbstats.synth import KnownCases, draw_cases, draw_register

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parents[1]))
from tests.written_out import write_out  # noqa: E402

DATA_RAW = HERE.parents[1] / "data_raw"
YEAR, MIN_SPELLS = 2017, 30
N_SPELLS = 200_000


def bounds(store, is_without: bool) -> pd.DataFrame:
    """Lower and upper bound of every entry."""
    ledger = store.ledger_by("all", YEAR)
    ledger = ledger[ledger["entry_id"].notna()]
    stratum, names = pd.factorize(ledger["entry_id"], sort=True)
    limits = store.limits(30)
    columns = ("match_id", "entry_day", "duration_day", "end_reason", "n")
    found = measure_strata(
        SpellCounts(*(ledger[c].to_numpy(np.int64) for c in columns)),
        stratum,
        len(names),
        limits.without_evidence() if is_without else limits,
        entry_day=store.entry_day,
    )
    by_name = {column.metric: column.estimate for column in found}
    return pd.DataFrame(
        {
            "n": by_name["n_scored"] if "n_scored" in by_name else by_name["n_spells"],
            "lower": np.nan_to_num(by_name[f"share_over_{LONGEST}"]),
            "upper": np.nan_to_num(by_name[f"share_over_{SHORTEST}"], nan=1.0),
        },
        index=names,
    )


def true_shares(store, known: KnownCases) -> pd.Series:
    """Share of the judged spells of every entry that exceeds the limit of its own case."""
    spells = store.sql(
        "select spell_id, entry_id, match_id, duration_day from mart_spells where entry_id is not "
        "null and match_id >= 0 and start_year = ? and duration_day > ?",
        [YEAR, store.entry_day],
    )
    spells = spells[store.limits(30).is_judged[spells["match_id"].to_numpy()]]
    own = known.truth.select("spell_id", "max_days").to_pandas().set_index("spell_id")["max_days"]
    limit = own.reindex(spells["spell_id"]).fillna(np.inf).to_numpy(float)
    return (spells["duration_day"] > limit).groupby(spells["entry_id"]).mean()


def table(n_spells: int) -> pd.DataFrame:
    """Build both stores and put their bounds side by side."""
    plain = draw_register(n_spells, 5, data_raw=DATA_RAW, extraction_date=date(2027, 12, 31))
    drawn = (write_out(plain[0], data_raw=DATA_RAW, seed=5), *plain[1:])
    known = draw_cases(drawn[0], data_raw=DATA_RAW, seed=5)
    with tempfile.TemporaryDirectory() as folder:
        base = Path(folder)
        build_store(DATA_RAW, base / "plain.duckdb", plain)
        build_store(DATA_RAW, base / "shipped.duckdb", drawn)
        shutil.copytree(DATA_RAW, base / "data_raw", ignore=shutil.ignore_patterns("register"))
        (base / "data_raw" / "rules").mkdir()
        known.rules.write_csv(base / "data_raw" / "rules" / "rules.csv")
        build_store(base / "data_raw", base / "full.duckdb", drawn, evidence=known.evidence)
        with open_store(base / "shipped.duckdb") as store:
            parts = {"none": bounds(store, True), "shipped": bounds(store, False)}
            true, names = true_shares(store, known), store.entries["name"]
        with open_store(base / "full.duckdb") as store:
            parts["full"] = bounds(store, False)
        with open_store(base / "plain.duckdb") as store:
            short = {"none": bounds(store, True), "shipped": bounds(store, False)}
    frame = pd.DataFrame({"name": names, "n": parts["none"]["n"], "true": true}).round(4)
    for name, part in parts.items():
        frame[f"{name}_lower"], frame[f"{name}_upper"] = part["lower"], part["upper"]
        frame[f"{name}_width"] = part["upper"] - part["lower"]
    for name, part in short.items():
        frame[f"three_{name}_width"] = part["upper"] - part["lower"]
    return frame[frame["n"] >= MIN_SPELLS].round(4).sort_index()


def main() -> None:
    """Write the table and say what it shows."""
    frame = table(int(sys.argv[1]) if len(sys.argv) > 1 else N_SPELLS)
    frame.to_csv(HERE / "known_cases.csv", index_label="entry_id")
    widths = frame[[f"{name}_width" for name in ("none", "shipped", "full")]]
    print(f"{len(frame)} entries with {MIN_SPELLS} spells or more; median width:")
    print(widths.median().to_string())
    frame = frame[frame["true"].notna()]
    inside = frame["true"].between(frame["full_lower"] - 1e-4, frame["full_upper"] + 1e-4)
    print(f"true share inside: {inside.sum()} of {len(frame)}")
    for name in ("", "three_"):
        narrowed = (frame[f"{name}shipped_width"] < frame[f"{name}none_width"] - 1e-9).sum()
        print(f"{name or 'sub-codes'}: narrowed by the shipped rules: {narrowed}")


if __name__ == "__main__":
    main()
