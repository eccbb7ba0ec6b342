"""Every measure of adherence said once more, spell by spell, without arrays; both must agree.

Formulas are those of the definitions (Kaplan-Meier, Greenwood, Brookmeyer-Crowley, Imbens-Manski),
written as one would work them out on paper; the tables are drawn, and small.
"""

import math
from bisect import bisect
from statistics import NormalDist

import numpy as np
import pytest
from scipy.optimize import brentq

from fmbstats.adherence import (
    SpellCounts,
    complement,
    measure_strata,
    share_over_stated,
    share_under_minimum,
)
from fmbstats.recommendations.yardstick import Limits
from fmbstats.stats.survival import fit_curve
from tests.measured import measure_adherence

ENTRY, TAU, INF, NAN = 14, 100, math.inf, math.nan
NORMAL = NormalDist()
#: Shortest and longest limit of the sets of cases that are drawn: one limit, two, past the horizon,
#: on the horizon, before the entry day or on it, none, none for some, not judged.
SETS = [
    (30, 30), (30, 90), (120, 120), (TAU, TAU), (TAU - 1, TAU - 1), (7, 7), (14, 14), (7, 60),
    (15, 15), (16, 40), (INF, INF), (60, INF), (7, INF), (NAN, NAN),
]  # fmt: skip
LIMITS = Limits.plain(*zip(*SETS, strict=True))


class PlainCurve:
    """Kaplan-Meier of (time, cause, n), all seen from the entry day."""

    def __init__(self, rows):
        self.rows = rows
        self.days = sorted({time for time, _, _ in rows})
        self.last = max(self.days, default=-1)
        self.curve, self.spread, s, g = [], [], 1.0, 0.0
        for day in self.days:
            ended, at_risk = self.ended(day), self.at_risk(day)
            s *= 1 - ended / at_risk
            g += ended / (at_risk * (at_risk - ended)) if at_risk > ended else NAN
            self.curve.append(s)
            self.spread.append(g)

    def at_risk(self, day):
        return sum(n for time, _, n in self.rows if time >= day) if day > ENTRY else 0

    def ended(self, day):
        return sum(n for time, cause, n in self.rows if time == day and cause > 0)

    def product(self, day):
        return [1.0, *self.curve][bisect(self.days, day)]

    def greenwood(self, day):
        return [0.0, *self.spread][bisect(self.days, day)]

    def survival(self, day):
        is_known = day > ENTRY and (day <= self.last or self.product(self.last) == 0)
        return self.product(day) if is_known and self.rows else NAN

    def area(self, start):
        """Sum of S from `start` to the horizon, and its standard error."""
        if not self.rows or math.isnan(self.survival(TAU - 1)) or 0 < start <= ENTRY:
            return NAN, NAN
        onward = [sum(map(self.product, range(max(d, start), TAU))) for d in self.days]
        terms = [
            area**2 * self.ended(d) / (self.at_risk(d) * (self.at_risk(d) - self.ended(d)))
            for d, area in zip(self.days, onward, strict=True) if area
        ]  # fmt: skip
        return sum(map(self.product, range(start, TAU))), math.sqrt(sum(terms))

    def quantile(self, p):
        ends = [loglog(s, s**2 * g) for s, g in zip(self.curve, self.spread, strict=True)]
        lines = (self.curve, [lo for lo, _ in ends], [hi for _, hi in ends])
        return tuple(crossing(self.days, line, 1 - p) for line in lines)


def crossing(days, line, target):
    reached = [d for d, s in zip(days, line, strict=True) if s <= target + 1e-8]
    if not reached:
        return NAN
    if abs(line[days.index(reached[0])] - target) > 1e-8:
        return reached[0]
    below = [d for d, s in zip(days, line, strict=True) if s < target - 1e-8]
    return (reached[0] + (below or days[-1:])[0]) / 2


