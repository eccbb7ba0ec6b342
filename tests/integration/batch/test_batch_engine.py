"""The fork engine against stock papermill: same notebook in, same notebook out."""

import ast
import inspect
import json
import os
import subprocess
import sys
import time
from contextlib import suppress

import nbformat
import papermill
import pytest

from fmbstats.batch.engine import Limits, WarmProcess, WorkerError, can_fork
from fmbstats.store import STORE_VARIABLE

pytestmark = pytest.mark.skipif(not can_fork(), reason="no fork here")

CELLS = (
    "print('one'); print('two')\n1 + 1",
    "import sys\nprint('to stderr', file=sys.stderr)",
    "from IPython.display import display, clear_output\nh = display('a', display_id='x')",
    "h.update('b'); display({'text/html': '<b>x</b>', 'text/plain': 'x'}, raw=True)",
    "print('gone'); clear_output(); print('kept'); print('gone too'); clear_output(wait=True)\n'x'",
    "import matplotlib.pyplot as plt\nfig, ax = plt.subplots(); ax.plot([1, 2]);",
    "import pandas as pd\npd.DataFrame({'a': [1, 2]})",
    "import os\nos.write(1, b'raw bytes\\n');",
    "!echo from a subprocess",
    "_ ; 2 ** 10;",
    "",
    "async def f():\n    return 7\nawait f()",
    "entry, __name__",
    "def g(x):\n    return 1 / x\ng(0)",
    "'never reached'",
)


STOCK = """
import sys, papermill
papermill.execute_notebook(
    sys.argv[1], sys.argv[2], {"entry": "F32"}, progress_bar=False,
    extra_arguments=["--IPKernelApp.extensions=fmbstats.pages.style"],
)
"""


@pytest.fixture
def executed(cells_notebook, tmp_path, warm):
    """Run cells in a fork; gives the notebook as written, failed or not."""

    def run(*sources, **options):
        target = tmp_path / "ours.ipynb"
        options = {"engine_name": "fmbstats", "warm": warm, "progress_bar": False, **options}
        with suppress(papermill.PapermillExecutionError):
            papermill.execute_notebook(
                cells_notebook(*sources), target, {"entry": "F32"}, **options
            )
        return nbformat.read(target, as_version=4)

    return run


@pytest.fixture
def executed_by_stock(cells_notebook, tmp_path):
    """Run cells in a kernel, by papermill's own engine and in a process of its own."""

    def run(*sources):
        target = tmp_path / "stock.ipynb"
        command = [sys.executable, "-c", STOCK, cells_notebook(*sources), target]
        done = subprocess.run(command, capture_output=True, text=True)
        assert "ZeroDivisionError" in done.stderr
        return nbformat.read(target, as_version=4)

    return run


def comparable(notebook):
    """A notebook without what differs between two stock runs: ids, times, cut of streams."""
    content = json.loads(nbformat.writes(notebook))
    about = content["metadata"]["papermill"]
    for name in ("start_time", "end_time", "duration", "input_path", "output_path"):
        about.pop(name)
    for cell in content["cells"]:
        cell.pop("id")
        cell["metadata"].pop("execution", None)
        for name in ("start_time", "end_time", "duration"):
            cell["metadata"].get("papermill", {}).pop(name, None)
        if "outputs" in cell:
            cell["outputs"] = joined(cell["outputs"])
    return content


def joined(outputs):
    together = []
    for output in outputs:
        if output["output_type"] == "stream":
            output["text"] = "".join(output["text"])
            if together and together[-1].get("name") == output["name"]:
                together[-1]["text"] += output["text"]
                continue
        together.append(output)
    return together


@pytest.mark.slow
def test_writes_what_stock_papermill_writes(executed, executed_by_stock):
    # A stock kernel does not keep what is written past Python to descriptor 1; ours does.
    cells = [cell for cell in CELLS if "os.write" not in cell]
    ours = executed(*cells)
    stock = executed_by_stock(*cells)
    nbformat.validate(ours)
    for mine, theirs in zip(comparable(ours)["cells"], comparable(stock)["cells"], strict=True):
        assert mine == theirs
    assert comparable(ours)["metadata"] == comparable(stock)["metadata"]


def test_outputs_counts_and_failure(executed):
    notebook = executed(*CELLS)
    nbformat.validate(notebook)
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert [cell.metadata.tags for cell in code[:2]] == [["parameters"], ["injected-parameters"]]
    assert [cell.execution_count for cell in code if cell.source] == [*range(1, 16), None]
    assert code[2].outputs[0].text == "one\ntwo\n"
    assert code[2].outputs[1].data["text/plain"] == "2"
    assert code[4].outputs[0].data["text/plain"] == "'b'"
    assert list(code[7].outputs[0].data) == ["image/svg+xml", "text/plain"]
    assert code[9].outputs[0].text == "raw bytes\n"
    assert code[-2].outputs[0].ename == "ZeroDivisionError"
    assert code[-2].metadata.papermill.status == "failed"
    assert code[-1].metadata.papermill.status == "pending"
    assert notebook.metadata.papermill.exception is True


