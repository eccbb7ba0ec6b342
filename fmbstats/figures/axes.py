"""Descriptions of figures drawn on matplotlib Axes, as pages draw them as SVG.

The Axes have the description's own scales, so that an analyst can draw on; colours and widths of
lines are those of the one style sheet. Text sizes and colours are set on each artist: no global
setting can change a figure, and none is changed.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

from matplotlib.axes import Axes
from matplotlib.font_manager import FontProperties
from matplotlib.patches import PathPatch, Polygon
from matplotlib.path import Path as Outline
from matplotlib.patheffects import withStroke

from fmbstats import words
from fmbstats.figures import fonts, palette, style
from fmbstats.figures.charts.frame import FULL
from fmbstats.figures.shown import SCREEN_DPI, ShownAxes, ShownFigure, figure_of
from fmbstats.figures.svg import Chart, Drawing, Say, Scale
from fmbstats.media import in_picture

_PT = 72 / 96  # points in a pixel
_RISE = 4  # pixels from a text's foot to its middle
_PAD = 14  # pixels round a picture
_BESIDE = 58  # pixels that numbers and edges take beside the Axes of most pictures
_MARK = 150  # pixels that the words SYNTETISKA DATA take, with their box
_RULE = re.compile(r"([^{}]+)\{([^{}]*)\}")
_SIDES = {"start": "left", "middle": "center", "end": "right"}


@functools.cache
def looks(tone: str) -> dict[str, dict[str, str]]:
    """Return what the style sheet says of each class of mark or text: property -> value.

    `tone` ({"real", "syn"}): whose colours.
    """
    found: dict[str, dict[str, str]] = {}
    for selectors, said in _RULE.findall(style.picture_style(tone)):
        rules = dict(rule.split(":", 1) for rule in said.split(";") if ":" in rule)
        for selector in selectors.split(","):
            owner, _, name = selector.strip().rpartition(".")
            if name and (tone == "syn" or ".syn" not in owner) and "narrow" not in owner:
                found.setdefault(name, {}).update(rules)
    return found | {
        role: {
            "stroke": palette.role_color(role),
            "fill": palette.role_color(role),
            "fill-opacity": "0.2",
        }
        for role in (*palette.ROLES, *(f"level_{k}" for k in range(len(palette.LEVELS))))
        if role != "actual"
    }


class OnAxes(Drawing):
    """A drawing whose marks are artists of Axes, each with its class as ``gid``."""

    def __init__(self, ax: Axes, width: float, tone: str, inside: float = 0.0) -> None:
        """Draw on `ax`, whose height is `inside` in pixels; 0 for as high as the picture."""
        super().__init__(width, 0)
        self.ax, self.tone, self._inside = ax, tone, inside
        self._scales: tuple[Scale | None, Scale | None] = (None, None)
        #: Of each axis: value, text, and pixels from the axis to the text.
        self._ticks: dict[str, list[tuple[float, str, float]]] = {"x": [], "y": []}

    def scaled(self, x: Scale | None = None, y: Scale | None = None) -> None:
        """Take the scales as those of the Axes."""
        self._scales = (x, y)

    def _at(self, points: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
        x = self._scales[0]
        return [(x.value(a) if x else a, self._level(b)) for a, b in points]

    def _level(self, place: float) -> float:
        """Return the value of a height; what stands above or below the Axes is not stretched."""
        y = self._scales[1]
        if y is None:
            return place
        within = min(max(place, y.stop), y.start)
        stretch = self._inside / (y.start - y.stop) if self._inside else 1.0
        return y.value(within + (place - within) / stretch)

    def _look(self, kind: str) -> dict[str, str]:
        found = {"color": style.colours(self.tone)["--ink"]}
        for name in kind.split():
            found |= looks(self.tone).get(name, {})
        is_as_text = found.get("fill") == "currentColor"
        return found | ({"fill": found["color"]} if is_as_text else {})

    def line(
        self, x1: float, y1: float, x2: float, y2: float, kind: str, *, is_behind: bool = False
    ) -> None:
        """Draw a straight line."""
        self._stroke([(x1, y1), (x2, y2)], kind, zorder=1.0 if is_behind else 2.0)

    def rect(self, x: float, y: float, width: float, height: float, kind: str, r: float = 0):
        """Draw a rectangle; one of no width is left out."""
        if width > 0 and height > 0:
            corners = [(x, y), (x + width, y), (x + width, y + height), (x, y + height)]
            self.path(corners, kind, closed=True)

    def columns(
        self, tops: Sequence[tuple[float, float]], width: float, bottom: float, kind: str
    ) -> None:
        """Draw columns of one width."""
        shapes = [
            Outline(self._at([(x, bottom), (x, y), (x + width, y), (x + width, bottom)]))
            for x, y in tops
        ]
        if shapes:
            self._fill(PathPatch(Outline.make_compound_path(*shapes)), kind)

    def circle(self, x: float, y: float, r: float, kind: str) -> None:
        """Draw a dot, as large as it is on a page however the Axes are scaled."""
        look = self._look(kind)
        self.ax.plot(
            *zip(*self._at([(x, y)]), strict=True), marker="o", markersize=2 * r * _PT,
            color=look.get("fill", "black"), clip_on=False, gid=kind, zorder=2.0,
            markeredgecolor=look.get("stroke", "none"),
            markeredgewidth=float(look.get("stroke-width", 0)) * _PT,
        )  # fmt: skip

    def path(self, points: Sequence[tuple[float, float]], kind: str, closed: bool = False) -> None:
        """Draw a line through points, or the area within them."""
        if len(points) > 1 and closed:
            self._fill(Polygon(self._at(points)), kind)
        elif len(points) > 1:
            self._stroke(points, kind)

    def _stroke(self, points: Sequence[tuple[float, float]], kind: str, zorder: float = 2.0):
        look = self._look(kind)
        width = float(look.get("stroke-width", 1)) * _PT
        dashes = [float(part) * _PT / width for part in look.get("stroke-dasharray", "").split()]
        self.ax.plot(
            *zip(*self._at(points), strict=True), color=look.get("stroke", "black"),
            linewidth=width, linestyle=(0, tuple(dashes)) if dashes else "-",
            solid_capstyle="butt", dash_capstyle="butt", clip_on=False, gid=kind, zorder=zorder,
        )  # fmt: skip

    def _fill(self, patch: Any, kind: str) -> None:
        look = self._look(kind)
        fill, edge = look.get("fill", "black"), look.get("stroke", "none")
        width = float(look.get("stroke-width", 1)) * (edge != "none")
        if fill.startswith("url"):  # a pattern of the page
            edge = looks(self.tone)["fp"]["fill"] if edge == "none" else edge
            patch.set(hatch="////")
            fill = "none"
        patch.set(facecolor=fill, edgecolor=edge, linewidth=width * _PT, clip_on=False, gid=kind,
                  zorder=2.0, alpha=float(look.get("fill-opacity", 1)))  # fmt: skip
        self.ax.add_patch(patch)

    def text(
        self, x: float, y: float, said: Say | str, kind: str = "", end: str = "start", **more: str
    ) -> None:
        """Write a line of text; the number at a tick becomes one of the axis."""
        text = in_picture(Say.of(said).text)
        kinds, ((at, up),) = kind.split(), self._at([(x, y)])
        size = 11.0 if "s" in kinds else self.size
        across, level = self._scales
        if "t" in kinds and level and x < (across.start if across else 0):
            self._ticks["y"].append((level.value(y - _RISE), text, x))
            return
        if "t" in kinds and across:
            self._ticks["x"].append((min(at, across.high), text, y - 2.5 * _RISE))
            return
        look = self._look(kind)
        halo = withStroke(linewidth=2.5, foreground=style.colours(self.tone)["--here"])
        self.ax.text(
            at, up, text, color=look["color"],
            fontproperties=_font(text, 600 if "b" in kinds else 400, size), ha=_SIDES[end],
            va="baseline", parse_math=False, gid=kind, zorder=3.0,
            path_effects=[halo] if "h" in kinds else None,
        )  # fmt: skip

    def open(self, said: Say | str, name: str = "") -> None:
        """Pass over: artists are not read out."""

    def close(self) -> None:
        """Pass over."""

    def finish(self) -> tuple[float, float, float, float]:
        """Set limits and ticks; returns left, top, width and height of the Axes, in pixels."""
        ax, (x, y) = self.ax, self._scales
        ax.set_facecolor("none")
        for side in ax.spines.values():
            side.set_visible(False)
        left, right = (x.start, x.stop) if x else (0.0, self.width)
        top, bottom = (y.stop, y.start) if y else (0.0, self.height)
        self._name_ticks("x", bottom, 1)
        self._name_ticks("y", left, -1)
        ax.set_xlim(*((x.low, x.high) if x else (0, self.width)))
        ax.set_ylim(*((y.low, y.high) if y else (self.height, 0)))
        return left, top, right - left, bottom - top

    def _name_ticks(self, which: Literal["x", "y"], axis: float, sign: int) -> None:
        """Make the numbers at ticks those of an axis, which lies at so many pixels."""
        ticks = self._ticks[which]
        places, labels, at = zip(*ticks, strict=True) if ticks else ((), (), (axis,))
        getattr(self.ax, f"set_{which}ticks")(places, labels)
        self.ax.tick_params(which, length=0, pad=sign * (at[0] - axis) * _PT)
        for label in getattr(self.ax, f"get_{which}ticklabels")():
            label.set_fontproperties(_font(label.get_text(), 400, self.size))
            label.set(color=looks(self.tone)["m"]["color"], parse_math=False)


def _font(text: str, weight: int, size: float) -> FontProperties:
    """Return the pages' font in points; another where it lacks a letter."""
    if not fonts.has_letters(text):
        return FontProperties(family="DejaVu Sans", size=size * _PT,
                              weight="bold" if weight > 400 else "normal")  # fmt: skip
    return FontProperties(fname=str(Path(fonts.__file__).with_name(f"inter-{weight}.ttf")),
                          size=size * _PT)  # fmt: skip