def loglog(share, variance):
    if not 0 < share < 1:
        return NAN, NAN
    half = NORMAL.inv_cdf(0.975) * math.sqrt(variance) / (share * abs(math.log(share)))
    place = math.log(-math.log(share))
    return math.exp(-math.exp(place + half)), math.exp(-math.exp(place - half))


def region(low, high, low_variance, high_variance):
    """Imbens & Manski's limits of a share between two bounds."""
    low_se, high_se = math.sqrt(low_variance), math.sqrt(high_variance)
    if math.isnan(low) or math.isnan(high):
        return NAN, NAN
    if not max(low_se, high_se):
        return low, high
    width = (high - low) / max(low_se, high_se)
    c = brentq(lambda c: NORMAL.cdf(c + width) - NORMAL.cdf(-c) - 0.95, 1, 3, xtol=1e-13)
    return max(low - c * low_se, 0), min(high + c * high_se, 1)


class PlainGroup:
    """Judged spells of the same two limits."""

    def __init__(self, pair, rows):
        self.shortest, self.longest = pair
        self.n, self.curve = sum(n for *_, n in rows), PlainCurve(rows)
        self.is_certain = self.longest <= ENTRY

    def limit(self, end):
        return self.longest if end == "longest" else self.shortest

    def share(self, end, offset=0):
        """Share over a limit with its variance; None when it is not known."""
        limit, curve = self.limit(end), self.curve
        if self.is_certain:
            return 1.0, 0.0
        if limit == INF:
            return 0.0, 0.0
        if limit <= ENTRY or math.isnan(curve.survival(limit)):
            return None
        if limit + offset == ENTRY:
            return 1.0, 0.0
        s, spread = curve.survival(limit + offset), curve.greenwood(limit + offset)
        return s, 0.0 if math.isnan(spread) else s**2 * spread

    def near(self, end):
        limit, curve = self.limit(end), self.curve
        if limit == INF:
            return 0.0, 0.0
        before, spread = 1.0, 0.0
        if limit - 4 > ENTRY:
            before, spread = curve.survival(limit - 4), curve.greenwood(limit - 4)
        after = curve.survival(limit + 3)
        if limit <= ENTRY or math.isnan(before) or math.isnan(after):
            return None
        further = curve.greenwood(limit + 3) - spread
        variance = after**2 * further + (before - after) ** 2 * spread
        return before - after, 0.0 if math.isnan(variance) else variance


