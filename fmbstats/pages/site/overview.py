"""The overview of all entries: real shares first, what can be told, answers group by group."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from string import ascii_lowercase
from types import SimpleNamespace
from typing import Any

from markupsafe import Markup

import fmbstats
from fmbstats import codes, words
from fmbstats.figures.charts.answers import IN_KEY, AnswerBars, Parts, key_bar
from fmbstats.figures.charts.answers import Part as BarPart
from fmbstats.figures.charts.frame import FULL, HALF
from fmbstats.figures.charts.recipe import pictures
from fmbstats.figures.charts.years import Dumbbell, Pair
from fmbstats.figures.svg import Say
from fmbstats.overview import Overview
from fmbstats.pages.diagnosis.below import about_part
from fmbstats.pages.diagnosis.published import Source
from fmbstats.pages.figure import Figure, RegisterPage
from fmbstats.pages.render import Part, in_hundred, paragraph, render, without_unit
from fmbstats.pages.selection import entries_of_round
from fmbstats.pages.site.changes import count_changes
from fmbstats.pages.site.entries import ANSWERED, HALF_YEAR, Entry, entries_of, real_pairs
from fmbstats.release import store_for
from fmbstats.results.about import Release
from fmbstats.results.headline import codes_text
from fmbstats.rounds import Round, find_round, read_round
from fmbstats.settings import SETTINGS
from fmbstats.sources.fmb.edition_tables import read_editions
from fmbstats.told import Telling, Told, tell

#: Forms in the order of the bar, with their fills; the last ones are those not judged.
FILLS = {"one": "r5", "between": "r4", "least": "r3", "most": "r2", "cannot": "r1", "rest": "no"}
NAMED = ("F32", "F43", "M54")
ALL = "all"
NOT_JUDGED = ("short", "open", "few", "unknown")


@dataclass(frozen=True, eq=False)
class OverviewPage(RegisterPage):
    """The overview of all entries, or of a round."""

    overview: Overview
    language: str
    title: str = ""  #: Of a round; empty for all entries.
    round_name: str = ALL  #: What the page says it is about: "all", or a round's name.
    editions: Sequence[Any] = ()
    edition: str | None = None  #: Of a round: the one that it holds spells against.

    @cached_property
    def telling(self) -> Telling:
        """Gathers the rows that the page tells."""
        return Telling(slug="overview", start_year=self.overview.year)

    @cached_property
    def entries(self) -> list[Entry]:
        """All entries, group by group."""
        return entries_of(self.overview)

    @cached_property
    def pairs(self) -> list[tuple[Source, Source]]:
        """Published codes with two years, most long spells first."""
        return real_pairs(self.overview.store.data_folder)

    @property
    def register(self) -> SimpleNamespace:
        """The settings of the store."""
        return self.overview.store.settings

    def count(self, name: str, n: int) -> Told:
        """Return a number of entries as a told value."""
        return Told("n_entries", n, by="reason", stratum=name, part="overview")


def overview_page(
    *,
    year: int,
    language: str = words.DEFAULT_LANGUAGE,
    store: str = "",
    month_days: int = SETTINGS.month_days,
    release: bool = True,
    threshold: int = SETTINGS.threshold,
    round_name: str = "",
) -> OverviewPage:
    """Open the store and return the overview.

    `year`: start year of the spells; a round has its own. `store`: path of the store; the project's
    own by default. `month_days`: {30, 31}. `release`: protect small numbers, for publication; False
    for internal analysis. `threshold`: smallest count that is shown when `release` is true.
    `round_name`: name of an evaluation round, or path of its file; empty for all entries.

    Raises UnknownNameError: there is no such round, or no such entry.
    """
    asked = threshold if release else None
    opened = store_for(fmbstats.open_store(Path(store) if store else None), asked)
    editions = read_editions(opened.data_folder / "fmb")
    found = named_round(round_name, opened.data_folder)
    overview = Overview.of(
        opened,
        year=year if found is None else found.year,
        month_days=month_days,
        entry_ids=found and [entry_id for entry_id, _, _ in entries_of_round(editions, found)],
        release=Release(asked),
    )
    title = "" if found is None else words.visible(found.title_in(language))
    name, edition = (ALL, None) if found is None else (found.name, found.edition)
    known = words.checked_language(language)
    return OverviewPage(overview, known, title, name, editions, edition)


def named_round(name: str, data_folder: Path) -> Round | None:
    """Return an evaluation round by its name, or by the path of its file; None for no name."""
    if not name:
        return None
    return read_round(Path(name)) if name.endswith(".toml") else find_round(data_folder, name)


def answer(page: OverviewPage) -> Part:
    """Return the range of the published shares and the chart of two years."""
    is_real = len(page.pairs) > 1
    html = render(
        "overview_answer.html",
        page.language,
        kind="real" if is_real or not page.is_synthetic else "example",
        year=page.overview.year,
        round_name=page.round_name,
        title=page.title,
        finding=_finding(page) if is_real else page.say("overview.finding.none"),
        lead=_lead(page) if is_real else Markup(""),
        figure=page.figure(_dumbbell(page)) if is_real else Markup(""),
    )
    return Part("answer", "answer", html, [("answer", page.plain("contents.answer"))])


def _reached(source: Source) -> Told:
    return source.known_reached(HALF_YEAR)


def _finding(page: OverviewPage) -> Markup:
    most, least = _reached(page.pairs[0][0]), _reached(page.pairs[-1][0])
    return page.say(
        "overview.finding",
        low=in_hundred(least, "estimate", "near", page.language),
        high=in_hundred(most, "estimate", "near", page.language),
    )


def _lead(page: OverviewPage) -> Markup:
    by_code = {pair[0].steps.code: pair for pair in page.pairs}
    chosen = [page.pairs[-1][0].steps.code, "F43", page.pairs[0][0].steps.code]
    said = [
        page.say("overview.lead.item", name=code_name(c, page.language).lower(),
                 share=in_hundred(_reached(by_code[c][0]), "estimate", "near", page.language))
        for c in dict.fromkeys(chosen) if c in by_code
    ]  # fmt: skip
    items = Markup(", ").join(said)
    items = Markup(str(items)[:1].upper() + str(items)[1:])
    lower = sum(_reached(a).estimate < _reached(b).estimate for a, b in page.pairs)
    year = str(page.pairs[0][1].steps.year)
    counted = page.count("published", len(page.pairs))
    if lower == len(page.pairs):
        return page.say("overview.lead.lower", items=items, n=counted, year=year)
    return page.say("overview.lead", items=items, n=counted)


def code_name(code: str, language: str) -> str:
    """Return a published code's short name; the code where it has none."""
    key = f"code.{code}"
    return words.phrase(key, language) if words.has_phrase(key) else codes.shown(code)


