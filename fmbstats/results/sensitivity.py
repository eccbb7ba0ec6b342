"""The same share under other, equally reasonable assumptions (METHODS, part 7, point 9)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pandas as pd

from fmbstats import words
from fmbstats.adherence import LONGEST, Limits, Measure, SpellCounts, measure_adherence
from fmbstats.results.common import value_or_reason, with_interval
from fmbstats.results.numbers import numbers, value_row
from fmbstats.results.release import COMPLEMENTARY
from fmbstats.words import phrase

if TYPE_CHECKING:
    from fmbstats.diagnosis import Diagnosis

BASES = ("last", "longest", "gap_14")


@dataclass(frozen=True, eq=False)
class Sensitivity:
    """Share over the longest limit, one row per assumption.

    Attributes
    ----------
    diagnosis : Diagnosis
    frame : DataFrame
        assumption, n_spells, share, lo, hi, flags.
    """

    diagnosis: Diagnosis = field(repr=False)
    frame: pd.DataFrame

    @classmethod
    def of(cls, diagnosis: Diagnosis) -> Sensitivity:
        """Vary one assumption at a time."""
        counts, limits, day = diagnosis.counts(), diagnosis.limits, diagnosis.entry_day
        other = 61 - diagnosis.month_days
        webcert = diagnosis.store.webcert_limits
        rows = [
            *_rows(["base", "day_before"], counts, limits, day),
            *_rows([f"month_{other}"], counts, diagnosis.store.limits(other), day),
            *_rows(["webcert"], counts, webcert, day),
            *_rows(["delayed"], counts, limits, 0),
        ]
        for basis in BASES:
            rows += _rows([basis], diagnosis.counts(basis=basis), limits, day)
        frame = pd.DataFrame(rows)
        # Few more or fewer spells than in the report could be told by subtraction.
        base = int(frame["n_spells"].iloc[0])
        beside = [diagnosis.release.is_few(abs(n - base)) for n in frame["n_spells"]]
        part = (frame["share"] * frame["n_spells"]).to_numpy(dtype=float)
        # The last day itself: "day_before" beside "base" must not tell of few either.
        beside[1] = beside[1] or bool(diagnosis.release.are_few_apart(part[1] - part[0]))
        frame = diagnosis.release.shares(frame)
        frame.loc[beside, ["n_spells", "share", "lo", "hi"]] = float("nan")
        frame.loc[beside, "flags"] = COMPLEMENTARY
        return cls(diagnosis, frame)

    def display(self, language: str = "sv") -> pd.DataFrame:
        """Return the assumptions as the report shows them."""
        return pd.DataFrame([self._shown(row, language) for row in self.frame.itertuples()])

    def values(self) -> pd.DataFrame:
        """Return the assumptions as rows of `adherence.csv`."""
        return numbers(
            value_row(
                f"share_over_{LONGEST}",
                row.share,
                by="assumption",
                stratum=row.assumption,
                lo=row.lo,
                hi=row.hi,
                n_spells=row.n_spells,
                flags=row.flags,
            )
            for row in self.frame.itertuples()
        )

    def _shown(self, row: Any, language: str) -> dict[str, Any]:
        return {
            phrase("column.setting", language): phrase(f"sensitivity.{row.assumption}", language),
            phrase("column.n_spells", language): self.diagnosis.release.count(
                row.n_spells, language, row.flags
            ),
            phrase("metric.share_over_longest", language): with_interval(
                value_or_reason(row.share, row.flags, self.diagnosis.release.threshold),
                row.lo,
                row.hi,
                "percent",
                1,
                language,
            ),
        }


def _rows(
    names: list[str], counts: SpellCounts, limits: Limits, entry_day: int
) -> list[dict[str, Any]]:
    """Measure once and return a row per assumption; "day_before" counts the limit's day as over."""
    if not len(counts.time):
        return [_row(name, 0, None) for name in names]
    found = {m.metric: m for m in measure_adherence(counts, limits, entry_day=entry_day)}
    n = int(found["n_spells"].estimate)
    return [
        _row(name, n, found[f"share_over_{LONGEST}" + "_day_before" * (name == "day_before")])
        for name in names
    ]


def _row(assumption: str, n: int, measure: Measure | None) -> dict[str, Any]:
    nothing = float("nan")
    if measure is None:
        values = {"share": nothing, "lo": nothing, "hi": nothing}
        return {"assumption": assumption, "n_spells": n, **values, "variance": nothing,
                "flags": words.Absent.NO_SPELLS.value}  # fmt: skip
    return {
        "assumption": assumption,
        "n_spells": n,
        "share": measure.estimate,
        "lo": measure.lo,
        "hi": measure.hi,
        "variance": nothing,
        "flags": " ".join(measure.flags),
    }
