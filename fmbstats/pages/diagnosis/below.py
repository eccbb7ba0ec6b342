"""What stands below the numbers: who is counted, other assumptions, how it is computed, sources."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from markupsafe import Markup

from fmbstats import codes, words
from fmbstats.adherence import LONGEST, SHORTEST
from fmbstats.pages.diagnosis.report import Report
from fmbstats.pages.publication import Publication
from fmbstats.pages.render import Part, Speaking, protected_rows, render
from fmbstats.results.headline import BETWEEN, CANNOT, LEAST, LOWER, MOST, ONE, UPPER
from fmbstats.settings import SETTINGS
from fmbstats.told import Told
from fmbstats.words import Absent


def method(report: Report) -> Part:
    """Return who is counted, other assumptions, how numbers come about, and FMB's codes."""
    folds = [
        ("method.who", _who(report)),
        ("method.assumptions", _assumptions(report)),
        ("method.how", _how(report)),
        ("method.function", _functioning(report)),
    ]
    html = render(
        "method.html",
        report.language,
        folds=[(report.say(key), block) for key, block in folds if block],
    )
    return Part("method", "below", html, [("method", report.plain("method.title"))])


def _who(report: Report) -> Markup:
    """Return the counts of the register: started, seen, ended, still going on, with a limit."""
    rows = [[report.say(f"who.{told.metric}"), told] for told in _counts(report)]
    heads, label = report.heads("who", ("what", "n"), ("n",)), report.plain("method.who")
    settings = report.diagnosis.store.settings
    text = report.say(
        "who.text",
        day=Told("first_day_seen", report.diagnosis.entry_day + 1, part="population"),
        gap=Told("gap_days", settings.gap_days, part="population"),
        date=report.cutoff,
    )
    said = Markup('<p class="text small">{}</p>').format(text)
    return _marked(report) + said + report.table(heads, rows, label=label)


def _counts(report: Report) -> list[Told]:
    """Return the box of who is counted."""
    kept = ("n_started", "n_seen", "n_ended", "n_ongoing", "n_scored", "n_ambiguous")
    found = [told for told in report.diagnosis.population().told() if told.metric in kept]
    return [told for told in found if told.estimate or told.metric != "n_ambiguous"]


def _marked(report: Report) -> Markup:
    """Say once in a fold that its numbers are of the example data."""
    if not report.is_synthetic:
        return Markup("")
    return Markup('<p><span class="tag">{}</span></p>').format(report.say("field.tag"))


def _assumptions(report: Report) -> Markup:
    """Return the share over the longest limit under other assumptions."""
    if not report.has_spells:
        return Markup("")
    known = Markup("<p>{}</p>").format(report.diagnosis.known_cases().html(report.language))
    known += _near(report) + _what_it_takes(report)
    if report.headline.form in (MOST, CANNOT):
        return _marked(report) + known
    frame = report.diagnosis.sensitivity().frame
    if frame["share"].isna().all():
        return _marked(report) + known
    rows = []
    for row in frame.to_dict("records"):
        group = "assumption", row["assumption"]
        share = report.told_share(row, LOWER, *group, part="sensitivity")
        n = report.told_count(row, *group, part="sensitivity")
        ends = share.range(report.language) if share.is_known and share.lo == share.lo else "–"
        rows.append([report.say(f"sensitivity.{row['assumption']}"), n, share, ends])
    numbers = ("n", "share", "interval")
    heads = report.heads("assume", ("what", *numbers), numbers)
    table = report.table(heads, rows, label=report.plain("method.assumptions"))
    return _marked(report) + known + table


# Of which limit each form of the answer tells, and in which words.
_NEAR = {ONE: ("one",), BETWEEN: (SHORTEST, LONGEST), LEAST: (LONGEST,), MOST: (SHORTEST,)}


def _near(report: Report) -> Markup:
    """Return how many ended so near a limit that a few days' change of it would move them."""
    said = []
    for name in _NEAR.get(report.headline.form, ()):
        share = report.measured(f"share_ending_near_{LONGEST if name == 'one' else name}")
        if share.is_known:
            shown = share.html(report.language, interval=True)
            said.append(report.say(f"near.{name}", share=shown))
    return Markup("<p>{}</p>").format(Markup(" ").join(said)) if said else Markup("")


