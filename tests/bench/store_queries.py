"""Time the parts: matching codes and days, certificates into spells, one diagnosis' query.

Run with a store built (``fmbstats build``)::

    uv run python tests/bench/store_queries.py --rows 1000000

Variants take turns within one process; medians of three are printed.
"""

from __future__ import annotations

import argparse
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path

import duckdb

ROOT = Path(__file__).resolve().parents[2]
DATA_RAW = ROOT / "data_raw"
EXTRACTION = date(2019, 6, 30)

MATCH = """
select count(*) from spells join stg_code_periods as periods
on spells.code = periods.code_key
and spells.start_date >= periods.valid_from and spells.start_date < periods.valid_to
"""
EQUI_JOIN = """
select count(*) from spells join categories
on left(spells.code, 3) = categories.category
"""
# What anybody would write, for the same columns of a spell and without looking for repetitions:
# a new spell starts where the running maximum of ends is far behind.
WINDOW = """
create or replace temp table window_spells as
with ordered as (
    select person_id, part_start, part_end, code, degree_pct, sex, birth_year, county_code,
    occupation, max(part_end) over (
        partition by person_id order by part_start
        rows between unbounded preceding and 1 preceding
    ) as covered_to
    from incoming where not is_withdrawn
),
numbered as (
    select *, count(*) filter (coalesce(part_start > covered_to + 6, true)) over (
        partition by person_id order by part_start rows unbounded preceding
    ) as spell_no
    from ordered
)
select person_id, spell_no, min(part_start) as start_date, max(part_end) as last_date,
    arg_min(code, part_start) as code, arg_max(code, part_start) as code_last,
    arg_min(sex, part_start) as sex, arg_min(birth_year, part_start) as birth_year,
    arg_min(county_code, part_start) as county_code, arg_min(occupation, part_start) as occupation,
    arg_min(degree_pct, part_start) as degree_pct
from numbered group by all
"""
DIAGNOSIS = """
select sex, age_group, county_code, start_year, entry_day, duration_day, end_reason,
    sum(n)::bigint as n
from mart_ledger where entry_id = ?
group by grouping sets (
    (entry_day, duration_day, end_reason),
    (sex, entry_day, duration_day, end_reason),
    (age_group, entry_day, duration_day, end_reason),
    (county_code, entry_day, duration_day, end_reason),
    (start_year, entry_day, duration_day, end_reason)
)
"""


