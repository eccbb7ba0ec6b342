"""What no released text may hold: persons' numbers, identifiers, traces of the machine."""

from __future__ import annotations

import getpass
import re
import socket
from collections.abc import Iterable, Iterator
from contextlib import suppress
from functools import cache

from fmbstats.gate.findings import Fault, Piece
from fmbstats.words.plain import holds_identity_number

_HASH = re.compile(r"[0-9a-fA-F]{40,}")
_IDENTIFIER = re.compile(
    r"(?<![A-Za-z])(?:person_?(?:id|nr|nummer|number)|personal_?(?:id|number)|patient_?(?:id|nr)"
    r"|spell_?id|sjukfalls?_?id|l[oö]p_?(?:nr|nummer)|samordningsnummer|pnr|birth_?date"
    r"|f[oö]delse(?:datum|nummer)|social_?security(?:_?number)?|certificate_?id|intygs?_?id)"
    r"(?![A-Za-z])",
    re.IGNORECASE,
)
_TRACE = re.compile(
    r"Traceback \(most recent call last\)|^\s*File \"[^\"]+\", line \d+|-{2,}> \d+ "
    r"|<ipython-input-|/ipykernel_\d+",
    re.MULTILINE,
)
_PATH = re.compile(
    r"(?<![\w\u0300-\u036f/.:<~%-])(?:/(?:home|Users|root|tmp|var|usr|opt|mnt|media|srv|etc|work"
    r"|data|proc|private|Volumes)(?![\w])(?:/[\w.@+~-]+)*|/[\w.@+~-]{2,}(?:/[\w.@+~-]+)+)"
    r"|(?<![A-Za-z])[A-Za-z]:\\[\w]|(?<![\\\w])\\\\[\w.-]+\\[\w$]|file:/{1,3}|(?<![\w.])~/\w"
)
MAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)*\.[A-Za-z]{2,}")
_ADDRESS = re.compile(
    r"\b(?:https?|ftps?|wss?|ssh|s3|jdbc|duckdb|postgresql)://([^/\s\"'<>)\]]*)", re.I
)
# Sources that are named in the text, and the names of XML vocabularies.
KNOWN_HOSTS = frozenset(
    [
        "github.com",
        "api.socialstyrelsen.se",
        "www.socialstyrelsen.se",
        "roi.socialstyrelsen.se",
        "www.forsakringskassan.se",
        "www.scb.se",
        "www.inera.se",
        "www.w3.org",
        "purl.org",
        "ns.adobe.com",
        "www.aiim.org",
        "schemas.openxmlformats.org",
        "schemas.microsoft.com",
    ]
)
# Names that say nothing about whose machine it was.
_COMMON_NAMES = frozenset(
    ["root", "user", "admin", "runner", "ubuntu", "debian", "localhost", "host", "build", "vscode"]
)
_REMOVE = "Remove it at its source and make the file again."


def scan_text(pieces: Iterable[Piece]) -> Iterator[Fault]:
    """Yield what must not stand in released text.

    Numbers of persons are named by place only: a finding must not repeat them.

    Examples
    --------
    >>> [f.what for f in scan_text([Piece("line 1", "a 19811218-9876 b")])]
    ['a personal identity number or one like it.']
    >>> list(scan_text([Piece("line 1", "a 19811218-9875 b; 12 345,6; 2017-03-01")]))
    []
    """
    for piece in pieces:
        text = _HASH.sub("#", piece.text) if len(piece.text) >= 40 else piece.text
        for what in dict.fromkeys(_faults_of(text)):
            yield Fault(piece.where, what, _REMOVE)


def _faults_of(text: str) -> Iterator[str]:
    if holds_identity_number(text):
        yield "a personal identity number or one like it."
    if match := _IDENTIFIER.search(text):
        yield f"an identifier of persons or spells ({match[0]})."
    if _TRACE.search(text):
        yield "a traceback of a program."
    if match := _PATH.search(text):
        yield f"a path of a machine ({match[0][:12]}…)."
    if MAIL.search(text):
        yield "an e-mail address."
    for match in _ADDRESS.finditer(text):
        if match[1].lower() not in KNOWN_HOSTS:
            yield f"an address that is no known source ({match[0][:40]})."
    for kind, pattern in _own_names():
        if pattern.search(text):
            yield f"the {kind} of this machine."


@cache
def _own_names() -> tuple[tuple[str, re.Pattern[str]], ...]:
    """Patterns for the names of this user and machine, unless they are everybody's."""
    names = []
    with suppress(OSError, KeyError):  # Without a name in the user table none can leak.
        names.append(("user name", getpass.getuser()))
    names.append(("host name", socket.gethostname()))
    return tuple(
        (kind, re.compile(rf"(?<![\w-]){re.escape(name)}(?![\w-])", re.IGNORECASE))
        for kind, name in names
        if len(name) > 2 and name.lower() not in _COMMON_NAMES
    )
