"""The house keeps its order: lower rooms never import higher ones, functions stay short."""

import ast
import re
from pathlib import Path

import pytest

import fmbstats

PACKAGE = Path(fmbstats.__file__).parent
LAYERS = (
    ("errors", "atomic", "words"),
    ("codes", "disclosure", "measures", "stats", "figures", "tables", "told"),
    ("sources", "recommendations", "published", "sql"),
    ("store", "adherence", "synth"),
    ("results", "diagnosis", "overview", "rounds", "terminal"),
    ("pages",),
    ("batch",),
    ("export",),
    ("gate", "workbench"),
    ("cli",),
)
LEVEL = {room: level for level, rooms in enumerate(LAYERS) for room in rooms}
FORBIDDEN = {
    "stats": {"duckdb", "polars", "pandas", "matplotlib", "fmbstats.store", "pathlib"},
    "adherence": {"duckdb", "polars", "pandas", "matplotlib", "pathlib"},
    "words": {"duckdb", "polars", "pandas", "matplotlib", "scipy"},
    "sources": {"duckdb", "matplotlib"},
    "figures": {"duckdb", "polars"},
    "results": {"duckdb", "polars"},
}


def modules():
    return sorted(PACKAGE.rglob("*.py"))


def room_of(path):
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imports(path):
    """Every module imported anywhere in a file, also inside functions."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            if node.module == "fmbstats":
                yield from (f"fmbstats.{alias.name}" for alias in node.names)


@pytest.mark.parametrize("path", modules(), ids=lambda p: str(p.relative_to(PACKAGE)))
def test_rooms_import_only_downwards(path):
    room = room_of(path)
    if room == "__init__":
        return
    for module in imports(path):
        other = re.match(r"fmbstats\.(\w+)", module)
        if other and other[1] in LEVEL and other[1] != room:
            assert LEVEL[other[1]] <= LEVEL[room], f"{room} must not import {other[1]}"
        for banned in FORBIDDEN.get(room, ()):
            is_banned = module == banned or module.startswith(banned + ".")
            assert not is_banned, f"{path.name} imports {module}"


def test_every_room_has_its_place():
    rooms = {room_of(path) for path in modules()} - {"__init__"}
    assert rooms <= set(LEVEL), f"rooms without a place in the order: {rooms - set(LEVEL)}"


@pytest.mark.parametrize("path", modules(), ids=lambda p: str(p.relative_to(PACKAGE)))
def test_functions_are_short(path):
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            body = node.body[1:] if ast.get_docstring(node) else node.body
            lines = body[-1].end_lineno - body[0].lineno + 1 if body else 0
            assert lines <= 60, f"{path.name}:{node.lineno} {node.name} has {lines} lines"
