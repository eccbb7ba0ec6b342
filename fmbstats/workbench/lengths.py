"""Examples of the methods for one group of spells: curve, quantiles, limits, causes, degrees.

The heads are Swedish, as is the notebook they stand in.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from fmbstats import figures, words
from fmbstats.figures.charts.stacks import Piece, Stack, Stacks
from fmbstats.figures.svg import Say
from fmbstats.stats.clustered import clustered_shares
from fmbstats.stats.competing import fit_incidence
from fmbstats.stats.degree import clip_periods, degree_by_day, net_days
from fmbstats.stats.diagnosis_change import transitions
from fmbstats.stats.exceedance import adherence_over_limits, limit_shares, median_to_limit
from fmbstats.stats.proportions import wilson
from fmbstats.stats.survival import fit_curve
from fmbstats.workbench.example import Example, Subject

DAYS = np.array([14, 30, 60, 90, 180, 365])
SHARE = {"S": "percent1", "Nedre": "percent1", "Övre": "percent1", "Medelfel": "percent2"}
N_COMMONEST = 8


class LengthExamples(Subject):
    """Methods for one group."""

    @property
    def days(self) -> np.ndarray:
        """Days on which examples tell the curve."""
        return DAYS[self.diagnosis.entry_day < DAYS]

    def survival(self) -> Example:
        """Kaplan-Meier with Greenwood's error and log-log limits (M4)."""
        lo, hi = self.curve.interval_at(days := self.days)
        frame = pd.DataFrame(
            {
                "Dag": days,
                "Kvar": self.curve.at_risk_at(days + 1).astype(int),
                "S": self.curve.survival_at(days),
                "Medelfel": np.sqrt(self.curve.variance_at(days)),
                "Nedre": lo,
                "Övre": hi,
            }
        )
        text = f"{self.title}: andel som varar längre än dagen, givet längre än {self.entry}."
        return Example(text, frame, SHARE, lambda: self.diagnosis.curve().plot().figure)

    def delayed_entry(self) -> Example:
        """Conditional and from day 0 (M5)."""
        whole = self.diagnosis.with_settings(entry="delayed").curve().curves["all"]
        days = self.days
        at_entry = whole.survival_at(self.diagnosis.entry_day)
        frame = pd.DataFrame(
            {
                "Dag": days,
                "Betingat": self.curve.survival_at(days),
                "Från dag 0": whole.survival_at(days),
                "Från dag 0, omräknat": whole.survival_at(days) / at_entry,
            }
        )
        text = (
            f"Kurvan från dag 0 delad med sitt eget värde efter {self.entry} möter den betingade: "
            "det som skiljer är de första dagarna, som bara de utan arbetsgivare berättar om."
        )
        return Example.alike(text, frame, "percent1")

    def persons(self) -> Example:
        """Standard errors when a person has several spells (M6)."""
        spells, days = self.spells(), self.days
        shares = clustered_shares(
            spells["duration_day"], spells["end_reason"], spells["person_id"], days,
            entry=np.maximum(spells["entry_day"], self.diagnosis.entry_day),
        )  # fmt: skip
        frame = pd.DataFrame(
            {
                "Dag": days,
                "S": shares.survival,
                "Greenwood": shares.se_greenwood,
                "Per person": shares.se,
                "Kvot": shares.se / shares.se_greenwood,
            }
        )
        n = words.count(shares.n_persons)
        text = f"{words.spells(len(spells))} hos {n} personer; medelfelen skiljer sig med kvoten."
        shown = {"S": "percent1", "Greenwood": "percent2", "Per person": "percent2"}
        return Example(text, frame, shown | {"Kvot": "number3"})

    def limits(self) -> Example:
        """Shares over and within the limit, and the day before (M1, M3)."""
        shares = limit_shares(self.curve, self.limit)
        rows = [
            (f"längre än {self.limit} dagar, S(r)", shares.over),
            (f"minst {self.limit} dagar, S(r−1)", shares.over_or_on),
            (f"högst {self.limit} dagar", shares.at_most),
        ]
        frame = pd.DataFrame(
            [(name, s.estimate, s.lo, s.hi) for name, s in rows],
            columns=["Andel", "S", "Nedre", "Övre"],
        )
        at_entry = limit_shares(self.curve, self.diagnosis.entry_day).flags["truncated_r"]
        text = (
            f"Vid gränsen {words.days(self.diagnosis.entry_day)} är andelen inte skattbar "
            f"(truncated_r = {bool(at_entry)}): alla i registret har passerat den."
        )
        return Example(text, frame, SHARE)

    def completed(self) -> Example:
        """Wilson's interval when no spell is censored (M2)."""
        first = self.diagnosis.with_settings(year=min(self.diagnosis.store.years))
        curve = first.curve().curves["all"]
        followed = int(curve.at_risk_at(self.limit + 1))
        lo, hi = wilson(followed, curve.n_spells)
        km = curve.interval_at(self.limit)
        frame = pd.DataFrame(
            [
                ("Wilson", followed / curve.n_spells, float(lo), float(hi)),
                ("Kaplan–Meier, log-log", float(curve.survival_at(self.limit)), *map(float, km)),
            ],
            columns=["Metod", "S", "Nedre", "Övre"],
        )
        text = (
            f"Påbörjade {first.year}: ingen censurerad före dag {self.limit}, så att båda svarar "
            "på samma fråga."
        )
        return Example(text, frame, SHARE)

    def quantiles(self) -> Example:
        """Quartiles with Brookmeyer-Crowley limits (M8)."""
        frame = pd.DataFrame(
            [(f"{pct} %", *self.curve.quantile(pct / 100)) for pct in (25, 50, 75, 90)],
            columns=["Andel avslutade", "Dagar", "Nedre", "Övre"],
        )
        frame = frame.map(lambda value: words.Absent.NOT_REACHED if pd.isna(value) else value)
        return Example.alike(f"{self.title}: dag då andelen har avslutats.", frame, "number1")

    def ratio(self) -> Example:
        """Median over limit (M9)."""
        frame = pd.DataFrame(
            [(self.limit, *median_to_limit(self.curve, self.limit))],
            columns=["Gräns, dagar", "Median ÷ gräns", "Nedre", "Övre"],
        )
        text = "Över 1: mer än hälften varar längre än rekommenderat."
        return Example.alike(text, frame, "number2")

    def excess(self) -> Example:
        """Restricted mean and excess days (M10)."""
        rows = [
            ("Medellängd inom τ", *self.curve.restricted_mean(self.tau)),
            (f"Dagar över {self.limit} inom τ", *self.curve.excess_days(self.limit, self.tau)),
        ]
        frame = pd.DataFrame(rows, columns=["Mått", "Dagar", "Medelfel"])
        return Example(
            f"τ = {words.days(self.tau)}; båda är ytor under kurvan.",
            frame,
            {"Dagar": "number1", "Medelfel": "number2"},
        )

    def bands(self) -> Example:
        """Sharp bounds from published bands (M7)."""
        published = self.diagnosis.published()
        return Example(published.text(), published.display())

    def interval(self) -> Example:
        """Adherence when the case is unknown (M22)."""
        limits = [limit.days for limit in self.diagnosis.about.yardstick.limits
                  if limit.days > self.diagnosis.entry_day] or [self.limit]  # fmt: skip
        both = adherence_over_limits(self.curve, limits)
        frame = pd.DataFrame(
            [
                (days, float(share.estimate), float(share.lo), float(share.hi))
                for days, share in (
                    (both.shortest_days, both.lowest),
                    (both.longest_days, both.highest),
                )
            ],
            columns=["Gräns, dagar", "Inom gränsen", "Nedre", "Övre"],
        )
        ends = words.interval(float(both.outer_lo), float(both.outer_hi))
        text = f"Följsamheten ligger någonstans i {ends}, konfidens inräknad."
        return Example.alike(text, frame, "percent1")

    def end_reasons(self) -> Example:
        """Aalen-Johansen shares of competing end reasons (M18)."""
        ledger = self.ledger()
        fit = fit_incidence(
            ledger["duration_day"], ledger["end_reason"], entry=ledger["entry_day"], n=ledger["n"]
        )
        frame = pd.DataFrame(
            [
                (
                    words.stratum("end_reason", k),
                    fit.share_at(k, self.tau),
                    *fit.interval_at(k, self.tau),
                )
                for k in fit.causes
            ],
            columns=["Slutorsak", "Andel", "Nedre", "Övre"],
        )
        text = f"Andel som har avslutats till och med dag {self.tau}, efter orsak."
        return Example.alike(text, frame, "percent1", lambda: self._stack(fit))

    def _stack(self, fit):
        """Draw work, all other reasons (the table has them apart) and what is left, by day."""
        rows = []
        for day in (int(d) for d in DAYS if max(self.diagnosis.entry_day, 60) < d <= self.tau):
            work, *others = (float(fit.share_at(cause, day)) for cause in fit.causes)
            shares = {"s3": work, "s2": sum(others), "s1": 1.0 - work - sum(others)}
            pieces = [Piece(x, Say(words.percent(x, 0)), kind) for kind, x in shares.items()]
            rows.append(Stack(words.phrase("stack.day", day=str(day)), pieces))
        names = [words.phrase("ends.work"), "", words.phrase("ends.on")]
        told = "; ".join(
            f"{row.name}: " + ", ".join(piece.said.text for piece in row.pieces) for row in rows
        )
        title = words.phrase("axis.share_ended")
        return figures.on_axes(
            Stacks(rows, names), alt=f"{title}. {told}", title=title,
            is_synthetic=self.is_synthetic,
        ).figure  # fmt: skip

    def degrees(self) -> Example:
        """Degree by day and net days (M20)."""
        spells = self.spells()
        periods = self.periods()
        time = spells["duration_day"].to_numpy()
        entry = np.maximum(spells["entry_day"].to_numpy(), self.diagnosis.entry_day)
        row = pd.Index(spells["spell_id"]).get_indexer(periods["spell_id"])
        start, end, pct = (periods[c].to_numpy() for c in ("from_day", "to_day", "degree_pct"))
        net = net_days(time, spells["end_reason"].to_numpy(), row, start, end, pct,
                       tau=self.tau, entry=entry)  # fmt: skip
        curve = fit_curve(time, spells["end_reason"].to_numpy(), entry=entry)
        _, *clipped = clip_periods(row, start, end, pct, time, entry)
        by_day = degree_by_day(curve, *clipped, last_day=self.tau)
        days = [d for d in (30, 90, 180, 365) if d <= self.tau]
        frame = pd.DataFrame(
            {"Dag": days}
            | {
                f"{degree} %": [float(by_day.share[k][by_day.day == d][0]) for d in days]
                for k, degree in enumerate(by_day.degrees)
            }
        )
        ends = words.interval(net.net_lo, net.net_hi, "number", 1)
        text = (
            f"Till dag {self.tau}: {words.number(net.gross, 1)} bruttodagar och "
            f"{words.number(net.net, 1)} nettodagar ({ends}) per sjukfall. Tabellen visar "
            "omfattningen bland dem som är kvar."
        )
        return Example.alike(text, frame, "percent1")

    def diagnosis_change(self) -> Example:
        """First against last diagnosis (M21)."""
        spells = self.spells()
        table = transitions(
            spells["code"].str[:3].to_numpy(str), spells["code_last"].str[:3].to_numpy(str)
        )
        first = spells["code"].str[:3].mode().iloc[0]
        pairs = table.largest(first, N_COMMONEST)
        total = sum(n for _, n in table.largest(first, len(table.codes)))
        frame = pd.DataFrame(
            [(code, int(n), n / total) for code, n in pairs],
            columns=["Sista diagnos", "Sjukfall", "Andel"],
        )
        return Example(f"Sista diagnos när den första är {first}.", frame, {"Andel": "percent1"})

    def bunching(self) -> Example:
        """Endings moved to the limit (does the recommendation steer?), with their placebos."""
        result = self.diagnosis.steering()
        if result is None:
            return Example("Diagnosen har ingen gräns som registret ser.")
        is_found = result.steered.found.at is not None
        return Example(result.text(), result.display() if is_found else None)
