"""Rows against columns, each cell with its number: darker is more."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from fmbstats import words
from fmbstats.figures import canvas, palette

_CELL_IN, _NAME_IN, _TOP_IN = 0.55, 1.2, 1.1
_COLUMNS = {"county": "county_code", "age": "age_group", "year": "start_year"}


def heat_map(
    table: pd.DataFrame, ax: Any = None, *, by: str, is_share: bool = True, language: str = ""
) -> Any:
    """Draw a table as coloured cells.

    Parameters
    ----------
    table : DataFrame
        One row per diagnosis, one column per group; NaN where there is no number.
    ax : Axes, optional
        A figure of its own by default.
    by : str
        What the columns are.
    is_share : bool
        Numbers are shares, written in per cent.
    language : {"sv", "en"}

    Returns
    -------
    Axes
    """
    from matplotlib.colors import LinearSegmentedColormap
    from matplotlib.figure import Figure

    values = table.to_numpy(dtype=float) * (100 if is_share else 1)
    if ax is None:
        size = (_NAME_IN + _CELL_IN * values.shape[1], _TOP_IN + 0.3 * values.shape[0])
        ax = Figure(figsize=size, layout="constrained").subplots()
    colours = LinearSegmentedColormap.from_list("shares", [palette.PAPER, palette.ACTUAL])
    ax.imshow(np.ma.masked_invalid(values), cmap=colours, aspect="auto")
    ax.set_yticks(range(len(table)), [canvas.plain(name) for name in table.index], fontsize=8)
    names = [words.stratum(_COLUMNS.get(by, by), name, language) for name in table.columns]
    ax.set_xticks(range(len(names)), names, rotation=60, ha="left", fontsize=8)
    ax.tick_params(length=0, top=True, bottom=False, labeltop=True, labelbottom=False)
    for side in ax.spines.values():
        side.set_visible(False)
    middle = np.nanmin(values) + 0.6 * np.ptp(values[~np.isnan(values)])
    for row, column in np.ndindex(*values.shape):
        value = values[row, column]
        shown = "··" if np.isnan(value) else words.number(value, 0, language)
        ink = palette.PAPER if value > middle else palette.INK
        ax.text(column, row, shown, ha="center", va="center", fontsize=8, color=ink)
    return ax
