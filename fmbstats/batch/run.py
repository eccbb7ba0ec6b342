"""All reports of a folder: which are stale, make those, go on past failures, keep the manifest.

Deciding that nothing is stale imports neither papermill nor matplotlib.
"""

from __future__ import annotations

import logging
import os
import queue
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fmbstats import words
from fmbstats.atomic import folder_lock, sweep
from fmbstats.batch import manifest
from fmbstats.batch.job import BatchResult, Failure, Options, ReportJob
from fmbstats.batch.parameters import check_parameters
from fmbstats.batch.stop import Stop, noted_signals
from fmbstats.errors import UserError

if TYPE_CHECKING:
    from fmbstats.batch.engine import WarmProcess

__all__ = ["BatchResult", "Failure", "Options", "ReportJob", "plan", "run"]

_SAVE_EVERY_SECONDS = 2.0
# Reports that a rehearsal, which takes as long as some of them, is worth while for.
_MANY = 8
_POLL_SECONDS = 0.1
_JOIN_SECONDS = 1.5


def run(
    jobs: Sequence[ReportJob],
    out_dir: Path,
    *,
    n_jobs: int | None = None,
    language: str = words.DEFAULT_LANGUAGE,
    progress: bool | None = None,
    force: bool = False,
    dry_run: bool = False,
    options: Options | None = None,
    warm: WarmProcess | None = None,
) -> BatchResult:
    """Make the reports that are missing or stale.

    `jobs`: with distinct slugs. `out_dir`: the report folder, ``reports/<year>``. `n_jobs`: reports
    made at the same time; the number of usable processors when None. `language` ("sv" or "en"): of
    the pages' own words and their ``lang``. `progress`: progress bar on stderr; None for "when that
    is a terminal". `force`: make all of them, stale or not. `dry_run`: only say what would be made;
    writes nothing. `options`: time, memory and engine; `n_jobs` here wins over the one there.
    `warm`: used, and left running, when several batches follow each other. The result has
    ``exit_code`` and ``text()``. Raises UserError: `LockedError` (another batch writes here),
    `SpaceError` (disk full), `StoreError` (a watched file was replaced), or a parameter that a
    notebook does not declare; ValueError: two jobs have one slug.
    """
    started = time.perf_counter()
    folder = Path(out_dir)
    options = replace(options or Options(), n_jobs=n_jobs or usable_processors())
    if dry_run:
        planned, fresh = plan(jobs, folder, language=language, force=force, journal=options.journal)
        seconds = time.perf_counter() - started
        reasons = tuple((job.slug, why) for job, _, why in planned)
        return BatchResult((), fresh, (), reasons, seconds, folder, is_dry_run=True)
    with folder_lock(folder), noted_signals() as stop:
        for place in (folder, folder / "notebooks", folder / "failed"):
            sweep(place)
        batch = _Batch(jobs, folder, language, options, stop, started, warm)
        return batch.run(force=force, progress=progress)


def plan(
    jobs: Sequence[ReportJob],
    folder: Path,
    *,
    language: str,
    force: bool = False,
    journal: Path | None = None,
) -> tuple[list[tuple[ReportJob, str, str]], tuple[str, ...]]:
    """Split jobs into those to make (with key and reason) and slugs of those up to date."""
    slugs = [job.slug for job in jobs]
    if len(set(slugs)) < len(slugs):
        twice = sorted({slug for slug in slugs if slugs.count(slug) > 1})
        raise ValueError(f"slugs used twice: {', '.join(twice)}")
    entries = manifest.load(folder, journal)
    package = manifest.package_digest()
    notebooks = {path: manifest.file_digest(path) for path in {job.notebook for job in jobs}}
    stale, fresh = [], []
    for job in jobs:
        key = _key(job, notebooks[job.notebook], package, language)
        reason = "forced" if force else manifest.why_stale(folder, entries.get(job.slug), key)
        if reason:
            stale.append((job, key, reason))
        else:
            fresh.append(job.slug)
    return stale, tuple(fresh)


def usable_processors() -> int:
    """Count the processors this process may use."""
    with suppress(AttributeError):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _key(job: ReportJob, notebook: str, package: str, language: str) -> str:
    expected = repr(sorted(job.expected.items()))
    own = (job.content_key, language, job.title, repr(job.frame), expected)
    return manifest.report_key(notebook, package, job.parameters, *own)


