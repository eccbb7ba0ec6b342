"""Who is counted."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial

from fmbstats import tables, words
from fmbstats.frames import pd
from fmbstats.results.about import About
from fmbstats.results.common import in_notebook
from fmbstats.told import Told
from fmbstats.words import phrase


@dataclass(frozen=True, eq=False)
class Population:
    """Who is counted in a diagnosis' results."""

    about: About = field(repr=False)
    n_started: int  #: Spells in the register started in the period.
    n_seen: int  #: Of these, longer than the entry day: the population of every share.
    #: `n_ended`, `n_ongoing`: of the seen: end observed, or still ongoing at the cut-off
    #: (censored).
    n_ended: int
    n_ongoing: int
    n_scored: int  #: Of the seen: with a recommended limit.
    #: The seen by how their code was matched: exact, shorter, category, none.
    n_by_level: dict[str, int]
    #: Spells of the period whose code is too short to tell this entry from others; left out.
    n_ambiguous: int

    def display(self, language: str = "") -> pd.DataFrame:
        """Return the box as label and value."""
        about = self.about
        rows = [
            *((key, words.count(n, language)) for key, n in self._shown.items()),
            ("entry_day", words.days(about.entry_day, language)),
            ("length_basis", phrase(f"length_basis.{about.length_basis}", language)),
            ("cutoff_date", words.date(about.cutoff_date, language)),
            ("gap_days", words.days(about.gap_days, language)),
            ("register_name", about.register_name),
        ]
        if not self.n_ambiguous:
            rows = [row for row in rows if row[0] != "n_ambiguous"]
        rows += [(f"level.{k}", words.count(n, language)) for k, n in self.n_by_level.items()]
        return pd.DataFrame(
            [(phrase(f"population.{key}", language), value) for key, value in rows],
            columns=[phrase("column.what", language), phrase("column.value", language)],
        )

    def told(self) -> list[Told]:
        """Return the box's counts and settings as told values."""
        day, told = self.about.entry_day, partial(Told, part="population")
        settings = {"entry_day": day, "first_day_seen": day + 1, "gap_days": self.about.gap_days}
        return [
            *(told(name, n) for name, n in self._shown.items()),
            *(told("n_spells", n, by="level", stratum=k) for k, n in self.n_by_level.items()),
            *(told(name, n) for name, n in settings.items()),
        ]

    @property
    def _shown(self) -> dict[str, int]:
        names = ("n_started", "n_seen", "n_ended", "n_ongoing", "n_scored", "n_ambiguous")
        return {name: getattr(self, name) for name in names}

    def table(self, language: str = "") -> str:
        """Return the box as an HTML table."""
        caption = phrase("table.population.caption", language)
        return tables.html_table(self.display(language), caption=caption, language=language)

    def _repr_html_(self) -> str:
        return in_notebook(self.table())
