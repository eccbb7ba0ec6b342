"""The same answers as `Recommendations.on`, as tables to be joined by code and first day.

A store joins millions of spells: ``spell.code = code and spell.start >= valid_from and
(valid_to is null or spell.start < valid_to)``. Every table here is cut into the periods between
which nothing changes, so that such a join gives one row per spell, and gives what `on` gives.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import polars as pl

from fmbstats import codes
from fmbstats.recommendations.case_rules import CODE, CaseRule, asked_of, known_of, narrowed
from fmbstats.recommendations.in_force import InForce, least_and_most
from fmbstats.recommendations.recommendation import counted, days_between
from fmbstats.recommendations.yardstick import PossibleSets
from fmbstats.settings import SETTINGS

MATCH_SCHEMA = {
    "code": pl.String,
    "matched_code": pl.String,
    "match_level": pl.String,
    "valid_from": pl.Date,
    "valid_to": pl.Date,
    "match_id": pl.Int32,
}


@dataclass(frozen=True, eq=False)
class Stretch:
    """A stretch of days in which one code has the same cases."""

    #: `valid_from`, `valid_to`: exclusive end; None while it lasts.
    valid_from: date
    valid_to: date | None
    matched_code: str
    match_level: str
    #: Rows in force, one per case; an entry's code without any case has one row without case.
    rows: list[dict[str, Any]]

    @property
    def cases(self) -> list[dict[str, Any]]:
        """The rows that are cases."""
        return [row for row in self.rows if row["case_id"] is not None]


@dataclass(frozen=True, eq=False)
class PossibleCases:
    """The possible cases of every code through time."""

    #: code (as given), matched_code, match_level, valid_from, valid_to (exclusive, null = still),
    #: match_id. Periods without any match have no row; those of a code never overlap.
    matches: pl.DataFrame
    #: `sets`, `members`: what a ``match_id`` stands for; see `yardstick.PossibleSets`.
    sets: pl.DataFrame
    members: pl.DataFrame

    def with_limits(self, rows: pl.DataFrame, code: str, day: str, month_days: int) -> pl.DataFrame:
        """Add the limits of the cases that are possible for a code on a day.

        `code`, `day`: columns of `rows`; the day is the first of the spell. `month_days`: 30 or 31.
        Returns the rows in any order, with `longest` and `shortest` in days (infinite as in
        `yardstick.bounds`); null where no case of the code has a limit on that day.
        """
        ends = {end: f"{end}_days_{month_days}" for end in ("longest", "shortest")}
        sets = self.sets.filter("is_judged").select(
            "match_id", *(pl.col(name).alias(end) for end, name in ends.items())
        )
        periods = (
            self.matches.select(pl.col("code").alias(code), "valid_from", "valid_to", "match_id")
            .join(sets, on="match_id", how="left")
            .drop("match_id")
            .sort("valid_from")
        )
        found = rows.sort(day).join_asof(
            periods, left_on=day, right_on="valid_from", by=code, check_sortedness=False
        )
        is_over = (pl.col(day) >= pl.col("valid_to")).fill_null(False)
        return found.with_columns(
            pl.when(is_over).then(None).otherwise(end).alias(end) for end in ends
        ).drop("valid_from", "valid_to")


class Recommendations(InForce):
    """All editions joined, as answers and as tables to be joined by code and first day."""

    def possible(self, spell_codes: Iterable[str], rules: Sequence[CaseRule] = ()) -> PossibleCases:
        """Give the possible cases of codes through time, the sets of them numbered.

        `spell_codes`: as in the register, or with what is known beside them
        (`case_rules.known_of`); malformed ones have none. `rules`: what the code itself, and what
        is known beside it, tells of the case.
        """
        sets, rows = PossibleSets(self.newest_rows), []
        for text in dict.fromkeys(c for c in spell_codes if c is not None):
            code, more = known_of(text)
            if codes.is_code(code):
                known = {CODE: [codes.normalise(code)], **more}
                for found in self.stretches(code):
                    left = narrowed(found.cases, rules, known)
                    number = sets.number(found.cases, left.cases, left.evidence)
                    rows.append((text, found.matched_code, found.match_level, found.valid_from,
                                 found.valid_to, number))  # fmt: skip
        matches = pl.DataFrame(rows, schema=MATCH_SCHEMA, orient="row")
        return PossibleCases(matches, sets.sets, sets.members)

    def asked(
        self, spell_codes: Iterable[str], rules: Sequence[CaseRule]
    ) -> Iterator[tuple[str, str, str]]:
        """Give what rules ask of a code's spells beside the code: (code, evidence, value)."""
        if all(rule.evidence == CODE for rule in rules):
            return
        for code in spell_codes:
            if codes.is_code(code):
                entries = {r["entry_id"] for s in self.stretches(code) for r in s.cases}
                yield from ((code, *fact) for fact in asked_of(rules, entries))

    def code_entries(self, spell_codes: pl.Series) -> pl.DataFrame:
        """Give the newest edition's entry of codes: by the code itself, else ever shorter codes.

        A code that only has sub-codes in FMB, of several entries, belongs to none of them.

        Returns the columns code, entry_id (null: none).
        """
        newest, of_code = self.newest, {}
        if newest is not None:
            of_code = dict(newest.entry_codes.select("code", "entry_id").iter_rows())
        found = []
        for text in spell_codes:
            code = known_of(text)[0]  # what is known beside a code changes no entry
            # A malformed code must not be matched by what its first characters happen to be.
            parents = codes.parents(code) if codes.is_code(code) else ()
            hit = next((of_code[c] for c in parents if c in of_code), None)
            if hit is None and parents:
                below = {e for c, e in of_code.items() if c.startswith(code)}
                hit = below.pop() if len(below) == 1 else None
            found.append(hit)
        return pl.DataFrame(
            {"code": spell_codes, "entry_id": found}, schema_overrides={"entry_id": pl.String}
        )

    def stretches(self, code: str) -> Iterator[Stretch]:
        """Give the stretches of days in which a code has the same cases, oldest first."""
        related = [*codes.parents(code), *self.codes_under(code)]
        found = []
        for start, end in self._periods(related):
            matched, level = self.match(code, start)
            found.append((start, end, matched, level, self.rows_of(matched, start)))
        for (matched, level, _), run in itertools.groupby(
            found, key=lambda p: (p[2], p[3], _identity(p[4]))
        ):
            spans = list(run)
            if matched is not None:
                yield Stretch(spans[0][0], spans[-1][1], matched, level, spans[0][4])

    def _periods(self, some: Iterable[str]) -> Iterator[tuple[date, date | None]]:
        """Give the periods between the days on which something begins or ends for `some` codes."""
        rows = [row for code in some for row in self.rows_ever(code)]
        days = sorted({d for r in rows for d in (r["valid_from"], r["valid_to"]) if d is not None})
        yield from itertools.pairwise([*days, None]) if days else ()

    def history_text(self, code: str, month_days: int = SETTINGS.month_days) -> str:
        """Write a line for every period of a code's recommendation, oldest first."""
        lines = []
        for found in self.stretches(codes.normalise(code)):
            low, high = least_and_most(found.cases, month_days, "fmbstats")
            said = "no limit" if low is None else days_between(low, high)
            until = str(found.valid_to - timedelta(days=1)) if found.valid_to else "still"
            lines.append(
                f"  {found.valid_from} – {until:<11} {codes.dotted(found.matched_code):<7} "
                f"{said:<30}{counted(len(found.cases), 'case', 'cases')}, edition "
                f"{max(row['edition'] for row in found.rows)}"
            )
        return "\n".join(lines)

    def gaps(self) -> pl.DataFrame:
        """Give periods without a recommendation between two with one: code, gap_from, gap_to."""
        rows = []
        for code in self.known_codes():
            own = [s for s in self.stretches(code) if s.matched_code == code]
            for before, after in itertools.pairwise(own):
                if before.valid_to is not None and before.valid_to < after.valid_from:
                    rows.append((code, before.valid_to, after.valid_from))
        schema = {"code": pl.String, "gap_from": pl.Date, "gap_to": pl.Date}
        return pl.DataFrame(rows, schema=schema, orient="row")


def _identity(rows: list[dict[str, Any]]) -> frozenset[Any]:
    return frozenset((r["case_id"], r["entry_id"], r["code"], r["valid_from"]) for r in rows)
