"""Rows against columns, each cell with its number: darker is more."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap, to_hex

from fmbstats import words
from fmbstats.figures import palette
from fmbstats.figures.axes import entitle
from fmbstats.figures.display import sentences, written
from fmbstats.figures.shown import ShownAxes, ShownFigure
from fmbstats.media import in_picture

_CELL_IN, _ROW_IN, _NAME_IN, _TOP_IN = 0.42, 0.3, 1.2, 1.75


def heat_map(
    table: pd.DataFrame,
    ax: Axes | None = None,
    *,
    title: str = "",
    is_share: bool = True,
    language: str = "",
    is_synthetic: bool = False,
) -> Axes:
    """Draw a table as coloured cells.

    `table`: one row per diagnosis, one column per group, both named as they are to be read; NaN
    where there is no number. `ax`: a figure of its own by default. `is_share`: numbers are shares,
    written in per cent.
    """
    values = table.to_numpy(dtype=float) * (100 if is_share else 1)
    if ax is None:
        width = _NAME_IN + max(_CELL_IN * values.shape[1], 3.5) + 0.5
        height = _TOP_IN + _ROW_IN * values.shape[0] + 0.1
        figure = ShownFigure(figsize=(width, height), facecolor=palette.PAPER)
        sides = (_NAME_IN / width, 0.1 / height, 1 - (_NAME_IN + 0.5) / width)
        box = (*sides, _ROW_IN * values.shape[0] / height)
        ax = figure.add_axes(box, axes_class=ShownAxes)
        figure.set_label(_alt(table, title, is_share, language, is_synthetic))
    colours = LinearSegmentedColormap.from_list("shares", [palette.PAPER, palette.ACTUAL])
    image = ax.imshow(np.ma.masked_invalid(values), cmap=colours, aspect="auto")
    paints = image.to_rgba(np.ma.masked_invalid(values))
    ax.set_yticks(range(len(table)), [in_picture(name, 60) for name in table.index], fontsize=8)
    names = [in_picture(name, 24) for name in table.columns]
    ax.set_xticks(range(len(names)), names, rotation=60, ha="left", fontsize=8)
    for label in (*ax.get_xticklabels(), *ax.get_yticklabels()):
        label.set_parse_math(False)
    ax.tick_params(length=0, top=True, bottom=False, labeltop=True, labelbottom=False)
    for side in ax.spines.values():
        side.set_visible(False)
    for row, column in np.ndindex(*values.shape):
        value = values[row, column]
        shown = "··" if np.isnan(value) else words.number(value, 0, language)
        paint = to_hex(tuple(paints[row, column].tolist()))
        ink = max((palette.PAPER, palette.BLACK), key=lambda color: palette.contrast(color, paint))
        ax.text(column, row, shown, ha="center", va="center", fontsize=8, color=ink)
    entitle(ax, title, is_synthetic, language)
    return ax


def _alt(table: pd.DataFrame, title: str, is_share: bool, language: str, is_synthetic: bool) -> str:
    """Say in sentences what is drawn: of each row its highest and its lowest cell."""
    said = []
    names = [words.visible(name) for name in table.columns]
    for label, row in zip(table.index, table.to_numpy(dtype=float), strict=True):
        if np.isnan(row).all():
            continue
        high, low = int(np.nanargmax(row)), int(np.nanargmin(row))
        shown = [written(x, is_share, language) for x in (row[high], row[low])]
        said.append(
            words.phrase("alt.heat_map.row", language, label=words.visible(label),
                         high=names[high], high_share=shown[0], low=names[low],
                         low_share=shown[1])
        )  # fmt: skip
    parts = [words.phrase("alt.heat_map", language, title=title), *said]
    return sentences(parts, is_synthetic, language)
