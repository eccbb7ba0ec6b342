"""What is said, in which language: one gettext catalogue per language, `catalogues/<language>.po`.

A phrase has a key, such as ``site.method``, which is the msgid in every catalogue; the
msgstr is the text, with values in braces. To add or change one, edit the files (in the order of the
keys), or let this do it::

    python -m fmbstats.words add some.key "Svenska {n}" "English {n}"

A language is a file; its header names the locale whose numbers and dates it writes.
`python -m fmbstats.words start fi fi_FI` begins a new one, with the English texts as comments.

What agrees with a count is written in all its forms, in the order of the language's own plural
rule (CLDR): ``{n} {n:diagnos|diagnoser}``.

Reading a catalogue takes a fifth of a second, so what was read is kept beside it in `__pycache__`.
"""

from __future__ import annotations

import json
import math
import os
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from functools import lru_cache
from gettext import c2py
from itertools import product
from pathlib import Path
from typing import Any, NamedTuple

from fmbstats.errors import UnknownNameError
from fmbstats.words.plain import visible

CATALOGUES = Path(__file__).parent / "catalogues"
DEFAULT_LANGUAGE = "sv"
# Those that fmbstats ships, the default first.
LANGUAGES = tuple(
    sorted((path.stem for path in CATALOGUES.glob("*.po")), key=lambda x: (x != "sv", x))
)
_FILES = {language: CATALOGUES / f"{language}.po" for language in LANGUAGES}
_SPOKEN: ContextVar[str] = ContextVar("language", default=DEFAULT_LANGUAGE)
# What a catalogue that is not whole falls back on.
FALLBACK = "en"
_PERCENT = re.compile(r"(\d) %")
#: What agrees with a count: {n:form|form}.
_FORMS = re.compile(r"\{(\w+):([^{}|]*(?:\|[^{}|]*)+)\}")
_CLDR = ("zero", "one", "two", "few", "many", "other")


class Texts(NamedTuple):
    """A catalogue as it was read."""

    locale: str
    phrases: Mapping[str, str]
    #: What stands between thousands, before decimals and after a percentage; names of the months.
    #: As Babel has them, whose data take longer to load than many an answer.
    group: str
    point: str
    percent: str
    months: Sequence[str]
    plural: str  #: Which form goes with a whole number, as in the head of a gettext catalogue.


def add_language(path: Path) -> str:
    """Make a catalogue of one's own known; return its language, the name of the file.

    Phrases that it lacks are said in English.
    """
    _FILES[path.stem] = path
    return path.stem


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


def phrase(key: str, language: str = "", **values: object) -> str:
    """Return the phrase `key` in `language` with `values` put in.

    Parameters
    ----------
    key : str
        E.g. ``"site.method"``; see `phrase_keys`.
    language : str
        By default the one that is spoken.
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
    >>> phrase("site.method")
    'Metod'
    >>> phrase("absent.suppressed.short", "en", threshold=5)
    'fewer than 5'
    >>> phrase("strip.n", "en", n=1), phrase("strip.n", "en", n="1,204")
    ('1 spell', '1,204 spells')
    """
    text = phrase_text(key, language, values)
    try:
        return text.format(**values)
    except KeyError as missing:
        raise KeyError(f"phrase {key!r} needs a value for {missing}") from None


def phrase_text(key: str, language: str = "", values: Mapping[str, Any] | None = None) -> str:
    """Return the phrase `key` with its placeholders, which stand in braces.

    With `values` it agrees with their counts: numbers, their text, or what has an ``estimate``.
    """
    text, held_by = _text(key, language)
    if values is None or "|" not in text:
        return text
    form = _plural(held_by)

    def agreeing(found: re.Match[str]) -> str:
        forms = found[2].split("|")
        return forms[min(form(_count(values.get(found[1]))), len(forms) - 1)]

    return _FORMS.sub(agreeing, text)


def phrase_forms(key: str, language: str = "") -> tuple[str, ...]:
    """Return the phrase `key` in every form that a count may give it, placeholders in braces.

    Examples
    --------
    >>> phrase_forms("strip.n", "en")
    ('{n} spell', '{n} spells')
    """
    text = phrase_text(key, language)
    # Each count has its own: "of 3 counties, 1 lies".
    most: dict[str, int] = {}
    for found in _FORMS.finditer(text):
        most[found[1]] = max(most.get(found[1], 1), found[2].count("|") + 1)
    return tuple(
        _in_form(text, dict(zip(most, taken, strict=True)))
        for taken in product(*map(range, most.values()))
    )


