"""Make one page of ratios: the whole commands beside what others take for the same work.

Run, with the store built (``fmbstats build``)::

    uv run --with ploomber-engine python tests/bench/all.py --quick        # some ten minutes
    uv run --with ploomber-engine python tests/bench/all.py --to page.md   # full size, an hour
    uv run python tests/bench/all.py --parts growth --sizes 1,5,10,20,50 --to tests/bench/growth.md

On a machine that others use, piece by piece: each run with ``--kept FILE`` adds its rounds::

    uv run python tests/bench/all.py --quick --rounds 1 --parts exports --folder big --kept k

Every variant is a command of its own, with one thread per library in notebooks on both sides; those
of one part take turns, medians and spread (lowest to highest) are told. Processor time is that of
the command and all its children. What a ratio may be at most stands beside it.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from importlib.util import find_spec
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
NOTEBOOK = ROOT / "notebooks" / "diagnosis.ipynb"
DATA_RAW = ROOT / "data_raw"
YEAR = 2017
OURS = [sys.executable, "-m", "fmbstats"]
ONE_THREAD = {"OPENBLAS_NUM_THREADS": "1", "POLARS_MAX_THREADS": "1"}
ENTRIES = ("F32", "M54", "F43", "I21")


@dataclass
class Taken:
    """What the runs of one variant took.

    Attributes
    ----------
    clock, processor : list of float
        Seconds of each run.
    gib : list of float
        Largest resident set of one process.
    """

    clock: list[float] = field(default_factory=list)
    processor: list[float] = field(default_factory=list)
    gib: list[float] = field(default_factory=list)

    def median(self, kind: str) -> float:
        """Return the median of a kind."""
        return statistics.median(getattr(self, kind))

    def spread(self, kind: str) -> str:
        """Write the lowest and the highest."""
        return f"{min(getattr(self, kind)):.2f}–{max(getattr(self, kind)):.2f}"


@dataclass(frozen=True)
class Variant:
    """A command, and what must be made ready before each run of it."""

    command: Sequence[str]
    before: Callable[[], None] = lambda: None
    threads: dict[str, str] = field(default_factory=dict)


def run(variant: Variant, taken: Taken) -> None:
    """Run a command once and add what it took."""
    variant.before()
    began = time.perf_counter()
    child = subprocess.Popen(
        variant.command,
        cwd=ROOT,
        env={**os.environ, **variant.threads},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )
    said = child.stderr.read() if child.stderr else b""
    _, status, used = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode:
        sys.exit(f"{' '.join(variant.command)}\n{said.decode()[-2000:]}")
    taken.clock.append(time.perf_counter() - began)
    taken.processor.append(used.ru_utime + used.ru_stime)
    taken.gib.append(used.ru_maxrss / 2**20)


def measure(variants: dict[str, Variant], rounds: int, found: dict[str, Taken]) -> None:
    """Run variants in turn, and add what they took to what was found before."""
    for k in range(rounds):
        for name, variant in variants.items():
            run(variant, found.setdefault(name, Taken()))
            print(f"{k + 1}/{rounds} {name}: {found[name].clock[-1]:.2f} s", file=sys.stderr)


def python(code: str, *given: object) -> list[str]:
    """Return the command that runs a piece of code; it has `given` as arguments."""
    return [sys.executable, "-c", code, *map(str, given)]


NOTEBOOKS = """
import sys, tempfile
from pathlib import Path
from nbconvert import HTMLExporter
engine, notebook, store, *entries = sys.argv[1:]
execute = __import__(engine).execute_notebook
with tempfile.TemporaryDirectory() as folder:
    for entry in entries:
        target = Path(folder) / f"{entry}.ipynb"
        values = {"entry": entry, "year": 2017, "store": store}
        if engine == "papermill":
            execute(notebook, target, values, progress_bar=False)
        else:
            execute(notebook, target, parameters=values, progress_bar=False)
        page, _ = HTMLExporter().from_filename(str(target))
        target.with_suffix(".html").write_text(page, encoding="utf-8")
