"""How figures and tables of a report are shown, the same in every engine.

`apply` sets up any IPython shell: the warmed worker, a stock kernel (as an IPython extension,
``%load_ext fmbstats.pages.style``), or an analyst's own session. Figures are SVG with
text as text, drawn once (IPython's printer lays them out twice); equal figures, equal bytes.
"""

from __future__ import annotations

import io
import os
import sys
from typing import Any

OWN_KEY = "fmbstats"
INLINE = "module://matplotlib_inline.backend_inline"
SEED = 20170101
# By settings of matplotlib, which its stub knows as literals alone.
SVG_SETTINGS: dict[Any, str] = {"svg.hashsalt": "fmbstats", "svg.fonttype": "none"}
_NO_METADATA = {"Date": None, "Creator": None, "Format": None, "Type": None}


def apply(shell: Any) -> None:
    """Give `shell` the figure format and the mark on our own objects.

    `shell`: shell in which a notebook is going to run.
    """
    formatter = shell.display_formatter
    if getattr(formatter, "_fmbstats", False):
        return
    formatter._fmbstats = True
    formatter._draws_svg = False
    if "matplotlib" in sys.modules:
        _draw_figures_as_svg(shell, formatter)
    else:
        # Half a second that few reports need: set up with the first figure, whose own backend is
        # found by this name.
        os.environ.setdefault("MPLBACKEND", INLINE)
    _mark_own_objects(shell, formatter)


def seed() -> None:
    """Start the random numbers at the same place in every report."""
    import random

    import numpy as np

    random.seed(SEED)
    np.random.seed(SEED)


def load_ipython_extension(shell: Any) -> None:
    """Let IPython load this module as an extension."""
    apply(shell)
    seed()


def figure_svg(figure: Any) -> tuple[str, dict[str, str]]:
    """Draw a matplotlib figure once, as SVG with a fixed hash salt.

    `figure`: its label (``figure.set_label``) is taken as the alternative text.

    Returns the SVG element without XML prologue, and its output metadata (``alt``).
    """
    import matplotlib
    from matplotlib.backends.backend_svg import FigureCanvasSVG

    canvas, dpi, buffer = figure.canvas, figure.dpi, io.StringIO()
    # Not rc_context: it copies all settings, twice.
    settings = {name: matplotlib.rcParams[name] for name in SVG_SETTINGS}
    try:
        matplotlib.rcParams.update(SVG_SETTINGS)
        FigureCanvasSVG(figure).print_svg(buffer, metadata=_NO_METADATA)
    finally:
        matplotlib.rcParams.update(settings)
        figure.set_canvas(canvas)
        figure.dpi = dpi  # the printer leaves its own
    text = buffer.getvalue()
    label = str(figure.get_label() or "")
    return text[text.index("<svg") :], {"alt": label} if label else {}


def _draw_figures_as_svg(shell: Any, formatter: Any) -> None:
    formatter._draws_svg = True
    from matplotlib.figure import Figure
    from matplotlib_inline.config import InlineBackend

    InlineBackend.instance(parent=shell).figure_formats = {"svg"}
    shell.enable_matplotlib("inline")
    formatter.formatters["image/png"].pop(Figure, None)
    formatter.formatters["image/svg+xml"].for_type(Figure, figure_svg)


def _mark_own_objects(shell: Any, formatter: Any) -> None:
    """Note in an output's metadata that its HTML was written, and escaped, by this package."""
    plain_format = formatter.format

    def marked_format(obj: Any, include: Any = None, exclude: Any = None) -> tuple[dict, dict]:
        if "matplotlib.figure" in sys.modules and not formatter._draws_svg:
            _draw_figures_as_svg(shell, formatter)
        data, metadata = plain_format(obj, include=include, exclude=exclude)
        if "text/html" in data and type(obj).__module__.partition(".")[0] == "fmbstats":
            metadata = {**metadata, OWN_KEY: {"own": True}}
        return data, metadata

    object.__setattr__(formatter, "format", marked_format)
