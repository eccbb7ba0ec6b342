"""Small frozen results that show themselves: frame, sentence and table from the same numbers."""

from __future__ import annotations

from fmbstats.results.about import About
from fmbstats.results.adherence import AdherenceResult, measures_frame
from fmbstats.results.common import column_of, value_or_reason
from fmbstats.results.courses import Degrees, EndReasons
from fmbstats.results.curve import CurveResult
from fmbstats.results.fixed_limit import FixedShares, LimitTable
from fmbstats.results.population import Population
from fmbstats.results.published import PublishedResult
from fmbstats.results.recommendation import CaseHistory, Recommendation
from fmbstats.results.regions import Regions
from fmbstats.results.release import INTERNAL, Release
from fmbstats.results.sensitivity import Sensitivity
from fmbstats.results.steering import SteeringResult

__all__ = [
    "INTERNAL",
    "About",
    "AdherenceResult",
    "CaseHistory",
    "CurveResult",
    "Degrees",
    "EndReasons",
    "FixedShares",
    "LimitTable",
    "Population",
    "PublishedResult",
    "Recommendation",
    "Regions",
    "Release",
    "Sensitivity",
    "SteeringResult",
    "column_of",
    "measures_frame",
    "value_or_reason",
]
