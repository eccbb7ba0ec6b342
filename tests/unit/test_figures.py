"""Figures by their artists: marks where the data say, words beside them, no global state."""

from __future__ import annotations

import io
import re
import warnings
import xml.etree.ElementTree as ET

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest

from fmbstats import figures
from fmbstats.figures import canvas, palette
from fmbstats.words import Absent

HOSTILE = "<b>$\\frac{x}$ \u202eabc שלום 漢"


FEW = Absent.SMALL_N


def _curve(label="Alla", role="actual", at_risk=(100, FEW)):
    day = np.array([20, 30, 60, 90, 200])
    survival = np.array([0.9, 0.7, 0.4, 0.2, 0.05])
    return figures.CurveLine(
        label, day, survival, survival - 0.02, survival + 0.02, (30, 90), at_risk, role
    )


def _intervals(**columns):
    base = {
        "label": ["Kvinnor", "Män", "Okänt"],
        "exceedance_lo": [0.3, 0.5, np.nan],
        "exceedance_hi": [0.4, 0.5, np.nan],
        "ci_lo": [0.25, 0.45, np.nan],
        "ci_hi": [0.45, 0.55, np.nan],
        "reason": [None, None, Absent.TRUNCATED_R],
    }
    return pd.DataFrame(base | columns)


def _funnel_limits(p=0.5):
    n = np.arange(10.0, 2000.0, 10.0)
    band = [p + z * np.sqrt(p * (1 - p) / n) for z in (-1.96, 1.96, -3.09, 3.09)]
    return figures.FunnelLimits(n, *band)


def _counties():
    return pd.DataFrame(
        {"label": ["A", "B", "C"], "n_spells": [100, 900, 1800], "share": [0.52, 0.62, None]}
    )


def _stack(**shares):
    day = np.arange(15, 101)
    return figures.DayShares(day, {int(k[1:]): np.full(len(day), v) for k, v in shares.items()})


DRAWINGS = {
    "curve": lambda ax, **kw: figures.survival_curve(
        _curve(), ax, limits=[figures.LimitLine(28)], entry_day=14, **kw
    ),
    "strata": lambda ax, **kw: figures.interval_bars(_intervals(), ax, reference_share=0.4, **kw),
    "funnel": lambda ax, **kw: figures.funnel_plot(
        _counties(), ax, reference_share=0.5, limits=_funnel_limits(), **kw
    ),
    "stack": lambda ax, **kw: figures.end_reason_stack(_stack(r1=0.6, r3=0.1), ax, **kw),
}


def _drawn(name, **options):
    figure, ax = figures.new_figure(name, n_rows=4)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        DRAWINGS[name](ax, **options)
        figure.canvas.draw()
    return figure, ax


def _texts(ax):
    return [t.get_text() for t in ax.texts if t.get_text()]


def _by_gid(ax, gid):
    return [artist for artist in ax.get_children() if artist.get_gid() == gid]


# -- what holds for every figure ---------------------------------------------------------------


@pytest.mark.parametrize("name", DRAWINGS)
@pytest.mark.parametrize("language", ["sv", "en"])
def test_synthetic_data_are_marked_in_every_figure(name, language):
    _, ax = _drawn(name, is_synthetic=True, language=language)
    (mark,) = _by_gid(ax, "synthetic")
    assert mark.get_text() == {"sv": "SYNTETISKA DATA", "en": "SYNTHETIC DATA"}[language]
    _, ax = _drawn(name, is_synthetic=False, language=language)
    assert _by_gid(ax, "synthetic") == []


@pytest.mark.parametrize("name", DRAWINGS)
def test_an_english_figure_has_no_swedish_word(name):
    _, ax = _drawn(name, language="en", is_synthetic=True)
    ticks = [t.get_text() for t in [*ax.get_xticklabels(), *ax.get_yticklabels()]]
    shown = " ".join([*_texts(ax), ax.get_xlabel(), ax.get_ylabel(), *ticks])
    assert not re.search(r"sjuk|dag|gräns|andel|kvar|riket|\d\s%", shown, re.IGNORECASE)


@pytest.mark.parametrize("name", DRAWINGS)
def test_every_axis_says_what_it_shows(name):
    _, ax = _drawn(name)
    assert ax.get_xlabel()
    assert ax.get_ylabel() or _by_gid(ax, "row")


