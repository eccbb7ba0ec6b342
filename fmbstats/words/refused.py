"""Refusals that are said in the language that was asked for."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import TypeVar

from fmbstats.errors import (
    NotEstimableError,
    SourceError,
    StoreError,
    UnknownNameError,
    UserError,
)
from fmbstats.words.catalogue import FALLBACK, phrase, phrase_keys, phrase_text

T = TypeVar("T")


class Refusal(UserError):
    """What a user can mend: a phrase ``refused.<key>`` with its values, English by itself.

    `**values`: what the phrase's placeholders stand for: texts that are alike in all languages, and
    what writes itself (told numbers).
    """

    def __init__(self, key: str, **values: object) -> None:
        self.key, self.values = key, values
        super().__init__(self.text(FALLBACK))

    def text(self, language: str) -> str:
        """Say it in a language."""
        plain = {
            name: value.text(language) if hasattr(value, "text") else value
            for name, value in self.values.items()
        }
        return phrase(f"refused.{self.key}", language, **plain)


class Refused(Refusal, NotEstimableError):
    """The data cannot answer.

    >>> print(Refused("one_county"))
    The register holds one county: nothing can be compared.
    """


class RefusedFile(Refusal, SourceError):
    """A file that was named is not what it should be."""


class RefusedName(Refusal, UnknownNameError):
    """Nothing is called so."""


class RefusedStore(Refusal, StoreError):
    """The store has not what is asked of it."""


def retold(text: str, language: str) -> str:
    """Say in a language what is wrong with a command.

    What click and others raise is in English; the phrases ``usage.*`` hold its sentences.

    >>> retold("Missing option '--date'. Did you mean '--data'?", "sv")
    "Alternativet '--date' saknas. Menade du '--data'?"
    """
    for key in phrase_keys("usage."):
        pattern = re.compile(_SLOT.sub(r"(?P<\1>.+?)", re.escape(phrase_text(key, FALLBACK))))
        text = pattern.sub(partial(_said, key, language), text)
    return text


def _said(key: str, language: str, found: re.Match[str]) -> str:
    return phrase(key, language, **found.groupdict())


_SLOT = re.compile(r"\\\{(\w+)\\\}")


@contextmanager
def refusing_in(language: str) -> Iterator[None]:
    """Say refusals of what is inside in a language."""
    try:
        yield
    except Refusal as refusal:
        refusal.args = (refusal.text(language),)
        raise


def known(found: T | Refused) -> T:
    """Return what was found where nothing was refused; TypeError else: who asks has not looked."""
    if isinstance(found, Refused):
        raise TypeError(found.key)
    return found
