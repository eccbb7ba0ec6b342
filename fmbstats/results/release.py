"""Whether results may leave the house: they do when they come from a release store."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from fmbstats import words
from fmbstats.words import Absent


@dataclass(frozen=True)
class Release:
    """What a report says of how its counts were protected."""

    #: Nothing in it is decided by fewer spells; None for exact results that must stay.
    threshold: int | None = None

    @property
    def is_internal(self) -> bool:
        """True when results are exact and must not be published."""
        return self.threshold is None

    def count(self, n: Any, language: str) -> Any:
        """Write a count; one that is not told says why."""
        return Absent.SMALL_N if n is None or n != n else words.count(n, language)


INTERNAL = Release()