@pytest.mark.parametrize("name", DRAWINGS)
def test_all_text_lies_inside_the_figure(name):
    figure, ax = _drawn(name, is_synthetic=True)
    box = figure.bbox
    for text in [*ax.texts, ax.xaxis.label, ax.yaxis.label, *ax.get_yticklabels()]:
        if not text.get_text():
            continue
        place = text.get_window_extent()
        assert place.x0 >= -1, text.get_text()
        assert place.x1 <= box.x1 + 1, text.get_text()
        assert place.y0 >= -1, text.get_text()
        assert place.y1 <= box.y1 + 1, text.get_text()


@pytest.mark.parametrize("name", DRAWINGS)
def test_global_settings_are_neither_changed_nor_needed(name):
    mpl.use("agg")
    before = mpl.rcParams.copy()
    _drawn(name)
    assert mpl.rcParams == before
    with mpl.rc_context({"axes.facecolor": "black", "text.color": "yellow", "font.size": 30}):
        _, ax = _drawn(name, is_synthetic=True)
        colors = {t.get_color() for t in ax.texts} | {ax.xaxis.label.get_color()}
        assert "yellow" not in colors
        assert ax.get_facecolor() == (1.0, 1.0, 1.0, 1.0)


@pytest.mark.parametrize("name", DRAWINGS)
def test_figures_have_few_artists(name):
    _, ax = _drawn(name, is_synthetic=True)
    assert len(ax.get_children()) < 60


@pytest.mark.parametrize("name", DRAWINGS)
def test_equal_figures_are_equal_files(name):
    def svg():
        figure, _ = _drawn(name)
        buffer = io.StringIO()
        with mpl.rc_context({"svg.hashsalt": "fmbstats"}):
            figure.savefig(buffer, format="svg", metadata={"Date": None})
        return buffer.getvalue()

    assert svg() == svg()


# -- the curve ---------------------------------------------------------------------------------


def test_the_curve_steps_down_from_the_entry_day():
    _, ax = _drawn("curve")
    (line,) = _by_gid(ax, "curve")
    assert line.get_drawstyle() == "steps-post"
    assert line.get_xdata().tolist() == [14, 20, 30, 60, 90, 200]
    assert line.get_ydata().tolist() == [1.0, 0.9, 0.7, 0.4, 0.2, 0.05]
    assert line.get_color() == palette.ACTUAL
    assert len(_by_gid(ax, "unseen")) == 1


def test_the_share_at_the_limit_is_marked_with_its_interval():
    _, ax = _drawn("curve")
    (line,) = _by_gid(ax, "limit-28")
    assert line.get_color() == palette.RECOMMENDATION
    (points,) = _by_gid(ax, "at-limits")
    assert points.get_xydata().tolist() == [[28.0, 0.9]]


def test_numbers_at_risk_stand_below_and_absent_ones_say_why():
    _, ax = _drawn("curve")
    below = [t.get_text() for t in _by_gid(ax, "at-risk")]
    assert below == ["Kvar i sjukskrivning", "100", "för få sjukfall"]


def test_women_and_men_have_their_colours_and_a_legend():
    figure, ax = figures.new_figure("curve", n_rows=2)
    lines = [_curve("Kvinnor", "women", (3, 2)), _curve("Män", "men", (5, 1))]
    figures.survival_curve(lines, ax)
    assert [x.get_color() for x in _by_gid(ax, "curve")] == [palette.WOMEN, palette.MEN]
    assert [t.get_text() for t in ax.get_legend().get_texts()] == ["Kvinnor", "Män"]
    assert figure.axes == [ax]


def test_limits_past_the_axis_are_left_out_of_the_figure_but_not_of_the_words():
    limits = [figures.LimitLine(28), figures.LimitLine(730), figures.LimitLine(7)]
    _, ax = figures.new_figure("curve")
    figures.survival_curve(_curve(), ax, limits=limits, entry_day=14)
    assert _by_gid(ax, "limit-730") == []
    text = figures.alt_survival_curve(_curve(), limits=limits, entry_day=14)
    assert text.endswith("Rekommenderade 730\xa0dagar och 7\xa0dagar ligger utanför kurvan.")
    assert "Alla vid de rekommenderade gränserna: 90\xa0% dag 28." in text