def _dumbbell(page: OverviewPage) -> Figure:
    rows = []
    for now, before in page.pairs:
        new, old = _reached(now), _reached(before)
        rows.append(
            Pair(code_name(now.steps.code, page.language), codes.shown(now.steps.code),
                 old.estimate, new.estimate, _bare(page, old), _bare(page, new),
                 now.steps.code in NAMED)
        )  # fmt: skip
    years = (str(page.pairs[0][1].steps.year), str(page.pairs[0][0].steps.year))
    first = [r.name for r in rows[:2]]
    return Figure(
        key="half-year",
        level=2,
        title=page.say("overview.dumbbell", first=first[0].lower(), second=first[1].lower()),
        subtitle=page.say("overview.dumbbell.subtitle", old=years[0], new=years[1]),
        source=page.say("overview.dumbbell.source", now=years[1]),
        chart=Dumbbell(rows, *years, page.language),
        alt=Say(page.plain("overview.dumbbell.alt", n=str(len(rows)), first=rows[0].name,
                           share=rows[0].new_said.text),
                f"{rows[0].new_said.row} {tell(page.count('published', len(rows)))}"),
        width=FULL,
    )  # fmt: skip


def _bare(page: OverviewPage, told: Told) -> Say:
    return Say(without_unit(told.text(page.language)), tell(told))