def plain_end(groups, median, end):
    """Measures of one end of the limits: metric -> (estimate, lo, hi, at risk, limit, flags)."""
    total = sum(g.n for g in groups)
    limits = {g.limit(end) for g in groups}
    common = limits.pop() if len(limits) == 1 and INF not in limits else NAN
    is_unseen = any(g.limit(end) <= ENTRY for g in groups)
    is_open = any(g.limit(end) == INF for g in groups)
    found = {}
    for offset, name in ((0, f"share_over_{end}"), (-1, f"share_over_{end}_day_before")):
        shares = [g.share(end, offset) for g in groups]
        known = [g for g, s in zip(groups, shares, strict=True) if s]
        uncertain = sum(g.n for g in groups if not g.is_certain)
        is_told = any(not g.is_certain for g in known) and uncertain >= 0.05 * total
        worst = (0.0 if end == "longest" else 1.0), 0.0
        pairs = [(g.n / total, *(s or worst)) for g, s in zip(groups, shares, strict=True)]
        estimate = min(sum(w * s for w, s, _ in pairs), 1.0) if is_told else NAN
        spread = sum(w**2 * v for w, _, v in pairs)
        read = [g for g in known if not g.is_certain and g.limit(end) < INF]
        at_risk = sum(g.curve.at_risk(g.limit(end)) for g in read) if read and is_told else NAN
        is_late = any(g.limit(end) > ENTRY and g not in known for g in groups)
        flags = {
            "no_limit": not groups,
            "truncated_r": not is_told and is_unseen,
            "beyond_followup": not is_told and is_late,
            "partly_estimable": is_told and len(known) < len(groups),
            "limit_before_entry": is_told and any(g.is_certain for g in groups),
            "small_n": is_told and at_risk < 10,
            "variant_unknown": is_told and any(g.shortest != g.longest for g in groups),
            "case_without_limit": is_told and is_open,
        }
        found[name] = (estimate, *loglog(estimate, spread), at_risk, common, flags, spread)
    over, before = found[f"share_over_{end}"], found[f"share_over_{end}_day_before"]
    over[5]["edge_off_by_one"] = before[0] - over[0] > 0.02
    estimate, lo, hi, at_risk, _, flags, _ = over
    found[f"share_within_{end}"] = (1 - estimate, 1 - hi, 1 - lo, at_risk, common, flags)

    near = [g.near(end) for g in groups]
    is_told = bool(groups) and None not in near
    estimate = (
        sum(g.n / total * s[0] for g, s in zip(groups, near, strict=True)) if is_told else NAN
    )
    spread = sum((g.n / total) ** 2 * s[1] for g, s in zip(groups, near, strict=True) if s)
    flags = {
        "no_limit": not groups,
        "truncated_r": not is_told and is_unseen,
        "beyond_followup": not is_told
        and any(g.limit(end) > ENTRY and s is None for g, s in zip(groups, near, strict=True)),
        "limit_before_entry": is_told and any(g.is_certain for g in groups),
        "variant_unknown": is_told and any(g.shortest != g.longest for g in groups),
        "case_without_limit": is_told and is_open,
    }
    found[f"share_ending_near_{end}"] = (estimate, *loglog(estimate, spread), NAN, common, flags)

    usable = NAN if is_unseen or is_open else common
    flags = {
        "no_limit": not groups,
        "truncated_r": is_unseen,
        "case_without_limit": is_open and not is_unseen,
        "several_limits": groups and math.isnan(common) and not is_open and not is_unseen,
        "not_reached": usable > 0 and math.isnan(median[0]),
    }
    found[f"median_ratio_{end}"] = (*(x / usable for x in median), NAN, usable, flags)
    found[f"excess_days_{end}"] = plain_excess(groups, end, total, common, is_unseen)
    return found


def plain_excess(groups, end, total, common, is_unseen):
    areas = [
        g.curve.area(g.limit(end)) if ENTRY < g.limit(end) < TAU else (0.0, 0.0) for g in groups
    ]
    is_open = bool(groups) and not is_unseen and all(g.limit(end) == INF for g in groups)
    is_beyond = not is_unseen and any(math.isnan(area) for area, _ in areas)
    is_late = bool(groups) and not is_open and not is_unseen
    is_late = is_late and all(g.limit(end) >= TAU for g in groups)
    is_few = total < 30 or sum(g.curve.at_risk(TAU) for g in groups) < 10
    is_told = bool(groups) and not (is_unseen or is_open or is_beyond or is_late)
    estimate = lo = hi = NAN
    if is_told and not is_few:
        estimate = sum(g.n / total * a for g, (a, _) in zip(groups, areas, strict=True))
        se = math.sqrt(sum((g.n / total * s) ** 2 for g, (_, s) in zip(groups, areas, strict=True)))
        if estimate > 0:
            factor = math.exp(NORMAL.inv_cdf(0.975) * se / estimate)
            lo, hi = estimate / factor, estimate * factor
    flags = {
        "no_limit": not groups,
        "truncated_r": is_unseen,
        "case_without_limit": is_open,
        "beyond_followup": is_beyond,
        "beyond_horizon": is_late,
        "small_n": is_told and is_few,
    }
    return estimate, lo, hi, NAN, common, flags


