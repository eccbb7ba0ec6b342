"""Cards, completion, comparisons, explorer and methods, without a browser."""

from __future__ import annotations

import base64
import re

import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import to_hex
from matplotlib.text import Text

from fmbstats import open_store
from fmbstats.errors import StoreError, UnknownNameError
from fmbstats.figures import palette
from fmbstats.stats.contrasts import difference_at, restricted_mean_difference
from fmbstats.stats.logrank import logrank
from fmbstats.stats.survival import fit_curve
from fmbstats.words import county
from fmbstats.workbench import Explorer, Methods, explore

METHODS = [
    *("survival", "delayed_entry", "persons", "limits", "completed", "quantiles", "ratio"),
    *("excess", "bands", "interval", "end_reasons", "degrees", "diagnosis_change", "bunching"),
    *("comparison", "length_index", "standardised", "observed_expected", "funnel", "coverage"),
]


@pytest.fixture(scope="module")
def depression(store):
    return store.diagnosis("F32")


def alt(html):
    return re.findall(r'alt="([^"]*)"', html)


@pytest.mark.parametrize("name", ["end_reasons", "degrees"])
def test_courses_are_seen_as_tables_of_shares_that_sum_to_all(depression, name):
    found = getattr(depression, name)()
    shown = found.display("en")
    assert shown.columns[0] == "Day"
    shares = shown.iloc[:, 1:].map(lambda text: float(text.rstrip("%\u202f\xa0 ")))
    assert shares.sum(axis=1).to_numpy() == pytest.approx(100, abs=0.4)
    assert found._repr_html_().count("<tr>") == len(shown) + 1


# -- store -----------------------------------------------------------------------------------


def test_open_store_follows_the_environment(store_path, monkeypatch):
    monkeypatch.setenv("FMBSTATS_STORE", str(store_path))
    with open_store() as found:
        assert found.path == store_path
    monkeypatch.setenv("FMBSTATS_STORE", str(store_path.with_name("other.duckdb")))
    with pytest.raises(StoreError, match=r"There is no store at .*other\.duckdb"):
        open_store()


def test_names_are_completed_and_looked_up(store):
    names = store._ipython_key_completions_()
    assert {"F32", "F43.8", "depressiv-episod"} <= set(names)
    assert store["F32"].title == store.diagnosis("F32").title
    assert store["depressiv-episod"].kind == "entry"
    assert store.strata == ("sex", "age", "county", "year", "code")


def test_entries_count_spells_longer_than_the_entry_day(store):
    entries = store.entries
    assert len(entries) == 116
    row = entries[entries["slug"] == "depressiv-episod"].iloc[0]
    assert row["codes"] == "F32"
    assert row["n_spells"] == store["depressiv-episod"].population().n_seen


def test_tables_name_what_sql_can_ask(store):
    assert {"mart_ledger", "mart_spells", "mart_in_force"} <= set(store.tables.index)
    assert "duration_day integer" in store.tables.loc["mart_ledger", "columns"]


def test_a_wrong_stratum_names_the_right_ones(depression):
    with pytest.raises(UnknownNameError) as refused:
        depression.adherence(by="agee")
    assert str(refused.value) == (
        "Stratum 'agee' is unknown. Did you mean 'age'? "
        "Known: 'sex', 'age', 'county', 'year', 'code'."
    )


def test_a_stratum_may_be_named_by_its_column(depression):
    by_column, by_name = (depression.curve(by=name).curves for name in ("age_group", "age"))
    assert list(by_column) == list(by_name)


# -- cards -----------------------------------------------------------------------------------


def test_the_card_says_what_it_is_and_where_numbers_come_from(depression):
    card = depression._repr_html_()
    population = depression.population()
    for wanted in ("SYNTETISKA DATA", "Exakta tal för internt bruk", "0, 90 och 180", "<svg"):
        assert wanted in card
    assert f"{population.n_seen:,}".replace(",", "\u00a0") in card
    assert card.count("<script") == 0


def test_every_card_gives_words_where_there_is_no_number(store):
    n_without = 0
    for entry_id in store.entries.index[::5]:
        diagnosis = store.diagnosis(entry_id, year=2018)
        card = diagnosis._repr_html_()
        assert not re.search(r"\b(nan|inf|None)\b", card)
        reason = diagnosis.recommendation.why_no_limit
        if reason is not None:
            n_without += 1
            assert reason.text() in card
    assert n_without > 1


