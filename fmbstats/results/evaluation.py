"""What evaluations say: sentences and tables of revisions and roll-outs."""

from __future__ import annotations

import pandas as pd

from fmbstats import words
from fmbstats.evaluate.revision import BROKEN, Revision
from fmbstats.evaluate.rollout import Rollout
from fmbstats.stats.steering import smallest_detectable
from fmbstats.words import phrase


def revision_sentences(found: Revision, language: str) -> list[str]:
    """Return what was found after a revision, the headline first."""
    estimate, lo, hi = found.points
    said = {
        "title": found.title,
        "limit": words.days(found.limit_days, language),
        "day": found.day.isoformat(),
    }
    if lo <= 0 <= hi:
        least = words.points(found.smallest_detectable, 1, language)
        headline = phrase("evaluation.none", language, least=least, **said)
    else:
        ends = sorted((abs(100 * lo), abs(100 * hi)))
        headline = phrase(
            "evaluation.lower" if estimate < 0 else "evaluation.higher",
            language,
            points=words.points(abs(estimate), 1, language),
            interval=words.interval(*ends, "number", 1, language),
            **said,
        )
    return [headline, *_reservations(found, language), *_details(found, language)]


def _reservations(found: Revision, language: str) -> list[str]:
    events = ", ".join(event.names[language] for event in found.rivals)
    broken = [name for name, state in found.assumptions if state == BROKEN]
    return [
        phrase(
            "evaluation.not_cause",
            language,
            broken=_capital(phrase(f"broken.{name}", language, events=events)),
        )
        for name in broken
    ]


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _details(found: Revision, language: str) -> list[str]:
    series, events = found.series, ", ".join(e.names[language] for e in found.rivals)
    if series.reason:
        own = phrase(f"evaluation.series.{series.reason}", language, event=events)
    else:
        own = phrase(
            "evaluation.series",
            language,
            effect=words.number(series.effect, 3, language),
            interval=words.interval(series.lo, series.hi, "number", 3, language),
        )
    p = words.percent(found.against.placebo_p, 0, language)
    n = words.count(found.against.n_controls, language)
    states = [
        f"{phrase(f'evaluation.{state}', language)}: {phrase(f'assumption.{name}', language)}"
        for name, state in found.assumptions
    ]
    return [own, phrase("evaluation.controls", language, n=n, p=p), *states]


def revision_row(found: Revision) -> dict[str, object]:
    """Return a revision as a row of a table."""
    estimate, lo, hi = found.points
    return {
        "entry_id": found.entry_id,
        "title": found.title,
        "date": found.day.isoformat(),
        "old_limit_days": found.old_days,
        "new_limit_days": found.new_days,
        "limit_days": found.limit_days,
        "difference_share_over_limit": estimate,
        "lo": lo,
        "hi": hi,
        "log_hazard_ratio": found.against.effect,
        "se": found.against.se,
        "p_value": found.against.p,
        "placebo_p": found.against.placebo_p,
        "smallest_detectable": found.smallest_detectable,
        "n_controls": found.against.n_controls,
        "series": found.series.reason or found.series.effect,
        "broken": " ".join(name for name, state in found.assumptions if state == BROKEN),
    }


def rollout_sentences(found: Rollout, language: str) -> list[str]:
    """Return what was found of a roll-out, the headline first."""
    top = found.headline

    def told(value: float) -> str:
        return words.number(value, 3, language)

    is_found = top.p <= 0.05
    headline = phrase(
        "rollout.effect" if is_found else "rollout.none",
        language,
        effect=told(top.estimate),
        interval=words.interval(top.lo, top.hi, "number", 3, language),
        p=told(top.p),
        n=words.count(len(top.draws), language),
        least=told(smallest_detectable(float(top.draws.std()))),
    )
    left_out = [value for _, value in found.without]
    checks = phrase(
        "rollout.checks",
        language,
        imputation=told(found.imputation),
        wild=told(found.wild_p),
        lowest=told(min(left_out)),
        highest=told(max(left_out)),
        two_way=told(found.two_way),
    )
    entries = phrase("rollout.entries", language, n=len(found.entries), left=found.left_out)
    sensitive = [
        phrase(
            "rollout.sensitive",
            language,
            m=words.number(m, 1, language),
            interval=words.interval(lo, hi, "number", 3, language),
        )
        for m, lo, hi in found.sensitive
    ]
    carried = [
        phrase(
            "rollout.carried",
            language,
            event=int(event),
            effect=told(effect),
            treated=int(treated),
            controls=int(controls),
        )
        for event, effect, treated, controls in found.events
    ]
    return [headline, checks, entries, *sensitive, *carried]


def rollout_frame(found: Rollout) -> pd.DataFrame:
    """Return the effect by entry."""
    names = ["entry_id", "title", "limit_days", "log_hazard_ratio", "weight"]
    return pd.DataFrame(found.entries, columns=names)
