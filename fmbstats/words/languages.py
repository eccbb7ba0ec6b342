"""The languages there are, and which one is spoken now.

A language is a file: `catalogues/<language>.po`. Its header names the locale whose numbers and
dates it writes.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path

from fmbstats.errors import UnknownNameError

CATALOGUES = Path(__file__).parent / "catalogues"
DEFAULT_LANGUAGE = "sv"
# Those that fmbstats ships, the default first.
LANGUAGES = tuple(
    sorted((path.stem for path in CATALOGUES.glob("*.po")), key=lambda x: (x != "sv", x))
)
_FILES = {language: CATALOGUES / f"{language}.po" for language in LANGUAGES}
_SPOKEN: ContextVar[str] = ContextVar("language", default=DEFAULT_LANGUAGE)


def add_language(path: Path) -> str:
    """Make a catalogue of one's own known; return its language, the name of the file.

    Phrases that it lacks are said in English.
    """
    _FILES[path.stem] = path
    return path.stem


def catalogue_file(language: str) -> Path:
    """Return the file of a known language."""
    return _FILES[language]


@contextmanager
def speaking(language: str) -> Iterator[str]:
    """Say everything in `language` where a call names none.

    Examples
    --------
    >>> from fmbstats import words
    >>> with words.speaking("en"):
    ...     words.percent(0.123)
    '12.3%'
    """
    token = _SPOKEN.set(checked_language(language))
    try:
        yield _SPOKEN.get()
    finally:
        _SPOKEN.reset(token)


def checked_language(language: str = "") -> str:
    """Return `language` if it is known; empty for the one that is spoken (see `speaking`).

    Raises
    ------
    UnknownNameError
        There is no catalogue of it.

    Examples
    --------
    >>> checked_language("en"), checked_language("")
    ('en', 'sv')
    """
    if not language:
        return _SPOKEN.get()
    if language not in _FILES:
        known = " or ".join(map(repr, _FILES))
        raise UnknownNameError.among("Language", str(language), _FILES, f"Use {known}.")
    return language
