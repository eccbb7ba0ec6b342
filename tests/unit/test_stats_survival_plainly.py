"""Curves with delayed entry, spell by spell: risk sets, curve, errors and lengths read off it."""

import math
from statistics import NormalDist

import numpy as np
import pytest

from fmbstats.stats.risk import risk_sets
from fmbstats.stats.survival import fit_curve, fit_curves

NAN = math.nan
NORMAL = NormalDist()


class Plain:
    """One group of (time, has_ended, entry, n); observed from where enough are at risk."""

    def __init__(self, rows, min_at_risk):
        rows = [row for row in rows if row[3] > 0]
        self.n_rejected = sum(n for time, _, entry, n in rows if entry >= time)
        rows = [row for row in rows if row[2] < row[0]]
        days = sorted({entry for _, _, entry, _ in rows})
        there = [sum(n for t, _, e, n in rows if e <= day < t) for day in days]
        least = min(max(there, default=0), min_at_risk or 0)
        self.start = next((d for d, n in zip(days, there, strict=True) if n >= least), 0)
        self.n_before = sum(n for time, _, _, n in rows if time <= self.start)
        self.rows = [(t, c, max(e, self.start), n) for t, c, e, n in rows if t > self.start]
        self.days = sorted({row[0] for row in self.rows})
        self.last = max(self.days, default=-1)

    def at_risk(self, day):
        return sum(n for time, _, entry, n in self.rows if entry < day <= time)

    def left(self, day, has_ended):
        return sum(n for t, c, _, n in self.rows if t == day and bool(c) == has_ended)

    def terms(self, day):
        return [(self.at_risk(d), self.left(d, True)) for d in self.days if d <= day]

    def product(self, day):
        return math.prod(1 - ended / n for n, ended in self.terms(day))

    def is_known(self, day):
        is_after = day > self.start or self.start == day == 0
        is_over = bool(self.days) and self.product(self.last) == 0
        return is_after and (day <= self.last or is_over)

    def survival(self, day):
        return self.product(day) if self.is_known(day) else NAN

    def greenwood(self, day):
        if not self.is_known(day):
            return NAN
        return sum(ended / (n * (n - ended)) if n > ended else NAN for n, ended in self.terms(day))

    def area(self, start, tau):
        is_known = tau - 1 <= self.last or self.is_known(tau - 1)
        if not self.rows or not is_known or 0 < start <= self.start > 0:
            return NAN, NAN
        variance = 0.0
        for d in self.days:
            n, ended = self.at_risk(d), self.left(d, True)
            onward = sum(map(self.product, range(max(d, start), tau)))
            variance += onward and onward**2 * ended / (n * (n - ended))
        return sum(map(self.product, range(start, tau))), math.sqrt(variance)


def drawn(seed):
    rng = np.random.default_rng(seed)
    entries = [0, 3, 7] if seed % 2 else [int(rng.choice([0, 4]))]
    return [
        (int(rng.integers(1, 15)), int(rng.choice([0, 1, 2])), int(rng.choice(entries)),
         int(rng.integers(0, 4)))
        for _ in range(int(rng.integers(1, 25)))
    ]  # fmt: skip


