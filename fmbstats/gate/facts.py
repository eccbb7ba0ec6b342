"""What a publisher says of a publication (``publication.toml``), as far as pages may repeat it.

Only whole, as it stands in the file, and only where pages tell who publishes them; a fact that
counts spells or people, or names a person's number, is none.
"""

from __future__ import annotations

import os
from functools import cache

from fmbstats.gate.findings import Piece
from fmbstats.gate.patterns import MAIL, scan_text
from fmbstats.gate.rows import COUNTING
from fmbstats.pages.publication import Publication
from fmbstats.store.paths import DATA_VARIABLE, data_folder


def _known() -> tuple[str, ...]:
    """Return the file's texts, the longest first."""
    return _facts(os.environ.get(DATA_VARIABLE), os.getcwd())


@cache
def _facts(named: str | None, here: str) -> tuple[str, ...]:
    """Find and read them once: every text of a release is held against them."""
    said = Publication.of(data_folder())
    texts = (said.publisher, said.contact, said.licence, said.published, said.next_edition)
    found = (text for text in texts if len(text) > 1 and not COUNTING.search(text))
    plain = (text for text in found if not any(scan_text([Piece("", MAIL.sub("", text))])))
    return tuple(sorted(plain, key=len, reverse=True))


def without_facts(text: str) -> str:
    """Return a text without the publisher's facts."""
    for fact in _known():
        text = text.replace(fact, " ")
    return text


def without_contact(text: str) -> str:
    """Return a text without the addresses at which the publisher is reached."""
    for address in (match[0] for fact in _known() for match in MAIL.finditer(fact)):
        text = text.replace(address, " ")
    return text