def on_axes(
    chart: Chart,
    ax: Axes | None = None,
    *,
    alt: str = "",
    title: str = "",
    width: float | None = None,
    language: str = "",
    is_synthetic: bool = False,
    tone: str = "",
) -> Axes:
    """Draw a description on Axes; returns them.

    `ax`: a figure of its own by default, whose label is `alt`. `title`: what is seen; above.
    `width`: of the picture, in pixels of a screen; that of a page by default, or of `ax` with what
    stands beside it. `is_synthetic`: its colours are those of invented data, and it says so. `tone`
    ({"real", "syn"}): only the colours.
    """
    tone = tone or ("syn" if is_synthetic else "real")
    figure = None
    if ax is None:
        figure = ShownFigure(facecolor=style.colours(tone)["--here"])
        figure.set_label(alt)
        ax, width = figure.add_axes((0.0, 0.0, 1.0, 1.0), axes_class=ShownAxes), width or FULL
    box = ax.get_window_extent().transformed(figure_of(ax).dpi_scale_trans.inverted())
    width = width or box.width * SCREEN_DPI + _BESIDE
    drawing = OnAxes(ax, width, tone, 0.0 if figure else box.height * SCREEN_DPI)
    chart.onto(drawing)
    left, top, wide, high = drawing.finish()
    if figure is not None:
        head = head_room(title, width, is_synthetic)
        whole = width + 2 * _PAD, drawing.height + head + _PAD
        figure.set_size_inches(whole[0] / SCREEN_DPI, whole[1] / SCREEN_DPI)
        bottom = whole[1] - head - top - high
        ax.set_position((
            (left + _PAD) / whole[0], bottom / whole[1], wide / whole[0], high / whole[1],
        ))  # fmt: skip
        entitle(ax, title, is_synthetic, language)
    else:
        entitle(ax, title, is_synthetic, language, above=top * _PT)
    return ax


