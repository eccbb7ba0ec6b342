"""Do 95 % intervals hold the truth 95 times of 100? Ledgers drawn from known laws tell.

Run `python tests/bench/coverage.py` (about two minutes); it prints the table and writes it to
coverage.csv beside this file. `--draws 200` is quicker, `--seed` draws other ledgers. Every row
says how many draws had an interval at all: where a share is 0 or 1, or a quantile not reached,
there is none.
"""

from __future__ import annotations

import argparse
import csv
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from fmbstats.adherence import is_enough_for_days
from fmbstats.stats.clustered import clustered_shares
from fmbstats.stats.competing import fit_incidence
from fmbstats.stats.contrasts import difference_at, restricted_mean_difference
from fmbstats.stats.degree import net_days
from fmbstats.stats.exceedance import limit_shares
from fmbstats.stats.expected import observed_expected
from fmbstats.stats.identified import share_region_interval
from fmbstats.stats.intervals import positive_interval
from fmbstats.stats.multiplicity import simultaneous_ranks
from fmbstats.stats.proportions import wilson
from fmbstats.stats.rhythm import heaping_terms
from fmbstats.stats.risk import risk_sets
from fmbstats.stats.standardise import collapse_strata, standardised_share
from fmbstats.stats.survival import curves_from, fit_curve, fit_curves

LEVEL = 0.95
ENTRY, LIMIT, MIN_DAYS, TAU, CUT = 14, 60, 28, 180, 400
DAYS = np.arange(1, CUT + 1)


@dataclass(frozen=True)
class Law:
    """A law of length on the days 1..CUT and of censoring (uniform hazard a day)."""

    name: str
    hazard: np.ndarray
    censoring: float
    entry: int

    @property
    def survival(self):
        """S(t | T > entry) at t = 0..CUT."""
        hazard = np.where(self.entry < DAYS, self.hazard, 0.0)
        return np.concatenate([[1.0], np.cumprod(1 - hazard)])

    def draw(self, rng, n_spells, n_groups=1):
        """Ledger (group, time, cause, n), by drawing the ends of every day."""
        alive = np.full(n_groups, n_spells)
        parts = []
        for day in range(self.entry + 1, CUT + 1):
            ended = rng.binomial(alive, self.hazard[day - 1])
            censored = rng.binomial(alive - ended, self.censoring) if day < CUT else alive - ended
            parts += [(day, 1, ended), (day, 0, censored)]
            alive = alive - ended - censored
        group = np.tile(np.arange(n_groups), len(parts))
        length = np.repeat([p[0] for p in parts], n_groups)
        cause = np.repeat([p[1] for p in parts], n_groups)
        return group, length, cause, np.concatenate([p[2] for p in parts])


def rhythm(week, month):
    is_week, is_after, is_month, *_ = heaping_terms(DAYS).T
    return (1 + week * is_week) * (1 + 0.5 * week * is_after) * (1 + month * is_month)


def smooth(level, slope):
    return level * np.exp(slope * DAYS / 100)


LAWS = (
    Law("even hazard, nobody censored", smooth(0.015, 0), 0.0, 0),
    Law("heaped, day 15 on, 25 % censored", smooth(0.009, -0.3) * rhythm(3, 1.5), 0.003, ENTRY),
    Law("heaped, day 15 on, 60 % censored", smooth(0.009, -0.3) * rhythm(3, 1.5), 0.015, ENTRY),
    Law("short spells, few over the limit", smooth(0.05, -0.2) * rhythm(2, 0.5), 0.001, ENTRY),
)
SIZES = (30, 100, 1_000, 20_000)


@dataclass
class Row:
    """One line of the table."""

    method: str
    law: str
    n_spells: int
    truth: float
    n_draws: int
    n_intervals: int
    bias: float
    bias_mc_se: float
    coverage: float
    coverage_mc_se: float
    remark: str