@dataclass(eq=False)
class _Batch:
    """One run over one folder."""

    jobs: Sequence[ReportJob]
    folder: Path
    language: str
    options: Options
    stop: Stop
    started: float
    warm: WarmProcess | None

    def run(self, *, force: bool, progress: bool | None) -> BatchResult:
        """Make what is stale, then the manifest."""
        journal = self.options.journal
        planned, fresh = plan(
            self.jobs, self.folder, language=self.language, force=force, journal=journal
        )
        self._entries = manifest.load(self.folder, journal)
        self._saved_at = time.monotonic()
        made: list[str] = []
        if planned:
            with self._warmed(len(planned)) as warm:
                with self.stop.breaking_off():
                    check_parameters((job.notebook, job.parameters) for job, _, _ in planned)
                    if self.options.before is not None:
                        self.options.before()
                with _progress_bar(len(planned), progress) as advance:
                    made = self._make_all(planned, warm, advance)
        failures = self._failures()
        if planned and not self.stop.name:
            self._save_manifest()
        return BatchResult(
            made=tuple(made),
            fresh=fresh,
            failures=failures,
            planned=tuple((job.slug, why) for job, _, why in planned),
            seconds=time.perf_counter() - self.started,
            folder=self.folder,
            stopped_by=self.stop.name,
        )

    @contextmanager
    def _warmed(self, n_reports: int) -> Iterator[WarmProcess | None]:
        """Let the process warm up while the parameters are checked; None without forks."""
        from fmbstats.batch.engine import WARM_MODULES, WarmProcess, can_fork

        if not (self.options.use_fork and can_fork()):
            yield None
            return
        own = self.warm is None
        warm = self.warm or WarmProcess(self.options.warm_modules or WARM_MODULES)
        try:
            yield warm.spawn(self.options.rehearsed if n_reports >= _MANY else None)
        finally:
            if own or self.stop.name:
                warm.close()

    def _make_all(self, planned: list, warm: WarmProcess | None, advance: Any) -> list[str]:
        """Share the jobs among threads; each drives one worker at a time."""
        todo: queue.SimpleQueue = queue.SimpleQueue()
        done: queue.SimpleQueue = queue.SimpleQueue()
        for job, key, _ in planned:
            todo.put((job, key))
        n_threads = min(self.options.n_jobs, len(planned))
        threads = [
            threading.Thread(target=self._work, args=(todo, done, warm), daemon=True)
            for _ in range(n_threads)
        ]
        made: list[str] = []
        try:
            for thread in threads:
                thread.start()
            self._collect(len(planned), done, made, advance)
        finally:
            self.stop.event.set()
            if warm is not None and (self.stop.name or warm is not self.warm):
                warm.close()
            for thread in threads:
                thread.join(_JOIN_SECONDS)
            if self.stop.name:
                self._take_finished(done, made)
                self._save_manifest()
        return made

    def _work(self, todo: Any, done: Any, warm: WarmProcess | None) -> None:
        from fmbstats.batch.execute import make_report

        while not self.stop.event.is_set():
            try:
                job, key = todo.get_nowait()
            except queue.Empty:
                return
            try:
                result: Any = make_report(
                    job,
                    self.folder,
                    key=key,
                    language=self.language,
                    options=self.options,
                    warm=warm,
                )
            except BaseException as error:
                result = error
            done.put((job, result))

    def _collect(self, n_jobs: int, done: Any, made: list[str], advance: Any) -> None:
        n_left = n_jobs
        while n_left and not self.stop.event.is_set():
            try:
                job, result = done.get(timeout=_POLL_SECONDS)
            except queue.Empty:
                continue
            if isinstance(result, BaseException):
                with suppress(UserError, OSError):
                    self._save_manifest()
                raise result
            self._entries[job.slug] = result
            if result.status == "done":
                made.append(job.slug)
            if time.monotonic() - self._saved_at > _SAVE_EVERY_SECONDS:
                self._save_manifest()
            n_left -= 1
            advance(job.slug)

    def _take_finished(self, done: Any, made: list[str]) -> None:
        """Count the reports that were in place when a signal came, but not yet told of."""
        while not done.empty():
            job, result = done.get()
            # Whatever else is there was broken off by the signal.
            if not isinstance(result, BaseException) and result.status == "done":
                self._entries[job.slug] = result
                made.append(job.slug)

    def _failures(self) -> tuple[Failure, ...]:
        known = ((job, self._entries.get(job.slug)) for job in self.jobs)
        return tuple(
            Failure(job.slug, job.title, entry.message)
            for job, entry in known
            if entry is not None and entry.status == "failed"
        )

    def _save_manifest(self) -> None:
        self._saved_at = time.monotonic()
        facts = {
            "language": self.language,
            "versions": _versions(),
        }
        manifest.save(self.folder, self._entries, self.options.journal, **facts)


@contextmanager
def _progress_bar(total: int, wanted: bool | None) -> Iterator[Any]:
    """Give a function that is called per report; a bar with rate and time left on a terminal."""
    is_seen = sys.stderr.isatty() and logging.getLogger("fmbstats").isEnabledFor(logging.INFO)
    if not (is_seen if wanted is None else wanted):
        yield lambda slug: None
        return
    from tqdm import tqdm

    with tqdm(total=total, unit="report", dynamic_ncols=True, file=sys.stderr) as bar:

        def advance(slug: str) -> None:
            bar.set_postfix_str(slug[:30], refresh=False)
            bar.update()

        yield advance


@cache
def _versions() -> dict[str, str]:
    from importlib.metadata import version

    names = ("fmbstats", "papermill", "matplotlib", "numpy", "pandas", "polars", "duckdb")
    return {"python": sys.version.split()[0], **{name: version(name) for name in names}}
