"""A seeded synthetic register with known truth; everything made from it is marked so."""

from __future__ import annotations

from fmbstats.synth.known_cases import KnownCases, draw_cases
from fmbstats.synth.persons import rollout_dates
from fmbstats.synth.register import SynthSettings, draw_register

__all__ = [
    "KnownCases",
    "SynthSettings",
    "draw_cases",
    "draw_register",
    "rollout_dates",
]
