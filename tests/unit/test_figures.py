"""Figures on Axes: marks where the data say, words beside them, no global state."""

from __future__ import annotations

import io
import re
import warnings
import xml.etree.ElementTree as ET
from dataclasses import replace
from functools import cache

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import to_hex
from matplotlib.figure import Figure
from matplotlib.text import Text

from fmbstats import figures
from fmbstats.figures import palette, style
from fmbstats.figures.axes import looks
from fmbstats.figures.charts.counties import TILES, Funnel, FunnelPoint, Tile, TileMap
from fmbstats.figures.charts.dots import Dot, Dots
from fmbstats.figures.charts.frame import Limit
from fmbstats.figures.charts.stacks import Piece, Stack, Stacks
from fmbstats.figures.svg import NOTHING, Say
from fmbstats.stats.survival import fit_curve

HOSTILE = "<b>$\\frac{x}$ \u202eabc שלום 漢"
LIMITS = [Limit(28, "28 dagar"), Limit(90, "90 dagar, till 29 januari 2017", is_dashed=True)]


def _curve(label="Alla", role="actual"):
    """Share left after days 20, 30, 60, 90 and 200: 90, 70, 40, 20 and 5 per cent of 100."""
    days, n = [20, 30, 60, 90, 200, 200], [10, 20, 30, 20, 15, 5]
    return figures.CurveLine(label, fit_curve(days, [1, 1, 1, 1, 1, 0], n=n), role)


def _difference(first="Kvinnor"):
    day = np.arange(14, 101)
    value = np.where(day < 50, 0.01, -0.04)
    return figures.DifferenceLine(first, "Män", day, value, value - 0.02, value + 0.02)


def _slopes(label="A"):
    ends = {"first": 0.2, "first_lo": 0.18, "first_hi": 0.22}
    ends |= {"second": 0.3, "second_lo": 0.28, "second_hi": 0.32}
    same = ends | {"second": 0.2, "second_lo": 0.18, "second_hi": 0.22}
    return pd.DataFrame([{"label": label} | ends, {"label": "B"} | same])


#: Every figure of the workbench, by the name that it is drawn with; `group`: name of one in it.
DRAWINGS = {
    "curve": lambda group="Alla", **kw: figures.survival_curve(
        _curve(group), limits=LIMITS, entry_day=14, **kw
    ),
    "curves": lambda group="Kvinnor", **kw: figures.survival_curve(
        [_curve(group, "women"), _curve("Män", "men")], limits=LIMITS, entry_day=14, **kw
    ),
    "difference": lambda group="Kvinnor", **kw: figures.difference_figure(
        _difference(group), limits=LIMITS, entry_day=14, until_day=200, **kw
    ),
    "slope": lambda group="A", **kw: figures.slope_chart(
        _slopes(group), periods=("2015", "2016"), title="F32", **kw
    ),
    "heat map": lambda group="A", **kw: figures.heat_map(
        pd.DataFrame([[0.1, np.nan], [0.9, 0.4]], [group, "B"], ["Kvinnor", "Män"]), title="F", **kw
    ),
    "multiples": lambda group="A", **kw: figures.small_multiples(
        [figures.Panel(group, _curve(), LIMITS, [_curve("B")], 14, 200, kw.get("language", "")),
         figures.Panel("B", None, language=kw.get("language", ""))],
        **kw,
    ).axes[0],
    "funnel": lambda group="A", **kw: figures.on_axes(
        Funnel([FunnelPoint(group, 900, 0.45, Say("45"))], 0.3, Say("riket"), "antal", "95", "99,8",
               kw.get("language", "")), title="Län", alt="Län", **kw
    ),
    "tiles": lambda group="A", **kw: figures.on_axes(
        TileMap([Tile(code, group, Say("30"), 0.3, 100 * k + 1)
                 for k, code in enumerate(TILES)], 0.25,
                "längre", "kortare", ["än riket"]), title="Län", alt="Län", width=372, **kw
    ),
    "dots": lambda group="A", **kw: figures.on_axes(
        Dots([Dot(group, Say("7"), 0.3, 0.2, 0.4, Say("30"), Say("20–40")),
              Dot("B", NOTHING, None, None, None, Say("för få"))], None, "", "intervall",
             kw.get("language", "")), title="Grupper", alt="Grupper", **kw
    ),
    "stacks": lambda group="A", **kw: figures.on_axes(
        Stacks([Stack(group, [Piece(0.4, Say("40"), "s1"), Piece(0.6, Say("60"), "s3")])],
               ["ett", "två"]), title="Slut", alt="Slut", **kw
    ),
}  # fmt: skip


