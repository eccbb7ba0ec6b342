"""The frame of every page: header, links, contents, field of example data, footer, policy."""

from __future__ import annotations

import base64
import functools
import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from markupsafe import Markup

from fmbstats import words
from fmbstats.pages.render import Part, render, script, style_sheet
from fmbstats.words import phrase


@dataclass(frozen=True)
class Link:
    """A link of the frame."""

    href: str
    text: str
    label: str = ""  #: What a screen reader says before it.
    lang: str = ""  #: Language of the text when it is another than the page's.
    #: `is_here`, `is_back`: it is this page; it leads back.
    is_here: bool = False
    is_back: bool = False


@dataclass(frozen=True)
class Frame:
    """What stands around a page's parts."""

    title: str  #: In the browser's tab, before the site's name.
    links: Sequence[Link] = ()  #: The site's main pages.
    #: `crumbs`, `near`: where the page belongs; the page before and the one after.
    crumbs: Sequence[Link] = ()
    near: Sequence[Link] = ()
    other: Link | None = None  #: The page in another language.
    edition: str = ""  #: In the footer.
    has_search: bool = True
    is_internal: bool = False  #: Exact numbers that must not leave the house.
    #: Its language when it is another than the page's: then it stands alone, as a title has one.
    title_lang: str = ""
    #: Slugs of the diagnoses whose pages are there; others are linked by the index. None: all.
    pages: tuple[str, ...] | None = None


def page(frame: Frame, body: Markup, language: str, *, searches: bool = False) -> str:
    """Return a whole page.

    `body`: what stands in ``main``. `searches`: it has the field that searches among its rows.
    """
    return str(
        render(
            "frame.html",
            language,
            frame=frame,
            body=body,
            css=Markup(style_sheet(searches=searches)),
            script=Markup(script(searches=searches)),
            policy=policy(searches=searches),
        )
    )


def policy(*, searches: bool = False) -> str:
    """Return the content security policy: no request, and no script but the page's own."""
    return (
        "default-src 'none'; style-src 'unsafe-inline'; img-src data: blob:; font-src data:; "
        f"script-src '{_script_hash(searches)}'; base-uri 'none'; form-action 'self'"
    )


@functools.cache
def _script_hash(searches: bool) -> str:
    """Return the hash by which the policy lets the page's one script run."""
    digest = hashlib.sha256(script(searches=searches).encode("utf-8")).digest()
    return "sha256-" + base64.b64encode(digest).decode("ascii")


def parts_page(frame: Frame, parts: Sequence[Part], language: str) -> str:
    """Return the page of parts, each at its place.

    A page without real statistics stands in the field of example data from its first line.
    """

    def at(place: str) -> Markup:
        return Markup("\n").join(part.html for part in parts if part.place == place)

    is_field = 'data-kind="example"' in at("answer")
    contents = [
        (anchor, title, part.place == "example" or (is_field and part.place == "answer"))
        for part in parts
        for anchor, title in part.contents
    ]
    body = render(
        "body.html",
        language,
        answer=at("answer"),
        card=at("card"),
        real=at("real"),
        example=at("example"),
        below=at("below"),
        is_field=is_field,
        frame_contents=contents,
    )
    return page(frame, _with_links_there(body, frame), language)


_PAGE_LINK = re.compile(r'href="([a-z0-9-]+)\.html"')


def _with_links_there(body: Markup, frame: Frame) -> Markup:
    """Lead to the index where a diagnosis' own page has not been made."""
    if frame.pages is None:
        return body
    there = {*frame.pages, *(name.removesuffix(".html") for name in MAIN_PAGES.values())}
    return Markup(
        _PAGE_LINK.sub(
            lambda match: match[0] if match[1] in there else f'href="index.html?q={match[1]}"', body
        )
    )


def site_links(language: str, here: str, there: Sequence[str]) -> list[Link]:
    """Return the links to the main pages that are there.

    `here`: file name of the main page that this one belongs to. `there`: file names of the main
    pages in the folder.
    """
    return [
        Link(name, phrase(f"site.{key}", language), is_here=name == here)
        for key, name in MAIN_PAGES.items()
        if name in there
    ]


MAIN_PAGES = {
    "index": "index.html",
    "overview": "overview.html",
    "evaluations": "evaluations.html",
    "changes": "fmb-changes.html",
    "method": "method.html",
}


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

    def _other(self, name: str) -> Link | None:
        """Return the link to the page in another language, when there is one."""
        for language, folder in self.others.items():
            text = phrase("site.other", self.language)
            return Link(f"../{folder}/{name}", text, lang=language)
        return None
