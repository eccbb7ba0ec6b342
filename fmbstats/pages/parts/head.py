"""The head of a report, what is recommended, and what real counts say."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd

from fmbstats import codes, figures, words
from fmbstats.pages.blocks import Bullets, Note, Section
from fmbstats.pages.parts.frame import Frame


def headline(report: Frame) -> Section:
    """Title, whether the data are real, and the answer in one sentence."""
    n = report.n_spells
    parts = [
        Note(_subtitle(report), "subtitle"),
        _data_note(report),
        Note(report.adherence.text(report.language), "lead"),
        Note(report.say("headline.group"), "caveat"),
        Note(_release_note(report), "caveat"),
    ]
    about = {
        "entry": report.diagnosis.key,
        "year": report.diagnosis.year,
        "spells": 0 if isinstance(n, words.Spoken) else int(n),
    }
    name = words.visible(report.diagnosis.title)
    return Section("headline", name, parts, report.language, level=1, about=about)


def _subtitle(report: Frame) -> str:
    """Codes, group of diseases, and what is compared."""
    groups = dict.fromkeys(report.diagnosis.recommendation.entries["disease_group_name"])
    return report.say(
        "report.subtitle",
        year=report.diagnosis.year,
        codes=", ".join(map(codes.dotted, report.diagnosis.codes)),
        groups=", ".join(words.visible(group) for group in groups),
    )


def _release_note(report: Frame) -> str:
    threshold = report.diagnosis.release.threshold
    if threshold is None:
        return report.say("report.internal")
    return report.say("report.released", threshold=threshold)


def _data_note(report: Frame) -> Note:
    settings = report.diagnosis.store.settings
    if report.is_synthetic:
        return Note(
            report.say("report.synthetic.sentence"),
            "data-note synthetic",
            strong=report.say("report.synthetic"),
        )
    text = report.say(
        "report.real.sentence",
        source=settings.register_name,
        date=words.date(settings.extraction_date, report.language),
    )
    return Note(text, "data-note real", strong=report.say("report.real"))


def published(report: Frame) -> Section:
    """Real, published counts with the sharp bounds they give."""
    result = report.diagnosis.published()
    if not result.rows:
        return report.empty("published")
    language = report.language
    parts = [Note(result.text(language), "lead", strong=report.say("report.real"))]
    for steps in result.steps():
        bands, limits = steps.bands(), steps.limits(language)
        parts.append(
            report.figure(
                f"published-{steps.key}",
                "bounds",
                lambda ax, b=bands, at=limits: figures.bounds_figure(
                    b, ax, limits=at, until_day=730, language=language
                ),
                figures.alt_bounds_figure(bands, limits=limits, language=language),
                steps.caption(language),
                steps.display(language),
                table=steps.data_caption(language),
            )
        )
    tables = {
        "published": result.display(language),
        "published_stock": result.stock(language),
        "published_facts": result.facts(language),
        "published_figures": result.figures(language),
        "ended": result.ended(language),
        "longer": result.longer(language),
    }
    parts += [report.table(frame, key) for key, frame in tables.items() if len(frame)]
    parts.append(Bullets(result.notes(language)))
    return report.section("published", parts)


def recommendation(report: Frame) -> Section:
    """The entry's cases with their limits, in force in the year."""
    found = report.diagnosis.recommendation
    if not len(found.cases):
        return report.empty("recommendation")
    editions = words.joined(found.editions.split(","), report.language)
    key = "intro" if editions == found.editions else "intro.several"
    intro = report.say(f"section.recommendation.{key}", edition=editions)
    parts = [report.table(found.display(report.language), "cases", found.values())]
    return report.section("recommendation", parts, intro=intro)


def history(report: Frame) -> Section:
    """How the recommendation has changed between the editions."""
    found = report.diagnosis.history()
    frame = found.display(report.language)
    if len(frame) < 2:
        return report.empty("history")
    if len(frame) == len(report.diagnosis.recommendation.cases):
        return report.empty("history", report.say("history.above"))
    return report.section("history", [report.table(frame, "history", found.values())])


def functioning(report: Frame) -> Section:
    """The entry's ICF codes: impairments and activity limitations."""
    frame = report.diagnosis.icf()
    if not len(frame):
        return report.empty("icf")
    shown = pd.DataFrame(
        {
            report.say("column.icf_domain"): [
                report.say(f"icf.{domain}") for domain in frame["domain"]
            ],
            report.say("column.icf_role"): [report.say(f"icf.{role}") for role in frame["role"]],
            report.say("column.code"): frame["code"],
            report.say("column.name"): frame["name"],
        }
    )
    return report.section("icf", [report.table(shown, "icf")])


def population(report: Frame) -> Section:
    """Who is counted."""
    found = report.diagnosis.population()
    if not found.n_started:
        return replace(report.empty("population"), told=found.day_values())
    return report.section(
        "population",
        [report.table(found.display(report.language), "population", found.values())],
    )