def row(method, law, n_spells, truth, estimate, lo, hi):
    """Coverage and bias of the draws, with Monte Carlo error."""
    estimate, lo, hi = (np.asarray(x, float) for x in (estimate, lo, hi))
    truth = np.broadcast_to(truth, estimate.shape)
    known, has = ~np.isnan(estimate), ~np.isnan(lo) & ~np.isnan(hi)
    inside = (lo[has] <= truth[has] + 1e-12) & (truth[has] <= hi[has] + 1e-12)
    coverage = inside.mean() if has.any() else np.nan
    gap = (estimate - truth)[known]
    mc_se = np.sqrt(coverage * (1 - coverage) / max(has.sum(), 1))
    remark = ""
    if has.any() and not 0.93 <= coverage <= 0.97:
        remark = "below 93 %" if coverage < 0.93 else "above 97 %"
        if coverage + 1.96 * mc_se >= 0.93 and coverage - 1.96 * mc_se <= 0.97:
            remark += ", within Monte Carlo error"
    if has.mean() < 0.98:
        remark = f"{remark}; no interval in {1 - has.mean():.0%}".removeprefix("; ")
    return Row(
        method, law, n_spells, float(np.mean(truth)), len(estimate), int(has.sum()),
        float(gap.mean()) if len(gap) else np.nan,
        float(gap.std() / np.sqrt(max(len(gap), 1))) if len(gap) else np.nan,
        float(coverage), float(mc_se), remark,
    )  # fmt: skip


def true_quantile(survival, p):
    """min{t: S(t) <= 1 - p} of a law that is never flat."""
    reached = np.flatnonzero(survival <= 1 - p)
    return float(reached[0]) if len(reached) else np.nan


def curve_rows(law, n_spells, curves):
    """Shares, quantiles and means of one law and size."""
    survival = law.survival
    s_max, s_min = survival[LIMIT], survival[MIN_DAYS - 1]
    where = law.name, n_spells
    shares = limit_shares(curves, LIMIT, MIN_DAYS)
    yield row(
        "S(60), log-log", *where, s_max, curves.survival_at(LIMIT), *curves.interval_at(LIMIT)
    )
    yield row(
        "S(60), plain", *where, s_max, curves.survival_at(LIMIT),
        *curves.interval_at(LIMIT, kind="plain"),
    )  # fmt: skip
    for name, share, truth in (
        ("within 28-60 days", shares.inside, s_min - s_max),
        ("under 28 days", shares.under, 1 - s_min),
    ):
        yield row(name, *where, truth, share.estimate, share.lo, share.hi)
    for p in (0.25, 0.5, 0.75):
        truth = true_quantile(survival, p)
        if not np.isnan(truth):
            yield row(f"{p:.0%} quantile", *where, truth, *curves.quantile(p))
    for name, (estimate, se), begin in (
        ("restricted mean, 180 days", curves.restricted_mean(TAU), 0),
        ("excess days, 60 to 180", curves.excess_days(LIMIT, TAU), LIMIT),
    ):
        width = 1.959964 * se
        truth = survival[begin:TAU].sum()
        yield row(name, *where, truth, estimate, estimate - width, estimate + width)
        if begin:
            yield row(f"{name}, log", *where, truth, estimate, *positive_interval(estimate, se))


def rows_of_laws(rng, n_draws):
    for law in LAWS:
        for n_spells in SIZES:
            group, length, cause, n = law.draw(rng, n_spells, n_draws)
            yield from curve_rows(
                law, n_spells,
                fit_curves(group, length, cause, entry=law.entry, n=n, n_groups=n_draws),
            )  # fmt: skip


