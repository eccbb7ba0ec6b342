"""All FMB entries at once."""

from __future__ import annotations

from fmbstats.overview.measured import STRATA, MeasuredEntries, codes_text
from fmbstats.overview.whole import Overview

__all__ = ["STRATA", "MeasuredEntries", "Overview", "codes_text"]
