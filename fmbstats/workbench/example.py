"""One small example of a method: a sentence, a table, a figure."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from fmbstats import tables
from fmbstats.figures.shown import figure_image
from fmbstats.results.notebook import in_notebook


@dataclass(frozen=True, eq=False)
class Example:
    """What a method gives on the store's own spells.

    Attributes
    ----------
    text : str
        What is to be seen.
    frame : DataFrame
        The numbers, under Swedish heads.
    formats : dict of str to str
        How columns are written; see `tables.Format`.
    draw : callable, optional
        ``draw() -> matplotlib.figure.Figure``.
    """

    text: str
    frame: pd.DataFrame = field(repr=False)
    formats: dict[str, str] = field(default_factory=dict, repr=False)
    draw: Callable[[], Any] | None = field(default=None, repr=False)

    def _repr_html_(self) -> str:
        known = {name: kind for name, kind in self.formats.items() if name in self.frame}
        table = tables.html_table(self.frame, caption="Exempel", formats=known)
        picture = figure_image(self.draw()) if self.draw else ""
        return in_notebook(f"<p>{tables.escaped(self.text)}</p>{table}{picture}")
