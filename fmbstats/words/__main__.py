"""Keep the catalogues: ``python -m fmbstats.words add | start | sort | take``."""

from __future__ import annotations

import io
import runpy
import sys
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po, write_po

from fmbstats.words.catalogue import CATALOGUES, LANGUAGES

_HEADER = "# {language} of fmbstats; see fmbstats/words/catalogue.py for how to add a phrase."
_NAMES = {"sv": "The Swedish", "en": "The English"}


def main(arguments: list[str]) -> int:
    """Run one command; return the exit code."""
    match arguments:
        case ["add", key, *said] if len(said) == len(LANGUAGES):
            add({key: tuple(said)})
        case ["start", language, locale]:
            start(CATALOGUES / f"{language}.po", locale)
        case ["sort"]:
            add({})
        case ["take", path]:
            add(runpy.run_path(path)["PHRASES"])
        case _:
            print(f"add KEY {' '.join(x.upper() for x in LANGUAGES)}   one phrase, new or changed")
            print("start LANGUAGE LOCALE   a catalogue to translate")
            print("sort                    the catalogues in the order of their keys")
            print("take FILE.py            phrases from a module PHRASES = {key: (sv, en)}")
            return 2
    return 0


def add(phrases: dict[str, tuple[str, ...]]) -> None:
    """Put phrases, in the order of `LANGUAGES`, into the catalogues."""
    for k, language in enumerate(LANGUAGES):
        path = CATALOGUES / f"{language}.po"
        with path.open("rb") as file:
            known = read_po(file)
        found = {str(m.id): str(m.string) for m in known if m.id}
        found |= {key: said[k] for key, said in phrases.items()}
        write(path, str(known.locale), found)


def start(path: Path, locale: str) -> None:
    """Begin a catalogue: every key, with the English text as a comment."""
    with (CATALOGUES / "en.po").open("rb") as file:
        english = {str(m.id): str(m.string) for m in read_po(file) if m.id}
    write(path, locale, dict.fromkeys(english, ""), comments=english)


def write(
    path: Path, locale: str, phrases: dict[str, str], comments: dict[str, str] | None = None
) -> None:
    """Write a catalogue in the order of its keys, without dates or names."""
    catalogue = Catalog(locale=locale, header_comment="")
    for key in sorted(phrases):
        said = [comments[key]] if comments else []
        catalogue.add(key, phrases[key], auto_comments=said)
    buffer = io.BytesIO()
    write_po(buffer, catalogue, width=100, omit_header=True)
    name = _NAMES.get(path.stem, path.stem)
    head = (
        f'{_HEADER.format(language=name)}\nmsgid ""\nmsgstr ""\n"Language: {locale}\\n"\n'
        '"Content-Type: text/plain; charset=utf-8\\n"\n\n'
    )
    path.write_text(head + buffer.getvalue().decode("utf-8"), encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
