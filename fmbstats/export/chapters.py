"""Chapters of diagnoses made beside each other, in forks of a warmed process.

A chapter's figures are numbered on from those of the chapters before it, which other forks make: so
each is read from its page first, then counted, then written. A fork opens the store once and makes
one chapter after another. Where there are no forks, or a single chapter, this process makes them.
"""

from __future__ import annotations

import inspect
import pickle
import re
import tempfile
import threading
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from fmbstats import codes, words
from fmbstats.batch.calls import answer, ask, run_code
from fmbstats.batch.forks import WARM_MODULES, Fork, WarmProcess, WorkerError, can_fork
from fmbstats.batch.run import usable_processors
from fmbstats.errors import UserError
from fmbstats.export import content, pictures
from fmbstats.export.content import Chapter, first_line, sections_of
from fmbstats.export.document import Typeset
from fmbstats.export.evaluations import Evaluation
from fmbstats.export.sheets import Told
from fmbstats.pages.diagnosis.page import DiagnosisPage
from fmbstats.pages.render import WIDE, WORDS, wanted
from fmbstats.pages.site.overview import OverviewPage
from fmbstats.sources.fmb.edition_tables import read_editions
from fmbstats.store.paths import NO_FORK_VARIABLE
from fmbstats.words import LANGUAGES, phrase

if TYPE_CHECKING:
    from fmbstats.diagnosis.objects import Diagnosis, Workbench
    from fmbstats.export.settings import ExportSettings
    from fmbstats.overview import Overview
    from fmbstats.pages.evaluation import EvaluationPage
    from fmbstats.release.margins import Behind
    from fmbstats.rounds import Round

# What is numbered, in a part of a page.
_SHOWN = re.compile(r"<(?:figure|table)\b")
# An entry's id and its slug, or an evaluation.
Named = tuple[str, str] | Evaluation


@dataclass(frozen=True, eq=False)
class Made:
    """What a chapter leaves for lists, workbook and document; its files are written."""

    items: list[content.Item]  #: Without pictures and frames.
    rows: list[dict[str, str]] = field(repr=False)  #: What it tells, as rows of `adherence.csv`.
    typeset: Typeset = field(repr=False)
    #: What the sheets tell of the entry; None of an overview or an evaluation.
    told: Told | None = field(repr=False)
    behind: Behind | None = field(repr=False)  #: Of an evaluation.


@contextmanager
def warmed(n_chapters: int) -> Iterator[WarmProcess | None]:
    """Warm a process up for so many chapters, while other work goes on.

    Yields None where they are made here: of a single one, of one processor, without forks.
    """
    if min(n_chapters, usable_processors()) < 2 or not can_fork():
        yield None
        return
    with WarmProcess((*WARM_MODULES, __name__)) as warm:
        yield warm.spawn()


class Remembered:
    """A diagnosis that counts once what the page in each language, and the sheets, ask of it."""

    def __init__(self, diagnosis: Diagnosis) -> None:
        self._diagnosis = diagnosis
        self._answers: dict[tuple, Any] = {}

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._diagnosis, name)
        if not inspect.ismethod(found):
            return found

        def asked(*given: Any, **named: Any) -> Any:
            question = (name, given, tuple(sorted(named.items())))
            if question not in self._answers:
                self._answers[question] = found(*given, **named)
            return self._answers[question]

        return asked


