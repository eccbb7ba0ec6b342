"""Time a build: from a register file to a finished store, beside polars parsing the same file.

Run::

    uv run python tests/bench/store_build.py --rows 1000000
    uv run python tests/bench/store_build.py --rows 10000000 --format midas --folder /big/disk

`--rows` counts spells. The file is a synthetic register, kept in `--folder` and used again. Every
variant runs in a process of its own, variants take turns, medians are printed; memory is the
largest resident set of the process.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from datetime import date
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
DATA_RAW = ROOT / "data_raw"
EXTRACTION = date(2019, 6, 30)
SUFFIX = {"spells": "csv", "spells-parquet": "parquet", "midas": "tsv", "certificates": "csv"}
VARIANTS = ("polars", "build")


def main() -> None:
    """Run the variants in turn and print what they took."""
    arguments = parse_arguments()
    path = arguments.folder / f"{arguments.format}-{arguments.rows}.{SUFFIX[arguments.format]}"
    if arguments.variant:
        print(json.dumps(measured(arguments.variant, path, arguments.folder)))
        return
    arguments.folder.mkdir(parents=True, exist_ok=True)
    if not path.is_file():
        write(path, arguments)
    runs: dict[str, list[dict]] = {name: [] for name in VARIANTS}
    for _ in range(arguments.rounds):
        for name in VARIANTS:
            runs[name].append(in_own_process(name))
            print(name, runs[name][-1], file=sys.stderr)
    report(runs, path)


def parse_arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=1_000_000, help="spells in the register")
    parser.add_argument("--format", choices=SUFFIX, default="spells")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument(
        "--folder", type=Path, default=Path(tempfile.gettempdir()) / "fmbstats-bench"
    )
    parser.add_argument("--variant", choices=VARIANTS, help=argparse.SUPPRESS)
    return parser.parse_args()


def write(path: Path, arguments: argparse.Namespace) -> None:
    """Draw the register, in a process of its own."""
    command = [
        sys.executable, "-c", "from fmbstats.cli import script; script()", "synth",
        "--spells", str(arguments.rows), "--format", arguments.format, "--to", str(path),
        "--data", str(DATA_RAW),
    ]  # fmt: skip
    subprocess.run(command, check=True)


def in_own_process(variant: str) -> dict:
    """Run this program again for one variant."""
    done = subprocess.run(
        [sys.executable, __file__, *sys.argv[1:], "--variant", variant],
        check=True,
        capture_output=True,
        text=True,
    )
    return json.loads(done.stdout.splitlines()[-1])


def measured(variant: str, path: Path, folder: Path) -> dict:
    """Run one variant; seconds by the clock and of processor, memory in GiB."""
    work = parse if variant == "polars" else build
    prepare = {"polars": None, "build": folder / "store" / "store.duckdb"}[variant]
    import_all()
    started, processor = time.perf_counter(), sum(os.times()[:2])
    n_rows = work(path, prepare)
    return {
        "rows": n_rows,
        "seconds": round(time.perf_counter() - started, 2),
        "processor": round(sum(os.times()[:2]) - processor, 2),
        "gib": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20, 2),
    }


def import_all() -> None:
    """Import outside the clock."""
    import pyarrow  # noqa: F401

    import fmbstats.sources.check_files
    import fmbstats.store.build
    import fmbstats.store.own_register

    fmbstats.sources.check_files.all_contracts()


def parse(path: Path, store: None) -> int:
    """Let polars parse the whole file into columns of the contract's types."""
    import polars as pl

    from fmbstats.sources.check_files import find_contract
    from fmbstats.sources.registers.checking import polars_schema

    if path.suffix == ".parquet":
        return pl.read_parquet(path).height
    contract = find_contract(path)
    frame = pl.read_csv(
        path,
        separator=contract.separator,
        schema_overrides=polars_schema(contract),
        null_values=["-00"],
    )
    return frame.height


def build(path: Path, store: Path) -> int:
    """Build the store."""
    from fmbstats.store.build import build_store
    from fmbstats.store.own_register import RegisterRequest, open_register

    request = RegisterRequest((path,), extraction_date=EXTRACTION, is_synthetic=True)
    return build_store(DATA_RAW, store, open_register(request)).register.n_rows_read


def report(runs: dict[str, list[dict]], path: Path) -> None:
    """Print medians and ratios."""
    size = path.stat().st_size / 1e6
    print(f"{path.name}: {runs['build'][0]['rows']:,} rows, {size:,.0f} MB")
    print(f"{'variant':10}{'seconds':>10}{'processor':>11}{'GiB':>7}")
    medians = {
        name: {key: statistics.median(r[key] for r in rows) for key in rows[0]}
        for name, rows in runs.items()
    }
    for name, row in medians.items():
        print(f"{name:10}{row['seconds']:>10.2f}{row['processor']:>11.2f}{row['gib']:>7.2f}")
    for key in ("seconds", "processor"):
        ratio = medians["build"][key] / medians["polars"][key]
        print(f"build / polars, {key}: {ratio:.2f} (at most 3, aim 2)")


if __name__ == "__main__":
    main()
