"""What is known about a register as a whole, whatever format it came in."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta


@dataclass(frozen=True)
class RegisterInfo:
    """A register's origin and counts, printed on every report made from it."""

    name: str  #: What the register is called in reports.
    is_synthetic: bool  #: True when no real person is in it.
    #: What a spell's days are; "paid_days", "certificate_days" or "episode_days".
    length_basis: str
    extraction_date: date  #: The register is known to and including this day.
    gap_days: int = 5  #: Whole days without leave that do not yet part two spells.
    lag_days: int = 0  #: Days before an ending is surely reported.
    #: File name to SHA-256; empty for a drawn register.
    files: dict[str, str] = field(default_factory=dict)
    #: `n_rows_read`, `n_duplicates`, `n_rejected`: physical data rows, exact duplicates dropped,
    #: rows rejected: accepted = read − duplicates − rejected.
    n_rows_read: int = 0
    n_duplicates: int = 0
    n_rejected: int = 0

    @property
    def cutoff_date(self) -> date:
        """Everybody is censored at extraction − gap − lag."""
        return self.extraction_date - timedelta(days=self.gap_days + self.lag_days)
