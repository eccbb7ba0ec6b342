"""The sheets of the workbook as frames: every number from the result objects."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pandas as pd

from fmbstats import codes, words
from fmbstats.errors import SourceError
from fmbstats.export.content import Item, Sheet
from fmbstats.frames import rows_of
from fmbstats.pages.table import measured_frame
from fmbstats.results.about import Release
from fmbstats.results.common import value_or_reason
from fmbstats.results.recommendation import Recommendation, case_limit, without_concepts
from fmbstats.sources.sidecar import read_sidecar
from fmbstats.store import Store
from fmbstats.told import COLUMNS, NOTHING
from fmbstats.told import Told as Value
from fmbstats.words import Absent, has_phrase, phrase

if TYPE_CHECKING:
    from collections.abc import Iterable

    from fmbstats.diagnosis.objects import Diagnosis
    from fmbstats.overview import Overview

METHODS = (
    "spell", "length", "share", "interval", "entry", "cutoff", "uncertainty", "median",
    "excess", "month", "matching", "published", "absent", "group",
)  # fmt: skip
_POPULATION = ("n_started", "n_seen", "n_ended", "n_ongoing", "n_scored", "n_ambiguous")
# What makes two rows one number, whichever table they stand in.
_NUMBER = ["slug", "by", "stratum", "metric"]
_BOUND_FLAGS = ("edge_off_by_one", "hidden_cells")
_LEVELS = ("exact", "shorter", "category", "none")


def adherence_sheet(overview: Overview, kind: str, language: str, told: pd.DataFrame) -> Sheet:
    """Return what is told, then all other measures, with the entry's name and words.

    `kind`: "synthetic", "real" or "plain". `language`: "sv" or "en". `told`: what is told, of
    `told_frame`.
    """
    both = pd.concat([told, measured_frame(overview)], ignore_index=True)[list(COLUMNS)]
    is_told = (both.index < len(told)) | ~both.duplicated(_NUMBER)
    frame = both[is_told].reset_index(drop=True)
    names = dict(zip(overview.entries["entry_id"], overview.entries["name"], strict=True))
    named = [names.get(key, key) for key in frame["rec_id"]]
    return Sheet("adherence", _in_words(frame, named, language), kind)


def evaluation_sheet(key: str, told: pd.DataFrame, kind: str, language: str) -> Sheet:
    """Return what evaluations of a kind tell, in the columns of the sheet of measures."""
    return Sheet(key, _in_words(told, list(told["label"]), language), kind)


def _in_words(frame: pd.DataFrame, names: list[str], language: str) -> pd.DataFrame:
    """Put the entry's name and the measure's words before the columns of told rows."""
    values = {"estimate": [value_or_reason(row.estimate, row.flags) for row in rows_of(frame)]} | {
        name: [None if n != n else int(n) for n in frame[name]] for name in ("n_spells", "n_events")
    }
    sheet = frame.assign(
        **{
            name: pd.Series(column, index=frame.index, dtype=object)
            for name, column in values.items()
        }
    )
    sheet.insert(0, "name", names)
    sheet.insert(1, "measure", [_measure(metric, language) for metric in frame["metric"]])
    return sheet


def _measure(metric: str, language: str) -> str:
    key = f"metric.{metric}"
    return phrase(key, language) if words.has_phrase(key) else metric


def recommendations_sheet(overview: Overview) -> Sheet:
    """Return one row per entry with its shortest and longest limit."""
    rows = [
        {
            "rec_id": entry.entry_id,
            "name": entry.name,
            "slug": entry.slug,
            "disease_group": entry.disease_group_name,
            "codes": ", ".join(map(codes.dotted, entry.codes)),
        }
        | _limits(overview.recommendations[entry.entry_id])
        for entry in rows_of(overview.entries)
    ]
    return Sheet("recommendations", pd.DataFrame(rows))


def _limits(recommendation: Recommendation) -> dict[str, Any]:
    """Shortest and longest limit, or in both places the reason why there is none."""
    known: Sequence[int | Absent] = recommendation.limits_days or [recommendation.no_limit]
    return {
        "n_limits": len(recommendation.limits_days),
        "shortest_limit_days": known[0],
        "longest_limit_days": known[-1],
    }


@dataclass(frozen=True, eq=False)
class Told:
    """What the sheets tell of one entry besides its measures."""

    cases: list[dict[str, Any]]  #: One row per case and validity period.
    #: The bounds that real, published counts give, one row per code and limit.
    published: pd.DataFrame
    population: dict[str, Any]  #: Who is counted.
    rows: list[dict[str, str]]  #: The same numbers as rows of `adherence.csv`.

    @classmethod
    def of(cls, diagnosis: Diagnosis, language: str) -> Told:
        """Gather it."""
        return cls(
            _cases(diagnosis, language),
            _published(diagnosis, language),
            _population(diagnosis),
            _rows(diagnosis),
        )


def sheets_of(told: Sequence[Told], kind: str) -> list[Sheet]:
    """Return the sheets of cases, published bounds and populations, entry after entry.

    `kind` ("synthetic" or "real"): what the register is.
    """
    published = [one.published for one in told if len(one.published)]
    return [
        Sheet("cases", pd.DataFrame([row for one in told for row in one.cases])),
        Sheet("published", pd.concat(published) if published else pd.DataFrame(), "real"),
        Sheet("population", pd.DataFrame([one.population for one in told]), kind),
    ]


def _cases(diagnosis: Diagnosis, language: str) -> list[dict[str, Any]]:
    return [
        {
            "rec_id": case.entry_id,
            "name": diagnosis.title,
            "case_id": case.case_id,
            "criteria": without_concepts(case.criteria)
            if isinstance(case.criteria, str)
            else phrase("case.always", language),
            "length_text": case.length_text,
            "limit_days_30": _case_days(case, case.limit_days_30),
            "limit_days_31": _case_days(case, case.limit_days_31),
            "min_days": None if pd.isna(case.min_days) else int(case.min_days),
            "limit_kind": case.limit_kind,
            "limit_reason": case.limit_reason,
            "is_doubtful": _yes(case.is_doubtful, language),
            "contradicts": case.contradicts,
            "codes": ", ".join(map(codes.dotted, case.codes)),
            "valid_from": case.valid_from,
            "edition": case.edition,
        }
        for case in diagnosis.recommendation.cases
    ]


def _case_days(case: Any, days: Any) -> Any:
    return case_limit(case) if pd.isna(days) else int(days)


def _yes(value: object, language: str) -> str:
    return phrase("word.yes" if value else "word.no", language)


def _published(diagnosis: Diagnosis, language: str) -> pd.DataFrame:
    frame = diagnosis.published().frame
    if not len(frame):
        return frame
    frame = frame.assign(
        source=[_published_source(s, language) for s in frame["source"]],
        code=[codes.dotted(c) for c in frame["code"]],
        is_broader=[_yes(b, language) for b in frame["is_broader"]],
        end=[phrase(f"export.end.{end}", language) for end in frame["end"]],
        share_over_lo=_shares(frame, "share_over_lo"),
        share_over_hi=_shares(frame, "share_over_hi"),
        reason_for_width=[
            phrase(f"width.{reason}", language) if reason else ""
            for reason in frame["reason_for_width"]
        ],
    )
    frame.insert(0, "rec_id", diagnosis.key)
    frame.insert(1, "name", diagnosis.title)
    return frame


def _published_source(name: str, language: str) -> str:
    """Name a source; one that was imported has the name it was given."""
    key = f"published.source.{name}"
    return phrase(key, language) if has_phrase(key) else name


def _shares(frame: pd.DataFrame, name: str) -> pd.Series:
    pairs = zip(frame[name], frame["flags"], strict=True)
    return pd.Series([value_or_reason(*pair) for pair in pairs], index=frame.index, dtype=object)


def _population(diagnosis: Diagnosis) -> dict[str, Any]:
    found = diagnosis.population()
    counts: dict[str, Any] = {name: getattr(found, name) for name in _POPULATION}
    counts |= {f"level_{level}": found.n_by_level.get(level, 0) for level in _LEVELS}
    return {"rec_id": diagnosis.key, "name": diagnosis.title} | counts


def _rows(diagnosis: Diagnosis) -> list[dict[str, str]]:
    parts = (
        diagnosis.recommendation.told(),
        diagnosis.population().told(),
        _published_bounds(diagnosis.published()),
    )
    return [one.cells for part in parts for one in part]


def _published_bounds(result: Any) -> Iterator[Value]:
    """Yield lowest and highest share over every limit, and their limits of confidence."""
    for found in (row.found for row in result.rows):
        shared = {
            "by": "source",
            "stratum": codes.shown(found.code),
            "part": "published",
            "limit_days": found.limit_days,
            "flags": " ".join(("bounds_only", *(f for f in found.flags if f in _BOUND_FLAGS))),
            "n_spells": NOTHING if found.n_spells is None else found.n_spells,
            "more": {
                "data_vintage": " ".join(str(v) for v in (found.source, found.year or "") if v),
                "start_year": found.year,
                "length_basis": found.length_basis,
            },
        }
        yield Value("share_over_range", lo=found.lo, hi=found.hi, **shared)
        lo, hi = found.bounds.lo_ci, found.bounds.hi_ci
        yield Value("share_over_range_ci", lo=lo, hi=hi, **shared)


def list_frame(items: Iterable[Item], language: str) -> pd.DataFrame:
    """Return one row per figure and table: number, where it belongs, captions, file."""
    return pd.DataFrame(
        [
            {
                "number": item.label(language),
                "chapter": item.chapter,
                "section": item.section,
                "caption_sv": item.captions["sv"],
                "caption_en": item.captions["en"],
                "n_rows": item.block.n_rows,
                "file": f"{item.folder}/{item.stem}",
            }
            for item in items
        ]
    )


def methods_sheet(language: str) -> Sheet:
    """Return how the numbers came about, in words."""
    rows = [
        {
            "what": phrase(f"export.method.{key}.title", language),
            "meaning": phrase(f"export.method.{key}", language),
        }
        for key in METHODS
    ]
    return Sheet("methods", pd.DataFrame(rows))


def columns_sheet(sheets: Iterable[Sheet], language: str) -> Sheet:
    """Return what every column of the other sheets means, with its name in adherence.csv."""
    rows = [
        {
            "sheet": phrase(f"export.sheet.{sheet.key}", language),
            "head": phrase(f"export.head.{name}", language),
            "column": name,
            "meaning": phrase(f"export.about.{name}", language),
        }
        for sheet in sheets
        for name in [*sheet.frame.columns, *["data_kind"] * (sheet.kind != "plain")]
    ]
    return Sheet("columns", pd.DataFrame(rows))


def provenance_frame(overview: Overview, settings: Any) -> pd.DataFrame:
    """Return what the export was made from: register, settings, versions."""
    language, store = settings.language, overview.store
    made = store.settings
    basis = phrase(f"length_basis.{made.length_basis}", language)
    found = [(phrase("provenance.round", language), settings.round.name)] if settings.round else []
    rows = [
        *found,
        (phrase("column.year", language), str(settings.year)),
        (phrase("provenance.register", language), made.register_name),
        (phrase("export.extraction", language), words.date(made.extraction_date, language)),
        (phrase("provenance.cutoff", language), words.date(made.cutoff_date, language)),
        (phrase("population.length_basis", language), basis),
        (phrase("population.gap_days", language), words.days(made.gap_days, language)),
        (phrase("provenance.month_days", language), words.count(settings.month_days, language)),
        (phrase("export.rows_read", language), words.count(made.n_rows_read, language)),
        (phrase("export.rejected", language), words.count(made.n_rejected, language)),
        (phrase("provenance.data_hash", language), store.data_hash()),
        (phrase("provenance.version", language), f"fmbstats {made.fmbstats_version}"),
    ]
    return pd.DataFrame(rows, columns=["what", "value"])


def about_sheet(overview: Overview, settings: Any, mark: str) -> Sheet:
    """Return settings, versions and sources as the first sheet; its first row is the mark."""
    language, store = settings.language, overview.store
    frame = provenance_frame(overview, settings)
    status = phrase("export.status", language)
    rows = [
        (phrase("export.head.data_kind", language), mark),
        (status, release_statement(overview.release, language)),
        *frame.itertuples(index=False, name=None),
        *((phrase("column.source", language), line) for line in source_lines(store, language)),
    ]
    return Sheet("about", pd.DataFrame(rows, columns=frame.columns))


def release_statement(release: Release, language: str) -> str:
    """Say whether the numbers are exact and internal, or protected by which threshold."""
    if release.is_internal:
        return phrase("report.internal", language)
    threshold = words.count(release.threshold, language)
    return phrase("report.released", language, threshold=threshold)


def source_lines(store: Store, language: str) -> list[str]:
    """Return one line per source folder, from its sidecar."""
    lines = []
    for path in sorted(store.data_folder.rglob("source.json")):
        try:
            about = read_sidecar(path.parent)
        except SourceError:
            continue
        edition = f" {about['edition']}" if about.get("edition") else ""
        fetched = words.date(about["fetched_date"], language, "short")
        # A sidecar is in English, but for what it says in other languages as well.
        publisher, title, url = (
            about.get(f"{key}_{language}", about[key]) for key in ("publisher", "title", "url")
        )
        lines.append(f"{publisher}: {title}{edition} ({url}, {fetched})")
    return lines
