"""The house before it was set in order (commit ebe3287) and now, counted by one script.

    uv run python tests/bench/house.py            # writes house.md beside this file

Reads the code of both; of today's also runs mypy and the unit tests of some rooms, and takes over
the scores that `mutation.py` measured. A line is counted once: as docstring, comment, blank or
code.
"""

from __future__ import annotations

import ast
import io
import os
import statistics
import subprocess
import sys
import tarfile
import tempfile
import tokenize
from collections import Counter
from collections.abc import Iterator
from functools import cache
from graphlib import TopologicalSorter
from pathlib import Path

from mutation import rows as mutation_rows

ROOT = Path(__file__).parents[2]
BEFORE = "ebe3287"
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
# Room -> its unit tests.
TESTED = {
    "words": "test_words test_gate_words",
    "recommendations": "test_yardstick fmb",
    "adherence": "test_adherence test_adherence_plainly test_results_adherence",
    "estimators": "test_stats_survival_plainly test_stats_event_study_plainly",
    "evaluate": "test_evaluate_by_hand test_evaluate_rollout",
    "release": "test_release_rule test_release_rule_plainly test_publishing",
    "store": "test_staging test_ledger_tables test_packed",
    "gate": "test_gate_again test_gate_readers test_gate_table test_gate_words",
    "sources": "test_sources_bands test_sources_mapping test_sources_spells test_sources_midas",
    "figures": "test_figures test_page_charts",
}


@cache
def tree_of(path: Path) -> ast.Module:
    """Return a file's tree."""
    return ast.parse(path.read_text("utf-8"))


def _is_docstring(statement: ast.stmt) -> bool:
    value = getattr(statement, "value", None)
    is_text = isinstance(value, ast.Constant) and isinstance(value.value, str)
    return isinstance(statement, ast.Expr) and is_text


def kinds_of_lines(path: Path) -> Counter:
    """Count a file's lines by kind."""
    text = path.read_text("utf-8")
    kinds = ["code" if line.strip() else "blank" for line in text.splitlines()]
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type == tokenize.COMMENT and not token.line[: token.start[1]].strip():
            kinds[token.start[0] - 1] = "comment"
    for node in ast.walk(tree_of(path)):
        body = getattr(node, "body", None)
        is_ours = isinstance(node, (ast.Module, ast.ClassDef, *FUNCTIONS))
        if is_ours and body and _is_docstring(body[0]):
            first, last = body[0].lineno, body[0].end_lineno or 0
            kinds[first - 1 : last] = ["docs"] * (last - first + 1)
    return Counter(kinds)


def function_lengths(paths: list[Path]) -> list[int]:
    """Return lines of every function's body, without its docstring, ascending."""
    found = []
    for node in (n for path in paths for n in ast.walk(tree_of(path)) if isinstance(n, FUNCTIONS)):
        body = node.body[1:] if _is_docstring(node.body[0]) else node.body
        found.append((body[-1].end_lineno or 0) - body[0].lineno + 1 if body else 0)
    return sorted(found)


