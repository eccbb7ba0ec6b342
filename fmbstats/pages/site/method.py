"""The page on method: what is counted, what can be told, what cannot."""

from __future__ import annotations

from fmbstats.pages.frame import Frame, page
from fmbstats.pages.render import render
from fmbstats.release.rule import Rule
from fmbstats.settings import SETTINGS
from fmbstats.told import Telling, Told

PAGE = "method.html"
SECTIONS = ("question", "forms", "reached", "real", "register", "interval", "counties", "steering",
            "protected", "not")  # fmt: skip


def method_page(
    frame: Frame, *, language: str, threshold: int | None
) -> tuple[str, list[dict[str, str]]]:
    """Return the page on method, and the rows that it tells.

    `threshold`: nothing is decided by fewer spells; the usual number for exact results.
    """
    with Telling(slug="method") as telling:
        n = Told("smallest_group", Rule(threshold or SETTINGS.threshold).base, part="provenance")
        body = render("method_body.html", language, keys=SECTIONS, n=n)
    return page(frame, body, language), telling.rows
