"""The estimators of a roll-out against diff-diff, another's code for the same designs."""

import numpy as np
import pandas as pd
import pytest

from fmbstats.stats.event_study import group_time, imputation_weights

N_UNITS, N_PERIODS = 24, 10


@pytest.fixture(scope="module")
def library():
    return pytest.importorskip("diff_diff", reason="diff-diff is in the dev group")


@pytest.fixture(scope="module", params=[3, 4])
def drawn(request):
    """Adoption (from 0), outcomes, and the same as the long table that the library takes."""
    rng = np.random.default_rng(request.param)
    first = rng.permutation(np.arange(N_UNITS) % 6 + 2)
    period = np.arange(N_PERIODS)
    effect = np.where(period >= first[:, None], 0.1 * (1 + period - first[:, None]), 0.0)
    y = rng.normal(size=(N_UNITS, 1)) + rng.normal(size=N_PERIODS) + effect
    y = y + 0.2 * rng.normal(size=y.shape)
    table = pd.DataFrame(
        {
            "unit": np.repeat(np.arange(N_UNITS), N_PERIODS),
            "time": np.tile(period + 1, N_UNITS),
            "first": np.repeat(first + 1, N_PERIODS),
            "y": y.ravel(),
        }
    )
    return first, y, table


NAMES = {"outcome": "y", "unit": "unit", "time": "time", "first_treat": "first"}


@pytest.mark.filterwarnings("ignore::UserWarning")  # it names the cells without controls
def test_effects_of_every_date_in_every_period(library, drawn):
    first, y, table = drawn
    design = library.CallawaySantAnna(control_group="not_yet_treated", estimation_method="reg")
    theirs = design.fit(table, **NAMES).group_time_effects
    found = group_time(first, np.ones(N_UNITS), N_PERIODS)
    assert len(found.period) == 15
    for adopted, period, effect in zip(found.first, found.period, found.effects(y), strict=True):
        assert theirs[int(adopted) + 1, int(period) + 1]["effect"] == pytest.approx(effect)


@pytest.mark.filterwarnings("ignore::UserWarning")  # periods without untreated units
def test_the_mean_effect_by_imputation(library, drawn):
    first, y, table = drawn
    theirs = library.ImputationDiD().fit(table, **NAMES).overall_att
    ours = (imputation_weights(first, np.ones(N_UNITS), N_PERIODS) * y).sum()
    assert ours == pytest.approx(theirs, abs=1e-8)
