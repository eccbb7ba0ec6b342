"""The wording of a recommended length as a short term, and every length that it names.

The texts are Socialstyrelsen's: a file is read once, when it is imported, and the committed facts
keep terms and numbers only. What limit follows from a wording, `reading` says.
"""

from __future__ import annotations

import re

SHORT_WORDING_CHARS = 60
VAGUE_WORDING_CHARS = 40

_NUMBER_WORDS = {
    "en": 1, "ett": 1, "två": 2, "tre": 3, "fyra": 4, "fem": 5, "sex": 6, "sju": 7,
    "åtta": 8, "nio": 9, "tio": 10, "tolv": 12,
}  # fmt: skip
_NUMBER = r"(\d+|" + "|".join(_NUMBER_WORDS) + r")"
_UNIT = r"(dagar|dag|veckors|veckor|vecka|v|månaders|månader|månad|mån|års|år)\b"
_LENGTH = re.compile(rf"\b(?:{_NUMBER}\s*(?:-|–|till|och)\s*)?{_NUMBER}\s+{_UNIT}", re.IGNORECASE)
_NONE_AT_ALL = re.compile(r"^(behövs i regel )?ingen\b|ingen sjukskrivning\b", re.IGNORECASE)
_QUALIFIER = re.compile(
    r"( eller (längre|mer)| och ibland längre|, eller fram till operation)", re.IGNORECASE
)


def tidy(text: str | None) -> str:
    """Collapse line breaks and repeated spaces.

    >>> tidy(" Upp  till  2 veckor ")
    'Upp till 2 veckor'
    """
    return " ".join((text or "").split())


def first_statement(text: str) -> str:
    """Give the part before the first full stop: the length itself, not its comments."""
    return re.split(r"\.(?:\s|$)", tidy(text), maxsplit=1)[0]


def short_wording(text: str | None) -> str:
    """Give the wording of the length as a short term, not the sentence round it.

    At most 60 characters when it names a length, else 40; what is longer ends in "…".

    >>> short_wording("Vid täta anfall kan det behövas upp till 12 månader och ibland längre")
    'upp till 12 månader och ibland längre'
    >>> short_wording("Upp till 4 veckor. 3–4 veckor är vägledande.")
    'Upp till 4 veckor'
    >>> short_wording("Ingen sjukskrivning (utöver eventuell egen sjukanmälan upp till 1 vecka)")
    'Ingen sjukskrivning'
    """
    wording = first_statement(text or "")
    if len(wording) > SHORT_WORDING_CHARS:
        wording = re.sub(r"\s*\([^)]*\)", "", wording)
    found = list(_LENGTH.finditer(wording))
    if found and len(wording) > SHORT_WORDING_CHARS:
        start = wording.rfind("upp till", 0, found[0].start())
        end = _QUALIFIER.match(wording, found[-1].end())
        wording = wording[
            start if start >= 0 else found[0].start() : end.end() if end else found[-1].end()
        ]
    limit = SHORT_WORDING_CHARS if found else VAGUE_WORDING_CHARS
    return wording if len(wording) <= limit else wording[:limit].rsplit(" ", 1)[0] + " …"


def _stated(number: str, unit: str) -> str:
    value = int(number) if number.isdigit() else _NUMBER_WORDS[number.lower()]
    unit = unit.lower()
    if unit.startswith("å"):
        return f"{12 * value} mo"
    return f"{value} {'d' if unit.startswith('d') else 'wk' if unit.startswith('v') else 'mo'}"


def stated_lengths(text: str | None) -> tuple[str, ...]:
    """Give every length that the text names, in order, as ``number unit``.

    >>> stated_lengths("5 veckor till 1 år"), stated_lengths("Upp till 5-7 veckor")
    (('5 wk', '12 mo'), ('7 wk',))
    >>> stated_lengths("Ingen sjukskrivning (utöver eventuell egen sjukanmälan upp till 1 vecka)")
    ('0 d',)
    """
    wording = tidy(text)
    if _NONE_AT_ALL.search(first_statement(wording)):
        return ("0 d",)
    found = [_stated(m.group(2), m.group(3)) for m in _LENGTH.finditer(wording)]
    return tuple(dict.fromkeys(found))
