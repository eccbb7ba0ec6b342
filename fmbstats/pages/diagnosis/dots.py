"""Groups of a register as dots around the whole: sex and age, or strata of the register's own."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from fmbstats.figures.charts.dots import Dot, Dots
from fmbstats.figures.charts.frame import HALF
from fmbstats.figures.svg import NOTHING, Say
from fmbstats.pages.diagnosis.report import LOWER, Report
from fmbstats.pages.figure import Figure
from fmbstats.pages.render import Speaking, bare_text, without_unit
from fmbstats.told import Told, tell


def dot_of(page: Speaking, share: Told, n: Told, name: str, **more: Any) -> Dot:
    """Return a told share as a dot with its interval."""
    language = page.language
    if not share.is_known:
        said = page.shown(share)  # its row stands before that of the number
        return Dot(name, page.shown(n), None, None, None, said, **more)
    has_ends = not math.isnan(share.lo) and not math.isnan(share.hi)
    bare = without_unit(share.text(language))
    ends = without_unit(bare_text(share.range(language))) if has_ends else ""
    return Dot(
        name,
        page.shown(n),
        share.estimate,
        share.lo if has_ends else None,
        share.hi if has_ends else None,
        Say(bare, tell(share)),
        Say(ends, tell(share)) if ends else NOTHING,
        **more,
    )


def group_dot(
    report: Report, by: str | None, stratum: str, name: str, *, begins_group: bool = False
) -> Dot:
    """Return what the register says of a group as a dot; `by` is None for all spells."""
    share = report.measured(report.metric, stratum, by)
    n = report.measured("n_spells", stratum, by)
    return dot_of(report, share, n, name, is_main=by is None, begins_group=begins_group)


def dots_figure(report: Report, key: str, title: str, rows: Sequence[Dot]) -> Figure | None:
    """Return groups as a figure, the whole first; None when fewer than three have a number.

    `title`: a phrase.
    """
    shown = [row for row in rows if row.value is not None]
    if len(shown) < 3:
        return None
    said = "; ".join(f"{row.name} {row.said.text}" for row in shown)
    return Figure(
        key=key,
        title=report.say(title),
        subtitle=report.say(_subtitle(report)),
        source=report.source,
        chart=Dots(
            rows, rows[0].value, report.plain("dots.all"), report.plain("dots.head"),
            report.language,
        ),
        alt=Say(report.plain("dots.alt", shares=said), " ".join(r.said.row for r in shown)),
        tone=report.tone,
        width=HALF,
    )  # fmt: skip


def _subtitle(report: Report) -> str:
    """Name the phrase that says what the dots are."""
    form = report.headline.form
    if form in ("one", "least"):
        return f"dots.subtitle.{form}"
    return "dots.subtitle.low" if report.metric == LOWER else "dots.subtitle.high"