def plain_measures(rows):
    """Measures of (set, time, cause, n): metric -> (estimate, lo, hi, at risk, limit, flags)."""
    rows = [row for row in rows if row[1] > ENTRY]
    n = sum(row[3] for row in rows)
    if not n:
        return None
    ended = sum(row[3] for row in rows if row[2])
    pairs = sorted({SETS[row[0]] for row in rows if SETS[row[0]] != SETS[-1]})
    groups = [PlainGroup(p, [row[1:] for row in rows if SETS[row[0]] == p]) for p in pairs]
    whole = PlainCurve([row[1:] for row in rows])
    found = {
        "n_spells": (n, NAN, NAN, NAN, NAN, {}),
        "n_events": (ended, NAN, NAN, NAN, NAN, {}),
        "coverage_share": (sum(g.n for g in groups) / n, NAN, NAN, NAN, NAN, {}),
    }
    for pct in (25, 50, 75):
        estimate, lo, hi = whole.quantile(pct / 100)
        flags = {"not_reached": math.isnan(estimate)}
        found[f"quantile_{pct}_days"] = (estimate, lo, hi, NAN, NAN, flags)
    mean, se = whole.area(0)
    half = NORMAL.inv_cdf(0.975) * se
    flags = {"beyond_followup": math.isnan(mean)}
    found["restricted_mean_days"] = (mean, mean - half, mean + half, NAN, NAN, flags)
    median = found["quantile_50_days"][:3]
    for end in ("longest", "shortest"):
        found |= plain_end(groups, median, end)
    low, high = found["share_over_longest"], found["share_over_shortest"]
    is_known = not math.isnan(low[0] + high[0])
    flags = {} if is_known else low[5] | {k: True for k, v in high[5].items() if v}
    ends = region(low[0], high[0], low[6], high[6])
    estimate = low[0] if low[0] == high[0] else NAN
    found["share_over_region"] = (estimate, *ends, low[3], NAN, flags)
    return found


METHODS = {
    "n_spells": "count", "n_events": "count", "coverage_share": "count",
    "restricted_mean_days": f"tau_{TAU}", "share_over_region": "imbens_manski",
    **{f"quantile_{pct}_days": "brookmeyer_crowley" for pct in (25, 50, 75)},
    **{f"median_ratio_{end}": "brookmeyer_crowley" for end in ("longest", "shortest")},
    **{f"excess_days_{end}": f"tau_{TAU}" for end in ("longest", "shortest")},
}  # fmt: skip


def counts_of(rows):
    sets, time, cause, n = (np.array(column, np.int64) for column in zip(*rows, strict=True))
    return SpellCounts(sets, np.full(len(time), ENTRY), time, cause, n)


def drawn_table(rng):
    """One to three strata of spells, of few sets of cases each."""
    table = []
    for stratum in range(int(rng.integers(1, 4))):
        sets = rng.choice(len(SETS), int(rng.integers(1, 4)))
        times = rng.choice([10, 15, 16, 20, 27, 30, 33, 60, 63, 90, 99, 100, 101, 120, 130], 14)
        most = int(rng.choice([2, 9, 40]))
        is_ongoing = rng.choice([0, 0.2, 1], p=[0.3, 0.6, 0.1])
        causes = np.where(rng.random(14) < is_ongoing, 0, rng.choice([1, 2, 5], 14))
        rows = zip(rng.choice(sets, 14), times, causes, rng.integers(1, most, 14), strict=True)
        table += [(stratum, *map(int, row)) for row in rows]
    return table


