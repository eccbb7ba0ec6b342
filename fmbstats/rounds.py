"""Evaluation rounds: a named set of entries and a year, one TOML file each in data_raw/rounds."""

from __future__ import annotations

import difflib
import re
import tomllib
from collections.abc import Iterable, Sequence
from dataclasses import MISSING, dataclass, fields
from pathlib import Path
from typing import Any

from fmbstats import codes, words
from fmbstats.errors import SourceError, UnknownNameError

FOLDER = "rounds"
ALL = "all"
# A folder below reports/ bears the name: small letters, digits, hyphens, and no bare year.
_NAME = re.compile(r"(?=[a-z0-9-]*[a-z])[a-z0-9]+(?:-[a-z0-9]+)*")
_RANGE = re.compile(r"([A-Za-z]\d\d)\s*[-–]\s*([A-Za-z]\d\d)")
_YEARS = range(1990, 2101)
_TOLD = ("title", "source")


@dataclass(frozen=True)
class Told:
    """A text of a round in both languages of the reports."""

    sv: str
    en: str


@dataclass(frozen=True)
class Round:
    """An evaluation round.

    Attributes
    ----------
    name : str
        Of its file and of its folder of reports: small letters, digits and hyphens.
    title : str or Told
        A single text holds for Swedish pages alone.
    year : int
        Start year of the spells.
    edition : str
        The edition of the recommendations that the round was about, e.g. "2016-09".
    entries : tuple of str
        Entry ids, slugs, ICD-10-SE codes or ranges of codes ("F30-F31"); ("all",) for all.
    source : str or Told
        Where the list comes from; a single text as for `title`.
    is_complete : bool
        Whether the list holds every entry of the round.
    previous : str or None
        Name of the round to compare with; None for the year before.
    """

    name: str
    title: str | Told
    year: int
    edition: str
    entries: tuple[str, ...]
    source: str | Told
    is_complete: bool
    previous: str | None = None

    @property
    def is_all(self) -> bool:
        """Whether the round is about every entry."""
        return self.entries == (ALL,)

    def title_in(self, language: str) -> str:
        """Return the title in a language; SourceError where the file does not give it."""
        return self._told("title", language)

    def source_in(self, language: str) -> str:
        """Return where the list comes from; SourceError where the file does not say it so."""
        return self._told("source", language)

    def check_language(self, language: str) -> None:
        """Refuse a language that the round's texts lack: no page is to be half translated.

        Raises
        ------
        SourceError
            The file gives a single text, and pages in another language than Swedish are wanted.
        """
        for name in _TOLD:
            self._told(name, language)

    def _told(self, name: str, language: str) -> str:
        text = getattr(self, name)
        if isinstance(text, Told):
            return getattr(text, words.checked_language(language))
        if language != words.LANGUAGES[0]:
            raise SourceError(
                f"{FOLDER}/{self.name}.toml, field {name!r}: is one text, expected one for each "
                f'language of the pages. Write {name} = {{ sv = "...", en = "..." }}, or '
                "leave out --language."
            )
        return text

    def names(self, known_codes: Iterable[str]) -> list[tuple[str, list[str]]]:
        """Return each item of `entries` with the names it stands for.

        Parameters
        ----------
        known_codes : iterable of str
            The codes that some entry has; a range stands for those whose category is in it.

        Examples
        --------
        >>> example = Round("a", "A", 2016, "2016-09", ("F30-F31", "F32"), "-", True)
        >>> example.names(["F310", "F32", "M54"])
        [('F30-F31', ['F310']), ('F32', ['F32'])]
        """
        known = sorted(known_codes)
        return [(item, _expanded(item, known)) for item in self.entries]


def _expanded(item: str, known_codes: Sequence[str]) -> list[str]:
    match = _RANGE.fullmatch(item)
    if match is None:
        return [item]
    first, last = (end.upper() for end in match.groups())
    return [code for code in known_codes if first <= codes.category(code) <= last]


def read_rounds(data_raw: Path) -> dict[str, Round]:
    """Read every round of a data folder, by name.

    Raises
    ------
    SourceError
        A file is no round: the message names file and field.
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

    Raises
    ------
    UnknownNameError
        There is none of that name; the message names those there are.
    SourceError
        A file is no round.
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

    Raises
    ------
    SourceError
        The file cannot be read, a field is missing, unknown or of the wrong kind.
    """
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise SourceError(f"{path}: cannot be read ({error.strerror}).") from None
    except UnicodeDecodeError:
        raise SourceError(f"{path}: is not UTF-8. Save it as UTF-8.") from None
    except tomllib.TOMLDecodeError as error:
        raise SourceError(f"{path}: is not TOML: {error}.") from None
    _check_fields(path, content)
    values = {name: _CHECKS[name](path, name, value) for name, value in content.items()}
    found = Round(**values)
    if found.name != path.stem:
        raise _bad(path, "name", found.name, f"{path.stem!r}, the name of the file")
    if found.previous == found.name:
        raise _bad(path, "previous", found.name, "another round")
    return found


def _check_fields(path: Path, content: dict[str, Any]) -> None:
    known = [field.name for field in fields(Round)]
    for name in content:
        if name not in known:
            close = difflib.get_close_matches(name, known, n=1)
            hint = f" Did you mean {close[0]!r}?" if close else ""
            raise SourceError(
                f"{path}, field {name!r}: is unknown.{hint} Fields: {', '.join(known)}."
            )
    for field in fields(Round):
        if field.name not in content and field.default is MISSING:
            raise SourceError(f"{path}, field {field.name!r}: is missing.")


def _bad(path: Path, name: str, value: object, expected: str) -> SourceError:
    return SourceError(f"{path}, field {name!r}: {value!r} came, expected {expected}.")


def _text(path: Path, name: str, value: object) -> str:
    if not isinstance(value, str) or not value.strip():
        raise _bad(path, name, value, "a text")
    return value.strip()


def _told(path: Path, name: str, value: object) -> str | Told:
    if not isinstance(value, dict):
        return _text(path, name, value)
    languages = sorted(words.LANGUAGES, reverse=True)
    if sorted(value) != sorted(languages):
        raise _bad(path, name, value, f"a text, or one for each of {' and '.join(languages)}")
    return Told(**{key: _text(path, f"{name}.{key}", text) for key, text in value.items()})


def _name(path: Path, name: str, value: object) -> str:
    if not _NAME.fullmatch(_text(path, name, value)) or len(str(value)) > 60:
        raise _bad(path, name, value, "small letters a-z, digits and hyphens, such as 'ki-2016'")
    return str(value)


def _year(path: Path, name: str, value: object) -> int:
    if type(value) is not int or value not in _YEARS:
        raise _bad(path, name, value, "a year such as 2016, without quotes")
    return value


def _flag(path: Path, name: str, value: object) -> bool:
    if not isinstance(value, bool):
        raise _bad(path, name, value, "true or false, without quotes")
    return value


def _entries(path: Path, name: str, value: object) -> tuple[str, ...]:
    if value == ALL:
        return (ALL,)
    if not isinstance(value, list) or not value:
        raise _bad(path, name, value, f"a list of ids, slugs or codes, or {ALL!r}")
    items = tuple(_text(path, name, item) for item in value)
    twice = sorted({item for item in items if items.count(item) > 1})
    if twice:
        raise SourceError(f"{path}, field {name!r}: named twice: {', '.join(twice)}.")
    return items


_CHECKS = {
    "name": _name,
    "title": _told,
    "year": _year,
    "edition": _text,
    "entries": _entries,
    "source": _told,
    "is_complete": _flag,
    "previous": _text,
}