@pytest.mark.parametrize("min_at_risk", [10, 3, None])
def test_curves_are_those_of_their_spells(min_at_risk):
    groups = [drawn(seed) for seed in range(40)]
    owner = [g for g, rows in enumerate(groups) for _ in rows]
    time, cause, entry, n = zip(*(row for rows in groups for row in rows), strict=True)
    together = fit_curves(
        owner, time, cause, entry=entry, n=n, n_groups=41, min_at_risk=min_at_risk
    )
    assert len(together) == 41
    assert together[-1].max_followup == -1  # nobody is in the last one
    assert math.isnan(together.survival_at(5)[40])
    alone = [
        fit_curve(*np.array(rows).T[:2], entry=np.array(rows)[:, 2], n=np.array(rows)[:, 3],
                  min_at_risk=min_at_risk)
        for rows in groups
    ]  # fmt: skip
    plain = [Plain(rows, min_at_risk) for rows in groups]
    for g, (one, own) in enumerate(zip(plain, alone, strict=True)):
        for found in (own, together[g]):
            assert found.day.tolist() == one.days
            assert found.at_risk.tolist() == [one.at_risk(d) for d in one.days]
            assert found.ended.tolist() == [one.left(d, True) for d in one.days]
            assert found.censored.tolist() == [one.left(d, False) for d in one.days]
            assert (found.entry_day, found.max_followup) == (one.start, one.last)
            ended = sum(n for _, c, _, n in one.rows if c)
            n_spells = sum(row[3] for row in one.rows)
            told = (found.n_spells, found.n_events, found.n_censored)
            assert told == (n_spells, ended, n_spells - ended)
            assert (found.n_rejected, found.n_before_start) == (one.n_rejected, one.n_before)
            assert isinstance(found.n_spells, int)
    for day in (-1, 0, 1, 3, 4, 5, 7, 8.5, 14, 16):
        whole = math.floor(day)
        survival = [one.survival(whole) for one in plain]
        spread = [one.greenwood(whole) for one in plain]
        for found in (
            {name: getattr(together, name)(day)[:40] for name in READ},
            {name: [getattr(own, name)(day) for own in alone] for name in READ},
        ):
            assert found["survival_at"] == pytest.approx(survival, nan_ok=True)
            assert found["greenwood_at"] == pytest.approx(spread, nan_ok=True)
            variance = [s**2 * g for s, g in zip(survival, spread, strict=True)]
            assert found["variance_at"] == pytest.approx(variance, nan_ok=True)
            at_risk = [one.at_risk(math.ceil(day)) for one in plain]
            assert found["at_risk_at"] == pytest.approx(at_risk)


READ = ("survival_at", "greenwood_at", "variance_at", "at_risk_at")


def test_lengths_are_read_off_each_curve():
    rows = [drawn(seed) for seed in range(30)]
    for curve, plain in ((fit_curve(*np.array(r).T[:2], entry=np.array(r)[:, 2],
                                    n=np.array(r)[:, 3]), Plain(r, 10)) for r in rows):  # fmt: skip
        for start, tau in ((0, 6), (5, 9), (8, 15), (4, 5)):
            read = curve.restricted_mean(tau) if not start else curve.excess_days(start, tau)
            assert read == pytest.approx(plain.area(start, tau), nan_ok=True)
        for p in (0.25, 0.5, 0.9):
            reached = [d for d in plain.days if plain.product(d) <= 1 - p + 1e-8]
            found = curve.quantile(p)[0]
            if not reached:
                assert math.isnan(found)
            elif abs(plain.product(reached[0]) - (1 - p)) > 1e-8:
                assert found == reached[0]
            else:
                below = [d for d in plain.days if plain.product(d) < 1 - p - 1e-8]
                assert found == (reached[0] + (below or plain.days[-1:])[0]) / 2


@pytest.mark.parametrize("level", [0.95, 0.8])
def test_limits_of_a_day_are_those_of_their_scale(level):
    curve = fit_curve([2, 4, 9], [1, 1, 0], n=[30, 20, 50])
    z = NORMAL.inv_cdf(0.5 + level / 2)
    s, se = 0.5, math.sqrt(0.5 * 0.5 / 100)
    assert curve.variance_at(5) == pytest.approx(se**2)
    assert curve.interval_at(5, level, "plain") == pytest.approx((s - z * se, s + z * se))
    factor = math.exp(z * se / s)
    assert curve.interval_at(5, level, "log") == pytest.approx((s / factor, s * factor))
    bent = math.exp(z * se / (s * math.log(s)))
    assert curve.interval_at(5, level) == pytest.approx((s ** (1 / bent), s**bent))
    assert np.isnan(curve.interval_at(1)).all()  # all are on leave: no limits of a share of one
    # 0.7 from day 2 and 0.5 from day 4 on: the middle of 4 and 9; no upper limit comes down to it.
    assert curve.quantile(0.5, level, "plain") == pytest.approx((6.5, 4, NAN), nan_ok=True)


def test_what_cannot_be_counted_is_refused_and_what_is_nobodys_left_out():
    for spoilt in ({"time": [-1]}, {"time": [NAN]}, {"entry": [0.5]}, {"n": [math.inf]}):
        given = {"time": [3], "cause": [1], "entry": [0], "n": [1]} | spoilt
        (name,) = spoilt
        with pytest.raises(ValueError, match=f"^{name}: "):
            risk_sets([0], **given)
    with pytest.raises(ValueError, match=r"^group 2: expected a number below n_groups=2$"):
        risk_sets([0, 2], [3, 3], [1, 1], n_groups=2)
    found = risk_sets([-1, 0], [9, 3], [1, 1], n=[5, 2])
    assert (len(found), found.n_spells.tolist()) == (1, [2])
    with pytest.raises(ValueError, match="read-only"):
        found.day[0] = 1