"""


def reports(store: Path, folder: Path, quick: bool) -> dict[str, Variant]:
    """One report and all of them, beside papermill and ploomber's engine with nbconvert."""
    empty, full = folder / "empty", folder / "full"
    entries = ENTRIES[: 2 if quick else 4]
    to_store = ["--store", str(store)]
    only = [*OURS, "report", "--only", "F32", "--force", *to_store, "--to"]
    found = {
        "report --only F32, empty folder": Variant(
            [*only, str(empty)], lambda: shutil.rmtree(empty, ignore_errors=True)
        ),
        "report, all of a year": Variant(
            [*OURS, "report", "--force", *to_store, "--to", str(full)],
            lambda: shutil.rmtree(full, ignore_errors=True),
        ),
        "report --only F32, full folder": Variant([*only, str(full)]),
        "report, nothing stale": Variant([*OURS, "report", *to_store, "--to", str(full)]),
        "papermill + nbconvert, F32": Variant(
            python(NOTEBOOKS, "papermill", NOTEBOOK, store, "F32"), threads=ONE_THREAD
        ),
        "papermill + nbconvert, some": Variant(
            python(NOTEBOOKS, "papermill", NOTEBOOK, store, *entries), threads=ONE_THREAD
        ),
    }
    if find_spec("ploomber_engine"):
        found["ploomber + nbconvert, some"] = Variant(
            python(NOTEBOOKS, "ploomber_engine", NOTEBOOK, store, *entries), threads=ONE_THREAD
        )
    return found


def exports(store: Path, folder: Path) -> dict[str, Variant]:
    """An export of a year with PDF, and one of four entries."""
    whole, some = folder / "export", folder / "export-some"
    shared = [*OURS, "export", "--year", str(YEAR), "--store", str(store)]

    def without(path: Path) -> Callable[[], None]:
        return lambda: shutil.rmtree(path, ignore_errors=True)

    return {
        "export of a year with PDF": Variant(
            [*shared, "--pdf", "--to", str(whole)], without(whole)
        ),
        "export --only four": Variant(
            [*shared, "--only", ",".join(ENTRIES), "--to", str(some)], without(some)
        ),
    }


def answers(store: Path) -> dict[str, Variant]:
    """Answers on the terminal, beside the import of two libraries."""
    return {
        "import polars, duckdb": Variant(python("import polars, duckdb")),
        "--help": Variant([*OURS, "--help"]),
        "show F32": Variant([*OURS, "show", "F32", "--store", str(store)]),
        "list": Variant([*OURS, "list", "--store", str(store)]),
    }


LEDGER = """
import sys, duckdb
path, reader = sys.argv[1:]
connection = duckdb.connect()
names = [r[0] for r in connection.execute(f"describe select * from {reader}('{path}')").fetchall()]
kept = [n for n in names if n not in ("person_id", "spell_id")]
start, end = "start_date", "last_date"
other = [f'"{n}"' for n in kept if n not in (start, end)]
connection.execute(
    f'create table ledger as select {", ".join(other)}, year("{start}") as start_year, '
    f'datediff(\\'day\\', "{start}", "{end}") as days, count(*) as n '
    f"from {reader}('{path}') group by all"
)
"""


def builds(folder: Path, n_spells: int) -> dict[str, Variant]:
    """A build from CSV and from Parquet, beside parsing and grouping alone."""
    found: dict[str, Variant] = {}
    for layout, suffix in (("spells", "csv"), ("spells-parquet", "parquet")):
        path = folder / f"{layout}-{n_spells}.{suffix}"
        if not path.is_file():
            given = ["--spells", str(n_spells), "--format", layout, "--to", str(path)]
            subprocess.run([*OURS, "synth", *given, "--data", str(DATA_RAW)], check=True, cwd=ROOT)
        store = folder / f"store-{suffix}" / "store.duckdb"
        found[f"build, {suffix}"] = Variant(
            [*OURS, "build", "--register", str(path), "--extraction", "2019-06-30", "--store",
             str(store)],
            lambda store=store: shutil.rmtree(store.parent, ignore_errors=True),
        )  # fmt: skip
        read = "read_csv_auto" if suffix == "csv" else "read_parquet"
        found[f"DuckDB's ledger, {suffix}"] = Variant(python(LEDGER, path, read))
        for library in ("polars", "pandas"):
            code = f"import sys, {library}; {library}.read_{suffix}(sys.argv[1])"
            found[f"{library} reads, {suffix}"] = Variant(python(code, path))
    return found