def test_the_card_escapes_names(store):
    from fmbstats.diagnosis import Diagnosis

    hostile = Diagnosis(store, "code", "F32", "<script>alert(1)</script>")
    card = hostile._repr_html_()
    assert "<script>" not in card
    assert "&lt;script&gt;" in card


def test_the_store_shows_itself(store):
    card = store._repr_html_()
    assert "20\u00a0000" in card
    assert "116" in card


def test_axes_show_their_figure_with_an_alternative_text(depression):
    html = depression.curve(by="sex").plot()._repr_html_()
    picture = base64.b64decode(re.search(r"base64,([^\"]+)", html)[1])
    assert picture.startswith(b"\x89PNG")
    assert "Kvinnor" in alt(html)[0]


# -- comparison ------------------------------------------------------------------------------


def ledger_of(diagnosis, column, groups):
    frame = diagnosis.ledger
    return frame[frame[column].isin(groups) & (frame["duration_day"] > diagnosis.entry_day)]


def curve_of(diagnosis, column, groups):
    rows = ledger_of(diagnosis, column, groups)
    entry = np.maximum(rows["entry_day"], diagnosis.entry_day)
    return fit_curve(rows["duration_day"], rows["end_reason"], entry=entry, n=rows["n"])


def test_a_comparison_is_what_the_estimators_say(depression):
    result = depression.compare("sex", "women", "men")
    women, men = (curve_of(depression, "sex", [sex]) for sex in ("women", "men"))
    frame = result.frame.set_index(["metric", "limit_days"])
    at_90 = frame.loc[("share_over", 90.0)]
    expected = difference_at(women, men, 90)
    assert at_90["difference"] == pytest.approx(float(expected.estimate), abs=1e-12)
    assert (at_90["lo"], at_90["hi"]) == pytest.approx((float(expected.lo), float(expected.hi)))
    means = frame.loc[("restricted_mean", result.tau_days)]
    assert means["difference"] == pytest.approx(
        float(restricted_mean_difference(women, men, result.tau_days).estimate)
    )
    rows = ledger_of(depression, "sex", ["women", "men"])
    test = logrank(
        (rows["sex"] == "men").to_numpy().astype(int), rows["duration_day"].to_numpy(),
        rows["end_reason"].to_numpy(), entry=np.maximum(rows["entry_day"], 14).to_numpy(),
        n=rows["n"].to_numpy(),
    )  # fmt: skip
    assert result.tests["logrank"].chi2 == pytest.approx(test.chi2)


def test_turning_a_comparison_turns_its_signs(depression):
    one = depression.compare("sex", "women", "men").frame
    two = depression.compare("sex", "men", "women").frame
    known = one["difference"].notna()
    assert known.sum() >= 5
    np.testing.assert_allclose(one.loc[known, "difference"], -two.loc[known, "difference"])
    np.testing.assert_allclose(one.loc[known, "lo"], -two.loc[known, "hi"])
    np.testing.assert_allclose(one.loc[known, "p"], two.loc[known, "p"])


def test_periods_are_taken_together_and_keep_the_limits_fixed(depression):
    result = depression.compare("year", [2014, 2015], [2018])
    assert result.labels == ("2014–2015", "2018")
    limits = set(result.limits_days)
    for year in (2014, 2015, 2018):
        assert set(depression.with_settings(year=year).recommendation.limits_days) <= limits
    n = result.frame.set_index("metric").loc["n_spells"]
    assert n["first"] == ledger_of(depression, "start_year", [2014, 2015])["n"].sum()


def test_a_limit_before_the_entry_day_is_said_not_computed(depression):
    result = depression.compare("sex", "women", "men", limit_days=[7, 90])
    row = result.frame[result.frame["limit_days"] == 7].iloc[0]
    assert row["flags"] == "truncated_r"
    assert np.isnan(row["difference"])
    assert "kan inte skattas" in result.text()
    assert "gränsen ligger före registrets första dag" in result.table()


def test_standardising_over_age_removes_a_difference_that_is_only_age(store):
    result = store.diagnosis("F32").compare("sex", "women", "men", limit_days=[90])
    row = result.frame.set_index("metric").loc["share_over_standardised"]
    assert 0 < row["first"] < 1
    assert row["first_lo"] < row["first"] < row["first_hi"]


@pytest.mark.parametrize(
    ("by", "first", "second", "message"),
    [
        ("sex", "women", "x", "Group of sex 'x' is unknown. Known: men, women."),
        ("sex", "women", "women", "women is in both groups of the comparison."),
        (
            None,
            "a",
            "b",
            "A comparison needs groups: give by as one of sex, age, county, year, code.",
        ),
    ],
)
def test_wrong_groups_are_refused(depression, by, first, second, message):
    with pytest.raises(UnknownNameError) as refused:
        depression.compare(by, first, second)
    assert str(refused.value) == message


