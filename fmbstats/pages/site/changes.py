"""What changed between two editions of FMB: in numbers, and change by change on a page."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from markupsafe import Markup

from fmbstats import words
from fmbstats.pages.frame import Frame, page
from fmbstats.pages.render import Head, Table, render
from fmbstats.recommendations.diff import compare_editions
from fmbstats.recommendations.diff_output import CHANGES, said_in, words_in
from fmbstats.sources.fmb.sidecars import before_and_now
from fmbstats.told import Telling, Told, sentence
from fmbstats.words import phrase

if TYPE_CHECKING:
    from fmbstats.recommendations.diff import EditionDiff
    from fmbstats.sources.fmb.edition_tables import Edition

PAGE = "fmb-changes.html"


def compared(editions: Sequence[Edition], name: str | None = None) -> EditionDiff | None:
    """Compare an edition (by default the newest) with the one before; None without one.

    `editions`: oldest first. `name`: the newer one of the two.
    """
    both = before_and_now([edition.source for edition in editions], name)
    by_name = {edition.name: edition for edition in editions}
    return None if both is None else compare_editions(*(by_name[one] for one in both))


def count_changes(editions: Sequence[Edition], language: str, name: str | None = None) -> Markup:
    """Say how many cases came, went and changed; empty without an edition before `name`."""
    found = compared(editions, name)
    if found is None:
        return Markup("")
    counts = _counts(found)
    return sentence(
        "changes.counts",
        language,
        came=counts["new"],
        went=counts["withdrawn"],
        silent=counts["silent"],
        old=found.old,
        new=found.new,
        link=Markup('<a href="{}">{}</a>').format(PAGE, phrase("changes.all", language)),
    )


def _counts(found: EditionDiff) -> dict[str, Told]:
    """Return the number of changes of each kind; of the new and the withdrawn, of cases."""
    n = {kind: _n(found, kind) for kind in CHANGES}
    n["silent"] = int(found.of("length")["is_silent"].sum())
    return {
        kind: Told("n_silent_changes" if kind == "silent" else "n_changes", value, by="change",
                   stratum=kind, part="editions")
        for kind, value in n.items()
    }  # fmt: skip


def _n(found: EditionDiff, kind: str) -> int:
    rows = found.of(kind)
    of_cases = rows.filter(rows["kind"] == "case") if kind in ("new", "withdrawn") else rows
    return of_cases.height


def changes_page(
    found: EditionDiff, frame: Frame, *, language: str
) -> tuple[str, list[dict[str, str]]]:
    """Return the page that lists every change, and the rows that it tells."""
    with Telling(slug="fmb-changes") as telling:
        counts = _counts(found)
        kinds = [kind for kind in CHANGES if found.of(kind).height]
        body = render(
            "changes_body.html",
            language,
            title=sentence("changes.title", language, old=found.old, new=found.new),
            lead=sentence("changes.lead", language, silent=counts["silent"]),
            sections=[
                (f"change-{k + 1}", _name(kind, language), counts[kind].html(language),
                 _table(found, kind, language).html(language))
                for k, kind in enumerate(kinds)
            ],
        )  # fmt: skip
    return page(frame, body, language), telling.rows


def _name(kind: str, language: str) -> str:
    name = str(words_in(language)[kind])
    return name[0].upper() + name[1:]


def _table(found: EditionDiff, kind: str, language: str) -> Table:
    """Return the changes of a kind; FMB's own words stay Swedish."""
    silent = phrase("changes.silent", language)
    found_rows = found.of(kind)
    of_cases = bool((found_rows["case"] != "").any())
    rows = [
        [
            words.visible(row["item"]),
            *([_side(row["case"], language)] if of_cases else []),
            words.visible(row["codes"] or "–"),
            _side(row["old"], language),
            _side(row["new"], language),
            silent if row["is_silent"] and kind == "length" else words_in(language)[row["kind"]],
        ]
        for row in found_rows.iter_rows(named=True)
    ]
    named = ("entry", "case", "codes") if of_cases else ("entry", "codes")
    heads = [Head(phrase(f"changes.head.{k}", language)) for k in named]
    is_length = kind in ("length", "new", "withdrawn")
    heads += [Head(found.old, is_length), Head(found.new, is_length)]
    heads.append(Head(phrase("changes.head.kind", language)))
    return Table(heads, rows, label=_name(kind, language), names_lang="sv", is_long=True)


def _side(text: str | None, language: str) -> Markup:
    """Write one side of a change: a length in the page's language, FMB's sentences as they are."""
    shown = words.visible(said_in(text or "", language)) or "–"
    is_swedish = language == "sv" or shown != words.visible(text or "")
    if is_swedish or shown == "–":
        return Markup("{}").format(shown)
    return Markup('<span lang="sv">{}</span>').format(shown)
