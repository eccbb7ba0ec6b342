"""How often steering is found where there is none, and how well where endings were moved.

    python tests/bench/steering.py [replicates] [words of scenarios ...]

Writes these rows of steering.csv beside this file anew: per scenario the share of replicates that
end in each verdict, and for moved endings also bias (in standard errors), coverage of the 95 %
interval, how often the interval leaves out 0, and how often a test that knew the curve would find
the hole.
"""

import csv
import os
import re
import sys
from collections import Counter
from pathlib import Path

# Many small matrices: threads that wait for each other cost far more than they give.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np
from scipy.stats import norm

from fmbstats.stats.bunching import HOLE_DAYS, SPIKE_DAYS, estimate_bunching, own_windows
from fmbstats.stats.rhythm import CHAIN_DAYS, Daily, heaping_terms, shared_rhythm
from fmbstats.stats.steering import Regimes, estimate_shift, judge

DAYS = np.arange(1, 401)
ENTRY = 14
N_TARGET, N_REFERENCE = 5_000, 60_000
SHARE_EMPLOYED = 0.83
OTHERS_LIMITS = (28, 35, 42, 56, 70, 84, 90, 112, 120, 180)


def plain(scale, decay, chain=3.0):
    """Hazard with weeks, months and the rehabilitation chain."""
    terms = heaping_terms(DAYS)
    hazard = scale * np.exp(-decay * DAYS / 100)
    hazard = hazard * (1 + 2 * terms[:, 0]) * (1 + terms[:, 1]) * (1 + terms[:, 8])
    return times(hazard, CHAIN_DAYS, 1 + chain)


def times(hazard, days, factor):
    out = hazard.copy()
    out[np.array(list(days)) - 1] *= factor
    return np.minimum(out, 0.95)


def bump(hazard, day, height, sd):
    return hazard * (1 + height * np.exp(-0.5 * ((DAYS - day) / sd) ** 2))


def stepped(limit, factor, fall, weeks):
    """Check-ups on the limit, and from the day after it a hazard that is lower for some weeks."""
    lower = (limit < DAYS) & (limit + 7 * weeks >= DAYS)
    return times(np.where(lower, (1 - fall) * TARGET, TARGET), [limit], factor)


def masses(hazard):
    still = np.cumprod(np.r_[1, 1 - hazard])
    return np.r_[still[:-1] * hazard, still[-1]]


def hazards(mass):
    still = 1 - np.cumsum(np.r_[0, mass[:-1]])
    return np.clip(mass[:-1] / np.maximum(still[:-1], 1e-12), 0, 0.999)


def moved(hazard, limit, share):
    """Endings of the four weeks after the limit moved to it, and their share of those left."""
    mass = masses(hazard)
    left = mass[limit - SPIKE_DAYS - 1 :].sum()
    taken = share * mass[limit : limit + HOLE_DAYS]
    mass[limit : limit + HOLE_DAYS] -= taken
    mass[limit - 1] += taken.sum()
    return hazards(mass), taken.sum() / left