@pytest.mark.parametrize(
    ("groups", "label"),
    [
        (["16-29", "30-39"], "16–39 år"),
        (["50-59", "60+"], "50+ år"),
        (["16-29", "60+"], "16–29 år och 60+ år"),
    ],
)
def test_neighbouring_ages_are_named_as_a_span(depression, groups, label):
    assert depression.compare("age", groups, "40-49").labels[0] == label


def test_a_comparison_speaks_both_languages(depression):
    result = depression.compare("sex", "women", "men")
    english = result.text("en") + result.table("en") + str(list(result.display("en")))
    assert "Women" in english
    assert not re.search("[åäöÅÄÖ]", english)


# -- explorer --------------------------------------------------------------------------------


def test_the_explorer_follows_its_controls(store):
    explorer = explore(store, "F32", year=2017)
    assert isinstance(explorer, Explorer)
    shown = explorer._card, explorer._figure, explorer._table
    before = [part.value for part in shown]
    assert all(before)
    explorer.by.value = "sex"
    assert "Kvinnor" in explorer._table.value
    assert "Kvinnor" in alt(explorer._figure.value)[0]
    explorer.year.value = "all"
    assert explorer.diagnosis.year is None
    explorer.month_days.value = 31
    assert "93" in explorer._card.value
    explorer.entry.value = "delayed"
    assert explorer.diagnosis.entry_day == 0
    assert (
        "with_settings(entry=&quot;delayed&quot;).adherence(by=&quot;sex&quot;)"
        in explorer._table.value
    )


def test_the_explorer_finds_names_codes_and_says_what_it_does_not_know(store):
    explorer = explore(store)
    assert explorer._card.value == ""
    explorer.name.value = next(n for n in explorer.name.options if n.startswith("Depressiv"))
    assert explorer.diagnosis.kind == "entry"
    explorer.name.value = "f43.8 a"
    assert explorer.diagnosis.key == "F438A"
    explorer.name.value = "<b>depresiv-episod"
    assert explorer.diagnosis is None
    assert "depressiv-episod" in explorer._card.value
    assert "<b>" not in explorer._card.value
    assert explorer._figure.value == ""


def test_many_groups_become_intervals_instead_of_curves(store):
    explorer = explore(store, "F32", by="county")
    assert "21 grupper är för många" in explorer._figure.value
    assert "Stockholms län" in explorer._table.value


def test_what_the_explorer_shows_is_what_code_gives(store):
    explorer = explore(store, "M54", by="age", year=2017)
    given = store.diagnosis("M54", year=2017).adherence(by="age").table()
    assert given in explorer._table.value


# -- methods ---------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def methods(store):
    return Methods(store, "F32", 2017)


@pytest.mark.parametrize("name", METHODS)
def test_every_method_has_a_live_example(methods, name):
    html = getattr(methods, name)()._repr_html_()
    assert "<p>" in html
    assert "nan" not in re.sub(r"base64,[^\"]+", "", html).lower().replace("finansi", "")


def test_coverage_is_shown_when_measured_and_said_when_not(methods, tmp_path):
    path = tmp_path / "coverage.csv"
    assert "inte gjord" in methods.coverage(path)._repr_html_()
    path.write_text("law,n,coverage\nheaped,100,0.948\n", "utf-8")
    assert "heaped" in methods.coverage(path)._repr_html_()


# -- the eight questions that analysts ask, and three more, each in a line -------------------------

QUESTIONS = {
    "share by sex with its interval": "store['F32'].adherence(by='sex').of('share over')",
    "median per year": "store['F32'].adherence(by='year').of('median')",
    "two periods": "store['F32'].compare('year', [2015, 2016], [2017, 2018]).frame",
    "share over 120 days for all": "store.adherence(year=2017, limit_days=120).frame",
    "top ten": "store.adherence(year=2017, limit_days=90).top(10)",
    "sex and age": "store['F32'].adherence(by=['sex', 'age']).of('share over')",
    "three diagnoses in one figure": "store.diagnosis(['F32', 'F43', 'M54']).curve().plot()",
    "slope chart": "store['F32'].change('2014-2015', 2018, by='county', limit_days=90).plot()",
    "tile map": "store['F32'].regions(limit_days=90).tile_map()",
    "small multiples": "store['F32'].curve(by='age').small_multiples().axes[0]",
    "heat map": "store.diagnosis(['F32', 'F43', 'M54'])"
    ".adherence(by='county', limit_days=90).heatmap()",
}


