"""The entries and cases that apply to a diagnosis."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pandas as pd

from fmbstats import codes, tables, words
from fmbstats.results.notebook import in_notebook
from fmbstats.results.numbers import NOTHING, numbers, value_row
from fmbstats.words import Absent, phrase

if TYPE_CHECKING:
    from fmbstats.store import Store


# A few terms of FMB carry the number of their concept behind a bar.
_CONCEPT = re.compile(r"\|\d+")


@dataclass(frozen=True, eq=False)
class Recommendation:
    """The entries and cases that apply to a diagnosis in a year.

    Attributes
    ----------
    entries : DataFrame
        entry_id, name, slug, disease_group_name, codes (list), one row per entry.
    cases : DataFrame
        One row per case and validity period: entry_id, case_id, length_text, criteria (text),
        codes, limit_days, number, unit, is_open_ended, is_event_bound, has_number, valid_from,
        valid_to, edition.
    month_days : int
    """

    entries: pd.DataFrame
    cases: pd.DataFrame
    month_days: int

    @classmethod
    def of(cls, store: Store, kind: str, key: str, year: int | None, month_days: int):
        """Read from the store what was in force in `year` (by default: what is known last)."""
        where, value = (
            ("entry_id = $key", key) if kind == "entry" else ("starts_with(code, $key)", key)
        )
        entries = store.sql(
            "select entry_id, name, slug, disease_group_name, list(code order by code) as codes "
            "from mart_entries join mart_entry_codes using (entry_id) "
            f"where entry_id in (select entry_id from mart_entry_codes where {where}) "
            "group by all order by entry_id",
            {"key": value},
        )
        if not len(entries) and kind == "code":
            parents = codes.parents(key)[1:]
            if parents:
                return cls.of(store, kind, parents[0], year, month_days)
        first, last = (f"{year}-01-01", f"{year}-12-31") if year else ("9998-01-01", "9998-01-02")
        cases = store.sql(
            f"select entry_id, case_id, limit_days_{month_days} as limit_days, limit_days_30, "
            "limit_days_31, number, unit, "
            "is_open_ended, is_event_bound, has_number, length_text, criteria, valid_from, "
            "valid_to, edition, list(code order by code) as codes from mart_in_force "
            f"where case_id is not null and {_in_force_filter(kind)} "
            "and valid_from <= $last and valid_to > $first "
            "group by all order by valid_from desc, limit_days nulls last, case_id",
            {"key": value, "first": first, "last": last},
        )
        return cls(entries, cases, month_days)

    @staticmethod
    def history(store: Store, owned: tuple[str, ...], language: str = "sv") -> pd.DataFrame:
        """Return every case of some FMB codes through time, as the report shows it."""
        frame = _history(store, owned)
        if not len(frame):
            return frame
        return pd.DataFrame(
            {
                phrase("column.valid_from", language): [
                    words.date(d.date(), language, "short") for d in frame["valid_from"]
                ],
                phrase("column.valid_to", language): [
                    _last_day(d, language) for d in frame["valid_to"]
                ],
                phrase("column.wording", language): frame["length_text"],
                phrase("column.case", language): [
                    _CONCEPT.sub("", text) or phrase("case.always", language)
                    for text in frame["criteria"]
                ],
                phrase("column.edition", language): frame["edition"],
            }
        )

    @staticmethod
    def history_values(store: Store, owned: tuple[str, ...], month_days: int) -> pd.DataFrame:
        """Return the limits of `history` as rows of `adherence.csv`."""
        days = f"limit_days_{month_days}"
        return numbers(
            value_row(
                "recommended_max_days",
                Absent.NO_LIMIT if pd.isna(getattr(case, days)) else getattr(case, days),
                by="case",
                stratum=_CONCEPT.sub("", case.criteria),
                label=case.length_text,
                rec_version=case.edition,
            )
            for case in _history(store, owned).itertuples()
        )

    @property
    def entry_ids(self) -> str:
        """The entries' ids, joined by commas."""
        return ",".join(self.entries["entry_id"].astype(str))

    @property
    def editions(self) -> str:
        """The editions the cases come from, joined by commas."""
        return ",".join(sorted(set(self.cases["edition"])))

    @property
    def limits_days(self) -> list[int]:
        """The distinct true maxima in days, ascending."""
        closed = self.cases[self.cases["has_number"] & ~self.cases["is_open_ended"]]
        return sorted({int(d) for d in closed["limit_days"].dropna()})

    @property
    def why_no_limit(self) -> Absent | None:
        """Why no case has a true maximum in days; None when one has."""
        if self.limits_days:
            return None
        if self.cases["is_open_ended"].any():
            return Absent.OPEN_ENDED
        return Absent.EVENT_BOUND if self.cases["is_event_bound"].any() else Absent.NO_LIMIT

    def table(self, language: str = "sv") -> str:
        """Return the cases as an HTML table."""
        return tables.html_table(
            self.display(language),
            caption=phrase("table.cases.caption", language),
            language=language,
        )

    def values(self) -> pd.DataFrame:
        """Return the limits as rows of `adherence.csv`: of the entry, and case by case."""
        cases = [
            value_row(
                "recommended_max_days",
                case_limit(case),
                by="case",
                stratum=_criteria(case, "en"),
                label=case.length_text,
            )
            for case in self.cases.itertuples()
        ]
        other = 61 - self.month_days
        cases += [
            value_row(
                f"recommended_max_days_month_{other}",
                getattr(case, f"limit_days_{other}"),
                by="case",
                stratum=_criteria(case, "en"),
                label=case.length_text,
            )
            for case in self.cases[self.cases["has_number"]].itertuples()
        ]
        count = value_row("n_limits", len(self.limits_days), part="measures")
        return numbers([self.range_row(), count, *cases])

    def range_row(self) -> dict[str, Any]:
        """Return shortest and longest limit as a row, or why there is none."""
        days = self.limits_days
        value = self.why_no_limit if not days else days[0] if len(days) == 1 else NOTHING
        ends = {"lo": days[0], "hi": days[-1]} if len(days) > 1 else {}
        flags = "several_limits" if ends else ""
        return value_row("recommended_max_days", value, part="measures", flags=flags, **ends)

    def display(self, language: str = "sv") -> pd.DataFrame:
        """Return the cases as the report shows them."""
        rows = []
        for case in self.cases.itertuples():
            rows.append(
                {
                    phrase("column.case", language): _criteria(case, language),
                    phrase("column.wording", language): case.length_text,
                    phrase("column.limit", language): case_limit(case),
                    phrase("column.codes", language): words.joined(
                        [codes.dotted(c) for c in case.codes], language
                    ),
                    phrase("column.valid", language): _period(case, language),
                }
            )
        frame = pd.DataFrame(rows)
        if len(set(map(tuple, self.cases["codes"]))) < 2:
            # All cases hold for all codes: they stand in the head of the report.
            frame = frame.drop(columns=phrase("column.codes", language), errors="ignore")
        return frame

    def _repr_html_(self) -> str:
        return in_notebook(self.table())


