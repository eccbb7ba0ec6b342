"""The phrase catalogue: one key, one pair (Swedish, English); half a translation cannot exist."""

from __future__ import annotations

import pkgutil
import re
from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from types import MappingProxyType

from fmbstats.words.languages import DEFAULT_LANGUAGE, LANGUAGES, checked_language

_PERCENT = re.compile(r"(\d) %")


def _sources() -> list[str]:
    """Name the modules `phrases_*` of this package: each room may add its own."""
    folder = str(Path(__file__).parent)
    names = (module.name for module in pkgutil.iter_modules([folder]))
    return sorted(f"fmbstats.words.{name}" for name in names if name.startswith("phrases_"))


def _merged() -> dict[str, tuple[str, str]]:
    """Join the catalogues; a key in two of them is our own mistake."""
    merged: dict[str, tuple[str, str]] = {}
    for name in _sources():
        phrases = import_module(name).PHRASES
        twice = merged.keys() & phrases.keys()
        assert not twice, f"phrases defined twice: {sorted(twice)}"
        merged.update({key: (_bound(sv), en) for key, (sv, en) in phrases.items()})
    return merged


def _bound(swedish: str) -> str:
    """Keep a number and its per cent sign on one line, as Swedish writes them apart."""
    return _PERCENT.sub("\\1\N{NO-BREAK SPACE}%", swedish)


PHRASES: Mapping[str, tuple[str, str]] = MappingProxyType(_merged())


def phrase(key: str, language: str = DEFAULT_LANGUAGE, **values: object) -> str:
    """Return the phrase `key` in `language` with `values` put in.

    Parameters
    ----------
    key : str
        E.g. ``"section.curve.title"``; see `phrase_keys`.
    language : {'sv', 'en'}
    **values : str
        What the placeholders of the phrase stand for, already written out in `language`.

    Returns
    -------
    str
        Plain text, not escaped for HTML.

    Raises
    ------
    KeyError
        When the key, or a value that it needs, is missing.

    Examples
    --------
    >>> phrase("section.curve.title")
    'Hur länge sjukfallen varar'
    >>> phrase("absent.suppressed.short", "en", threshold=5)
    'fewer than 5'
    """
    text = phrase_text(key, language)
    try:
        return text.format(**values)
    except KeyError as missing:
        raise KeyError(f"phrase {key!r} needs a value for {missing}") from None


def phrase_text(key: str, language: str = DEFAULT_LANGUAGE) -> str:
    """Return the phrase `key` with its placeholders, which stand in braces."""
    return PHRASES[key][LANGUAGES.index(checked_language(language))]


def has_phrase(key: str) -> bool:
    """Say whether the catalogue holds `key`."""
    return key in PHRASES


def phrase_keys(prefix: str = "") -> tuple[str, ...]:
    """Return the keys that begin with `prefix`, sorted.

    Examples
    --------
    >>> phrase_keys("section.curve")
    ('section.curve.empty', 'section.curve.intro', 'section.curve.title')
    """
    return tuple(sorted(key for key in PHRASES if key.startswith(prefix)))