# What measures all diagnoses takes its time.
SLOW = ("share over 120 days for all", "top ten")


@pytest.mark.parametrize(
    "question", [pytest.param(q, marks=pytest.mark.slow) if q in SLOW else q for q in QUESTIONS]
)
def test_a_typical_question_takes_one_line(store, question):
    line = QUESTIONS[question]
    assert len(line.splitlines()) == 1
    found = eval(line, {"store": store})
    if hasattr(found, "columns"):
        assert len(found) > 1
        assert {"estimate", "lo", "hi"} <= set(found.columns) or question == "two periods"
    else:
        assert found.get_figure() is not None


def test_groups_by_two_things_are_those_by_each(store):
    diagnosis = store.diagnosis("F32", year=2017)
    crossed = diagnosis.adherence(by=["sex", "age"]).of("spells")
    by_sex = diagnosis.adherence(by="sex").of("spells").set_index("sex")["n_spells"]
    assert crossed.groupby("sex")["n_spells"].sum().to_dict() == by_sex.to_dict()
    assert list(crossed.columns[:2]) == ["sex", "age"]


def test_several_years_are_the_sum_of_each(store):
    both = store.diagnosis("F32", year=[2016, 2017]).population()
    each = [store.diagnosis("F32", year=year).population() for year in (2016, 2017)]
    for name in ("n_started", "n_seen", "n_ended", "n_scored"):
        assert getattr(both, name) == sum(getattr(one, name) for one in each)
    again = store.diagnosis("F32", year="2016-2017").adherence(by="sex").frame
    pd.testing.assert_frame_equal(
        again, store.diagnosis("F32", year=range(2016, 2018)).adherence(by="sex").frame
    )


def test_lines_of_several_diagnoses_have_colours_and_names_of_their_own(store):
    result = store.diagnosis(["F32", "F43", "M54"]).curve()
    ax = result.plot()
    drawn = {line.get_color() for line in ax.lines if len(line.get_xdata()) > 20}
    assert len(drawn) == 3


def text_in(figure):
    """All that is written in a figure."""
    return " ".join(t.get_text() for t in figure.findobj(Text) if t.get_text())


def whole(ax):
    """Say whether all text stands within the figure, to a point."""
    figure = ax.get_figure()
    figure.canvas.draw()
    frame = figure.bbox.padded(1)
    boxes = [
        t.get_window_extent() for t in figure.findobj(Text) if t.get_text() and t.get_visible()
    ]
    return all(
        frame.x0 <= b.x0 and b.x1 <= frame.x1 and frame.y0 <= b.y0 and b.y1 <= frame.y1
        for b in boxes
    )


def test_small_multiples_show_every_diagnosis_with_its_own_limits(store):
    result = store.diagnosis(["F32", "F43", "M54", "I21"], year=2017).curve()
    figure = result.small_multiples()
    assert len(figure.axes) == 4
    assert "M54" in text_in(figure)
    assert "Gräns: 90, 180 dagar" in text_in(figure)
    assert "för få sjukfall" in text_in(figure)  # infarctions of a year, in this small register
    assert whole(figure.axes[0])
    assert "F43" in alt(figure._repr_html_())[0]
    groups = store["F32"].curve("age", limit_days=120).small_multiples(language="en")
    assert text_in(groups).count("Limit: 120 days") == len(groups.axes) == 5
    assert "SYNTHETIC DATA" in text_in(groups)


def test_a_slope_chart_says_what_each_period_gives_on_its_own(store):
    several = store.diagnosis(["F32", "F43", "M54"])
    change = several.change(2015, "2016-2017", limit_days=90)
    for years, when in ((2015, "first"), ("2016-2017", "second")):
        each = store.diagnosis(["F32", "F43", "M54"], year=years).adherence(limit_days=90).frame
        np.testing.assert_allclose(change.frame[when], each["estimate"])
        np.testing.assert_allclose(change.frame[f"{when}_lo"], each["lo"])
    ax = change.plot()
    assert {"2015", "2016–2017"} <= set(text_in(ax.get_figure()).split())
    assert len([line for line in ax.lines if "slope" in line.get_gid()]) == 3
    assert whole(ax)
    shown = [f"{100 * x:.0f}\u00a0%" for x in change.frame["second"]]
    assert all(share in alt(ax._repr_html_())[0] for share in shown)


