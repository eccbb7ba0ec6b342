"""Bias, coverage and size of the evaluation designs on drawn spells with known effects.

    python tests/bench/evaluations.py [seeds] [words of designs or scenarios ...]

Writes evaluations.csv beside this file; with words it draws those rows anew and keeps the others.
Cells are drawn by binomial counts of spells longer than the limit, so that hundreds of registers
cost seconds. Where a row says "as `evaluate rollout`" spells are drawn day by day, counted, taken
through the release's one rule or left exact, and evaluated by the function that the command calls.
"""

import csv
import os
import sys
from pathlib import Path

# Many small matrices: threads that wait for each other cost far more than they give.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np

from fmbstats.evaluate.rollout import Adoption, Parts, estimate, panels_of
from fmbstats.release.rule import Paths, Rule, protect, stretches
from fmbstats.stats.event_study import (
    cloglog,
    imputation_weights,
    one_among_controls,
    overall_weights,
    randomise,
    two_way_weights,
    wild_bootstrap_p,
)
from fmbstats.stats.trends import interrupted
from fmbstats.store.months import MonthCounts

# Counties of the synthetic register, per cent.
SHARES = np.array([
    22.8, 3.6, 2.9, 4.5, 3.5, 2.0, 2.4, 0.6, 1.6, 13.2, 3.2, 16.7, 2.8, 3.0, 2.7, 2.8, 2.8, 2.4,
    1.3, 2.7, 2.5,
])  # fmt: skip
N_COUNTIES, N_QUARTERS = len(SHARES), 20
COLUMNS = (
    "design", "scenario", "seeds", "truth", "mean", "bias_in_se", "coverage", "rejects_0",
    "rejects_0_wild", "off_in_se",
)  # fmt: skip


def cells(rng, survival, n, step=1):
    """log(-log S) and its variance of binomial cells; halves are added where none or all last.

    Counts may be protected: rounded by chance to one of the two nearest whole steps.
    """
    over = rng.binomial(n, survival)
    over = step * np.floor(over / step + rng.random(np.shape(over)) * (step > 1))
    share = np.clip(over / n, 0.5 / n, 1 - 0.5 / n)
    return cloglog(share, share * (1 - share) / n + (step**2 - 1) / 6 / n**2)


def monthly(rng, effect, n_months=60, change=36, n=400, memory=0.0, slope=0.0, step=1):
    """Shares over a limit by month: trend, season, an effect on the hazard, and shocks."""
    month = np.arange(n_months)
    shocks = np.zeros(n_months)
    if memory:
        noise = rng.normal(0, 0.04, n_months)
        for t in range(1, n_months):
            shocks[t] = memory * shocks[t - 1] + noise[t]
    level = np.log(-np.log(0.35)) + 0.002 * month + 0.05 * np.sin(2 * np.pi * month / 12)
    level = level + np.where(month >= change, effect + slope * (month - change), 0.0) + shocks
    return month, *cells(rng, np.exp(-np.exp(level)), n, step)


def series(effect, memory=0.0, slope=0.0):
    n_months, change = 60, 34

    def run(rng):
        data = monthly(rng, effect, n_months, change, memory=memory, slope=slope)
        found = interrupted(*data, change)
        after = np.arange(n_months - change)
        return found.effect, found.se, found.lo, found.hi, effect + slope * after.mean(), np.nan

    return run


def revision(effect, spread=0.05, n_controls=8, n=150, is_even=False, **kind):
    """One revised entry among controls, each with a change of its own; or lengths drawn evenly.

    Drawn evenly over the law, as in the shipped register, a change has no error of sampling.
    """

    def run(rng):
        changes, variances = [], []
        for k in range(n_controls + 1):
            own = rng.normal(0, spread) + (effect if k == 0 else 0.0)
            month, y, v = monthly(rng, own, n=n if k == 0 else rng.integers(60, 400), **kind)
            if is_even:
                y = np.where(month >= 36, own, 0.0)
            before, after = (month >= 24) & (month < 36), month >= 36
            changes.append(y[after].mean() - y[before].mean())
            variances.append(sum(v[rows].sum() / rows.sum() ** 2 for rows in (before, after)))
        found = one_among_controls(changes[0], variances[0], changes[1:], variances[1:])
        return found.effect, found.se, found.lo, found.hi, effect, np.nan

    return run


