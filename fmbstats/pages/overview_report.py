"""The overview of all entries, or of a round, part by part: each is one call of the notebook."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import fmbstats
from fmbstats import words
from fmbstats.overview import Overview
from fmbstats.pages.blocks import Section
from fmbstats.pages.overview_parts import changes, head, lengths, missing, ranks, shares
from fmbstats.pages.overview_parts.overview_frame import OverviewFrame
from fmbstats.pages.round_entries import entries_of_round
from fmbstats.release import store_for
from fmbstats.results import Release
from fmbstats.rounds import Round, find_round, read_round
from fmbstats.settings import SETTINGS
from fmbstats.sources.fmb.edition_tables import read_editions

# The parts in the order of the page.
PARTS = {
    "headline": head.headline,
    "forest": shares.forest,
    "ranks": ranks.ranks,
    "measures": shares.measures,
    "change": changes.change,
    "ratio": lengths.ratio,
    "not_judged": missing.not_judged,
    "editions": missing.editions,
    "provenance": head.provenance,
}


def overview_report(
    *,
    year: int,
    language: str = words.DEFAULT_LANGUAGE,
    store: str = "",
    month_days: int = SETTINGS.month_days,
    release: bool = True,
    threshold: int = SETTINGS.threshold,
    round_name: str = "",
) -> OverviewReport:
    """Open the store and return the overview.

    Parameters
    ----------
    year : int
        Start year of the spells; a round has its own.
    language : {"sv", "en"}
    store : str
        Path of the store; the project's own by default.
    month_days : {30, 31}
    release : bool
        Protect small numbers, for publication; False for internal analysis.
    threshold : int
        Smallest count that is shown when `release` is true.
    round_name : str
        Name of an evaluation round, or path of its file; empty for all entries.

    Raises
    ------
    UnknownNameError
        There is no such round, or no such entry.
    """
    opened = fmbstats.open_store(Path(store) if store else None)
    asked = threshold if release else None
    opened = store_for(opened, asked)
    editions = read_editions(opened.data_folder / "fmb")
    found = _round(round_name, opened.data_folder)
    ids = None if found is None else entries_of_round(editions, found)["entry_id"]
    overview = Overview.of(
        opened,
        year=year if found is None else found.year,
        month_days=month_days,
        entry_ids=ids,
        release=Release(asked),
    )
    return OverviewReport(overview, words.checked_language(language), found, editions)


def _round(name: str, data_folder: Path) -> Round | None:
    if not name:
        return None
    return read_round(Path(name)) if name.endswith(".toml") else find_round(data_folder, name)


@dataclass(frozen=True, eq=False)
class OverviewReport(OverviewFrame):
    """Sections of the overview; every one is made from the overview's results.

    Examples
    --------
    >>> report = overview_report(year=2017)  # doctest: +SKIP
    >>> report.part("change")  # doctest: +SKIP
    """

    def part(self, key: str) -> Section:
        """Return one part; `PARTS` names them."""
        return PARTS[key](self)

    def sections(self) -> list[Section]:
        """Return all parts in the order of the page."""
        return [self.part(key) for key in PARTS]
