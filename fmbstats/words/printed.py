"""What we ourselves wrote of a source in data_raw, in the reader's language.

A title that was printed stays as it was printed. What we wrote beside a number (how a length was
defined, whom it is of, where it stands) is ours, and is said like all else: what the data say in
English is the English phrase.
"""

from __future__ import annotations

from functools import lru_cache

from fmbstats.words.catalogue import phrase, phrase_keys
from fmbstats.words.plain import visible

_OURS = "published.printed."


@lru_cache(maxsize=1)
def _keys() -> dict[str, str]:
    """Words of ours, as they stand in data_raw -> the key of the phrase."""
    return {phrase(key, "en"): key for key in phrase_keys(_OURS)}


def of_ours(text: str, language: str) -> str | None:
    """Return words of ours in a language; None for what was printed.

    >>> of_ours("KI's SRS models, version 2.1", "sv")
    'KI:s SRS-modeller, version 2.1'
    >>> of_ours("BMC Musculoskelet Disord 15:176", "sv")
    """
    key = _keys().get(text)
    return None if key is None else phrase(key, language)


def printed(text: str, language: str) -> str:
    """Return a text of a source: ours in the language, another as it was printed."""
    return of_ours(text, language) or visible(text)
