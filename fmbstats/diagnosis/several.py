"""Several diagnoses beside each other: one table, one figure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from fmbstats import figures, words
from fmbstats.diagnosis.spells import asked_years
from fmbstats.errors import UnknownNameError
from fmbstats.frames import pd
from fmbstats.measures import MEASURES, SHARE, key_of
from fmbstats.results.about import About
from fmbstats.results.common import column_of, label_of
from fmbstats.results.curve import (
    CurveResult,
    draw_lines,
    draw_panels,
)
from fmbstats.words import phrase
from fmbstats.words.strata import SEVERAL

#: More lines in one figure cannot be told apart.
MOST_LINES = 6


@dataclass(frozen=True, eq=False)
class Several:
    """Several diagnoses; made by ``store.diagnosis([...])``."""

    diagnoses: tuple[Any, ...]

    def __post_init__(self) -> None:
        if not self.diagnoses:
            raise UnknownNameError("No diagnosis is named. Write ['F32', 'M54'].")

    def __iter__(self) -> Iterator[Any]:
        return iter(self.diagnoses)

    def adherence(
        self,
        by: str | Sequence[str] | None = None,
        *,
        metric: str = "share over",
        limit_days: int | None = None,
    ) -> ManyShares:
        """Return one measure of every diagnosis, or of its groups.

        `metric`: a measure's key, or friendly words; see `AdherenceResult.of`. `limit_days`: the
        share over this number of days instead, the same for all.
        """
        name = self.diagnoses[0].named_by(by)
        parts = []
        for one in self.diagnoses:
            found = one.adherence(name, limit_days=limit_days).of(metric)
            found.insert(0, "diagnosis", one.about.short_name)
            found.insert(1, "name", one.title)
            parts.append(found)
        frame = pd.concat(parts, ignore_index=True)
        return ManyShares(self.diagnoses[0].about, frame, name, metric, limit_days)

    def change(
        self,
        first: Any,
        second: Any,
        by: str | Sequence[str] | None = None,
        *,
        metric: str = "share over",
        limit_days: int | None = None,
    ) -> Change:
        """Return one measure in two periods, of every diagnosis or of its groups.

        `first`, `second`: start years: 2015, [2014, 2015], "2014-2015". `by`, `metric`,
        `limit_days`: as of `adherence`.
        """
        periods = [asked_years(years, self.diagnoses[0].store.years) for years in (first, second)]
        if not all(periods):
            raise UnknownNameError("A change needs two periods, as in change(2015, 2017).")
        one, two = (
            Several(tuple(one.of_years(years) for one in self.diagnoses)).adherence(
                by, metric=metric, limit_days=limit_days
            )
            for years in periods
        )
        return change_of(one, two, (periods[0], periods[1]))

    def curve(self, *, limit_days: int | Sequence[int] | None = None) -> SeveralCurves:
        """Return the diagnoses' curves, for one figure; `limit_days` draws limits of one's own."""
        return SeveralCurves(
            {one.about.short_name: one.curve(limit_days=limit_days) for one in self.diagnoses}
        )


@dataclass(frozen=True, eq=False)
class ManyShares:
    """One measure of many diagnoses, or of their groups."""

    about: About = field(repr=False)  #: Of the first diagnosis: the register is the same.
    #: Diagnosis (codes), name, the groups, estimate, lo, hi, n_spells, flags (why there is none).
    frame: pd.DataFrame
    by: str | None = field(repr=False)
    metric: str = field(repr=False)
    limit_days: int | None = field(repr=False)

    @property
    def is_share(self) -> bool:
        """Whether the numbers are shares, written in per cent."""
        return MEASURES[key_of(self.metric)].kind == SHARE

    def title(self, language: str = "") -> str:
        """Name the measure."""
        if self.limit_days:
            return phrase("figure.over_days", language, day=str(self.limit_days))
        return phrase(f"metric.{key_of(self.metric)}", language)

    def top(self, n: int = 10) -> pd.DataFrame:
        """Return the rows with the highest estimates."""
        return self.frame.dropna(subset="estimate").nlargest(n, "estimate")

    def heatmap(self, ax: Any = None, language: str = "") -> Any:
        """Draw diagnoses against groups; needs one stratum.

        Raises UnknownNameError: there is no stratum, or more than one.
        """
        if self.by is None or " × " in self.by:
            raise UnknownNameError("A heat map needs one stratum: adherence(by='county').heatmap()")
        table = self.frame.pivot_table(
            index="diagnosis", columns=self.by, values="estimate", dropna=False, sort=False
        )
        column = column_of(self.by)
        table.columns = pd.Index([words.stratum(column, name, language) for name in table.columns])
        return figures.heat_map(
            table, ax, title=self.title(language), is_share=self.is_share, language=language,
            is_synthetic=self.about.is_synthetic,
        )  # fmt: skip

    def _repr_html_(self) -> str:
        return self.frame.to_html(index=False)


@dataclass(frozen=True, eq=False)
class Change:
    """One measure in two periods."""

    measured: ManyShares = field(repr=False)  #: The second period: what is measured, and by what.
    periods: tuple[tuple[int, ...], tuple[int, ...]]  #: The start years of each.
    #: Diagnosis, name, the groups, then first, first_lo, first_hi, first_n, second ... of both.
    frame: pd.DataFrame

    def plot(self, ax: Any = None, language: str = "") -> Any:
        """Draw a slope chart: a line per diagnosis, or per group.

        Raises UnknownNameError: there are more lines than can be told apart.
        """
        first, second = (
            label_of("start_year", tuple(map(str, years)), language) for years in self.periods
        )
        return figures.slope_chart(
            self.frame.assign(label=self._labels(language)), ax, periods=(first, second),
            title=self._title(language), is_share=self.measured.is_share, language=language,
            is_synthetic=self.measured.about.is_synthetic,
        )  # fmt: skip

    @property
    def _is_one(self) -> bool:
        return self.frame["name"].nunique() == 1

    def _title(self, language: str) -> str:
        title = self.measured.title(language)
        return f"{self.measured.about.short_name}: {title}" if self._is_one else title

    def _labels(self, language: str) -> list[str]:
        """Name each line by what tells it from the others."""
        by = self.measured.by
        names = by.split(SEVERAL) if by else []
        columns = column_of(by).split(SEVERAL)
        labels = []
        for row in self.frame.to_dict("records"):
            pairs = zip(columns, names, strict=False)
            said = [words.stratum(column, row[name], language) for column, name in pairs]
            labels.append(", ".join(said if self._is_one and said else [row["diagnosis"], *said]))
        return labels

    def _repr_html_(self) -> str:
        return self.frame.to_html(index=False)


def change_of(one: ManyShares, two: ManyShares, periods: tuple) -> Change:
    """Put two periods beside each other."""
    names = ["diagnosis", "name", *((two.by or "all").split(SEVERAL))]
    heads = {"estimate": "", "lo": "_lo", "hi": "_hi", "n_spells": "_n"}
    parts = [
        part.frame.drop(columns="flags").rename(columns={k: when + v for k, v in heads.items()})
        for when, part in (("first", one), ("second", two))
    ]
    return Change(two, periods, parts[0].merge(parts[1], on=names, how="outer", sort=False))


@dataclass(frozen=True, eq=False)
class SeveralCurves:
    """The curves of several diagnoses."""

    results: dict[str, CurveResult]  #: By the diagnosis' codes.

    def plot(self, ax: Any = None, language: str = "") -> Any:
        """Draw all curves on one Axes, each in a colour of its own with its name.

        Raises UnknownNameError: there are more than can be told apart, or none.
        """
        lines = [
            figures.CurveLine(words.visible(name, 60), result.curves["all"], f"level_{k}")
            for k, (name, result) in enumerate(self.results.items())
            if "all" in result.curves
        ]
        if not 0 < len(lines) <= MOST_LINES:
            raise UnknownNameError(
                f"{len(lines)} curves with enough spells: one figure takes 1 to {MOST_LINES}. "
                "Draw them one by one with small_multiples()."
            )
        about = next(iter(self.results.values())).about
        return draw_lines(lines, ax, about, language)

    def small_multiples(self, n_columns: int = 3, language: str = "") -> Any:
        """Draw every diagnosis on Axes of its own with its limits; returns the figure."""
        panels = [
            (name, next(iter(result.lines(language)), None), result.limits(language))
            for name, result in self.results.items()
        ]
        about = next(iter(self.results.values())).about
        return draw_panels(panels, about, n_columns, language)
