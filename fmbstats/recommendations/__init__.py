"""FMB recommendations: limits in days, their history, and which one was in force."""

from __future__ import annotations

from fmbstats.recommendations.content_control import ContentReport, check_content
from fmbstats.recommendations.diff import EditionDiff, compare_editions
from fmbstats.recommendations.in_force import LOOKUPS, Recommendation, Recommendations
from fmbstats.recommendations.limits import MONTH_CONVENTIONS, limit_days

__all__ = [
    "LOOKUPS",
    "MONTH_CONVENTIONS",
    "ContentReport",
    "EditionDiff",
    "Recommendation",
    "Recommendations",
    "check_content",
    "compare_editions",
    "limit_days",
]
