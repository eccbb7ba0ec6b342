"""What evaluations say: sentences and tables of revisions and roll-outs."""

from __future__ import annotations

import math
from collections.abc import Mapping

import pandas as pd

from fmbstats import words
from fmbstats.evaluate.certificates import CertificateUse
from fmbstats.evaluate.revision import BROKEN, Revision
from fmbstats.evaluate.rollout import Rollout
from fmbstats.stats.steering import smallest_detectable
from fmbstats.words import phrase


def revision_sentences(found: Revision, language: str) -> list[str]:
    """Return what was found after a revision, the headline first."""
    if not found.is_told:
        events = words.joined(
            [f"{e.names[language]} ({e.day.isoformat()})" for e in found.rivals], language
        )
        headline = phrase(
            "evaluation.rival", language, title=found.title, day=found.day.isoformat(),
            events=events,
        )  # fmt: skip
        return [headline, *_states(found, language)]
    return [_effect(found, language), *_reservations(found, language), *_details(found, language)]


def _effect(found: Revision, language: str) -> str:
    estimate, lo, hi = found.points
    said = {
        "title": found.title,
        "limit": words.days(found.limit_days, language),
        "day": found.day.isoformat(),
    }
    if lo <= 0 <= hi:
        least = words.points(found.smallest_detectable, 1, language)
        return phrase("evaluation.none", language, least=least, **said)
    near, far = sorted((abs(100 * lo), abs(100 * hi)))
    return phrase(
        "evaluation.lower" if estimate < 0 else "evaluation.higher",
        language,
        points=words.points(abs(estimate), 1, language),
        interval=words.interval(near, far, "number", 1, language),
        **said,
    )


def _reservations(found: Revision, language: str) -> list[str]:
    """Say in one sentence what keeps the revision from being called the cause."""
    events = words.joined([event.names[language] for event in found.rivals], language)
    broken = [
        phrase(f"broken.{name}", language, events=events)
        for name, state in found.assumptions
        if state == BROKEN
    ]
    if not broken:
        return []
    said = _capital(words.joined(broken, language))
    return [phrase("evaluation.not_cause", language, broken=said)]


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
    controls = phrase("evaluation.controls", language, n=n, p=p)
    return [own, controls, *_states(found, language)]


def _states(found: Revision, language: str) -> list[str]:
    return [
        f"{phrase(f'evaluation.{state}', language)}: {phrase(f'assumption.{name}', language)}"
        for name, state in found.assumptions
    ]


def revision_row(found: Revision) -> dict[str, object]:
    """Return a revision as a row of a table; without numbers where they are not told."""
    estimate, lo, hi = found.points
    numbers = {
        "difference_share_over_limit": estimate,
        "lo": lo,
        "hi": hi,
        "log_hazard_ratio": found.against.effect,
        "se": found.against.se,
        "p_value": found.against.p,
        "placebo_p": found.against.placebo_p,
        "smallest_detectable": found.smallest_detectable,
    }
    return {
        "entry_id": found.entry_id,
        "title": found.title,
        "date": found.day.isoformat(),
        "old_limit_days": found.old_days,
        "new_limit_days": found.new_days,
        "limit_days": found.limit_days,
        **(numbers if found.is_told else dict.fromkeys(numbers, math.nan)),
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
            event=words.number(float(event), 0, language),
            effect=told(effect),
            treated=int(treated),
            controls=int(controls),
        )
        for event, effect, treated, controls in found.events
    ]
    facts = phrase("rollout.facts", language)
    return [headline, checks, entries, *sensitive, *carried, facts]


def rollout_frame(found: Rollout) -> pd.DataFrame:
    """Return the effect by entry."""
    names = ["entry_id", "title", "limit_days", "log_hazard_ratio", "weight"]
    return pd.DataFrame(found.entries, columns=names)


def certificate_sentences(found: CertificateUse, title: str, language: str) -> list[str]:
    """Return how FMB is used at issue, the headline first."""
    shares = found.shares().set_index("measure")
    judged = int(shares["n_whole"].loc["planned_over_longest"])
    said = [
        phrase(
            "certificates.counted",
            language,
            title=title,
            n=words.count(found.n, language),
            judged=words.count(judged, language),
        )
    ]
    if judged:
        said += [_planned_sentence(shares, language), *_motivated(shares, language)]
    else:
        said.append(phrase("certificates.none", language))
    if shares.at["icf_recall", "n_whole"] and not shares.at["icf_recall", "reason"]:
        said.append(
            phrase(
                "certificates.icf",
                language,
                edition=found.icf_edition,
                **_share(shares, "icf_recall", language, "recall", "recall_interval"),
                **_share(shares, "icf_precision", language, "precision", "precision_interval"),
            )
        )
    columns = [c for c in found.missing if words.has_phrase(f"certificates.column.{c}")]
    if columns:
        names = [phrase(f"certificates.column.{c}", language) for c in sorted(columns)]
        said.append(phrase("certificates.missing", language, columns=words.joined(names, language)))
    if "unit_id" in found.missing:
        said.append(phrase("certificates.no_units", language))
    return said


def _planned_sentence(shares: pd.DataFrame, language: str) -> str:
    low, high = shares.loc["planned_over_longest"], shares.loc["planned_over_shortest"]
    interval = words.interval(low["lo"], high["hi"], "percent", 1, language)
    if low["n_part"] == high["n_part"]:
        share = words.percent(low["estimate"], 1, language)
        return phrase("certificates.over", language, share=share, interval=interval)
    ends = {
        name: words.percent(row["estimate"], 1, language)
        for name, row in (("low", low), ("high", high))
    }
    return phrase("certificates.over_between", language, interval=interval, **ends)


def _motivated(shares: pd.DataFrame, language: str) -> list[str]:
    for key, said in (
        ("motivated_over_longest", "certificates.motivated"),
        ("motivated_over_shortest", "certificates.motivated_possibly"),
    ):
        row = shares.loc[key]
        if row["n_whole"] and not row["reason"]:
            n = words.count(int(row["n_whole"]), language)
            return [phrase(said, language, n=n, **_share(shares, key, language))]
    return []


def _share(
    shares: pd.DataFrame,
    key: str,
    language: str,
    name: str = "share",
    interval: str = "interval",
) -> dict[str, str]:
    row = shares.loc[key]
    return {
        name: words.percent(row["estimate"], 1, language),
        interval: words.interval(row["lo"], row["hi"], "percent", 1, language),
    }


def certificate_stratum(by: str | None, value: object, language: str) -> str:
    """Return what a group of certificates is called."""
    if value is None or value != value:
        return phrase("certificates.unknown", language)
    if by == "renewed":
        return phrase(f"certificates.{value}", language)
    if by in ("county", "county_code"):
        return words.county(str(value), language)
    return str(value)


def certificate_lines(
    shares: pd.DataFrame, by: str | None, titles: Mapping[str, str], language: str
) -> list[str]:
    """Return the shares that can be told as lines for a terminal, group by group."""
    lines = []
    for value, rows in shares.groupby("stratum", sort=False, dropna=False):
        if by is not None:
            name = titles.get(str(value)) or certificate_stratum(by, value, language)
            lines += ["", words.visible(name)]
        for row in rows[rows["reason"].eq("") & rows["n_whole"].gt(0)].to_dict("records"):
            label = phrase(f"metric.{row['measure']}", language)
            share = words.percent(row["estimate"], 1, language)
            interval = words.interval(row["lo"], row["hi"], "percent", 1, language)
            n = words.count(row["n_whole"], language)
            lines.append(f"  {label:<70} {share:>8}  {interval:<24} n = {n}")
    return lines
