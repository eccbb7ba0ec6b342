"""Time the batch: forks of a warmed process, stock papermill, plain functions, nbconvert.

Run with the store built (``fmbstats build``)::

    uv run python tests/bench/batch.py                  # three rounds, about 10 minutes
    uv run python tests/bench/batch.py --rounds 1 --sample 3

Every variant runs in a process of its own, variants take turns, medians are printed. Processor
time is that of the process and all its children. Stock papermill and nbconvert run a sample, which
is scaled to all reports; the batch runs all of them.
"""

from __future__ import annotations

import argparse
import gc
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
NOTEBOOK = ROOT / "notebooks" / "diagnosis.ipynb"
EDITIONS = ROOT / "data_raw" / "fmb"


def main() -> None:
    """Run all variants in turn and print what they took."""
    arguments = parse_arguments()
    if arguments.variant:
        print(json.dumps(VARIANTS[arguments.variant](arguments)))
        return
    results: dict[str, list[dict]] = {name: [] for name in VARIANTS}
    for _ in range(arguments.rounds):
        for name in VARIANTS:
            results[name].append(in_own_process(name))
            print(name, results[name][-1], file=sys.stderr)
    report({name: median_of(runs) for name, runs in results.items()}, arguments)


def parse_arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--sample", type=int, default=5, help="notebooks of the slow variants")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--year", type=int, default=2017)
    parser.add_argument("--store", type=Path, default=ROOT / ".fmbstats" / "store.duckdb")
    parser.add_argument("--variant", choices=VARIANTS, help=argparse.SUPPRESS)
    return parser.parse_args()


def in_own_process(variant: str) -> dict:
    """Run this program again for one variant; one thread per library, as the batch has it."""
    command = [sys.executable, __file__, *sys.argv[1:], "--variant", variant]
    one_thread = {"OPENBLAS_NUM_THREADS": "1", "POLARS_MAX_THREADS": "1"}
    done = subprocess.run(
        command, env={**os.environ, **one_thread}, capture_output=True, text=True, check=True
    )
    return json.loads(done.stdout.splitlines()[-1])


def entries() -> list[tuple[str, str, str]]:
    """Entry id, slug and name of every entry of the newest edition."""
    from fmbstats.pages.selection import Entries, select_entries
    from fmbstats.sources.fmb.edition_tables import read_editions

    return select_entries(Entries.of_edition(read_editions(EDITIONS)[-1]))