def told(page: OverviewPage) -> Part:
    """Return for how many diagnoses an answer can be given, and in which form."""
    by_form = {form: [e for e in page.entries if e.form == form] for form in FILLS}
    by_form["rest"] = [e for e in page.entries if e.form in NOT_JUDGED]
    n_told = sum(len(by_form[form]) for form in ANSWERED)
    parts = []
    for form, fill in FILLS.items():
        n = page.count(form, len(by_form[form]))
        if by_form[form]:
            name = page.plain(f"overview.form.{form}")
            parts.append(BarPart(len(by_form[form]), page.shown(n), name, fill))
    both = page.count("both", len(by_form["one"]) + len(by_form["between"]))
    of = page.count("entries", len(page.entries))
    over = page.count("told", n_told)
    figure = Figure(
        key="answers",
        title=page.say("overview.forms", n=both, of=of),
        subtitle=page.say("overview.forms.subtitle"),
        source=page.say(
            "overview.forms.source",
            year=str(page.overview.year),
            day=str(page.overview.store.entry_day + 1),
        ),
        chart=Parts(parts, sum(bool(by_form[form]) for form in ANSWERED),
                    Say(page.plain("overview.forms.over", n=over), tell(over))),
        alt=Say(page.plain("overview.forms.alt", parts="; ".join(
            f"{p.name}: {p.said.text}" for p in parts)), " ".join(p.said.row for p in parts)),
        width=FULL,
    )  # fmt: skip
    blocks = [paragraph(page.say("overview.told.text")), page.figure(figure)]
    return page.section("told", "overview.told", blocks, contents="told.title", of=of)


def _ambiguous(page: OverviewPage) -> Markup:
    """Say how many spells have a code that tells no one diagnosis, and which codes."""
    found = page.overview.ambiguous
    if not found:
        return Markup("")
    n = Told("n_ambiguous", sum(found.values()), part="overview")
    return page.say("overview.ambiguous", n=n, codes=codes_text(found, page.language))


def example(page: OverviewPage) -> Part:
    """Return the register's answers group by group, and who has none."""
    groups: dict[str, list[Entry]] = {}
    for entry in page.entries:
        if entry.form in ANSWERED:
            groups.setdefault(entry.group, []).append(entry)
    figures: list[Markup] = []
    for name, entries in groups.items():
        answers = sorted((e.answer(page.language) for e in entries), key=_by_share)
        lang = Markup(' lang="sv"') if page.language != "sv" else ""
        figures.append(page.figure(Figure(
            key=f"group-{ascii_lowercase[len(figures)]}",
            title=Markup("<span{}>{}</span>").format(lang, name),
            subtitle="",
            source=page.say("source.example") if page.is_synthetic else "",
            chart=AnswerBars(answers),
            alt=Say(page.plain("overview.group.alt", answers="; ".join(a.words for a in answers)),
                    " ".join(a.said.row for a in answers)),
            tone=page.tone,
            width=HALF,
        )))  # fmt: skip
    html = render(
        "overview_example.html",
        page.language,
        figures=figures,
        ambiguous=_ambiguous(page),
        keys=[(Markup(pictures(key_bar(f), [IN_KEY], "", "syn")[0]), page.say(f"overview.key.{f}"))
              for f in ("between", "least", "most", "one")],
        folds=_folds(page),
        language_of_names="sv",
        texts={kind: page.say(f"form.{kind}") for kind in ("cannot", *NOT_JUDGED)},
    )  # fmt: skip
    return Part("example", page.place, html, [("answers", page.plain("overview.contents.example"))])


def _folds(page: OverviewPage) -> list[tuple[Markup, list[tuple[str, str, str]]]]:
    """Return the diagnoses without an answer: where it cannot be told, and those not judged."""
    chosen = {
        kind: [
            (entry.slug, entry.name, entry.form) for entry in page.entries if entry.form in forms
        ]
        for kind, forms in (("cannot", ("cannot",)), ("rest", NOT_JUDGED))
    }
    return [
        (page.say(f"overview.fold.{kind}", n=page.count(kind, len(rows))), rows)
        for kind, rows in chosen.items()
        if rows
    ]


def _by_share(found: Any) -> float:
    return -(found.high if found.form == "most" else found.low)


def changes(page: OverviewPage) -> Part:
    """Return how much FMB has changed between its two last editions, or up to a round's."""
    text = count_changes(page.editions, page.language, page.edition)
    if not text:
        return Part("changes", "below", Markup(""))
    return page.section("changes", "site.changes", [paragraph(text)], place="below")


def about(page: OverviewPage) -> Part:
    """Return publication, citation, licence, contact."""
    overview = page.overview
    cited = {"year": str(overview.year)}
    folder, threshold = overview.store.data_folder, overview.release.threshold
    return about_part(page, folder, threshold, "overview.cite", cited)


#: The parts in the order of the page.
OverviewPage.makers = {
    "answer": answer, "told": told, "example": example, "changes": changes, "about": about,
}  # fmt: skip
