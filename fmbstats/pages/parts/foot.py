"""How robust the answer is, what cannot be said, and where everything comes from."""

from __future__ import annotations

import pandas as pd

from fmbstats import words
from fmbstats.pages.blocks import Bullets, Section
from fmbstats.pages.parts.frame import Frame
from fmbstats.results.numbers import numbers, value_row
from fmbstats.words import Absent

# Flags that need words of their own in the list of reservations.
READ_WITH_CARE = ("variant_unknown", "small_n")


def sensitivity(report: Frame) -> Section:
    """The same share under other assumptions."""
    found = report.diagnosis.sensitivity()
    if not report.has_spells or found.frame["share"].isna().all():
        return report.empty("sensitivity", report.why_unjudged)
    return report.section(
        "sensitivity",
        [report.table(found.display(report.language), "sensitivity", found.values())],
    )


def limits(report: Frame) -> Section:
    """What cannot be said, and why."""
    language, items = report.language, []
    if report.diagnosis.entry_day:
        items.append(
            report.say(
                "flag.delayed_entry",
                day=report.diagnosis.entry_day + 1,
                entry=words.days(report.diagnosis.entry_day, language),
            )
        )
    flags = {flag for row in report.adherence.frame["flags"] for flag in row.split()}
    known = {reason.value: reason for reason in Absent}
    items += [known[flag].sentence(language) for flag in sorted(flags) if flag in known]
    reason = report.diagnosis.recommendation.why_no_limit
    if reason is not None and reason.value not in flags:
        items.append(reason.sentence(language))
    if "edge_off_by_one" in flags:
        items.append(_at_limit(report))
    if reason is None and not _all_have_limits(report):
        items.append(report.say("limits.some_open"))
    population = report.diagnosis.population()
    if population.n_ambiguous:
        n = words.count(population.n_ambiguous, language)
        items.append(report.say("limits.ambiguous", n=n))
    items.append(report.say(f"limits.basis.{report.diagnosis.store.settings.length_basis}"))
    return report.section("limits", [Bullets([item for item in items if item])])


def _all_have_limits(report: Frame) -> bool:
    cases = report.diagnosis.recommendation.cases
    return bool(cases["limit_days"].notna().all())


def _at_limit(report: Frame) -> str:
    before = report.adherence.value("share_over_longest_day_before")
    at = report.adherence.value("share_over_longest")
    if isinstance(before, words.Spoken) or isinstance(at, words.Spoken):
        return ""
    return report.say(
        "flag.many_at_limit",
        before=words.percent(before, 1, report.language),
        at=words.percent(at, 1, report.language),
    )


def provenance(report: Frame) -> Section:
    """Everything needed to make the report again."""
    settings, threshold = report.diagnosis.store.settings, report.diagnosis.release.threshold
    language = report.language
    rows = [
        ("register", words.visible(settings.register_name)),
        ("edition", report.diagnosis.recommendation.editions.replace(",", ", ") or "–"),
        ("cutoff", words.date(settings.cutoff_date, language)),
        ("gap_days", words.days(settings.gap_days, language)),
        ("month_days", words.count(report.diagnosis.month_days, language)),
        ("threshold", words.count(threshold, language) if threshold else "–"),
        ("rows_read", words.count(settings.n_rows_read, language)),
        ("duplicates", words.count(settings.n_duplicates, language)),
        ("rejected", words.count(settings.n_rejected, language)),
        ("excluded", words.count(settings.n_excluded, language)),
        ("data_hash", report.diagnosis.store.data_hash(report.diagnosis.key)[:16]),
        ("version", f"fmbstats {settings.fmbstats_version}"),
    ]
    frame = pd.DataFrame(
        [(report.say(f"provenance.{key}"), value) for key, value in rows],
        columns=[report.say("column.what"), report.say("column.value")],
    )
    values = numbers(
        value_row(key, value)
        for key, value in (
            ("gap_days", settings.gap_days),
            ("month_days", report.diagnosis.month_days),
            ("threshold", threshold),
            ("n_rows_read", settings.n_rows_read),
            ("n_duplicates", settings.n_duplicates),
            ("n_rejected", settings.n_rejected),
            ("n_excluded", settings.n_excluded),
        )
        if value is not None
    )
    return report.section("provenance", [report.table(frame, "provenance", values)])
