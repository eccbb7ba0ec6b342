"""Bad inputs by kind through the command line: tried, read, refused, lost; writes bad_inputs.csv.

Run from the project's folder: ``uv run python tests/bench/bad_inputs.py [KIND]…``
"""

from __future__ import annotations

import csv
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "fuzz"))

from apart import import_what_runs_need
from bad_inputs import KINDS, cases_of, make_good, run_case

TARGET = Path(__file__).with_suffix(".csv")


def row_of(name: str, good, folder: Path) -> dict[str, object]:
    """Run a kind; print each case that was lost."""
    outcomes = [run_case(case, good, folder / "case") for case in cases_of(name, good)]
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
    """Run what is named, or everything; only everything is written down."""
    import_what_runs_need()
    started, rows = time.monotonic(), []
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        (folder / "good").mkdir()
        good = make_good(folder / "good")
        for name in sys.argv[1:] or KINDS:
            rows.append(row_of(name, good, folder))
            print(rows[-1], flush=True)
    total = {k: sum(row[k] for row in rows) for k in ("tried", "read", "refused", "lost")}
    print(total, f"{time.monotonic() - started:.0f} s")
    if not sys.argv[1:]:
        most = {k: max(row[k] for row in rows) for k in ("most_seconds", "most_mib")}
        with TARGET.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, rows[0], lineterminator="\n")
            writer.writeheader()
            writer.writerows([*rows, {"kind": "all", **total, **most}])


if __name__ == "__main__":
    main()
