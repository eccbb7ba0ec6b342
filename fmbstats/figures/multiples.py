"""Small multiples: every curve on Axes of its own, the others behind it in grey."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from fmbstats import words
from fmbstats.figures import canvas, palette
from fmbstats.figures.display import CurveLine, LimitLine, sentences
from fmbstats.figures.shown import ShownAxes, ShownFigure
from fmbstats.words import Absent

_WIDE, _HIGH, _LEFT, _BOTTOM, _TOP, _BETWEEN, _ABOVE = 2.15, 1.35, 0.8, 0.6, 0.35, 0.22, 0.62

_OTHER = "#bcc4cd"


@dataclass(frozen=True, eq=False)
class Panel:
    """One of the small pictures: its name, its curve (None: too few spells), its own limits."""

    name: str
    line: CurveLine | None
    limits: Sequence[LimitLine] = ()


def small_multiples(
    panels: Sequence[Panel],
    *,
    n_columns: int = 3,
    entry_day: int = 0,
    until_day: int = 730,
    language: str = "",
    is_synthetic: bool = False,
) -> Figure:
    """Draw curves beside each other on equal axes; returns the figure, whose axes are the panels.

    `entry_day`: the curves start here at 100 %. `until_day`: last day of the axes.
    """
    n_columns = max(1, min(n_columns, len(panels)))
    n_rows = -(-len(panels) // n_columns)
    width = _LEFT + n_columns * (_WIDE + _BETWEEN)
    height = _TOP + n_rows * (_HIGH + _ABOVE) + _BOTTOM
    figure = ShownFigure(figsize=(width, height), facecolor=palette.PAPER)
    for k, panel in enumerate(panels):
        row, column = divmod(k, n_columns)
        left = _LEFT + column * (_WIDE + _BETWEEN)
        bottom = height - _TOP - (row + 1) * (_HIGH + _ABOVE)
        box = (left / width, bottom / height, _WIDE / width, _HIGH / height)
        ax = figure.add_axes(box, axes_class=ShownAxes)
        is_last = k + n_columns >= len(panels)
        _draw(ax, panel, panels, (entry_day, until_day), (column == 0, is_last), language)
    canvas.mark_synthetic(figure.axes[0], is_synthetic, language)
    figure.text(
        0.5, 0.1 / height, words.phrase("axis.days_since_start", language), ha="center",
        va="bottom", fontsize=canvas.TEXT_PT, color=palette.INK, parse_math=False,
    )  # fmt: skip
    figure.set_label(_alt(panels, language, is_synthetic))
    return figure


def _draw(
    ax: Axes,
    panel: Panel,
    panels: Sequence[Panel],
    days: tuple[int, int],
    is_labelled: tuple[bool, bool],
    language: str,
) -> None:
    """Draw one panel; ticks are named at the left and below only."""
    canvas.style_axes(ax)
    ax.set_ylim(0, 1)
    ax.set_xlim(0, days[1])
    ticks = [0.0, 0.5, 1.0]
    canvas.set_ticks(
        ax, "y", ticks, [words.percent(t, 0, language) if is_labelled[0] else "" for t in ticks]
    )
    at = [day for day in (0, 180, 365, 540, 730) if day <= days[1]]
    canvas.set_ticks(ax, "x", at, [str(day) if is_labelled[1] else "" for day in at])
    for other in panels:
        if other is not panel and other.line is not None:
            _steps(ax, other.line, days[0], _OTHER, 1.0, "other")
    seen = [limit for limit in panel.limits if 0 < limit.days <= days[1]]
    for limit in seen:
        ax.axvline(limit.days, color=palette.RECOMMENDATION, linewidth=1.0,
                   linestyle=(0, (1, 2)) if limit.is_past else (0, (5, 2)),
                   gid=f"limit-{limit.days}")  # fmt: skip
    if panel.line is None:
        canvas.write(ax, Absent.SMALL_N.text(language), (days[1] / 2, 0.5), at="data",
                     color=palette.MUTED, ha="center", va="center")  # fmt: skip
    else:
        _steps(ax, panel.line, days[0], palette.role_color("actual"), 1.8, "curve")
    canvas.title(ax, panel.name, 17 if seen else 4, size=canvas.TEXT_PT)
    if seen:
        said = ", ".join(dict.fromkeys(str(limit.days) for limit in seen))
        text = words.phrase("multiples.limits", language, days=said)
        canvas.title(ax, text, 4, size=canvas.SMALL_PT, color=palette.RECOMMENDATION)


def _steps(ax: Axes, line: CurveLine, entry: int, color: str, width: float, gid: str) -> None:
    ax.plot(*line.stairs(entry), drawstyle="steps-post", color=color, linewidth=width, gid=gid)


def _alt(panels: Sequence[Panel], language: str, is_synthetic: bool) -> str:
    """Say of every panel how many are left on two days."""
    said = []
    for panel in panels:
        if panel.line is None:
            said.append(f"{words.visible(panel.name)} {Absent.SMALL_N.text(language)}")
            continue
        shares = [words.percent(panel.line.at(day), 0, language) for day in (90, 180)]
        said.append(
            words.phrase("alt.multiples.panel", language, label=words.visible(panel.name),
                         first=shares[0], second=shares[1])
        )  # fmt: skip
    text = words.phrase("alt.multiples", language, panels=words.joined(said, language))
    return sentences([text], is_synthetic, language)
