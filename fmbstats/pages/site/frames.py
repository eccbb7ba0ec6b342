"""The frames of a folder's pages: links, crumbs, neighbours, the other language."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from fmbstats import words
from fmbstats.pages.frame import MAIN_PAGES, Frame, Link, Other, site_links
from fmbstats.words import phrase

#: FMB names its entries and groups in Swedish on every page.
NAMES_LANGUAGE = "sv"


@dataclass(frozen=True)
class Place:
    """A diagnosis' place among the pages of a folder."""

    slug: str
    name: str
    group: str


@dataclass(frozen=True)
class Site:
    """The pages of a folder."""

    language: str
    places: Sequence[Place]  #: The diagnoses with a page, in the order of the index.
    there: Sequence[str]  #: File names of the main pages in the folder.
    edition: str = ""  #: What the pages say of their edition.
    #: Language -> folder that holds the same pages in it, seen from this one.
    others: Mapping[str, str] = field(default_factory=dict)
    is_internal: bool = False

    def frame(self, title: str, name: str, here: str = "", **more: Any) -> Frame:
        """Return the frame of a page.

        `name`: file name of the page. `here`: main page that it belongs to; itself when empty.
        """
        links = site_links(self.language, here or name, self.there)
        return Frame(
            title=title,
            links=tuple(links),
            other=self._other(name),
            edition=self.edition,
            is_internal=self.is_internal,
            pages=tuple(place.slug for place in self.places),
            **more,
        )

    def diagnosis(self, slug: str) -> Frame:
        """Return the frame of a diagnosis' page, with its neighbours."""
        at = next(k for k, place in enumerate(self.places) if place.slug == slug)
        place = self.places[at]
        crumbs = (
            Link(MAIN_PAGES["index"], phrase("crumbs.all", self.language)),
            Link(f"index.html?group={quote(place.group)}", place.group, lang=self._names_lang),
        )
        beside = []
        if at > 0:
            beside.append(self._near(self.places[at - 1], "crumbs.previous", is_back=True))
        if at + 1 < len(self.places):
            beside.append(self._near(self.places[at + 1], "crumbs.next"))
        name = words.visible(place.name)
        return self.frame(name, f"{slug}.html", MAIN_PAGES["index"], crumbs=crumbs,
                          near=tuple(beside), title_lang=self._names_lang)  # fmt: skip

    @property
    def _names_lang(self) -> str:
        return "" if self.language == NAMES_LANGUAGE else NAMES_LANGUAGE

    def _near(self, place: Place, key: str, is_back: bool = False) -> Link:
        name = words.visible(place.name)
        short = name.split(" (", 1)[0]
        label = phrase(key, self.language)
        return Link(f"{place.slug}.html", short, label, self._names_lang, is_back=is_back)

    def _other(self, name: str) -> Other | None:
        """Return the link to the page in another language, when there is one."""
        for language, folder in self.others.items():
            return Other(f"../{folder}/{name}", language, phrase("site.other", self.language))
        return None
