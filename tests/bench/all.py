"""One page of ratios: whole commands beside what others take for the same work.

Run with a store built (``fmbstats build``)::

    uv run --group bench python tests/bench/all.py --quick --to ratios.md     # some 15 minutes
    uv run --group bench python tests/bench/all.py --only start builds

Every row is a process of its own, from its start to its end, with all its children; the rows of a
part take turns. The clock and the processor are told as the median of the rounds with the least and
the most, and as a ratio to the row that is named first in the part, from the medians of processor
time. `--quick` takes a tenth of the rows, and two peers' notebooks for all reports of a year.
"""

from __future__ import annotations

import argparse
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from datetime import date
from functools import partial
from importlib.metadata import version
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
NOTEBOOK = ROOT / "notebooks" / "diagnosis.ipynb"
DATA_RAW = ROOT / "data_raw"
EXTRACTION = "2019-06-30"
FOUR = "F32,F43,M54,J06"
OURS = ("-c", "from fmbstats.cli import script; script()")


@dataclass(frozen=True)
class Work:
    """A row: what is run, anew in every round.

    Attributes
    ----------
    name : str
    command : sequence of str
        Arguments of Python.
    times : float
        What the figures are multiplied by, where a part stands for the whole.
    before : callable, optional
        Prepares a round, outside the clock.
    """

    name: str
    command: tuple[str, ...]
    times: float = 1.0
    before: Callable[[], object] = field(default=lambda: None)


@dataclass(frozen=True)
class Run:
    """What a process and its children took: seconds, seconds of processor, MiB of the largest."""

    clock: float
    processor: float
    mib: float


def main() -> None:
    """Run the parts, and write the page."""
    arguments = parse_arguments()
    if arguments.peer:
        PEERS[arguments.peer[0]](*arguments.peer[1:])
        return
    with tempfile.TemporaryDirectory(prefix="fmbstats-bench-") as folder:
        arguments.folder = Path(folder)
        parts = {name: PARTS[name] for name in arguments.only or PARTS}
        lines = [*head(arguments)]
        for name, part in parts.items():
            works = list(part(arguments))
            lines += table(name, part.__doc__ or "", works, in_turn(works, arguments.rounds))
            lines.append(f"Load at the end: {load()}.\n")
    page = "\n".join(lines)
    print(page)
    if arguments.to:
        arguments.to.write_text(page + "\n", encoding="utf-8")


def parse_arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument(
        "--quick", action="store_true", help="fewer rows, fewer of the peers' pages"
    )
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--only", nargs="+", choices=PARTS, default=())
    parser.add_argument("--store", type=Path, default=ROOT / ".fmbstats" / "store.duckdb")
    parser.add_argument("--to", type=Path, help="file for the page (Markdown)")
    parser.add_argument("--peer", nargs="+", help=argparse.SUPPRESS)
    return parser.parse_args()


def load() -> str:
    """Return how many processes wanted a processor over the last minute and five minutes."""
    one, five, _ = os.getloadavg()
    return f"{one:.1f} (1 min), {five:.1f} (5 min)"


