"""Reading R's answers, and comparing with them so that nothing slips through."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

DATA = Path(__file__).parent / "data"


@dataclass
class Comparison:
    """Compares numbers and counts how many; NaN on one side only is a mismatch."""

    count: int = 0
    worst: float = 0.0

    def close(self, got, want, *, tolerance, relative=False, what=""):
        got, want = np.broadcast_arrays(np.asarray(got, float), np.asarray(want, float))
        assert np.array_equal(np.isnan(got), np.isnan(want)), f"{what}: NaN on one side"
        gap = np.abs(got - want) / np.where(relative & (want != 0), np.abs(want), 1.0)
        largest = float(np.max(gap, initial=0.0, where=~np.isnan(gap)))
        assert largest <= tolerance, f"{what}: {got} instead of {want}"
        self.worst = max(self.worst, largest)
        self.count += got.size


def _column(values):
    try:
        return np.array([float(v) if v else np.nan for v in values])
    except ValueError:
        return np.array(values)


@pytest.fixture(scope="session")
def read_oracle():
    """Columns of data/<folder>/<name>.csv as arrays, text where a column is not numeric."""

    def read(folder, name):
        with open(DATA / folder / f"{name}.csv", encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
        return {key: _column([row[key] for row in rows]) for key in rows[0]}

    return read


@pytest.fixture
def comparison():
    return Comparison()
