"""Executed notebook → page: its parts at their places, whatever else it shows below them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from markupsafe import Markup

from fmbstats.pages.frame import Frame, parts_page
from fmbstats.pages.html import shown_blocks
from fmbstats.pages.render import PART_MIME, Part
from fmbstats.pages.safety import check_html
from fmbstats.pages.style import OWN_KEY

_FIGURE = re.compile(
    r'<figure id="([\w-]+)">.*?<h\d><a[^>]*>(.*?)</a></h\d>.*?</figure>', re.DOTALL
)


def notebook_page(notebook: Mapping[str, Any], frame: Frame, *, language: str) -> str:
    """Make the page of one executed notebook.

    Parameters
    ----------
    notebook : nbformat.NotebookNode
        Executed notebook (nbformat 4).
    frame : Frame
    language : {"sv", "en"}

    Returns
    -------
    str
        A complete HTML document.

    Raises
    ------
    UnsafeHtmlError
        One of our own objects wrote HTML with a script, an event handler or an outside address.
    """
    parts = [part for cell in notebook["cells"] for part in _parts(cell, language)]
    return parts_page(frame, parts, language)


def _parts(cell: Mapping[str, Any], language: str) -> list[Part]:
    found: list[Part] = []
    others = []
    for output in cell.get("outputs", ()) if cell["cell_type"] == "code" else ():
        about = output.get("data", {}).get(PART_MIME)
        if about and output.get("metadata", {}).get(OWN_KEY, {}).get("own"):
            html = check_html(_text(output["data"]["text/html"]))
            contents = [(anchor, title) for anchor, title in about["contents"]]
            found.append(Part(about["key"], about["place"], Markup(html), contents))
        else:
            others.append(output)
    rest = "\n".join(shown_blocks({**cell, "outputs": others}, language))
    return [*found, Part("more", "below", Markup(rest))] if rest else found


def without_figures(notebook: Mapping[str, Any], page_name: str) -> None:
    """Leave a link to the page in place of each figure: a picture is kept once.

    Parameters
    ----------
    notebook : nbformat.NotebookNode
        Changed in place.
    page_name : str
        File name of the page, in the folder above the notebook's.
    """
    link = rf'<p><a href="../{page_name}#\1">\2</a></p>'
    for cell in notebook["cells"]:
        for output in cell.get("outputs", ()):
            data = output.get("data", {})
            if PART_MIME in data:
                data["text/html"] = _FIGURE.sub(link, _text(data["text/html"]))


def _text(value: Any) -> str:
    """Join what nbformat may hold as a list of lines."""
    return value if isinstance(value, str) else "".join(value)
