"""Whether what is lost of a register differs from what is kept.

One per cent of all lines may be little; one per cent that are all the ongoing spells, or the
longest, changes every answer. Rejected rows are therefore compared with the accepted by end, length
and start year: in none of these groups may more be lost than of the whole.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from datetime import date
from threading import Lock
from typing import NamedTuple

import polars as pl

from fmbstats import codes as icd
from fmbstats.sources.registers.mapping import LATEST_EXTRACTION

# Largest shares of lines that are bad, and of diagnoses that are no codes, if nobody says others.
DEFAULT_MAX_REJECTED, DEFAULT_MAX_MALFORMED = 0.01, 0.05
ONGOING = "ongoing or with a last day that cannot be read"
_LENGTHS = ((1, 28), (29, 89), (90, 179), (180, 364), (365, 10**6))
# The accepted are counted in a sample of so many rows of a block; of so many, a tenth will do.
_N_SAMPLED = 20_000
_MANY = 500_000
# Fewer lost rows of a group show nothing; nor do more than chance gives once in ten thousand.
_LEAST_LOST = 5
_CHANCE = 1e-4
# More than this times the share lost of the whole is another share.
_LEAST_RATIO = 3
# Of fewer rows nothing is told by who is missing: the ended, who are most, and the ongoing.
_LEAST_ROWS, _LEAST_FOR_ONGOING = 100, 1000
_LONG_AGO, _LATELY = 730, 365


class Group(NamedTuple):
    """Rows of one kind."""

    by: str
    value: str


class Losses:
    """Counts accepted and rejected rows by end, length and start year; on several threads at once.

    `first`, `last`: columns of the first day, and of the last days of which the latest counts.
    `extraction`: what ends later is ongoing.
    """

    def __init__(self, first: str, last: Sequence[str], extraction: date) -> None:
        self._first, self._last, self._extraction = first, tuple(last), extraction
        self._lock = Lock()
        self.clear()

    def clear(self) -> None:
        """Forget everything, before a register is read once more."""
        self._samples: list[tuple[int, pl.DataFrame]] = []
        self._lost: Counter[Group] = Counter()
        self.n_kept = self.n_lost = 0

    def see(self, kept: pl.DataFrame, lost: pl.DataFrame | None) -> None:
        """Count a block's rows, typed; of the rejected ones what could be read, null where not."""
        step = max(1, kept.height // (_N_SAMPLED if self.n_kept < _MANY else _N_SAMPLED // 10))
        columns = [n for n in (self._first, *self._last) if n in kept.columns]
        sample = kept.select(columns).gather_every(step)
        lost_groups = Counter() if lost is None else self._groups(lost)
        with self._lock:
            self.n_kept += kept.height
            self.n_lost += 0 if lost is None else lost.height
            self._samples.append((step, sample))
            self._lost += lost_groups

    def _groups(self, rows: pl.DataFrame) -> Counter[Group]:
        names = [n for n in self._last if n in rows.columns]
        if self._first not in rows.columns or not names or rows.is_empty():
            return Counter()
        last = pl.max_horizontal(names)
        is_ongoing = last.is_null() | (last > self._extraction)
        days = (last - pl.col(self._first)).dt.total_days() + 1
        told = rows.select(
            pl.when(is_ongoing).then(pl.lit(ONGOING)).otherwise(_length(days)).alias("length"),
            pl.col(self._first).dt.year().alias("start year"),
        )
        found: Counter[Group] = Counter()
        for by in told.columns:
            for value, n in told[by].drop_nulls().value_counts().iter_rows():
                found[Group(by, str(value))] += n
        return found

    def _kept(self) -> Counter[Group]:
        """Count the accepted: only asked where something was lost, which is seldom."""
        kept: Counter[Group] = Counter()
        for step, sample in self._samples:
            kept += Counter({g: n * step for g, n in self._groups(sample).items()})
        return kept

    @property
    def n_ongoing(self) -> int:
        """Rejected rows that are ongoing, or may be."""
        return self._lost[Group("length", ONGOING)]

    def doubts(self) -> list[str]:
        """Warn of a register in which nobody has ended, or nobody is ongoing, or of old days.

        Nothing of it is impossible; but so looks a wrong column, an extract of ended spells alone,
        and days counted from another origin. Of a register that nobody dated nothing is told.
        """
        if self.n_kept < _LEAST_ROWS or self._extraction == LATEST_EXTRACTION:
            return []
        rows = pl.concat([sample for _, sample in self._samples], how="diagonal")
        last = pl.max_horizontal([n for n in self._last if n in rows.columns])
        latest, n_ended = rows.select(
            pl.col(self._first).max(), (last <= self._extraction).sum().alias("ended")
        ).row(0)
        n_days = (self._extraction - latest).days
        told = []
        if not n_ended:
            told.append(
                f"no spell has ended by {self._extraction}. Is {self._last[0]!r} the last day?"
            )
        elif n_ended == rows.height >= _LEAST_FOR_ONGOING and n_days < _LATELY:
            told.append(
                f"no spell is ongoing on {self._extraction}. Where an extract leaves out those "
                "that had not ended, long spells are missing, and lengths are told too short."
            )
        if n_days > _LONG_AGO:
            told.append(
                f"the latest spell began on {latest}, {n_days:,} days before the extraction date. "
                "Are days counted from another origin than [file] dates says?"
            )
        return [f"WARNING: {sentence}" for sentence in told]

    def refusals(self, max_share: float) -> list[str]:
        """Say of which groups too much is lost; nothing where the loss is like the whole's.

        `max_share`: largest share of rows that may be rejected, of all and of each group.
        """
        if not self.n_lost:
            return []
        share = self.n_lost / (self.n_kept + self.n_lost)
        told = []
        kept = self._kept()
        for group, n_lost in sorted(self._lost.items()):
            n = n_lost + kept[group]
            is_much = n_lost / n > max(max_share, _LEAST_RATIO * share)
            if is_much and n_lost >= _LEAST_LOST and _chance(n_lost, n * share) < _CHANCE:
                told.append(
                    f"{n_lost:,} of about {n:,} rows ({n_lost / n:.1%}) with {group.by} "
                    f"{group.value} were rejected, against {share:.2%} of all: what is lost is "
                    "not like what is kept. Mend the rows."
                )
        return told


def _length(days: pl.Expr) -> pl.Expr:
    named = pl.lit(None, dtype=pl.String)
    for least, most in _LENGTHS:
        words = f"{least} days or more" if most == 10**6 else f"{least}-{most} days"
        named = pl.when(days.is_between(least, most)).then(pl.lit(words)).otherwise(named)
    return named


def _chance(n: int, expected: float) -> float:
    """Bound the chance of `n` or more where so many are expected (Chernoff's, for Poisson)."""
    if n <= expected:
        return 1.0
    return math.exp(n - expected + n * math.log(max(expected, 1e-12) / n))


def malformed_refusal(counts: dict[str, int], max_share: float) -> str | None:
    """Say that too many diagnoses are no ICD-10-SE codes; None when they are not too many.

    `counts`: spells by first diagnosis, as the register has it after bringing codes to their normal
    form; the missing one is "". `max_share`: largest share of spells with such a diagnosis.
    """
    known = {code: n for code, n in counts.items() if code}
    total = sum(known.values())
    for name, is_foreign in _FOREIGN:
        n_foreign = sum(n for code, n in known.items() if is_foreign(code))
        if n_foreign >= _LEAST_LOST and n_foreign > max_share * total:
            return (
                f"{n_foreign:,} of {total:,} diagnoses ({n_foreign / total:.0%}) {name}; at most "
                f"{max_share:.0%} may be (max_malformed_share). Translate them to ICD-10-SE first, "
                "or name the right column."
            )
    return None


_FOREIGN = (
    ("are numbers as SNOMED CT has them, not ICD-10-SE codes",
     lambda code: code.isdigit() and 6 <= len(code) <= 18),
    ("are no ICD-10-SE codes", lambda code: not icd.is_code(code)),
    # Chapters in which ICPC-2 has much, and sick leave by ICD-10 nothing.
    ("lie in chapters P, W, X and Y, as codes of ICPC-2 do",
     lambda code: len(code) == 3 and code[0] in "PWXY" and icd.is_code(code)),
)  # fmt: skip
