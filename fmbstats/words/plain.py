"""Text from data made harmless to read: hidden marks become visible; identity numbers."""

from __future__ import annotations

import re
import unicodedata

# Cc controls, Cf formats (direction marks and overrides, zero-width signs) and Cs surrogates;
# the soft hyphen and the joiner signs inside words are among Cf and show as well.
_HIDDEN = frozenset({"Cc", "Cf", "Cs", "Co", "Zl", "Zp"})
_WHITE = re.compile(r"[ \t\n\v\f\r]+")
_MAX_LENGTH = 500
_LONGEST_NAME = 80
#: A year, a month or a day, in a text.
YEAR_OR_DATE = re.compile(r"(?<![\d.,])(?:19|20)\d\d(?:-[01]\d(?:-[0-3]\d)?)?(?![\d.,]*\d)")
_OTHER_DIGIT = re.compile(rf"{YEAR_OR_DATE.pattern}|(\d)")


def visible(text: object, max_length: int = _MAX_LENGTH) -> str:
    r"""Return `text` on one line with every hidden character written out.

    Right-to-left overrides and their like can turn a line of a table around; they are shown as
    what they are. Line breaks become spaces. Very long strings are cut.

    Parameters
    ----------
    text : object
        Anything; ``str`` is applied.
    max_length : int
        The longest text to return, in characters.

    Examples
    --------
    >>> visible("abc\u202edef\n")
    'abc[U+202E]def'
    """
    line = _WHITE.sub(" ", str(text)).strip()
    if len(line) <= max_length and line.replace("\N{NO-BREAK SPACE}", " ").isprintable():
        return line
    shown = "".join(
        f"[U+{ord(c):04X}]" if unicodedata.category(c) in _HIDDEN else c for c in line[:max_length]
    )
    return shown if len(line) <= max_length else shown[: max_length - 1] + "…"


def dated(name: str) -> str:
    """Return a name, of a register say, in which digits tell nothing but years and dates.

    A release tells what its data are called, and no count in it.

    Examples
    --------
    >>> dated("Region Ett 2014-2018, 17 sjukfall till 2019-06-30")
    'Region Ett 2014-2018, ·· sjukfall till 2019-06-30'
    """
    return _OTHER_DIGIT.sub(lambda m: "·" if m[1] else m[0], visible(name, _LONGEST_NAME))


def harmless(text: str) -> str:
    r"""Return `text` with every hidden character but line breaks and tabs written out.

    >>> harmless("\x1b[2Jname\n")
    '[U+001B][2Jname\n'
    """
    return "".join(
        f"[U+{ord(c):04X}]" if unicodedata.category(c) in _HIDDEN and c not in "\n\t" else c
        for c in text
    )


def has_right_to_left(text: str) -> bool:
    """Say whether `text` holds letters that run from right to left.

    Examples
    --------
    >>> has_right_to_left("שלום"), has_right_to_left("hej")
    (True, False)
    """
    return any(unicodedata.bidirectional(c) in ("R", "AL", "AN") for c in text)


# A date of birth (a coordination number adds 60 to the day), then four digits.
_PERSON = re.compile(
    r"(?<!\d)(?<!\d[.,])(?:(?:18|19|20)(?=\d{6}))?"
    r"(\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01]|6[1-9]|[78]\d|9[01]))"
    r"[-+\u00ad\u2010-\u2015\u2212]?(\d{4})(?![\d]|[.,]\d)"
)
_SPACED_PERSON = re.compile(
    r"(?<![\d.,])((?:18|19|20)\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01]|6[1-9]|[78]\d|9[01]))"
    r"[ \u00a0](\d{4})(?!\d)"
)


def holds_identity_number(text: str) -> bool:
    """Whether a text holds a personal identity number, or one like it.

    Examples
    --------
    >>> holds_identity_number("Dr 811218-9876"), holds_identity_number("19811218-9875")
    (True, False)
    """
    found = (*_PERSON.finditer(text), *_SPACED_PERSON.finditer(text))
    return any(has_check_digit(match[1][-6:] + match[2]) for match in found)


def has_check_digit(digits: str) -> bool:
    """Whether ten digits end in the check digit of a Swedish personal identity number.

    Every second digit is doubled, beginning with the first; the digits of all products add up to
    a multiple of ten (Skatteverket, SKV 704).

    Examples
    --------
    >>> has_check_digit("8112189876"), has_check_digit("8112189875")
    (True, False)
    """
    total = sum(sum(divmod(int(digit) * (2 - place % 2), 10)) for place, digit in enumerate(digits))
    return total % 10 == 0
