"""The interrupted series against R's lm and sandwich::NeweyWest (see data/README.md)."""

import csv
from pathlib import Path

import numpy as np
import pytest

from fmbstats.stats.trends import fit_series

DATA = Path(__file__).parent / "data"


def test_its_monthly_equals_r():
    with (DATA / "input" / "its_monthly.csv").open() as file:
        rows = [{k: float(v) for k, v in row.items()} for row in csv.DictReader(file)]
    terms = ["t", "post", "since", "s1", "c1"]
    design = np.array([[1.0, *(row[t] for t in terms)] for row in rows])
    fit = fit_series(design, [row["y"] for row in rows], n_lags=3)
    with (DATA / "expected" / "its_monthly.csv").open() as file:
        expected = list(csv.DictReader(file))
    assert [row["term"] for row in expected] == ["(Intercept)", *terms]
    for k, row in enumerate(expected):
        ours = (fit.coef[k], fit.se_independent[k], fit.se[k])
        theirs = tuple(float(row[name]) for name in ("coef", "se_ols", "se_nw3"))
        assert ours == pytest.approx(theirs, rel=1e-10)


def test_too_few_periods_are_refused():
    with pytest.raises(ValueError, match="2 periods for 2 terms"):
        fit_series([[1, 1], [1, 2]], [1.0, 2.0], n_lags=1)
