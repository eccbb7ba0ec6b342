"""How far the release store lies from the exact one, and whether its intervals keep their level.

    python -m tests.bench.release [n_spells | coverage]

For each entry of 2017 and each sex, age group and county: the share over the entry's longest limit
within a year, from either store; the error in half-widths of the exact 95 % interval (as the naive
prototype was measured), the error of the median length, and, for many secrets, how often the
interval with the rule's variance holds the share that the synthetic law was drawn from.
"""

from __future__ import annotations

import itertools
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd

from fmbstats.release.build import make_release
from fmbstats.release.rule import Paths, Rule, protect, stretches
from fmbstats.stats.survival import fit_curves
from fmbstats.store import Store
from fmbstats.store.secret import secret_path

CLASSES = (30, 60, 100, 200, 500, 1000, 10**9)
N_NATIONAL = 600_000
# What a naive prototype gave (rounded down to 6 with secret offsets), by the first n of a class:
# median and 95th percentile of the error. The rule must be no worse.
PROTOTYPE = {60: (0.24, 0.82), 100: (0.21, 0.89), 200: (0.11, 0.45), 500: (0.08, 0.30)}
PROTOTYPE |= {1000: (0.05, 0.25)}
EXACT = """
select entry_id, {stratum} as stratum, cell_days(course) as day,
    (cell_end_reason(course) > 0)::integer as ended, sum(n)::double as n
from mart_cells join mart_groups using (group_no) join stg_answers using (answer_no)
where start_year = 2017 and entry_id is not null and cell_days(course) > 14
group by all order by all
"""
TOLD = """
select entry_id, stratum, duration_day as day, (end_reason > 0)::integer as ended,
    sum(n)::double as n
from release_ledger where margin = '{margin}' and start_year = 2017 and entry_id is not null
group by all order by all
"""
STRATA = {"all": "'all'", "sex": "sex", "age": "age_group", "county": "county_code"}


def limits(store: Store) -> dict[str, int]:
    """Longest limit of each entry that lies after day 14 and within a year."""
    found = store.sql(
        "select owned.entry_id, max(limit_days_30)::integer as day from mart_in_force "
        "join mart_entry_codes as owned using (code) where limit_days_30 between 15 and 364 "
        "group by all"
    )
    return dict(zip(found["entry_id"], found["day"], strict=True))


def measured(frame: pd.DataFrame, at: dict[str, int], variance: float) -> pd.DataFrame:
    """S(r), its standard error, n and median of every group."""
    frame = frame[frame["entry_id"].isin(at)]
    group, names = pd.factorize(pd.MultiIndex.from_frame(frame[["entry_id", "stratum"]]))
    curves = fit_curves(group, frame["day"], frame["ended"], entry=14, n=frame["n"], noise=variance)
    days = np.array([at[entry] for entry, _ in names])
    table = {"s": curves.survival_at(days), "var": curves.variance_at(days)}
    table |= {"n": curves.n_spells, "median": curves.quantile(0.5)[0]}
    return pd.DataFrame(table, index=pd.MultiIndex.from_tuples(names))


def coverage(n_spells: int, true_share: float, n_groups: int = 3_000, seed: int = 1) -> tuple:
    """How often the interval of protected counts holds the true share; with exact ones; widths."""
    draw = np.random.default_rng(seed)
    limit = 90
    day = 15 + np.floor(-np.log(draw.random((n_groups, n_spells))) * 75 / -np.log(true_share))
    day = np.minimum(day, 700).astype(np.int64)
    group = np.repeat(np.arange(n_groups), n_spells)
    zero = np.zeros(day.size, np.int64)
    paths = Paths(group, day.ravel(), zero, zero + 1, zero + 1)
    keys = draw.integers(0, 2**63, n_groups).astype(np.uint64)
    series = stretches([np.array([28, limit, 180])])
    told = protect(paths, keys, series, np.zeros(n_groups, np.int64), Rule())
    # P(T > 90) of the law: T = 15 + floor(X), X exponential.
    truth = true_share ** (76 / 75)
    found = []
    for rows, noise in ((paths, 0.0), (told, Rule().variance), (told, 0.0)):
        ended = rows.part % 8 == 1
        curves = fit_curves(
            rows.group, np.maximum(rows.day, 15), ended, entry=14, n=rows.n, n_groups=n_groups,
            noise=noise,
        )  # fmt: skip
        lo, hi = curves.interval_at(np.full(n_groups, limit))
        known = np.isfinite(lo)
        found.append(((lo[known] <= truth) & (truth <= hi[known])).mean())
    return found


