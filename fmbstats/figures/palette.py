"""The one palette: a colour means the same in every figure, page and workbook.

Every mark has a contrast of at least 3:1 and every text colour at least 4.5:1 against white, and
the colours that meet in one figure stay apart for the common forms of colour blindness (both
are tested). The stylesheet takes its colours from here.
"""

from __future__ import annotations

from types import MappingProxyType

PAPER = "#ffffff"
INK = "#1c2733"
BLACK = "#000000"  # on a paint of middle darkness, where neither ink nor paper is read
MUTED = "#4d5967"
GRID = "#e3e7ec"
RULE = "#8a94a0"

ACTUAL = "#1d5f9e"
RECOMMENDATION = "#c8470b"
CENSORED = "#737d89"
WOMEN = "#7a2ea0"
MEN = "#0d7d74"
REFERENCE = "#1c2733"
UNSEEN = "#eef1f4"

# Longer and shorter than the country, outside the limits of chance; paler within the outer ones.
ABOVE, ABOVE_PALE = "#8c510a", "#ecd2a4"
BELOW, BELOW_PALE = "#01665e", "#a8dcd4"

SYNTHETIC_TEXT = "#7a3b00"
SYNTHETIC_PAPER = "#fff1cf"

# Roles are what result objects may name; figures never take a bare colour.
ROLES = MappingProxyType(
    {
        "actual": ACTUAL,
        "recommendation": RECOMMENDATION,
        "censored": CENSORED,
        "women": WOMEN,
        "men": MEN,
        "reference": REFERENCE,
    }
)

# End reasons by their number in the ledger; 0 is "still on sick leave".
END_REASONS = MappingProxyType(
    {0: UNSEEN, 1: ACTUAL, 2: "#3a8fc0", 3: "#ab7c08", 4: "#808b98", 5: "#1c2733"}
)

# Degree of sick leave in per cent: the darker, the more.

# An ordered row of colours for groups without one of their own, such as ages: light to dark.
LEVELS = ("#6896c4", "#4480bb", "#2a69a3", "#1d5285", "#143c66", "#0c2745")


def role_color(role: str) -> str:
    """Return the colour of a role, or of 'level_<k>' for the k-th of ordered groups.

    Raises KeyError: when the role is unknown.

    >>> role_color("recommendation")
    '#c8470b'
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