def rows_of_delayed_entry(rng, n_draws):
    """Employees enter at day 14, others at 0, same law: the curve from day 0."""
    law = Law("entry 14 and 0 mixed, 20 % at 0", LAWS[1].hazard, LAWS[1].censoring, 0)
    for n_spells in (100, 1_000):
        seen = rng.binomial(int(n_spells * 0.8), law.survival[ENTRY], n_draws)
        estimate, lo, hi = [], [], []
        others = law.draw(rng, n_spells // 5, n_draws)
        from_14 = Law("", law.hazard, law.censoring, ENTRY)
        for g in range(n_draws):
            mine = others[0] == g
            late = from_14.draw(rng, int(seen[g]))
            columns = [
                np.concatenate([a[mine], b]) for a, b in zip(others[1:], late[1:], strict=True)
            ]
            entry = np.repeat([0, ENTRY], [mine.sum(), len(late[0])])
            curve = fit_curve(columns[0], columns[1], entry=entry, n=columns[2])
            estimate.append(curve.survival_at(LIMIT) if curve.entry_day == 0 else np.nan)
            limits = curve.interval_at(LIMIT) if curve.entry_day == 0 else (np.nan, np.nan)
            lo.append(limits[0])
            hi.append(limits[1])
        truth = law.survival[LIMIT]
        yield row("S(60) from day 0, delayed entry", law.name, n_spells, truth, estimate, lo, hi)


def rows_of_proportions(rng, n_draws):
    for n in (30, 100, 1_000):
        for p in (0.05, 0.4):
            k = rng.binomial(n, p, n_draws)
            yield row("share of completed spells, Wilson", f"p = {p}", n, p, k / n, *wilson(k, n))


def rows_of_contrasts(rng, n_draws):
    first = LAWS[1]
    second = Law("", first.hazard * 1.2, first.censoring, ENTRY)
    for n_spells in (100, 1_000):
        curves = [
            fit_curves(g, t, c, entry=ENTRY, n=n, n_groups=n_draws)
            for g, t, c, n in (law.draw(rng, n_spells, n_draws) for law in (first, second))
        ]
        where = "heaped; hazards 1 : 1.2", n_spells
        truth = first.survival[LIMIT] - second.survival[LIMIT]
        for kind in ("log-log", "plain"):
            d = difference_at(*curves, LIMIT, kind=kind)
            yield row(f"difference of S(60), {kind}", *where, truth, d.estimate, d.lo, d.hi)
        d = restricted_mean_difference(*curves, TAU)
        truth = first.survival[:TAU].sum() - second.survival[:TAU].sum()
        yield row("difference of restricted means", *where, truth, d.estimate, d.lo, d.hi)


def rows_of_standardised(rng, n_draws):
    """Eight strata, hazards 0.7 to 1.4 times; a unit with uneven strata."""
    factors, weights = np.linspace(0.7, 1.4, 8), np.arange(8, 0, -1.0)
    laws = [Law("", LAWS[1].hazard * f, LAWS[1].censoring, ENTRY) for f in factors]
    truth = weights @ [law.survival[LIMIT] for law in laws] / weights.sum()
    for n_spells in (200, 2_000):
        sizes = np.maximum(np.arange(1, 9) * n_spells // 36, 1)
        drawn = [
            fit_curves(g, t, c, entry=ENTRY, n=n, n_groups=n_draws)
            for law, size in zip(laws, sizes, strict=True)
            for g, t, c, n in [law.draw(rng, int(size), n_draws)]
        ]
        share = np.array([c.survival_at(LIMIT) for c in drawn])
        variance = np.array([c.variance_at(LIMIT) for c in drawn])
        got = [standardised_share(weights, s, v) for s, v in zip(share.T, variance.T, strict=True)]
        yield row(
            "standardised S(60)", "8 strata of uneven size", n_spells, truth,
            [g.estimate for g in got], [g.lo for g in got], [g.hi for g in got],
        )  # fmt: skip


def rows_of_expected(rng, n_draws):
    """A unit of n spells within a nation of 20 000 of two strata, ends 0.85 times as fast."""
    for n_spells in (100, 1_000):
        estimate, lo, hi, truths = [], [], [], []
        for _ in range(n_draws):
            parts = []
            for stratum, factor in enumerate((0.8, 1.3)):
                for unit, size, slow in ((0, n_spells // 2, 0.85), (1, 10_000, 1.0)):
                    law = Law("", LAWS[1].hazard * factor * slow, LAWS[1].censoring, ENTRY)
                    _, t, c, n = law.draw(rng, size)
                    kept = n > 0
                    parts.append(
                        np.array([np.full(kept.sum(), unit), np.full(kept.sum(), stratum),
                                  t[kept], c[kept], n[kept]])
                    )  # fmt: skip
            unit, stratum, t, c, n = np.concatenate(parts, axis=1)
            got = observed_expected(unit, stratum, t, c, entry=ENTRY, n=n)
            estimate.append(got.ratio[0])
            lo.append(got.lo[0])
            hi.append(got.hi[0])
            truths.append(0.85 / (1 - 0.15 * n_spells / (20_000 + n_spells)))
        yield row(
            "observed / expected ends", "unit 0.85 times as fast", n_spells, truths,
            estimate, lo, hi,
        )  # fmt: skip


def rows_of_competing(rng, n_draws):
    """Reason 2 takes 20 % of the ends."""
    law = LAWS[1]
    hazard, before = law.hazard[ENTRY:LIMIT], law.survival[ENTRY:LIMIT]
    for n_spells in (100, 1_000):
        group, length, cause, n = law.draw(rng, n_spells, n_draws)
        other = rng.binomial(n, 0.2 * (cause > 0))
        for reason, share in ((1, 0.8), (2, 0.2)):
            estimate, lo, hi = [], [], []
            for g in range(n_draws):
                mine = group == g
                t, c, k = length[mine], cause[mine], n[mine]
                ledger = np.concatenate([t, t]), np.concatenate([c, 2 * c])
                counts = np.concatenate([k - other[mine], other[mine]])
                got = fit_incidence(*ledger, entry=ENTRY, n=counts, causes=(1, 2))
                estimate.append(got.share_at(reason, LIMIT))
                limits = got.interval_at(reason, LIMIT)
                lo.append(limits[0])
                hi.append(limits[1])
            truth = share * (hazard * before).sum()
            yield row(f"reason {reason} by day 60", law.name, n_spells, truth, estimate, lo, hi)


def rows_of_persons(rng, n_draws):
    """Each person has two spells with a common gamma frailty: Greenwood's against clustered."""
    hazard = smooth(0.02, 0)
    frailty = rng.gamma(1.0, 1.0, 400_000)
    chance = 1 - np.exp(-np.cumsum(-np.log1p(-hazard)))
    truth = np.exp(-frailty * -np.log1p(-chance[LIMIT - 1])).mean()
    estimate, naive, clustered = [], [], []
    for _ in range(n_draws):
        person = np.repeat(np.arange(150), 2)
        rate = np.repeat(rng.gamma(1.0, 1.0, 150), 2) * -np.log1p(-hazard[0])
        length = np.minimum(np.ceil(rng.exponential(1 / rate)), CUT + 1).astype(int)
        cut = rng.integers(50, CUT, 300)
        t, c = np.minimum(length, cut), length <= cut
        got = clustered_shares(t, c, person, LIMIT)
        estimate.append(got.survival[0])
        clustered.append((got.lo[0], got.hi[0]))
        naive.append(fit_curve(t, c).interval_at(LIMIT))
    for name, limits in (("persons clustered", clustered), ("persons ignored", naive)):
        lo, hi = np.array(limits).T
        yield row(
            f"S(60), {name}", "2 spells a person, shared frailty", 300, truth, estimate, lo, hi
        )


def rows_of_net_days(rng, n_draws):
    """Full time at first, half time from day 31 with chance 1/2: net days to day 180."""
    law = Law("", smooth(0.012, 0), 0.003, ENTRY)
    reach = law.survival[ENTRY:TAU]
    mean = np.where(np.arange(ENTRY + 1, TAU + 1) <= 30, 1.0, 0.75)
    estimate, lo, hi = [], [], []
    for _ in range(n_draws):
        _, t, c, n = law.draw(rng, 300)
        t, c = np.repeat(t, n), np.repeat(c, n)
        spell = np.arange(len(t))
        half = rng.random(len(t)) < 0.5
        got = net_days(
            t, c, np.tile(spell, 2), np.repeat([1, 31], len(t)), np.repeat([30, CUT], len(t)),
            np.concatenate([np.full(len(t), 100), np.where(half, 50, 100)]), tau=TAU, entry=ENTRY,
        )  # fmt: skip
        estimate.append(got.net)
        lo.append(got.net_lo)
        hi.append(got.net_hi)
    yield row("net days, day 15 to 180", "half time from day 31 for half", 300, reach @ mean,
              estimate, lo, hi)  # fmt: skip


def _curves(law, rng, n_spells, n_draws):
    group, length, cause, n = law.draw(rng, n_spells, n_draws)
    return curves_from(risk_sets(group, length, cause, entry=law.entry, n=n, n_groups=n_draws))


def rows_of_regions(rng, n_draws):
    """The share itself between two bounds of one curve (Imbens & Manski), wherever it lies."""
    law = LAWS[1]
    for n_spells in (30, 100, 1_000):
        g, t, c, n = law.draw(rng, n_spells, n_draws)
        curves = fit_curves(g, t, c, entry=ENTRY, n=n, n_groups=n_draws)
        for short in (MIN_DAYS, LIMIT - 2, LIMIT):
            lower, upper = curves.survival_at(LIMIT), curves.survival_at(short)
            errors = (np.sqrt(curves.variance_at(day)) for day in (LIMIT, short))
            lo, hi = share_region_interval(lower, upper, *errors)
            ends = law.survival[LIMIT], law.survival[short]
            for place in (0.0, 0.5, 1.0) if short < LIMIT else (0.0,):
                truth = ends[0] + place * (ends[1] - ends[0])
                yield row(
                    f"share between S(60) and S({short}), {place:.0%} up", law.name, n_spells,
                    truth, lower + place * (upper - lower), lo, hi,
                )  # fmt: skip


def rows_of_ranks(rng, n_draws):
    """Do the intervals of all ranks hold at once? Units apart, and units nearly alike."""
    for name, span in (("30 shares from 0.2 to 0.5", 0.3), ("30 shares within 0.01", 0.01)):
        truth = np.linspace(0.35 - span / 2, 0.35 + span / 2, 30)
        right = np.arange(30, 0, -1)
        for n_spells in (100, 2_000):
            found = rng.binomial(n_spells, truth, (n_draws, 30)) / n_spells
            se = np.sqrt(found * (1 - found) / n_spells)
            held, width = [], []
            for k in range(n_draws):
                _, lo, hi = simultaneous_ranks(found[k], se[k], seed=k, n_draws=1_000)
                held.append(((lo <= right) & (right <= hi)).all())
                width.append((hi - lo).mean())
            wrong = 1.0 - np.array(held)
            out = row("all ranks at once", name, n_spells, 0.0, wrong * 0, wrong, np.ones(n_draws))
            out.remark = f"{out.remark}; mean width {np.mean(width):.1f} ranks".removeprefix("; ")
            yield out


def rows_of_sparse_standardised(rng, n_draws):
    """Cells where nobody exceeds the limit are joined with neighbours, as a county's are."""
    factors, weights = np.linspace(0.8, 1.3, 10), np.arange(10, 0, -1.0)
    order = np.repeat([0, 1], 5)
    laws = [Law("", LAWS[3].hazard * f, LAWS[3].censoring, ENTRY) for f in factors]
    truth = weights @ [law.survival[LIMIT] for law in laws] / weights.sum()
    for n_spells in (60, 200, 1_000):
        sizes = rng.multinomial(n_spells, np.full(10, 0.1), n_draws)
        got = [_joined_share(rng, laws, order, own, weights) for own in sizes]
        yield row(
            "standardised S(60), cells of 0", LAWS[3].name, n_spells, truth,
            *np.array(got).T,
        )  # fmt: skip


def _joined_share(rng, laws, order, sizes, weights):
    """Estimate and limits of one unit; NaN where it cannot be standardised."""
    drawn = [law.draw(rng, int(size)) for law, size in zip(laws, sizes, strict=True)]
    cell = np.repeat(np.arange(len(laws)), [len(d[0]) for d in drawn])
    time, cause, n = (np.concatenate([d[k] for d in drawn]) for k in (1, 2, 3))
    joined = collapse_strata(order, sizes)
    for is_last in (False, True):
        count = joined.max() + 1
        curves = fit_curves(joined[cell], time, cause, entry=ENTRY, n=n, n_groups=count)
        share, variance = curves.survival_at(LIMIT), curves.variance_at(LIMIT)
        if not is_last:
            told = share[joined]
            joined = collapse_strata(order, np.where((told > 0) & (told < 1), sizes, 0))
    found = standardised_share(np.bincount(joined, weights, minlength=count), share, variance)
    return found.estimate, found.lo, found.hi


def rows_of_few(rng, n_draws):
    """Excess days of few spells, and as they are told: of enough spells (M10)."""
    for law in LAWS[:2]:
        for n_spells in (10, 20, 30, 50, 100):
            g, t, c, n = law.draw(rng, n_spells, n_draws)
            curves = fit_curves(g, t, c, entry=law.entry, n=n, n_groups=n_draws)
            mean, se = curves.excess_days(MIN_DAYS, 2 * MIN_DAYS)
            truth = law.survival[MIN_DAYS : 2 * MIN_DAYS].sum()
            is_told = is_enough_for_days(curves.n_spells, curves.at_risk_at(2 * MIN_DAYS))
            for name, kept in (("", np.ones(n_draws, bool)), (", told", is_told)):
                lo, hi = positive_interval(np.where(kept, mean, np.nan), se)
                yield row(
                    f"excess days, 28 to 56{name}", law.name, n_spells, truth,
                    np.where(kept, mean, np.nan), lo, hi,
                )  # fmt: skip


PARTS = (
    (rows_of_laws, 1.0),
    (rows_of_delayed_entry, 0.5),
    (rows_of_proportions, 5.0),
    (rows_of_contrasts, 1.0),
    (rows_of_standardised, 1.0),
    (rows_of_expected, 0.2),
    (rows_of_competing, 0.5),
    (rows_of_persons, 0.5),
    (rows_of_net_days, 0.5),
    (rows_of_regions, 1.0),
    (rows_of_ranks, 0.2),
    (rows_of_sparse_standardised, 0.67),
    (rows_of_few, 1.0),
)


def simulate(n_draws, seed, only=()):
    """All rows of the table; the slower parts take a stated fraction of the draws."""
    rows = []
    for number, (part, fraction) in enumerate(PARTS):
        if only and part.__name__.removeprefix("rows_of_") not in only:
            continue
        began = time.perf_counter()
        rows += part(np.random.default_rng([seed, number]), max(int(n_draws * fraction), 20))
        print(f"{part.__name__:24} {time.perf_counter() - began:6.1f} s", flush=True)
    return rows


def write(rows, path):
    with open(path, "w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(vars(rows[0]))
        for item in rows:
            values = vars(item).values()
            writer.writerow([f"{v:.5g}" if isinstance(v, float) else v for v in values])


def kept(path, rows):
    """Rows of an earlier table that were not drawn anew."""
    again = {(r.method, r.law, str(r.n_spells)) for r in rows}
    with open(path, encoding="utf-8", newline="") as file:
        old = [
            r for r in csv.DictReader(file) if (r["method"], r["law"], r["n_spells"]) not in again
        ]
    return [Row(**r) for r in old]


def show(rows):
    print(f"{'method':34} {'law':36} {'n':>6} {'truth':>8} {'bias':>9} {'cover':>6} (± {'mc':>4})")
    for r in rows:
        print(
            f"{r.method:34} {r.law:36} {r.n_spells:6d} {r.truth:8.4g} {r.bias:9.2g} "
            f"{r.coverage:6.1%} (±{1.96 * r.coverage_mc_se:5.1%}) {r.remark}"
        )


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--draws", type=int, default=2_000)
    parser.add_argument("--seed", type=int, default=20_200)
    parser.add_argument("--only", nargs="+", default=(), help="Parts, such as ranks; others stay.")
    parser.add_argument("--to", type=Path, default=Path(__file__).with_name("coverage.csv"))
    arguments = parser.parse_args()
    rows = simulate(arguments.draws, arguments.seed, arguments.only)
    show(rows)
    write(
        (kept(arguments.to, rows) if arguments.only and arguments.to.exists() else []) + rows,
        arguments.to,
    )


if __name__ == "__main__":
    main()
