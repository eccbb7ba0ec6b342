"""What an export is about: chapters of numbered figures and tables, in both languages."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pandas as pd

from fmbstats import words
from fmbstats.pages.blocks import Section
from fmbstats.pages.diagnosis_report import DiagnosisReport
from fmbstats.pages.overview_report import OverviewReport
from fmbstats.pages.parts.published_numbers import published_numbers
from fmbstats.pages.table import shown_by
from fmbstats.results.numbers import joined_numbers
from fmbstats.sources.fmb.edition_tables import read_editions
from fmbstats.words import LANGUAGES

if TYPE_CHECKING:
    from fmbstats.diagnosis import Diagnosis
    from fmbstats.overview import Overview
    from fmbstats.rounds import Round

OVERVIEW = "overview"


@dataclass(frozen=True, eq=False)
class Chapter:
    """The overview or one diagnosis: the same sections in both languages.

    Attributes
    ----------
    key : str
        The entry's slug, or "overview"; part of the names of files.
    sections : dict of language to sequence of Section
        The first section's title is the chapter's.
    """

    key: str
    sections: Mapping[str, Sequence[Section]] = field(repr=False)

    def title(self, language: str) -> str:
        """Return the chapter's title."""
        return self.sections[language][0].title


@dataclass(frozen=True, eq=False)
class Item:
    """One numbered figure or table.

    Attributes
    ----------
    kind : {"figure", "table"}
    number : int
        From 1, figures and tables apart, in the order of the export.
    stem : str
        Name of its files, without folder and ending.
    chapter, section : str
        Titles of what it belongs to.
    block : FigureBlock or TableBlock
        In the export's language.
    captions, alts : dict of language to str
        A table has no alternative text.
    data : DataFrame
        What it shows.
    """

    kind: str
    number: int
    stem: str
    chapter: str
    section: str
    block: Any = field(repr=False)
    captions: Mapping[str, str] = field(repr=False)
    alts: Mapping[str, str] = field(repr=False)

    @property
    def data(self) -> pd.DataFrame:
        """Rows behind the figure, or of the table."""
        return self.block.data

    @property
    def values(self) -> pd.DataFrame | None:
        """Its numbers as rows of `adherence.csv`; None for a table of texts."""
        values = self.block.values
        return None if values is None or values.empty else values

    def label(self, language: str) -> str:
        """Return "Figur 3" or "Tabell 3"."""
        return words.phrase(f"page.{self.kind}", language, number=self.number)

    @property
    def folder(self) -> str:
        """The folder of its files."""
        return f"{self.kind}s"


def diagnosis_chapter(diagnosis: Diagnosis, slug: str) -> Chapter:
    """Return the report on a diagnosis as a chapter."""
    return Chapter(
        slug,
        {language: DiagnosisReport(diagnosis, language).sections() for language in LANGUAGES},
    )


def overview_chapter(overview: Overview, found: Round | None = None) -> Chapter:
    """Return all entries together, or those of a round, as a chapter."""
    editions = read_editions(overview.store.data_folder / "fmb")
    return Chapter(
        OVERVIEW,
        {
            language: OverviewReport(overview, language, found, editions).sections()
            for language in LANGUAGES
        },
    )


def shown_numbers(chapter: Chapter) -> list[dict[str, str]]:
    """Return the numbers that a chapter shows, as rows of `adherence.csv`."""
    return shown_by(next(iter(chapter.sections.values())))


def brief_numbers(diagnosis: Diagnosis) -> list[dict[str, str]]:
    """Return what the workbook tells of an entry without a chapter, as rows of `adherence.csv`."""
    published = published_numbers(diagnosis.published())
    parts = {
        "recommendation": [diagnosis.recommendation.values()],
        "population": [diagnosis.population().values()],
        "published": [*published.values()],
    }
    return shown_by(
        Section(key, key, [], told=joined_numbers(frames)) for key, frames in parts.items()
    )


class Numbers:
    """Counts figures and tables through an export."""

    def __init__(self) -> None:
        self._counts: Counter[str] = Counter()

    def next(self, kind: str) -> int:
        """Return the next number of a kind, from 1."""
        self._counts[kind] += 1
        return self._counts[kind]


def kind_of(part: Any) -> str:
    """Say what a part of a section is by what it offers.

    Returns
    -------
    str
        'text', 'figure', 'table', 'list' or 'note'.

    Raises
    ------
    TypeError
        A part of an unknown kind would silently be missing from the export.

    Examples
    --------
    >>> kind_of("A sentence.")
    'text'
    """
    if isinstance(part, str):
        return "text"
    offers = {"figure": "draw", "table": "data", "list": "items", "note": "text"}
    for kind, attribute in offers.items():
        if hasattr(part, attribute):
            return kind
    raise TypeError(f"the export does not know how to write {type(part).__name__}")


def numbered(
    chapter: Chapter, numbers: Numbers, language: str
) -> Iterator[tuple[Section, list[tuple[Any, Item | None]]]]:
    """Yield the sections with their parts, figures and tables numbered.

    Yields
    ------
    tuple of Section and list of (part, Item or None)
        The part is in `language`; the item is None for text.
    """
    twins = [chapter.sections[other] for other in LANGUAGES]
    for k, section in enumerate(chapter.sections[language]):
        parts = []
        for n, part in enumerate(section.parts):
            pair = {
                other: sections[k].parts[n]
                for other, sections in zip(LANGUAGES, twins, strict=True)
            }
            parts.append((part, _item(chapter, section, part, pair, numbers, language)))
        yield section, parts


def _item(chapter, section, part, pair, numbers: Numbers, language: str) -> Item | None:
    kind = kind_of(part)
    if kind not in ("figure", "table") or part.data.empty:
        return None
    number = numbers.next(kind)
    key = getattr(part, "key", section.key)
    return Item(
        kind=kind,
        number=number,
        stem="_".join([f"{kind}-{number:03d}", file_name(chapter.key), file_name(key)]),
        chapter=chapter.title(language),
        section=section.title,
        block=part,
        captions={other: block.caption for other, block in pair.items()},
        alts={other: getattr(block, "alt", "") for other, block in pair.items()},
    )


def file_name(text: str) -> str:
    """Return a name that every file system takes and that stays in its folder.

    Examples
    --------
    >>> file_name("../Ångest och oro"), file_name("curve-sex")
    ('ngest-och-oro', 'curve-sex')
    """
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")[:60] or "x"
