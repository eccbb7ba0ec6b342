"""Whole batches: what is made, what is left alone, what is said when something goes wrong."""

import json
import subprocess
import sys
from dataclasses import replace

import pytest

from fmbstats.atomic import folder_lock
from fmbstats.batch import manifest
from fmbstats.batch import run as batch
from fmbstats.errors import LockedError, SourceError, StoreError, UnknownNameError


def test_makes_everything_once(run_batch, small_jobs, tmp_path):
    jobs, folder = small_jobs(3), tmp_path / "2017"
    first = run_batch(jobs, folder)
    assert sorted(first.made) == ["r-0", "r-1", "r-2"]
    assert (first.fresh, first.failures, first.exit_code) == ((), (), 0)
    files = {p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file()}
    expected = {f"r-{i}.html" for i in range(3)} | {f"notebooks/r-{i}.ipynb" for i in range(3)}
    assert files - {".batch.lock"} == expected | {"manifest.json"}

    stamps = {p: p.stat().st_mtime_ns for p in folder.rglob("*.*") if p.name != ".batch.lock"}
    second = run_batch(jobs, folder)
    assert (second.made, second.fresh) == ((), ("r-0", "r-1", "r-2"))
    assert stamps == {p: p.stat().st_mtime_ns for p in stamps}


def test_page_of_a_report(run_batch, small_jobs, tmp_path):
    run_batch(small_jobs(1), tmp_path)
    page = (tmp_path / "r-0.html").read_text("utf-8")
    assert page.startswith('<!doctype html>\n<html lang="sv">\n')
    assert "<h1>En liten rapport</h1>" in page
    assert 'alt="Andelen sjunker från 100 till 10 procent"' in page
    assert "<h2>Resultat</h2>" in page
    assert "a warning" not in page, "stderr stays in the notebook"
    assert "import os" not in page, "code stays in the notebook"
    assert "0x…" in page, "addresses differ from run to run"


def test_equal_bytes_whatever_the_jobs(run_batch, small_jobs, snapshot, tmp_path):
    jobs = small_jobs(4, r_2="raise")
    for n_jobs in (1, 3):
        run_batch(jobs, tmp_path / str(n_jobs), n_jobs=n_jobs)
    one, three = snapshot(tmp_path / "1"), snapshot(tmp_path / "3")
    assert sorted(one) == [
        "failed/r-2.ipynb",
        *(f"notebooks/r-{i}.ipynb" for i in (0, 1, 3)),
        *(f"r-{i}.html" for i in (0, 1, 3)),
    ]
    assert one == three


def test_only_what_is_stale(run_batch, small_jobs, tmp_path):
    jobs = small_jobs(5)
    run_batch(jobs, tmp_path)
    jobs[0] = replace(jobs[0], content_key="another ledger slice")
    jobs[1] = replace(jobs[1], parameters={**jobs[1].parameters, "year": 2018})
    (tmp_path / "r-2.html").write_text("half a pa")
    (tmp_path / "notebooks" / "r-3.ipynb").unlink()
    planned = run_batch(jobs, tmp_path, dry_run=True)
    changed = "its notebook, package, data or settings changed"
    assert planned.planned == (
        ("r-0", changed),
        ("r-1", changed),
        ("r-2", "r-2.html is missing or was changed"),
        ("r-3", "notebooks/r-3.ipynb is missing or was changed"),
    )
    assert planned.text().splitlines()[-1] == "4 to make, 1 up to date"
    assert run_batch(jobs, tmp_path).fresh == ("r-4",)
    assert len(run_batch(jobs, tmp_path, force=True, dry_run=True).planned) == 5
    assert run_batch(jobs, tmp_path, language="en", dry_run=True).fresh == ()


def test_a_change_of_the_notebook_makes_all_stale(run_batch, cells_notebook, tmp_path):
    def job(notebook):
        return [batch.ReportJob("a", "A", notebook, {"entry": "F32"})]

    run_batch(job(cells_notebook("1")), tmp_path / "out")
    changed = run_batch(job(cells_notebook("2")), tmp_path / "out", dry_run=True)
    assert [slug for slug, _ in changed.planned] == ["a"]


