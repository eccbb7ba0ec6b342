"""The house keeps its order: files import downwards, SQL has its rooms, functions stay short.

Every guard reads the code. Where today's code still departs, a list below says so by name; the
lists only shrink: a departure that is gone must leave its list, too.
"""

import ast
import re
from functools import cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

import fmbstats

PACKAGE = Path(fmbstats.__file__).parent
# From the bottom up: a room imports only from the levels below its own.
LAYERS = (
    ("errors", "sql"),
    ("settings",),
    ("atomic", "codes", "frames", "measures", "words", "stats"),
    ("media",),
    ("tables", "told", "figures"),
    ("sources",),
    ("recommendations", "rounds"),
    ("adherence", "published", "synth"),
    ("store",),
    ("release", "evaluate"),
    ("results",),
    ("diagnosis",),
    ("overview", "terminal", "workbench"),
    ("pages",),
    ("batch",),
    ("export",),
    ("gate",),
    ("cli",),
)
LEVEL = {room: level for level, rooms in enumerate(LAYERS) for room in rooms}
FORBIDDEN = {
    "stats": {"duckdb", "polars", "pandas", "matplotlib", "pathlib"},
    "adherence": {"duckdb", "polars", "pandas", "matplotlib", "pathlib"},
    "measures": {"duckdb", "polars", "pandas", "matplotlib", "pathlib", "numpy"},
    "words": {"duckdb", "polars", "pandas", "matplotlib", "scipy"},
    "sources": {"duckdb", "matplotlib"},
    "recommendations": {"duckdb", "matplotlib"},
    "figures": {"duckdb", "polars"},
    "results": {"duckdb", "polars", "fmbstats.store", "fmbstats.diagnosis"},
    "store": {"matplotlib", "fmbstats.stats", "fmbstats.adherence"},
    "gate": {"fmbstats.diagnosis", "fmbstats.overview"},
}
# Files whose imports still cross a room on the same level or a forbidden one: file -> what.
CROSSING: dict[str, set[str]] = {}
# Where a query may be written out.
SQL_ROOMS = {"store", "sql", "release"}
# Modules outside those rooms that still hold SQL.
STRAY_SQL: set[str] = set()
# Where bits are counted: the layout of packed cells, and formats of files that are others'.
BIT_LAYOUTS = {
    "release/rule.py",  # no layout: it mixes the bits of secret numbers
    "sources/registers/packed.py",
    "sources/registers/parquet_pages.py",
}


def modules():
    return sorted(PACKAGE.rglob("*.py"))


def name_of(path):
    return path.relative_to(PACKAGE).as_posix()


def room_of(path):
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


@cache
def tree_of(path):
    return ast.parse(path.read_text("utf-8"))


@cache
def nodes_of(path):
    return tuple(ast.walk(tree_of(path)))


