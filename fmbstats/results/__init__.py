"""Small frozen results that show themselves: frame, sentence and table from the same numbers."""

from __future__ import annotations

from fmbstats.results.adherence import AdherenceResult, measures_frame
from fmbstats.results.common import column_of, value_or_reason
from fmbstats.results.curve import CurveResult
from fmbstats.results.population import Population
from fmbstats.results.published import PublishedResult
from fmbstats.results.recommendation import Recommendation

__all__ = [
    "AdherenceResult",
    "CurveResult",
    "Population",
    "PublishedResult",
    "Recommendation",
    "column_of",
    "measures_frame",
    "value_or_reason",
]