def head(arguments: argparse.Namespace) -> Iterator[str]:
    """Say where and when it was measured."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    packages = ("fmbstats", "duckdb", "polars", "pandas", "papermill", "nbconvert", "matplotlib")
    yield f"# Ratios, {date.today().isoformat()}\n"
    yield f"{os.cpu_count()} cores, {memory:.0f} GiB, {platform.system()} {platform.release()}, "
    yield ", ".join([f"Python {platform.python_version()}", *map(_with_version, packages)]) + "."
    how = "quick" if arguments.quick else "whole"
    yield f"Rounds: {arguments.rounds} ({how}). Load at the start: {load()}.\n"


def _with_version(name: str) -> str:
    return f"{name} {version(name)}"


# --- what is measured -----------------------------------------------------------------------------


def start(arguments: argparse.Namespace) -> Iterator[Work]:
    """Start-up: a command that only prints, beside importing the two engines."""
    store = ("--store", str(arguments.store))
    yield Work("import polars, duckdb", ("-c", "import polars, duckdb"))
    yield Work("fmbstats --help", (*OURS, "--help"))
    yield Work("fmbstats show F32", (*OURS, "show", "F32", *store))
    yield Work("fmbstats list", (*OURS, "list", *store))


def one_report(arguments: argparse.Namespace) -> Iterator[Work]:
    """One report, F32, with its page."""
    folder, full = arguments.folder / "one", arguments.folder / "full"
    ours = (*OURS, "report", "--only", "F32", "--store", str(arguments.store))
    yield peer("stock papermill and nbconvert", "stock", arguments, ["depressiv-episod=F32"])
    yield peer("ploomber's engine and nbconvert", "ploomber", arguments, ["depressiv-episod=F32"])
    yield Work("fmbstats report --only F32, empty folder", (*ours, "--to", str(folder)),
               before=partial(empty, folder))  # fmt: skip
    if not arguments.quick:
        run((*OURS, "report", "--store", str(arguments.store), "--to", str(full)))
        yield Work("the same, folder with the year", (*ours, "--force", "--to", str(full)))


def year(arguments: argparse.Namespace) -> Iterator[Work]:
    """All reports of a year with index and table, all on the same number of processes."""
    folder, entries = arguments.folder / "year", slugs()
    ours = (*OURS, "report", "--store", str(arguments.store), "--jobs", str(arguments.jobs))
    sample = entries[:: len(entries) // (2 if arguments.quick else 6)]
    times = len(entries) / len(sample)
    for name, engine in (("ploomber's engine", "ploomber"), ("stock papermill", "stock")):
        label = f"{name} and nbconvert, {len(sample)} reports × {times:.1f}"
        yield peer(label, engine, arguments, sample, times)
    yield Work(f"fmbstats report, {len(entries)} reports", (*ours, "--to", str(folder)),
               before=partial(empty, folder))  # fmt: skip
    yield Work("fmbstats report, nothing stale", (*ours, "--to", str(folder)))


def exports(arguments: argparse.Namespace) -> Iterator[Work]:
    """Exports with PDF, beside the reports of the same entries."""
    for name, which in (("four entries", ("--only", FOUR)), ("all entries", ())):
        if which or not arguments.quick:
            for command in (("report",), ("export", "--pdf")):
                folder = arguments.folder / f"{command[0]}-{len(which)}"
                yield Work(
                    f"fmbstats {' '.join(command)}, {name}",
                    (*OURS, *command, *which, "--store", str(arguments.store), "--to", str(folder)),
                    before=partial(empty, folder),
                )


def builds(arguments: argparse.Namespace) -> Iterator[Work]:
    """From a register of plain spells (CSV) to a store."""
    yield from _builds(arguments, "spells", "csv", ("polars", "duckdb", "pandas"))


def parquet_builds(arguments: argparse.Namespace) -> Iterator[Work]:
    """From a register of plain spells (Parquet) to a store."""
    yield from _builds(arguments, "spells-parquet", "parquet", ("ledger_query", "polars"))


def _builds(
    arguments: argparse.Namespace, form: str, suffix: str, engines: Iterable[str]
) -> Iterator[Work]:
    n_spells = 1_000_000 if arguments.quick else 10_000_000
    path, store = arguments.folder / f"register.{suffix}", arguments.folder / f"{suffix}.duckdb"
    run((*OURS, "synth", "--spells", str(n_spells), "--format", form, "--to", str(path)))
    said = {
        "polars": f"polars reads {n_spells:,} spells",
        "duckdb": "DuckDB reads and groups them",
        "pandas": "pandas reads and groups them",
        "ledger_query": f"DuckDB's ledger query, {n_spells:,} spells",
    }
    for engine in engines:
        yield Work(said[engine], (__file__, "--peer", engine, str(path)))
    yield Work("fmbstats build", (*OURS, "build", "--register", str(path), "--extraction",
               EXTRACTION, "--synthetic", "--store", str(store), "--replace"))  # fmt: skip


PARTS = {
    "start": start,
    "one-report": one_report,
    "year": year,
    "exports": exports,
    "builds": builds,
    "parquet-builds": parquet_builds,
}


def peer(
    name: str, engine: str, arguments: argparse.Namespace, entries: list[str], times: float = 1.0
) -> Work:
    """Return a row of another engine that makes the same notebooks, and their pages."""
    values = (engine, str(arguments.store), str(arguments.jobs), *entries)
    return Work(name, (__file__, "--peer", *values), times)


# --- what others do, in a process of its own ------------------------------------------------------


def stock(store: str, jobs: str, *entries: str) -> None:
    """Papermill as it comes, then nbconvert."""
    _notebooks("papermill", store, int(jobs), entries)


def ploomber(store: str, jobs: str, *entries: str) -> None:
    """Ploomber's engine, which needs no kernel's process, then nbconvert."""
    _notebooks("ploomber_engine", store, int(jobs), entries)


def _notebooks(module: str, store: str, jobs: int, entries: tuple[str, ...]) -> None:
    shares = [entries[k::jobs] for k in range(min(jobs, len(entries)))]
    if len(shares) == 1:
        _share(module, store, shares[0])
        return
    with ProcessPoolExecutor(len(shares)) as pool:
        list(pool.map(_share, [module] * len(shares), [store] * len(shares), shares))


def _share(module: str, store: str, entries: tuple[str, ...]) -> None:
    import importlib

    from nbconvert import HTMLExporter

    execute = importlib.import_module(module).execute_notebook
    with tempfile.TemporaryDirectory() as folder:
        for entry in entries:
            slug, _, entry_id = entry.partition("=")
            made = Path(folder) / f"{slug}.ipynb"
            values = {"entry": entry_id, "year": 2017, "store": store}
            execute(str(NOTEBOOK), str(made), parameters=values, progress_bar=False)
            page, _ = HTMLExporter().from_filename(str(made))
            made.with_suffix(".html").write_text(page, encoding="utf-8")


def polars(path: str) -> None:
    """Read the file whole."""
    import polars as pl

    print((pl.read_parquet if path.endswith("parquet") else pl.read_csv)(path).height)


def pandas(path: str) -> None:
    """Read the file, count spells by code, year, county, sex and length."""
    import pandas as pd

    frame = pd.read_csv(path, parse_dates=["start_date", "last_date"])
    days = (frame["last_date"] - frame["start_date"]).dt.days
    keys = [frame["code"], frame["start_date"].dt.year, frame["county_code"], frame["sex"], days]
    print(len(frame.groupby(keys, dropna=False).size()))


def duckdb(path: str) -> None:
    """Read the file, count spells by code, year, county, sex and length."""
    import duckdb as engine

    query = """select count(*) from (select code, year(start_date), county_code, sex,
        last_date - start_date, count(*) from read_csv(?) group by all)"""
    print(engine.execute(query, [path]).fetchall())


def ledger_query(path: str) -> None:
    """Run what `ledger sql` prints, on the file as it lies."""
    import duckdb as engine

    said = subprocess.run(
        [sys.executable, *OURS, "ledger", "sql", "--dialect", "duckdb", "--table", "register",
         "--extraction", EXTRACTION],
        check=True, capture_output=True, text=True,
    ).stdout  # fmt: skip
    with engine.connect() as connection:
        connection.execute(f"create view register as select * from read_parquet('{path}')")
        print(len(connection.execute(said).fetchall()))


PEERS: dict[str, Callable[..., None]] = {
    work.__name__: work for work in (stock, ploomber, polars, pandas, duckdb, ledger_query)
}


# --- how it is measured ---------------------------------------------------------------------------


def slugs() -> list[str]:
    """Return "slug=entry id" of every report of a year."""
    from fmbstats.pages.selection import select_entries
    from fmbstats.sources.fmb.edition_tables import read_editions

    entries = select_entries(read_editions(DATA_RAW / "fmb")[-1])
    return [f"{slug}={entry_id}" for entry_id, slug, _ in entries.iter_rows()]


def empty(folder: Path) -> None:
    """Take away what an earlier round made."""
    import shutil

    shutil.rmtree(folder, ignore_errors=True)


def run(command: Iterable[str]) -> Run:
    """Run Python with these arguments to its end; a failure ends the bench."""
    started = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, *command], cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
    )
    said: list[bytes] = []
    assert process.stderr is not None
    reader = threading.Thread(target=lambda: said.append(process.stderr.read()))  # type: ignore[union-attr]
    reader.start()
    _, status, usage = os.wait4(process.pid, 0)
    clock = time.perf_counter() - started
    reader.join()
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{' '.join(command)}:\n{said[0].decode(errors='replace')[-2000:]}")
    return Run(clock, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024)


def in_turn(works: list[Work], rounds: int) -> dict[str, list[Run]]:
    """Run all rows once, then all again: what the machine does besides meets each of them."""
    runs: dict[str, list[Run]] = {work.name: [] for work in works}
    for _ in range(rounds):
        for work in works:
            work.before()
            runs[work.name].append(run(work.command))
            print(work.name, runs[work.name][-1], file=sys.stderr)
    return runs


def table(name: str, says: str, works: list[Work], runs: dict[str, list[Run]]) -> Iterator[str]:
    """Write a part's rows."""
    yield f"## {name}\n"
    yield says.strip() + "\n"
    yield "| | clock, s | processor, s | ratio | largest process, MiB |"
    yield "|---|---|---|---|---|"
    reference = _median(works[0], runs, "processor")
    for work in works:
        ratio = _median(work, runs, "processor") / reference
        mib = max(one.mib for one in runs[work.name])
        yield (
            f"| {work.name} | {_told(work, runs, 'clock')} | {_told(work, runs, 'processor')} "
            f"| {ratio:.2f} | {mib:.0f} |"
        )
    yield ""


def _values(work: Work, runs: dict[str, list[Run]], what: str) -> list[float]:
    return [getattr(one, what) * work.times for one in runs[work.name]]


def _median(work: Work, runs: dict[str, list[Run]], what: str) -> float:
    return statistics.median(_values(work, runs, what))


def _told(work: Work, runs: dict[str, list[Run]], what: str) -> str:
    values = _values(work, runs, what)
    return f"{statistics.median(values):.2f} ({min(values):.2f}–{max(values):.2f})"


if __name__ == "__main__":
    main()
