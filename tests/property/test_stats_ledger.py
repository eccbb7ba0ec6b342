"""What must hold for every ledger, whatever is in it."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fmbstats.stats.competing import fit_incidence
from fmbstats.stats.exceedance import adherence_over_limits, limit_shares
from fmbstats.stats.expected import observed_expected
from fmbstats.stats.logrank import logrank
from fmbstats.stats.multiplicity import benjamini_hochberg
from fmbstats.stats.survival import fit_curve, fit_curves
from tests.quick import part_of

QUICK = settings(max_examples=part_of(60), deadline=None)


@st.composite
def ledgers(draw, max_entry=14):
    """Arrays time, cause, entry, n of 1 to 40 rows."""
    rows = draw(
        st.lists(
            st.tuples(
                st.integers(max_entry + 1, 120),
                st.integers(0, 3),
                st.sampled_from([0, max_entry]),
                st.integers(1, 30),
            ),
            min_size=1,
            max_size=40,
        )
    )
    return np.array(rows).T


def same_curve(a, b):
    for name in ("day", "at_risk", "ended", "censored"):
        np.testing.assert_array_equal(getattr(a, name), getattr(b, name))
    for name in ("survival", "greenwood"):
        np.testing.assert_allclose(getattr(a, name), getattr(b, name), rtol=1e-12)


@given(ledgers(), st.randoms(use_true_random=False))
@QUICK
def test_order_of_rows_does_not_matter(ledger, random):
    time, cause, entry, n = ledger
    order = np.array(random.sample(range(len(time)), len(time)))
    shuffled = fit_curve(time[order], cause[order], entry=entry[order], n=n[order])
    same_curve(fit_curve(time, cause, entry=entry, n=n), shuffled)


@given(ledgers())
@QUICK
def test_counts_are_the_same_as_one_row_per_spell(ledger):
    time, cause, entry, n = ledger
    rows = np.repeat(np.arange(len(n)), n)
    same_curve(
        fit_curve(time, cause, entry=entry, n=n),
        fit_curve(time[rows], cause[rows], entry=entry[rows]),
    )


@given(ledgers(), st.integers(2, 5))
@QUICK
def test_duplicating_keeps_the_curve_and_divides_the_variance(ledger, times):
    time, cause, entry, n = ledger
    once = fit_curve(time, cause, entry=entry, n=n, min_at_risk=None)
    more = fit_curve(
        *(np.tile(x, times) for x in (time, cause)),
        entry=np.tile(entry, times),
        n=np.tile(n, times),
        min_at_risk=None,
    )
    np.testing.assert_allclose(once.survival, more.survival, rtol=1e-12)
    np.testing.assert_allclose(once.greenwood, times * more.greenwood, rtol=1e-9)
    np.testing.assert_array_equal(once.quantile(0.5)[0], more.quantile(0.5)[0])


@given(ledgers(), st.integers(0, 39))
@QUICK
def test_splitting_and_merging_ledgers(ledger, cut):
    """Two registers that may not be joined can be added up as ledgers."""
    time, cause, entry, n = ledger
    parts = [tuple(x[:cut] for x in ledger), tuple(x[cut:] for x in ledger)]
    merged = (np.concatenate(x) for x in zip(*reversed(parts), strict=True))
    t, c, e, k = merged
    same_curve(fit_curve(time, cause, entry=entry, n=n), fit_curve(t, c, entry=e, n=k))


@given(ledgers())
@QUICK
def test_exceedance_never_rises_with_the_limit(ledger):
    time, cause, entry, n = ledger
    curve = fit_curve(time, cause, entry=entry, n=n)
    share = curve.survival_at(np.arange(0, 140))
    known = share[~np.isnan(share)]
    assert (np.diff(known) <= 0).all()
    assert ((known >= 0) & (known <= 1)).all()


@given(ledgers(), st.integers(16, 119), st.integers(1, 100))
@QUICK
def test_over_inside_and_under_sum_to_one(ledger, max_days, gap):
    time, cause, entry, n = ledger
    curve = fit_curve(time, cause, entry=entry, n=n)
    shares = limit_shares(curve, max_days, max(max_days - gap, 1))
    parts = [s.estimate for s in (shares.over, shares.inside, shares.under)]
    assert np.isnan(sum(parts)) or sum(parts) == pytest.approx(1, abs=1e-12)
    total = shares.over.estimate + shares.at_most.estimate
    assert np.isnan(total) or total == pytest.approx(1)
    for share in (shares.over, shares.inside, shares.under, shares.at_most):
        if not np.isnan(share.lo):
            assert 0 <= share.lo <= share.estimate <= share.hi <= 1


@given(ledgers(), st.integers(1, 200))
@QUICK
def test_a_spell_that_never_ends_never_lowers_the_curve(ledger, more):
    time, cause, entry, n = ledger
    before = fit_curve(time, cause, entry=entry, n=n, min_at_risk=None)
    after = fit_curve(
        np.append(time, 120), np.append(cause, 0), entry=np.append(entry, 0),
        n=np.append(n, more), min_at_risk=None,
    )  # fmt: skip
    day = np.arange(0, 121)
    a, b = before.survival_at(day), after.survival_at(day)
    known = ~np.isnan(a) & ~np.isnan(b)
    assert (b[known] >= a[known] - 1e-12).all()


@given(ledgers())
@QUICK
def test_reasons_and_those_still_on_leave_sum_to_one(ledger):
    time, cause, entry, n = ledger
    got = fit_incidence(time, cause, entry=entry, n=n)
    total = got.share.sum(axis=0) + got.curve.survival
    np.testing.assert_allclose(total, 1, atol=1e-12)
    assert (np.diff(got.share, axis=1) >= -1e-15).all()
    assert (got.variance >= 0).all()


@given(st.lists(ledgers(), min_size=1, max_size=5), st.integers(0, 130))
@QUICK
def test_many_groups_at_once_are_the_groups_alone(parts, day):
    group = np.repeat(np.arange(len(parts)), [p.shape[1] for p in parts])
    time, cause, entry, n = np.concatenate(parts, axis=1)
    curves = fit_curves(group, time, cause, entry=entry, n=n)
    alone = [fit_curve(t, c, entry=e, n=k) for t, c, e, k in parts]
    for got, want in zip(curves, alone, strict=True):
        same_curve(got, want)
        assert (got.entry_day, got.n_before_start) == (want.entry_day, want.n_before_start)
    for method in ("survival_at", "variance_at", "at_risk_at"):
        want = [getattr(c, method)(day) for c in alone]
        np.testing.assert_allclose(getattr(curves, method)(day), want, rtol=1e-12)
    for method, arguments in (("quantile", (0.5,)), ("excess_days", (20, 60))):
        want = np.array([getattr(c, method)(*arguments) for c in alone]).T
        np.testing.assert_allclose(getattr(curves, method)(*arguments), want, rtol=1e-9)


@given(ledgers(), st.integers(15, 60), st.integers(1, 60))
@QUICK
def test_excess_days_are_the_sum_of_the_curve(ledger, limit, length):
    time, cause, entry, n = ledger
    curve = fit_curve(time, cause, entry=entry, n=n)
    total = curve.survival_at(np.arange(limit, limit + length)).sum()
    excess, se = curve.excess_days(limit, limit + length)
    assert excess == pytest.approx(total, nan_ok=True, abs=1e-9)
    assert np.isnan(excess) or 0 <= excess <= length
    assert np.isnan(se) or se >= 0


@given(ledgers(), st.integers(1, 3))
@QUICK
def test_logrank_ignores_the_names_of_groups_and_finds_no_difference_in_copies(ledger, k):
    time, cause, entry, n = ledger
    group = np.repeat(np.arange(k + 1), len(time))
    copies = [np.tile(x, k + 1) for x in (time, cause, entry, n)]
    test = logrank(group, *copies[:2], entry=copies[2], n=copies[3])
    assert np.isnan(test.chi2) or test.chi2 == pytest.approx(0, abs=1e-6)
    np.testing.assert_allclose(test.observed, test.expected, atol=1e-8)


@given(ledgers())
@QUICK
def test_expected_ends_of_all_units_are_all_ends(ledger):
    time, cause, entry, n = ledger
    unit = np.arange(len(time)) % 3
    got = observed_expected(unit, np.zeros(len(time), int), time, cause, entry=entry, n=n)
    assert got.expected.sum() == pytest.approx(n[cause > 0].sum())


@given(ledgers(), st.lists(st.integers(15, 110), min_size=1, max_size=4))
@QUICK
def test_adherence_interval_holds_the_adherence_at_each_limit(ledger, limits):
    time, cause, entry, n = ledger
    curve = fit_curve(time, cause, entry=entry, n=n)
    both = adherence_over_limits(curve, limits)
    for limit in limits:
        share = 1 - curve.survival_at(limit)
        if not np.isnan([share, both.lowest.estimate, both.highest.estimate]).any():
            assert both.lowest.estimate <= share <= both.highest.estimate
    assert both.is_variant_unknown == (len(set(limits)) > 1)


@given(st.lists(st.floats(0, 1), min_size=1, max_size=50))
@QUICK
def test_q_values_are_no_smaller_than_p_and_keep_their_order(p):
    p = np.array(p)
    q = benjamini_hochberg(p)
    assert (q >= p - 1e-15).all()
    assert (q <= 1).all()
    order = np.argsort(p, kind="stable")
    assert (np.diff(q[order]) >= -1e-15).all()
