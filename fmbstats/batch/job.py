"""What a batch is asked for and what came of it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

_SLUG = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_RESERVED = {"index", "timings", "adherence", "manifest"}


def reports_text(n: int) -> str:
    """Write a number of reports.

    Examples
    --------
    >>> reports_text(1), reports_text(0)
    ('1 report', '0 reports')
    """
    return f"{n} report{'' if n == 1 else 's'}"


@dataclass(frozen=True, eq=False)
class ReportJob:
    """One report to make."""

    slug: str  #: Name of its files: small letters a-z, digits, single hyphens.
    title: str  #: Heading of the page.
    notebook: Path  #: Notebook with a cell tagged ``parameters``.
    parameters: Mapping[str, Any]  #: Injected; every name is declared in that cell.
    #: Changes when the report's data change (its ledger slice, its recommendation).
    content_key: str = ""
    frame: Any = None  #: What stands round the page's parts; the job's title alone when None.
    #: What the page must say about itself: ``{"entry": "F32"}`` demands an output with
    #: ``data-entry="F32"`` and none with another value.
    expected: Mapping[str, str] = field(default_factory=dict)
    #: Files that must not be replaced while the report is made (the store).
    watched: Sequence[Path] = ()

    def __post_init__(self) -> None:
        if not _SLUG.fullmatch(self.slug) or self.slug in _RESERVED or len(self.slug) > 120:
            raise ValueError(f"{self.slug!r} cannot name a report's files")

    @property
    def page_name(self) -> str:
        """Path of the page below the report folder."""
        return f"{self.slug}.html"

    @property
    def notebook_name(self) -> str:
        """Path of the executed notebook below the report folder."""
        return f"notebooks/{self.slug}.ipynb"

    @property
    def failed_name(self) -> str:
        """Path of the notebook when it failed."""
        return f"failed/{self.slug}.ipynb"


@dataclass(frozen=True)
class Options:
    """How a batch runs; nothing here changes a byte of a report."""

    n_jobs: int = 1  #: Reports made at the same time.
    #: `report_seconds`, `cell_seconds`: time allowed by the clock.
    report_seconds: float | None = 600.0
    cell_seconds: float | None = None
    memory_mb: int | None = None  #: MiB that one report may take beyond the warmed process.
    #: Imported before the first fork; None for the usual ones.
    warm_modules: tuple[str, ...] | None = None
    use_fork: bool = True  #: False for stock kernels even where forks are possible.
    journal: Path | None = None  #: Where keys and times are kept, outside the folder.
    #: Parameters of a page that the warmed process makes before it is forked for many reports.
    rehearsed: Mapping[str, Any] | None = None
    #: Called once, before the first report of a run that has one to make.
    before: Callable[[], None] | None = None


@dataclass(frozen=True)
class Failure:
    """A report that could not be made, and why."""

    slug: str
    title: str
    message: str

    def __str__(self) -> str:
        return f"{self.slug}: {self.message}"


@dataclass(frozen=True, eq=False)
class BatchResult:
    """What a batch did."""

    #: `made`, `fresh`: slugs of the reports made now, and of those that needed nothing.
    made: tuple[str, ...]
    fresh: tuple[str, ...]
    failures: tuple[Failure, ...]  #: In the order of the jobs.
    #: Slug and reason of every report that is (or would be) made.
    planned: tuple[tuple[str, str], ...]
    seconds: float  #: By the clock.
    folder: Path  #: Where the reports are.
    stopped_by: str = ""  #: Name of the signal that ended the batch early; empty otherwise.
    is_dry_run: bool = False

    @property
    def exit_code(self) -> int:
        """0 done, 1 some failed, 130 or 143 stopped by a signal."""
        if self.stopped_by:
            return {"SIGINT": 130, "SIGTERM": 143}.get(self.stopped_by, 1)
        return 1 if self.failures else 0

    def text(self) -> str:
        """Say it in a few lines: failures, then one line with counts and seconds."""
        if self.is_dry_run:
            lines = [f"{slug}: {reason}" for slug, reason in self.planned]
            return "\n".join([*lines, f"{len(self.planned)} to make, {len(self.fresh)} up to date"])
        lines = [f"failed  {failure}" for failure in self.failures]
        if self.failures:
            lines.append(f"The notebooks of failed reports lie in {self.folder / 'failed'}.")
        if self.stopped_by:
            left = len(self.planned) - len(self.made) - len(self.failures)
            lines.append(
                f"Stopped by {self.stopped_by}; what is in place is whole. "
                f"Run the same command again to make the {reports_text(left)} left."
            )
        lines.append(
            f"{reports_text(len(self.made))} made, {len(self.fresh)} up to date, "
            f"{len(self.failures)} failed, {self.seconds:.1f} s → {self.folder}"
        )
        return "\n".join(lines)
