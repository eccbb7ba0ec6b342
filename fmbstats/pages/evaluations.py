"""The page that lists the evaluations of a folder."""

from __future__ import annotations

from collections.abc import Mapping

from markupsafe import Markup

from fmbstats.pages.frame import Frame, page
from fmbstats.pages.render import Head, Table, render
from fmbstats.told import sentence
from fmbstats.words import phrase


def evaluations_page(
    pages: Mapping[str, str], language: str, *, is_synthetic: bool, is_internal: bool
) -> str:
    """Return the page.

    Parameters
    ----------
    pages : mapping of str to str
        Slug of an evaluation -> its title.
    language : {"sv", "en"}
    is_synthetic, is_internal : bool
    """
    title = phrase("site.evaluations", language)
    rows = [[Markup('<a href="{}.html">{}</a>').format(slug, name)] for slug, name in pages.items()]
    blocks = [Table([Head(title)], rows, label=title).html(language)]
    if is_synthetic:
        text = f"{phrase('field.strong', language)} {phrase('field.rest', language)}"
        blocks.insert(0, Markup("<p>{}</p>").format(text))
    body = render(
        "section.html", language, id="evaluations", title=sentence("site.evaluations", language),
        blocks=blocks,
    )  # fmt: skip
    return page(Frame(title=title, has_search=False, is_internal=is_internal), body, language)
