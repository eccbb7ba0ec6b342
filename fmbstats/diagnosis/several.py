"""Several diagnoses beside each other: one table, one figure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pandas as pd

from fmbstats import codes, figures
from fmbstats.errors import UnknownNameError
from fmbstats.measures import key_of
from fmbstats.results.common import joined_by
from fmbstats.results.curve import CURVE_DAYS, CurveResult, curve_line, draw_lines

if TYPE_CHECKING:
    from fmbstats.diagnosis.spells import DiagnosisSpells

#: More lines in one figure cannot be told apart.
MOST_LINES = 6


@dataclass(frozen=True, eq=False)
class Several:
    """Several diagnoses; made by ``store.diagnosis([...])``.

    Attributes
    ----------
    diagnoses : tuple of Diagnosis
    """

    diagnoses: tuple[Any, ...]

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

        Parameters
        ----------
        by : str or several, optional
        metric : str
            A measure's key, or friendly words; see `AdherenceResult.of`.
        limit_days : int, optional
            The share over this number of days instead, the same for all.
        """
        name = joined_by(by)
        parts = [_measured(one, name, metric, limit_days) for one in self.diagnoses]
        frame = pd.concat(parts, ignore_index=True)
        return ManyShares(frame, name, "share over" if limit_days else metric, limit_days)

    def curve(self) -> SeveralCurves:
        """Return the diagnoses' curves, for one figure."""
        return SeveralCurves({_short(one): one.curve() for one in self.diagnoses})


def _short(one: DiagnosisSpells) -> str:
    """Name a diagnosis by its first codes."""
    shown = ", ".join(map(codes.dotted, one.codes[:2]))
    return shown + (" …" if len(one.codes) > 2 else "") if shown else one.title


def _measured(one: Any, by: str | None, metric: str, limit_days: int | None) -> pd.DataFrame:
    if limit_days is None:
        found = one.adherence(by=by).of(metric)
    else:
        shares = one.fixed_limit(by, limit_days=limit_days).frame
        names = (by or "all").split(" × ")
        parts = [str(stratum).split(" × ") for stratum in shares["stratum"]]
        found = pd.DataFrame(parts, columns=names).join(
            shares[["share", "lo", "hi", "n_spells", "flags"]].rename(columns={"share": "estimate"})
        )
    found.insert(0, "diagnosis", _short(one))
    found.insert(1, "name", one.title)
    return found


@dataclass(frozen=True, eq=False)
class ManyShares:
    """One measure of many diagnoses, or of their groups.

    Attributes
    ----------
    frame : DataFrame
        diagnosis (codes), name, the groups, estimate, lo, hi, n_spells, flags (why there is none).
    by : str or None
    metric : str
    limit_days : int or None
    """

    frame: pd.DataFrame
    by: str | None = field(repr=False)
    metric: str = field(repr=False)
    limit_days: int | None = field(repr=False)

    def top(self, n: int = 10) -> pd.DataFrame:
        """Return the rows with the highest estimates."""
        return self.frame.dropna(subset="estimate").nlargest(n, "estimate")

    def heatmap(self, ax: Any = None, language: str = "") -> Any:
        """Draw diagnoses against groups; needs one stratum.

        Raises
        ------
        UnknownNameError
            There is no stratum, or more than one.
        """
        if self.by is None or " × " in self.by:
            raise UnknownNameError("A heat map needs one stratum: adherence(by='county').heatmap()")
        table = self.frame.pivot_table(
            index="diagnosis", columns=self.by, values="estimate", dropna=False, sort=False
        )
        is_share = key_of(self.metric).startswith("share")
        return figures.heat_map(table, ax, by=self.by, is_share=is_share, language=language)

    def _repr_html_(self) -> str:
        return self.frame.to_html(index=False)


@dataclass(frozen=True, eq=False)
class SeveralCurves:
    """The curves of several diagnoses.

    Attributes
    ----------
    results : dict of str to CurveResult
        By the diagnosis' codes.
    """

    results: dict[str, CurveResult]

    def plot(self, ax: Any = None, language: str = "") -> Any:
        """Draw all curves on one Axes, each in a colour of its own with its name.

        Raises
        ------
        UnknownNameError
            There are more than can be told apart, or none.
        """
        lines = [
            curve_line(result.curves["all"], name, CURVE_DAYS, f"level_{k}")
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
        """Draw every diagnosis on an Axes of its own with its limits; returns the figure."""
        from matplotlib.figure import Figure

        n_rows = -(-len(self.results) // n_columns)
        figure = Figure(figsize=(4.2 * n_columns, 3.2 * n_rows), layout="constrained")
        axes = figure.subplots(n_rows, n_columns, squeeze=False).ravel()
        for ax, (name, result) in zip(axes, self.results.items(), strict=False):
            if "all" in result.curves:
                result.plot(ax, language)
            ax.set_title(name, loc="left", fontsize=10)
        for ax in axes[len(self.results) :]:
            ax.set_visible(False)
        return figure
