"""A number on its way to a reader, which carries its row; and the rows that a page has told.

Whatever shows a number, be it a table's cell, a sentence, a caption, an alternative text or a
figure, takes it from a `Told`. What a page has told is what stands in `adherence.csv`: the table is
gathered by a `Telling`, and the gate finds each number of a page by the id of its row.
"""

from __future__ import annotations

import base64
import hashlib
import math
from collections.abc import Iterator, Mapping
from contextvars import ContextVar
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from markupsafe import Markup, escape

from fmbstats import measures, words
from fmbstats.measures import COUNT, DAYS, DIFFERENCE, PROBABILITY, SHARE, Measure
from fmbstats.words import Absent, Spoken

NOTHING = math.nan
# What a row of `adherence.csv` says, in the order of its columns.
COLUMNS = (
    "row", "slug", "dx", "rec_id", "rec_version", "start_year", "entry_days", "length_basis",
    "cutoff", "data_vintage", "part", "by", "stratum", "label", "metric", "estimate", "lo", "hi",
    "limit_days", "day", "method", "n_spells", "n_events", "n_at_risk_at_r", "flags",
)  # fmt: skip
NUMBERS = (
    "start_year", "entry_days", "estimate", "lo", "hi", "limit_days", "day", "n_spells",
    "n_events", "n_at_risk_at_r",
)  # fmt: skip
# What tells one row from all others of a folder; never a value, so that an id can be made at once.
_IDENTITY = (
    "slug", "dx", "start_year", "data_vintage", "part", "by", "stratum", "label", "metric",
    "limit_days", "day", "method",
)  # fmt: skip
SMALLEST_P = 0.001


