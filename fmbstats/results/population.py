"""Who is counted."""

from __future__ import annotations

from dataclasses import dataclass, field

from fmbstats import tables, words
from fmbstats.frames import pd
from fmbstats.results.about import About
from fmbstats.results.common import in_notebook
from fmbstats.results.numbers import numbers, value_row
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

    def values(self) -> pd.DataFrame:
        """Return the box's counts and settings as rows of `adherence.csv`."""
        return numbers(
            [
                *(value_row(name, n) for name, n in self._shown.items()),
                *(
                    value_row("n_spells", n, by="level", stratum=level)
                    for level, n in self.n_by_level.items()
                ),
                *self._day_rows(),
            ]
        )

    def _day_rows(self) -> list[dict[str, object]]:
        return [
            value_row("entry_day", self.about.entry_day),
            value_row("first_day_seen", self.about.entry_day + 1),
            value_row("gap_days", self.about.gap_days),
        ]

    @property
    def _shown(self) -> dict[str, int]:
        names = ("n_started", "n_seen", "n_ended", "n_ongoing", "n_scored", "n_ambiguous")
        return {name: getattr(self, name) for name in names}

    def table(self, language: str = "") -> str:
        """Return the box as an HTML table."""
        return tables.html_table(
            self.display(language),
            caption=phrase("table.population.caption", language),
            language=language,
        )

    def _repr_html_(self) -> str:
        return in_notebook(self.table())
