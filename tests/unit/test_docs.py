"""The documentation is true: the house as it is drawn, the commands, the files it names."""

import importlib
import re
from pathlib import Path

import pytest

from fmbstats.cli import COMMANDS

ROOT = Path(__file__).parents[2]
PAGES = sorted((ROOT / "notebooks" / "docs" / "pages").glob("*.md"))
TEXTS = [*PAGES, ROOT / "README.md", ROOT / "CONTRIBUTING.md"]


def layers():
    """Return the levels of `test_house`, from the top, read from its text."""
    text = (ROOT / "tests" / "unit" / "test_house.py").read_text("utf-8")
    listed = re.search(r"LAYERS = \((.*?)\n\)", text, re.DOTALL)[1]
    rows = [re.findall(r'"(\w+)"', row) for row in listed.splitlines()]
    return [row for row in rows if row][::-1]


def drawn():
    """Return the rooms on each line of the drawing, from the top."""
    text = (ROOT / "notebooks" / "docs" / "pages" / "house.md").read_text("utf-8")
    drawing = re.search(r"```text\n(.*?)```", text, re.DOTALL)[1]
    rooms = {path.stem for path in (ROOT / "fmbstats").iterdir()}
    lines = (line[22:].split("·")[0].split() for line in drawing.splitlines())
    rows = [[word for word in line if word in rooms] for line in lines]
    return [row for row in rows if row]


def test_the_house_stands_as_it_is_drawn():
    assert [sorted(row) for row in drawn()] == [sorted(row) for row in layers()]


@pytest.mark.parametrize("path", TEXTS, ids=lambda p: p.name)
def test_commands_that_are_shown_exist(path):
    text = path.read_text("utf-8")
    blocks = re.findall(r"^```.*?^```", text, re.DOTALL | re.MULTILINE)
    code = "\n".join([*blocks, *re.findall(r"`[^`\n]+`", text)])
    named = re.findall(r"(?<!import )(?<!from )\bfmbstats ([a-z]+)\b", code)
    assert [name for name in named if name not in COMMANDS] == []


@pytest.mark.parametrize("path", TEXTS, ids=lambda p: p.name)
def test_files_that_are_named_exist(path):
    text = path.read_text("utf-8")
    named = re.findall(r"`((?:tests|notebooks|data_raw|\.ci)/[\w./-]+\.\w+)`", text)
    missing = [name for name in named if not (ROOT / name).exists() and "register" not in name]
    rooms = re.findall(r"`((?:recommendations|words|sources|results|release)/[\w/]+\.py)`", text)
    assert missing + [name for name in rooms if not (ROOT / "fmbstats" / name).exists()] == []


def test_every_command_stands_in_the_readme():
    readme = (ROOT / "README.md").read_text("utf-8")
    missing = [name for name in COMMANDS if not re.search(rf"(fmbstats |, `?){name}\b", readme)]
    assert missing == []


def test_the_drawn_definitions_are_those_of_the_tests(monkeypatch):
    monkeypatch.syspath_prepend(str(ROOT / "notebooks" / "docs"))
    page = importlib.import_module("hooks").definitions()
    for path in (ROOT / "tests" / "spec").glob("test_[lp]*.py"):
        drawn = re.findall(r"^    +[a-z ]*[.=]*[=.][|>]$", path.read_text("utf-8"), re.MULTILINE)
        assert drawn
        assert [line for line in drawn if line.strip() not in page] == []
