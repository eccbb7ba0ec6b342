"""The methods of the project, each with a live example; what method.ipynb shows."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from fmbstats.store import project_root
from fmbstats.workbench.example import Example
from fmbstats.workbench.groups import GroupExamples
from fmbstats.workbench.lengths import LengthExamples

COVERAGE_FILE = Path("tests") / "bench" / "coverage.csv"


class Methods(LengthExamples, GroupExamples):
    """Every method's example, on one diagnosis and year (see `Subject`)."""

    def coverage(self, path: Path | None = None) -> Example:
        """Coverage of every interval, by simulation, as measured last."""
        path = path or project_root() / COVERAGE_FILE
        if not path.is_file():
            return Example(
                "Täckningstabellen är inte gjord i den här kopian. "
                "Den görs av tests/bench/coverage.py."
            )
        return Example(f"Ur {COVERAGE_FILE.as_posix()}.", pd.read_csv(path))
