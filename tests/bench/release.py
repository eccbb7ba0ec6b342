"""How far the release store lies from the exact one, and whether its intervals keep their level.

    python -m tests.bench.release [n_spells | coverage]

For each entry of 2017 and each sex, age group and county: the share over the entry's longest limit
within a year, from either store; the error in half-widths of the exact 95 % interval (as
RELEASE's naive prototype was measured, which is measured beside it here), the error of the median
length: each the mean over many secrets, with its standard error; and how often the interval with
the rule's variance holds the share that the synthetic law was drawn from.
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
from fmbstats.release.rule import BASE, Paths, Rule, protect, stretches
from fmbstats.stats.survival import fit_curves
from fmbstats.store import Store
from fmbstats.store.secret import secret_path

CLASSES = (30, 60, 100, 200, 500, 1000, 10**9)
N_NATIONAL = 600_000
N_SECRETS = 20
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


def prototype(frame: pd.DataFrame, draw: np.random.Generator) -> pd.DataFrame:
    """Round cumulated endings, and cumulated censorings, of each group down to the base.

    With an offset of each group's own, as OpenSAFELY's midpoint rounding has a fixed one.
    """
    group = frame.groupby(["entry_id", "stratum", "ended"]).ngroup()
    offset = draw.integers(0, BASE, group.max() + 1)[group]
    told = (frame["n"].groupby(group).cumsum() + offset) // BASE * BASE
    n = told - told.groupby(group).shift(fill_value=0)
    return frame.assign(n=n)[n > 0]


def coverage(low: int, high: int, true_share: float, n_groups: int = 4_000, seed: int = 1):
    """How often the interval of protected counts holds the true share; with exact ones; widths.

    Groups have all sizes from `low` to `high`: the limits of one size alone step past the truth
    together, with exact counts, too (Brown, Cai & DasGupta 2001).
    """
    draw = np.random.default_rng(seed)
    limit = 90
    group = np.repeat(np.arange(n_groups), draw.integers(low, high + 1, n_groups))
    day = 15 + np.floor(-np.log(draw.random(len(group))) * 75 / -np.log(true_share))
    day = np.minimum(day, 700).astype(np.int64)
    zero = np.zeros(len(group), np.int64)
    paths = Paths(group, day, zero, zero + 1, zero + 1)
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
        (low, high, share, *(round(float(x), 3) for x in coverage(low, high, share)))
        for low, high in ((30, 59), (60, 99), (100, 199), (200, 499), (500, 999), (2_000, 2_999))
        for share in (0.15, 0.3, 0.5)
    ]
    names = ["n_from", "n_to", "true_share", "exact", "protected_widened"]
    return pd.DataFrame(rows, columns=[*names, "protected_not_widened"])


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


def compare(path: Path, n_secrets: int = N_SECRETS) -> pd.DataFrame:
    """Compare a store with releases made from it: one row per class of sizes."""
    found: dict[str, list[pd.DataFrame]] = {"rule": [], "prototype": []}
    with Store(path) as store:
        at = limits(store)
        frames = {m: store.sql(EXACT.format(stratum=s)) for m, s in STRATA.items()}
    of_entries = {m: frame[frame["entry_id"].isin(at)] for m, frame in frames.items()}
    exact = {m: measured(frame, at, 0.0) for m, frame in of_entries.items()}
    told_path = path.with_name("told.duckdb")
    for seed in range(n_secrets):
        secret_path(path).unlink(missing_ok=True)
        started = time.process_time()
        with Store(path) as store:
            make_release(store, told_path, Rule())
        print(f"made in {time.process_time() - started:.1f} s of processor time", flush=True)
        with Store(told_path) as told:
            frames = {m: told.sql(TOLD.format(margin=m)) for m in STRATA}
        found["rule"].append(_classes(exact, frames, at, Rule().variance))
        draw = np.random.default_rng(seed)
        frames = {m: prototype(frame, draw) for m, frame in of_entries.items()}
        found["prototype"].append(_classes(exact, frames, at, 0.0))
    rule, naive = (_over_secrets(tables) for tables in found.values())
    of_naive = [name for name in naive if name.startswith("error_")]
    return rule.join(naive[of_naive].add_prefix("prototype_")).reset_index()


def _classes(exact: dict, frames: dict, at: dict[str, int], variance: float) -> pd.DataFrame:
    """One release against the exact numbers: one row per class of sizes."""
    rows = [
        exact[m].join(measured(frame, at, variance).add_suffix("_told"))
        for m, frame in frames.items()
    ]
    table = pd.concat(rows).query("n >= 30 and 0.02 < s < 0.98")
    half = 1.96 * np.sqrt(table["var"])
    table["error"] = (table["s_told"] - table["s"]) / half
    table["median_off"] = table["median_told"] - table["median"]
    table["widened"] = np.sqrt(table["var_told"] / table["var"])
    found = pd.DataFrame([_class_row(table, *ends) for ends in itertools.pairwise(CLASSES)])
    return found.set_index(["n_from", "groups"])


def _class_row(table: pd.DataFrame, low: int, high: int) -> dict[str, float]:
    part = table[(table["n"] >= low) & (table["n"] < high)]
    size = part["error"].abs()
    return {
        "n_from": low,
        "groups": len(part),
        "error_median": size.median(),
        "error_p95": size.quantile(0.95),
        "bias": part["error"].mean(),
        "missing": part["s_told"].isna().mean(),
        "median_off_days": part["median_off"].mean(),
        "median_off_days_absolute": part["median_off"].abs().mean(),
        "widened": part["widened"].median(),
    }


def _over_secrets(tables: list[pd.DataFrame]) -> pd.DataFrame:
    """Mean over the secrets, and its standard error for what is compared."""
    by_class = pd.concat(tables).groupby(level=[0, 1])
    mean, error = by_class.mean(), by_class.std() / np.sqrt(len(tables))
    compared = error[["error_median", "error_p95", "bias"]].add_suffix("_se")
    return mean.join(compared)[sorted([*mean, *compared])].round(3)


if __name__ == "__main__":
    main()
