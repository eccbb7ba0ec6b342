"""The same share under other, equally reasonable assumptions (METHODS, part 7, point 9)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pandas as pd

from fmbstats import words
from fmbstats.adherence import LONGEST, Measure, SpellCounts, measure_adherence
from fmbstats.results.common import value_or_reason, with_interval
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
        rows = [_row("base", _measured(diagnosis, diagnosis.counts()))]
        other_month = diagnosis.with_settings(month_days=61 - diagnosis.month_days)
        key = f"month_{other_month.month_days}"
        rows.append(_row(key, _measured(other_month, other_month.counts())))
        rows.append(_row("day_before", _measured(diagnosis, diagnosis.counts(), "_day_before")))
        delayed = diagnosis.with_settings(entry="delayed")
        rows.append(_row("delayed", _measured(delayed, delayed.counts())))
        for basis in BASES:
            rows.append(_row(basis, _measured(diagnosis, diagnosis.counts(basis=basis))))
        frame = pd.DataFrame(rows)
        # Few more or fewer spells than in the report could be told by subtraction.
        base = int(frame["n_spells"].iloc[0])
        beside = [diagnosis.release.is_few(abs(n - base)) for n in frame["n_spells"]]
        frame = diagnosis.release.shares(frame)
        frame.loc[beside, ["n_spells", "share", "lo", "hi"]] = float("nan")
        frame.loc[beside, "flags"] = COMPLEMENTARY
        return cls(diagnosis, frame)

    def display(self, language: str = "sv") -> pd.DataFrame:
        """Return the assumptions as the report shows them."""
        return pd.DataFrame([self._shown(row, language) for row in self.frame.itertuples()])

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


def _measured(
    diagnosis: Diagnosis, counts: SpellCounts, suffix: str = ""
) -> tuple[int, Measure | None]:
    if not len(counts.time):
        return 0, None
    found = {
        m.metric: m
        for m in measure_adherence(counts, diagnosis.limits, entry_day=diagnosis.entry_day)
    }
    return int(found["n_spells"].estimate), found[f"share_over_{LONGEST}{suffix}"]


def _row(assumption: str, measured: tuple[int, Measure | None]) -> dict[str, Any]:
    n, measure = measured
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