@dataclass(frozen=True, eq=False)
class Chapters:
    """Makes chapters from a store."""

    store: Workbench
    settings: ExportSettings
    stage: Path  #: The folder that figures and tables are written into.
    strata: tuple[str, ...]  #: The register's own that the diagnoses are told by, too.
    warm: WarmProcess | None = None  #: What chapters are made in forks of; None to make them here.

    def diagnosis(self, entry_id: str) -> Diagnosis:
        """Return an entry with the export's settings."""
        settings = self.settings
        found = self.store.diagnosis(entry_id, year=settings.year, month_days=settings.month_days)
        return found.with_settings(release=settings.release)

    def told(self, entry_id: str) -> Told:
        """Return what the sheets tell of an entry that is no chapter."""
        return Told.of(self.diagnosis(entry_id), self.settings.language)

    def read(self, named: Named) -> tuple[Chapter, Told | None]:
        """Read a chapter from its page."""
        settings = self.settings
        if isinstance(named, Evaluation):
            page = named.page(self.store, settings.threshold, settings.language)
            return evaluation_chapter(page), None
        diagnosis = cast("Diagnosis", Remembered(self.diagnosis(named[0])))
        chapter = diagnosis_chapter(diagnosis, named[1], self.strata, settings.language)
        return chapter, Told.of(diagnosis, settings.language)

    def write(self, chapter: Chapter, told: Told | None, before: Counter[str]) -> Made:
        """Write a chapter's figures and tables, numbered on from those before it."""
        language = self.settings.language
        parts = list(content.numbered(chapter, before, language))
        items = [item for _, pairs in parts for _, item in pairs if item is not None]
        for item in items:
            if item.kind == "figure":
                width_cm = self.settings.width_cm
                pictures.write_figure(item, self.stage, width_cm=width_cm, language=language)
            else:
                pictures.write_table(item, self.stage)
        typeset = Typeset(chapter, parts, language)
        listed = [item.listed() for item in items]
        return Made(listed, chapter.rows, typeset, told, chapter.behind)

    def make(self, chosen: Sequence[Named], before: Counter[str]) -> Iterator[Made]:
        """Make chapters, in their order.

        `before`: how many figures and tables stand before them. Raises UserError: a fork was ended
        from outside, as where memory is short.
        """
        if self.warm is not None:
            yield from self._make_beside(self.warm, chosen, before)
            return
        for named in chosen:
            chapter, told = self.read(named)
            yield self.write(chapter, told, before)
            before = before + chapter.counted(self.settings.language)

    def _make_beside(
        self, warm: WarmProcess, chosen: Sequence[Named], before: Counter[str]
    ) -> Iterator[Made]:
        with (
            tempfile.TemporaryDirectory(prefix="fmbstats-") as place,
            closing(_Beside(self, Path(place), warm, len(chosen))) as work,
            ThreadPoolExecutor(usable_processors()) as threads,
        ):
            # Begun in their order, so that those before a chapter never wait for it.
            futures = [threads.submit(work.make, k, one, before) for k, one in enumerate(chosen)]
            try:
                for future in futures:
                    yield future.result()
            except BaseException as error:
                work.end()
                for future in futures:
                    future.cancel()
                if isinstance(error, Exception) and work.failure is not None:
                    raise work.failure from None  # the others only say that they were ended
                raise


class _Beside:
    """The chapters under way; each thread has a fork of its own."""

    def __init__(self, chapters: Chapters, place: Path, warm: WarmProcess, n: int) -> None:
        self._place, self._warm = place, warm
        self._counts: list[Future[Counter[str]]] = [Future() for _ in range(n)]
        self.failure: Exception | None = None
        self._own = threading.local()
        self._forks: list[Fork] = []
        store = chapters.store
        given = (
            store.path.resolve(),
            store.data_folder.resolve(),
            chapters.settings,
            chapters.stage,
            chapters.strata,
        )
        (place / "given").write_bytes(pickle.dumps(given))

    def make(self, k: int, named: Named, before: Counter[str]) -> Made:
        """Make the chapter of place `k`; its numbers wait for the chapters before it."""
        try:
            fork = self._fork()
            self._counts[k].set_result(ask(fork, self._place, "made.read", named))
            counted = sum((count.result() for count in self._counts[:k]), before)
            return ask(fork, self._place, "made.write", counted)
        except WorkerError as error:
            slug = named.slug if isinstance(named, Evaluation) else named[1]
            self._fail(
                UserError(
                    f"{slug}: {error}. Nothing was written. Run the command again; with "
                    f"{NO_FORK_VARIABLE}=1 it makes one chapter at a time, and takes less memory."
                )
            )
            raise
        except Exception as error:
            self._fail(error)
            raise

    def end(self) -> None:
        """Let those go that wait for chapters before theirs, and the forks."""
        for count in self._counts:
            count.cancel()
        self._warm.close()

    def close(self) -> None:
        """Close what leads to the forks, when no thread works with them any more."""
        for fork in self._forks:
            fork.close()

    def _fail(self, error: Exception) -> None:
        """Keep what went wrong first, and end the rest."""
        self.failure = self.failure or error
        self.end()

    def _fork(self) -> Fork:
        if not hasattr(self._own, "fork"):
            self._own.fork = fork = self._warm.fork(cwd=str(self._place))
            self._forks.append(fork)
            run_code(fork, "from fmbstats.export.chapters import InFork; made = InFork()")
        return self._own.fork


