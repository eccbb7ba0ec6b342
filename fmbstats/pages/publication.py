"""Who publishes the pages, when, under which licence: a small file of the publisher's."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path

from fmbstats import words
from fmbstats.errors import UserError

FILE = "publication.toml"
_KEYS = ("publisher", "contact", "licence", "published", "next_edition")


class PublicationError(UserError):
    """The publisher's file cannot be read."""


@dataclass(frozen=True)
class Publication:
    """What a page says of its publication; empty where the publisher has not said it.

    Attributes
    ----------
    publisher, contact, licence : str
    published, next_edition : str
        ISO dates, or words.
    """

    publisher: str = ""
    contact: str = ""
    licence: str = ""
    published: str = ""
    next_edition: str = ""

    @classmethod
    def of(cls, data_folder: Path) -> Publication:
        """Read ``publication.toml`` of a data folder; without it nothing is said.

        Raises
        ------
        PublicationError
            The file is no TOML, or holds another key or another kind of value.
        """
        path = Path(data_folder) / FILE
        if not path.is_file():
            return cls()
        try:
            found = tomllib.loads(path.read_text("utf-8"))
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise PublicationError(f"{path}: {error}") from None
        for key, value in found.items():
            if key not in _KEYS:
                raise PublicationError(f"{path}: {key!r} is unknown. Known: {', '.join(_KEYS)}.")
            found[key] = words.visible(str(value))
        return cls(**found)

    def date(self, key: str, language: str) -> str:
        """Write a date of the file in the reader's words; other words as they are."""
        value = getattr(self, key)
        try:
            return words.date(value, language) if value else ""
        except ValueError:
            return value