def main() -> None:
    """Time every part beside its yardstick."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=1_000_000, help="spells and certificates")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--store", type=Path, default=ROOT / ".fmbstats" / "store.duckdb")
    parser.add_argument("--only-diagnosis", action="store_true", help="leave the rest out")
    arguments = parser.parse_args()
    if not arguments.only_diagnosis:
        time_matching(arguments)
        time_certificates(arguments)
    time_diagnosis(arguments)


def in_turn(
    rounds: int, clock: Callable[[], float] = time.perf_counter, **variants: Callable[[], object]
) -> dict[str, float]:
    """Give the median seconds of every variant."""
    seconds: dict[str, list[float]] = {name: [] for name in variants}
    for _ in range(rounds):
        for name, work in variants.items():
            started = clock()
            work()
            seconds[name].append(clock() - started)
    return {name: statistics.median(taken) for name, taken in seconds.items()}


def time_matching(arguments: argparse.Namespace) -> None:
    """Match on code and day, by texts and as a build does, beside a plain equi-join."""
    from fmbstats.store.tables import sql_text

    with duckdb.connect() as connection:
        connection.execute("set enable_progress_bar = false")
        connection.execute(f"attach '{arguments.store}' as store (read_only)")
        connection.execute(
            "create table stg_code_periods as select * from store.stg_code_periods; "
            "create table categories as select distinct left(code_key, 3) as category "
            "from stg_code_periods"
        )
        connection.execute(
            "create table spells as select code, start_date from store.mart_spells, "
            f"range({arguments.rows} // (select count(*) from store.mart_spells) + 1) "
            f"limit {arguments.rows}"
        )
        connection.execute(sql_text("stg_cell_macros"))
        connection.execute(
            "create table stg_day_periods as select * from store.stg_day_periods; "
            "create table spell_cells as select spell_cells.* from store.spell_cells, "
            f"range({arguments.rows} // (select count(*) from store.spell_cells) + 1) "
            f"limit {arguments.rows}"
        )
        connection.execute(f"create view matched as {sql_text('stg_matched_spells')}")
        taken = in_turn(
            arguments.rounds,
            match=lambda: connection.execute(MATCH).fetchall(),
            built=lambda: connection.execute("select max(cell) from matched").fetchall(),
            equi=lambda: connection.execute(EQUI_JOIN).fetchall(),
        )
    print(f"{arguments.rows:,} spells: plain equi-join on three characters {taken['equi']:.3f} s")
    for name, words in (("match", "on code and day as texts"), ("built", "as a build does")):
        print(f"match {words} {taken[name]:.3f} s: {taken[name] / taken['equi']:.2f} (at most 1)")


def time_certificates(arguments: argparse.Namespace) -> None:
    """Certificates into spells beside DuckDB's window version."""
    from fmbstats.sources.registers import certificates
    from fmbstats.store.staging import stage_register
    from fmbstats.synth.writers import write_register

    folder = Path(tempfile.mkdtemp(prefix="fmbstats-bench-"))
    try:
        path = folder / "certificates.csv"
        n = write_register(
            path, data_raw=DATA_RAW, n_spells=arguments.rows // 2, seed=1, layout="certificates"
        )
        print(f"{n:,} certificates written", file=sys.stderr)
        source = certificates.read(path, certificates.CertificateSettings(EXTRACTION))
        with duckdb.connect() as connection:
            connection.execute("set enable_progress_bar = false")
            stage_register(connection, source)
            ours = [step for step in source.steps if step.name in SPELL_STEPS]
            taken = in_turn(
                arguments.rounds,
                ours=lambda: run_steps(connection, ours),
                window=lambda: connection.execute(WINDOW).fetchall(),
            )
    finally:
        shutil.rmtree(folder)
    print(
        f"{n:,} certificates into spells {taken['ours']:.2f} s, DuckDB's window version "
        f"{taken['window']:.2f} s: {taken['ours'] / taken['window']:.2f} (at most 1.2)"
    )


SPELL_STEPS = ("stg_certificate_repeats", "stg_certificate_parts", "stg_certificate_spells")


def run_steps(connection, steps) -> None:
    """Make the spells again, repetitions compared as well."""
    from fmbstats.store.tables import sql_text

    for step in steps:
        connection.execute(
            f"create or replace temp {step.kind} {step.name} as {sql_text(step.file)}"
        )


def time_diagnosis(arguments: argparse.Namespace) -> None:
    """Read one diagnosis with all its strata, for every entry; beside it SQL on words.

    "a year" is what a report reads: all groups of persons of one start year, and the lengths of
    all years. "all years" is every row of the diagnosis. Both give codes, groups and counts as a
    frame. "in words" asks the view for counts by one stratum at a time. All on one thread; its
    processor time, so that a busy machine tells the same.
    """
    from fmbstats.store import Store

    with Store(arguments.store) as store:
        n_rows, n_spells = store._connection.execute(
            "select count(*), sum(n) from mart_cells"
        ).fetchall()[0]
        runs: dict[str, list[float]] = {}
        for entry_id in store.entry_table["entry_id"]:
            for name, seconds in in_turn(
                3, time.thread_time, **diagnosis_variants(store, entry_id)
            ).items():
                runs.setdefault(name, []).append(seconds)
    print(f"one diagnosis with all strata, {n_spells:,} spells in {n_rows:,} ledger rows:")
    for name, taken in runs.items():
        print(
            f"  {name:10} median of {len(taken)} entries {statistics.median(taken) * 1e3:5.1f} ms, "
            f"largest {max(taken) * 1e3:6.1f} ms"
        )
    print("  (at most 20 ms)")


def diagnosis_variants(store, entry_id: str) -> dict[str, Callable[[], object]]:
    """Ways to read one diagnosis."""

    def a_year() -> None:
        store.reader.ledger("entry", entry_id, 2017)
        store.reader.lengths("entry", entry_id)

    def all_years() -> None:
        store.reader.ledger("entry", entry_id)

    def in_words() -> None:
        store._connection.execute(DIAGNOSIS, [entry_id]).fetchnumpy()

    return {"a_year": a_year, "all_years": all_years, "in_words": in_words}


if __name__ == "__main__":
    main()
