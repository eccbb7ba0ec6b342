"""Limits as figures draw them: those that came or went during the year are dated."""

from __future__ import annotations

from collections.abc import Iterable

from fmbstats import figures, words
from fmbstats.recommendations.yardstick import DatedLimit
from fmbstats.words import phrase


def limit_lines(limits: Iterable[DatedLimit], language: str) -> list[figures.LimitLine]:
    r"""Return limits as lines to draw.

    Examples
    --------
    >>> from datetime import date
    >>> (line,) = limit_lines([DatedLimit(365, until=date(2017, 1, 29))], "sv")
    >>> line.label, line.is_past
    ('365\xa0dagar, till 29 januari 2017', True)
    """
    return [
        figures.LimitLine(limit.days, _label(limit, language), limit.until is not None)
        for limit in limits
    ]


def _label(limit: DatedLimit, language: str) -> str:
    """Days and dates; empty for a limit that held all the year."""
    kind = "until" if limit.until else "since" if limit.since else ""
    if not kind:
        return ""
    day = words.date(limit.until or limit.since, language)
    return phrase(f"limit.line.{kind}", language, days=words.days(limit.days, language), day=day)
