"""One report: run its notebook, check it, make the page, put both in place.

Equal input gives equal bytes: times, random cell ids and memory addresses are taken out of the
executed notebook; times go to the manifest.
"""

from __future__ import annotations

import re
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from fmbstats.atomic import make_folder, write_text
from fmbstats.batch.engine import Limits, WarmProcess, WorkerError, load_papermill
from fmbstats.batch.job import Options, ReportJob
from fmbstats.batch.manifest import Entry, digest
from fmbstats.batch.parameters import literal
from fmbstats.errors import StoreError
from fmbstats.pages import assemble
from fmbstats.pages.frame import Frame
from fmbstats.pages.grammar import UnsafeHtmlError
from fmbstats.pages.render import NOTEBOOK_INDENT

_TIMES = ("start_time", "end_time", "duration")
_ADDRESS = re.compile(r"\b0x[0-9a-f]{6,16}\b")


@dataclass(eq=False)
class _Run:
    """An executed notebook with what is known of the run."""

    notebook: Any
    error: str = ""
    usage: dict[str, Any] = field(default_factory=dict)


def make_report(
    job: ReportJob,
    folder: Path,
    *,
    key: str,
    language: str,
    options: Options,
    warm: WarmProcess | None,
) -> Entry:
    """Make one report in `folder`; returns its manifest entry, failed or done.

    Raises StoreError: a watched file was replaced meanwhile: the report's key no longer tells what
    it shows; SpaceError: the disk is full.
    """
    started = time.perf_counter()
    before = _identities(job)
    run = _run_twice_if_lost(job, options, warm)
    if _identities(job) != before:
        names = ", ".join(str(path) for path in job.watched)
        raise StoreError(
            f"{names}: replaced while reports were made from it. Nothing was written from the new "
            "one; run the same command again, and what is stale is made from it."
        )
    cells = _seconds_of_cells(run.notebook)
    _normalise(run.notebook, job)
    error, page = run.error, ""
    if not error:
        error, page = _page(job, run.notebook, language)
    files = _put_in_place(job, folder, run.notebook, page, is_failed=bool(error))
    return Entry(
        status="failed" if error else "done",
        key=key,
        files=files,
        seconds=round(time.perf_counter() - started, 3),
        cpu_seconds=round(run.usage.get("cpu_seconds", 0.0), 3),
        cell_seconds=cells,
        ended_at=datetime.now(UTC).isoformat(timespec="seconds"),
        message=error,
    )


def _identities(job: ReportJob) -> list[tuple[int, ...] | None]:
    return [_identity(path) for path in job.watched]


def _identity(path: Path) -> tuple[int, ...] | None:
    try:
        facts = path.stat()
    except OSError:
        return None
    return (facts.st_dev, facts.st_ino, facts.st_size, facts.st_mtime_ns)


def _run_twice_if_lost(job: ReportJob, options: Options, warm: WarmProcess | None) -> _Run:
    """Run again once when the warmed process was lost: no notebook is to blame for that."""
    try:
        return _run(job, options, warm)
    except WorkerError:
        return _run(job, options, warm)


def _run(job: ReportJob, options: Options, warm: WarmProcess | None) -> _Run:
    """Let papermill run the notebook; it writes nothing, the notebook comes back in `kept`."""
    papermill = load_papermill()
    kept: dict[str, Any] = {}
    limits = Limits(options.report_seconds, options.cell_seconds, options.memory_mb)
    message = ""
    try:
        papermill.execute_notebook(
            literal(job.notebook),
            None,
            dict(job.parameters),
            engine_name="fmbstats",
            progress_bar=False,
            use_fork=warm is not None,
            warm=warm,
            limits=limits,
            kept=kept,
        )
    except papermill.PapermillExecutionError as error:
        message = f"{error.ename}: {error.evalue}"
    except _of_kernels() as error:
        message = f"{type(error).__name__}: {str(error).splitlines()[0]}"
    return _Run(kept["notebook"], _one_line(message), kept.get("usage", {}))


def _of_kernels() -> tuple[type[Exception], ...]:
    """Return what a kernel of its own may raise beside what a notebook does."""
    from nbclient.exceptions import CellTimeoutError, DeadKernelError

    return CellTimeoutError, DeadKernelError


