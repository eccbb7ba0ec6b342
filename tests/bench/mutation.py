"""How many changes of a pure room's code its unit tests notice (mutmut).

    uv run --group mutation python tests/bench/mutation.py settings measures codes
    uv run --group mutation python tests/bench/mutation.py --fifth adherence

With ``--fifth`` a fifth of the changes is tried, spread over all functions: a large room takes an
hour else. Works on a copy; writes one row per room into `mutation.csv`: mutants tried, of how many,
killed, survived (among them what no test of the room reaches), seconds. Survivors are listed, with
what they changed, in `survivors.txt` of the copy, which is named. What was left, and why:
`mutation.md`.
"""

from __future__ import annotations

import csv
import os
import re
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from fnmatch import fnmatch
from pathlib import Path

ROOT = Path(__file__).parents[2]
TABLE = Path(__file__).with_suffix(".csv")
COLUMNS = ("room", "mutants", "of", "killed", "survived", "seconds")
# A function's mutants are numbered; by the same pattern mutmut picks the tests of functions.
_FIFTH = "*[!0124-79]"
_MEMORY = 6 << 30  # bytes; a changed size must not fill the machine
_COMPARING = [
    f"stats/{name}"
    for name in (
        "proportions", "intervals", "contrasts", "standardise", "expected", "funnel", "logrank",
        "multiplicity", "competing",
    )
]  # fmt: skip
# Room -> what is changed, and the tests that must notice (seconds, no store).
ROOMS: dict[str, tuple[list[str], list[str]]] = {
    "codes": (["codes"], ["codes", "unit/fmb"]),
    "measures": (["measures"], ["measures_and_told"]),
    "yardstick": (["recommendations/yardstick"], ["yardstick"]),
    "adherence": (["adherence"], ["adherence", "adherence_plainly"]),
    "results, adherence": (["results/adherence"], ["results_adherence"]),
    "drift": (["evaluate/drift"], ["evaluate_by_hand"]),
    "revision": (["evaluate/revision"], ["evaluate_by_hand"]),
    "rollout": (["evaluate/rollout"], ["evaluate_rollout"]),
    "publishing": (["batch/manifest", "export/folder", "pages/publication"], ["publishing"]),
    "bounds": (["stats/bounds"], ["bounds"]),
    "comparing": (_COMPARING, ["stats_comparing_plainly", "stats_comparing"]),
    "limits": (
        ["stats/exceedance", "stats/identified", "stats/clustered"],
        ["stats_limits_plainly"],
    ),
    "survival": (["stats/survival", "stats/risk", "stats/lengths"], ["stats_survival_plainly"]),
    "event study": (["stats/event_study"], ["stats_event_study_plainly", "stats_event_study"]),
    "rule": (["release/rule"], ["release_rule", "release_rule_plainly"]),
    "gate, words": (["gate/known_text"], ["gate_words"]),
    "gate, rows": (["gate/rows"], ["gate_table"]),
    "gate, recomputed": (["gate/recomputed", "gate/again"], ["gate_again"]),
    "packed": (["sources/registers/packed"], ["packed"]),
}
_SETTINGS = """
[tool.mutmut]
source_paths = {paths}
pytest_add_cli_args_test_selection = {tests}
also_copy = ["fmbstats", "data_raw", "notebooks", "tests", "README.md"]
pytest_add_cli_args = ["-n", "0", "-p", "no:cacheprovider"]
process_isolation = "forkserver"  # threads of polars do not outlive a fork
"""


def copied(to: Path, room: str) -> Path:
    """Copy what the tests need, with mutmut's settings for one room."""
    for name in ("fmbstats", "data_raw", "notebooks", "tests"):
        shutil.copytree(ROOT / name, to / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("README.md", "LICENSE"):
        shutil.copyfile(ROOT / name, to / name)
    changed, noticing = ROOMS[room]
    paths = [f"fmbstats/{name}.py" for name in changed]
    tests = [f"tests/{n}" if "/" in n else f"tests/unit/test_{n}.py" for n in noticing]
    settings = (ROOT / "pyproject.toml").read_text("utf-8")
    (to / "pyproject.toml").write_text(settings + _SETTINGS.format(paths=paths, tests=tests))
    return to


def measured(room: str, *drawn: str) -> tuple[Counter, int]:
    """Run mutmut on one room; return how its `drawn` mutants ended, and how many there are."""
    folder = copied(Path(tempfile.mkdtemp(prefix=f"mutants-{room.split()[-1]}-")), room)
    own = os.environ | {"PYTHONDONTWRITEBYTECODE": "1"}

    def mutmut(*words: str) -> str:
        command = [sys.executable, "-m", "mutmut", *words]
        limit = (_MEMORY, _MEMORY)
        done = subprocess.run(
            command, cwd=folder, env=own, capture_output=True, text=True,
            preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, limit),
        )  # fmt: skip
        return done.stdout + done.stderr

    said = mutmut("run", *drawn)
    ends = re.findall(r"^ *(\S+): ([a-z ]+)$", mutmut("results", "--all", "true"), re.M)
    tried = [x for x in ends if not drawn or fnmatch(x[0], drawn[0])]
    if not tried or any(end == "not checked" for _, end in tried):
        raise SystemExit(f"{room}: mutmut judged nothing.\n{said[-3000:]}")
    with (folder / "survivors.txt").open("w") as out:
        for name, end in tried:
            if end == "survived":
                out.write(mutmut("show", name) + "\n")
            elif end == "no tests":
                out.write(f"{name}: no test reaches it\n")
    print(f"  survivors: {folder / 'survivors.txt'}", file=sys.stderr)
    return Counter(end for _, end in tried), len(ends)


def rows() -> dict[str, dict[str, str]]:
    """Return what was measured of each room."""
    if not TABLE.is_file():
        return {}
    with TABLE.open(encoding="utf-8", newline="") as lines:
        return {row["room"]: row for row in csv.DictReader(lines)}


def main(rooms: list[str]) -> None:
    """Measure rooms and write their rows anew."""
    drawn = [_FIFTH] if "--fifth" in rooms else []
    for room in [r for r in rooms if r != "--fifth"] or list(ROOMS):
        start = time.perf_counter()
        found, of = measured(room, *drawn)
        survived = found["survived"] + found["no tests"]
        seconds = round(time.perf_counter() - start)
        row = (room, found.total(), of, found.total() - survived, survived, seconds)
        kept = rows() | {room: dict(zip(COLUMNS, map(str, row), strict=True))}
        with TABLE.open("w", encoding="utf-8", newline="") as out:
            writer = csv.DictWriter(out, COLUMNS, lineterminator="\n")
            writer.writeheader()
            writer.writerows(kept[name] for name in ROOMS if name in kept)
        print(*row, dict(found), flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
