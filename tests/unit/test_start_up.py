"""What a command loads before it answers: libraries that it does not need cost every call."""

import subprocess
import sys
from pathlib import Path

import pytest

from fmbstats import figures

# What only the extra "export" brings.
OF_EXPORT = ("typst", "xlsxwriter")
HEAVY = (
    "duckdb", "isoduration", "jupyter_client", "matplotlib", "numpy", "pandas", "polars", "pyarrow",
    "requests", "scipy.optimize", "scipy.special", "scipy.stats",
)  # fmt: skip


def loaded_after(*steps: str) -> list[set[str]]:
    """What one process has loaded after each of some steps."""
    asked = "".join(f"{step}\nimport sys\nprint('loaded', *sys.modules)\n" for step in steps)
    run = [sys.executable, "-c", asked]
    found = subprocess.run(run, capture_output=True, text=True, check=True).stdout.splitlines()
    told = [line.split() for line in found if line.startswith("loaded ")]
    return [set(HEAVY).intersection(names) for names in told]


def loaded_by(code: str) -> set[str]:
    (loaded,) = loaded_after(code)
    return loaded


def test_reports_are_checked_where_nothing_that_writes_exports_is_installed():
    code = "from fmbstats.gate import checks, record\nimport fmbstats.batch.run"
    without = f"import sys\nsys.modules |= dict.fromkeys({OF_EXPORT})\n{code}"
    assert "pandas" in loaded_by(without)


def test_help_loads_no_library_of_data_and_an_answer_in_words_no_figures():
    asked = "from fmbstats.cli import main\nassert main(['--help']) == 0"
    answer = (
        "import fmbstats.diagnosis.objects, fmbstats.overview, fmbstats.terminal\n"
        "from fmbstats.store import cells, exact"
    )
    assert loaded_after(asked, answer) == [set(), {"duckdb", "numpy"}]


def test_forks_draw_their_pages_without_matplotlib():
    code = (
        "from fmbstats.batch import warm\nfrom fmbstats.pages import style\n"
        "from fmbstats.pages.shell import make_shell\nstyle.apply(make_shell())"
    )
    assert loaded_by(code).isdisjoint({"matplotlib", "scipy.stats"})


def test_a_run_leaves_estimators_to_its_forks_and_papermill_all_that_it_can():
    """What starts and ends a run beside its forks must not load all that they have loaded."""
    started = (
        "import fmbstats.batch.calls, fmbstats.batch.yearly, fmbstats.batch.execute\n"
        "from fmbstats.batch.engine import load_papermill\n"
        "papermill = load_papermill()"
    )
    # It still reads from afar and starts kernels.
    used = (
        "assert papermill.iorw.requests.get.__module__ == 'requests.api'\n"
        "import nbformat\n"
        "book = papermill.engines.NotebookExecutionManager(nbformat.v4.new_notebook())\n"
        "client = papermill.engines.PapermillNotebookClient(book)\n"
        "assert client.__module__ == 'papermill.clientwrap'"
    )
    before, after = loaded_after(started, used)
    assert before == {"duckdb"}
    assert {"jupyter_client", "requests"} <= after


def test_engines_of_other_packages_find_papermill_as_it_is(tmp_path, monkeypatch):
    (tmp_path / "other_engine.py").write_text(
        "import jupyter_client.session\n"
        "from papermill.clientwrap import PapermillNotebookClient\n"
        "class Engine(PapermillNotebookClient):\n    pass\n"
    )
    about = tmp_path / "other_engine-1.0.dist-info"
    about.mkdir()
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: other-engine\nVersion: 1.0\n")
    (about / "entry_points.txt").write_text("[papermill.engine]\nother = other_engine:Engine\n")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    code = (
        "from fmbstats.batch.engine import load_papermill\n"
        "engines = load_papermill().engines.papermill_engines\n"
        "assert engines.get_engine('other').__module__ == 'other_engine'\n"
        "assert engines.get_engine('fmbstats').__name__ == 'ForkEngine'"
    )
    assert "jupyter_client" in loaded_by(code)


def test_every_figure_is_found_where_it_is_said_to_be():
    for name in figures.__all__:
        assert getattr(figures, name).__name__ == name
    with pytest.raises(AttributeError, match="no attribute 'pie'"):
        _ = figures.pie


@pytest.mark.skipif(not Path("/proc/self/task").is_dir(), reason="threads are listed on Linux")
def test_reading_a_room_starts_no_thread_of_polars():
    """A fork of a process whose polars has started never ends; batches and tests fork."""
    code = (
        "import importlib, pathlib, pkgutil, fmbstats\n"
        "for found in pkgutil.walk_packages(fmbstats.__path__, 'fmbstats.'):\n"
        "    if '__main__' not in found.name and not found.name.startswith('fmbstats.shipped'):\n"
        "        importlib.import_module(found.name)\n"
        "names = [p.read_text().strip() for p in pathlib.Path('/proc/self/task').glob('*/comm')]\n"
        "assert 'fmbstats.sources.registers.encoding' in __import__('sys').modules\n"
        "assert not [name for name in names if name == 'polars-0'], names"
    )
    loaded_by(code)


def test_an_export_loads_evaluations_only_when_it_holds_some():
    assert loaded_by("import fmbstats.export.job").isdisjoint({"scipy.optimize", "scipy.stats"})