def imports(paths: list[Path], root: Path) -> dict[str, set[str]]:
    """Return which modules of the package each imports, anywhere and for types alone."""
    names = {}
    for path in paths:
        parts = path.relative_to(root).with_suffix("").parts
        names[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path

    def of(path: Path) -> Iterator[str]:
        for node in ast.walk(tree_of(path)):
            if isinstance(node, ast.Import):
                yield from (alias.name for alias in node.names)
            elif isinstance(node, ast.ImportFrom):
                whole = [f"{node.module}.{alias.name}" for alias in node.names]
                yield from (name if name in names else str(node.module) for name in whole)

    return {name: {x for x in of(path) if x in names} - {name} for name, path in names.items()}


def circles(graph: dict[str, set[str]]) -> list[set[str]]:
    """Return the sets of modules that reach each other, largest first."""
    reach = {}
    for name in graph:
        seen, left = set(), [name]
        while left:
            for other in graph[left.pop()] - seen:
                seen.add(other)
                left.append(other)
        reach[name] = seen
    found: list[set[str]] = []
    for name in graph:
        ring = {other for other in reach[name] if name in reach[other]}
        if ring and ring not in found:
            found.append(ring)
    return sorted(found, key=len, reverse=True)


def depth(graph: dict[str, set[str]]) -> int:
    """Return how many modules the longest chain of imports has; a circle counts as one."""
    of = {name: name for name in graph}
    for ring in circles(graph):
        of |= dict.fromkeys(ring, min(ring))
    whole: dict[str, set[str]] = {}
    for name, others in graph.items():
        whole.setdefault(of[name], set()).update(of[other] for other in others)
    lengths: dict[str, int] = {}
    for name in TopologicalSorter({k: v - {k} for k, v in whole.items()}).static_order():
        lengths[name] = 1 + max((lengths[other] for other in whole[name] - {name}), default=0)
    return max(lengths.values())


def one_caller(paths: list[Path]) -> tuple[int, int]:
    """Return how many private functions are named once in their file, and how many there are."""
    n_once = n_all = 0
    for path in paths:
        nodes = list(ast.walk(tree_of(path)))
        named = Counter(getattr(node, "id", getattr(node, "attr", None)) for node in nodes)
        own = [n.name for n in nodes if isinstance(n, FUNCTIONS) and n.name.startswith("_")]
        own = [name for name in own if not name.startswith("__")]
        n_all += len(own)
        n_once += sum(named[name] == 1 for name in own)
    return n_once, n_all


def type_errors(root: Path) -> int:
    """Return how many errors mypy finds, by today's settings."""
    command = [sys.executable, "-m", "mypy", "--config-file", str(ROOT / "pyproject.toml")]
    said = subprocess.run([*command, "fmbstats"], cwd=root, capture_output=True, text=True).stdout
    return sum(": error:" in line for line in said.splitlines())


def counted(root: Path) -> dict[str, str]:
    """Return every figure that the code tells."""
    paths = sorted((root / "fmbstats").rglob("*.py"))
    kinds = sum((kinds_of_lines(path) for path in paths), Counter())
    lengths = function_lengths(paths)
    tests = sum(len(p.read_text("utf-8").splitlines()) for p in (root / "tests").rglob("*.py"))
    graph = imports(paths, root)
    rings, (once, private) = circles(graph), one_caller(paths)
    sizes = ", ".join(str(len(ring)) for ring in rings) or "none"
    body = (statistics.median(lengths), lengths[9 * len(lengths) // 10], lengths[-1])
    return {
        "files": str(len(paths)),
        "lines": f"{kinds.total():,}",
        "of these code": f"{kinds['code']:,}",
        "docstrings": f"{kinds['docs']:,}",
        "comments": f"{kinds['comment']:,} ({kinds['comment'] / kinds.total():.1%})",
        "lines of tests": f"{tests:,}",
        "tests per line": f"{tests / kinds.total():.2f}",
        "lines of a function: median, nine tenths, longest": "{:.0f}, {}, {}".format(*body),
        "longest chain of imports": str(depth(graph)),
        "files in circles, type hints counted": sizes,
        "private functions with one caller": f"{once / private:.0%} of {private:,}",
        "errors of mypy": str(type_errors(root)),
    }


def seconds_of_tests() -> dict[str, float]:
    """Return processor seconds of each room's unit tests, start-up included, modules compiled."""
    found = {}
    pytest = [sys.executable, "-m", "pytest", "-q", "-n", "0", "-p", "no:cacheprovider"]
    with tempfile.TemporaryDirectory() as compiled:
        own = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
        own["PYTHONPYCACHEPREFIX"] = compiled
        for room, names in TESTED.items():
            paths = [f"tests/unit/{n}" + ".py" * (n != "fmb") for n in names.split()]
            for more in (["--collect-only"], []):
                before = os.times()
                command = [*pytest, *more, *paths]
                subprocess.run(command, cwd=ROOT, env=own, check=True, capture_output=True)
            after = os.times()
            found[room] = sum(after[k] - before[k] for k in (2, 3))  # of children: user, system
    return found


def main() -> None:
    """Write the table."""
    with tempfile.TemporaryDirectory() as folder:
        packed = subprocess.run(
            ["git", "archive", BEFORE, "fmbstats", "tests"], cwd=ROOT, check=True,
            capture_output=True,
        ).stdout  # fmt: skip
        with tarfile.open(fileobj=io.BytesIO(packed)) as archive:
            archive.extractall(folder, filter="data")
        before, now = counted(Path(folder)), counted(ROOT)
    lines = ["# The house, before and now", "", f"| | {BEFORE} | now |", "|---|---|---|"]
    lines += [f"| {name} | {before[name]} | {now[name]} |" for name in now]
    lines += ["", "Changes of a room's code that its unit tests notice (`mutation.py`):", ""]
    lines += ["| room | changes | tried | noticed | |", "|---|---|---|---|---|"]
    for name, row in mutation_rows().items():
        share = int(row["killed"]) / int(row["mutants"])
        numbers = " | ".join(row[key] for key in ("of", "mutants", "killed"))
        lines.append(f"| {name} | {numbers} | {share:.0%} |")
    lines += [
        "",
        "Processor seconds of a room's unit tests, start-up included, modules compiled:",
        "",
    ]
    lines += ["| room | seconds |", "|---|---|"]
    lines += [f"| {room} | {seconds:.1f} |" for room, seconds in seconds_of_tests().items()]
    Path(__file__).with_suffix(".md").write_text("\n".join(lines) + "\n", "utf-8")


if __name__ == "__main__":
    main()
