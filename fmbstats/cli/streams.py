"""The terminal: whatever is written to it arrives, and nothing in it acts on it.

Names and values come from files that others wrote. A control character among them could move the
cursor, turn a line around or answer for the user; an encoding of the terminal could lack a letter.
Both are told here, once, for everything that is printed.
"""

from __future__ import annotations

import sys
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TextIO

# Signs of ours that older encodings lack; letters lose their marks instead.
_PLAIN = str.maketrans(
    {
        "\N{EN DASH}": "-", "\N{EM DASH}": "-", "\N{MINUS SIGN}": "-", "\N{BULLET}": "*",
        "\N{HORIZONTAL ELLIPSIS}": "...", "\N{NO-BREAK SPACE}": " ", "\N{THIN SPACE}": " ",
        "\N{RIGHTWARDS ARROW}": "->", "\N{MULTIPLICATION SIGN}": "x", "\N{MIDDLE DOT}": "*",
        "\N{LESS-THAN OR EQUAL TO}": "<=", "\N{GREATER-THAN OR EQUAL TO}": ">=",
        "\N{LEFT DOUBLE QUOTATION MARK}": '"', "\N{RIGHT DOUBLE QUOTATION MARK}": '"',
        "\N{RIGHT SINGLE QUOTATION MARK}": "'", "\N{NARROW NO-BREAK SPACE}": " ",
    }
)  # fmt: skip
_ALLOWED = str.maketrans("", "", "\n\t\N{NO-BREAK SPACE}")
# What a progress bar does: back to the start of its line, a line up.
_BAR_STARTS = ("\r", "\x1b[A")


class Harmless:
    """A text stream in whose place nothing fails and nothing acts.

    `inner` (TextIO): where the text goes; all else is asked of it.
    """

    # Click wraps a stream anew whose encoding it distrusts, and would pass this one by.
    encoding = "utf-8"
    errors = "strict"

    def __init__(self, inner: TextIO) -> None:
        self.inner = inner

    def __getattr__(self, name: str) -> object:
        if name in ("buffer", "raw"):
            raise AttributeError(name)
        return getattr(self.inner, name)

    def write(self, text: str) -> int:
        """Write `text`, control characters written out, letters as the encoding has them."""
        self.inner.write(encodable(_harmless(text), self.inner.encoding))
        return len(text)

    def writelines(self, lines: list[str]) -> None:
        """Write several texts."""
        for line in lines:
            self.write(line)


def _harmless(text: str) -> str:
    if text.translate(_ALLOWED).isprintable():
        return text
    # Only now: what words need takes longer to import than many a command runs.
    from fmbstats.media import on_terminal

    for start in _BAR_STARTS:
        if text.startswith(start) and "\n" not in text:
            return start + on_terminal(text.removeprefix(start))
    return on_terminal(text)


def encodable(text: str, encoding: str | None) -> str:
    """Return `text` in the signs that an encoding has.

    >>> encodable("Å – högst 5 %", "ascii")
    'A - hogst 5 %'
    """
    try:
        text.encode(encoding or "utf-8")
    except UnicodeEncodeError:
        return "".join(_nearest(sign, encoding) for sign in text)
    return text


def _nearest(sign: str, encoding: str | None) -> str:
    bare = "".join(c for c in unicodedata.normalize("NFKD", sign) if not unicodedata.combining(c))
    for said in (sign, sign.translate(_PLAIN), bare):
        try:
            said.encode(encoding or "utf-8")
        except UnicodeEncodeError:
            continue
        return said
    return "?"


@contextmanager
def harmless_streams() -> Iterator[None]:
    """Let all that is printed go through `Harmless`."""
    before = sys.stdout, sys.stderr
    sys.stdout, sys.stderr = (s if s is None else Harmless(s) for s in before)
    try:
        yield
    finally:
        sys.stdout, sys.stderr = before


def give_back() -> None:
    """Give the terminal to another program in this process, with its colours."""
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if isinstance(stream, Harmless):
            setattr(sys, name, stream.inner)