def test_dry_run_writes_nothing(run_batch, small_jobs, tmp_path):
    result = run_batch(small_jobs(2), tmp_path / "new", dry_run=True)
    assert [why for _, why in result.planned] == ["not made yet"] * 2
    assert not (tmp_path / "new").exists()


def test_failures_are_isolated(run_batch, small_jobs, tmp_path):
    bad = small_jobs(5, r_1="raise", r_2="hang", r_3="die")
    result = run_batch(bad, tmp_path, cell_seconds=1.5)
    assert sorted(result.made) == ["r-0", "r-4"]
    assert result.exit_code == 1
    assert [str(f) for f in result.failures] == [
        "r-1: RuntimeError: as asked",
        "r-2: TimeoutError: the cell took longer than 1.5 seconds",
        "r-3: WorkerError: the worker was ended by SIGKILL; killed from outside, or by the "
        "system because memory ran out",
    ]
    failed = sorted(p.name for p in (tmp_path / "failed").iterdir())
    assert failed == ["r-1.ipynb", "r-2.ipynb", "r-3.ipynb"]
    assert result.text().splitlines()[0] == "failed  r-1: RuntimeError: as asked"
    assert not (tmp_path / "r-1.html").exists()

    again = run_batch(small_jobs(5), tmp_path)
    assert (sorted(again.made), again.exit_code) == (["r-1", "r-2", "r-3"], 0)
    assert list((tmp_path / "failed").iterdir()) == []


def test_memory_beyond_the_limit_fails_one_report(run_batch, small_jobs, tmp_path):
    result = run_batch(small_jobs(2, r_0="eat"), tmp_path, memory_mb=512)
    assert [f.message for f in result.failures] == ["MemoryError:"]
    assert result.made == ("r-1",)


def test_a_failure_keeps_the_earlier_report(run_batch, small_jobs, tmp_path):
    run_batch(small_jobs(1), tmp_path)
    page = (tmp_path / "r-0.html").read_bytes()
    bad = small_jobs(1, r_0="raise")
    result = run_batch(bad, tmp_path)
    assert result.exit_code == 1
    assert (tmp_path / "r-0.html").read_bytes() == page
    assert [str(f) for f in result.failures] == ["r-0: RuntimeError: as asked"]


@pytest.mark.parametrize(
    ("parameters", "error", "message"),
    [
        (
            {"entry": "F32", "yaer": 2017},
            UnknownNameError,
            "small.ipynb: parameter 'yaer' is unknown. Did you mean 'year'? "
            "See its cell tagged 'parameters'.",
        ),
        (
            {"entry": "F32", "year": "2017"},
            TypeError,
            "small.ipynb: parameter 'year' is '2017' (str), expected int as in its default 0.",
        ),
    ],
)
def test_parameters_are_checked_first(run_batch, small_jobs, tmp_path, parameters, error, message):
    jobs = small_jobs(2)
    jobs[1] = replace(jobs[1], parameters=parameters)
    with pytest.raises(error) as caught:
        run_batch(jobs, tmp_path)
    assert str(caught.value) == message
    assert not (tmp_path / "r-0.html").exists()


def test_a_notebook_without_the_tag_is_refused(run_batch, cells_notebook, tmp_path):
    notebook = cells_notebook("1", tags=())
    with pytest.raises(SourceError) as caught:
        run_batch([batch.ReportJob("a", "A", notebook, {"entry": "F32"})], tmp_path / "out")
    assert str(caught.value) == (
        f"{notebook}: 0 cells are tagged 'parameters', expected one. "
        "Without it every report would be about the default diagnosis."
    )


@pytest.mark.parametrize("slug", ["../x", "a/b", "A", "", "index", "a--b", ".a"])
def test_a_slug_cannot_leave_the_folder(slug, tmp_path):
    with pytest.raises(ValueError, match="cannot name a report's files"):
        batch.ReportJob(slug, "A", tmp_path / "x.ipynb", {})


def test_a_slug_is_used_once(run_batch, small_jobs, tmp_path):
    with pytest.raises(ValueError, match="slugs used twice: r-0"):
        run_batch(small_jobs(1) * 2, tmp_path)


def test_braces_in_paths_mean_nothing(run_batch, cells_notebook, tmp_path):
    notebook = cells_notebook("entry", name="{entry}.ipynb")
    job = batch.ReportJob("a", "A", notebook, {"entry": "../../x"})
    assert run_batch([job], tmp_path / "{entry}").made == ("a",)
    assert (tmp_path / "{entry}" / "a.html").is_file()


