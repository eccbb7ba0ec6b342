"""What a diagnosis and a store show of themselves in a notebook: one small card each."""

from __future__ import annotations

import math
from html import escape
from string import Template
from types import SimpleNamespace
from typing import Any

from fmbstats import codes, figures, words
from fmbstats.adherence import LONGEST, SHORTEST
from fmbstats.figures import palette
from fmbstats.media import in_html
from fmbstats.results.about import About
from fmbstats.results.adherence import AdherenceResult
from fmbstats.results.population import Population
from fmbstats.results.recommendation import Recommendation
from fmbstats.stats.survival import Curve
from fmbstats.words import Absent, phrase

SPARKLINE_DAYS = 365
# Colours come from the front end's theme where it has them: a card is legible on dark, too.
STYLE = Template(
    """<style>
.fmb-card {border: 1px solid var(--jp-border-color2, #c9d0d8); border-left: 4px solid $actual;
  padding: .5em 1em; max-width: 46em; line-height: 1.45}
.fmb-card .fmb-title {font-size: 1.15em; font-weight: 600}
.fmb-card .fmb-codes {opacity: .8; margin-left: .5em}
.fmb-card .fmb-synthetic {float: right; background: $paper; color: $text; font-weight: 600;
  border: 1px solid $text; border-radius: 3px; padding: 0 .4em; font-size: .85em}
.fmb-card dl.fmb-list {display: grid; grid-template-columns: 14em 1fr;
  gap: .1em 1em; margin: .4em 0}
.fmb-card dl.fmb-list dt {font-weight: 600; float: none; width: auto}
.fmb-card dl.fmb-list dd {margin: 0; padding: 0; width: auto}
.fmb-card svg.sparkline {background: #fff; vertical-align: middle}
.fmb-card .fmb-note {font-size: .85em; opacity: .8; margin: .3em 0 0}
</style>"""
).substitute(actual=palette.ACTUAL, paper=palette.SYNTHETIC_PAPER, text=palette.SYNTHETIC_TEXT)


def diagnosis_card(
    about: About,
    recommendation: Recommendation,
    population: Population,
    adherence: AdherenceResult | None,
    curve: Curve | None,
    *,
    years: tuple[int, ...],
    is_code: bool,
    language: str = "",
) -> str:
    """Return the card of a diagnosis: recommendation, spells, adherence, a small curve."""
    entry = words.days(about.entry_day, language)
    n, ongoing = (words.count(n, language) for n in (population.n_seen, population.n_ongoing))
    spells = phrase("card.spells.value", language, n=n, ongoing=ongoing)
    rows = [
        (phrase("card.limits", language), in_html(_limits(recommendation, language))),
        (phrase("card.period", language), in_html(_period(about.year, years, language))),
        (phrase("card.spells", language, entry=entry), in_html(spells)),
    ]
    if adherence is not None:
        rows += [
            (phrase("card.adherence", language), in_html(adherence_text(adherence, language))),
            (phrase("card.median", language), in_html(_median(adherence, language))),
            (phrase("card.curve", language), _sparkline(about, curve, language)),
        ]
    # A bare code is its own title.
    beside = "" if is_code else ", ".join(map(codes.dotted, about.codes))
    return _card(about.is_synthetic, about.title, beside, rows, language)


def store_card(
    settings: SimpleNamespace,
    n_spells: int,
    years: tuple[int, ...],
    n_entries: int,
    language: str = "",
) -> str:
    """Return the card of a store: register, size, period, and what to type next."""
    rows = [
        ("card.store.register", in_html(settings.register_name)),
        ("card.store.spells", in_html(words.count(n_spells, language))),
        ("card.period", in_html(_period(None, years, language))),
        ("card.store.entries", in_html(words.count(n_entries, language))),
        ("card.store.cutoff", in_html(words.date(settings.cutoff_date, language))),
        ("card.next", '<code>store["F32"]</code>, <code>store.entries</code>'),
    ]
    named = [(phrase(key, language), value) for key, value in rows]
    return _card(bool(settings.is_synthetic), phrase("card.store", language), "", named, language)


def adherence_text(adherence: Any, language: str = "") -> str:
    """Say the share within the limit, from the shortest to the longest, or why there is none."""
    metrics = [f"share_within_{end}" for end in (SHORTEST, LONGEST)]
    low, high = (_share(adherence, metric) for metric in metrics)
    if isinstance(low, Absent) and isinstance(high, Absent):
        return high.text(language)
    los, his = zip(*(adherence.interval(metric) for metric in metrics), strict=True)
    if isinstance(low, Absent):
        key, shares, ci, reason = "at_most", (high, high), (los[1], his[1]), low
    elif isinstance(high, Absent):
        key, shares, ci, reason = "at_least", (low, low), (los[0], his[0]), high
    else:
        key = "single" if low == high else "between"
        shares, ci, reason = (low, high), (los[0], his[1]), None
    return phrase(
        f"card.adherence.{key}",
        language,
        shares=words.interval(*shares, "percent", 1, language),
        ci=words.interval(*ci, "percent", 1, language),
        **({"reason": reason.text(language)} if reason else {}),
    )  # fmt: skip


def _share(adherence: Any, metric: str) -> Any:
    """The share within a limit; the reason stands with the share over it."""
    value = adherence.value(metric)
    if isinstance(value, Absent):
        return adherence.value(metric.replace("within", "over"))
    return value


def _card(is_synthetic: bool, title: str, beside: str, rows: list, language: str) -> str:
    mark = phrase("report.synthetic", language)
    synthetic = f'<span class="fmb-synthetic">{mark}</span>' if is_synthetic else ""
    listed = "".join(f"<dt>{in_html(head)}</dt><dd>{value}</dd>" for head, value in rows)
    return (
        f'{STYLE}<div class="fmb-card">{synthetic}<span class="fmb-title">{in_html(title)}</span>'
        f'<span class="fmb-codes">{in_html(beside)}</span><dl class="fmb-list">{listed}</dl>'
        f'<p class="fmb-note">{escape(phrase("internal.note", language))}</p></div>'
    )


def _limits(recommendation: Recommendation, language: str) -> str:
    limits = recommendation.limits_days
    if not limits:
        return recommendation.no_limit.text(language)
    n_cases = len({case.case_id for case in recommendation.cases})
    days = words.joined([words.count(d, language) for d in limits], language)
    return phrase(
        "card.limits.case" if n_cases == 1 else "card.limits.cases",
        language,
        limits=f"{days} {phrase('unit.days.many', language)}",
        n=words.count(n_cases, language),
        edition=words.joined(recommendation.editions.split(","), language),
    )


def _period(year: int | None, years: tuple[int, ...], language: str) -> str:
    if year is not None:
        return str(year)
    return phrase("card.period.all", language, first=years[0], last=years[-1]) if years else "–"


def _median(adherence: Any, language: str) -> str:
    value = adherence.value("quantile_50_days")
    if isinstance(value, Absent):
        return value.text(language)
    lo, hi = (Absent.NOT_REACHED if math.isnan(x) else x
              for x in adherence.interval("quantile_50_days"))  # fmt: skip
    ends = words.interval(lo, hi, "number", 0, language)
    return f"{words.days(value, language)} ({ends})"


def _sparkline(about: About, curve: Curve | None, language: str) -> str:
    if curve is None:
        return in_html(Absent.NO_SPELLS.text(language))
    line = figures.CurveLine(about.title, curve)
    return figures.sparkline_svg(
        line, limits_days=about.limits_days, until_day=SPARKLINE_DAYS, language=language
    )
