"""The difference by day, the conclusion and the evaluator, without a browser."""

from __future__ import annotations

import re

import numpy as np
import pytest


@pytest.fixture(scope="module")
def sexes(store):
    return store.diagnosis("F32").compare("sex", "women", "men")


def alt(html):
    return re.findall(r'alt="([^"]*)"', html)


# -- the difference by day -------------------------------------------------------------------


def test_every_day_is_the_difference_of_the_two_curves_with_greenwood_limits(sexes):
    frame = sexes.difference_by_day().frame
    women, men = sexes.curves
    day = frame["day"].to_numpy()
    assert day[0] == 14
    np.testing.assert_array_equal(np.diff(day), 1)
    gap = women.survival_at(day) - men.survival_at(day)
    half = 1.959963984540054 * np.sqrt(women.variance_at(day) + men.variance_at(day))
    np.testing.assert_allclose(frame["difference"], gap, atol=1e-12)
    np.testing.assert_allclose(frame["lo"], gap - half, atol=1e-12)
    np.testing.assert_allclose(frame["hi"], gap + half, atol=1e-12)


def test_the_days_end_where_fewer_than_ten_are_at_risk(store):
    largest = store.entries["n_spells"].idxmax()
    result = store.diagnosis(largest).compare("age", "16-29", "60+")
    by_day = result.difference_by_day()
    assert by_day.is_cut
    last = int(by_day.frame["day"].iloc[-1])
    at_risk = [[int(c.at_risk_at(d)) for c in result.curves] for d in (last, last + 1)]
    assert min(at_risk[0]) >= 10 > min(at_risk[1])
    assert f"till dag {last}; därefter är färre än 10 kvar" in by_day.caption()


def test_the_difference_shows_itself_with_caption_and_alternative_text(sexes):
    html = sexes.difference_by_day()._repr_html_()
    assert "Exakta tal för internt bruk" not in html, "the comparison says so, once"
    assert "Kvinnor minus Män" in alt(html)[0]
    assert "punktvist" in html
    assert html.count("<figcaption>") == 1


def test_too_few_spells_are_said_not_drawn(store):
    entries = store.entries
    few = entries[(entries["n_spells"] > 0) & (entries["n_spells"] < 12)].index[0]
    sexes = store.diagnosis(few).adherence(by="sex").strata
    result = store.diagnosis(few).compare("sex", *sexes[:2])
    html = result.difference_by_day()._repr_html_()
    assert "för få sjukfall" in html
    assert "<img" not in html


# -- the conclusion --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("lo", "hi", "wanted"),
    [
        (1.0, 5.0, r"3,0\s dagar \(1,0 till 5,0\) längre"),
        (-5.0, -1.0, r"3,0\s dagar \(1,0 till 5,0\) kortare"),
        (-1.0, 5.0, r"Ingen säker skillnad .* \(−1,0 till 5,0\) rymmer noll"),
        (np.nan, np.nan, "kan inte jämföras"),
    ],
)
def test_the_conclusion_follows_the_interval(sexes, lo, hi, wanted):
    from dataclasses import replace

    frame = sexes.frame.copy()
    row = frame["metric"] == "restricted_mean"
    frame.loc[row, ["difference", "lo", "hi"]] = np.array([(np.sign(lo + hi) * 3), lo, hi])
    if np.isnan(lo):
        frame.loc[row, "difference"] = np.nan
    said = replace(sexes, frame=frame).conclusion()
    assert re.search(wanted.replace(r"\s ", r"\s"), said), said


def test_the_conclusion_lists_the_limits_at_equal_mix_by_what_the_table_says(sexes):
    rows = sexes.frame[sexes.frame["metric"] == "share_over_standardised"]
    said = sexes.conclusion()
    n_sure = ((rows["lo"] > 0) | (rows["hi"] < 0)).sum()
    assert ("än gränsen säker vid" in said) == (n_sure > 0)
    assert ("inte säker vid" in said) == (n_sure < len(rows))
    assert "Vid lika ålder" in said
    assert not re.search("[åäöÅÄÖ]", sexes.conclusion("en"))