def rollout(effect_at, weigh, n_diagnoses=6, n_draws=299, spread=0.04, drift=0.0):
    """Counties that adopt at drawn dates; effect by event time, the same in every diagnosis."""

    def run(rng):
        first = 4 + rng.permutation(np.arange(N_COUNTIES)) * 12 // N_COUNTIES
        event = np.arange(N_QUARTERS) - first[:, None]
        effects = np.where(event >= 0, effect_at(event, first[:, None]), 0.0)
        county = rng.normal(0, spread, N_COUNTIES)[:, None]
        rows, variances = [], []
        for level in np.linspace(0.2, 0.6, n_diagnoses):
            base = np.log(-np.log(level)) + rng.normal(0, 0.05, N_QUARTERS)
            noise = rng.normal(0, drift, (N_COUNTIES, N_QUARTERS))
            n = np.maximum(12, np.rint(SHARES[:, None] / 100 * 1800)).astype(int)
            n = np.broadcast_to(n, (N_COUNTIES, N_QUARTERS))
            survival = np.exp(-np.exp(base + county + effects + noise))
            y, v = cells(rng, survival, n)
            rows.append(y)
            variances.append(np.average(v.mean(axis=1), weights=SHARES))
        weight = 1 / np.array(variances)
        y = np.tensordot(weight / weight.sum(), np.array(rows), axes=1)

        def of(dates):
            return weigh(dates, SHARES, N_QUARTERS)

        found = randomise(y, first, of, n_draws=n_draws, seed=int(rng.integers(1 << 31)))
        own = of(first)
        truth = _target(first, effects)
        wild = wild_bootstrap_p(y, own, first, SHARES, n_draws=n_draws)
        return found.estimate, found.se, found.lo, found.hi, truth, wild

    return run


def _target(first, effects):
    """Mean effect on the treated over the cells that have a control."""
    event = np.arange(N_QUARTERS) - first[:, None]
    usable = (event >= 0) & (np.arange(N_QUARTERS) < first.max())
    weight = np.where(usable, SHARES[:, None], 0.0)
    return float((weight * effects).sum() / weight.sum())


LIMIT, ENTRY_DAY, RULE = 90, 14, Rule()
#: Quarters from adoption of which the intervals are counted one by one.
AROUND, QUARTERS = (*range(-4, -1), *range(4)), ", single quarters from -4 to 3"
#: Spells of each diagnosis in a quarter, all counties together.
N_PER_QUARTER = (2500, 2000, 1600, 1200, 900, 700)


def as_commanded(effect_at, rule, n_draws=99, spread=0.04, more=1, is_against_exact=False):
    """Spells by diagnosis, county and quarter as `evaluate rollout` reads and evaluates them.

    The mean effect, and those of single quarters around adoption. `more`: so many times as many
    spells. `is_against_exact`: the truth is what the exact counts of the same spells give.
    """

    def run(rng):
        first = 4 + rng.permutation(np.arange(N_COUNTIES)) * 12 // N_COUNTIES
        event = np.arange(N_QUARTERS) - first[:, None]
        effects = np.where(event >= 0, effect_at(event, first[:, None]), 0.0)
        # In the quarter of its date the reform came for half of the spells.
        seen = np.where(event == -1, effect_at(0 * event, first[:, None]) / 2, effects)
        county = rng.normal(0, spread, N_COUNTIES)[:, None]
        levels = np.linspace(0.2, 0.6, len(N_PER_QUARTER))
        true, group, day = [], [], []
        for entry, (level, n) in enumerate(zip(levels, N_PER_QUARTER, strict=True)):
            base = np.log(-np.log(level)) + rng.normal(0, 0.05, N_QUARTERS) + county
            rate = np.exp(base + seen) / (LIMIT - ENTRY_DAY)
            n_cells = rng.poisson(np.broadcast_to(more * n * SHARES[:, None] / 100, rate.shape))
            own = np.repeat(np.arange(rate.size), n_cells.ravel())
            day.append(
                ENTRY_DAY + 1 + (rng.exponential(size=len(own)) / rate.ravel()[own]).astype(int)
            )
            group.append(entry * rate.size + own)
            true.append(base + effects)
        adoption = Adoption(tuple(f"{k:02d}" for k in range(N_COUNTIES)), first,
                            np.zeros(N_COUNTIES, int), range(N_QUARTERS))  # fmt: skip
        limits, spells = (
            dict.fromkeys("ABCDEF", LIMIT),
            (np.concatenate(group), np.concatenate(day)),
        )

        def panels(own):
            noise = own.variance if own else 0.0
            return panels_of(*_counted(*spells, own, rng), limits, adoption, ENTRY_DAY, noise)

        made = panels(rule)
        found = estimate(made, limits, adoption, n_draws=n_draws, seed=int(rng.integers(1 << 31)))
        # What the same weights make of the law itself, or of exact counts of the same spells.
        parts, exact = Parts.of(made, adoption), panels(None) if is_against_exact else {}
        law = np.zeros(parts.y.shape)
        for name, part in parts.part_of.items():
            own = exact[name].value if exact else true[ord(name) - ord("A")]
            law[part] += parts.weight[name] / parts.share[part] * own

        def of_law(at=None):
            return np.nansum(parts.mean(first, at=at) * law)

        top, told = found.headline, [one for one in found.events if one.at in AROUND]
        effect, lo, hi = np.array([(one.effect, one.lo, one.hi) for one in told]).T
        by_quarter = [of_law(one.at) for one in told]
        return (
            (top.estimate, top.se, top.lo, top.hi, of_law(), found.wild_p),
            (effect, (hi - lo) / 3.92, lo, hi, by_quarter, np.full(len(told), np.nan)),
        )

    return run


