"""Export for a final report; `export_year` is its one entrance."""

from __future__ import annotations

from fmbstats.export.job import ExportResult, export_year
from fmbstats.export.settings import ExportSettings

__all__ = ["ExportResult", "ExportSettings", "export_year"]
