"""What all parts of a report share: its diagnosis, its words, its figures' common settings."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import pandas as pd

from fmbstats import figures, words
from fmbstats.pages.blocks import FigureBlock, Section, TableBlock
from fmbstats.results.limits import limit_lines
from fmbstats.words import phrase

if TYPE_CHECKING:
    from fmbstats.diagnosis import Diagnosis
    from fmbstats.results import AdherenceResult

UNTIL_DAY = 730


@dataclass(frozen=True, eq=False)
class Frame:
    """A diagnosis in a language, and the helpers to make sections of it.

    Attributes
    ----------
    diagnosis : Diagnosis
    language : {"sv", "en"}
    """

    diagnosis: Diagnosis
    language: str = words.DEFAULT_LANGUAGE

    def say(self, key: str, **values: Any) -> str:
        """Return a phrase in the report's language."""
        return phrase(key, self.language, **values)

    def section(
        self, key: str, parts: list, intro: str = "", told: pd.DataFrame | None = None
    ) -> Section:
        """Return a section with its title and introduction; `told` are the sentences' numbers."""
        intro = intro or self.say(f"section.{key}.intro")
        title = self.say(f"section.{key}.title")
        return Section(key, title, [intro, *parts], self.language, told=told)

    def empty(self, key: str, reason: str = "") -> Section:
        """Return a section that says in a sentence why there is nothing in it."""
        title, why = self.say(f"section.{key}.title"), reason or self.say(f"section.{key}.empty")
        return Section(key, title, [why], self.language, is_empty=True)

    @property
    def why_unjudged(self) -> str:
        """Why the share over the longest limit is not known; empty when it is, or is hidden."""
        value = self.adherence.value("share_over_longest")
        return value.sentence(self.language) if isinstance(value, words.Absent) else ""

    def table(
        self, frame: pd.DataFrame, caption: str, values: pd.DataFrame | None = None
    ) -> TableBlock:
        """Return a table with the caption of that key, and its numbers."""
        return TableBlock(frame, self.say(f"table.{caption}.caption"), values)

    @cached_property
    def adherence(self) -> AdherenceResult:
        """Measures of all spells."""
        return self.diagnosis.adherence()

    @property
    def n_spells(self) -> Any:
        """Number of spells seen, or its protected value."""
        return self.adherence.value("n_spells")

    @property
    def has_spells(self) -> bool:
        """Whether any spell was seen."""
        return not isinstance(self.n_spells, words.Spoken) and self.n_spells > 0

    @property
    def is_synthetic(self) -> bool:
        """Whether no real person is in the register."""
        return bool(self.diagnosis.store.settings.is_synthetic)

    @property
    def limit_lines(self) -> list[figures.LimitLine]:
        """The distinct limits as lines to draw; those that came or went in the year are dated."""
        return limit_lines(self.diagnosis.about.yardstick.limits, self.language)

    @property
    def marked(self) -> dict[str, Any]:
        """What every figure and alternative text is told."""
        return {"language": self.language, "is_synthetic": self.is_synthetic}

    def caption(self, key: str, n_spells: Any = None, **values: str) -> str:
        """Return a figure's caption with the number of spells and the cut-off."""
        return figures.caption(
            key,
            n_spells=self.n_spells if n_spells is None else n_spells,
            cutoff_date=self.diagnosis.store.settings.cutoff_date,
            **self.marked,
            **values,
        )

    def figure(
        self,
        key: str,
        kind: str,
        draw_on: Callable[[Any], Any],
        alt: str,
        caption: str,
        data: pd.DataFrame,
        *,
        n_rows: int = 0,
        shows_data: bool = False,
        table: str = "",
        values: pd.DataFrame | None = None,
    ) -> FigureBlock:
        """Return a figure whose axes `draw_on` fills; `table` is the caption of its data."""

        def draw():
            figure, ax = figures.new_figure(kind, n_rows=n_rows)
            draw_on(ax)
            return figure

        return FigureBlock(key, draw, alt, caption, data, shows_data, table, values)
