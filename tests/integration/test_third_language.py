"""A language is one file: pages, exports and the gate speak it as soon as it lies there."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from fmbstats.words.__main__ import write

ROOT = Path(__file__).parents[2]
PHRASES = {"index.question": "Kuinka kauan?", "word.and": "ja", "stratum.sex.women": "Naiset"}


@pytest.fixture
def house(tmp_path):
    """Return a copy of the package that holds a third catalogue, beside the same facts."""
    shutil.copytree(
        ROOT / "fmbstats", tmp_path / "fmbstats", ignore=shutil.ignore_patterns("__pycache__")
    )
    for name in ("data_raw", "notebooks", "pyproject.toml"):
        (tmp_path / name).symlink_to(ROOT / name)
    write(tmp_path / "fmbstats/words/catalogues/fi.po", "fi_FI", PHRASES)
    return tmp_path


@pytest.mark.slow
def test_reports_are_made_and_released_in_a_third_language(house):
    def run(*words: str) -> str:
        done = subprocess.run(
            [sys.executable, "-m", "fmbstats", *words],
            cwd=house, env=os.environ | {"PYTHONPATH": str(house)},
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    run("report", "--only", "F32", "--language", "fi", "--to", "out")
    made = house / "out" / "2017"
    index = (made / "index.html").read_text(encoding="utf-8")
    assert '<html lang="fi">' in index
    assert "Kuinka kauan?" in index
    assert "Naiset" in (made / "depressiv-episod.html").read_text(encoding="utf-8")
    assert "passed" in run("gate", str(made))
    run("export", "--only", "F32", "--language", "fi", "--to", "export")
    assert "passed" in run("gate", "export")
