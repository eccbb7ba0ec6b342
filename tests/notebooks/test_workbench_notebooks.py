"""Every notebook is thin, stored without outputs, and the analyst's three run in a real kernel."""

from __future__ import annotations

import ast
import json
import re
from pathlib import Path

import nbformat
import pytest

FOLDER = Path(__file__).parents[2] / "notebooks"
NOTEBOOKS = sorted(FOLDER.glob("*.ipynb"))
MOST_LINES = 6
SQL = re.compile(r"\b(select|insert|update|delete|copy|attach)\b.+\b(from|into|set|to)\b", re.I)
PATH = re.compile(r"(^|[\"'])(/|\.\.?/|~/|[A-Za-z]:\\)\w|\.(csv|duckdb|parquet|xlsx)\b")


def cells(path, kind):
    notebook = json.loads(path.read_text("utf-8"))
    return [c for c in notebook["cells"] if c["cell_type"] == kind]


def source(cell):
    text = "".join(cell["source"])
    return "\n".join(line for line in text.splitlines() if not line.startswith("%"))


def is_parameters(cell):
    return "parameters" in cell["metadata"].get("tags", ())


def names(paths):
    return [path.stem for path in paths]


def test_the_notebooks_of_the_workbench_are_there():
    assert {"diagnosis", "explore", "evaluate", "method"} <= set(names(NOTEBOOKS))


@pytest.mark.parametrize("path", NOTEBOOKS, ids=names(NOTEBOOKS))
def test_a_notebook_is_valid_and_stored_without_outputs(path):
    notebook = nbformat.read(path, as_version=4)
    nbformat.validate(notebook)
    assert "widgets" not in notebook.metadata
    for cell in cells(path, "code"):
        assert cell["outputs"] == []
        assert cell["execution_count"] is None


@pytest.mark.parametrize("path", NOTEBOOKS, ids=names(NOTEBOOKS))
def test_a_notebook_has_one_title_and_one_cell_of_parameters(path):
    titles = [
        line
        for cell in cells(path, "markdown")
        for line in "".join(cell["source"]).splitlines()
        if line.startswith("# ")
    ]
    assert len(titles) == 1
    assert sum(is_parameters(cell) for cell in cells(path, "code")) == 1


@pytest.mark.parametrize("path", NOTEBOOKS, ids=names(NOTEBOOKS))
def test_code_cells_are_one_call_long(path):
    for cell in cells(path, "code"):
        text = source(cell)
        if not is_parameters(cell):
            assert len(text.splitlines()) <= MOST_LINES, text
        assert not SQL.search(text), text
        assert not PATH.search(text), text
        for node in ast.walk(ast.parse(text)):
            assert not isinstance(
                node, ast.FunctionDef | ast.Lambda | ast.For | ast.While | ast.ListComp | ast.If
            ), text
            is_number = isinstance(node, ast.Constant) and type(node.value) in (int, float)
            assert is_parameters(cell) or not is_number, f"typed-in number in: {text}"


@pytest.mark.parametrize("name", ["explore", "evaluate", "method"])
def test_the_notebook_says_that_numbers_are_internal(name):
    first = "".join(cells(FOLDER / f"{name}.ipynb", "markdown")[0]["source"])
    assert "exakta och för internt bruk" in first


def run(path, store_path, tmp_path, **parameters):
    """Execute a notebook in a kernel of its own, over a local socket; return it."""
    import papermill.parameterize
    from jupyter_client.manager import AsyncKernelManager
    from nbclient import NotebookClient

    notebook = nbformat.read(path, as_version=4)
    # papermill reads names and language from its own metadata.
    notebook.metadata["papermill"] = {}
    for cell in notebook.cells:
        cell.metadata.setdefault("tags", [])
    notebook = papermill.parameterize.parameterize_notebook(
        notebook, parameters, report_mode=False, kernel_name="python3", language="python"
    )
    manager = AsyncKernelManager(kernel_name="python3", transport="ipc")
    manager.connection_file = str(tmp_path / "kernel.json")
    client = NotebookClient(
        notebook, km=manager, timeout=120, resources={"metadata": {"path": str(tmp_path)}}
    )
    client.owns_km = True  # so that the kernel ends with the notebook
    return client.execute()


