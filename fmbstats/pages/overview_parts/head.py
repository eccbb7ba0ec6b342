"""What the overview is about, the answer in two sentences, and where everything comes from."""

from __future__ import annotations

from typing import Any

import pandas as pd

from fmbstats import words
from fmbstats.overview.length_ratio import ALL
from fmbstats.pages.blocks import Bullets, Note, Section, TableBlock
from fmbstats.pages.overview_parts.numbers import counted, setting_numbers
from fmbstats.pages.overview_parts.overview_frame import OverviewFrame
from fmbstats.pages.overview_parts.sources_read import sources_read
from fmbstats.pages.round_entries import entries_of_round


def headline(report: OverviewFrame) -> Section:
    """Title, whether the data are real, what can be judged and what has changed."""
    overview, say = report.overview, report.say
    threshold = overview.release.threshold
    is_set = report.round is not None and not report.round.is_all
    n = words.count(len(overview.entries), report.language)
    kind = "overview.subtitle.round" if is_set else "overview.subtitle"
    answer = [overview.text(report.language), _changed(report)]
    parts: list[Any] = [
        Note(say(kind, year=overview.year, n=n), "subtitle"),
        _data_note(report),
        Note(" ".join(filter(None, answer)), "lead"),
        Note(say("headline.group"), "caveat"),
        Note(
            say("report.internal") if threshold is None
            else say("report.released", threshold=threshold),
            "caveat",
        ),
        *_about_round(report),
    ]  # fmt: skip
    about = {"overview": report.round.name if report.round else ALL, "year": overview.year}
    told = counted(overview.counts() | {"n_in_both_rounds": _n_in_both(report)})
    return Section(
        "headline", report.title, parts, report.language, level=1, about=about, told=told
    )


def _changed(report: OverviewFrame) -> str:
    change = report.change
    if change is None or not change.n_tests:
        return ""
    count = {"n": words.count(change.n_tests, report.language), "before": change.year_before}
    if not len(change.sure):
        return report.say("overview.unchanged", **count)
    up, down = ((change.sure["difference"] * sign > 0).sum() for sign in (1, -1))
    shown = {name: words.count(int(k), report.language) for name, k in (("up", up), ("down", down))}
    return report.say("overview.changed", **count, **shown)


def _data_note(report: OverviewFrame) -> Note:
    settings = report.overview.store.settings
    if settings.is_synthetic:
        text, strong = report.say("report.synthetic.sentence"), report.say("report.synthetic")
        return Note(text, "data-note synthetic", strong=strong)
    text = report.say(
        "report.real.sentence",
        source=settings.register_name,
        date=words.date(settings.extraction_date, report.language),
    )
    return Note(text, "data-note real", strong=report.say("report.real"))


def _about_round(report: OverviewFrame) -> list[Any]:
    found, say = report.round, report.say
    if found is None:
        return []
    items = [say("round.source", source=words.visible(found.source_in(report.language), 1000))]
    if not found.is_complete:
        items.append(say("round.incomplete"))
    items.append(say("round.edition", edition=words.visible(found.edition)))
    if report.previous is not None:
        both = _n_in_both(report)
        title = words.visible(report.previous.title_in(report.language))
        n = words.count(both, report.language)
        items.append(say("round.previous", title=title, year=report.previous.year, n=n))
    return [Bullets(items)]


def _n_in_both(report: OverviewFrame) -> int | None:
    """How many entries the round before has, too; None without one."""
    if report.previous is None:
        return None
    before = entries_of_round(report.editions, report.previous)["entry_id"]
    return int(report.overview.entries["entry_id"].isin(set(before)).sum())


def provenance(report: OverviewFrame) -> Section:
    """Everything needed to make the overview again."""
    overview, language, say = report.overview, report.language, report.say
    settings, threshold = overview.store.settings, overview.release.threshold
    named = (r.editions.split(",") for r in overview.recommendations.values())
    found = sorted({edition for names in named for edition in names if edition})
    rows = [
        ("register", words.visible(settings.register_name)),
        ("round", report.round.name if report.round else ""),
        ("year", str(overview.year)),
        ("year_before", str(report.change.year_before) if report.change is not None else ""),
        ("edition", words.joined(found, language)),
        ("cutoff", words.date(settings.cutoff_date, language)),
        ("gap_days", words.days(settings.gap_days, language)),
        ("month_days", words.count(overview.month_days, language)),
        ("threshold", words.count(threshold, language) if threshold else ""),
        ("data_hash", overview.store.data_hash()[:16]),
        ("version", f"fmbstats {settings.fmbstats_version}"),
    ]
    data = pd.DataFrame(
        [(say(f"provenance.{key}"), value or "–") for key, value in rows],
        columns=[say("column.what"), say("column.value")],
    )
    title = say("section.provenance.title")
    table = TableBlock(data, say("table.provenance.caption"), setting_numbers(report))
    return Section("provenance", title, [table, *sources_read(report)], language)