def head_room(title: str, width: float, is_synthetic: bool) -> float:
    """Return the pixels above a picture: two lines where title and mark do not fit on one."""
    is_long = fonts.text_width(in_picture(title, 90), 14, 600) > width - _MARK
    return 62.0 if is_long and is_synthetic else 38.0


def entitle(
    ax: Axes, title: str, is_synthetic: bool, language: str, above: float | None = None
) -> None:
    """Write a title in the figure's upper left corner, SYNTETISKA DATA in the right one.

    `above`: with it both stand over the Axes, so many points above them.
    """
    width = figure_of(ax).get_figwidth() * SCREEN_DPI - 2 * _PAD
    low, high = (-8 - (head_room(title, width, is_synthetic) - 38.0) * _PT, -8.0)
    place, va, side = "figure fraction", "top", _PAD * _PT
    if above is not None:
        place, va, side, low, high = "axes fraction", "bottom", 0.0, above + 6, above + 26
    write = functools.partial(
        ax.annotate, xycoords=place, textcoords="offset points", va=va,
        annotation_clip=False, parse_math=False,
    )  # fmt: skip
    shown = in_picture(title, 90)
    write(shown, (0, 1), xytext=(side, low), ha="left", color=palette.INK,
          fontproperties=_font(shown, 600, 14))  # fmt: skip
    if is_synthetic:
        look = {"boxstyle": "round,pad=0.3", "facecolor": palette.SYNTHETIC_PAPER,
                "edgecolor": palette.SYNTHETIC_TEXT, "linewidth": 0.6}  # fmt: skip
        said = words.phrase("figure.synthetic", language)
        write(said, (1, 1), xytext=(-8 if side else 0, high), ha="right", bbox=look,
              color=palette.SYNTHETIC_TEXT, fontproperties=_font(said, 600, 11),
              gid="synthetic")  # fmt: skip
