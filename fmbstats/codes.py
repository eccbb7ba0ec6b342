"""ICD-10-SE codes as a type: normalised form, parents, category, chapter.

A normalised code is a capital letter, two digits and up to three further letters or digits,
without dot or spaces: ``F438A``. Registers often hold three characters only; FMB's own codes
have three to five.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

from fmbstats.errors import UserError

# Two codes in one cell are none: "F32 Z73" is not a part of F32.
CODE_PATTERN = re.compile(r"[A-Z][0-9]{2}(?![A-Z][0-9]{2})[0-9A-Z]{0,3}")
_FILLER = re.compile(r"[\s.\u00a0\u2007\u202f]+")
_RANGE = re.compile(r"([A-Z][0-9]{2})[-–]([A-Z][0-9]{2})")
#: Every code together.
ALL_CODES = "ALL"

#: First and last category of each chapter, in the order of the classification.
CHAPTERS: tuple[tuple[str, str], ...] = (
    ("A00", "B99"), ("C00", "D48"), ("D50", "D89"), ("E00", "E90"), ("F00", "F99"),
    ("G00", "G99"), ("H00", "H59"), ("H60", "H95"), ("I00", "I99"), ("J00", "J99"),
    ("K00", "K93"), ("L00", "L99"), ("M00", "M99"), ("N00", "N99"), ("O00", "O99"),
    ("P00", "P96"), ("Q00", "Q99"), ("R00", "R99"), ("S00", "T98"), ("U00", "U99"),
    ("V01", "Y98"), ("Z00", "Z99"),
)  # fmt: skip
_ROMAN = ("I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX", "X", "XI", "XII", "XIII", "XIV",
          "XV", "XVI", "XVII", "XVIII", "XIX", "XX", "XXI", "XXII")  # fmt: skip


class CodeError(UserError, ValueError):
    """A string that cannot be an ICD-10-SE code."""

    exit_code = 2


def normalise(code: str) -> str:
    """Bring a code to capitals without dots, spaces or a dagger/asterisk mark.

    Parameters
    ----------
    code : str
        As found in a register or typed by a user.

    Returns
    -------
    str
        Three to six characters, e.g. ``"F438A"``.

    Raises
    ------
    CodeError
        When the rest is not letter, two digits and at most three letters or digits.

    Examples
    --------
    >>> normalise("f43.8 a")
    'F438A'
    >>> normalise("M54.5")
    'M545'
    """
    bare = _FILLER.sub("", str(code)).upper().rstrip("*+†")
    if not CODE_PATTERN.fullmatch(bare):
        raise CodeError(
            f"{str(code)[:40]!r} is not an ICD-10-SE code: expected a letter, two digits and up to "
            "three further letters or digits, such as F32, F43.8A or M545."
        )
    return bare


def is_code(code: object) -> bool:
    """Tell whether `code` can be normalised.

    >>> is_code("F32"), is_code("32F"), is_code("F32 Z73"), is_code(None)
    (True, False, False, False)
    """
    if not isinstance(code, str):
        return False
    return bool(CODE_PATTERN.fullmatch(_FILLER.sub("", code).upper().rstrip("*+†")))


def dotted(code: str) -> str:
    """Write a code as people do, with a dot after the third character; a range as it is.

    >>> dotted("F438A"), dotted("f32"), dotted("I60-I64")
    ('F43.8A', 'F32', 'I60-I64')
    """
    bare = code_or_range(code)
    return bare if len(bare) == 3 or "-" in bare else f"{bare[:3]}.{bare[3:]}"


@lru_cache(maxsize=1 << 12)
def code_or_range(text: str) -> str:
    """Bring what a published table is of to its normal form: a code, a range of categories, ALL.

    Raises
    ------
    CodeError
        It is none of them, or the range ends before it begins.

    Examples
    --------
    >>> code_or_range("m54.5"), code_or_range("M05–M06"), code_or_range("all")
    ('M545', 'M05-M06', 'ALL')
    """
    bare = "".join(text.split()).upper()
    if bare == ALL_CODES:
        return ALL_CODES
    if found := _RANGE.fullmatch(bare):
        if found[2] < found[1]:
            raise CodeError(f"the range {text[:40]!r} ends before it begins.")
        return found[1] if found[1] == found[2] else f"{found[1]}-{found[2]}"
    return normalise(text)


def is_range(code: str) -> bool:
    """Tell whether a normal form is a range of categories.

    >>> is_range("M05-M06"), is_range("M05")
    (True, False)
    """
    return "-" in code


def is_within(code: str, wider: str) -> bool:
    """Tell whether a code lies in another code, in a range, or among all.

    >>> is_within("F438A", "F43"), is_within("M060", "M05-M06"), is_within("F43", "F438A")
    (True, True, False)
    """
    if wider == ALL_CODES:
        return True
    if not is_range(wider):
        return code.startswith(wider)
    first, last = wider.split("-")
    return first <= code[:3] and (code[4:7] if is_range(code) else code[:3]) <= last


def overlap(one: str, other: str) -> bool:
    """Tell whether two codes or ranges have some code in common.

    >>> overlap("F43", "F438A"), overlap("M06", "M05-M06"), overlap("M05-M08", "M07-M09")
    (True, True, True)
    """
    if is_range(one) and is_range(other):
        (a, b), (c, d) = one.split("-"), other.split("-")
        return a <= d and c <= b
    return is_within(one, other) or is_within(other, one)


def are_within(code: str, wider: Iterable[str]) -> bool:
    """Tell whether a code, or every category of a range, lies in some of other codes.

    >>> are_within("M05-M06", ["M05", "M06"]), are_within("M05-M06", ["M05"])
    (True, False)
    """
    wider, parts = list(wider), [code]
    first, _, last = code.partition("-")
    if last and first[0] == last[0]:
        parts = [f"{first[0]}{n:02d}" for n in range(int(first[1:]), int(last[1:]) + 1)]
    return all(any(is_within(part, w) for w in wider) for part in parts)


def shown(code: str) -> str:
    """Write a normal form as people do: dotted, a range with an en dash.

    >>> shown("F438A"), shown("M05-M06"), shown("ALL")
    ('F43.8A', 'M05–M06', 'ALL')
    """
    return code.replace("-", "–") if is_range(code) or code == ALL_CODES else dotted(code)


def above(listed: Iterable[str]) -> set[str]:
    """Give the codes above some codes, never under three characters, without themselves.

    >>> sorted(above(["F438A", "F32"]))
    ['F43', 'F438']
    """
    given = set(listed)
    return {code[:n] for code in given for n in range(3, len(code))} - given


def parents(code: str) -> tuple[str, ...]:
    """Give the code itself and its broader codes, never under three characters.

    This is the order in which a recommendation is looked up.

    >>> parents("F43.8A")
    ('F438A', 'F438', 'F43')
    """
    bare = normalise(code)
    return tuple(bare[:length] for length in range(len(bare), 2, -1))


def category(code: str) -> str:
    """Give the three-character category.

    >>> category("F438A")
    'F43'
    """
    return normalise(code)[:3]


def chapter(code: str) -> str:
    """Give the chapter as its first and last category.

    Raises
    ------
    CodeError
        When no chapter holds the code (e.g. D49).

    Examples
    --------
    >>> chapter("F43"), chapter("T14.9"), chapter("W19")
    ('F00-F99', 'S00-T98', 'V01-Y98')
    """
    group = category(code)
    for first, last in CHAPTERS:
        if first <= group <= last:
            return f"{first}-{last}"
    raise CodeError(f"{code!r} lies in no chapter of ICD-10-SE.")


def chapter_by_number(number: str) -> str | None:
    """Give the chapter that a list calls "05" or "V"; None when it is no such number.

    The classification numbers the chapter of special purposes (U) last.

    Examples
    --------
    >>> chapter_by_number("05"), chapter_by_number("V"), chapter_by_number("22")
    ('F00-F99', 'F00-F99', 'U00-U99')
    >>> chapter_by_number("F32"), chapter_by_number("23")
    (None, None)
    """
    spans = [c for c in CHAPTERS if c[0] != "U00"] + [c for c in CHAPTERS if c[0] == "U00"]
    if number in _ROMAN:
        return "-".join(spans[_ROMAN.index(number)])
    is_number = number.isascii() and number.isdecimal() and len(number) <= 2
    return "-".join(spans[int(number) - 1]) if is_number and 0 < int(number) <= 22 else None


def under(code: str, known: Iterable[str]) -> tuple[str, ...]:
    """Give those of `known` (normalised) that lie strictly under `code`, sorted.

    >>> under("F43", ["F430", "F43", "F438A", "F32"])
    ('F430', 'F438A')
    """
    bare = normalise(code)
    return tuple(sorted(k for k in known if k.startswith(bare) and k != bare))


def order(code: str) -> tuple[str, str]:
    """Sort key: chapter first, then code; malformed codes last.

    >>> sorted(["Z00", "xx", "A00"], key=order)
    ['A00', 'Z00', 'xx']
    """
    return ("0", normalise(code)) if is_code(code) else ("1", str(code))
