"""Export for a final report: figures, tables, workbook, list, and one tagged PDF."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from fmbstats import words
from fmbstats.diagnosis.comparing import county_limits, kept_county_tests
from fmbstats.export import content, pictures, sheets
from fmbstats.export.chapters import Chapters, Made, Named, overview_chapter, warmed
from fmbstats.export.content import Sheet
from fmbstats.export.document import Typeset, document_pdf, document_values
from fmbstats.export.evaluations import Evaluation
from fmbstats.export.folder import check_target, staged
from fmbstats.export.settings import ExportSettings
from fmbstats.export.sheets import Told
from fmbstats.frames import rows_of
from fmbstats.media import in_picture
from fmbstats.overview import Overview
from fmbstats.pages.table import Rows, measured_parquet, table_csv, told_frame, typed_rows
from fmbstats.release import store_for
from fmbstats.release.certificates import release_certificates
from fmbstats.release.open_data import write_open_data
from fmbstats.settings import SETTINGS
from fmbstats.store import lookups
from fmbstats.words import phrase
from fmbstats.words.refused import RefusedName

if TYPE_CHECKING:
    from fmbstats.batch.forks import WarmProcess
    from fmbstats.diagnosis.objects import Workbench
    from fmbstats.release.margins import Behind


@dataclass(frozen=True)
class ExportResult:
    """What an export holds."""

    folder: Path
    n_figures: int
    n_tables: int
    n_files: int

    def text(self) -> str:
        """Say it in one line."""
        return (
            f"{self.folder}: {self.n_figures} figures (SVG, PDF, PNG, CSV), "
            f"{self.n_tables} tables, {self.n_files} files."
        )


def export_year(
    store: Workbench,
    to: Path,
    settings: ExportSettings,
    *,
    chapters: Sequence[str],
    entries: Sequence[str] | None = None,
    with_overview: bool = True,
    evaluations: Sequence[Evaluation] = (),
    progress: Callable[[Iterable], Iterable] = iter,
) -> ExportResult:
    """Export the overview and the chosen diagnoses of a year.

    `to`: the folder to make; an earlier export there is replaced, anything else refused.
    `chapters`: entry ids of the diagnoses whose figures and tables are wanted. `entries`: entry ids
    that overview, workbook and table hold; all by default. `with_overview`: whether the overview is
    a chapter. `evaluations`: of `find_evaluations`: chapters after those of diagnoses. `progress`:
    wraps the loop over the chapters. Raises UserError: the folder holds
    what no export has put there, another export is writing into it, or the store holds no spells of
    the year.
    """
    check_target(to)
    with warmed(len(chapters) + len(evaluations)) as warm:
        if any(one.kind == "certificates" for one in evaluations):
            from fmbstats.pages.certificates import ready_certificates

            # Counted from the register anew, and kept beside the release store for the chapters.
            ready_certificates(store, settings.threshold)
        store = store_for(store, settings.threshold)
        if settings.year not in store.years:
            there = ", ".join(map(str, store.years))
            raise RefusedName("no_year", year=settings.year, years=there)
        overview = Overview.of(
            store,
            year=settings.year,
            month_days=settings.month_days,
            entry_ids=entries,
            release=settings.release,
        )
        # All pages' q-values rest on them; each fork would ask for all entries.
        kept_county_tests(store, settings.year, settings.month_days)
        with staged(to, _about(store, settings)) as stage:
            run = _Run(stage, store, overview, settings, warm)
            if with_overview:
                run.add_overview()
            chosen = overview.entries[overview.entries["entry_id"].isin(set(chapters))]
            entries_ = [(entry.entry_id, entry.slug) for entry in rows_of(chosen)]
            named: list[Named] = [*entries_, *evaluations]
            made = run.chapters.make(named, run.counts)
            for of, one in zip(progress(named), made, strict=True):
                if isinstance(of, Evaluation):
                    run.add_evaluation(of.kind, one)
                else:
                    run.add(of[1], one, of[0])
            run.finish()
            n_files = sum(path.is_file() for path in stage.rglob("*")) + 1
    n_figures = run.counts["figure"]
    return ExportResult(to, n_figures, run.counts["table"], n_files)


class _Run:
    """One export in the making: files are written as the chapters come."""

    def __init__(
        self,
        stage: Path,
        store: Workbench,
        overview: Overview,
        settings: ExportSettings,
        warm: WarmProcess | None,
    ) -> None:
        self.stage, self.store, self.overview, self.settings = stage, store, overview, settings
        strata = lookups.asked_strata(store, settings.by)
        self.chapters = Chapters(store, settings, stage, strata, warm)
        self.typeset: list[Typeset] = []
        self.items: list[content.Item] = []
        self.shown: dict[str, list[dict[str, str]]] = {}
        self.told: dict[str, Told] = {}
        self.evaluated: dict[str, Rows] = {}
        self.behind: list[Behind] = []

    @property
    def counts(self) -> Counter[str]:
        """How many figures and tables there are."""
        return Counter(item.kind for item in self.items)

    def add_overview(self) -> None:
        """Make the chapter of all entries."""
        chapter = overview_chapter(self.overview, self.settings.round, self.settings.language)
        self.add(chapter.key, self.chapters.write(chapter, None, self.counts))

    def add_evaluation(self, kind: str, made: Made) -> None:
        """Keep what the chapter of an evaluation leaves; those of a kind share a sheet."""
        self._keep(made)
        self.evaluated.setdefault(kind, []).extend(made.rows)
        self.behind += filter(None, [made.behind])

    def _keep(self, made: Made) -> None:
        self.items += made.items
        self.typeset.append(made.typeset)

    def add(self, slug: str, made: Made, entry_id: str = "") -> None:
        """Keep what a chapter leaves for lists, workbook and PDF."""
        self.shown[slug] = made.rows
        self._keep(made)
        if made.told is not None:
            self.told[entry_id] = made.told

    def finish(self) -> None:
        """Write what is about the whole: document, table of measures, list, workbook, read-me."""
        name = self.settings.name
        with ThreadPoolExecutor(1) as beside:
            # Typst sets the document without holding Python, while all else is written.
            document = None
            if self.settings.has_pdf:
                document = beside.submit(document_pdf, self.stage, self._document())
            told = self._tell_measures()
            self._list()
            (self.stage / f"fmbstats-{name}.xlsx").write_bytes(self._workbook(told))
        if document is not None:
            (self.stage / f"fmbstats-{name}.pdf").write_bytes(document.result())
        self._text(phrase("export.readme.file", self.settings.language), self._readme())

    def _document(self) -> dict[str, Any]:
        """Write down what the document is set from: the gate reads it, and sets it again."""
        values = document_values(self._front(), self.typeset, self.settings.language)
        text = json.dumps(values, ensure_ascii=False, indent=1)
        self._text(f"fmbstats-{self.settings.name}.json", f"{text}\n")
        return values

    def _tell_measures(self) -> pd.DataFrame:
        language = self.settings.language
        for entry in rows_of(self.overview.entries):
            if entry.entry_id not in self.told:
                self.told[entry.entry_id] = self.chapters.told(entry.entry_id)
            rows = self.told[entry.entry_id].rows
            self.shown[entry.slug] = [*self.shown.get(entry.slug, ()), *rows]
        told = told_frame(self.overview, self.shown)
        evaluated = [row for rows in self.evaluated.values() for row in rows]
        both = pd.concat([told, typed_rows(evaluated)], ignore_index=True) if evaluated else told
        self._text(SETTINGS.table, table_csv(both))
        (self.stage / SETTINGS.measured).write_bytes(measured_parquet(self.overview))
        if self.store.is_release:
            ids = list(self.overview.entries["entry_id"])
            days, year = self.settings.month_days, self.settings.year
            tested = county_limits(self.store, year, days)
            strata = self.chapters.strata
            pairs = set[tuple[str, str]]().union(*(one.pairs for one in self.behind))
            write_open_data(
                self.store, self.stage, ids, tested, days, language, strata, pairs, year
            )
            release_certificates(
                self.store.path, {of for one in self.behind for of in one.certificates}, self.stage
            )
        return told

    def _list(self) -> None:
        language = self.settings.language
        listed = sheets.list_frame(self.items, language)
        heads = [phrase(f"export.head.{name}", language) for name in listed]
        name = phrase("export.list.file", language)
        (self.stage / f"{name}.csv").write_bytes(pictures.csv_bytes(heads, listed.to_numpy()))
        self._text(f"{name}.txt", self._listing())

    def _text(self, name: str, text: str) -> None:
        (self.stage / name).write_text(text, "utf-8", newline="\n")

    def _listing(self) -> str:
        language = self.settings.language
        lines = [self.settings.title, _mark(self.store, language), ""]
        for item in sorted(self.items, key=lambda item: (item.kind, item.number)):
            chapter = words.visible(item.title)
            lines += [
                f"{item.label(language)}. {chapter}",
                f"    sv: {words.visible(item.captions['sv'], 2000)}",
                f"    en: {words.visible(item.captions['en'], 2000)}",
                f"    {item.folder}/{item.stem}.*",
            ]
        return "\n".join(lines) + "\n"

    def _workbook(self, told: pd.DataFrame) -> bytes:
        from fmbstats.export.workbook import workbook_bytes  # its library comes with an extra

        language, overview = self.settings.language, self.overview
        kind = "synthetic" if self.store.settings.is_synthetic else "real"
        entries = [self.told[entry_id] for entry_id in overview.entries["entry_id"]]
        data = [
            sheets.adherence_sheet(overview, kind, language, told),
            sheets.recommendations_sheet(overview),
            *sheets.sheets_of(entries, kind),
            *(
                sheets.evaluation_sheet(of, typed_rows(rows), kind, language)
                for of, rows in self.evaluated.items()
            ),
        ]
        mark = _mark(self.store, language)
        pages = [
            sheets.about_sheet(overview, self.settings, mark),
            *data,
            Sheet("list", sheets.list_frame(self.items, language)),
            sheets.methods_sheet(language),
            sheets.columns_sheet(data, language),
        ]
        return workbook_bytes(
            pages,
            title=self.settings.title,
            mark=mark,
            is_synthetic=kind == "synthetic",
            language=language,
        )

    def _front(self) -> dict[str, object]:
        language, store = self.settings.language, self.store
        made, kind = store.settings, _kind(store)
        frame = sheets.provenance_frame(self.overview, self.settings)
        rows = frame.itertuples(index=False)
        sources = sheets.source_lines(store, language)
        methods = sheets.methods_sheet(language).frame.itertuples(index=False)
        return {
            "title": self.settings.title,
            "subtitle": phrase("export.subtitle", language, year=self.settings.year),
            "mark": phrase(f"report.{kind}", language),
            "sentence": phrase(f"export.report.{kind}", language, name=made.register_name),
            "statement": sheets.release_statement(self.overview.release, language),
            "is_synthetic": bool(made.is_synthetic),
            "provenance": [[in_picture(text) for text in row] for row in rows],
            "methods": [[in_picture(text, 2000) for text in row] for row in methods],
            "sources": [in_picture(text, 1000) for text in sources],
            "provenance-heads": [phrase("column.what", language), phrase("column.value", language)],
        }

    def _readme(self) -> str:
        language, store = self.settings.language, self.store
        frame = sheets.provenance_frame(self.overview, self.settings)
        lines = [
            self.settings.title,
            "",
            _mark(store, language),
            sheets.release_statement(self.overview.release, language),
            "",
            phrase(
                "export.readme",
                language,
                width=words.number(self.settings.width_cm, 1, language),
                name=self.settings.name,
            ),
            "",
            *(f"{row.what}: {words.visible(row.value, 1000)}" for row in rows_of(frame)),
            *(words.visible(line, 1000) for line in sheets.source_lines(store, language)),
        ]
        return "\n".join(lines) + "\n"


def _kind(store: Workbench) -> str:
    return "synthetic" if store.settings.is_synthetic else "real"


def _mark(store: Workbench, language: str) -> str:
    """Say whether the data are real or synthetic, in capitals and in a sentence."""
    kind = _kind(store)
    sentence = phrase(f"export.report.{kind}", language, name=store.settings.register_name)
    return f"{phrase(f'report.{kind}', language)}. {sentence}"


def _about(store: Workbench, settings: ExportSettings) -> dict[str, object]:
    """What the manifest says about the export; no time, so that equal exports are equal."""
    made = store.settings
    return {
        "is_synthetic": bool(made.is_synthetic),
        "statement": sheets.release_statement(settings.release, settings.language),
        "settings": asdict(settings) | {"round": settings.round and settings.round.name},
        "source_hash": store.data_hash(),
        "fmbstats_version": made.fmbstats_version,
    }
