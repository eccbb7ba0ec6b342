"""One figure of each kind, kept and drawn on again: making axes and ticks is a third of a drawing.

A report draws a figure, writes it, and forgets it. Inside `reused_figures` the figures are the
same ones every time, emptied; their axes and tick marks stay. Whoever keeps a figure (an analyst,
an export) works outside and gets one of their own. A figure drawn on a kept canvas is written in
the same bytes as one of its own.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import chain

from matplotlib.axes import Axes
from matplotlib.figure import Figure

_thread = threading.local()  # two threads never draw on one figure


@contextmanager
def reused_figures() -> Iterator[None]:
    """Let `new_figure` hand out kept figures until the block ends.

    A figure from inside must be written before the block ends: the next block draws on it. The
    second figure of one kind in one block is a new one.

    Examples
    --------
    >>> from fmbstats.figures import new_figure, reused_figures
    >>> with reused_figures():
    ...     first, _ = new_figure("trend")
    >>> with reused_figures():
    ...     first is new_figure("trend")[0], first is new_figure("trend")[0]
    (True, False)
    >>> first is new_figure("trend")[0]
    False
    """
    before = getattr(_thread, "taken", None)
    _thread.taken = set()
    try:
        yield
    finally:
        _thread.taken = before


def kept_figure(kind: str, make: Callable[[], tuple[Figure, Axes]]) -> tuple[Figure, Axes] | None:
    """Return the emptied figure of a kind; None when a figure of one's own is wanted.

    Parameters
    ----------
    kind : str
        A key of `LAYOUTS`.
    make : callable
        Makes the figure the first time.
    """
    taken = getattr(_thread, "taken", None)
    if taken is None or kind in taken:
        return None
    taken.add(kind)
    kept = _thread.__dict__.setdefault("figures", {})
    if kind not in kept:
        kept[kind] = make()
    else:
        _empty(*kept[kind])
    return kept[kind]


def _empty(figure: Figure, ax: Axes) -> None:
    """Take away what was drawn; what every drawing sets anew (limits, ticks) is left."""
    figure.set_label("")
    drawn = chain(
        ax.lines, ax.collections, ax.patches, ax.texts, ax.artists, ax.images, figure.texts
    )
    for artist in list(drawn):
        artist.remove()
    legend = ax.get_legend()
    if legend is not None:
        legend.remove()
    for axis in (ax.xaxis, ax.yaxis):
        axis.label.set_text("")
    for spine in ax.spines.values():
        spine.set_visible(True)
    ax.relim()
    ax.set_autoscale_on(True)