@dataclass(frozen=True, eq=False)
class Told:
    """A number with its row, or the reason why there is none.

    Raises UnknownNameError: no such measure, or no such groups.

    Examples
    --------
    >>> over = Told("share_over_longest", 0.3, 0.289, 0.31)
    >>> over.text("en", interval=True)
    '30.0% (28.9–31.0%)'
    >>> print(over.html("en"))
    <data value="0.3" data-row="jy36kc5pw45q">30.0%</data>
    """

    metric: str  #: Key of a measure (`fmbstats.measures`).
    #: `estimate`, `lo`, `hi`: as the measure stores them (shares in 0-1); NaN where there is none.
    estimate: float = NOTHING
    lo: float = NOTHING
    hi: float = NOTHING
    #: `by`, `stratum`: what the groups are (`measures.GROUPS`), and which of them.
    by: str = "all"
    stratum: str = "all"
    part: str = ""  #: The part of a report that the number belongs to.
    label: str = ""  #: FMB's or a publisher's own words for what the number is about.
    #: `limit_days`, `day`: the limit that a share is over; the day of a curve; NaN for neither.
    limit_days: float = NOTHING
    day: float = NOTHING
    n_spells: float = NOTHING  #: Spells that the number rests on.
    flags: str = ""  #: Reservations and reasons, separated by spaces.
    reason: Spoken | None = None  #: Stands in place of the number.
    #: Other columns of the row, such as method or slug; see `COLUMNS`.
    more: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        measures.measure(self.metric)
        measures.checked_group(self.by)
        unknown = self.more.keys() - set(COLUMNS)
        if unknown:
            raise ValueError(f"{sorted(unknown)}: no columns of adherence.csv")

    @property
    def measure(self) -> Measure:
        """What kind of number it is."""
        return measures.measure(self.metric)

    @property
    def is_known(self) -> bool:
        """Whether there is a number."""
        return self.reason is None and not _is_nan(self.estimate)

    def with_(self, **changes: Any) -> Told:
        """Return the same number with other attributes, or other columns of its row."""
        own = {k: v for k, v in changes.items() if k in self.__dataclass_fields__}
        more = {k: v for k, v in changes.items() if k not in own}
        return replace(self, **own, more={**self.more, **more})

    # -- for a reader -------------------------------------------------------------------------

    def text(
        self,
        language: str = "",
        *,
        interval: bool = False,
        unit: bool = False,
        decimals: int | None = None,
    ) -> str:
        """Write the number, or the reason for none, as plain text.

        `language`: "sv" or "en". `interval`: with its limits in brackets, where it has any. `unit`:
        with its noun: days or spells. `decimals`: other than the measure's own.
        """
        return "".join(text for text, _ in self._pieces(language, interval, unit, decimals))

    def html(
        self,
        language: str = "",
        *,
        interval: bool = False,
        unit: bool = False,
        decimals: int | None = None,
    ) -> Markup:
        """Write the number as `text` does, each of its parts with its value and the row's id.

        What is told so is gathered by the `Telling` that is open.
        """
        row = tell(self)
        pieces = self._pieces(language, interval, unit, decimals)
        return Markup("").join(_data(text, self, name, row) for text, name in pieces)

    def whole(self, language: str = "", *, points: bool = True) -> Markup:
        """Write number and interval as one, in a third of the bytes: where a table has many.

        `points`: with the noun of percentage points.
        """
        text = self.text(language, interval=True)
        if not points:
            text = text.replace(" " + words.phrase("unit.points", language), "")
        return _data(text, self, "estimate", tell(self))

    def range(self, language: str = "") -> Markup:
        """Write only the two ends, for bounds: 28,9-31,0 %; gathered as in `html`."""
        row, pieces = tell(self), _ends(self, language, self.measure.decimals)
        return Markup("").join(_data(text, self, name, row) for text, name in pieces)

    def of(self, column: str, language: str = "", *, unit: bool = False):
        """Write another number of the row: ``n_spells``, ``limit_days``, ``day``."""
        value = getattr(self, column, self.more.get(column, NOTHING))
        write = words.spells if column.startswith("n_") else words.days
        text = write(value, language) if unit else words.count(value, language)
        return _data(text, self, column, tell(self))

    def _pieces(self, language, interval, unit, decimals) -> Iterator[tuple[str, str]]:
        """Yield text and the row's column that it tells ("" for signs between)."""
        digits = self.measure.decimals if decimals is None else decimals
        yield self._written(self.estimate, language, digits, unit), "estimate"
        has_ends = not (_is_nan(self.lo) and _is_nan(self.hi))
        if interval and has_ends and self.is_known:
            yield " (", ""
            yield from _ends(self, language, digits)
            yield ")", ""

    def _written(self, value: float, language: str, decimals: int, unit: bool) -> str:
        if self.reason is not None:
            return self.reason.text(language)
        if _is_nan(value):
            known = Absent._value2member_map_
            reasons = (Absent(flag) for flag in self.flags.split() if flag in known)
            return next(reasons, Absent.MISSING).text(language)
        return _write(self.measure, value, language, decimals, unit)

    # -- for the table ------------------------------------------------------------------------

    @cached_property
    def cells(self) -> dict[str, str]:
        """The row as text, without empty cells; without what the telling adds."""
        found = {name: getattr(self, name) for name in COLUMNS if name in self.__dataclass_fields__}
        found |= dict(self.more) | {"metric": self.metric, "flags": self._flags}
        if not self.is_known:
            found["estimate"] = NOTHING
        texts = {name: cell_text(value) for name, value in found.items()}
        return {name: text for name, text in texts.items() if text}

    @property
    def _flags(self) -> str:
        if self.is_known or self.flags:
            return self.flags
        if self.reason is not None:
            return str(getattr(self.reason, "kind", None) or getattr(self.reason, "value", ""))
        return Absent.MISSING.value if _is_nan(self.lo) and _is_nan(self.hi) else "bounds_only"


def row_id(cells: Mapping[str, str]) -> str:
    """Return the id of a row: the same for the same number wherever it is told; a table's stays.

    Examples
    --------
    >>> row_id({"metric": "n_spells", "slug": "a"}) == row_id({"slug": "a", "metric": "n_spells"})
    True
    """
    if "row" in cells:
        return cells["row"]
    identity = "\0".join(cells.get(name, "") for name in _IDENTITY)
    digest = hashlib.blake2b(identity.encode("utf-8"), digest_size=7).digest()
    return base64.b32encode(digest).decode("ascii").rstrip("=").lower()


