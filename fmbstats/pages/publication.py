"""Who publishes the pages, when, under which licence: a small file of the publisher's."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from fmbstats import words
from fmbstats.sources.settings_files import day, either, read_settings_file, text

FILE = "publication.toml"
_DAY = either(day(), text(most=60))
_SCHEMA = {
    "publisher": text(),
    "contact": text(),
    "licence": text(),
    "published": _DAY,
    "next_edition": _DAY,
}


@dataclass(frozen=True)
class Publication:
    """What a page says of its publication; empty where the publisher has not said it."""

    publisher: str = ""
    contact: str = ""
    licence: str = ""
    #: `published`, `next_edition`: ISO dates, or words.
    published: str = ""
    next_edition: str = ""

    @classmethod
    def of(cls, data_folder: Path) -> Publication:
        """Read ``publication.toml`` of a data folder; without it nothing is said.

        Raises SourceError, UnknownNameError: the file is no TOML, or holds another key or another
        kind of value.
        """
        path = Path(data_folder) / FILE
        if not path.exists():
            return cls()
        found = read_settings_file(path, _SCHEMA)
        return cls(**{key: words.visible(str(value)) for key, value in found.items()})

    def date(self, key: str, language: str) -> str:
        """Write a date of the file in the reader's words; other words as they are."""
        value = getattr(self, key)
        try:
            return words.date(value, language) if value else ""
        except ValueError:
            return value
