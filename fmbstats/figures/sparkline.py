"""A tiny survival curve for one row of the index, as hand-written SVG."""

from __future__ import annotations

import html
from collections.abc import Sequence

from fmbstats import words
from fmbstats.figures import palette
from fmbstats.figures.display import CurveLine

_MARGIN = 2.0


def sparkline_svg(
    line: CurveLine,
    *,
    limits_days: Sequence[int] = (),
    until_day: int = 365,
    width: int = 120,
    height: int = 28,
    language: str = "",
) -> str:
    """Write the curve as an SVG of a few hundred bytes; equal curves give equal strings.

    `limits_days`: recommended limits, thin vertical lines; those past `until_day` are left out.
    `until_day`: right end of the axis, the same for all rows of a table. `width`, `height`: size in
    CSS pixels. `language`: of the title, which stands for the picture where it cannot be seen.

    Returns one ``<svg>`` element, role 'img', with a title.
    """
    title = html.escape(alt_sparkline(line, limits_days=limits_days, language=language))
    scale = (width - 2 * _MARGIN) / until_day
    marks = "".join(
        f'<path d="M{_px(_MARGIN + day * scale)} 0V{height}" '
        f'stroke="{palette.RECOMMENDATION}" stroke-width="1.2"/>'
        for day in sorted(set(limits_days))
        if 0 <= day <= until_day
    )
    return (
        f'<svg class="sparkline" role="img" width="{width}" height="{height}" '
        f'viewBox="0 0 {width} {height}" xmlns="http://www.w3.org/2000/svg">'
        f"<title>{title}</title>{marks}"
        f'<path d="{_steps(line, scale, until_day, height)}" fill="none" '
        f'stroke="{palette.ACTUAL}" stroke-width="1.6"/></svg>'
    )


def _px(x: float) -> str:
    return f"{x:.1f}".removesuffix(".0")


def _steps(line: CurveLine, scale: float, until_day: int, height: int) -> str:
    """Path of the curve, one step per pixel at most."""
    inner = height - 2 * _MARGIN
    path, last_x, last_y = f"M{_px(_MARGIN)} {_px(_MARGIN)}", _MARGIN, _px(_MARGIN)
    for day, share in zip(line.curve.day, line.curve.survival, strict=True):
        x = _MARGIN + float(day) * scale
        y = _px(_MARGIN + (1 - float(share)) * inner)
        if day <= until_day and x - last_x >= 1 and y != last_y:
            path += f"H{_px(x)}V{y}"
            last_x, last_y = x, y
    end = float(min(max(line.curve.day, default=0), until_day))
    return path + f"H{_px(_MARGIN + end * scale)}"


def alt_sparkline(line: CurveLine, *, limits_days: Sequence[int] = (), language: str = "") -> str:
    """Say what the small curve shows: the share left at the longest limit, or on day 90."""
    known = [day for day in limits_days if line.at(day) == line.at(day)]
    day = max(known, default=90)
    share = words.percent(line.at(day), 0, language)
    return words.phrase("alt.sparkline", language, share=share, day=day)
