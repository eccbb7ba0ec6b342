"""Groups of certificates against the others: of a drawn ledger."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import polars as pl
import pytest

from fmbstats.errors import StoreError
from fmbstats.evaluate.certificates import CertificateUse
from fmbstats.evaluate.revision import BROKEN, CANNOT, HELD
from fmbstats.figures.charts.years import Dated, TimeSeries
from fmbstats.figures.svg import Say
from fmbstats.release.certificates import (
    about_certificates,
    read_certificates,
    released_certificates,
    write_certificates,
)
from fmbstats.results.certificates import CertificateNumbers, tried

SHARE = "planned_over_longest"


def use(margin="profession", **groups):
    """Protected counts of a margin: name -> (planned over, with a limit); the whole is "all"."""
    rows = [
        ("all" if name == "all" else margin, "", name, what, 1, n)
        for name, pair in groups.items()
        for what, n in (("n_surely", pair[0]), ("n_judged", pair[1]), ("n", pair[1]))
        if n
    ]
    names = ["margin", "rec_id", "stratum", "what", "unit", "n"]
    frame = pl.DataFrame(rows, names, orient="row").with_columns(effect=None)
    effects = [(m, "", s, SHARE, 0, None, 1.0) for m, _, s, what, *_ in rows if what == "n"]
    both = pl.DataFrame(effects, [*names, "effect"], orient="row", schema_overrides={"n": pl.Int64})
    frame = pl.concat([frame, both], how="vertical_relaxed")
    return CertificateUse.of_released(frame, {"missing": [], "icf_edition": "", "variance": 600.0})


def difference(told, name):
    return told.compared("profession", name, SHARE)[0]


def test_two_groups_differ_from_each_other_alike_however_the_whole_is_told():
    told = use(all=(960, 2220), a=(840, 2040), b=(60, 240))
    assert difference(told, "a") == pytest.approx(840 / 2040 - 60 / 240)
    assert difference(told, "b") == pytest.approx(-difference(told, "a"))


def test_what_the_only_other_group_may_not_tell_is_not_told_by_a_difference():
    assert math.isnan(difference(use(all=(960, 2280), a=(900, 1800), b=(0, 480)), "a"))


def test_one_of_many_groups_is_held_against_the_whole_without_it():
    told = use(all=(900, 3000), **dict.fromkeys("abcd", (180, 600)), e=(240, 600))
    assert difference(told, "e") == pytest.approx(240 / 600 - 660 / 2400)


def by_month(change, n_months=48):
    """Protected counts of months, ten points more in summer; the share changes so much a year."""
    draw = np.random.default_rng(3)
    names = [f"{2014 + k // 12}-{k % 12 + 1:02}" for k in range(n_months)]
    wave = 0.1 * np.sin(2 * np.pi * np.arange(n_months) / 12)
    share = 0.3 + change * np.arange(n_months) / 12 + wave
    over = 60 * np.round((6000 * share + draw.normal(0, 40, n_months)) / 60)
    told = {name: (int(k), 6000) for name, k in zip(names, over, strict=True)}
    return use("month", all=(int(over.sum()), 6000 * n_months), **told)


@pytest.mark.parametrize("change", [0.0, -0.03])
def test_a_trend_of_months_is_told_without_their_seasons_and_what_would_have_shown(change):
    found, lo, hi, least = by_month(change).trend(SHARE)
    assert lo <= change <= hi
    assert hi - lo < 0.02
    assert (lo > 0 or hi < 0) == (change != 0)
    assert (hi - lo) / 2 < least < hi - lo
    assert found == pytest.approx(change, abs=0.01)


def test_a_trend_takes_two_years_of_months():
    assert math.isnan(by_month(0.1, 23).trend(SHARE)[0])


def test_a_share_is_not_told_where_the_rest_of_its_whole_is_too_few_to_be_told():
    counts = {
        "n": (1, 1200),
        "icf_hit": (10, 6000),
        "icf_missed": (10, 1200),
        "icf_listed": (25, 15000),
    }
    names = ["margin", "rec_id", "stratum", "what", "unit", "n"]

    def precision(**more):
        rows = [
            ("all", "", "all", what, *pair) for what, pair in (counts | more).items() if pair[1]
        ]
        frame = pl.DataFrame(rows, names, orient="row")
        effect = pl.DataFrame({"margin": ["all"], "rec_id": [""], "stratum": ["all"],
                               "measure": ["icf_precision"], "effect": [1.0]})  # fmt: skip
        told = CertificateUse(frame, effect, frozenset(), "", {}, noise=600.0)
        return told.shares(only=["icf_precision"]).iloc[0]

    told = precision()
    assert told["estimate"] == pytest.approx(6000 / 7200)
    # Hits and the rest are rounded apart, by blocks of ten certificates' codes each.
    noise = math.sqrt(600 * 100 * (1 / 6**2 + (5 / 6) ** 2)) / 7200
    assert told["hi"] - told["lo"] == pytest.approx(2 * 1.96 * noise, rel=0.1)
    assert precision(icf_missed=(10, 0))["reason"] == "few"


@pytest.mark.parametrize(
    ("n", "noise", "state"),
    [(4000, 600.0, HELD), (4020, 600.0, CANNOT), (4500, 600.0, BROKEN), (4000, 0.0, HELD)],
)
def test_certificates_that_fall_out_of_all_years_together_are_noticed(n, noise, state):
    told = use("year", all=(3000, 12000), **dict.fromkeys(("2015", "2016", "2017"), (1000, n)))
    assert dict(tried(CertificateNumbers(replace(told, noise=noise))))["most"] == state


@pytest.mark.parametrize(
    ("first", "state"),
    [((3000, 3000, 3000), HELD), ((4200, 3000, 3000), BROKEN), ((3540, 3000, 3000), CANNOT)],
)
def test_years_are_alike_where_first_certificates_are_as_common(first, state):
    years = zip(("2015", "2016", "2017"), first, strict=True)
    rows = [("all", "", "all", "n", 1, 36_000), ("all", "", "all", "n_first", 1, sum(first))]
    rows += [row for year, k in years for row in (("year", "", year, "n", 1, 12_000),
                                                  ("year", "", year, "n_first", 1, k))]  # fmt: skip
    names = ["margin", "rec_id", "stratum", "what", "unit", "n"]
    groups = [("all", "", "all"), *(("year", "", y) for y in ("2015", "2016", "2017"))]
    effects = pl.DataFrame(
        [(*group, "first_of_spell", 1.0) for group in groups],
        ["margin", "rec_id", "stratum", "measure", "effect"], orient="row",
    )  # fmt: skip
    counts = pl.DataFrame(rows, names, orient="row")
    told = CertificateUse(counts, effects, frozenset(), "", {}, noise=600.0)
    assert dict(tried(CertificateNumbers(told)))["years"] == state


def test_where_all_are_counted_the_interval_is_as_wide_as_the_noise_and_no_wider():
    told = use(all=(7980, 7980)).shares(only=[SHARE]).iloc[0]
    assert told["hi"] == 1
    sd = math.sqrt(2 * 600) / 7980  # of two counts that are rounded apart
    assert 1 - 6 * sd < told["lo"] < 1 - 2 * sd


def test_groups_are_called_in_the_counts_as_in_the_table():
    names = {"L\u00e4kare\u202e <b>": "L\u00e4kare[U+202E] <b>", "=1+1\x1b": "=1+1[U+001B]"}
    told = use(all=(960, 2220), **dict.fromkeys(names, (360, 1080)))
    frame = released_certificates(told.counts, told.effects)
    assert set(frame["stratum"]) == {"all", *names.values()}
    again = CertificateUse.of_released(frame, {"missing": [], "icf_edition": "", "variance": 600.0})
    for one in CertificateNumbers(again).every():
        assert one.cells["stratum"] == one.stratum


def test_what_an_earlier_version_counted_is_not_read(tmp_path):
    frame = use(all=(960, 2280)).counts
    about = about_certificates(5, [], "")
    write_certificates(frame, about, tmp_path)
    assert read_certificates(tmp_path)[0].equals(frame)
    write_certificates(frame, about | {"format": about["format"] - 1}, tmp_path)
    with pytest.raises(StoreError, match="Name the exact store"):
        read_certificates(tmp_path)


def test_a_share_is_drawn_up_to_a_hundred_a_change_beyond():
    def highest(unit, value):
        points = [
            Dated(2016 + k, v, v - 5, v + 5, Say(f"{v}"), title="")
            for k, v in enumerate((15, value))
        ]
        return TimeSeries(points, unit, [2016, 2017], "sv", is_line=True)._range()[1]

    assert highest("%", 92) == 100
    assert highest("%", 130) > 135
    assert highest("d", 92) > 100
