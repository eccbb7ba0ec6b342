"""Text from data in each medium: nothing acts, whatever it is called; one home for all of it."""

import ast
import re
from pathlib import Path

import pytest

import fmbstats
from fmbstats import media, words

PACKAGE = Path(fmbstats.__file__).parent
ACTS = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]"
)
# Escape codes, marks that turn text round, signs nobody sees, formulas, markup.
HOSTILE = [
    "\x1b[2Jname", "\x9b31mname", "a\u202edcba", "a\u2066b\u2069", "a\u200bb\ufeffc", "a\u2028b",
    "=1+1", " @sum(1)", "+cmd|' /C calc'!A0", "\t-2+3", "<script>alert(1)</script>",
    '" onmouseover="alert(1)', "a\x00b", "\ud800",
]  # fmt: skip
WAYS = ("in_html", "in_cell", "in_picture", "on_terminal")


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize("way", WAYS)
def test_no_medium_shows_what_acts(way, text):
    shown = getattr(media, way)(text)
    assert not ACTS.search(shown)
    assert any(c.isalnum() for c in shown)
    if way == "in_html":
        assert not set('<>"') & set(re.sub("</?bdi>", "", shown))
    if way == "in_cell":
        assert not shown.startswith(("=", "+", "-", "@"))


@pytest.mark.parametrize("way", [w for w in WAYS if w != "on_terminal"])
def test_what_is_let_through_is_seen(way, monkeypatch):
    monkeypatch.setattr(words, "visible", lambda text, max_length=500: str(text))
    assert ACTS.search(getattr(media, way)("a\x1b[2Jb"))


def test_nobody_else_makes_text_harmless():
    """Another home would be forgotten when this one learns something."""
    kinds_of_signs, formulas = set(), set()
    for path in sorted(PACKAGE.rglob("*.py")):
        name, text = path.relative_to(PACKAGE).as_posix(), path.read_text("utf-8")
        if "category" not in text and '"@"' not in text:
            continue  # parsing all takes seconds
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.Attribute) and node.attr == "category":
                kinds_of_signs |= {name} if ast.unparse(node.value) == "unicodedata" else set()
            if isinstance(node, ast.Tuple | ast.Set | ast.List):
                signs = {e.value for e in node.elts if isinstance(e, ast.Constant)}
                formulas |= {name} if {"=", "@"} <= signs else set()
    # The gate reads what others have written, by a list of its own.
    assert formulas == {"media.py", "gate/read_tables.py"}
    assert kinds_of_signs == {"words/plain.py", "gate/known_text.py"}
