"""The literature sheet: facts that a reader of an article or a report writes down.

One line per fact, with its source and definition beside it (``data_raw/README.md`` has every
column). A share is of spells of some days ("share 8-14 days", "share >= 90 days"); median,
quartiles and percentiles are days; a mean is shown and says nothing of a limit. A value is
written as it is printed, and what rounding hides is part of it: 27 % is 26.5 to 27.5 %.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from fmbstats import codes
from fmbstats.errors import SourceError
from fmbstats.sources.published.grids import SHOWN, count_of, peek, read_sheet_of
from fmbstats.sources.published.labels import parse_band, parse_sex, years_in
from fmbstats.sources.published.published_forms import COUNTED, LENGTH_BASES, SEXES
from fmbstats.sources.registers.cell_faults import CellFault, OnFault, judge, refuse
from fmbstats.sources.registers.contracts import Column, Contract

LITERATURE_FILE = "literature.csv"
NET_DAYS, NOT_STATED = "net_days", "not stated"
BASES = (*LENGTH_BASES, NET_DAYS)
REQUIRED = ("source", "page", "definition", "year", "code", "sex", "kind", "value", "N")
OPTIONAL = ("url", "seen", "length_basis", "first_day", "counted", "period", "area", "group")
COLUMNS = (*REQUIRED, *OPTIONAL)
_AS_WRITTEN = ("source", "page", "definition", "kind", "value", "url", "seen", "area", "group")

SHARE, QUANTILE, MEAN = "share", "quantile", "mean"
_QUANTILES = {"median": 50, "q1": 25, "q2": 50, "q3": 75}
_MEANS = ("mean", "average")
_DEFINED = {
    "certificate_days": r"(?i)certificat|intyg|doctor.prescribed",
    NET_DAYS: r"(?i)\bnet\b|netto",
    "paid_days": r"(?i)paid|benefit|insurance|sjukpenning|ersatt",
    "episode_days": r"(?i)episode|return to work|spell|sjukfall",
}
_FROM_DAY = (
    r"(?i)(?:from|från|at least|minst|>=|≥)\s*(?:day|dag)?\s*(\d+)|(\d+) days? or (?:more|longer)"
)
_LONGER = r"(?i)(?:longer than|more than|over|längre än|mer än|över|>)\s*(\d+)"
_VALUE = re.compile(r"([<>≤≥]=?)?\s*(\d+(?:[ \u00a0]\d{3})*(?:[.,]\d+)?)\s*(%|percent|procent)?")
MAX_DAYS = 36_500
_UNITS = {"code": "code", "year": "year", "N": "spells", "first_day": "days"}


class FactRow(NamedTuple):
    """One fact of the sheet; `value` and `kind` as they are printed, the rest normalised.

    `year` is the first year of the spells, None where the source does not state it.
    """

    source: str
    page: str
    definition: str
    year: int | None
    code: str
    sex: str
    kind: str
    value: str
    n: int | None
    url: str
    seen: str
    length_basis: str
    first_day: int
    counted: str
    period: str
    area: str
    group: str

    @property
    def population(self) -> tuple:
        """What facts must share to be of one curve."""
        return (self.source, self.definition, self.code, self.sex, self.period, self.area,
                self.group, self.length_basis, self.first_day, self.counted)  # fmt: skip

    @property
    def measure(self) -> Measure:
        """What the fact measures; its kind was found good when it was read."""
        found = parse_kind(self.kind)
        if found is None:
            raise ValueError(f"{self.kind!r} is no kind of fact")
        return found

    @property
    def bounds(self) -> tuple[float, float]:
        """What its value can be before rounding; it was found good when it was read."""
        found = parse_value(self.value, self.measure.name == SHARE)
        if found is None:
            raise ValueError(f"{self.value!r} is no value of a {self.kind}")
        return found


#: Column -> type of a fact's table in the store.
FACTS_SCHEMA = {
    name: int if name in ("year", "n", "first_day") else str for name in FactRow._fields
}


class Measure(NamedTuple):
    """What a kind measures: a share of days, a quantile of a level in percent, or a mean."""

    name: str
    first_day: int = 0
    last_day: int | None = None
    percent: int = 0


@lru_cache(maxsize=1024)
def parse_kind(text: str) -> Measure | None:
    """Read what a fact measures; None when it is none of the known kinds.

    >>> parse_kind("share >= 90 days"), parse_kind("share 8-14 days").last_day
    (Measure(name='share', first_day=90, last_day=None, percent=0), 14)
    >>> parse_kind("share > 89").first_day, parse_kind("share < 15 days").last_day
    (90, 14)
    >>> parse_kind("median").percent, parse_kind("p90").percent, parse_kind("mean").name
    (50, 90, 'mean')
    >>> parse_kind("about half")
    """
    words = " ".join(text.lower().split())
    if words in _MEANS:
        return Measure(MEAN)
    if found := _QUANTILES.get(words):
        return Measure(QUANTILE, percent=found)
    if named := re.fullmatch(r"p(\d{1,2})", words):
        return Measure(QUANTILE, percent=int(named[1])) if 0 < int(named[1]) < 100 else None
    head, _, rest = words.partition(" ")
    if head not in (SHARE, "andel") and not words.startswith((SHARE + "<", SHARE + ">")):
        return None
    band = parse_band(rest if rest else words.removeprefix(SHARE))
    return None if band is None else Measure(SHARE, *band)


@lru_cache(maxsize=1024)
def parse_value(text: str, is_share: bool) -> tuple[float, float] | None:
    """Read a printed value as what it can be before rounding; None when it is no such value.

    `text`: "27 %", "0.27", "< 5 %", "26", "34,5"; a share without % must lie below 1. Returns `lo`,
    `hi`: a share in [0, 1], else days.

    >>> parse_value("27 %", True), parse_value("<5 %", True), parse_value("26", False)
    ((0.265, 0.275), (0.0, 0.05), (25.5, 26.5))
    >>> parse_value("0.27", True), parse_value("27", True)
    ((0.265, 0.275), None)
    """
    found = _VALUE.fullmatch(text.strip())
    if found is None or bool(found[3]) > is_share:
        return None
    digits = re.sub(r"\s", "", found[2]).replace(",", ".")
    number, half = float(digits), 0.5 / 10 ** len(digits.partition(".")[2])
    if is_share and not found[3] and (number >= 1 or "." not in digits):
        return None
    scale = 100 if found[3] else 1
    most = 1.0 if is_share else float(MAX_DAYS)
    if number / scale > most:
        return None
    if sign := found[1]:
        return (0.0, number / scale) if sign[0] in "<≤" else (number / scale, most)
    lo, hi = max(number - half, 0.0) / scale, min((number + half) / scale, most)
    return round(lo, 12), round(hi, 12)


def printed_value(text: str) -> tuple[str, str, str]:
    """Return sign, number (with a point) and unit of a value that was found good.

    >>> printed_value("< 5 %"), printed_value("34,5")
    (('<', '5', '%'), ('', '34.5', ''))
    """
    found = _VALUE.fullmatch(text.strip())
    if found is None:
        raise ValueError(f"{text!r} is no printed value")
    number = re.sub(r"\s", "", found[2]).replace(",", ".")
    return found[1] or "", number, "%" if found[3] else ""


def read_sheet(
    path: Path, *, on_fault: OnFault = refuse, is_checked: bool = False
) -> list[FactRow]:
    """Read and check a literature sheet (CSV or workbook).

    `on_fault`: told of each cell that cannot be taken. `is_checked`: whether the facts are known
    not to contradict each other. Exact repetitions come once. Raises SourceError: a column is
    missing or unknown, two values of one fact, facts that contradict each other.
    """
    grid, columns = read_sheet_of(path, COLUMNS, REQUIRED, "a literature sheet")
    found, missing = [], [""] * len(grid.rows[0])
    for row in range(1, len(grid.rows)):
        cells = grid.rows[row] + missing
        said = {name: cells[n] for name, n in columns.items()}
        try:
            found.append(_checked(said))
        except _Fault as fault:
            column, what = fault.args
            line, value = grid.lines[row], said.get(column, "")[:SHOWN]
            message = f"{grid.name}, line {line}, column {column!r}: {what}"
            on_fault(CellFault(path.name, line, column, value, message))
    if not found and on_fault is refuse:
        raise SourceError(f"{path.name}: a header but no facts.")
    facts = list(dict.fromkeys(found))
    if not is_checked:
        check_facts(facts, path.name)
    return facts


def check_facts(facts: Iterable[FactRow], where: str) -> None:
    """Refuse two values of one fact, and facts of one population that no lengths can have.

    Raises SourceError.
    """
    from fmbstats.stats.stated import bounds_at

    seen: dict[tuple, str] = {}
    facts = list(facts)
    for fact in facts:
        key = (*fact.population, fact.kind)
        if seen.setdefault(key, fact.value) != fact.value:
            raise SourceError(
                f"{where}: {codes.shown(fact.code)}, {fact.kind}: two values of {fact.source!r}, "
                f"{seen[key]} and {fact.value}. If they are of two groups, say which under 'group'."
            )
    for part in populations(facts):
        try:
            bounds_at(inequalities(part), part[0].first_day, part[0].first_day - 1)
        except ValueError:
            said = "; ".join(f"{f.kind} {f.value}" for f in part)
            raise SourceError(
                f"{where}: {codes.shown(part[0].code)}, {part[0].source!r}: no lengths can have "
                f"all of this: {said}. Check the values; facts of two groups need a 'group'."
            ) from None


def inequalities(facts: Iterable[FactRow]) -> list:
    """Return the shares and quantiles of facts as the bounds take them; means say nothing."""
    from fmbstats.stats.stated import Quantile, Share

    found: list = []
    for fact in facts:
        measure, (lo, hi) = fact.measure, fact.bounds
        if measure.name == SHARE:
            last = math.inf if measure.last_day is None else measure.last_day
            found.append(Share(measure.first_day, last, lo, hi))
        elif measure.name == QUANTILE:
            found.append(Quantile(measure.percent / 100, lo, hi))
    return found


def literature_facts(facts: Iterable[FactRow], where: str) -> dict[str, tuple]:
    """Return the table ``literature.csv``: the sheet itself with every column, sorted.

    Raises SourceError: facts that contradict each other.
    """
    distinct = sorted(set(facts), key=lambda fact: [str(part or "") for part in fact])
    check_facts(distinct, where)
    return {LITERATURE_FILE: (COLUMNS, distinct)}


def populations(facts: Iterable[FactRow]) -> list[list[FactRow]]:
    """Return the facts of each population: what one curve must obey."""
    found: dict[tuple, list[FactRow]] = {}
    for fact in facts:
        found.setdefault(fact.population, []).append(fact)
    return list(found.values())


def is_sheet(path: Path) -> bool:
    """Tell whether a file is a literature sheet, by its header."""
    needed = {name.lower() for name in REQUIRED}
    return any(g.rows and needed <= {c.lower() for c in g.rows[0]} for g in peek(path))


CONTRACTS = (
    Contract(
        name="literature",
        title="literature sheet: published shares, quantiles and means",
        columns=tuple(
            Column(name, "text", _UNITS.get(name, "none"), is_required=name in REQUIRED)
            for name in COLUMNS
        ),
        is_ordered=False,
        reader=judge(read_sheet, len),
        matches=is_sheet,
    ),
)


class _Fault(Exception):
    """A cell that cannot be taken: column and what is wrong."""


def _checked(said: dict[str, str]) -> FactRow:
    for name in ("source", "definition"):
        if not said[name]:
            raise _Fault(name, "is empty; a fact needs its source and what a length is there.")
    measure = parse_kind(said["kind"])
    if measure is None:
        raise _Fault(
            "kind",
            f"{said['kind'][:SHOWN]!r} is none of 'share >= 90 days', 'share 8-14 days', 'median', "
            "'q1', 'q3', 'p90', 'mean'.",
        )
    if parse_value(said["value"], measure.name == SHARE) is None:
        expected = "27 %, 0.27 or < 5 %" if measure.name == SHARE else "days, as 26 or 34.5"
        raise _Fault("value", f"{said['value'][:SHOWN]!r} is no such value; expected {expected}.")
    years, period = years_in(said["year"]), said.get("period", "")
    if not years and said["year"].lower() not in ("", NOT_STATED):
        raise _Fault(
            "year",
            f"{said['year'][:SHOWN]!r} is not a year, nor years as 2009-2010, nor '{NOT_STATED}'.",
        )
    try:
        code = codes.code_or_range(said["code"])
    except codes.CodeError as error:
        raise _Fault("code", str(error)) from None
    text = said["sex"]
    sex = "all" if not text else text if text in SEXES else parse_sex(text)
    if sex is None:
        raise _Fault("sex", f"{text[:SHOWN]!r} is not one of all, women, men.")
    n = count_of(said["N"])
    if said["N"] and not n:
        raise _Fault(
            "N", f"{said['N'][:SHOWN]!r} is no number of spells; empty if none is printed."
        )
    return FactRow(
        **{name: said.get(name, "") for name in _AS_WRITTEN},
        year=years[0] if years else None,
        code=code,
        sex=sex,
        n=n or None,
        length_basis=_basis(said),
        first_day=_first_day(said),
        counted=_one_of("counted", said.get("counted") or COUNTED[0], COUNTED),
        period=period or (said["year"] if years else ""),
    )


def _one_of(column: str, value: str, known: tuple[str, ...]) -> str:
    if value not in known:
        raise _Fault(column, f"{value[:SHOWN]!r} is not one of {', '.join(known)}.")
    return value


def _basis(said: dict[str, str]) -> str:
    """On what lengths rest: as the column says, else as the definition does."""
    if said.get("length_basis"):
        return _one_of("length_basis", said["length_basis"], BASES)
    for basis, form in _DEFINED.items():
        if re.search(form, said["definition"]):
            return basis
    raise _Fault(
        "definition",
        f"{said['definition'][:SHOWN]!r} does not say what days are counted; add a column "
        f"length_basis ({', '.join(BASES)}).",
    )


def _first_day(said: dict[str, str]) -> int:
    """From which day spells are counted: as the column says, else as the definition does."""
    if text := said.get("first_day"):
        if not (text.isascii() and text.isdecimal() and 1 <= int(text[:6]) <= 400):
            raise _Fault("first_day", f"{text[:SHOWN]!r} is not a day from 1 to 400.")
        return int(text)
    if found := re.search(_FROM_DAY, said["definition"]):
        return int(found[1] or found[2])
    if found := re.search(_LONGER, said["definition"]):
        return int(found[1]) + 1
    raise _Fault(
        "definition",
        f"{said['definition'][:SHOWN]!r} does not say from which day spells are counted; write it "
        "('from day 8') or add a column first_day.",
    )
