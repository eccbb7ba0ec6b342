"""The report on one FMB entry, part by part: each method is one call of the notebook."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import fmbstats
from fmbstats import words
from fmbstats.pages.blocks import Section
from fmbstats.pages.parts import comparisons, foot, head, lengths
from fmbstats.pages.parts.frame import Frame
from fmbstats.pages.parts.published_numbers import published_section
from fmbstats.release import store_for
from fmbstats.results import Release
from fmbstats.settings import SETTINGS

# The parts in the order of the page.
PARTS = {
    "headline": head.headline,
    "published": published_section,
    "recommendation": head.recommendation,
    "history": head.history,
    "population": head.population,
    "curve": lengths.curve,
    "measures": lengths.measures,
    "sex": lengths.sex,
    "age": lengths.age,
    "county": comparisons.county,
    "trend": lengths.trend,
    "end_reasons": comparisons.end_reasons,
    "degree": comparisons.degree,
    "bunching": comparisons.bunching,
    "sensitivity": foot.sensitivity,
    "limits": foot.limits,
    "functioning": head.functioning,
    "provenance": foot.provenance,
}


def diagnosis_report(
    entry: str,
    *,
    year: int,
    language: str = words.DEFAULT_LANGUAGE,
    store: str = "",
    month_days: int = SETTINGS.month_days,
    release: bool = True,
    threshold: int = SETTINGS.threshold,
) -> DiagnosisReport:
    """Open the store and return the report on an entry.

    Parameters
    ----------
    entry : str
        FMB entry id, slug, or ICD-10-SE code.
    year : int
        Start year of the spells.
    language : {"sv", "en"}
    store : str
        Path of the store; the project's own by default.
    month_days : {30, 31}
    release : bool
        Protect small numbers, for publication; False for internal analysis.
    threshold : int
        Smallest count that is shown when `release` is true.

    Raises
    ------
    UnknownNameError
        The entry is unknown; an empty name (a parameter not given) is.
    """
    opened = fmbstats.open_store(Path(store) if store else None)
    asked = threshold if release else None
    opened = store_for(opened, asked)
    diagnosis = opened.diagnosis(entry, year=year, month_days=month_days)
    return DiagnosisReport(
        diagnosis.with_settings(release=Release(asked)), words.checked_language(language)
    )


@dataclass(frozen=True, eq=False)
class DiagnosisReport(Frame):
    """Sections of a report; every one is made from the diagnosis' result objects.

    Attributes
    ----------
    diagnosis : Diagnosis
    language : {"sv", "en"}

    Examples
    --------
    >>> report = diagnosis_report("F32", year=2017)  # doctest: +SKIP
    >>> report.part("curve")  # doctest: +SKIP
    """

    def part(self, key: str) -> Section:
        """Return one part; `PARTS` names them."""
        return PARTS[key](self)

    def sections(self) -> list[Section]:
        """Return all parts in the order of the page."""
        return [self.part(key) for key in PARTS]
