"""What is measured of spells as one group."""

from __future__ import annotations

from fmbstats import adherence
from fmbstats.adherence import Measure, SpellCounts
from fmbstats.recommendations.yardstick import Limits


def measure_adherence(counts: SpellCounts, limits: Limits, **given: int) -> tuple[Measure, ...]:
    """Return the measures that `adherence.measure_adherence` returns as columns."""
    return tuple(column.of(0) for column in adherence.measure_adherence(counts, limits, **given))
