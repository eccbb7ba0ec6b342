"""The difference by day, the conclusion and the evaluator, without a browser."""

from __future__ import annotations

import html
import re

import numpy as np
import pytest

from fmbstats.workbench import Evaluator, evaluate


@pytest.fixture(scope="module")
def sexes(store):
    return store.diagnosis("F32").compare("sex", "women", "men")


def alt(page):
    return re.findall(r'alt="([^"]*)"', page)


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
    page = sexes.difference_by_day()._repr_html_()
    assert "Exakta tal för internt bruk" not in page, "the comparison says so, once"
    assert "Kvinnor minus Män" in alt(page)[0]
    assert "punktvist" in page
    assert page.count("<figcaption>") == 1


def test_too_few_spells_are_said_not_drawn(store):
    entries = store.entries
    few = entries[(entries["n_spells"] > 0) & (entries["n_spells"] < 12)].index[0]
    sexes = store.diagnosis(few).adherence(by="sex").strata
    result = store.diagnosis(few).compare("sex", *sexes[:2])
    page = result.difference_by_day()._repr_html_()
    assert "för få sjukfall" in page
    assert "<img" not in page


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


# -- the evaluator ---------------------------------------------------------------------------


def shown(evaluator):
    parts = (evaluator._text, evaluator._curves, evaluator._difference, evaluator._table)
    return [html.unescape(part.value) for part in parts]


def test_the_evaluator_shows_conclusion_curves_difference_table_and_code(store):
    evaluator = evaluate(store, "F32", first=[2014, 2015], second=[2017, 2018])
    assert isinstance(evaluator, Evaluator)
    text, curves, difference, table = shown(evaluator)
    result = store.diagnosis("F32").compare("year", [2014, 2015], [2017, 2018])
    assert result.conclusion() in text
    assert "2014–2015" in alt(curves)[0]
    assert "2014–2015 minus 2017–2018" in alt(difference)[0]
    assert "punktvist" in difference
    assert result.table() in evaluator._table.value
    for wanted in ("Log-rank, stratifierat på kön och ålder", "vid lika kön och ålder",
                   "Medellängd inom", "Exakta tal för internt bruk"):  # fmt: skip
        assert wanted in table
    assert evaluator.code == 'store.diagnosis("F32").compare("year", [2014, 2015], [2017, 2018])'
    assert evaluator.code in table
    assert evaluator.year.disabled


def test_the_line_of_code_gives_the_table_shown(store):
    evaluator = evaluate(store, "M54", by="age", year=2017)
    evaluator.second.value = ("50-59", "60+")
    evaluator.limits.value = "60, 30"
    assert evaluator.code == (
        'store.diagnosis("M54", year=2017).compare("age", "16-29", ["50-59", "60+"], '
        "limit_days=[30, 60])"
    )
    given = eval(evaluator.code, {"store": store})
    assert given.table() in evaluator._table.value
    assert given.conclusion() in shown(evaluator)[0]


def test_another_kind_or_diagnosis_offers_its_own_groups_and_keeps_the_marks(store):
    evaluator = evaluate(store, "F32")
    assert evaluator.comparison.labels == ("2014", "2018")
    evaluator.by.value = "sex"
    assert evaluator.comparison.labels == ("Kvinnor", "Män")
    evaluator.first.value, evaluator.second.value = ("men",), ("women",)
    evaluator.name.value = "M54.5"
    assert evaluator.comparison.labels == ("Män", "Kvinnor")
    assert evaluator.diagnosis.key == "M545"
    evaluator.by.value = "county"
    assert ("Stockholms län", "01") in evaluator.first.options


@pytest.mark.parametrize(
    ("control", "value", "said"),
    [
        ("first", (), "Välj minst en grupp i varje lista"),
        ("first", ("men",), "Män är markerad i båda listorna"),
        ("limits", "90; <b>", "Gränserna ”90; <b>” går inte att läsa"),
        ("limits", "0", "går inte att läsa"),
        ("name", "<b>depresiv", "<b>depresiv"),
        ("name", "", ""),
    ],
)
def test_a_choice_without_an_answer_says_so_and_leaves_no_old_figure(store, control, value, said):
    evaluator = evaluate(store, "F32", by="sex")
    getattr(evaluator, control).value = value
    text, *others = shown(evaluator)
    assert said in text
    assert "<b>" not in evaluator._text.value
    assert others == ["", "", ""]
    assert evaluator.comparison is None


def test_the_evaluator_speaks_english_throughout(store):
    evaluator = evaluate(store, "F32", by="sex", language="en")
    title = evaluator.diagnosis.title
    text = " ".join(shown(evaluator)).replace(title, "")
    text = re.sub(r"base64,[^\"]+", "", text)
    assert "Women against Men" in text
    assert not re.search("[åäöÅÄÖ]", text)
