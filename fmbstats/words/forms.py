"""Numbers, percentages, dates and counts as the reader's language writes them (Babel).

What stands where a number is not there says why: each reason is its own value with its own words.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Sequence
from decimal import Decimal
from enum import Enum
from functools import lru_cache
from typing import Any, Protocol, TypeGuard, runtime_checkable

from fmbstats.words.catalogue import checked_language, phrase, texts

NBSP = "\N{NO-BREAK SPACE}"


@runtime_checkable
class Spoken(Protocol):
    """A value that stands where a number would and says why it is none."""

    def text(self, language: str = "") -> str:
        """Return the short words, fit for a table cell."""
        ...


def is_spoken(value: object) -> TypeGuard[Spoken]:
    """Say whether `value` stands in place of a number (see `Spoken`).

    Examples
    --------
    >>> is_spoken(Absent.NO_SPELLS), is_spoken(0.5), is_spoken("text")
    (True, False, False)
    """
    return callable(getattr(value, "text", None))


class Absent(Enum):
    """The reasons for which a number is not estimable; the values are the flags of results.

    Zero, missing, suppressed and "not reached" are different values and never share words. No
    `StrEnum`: pandas would turn a column of these into plain strings.
    """

    TRUNCATED_R = "truncated_r"
    BEYOND_FOLLOWUP = "beyond_followup"
    BEYOND_HORIZON = "beyond_horizon"
    NOT_REACHED = "not_reached"
    NO_SPELLS = "no_spells"
    PROTECTED = "protected"
    SMALL_N = "small_n"
    NO_LIMIT = "no_limit"
    NO_EDITION = "no_edition"
    SEVERAL_LIMITS = "several_limits"
    OPEN_ENDED = "open_ended"
    EVENT_BOUND = "event_bound"
    PERMANENT = "permanent"
    INDIVIDUAL = "individual"
    NOT_GIVEN = "not_given"
    ADDITIONAL = "additional"
    VAGUE = "vague"
    CASE_WITHOUT_LIMIT = "case_without_limit"
    BOUNDS_ONLY = "bounds_only"
    VARIANT_UNKNOWN = "variant_unknown"
    NO_CURVE = "no_curve"
    NO_PUBLISHED = "no_published"
    NOT_IN_SOURCE = "not_in_source"
    NOT_APPLICABLE = "not_applicable"
    MISSING = "missing"

    def text(self, language: str = "") -> str:
        """Return the short words, fit for a table cell.

        Examples
        --------
        >>> Absent.NOT_REACHED.text()
        'ej uppnådd'
        """
        return phrase(f"absent.{self.value}.short", language)

    def sentence(self, language: str = "") -> str:
        """Return a whole sentence that explains the reason.

        Examples
        --------
        >>> Absent.NO_SPELLS.sentence("en")
        'There are no spells in this group.'
        """
        return phrase(f"absent.{self.value}.sentence", language)


@lru_cache(maxsize=8)
def _signs(language: str) -> dict[int, str]:
    """Python's signs -> the language's; formatting so is ten times faster than by pattern."""
    own = texts(language)
    return str.maketrans({",": own.group, ".": own.point, "-": "\N{MINUS SIGN}"})


def _is_missing(x: Any) -> bool:
    return x is None or (isinstance(x, float) and math.isnan(x)) or x != x


def _words_for(x: object, language: str) -> str | None:
    """Words when `x` is no number, else None."""
    if is_spoken(x):
        return x.text(language)
    return Absent.MISSING.text(language) if _is_missing(x) else None


def number(x: Any, decimals: int = 0, language: str = "") -> str:
    r"""Write a number: 12 345,6 in Swedish, 12,345.6 in English.

    Parameters
    ----------
    x : float, int, Spoken or None
        A value that is absent or protected is written in its words; None and NaN as missing.
    decimals : int
        Digits after the decimal sign, 0 or more; ties are rounded to even.
    language : str
        By default the one that is spoken.

    Returns
    -------
    str
        Groups are parted by no-break spaces in Swedish.

    Raises
    ------
    ValueError
        When `x` is infinite: an infinite length is a missing answer, not a number.

    Examples
    --------
    >>> number(12345.64, 1).replace("\N{NO-BREAK SPACE}", " ")
    '12 345,6'
    >>> number(12345.64, 1, "en")
    '12,345.6'
    """
    language = checked_language(language)
    words = _words_for(x, language)
    if words is not None:
        return words
    if math.isinf(float(x)):
        raise ValueError("an infinite value has no written form; use Absent.NOT_REACHED")
    value = round(Decimal(str(x)), decimals)
    return f"{value or Decimal(0):,.{decimals}f}".translate(_signs(language))


def percent(x: Any, decimals: int = 1, language: str = "") -> str:
    r"""Write a share in 0-1 as a percentage: 12,3 % in Swedish, 12.3% in English.

    Examples
    --------
    >>> percent(0.123).replace("\N{NO-BREAK SPACE}", " ")
    '12,3 %'
    >>> percent(0.123, language="en")
    '12.3%'
    """
    words = _words_for(x, checked_language(language))
    if words is not None:
        return words
    return number(Decimal(str(x)) * 100, decimals, language) + percent_sign(language)


def percent_sign(language: str = "") -> str:
    r"""Return the sign as it follows a number, with the space that the language sets before it.

    Examples
    --------
    >>> percent_sign("sv"), percent_sign("en")
    ('\xa0%', '%')
    """
    return texts(checked_language(language)).percent


def points(x: object, decimals: int = 1, language: str = "") -> str:
    r"""Write a difference of shares, given in 0-1, in percentage points.

    Examples
    --------
    >>> points(0.021, language="en").replace("\N{NO-BREAK SPACE}", " ")
    '2.1 percentage points'
    """
    words = _words_for(x, checked_language(language))
    if words is not None:
        return words
    written = number(Decimal(str(x)) * 100, decimals, language)
    return f"{written}{NBSP}{phrase('unit.points', language)}"


def _counted(n: object, key: str, decimals: int, language: str) -> str:
    words = _words_for(n, checked_language(language))
    if words is not None:
        return words
    noun = phrase(f"{key}.one" if n == 1 else f"{key}.many", language)
    return f"{number(n, decimals, language)}{NBSP}{noun}"


def days(n: Any, language: str = "", decimals: int = 0) -> str:
    r"""Write a number of days with its unit.

    Examples
    --------
    >>> days(1), days(90)
    ('1\xa0dag', '90\xa0dagar')
    """
    return _counted(n, "unit.days", decimals, language)


def spells(n: object, language: str = "") -> str:
    r"""Write a number of spells with its noun.

    Examples
    --------
    >>> spells(2, "en")
    '2\xa0spells'
    """
    return _counted(n, "unit.spells", 0, language)


def count(n: Any, language: str = "") -> str:
    """Write a count (a whole number, or the words of a protected one)."""
    return number(n, 0, language)


def date(d: Any, language: str = "", style: str = "long") -> str:
    """Write a date: 2 april 2020 or, short, 2020-04-02.

    Parameters
    ----------
    d : datetime.date, str or None
        A date or its ISO form; None is written as missing.
    language : str
        By default the one that is spoken.
    style : {'long', 'short'}
        Short is ISO in both languages, so that columns of dates align and sort.

    Examples
    --------
    >>> date("2020-04-02"), date("2020-04-02", "en"), date("2020-04-02", style="short")
    ('2 april 2020', '2 April 2020', '2020-04-02')
    """
    checked_language(language)
    if _is_missing(d):
        return Absent.MISSING.text(language)
    day = dt.date.fromisoformat(d[:10]) if isinstance(d, str) else d
    if style == "short":
        return f"{day:%Y-%m-%d}"
    return f"{day.day} {texts(checked_language(language)).months[day.month - 1]} {day.year}"


def between_ends(lo: float, language: str = "") -> str:
    """Return what stands between an interval's ends: a dash, or a word beside a minus sign.

    Examples
    --------
    >>> between_ends(2.0, "sv"), between_ends(-4.0, "sv"), between_ends(-4.0, "en")
    ('–', ' till ', ' to ')
    """
    return f" {phrase('interval.to', language)} " if lo < 0 else "–"


def interval(lo: Any, hi: Any, kind: str = "percent", decimals: int = 1, language: str = "") -> str:
    r"""Write an interval: 12,3–14,5 % in Swedish, 12.3–14.5% in English; one value when equal.

    Parameters
    ----------
    lo, hi : float or Spoken
        The ends, shares in 0-1 for ``kind='percent'``.
    kind : {'percent', 'number', 'days'}

    Examples
    --------
    >>> interval(0.123, 0.145, language="en")
    '12.3–14.5%'
    >>> interval(28, 90, "days", 0, "en").replace("\N{NO-BREAK SPACE}", " ")
    '28–90 days'
    """
    write = {
        "percent": lambda x: percent(x, decimals, language),
        "number": lambda x: number(x, decimals, language),
        "days": lambda x: days(x, language, decimals),
    }[kind]
    first, last = write(lo), write(hi)
    if first == last:
        return last
    if _words_for(lo, language) or _words_for(hi, language):
        return f"{first} – {last}"
    bare = Decimal(str(lo)) * (100 if kind == "percent" else 1)
    return f"{number(bare, decimals, language)}{between_ends(lo, language)}{last}"


def cell(x: object, kind: str = "number", decimals: int = 0, language: str = "") -> str:
    """Write one table cell of a given kind; absent and protected values in their words.

    Parameters
    ----------
    kind : {'number', 'percent', 'days', 'date', 'text'}
        Days are written without the unit, which belongs to the column's head.
    """
    if kind == "percent":
        return percent(x, decimals, language)
    if kind == "date":
        return x.text(language) if is_spoken(x) else date(x, language, "short")
    if kind == "text":
        return _words_for(x, language) or str(x)
    return number(x, decimals, language)


def joined(parts: Sequence[str], language: str = "") -> str:
    """Join words into a list: a, b och c.

    Examples
    --------
    >>> joined(["a", "b", "c"]), joined(["a", "b"], "en")
    ('a, b och c', 'a and b')
    """
    if len(parts) < 2:
        return "".join(parts)
    return f"{', '.join(parts[:-1])} {phrase('word.and', language)} {parts[-1]}"
