"""A seeded synthetic register with known truth; everything made from it is marked so."""

from __future__ import annotations

from fmbstats.synth.known_cases import KnownCases, draw_cases, write_out
from fmbstats.synth.persons import rollout_dates
from fmbstats.synth.register import SynthSettings, draw_register, length_sources, truth

__all__ = [
    "KnownCases",
    "SynthSettings",
    "draw_cases",
    "draw_register",
    "length_sources",
    "rollout_dates",
    "truth",
    "write_out",
]