def outputs(notebook):
    return [o for c in notebook.cells if c.cell_type == "code" for o in c.outputs]


def html(notebook):
    return "\n".join(o.data.get("text/html", "") for o in outputs(notebook) if "data" in o)


@pytest.fixture
def in_lab_environment(store_path, monkeypatch, tmp_path):
    """What `fmbstats lab` gives to a kernel; nothing of the user's own Jupyter."""
    monkeypatch.setenv("FMBSTATS_STORE", str(store_path))
    monkeypatch.setenv("JUPYTER_RUNTIME_DIR", str(tmp_path))
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path))
    monkeypatch.setenv("PYDEVD_DISABLE_FILE_VALIDATION", "1")


@pytest.mark.slow
@pytest.mark.usefixtures("in_lab_environment")
def test_explore_runs_and_shows_card_curve_and_widgets(notebook_folder, store_path, tmp_path):
    done = run(notebook_folder / "explore.ipynb", store_path, tmp_path, diagnosis="M54")
    shown = html(done)
    assert "Exakta tal för internt bruk" in shown
    assert "SYNTETISKA DATA" in shown
    assert "M54" in shown
    assert shown.count("data:image/png") == 1, "one figure outside the widgets"
    assert any(
        "application/vnd.jupyter.widget-view+json" in o.get("data", {}) for o in outputs(done)
    )


@pytest.mark.slow
@pytest.mark.usefixtures("in_lab_environment")
def test_evaluate_runs_and_shows_differences_with_figures(notebook_folder, store_path, tmp_path):
    done = run(
        notebook_folder / "evaluate.ipynb", store_path, tmp_path,
        by="sex", first_group="men", second_group="women",
    )  # fmt: skip
    shown = html(done)
    for wanted in ("Skillnad", "procentenheter", "Log-rank", "Medellängd inom", "Kvinnor", "Män"):
        assert wanted in shown
    assert shown.count("data:image/png") == 5, "figures outside the widgets"
    assert shown.count("<figcaption>") == 3
    for wanted in ("2014–2015 minus 2017–2018", "Kvinnor minus Män", "Män minus Kvinnor"):
        assert wanted in shown
    assert any(
        "application/vnd.jupyter.widget-view+json" in o.get("data", {}) for o in outputs(done)
    )


@pytest.mark.slow
@pytest.mark.usefixtures("in_lab_environment")
def test_method_runs_with_an_example_of_every_method(notebook_folder, store_path, tmp_path):
    done = run(notebook_folder / "method.ipynb", store_path, tmp_path)
    calls = [c for c in done.cells if c.cell_type == "code" and c.source.startswith("methods.")]
    assert len(calls) >= 20
    assert all(cell.outputs for cell in calls)
    headings = "".join(c.source for c in done.cells if c.cell_type == "markdown")
    missing = [m for m in range(1, 23) if not re.search(rf"\bM{m}\b", headings)]
    assert missing == [], f"methods without a section: {missing}"


@pytest.mark.slow
@pytest.mark.usefixtures("in_lab_environment")
@pytest.mark.parametrize(
    ("name", "parameters", "n_parts"),
    [
        ("evaluate_revision", {"entry": "F32", "release": False, "despite_rivals": True}, 5),
        ("evaluate_drift", {"language": "en"}, 4),
    ],
)
def test_notebooks_of_evaluations_run_under_papermill(
    notebook_folder, tmp_path, name, parameters, n_parts
):
    import papermill

    done = papermill.execute_notebook(
        notebook_folder / f"{name}.ipynb", tmp_path / "done.ipynb", parameters,
        kernel_name="python3", progress_bar=False,
    )  # fmt: skip
    parts = [o["data"] for o in outputs(done) if "text/html" in o.get("data", {})]
    assert len(parts) == n_parts
    assert "<figure" in parts[0]["text/html"]
