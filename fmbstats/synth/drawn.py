"""The spells of a synthetic register as arrays, one place per spell."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, eq=False)
class Drawn:
    """Drawn spells as arrays of one length; `code` is a row of the catalogue."""

    code: np.ndarray
    year: np.ndarray
    start: np.ndarray
    length: np.ndarray
    is_man: np.ndarray
    person: np.ndarray
    birth_year: np.ndarray
    county: np.ndarray
    occupation: np.ndarray
    degree: np.ndarray
    end_reason: np.ndarray
    observed: np.ndarray
    is_ongoing: np.ndarray
    code_last: np.ndarray | None = None
    change_day: np.ndarray | None = None
    degree_days: np.ndarray | None = None
    later_degrees: np.ndarray | None = None
