"""Axes and figures that show themselves: the last line of a notebook cell can be the drawing."""

from __future__ import annotations

import base64
import html
import io
from typing import Any

from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

SCREEN_DPI = 96
# Two dots a CSS pixel stay sharp on every screen; as SVG a pair of long curves is five times the
# size, and an analyst's notebook holds many.
DOTS_PER_PIXEL = 2


class ShownAxes(Axes):
    """Axes whose HTML form is their figure, so that ``result.plot()`` is seen in a notebook.

    The figures of this package are not known to pyplot (nothing global, nothing to close), hence
    no front end would show them by itself. The figure's label is the alternative text.
    """

    def _repr_html_(self) -> str:
        return figure_image(figure_of(self))


class ShownFigure(Figure):
    """A figure that shows itself as its axes do, for where several of them are one picture."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        FigureCanvasAgg(self)

    def _repr_html_(self) -> str:
        return figure_image(self)


def figure_of(ax: Axes) -> Figure:
    """Return the whole figure that axes stand in."""
    found = ax.figure
    return found if isinstance(found, Figure) else found.figure


def figure_image(figure: Figure) -> str:
    """Return the figure as an ``<img>`` with its label as alternative text."""
    canvas, buffer = figure.canvas, io.BytesIO()
    try:
        FigureCanvasAgg(figure)
        figure.savefig(buffer, dpi=SCREEN_DPI * DOTS_PER_PIXEL, format="png")
    finally:
        figure.set_canvas(canvas)
    encoded = base64.b64encode(buffer.getvalue()).decode()
    alt = html.escape(str(figure.get_label() or ""), quote=True)
    width = round(figure.get_figwidth() * SCREEN_DPI)
    return (
        f'<img src="data:image/png;base64,{encoded}" alt="{alt}" width="{width}" '
        'style="max-width: 100%">'
    )