def coverages() -> pd.DataFrame:
    """Coverage of 95 % intervals: exact counts, protected and widened, protected as they are."""
    rows = [
        (n, share, *(round(float(x), 3) for x in coverage(n, share)))
        for n in (40, 80, 150, 400, 2_000)
        for share in (0.15, 0.3, 0.5)
    ]
    names = ["n_spells", "true_share", "exact", "protected_widened", "protected_not_widened"]
    return pd.DataFrame(rows, columns=names)


def main() -> None:
    """Print the tables; those of a register of national size are kept beside this file."""
    if sys.argv[1:] == ["coverage"]:
        kept(coverages(), "release_coverage.csv")
        return
    from fmbstats.store.build import build_store
    from fmbstats.synth import draw_register

    n_spells = int(sys.argv[1]) if len(sys.argv) > 1 else N_NATIONAL
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "store.duckdb"
        build_store(Path("data_raw"), path, draw_register(n_spells, data_raw=Path("data_raw")))
        found = compare(path)
    if n_spells == N_NATIONAL:
        kept(found, "release_error.csv")
    else:
        print(found.to_string(index=False))


def kept(table: pd.DataFrame, name: str) -> None:
    """Print a table and write it beside this file."""
    print(table.to_string(index=False))
    table.to_csv(Path(__file__).parent / name, index=False, lineterminator="\n")


def compare(path: Path) -> pd.DataFrame:
    """Compare a store with the release made from it: one row per class of sizes."""
    rows = []
    with Store(path) as store:
        at = limits(store)
        exact = {
            m: measured(store.sql(EXACT.format(stratum=s)), at, 0.0) for m, s in STRATA.items()
        }
        secret_path(path).unlink(missing_ok=True)
        started = time.process_time()
        told_path = path.with_name("told.duckdb")
        make_release(store, told_path, Rule())
        print(f"made in {time.process_time() - started:.1f} s of processor time")
    with Store(told_path) as told:
        for margin in STRATA:
            found = measured(told.sql(TOLD.format(margin=margin)), at, Rule().variance)
            rows.append(exact[margin].join(found.add_suffix("_told")))
    table = pd.concat(rows).query("n >= 30 and 0.02 < s < 0.98")
    half = 1.96 * np.sqrt(table["var"])
    table["error"] = (table["s_told"] - table["s"]) / half
    table["median_off"] = table["median_told"] - table["median"]
    table["widened"] = np.sqrt(table["var_told"] / table["var"])
    return pd.DataFrame([_class_row(table, *ends) for ends in itertools.pairwise(CLASSES)])


def _class_row(table: pd.DataFrame, low: int, high: int) -> dict[str, object]:
    part = table[(table["n"] >= low) & (table["n"] < high)]
    size = part["error"].abs()
    prototype = PROTOTYPE.get(low, (np.nan, np.nan))
    return {
        "n_from": low,
        "n_to": high - 1 if high < CLASSES[-1] else "",
        "groups": len(part),
        "error_median": round(size.median(), 3),
        "error_p95": round(size.quantile(0.95), 3),
        "prototype_median": prototype[0],
        "prototype_p95": prototype[1],
        "bias": round(part["error"].mean(), 3),
        "missing": round(part["s_told"].isna().mean(), 3),
        "median_off_days": round(part["median_off"].mean(), 2),
        "median_off_days_absolute": round(part["median_off"].abs().mean(), 2),
        "widened": round(part["widened"].median(), 3),
    }


if __name__ == "__main__":
    main()
