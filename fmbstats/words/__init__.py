"""What the project says: phrases, numbers and dates in Swedish (default) and English."""

from __future__ import annotations

from fmbstats.words.absent import Absent, Spoken, is_spoken
from fmbstats.words.catalogue import (
    has_phrase,
    locale_of,
    phrase,
    phrase_forms,
    phrase_keys,
    phrase_text,
)
from fmbstats.words.forms import (
    age_group,
    between_ends,
    cell,
    count,
    date,
    days,
    interval,
    joined,
    number,
    percent,
    percent_sign,
    points,
    spells,
)
from fmbstats.words.languages import (
    DEFAULT_LANGUAGE,
    LANGUAGES,
    add_language,
    checked_language,
    speaking,
)
from fmbstats.words.plain import dated, has_right_to_left, visible
from fmbstats.words.strata import COUNTIES, county, stratum, stratum_title

__all__ = [
    "COUNTIES",
    "DEFAULT_LANGUAGE",
    "LANGUAGES",
    "Absent",
    "Spoken",
    "add_language",
    "age_group",
    "between_ends",
    "cell",
    "checked_language",
    "count",
    "county",
    "date",
    "dated",
    "days",
    "has_phrase",
    "has_right_to_left",
    "interval",
    "is_spoken",
    "joined",
    "locale_of",
    "number",
    "percent",
    "percent_sign",
    "phrase",
    "phrase_forms",
    "phrase_keys",
    "phrase_text",
    "points",
    "speaking",
    "spells",
    "stratum",
    "stratum_title",
    "visible",
]
