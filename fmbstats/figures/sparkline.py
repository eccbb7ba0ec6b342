"""A tiny survival curve for one row of the index, as hand-written SVG."""

from __future__ import annotations

import html
from collections.abc import Sequence

from fmbstats import words
from fmbstats.figures import palette
from fmbstats.figures.display import CurveLine

_MARGIN, _WIDTH, _HEIGHT = 2.0, 300, 60  # in CSS pixels


def sparkline_svg(
    line: CurveLine,
    *,
    limits_days: Sequence[int] = (),
    until_day: int = 365,
    language: str = "",
) -> str:
    """Write the curve as an SVG of a few hundred bytes; equal curves give equal strings.

    `limits_days`: recommended limits, thin vertical lines; those past `until_day` are left out.
    `until_day`: right end of the axis, the same for all rows of a table. `language`: of the title,
    which says the share left at the longest limit, or on day 90.
    """
    day = max((day for day in limits_days if line.at(day) == line.at(day)), default=90)
    share = words.percent(line.at(day), 0, language)
    title = html.escape(words.phrase("alt.sparkline", language, share=share, day=day))
    scale = (_WIDTH - 2 * _MARGIN) / until_day
    marks = "".join(
        f'<path d="M{_px(_MARGIN + day * scale)} 0V{_HEIGHT}" '
        f'stroke="{palette.RECOMMENDATION}" stroke-width="1.2"/>'
        for day in sorted(set(limits_days))
        if 0 <= day <= until_day
    )
    return (
        f'<svg class="sparkline" role="img" width="{_WIDTH}" height="{_HEIGHT}" '
        f'viewBox="0 0 {_WIDTH} {_HEIGHT}" xmlns="http://www.w3.org/2000/svg">'
        f"<title>{title}</title>{marks}"
        f'<path d="{_steps(line, scale, until_day)}" fill="none" '
        f'stroke="{palette.ACTUAL}" stroke-width="1.6"/></svg>'
    )


def _px(x: float) -> str:
    return f"{x:.1f}".removesuffix(".0")


def _steps(line: CurveLine, scale: float, until_day: int) -> str:
    """Path of the curve, one step per pixel at most."""
    inner = _HEIGHT - 2 * _MARGIN
    path, last_x, last_y = f"M{_px(_MARGIN)} {_px(_MARGIN)}", _MARGIN, _px(_MARGIN)
    for day, share in zip(line.curve.day, line.curve.survival, strict=True):
        x = _MARGIN + float(day) * scale
        y = _px(_MARGIN + (1 - float(share)) * inner)
        if day <= until_day and x - last_x >= 1 and y != last_y:
            path += f"H{_px(x)}V{y}"
            last_x, last_y = x, y
    end = float(min(max(line.curve.day, default=0), until_day))
    return path + f"H{_px(_MARGIN + end * scale)}"
