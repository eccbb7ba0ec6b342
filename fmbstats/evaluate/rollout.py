"""A reform that reaches the counties at different times, such as the digital form of FMB."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import numpy as np

from fmbstats.errors import SourceError
from fmbstats.evaluate.panel import MIN_CELL, panel_of
from fmbstats.recommendations.yardstick import main_day
from fmbstats.sources.textfiles import read_text
from fmbstats.stats.event_study import (
    GroupTime,
    Randomised,
    group_time,
    imputation_weights,
    overall_weights,
    randomise,
    relative_magnitudes,
    two_way_weights,
    wild_bootstrap_p,
)
from fmbstats.stats.intervals import z_value
from fmbstats.store import Store, lookups
from fmbstats.store.months import EPOCH_YEAR, month_number
from fmbstats.words.refused import Refused

STEP = 3
"""Months of a period: a county has too few spells of a diagnosis in one."""

BASE_QUARTERS = 4
N_LEADS = 8
MIN_COUNTIES = 6
MIN_SPELLS = 20
"""Spells of a diagnosis that a county needs, on average, in a quarter; fewer counties count."""


@dataclass(frozen=True, eq=False)
class Rollout:
    """What was found.

    Attributes
    ----------
    counties : tuple of str
    first : ndarray of int
        Quarter of adoption per county, from the first quarter of the register.
    entries : list of (str, str, float, float, float)
        Entry, name, limit in days, effect on log(-log S), and weight in the mean.
    left_out : int
        Entries with too few spells by county, or no limit that is seen.
    headline : Randomised
        Not-yet-treated controls (Callaway & Sant'Anna), entries pooled by inverse variances.
    wild_p : float
    imputation, two_way : float
        The check, and the bad example.
    design : GroupTime
    events : ndarray, shape (n_event_times, 4)
        Event time, effect, treated counties and controls that carry it.
    sensitive : list of (float, float, float)
        Relative magnitudes: M and the limits.
    without : list of (str, float)
        The headline with one county left out.
    """

    counties: tuple[str, ...]
    first: np.ndarray = field(repr=False)
    entries: list = field(repr=False)
    left_out: int
    headline: Randomised
    wild_p: float
    imputation: float
    two_way: float
    design: GroupTime = field(repr=False)
    events: np.ndarray = field(repr=False)
    sensitive: list = field(repr=False)
    without: list = field(repr=False)


def read_dates(path: Path) -> dict[str, tuple[date, str]]:
    """Read the user's adoption dates: county_code, first_date and, if given, kind.

    Raises
    ------
    SourceError
        A column is missing, a county stands twice, a date or code is none.
    """
    rows = csv.DictReader(io.StringIO(read_text(path), newline=""))
    missing = {"county_code", "first_date"} - set(rows.fieldnames or ())
    if missing:
        raise SourceError(
            f"{path.name}: column {sorted(missing)[0]!r} is missing; expected county_code, "
            "first_date and, if dates are compared within kinds, kind."
        )
    found: dict[str, tuple[date, str]] = {}
    for line, row in enumerate(rows, start=2):
        code = (row["county_code"] or "").strip().zfill(2)
        if code in found or not (code.isascii() and code.isdigit() and len(code) == 2):
            raise SourceError(
                f"{path.name}, line {line}, county_code: {row['county_code']!r} stands twice "
                "or is no county of two digits."
            )
        try:
            day = date.fromisoformat((row["first_date"] or "").strip())
        except ValueError:
            raise SourceError(
                f"{path.name}, line {line}, first_date: {row['first_date']!r} is no date such "
                "as 2017-03-01. A county that never adopts is left out of the file."
            ) from None
        found[code] = (day, (row.get("kind") or "").strip())
    if not found:
        raise SourceError(f"{path.name}: a header but no dates.")
    return found


def evaluate_rollout(
    store: Store,
    dates: dict[str, tuple[date, str]],
    *,
    n_draws: int = 999,
    seed: int = 0,
) -> Rollout:
    """Evaluate a reform by its adoption dates.

    Parameters
    ----------
    store : Store
        Exact, with months.
    dates : dict
        County code -> first day and kind; see `read_dates`.
    n_draws : int
        Permutations of the dates, at least 999 for what is published.
    seed : int

    Raises
    ------
    Refused
        One county, equal dates, dates outside the register, a county of the register without a
        date, or no entry with enough spells.
    """
    counts = store.exact_months.counts(by_county=True)
    known = sorted(set(counts.county_code) - {"unknown"})
    first_quarter, last_quarter = (month // STEP for month in store.exact_months.span)
    n_quarters = last_quarter - first_quarter + 1
    first = _quarters(dates, known, first_quarter, n_quarters)
    kind = np.array([dates[c][1] for c in known])
    size = np.array([counts.n[counts.county_code == c].sum() for c in known], float)
    rows, names, variances = _outcomes(store, counts, known, n_quarters)
    if not rows:
        raise Refused("small", n=MIN_SPELLS)
    weight = 1 / np.array(variances)
    y = np.tensordot(weight / weight.sum(), np.array(rows), axes=1)

    def weigh(own):
        return overall_weights(own, size, n_quarters, n_base=BASE_QUARTERS)

    headline = randomise(y, first, weigh, n_draws=n_draws, kind=kind, seed=seed)
    own = weigh(first)
    design = group_time(first, size, n_quarters, n_base=1, n_leads=N_LEADS)
    events = _events(design, y, first)
    entries = [
        (*name, float((own * row).sum()), float(w))
        for name, row, w in zip(names, rows, weight / weight.sum(), strict=True)
    ]
    return Rollout(
        tuple(known), first, entries, len(lookups.entries_with_revisions(store)) - len(rows),
        headline, wild_bootstrap_p(y, own, first, size, n_draws=n_draws, seed=seed),
        _value(imputation_weights(first, size, n_quarters), y),
        _value(two_way_weights(first, size, n_quarters), y), design, events,
        _sensitive(headline, events), _without(y, first, size, known, n_quarters),
    )  # fmt: skip


def _quarters(dates, known, first_quarter, n_quarters):
    if len(known) < 2:
        raise Refused("one_county")
    without = [c for c in known if c not in dates]
    if without:
        raise Refused("no_date", counties=", ".join(without[:5]))
    if len(known) < MIN_COUNTIES:
        raise Refused("few_counties", n=len(known), least=MIN_COUNTIES)
    quarters = np.array([month_number(dates[c][0]) // STEP - first_quarter for c in known])
    outside = [known[k] for k in np.flatnonzero((quarters < 1) | (quarters >= n_quarters))]
    if outside:
        begins = EPOCH_YEAR + first_quarter * STEP // 12
        county = outside[0]
        raise Refused(
            "county_outside", county=county, day=dates[county][0], begins=begins, n=n_quarters
        )
    if len(np.unique(quarters)) == 1:
        raise Refused("same_quarter")
    return quarters


def _outcomes(store, counts, known, n_quarters):
    """log(-log S) by county and quarter of every entry with enough spells, and its variance."""
    place = {c: k for k, c in enumerate(known)}
    values, where = np.unique(counts.county_code, return_inverse=True)
    county = np.array([place.get(v, -1) for v in values])[where]
    rows, names, variances = [], [], []
    limits = store.limits(30)
    for entry, _, name in lookups.entry_names(store):
        own = np.isin(counts.answer_no, store.exact.answers.of("entry", entry))
        part = counts.only(own)
        if part.n.sum() < MIN_SPELLS * n_quarters * MIN_COUNTIES:
            continue
        by_set = np.bincount(part.match_id + 1, part.n)
        limit = main_day(dict(enumerate(by_set[1:])), limits, store.entry_day)
        if limit is None:
            continue
        panel = panel_of(part, county[own], len(known), limit, store.entry_day, step=STEP)
        if panel.n.shape[1] != n_quarters or panel.n.mean(axis=1).min() < MIN_CELL:
            continue
        value = _filled(panel.value)
        if value is None:
            continue
        rows.append(value)
        names.append((entry, name, limit))
        variances.append(
            float(np.average(np.nanmean(panel.variance, axis=1), weights=panel.n.sum(1)))
        )
    return rows, names, variances


def _filled(value):
    """Fill the few cells that tell nothing by county and quarter; None where they are many."""
    missing = ~np.isfinite(value)
    if missing.mean() > 0.05 or missing.all(axis=1).any() or missing.all(axis=0).any():
        return None
    by_county = np.nanmean(value, axis=1, keepdims=True)
    by_quarter = np.nanmean(value, axis=0, keepdims=True)
    return np.where(missing, by_county + by_quarter - np.nanmean(value), value)


def _value(weights, y):
    return float("nan") if weights is None else float((weights * y).sum())


def _events(design, y, first):
    rows = []
    for event in np.unique(design.event_time):
        own = design.event_time == event
        weights = design.at(event)
        treated = int(np.isin(first, design.first[own]).sum())
        rows.append((event, (weights * y).sum(), treated, design.n_controls[own].min()))
    return np.array(rows)


def _sensitive(headline, events):
    leads = events[(events[:, 0] < -1), 1]
    reach = int((events[:, 0] >= 0).sum())
    se = (headline.hi - headline.lo) / (2 * z_value(0.95))
    return relative_magnitudes(headline.estimate, se, leads, reach)


def _without(y, first, size, known, n_quarters):
    found = []
    for k, county in enumerate(known):
        keep = np.arange(len(known)) != k
        weights = overall_weights(first[keep], size[keep], n_quarters, n_base=BASE_QUARTERS)
        found.append((county, _value(weights, y[keep])))
    return found
