"""How many changes of a pure room's code its unit tests notice (mutmut).

    uv run --group mutation python tests/bench/mutation.py settings measures codes

Works on a copy; prints one row per room: mutants, killed, survived (among them what no test of the
room reaches), score, seconds. Survivors are listed in `survivors.txt` of the copy, which is named.
Measured first, on two cores under load:

    room            mutants   killed  survived   score  seconds
    packed               13       11         2     85%       85
    codes               216       46       170     21%      209   (157 not reached by test_codes)
    yardstick           492      436        56     89%      235   before its edges were drawn
    yardstick           492      484         8     98%      335   since

The two survivors of `packed` were real: nobody looked at `put(above=...)` or at a neighbour's bit;
both are tested since. What is left of `codes` is reached by tests of other rooms, now named here.
Of the eight of `yardstick` five changed nothing (a day that is an edge already, a column that is
not asked for, numbers that are made decimal anyhow); two are gone with the code, one is tested.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).parents[2]
# Room -> what is changed, and the tests that must notice (seconds, no store).
ROOMS = {
    "codes": ("fmbstats/codes.py", ["tests/unit/test_codes.py", "tests/unit/fmb"]),
    "measures": ("fmbstats/measures.py", ["tests/unit/test_measures_and_told.py"]),
    "yardstick": ("fmbstats/recommendations/yardstick.py", ["tests/unit/test_yardstick.py"]),
    "adherence": ("fmbstats/adherence.py", ["tests/unit/test_adherence.py"]),
    "bounds": ("fmbstats/stats/bounds.py", ["tests/unit/test_bounds.py"]),
    "proportions": ("fmbstats/stats/proportions.py", ["tests/unit/test_stats_comparing.py"]),
    "rule": ("fmbstats/release/rule.py", ["tests/unit/test_release_rule.py"]),
    "gate": ("fmbstats/gate/known_text.py", ["tests/unit/test_gate_words.py"]),
    "packed": ("fmbstats/sources/registers/packed.py", ["tests/unit/test_packed.py"]),
}
_SETTINGS = """
[tool.mutmut]
paths_to_mutate = ["{path}"]
tests_dir = {tests}
also_copy = ["fmbstats", "data_raw", "notebooks", "tests", "README.md"]
pytest_add_cli_args = ["-n", "0", "-p", "no:cacheprovider"]
"""


def copied(to: Path, path: str, tests: list[str]) -> Path:
    """Copy what the tests need, with mutmut's settings for one room."""
    for name in ("fmbstats", "data_raw", "notebooks", "tests"):
        shutil.copytree(ROOT / name, to / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("README.md", "LICENSE"):
        shutil.copyfile(ROOT / name, to / name)
    settings = (ROOT / "pyproject.toml").read_text("utf-8")
    (to / "pyproject.toml").write_text(settings + _SETTINGS.format(path=path, tests=tests))
    return to


def measured(room: str) -> Counter:
    """Run mutmut on one room; return how many mutants ended how."""
    path, tests = ROOMS[room]
    folder = copied(Path(tempfile.mkdtemp(prefix=f"mutants-{room}-")), path, tests)
    own = os.environ | {"PYTHONDONTWRITEBYTECODE": "1"}
    mutmut = [sys.executable, "-m", "mutmut"]
    done = subprocess.run([*mutmut, "run"], cwd=folder, env=own, capture_output=True, text=True)
    said = subprocess.run(
        [*mutmut, "results", "--all", "true"], cwd=folder, env=own, capture_output=True, text=True
    ).stdout
    found = Counter(re.findall(r": (killed|survived|no tests|timeout|suspicious)$", said, re.M))
    if not found:
        print(done.stdout[-2000:], done.stderr[-2000:], file=sys.stderr)
    survivors = [line for line in said.splitlines() if line.endswith(": survived")]
    (folder / "survivors.txt").write_text("\n".join(survivors) + "\n")
    print(f"  survivors: {folder / 'survivors.txt'}", file=sys.stderr)
    return found


def main(rooms: list[str]) -> None:
    """Print the table."""
    print(f"{'room':<14}{'mutants':>9}{'killed':>9}{'survived':>10}{'score':>8}{'seconds':>9}")
    for room in rooms or list(ROOMS):
        start = time.perf_counter()
        found = measured(room)
        total = sum(found.values())
        killed = found["killed"] + found["timeout"]
        score = f"{killed / total:.0%}" if total else "-"
        seconds = time.perf_counter() - start
        print(
            f"{room:<14}{total:>9}{killed:>9}{total - killed:>10}{score:>8}{seconds:>9.0f}",
            flush=True,
        )


if __name__ == "__main__":
    main(sys.argv[1:])