def test_measures_are_those_of_the_definitions():
    rng, met = np.random.default_rng(20), set()
    for _ in range(60):
        table = drawn_table(rng)
        stratum = np.array([row[0] for row in table])
        n_strata = int(stratum.max()) + 1
        columns = measure_strata(
            counts_of([row[1:] for row in table]), stratum, n_strata, LIMITS,
            entry_day=ENTRY, tau_days=TAU,
        )  # fmt: skip
        for s in range(n_strata):
            expected = plain_measures([row[1:] for row in table if row[0] == s])
            if expected is None:
                continue
            assert {column.metric for column in columns} == set(expected)
            for column in columns:
                one, (*numbers, flags) = column.of(s), expected[column.metric][:6]
                said = (one.estimate, one.lo, one.hi, one.n_at_risk_at_limit, one.limit_days)
                assert said == pytest.approx(tuple(numbers), nan_ok=True, rel=1e-9), one
                raised = {name for name, is_raised in flags.items() if is_raised}
                assert set(one.flags) == raised, one
                assert len(one.flags) == len(raised)
                assert one.method == METHODS.get(one.metric, "km_loglog")
                met |= {(one.metric, name) for name in raised} | {(one.metric, not raised)}
    # The draws reach every answer that there is.
    ends = [name for name in expected if "shortest" in name or "longest" in name]
    assert {(name, "no_limit") for name in ends} <= met
    assert {(name, "truncated_r") for name in ends} <= met
    assert {(name, "beyond_followup") for name in ends if "median" not in name} <= met
    assert {(f"excess_days_{end}", "beyond_horizon") for end in ("longest", "shortest")} <= met
    assert {(name, True) for name in expected} <= met


def test_groups_without_spells_or_with_a_number_alone_say_so():
    """A release store does not tell 0 from few, and of few spells only how many there are."""
    counts = counts_of([(0, 20, 1, 30), (0, 60, -1, 12), (0, 60, 0, 9)])
    stratum = np.array([0, 1, 2])
    exact = measure_strata(counts, stratum, 4, LIMITS, entry_day=ENTRY)
    counts = SpellCounts(**(vars(counts) | {"noise": 0.5}))
    protected = measure_strata(counts, stratum, 4, LIMITS, entry_day=ENTRY)
    assert [exact[0].of(s).estimate for s in range(4)] == [30, 12, 9, 0]
    assert [protected[0].of(s).estimate for s in range(3)] == [30, 12, 9]
    assert exact[1].of(3).estimate == 0
    assert math.isnan(protected[1].of(3).estimate)
    for column in exact[2:]:
        assert column.of(3).flags == ("no_spells",), column.metric
        assert math.isnan(column.of(3).estimate)
    for column in protected:
        assert column.of(3).flags == ("protected",)
        assert math.isnan(column.of(3).estimate)
    for column in exact[1:]:  # none of them is followed to a day that is told
        one = column.of(1)
        numbers = (one.estimate, one.lo, one.hi, one.n_at_risk_at_limit)
        assert one.flags == ("small_n",), column.metric
        assert all(map(math.isnan, numbers)), column.metric
    assert "small_n" not in exact[1].of(0).flags + exact[1].of(2).flags


def test_noise_of_protected_counts_widens_curve_and_measures_alike():
    rows = [(0, 20, 1, 40), (0, 60, 1, 30), (0, 120, 1, 30)]
    exact = counts_of(rows)
    noisy = SpellCounts.joined([exact, SpellCounts(**(vars(exact) | {"noise": 9.0}))])
    assert (noisy.noise, noisy.n_spells) == (9.0, 200)
    assert SpellCounts.joined([exact, exact]).noise == 0
    s, variance = noisy.curve().survival_at(30), noisy.curve().variance_at(30)
    assert variance == pytest.approx(0.6 * 0.4 / 200 + 9 * (1 - s + s**2) / 200**2)
    found = {m.metric: m for m in measure_adherence(noisy, LIMITS, entry_day=ENTRY)}
    over = found["share_over_longest"]
    assert (over.lo, over.hi) == pytest.approx(loglog(0.6, variance))
    mean, se = noisy.curve().restricted_mean(365)
    told = found["restricted_mean_days"]
    assert (told.estimate, told.hi) == pytest.approx((mean, mean + NORMAL.inv_cdf(0.975) * se))
    assert se > SpellCounts.joined([exact, exact]).curve().restricted_mean(365)[1]
    ledger = {
        "match_id": [0, 0], "entry_day": [14, 0], "duration_day": [30, 50], "end_reason": [1, 0],
        "n": [3, 4], "person_id": ["a", "b"],
    }  # fmt: skip
    taken = SpellCounts.of_ledger(ledger, 2.5)
    assert (taken.noise, taken.n_spells, taken.entry.tolist()) == (2.5, 7, [14, 0])
    assert taken.time.dtype == taken.n.dtype == np.int64
    assert SpellCounts.of_ledger(ledger).noise == 0


