"""Competing end reasons against R's survfit (multi-state) and cmprsk."""

from __future__ import annotations

import numpy as np

from fmbstats.stats.competing import fit_incidence

YEARS = (60, 120, 240, 360)


def test_shares_errors_and_limits_equal_survfit(read_oracle, comparison):
    data, want = read_oracle("input", "mgus2_competing"), read_oracle("expected", "mgus2_aj")
    for sex in "FM":
        mine = data["sex"] == sex
        got = fit_incidence(data["time"][mine], data["status"][mine])
        for cause in (1, 2):
            rows = (want["group"] == sex) & (want["cause"] == cause)
            day = want["time"][rows]
            lo, hi = got.interval_at(cause, day)
            for values, key in (
                (got.curve.at_risk_at(day), "n_risk"),
                (got.share_at(cause, day), "cif"),
                (np.sqrt(got.variance_at(cause, day)), "se_aalen_or_ij"),
                (lo, "loglog_lo"),
                (hi, "loglog_hi"),
            ):
                comparison.close(
                    values, want[key][rows], tolerance=1e-12, what=f"{sex}{cause} {key}"
                )
    assert comparison.count == 5 * 908


def test_shares_equal_cmprsk(read_oracle, comparison):
    data = read_oracle("input", "mgus2_competing")
    shares = read_oracle("expected", "mgus2_cuminc_est")
    for i, curve in enumerate(shares["curve"]):
        sex, cause = curve.split()
        mine = data["sex"] == sex
        got = fit_incidence(data["time"][mine], data["status"][mine])
        for day in YEARS:
            want = shares[str(day)][i]
            comparison.close(got.share_at(int(cause), day), want, tolerance=1e-12)
    assert comparison.count == 4 * 4