def sampled(arguments: argparse.Namespace) -> list[tuple[str, str, str]]:
    """Entries evenly spread over all."""
    rows = entries()
    step = max(len(rows) // arguments.sample, 1)
    return rows[::step][: arguments.sample]


def parameters(entry_id: str, arguments: argparse.Namespace) -> dict:
    """Parameters of one report."""
    return {"entry": entry_id, "year": arguments.year, "store": str(arguments.store)}


def cpu_seconds() -> float:
    """Processor time of this process and of its children that have ended."""
    own = resource.getrusage(resource.RUSAGE_SELF)
    gone = resource.getrusage(resource.RUSAGE_CHILDREN)
    return own.ru_utime + own.ru_stime + gone.ru_utime + gone.ru_stime


def stock(arguments: argparse.Namespace) -> dict:
    """Loop of stock papermill, then nbconvert's lab template, over a sample."""
    import papermill
    from nbconvert import HTMLExporter

    rows = sampled(arguments)
    with tempfile.TemporaryDirectory() as folder:
        targets = [Path(folder) / f"{slug}.ipynb" for _, slug, _ in rows]
        cpu, clock = cpu_seconds(), time.perf_counter()
        for (entry_id, _, _), target in zip(rows, targets, strict=True):
            values = parameters(entry_id, arguments)
            papermill.execute_notebook(NOTEBOOK, target, values, progress_bar=False)
        cpu_run, middle = cpu_seconds(), time.perf_counter()
        for target in targets:
            page, _ = HTMLExporter().from_filename(str(target))
            target.with_suffix(".html").write_text(page, encoding="utf-8")
        end = time.perf_counter()
    return {
        "cpu": (cpu_run - cpu) / len(rows),
        "clock": (middle - clock) / len(rows),
        "clock_with_html": (end - clock) / len(rows),
    }


def fork(arguments: argparse.Namespace) -> dict:
    """Loop of papermill with the engine of this package, one notebook at a time."""
    import papermill

    from fmbstats.batch.engine import WarmProcess

    rows = sampled(arguments)
    with WarmProcess() as warm:
        run = {"engine_name": "fmbstats", "progress_bar": False, "warm": warm}
        first = parameters(rows[0][0], arguments)
        papermill.execute_notebook(NOTEBOOK, None, first, **run)
        cpu, clock, in_forks = cpu_seconds(), time.perf_counter(), 0.0
        for entry_id, _, _ in rows:
            kept: dict = {}
            values = parameters(entry_id, arguments)
            papermill.execute_notebook(NOTEBOOK, None, values, kept=kept, **run)
            in_forks += kept["usage"]["cpu_seconds"]
        total = cpu_seconds() - cpu + in_forks
        return {
            "cpu": total / len(rows),
            "cpu_in_fork": in_forks / len(rows),
            "clock": (time.perf_counter() - clock) / len(rows),
            "warm_up": warm.facts["seconds"],
        }


def plain(arguments: argparse.Namespace) -> dict:
    """Call the notebook's cells as plain functions in one process, everything imported."""
    from fmbstats.batch import warm

    warm.warm_up()
    cells = code_cells()
    rows = sampled(arguments)
    run_plain(cells, parameters(rows[0][0], arguments))
    cpu, clock = cpu_seconds(), time.perf_counter()
    for entry_id, _, _ in rows:
        run_plain(cells, parameters(entry_id, arguments))
        gc.collect()
    return {
        "cpu": (cpu_seconds() - cpu) / len(rows),
        "clock": (time.perf_counter() - clock) / len(rows),
    }


def code_cells() -> list[tuple[str, str]]:
    """Statements and last expression of each code cell."""
    import ast

    content = json.loads(NOTEBOOK.read_text("utf-8"))
    cells = []
    for cell in content["cells"]:
        if cell["cell_type"] != "code":
            continue
        tree = ast.parse("".join(cell["source"]))
        last = tree.body.pop() if isinstance(tree.body[-1], ast.Expr) else None
        cells.append((ast.unparse(tree), ast.unparse(last) if last else ""))
        if "parameters" in cell["metadata"].get("tags", ()):
            cells.append(("globals().update(injected)", ""))
    return cells


def run_plain(cells: list[tuple[str, str]], values: dict) -> None:
    """Run the cells in a namespace of their own; show what they show."""
    names = {"injected": values}
    for statements, expression in cells:
        exec(statements, names)
        if expression:
            shown = eval(expression, names)
            getattr(shown, "_repr_html_", lambda: "")()
    names.clear()


def batch(arguments: argparse.Namespace) -> dict:
    """All reports with pages, and the memory of all processes together."""
    from fmbstats.batch import run as batches

    rows = entries()
    jobs = [
        batches.ReportJob(slug, name, NOTEBOOK, parameters(entry_id, arguments))
        for entry_id, slug, name in rows
    ]
    with tempfile.TemporaryDirectory() as folder, MemoryWatch() as memory:
        cpu, clock = cpu_seconds(), time.perf_counter()
        first = batches.run(jobs, Path(folder), n_jobs=arguments.jobs, progress=False)
        clock, cpu = time.perf_counter() - clock, cpu_seconds() - cpu
        again = batches.run(jobs, Path(folder), n_jobs=arguments.jobs, progress=False)
        pages = [p.stat().st_size for p in Path(folder).glob("*.html")]
    return {
        "n_reports": len(rows),
        "n_failed": len(first.failures),
        "cpu": cpu / len(rows),
        "clock_all": clock,
        "clock_nothing_to_do": again.seconds,
        "memory_mib": memory.most / 2**20,
        "largest_page_kb": max(pages, default=0) / 1000,
    }


class MemoryWatch:
    """Most memory (proportional set size) of this process and its children at one time."""

    def __init__(self) -> None:
        self.most = 0
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> MemoryWatch:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._end.set()
        self._thread.join()

    def _watch(self) -> None:
        import psutil

        own = psutil.Process()
        while not self._end.wait(1.0):
            total = 0
            for process in [own, *own.children(recursive=True)]:
                try:
                    total += process.memory_full_info().pss
                except psutil.Error:
                    continue
            self.most = max(self.most, total)


VARIANTS = {"stock": stock, "fork": fork, "plain": plain, "batch": batch}


def median_of(runs: list[dict]) -> dict:
    """Median of every figure."""
    return {key: statistics.median(run[key] for run in runs) for key in runs[0]}


def report(medians: dict[str, dict], arguments: argparse.Namespace) -> None:
    """Print figures and ratios beside what is demanded."""
    stock, fork, plain, batch = (medians[name] for name in ("stock", "fork", "plain", "batch"))
    stock_all = stock["clock_with_html"] * batch["n_reports"]
    lines = [
        ("processor s per notebook, stock papermill", stock["cpu"], ""),
        ("processor s per notebook, fork engine", fork["cpu"], ""),
        ("  of that in the fork", fork["cpu_in_fork"], ""),
        ("processor s per notebook, plain functions", plain["cpu"], ""),
        ("processor s per report with page, whole batch", batch["cpu"], ""),
        ("fork / stock", fork["cpu"] / stock["cpu"], "at most 0.33"),
        ("fork / plain", fork["cpu"] / plain["cpu"], "at most 1.2"),
        (f"clock s, all {batch['n_reports']:.0f}, stock + nbconvert (scaled)", stock_all, ""),
        (f"clock s, all, batch on {arguments.jobs}", batch["clock_all"], ""),
        ("times as fast", stock_all / batch["clock_all"], "at least 6, aim 10"),
        ("clock s, nothing to do", batch["clock_nothing_to_do"], "under 2"),
        ("warm-up s", fork["warm_up"], ""),
        ("memory MiB, all processes", batch["memory_mib"], "under 1536"),
        ("largest page kB", batch["largest_page_kb"], "under 1500"),
        ("failed reports", batch["n_failed"], "0"),
    ]
    for label, value, demanded in lines:
        print(f"{label:<52}{value:>9.2f}  {demanded}".rstrip())


if __name__ == "__main__":
    main()
