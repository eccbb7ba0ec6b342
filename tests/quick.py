"""What the quick run leaves to ``-m slow``: examples of a property, values of a list."""

from __future__ import annotations

from collections.abc import Iterable

import pytest
from hypothesis import settings


def part_of(n_examples: int) -> int:
    """Return how many of a property's examples are drawn: a third in the quick run."""
    is_quick = settings.get_current_profile_name() == "quick"
    return -(-n_examples // 3) if is_quick else n_examples


def quick(first: object, *others: object) -> Iterable[object]:
    """Give the first of several values, or of tuples of them, now, the others with ``-m slow``."""
    told = (value if isinstance(value, tuple) else (value,) for value in others)
    return [first, *(pytest.param(*values, marks=pytest.mark.slow) for values in told)]
