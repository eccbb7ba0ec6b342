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


@dataclass(frozen=True, eq=False)
class Changing(Drawn):
    """Drawn spells with their later codes and degrees, and the last day before each change."""

    code_last: np.ndarray
    change_day: np.ndarray
    degree_days: np.ndarray
    later_degrees: np.ndarray