def test_a_curve_without_a_step_is_still_a_figure():
    empty = figures.CurveLine("Alla", *(np.array([]),) * 4)
    _, ax = figures.new_figure("curve")
    figures.survival_curve(empty, ax)
    assert figures.alt_survival_curve(empty).startswith("Kurva över andelen")


def test_arrays_of_different_lengths_are_refused():
    with pytest.raises(ValueError, match="curve 'x': the arrays are not of one length"):
        figures.CurveLine("x", np.arange(3), np.ones(2), np.ones(3), np.ones(3))


@pytest.mark.parametrize(
    ("day", "share"), [(14, 1.0), (19, 1.0), (20, 0.9), (29, 0.9), (200, 0.05), (201, np.nan)]
)
def test_share_on_a_day(day, share):
    assert _curve().at(day) == pytest.approx(share, nan_ok=True)


def test_labels_of_close_limits_do_not_overlap():
    figure, ax = figures.new_figure("curve")
    limits = [figures.LimitLine(d) for d in (21, 28, 30, 35, 42, 180)]
    figures.survival_curve(_curve(), ax, limits=limits, until_day=200)
    figure.canvas.draw()
    boxes = [t.get_window_extent() for t in ax.texts if "dagar" in t.get_text()]
    assert len(boxes) == 6
    for k, one in enumerate(boxes):
        assert not any(one.shrunk(0.9, 0.9).overlaps(other) for other in boxes[k + 1 :])


# -- intervals -------------------------------------------------------------------------------


def test_an_interval_is_a_bar_and_one_value_a_point():
    _, ax = _drawn("strata")
    (bars,) = _by_gid(ax, "bars")
    assert [s.tolist() for s in bars.get_segments()] == [[[0.3, 0.0], [0.4, 0.0]]]
    (points,) = _by_gid(ax, "points")
    assert points.get_offsets().tolist() == [[0.5, 1.0]]
    assert [t.get_text() for t in _by_gid(ax, "share")] == ["30–40\xa0%", "50\xa0%"]


def test_a_row_without_a_number_shows_its_reason():
    _, ax = _drawn("strata")
    assert [t.get_text() for t in _by_gid(ax, "reason")] == [
        "gränsen ligger före registrets första dag"
    ]
    _, ax = figures.new_figure("strata", 3)
    figures.interval_bars(_intervals(reason=[None, "no_spells", FEW]), ax)
    assert [t.get_text() for t in _by_gid(ax, "reason")] == ["inga sjukfall", "för få sjukfall"]


def test_the_words_about_intervals_are_those_of_the_figure():
    text = figures.alt_interval_bars(_intervals(), reference_share=0.4)
    assert text == (
        "Stapeldiagram över andelen sjukfall längre än rekommenderat i 3 grupper. Andelarna är "
        "Kvinnor 30–40\xa0% och Män 50\xa0%. Riket 40\xa0%. För 1 av dem kan andelen inte anges."
    )


def test_a_frame_that_lacks_columns_is_refused_with_their_names():
    with pytest.raises(ValueError, match="interval frame lacks column\\(s\\) ci_lo, ci_hi"):
        figures.interval_bars(
            _intervals().drop(columns=["ci_lo", "ci_hi"]), figures.new_figure("strata", 3)[1]
        )


def test_a_share_above_one_is_refused():
    with pytest.raises(ValueError, match="a share lies outside 0-1"):
        figures.interval_bars(
            _intervals(ci_hi=[45, 55, np.nan]), figures.new_figure("strata", 3)[1]
        )


def test_a_long_name_stands_whole_on_two_lines():
    name = "Ljumskbråck, femoralbråck och navelbråck (öppen kirurgi)"
    figure, ax = figures.new_figure("strata", 3)
    figures.interval_bars(_intervals(label=[name, "Astma", name]), ax)
    shown = _by_gid(ax, "row")
    lines = shown[0].get_text().split("\n")
    assert len(lines) == 2
    assert " ".join(lines) == name
    figure.canvas.draw()
    boxes = [text.get_window_extent() for text in shown]
    assert min(box.x0 for box in boxes) > 0
    assert boxes[0].y0 > boxes[1].y1 - 2


