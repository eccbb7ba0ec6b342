"""What the project says: phrases, numbers and dates in Swedish (default) and English."""

from __future__ import annotations

from fmbstats.words.absent import Absent, Spoken, is_spoken
from fmbstats.words.catalogue import has_phrase, phrase, phrase_keys, phrase_text
from fmbstats.words.forms import (
    age_group,
    cell,
    count,
    date,
    days,
    interval,
    joined,
    number,
    percent,
    points,
    spells,
)
from fmbstats.words.languages import DEFAULT_LANGUAGE, LANGUAGES, checked_language
from fmbstats.words.plain import has_right_to_left, visible
from fmbstats.words.strata import COUNTY_NAMES, county, stratum, stratum_title

__all__ = [
    "COUNTY_NAMES",
    "DEFAULT_LANGUAGE",
    "LANGUAGES",
    "Absent",
    "Spoken",
    "age_group",
    "cell",
    "checked_language",
    "count",
    "county",
    "date",
    "days",
    "has_phrase",
    "has_right_to_left",
    "interval",
    "is_spoken",
    "joined",
    "number",
    "percent",
    "phrase",
    "phrase_keys",
    "phrase_text",
    "points",
    "spells",
    "stratum",
    "stratum_title",
    "visible",
]
