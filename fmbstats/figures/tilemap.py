"""The tile map: 21 equal counties where they lie, coloured only outside the limits of chance."""

from __future__ import annotations

from functools import partial

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle

from fmbstats import words
from fmbstats.figures import canvas, palette
from fmbstats.figures.charts.counties import TILES
from fmbstats.figures.display import sentences
from fmbstats.frames import rows_of
from fmbstats.media import in_picture

_GAP = 0.04
#: Paint and ink of a tile by how far outside it is; a sign says so too, for colour alone may not.
_INKS = {
    -2: (palette.BELOW, palette.PAPER, "▼"),
    -1: (palette.BELOW_PALE, palette.INK, "▼"),
    0: (palette.UNSEEN, palette.INK, ""),
    1: (palette.ABOVE_PALE, palette.INK, "▲"),
    2: (palette.ABOVE, palette.PAPER, "▲"),
}


def tile_map(
    frame: pd.DataFrame,
    ax: Axes | None = None,
    *,
    reference_share: float,
    title: str = "",
    language: str = "",
    is_synthetic: bool = False,
) -> Axes:
    """Draw the counties with their shares.

    `frame`: one row per county: code, label (without "län"), share (0-1; NaN where there is none),
    outside (0 within the 95 % limits of chance, 1 or 2 above them or the 99.8 % limits, negative
    below). `ax`: a figure of its own by default. `reference_share`: the nation's share, 0-1.
    """
    alt = partial(_alt, frame, title, reference_share, language, is_synthetic)
    ax = canvas.axes_for(ax, alt, "tiles", width_in=4.4)
    ax.set_axis_off()
    ax.set_xlim(0, 4)
    ax.set_ylim(8, 0)
    for row in rows_of(frame[frame["code"].isin(TILES)]):
        _draw_tile(ax, row, language)
    nation = words.percent(reference_share, 1, language)
    key = [
        words.phrase("map.nation", language, share=nation),
        f"▲ {words.phrase('map.above', language)}",
        f"▼ {words.phrase('map.below', language)}",
        words.phrase("map.rule.1", language),
        words.phrase("map.rule.2", language),
    ]
    for k, line in enumerate(key):
        _write(ax, 0.02, 0.25 + 0.36 * k, line, palette.MUTED)
    canvas.title(ax, title, 6)
    canvas.mark_synthetic(ax, is_synthetic, language)
    return ax


def _draw_tile(ax: Axes, row, language: str) -> None:
    x, y = TILES[row.code]
    paint, ink, sign = _INKS[int(row.outside)]
    side = 1 - 2 * _GAP
    tile = Rectangle((x + _GAP, y + _GAP), side, side, facecolor=paint, edgecolor=palette.RULE,
                     linewidth=0.5, gid=f"tile-{row.code}")  # fmt: skip
    ax.add_patch(tile)
    shown = words.number(100 * row.share, 0, language) if np.isfinite(row.share) else "··"
    _write(ax, x + 0.1, y + 0.38, _short(row.label), ink)
    _write(ax, x + 0.1, y + 0.78, f"{shown} {sign}".strip(), ink, "bold")


def _short(name: str) -> str:
    """Write a county's name as it fits its tile.

    >>> _short("Västra Götaland"), _short("Västernorrland"), _short("Skåne")
    ('V. Götaland', 'Västernorrl.', 'Skåne')
    """
    first, _, rest = in_picture(name, 60).partition(" ")
    shown = f"{first[0]}. {rest}" if rest else first
    return shown if len(shown) < 13 else shown[:11] + "."


def _write(ax: Axes, x: float, y: float, text: str, ink: str, weight: str = "normal") -> None:
    ax.text(x, y, text, color=ink, fontsize=canvas.SMALL_PT, fontweight=weight,
            va="baseline", parse_math=False)  # fmt: skip


def _alt(
    frame: pd.DataFrame, title: str, reference_share: float, language: str, is_synthetic: bool
) -> str:
    """Say in sentences what is drawn: the nation, and every county outside the limits."""
    out = [
        words.phrase("alt.group", language, label=words.visible(row.label),
                     share=words.percent(row.share, 0, language))
        for row in rows_of(frame[frame["outside"] != 0])
    ]  # fmt: skip
    nation = words.percent(reference_share, 1, language)
    parts = [words.phrase("alt.tiles", language, title=title, share=nation)]
    key = "alt.tiles.outside" if out else "alt.tiles.inside"
    parts.append(words.phrase(key, language, groups=words.joined(out, language)))
    return sentences(parts, is_synthetic, language)