def test_each_notebook_is_alone(executed, tmp_path):
    look = (
        "import os, random\nimport numpy as np\nfrom matplotlib import rcParams",
        "('left' in globals(), os.getcwd(), rcParams['font.size'], random.random(), "
        "np.random.random(), 'LEFT' in os.environ)",
    )
    touch = (
        "left = 1; os.chdir('/'); rcParams['font.size'] = 99; random.seed(3); "
        "np.random.seed(3); os.environ['LEFT'] = '1'"
    )
    first = executed(*look, touch)
    second = executed(*look)
    # Read as values: IPython breaks the line where the folder's name is long.
    seen = [ast.literal_eval(nb.cells[3].outputs[0].data["text/plain"]) for nb in (first, second)]
    assert seen[0] == seen[1]
    assert seen[0][:3] == (False, os.getcwd(), 10.0)
    assert seen[0][-1] is False


def test_a_dead_worker_is_noticed_at_once(executed):
    started = time.monotonic()
    notebook = executed(
        "print('before')",
        "import os, signal\nos.write(2, b'last words\\n'); os.kill(os.getpid(), signal.SIGSEGV)",
        "1",
    )
    assert time.monotonic() - started < 60  # no limit of a cell or report was waited for
    failed = next(c for c in notebook.cells if c.get("outputs") and c.outputs[-1].get("ename"))
    assert failed.outputs[0].text == "last words\n"
    assert failed.outputs[1].evalue == "the worker was ended by SIGSEGV"


@pytest.mark.parametrize(
    ("limits", "message"),
    [
        (Limits(cell_seconds=1.5), "the cell took longer than 1.5 seconds"),
        (Limits(report_seconds=2.5), "the report took longer than 2.5 seconds"),
    ],
)
def test_a_hanging_cell_is_ended(executed, limits, message):
    notebook = executed("import time", "print('so far')\ntime.sleep(600)", limits=limits)
    outputs = notebook.cells[-1].outputs
    assert [outputs[0].text, outputs[1].evalue] == ["so far\n", message]


def test_memory_can_be_limited(executed):
    notebook = executed("x = bytearray(1 << 30)", limits=Limits(memory_mb=256))
    assert notebook.cells[-1].outputs[-1].ename == "MemoryError"


def test_a_worker_leaves_no_process(executed, marked_processes):
    kept = {}
    with WarmProcess(modules=()) as own:
        executed("import subprocess\nsubprocess.Popen(['sleep', '60'])", warm=own, kept=kept)
        assert kept["usage"]["status"] == 0
        assert kept["usage"]["cpu_seconds"] > 0
        assert [p.pid for p in marked_processes()] == [own.pid]
    assert marked_processes() == []


def test_a_warm_up_that_fails_says_why():
    class Broken(WarmProcess):
        """Started with an argument that Python refuses."""

    with Broken(modules=(3,)) as process, pytest.raises(WorkerError, match="could not start: Trac"):
        process.start()


def _html(entry, **asked):
    from fmbstats.pages.diagnosis.page import diagnosis_page

    return "".join(str(part.html) for part in diagnosis_page(entry, **asked).parts())


def test_a_rehearsed_process_makes_the_pages_of_one_that_is_not(
    executed, small_store, tmp_path, monkeypatch
):
    monkeypatch.setenv(STORE_VARIABLE, str(small_store))
    asked = {"year": 2017, "release": False}
    page = f"{inspect.getsource(_html)}\n_html('54', **{asked})"
    opened = (
        "from fmbstats.batch import warm\nfrom fmbstats.pages.diagnosis.page import _HELD\n"
        "[held.path.name for held in _HELD.values()]"
    )
    damaged = tmp_path / "damaged.duckdb"
    damaged.write_bytes(b"no store")
    # What is wrong with a store its reports tell, as without a rehearsal.
    spoilt = (
        f"import os\nos.environ['{STORE_VARIABLE}'] = '{damaged}'\n"
        f"warm.rehearse({dict(asked, entry='55')})\nlen(_HELD)"
    )
    with WarmProcess(("fmbstats.batch.warm",)) as own:
        own.spawn({"entry": "55", **asked})
        ours = executed(opened, page, spoilt, warm=own)
    held, html, n_held = (cell.outputs[0].data["text/plain"] for cell in ours.cells[-3:])
    assert (held, n_held) == (f"['{small_store.name}']", "1")
    assert ast.literal_eval(html) == _html("54", **asked)
