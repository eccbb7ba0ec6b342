"""The palette: contrast on paper, and apart for colour-blind readers."""

from __future__ import annotations

import numpy as np
import pytest

from fmbstats.figures import palette
from fmbstats.figures.style import colours

# Machado, Oliveira & Fernandes 2009, severity 1.0; on linear RGB.
BLINDNESS = {
    "none": np.eye(3),
    "protan": [
        [0.152286, 1.052583, -0.204868],
        [0.114503, 0.786281, 0.099216],
        [-0.003882, -0.048116, 1.051998],
    ],
    "deutan": [
        [0.367322, 0.860646, -0.227968],
        [0.280085, 0.672501, 0.047413],
        [-0.011820, 0.042940, 0.968881],
    ],
    "tritan": [
        [1.255528, -0.076749, -0.178779],
        [-0.078411, 0.930809, 0.147602],
        [0.004733, 0.691367, 0.303900],
    ],
}
TOGETHER = [
    (palette.ACTUAL, palette.RECOMMENDATION),
    (palette.WOMEN, palette.MEN),
    (palette.WOMEN, palette.RECOMMENDATION),
    (palette.MEN, palette.RECOMMENDATION),
    (palette.ACTUAL, palette.ROLES["reference"]),
    (colours()["--syn"], palette.ROLES["reference"]),
]


def _lab(color: str, kind: str) -> np.ndarray:
    srgb = np.array([int(color[i : i + 2], 16) / 255 for i in (1, 3, 5)])
    linear = np.where(srgb <= 0.04045, srgb / 12.92, ((srgb + 0.055) / 1.055) ** 2.4)
    seen = np.clip(np.array(BLINDNESS[kind]) @ linear, 0, 1)
    to_xyz = np.array(
        [[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]]
    )
    x, y, z = np.cbrt(to_xyz @ seen / np.array([0.9505, 1.0, 1.089]))
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])


@pytest.mark.parametrize("kind", BLINDNESS)
@pytest.mark.parametrize(("one", "other"), TOGETHER)
def test_colours_that_meet_stay_apart(one, other, kind):
    first, second = (_lab(color, kind) for color in (one, other))
    assert np.linalg.norm(first - second) > 20


def test_marks_stand_out_from_the_paper():
    marks = [*palette.ROLES.values(), *palette.LEVELS, palette.RECOMMENDATION]
    assert {color: palette.contrast(color) for color in marks if palette.contrast(color) < 3} == {}


@pytest.mark.parametrize(
    ("ink", "paper"),
    [
        (palette.INK, palette.PAPER),
        (palette.MUTED, palette.PAPER),
        (palette.MUTED, colours()["--pre"]),
        (palette.INK, colours()["--field"]),
        (palette.RECOMMENDATION, palette.PAPER),
        (palette.WOMEN, palette.PAPER),
        (palette.MEN, palette.PAPER),
        (palette.ACTUAL, palette.PAPER),
        (palette.SYNTHETIC_TEXT, palette.SYNTHETIC_PAPER),
    ],
)
def test_text_can_be_read(ink, paper):
    assert palette.contrast(ink, paper) >= 4.5


def test_ordered_groups_have_ordered_colours():
    luminance = [palette.luminance(palette.role_color(f"level_{k}")) for k in range(6)]
    assert luminance == sorted(luminance, reverse=True)
    assert palette.role_color("level_6") == palette.role_color("level_0")


def test_an_unknown_role_is_an_error():
    with pytest.raises(KeyError):
        palette.role_color("children")
