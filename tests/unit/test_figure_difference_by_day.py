"""The difference by day: what is drawn, and what caption and alternative text say of it."""

from __future__ import annotations

import re
import warnings

import numpy as np
import pytest

from fmbstats.figures.charts.frame import Limit
from fmbstats.figures.difference_by_day import (
    DifferenceLine,
    caption_difference_by_day,
    difference_figure,
)

LIMITS = [Limit(60, "60\xa0dagar"), Limit(1000, "1 000 dagar")]


def line(first="Kvinnor", second="Män"):
    day = np.arange(14, 101)
    difference = np.where(day < 50, 0.01, -0.04)
    return DifferenceLine(first, second, day, difference, difference - 0.02, difference + 0.02)


def drawn(which=None, **options):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        ax = difference_figure(which or line(), limits=LIMITS, entry_day=14, **options)
        ax.figure.canvas.draw()
    return ax


def by_gid(ax, gid):
    return [artist for artist in ax.get_children() if artist.get_gid() == gid]


def test_difference_band_zero_and_limits_are_drawn_where_the_data_say():
    ax = drawn()
    (curve,) = by_gid(ax, "cu")
    assert curve.get_xdata()[[0, -1]] == pytest.approx([14, 100])
    assert sorted(set(np.round(curve.get_ydata(), 9))) == [-4, 1]
    (zero,) = by_gid(ax, "ce")
    assert zero.get_ydata() == pytest.approx([0, 0])
    (band,) = by_gid(ax, "ci")
    y = band.get_path().vertices[:, 1]
    assert (y.min(), y.max()) == pytest.approx((-6, 3))
    # 1 000 days lie past the axis.
    assert [limit.get_xdata()[0] for limit in by_gid(ax, "li")] == pytest.approx([60])


def test_zero_is_in_the_middle():
    ax = drawn()
    low, high = ax.get_ylim()
    assert low == -high
    assert high > 6
    ticks = [tick.get_text() for tick in ax.get_yticklabels()]
    assert ticks == ["−8", "−6", "−4", "−2", "0", "2", "4", "6", "8"]


@pytest.mark.parametrize("language", ["sv", "en"])
def test_words_stay_inside_and_in_one_language(language):
    ax = drawn(line("A", "B"), language=language, is_synthetic=True)
    shown = " ".join(t.get_text() for t in ax.texts)
    assert bool(re.search(r"kvar|Dagar", shown)) == (language == "sv")


def test_the_alternative_text_gives_the_difference_at_limits_seen_and_the_largest():
    said = drawn(line()).figure.get_label()
    assert "Kvinnor minus Män" in said
    assert "−4,0 procentenheter (−6,0 till −2,0) dag 60" in said
    assert "Störst är den dag 50: −4,0 procentenheter." in said
    assert "1 000" not in said.replace("\N{NO-BREAK SPACE}", " ")


def test_the_caption_names_the_limits_pointwise_and_the_end():
    said = caption_difference_by_day(line(), limits=LIMITS[:1], is_cut=True)
    for wanted in ("punktvist", "en dag i taget", "till dag 100", "färre än 10", "60\xa0dagar"):
        assert wanted in said
    whole = caption_difference_by_day(line(), language="en")
    assert "from day 14 to day 100" in whole
    assert "fewer than" not in whole


def test_hostile_names_are_text():
    hostile = "<b>$\\frac{x}$ \u202eabc"
    ax = drawn(line(hostile))
    shown = [text.get_text() for text in ax.texts if "kvar:" in text.get_text()]
    assert any("$\\frac{x}$" in text for text in shown)
    said = ax.figure.get_label() + caption_difference_by_day(line(hostile))
    assert "\u202e" not in said + "".join(shown)


def test_days_without_a_difference_are_gaps_and_arrays_must_agree():
    day = np.array([14, 15])
    nothing = np.full(2, np.nan)
    empty = DifferenceLine("A", "B", day, nothing, nothing, nothing)
    assert "procentenheter" not in drawn(empty).figure.get_label()
    assert np.isnan(empty.at(99)[0])
    with pytest.raises(ValueError, match="not of one length"):
        DifferenceLine("A", "B", day, nothing[:1], nothing, nothing)
