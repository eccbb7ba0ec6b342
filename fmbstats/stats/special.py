"""Functions of scipy.special; it takes longer to load than most answers that never need it."""

from __future__ import annotations

from typing import Any


def __getattr__(name: str) -> Any:
    """Load scipy with the first function asked for."""
    from scipy import special

    return getattr(special, name)
