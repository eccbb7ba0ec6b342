"""What all parts of an overview share: its results, its words, its round."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from fmbstats import words
from fmbstats.overview import Overview
from fmbstats.overview.change import YearChange
from fmbstats.pages.blocks import Section
from fmbstats.rounds import Round, find_round
from fmbstats.sources.fmb.edition_tables import Edition
from fmbstats.words import phrase


@dataclass(frozen=True, eq=False)
class OverviewFrame:
    """An overview in a language, and the helpers to make sections of it.

    Attributes
    ----------
    overview : Overview
    language : {"sv", "en"}
    round : Round or None
        What set of entries it is about; None for all.
    editions : tuple of Edition
        Of the recommendations, oldest first; none for an overview without them.
    """

    overview: Overview
    language: str = words.DEFAULT_LANGUAGE
    round: Round | None = None
    editions: tuple[Edition, ...] = field(default=(), repr=False)

    def say(self, key: str, **values: Any) -> str:
        """Return a phrase in the report's language."""
        return phrase(key, self.language, **values)

    def section(self, key: str, content: list[Any]) -> Section:
        """Return a section with its title."""
        title = self.say(f"overview.{key.replace('-', '_')}.title")
        return Section(key, title, content, self.language)

    @cached_property
    def title(self) -> str:
        """Heading of the page."""
        if self.round is None:
            return self.say("overview.title", year=self.overview.year)
        return words.visible(self.round.title_in(self.language))

    @cached_property
    def previous(self) -> Round | None:
        """The round before, where the round names one."""
        if self.round is None or self.round.previous is None:
            return None
        return find_round(self.overview.store.data_folder, self.round.previous)

    @cached_property
    def change(self) -> YearChange | None:
        """What changed since the round before, or the year before."""
        before = None if self.previous is None else self.previous.year
        return self.overview.change(before)

    @property
    def marked(self) -> dict[str, Any]:
        """What every figure and alternative text is told."""
        is_synthetic = bool(self.overview.store.settings.is_synthetic)
        return {"language": self.language, "is_synthetic": is_synthetic}
