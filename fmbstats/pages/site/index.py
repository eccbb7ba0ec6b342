"""The index of a year or a round, its page on method, and the list of a folder's evaluations."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from markupsafe import Markup

from fmbstats.figures.charts.answers import IN_ROW
from fmbstats.figures.charts.recipe import pictures
from fmbstats.pages.frame import Frame, page
from fmbstats.pages.render import render
from fmbstats.pages.site.entries import ANSWERED, Entry
from fmbstats.pages.site.search import lay_words, own_words, short_group
from fmbstats.release.rule import Rule
from fmbstats.settings import SETTINGS
from fmbstats.told import Telling, Told, sentence
from fmbstats.words import phrase


def index_page(
    entries: Sequence[Entry],
    frame: Frame,
    *,
    language: str,
    year: int,
    pages: Collection[str],
    title: str = "",
    failures: Sequence[str] = (),
    is_synthetic: bool = True,
) -> tuple[str, list[dict[str, str]]]:
    """Return the index and the rows that it tells.

    `entries`: group by group. `year`: start year of the spells. `pages`: slugs of the diagnoses
    whose pages are there; only these are links. `title`: of a round; empty for the question that a
    year's index asks. `failures`: diagnoses whose page could not be made, and why. `is_synthetic`:
    whether the register's numbers are invented.
    """
    groups: dict[str, list[Entry]] = {}
    for entry in entries:
        groups.setdefault(entry.group, []).append(entry)
    with Telling(slug="index", start_year=year) as telling:
        body = render(
            "index_body.html",
            language,
            title=title or sentence("index.question", language),
            kind=sentence("index.kind", language, year=str(year)),
            lead=_lead(entries, language),
            groups=[(name, [_row(e, language) for e in rows])
                    for name, rows in groups.items()],
            names={name: short_group(name) for name in groups},
            n_all=len(entries),
            n_real=sum(entry.reached is not None for entry in entries),
            pages=set(pages),
            failures=failures,
            examples=phrase("index.search.examples", language).split(),
            examples_text=phrase("index.search.examples", language),
            small=phrase("index.search.small", language),
            is_synthetic=is_synthetic,
        )  # fmt: skip
    return page(frame, body, language, searches=True), telling.rows


def _row(entry: Entry, language: str) -> dict[str, Any]:
    bar = Markup("")
    if entry.form in ANSWERED:
        bar = Markup(pictures(entry.answer(language), [IN_ROW], "", "syn")[0])
    return {
        "slug": entry.slug,
        "name": entry.name,
        "codes": entry.code_text(),
        "recommended": entry.recommended(language),
        "reached": _reached(entry, entry.reached, language) if entry.reached else "",
        "bar": bar,
        "said": entry.said(language),
        "is_answered": entry.form in ANSWERED,
        "words": own_words(entry.name, entry.codes),
        "lay": lay_words(entry.codes, language),
    }


def _reached(entry: Entry, share: Told, language: str) -> Markup:
    """Write a published share with what it is of: not always all codes, nor the index's year."""
    year = str(share.more.get("start_year")).removesuffix(".0")
    of = [share.stratum] * (len(entry.codes) > 1) + [year] * year.isdecimal()
    about = Markup(' <span class="codes">({})</span>').format(", ".join(of)) if of else ""
    return Markup(share.html(language)) + about


def _lead(entries: Sequence[Entry], language: str) -> Markup:
    """Say for how many diagnoses something can be told."""
    n_told = sum(entry.form in ANSWERED for entry in entries)
    n_open = sum(entry.form == "cannot" for entry in entries)
    if len(entries) == 1:
        return sentence("index.lead.one" if n_told else "index.lead.one.none", language)
    counts = [("n", "entries", len(entries)), ("told", "told", n_told), ("open", "cannot", n_open)]
    told = {
        name: Told("n_entries", n, by="reason", stratum=kind, part="index")
        for name, kind, n in counts
    }
    open_ended = told.pop("open")
    lead = sentence("index.lead", language, **told)
    if not n_open:
        return lead
    return lead + Markup(" ") + sentence("index.lead.open", language, open=open_ended)


#: Sections of the page on method.
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


def evaluations_page(
    pages: Mapping[str, str], language: str, *, is_synthetic: bool, is_internal: bool
) -> str:
    """Return the page.

    `pages`: slug of an evaluation -> its title.
    """
    title = phrase("site.evaluations", language)
    body = render("evaluations_body.html", language, pages=pages, is_synthetic=is_synthetic)
    return page(Frame(title=title, has_search=False, is_internal=is_internal), body, language)
