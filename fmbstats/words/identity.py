"""Swedish personal identity numbers, wherever they stand in a text."""

from __future__ import annotations

import re

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
