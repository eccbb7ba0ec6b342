"""A picture of a page as a file of its own: colours resolved, patterns within, nothing to fetch."""

from __future__ import annotations

import functools
import re
from html import escape
from pathlib import Path

from fmbstats import words
from fmbstats.figures.charts import recipe
from fmbstats.figures.style import picture_style

_TEMPLATES = Path(__file__).with_name("templates")
_DEFS = re.compile(r"<svg [^>]*>(<defs>.*?</defs>)</svg>", re.DOTALL)
_HEAD = re.compile(r"<svg ([^>]*)>")
_BOX = re.compile(r'viewBox="0 0 ([\d.]+) ([\d.]+)"')
# What only a page is in need of: what can be reached by keyboard, and which row a number has.
_OF_PAGES = re.compile(r' (?:tabindex|data-row|data-as|role)="[^"]*"')
_TITLE = re.compile(r"<title>.*?</title>", re.DOTALL)


@functools.cache
def patterns() -> tuple[str, str]:
    """Return the picture in which a page holds its patterns, and the patterns alone."""
    found = _DEFS.search((_TEMPLATES / "frame.html").read_text(encoding="utf-8"))
    return (found[0], found[1]) if found else ("", "")


def standalone(svg: str, *, width_cm: float, title: str, alt: str, language: str) -> str:
    """Return a picture of a page as a file.

    `svg`: as `svg.Drawing.markup` writes it. `width_cm`: width on paper; the height follows.
    `title`, `alt`: its name, and what is to be seen.

    Returns SVG whose text is text; the same picture gives the same bytes.
    """
    head = _HEAD.match(svg)
    box = _BOX.search(svg)
    if head is None or box is None:
        raise ValueError("no picture of a page")
    tone = "syn" if " syn" in head[1].partition('role="')[0] else "real"
    width, height = float(box[1]), float(box[2])
    ground = '<rect width="100%" height="100%" fill="{}"/>'.format(
        "#faf6ec" if tone == "syn" else "#fff"
    )
    body = _TITLE.sub("", _OF_PAGES.sub("", svg[head.end() :]))
    found = recipe.WRITTEN.search(head[1])
    drawn = found[0] if found else ""
    said = f'<title id="title">{_said(title)}</title><desc id="description">{_said(alt)}</desc>'
    return (
        '<?xml version="1.0" encoding="utf-8"?>\n'
        f'<svg xmlns="http://www.w3.org/2000/svg" class="{tone}" width="{width_cm:g}cm" '
        f'height="{width_cm * height / width:.4f}cm" viewBox="{box[0][9:-1]}" role="img" '
        f'xml:lang="{language}" aria-labelledby="title description"{drawn}>{said}'
        f"<style>{escape(picture_style(tone), quote=False)}</style>{patterns()[1]}{ground}{body}\n"
    )


def _said(text: str) -> str:
    return escape(words.visible(text, 5000), quote=False)
