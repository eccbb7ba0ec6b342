"""Refusals that are said in the language that was asked for."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TypeVar

from fmbstats.errors import NotEstimableError
from fmbstats.words.catalogue import FALLBACK, phrase

T = TypeVar("T")


class Refused(NotEstimableError):
    """The data cannot answer: a phrase ``refused.<key>`` with its values, English by itself.

    `**values`: what the phrase's placeholders stand for: texts that are alike in all languages, and
    what writes itself (told numbers).

    >>> print(Refused("one_county"))
    The register holds one county: nothing can be compared.
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


@contextmanager
def refusing_in(language: str) -> Iterator[None]:
    """Say refusals of what is inside in a language."""
    try:
        yield
    except Refused as refusal:
        raise NotEstimableError(refusal.text(language)) from None


def known(found: T | Refused) -> T:
    """Return what was found where nothing was refused; TypeError else: who asks has not looked."""
    if isinstance(found, Refused):
        raise TypeError(found.key)
    return found
