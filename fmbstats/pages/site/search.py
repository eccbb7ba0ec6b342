"""Words by which a diagnosis is found: its name, its codes and their names, and lay words."""

from __future__ import annotations

import csv
import functools
import unicodedata
from collections.abc import Sequence
from pathlib import Path

from fmbstats import codes

_TABLE = Path(__file__).parents[1] / "lay_words.csv"
_SIGNS = str.maketrans(dict.fromkeys(".,;:()/”“\"'", " "))


def folded(text: str) -> str:
    """Write a text in small letters without accents and signs, as the page's script does.

    >>> folded("Ménières sjukdom (H81.0)")
    'menieres sjukdom h81 0'
    """
    plain = unicodedata.normalize("NFD", text.lower())
    kept = "".join(sign for sign in plain if not unicodedata.combining(sign))
    return " ".join(kept.translate(_SIGNS).split())


@functools.cache
def _table() -> tuple[tuple[str, str, tuple[str, ...]], ...]:
    with _TABLE.open(encoding="utf-8", newline="") as handle:
        return tuple(
            (row["language"], row["words"], tuple(row["codes"].split()))
            for row in csv.DictReader(handle)
        )


def lay_words(owned: Sequence[str], language: str) -> str:
    """Return the lay words of an entry with these codes, folded.

    >>> "utbrand" in lay_words(["F438"], "sv").split(), lay_words(["Z99"], "sv")
    (True, '')
    """
    found: dict[str, None] = {}
    for spoken, words, meant in _table():
        if spoken == language and any(_overlap(a, b) for a in owned for b in meant):
            found |= dict.fromkeys(folded(words).split())
    return " ".join(found)


def _overlap(a: str, b: str) -> bool:
    return a.startswith(b) or b.startswith(a)


def own_words(name: str, owned: Sequence[str]) -> str:
    """Return what an entry is called, folded: its name, codes with and without dots.

    >>> own_words("Depressiv episod", ["F320"])
    'depressiv episod f320 f32 0'
    """
    texts = [name, *owned, *map(codes.dotted, owned)]
    return " ".join(dict.fromkeys(" ".join(map(folded, texts)).split()))


def short_group(group: str) -> str:
    """Shorten FMB's name of a disease group for a button."""
    return (
        group.replace(" sjukdomar", "")
        .replace("sjukdomar", "")
        .replace("Sjukdomar i ", "")
        .strip()
        .capitalize()
    )
