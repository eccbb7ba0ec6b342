"""The page that lists the evaluations of a folder."""

from __future__ import annotations

from collections.abc import Mapping

from fmbstats.pages.frame import Frame, page
from fmbstats.pages.render import render
from fmbstats.words import phrase


def evaluations_page(
    pages: Mapping[str, str], language: str, *, is_synthetic: bool, is_internal: bool
) -> str:
    """Return the page.

    `pages`: slug of an evaluation -> its title.
    """
    title = phrase("site.evaluations", language)
    body = render("evaluations_body.html", language, pages=pages, is_synthetic=is_synthetic)
    return page(Frame(title=title, has_search=False, is_internal=is_internal), body, language)