def rounded_up(hazard, step, share):
    """Certificates that are written to whole steps: their spells end on the next one."""
    mass = masses(hazard)
    out = mass.copy()
    for day in DAYS[DAYS % step > 0]:
        to = min((day // step + 1) * step, len(DAYS))
        out[day - 1] -= share * mass[day - 1]
        out[to - 1] += share * mass[day - 1]
    return hazards(out)


def lognormal(median, spread):
    still = np.r_[1, norm.sf(np.log(DAYS / median) / spread)]
    hazard = np.clip(1 - still[1:] / np.maximum(still[:-1], 1e-12), 0, 0.6)
    terms = heaping_terms(DAYS)
    return np.clip(hazard * (1 + 2 * terms[:, 0]) * (1 + terms[:, 8]) / 1.5, 0, 0.9)


def draw(rng, hazard, n):
    mass = masses(hazard)[ENTRY:]
    ended = rng.multinomial(n, mass / mass.sum())[:-1]
    at_risk = n - np.r_[0, np.cumsum(ended)[:-1]]
    return Daily(DAYS[ENTRY:], at_risk.astype(float), ended.astype(float))


def together(*parts):
    return Daily(parts[0].day, sum(p.at_risk for p in parts), sum(p.ended for p in parts))


TARGET, REFERENCE = plain(0.012, 0.3), plain(0.009, 0.2)
STEPS = (
    (56, 2, 0.25, 99, 5_000), (28, 2, 0.2, 99, 5_000), (42, 2, 0.25, 99, 5_000),
    (84, 2, 0.25, 99, 5_000), (112, 3, 0.5, 99, 5_000), (45, 4, 0.3, 99, 20_000),
    (56, 4, 0.5, 26, 2_000), (84, 3, 0.25, 26, 20_000), (28, 3, 0.3, 26, 5_000),
    (56, 3, 0.3, 13, 5_000), (112, 2, 0.2, 13, 20_000), (42, 1.5, 0.1, 13, 20_000),
    (42, 3, 0.25, 8, 5_000), (84, 4, 0.3, 8, 50_000), (28, 2, 0.2, 6, 5_000),
    (45, 4, 0.1, 6, 50_000),
)  # fmt: skip
"""Limit, factor of check-ups on it, how much lower the hazard is then, for weeks, and spells."""

FOUR, TWO, SIX, THREE = (range(step, 390, step) for step in (28, 14, 42, 21))


def steered_reference(rng):
    """Ten diagnoses, each steered at a limit of its own, none where another is looked at."""
    groups = []
    for k, limit in enumerate(OTHERS_LIMITS):
        hazard = REFERENCE * (0.6 + 0.08 * k) * np.exp((k - 5) * 0.0006 * DAYS)
        groups.append(draw(rng, moved(hazard, limit, 0.2)[0], N_REFERENCE // 10))
    day = groups[0].day
    kept = np.array([~np.isin(day, list(own_windows([limit]))) for limit in OTHERS_LIMITS])
    at_risk, ended = (np.array([getattr(g, name) for g in groups]) for name in ("at_risk", "ended"))
    return shared_rhythm(day, at_risk, ended, kept)


def cross_section(hazard, limit, n=N_TARGET, reference=REFERENCE, truth=0.0):
    def run(rng):
        others = steered_reference(rng) if reference is None else draw(rng, reference, N_REFERENCE)
        found = estimate_bunching(draw(rng, hazard, n), others, limit)
        return judge(found), found.at, truth

    return run


def power_of_known_curve(share, limit, n=N_TARGET):
    """How often endings missing after a limit would be found if the curve without it were known.

    One-sided test at 5 % of how many of those left after the limit end in the four weeks after it,
    by the normal approximation. Only these can tell moved endings from added ones: whoever is not
    left (a spike) says the same of both, though a test that used it would reject nearly always.
    """
    chances, left = [], 1.0
    for hazard in (TARGET, moved(TARGET, limit, share)[0]):
        mass = masses(hazard)[ENTRY:] / masses(hazard)[ENTRY:].sum()
        left = mass[limit - ENTRY :].sum()
        chances.append(mass[limit - ENTRY : limit - ENTRY + HOLE_DAYS].sum() / left)
    before, after = chances
    sd_before, sd_after = (np.sqrt(p * (1 - p) / (n * left)) for p in chances)
    return float(norm.cdf((before - after - norm.ppf(0.95) * sd_before) / sd_after))


def moved_scenario(share, limit, reference=REFERENCE):
    hazard, truth = moved(TARGET, limit, share)
    return cross_section(hazard, limit, reference=reference, truth=truth)


def regimes(employees, others, limit):
    """Employees and others, each against the reference's; 5 000 spells together."""

    def run(rng):
        n = round(N_TARGET * SHARE_EMPLOYED)
        parts = [draw(rng, employees, n), draw(rng, others, N_TARGET - n)]
        without = plain(0.009, 0.2, chain=0.0)
        m = round(N_REFERENCE * SHARE_EMPLOYED)
        refs = [draw(rng, REFERENCE, m), draw(rng, without, N_REFERENCE - m)]
        estimates = [estimate_bunching(p, r, limit) for p, r in zip(parts, refs, strict=True)]
        found = estimate_bunching(together(*parts), together(*refs), limit)
        return judge(found, Regimes(*estimates)), None, None

    return run


def shift(before, after, old, new, truth=0.0, n=N_TARGET):
    def run(rng):
        found = estimate_shift(draw(rng, after, n), draw(rng, before, n), old, new)
        return found.judge(), None if found.at_old.reason else found, truth

    return run


def shifted(share, old, new, hazard=TARGET):
    (before, lost), (after, gained) = (moved(hazard, limit, share) for limit in (old, new))
    return shift(before, after, old, new, gained + lost)


def scenarios():
    unbound = plain(0.012, 0.3, chain=0.0)
    yield from (
        (f"null: four-week certificates x2, r={r}", cross_section(times(TARGET, FOUR, 2), r))
        for r in (28, 56, 84, 112)
    )
    yield from (
        ("null: four-week certificates x3, r=56", cross_section(times(TARGET, FOUR, 3), 56)),
        (
            "null: four-week certificates fading x3, x2, x1.3, r=28",
            cross_section(times(times(times(TARGET, [28], 3), [56], 2), [84], 1.3), 28),
        ),
        ("null: two-week certificates x1.5, r=28", cross_section(times(TARGET, TWO, 1.5), 28)),
        (
            "null: two-week certificates x1.2, n=25 000, r=28",
            cross_section(times(TARGET, TWO, 1.2), 28, n=25_000),
        ),
        ("null: three-week certificates x2, r=63", cross_section(times(TARGET, THREE, 2), 63)),
        ("null: six-week check-ups x2, r=42", cross_section(times(TARGET, [42], 2), 42)),
        ("null: six-week check-ups x4, r=42", cross_section(times(TARGET, [42, 43], 4), 42)),
        ("null: every six weeks x2.5, r=42", cross_section(times(TARGET, SIX, 2.5), 42)),
        ("null: every six weeks x2.5, r=84", cross_section(times(TARGET, SIX, 2.5), 84)),
        ("null: eight-week check-ups x3, r=56", cross_section(times(TARGET, [56], 3), 56)),
        ("null: five-week check-ups x3, r=35", cross_section(times(TARGET, [35], 3), 35)),
        ("null: chain x1.5, r=90", cross_section(times(TARGET, [90], 1.5), 90)),
        ("null: chain x1.5, r=180", cross_section(times(TARGET, [180], 1.5), 180)),
        ("null: chain x2.5, r=90", cross_section(times(TARGET, [90], 2.5), 90)),
        ("null: bump +50 %, sd 14, r=56", cross_section(bump(TARGET, 56, 0.5, 14), 56)),
        ("null: bump +100 %, sd 10, r=56", cross_section(bump(TARGET, 56, 1, 10), 56)),
        ("null: bump +100 %, sd 10, r=84", cross_section(bump(TARGET, 84, 1, 10), 84)),
        ("null: bump +100 %, sd 6, r=84", cross_section(bump(TARGET, 84, 1, 6), 84)),
        (
            "null: bump before the limit +70 %, sd 14, n=25 000, r=84",
            cross_section(bump(TARGET, 74, 0.7, 14), 84, n=25_000),
        ),
        ("null: lognormal, sigma 0.2, median 90, r=90", cross_section(lognormal(90, 0.2), 90)),
        ("null: lognormal, sigma 0.2, median 90, r=84", cross_section(lognormal(90, 0.2), 84)),
        ("null: lognormal, sigma 0.2, median 60, r=60", cross_section(lognormal(60, 0.2), 60)),
        ("null: lognormal, sigma 0.4, median 100, r=120", cross_section(lognormal(100, 0.4), 120)),
        (
            "null: 30 % rounded up to four weeks, r=56",
            cross_section(rounded_up(TARGET, 28, 0.3), 56),
        ),
        (
            "null: 50 % rounded up to four weeks, r=84",
            cross_section(rounded_up(TARGET, 28, 0.5), 84),
        ),
        ("null: 40 % rounded up to months, r=60", cross_section(rounded_up(TARGET, 30, 0.4), 60)),
        (
            "null: hazard a fifth lower after the limit, r=56",
            cross_section(np.where(DAYS > 56, 0.8 * TARGET, TARGET), 56),
        ),
        (
            "null: hazard three tenths lower after the limit, r=45",
            cross_section(np.where(DAYS > 45, 0.7 * TARGET, TARGET), 45),
        ),
        ("null: bump +70 %, sd 8, r=45", cross_section(bump(TARGET, 45, 0.7, 8), 45)),
        (
            "null: bump before the limit +100 %, sd 5, n=20 000, r=84",
            cross_section(bump(TARGET, 80, 1, 5), 84, n=20_000),
        ),
        (
            "null: 25 % rounded up to months, r=120",
            cross_section(rounded_up(TARGET, 30, 0.25), 120),
        ),
    )
    yield from (
        (f"null: reference steered at its own limits, r={r}", cross_section(TARGET, r, 5_000, None))
        for r in (42, 56, 84)
    )
    yield from ((f"null: nothing, r={r}", cross_section(TARGET, r)) for r in (28, 56, 112))
    for share in (0.1, 0.3):
        for r in (28, 42, 56, 84, 112):
            yield f"moved {share:.0%}, r={r}", moved_scenario(share, r)
    yield "moved 30%, reference steered, r=56", moved_scenario(0.3, 56, None)
    high = moved(TARGET, 90, 0.3)[0], moved(unbound, 90, 0.3)[0]
    yield from (
        ("regimes: chain x2.5 for employees, r=90", regimes(times(TARGET, [90], 2.5), unbound, 90)),
        ("regimes: chain x2 for employees, r=180", regimes(times(TARGET, [180], 2), unbound, 180)),
        ("regimes: chain as in others, r=90", regimes(TARGET, unbound, 90)),
        ("regimes: moved 30% in both groups, r=90", regimes(*high, 90)),
    )
    yield from (
        (
            "null: bump +100 %, sd 8, on a certificate day, r=42",
            cross_section(bump(TARGET, 42, 1, 8), 42),
        ),
        (
            "null: bump +50 %, sd 8, on a certificate day, n=50 000, r=42",
            cross_section(bump(TARGET, 42, 0.5, 8), 42, n=50_000),
        ),
        (
            "null: bump +100 %, sd 3, on a certificate day, r=56",
            cross_section(bump(TARGET, 56, 1, 3), 56),
        ),
        (
            "null: bump with a long tail, +100 %, sd 5 and 14, r=42",
            cross_section(np.where(DAYS < 42, *(bump(TARGET, 42, 1, sd) for sd in (5, 14))), 42),
        ),
        (
            "null: two bumps +70 %, sd 4, around the limit, n=20 000, r=42",
            cross_section(bump(bump(TARGET, 35, 0.7, 4), 47, 0.7, 4), 42, n=20_000),
        ),
        (
            "null: bump +80 %, sd 8, and check-ups x1.6, r=42",
            cross_section(times(bump(TARGET, 42, 0.8, 8), [42], 1.6), 42),
        ),
        (
            "null: hazard a quarter lower for four weeks after the limit, r=42",
            cross_section(times(TARGET, range(43, 71), 0.75), 42),
        ),
    )
    yield from (
        (
            f"null: check-ups x{factor}, then {fall:.0%} fewer ends for {weeks} weeks, {n=}, {r=}",
            cross_section(stepped(r, factor, fall, weeks), r, n),
        )
        for r, factor, fall, weeks, n in STEPS
    )
    for old, new in ((180, 90), (56, 91), (84, 42)):
        yield f"past, null: nothing, {old} to {new}", shift(TARGET, TARGET, old, new)
        for share in (0.1, 0.3):
            yield f"past: moved {share:.0%}, {old} to {new}", shifted(share, old, new)
    fast, bent = np.minimum(TARGET * (1 + 0.3 * DAYS / 100), 0.9), bump(TARGET, 42, 1, 8)
    habit, checked = times(TARGET, FOUR, 2), times(TARGET, [42], 3)
    chain = times(TARGET, [90, 180], 1.5)
    yield from (
        ("past, null: faster healing after, 180 to 90", shift(TARGET, fast, 180, 90)),
        ("past, null: four-week certificates x2, 56 to 91", shift(habit, habit, 56, 91)),
        ("past, null: six-week check-ups, 84 to 42", shift(checked, checked, 84, 42)),
        ("past, null: bump on a certificate day, 84 to 42", shift(bent, bent, 84, 42)),
        ("past, null: chain x1.5, 180 to 90", shift(chain, chain, 180, 90)),
    )


def row(name, run, n_replicates, seed):
    rng = np.random.default_rng(seed)
    verdicts, numbers = Counter(), []
    for _ in range(n_replicates):
        answer, at, truth = run(rng)
        verdicts[f"{answer.verdict} {answer.why}".strip()] += 1
        if at is not None and truth is not None:
            numbers.append((at.moved, at.se, truth))
    out = {"scenario": name, "replicates": n_replicates}
    for verdict in ("more", "none", "cannot"):
        total = sum(n for key, n in verdicts.items() if key.startswith(verdict))
        out[verdict] = round(total / n_replicates, 3)
    out["verdicts"] = "; ".join(f"{k} {n}" for k, n in verdicts.most_common())
    if numbers and numbers[0][2] > 0:
        estimate, se, truth = np.array(numbers).T
        off = (estimate - truth) / se
        out["truth"] = round(truth[0], 4)
        out["bias_in_se"] = round(off.mean(), 3)
        out["coverage"] = round(np.mean(np.abs(off) < norm.ppf(0.975)), 3)
        out["interval_over_0"] = round(np.mean(estimate / se > norm.ppf(0.975)), 3)
    if found := re.fullmatch(r"moved (\d+)%, r=(\d+)", name):
        out["known_curve"] = round(power_of_known_curve(int(found[1]) / 100, int(found[2])), 3)
    return out


def main(n_replicates=200, *words):
    columns = (
        "scenario", "replicates", "more", "none", "cannot", "truth", "bias_in_se", "coverage",
        "interval_over_0", "known_curve", "verdicts",
    )  # fmt: skip
    table = Path(__file__).with_suffix(".csv")
    with table.open(encoding="utf-8", newline="") as file:
        rows = {row["scenario"]: row for row in csv.DictReader(file)}
    every = list(scenarios())
    for k, (name, run) in enumerate(every):
        if words and not any(word in name for word in words):
            continue
        rows[name] = row(name, run, int(n_replicates), k)
        print(rows[name], flush=True)
        with table.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, columns)
            writer.writeheader()
            writer.writerows(rows[known] for known, _ in every if known in rows)


if __name__ == "__main__":
    main(*sys.argv[1:])