def test_a_slope_chart_of_counties_names_each_of_them(store):
    change = store["F32"].change(2014, 2018, by="county", limit_days=90)
    ax = change.plot(language="en")
    n_known = len(change.frame.dropna(subset=["first", "second"]))
    assert n_known > 15
    assert len([line for line in ax.lines if "slope" in line.get_gid()]) == n_known
    assert "Västra Götaland" in text_in(ax.get_figure())
    assert whole(ax)
    with pytest.raises(UnknownNameError, match="a slope chart takes 30"):
        store.diagnosis(["F32", "F43"]).change(2014, 2018, by="county", limit_days=90).plot()


def test_the_tile_map_colours_only_what_lies_outside_the_limits_of_chance(store):
    regions = store.diagnosis("F32").regions(90)
    marked = {
        row.stratum for row in regions.frame.itertuples()
        if regions.outside(row.share, row.n_effective)
    }  # fmt: skip
    for_sure = set(regions.frame["stratum"][regions.frame["z"].abs() > 3.2])
    surely_not = set(regions.frame["stratum"][regions.frame["z"].abs() < 1.8])
    assert for_sure <= marked
    assert not surely_not & marked
    ax = regions.tile_map()
    kinds = [patch.get_gid() for patch in ax.patches if patch.get_gid()[:2] != "tr"]
    assert len(kinds) == 21
    assert sum(kind != "ti" for kind in kinds) == len(marked)
    said = alt(ax._repr_html_())[0]
    assert all(county(code, "en") in said for code in marked)
    assert whole(ax)


def test_the_heat_map_reads_on_every_cell_and_names_its_groups(store):
    ax = store.diagnosis(["F32", "M54"]).adherence(by="county", limit_days=90).heatmap()
    assert ax.get_title() == ""
    written = text_in(ax.get_figure())
    assert "Andel sjukfall längre än 90 dagar" in written
    assert "Västra Götalands län" in written
    assert "SYNTETISKA DATA" in written
    assert whole(ax)
    paints = ax.images[0].to_rgba(ax.images[0].get_array())
    for text in ax.texts:
        x, y = text.get_position()
        if text.get_ha() == "center" and float(x).is_integer():
            paint = to_hex(paints[int(y), int(x)])
            assert palette.contrast(to_hex(text.get_color()), paint) >= 4.5
    assert "lägst" in alt(ax._repr_html_())[0]


def test_own_limits_have_one_name_everywhere(store):
    dep = store["F32"]
    by_hand = dep.fixed_limit("sex", 120).frame["share"].tolist()
    assert dep.adherence("sex", limit_days=120).of("share over")["estimate"].tolist() == by_hand
    assert "120 dagar" in dep.adherence("sex", limit_days=120)._repr_html_()
    ax = dep.curve(limit_days=[60, 120]).plot()
    limits = [line.get_xdata()[0] for line in ax.lines if line.get_gid() == "li"]
    assert limits == pytest.approx([60, 120])
    assert dep.compare("sex", "women", "men", limit_days=120).limits_days == (120,)
    assert dep.regions(limit_days=120).limit_days == 120


@pytest.mark.parametrize(
    ("call", "said"),
    [
        ("store['F32'].adherence(by=['sex', 'agee'])", "Did you mean 'age'?"),
        ("store['F32'].adherence(by=5)", "by=5: 5 is no name. Write 'sex', or several as"),
        ("store['F32'].adherence(by=['sex', 'sex'])", "name each stratum once"),
        ("store['F32'].adherence().of('medain')", "Did you mean 'median'"),
        ("store.diagnosis('F32', year='x')", "year='x' is no year. Write 2017, [2015, 2017]"),
        ("store.diagnosis('F32', year=2017.5)", "year=2017.5 is no year."),
        ("store.diagnosis('F32', year=1999)", "No spells started in 1999."),
        ("store.diagnosis(5)", "5 is no name of a diagnosis."),
        ("store.diagnosis(['F32', 'Q9X'])", "'Q9X' is unknown"),
        ("store['F32'].curve(limit_days='x')", "limit_days='x' is no number of days"),
        (
            "store['F32'].adherence(limit_days=90).of('median')",
            "share over that limit, no 'median'",
        ),
        ("store['F32'].change(2015, None)", "A change needs two periods"),
        ("store.diagnosis([])", "No diagnosis is named."),
        (
            "store.diagnosis(['F32', 'M54']).adherence(limit_days=90).heatmap()",
            "A heat map needs one stratum",
        ),
    ],
)
def test_wrong_names_and_types_say_what_was_expected(store, call, said):
    with pytest.raises(UnknownNameError) as caught:
        eval(call, {"store": store})
    assert said in str(caught.value)
