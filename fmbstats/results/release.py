"""What may leave the house: the data owner's rules applied to results, or nothing at all done."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from fmbstats import words
from fmbstats.disclosure.rounding import protect_ledger
from fmbstats.disclosure.suppression import protect_frames
from fmbstats.disclosure.values import Protected, Rules

SUPPRESSED, COMPLEMENTARY = "suppressed", "complementary"


@dataclass(frozen=True)
class Release:
    """Protects results for publication; with ``rules=None`` they stay exact, for internal use.

    Attributes
    ----------
    rules : Rules or None
        The data owner's decision.
    """

    rules: Rules | None = None

    @property
    def is_internal(self) -> bool:
        """True when results are exact and must not be published."""
        return self.rules is None

    def count(self, n: object, language: str) -> Any:
        """Write a count, or its protected value."""
        if isinstance(n, Protected):
            return n
        if n is None or n != n:
            return Protected(self.rules.threshold if self.rules else 5)
        if self.rules and 0 < n < self.rules.threshold:
            return Protected(self.rules.threshold)
        return words.count(int(n), language)

    @property
    def threshold(self) -> int:
        """Smallest count that is shown; 1 when everything is."""
        return self.rules.threshold if self.rules else 1

    def is_few(self, n: int) -> bool:
        """Whether a count is from 1 to below the threshold."""
        return 0 < n < self.threshold

    def partition(self, counts: list[int], language: str) -> list[Any]:
        """Write counts that add up to a total which is shown, small ones protected."""
        kinds = self.mask(np.array(counts), is_partition=True)
        return [
            Protected(self.threshold, kind) if kind else words.count(n, language)
            for kind, n in zip(kinds, counts, strict=True)
        ]

    def mask(self, n_spells: np.ndarray, *, is_partition: bool) -> list[str]:
        """Return per group "", "suppressed" or "complementary".

        Parameters
        ----------
        n_spells : ndarray of int
        is_partition : bool
            The groups add up to a total that is published: hiding one alone would give it away.
        """
        n_spells = np.asarray(n_spells, dtype=np.int64)
        if self.rules is None:
            return [""] * len(n_spells)
        small = (n_spells > 0) & (n_spells < self.rules.threshold)
        if not is_partition or not small.any():
            return [SUPPRESSED if s else "" for s in small]
        table = pd.DataFrame({"group": [f"g{k}" for k in range(len(n_spells))], "n": n_spells})
        table.loc[len(table)] = ["all", int(n_spells.sum())]
        shown = protect_frames([table], rules=self.rules, must_show=[frozenset()])[0]["n"][:-1]
        return [value.kind if isinstance(value, Protected) else "" for value in shown]

    def shares(self, frame: pd.DataFrame, *, is_partition: bool = False) -> pd.DataFrame:
        """Hide small groups and shares that tell of few; `frame` as of `share_frame`."""
        if self.rules is None:
            return frame
        frame = frame.copy()
        mask = self.mask(frame["n_spells"].to_numpy(), is_partition=is_partition)
        few = self._tells_of_few(frame["share"], frame["n_spells"])
        hidden = [own or (SUPPRESSED if f else "") for own, f in zip(mask, few, strict=True)]
        is_hidden = np.array([bool(h) for h in hidden])
        frame.loc[is_hidden, ["share", "lo", "hi", "variance"]] = np.nan
        frame["flags"] = [h or f for h, f in zip(hidden, frame["flags"], strict=True)]
        frame["n_spells"] = frame["n_spells"].astype(float)
        frame.loc[np.array([bool(m) for m in mask]), "n_spells"] = np.nan
        return frame

    def measures(
        self, frame: pd.DataFrame, *, is_partition: bool, within: str | None = None
    ) -> pd.DataFrame:
        """Hide in METHODS' result rows what the rules forbid to show; `flags` says so.

        `within` names the column that parts several diagnoses' rows; strata add up within one.

        Small groups lose every number (and another group with them, where the total would give
        the first away); shares of fewer than the threshold on either side, and quartiles with
        fewer than the threshold beyond them, are hidden alone.
        """
        if self.rules is None:
            return frame
        frame = frame.copy()
        threshold = self.rules.threshold
        own = self._own_mask(frame, within, is_partition=is_partition)
        n, metric = frame["n_spells"], frame["metric"]
        is_share = metric.str.startswith("share_").to_numpy()
        few = is_share & self._tells_of_few(frame["estimate"], n)
        few |= metric.str.startswith(("quantile_", "median_")).to_numpy() & (n < 4 * threshold)
        few |= metric.str.startswith(("excess_", "restricted_")).to_numpy() & (n < 2 * threshold)
        # Ended and ongoing add up to the spells: a small one of the two hides the other.
        ongoing = n - frame["n_events"]
        few_events = ((frame["n_events"] < threshold) & (frame["n_events"] > 0)) | (
            (ongoing > 0) & (ongoing < threshold)
        )
        few |= (metric == "n_events").to_numpy() & few_events.to_numpy()
        hidden = np.where(own != "", own, np.where(few & frame["estimate"].notna(), SUPPRESSED, ""))
        is_hidden = hidden != ""
        for name in ("n_spells", "n_events", "n_at_risk_at_r"):
            frame[name] = frame[name].astype(float)
        frame.loc[is_hidden, ["estimate", "lo", "hi", "n_at_risk_at_r"]] = np.nan
        frame.loc[own != "", ["n_spells", "n_events"]] = np.nan
        frame.loc[few_events.to_numpy(), "n_events"] = np.nan
        at_risk = frame["n_at_risk_at_r"]
        frame.loc[(at_risk > 0) & (at_risk < threshold), "n_at_risk_at_r"] = np.nan
        frame["flags"] = np.where(is_hidden, hidden, frame["flags"])
        return frame

    def _own_mask(self, frame, within: str | None, *, is_partition: bool) -> np.ndarray:
        """Return why each row's stratum is hidden, "" where it is not."""
        whole = frame[within] if within else pd.Series("", index=frame.index)
        sizes = pd.DataFrame({"whole": whole, "stratum": frame["stratum"], "n": frame["n_spells"]})
        sizes = sizes.drop_duplicates(["whole", "stratum"])
        mask: dict[tuple, str] = {}
        for name, part in sizes.groupby("whole", sort=False):
            kinds = self.mask(part["n"].to_numpy(), is_partition=is_partition)
            mask |= {(name, s): k for s, k in zip(part["stratum"], kinds, strict=True)}
        keys = zip(whole, frame["stratum"], strict=True)
        return np.array([mask[key] for key in keys], dtype=object)

    def _tells_of_few(self, share: pd.Series, n_spells: pd.Series) -> np.ndarray:
        """Whether the part over or within has 0 to threshold - 1 spells."""
        over = (share * n_spells).round().to_numpy(dtype=float)
        within = n_spells.to_numpy(dtype=float) - over
        with np.errstate(invalid="ignore"):
            return (over < self.rules.threshold) | (within < self.rules.threshold)

    def ledger(self, time, cause, n, entry):
        """Return (time, cause, n, entry) fit for a curve, or None when none may be drawn."""
        if self.rules is None:
            return time, cause, n, entry
        found = protect_ledger(time, cause, n, entry=entry, rules=self.rules)
        if isinstance(found, Protected):
            return None
        return found.time, found.cause, found.n, found.entry


INTERNAL = Release()