def test_lengths_of_many_groups_are_those_of_each():
    groups = [drawn(seed) for seed in range(20)]
    owner = [g for g, rows in enumerate(groups) for _ in rows]
    time, cause, entry, n = zip(*(row for rows in groups for row in rows), strict=True)
    together = fit_curves(owner, time, cause, entry=entry, n=n, min_at_risk=3)
    for read in (
        lambda found: found.quantile(0.5, 0.8, "log"),
        lambda found: found.restricted_mean(9),
        lambda found: found.excess_days(8, 12),
    ):
        each = np.array([read(together[g]) for g in range(20)]).T
        assert np.array(read(together)) == pytest.approx(each, nan_ok=True)
    for day in (0, 2, 4, 5, 8, 15):
        each = [together[g].at_risk_at(day) for g in range(20)]
        assert together.at_risk_at(day).tolist() == pytest.approx(each)
        assert together.at_risk_at(day, group=[7, 3]).tolist() == [each[7], each[3]]


@pytest.mark.parametrize("kind", ["plain", "log", "log-log"])
@pytest.mark.parametrize("level", [0.95, 0.6])
def test_limits_of_a_length_are_the_days_on_which_those_of_the_curve_cross(kind, level):
    days = np.arange(1, 41)
    curve = fit_curve(days, days % 5 > 0, n=days % 4 + 1)
    asked = curve.quantile(0.4, level, kind)
    ends = [curve.interval_at(day, level, kind) for day in days]
    for k, found in enumerate(asked[1:]):
        crossed = [day for day, end in zip(days, ends, strict=True) if end[k] <= 0.6]
        assert found == crossed[0]
    assert asked[1] < asked[0] < asked[2]


@pytest.mark.parametrize("p", [0, 1, 1.5, -0.1])
def test_a_quantile_is_of_a_share_between_none_and_all(p):
    with pytest.raises(ValueError, match="expected a share between 0 and 1"):
        fit_curve([3, 4], [1, 1]).quantile(p)


@pytest.mark.parametrize(("limit", "tau"), [(5, 5), (6, 5), (-1, 5)])
def test_days_are_counted_from_a_limit_to_a_later_day(limit, tau):
    with pytest.raises(ValueError, match=r"^expected 0 <= limit < tau, in days$"):
        fit_curve([3, 4], [1, 1]).excess_days(limit, tau)


def test_noise_of_counts_widens_a_curve_as_its_formula_says():
    given = {"time": [3, 5, 9, 4, 9], "cause": [1, 1, 0, 1, 0], "n": [40, 30, 130, 10, 30]}
    owner, noise = [0, 0, 0, 1, 1], 6.0
    exact, noisy = (fit_curves(owner, **given, noise=x) for x in (0.0, noise))
    assert noisy.survival.tolist() == exact.survival.tolist()
    for g, n in ((0, 200), (1, 40)):
        s = exact[g].survival
        more = noise * (1 - s + s**2) / (n**2 * s**2)
        assert noisy[g].greenwood == pytest.approx(exact[g].greenwood + more)
    one = fit_curve(*(given[name][:3] for name in ("time", "cause")), n=given["n"][:3], noise=noise)
    assert one.greenwood.tolist() == pytest.approx(noisy[0].greenwood.tolist())


def test_observation_starts_where_ten_are_left_unless_other_is_said():
    rows = [(9, 1, 0, 10), (20, 1, 5, 100)]
    time, cause, entry, n = np.array(rows).T
    for fitted in (fit_curve(time, cause, entry=entry, n=n), risk_sets(
        np.zeros(2, int), time, cause, entry=entry, n=n
    ), fit_curves(np.zeros(2, int), time, cause, entry=entry, n=n)):  # fmt: skip
        assert int(np.atleast_1d(fitted.entry_day)[0]) == 0
    assert fit_curve(time, cause, entry=entry, n=n, min_at_risk=11).entry_day == 5


def test_who_leaves_on_a_day_of_entry_is_not_at_risk_the_day_after():
    time, cause, entry, n = np.array([(5, 1, 0, 5), (20, 1, 5, 9), (20, 1, 8, 10)]).T
    assert fit_curve(time, cause, entry=entry, n=n).entry_day == 8
