"""The same answers as `Recommendations.on`, as tables to be joined by code and first day.

A store joins millions of spells: ``spell.code = code and spell.start >= valid_from and
(valid_to is null or spell.start < valid_to)``. Every table here is cut into the periods between
which nothing changes, so that such a join gives one row per spell, and gives what `on` gives.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator
from datetime import date
from typing import Any

import polars as pl

from fmbstats import codes
from fmbstats.recommendations.limits import is_scored, limit_days, limits_of
from fmbstats.sources.fmb.edition_tables import Edition

MAP_SCHEMA = {"code": pl.String, "matched_code": pl.String, "match_level": pl.String}
MATCH_SCHEMA = {
    **MAP_SCHEMA,
    "valid_from": pl.Date,
    "valid_to": pl.Date,
}
LIMITS_SCHEMA = {
    "matched_code": pl.String,
    "valid_from": pl.Date,
    "valid_to": pl.Date,
    "edition": pl.String,
    "entry_ids": pl.String,
    "n_entries": pl.Int32,
    "n_cases": pl.Int32,
    "n_scored": pl.Int32,
    "n_open_ended": pl.Int32,
    "n_event_bound": pl.Int32,
    "n_without_number": pl.Int32,
    "min_limit_days": pl.Int32,
    "max_limit_days": pl.Int32,
    "webcert_limit_days": pl.Int32,
    "is_own_code": pl.Boolean,
}
CASES_SCHEMA = {
    "matched_code": pl.String,
    "valid_from": pl.Date,
    "valid_to": pl.Date,
    "case_id": pl.String,
    "entry_id": pl.String,
    "code": pl.String,
    "edition": pl.String,
    "limit_days": pl.Int32,
    "is_scored": pl.Boolean,
    "is_open_ended": pl.Boolean,
    "is_event_bound": pl.Boolean,
    "has_number": pl.Boolean,
}


class JoinTables:
    """The tables of `Recommendations`; this half of it only looks at the other one."""

    editions: tuple[Edition, ...]
    match: Callable[..., tuple[str | None, str]]
    rows_of: Callable[..., list[dict[str, Any]]]
    rows_ever: Callable[..., list[dict[str, Any]]]
    codes_under: Callable[..., list[str]]
    known_codes: Callable[..., tuple[str, ...]]

    def code_map(
        self,
        spell_codes: Iterable[str],
        day: date | None = None,
        lookup: str = "fmbstats",
    ) -> pl.DataFrame:
        """Give matched code and level of every code, on one day.

        Parameters
        ----------
        spell_codes : iterable of str
            As in the register; malformed ones get level "none".
        day : date, optional
            Default: the day of the newest edition.

        Returns
        -------
        polars.DataFrame
            code (as given), matched_code (null at "none"), match_level; one row per distinct code.
        """
        day = day or date.fromisoformat(self.editions[-1].source["fetched_date"])
        rows = []
        for code in dict.fromkeys(c for c in spell_codes if c is not None):
            matched, level = (None, "none")
            if codes.is_code(code):
                matched, level = self.match(code, day, lookup)
            rows.append({"code": code, "matched_code": matched, "match_level": level})
        return pl.DataFrame(rows, schema=MAP_SCHEMA, orient="row")

    def match_table(self, spell_codes: Iterable[str], lookup: str = "fmbstats") -> pl.DataFrame:
        """Give matched code and level of every code through time.

        Returns
        -------
        polars.DataFrame
            code (as given), matched_code, match_level, valid_from, valid_to (exclusive, null =
            still). Periods without any match have no row; those of one code never overlap.
        """
        rows = []
        for code in dict.fromkeys(c for c in spell_codes if c is not None):
            if codes.is_code(code):
                rows += list(self._match_periods(code, lookup))
        return pl.DataFrame(rows, schema=MATCH_SCHEMA, orient="row")

    def _match_periods(self, code: str, lookup: str) -> Iterator[dict[str, Any]]:
        related = [*codes.parents(code), *self.codes_under(code)]
        periods = []
        for start, end in self._periods(related):
            matched, level = self.match(code, start, lookup)
            periods.append((start, end, matched, level))
        for (matched, level), run in itertools.groupby(periods, key=lambda p: p[2:]):
            spans = list(run)
            if matched is not None:
                yield {
                    "code": code,
                    "matched_code": matched,
                    "match_level": level,
                    "valid_from": spans[0][0],
                    "valid_to": spans[-1][1],
                }

    def _periods(self, some: Iterable[str]) -> Iterator[tuple[date, date | None]]:
        """Give the periods between the days on which something begins or ends for `some` codes."""
        rows = [row for code in some for row in self.rows_ever(code)]
        days = sorted({d for r in rows for d in (r["valid_from"], r["valid_to"]) if d is not None})
        yield from itertools.pairwise([*days, None]) if days else ()

    def limits_table(self, month_days: int = 30) -> pl.DataFrame:
        """Give one row per matched code and period, with its limits over the cases in force.

        Parameters
        ----------
        month_days : {30, 31}

        Returns
        -------
        polars.DataFrame
            matched_code (an FMB code, or a code of ≥ 3 characters that only has sub-codes in FMB:
            is_own_code false), valid_from, valid_to (exclusive), edition (the newest that rules a
            case), entry_ids (comma), n_entries, n_cases, n_scored, n_open_ended, n_event_bound,
            n_without_number, min_limit_days and max_limit_days over the scored cases,
            webcert_limit_days (largest number, months of 31 days; null where is_own_code is false).
        """
        rows = []
        for code, start, end, cases in self._matched_periods():
            rows.append(_limits_row(code, start, end, cases, month_days))
        return pl.DataFrame(rows, schema=LIMITS_SCHEMA, orient="row")

    def case_limits_table(self, month_days: int = 30) -> pl.DataFrame:
        """Give the cases behind `limits_table`: one row per matched code, period and case.

        ``limit_days`` is given for open-ended cases too; ``is_scored`` tells true maxima.
        """
        column = f"limit_days_{month_days}"
        rows = []
        for matched, start, end, cases in self._matched_periods():
            rows += [
                {
                    **{k: case[k] for k in CASES_SCHEMA if k in case},
                    "matched_code": matched,
                    "valid_from": start,
                    "valid_to": end,
                    "limit_days": case[column],
                    "is_scored": is_scored(case),
                }
                for case in cases
                if case["case_id"] is not None
            ]
        return pl.DataFrame(rows, schema=CASES_SCHEMA, orient="row")

    def _matched_periods(
        self,
    ) -> Iterator[tuple[str, date, date | None, list[dict[str, Any]]]]:
        """Give every code that can be matched, with each period in which the same cases hold."""
        known = self.known_codes()
        matched = sorted({parent for code in known for parent in codes.parents(code)})
        for code in matched:
            periods = [
                (start, end, self.rows_of(code, start))
                for start, end in self._periods([code, *self.codes_under(code)])
            ]
            for _, run in itertools.groupby(periods, key=lambda p: _identity(p[2])):
                spans = list(run)
                if spans[0][2]:
                    yield code, spans[0][0], spans[-1][1], spans[0][2]

    def edition_limits(self, name: str, month_days: int = 30) -> pl.DataFrame:
        """Give the limits of each code as one edition alone states them, whatever its quality.

        Returns
        -------
        polars.DataFrame
            code, n_cases, n_scored, n_without_number, min_limit_days, max_limit_days.
        """
        edition = next(e for e in self.editions if e.name == name)
        joined = edition.case_codes.join(edition.cases, on="case_id")
        rows = []
        for (code,), group in joined.group_by("code", maintain_order=True):
            cases = [
                {**r, "limit": limit_days(r["number"], r["unit"], month_days)}
                for r in group.iter_rows(named=True)
            ]
            low, high = limits_of(cases, "limit")
            rows.append(
                {
                    "code": code,
                    "n_cases": len(cases),
                    "n_scored": sum(map(is_scored, cases)),
                    "n_without_number": sum(not case["has_number"] for case in cases),
                    "min_limit_days": low,
                    "max_limit_days": high,
                }
            )
        return pl.DataFrame(rows, infer_schema_length=None).sort("code")

    def ties(self) -> pl.DataFrame:
        """Give codes that two entries of one production edition claim.

        A case is then counted under the entry that has most of its codes. Columns code, edition,
        entry_ids (comma).
        """
        rows = []
        for edition in (e for e in self.editions if e.is_production):
            claims = edition.entry_codes.group_by("code").agg(pl.col("entry_id").sort())
            for code, entries in claims.sort("code").iter_rows():
                if len(entries) > 1:
                    rows.append(
                        {"code": code, "edition": edition.name, "entry_ids": ",".join(entries)}
                    )
        schema = {"code": pl.String, "edition": pl.String, "entry_ids": pl.String}
        return pl.DataFrame(rows, schema=schema, orient="row")

    def gaps(self) -> pl.DataFrame:
        """Give periods without a recommendation between two with one: code, gap_from, gap_to."""
        limits = self.limits_table().filter("is_own_code")
        rows = []
        for (code,), group in limits.group_by("matched_code", maintain_order=True):
            ordered = group.sort("valid_from")
            for before, after in itertools.pairwise(ordered.iter_rows(named=True)):
                if before["valid_to"] is not None and before["valid_to"] < after["valid_from"]:
                    rows.append(
                        {
                            "code": code,
                            "gap_from": before["valid_to"],
                            "gap_to": after["valid_from"],
                        }
                    )
        schema = {"code": pl.String, "gap_from": pl.Date, "gap_to": pl.Date}
        return pl.DataFrame(rows, schema=schema, orient="row")


def _identity(rows: list[dict[str, Any]]) -> frozenset[Any]:
    return frozenset((r["case_id"], r["entry_id"], r["code"], r["valid_from"]) for r in rows)


def _limits_row(
    matched: str,
    start: date,
    end: date | None,
    rows: list[dict[str, Any]],
    month_days: int,
) -> dict[str, Any]:
    cases = [row for row in rows if row["case_id"] is not None]
    entries = sorted({row["entry_id"] for row in rows if row["entry_id"]})
    low, high = limits_of(cases, f"limit_days_{month_days}")
    own = any(row["code"] == matched for row in rows)
    return {
        "matched_code": matched,
        "valid_from": start,
        "valid_to": end,
        "edition": max(row["edition"] for row in rows),
        "entry_ids": ",".join(entries),
        "n_entries": len(entries),
        "n_cases": len(cases),
        "n_scored": sum(map(is_scored, cases)),
        "n_open_ended": sum(row["is_open_ended"] for row in cases),
        "n_event_bound": sum(row["is_event_bound"] for row in cases),
        "n_without_number": sum(not row["has_number"] for row in cases),
        "min_limit_days": low,
        "max_limit_days": high,
        "webcert_limit_days": limits_of(cases, "limit_days_31", "webcert")[1] if own else None,
        "is_own_code": own,
    }
