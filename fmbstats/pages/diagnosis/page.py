"""The page on one FMB entry, part by part: each is one call of the notebook."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import fmbstats
from fmbstats import words
from fmbstats.diagnosis.objects import Workbench
from fmbstats.pages.diagnosis import answer, below, course, groups, others, real
from fmbstats.pages.diagnosis.report import Report
from fmbstats.release import store_for
from fmbstats.results.about import Release
from fmbstats.settings import SETTINGS
from fmbstats.sources.published.published_tables import hold_sources
from fmbstats.store import lookups
from fmbstats.store.paths import STORE_VARIABLE

#: The parts in the order of the page.
PARTS = {
    "answer": answer.answer,
    "card": answer.card,
    "told": real.told,
    "sources": real.sources,
    "others": others.others,
    "history": real.history,
    "lengths": groups.register,
    "endings": course.endings,
    "counties": groups.counties,
    "own": groups.own,
    "years": course.years,
    "method": below.method,
    "about": below.about,
}


@dataclass(frozen=True, eq=False)
class DiagnosisPage(Report):
    """All parts of a page; every one is made from the diagnosis' result objects.

    >>> page = diagnosis_page("F32", year=2017)  # doctest: +SKIP
    >>> page.part("answer")  # doctest: +SKIP
    """

    makers = PARTS


_HELD: dict[tuple[str, int | None], Workbench] = {}


def hold_store(
    *, store: str = "", release: bool = True, threshold: int = SETTINGS.threshold, **_: Any
) -> Workbench:
    """Keep open what the pages of this process and its forks are made from, with what it answered.

    What is published beside it is looked at no more. Arguments are those of `diagnosis_page`.
    """
    asked = threshold if release else None
    held = _HELD[_named(store), asked] = _opened(store, asked)
    hold_sources(held.data_folder)
    return held


def _named(store: str) -> str:
    return store or os.environ.get(STORE_VARIABLE, "")


def _opened(store: str, threshold: int | None) -> Workbench:
    held = _HELD.get((_named(store), threshold))
    return held or store_for(fmbstats.open_store(Path(store) if store else None), threshold)


def diagnosis_page(
    entry: str,
    *,
    year: int,
    language: str = words.DEFAULT_LANGUAGE,
    store: str = "",
    month_days: int = SETTINGS.month_days,
    release: bool = True,
    threshold: int = SETTINGS.threshold,
    by: str = "",
) -> DiagnosisPage:
    """Open the store and return the page on an entry.

    `entry`: FMB entry id, slug, or ICD-10-SE code. `year`: start year of the spells. `store`: path
    of the store; the project's own by default. `month_days`: {30, 31}. `release`: protect small
    numbers, for publication; False for internal analysis. `threshold`: smallest count that is shown
    when `release` is true. `by`: strata of the register's own that the page tells of, too, by
    commas.

    Raises UnknownNameError: the entry is unknown; an empty name (a parameter not given) is.
    """
    asked = threshold if release else None
    diagnosis = _opened(store, asked).diagnosis(entry, year=year, month_days=month_days)
    settings = diagnosis.with_settings(release=Release(asked))
    strata = lookups.asked_strata(settings.store, by)
    return DiagnosisPage(settings, words.checked_language(language), strata)
