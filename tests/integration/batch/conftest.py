"""Small, fast batches; one warmed process for all tests of a session."""

import os
import uuid
from pathlib import Path

import nbformat
import psutil
import pytest
from nbformat.v4 import new_code_cell, new_notebook

from fmbstats.batch import run as batch
from fmbstats.batch.engine import WarmProcess, can_fork

SMALL = Path(__file__).parents[2] / "fixtures" / "reports" / "small.ipynb"
MARK = "FMBSTATS_TEST_MARK"


def pytest_collection_modifyitems(items):
    if not can_fork():
        for item in items:
            if "warm" in getattr(item, "fixturenames", ()):
                item.add_marker(pytest.mark.skip(reason="no fork here: the stock engine is used"))


@pytest.fixture(scope="session")
def warm():
    with WarmProcess(modules=("numpy", "matplotlib.pyplot")) as process:
        yield process


@pytest.fixture
def small_jobs():
    """Jobs on the small notebook; keywords by slug change a job's behaviour."""

    def make(n=3, watched=(), **behaviours):
        return [
            batch.ReportJob(
                slug=f"r-{i}",
                title=f"Rapport {i}",
                notebook=SMALL,
                parameters={
                    "entry": f"F{i}",
                    "year": 2017,
                    "behaviour": behaviours.get(f"r_{i}", ""),
                },
                watched=watched,
            )
            for i in range(n)
        ]

    return make


@pytest.fixture
def run_batch(warm):
    """Run a batch in the shared warmed process; keywords of `Options` may be mixed in."""

    def run(jobs, folder, **keywords):
        names = batch.Options.__dataclass_fields__.keys() - {"n_jobs"}
        options = batch.Options(**{k: keywords.pop(k) for k in names & keywords.keys()})
        keywords.setdefault("n_jobs", 2)
        return batch.run(jobs, folder, options=options, warm=warm, progress=False, **keywords)

    return run


@pytest.fixture
def snapshot():
    """Content of every file of a report folder except the one that may hold times."""

    def content(folder):
        return {
            p.relative_to(folder).as_posix(): p.read_bytes()
            for p in sorted(folder.rglob("*"))
            if p.is_file() and p.name not in {"manifest.json", ".batch.lock"}
        }

    return content


@pytest.fixture
def cells_notebook(tmp_path):
    """Write a notebook with a parameters cell and the given code cells."""

    def write(*sources, name="cells.ipynb", tags=("parameters",)):
        cells = [new_code_cell('entry = ""', metadata={"tags": list(tags)})]
        cells += [new_code_cell(source) for source in sources]
        for number, cell in enumerate(cells):
            cell["id"] = f"c{number}"
        kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
        about = {"kernelspec": kernel, "language_info": {"name": "python"}}
        path = tmp_path / name
        nbformat.write(new_notebook(cells=cells, metadata=about), path)
        return path

    return write


@pytest.fixture
def marked_processes(monkeypatch):
    """Processes started, directly or not, by this test."""
    value = uuid.uuid4().hex
    monkeypatch.setenv(MARK, value)

    def running():
        found = []
        for process in psutil.process_iter():
            try:
                if process.pid != os.getpid() and process.environ().get(MARK) == value:
                    found.append(process)
            except (psutil.Error, OSError):
                continue
        return [p for p in found if p.status() != psutil.STATUS_ZOMBIE]

    return running
