r"""Text from data as each medium may show it: nothing acts, turns text round, hides, is a formula.

Names come from anywhere: registers, their files, mappings, codes, publishers. One function for
each medium, and no other place where text is made harmless:

====================  ====================================================================
terminal              `on_terminal`, for all that is printed (`cli.streams`)
page, notebook        `in_html`; templates escape by themselves, of text that is `visible`
CSV, workbook         `in_cell`
picture, document     `in_picture`
====================  ====================================================================
"""

from __future__ import annotations

import html
from functools import lru_cache

from fmbstats import words
from fmbstats.words.plain import harmless as on_terminal

__all__ = ["in_cell", "in_html", "in_picture", "on_terminal"]

_FORMULA_STARTS = ("=", "+", "-", "@")


def in_html(text: object) -> str:
    """Return text as HTML: escaped, hidden signs visible, right-to-left letters isolated.

    Examples
    --------
    >>> in_html("<b>&")
    '&lt;b&gt;&amp;'
    """
    shown = words.visible(text)
    safe = html.escape(shown, quote=True)
    return f"<bdi>{safe}</bdi>" if words.has_right_to_left(shown) else safe


def in_cell(text: object, max_length: int = 500) -> str:
    """Return text for a cell: with an apostrophe where a spreadsheet would run it as a formula.

    Examples
    --------
    >>> in_cell("=1+1"), in_cell(" @sum"), in_cell("F32")
    ("'=1+1", "'@sum", 'F32')
    """
    shown = words.visible(text, max_length)
    return f"'{shown}" if shown.startswith(_FORMULA_STARTS) else shown


def in_picture(text: object, max_length: int = 500) -> str:
    r"""Return text in letters that the fonts of pictures have; others as their number.

    Examples
    --------
    >>> in_picture("a\u4e2d"), in_picture("a\u202eb")
    ('a[U+4E2D]', 'a[U+202E]b')
    """
    shown = words.visible(text, max_length)
    if shown.isascii():
        return shown
    known = _known_glyphs()
    return "".join(c if ord(c) in known else f"[U+{ord(c):04X}]" for c in shown)


@lru_cache(maxsize=1)
def _known_glyphs() -> frozenset[int]:
    from matplotlib.font_manager import FontProperties, findfont, get_font

    return frozenset(get_font(findfont(FontProperties(family="DejaVu Sans"))).get_charmap())
