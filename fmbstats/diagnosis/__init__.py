"""One diagnosis: its spells, what is measured of them, and the object an analyst holds."""

from __future__ import annotations

from fmbstats.diagnosis.objects import Diagnosis, Workbench, open_store

__all__ = ["Diagnosis", "Workbench", "open_store"]
