"""Which recommendation holds for a code on a day: look-up and limits.

Two look-ups. ``fmbstats``: the code itself, then without its last character, never under three;
when nothing on that way is in FMB but sub-codes of the code are, the answer spans all of them
(level ``category``). ``webcert``: what the tool physicians use does: the same way up but no
search below, months of 31 days, and one limit: the largest number over all cases.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from datetime import date
from functools import cached_property
from typing import Any

import polars as pl

from fmbstats import codes
from fmbstats.recommendations import history
from fmbstats.recommendations.limits import MONTH_CONVENTIONS, limit_days
from fmbstats.recommendations.recommendation import Recommendation, counted
from fmbstats.recommendations.yardstick import bounds, webcert_days
from fmbstats.settings import SETTINGS
from fmbstats.sources.fmb.edition_tables import Edition, check_edition

LOOKUPS = ("fmbstats", "webcert")
_DAYS = {f"{end}_days_{m}": pl.Int32 for end in ("limit", "min") for m in MONTH_CONVENTIONS}
_CASE_SCHEMA = {**history.SCHEMA, **_DAYS}


class InForce:
    """The recommendation in force for any code and day, over all editions joined.

    Raises ContradictionError: one edition has contradictory limits for one case.
    """

    def __init__(self, editions: Iterable[Edition]) -> None:
        in_order = sorted(editions, key=lambda e: e.source["fetched_date"])
        self.editions: tuple[Edition, ...] = tuple(in_order)
        for edition in self.editions:
            check_edition(edition)

    def __repr__(self) -> str:
        names = ", ".join(e.name for e in self.editions)
        return f"<Recommendations {names}: {self._in_force['code'].n_unique()} codes>"

    @property
    def newest(self) -> Edition | None:
        """The newest edition of production quality; None when there is none."""
        return next((e for e in reversed(self.editions) if e.is_production), None)

    @cached_property
    def _validity(self) -> pl.DataFrame:
        return history.validity_periods(self.editions)

    @cached_property
    def history(self) -> pl.DataFrame:
        """Every code and case with its validity, also what was only renumbered.

        Columns of `history.SCHEMA` and ``changes``: what happened to the case, in words.
        """
        said = history.changes_in_words(self.editions, self.changes)
        return self._validity.with_columns(
            pl.col("case_id")
            .replace_strict(said, default=None, return_dtype=pl.String)
            .alias("changes")
        )

    @cached_property
    def changes(self) -> pl.DataFrame:
        """Every change between successive production editions."""
        return history.changes(self.editions)

    @cached_property
    def _in_force(self) -> pl.DataFrame:
        valid = self._validity.filter(
            pl.col("valid_to").is_null() | (pl.col("valid_to") > pl.col("valid_from"))
        )
        named = (("limit", "max_number", "max_unit"), ("min", "min_number", "min_unit"))
        return valid.with_columns(
            pl.Series(
                f"{end}_days_{month}",
                [limit_days(n, u, month) for n, u in valid.select(number, unit).iter_rows()],
                dtype=pl.Int32,
            )
            for end, number, unit in named
            for month in MONTH_CONVENTIONS
        )

    @cached_property
    def newest_rows(self) -> dict[str, dict[str, Any]]:
        """Case id → a row with the newest content that any production edition gives it."""
        ordered = self._in_force.filter(pl.col("case_id").is_not_null()).sort("published_from")
        return {row["case_id"]: row for row in ordered.iter_rows(named=True)}

    @cached_property
    def _by_code(self) -> dict[str, list[dict[str, Any]]]:
        found: dict[str, list[dict[str, Any]]] = {}
        for row in self._in_force.iter_rows(named=True):
            found.setdefault(row["code"], []).append(row)
        return found

    @cached_property
    def _under(self) -> dict[str, list[str]]:
        """Every beginning of a code → the longer codes that have it."""
        found: dict[str, list[str]] = {}
        for code in self._by_code:
            for n_characters in range(len(code)):
                found.setdefault(code[:n_characters], []).append(code)
        return found

    @cached_property
    def _entries(self) -> dict[str, dict[str, Any]]:
        """Entry id → its row in the newest production edition that has it."""
        found: dict[str, dict[str, Any]] = {}
        for edition in (e for e in self.editions if e.is_production):
            listed = edition.entry_codes.group_by("entry_id").agg(codes=pl.col("code").sort())
            joined = edition.entries.join(listed, on="entry_id", how="left")
            found |= {row["entry_id"]: row for row in joined.iter_rows(named=True)}
        return found

    @cached_property
    def ties(self) -> pl.DataFrame:
        """Codes that two entries of one production edition claim.

        A case is then counted under the entry that has most of its codes. Columns code, edition,
        entry_ids (comma).
        """
        rows = []
        for edition in (e for e in self.editions if e.is_production):
            claims = edition.entry_codes.group_by("code").agg(pl.col("entry_id").sort())
            for code, entries in claims.sort("code").iter_rows():
                if len(entries) > 1:
                    rows.append((code, edition.name, ",".join(entries)))
        schema = dict.fromkeys(("code", "edition", "entry_ids"), pl.String)
        return pl.DataFrame(rows, schema=schema, orient="row")

    def in_force_table(self) -> pl.DataFrame:
        """Give one row per code, case and period of validity; they never overlap.

        ``limit_days`` is null without upper limit, ``valid_to`` exclusive (null = still),
        ``case_id`` null where no case has the entry's code. The other columns are those of
        `history.SCHEMA`, and the limits in days.
        """
        limit = pl.col(f"limit_days_{SETTINGS.month_days}")
        first = ["code", "valid_from", "valid_to", "edition", "entry_id", "case_id"]
        return self._in_force.select(*first, limit.alias("limit_days"), pl.exclude(first))

    def known_codes(self, day: date | None = None) -> tuple[str, ...]:
        """Give the codes with a recommendation, ever or on `day`, sorted."""
        return tuple(
            sorted(c for c, rows in self._by_code.items() if day is None or _valid(rows, day))
        )

    def match(self, code: str, day: date, lookup: str = "fmbstats") -> tuple[str | None, str]:
        """Give the matched code and the level of the match for a code on a day.

        Levels are "exact", "shorter", "category" and "none" (code None).
        """
        if lookup not in LOOKUPS:
            raise ValueError(f"lookup is {lookup!r}; expected one of {', '.join(LOOKUPS)}.")
        bare = codes.normalise(code)
        for candidate in codes.parents(bare):
            if _valid(self._by_code.get(candidate, ()), day):
                return candidate, "exact" if candidate == bare else "shorter"
        if lookup == "fmbstats" and any(
            _valid(self._by_code[c], day) for c in self.codes_under(bare)
        ):
            return bare, "category"
        return None, "none"

    def codes_under(self, code: str) -> list[str]:
        """Give the codes with a recommendation at any time that lie strictly under `code`."""
        return self._under.get(code, [])

    def rows_ever(self, code: str) -> list[dict[str, Any]]:
        """Give the rows of exactly this code, of any time."""
        return self._by_code.get(code, [])

    def rows_of(self, matched_code: str | None, day: date) -> list[dict[str, Any]]:
        """Give the rows in force of a matched code: its own, else those of all its sub-codes."""
        if matched_code is None:
            return []
        own = _valid(self._by_code.get(matched_code, ()), day)
        if own:
            return own
        below = [
            row for c in self.codes_under(matched_code) for row in _valid(self._by_code[c], day)
        ]
        once = {(row["case_id"] or row["code"], row["entry_id"]): row for row in below}
        return list(once.values())

    def on(
        self, code: str, day: date, month_days: int = SETTINGS.month_days, lookup: str = "fmbstats"
    ) -> Recommendation:
        """Give the recommendation in force for a code (in any spelling) on a spell's first day.

        `month_days`: 30 or 31; ignored by the look-up ``webcert``, which always takes 31. Raises
        CodeError: the code is malformed.
        """
        month_days = 31 if lookup == "webcert" else month_days
        matched, level = self.match(code, day, lookup)
        rows = self.rows_of(matched, day)
        limit = f"limit_days_{month_days}"
        cases = [{**row, "limit_days": row[limit]} for row in rows if row["case_id"] is not None]
        low, high = least_and_most(cases, month_days, lookup)
        schema = {**_CASE_SCHEMA, "limit_days": pl.Int32}
        return Recommendation(
            code=codes.normalise(code),
            day=day,
            matched_code=matched,
            match_level=level,
            lookup=lookup,
            month_days=month_days,
            entries=self._entry_frame(rows),
            cases=pl.DataFrame(cases, schema=schema, orient="row"),
            min_limit_days=low,
            max_limit_days=high,
            notes=tuple(self._notes(codes.normalise(code), matched, level, rows, day, lookup)),
        )

    def _entry_frame(self, rows: list[dict[str, Any]]) -> pl.DataFrame:
        ids = sorted({row["entry_id"] for row in rows if row["entry_id"]})
        texts = dict.fromkeys(("entry_id", "name", "slug"), pl.String())
        schema = pl.Schema(texts | {"codes": pl.List(pl.String)})
        picked = [{k: self._entries[i][k] for k in schema} for i in ids]
        return pl.DataFrame(picked, schema=schema, orient="row")

    def _notes(
        self, code: str, matched: str | None, level: str, rows: list[dict], day: date, lookup: str
    ) -> list[str]:
        if level == "none":
            return [self._why_none(code, day)]
        notes = []
        if level == "category":
            n_entries = len({row["entry_id"] for row in rows})
            notes.append(f"{counted(n_entries, 'entry', 'entries')} under {codes.dotted(code)}")
        ruling = {row["edition"] for row in rows}
        for _, edition, entries in self.ties.filter(pl.col("code") == matched).iter_rows():
            if edition in ruling:
                notes.append(f"claimed by two entries in {edition}: {entries}")
        below = [c for c in self.codes_under(code) if _valid(self._by_code[c], day)]
        if level != "category" and below:
            said = ", ".join(codes.dotted(c) for c in sorted(below))
            notes.append(f"sub-codes with recommendations of their own: {said}")
        return notes + _case_notes(rows, lookup)

    def _why_none(self, code: str, day: date) -> str:
        """Say whether a code without recommendation has one at another time."""
        ever = [c for c in codes.parents(code) if c in self._by_code]
        start = min((r["valid_from"] for c in ever for r in self._by_code[c]), default=None)
        name = codes.dotted(code)
        if start is None:
            return f"FMB has no recommendation for {name}"
        if day < start:
            return f"the first known recommendation for {name} begins on {start}"
        return f"no recommendation for {name} was in force on {day}"


def _case_notes(rows: list[dict[str, Any]], lookup: str) -> list[str]:
    cases = [row for row in rows if row["case_id"] is not None]
    if not cases:
        return ["the entry names the code but no case has it"]
    notes = []
    if n_without := sum(row["max_number"] is None for row in cases):
        what = "the number taken all the same" if lookup == "webcert" else "no upper limit"
        notes.append(f"{counted(n_without, 'case', 'cases')} without limit: {what}")
    if n_odd := sum(row["contradicts"] is not None for row in cases):
        notes.append(f"{counted(n_odd, 'number', 'numbers')} that the wording contradicts")
    return notes


def least_and_most(cases, month_days: int, lookup: str) -> tuple[int | None, int | None]:
    """Smallest and largest limit in days; the largest None where a case has none."""
    if lookup == "webcert":
        days = webcert_days(cases)
        return (None, None) if math.isnan(days) else (int(days), int(days))
    found = bounds(cases, month_days)
    low, high = found["shortest"], found["longest"]
    return int(low) if math.isfinite(low) else None, int(high) if math.isfinite(high) else None


def _valid(rows: Iterable[dict[str, Any]], day: date) -> list[dict[str, Any]]:
    return [
        r for r in rows if r["valid_from"] <= day and (r["valid_to"] is None or day < r["valid_to"])
    ]