def _in_force_filter(kind: str) -> str:
    if kind == "entry":
        return "code in (select code from mart_entry_codes where entry_id = $key)"
    return "starts_with(code, $key)"


def _period(case: Any, language: str) -> str:
    """From 2017-01-30, or both ends of a period that is over."""
    first = words.date(case.valid_from.date(), language, "short")
    if case.valid_to.year == 9999:
        return phrase("history.from", language, first=first)
    last = _last_day(case.valid_to, language)
    return phrase("history.between", language, first=first, last=last)


def _history(store: Store, owned: tuple[str, ...]) -> pd.DataFrame:
    """Return every case of some codes, one row per period; none when nothing has changed."""
    closed = "filter (has_number and not is_open_ended)"
    frame = store.sql(
        "select length_text, coalesce(criteria, '') as criteria, valid_from, valid_to, edition, "
        f"max(limit_days_30) {closed} as limit_days_30, max(limit_days_31) {closed} "
        "as limit_days_31 from mart_in_force where case_id is not null and code in "
        "(select unnest($codes)) group by length_text, criteria, valid_from, valid_to, edition "
        "order by valid_from, valid_to, length_text, criteria",
        {"codes": list(owned)},
    )
    return frame if frame["valid_from"].nunique() > 1 else frame.iloc[:0]


def _last_day(valid_to: Any, language: str) -> str:
    """Write the last day of a period; `valid_to` is the first day after it."""
    if valid_to.year == 9999:
        return phrase("history.still", language)
    return words.date(valid_to.date() - timedelta(days=1), language, "short")


def _criteria(case: Any, language: str) -> str:
    if not isinstance(case.criteria, str):
        return phrase("case.always", language)
    return _CONCEPT.sub("", case.criteria)


def case_limit(case: Any) -> Any:
    """Limit in days, or the reason why the case has none."""
    if case.is_open_ended:
        return Absent.OPEN_ENDED
    if case.is_event_bound:
        return Absent.EVENT_BOUND
    return int(case.limit_days) if case.has_number else Absent.NO_LIMIT