def _one_line(message: str) -> str:
    text = " ".join(message.split())
    return text if len(text) <= 300 else text[:299] + "…"


def _seconds_of_cells(notebook: Any) -> dict[str, float]:
    seconds = {}
    for cell in notebook.cells:
        duration = cell.metadata.get("papermill", {}).get("duration")
        if cell.cell_type == "code" and duration is not None:
            tags = cell.metadata.get("tags", [])
            name = "injected-parameters" if "injected-parameters" in tags else cell.get("id", "")
            seconds[name] = round(duration, 3)
    return seconds


def _normalise(notebook: Any, job: ReportJob) -> None:
    """Take out whatever differs between two equal runs."""
    about = notebook.metadata.papermill
    about.update(dict.fromkeys(_TIMES))
    about["input_path"] = job.notebook.name
    about["output_path"] = f"{job.slug}.ipynb"
    known = _ids_in(job.notebook)
    for position, cell in enumerate(notebook.cells):
        for name in _TIMES:
            cell.metadata.get("papermill", {}).pop(name, None)
        cell.metadata.pop("execution", None)
        if cell.get("id") not in known:
            cell["id"] = digest(str(position), cell.source)[:8]
        for output in cell.get("outputs", ()):
            _normalise_output(output)


def _normalise_output(output: Any) -> None:
    """Memory addresses in the plain representations of objects say nothing to anyone."""
    data = output.get("data", {})
    if isinstance(data.get("text/plain"), str):
        data["text/plain"] = _ADDRESS.sub("0x…", data["text/plain"])
    if output.output_type == "error":
        output["traceback"] = [_ADDRESS.sub("0x…", line) for line in output["traceback"]]


def _ids_in(notebook: Path) -> set[str]:
    import json

    return {c["id"] for c in json.loads(notebook.read_text("utf-8"))["cells"] if "id" in c}


def _page(job: ReportJob, notebook: Any, language: str) -> tuple[str, str]:
    """Return what is wrong with the report (or nothing) and its page."""
    error = wrong_subject(notebook, job.expected)
    if error:
        return error, ""
    try:
        frame = job.frame or Frame(job.title)
        page = assemble.notebook_page(notebook, frame, language=language)
        assemble.without_figures(notebook, job.page_name)
    except UnsafeHtmlError as problem:
        return str(problem), ""
    return "", page


def wrong_subject(notebook: Mapping[str, Any], expected: Mapping[str, str]) -> str:
    """Say which fact of the report is not what was expected; empty when all are.

    `notebook`: executed notebook. `expected`: name to value; looked for as
    ``data-<name>="<value>"`` in HTML outputs.
    """
    texts = [
        text if isinstance(text := output["data"]["text/html"], str) else "".join(text)
        for cell in notebook["cells"]
        for output in cell.get("outputs", ())
        if "text/html" in output.get("data", {})
    ]
    for name, value in expected.items():
        pattern = re.compile(rf'\sdata-{re.escape(name)}="([^"]*)"')
        found = {match for text in texts for match in pattern.findall(text)}
        if found != {str(value)}:
            said = ", ".join(sorted(map(repr, found))) or "nothing"
            return f"the report is about {name} {said}, expected {str(value)!r}"
    return ""


def _put_in_place(
    job: ReportJob, folder: Path, notebook: Any, page: str, *, is_failed: bool
) -> dict[str, str]:
    executed = _written(notebook)
    failed = folder / job.failed_name
    if is_failed:
        make_folder(failed.parent)
        write_text(failed, executed)
        return {job.failed_name: digest_of(executed)}
    make_folder(folder / "notebooks")
    write_text(folder / job.notebook_name, executed)
    write_text(folder / job.page_name, page)
    failed.unlink(missing_ok=True)
    return {job.notebook_name: digest_of(executed), job.page_name: digest_of(page)}


def _written(notebook: Any) -> str:
    """Return a notebook as text, as nbformat writes it but for the indentation, which it fixes."""
    import json

    import nbformat

    content = json.loads(nbformat.writes(notebook))
    return json.dumps(content, indent=NOTEBOOK_INDENT, ensure_ascii=False) + "\n"


def digest_of(text: str) -> str:
    """SHA-256 of a file with this text."""
    import hashlib

    return hashlib.sha256(text.encode("utf-8")).hexdigest()
