"""What drift of diagnoses says: sentences, and numbers with their rows."""

from __future__ import annotations

from functools import partial

import pandas as pd

from fmbstats.evaluate.drift import Drift
from fmbstats.frames import rows_of
from fmbstats.results.evaluation import Writer
from fmbstats.told import Told

PART = "drift"


class DriftNumbers:
    """The numbers that drift tells, each with its row.

    `found`: Drift.
    """

    def __init__(self, found: Drift) -> None:
        self.found, self._told = found, partial(Told, part=PART)

    def _shares(self, frame: pd.DataFrame, by: str) -> list[Told]:
        return [
            self._told(
                "share_longer_limit", row.share, row.lo, row.hi, by=by, stratum=row.stratum,
                n_spells=float(row.n_spells),
            )
            for row in rows_of(frame)
        ]  # fmt: skip

    def years(self) -> list[Told]:
        """Share of the spells of each start year with a longer limit."""
        return self._shares(self.found.years, "year")

    def counties(self) -> list[Told]:
        """The same by county, all years together."""
        return self._shares(self.found.counties, "county")

    @property
    def change(self) -> Told:
        """Change from the first year to the last."""
        found = self.found
        return self._told("difference_share_longer_limit", found.change, found.lo, found.hi)

    @property
    def least(self) -> Told:
        """Smallest change that would probably have been found."""
        return self._told("smallest_detectable", self.found.smallest_detectable)

    def moved(self, to: str) -> Told:
        """Share of the spells that ended under an entry with a longer, or shorter, limit."""
        found = self.found
        n = found.n_to_longer if to == "longer" else found.n_to_shorter
        return self._told(f"share_changed_to_{to}", n / found.n_known)

    def pair(self, first: str, last: str, n: float) -> Told:
        """Spells that began under one entry and ended under another."""
        return self._told("n_spells_moved", float(n), by="entry", stratum=f"{first} {last}")


def drift_sentences(found: Drift, write: Writer) -> list[str]:
    """Return what was found, the headline first."""
    numbers = DriftNumbers(found)
    first, last = (str(found.years["stratum"].iloc[k]) for k in (0, -1))
    change = write.told(numbers.change, interval=True)
    if found.lo <= 0 <= found.hi:
        least = write.told(numbers.least)
        said = [write.say("drift.none", first=first, last=last, change=change, least=least)]
    else:
        key = "drift.more" if found.change > 0 else "drift.fewer"
        said = [write.say(key, first=first, last=last, change=change)]
    if found.n_known > 0:
        ends = {to: write.told(numbers.moved(to)) for to in ("longer", "shorter")}
        said.append(write.say("drift.within", **ends))
    return said