def _in_form(text: str, taken: Mapping[str, int]) -> str:
    """Write a phrase with the form taken for each count, or the last that there is."""
    return _FORMS.sub(
        lambda found: found[2].split("|")[min(taken[found[1]], found[2].count("|"))], text
    )


def _text(key: str, language: str) -> tuple[str, str]:
    """Return a phrase, and the language that holds it."""
    language = checked_language(language)
    phrases = texts(language).phrases
    return (phrases[key], language) if key in phrases else (texts(FALLBACK).phrases[key], FALLBACK)


@lru_cache(maxsize=8)
def _plural(language: str) -> Callable[[float], int]:
    """Return which of a language's forms a number takes, from 0; the last for what is no count."""
    n_forms, rule = re.findall(r"nplurals=(\d+); plural=(.*);", texts(language).plural)[0]
    of_whole = c2py(rule)

    def form(n: float) -> int:
        if n == n and n != int(n):
            from babel import Locale

            known = Locale.parse(locale_of(language)).plural_form
            return [tag for tag in _CLDR if tag in {*known.tags, "other"}].index(known(abs(n)))
        return of_whole(int(abs(n))) if n == n else int(n_forms) - 1

    return form


def _count(value: Any) -> float:
    """Return the number of a value as it is put into a phrase; NaN when there is none.

    >>> _count(1), _count("1"), _count("12\N{NO-BREAK SPACE}345"), _count("··")
    (1.0, 1.0, 12345.0, nan)
    """
    value = getattr(value, "estimate", value)
    bare = re.sub(r"<[^>]*>|[\s\xa0,.]", "", str(value)) if isinstance(value, str) else value
    try:
        return float(bare)
    except (TypeError, ValueError):
        return math.nan


def has_phrase(key: str) -> bool:
    """Say whether the catalogues hold `key`."""
    return key in texts(FALLBACK).phrases


def phrase_keys(prefix: str = "") -> tuple[str, ...]:
    """Return the keys that begin with `prefix`, sorted.

    Examples
    --------
    >>> phrase_keys("field.")
    ('field.rest', 'field.sentence', 'field.strong', 'field.tag')
    """
    return tuple(sorted(key for key in texts(FALLBACK).phrases if key.startswith(prefix)))


def locale_of(language: str) -> str:
    """Return the locale whose numbers and dates a language writes.

    Examples
    --------
    >>> locale_of("en")  # day before month, as in European statistics
    'en_GB'
    """
    return texts(language).locale


def texts(language: str) -> Texts:
    """Return all phrases of a known language."""
    return _read(_FILES[language])


@lru_cache(maxsize=8)
def _read(path: Path) -> Texts:
    """Read a catalogue, or what was kept of it when the file was as it is now."""
    info = path.stat()
    kept = path.parent / "__pycache__" / f"{path.stem}-{info.st_mtime_ns}-{info.st_size}.json"
    with suppress(OSError, ValueError, TypeError):
        return Texts(*json.loads(kept.read_text("utf-8")))
    found = _parsed(path)
    with suppress(OSError):
        kept.parent.mkdir(exist_ok=True)
        own = kept.with_suffix(f".{os.getpid()}")
        own.write_text(json.dumps(found, ensure_ascii=False), encoding="utf-8")
        own.replace(kept)
    return found


def _parsed(path: Path) -> Texts:
    from babel import Locale
    from babel.messages.pofile import read_po
    from babel.numbers import format_percent, get_decimal_symbol, get_group_symbol
    from babel.plural import to_gettext

    with path.open("rb") as file:
        catalogue = read_po(file)
    locale = str(catalogue.locale)
    phrases = {str(m.id): str(m.string) for m in catalogue if m.id and m.string and not m.fuzzy}
    percent = (
        format_percent(0.5, locale=locale).removeprefix("50").replace(" ", "\N{NO-BREAK SPACE}")
    )
    if percent != "%":
        # A number and its sign stand on one line where they are written apart.
        phrases = {k: _PERCENT.sub("\\1\N{NO-BREAK SPACE}%", v) for k, v in phrases.items()}
    signs = get_group_symbol(locale), get_decimal_symbol(locale), percent
    known = Locale.parse(locale)
    months = [known.months["format"]["wide"][month] for month in range(1, 13)]
    return Texts(locale, phrases, *signs, months, to_gettext(known.plural_form))


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
