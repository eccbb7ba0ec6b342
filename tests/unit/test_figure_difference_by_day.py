"""The difference by day: what is drawn, and what caption and alternative text say of it."""

from __future__ import annotations

import re
import warnings

import numpy as np
import pytest

from fmbstats import figures
from fmbstats.figures.difference_by_day import (
    DifferenceLine,
    alt_difference_by_day,
    caption_difference_by_day,
    difference_figure,
)

LIMITS = [figures.LimitLine(60), figures.LimitLine(1000)]


def line(first="Kvinnor", second="Män"):
    day = np.arange(14, 101)
    difference = np.where(day < 50, 0.01, -0.04)
    return DifferenceLine(first, second, day, difference, difference - 0.02, difference + 0.02)


def drawn(which=None, **options):
    figure, ax = figures.new_figure("bounds")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        difference_figure(which or line(), ax, limits=LIMITS, entry_day=14, **options)
        figure.canvas.draw()
    return figure, ax


def by_gid(ax, gid):
    return [artist for artist in ax.get_children() if artist.get_gid() == gid]


def test_difference_band_zero_and_limits_are_drawn_where_the_data_say():
    _, ax = drawn()
    (steps,) = by_gid(ax, "difference")
    assert steps.get_drawstyle() == "steps-post"
    assert steps.get_xdata()[[0, -1]].tolist() == [14, 100]
    assert set(steps.get_ydata()) == {0.01, -0.04}
    (zero,) = by_gid(ax, "no-difference")
    assert set(zero.get_ydata()) == {0}
    (band,) = by_gid(ax, "ci")
    y = band.get_paths()[0].vertices[:, 1]
    assert (y.min(), y.max()) == pytest.approx((-0.06, 0.03))
    assert by_gid(ax, "limit-60")
    assert not by_gid(ax, "limit-1000"), "a limit past the axis"


def test_zero_is_in_the_middle_and_ticks_carry_signs():
    _, ax = drawn()
    low, high = ax.get_ylim()
    assert low == -high
    assert high > 0.06
    ticks = [tick.get_text() for tick in ax.get_yticklabels()]
    assert "0" in ticks
    assert {tick[0] for tick in ticks} == {"+", "−", "0"}


@pytest.mark.parametrize("language", ["sv", "en"])
def test_words_stay_inside_and_in_one_language(language):
    figure, ax = drawn(line("A", "B"), language=language, is_synthetic=True)
    for text in [*ax.texts, ax.xaxis.label, ax.yaxis.label, *ax.get_yticklabels()]:
        place = text.get_window_extent()
        assert place.x0 >= -1, text.get_text()
        assert place.x1 <= figure.bbox.x1 + 1, text.get_text()
        assert place.y1 <= figure.bbox.y1 + 1, text.get_text()
    shown = " ".join([*(t.get_text() for t in ax.texts), ax.get_xlabel(), ax.get_ylabel()])
    assert bool(re.search(r"kvar|dagar", shown)) == (language == "sv")


def test_the_alternative_text_gives_the_difference_at_limits_seen_and_the_largest():
    said = alt_difference_by_day(line(), limits=LIMITS, entry_day=14)
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
    _, ax = drawn(line(hostile))
    shown = [text.get_text() for text in by_gid(ax, "direction")]
    assert any("$\\frac{x}$" in text for text in shown)
    said = alt_difference_by_day(line(hostile)) + caption_difference_by_day(line(hostile))
    assert "\u202e" not in said + "".join(shown)


def test_days_without_a_difference_are_gaps_and_arrays_must_agree():
    day = np.array([14, 15])
    nothing = np.full(2, np.nan)
    empty = DifferenceLine("A", "B", day, nothing, nothing, nothing)
    drawn(empty)
    assert "procentenheter" not in alt_difference_by_day(empty)
    assert np.isnan(empty.at(99)[0])
    with pytest.raises(ValueError, match="not of one length"):
        DifferenceLine("A", "B", day, nothing[:1], nothing, nothing)