def _counted(group, day, rule, rng):
    """Counts by county and quarter, and the diagnosis of each row; protected where a rule is."""
    day = np.minimum(day, 1000)
    n_groups = len(N_PER_QUARTER) * N_COUNTIES * N_QUARTERS
    cell, n = np.unique(group * 1001 + day, return_counts=True)
    one = np.ones(len(n), np.int64)
    paths = Paths(cell // 1001, cell % 1001, 0 * one, one, n)
    if rule:
        keys = rng.integers(0, 1 << 63, n_groups, dtype=np.int64).astype(np.uint64)
        borders = stretches([np.array([LIMIT])])
        paths = protect(paths, keys, borders, np.zeros(n_groups, np.int64), rule)
    entry, rest = np.divmod(paths.group, N_COUNTIES * N_QUARTERS)
    county, quarter = np.divmod(rest, N_QUARTERS)
    ended = paths.part % 8
    names = np.array([f"{k:02d}" for k in range(N_COUNTIES)])
    none = np.zeros(len(entry), np.int64)
    counts = MonthCounts(none, none - 1, 3 * quarter, names[county], none + ENTRY_DAY,
                         np.maximum(paths.day, ENTRY_DAY + 1), np.where(ended == 7, -1, ended),
                         paths.n)  # fmt: skip
    return counts, [chr(65 + k) for k in entry]


def headline(first, size, n_periods):
    return overall_weights(first, size, n_periods, n_base=4)


def each(weigh):
    """Weigh many drawn dates by an estimator that takes one."""

    def of(dates, size, n_periods):
        found = [weigh(own, size, n_periods) for own in np.atleast_2d(dates)]
        return np.reshape(found, (*dates.shape, n_periods))

    return of


def collapsed(rng, effect=0.1, n=400_000):
    """The same effect in diagnoses of different lengths: by diagnosis, and all in one curve."""
    levels = np.linspace(0.03, 0.9, 8)
    hazard = -np.log(levels)
    y, v = zip(*(cells(rng, np.exp(-hazard * np.exp(e)), n) for e in (0.0, effect)), strict=True)
    by_diagnosis = np.average(y[1] - y[0], weights=1 / (v[0] + v[1]))
    shares = [np.exp(-hazard * np.exp(e)).mean() for e in (0.0, effect)]
    together = np.log(-np.log(shares[1])) - np.log(-np.log(shares[0]))
    return by_diagnosis, float(together)


def scenarios():
    yield from (
        ("series", "null", series(0.0)),
        ("series", "effect 0.1", series(0.1)),
        ("series", "effect growing", series(0.05, slope=0.005)),
        *(
            ("series", f"null, shocks with memory {memory}", series(0.0, memory=memory))
            for memory in (0.2, 0.4, 0.6)
        ),
        ("revision", "null, controls differ", revision(0.0)),
        ("revision", "null, controls alike", revision(0.0, spread=0.0)),
        ("revision", "effect 0.1, controls differ", revision(0.1)),
        ("revision", "effect 0.1, controls alike", revision(0.1, spread=0.0)),
        ("revision", "null, four controls", revision(0.0, n_controls=4)),
        ("revision", "null, shocks with memory 0.4", revision(0.0, memory=0.4)),
        ("revision", "null, counts rounded by chance to fives", revision(0.0, step=5)),
        *(
            (
                "revision",
                f"{name}, large entry, {n} controls{how}",
                revision(effect, n_controls=n, n=1500, is_even=bool(how)),
            )
            for n in (16, 34)
            for how in ("", ", lengths drawn evenly")
            for name, effect in (("null", 0.0), ("effect 0.1", 0.1))
        ),
    )
    designs = {
        "rollout, not yet treated": headline,
        "rollout, imputation": each(imputation_weights),
        "rollout, two-way fixed effects (bad example)": each(two_way_weights),
    }
    effects = {
        "null": lambda event, first: 0.0 * event,
        "constant 0.1": lambda event, first: 0.1 + 0.0 * event,
        "growing, larger for early counties": lambda event, first: (
            0.05 + 0.04 * event * (first < 9)
        ),
    }
    for counts, rule in (("protected", RULE), ("exact", None)):
        about = f"rollout, as `evaluate rollout`, {counts} counts"
        for name, effect in effects.items():
            yield about, name, as_commanded(effect, rule)
        ten = as_commanded(effects["constant 0.1"], rule, more=10)
        yield about, "constant 0.1, ten times as many spells", ten
    apart = as_commanded(effects["constant 0.1"], RULE, is_against_exact=True)
    yield "rollout, protected counts against exact ones (truth)", "constant 0.1", apart
    for design, weigh in designs.items():
        for name, effect in effects.items():
            yield design, name, rollout(effect, weigh, n_draws=299 if weigh is headline else 99)


def rows(design, scenario, run, n_seeds):
    """The row of a design, and of its single quarters where its runs bring them as well."""
    found = [run(np.random.default_rng((seed, 17))) for seed in range(n_seeds)]
    if not isinstance(found[0][0], tuple):
        found = [(one,) for one in found]
    for end, drawn in zip(("", QUARTERS), zip(*found, strict=True), strict=False):
        values = np.hstack([np.reshape(one, (6, -1)) for one in drawn])
        yield row(design + end, scenario, n_seeds, *values)


def row(design, scenario, n_seeds, estimate, se, lo, hi, truth, wild):
    inside = (lo <= truth) & (truth <= hi)
    return dict(
        zip(
            COLUMNS,
            (
                design, scenario, n_seeds, round(truth.mean(), 4), round(estimate.mean(), 4),
                round(((estimate - truth) / se).mean(), 3), round(inside.mean(), 3),
                round(((lo > 0) | (hi < 0)).mean(), 3),
                "" if np.isnan(wild).all() else round((wild <= 0.05).mean(), 3),
                round(np.sqrt((((estimate - truth) / se) ** 2).mean()), 3),
            ),
            strict=True,
        )
    )  # fmt: skip


def main(n_seeds=400, *words):
    """Draw rows and write the table after each: what was drawn is kept when the rest is not."""
    path = Path(__file__).with_suffix(".csv")
    for design, scenario, run in scenarios():
        if not words or any(w in f"{design} {scenario}" for w in words):
            for drawn in rows(design, scenario, run, int(n_seeds)):
                _keep(path, drawn)
    if not words or any(w in "pooling" for w in words):
        values = collapsed(np.random.default_rng(1))
        for name, value in zip(("by diagnosis", "all diagnoses in one curve"), values, strict=True):
            _keep(
                path,
                {"design": "pooling", "scenario": f"effect 0.1, {name}", "seeds": 1, "truth": 0.1,
                 "mean": round(value, 4)},
            )  # fmt: skip


def _keep(path, drawn):
    """Put a row into the table, in the order of the scenarios."""
    print(drawn, flush=True)
    rows = {}
    if path.exists():
        with path.open(newline="") as file:
            rows = {(r["design"], r["scenario"]): r for r in csv.DictReader(file)}
    rows[drawn["design"], drawn["scenario"]] = drawn
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS)
        writer.writeheader()
        writer.writerows(rows[key] for key in sorted(rows, key=_order))


def _order(key):
    known = [(design, scenario) for design, scenario, _ in scenarios()]
    key = key[0].removesuffix(QUARTERS), key[1]
    return known.index(key) if key in known else len(known)


if __name__ == "__main__":
    main(*sys.argv[1:])