def growth(folder: Path, sizes: Sequence[int], rounds: int) -> str:
    """Build stores of growing registers, and say what a million spells take in each.

    The smallest is built as often as `rounds` says, larger ones less often: what a single run of a
    large register is worth shows in the spread of the small ones. No register outlives its turn.

    Parameters
    ----------
    folder : Path
        Takes a file of some 82 bytes a spell, and its store.
    sizes : sequence of int
        Millions of spells.
    rounds : int
    """
    lines = [
        "# How a build grows",
        "",
        "| million spells | CSV GB | builds | clock s | spread | processor s | spread "
        "| processor s a million | GiB | store MB |",
        "|---|---|---|---|---|---|---|---|---|---|",
    ]
    loads = [os.getloadavg()[0]]
    for size in sizes:
        path, store = folder / f"growth-{size}.csv", folder / "growth" / "store.duckdb"
        given = ["--spells", str(size * 10**6), "--format", "spells", "--to", str(path)]
        subprocess.run([*OURS, "synth", *given, "--data", str(DATA_RAW)], check=True, cwd=ROOT)
        build = Variant(
            [*OURS, "build", "--register", str(path), "--extraction", "2019-06-30", "--store",
             str(store)],
            lambda store=store: shutil.rmtree(store.parent, ignore_errors=True),
        )  # fmt: skip
        taken: dict[str, Taken] = {}
        measure({f"build of {size} million": build}, max(1, rounds // size), taken)
        (found,) = taken.values()
        lines.append(
            f"| {size} | {path.stat().st_size / 1e9:.2f} | {len(found.clock)} | "
            f"{found.median('clock'):.1f} | {found.spread('clock')} | "
            f"{found.median('processor'):.1f} | {found.spread('processor')} | "
            f"{found.median('processor') / size:.2f} | {found.median('gib'):.2f} | "
            f"{store.stat().st_size / 1e6:.0f} |"
        )
        path.unlink()
        shutil.rmtree(store.parent)
        loads.append(os.getloadavg()[0])
    return "\n".join([*lines, "", _machine(loads)]) + "\n"


@dataclass(frozen=True)
class Ratio:
    """One number over another, and what it may be at most."""

    one: str
    other: str
    kind: str
    most: float
    per_one: float = 1.0
    per_other: float = 1.0


def ratios(n_reports: int, n_some: int) -> list[Ratio]:
    """Return what is held against what."""
    all_, some = "report, all of a year", "papermill + nbconvert, some"
    alone, stock = "report --only F32, empty folder", "papermill + nbconvert, F32"
    return [
        Ratio(all_, some, "processor", 0.1, n_reports, n_some),
        Ratio(all_, "ploomber + nbconvert, some", "processor", 0.5, n_reports, n_some),
        Ratio(alone, stock, "processor", 0.5),
        Ratio("report --only F32, full folder", stock, "processor", 0.6),
        Ratio("export of a year with PDF", all_, "clock", 1.0),
        Ratio("show F32", "import polars, duckdb", "processor", 1.5),
        Ratio("list", "import polars, duckdb", "processor", 1.5),
        Ratio("build, csv", "polars reads, csv", "clock", 2.3),
        Ratio("build, csv", "DuckDB's ledger, csv", "clock", 2.3),
        Ratio("build, csv", "pandas reads, csv", "clock", 2.3),
        Ratio("build, parquet", "DuckDB's ledger, parquet", "clock", 2.0),
    ]


def page(found: dict[str, Taken], wanted: Sequence[Ratio], loads: Sequence[float]) -> str:
    """Write the page."""
    lines = [
        "# What it takes, and what others take",
        "",
        _machine(loads),
        "",
        "| what | clock s | spread | processor s | spread | GiB |",
        "|---|---|---|---|---|---|",
    ]
    for name, taken in found.items():
        lines.append(
            f"| {name} | {taken.median('clock'):.2f} | {taken.spread('clock')} | "
            f"{taken.median('processor'):.2f} | {taken.spread('processor')} | "
            f"{taken.median('gib'):.2f} |"
        )
    lines += ["", "| ratio | of | is | at most |", "|---|---|---|---|"]
    for ratio in (r for r in wanted if r.one in found):
        if ratio.other not in found:
            lines.append(f"| {ratio.one} / {ratio.other} | {ratio.kind} | not measured | |")
            continue
        one = found[ratio.one].median(ratio.kind) / ratio.per_one
        other = found[ratio.other].median(ratio.kind) / ratio.per_other
        lines.append(
            f"| {ratio.one} / {ratio.other} | {ratio.kind} | {one / other:.2f} | {ratio.most} |"
        )
    return "\n".join(lines) + "\n"


def _machine(loads: Sequence[float]) -> str:
    """Say where it was measured, and what else ran there."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return (
        f"{platform.platform()}, {os.cpu_count()} cores, {memory:.0f} GiB, Python "
        f"{platform.python_version()}; {time.strftime('%Y-%m-%d')}, load "
        f"{min(loads):.1f}–{max(loads):.1f}."
    )


def main() -> None:
    """Measure all parts and print the page."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="a million spells; fewer notebooks")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--parts", default="answers,reports,exports,builds", help="some, or growth")
    parser.add_argument("--sizes", help="of growth, in million spells [default: 1,5 or 1,5,10,20]")
    parser.add_argument("--store", type=Path, default=ROOT / ".fmbstats" / "store.duckdb")
    parser.add_argument("--folder", type=Path, help="for large files, kept [default: temporary]")
    parser.add_argument("--kept", type=Path, help="what earlier runs took; this run's is added")
    parser.add_argument("--to", type=Path, help="also write the page to this file")
    asked = parser.parse_args()
    parts, found, loads = asked.parts.split(","), {}, [os.getloadavg()[0]]
    with tempfile.TemporaryDirectory() as temporary:
        folder = asked.folder or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        made = {
            "answers": lambda: answers(asked.store),
            "reports": lambda: reports(asked.store, folder, asked.quick),
            "exports": lambda: exports(asked.store, folder),
            "builds": lambda: builds(folder, 1_000_000 if asked.quick else 10_000_000),
        }
        if parts == ["growth"]:
            sizes = asked.sizes or ("1,5" if asked.quick else "1,5,10,20")
            _tell(growth(folder, [int(size) for size in sizes.split(",")], asked.rounds), asked.to)
            return
        if asked.kept and asked.kept.is_file():
            before, earlier = json.loads(asked.kept.read_text("utf-8"))
            found, loads = {name: Taken(**taken) for name, taken in before.items()}, earlier + loads
        for part in parts:
            measure(made[part](), asked.rounds, found)
            loads.append(os.getloadavg()[0])
        if asked.kept:
            kept = {name: asdict(taken) for name, taken in found.items()}, loads
            asked.kept.write_text(json.dumps(kept), "utf-8")
        n_reports = len(list((folder / "full").glob(f"**/{YEAR}/*.html"))) or 1
    _tell(page(found, ratios(n_reports, 2 if asked.quick else 4), loads), asked.to)


def _tell(said: str, to: Path | None) -> None:
    print(said)
    if to:
        to.write_text(said, encoding="utf-8")


if __name__ == "__main__":
    main()
