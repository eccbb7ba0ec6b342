"""Colours of what pages have none for: groups of people, ordered groups, the synthetic mark.

All others are those of the one style sheet. Every mark has a contrast of at least 3:1 and every
text colour at least 4.5:1 against white, and the colours that meet in one figure stay apart for
the common forms of colour blindness (both are tested).
"""

from __future__ import annotations

from types import MappingProxyType

from fmbstats.figures.style import colours

PAPER = "#ffffff"
BLACK = "#000000"  # on a paint of middle darkness, where neither ink nor paper is read
INK, MUTED = colours()["--ink"], colours()["--ink2"]
ACTUAL, RECOMMENDATION = colours()["--r5"], colours()["--limit"]
WOMEN = "#7a2ea0"
MEN = "#0d7d74"

SYNTHETIC_TEXT = "#7a3b00"
SYNTHETIC_PAPER = "#fff1cf"

# An ordered row of colours for groups without one of their own, such as ages: light to dark.
LEVELS = ("#6896c4", "#4480bb", "#2a69a3", "#1d5285", "#143c66", "#0c2745")

# Roles are what result objects may name; figures never take a bare colour. What others are held
# against stays apart from both tones' own colour of a curve.
ROLES = MappingProxyType({"actual": ACTUAL, "women": WOMEN, "men": MEN, "reference": LEVELS[1]})


def role_color(role: str) -> str:
    """Return the colour of a role, or of 'level_<k>' for the k-th of ordered groups.

    Raises KeyError: when the role is unknown.

    >>> role_color("women")
    '#7a2ea0'
    """
    if role.startswith("level_"):
        return LEVELS[int(role.removeprefix("level_")) % len(LEVELS)]
    return ROLES[role]


def luminance(color: str) -> float:
    """Return the relative luminance of '#rrggbb', 0-1 (WCAG 2.1)."""
    channels = (int(color[i : i + 2], 16) / 255 for i in (1, 3, 5))
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str = PAPER) -> float:
    """Return the contrast ratio of two colours, 1-21 (WCAG 2.1).

    >>> round(contrast("#000000", "#ffffff"))
    21
    """
    bright, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (bright + 0.05) / (dark + 0.05)
