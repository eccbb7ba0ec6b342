"""The languages there are and the conventions of each."""

from __future__ import annotations

from fmbstats.errors import UnknownNameError

DEFAULT_LANGUAGE = "sv"
LANGUAGES = ("sv", "en")
# British English: day before month and a comma between thousands, as in European statistics.
LOCALES = {"sv": "sv_SE", "en": "en_GB"}


def checked_language(language: str) -> str:
    """Return `language` if it is known.

    Raises
    ------
    UnknownNameError
        When it is neither 'sv' nor 'en'.

    Examples
    --------
    >>> checked_language("sv")
    'sv'
    """
    if language not in LANGUAGES:
        raise UnknownNameError.among("Language", str(language), LANGUAGES, "Use 'sv' or 'en'.")
    return language
