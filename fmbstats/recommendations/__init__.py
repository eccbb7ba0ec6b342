"""FMB recommendations: limits in days, their history, and which one was in force."""

from __future__ import annotations

from fmbstats.recommendations.limits import MONTH_CONVENTIONS, limit_days

__all__ = ["MONTH_CONVENTIONS", "limit_days"]