def _what_it_takes(report: Report) -> Markup:
    """Return how many spells without limit it would take for the rest to have kept to theirs."""
    found = report.diagnosis.what_if()
    said = found.html(report.language)
    text = Markup("<p>{}</p>").format(said) if said else Markup("")
    if not found.is_asked:
        return text
    rows = [
        [found.assumed(told).html(report.language, decimals=0), told]
        for told in found.points
        if told.estimate > found.lower
    ]
    heads = report.heads("what_if", ("open", "least"), ("least",))
    label = report.plain("what_if.table")
    return text + (report.table(heads, rows, label=label) if rows else Markup(""))


def _how(report: Report) -> Markup:
    """Return the sentences on how the numbers come about, and what cannot be said."""
    said = [report.say(f"how.{key}") for key in ("conditional", "bounds", "interval", "month")]
    told = report.adherence.frame
    shares = told.loc[told["metric"].isin([LOWER, UPPER]), "flags"]
    reasons = {flag for row in shares for flag in str(row).split()}
    known = {reason.value: reason for reason in Absent}
    plain = [known[f].sentence(report.language) for f in sorted(reasons) if f in known]
    items = Markup("").join(Markup("<li>{}</li>").format(text) for text in (*said, *plain))
    return Markup('<ul class="text small">{}</ul>').format(items)


def _functioning(report: Report) -> Markup:
    """Return FMB's ICF codes, with its own words."""
    frame = report.diagnosis.icf()
    if not len(frame):
        return Markup("")
    rows = [
        [words.visible(row["name"], 500), row["code"], report.say(f"icf.{row['domain']}"),
         report.say(f"icf.{row['role']}")]
        for row in frame.to_dict("records")
    ]  # fmt: skip
    heads = report.heads("icf.head", ("name", "code", "domain", "role"))
    label = report.plain("method.function")
    return report.table(heads, rows, label=label, names_lang="sv", is_long=True)


def about(report: Report) -> Part:
    """Return publication, sources, protection, citation, licence, contact."""
    listed = ", ".join(map(codes.dotted, report.diagnosis.codes[:3]))
    cited = {"name": report.name, "codes": listed, "year": str(report.year)}
    return about_part(
        report, report.diagnosis.store.data_folder, report.diagnosis.release.threshold,
        "about.cite.text", cited, _sources(report),
        [(report.say("about.groups"), report.say("told.groups"))],
    )  # fmt: skip


def about_part(
    page: Speaking,
    data_folder: Path,
    threshold: int | None,
    cite: str,
    cited: dict[str, str],
    sources: list[Any] | None = None,
    groups: list[Any] | None = None,
) -> Part:
    """Return the part with label and text of every line.

    `data_folder`: holds what the publisher says. `threshold`: None for exact results. `cite`,
    `cited`: phrase of the citation, with its values. `sources`, `groups`: lines of a page's own,
    before and after that on protection.
    """
    publication = Publication.of(data_folder)
    unsaid = Markup("<em>{}</em>").format(page.say("about.unsaid"))
    dates = {"date": publication.date("published", page.language) or unsaid,
             "following": publication.date("next_edition", page.language) or unsaid}  # fmt: skip
    cited = cited | {"made": publication.publisher or "fmbstats"}
    rows = [
        (page.say("about.published"), page.say("about.published.text", **dates)),
        *(sources or ()),
        *protected_rows(page, threshold),
        *(groups or ()),
        (page.say("about.cite"), page.say(cite, **cited)),
        (page.say("about.licence"), publication.licence or unsaid),
        (page.say("about.contact"), publication.contact or publication.publisher or unsaid),
        (page.say("about.numbers"), number_files(page)),
    ]
    html = render("about.html", page.language, rows=rows)
    return Part("about", "below", html, [("about", page.plain("about.title"))])


def number_files(report: Any) -> Markup:
    """Return links to what the pages tell, and to all measures by all groups."""
    told, measured = SETTINGS.table, SETTINGS.measured
    links = '<a href="{}">CSV</a>; {}: <a href="{}">Parquet</a>'
    return Markup(links).format(told, report.plain("about.measured"), measured)


def _sources(report: Report) -> list[tuple[Markup, Any]]:
    rows = []
    sources = (*report.published.sources, *report.published.broader)
    names = [
        report.plain(f"about.source.{name}") if words.has_phrase(f"about.source.{name}") else name
        for name in dict.fromkeys(source.steps.source for source in sources)
    ]
    if names:
        rows.append((report.say("about.real"), "; ".join(names)))
    editions = [e for e in report.diagnosis.recommendation.editions.split(",") if e]
    named = {"names": words.joined(editions, report.language), "n": len(editions)}
    said = report.say("about.editions", **named) if editions else report.say("about.no_edition")
    rows.append((report.say("about.recommended"), said))
    return [*rows, report.register_line]
