"""Bad inputs by kind through the command line: tried, read, refused, lost; writes bad_inputs.csv.

Run from the project's folder: ``uv run python tests/bench/bad_inputs.py [--most N] [KIND]…``; what
is not run keeps its row.
"""

from __future__ import annotations

import argparse
import csv
import random
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "fuzz"))

from apart import import_what_runs_need
from bad_inputs import KINDS, cases_of, make_good, run_case

TARGET = Path(__file__).with_suffix(".csv")


def row_of(name: str, good, folder: Path, most: int) -> dict[str, object]:
    """Run a kind, or `most` of its cases; print each that was lost."""
    cases = cases_of(name, good)
    random.Random(name).shuffle(cases)
    outcomes = [run_case(case, good, folder / "case") for case in cases[:most]]
    lost = [o for o in outcomes if o.fault]
    for o in lost:
        print(
            f"  {name}: {o.case.what}: {o.fault}\n    {o.ended.said[-700:].strip()!r}", flush=True
        )
    return {
        "kind": name,
        "tried": len(outcomes),
        "read": sum(o.ended.code in (0, 1) and not o.fault for o in outcomes),
        "refused": sum(o.ended.code > 1 and not o.fault for o in outcomes),
        "lost": len(lost),
        "most_seconds": round(max(o.ended.seconds for o in outcomes), 1),
        "most_mib": max(o.ended.peak_mib for o in outcomes),
    }


def main() -> None:
    """Run what is named, or everything."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--most", type=int, default=1000)
    parser.add_argument("kinds", nargs="*", metavar="KIND", help=f"of: {', '.join(KINDS)}")
    said = parser.parse_args()
    import_what_runs_need()
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        (folder / "good").mkdir()
        good = make_good(folder / "good")
        for name in said.kinds or KINDS:
            row = row_of(name, good, folder, said.most)
            print(row, flush=True)
            _keep(row)


def _keep(row: dict[str, object]) -> None:
    rows = {}
    if TARGET.exists():
        with TARGET.open(encoding="utf-8", newline="") as file:
            rows = {found["kind"]: found for found in csv.DictReader(file)}
    rows[str(row["kind"])] = row
    kept = [rows[name] for name in sorted(KINDS) if name in rows]
    with TARGET.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, row, lineterminator="\n")
        writer.writeheader()
        writer.writerows([*kept, _total(kept)])


def _total(rows: list[dict]) -> dict[str, object]:
    sums = {k: sum(int(r[k]) for r in rows) for k in ("tried", "read", "refused", "lost")}
    most = {k: max(float(r[k]) for r in rows) for k in ("most_seconds", "most_mib")}
    return {"kind": "all", **sums, **most}


if __name__ == "__main__":
    main()