def test_a_second_batch_says_so_and_stops(run_batch, small_jobs, tmp_path):
    with folder_lock(tmp_path), pytest.raises(LockedError) as caught:
        run_batch(small_jobs(1), tmp_path)
    assert "another batch is writing here (process " in str(caught.value)
    assert run_batch(small_jobs(1), tmp_path).exit_code == 0


def test_a_store_replaced_meanwhile_stops_the_batch(run_batch, cells_notebook, tmp_path):
    store = tmp_path / "store.duckdb"
    store.write_text("old")
    replaced = (
        "import os\nfrom pathlib import Path\n"
        f"new = Path({str(tmp_path / 'new')!r}); new.write_text('new')\n"
        f"os.replace(new, {str(store)!r})"
    )
    job = batch.ReportJob("a", "A", cells_notebook(replaced), {"entry": "F32"}, watched=(store,))
    with pytest.raises(StoreError, match="replaced while reports were made from it"):
        run_batch([job], tmp_path / "out")
    assert not (tmp_path / "out" / "a.html").exists()


@pytest.mark.parametrize(
    ("shown", "message"),
    [
        ('<p data-entry="F32">', ""),
        ('<p data-entry="F43">', "the report is about entry 'F43', expected 'F32'"),
        ("<p>", "the report is about entry nothing, expected 'F32'"),
    ],
)
def test_a_report_is_about_its_diagnosis(run_batch, cells_notebook, tmp_path, shown, message):
    cell = f"from IPython.display import HTML\nHTML({shown!r})"
    job = batch.ReportJob(
        "a", "A", cells_notebook(cell), {"entry": "F32"}, expected={"entry": "F32"}
    )
    failures = run_batch([job], tmp_path / "out").failures
    assert [f.message for f in failures] == [message] * bool(message)


def test_a_lost_warmed_process_is_replaced(run_batch, cells_notebook, tmp_path):
    """The fork's parent is killed once; the report is made in a fork of its successor."""
    flag = tmp_path / "killed"
    kill = (
        "import os, signal, time\nfrom pathlib import Path\n"
        f"flag = Path({str(flag)!r})\n"
        "if not flag.exists():\n    flag.touch(); os.kill(os.getppid(), signal.SIGKILL)\n"
        "    time.sleep(30)"
    )
    job = batch.ReportJob("a", "A", cells_notebook(kill), {"entry": "F32"})
    assert run_batch([job], tmp_path / "out").made == ("a",)


def test_times_stand_only_in_the_manifest(run_batch, small_jobs, tmp_path):
    run_batch(small_jobs(1), tmp_path)
    entry = manifest.load(tmp_path)["r-0"]
    assert entry.seconds > 0
    assert entry.cpu_seconds > 0
    assert set(entry.cell_seconds) > {"injected-parameters", "cell-1"}
    notebook = json.loads((tmp_path / "notebooks" / "r-0.ipynb").read_text("utf-8"))
    about = notebook["metadata"]
    assert about["papermill"]["start_time"] is None
    assert {"exception", "status"} == set(notebook["cells"][0]["metadata"]["papermill"])
    assert about["papermill"]["parameters"]["entry"] == "F0"


def test_nothing_to_do_is_quick_and_light(run_batch, small_jobs, tmp_path):
    jobs = small_jobs(2)
    run_batch(jobs, tmp_path)
    code = (
        "import sys\nfrom pathlib import Path\nfrom fmbstats.batch import run as batch\n"
        f"jobs = [batch.ReportJob(f'r-{{i}}', f'Rapport {{i}}', Path({str(jobs[0].notebook)!r}),\n"
        "  {'entry': f'F{i}', 'year': 2017, 'behaviour': ''})\n"
        "  for i in range(2)]\n"
        f"result = batch.run(jobs, Path({str(tmp_path)!r}))\n"
        "assert len(result.fresh) == 2, result.planned\n"
        "heavy = {'matplotlib', 'papermill', 'IPython', 'numpy', 'jinja2'} & set(sys.modules)\n"
        "assert not heavy, heavy\nprint(result.text())"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.startswith("0 reports made, 2 up to date, 0 failed, ")
    assert done.stderr == ""