class Telling:
    """Gathers the rows of what is told while it is open.

    `**about`: what is the same in all rows: slug, dx, rec_id and so on; a row's own word goes
    first.

    Examples
    --------
    >>> with Telling(slug="f32") as telling:
    ...     said = Told("n_spells", 12).html("en")
    >>> [(row["slug"], row["metric"], row["estimate"]) for row in telling.rows]
    [('f32', 'n_spells', '12')]
    """

    def __init__(self, **about: Any) -> None:
        unknown = about.keys() - set(COLUMNS)
        if unknown:
            raise ValueError(f"{sorted(unknown)}: no columns of adherence.csv")
        self._about = {k: t for k, v in about.items() if (t := cell_text(v))}
        self._rows: dict[str, dict[str, str]] = {}

    def __enter__(self) -> Telling:
        self._token = _OPEN.set((*_OPEN.get(), self))
        return self

    def __exit__(self, *exception: object) -> None:
        _OPEN.reset(self._token)

    def add(self, told: Told) -> str:
        """Gather a told value; return its row's id.

        Raises ValueError: the same number was told before with another value: a fact has two homes.
        """
        cells = self._about | told.cells
        key = row_id(cells)
        found = {"row": key} | cells
        known = self._rows.setdefault(key, found)
        if known is not found and known != found:
            differ = {n for n in known.keys() | found.keys() if known.get(n) != found.get(n)}
            raise ValueError(f"{cells['metric']} is told twice with other {sorted(differ)}")
        return key

    @property
    def rows(self) -> list[dict[str, str]]:
        """The rows as text, in the order in which they were first told; empty cells left out."""
        return list(self._rows.values())


_OPEN: ContextVar[tuple[Telling, ...]] = ContextVar("open tellings", default=())


def tell(told: Told) -> str:
    """Hand a told value to the innermost open `Telling`; return its row's id."""
    found = _OPEN.get()
    return found[-1].add(told) if found else row_id(told.cells)


def sentence(key: str, language: str = "", **values: Any) -> Markup:
    """Fill a phrase: told values by their `html`, all else escaped.

    Examples
    --------
    >>> print(sentence("absent.suppressed.short", "en", threshold=Told("threshold", 5)))
    fewer than <data value="5" data-row="kglvuhsz4i7a">5</data>
    """
    template = escape(words.phrase_text(key, language, values))
    shown = {
        name: value.html(language) if isinstance(value, Told) else escape(value)
        for name, value in values.items()
    }
    return template.format(**shown)


def cell_text(value: Any) -> str:
    """Write a cell of `adherence.csv`: numbers with ten digits, nothing for NaN and None.

    Examples
    --------
    >>> cell_text(1 / 3), cell_text(12), cell_text(None), cell_text("all")
    ('0.3333333333', '12', '', 'all')
    """
    if isinstance(value, str):
        return words.visible(value)
    if value is None or _is_nan(value):
        return ""
    return f"{value:.10g}" if isinstance(value, int | float) else words.visible(value)


def _data(text: str, told: Told, column: str, row: str) -> Markup:
    if not column:
        return escape(text)
    value = told.cells.get(column, "")
    of = "" if column == "estimate" else Markup(' data-of="{}"').format(column)
    return Markup('<data value="{}" data-row="{}"{}>{}</data>').format(value, row, of, text)


def _ends(told: Told, language: str, decimals: int) -> Iterator[tuple[str, str]]:
    """Yield the two ends; the sign of a share stands at the last one."""
    kind = told.measure
    last = _end(told.hi, kind, language, decimals)
    if _is_nan(told.lo) or _is_nan(told.hi):
        yield _end(told.lo, kind, language, decimals), "lo"
        yield " – ", ""
    elif _end(told.lo, kind, language, decimals) != last:
        scale = 100 if kind.is_share else 1
        yield words.number(told.lo * scale, decimals, language), "lo"
        yield words.between_ends(told.lo, language), ""
    yield last, "hi"


def _end(value: float, kind: Measure, language: str, decimals: int) -> str:
    if _is_nan(value):
        return Absent.NOT_REACHED.text(language)
    if kind.kind == DIFFERENCE:
        return words.number(value * 100, decimals, language)
    return _write(kind, value, language, decimals, unit=False)


def _write(kind: Measure, value: float, language: str, decimals: int, unit: bool) -> str:
    if kind.kind == SHARE:
        return words.percent(value, decimals, language)
    if kind.kind == DIFFERENCE:
        return words.points(value, decimals, language)
    if kind.kind == PROBABILITY and value < SMALLEST_P:
        return "<" + words.number(SMALLEST_P, 3, language)
    if unit and kind.kind == DAYS:
        return words.days(value, language, decimals)
    if unit and kind.kind == COUNT and kind.unit == "spells":
        return words.spells(value, language)
    return words.number(value, decimals, language)


def _is_nan(value: object) -> bool:
    return value is None or value != value
