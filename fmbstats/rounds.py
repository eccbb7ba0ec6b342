"""Evaluation rounds: a named set of entries and a year, one TOML file each in data_raw/rounds."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fmbstats import codes, words
from fmbstats.errors import SourceError, UnknownNameError
from fmbstats.sources.settings_files import (
    either,
    flag,
    listed,
    one_of,
    read_settings_file,
    restricted,
    section,
    text,
    whole,
)

FOLDER = "rounds"
ALL = "all"
# A folder below reports/ bears the name: small letters, digits, hyphens, and no bare year.
_NAME = re.compile(r"(?=[a-z0-9-]*[a-z])[a-z0-9]+(?:-[a-z0-9]+)*")
_RANGE = re.compile(r"([A-Za-z]\d\d)\s*[-–]\s*([A-Za-z]\d\d)")
_TOLD = ("title", "source")
_IN_LANGUAGES = either(
    text(), section({language: text(required=True) for language in words.LANGUAGES}), required=True
)
SCHEMA = {
    "name": restricted(
        text(most=60, required=True),
        lambda name: _NAME.fullmatch(name) is not None,
        "small letters a-z, digits and hyphens, such as 'ki-2016'",
    ),
    "title": _IN_LANGUAGES,
    "year": whole(1990, 2100, "a year", required=True),
    "edition": text(most=20, required=True),
    "entries": either(one_of(ALL), listed(text(most=100)), required=True),
    "source": _IN_LANGUAGES,
    "is_complete": flag(required=True),
    "previous": text(most=60),
}


@dataclass(frozen=True)
class Round:
    """An evaluation round."""

    name: str  #: Of its file and of its folder of reports: small letters, digits and hyphens.
    #: Text by language; a single one holds for Swedish pages alone.
    title: str | Mapping[str, str]
    year: int  #: Start year of the spells.
    edition: str  #: The edition of the recommendations that the round was about, e.g. "2016-09".
    #: Entry ids, slugs, ICD-10-SE codes or ranges of codes ("F30-F31"); ("all",) for all.
    entries: tuple[str, ...]
    source: str | Mapping[str, str]  #: Where the list comes from; a single text as for `title`.
    is_complete: bool  #: Whether the list holds every entry of the round.
    previous: str | None = None  #: Name of the round to compare with; None for the year before.

    @property
    def is_all(self) -> bool:
        """Whether the round is about every entry."""
        return self.entries == (ALL,)

    def title_in(self, language: str) -> str:
        """Return the title in a language; SourceError where the file does not give it."""
        return self._told("title", language)

    def check_language(self, language: str) -> None:
        """Refuse a language that the round's texts lack: no page is to be half translated.

        Raises SourceError: the file gives a single text, and pages in another language than Swedish
        are wanted.
        """
        for name in _TOLD:
            self._told(name, language)

    def _told(self, name: str, language: str) -> str:
        text = getattr(self, name)
        if not isinstance(text, str):
            return text[words.checked_language(language)]
        if language != words.LANGUAGES[0]:
            raise SourceError(
                f"{FOLDER}/{self.name}.toml, field {name!r}: is one text, expected one for each "
                f'language of the pages. Write {name} = {{ sv = "...", en = "..." }}, or '
                "leave out --language."
            )
        return text

    def names(self, known_codes: Iterable[str]) -> list[tuple[str, list[str]]]:
        """Return each item of `entries` with the names it stands for.

        `known_codes`: the codes that some entry has; a range stands for those whose category is in
        it.

        Examples
        --------
        >>> example = Round("a", "A", 2016, "2016-09", ("F30-F31", "F32"), "-", True)
        >>> example.names(["F310", "F32", "M54"])
        [('F30-F31', ['F310']), ('F32', ['F32'])]
        """
        known = sorted(known_codes)
        found = []
        for item in self.entries:
            names = [item]
            if match := _RANGE.fullmatch(item):
                first, last = (end.upper() for end in match.groups())
                names = [code for code in known if first <= codes.category(code) <= last]
            found.append((item, names))
        return found


def read_rounds(data_raw: Path) -> dict[str, Round]:
    """Read every round of a data folder, by name.

    Raises SourceError: a file is no round: the message names file and field.
    """
    folder = data_raw / FOLDER
    rounds = {path.stem: read_round(path) for path in sorted(folder.glob("*.toml"))}
    for found in rounds.values():
        if found.previous is not None and found.previous not in rounds:
            raise SourceError(
                f"{folder / found.name}.toml, field 'previous': there is no round "
                f"{found.previous!r}. Known: {_listed(rounds)}."
            )
    return rounds


def find_round(data_raw: Path, name: str) -> Round:
    """Return the round `name`.

    Raises UnknownNameError: there is none of that name; the message names those there are;
    SourceError: a file is no round.
    """
    rounds = read_rounds(data_raw)
    if name not in rounds:
        raise UnknownNameError.among(
            "Round", name, rounds, f"Known: {_listed(rounds)} (in {data_raw / FOLDER})."
        )
    return rounds[name]


def _listed(names: Iterable[str]) -> str:
    return ", ".join(names) or "none"


def read_round(path: Path) -> Round:
    """Read one round.

    Raises SourceError, UnknownNameError: the file cannot be read; a field is missing, unknown or of
    the wrong kind.
    """
    content = read_settings_file(path, SCHEMA)
    found = Round(**{name: _value(name, value) for name, value in content.items()})
    if found.name != path.stem:
        raise _bad(path, "name", found.name, f"{path.stem!r}, the name of the file")
    if found.previous == found.name:
        raise _bad(path, "previous", found.name, "another round")
    twice = sorted({item for item in found.entries if found.entries.count(item) > 1})
    if twice:
        raise SourceError(f"{path.name}, entries: named twice: {', '.join(twice)}.")
    return found


def _value(name: str, value: Any) -> Any:
    """Return what a round holds for what its file says."""
    if name == "entries":
        return (ALL,) if value == ALL else tuple(item.strip() for item in value)
    if isinstance(value, dict):
        return {language: said.strip() for language, said in value.items()}
    return value.strip() if isinstance(value, str) else value


def _bad(path: Path, name: str, value: object, expected: str) -> SourceError:
    return SourceError(f"{path.name}, {name}: {value!r} came; expected {expected}.")
