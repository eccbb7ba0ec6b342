"""The entries and cases that apply to a diagnosis."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any

from fmbstats import codes, tables, words
from fmbstats.frames import Row, by_column, framed, pd
from fmbstats.results.common import headed, in_notebook
from fmbstats.settings import SETTINGS
from fmbstats.told import NOTHING, Told
from fmbstats.words import Absent, phrase

_WITHOUT = {
    "open_ended": Absent.OPEN_ENDED,
    "event_bound": Absent.EVENT_BOUND,
    "permanent": Absent.PERMANENT,
    "individual": Absent.INDIVIDUAL,
    "not_given": Absent.NOT_GIVEN,
    "additional": Absent.ADDITIONAL,
    "vague": Absent.VAGUE,
}
# Some terms of FMB carry the number of their concept, behind a bar or a blank.
_CONCEPT = re.compile(r"[| ]\d{6,}\b")


@dataclass(frozen=True, eq=False)
class Recommendation:
    """The entries and cases that apply to a diagnosis in a year."""

    entries: Sequence[Row]  #: Of each: entry_id, name, slug, disease_group_name, codes (list).
    #: One row per case and validity period: entry_id, case_id, length_text, criteria (text), codes,
    #: limit_days (None: no upper limit), min_days, number and unit as stored, limit_kind,
    #: limit_reason, is_doubtful, contradicts, valid_from, valid_to (exclusive), edition.
    cases: Sequence[Row]
    month_days: int

    @property
    def entry_ids(self) -> str:
        """The entries' ids, joined by commas."""
        return ",".join(entry.entry_id for entry in self.entries)

    @property
    def editions(self) -> str:
        """The editions the cases come from, joined by commas."""
        return ",".join(sorted({case.edition for case in self.cases}))

    @property
    def limits_days(self) -> list[int]:
        """The distinct upper limits in days, ascending."""
        return sorted({case.limit_days for case in self.limited})

    @property
    def limited(self) -> list[Row]:
        """The cases with an upper limit."""
        return [case for case in self.cases if case.limit_days is not None]

    @property
    def without_limit(self) -> list[Row]:
        """The cases without an upper limit."""
        return [case for case in self.cases if case.limit_days is None]

    @property
    def why_no_limit(self) -> Absent | None:
        """Why no case has an upper limit in days; None when one has."""
        return None if self.limits_days else self.no_limit

    @property
    def no_limit(self) -> Absent:
        """What stands where a limit would, of an entry without one."""
        if not self.cases:
            return Absent.NO_EDITION
        kinds = {case.limit_kind for case in self.cases} - {None}
        return _WITHOUT[kinds.pop()] if len(kinds) == 1 else Absent.NO_LIMIT

    def table(self, language: str = "") -> str:
        """Return the cases as an HTML table."""
        caption = phrase("table.cases.caption", language)
        return tables.html_table(self.display(language), caption=caption, language=language)

    def told(self) -> list[Told]:
        """Return the limits as told values: of the entry, and case by case."""
        other = SETTINGS.other_month(self.month_days)
        cases = [_case_told("recommended_max_days", case_limit(case), case) for case in self.cases]
        cases += [
            _case_told(f"recommended_max_days_month_{other}", days, case)
            for case in self.limited
            for days in [getattr(case, f"limit_days_{other}")]
        ]
        days = self.limits_days
        told = partial(Told, "recommended_max_days", part="measures")
        if len(days) > 1:
            whole = told(lo=days[0], hi=days[-1], flags="several_limits")
        else:
            whole = told(days[0]) if days else told(reason=self.no_limit)
        return [whole, Told("n_limits", len(days), part="measures"), *cases]

    @framed
    def display(self, language: str) -> dict[str, list]:
        """Return the cases as the report shows them."""
        rows = []
        for case in self.cases:
            listed = words.joined([codes.dotted(c) for c in case.codes], language)
            criteria, valid = _criteria(case, language), _period(case, language)
            known = {"case": criteria, "wording": case.length_text, "limit": case_limit(case)}
            rows.append(headed(language, **known, codes=listed, valid=valid))
        shown = by_column(rows)
        if len({tuple(case.codes) for case in self.cases}) < 2:
            # All cases hold for all codes: they stand in the head of the report.
            shown.pop(phrase("column.codes", language), None)
        return shown

    def _repr_html_(self) -> str:
        return in_notebook(self.table())


@dataclass(frozen=True, eq=False)
class CaseHistory:
    """Every case of a diagnosis through time."""

    #: One row per case and validity period: valid_from, valid_to, length_text, criteria, edition,
    #: limit_days_30, limit_days_31; empty when nothing has changed.
    rows: list[dict[str, Any]]
    month_days: int  #: {30, 31}.

    @property
    def frame(self) -> pd.DataFrame:
        """The rows as a frame."""
        return pd.DataFrame(self.rows)


def _period(case: Any, language: str) -> str:
    """From 2017-01-30, or both ends of a period that is over."""
    first = words.date(case.valid_from, language, "short")
    if case.valid_to.year == 9999:
        return phrase("history.from", language, first=first)
    last = words.date(case.valid_to - timedelta(days=1), language, "short")
    return phrase("history.between", language, first=first, last=last)


def without_concepts(text: str) -> str:
    """Return a case's criteria without the numbers of their concepts.

    >>> without_concepts("svår; sjukdom i andningssystemet 40733004")
    'svår; sjukdom i andningssystemet'
    """
    return _CONCEPT.sub("", text)


def _case_told(metric: str, days: Any, case: Any) -> Told:
    told = partial(
        Told, metric, by="case", stratum=_criteria(case, "en"), part="recommendation",
        label=case.length_text or "",
    )  # fmt: skip
    return told(reason=days) if words.is_spoken(days) else told(NOTHING if days is None else days)


def _criteria(case: Any, language: str) -> str:
    if not isinstance(case.criteria, str):
        return phrase("case.always", language)
    return without_concepts(case.criteria)


def case_words(case: Any) -> str:
    """Return a case's criteria in FMB's words; "" where it has none."""
    return without_concepts(case.criteria) if isinstance(case.criteria, str) else ""


def case_limit(case: Any) -> Any:
    """Limit in days, or the reason why the case has none."""
    return _WITHOUT[case.limit_kind] if case.limit_days is None else case.limit_days
