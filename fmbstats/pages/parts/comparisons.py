"""Counties, end reasons, degrees, bunching: what stands behind the overall share."""

from __future__ import annotations

import numpy as np

from fmbstats import figures, words
from fmbstats.pages.blocks import Section
from fmbstats.pages.parts.frame import Frame
from fmbstats.results import Regions
from fmbstats.results.numbers import joined_numbers, marked_numbers, numbers, value_row


def county(report: Frame) -> Section:
    """Counties: caterpillar and funnel of standardised shares, observed and expected ends."""
    found = report.diagnosis.regions()
    if found is None or found.frame["share"].notna().sum() < 3:
        return report.empty("county", report.why_unjudged)
    language = report.language
    marks = found.marks(language)
    limit = words.days(found.limit_days, language)
    shared = {"reference_share": found.national_share, **report.marked}
    caterpillar = report.figure(
        "county",
        "strata",
        lambda ax: figures.interval_bars(marks, ax, **shared),
        figures.alt_interval_bars(marks, **shared),
        report.caption("county", limit=limit),
        found.display(language),
        n_rows=len(marks),
        shows_data=True,
        table=report.say("table.regions.caption", limit=limit),
        values=joined_numbers([found.values(), marked_numbers(marks, "county")]),
    )
    note = report.say("county.funnel_note")
    return report.section("county", [caterpillar, note, _funnel(report, found)])


def _funnel(report: Frame, found: Regions):
    points = found.points(report.language)
    narrow = figures.FunnelLimits(**found.limits(with_overdispersion=False))
    wide = figures.FunnelLimits(**found.limits(with_overdispersion=True))
    known = points[np.isfinite(points["n_spells"])]
    return report.figure(
        "funnel",
        "funnel",
        lambda ax: figures.funnel_plot(
            known,
            ax,
            reference_share=found.national_share,
            limits=narrow,
            wide_limits=wide if found.tau2 > 0 else None,
            **report.marked,
        ),
        figures.alt_funnel_plot(
            known, reference_share=found.national_share, limits=narrow, **report.marked
        ),
        report.caption("funnel"),
        found.display(report.language),
        table=report.say("table.funnel.caption"),
        values=joined_numbers([found.values(), numbers([value_row("n_points", len(known))])]),
    )


def end_reasons(report: Frame) -> Section:
    """Why spells end, day by day."""
    found = report.diagnosis.end_reasons()
    if found is None:
        return report.empty("end_reasons")
    shares = found.shares()
    figure = report.figure(
        "end-reasons",
        "stack",
        lambda ax: figures.end_reason_stack(shares, ax, limits=report.limit_lines, **report.marked),
        figures.alt_end_reason_stack(shares, **report.marked),
        report.caption("end_reasons"),
        found.display(report.language),
        table=report.say("table.end_reasons.caption"),
        values=found.values(),
    )
    return report.section("end_reasons", [figure])


def degree(report: Frame) -> Section:
    """Degree of sick leave, day by day."""
    found = report.diagnosis.degrees()
    if found is None:
        return report.empty("degree")
    shares = found.shares()
    figure = report.figure(
        "degree",
        "stack",
        lambda ax: figures.degree_stack(shares, ax, limits=report.limit_lines, **report.marked),
        figures.alt_degree_stack(shares, **report.marked),
        report.caption("degree"),
        found.display(report.language),
        table=report.say("table.degrees.caption"),
        values=found.values(),
    )
    return report.section("degree", [found.text(report.language), figure])


def bunching(report: Frame) -> Section:
    """Whether many end just at the limit."""
    found = report.diagnosis.steering()
    if found is None:
        return report.empty("bunching", report.why_unjudged)
    if found.steered.found.at is None:
        return report.section("bunching", [found.text(report.language)], told=found.values())
    assumption = report.say("steering.assumption")
    day, ended, expected = found.days()
    if not found.is_drawable(ended):
        told = [found.text(report.language), assumption]
        return report.section("bunching", told, told=found.values())
    line = [figures.LimitLine(found.limit_days)]
    figure = report.figure(
        "bunching",
        "bunching",
        lambda ax: figures.bunching_figure(day, ended, expected, ax, limits=line, **report.marked),
        figures.alt_bunching_figure(
            day, ended, expected, limit_days=found.limit_days, **report.marked
        ),
        report.caption("bunching"),
        found.display(report.language),
        table=report.say("table.steering.caption"),
        values=found.values(),
    )
    return report.section("bunching", [found.text(report.language), figure, assumption])
