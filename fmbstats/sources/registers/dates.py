"""The forms in which registers write days, each under the name that a mapping's `dates` takes.

A day never shifts: text is taken as it stands, numbers are counted from the origin that was named,
and an instant becomes a day only in a time zone that somebody named. What has a time of day other
than midnight is no day.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import polars as pl

ISO = "YYYY-MM-DD"
_FIRST, _LAST = date(1, 1, 1), date(9999, 12, 31)
_EPOCH = date(1970, 1, 1)
_MIDNIGHT = r"[T ]00:00(?::00(?:[.,]0+)?)?"
_DAY_SECONDS = 24 * 60 * 60


@dataclass(frozen=True)
class DateForm:
    """One way to write a day."""

    name: str  #: What a mapping calls it.
    example: str  #: 2 January 2014.
    pattern: str  #: Regular expression of the whole text.
    format: str = ""  #: For strptime; "" for numbers.
    n_used: int | None = None  #: Characters of the text that are the day; None for all.
    origin: date | None = None  #: Day 0 of numbers.
    units_per_day: int = 1  #: 1 for numbers of days, 86 400 for seconds.
    is_instant: bool = False  #: A moment; which day it is depends on the time zone.

    @property
    def is_number(self) -> bool:
        """Whether days are counted from an origin."""
        return self.origin is not None


_NUMBER = r"-?\d+(?:[.,]0+)?"


def _numbers(name: str, origin: date, units_per_day: int = 1) -> DateForm:
    example = (date(2014, 1, 2) - origin).days * units_per_day
    return DateForm(name, str(example), _NUMBER, origin=origin, units_per_day=units_per_day)


#: By name; the texts first, in the order in which a column is looked at.
FORMS: dict[str, DateForm] = {
    form.name: form
    for form in (
        DateForm(ISO, "2014-01-02", r"\d{4}-\d\d-\d\d", "%Y-%m-%d"),
        DateForm("YYYYMMDD", "20140102", r"\d{8}(?:\.0)?", "%Y%m%d", 8),
        DateForm(
            "YYYY-MM-DD hh:mm:ss", "2014-01-02 00:00:00", r"\d{4}-\d\d-\d\d" + _MIDNIGHT,
            "%Y-%m-%d", 10,
        ),
        DateForm(
            "YYYY-MM-DDThh:mm:ssZ", "2014-01-01T23:00:00Z",
            r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:?\d\d)", is_instant=True,
        ),
        DateForm("YYYY/MM/DD", "2014/01/02", r"\d{4}/\d\d/\d\d", "%Y/%m/%d"),
        DateForm("YYYY.MM.DD", "2014.01.02", r"\d{4}\.\d\d\.\d\d", "%Y.%m.%d"),
        # Where the year comes last nothing can be cut off unseen: 2/1/2014 is as good.
        DateForm("DD.MM.YYYY", "02.01.2014", r"\d\d?\.\d\d?\.\d{4}", "%d.%m.%Y"),
        DateForm("DD/MM/YYYY", "02/01/2014", r"\d\d?/\d\d?/\d{4}", "%d/%m/%Y"),
        DateForm("MM/DD/YYYY", "01/02/2014", r"\d\d?/\d\d?/\d{4}", "%m/%d/%Y"),
        DateForm("DD-MM-YYYY", "02-01-2014", r"\d\d?-\d\d?-\d{4}", "%d-%m-%Y"),
        # SAS writes points in time with a colon after the day.
        DateForm(
            "DDMONYYYY", "02JAN2014",
            r"\d\d[A-Za-z]{3}\d{4}(?::00:00(?::00(?:\.0+)?)?)?", "%d%b%Y", 9,
        ),
        DateForm("DD-MON-YYYY", "02-JAN-2014", r"\d\d-[A-Za-z]{3}-\d{4}", "%d-%b-%Y"),
        _numbers("sas", date(1960, 1, 1)),
        _numbers("stata", date(1960, 1, 1)),
        _numbers("excel", date(1899, 12, 30)),
        _numbers("excel 1904", date(1904, 1, 1)),
        _numbers("unix", _EPOCH),
        _numbers("sas seconds", date(1960, 1, 1), _DAY_SECONDS),
        _numbers("stata milliseconds", date(1960, 1, 1), 1000 * _DAY_SECONDS),
        _numbers("spss", date(1582, 10, 14), _DAY_SECONDS),
    )
}  # fmt: skip
ORIGINS = (
    "'sas' or 'stata' (days since 1960-01-01), 'excel' (since 1899-12-30), 'unix' (since "
    "1970-01-01), 'spss' and 'sas seconds' (seconds), 'YYYYMMDD'"
)


def days_of_texts(text: pl.Expr, form: DateForm, time_zone: str = "") -> pl.Expr:
    """Read texts as days; null where a text is none in this form.

    `text`: of str. `time_zone`: in which the day of an instant is meant; needed for these only.
    """
    # The parsers take "2024-02-1"; a day that is cut off must not become another one.
    whole = pl.when(text.str.contains(f"^(?:{form.pattern})$")).then(text)
    if form.is_number:
        number = whole.str.replace(",", ".", literal=True).cast(pl.Float64, strict=False)
        return days_of_numbers(number, form)
    if form.is_instant:
        # Times without seconds' fractions and with; "Z" and offsets are known to the parser.
        moment = whole.str.replace(" ", "T", literal=True).str.replace(r"Z$", "+0000")
        moment = moment.str.replace(r"\.\d+", "").str.replace(r":(\d\d)$", "${1}")
        at = whole.str.contains(r"\.0*[1-9]").not_()
        parsed = moment.str.replace(r"([+-]\d\d)(\d\d)$", "${1}:${2}").str.to_datetime(
            "%Y-%m-%dT%H:%M:%S%:z", time_unit="us", time_zone="UTC", strict=False
        )
        days = local_days(pl.when(at).then(parsed), time_zone)
        # Midnights in the offset itself, as of a clock without summer time: the days are these,
        # where the named place was on the same day then.
        own = pl.when(whole.str.contains(r"[T ]00:00:00")).then(whole.str.slice(0, 10))
        there = parsed.dt.convert_time_zone(time_zone).dt.date()
        is_same = own.str.to_date("%Y-%m-%d", strict=False) == there
        return pl.coalesce(days, pl.when(at & is_same).then(there))
    used = whole if form.n_used is None else whole.str.slice(0, form.n_used)
    if "%b" in form.format:
        used = used.str.to_lowercase().str.replace("maj", "may").str.replace("okt", "oct")
        used = used.str.to_titlecase()
    return used.str.to_date(form.format, strict=False)


def days_of_numbers(number: pl.Expr, form: DateForm) -> pl.Expr:
    """Read numbers as days; null where a number is no whole day from year 1 to 9999."""
    origin = form.origin
    if origin is None:  # 20140102 written as a number
        return days_of_texts(number.cast(pl.Int64, strict=False).cast(pl.String), form)
    day = number / form.units_per_day
    first, last = ((limit - origin).days for limit in (_FIRST, _LAST))
    is_day = (day == day.round()) & day.is_between(max(first, -(2**31) + 1), last)
    shifted = pl.when(is_day).then(day) + (origin - _EPOCH) // timedelta(days=1)
    return shifted.cast(pl.Int32).cast(pl.Date)


def local_days(moment: pl.Expr, time_zone: str) -> pl.Expr:
    """Return the day that begins at a moment in a time zone; null where none begins then."""
    local = moment.dt.convert_time_zone(time_zone).dt.replace_time_zone(None)
    return pl.when(local == local.dt.truncate("1d")).then(local.dt.date())


def names_a_place(time_zone: str) -> bool:
    """Whether a time zone is that of a place, not UTC or an offset of so many hours.

    >>> names_a_place("Europe/Stockholm"), names_a_place("UTC"), names_a_place("Etc/GMT-1")
    (True, False, False)
    """
    if time_zone.startswith("Etc/") or not is_time_zone(time_zone):
        return False
    return time_zone.upper() not in ("UTC", "GMT", "UCT", "ZULU", "UNIVERSAL", "GREENWICH", "GMT0")


def is_time_zone(name: str) -> bool:
    """Whether a name is one of the IANA's.

    >>> is_time_zone("Europe/Stockholm"), is_time_zone("Sverige")
    (True, False)
    """
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True