class InFork:
    """A fork's end: it opens the store once, and makes one chapter after another."""

    def __init__(self) -> None:
        from fmbstats.diagnosis.objects import open_store

        path, data, settings, stage, strata = pickle.loads(Path("given").read_bytes())
        store = open_store(path)
        store.data_folder = data
        self._chapters = Chapters(store, settings, stage, strata)

    def read(self, path: str) -> None:
        """Read a chapter; answers with how many figures and tables it has."""
        answer(path, self._read)

    def write(self, path: str) -> None:
        """Write the chapter; answers with what is `Made`."""
        answer(path, lambda before: self._chapters.write(*self._open, before))

    def _read(self, named: Named) -> Counter[str]:
        self._open = self._chapters.read(named)
        return self._open[0].counted(self._chapters.settings.language)


def diagnosis_chapter(
    diagnosis: Diagnosis, slug: str, strata: tuple[str, ...] = (), language: str = LANGUAGES[0]
) -> Chapter:
    """Return the page on a diagnosis as a chapter in a language."""
    pages = {language: DiagnosisPage(diagnosis, language, strata) for language in LANGUAGES}
    listed = ", ".join(map(codes.dotted, diagnosis.codes[:4])) + " …" * (len(diagnosis.codes) > 4)
    titles = {language: f"{page.name} ({listed})" for language, page in pages.items()}
    return _chapter(slug, titles, pages, language)


def overview_chapter(overview: Overview, found: Round | None, language: str) -> Chapter:
    """Return all entries together, or those of a round, as a chapter in a language."""
    editions = read_editions(overview.store.data_folder / "fmb")
    titles = {
        other: phrase("site.overview", other)
        if found is None
        else words.visible(found.title_in(other))
        for other in LANGUAGES
    }
    pages = {
        other: OverviewPage(overview, other, title, found.name if found else "all", editions)
        for other, title in titles.items()
    }
    return _chapter("overview", titles, pages, language)


def evaluation_chapter(page: EvaluationPage) -> Chapter:
    """Return an evaluation as a chapter; its heads are the lines by which the pages begin."""
    pages = {other: replace(page, language=other) for other in LANGUAGES}
    chapter = _chapter(page.slug, {}, pages, page.language)
    return replace(chapter, behind=page.behind(chapter.rows))


def _chapter(
    key: str, titles: Mapping[str, str], pages: Mapping[str, Any], language: str
) -> Chapter:
    """Read a page; in other languages than the export's only captions and alternative texts.

    So there only the parts are made that have a figure or table, and the first, which has a title.
    """
    sections, firsts = {}, {}
    keys = list(pages[language].makers)
    for other in sorted(pages, key=lambda other: other != language):
        page = pages[other]
        with wanted(WIDE if other == language else WORDS):
            parts = [page.part(key) for key in keys]
        told = {row["row"]: row for row in page.telling.rows}
        sections[other] = sections_of(parts, told, other)
        firsts[other] = parts[0]
        keys = [part.key for k, part in enumerate(parts) if k == 0 or _SHOWN.search(part.html)]
    titles = titles or {other: first_line(part) for other, part in firsts.items()}
    return Chapter(key, titles, sections, pages[language].telling.rows)
