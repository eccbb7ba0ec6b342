"""FMB recommendations: limits in days, their history, and which one was in force."""

from __future__ import annotations

from fmbstats.recommendations.content_control import ContentReport, check_content
from fmbstats.recommendations.diff import EditionDiff, compare_editions
from fmbstats.recommendations.icf import IcfCodes, icf_of
from fmbstats.recommendations.in_force import LOOKUPS
from fmbstats.recommendations.join_tables import Recommendations
from fmbstats.recommendations.limits import MONTH_CONVENTIONS, limit_days
from fmbstats.recommendations.recommendation import Recommendation

__all__ = [
    "LOOKUPS",
    "MONTH_CONVENTIONS",
    "ContentReport",
    "EditionDiff",
    "IcfCodes",
    "Recommendation",
    "Recommendations",
    "check_content",
    "compare_editions",
    "icf_of",
    "limit_days",
]