@cache
def module_names():
    """Return dotted name -> file of every module of the package."""
    names = {}
    for path in modules():
        parts = ("fmbstats", *path.relative_to(PACKAGE).with_suffix("").parts)
        names[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return names


def imports(path):
    """Every module imported anywhere in a file, also inside functions and for types alone."""
    for node in nodes_of(path):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, f"{name_of(path)} imports relatively"
            yield node.module
            if node.module.split(".")[0] == "fmbstats":
                yield from (f"{node.module}.{alias.name}" for alias in node.names)


@cache
def imported_files(path):
    """Files of the package that a file imports: a module rather than the package it lies in."""
    known, found = module_names(), set()
    for node in nodes_of(path):
        if isinstance(node, ast.Import):
            found |= {known[a.name] for a in node.names if a.name in known}
        elif isinstance(node, ast.ImportFrom):
            for alias in node.names:
                name = f"{node.module}.{alias.name}"
                found |= {known[n] for n in (name if name in known else node.module,) if n in known}
    return frozenset(found - {path})


def test_every_room_has_its_place():
    rooms = {room_of(path) for path in modules()} - {"__init__", "__main__"}
    assert rooms <= set(LEVEL), f"rooms without a place in the order: {rooms - set(LEVEL)}"


def test_files_import_no_circle():
    try:
        TopologicalSorter({path: imported_files(path) for path in modules()}).prepare()
    except CycleError as error:
        circle = " -> ".join(name_of(path) for path in error.args[1])
        pytest.fail(f"files import each other in a circle, types counted: {circle}")


def test_no_chain_of_imports_is_long():
    """What lies deep pulls everything along: a constant belongs where the lowest needs it."""
    depth = {}
    for path in TopologicalSorter({p: imported_files(p) for p in modules()}).static_order():
        depth[path] = 1 + max((depth[other] for other in imported_files(path)), default=0)
    assert max(depth.values()) < 20, name_of(max(depth, key=depth.get))


def crossings(path):
    """Imports of a file that go up, sideways to another room, or to what its room must not know."""
    room = room_of(path)
    for module in imports(path):
        other = re.match(r"fmbstats\.(\w+)", module)
        if other and other[1] in LEVEL and other[1] != room and LEVEL[other[1]] >= LEVEL[room]:
            yield f"fmbstats.{other[1]}"
        for banned in FORBIDDEN.get(room, ()):
            if module == banned or module.startswith(banned + "."):
                yield banned


def test_rooms_import_only_downwards():
    found = {name_of(p): set(crossings(p)) for p in modules() if room_of(p) in LEVEL}
    assert {name: what for name, what in found.items() if what} == CROSSING


_QUERY = re.compile(
    r"\b(select\b.+\b(from|as)\b|insert into|create (or replace )?(temp )?(table|view|macro)\b"
    r"|update \w+ set|delete from|with \w+ as \()",
    re.DOTALL,
)


def _texts(path):
    """Texts of a module that are neither docstrings nor parts of one."""
    skipped = set()
    for node in nodes_of(path):
        body = getattr(node, "body", None)
        if isinstance(body, list) and body and isinstance(body[0], ast.Expr):
            skipped.add(id(body[0].value))
        if isinstance(node, ast.JoinedStr):
            text = "".join(v.value for v in node.values if isinstance(v, ast.Constant))
            skipped |= {id(v) for v in node.values}
            yield text
        elif isinstance(node, ast.Constant) and id(node) not in skipped:
            yield str(node.value)


def test_sql_is_written_in_its_rooms_alone():
    found = {
        name_of(path)
        for path in modules()
        if room_of(path) not in SQL_ROOMS and any(map(_QUERY.search, _texts(path)))
    }
    assert found == STRAY_SQL


def _counts_bits(node):
    """Whether an expression shifts, masks or scales something by bits; sizes (1 << 20) do not."""
    if not isinstance(node, ast.BinOp) or isinstance(node.left, ast.Constant):
        return False
    if isinstance(node.op, ast.LShift | ast.RShift):
        return True
    right = node.right
    if isinstance(node.op, ast.BitAnd):
        is_mode = getattr(node.left, "attr", "") == "st_mode"
        return isinstance(getattr(right, "value", None), int) and not is_mode
    is_power = isinstance(right, ast.BinOp) and isinstance(right.op, ast.Pow | ast.LShift)
    return (
        isinstance(node.op, ast.Mult | ast.FloorDiv)
        and is_power
        and (
            isinstance(right.left, ast.Constant)
            and right.left.value in (1, 2)
            and not isinstance(right.right, ast.BinOp)
        )
    )


def test_bits_are_counted_in_one_place():
    found = {name_of(p) for p in modules() if any(map(_counts_bits, nodes_of(p)))}
    assert found <= BIT_LAYOUTS


def functions(path):
    return (
        node for node in nodes_of(path) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    )


def test_functions_are_short():
    lengths = []
    for path in modules():
        for node in functions(path):
            body = node.body[1:] if ast.get_docstring(node) else node.body
            lines = body[-1].end_lineno - body[0].lineno + 1 if body else 0
            lengths.append(lines)
            assert lines <= 60, f"{name_of(path)}:{node.lineno} {node.name} has {lines} lines"
    assert sorted(lengths)[len(lengths) // 2] <= 12


_AGREED = re.compile(
    r"_?(threshold|(employee_)?entry_day|tau_days|horizon(_days)?|month_days|month_conventions|near)",
    re.IGNORECASE,
)


def _named_values(node):
    """Yield (name, value) of what a module, class or signature sets by name."""
    if isinstance(node, ast.FunctionDef):
        plain, kept = node.args, node.args.kwonlyargs
        positional = (plain.posonlyargs + plain.args)[::-1]
        yield from ((a.arg, v) for a, v in zip(positional, plain.defaults[::-1], strict=False))
        yield from ((a.arg, v) for a, v in zip(kept, plain.kw_defaults, strict=True))
    elif isinstance(node, ast.Assign | ast.AnnAssign):
        target = node.targets[0] if isinstance(node, ast.Assign) else node.target
        yield getattr(target, "id", ""), node.value


def _is_written_out(value):
    """Whether a number is written out; 0 (from the first day) is nobody's decision."""
    if isinstance(value, ast.Tuple):
        return any(map(_is_written_out, value.elts))
    return isinstance(value, ast.Constant) and value.value not in (None, 0, "")


def test_what_the_house_agrees_on_stands_in_its_settings():
    found = [
        f"{name_of(path)}:{node.lineno} {name}"
        for path in modules()
        if name_of(path) != "settings.py"
        for node in nodes_of(path)
        for name, value in _named_values(node)
        if _AGREED.fullmatch(name) and _is_written_out(value)
    ]
    assert not found, "written out again; use SETTINGS"


def test_no_default_names_a_language():
    found = [
        f"{name_of(path)}:{node.lineno} {name}"
        for path in modules()
        if room_of(path) != "words"
        for node in nodes_of(path)
        for name, value in _named_values(node)
        if name == "language" and isinstance(value, ast.Constant) and value.value
    ]
    assert not found, "say '' for the language that is spoken, or words.DEFAULT_LANGUAGE"
