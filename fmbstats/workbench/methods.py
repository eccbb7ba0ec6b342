"""The methods of the project, each with a live example; here those that compare groups."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from fmbstats import figures, words
from fmbstats.figures.charts.counties import Funnel, FunnelPoint, Names
from fmbstats.figures.svg import Drawing, Say, Scale
from fmbstats.frames import rows_of
from fmbstats.recommendations.yardstick import main_day
from fmbstats.settings import SETTINGS
from fmbstats.stats.exceedance import length_index
from fmbstats.stats.expected import observed_expected
from fmbstats.stats.funnel import effective_n, fit_funnel
from fmbstats.stats.multiplicity import benjamini_hochberg
from fmbstats.stats.standardise import collapse_strata, standardised_share
from fmbstats.stats.survival import fit_curves
from fmbstats.store import project_root
from fmbstats.words import phrase
from fmbstats.workbench.example import Example, Subject
from fmbstats.workbench.lengths import LengthExamples

COVERAGE_FILE = Path("tests") / "bench" / "coverage.csv"


@dataclass(frozen=True)
class WideFunnel(Funnel):
    """A funnel with the limits that allow for the usual spread between units as well."""

    tau2: float = 0.0  #: Variance between units beyond chance, on the arcsine scale.

    def _limits(self, drawing: Drawing, x: Scale, y: Scale, names: Names) -> None:
        super()._limits(drawing, x, y, names)
        wide = self._grid(self.tau2)
        for side in ("lo998", "hi998"):
            self._limit(drawing, x, y, wide, side, "cd")
        foot = y(max(100 * wide["lo998"][-1], y.low)) + 18
        names.write([(x.stop, foot, "end")], phrase("legend.funnel_wide", self.language), "b h")


class GroupExamples(Subject):
    """Methods for several groups."""

    def comparison(self):
        """Difference at the limit, of restricted means, log-rank (M12, M13)."""
        return self.diagnosis.compare("sex", "women", "men", tau_days=self.tau)

    def length_index(self) -> Example:
        """Case-mix weighted ratio of lengths to limits (M11)."""
        store = self.diagnosis.store
        entry_day, sets = self.diagnosis.entry_day, store.limits(self.diagnosis.month_days)
        ledger = store.ledger_by("all", self.year)
        ledger = ledger[ledger["duration_day"] > entry_day]
        by_set = ledger.groupby(["entry_id", "match_id"], as_index=False)["n"].sum()
        limits = {
            entry_id: main_day(dict(zip(own["match_id"], own["n"], strict=True)), sets, entry_day)
            for entry_id, own in by_set.groupby("entry_id")
        }
        ledger = ledger[ledger["entry_id"].map(limits).notna()]
        names, group = np.unique(ledger["entry_id"], return_inverse=True)
        entry = np.maximum(ledger["entry_day"], entry_day)
        curves = fit_curves(group, ledger["duration_day"], ledger["end_reason"],
                            entry=entry, n=ledger["n"])  # fmt: skip
        mean, se = curves.restricted_mean(self.tau)
        known = ~np.isnan(mean) & ~np.isnan(se)
        days = np.array([limits[name] for name in names], float)
        index = length_index(curves.n_spells[known], mean[known], se[known], days[known])
        frame = pd.DataFrame(
            [(int(known.sum()), index[0], index[2], index[3])],
            columns=["Diagnosinformationer", "Index", "Nedre", "Övre"],
        )
        text = (
            f"Medellängd inom {words.days(self.tau)} ÷ den gräns som gäller de flesta sjukfallen, "
            "vägt med antalet sjukfall."
        )
        return Example.alike(text, frame, "number3")

    def standardised(self) -> Example:
        """S(limit) by county at the nation's mix of age and sex (M14)."""
        ledger, units, unit = self._units()
        cells = ledger.groupby(["sex", "age_group"], dropna=False)
        cell = cells.ngroup().to_numpy()
        sex = np.unique(cells["n"].sum().index.get_level_values("sex"), return_inverse=True)[1]
        weights = cells["n"].sum().to_numpy(float)
        results = [
            self._standardised_unit(ledger[unit == k], cell[unit == k], weights, sex)
            for k in range(len(units))
        ]
        crude = self._fit(ledger, unit, len(units)).survival_at(self.limit)
        frame = pd.DataFrame(
            {
                "Län": [words.county(code) for code in units],
                "Ojusterat": crude,
                "Standardiserat": [r.estimate for r in results],
                "Nedre": [r.lo for r in results],
                "Övre": [r.hi for r in results],
            }
        ).sort_values("Standardiserat", ascending=False)
        text = (
            f"Andel längre än {self.limit} dagar vid rikets fördelning av ålder och kön; "
            f"angränsande åldrar slås ihop tills var grupp har {SETTINGS.min_spells} sjukfall."
        )
        return Example.alike(text, frame, "percent1")

    def _standardised_unit(self, ledger, cell, weights, sex):
        """Standardised share of one county, thin ages joined within sex."""
        n_spells = np.bincount(cell, weights=ledger["n"], minlength=len(weights))
        joined = collapse_strata(sex, n_spells, min_spells=SETTINGS.min_spells)
        curves = self._fit(ledger, joined[cell], int(joined.max()) + 1)
        return standardised_share(
            np.bincount(joined, weights=weights),
            curves.survival_at(self.limit),
            curves.variance_at(self.limit),
        )

    def observed_expected(self) -> Example:
        """Ends observed against expected, with q-values over the counties (M15, M17)."""
        ledger, units, unit = self._units()
        stratum = ledger.groupby(["code", "sex", "age_group"], dropna=False).ngroup().to_numpy()
        result = observed_expected(
            unit, stratum, ledger["duration_day"].to_numpy(), ledger["end_reason"].to_numpy(),
            entry=ledger["entry_day"].to_numpy(), n=ledger["n"].to_numpy(),
        )  # fmt: skip
        frame = pd.DataFrame(
            {
                "Län": [words.county(code) for code in units],
                "O": result.observed.astype(int),
                "E": result.expected,
                "O/E": result.ratio,
                "Nedre": result.lo,
                "Övre": result.hi,
                "p": result.p,
                "q": benjamini_hochberg(result.p),
            }
        ).sort_values("O/E")
        shown = {"E": "number1"} | dict.fromkeys(["O/E", "Nedre", "Övre"], "number2")
        text = "Under 1: färre avslut än väntat, alltså långsammare återgång än i riket."
        return Example(text, frame, shown | {"p": "number4", "q": "number4"})

    def funnel(self) -> Example:
        """Counties against the nation, with and without overdispersion (M16)."""
        ledger, units, unit = self._units()
        curves = self._fit(ledger, unit, len(units))
        share, variance = curves.survival_at(self.limit), curves.variance_at(self.limit)
        n = effective_n(share, variance)
        centre = float(self.curve.survival_at(self.limit))
        fit = fit_funnel(share, n, centre=centre)
        frame = pd.DataFrame(
            {
                "label": [words.county(code) for code in units],
                "n_spells": n,
                "share": share,
                "z": fit.z,
                "z_adjusted": fit.z_adjusted,
            }
        )
        heads = ["Län", "Effektivt antal", "Andel", "z", "z, överspridning"]
        shown = frame.set_axis(heads, axis=1).sort_values("z")
        text = f"φ = {words.number(fit.phi, 2)}, τ² = {words.number(fit.tau2_winsorised, 5)}."
        kinds = dict(zip(heads[1:], ["number0", "percent1", "number2", "number2"], strict=True))
        tau2 = fit.tau2_winsorised
        return Example(text, shown, kinds, lambda: self._funnel_figure(frame, centre, tau2))

    def _funnel_figure(self, frame, centre, tau2):
        known = frame.dropna(subset=["share", "n_spells"])
        points = [
            FunnelPoint(row.label, row.n_spells, row.share, Say(words.percent(row.share, 0)))
            for row in rows_of(known)
        ]
        said = {key: phrase(f"funnel.{key}") for key in ("axis", "inner", "outer")}
        chart = WideFunnel(
            points, centre, Say(phrase("funnel.centre", share=words.percent(centre, 0))),
            said["axis"], said["inner"], said["outer"], "", tau2=tau2,
        )  # fmt: skip
        return figures.on_axes(
            chart, alt=phrase("funnel.alt", n=str(len(points))),
            title=phrase("axis.share_over_limit"), is_synthetic=self.is_synthetic,
        ).figure  # fmt: skip

    def _units(self):
        """Ledger rows with a county, the counties, and each row's county number."""
        ledger = self.ledger().dropna(subset=["county_code"])
        units, unit = np.unique(ledger["county_code"], return_inverse=True)
        return ledger, units, unit

    @staticmethod
    def _fit(ledger, group, n_groups):
        return fit_curves(
            group, ledger["duration_day"].to_numpy(), ledger["end_reason"].to_numpy(),
            entry=ledger["entry_day"].to_numpy(), n=ledger["n"].to_numpy(), n_groups=n_groups,
        )  # fmt: skip


class Methods(LengthExamples, GroupExamples):
    """Every method's example, on one diagnosis and year (see `Subject`)."""

    def coverage(self, path: Path | None = None) -> Example:
        """Coverage of every interval, by simulation, as measured last."""
        path = path or project_root() / COVERAGE_FILE
        if not path.is_file():
            return Example(
                "Täckningstabellen är inte gjord i den här kopian. "
                "Den görs av tests/bench/coverage.py."
            )
        return Example(f"Ur {COVERAGE_FILE.as_posix()}.", pd.read_csv(path))