def test_the_curve_begins_where_each_spell_comes_under_observation():
    counts = SpellCounts(*np.array([[0] * 3, [0, 14, 30], [20, 60, 60], [1, 1, 0], [50, 40, 30]]))
    own, whole = counts.curve(), fit_curve([20, 60, 60], [1, 1, 0], entry=[0, 14, 30],
                                           n=[50, 40, 30])  # fmt: skip
    assert (own.entry_day, own.day.tolist()) == (whole.entry_day, whole.day.tolist())
    assert own.survival_at(40) == whole.survival_at(40) == pytest.approx(1 - 50 / 90)


def test_the_bound_that_no_case_without_limit_applies_to():
    """Where a case without limit is possible, the stated one is asked; else the longest."""
    rows = [(11, 30, 1, 60), (11, 70, 1, 40), (0, 20, 1, 50), (0, 40, 1, 50), (10, 99, 1, 20)]
    rows += [(0, 14, 1, 1000)]  # over by the entry day
    column = share_over_stated(counts_of(rows), LIMITS, entry_day=ENTRY)
    one = column.of(0)
    assert (one.metric, one.method) == ("share_over_stated", "km_loglog")
    assert one.estimate == pytest.approx((40 + 50) / 220)
    assert one.flags == ("case_without_limit",)  # a set with one stated limit has but that one


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        # Sets: none stated, 30 days, 14 to 60 days; over by day 29 are those of 20 days.
        ([(0, 20, 1, 50)], (NAN, NAN, 0)),
        ([(1, 20, 1, 30), (1, 30, 1, 70)], (0.3, 0.3, 100)),
        ([(1, 29, 1, 30), (1, 30, 1, 70), (0, 20, 1, 50)], (0.3, 0.3, 100)),
        ([(2, 20, 1, 30), (2, 59, 1, 50), (2, 60, 1, 20)], (0.0, 0.8, 100)),
        ([(1, 20, 1, 60), (1, 90, 1, 40), (2, 20, 1, 30), (2, 90, 1, 70)], (0.3, 0.45, 200)),
        ([(1, 14, 1, 60), (1, 90, 1, 40)], (0.0, 0.0, 40)),  # seen from the entry day
    ],
)  # fmt: skip
def test_shares_under_a_stated_minimum(rows, expected):
    limits = Limits(
        *np.array([[90, 90, 90, NAN]] * 3),
        least_min=np.array([0.0, 30, 14, NAN]),
        most_min=np.array([0.0, 30, 60, NAN]),
        is_judged=np.array([True, True, True, False]),
        base=np.array([0, 1, 2, -1]),
    )
    found = share_under_minimum(counts_of(rows), limits, entry_day=ENTRY)
    assert found == pytest.approx(expected, nan_ok=True)


def test_a_complement_turns_the_interval_round():
    rows = [(0, 20, 1, 40), (0, 60, 1, 60)]
    over = measure_strata(counts_of(rows), np.zeros(2, int), 1, LIMITS, entry_day=ENTRY)[7]
    within = complement(over, "named").of(0)
    assert within.metric == "named"
    assert within.lo == 1 - over.of(0).hi < within.estimate < within.hi == 1 - over.of(0).lo


def test_a_single_spell_is_asked_the_same_and_the_horizon_is_the_one_that_is_given():
    counts = counts_of([(2, 130, 1, 1)])  # its limit of 120 days lies past the horizon
    found = {m.metric: m for m in measure_adherence(counts, LIMITS, entry_day=ENTRY, tau_days=TAU)}
    assert found["excess_days_longest"].flags == ("beyond_horizon",)
    assert found["restricted_mean_days"].method == f"tau_{TAU}"
    assert found["restricted_mean_days"].estimate == TAU
    assert found["share_over_longest"].estimate == 1
