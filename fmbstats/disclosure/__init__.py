"""Small numbers: what leaves the house cannot be led back to persons.

Counts below a threshold become `Protected` values, a second cell hides where subtraction would
give the first away, curves are drawn from rounded counts, and `audit` plays the attacker.
"""

from __future__ import annotations

from fmbstats.disclosure.audit import Leak, audit, checked_release
from fmbstats.disclosure.rounding import (
    RoundedLedger,
    protect_ledger,
    protected_share,
    round_counts,
)
from fmbstats.disclosure.suppression import protect, protect_frames
from fmbstats.disclosure.tables import LinkedTables
from fmbstats.disclosure.values import DEFAULT_RULES, Protected, Rules, protect_count

__all__ = [
    "DEFAULT_RULES",
    "Leak",
    "LinkedTables",
    "Protected",
    "RoundedLedger",
    "Rules",
    "audit",
    "checked_release",
    "protect",
    "protect_count",
    "protect_frames",
    "protect_ledger",
    "protected_share",
    "round_counts",
]
