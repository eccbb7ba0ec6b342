"""A band holds on all days at once; pointwise limits do not."""

import numpy as np

from fmbstats.stats.contrasts import band_factor, difference_at
from fmbstats.stats.survival import fit_curve

DAYS = np.arange(20, 120, 5)


def test_the_band_covers_the_whole_course_and_pointwise_limits_do_not():
    rng = np.random.default_rng(1)
    n_band = n_pointwise = 0
    n_draws = 300
    for k in range(n_draws):
        # One law for both groups: the true difference is 0 on every day.
        times = 15 + rng.geometric(0.015, (2, 200))
        one, two = (fit_curve(t, np.ones(200, int), entry=14) for t in times)
        gap = difference_at(one, two, DAYS, kind="plain")
        width = band_factor(one, two, DAYS, n_draws=400, seed=k) * gap.se
        n_band += (np.abs(gap.estimate) <= width).all()
        n_pointwise += ((gap.lo <= 0) & (gap.hi >= 0)).all()
    assert 0.91 <= n_band / n_draws <= 0.985
    assert n_pointwise / n_draws < 0.90


def test_on_a_single_day_the_band_is_the_pointwise_interval():
    times = 15 + np.random.default_rng(2).geometric(0.02, (2, 100))
    one, two = (fit_curve(t, np.ones(100, int), entry=14) for t in times)
    assert abs(band_factor(one, two, [60], n_draws=20_000) - 1.96) < 0.06