# -- the other figures -----------------------------------------------------------------------


def test_only_units_outside_the_funnel_are_filled_and_named():
    _, ax = _drawn("funnel")
    (points,) = _by_gid(ax, "points")
    assert points.get_offsets().tolist() == [[100, 0.52], [900, 0.62]]
    assert [t.get_text() for t in _by_gid(ax, "name")] == ["B"]
    words = figures.alt_funnel_plot(_counties(), reference_share=0.5, limits=_funnel_limits())
    assert words == (
        "Trattdiagram över 2 län kring rikets andel 50\xa0%. Utanför 99,8-procentsgränsen ligger B."
    )


def test_no_unit_outside_is_said_too():
    text = figures.alt_funnel_plot(
        _counties()[:1], reference_share=0.5, limits=_funnel_limits(), language="en"
    )
    assert text.endswith("No county lies outside the 99.8 per cent limit.")


def test_a_stack_of_end_reasons_fills_up_to_one():
    _, ax = _drawn("stack")
    area = _by_gid(ax, "end_reason-0")[0].get_paths()[0].vertices
    assert area[:, 1].max() == pytest.approx(1.0)
    assert area[:, 1].min() == pytest.approx(0.7)
    assert [t.get_text() for t in _by_gid(ax, "area")] == [
        "Åter i arbete eller avslutat 60\xa0%",
        "Sjukersättning 10\xa0%",
        "Pågående 30\xa0%",
    ]


def test_long_stacks_are_thinned_but_keep_both_ends():
    day = np.arange(14, 1500)
    thin = figures.DayShares(day, {1: day / 2000}).thinned()
    assert len(thin.day) <= 202
    assert thin.day[[0, -1]].tolist() == [14, 1499]


# -- hostile text, axes, sparkline -------------------------------------------------------------


def test_hostile_names_are_drawn_as_text():
    figure, ax = figures.new_figure("strata", 4)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        figures.interval_bars(_intervals(label=[HOSTILE] * 3), ax)
        figure.canvas.draw()
    shown = _by_gid(ax, "row")[0].get_text()
    assert shown.startswith("<b>$\\frac{x}$ [U+202E]abc")
    assert "漢" not in shown
    ax = figures.survival_curve(
        [_curve(HOSTILE), _curve(HOSTILE)], limits=[figures.LimitLine(40, HOSTILE)]
    )
    ax.figure.canvas.draw()  # names in the legend are no formulas
    assert any("\\frac" in text for text in _texts(ax))


@pytest.mark.parametrize("upper", [0.06, 0.1, 0.35, 0.5, 1.0])
def test_share_ticks_are_round_and_few(upper):
    _, ax = figures.new_figure("bounds")
    canvas.share_axis(ax, "y", "sv", upper)
    ticks = ax.get_yticks()
    assert 3 <= len(ticks) <= 7
    assert ticks[0] == 0


@pytest.mark.parametrize("upper", [3, 17, 90, 240, 1234, 56789])
def test_count_ticks_are_round_and_few(upper):
    _, ax = figures.new_figure("funnel")
    canvas.count_axis(ax, "x", upper, "en")
    assert 2 <= len(ax.get_xticks()) <= 7
    assert re.fullmatch(r"[125]0*", str(int(ax.get_xticks()[1])))


def test_sparkline_is_small_wellformed_and_deterministic():
    line = _curve()
    svg = figures.sparkline_svg(line, limits_days=[28, 28, 900])
    assert svg == figures.sparkline_svg(_curve(), limits_days=[28, 28, 900])
    assert len(svg) < 1500
    root = ET.fromstring(svg)
    title = root.find("{http://www.w3.org/2000/svg}title")
    assert title.text == "Liten kurva: 90\xa0% kvar i sjukskrivning dag 28."
    paths = root.findall("{http://www.w3.org/2000/svg}path")
    assert [p.get("stroke") for p in paths] == [palette.RECOMMENDATION, palette.ACTUAL]


def test_sparkline_of_a_long_curve_has_at_most_a_step_per_pixel():
    day = np.arange(15, 3000)
    share = np.exp(-day / 100)
    svg = figures.sparkline_svg(figures.CurveLine("a", day, share, share, share), width=120)
    assert svg.count("V") <= 120
