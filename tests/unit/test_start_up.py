"""What a command loads before it answers: libraries that it does not need cost every call."""

import subprocess
import sys

import pytest

from fmbstats import figures

HEAVY = ("duckdb", "matplotlib", "numpy", "pandas", "polars", "scipy.stats")


def loaded_by(code: str) -> set[str]:
    asked = f"{code}\nimport sys\nprint(*sys.modules)"
    run = [sys.executable, "-c", asked]
    found = subprocess.run(run, capture_output=True, text=True, check=True).stdout.splitlines()
    return set(found[-1].split()) & set(HEAVY)


def test_help_loads_no_library_of_data():
    code = "from fmbstats.cli import main\nassert main(['--help']) == 0"
    assert loaded_by(code) == set()


@pytest.mark.parametrize("module", ["diagnosis", "overview", "terminal"])
def test_an_answer_in_words_loads_no_figures(module):
    assert loaded_by(f"import fmbstats.{module}").isdisjoint({"matplotlib", "scipy.stats"})


def test_every_figure_is_found_where_it_is_said_to_be():
    for name in figures.__all__:
        assert getattr(figures, name).__name__ == name
    with pytest.raises(AttributeError, match="no attribute 'pie'"):
        _ = figures.pie