@cache
def _drawn(name, **options):
    return _drawn_anew(name, **options)


def _drawn_anew(name, **options):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        return DRAWINGS[name](**options)


def _rendered(ax):
    """Lay all text out, which costs more than all else; warnings are errors."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        ax.figure.canvas.draw()
    return ax


def _texts(ax):
    return [t for t in ax.figure.findobj(Text) if t.get_text() and t.get_visible()]


def _written(ax):
    return [t.get_text() for t in _texts(ax)]


def _by_gid(ax, gid):
    return [a for a in ax.get_children() if gid in str(a.get_gid() or "").split()]


# -- what holds for every figure ---------------------------------------------------------------


@pytest.mark.parametrize("name", DRAWINGS)
@pytest.mark.parametrize("language", ["sv", "en"])
def test_synthetic_data_are_marked_in_every_figure(name, language):
    mark = {"sv": "SYNTETISKA DATA", "en": "SYNTHETIC DATA"}[language]
    assert _written(_drawn(name, is_synthetic=True, language=language)).count(mark) == 1
    assert mark not in _written(_drawn(name, is_synthetic=False, language=language))


@pytest.mark.parametrize("name", ["curve", "difference", "slope", "multiples"])
def test_an_english_figure_has_no_swedish_word_of_its_own(name):
    shown = " ".join(_written(_drawn(name, language="en", is_synthetic=True, group="X")))
    own = shown.replace("90 dagar, till 29 januari 2017", "").replace("28 dagar", "")
    assert not re.search(r"sjuk|dag|gräns|andel|kvar|riket|\d\s%", own, re.IGNORECASE)


@pytest.mark.parametrize("name", DRAWINGS)
def test_every_figure_says_what_it_shows(name):
    assert _drawn(name).figure.get_label()


def test_a_figure_shown_carries_its_words():
    ax = _drawn("curve")
    assert f'alt="{ax.figure.get_label()[:5]}' in ax._repr_html_()


@pytest.mark.parametrize("name", DRAWINGS)
def test_all_text_lies_inside_the_figure(name):
    ax = _rendered(_drawn(name, is_synthetic=True))
    frame = ax.figure.bbox.padded(1)
    for text in _texts(ax):
        box = text.get_window_extent()
        assert frame.x0 <= box.x0, text.get_text()
        assert box.x1 <= frame.x1, text.get_text()
        assert frame.y0 <= box.y0, text.get_text()
        assert box.y1 <= frame.y1, text.get_text()


@pytest.mark.parametrize("name", ["curves", "heat map", "multiples"])
def test_global_settings_are_neither_changed_nor_needed(name):
    mpl.use("agg")
    before = mpl.rcParams.copy()
    plain = {text.get_text(): text.get_color() for text in _texts(_drawn_anew(name))}
    assert mpl.rcParams == before
    with mpl.rc_context({"axes.facecolor": "black", "text.color": "yellow", "font.size": 30}):
        ax = _drawn_anew(name)
        assert {text.get_text(): text.get_color() for text in _texts(ax)} == plain
        assert to_hex(ax.figure.get_facecolor()) == "#ffffff"


@pytest.mark.parametrize("name", sorted(DRAWINGS.keys() - {"tiles"}))
def test_figures_have_few_artists(name):
    assert len(_drawn(name, is_synthetic=True).get_children()) < 60


@pytest.mark.parametrize("name", ["curves", "funnel"])
def test_equal_figures_are_equal_files(name):
    def svg():
        buffer = io.StringIO()
        with mpl.rc_context({"svg.hashsalt": "fmbstats"}):
            _drawn_anew(name).figure.savefig(buffer, format="svg", metadata={"Date": None})
        return buffer.getvalue()

    assert svg() == svg()


@pytest.mark.parametrize("name", DRAWINGS)
def test_hostile_names_are_drawn_as_text(name):
    ax = _rendered(_drawn_anew(name, group=HOSTILE))
    shown = " ".join(_written(ax))
    assert "<b>$\\fr" in shown or name in ("curve", "difference", "tiles")
    assert "漢" not in shown
    assert "\u202e" not in shown + ax.figure.get_label()


def test_colours_and_widths_are_those_of_the_style_sheet():
    assert looks("real")["cu"]["stroke"] == style.colours()["--r5"]
    assert looks("syn")["cu"] == {
        "fill": "none", "stroke": style.colours()["--syn"], "stroke-width": "2",
        "stroke-linejoin": "round",
    }  # fmt: skip
    (line,) = _by_gid(_drawn("curve"), "cu")
    assert line.get_color() == style.colours()["--r5"]
    assert line.get_linewidth() == 1.5
    assert to_hex(_drawn("curve", is_synthetic=True).figure.get_facecolor()) == "#faf6ec"


def test_axes_of_ones_own_are_drawn_on_and_keep_their_place():
    ax = Figure().add_axes((0.2, 0.3, 0.5, 0.4))
    assert figures.survival_curve(_curve(), ax, until_day=365) is ax
    assert ax.get_position().bounds == pytest.approx((0.2, 0.3, 0.5, 0.4))
    assert ax.get_xlim() == (0, 365)


def test_figures_beside_each_other_keep_their_titles_apart():
    axes = Figure(figsize=(12, 5)).subplots(1, 2)
    for ax in axes:
        figures.survival_curve(_curve(), ax, limits=LIMITS, until_day=365, is_synthetic=True)
    axes[0].figure.canvas.draw()
    boxes = [
        [text.get_window_extent() for text in ax.texts if text.get_text() in said]
        for ax in axes
        for said in (("Andel kvar i sjukskrivning", "SYNTETISKA DATA", "28 dagar"),)
    ]
    assert [len(found) for found in boxes] == [3, 3]
    every = [box for found in boxes for box in found]
    for k, one in enumerate(every):
        assert not any(one.overlaps(other) for other in every[k + 1 :])


# -- the curve ---------------------------------------------------------------------------------


def test_the_curve_steps_down_from_the_entry_day():
    ax = _drawn("curve")
    (line,) = _by_gid(ax, "cu")
    steps = [(14, 100), (20, 100), (20, 90), (30, 90), (30, 70), (60, 70), (60, 40), (90, 40),
             (90, 20), (200, 20), (200, 5)]  # fmt: skip
    np.testing.assert_allclose(line.get_xydata(), steps)
    assert ax.get_xlim() == (0, 200)
    assert ax.get_ylim() == (0, 100)
    assert [t.get_text() for t in ax.get_xticklabels()] == ["0", "90", "180"]
    assert len(_by_gid(ax, "pre")) == 1


def test_the_share_at_each_limit_is_marked_and_told():
    ax = _drawn("curve")
    assert [line.get_xdata()[0] for line in _by_gid(ax, "li")] == pytest.approx([28])
    assert [line.get_xdata()[0] for line in _by_gid(ax, "ld")] == pytest.approx([90])
    marks = np.concatenate([dot.get_xydata() for dot in _by_gid(ax, "do")])
    np.testing.assert_allclose(marks, [[28, 90], [90, 20]])
    assert {"90\xa0%", "20\xa0%"} <= set(_written(ax))


def test_numbers_at_risk_stand_below():
    ax = _drawn("curve")
    foot = ax.get_ylim()[0]
    below = [t.get_text() for t in ax.texts if t.get_position()[1] < foot]
    assert below[1:5] == ["Kvar i sjukskrivning", "100", "20", "20"]


def test_women_and_men_have_their_colours_and_names():
    ax = _drawn("curves")
    curves = [line for line in _by_gid(ax, "cu") if len(line.get_xdata()) > 2]
    assert [line.get_color() for line in curves] == [palette.WOMEN, palette.MEN]
    assert [to_hex(band.get_facecolor()) for band in _by_gid(ax, "ci")] == [
        palette.WOMEN, palette.MEN
    ]  # fmt: skip
    assert _written(ax).count("Kvinnor") == 2


def test_limits_past_the_axis_are_left_out_of_the_figure_but_not_of_the_words():
    limits = [Limit(28, "28"), Limit(730, "730"), Limit(7, "7")]
    ax = figures.survival_curve(_curve(), limits=limits, entry_day=14)
    assert max(line.get_xdata()[0] for line in _by_gid(ax, "li")) == pytest.approx(28)
    text = ax.figure.get_label()
    assert text.endswith("Rekommenderade 7\xa0dagar och 730\xa0dagar ligger utanför kurvan.")
    assert "Alla vid de rekommenderade gränserna: 90\xa0% dag 28." in text


def test_a_curve_without_a_step_is_still_a_figure():
    empty = figures.CurveLine("Alla", fit_curve([], []))
    ax = figures.survival_curve(empty)
    assert ax.figure.get_label().startswith("Kurva över andelen")


def test_labels_of_close_limits_do_not_overlap():
    limits = [Limit(d, f"{d} dagar") for d in (21, 28, 30, 35, 42, 180)]
    ax = figures.survival_curve(_curve(), limits=limits, until_day=200)
    ax.figure.canvas.draw()
    boxes = [t.get_window_extent() for t in ax.texts if "dagar" in t.get_text()]
    assert len(boxes) == 6
    for k, one in enumerate(boxes):
        assert not any(one.shrunk(0.9, 0.9).overlaps(other) for other in boxes[k + 1 :])


# -- the other figures -----------------------------------------------------------------------


def test_only_tiles_outside_the_limits_of_chance_are_coloured():
    ax = _drawn("tiles")
    kinds = [patch.get_gid() for patch in ax.patches if "tr" not in patch.get_gid()]
    assert len(kinds) == 21
    assert set(kinds) == {"ti", "up1", "up2"}
    paints = {patch.get_gid(): to_hex(patch.get_facecolor()) for patch in ax.patches}
    assert paints["ti"] == style.colours()["--tile"]


def test_only_units_outside_the_funnel_are_named():
    names = [Say("45"), Say("31")]
    points = [FunnelPoint("A", 900, 0.45, names[0]), FunnelPoint("B", 900, 0.31, names[1])]
    chart = Funnel(points, 0.3, Say("riket"), "antal", "95", "99,8", "sv")
    ax = figures.on_axes(chart)
    assert {"A 45"} == {text for text in _written(ax) if text[0] in "AB"}
    (dot,) = _by_gid(ax, "up")
    np.testing.assert_allclose(dot.get_xydata(), [[900, 45]])
    assert len(_by_gid(figures.on_axes(replace(chart, points=points[1:])), "up")) == 0


def test_a_slope_is_dark_only_where_its_change_is_sure():
    ax = _drawn("slope")
    dark, pale = _by_gid(ax, "slope")
    np.testing.assert_allclose(dark.get_xydata(), [[0, 20], [1, 30]])
    assert (dark.get_color(), pale.get_color()) == tuple(
        style.colours()[name] for name in ("--r5", "--ink2")
    )
    assert len(_by_gid(ax, "iv")) == 4


def test_a_panel_without_a_curve_says_why():
    ax = _drawn("multiples").figure.axes[1]
    assert "för få sjukfall" in _written(ax)
    assert not _by_gid(ax, "cu")


# -- sparkline ---------------------------------------------------------------------------------


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
    svg = figures.sparkline_svg(figures.CurveLine("a", fit_curve(day, np.ones_like(day))))
    assert svg.count("V") <= 300
