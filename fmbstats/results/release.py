"""What may leave the house: the data owner's rules applied to results, or nothing at all done."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from fmbstats import words
from fmbstats.disclosure.rounding import protect_ledger
from fmbstats.disclosure.values import Protected, Rules
from fmbstats.results.groups import (
    COMPLEMENTARY,
    SUPPRESSED,
    WITHHELD,
    complemented,
    partition_kinds,
)
from fmbstats.settings import SETTINGS

HIDING = (SUPPRESSED, COMPLEMENTARY, WITHHELD)
SMALL = "small_n"
# The row of days over a limit stands so far below that of the share over it.
EXCESS_BELOW = 4
# Measures whose groups, weighed by their number, make up that of the whole.
ADDITIVE = ("share_", "coverage_", "excess_", "restricted_")


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

    def count(self, n: object, language: str, flags: str = "") -> Any:
        """Write a count, or its protected value; `flags` says why a count is missing."""
        shown = self.shown(n, flags)
        return shown if isinstance(shown, Protected) else words.count(shown, language)

    def shown(self, n: object, flags: str = "") -> int | Protected:
        """Return a count as a number where it may be shown, else its protected value."""
        if isinstance(n, Protected):
            return n
        if n is None or n != n:
            return Protected(self.threshold, flags if flags in HIDING else SUPPRESSED)
        if self.rules and 0 < n < self.rules.threshold:
            return Protected(self.rules.threshold)
        return int(n)

    @property
    def threshold(self) -> int:
        """Smallest count that is shown; 1 when everything is."""
        return self.rules.threshold if self.rules else 1

    def is_few(self, n: int) -> bool:
        """Whether a count is from 1 to below the threshold."""
        return 0 < n < self.threshold

    def partition(self, counts: list[int], language: str) -> list[Any]:
        """Write counts that add up to a total which is shown, small ones protected."""
        return [
            n if isinstance(n, Protected) else words.count(n, language)
            for n in self.shown_parts(counts)
        ]

    def shown_parts(self, counts: list[int]) -> list[int | Protected]:
        """Return counts that add up to a total which is shown, small ones protected."""
        kinds = self.mask(np.array(counts), is_partition=True)
        return [
            Protected(self.threshold, kind) if kind else int(n)
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
        if is_partition:
            return partition_kinds(n_spells, self.threshold)
        return [SUPPRESSED if self.is_few(n) else "" for n in n_spells]

    def shares(self, frame: pd.DataFrame, *, is_partition: bool = False) -> pd.DataFrame:
        """Hide small groups and shares that tell of few; `frame` as of `share_frame`."""
        if self.rules is None:
            return frame
        frame = frame.copy()
        mask = np.array(self.mask(frame["n_spells"].to_numpy(), is_partition=is_partition))
        hidden = _first(mask, self._why_share_hidden(frame["share"], frame["n_spells"]))
        if is_partition:
            hidden = complemented(frame["share"], frame["n_spells"], hidden, self.threshold)
        is_hidden = hidden != ""
        frame.loc[is_hidden, ["share", "lo", "hi", "variance"]] = np.nan
        frame["flags"] = np.where(is_hidden, hidden, frame["flags"])
        frame["n_spells"] = frame["n_spells"].astype(float)
        frame.loc[mask != "", "n_spells"] = np.nan
        return frame

    def measures(
        self, frame: pd.DataFrame, *, is_partition: bool, within: str | None = None
    ) -> pd.DataFrame:
        """Hide in METHODS' result rows what the rules forbid to show; `flags` says so.

        `within` names the column that parts several diagnoses' rows; strata add up within one.

        Small groups lose every number (and another group with them, where the total would give
        the first away); shares of fewer than the threshold on either side are hidden, and so
        are another group's where the whole's share would give the first away; quartiles and
        mean days need more spells than that. Where one group's number ended or at risk must
        not be shown, that of no group of the same whole is.
        """
        if self.rules is None:
            return frame
        whole = frame[within].astype(str) if within else pd.Series("", index=frame.index)
        own = self._own_mask(frame, whole, is_partition=is_partition)
        hidden = _first(own, self._why_hidden(frame))
        if is_partition:
            hidden = self._complemented(frame, whole, hidden)
        few_events = self._has_few_ended(frame)
        no_events = own != ""
        no_risk = self._risk_hidden(frame, whole, hidden)
        if is_partition:
            few_events = _anywhere(few_events | no_events, whole)
            no_risk = _anywhere(no_risk, whole)
        is_ended = (frame["metric"] == "n_events").to_numpy()
        hidden = np.where((hidden == "") & is_ended & few_events, WITHHELD, hidden)
        frame = frame.copy()
        for name in ("n_spells", "n_events", "n_at_risk_at_r"):
            frame[name] = frame[name].astype(float)
        is_hidden = hidden != ""
        frame.loc[is_hidden, ["estimate", "lo", "hi"]] = np.nan
        frame.loc[no_events, "n_spells"] = np.nan
        frame.loc[few_events | no_events, "n_events"] = np.nan
        frame.loc[no_risk, "n_at_risk_at_r"] = np.nan
        frame["flags"] = np.where(is_hidden, hidden, frame["flags"])
        return frame

    def _own_mask(self, frame, whole: pd.Series, *, is_partition: bool) -> np.ndarray:
        """Return why each row's stratum is hidden, "" where it is not."""
        sizes = pd.DataFrame({"whole": whole, "stratum": frame["stratum"], "n": frame["n_spells"]})
        sizes = sizes.drop_duplicates(["whole", "stratum"])
        mask: dict[tuple, str] = {}
        for name, part in sizes.groupby("whole", sort=False):
            kinds = self.mask(part["n"].to_numpy(), is_partition=is_partition)
            mask |= {(name, s): k for s, k in zip(part["stratum"], kinds, strict=True)}
        keys = zip(whole, frame["stratum"], strict=True)
        return np.array([mask[key] for key in keys], dtype=object)

    def _why_hidden(self, frame: pd.DataFrame) -> np.ndarray:
        """Return why a row's estimate is hidden by itself, "" where it is not."""
        n, metric, estimate = frame["n_spells"], frame["metric"].str, frame["estimate"]
        is_over = metric.startswith("share_over").to_numpy()
        is_within = metric.startswith("share_within").to_numpy()
        is_share = is_over | is_within
        why = np.where(is_share, self._why_share_hidden(estimate, n), "").astype(object)
        # Days over the limit are computed from those over it.
        over_few = pd.Series(why).shift(EXCESS_BELOW, fill_value="").to_numpy()
        is_excess = metric.startswith("excess_").to_numpy()
        why = np.where(is_excess, over_few, why)
        covered = (estimate * n).round().to_numpy(dtype=float)
        is_few = self._are_few(covered) | self._are_few(n.to_numpy(dtype=float) - covered)
        why = np.where((metric.startswith("coverage")).to_numpy() & is_few, WITHHELD, why)
        why = np.where(is_over & (why == "") & self._tells_last_day(frame), WITHHELD, why)
        why = np.where((why == "") & self._tells_between(frame), WITHHELD, why)
        too_few = metric.startswith(("quantile_", "median_")).to_numpy() & (n < 4 * self.threshold)
        too_few |= metric.startswith(("excess_", "restricted_")).to_numpy() & (
            n < 2 * self.threshold
        )
        why = np.where((why == "") & too_few, SMALL, why)
        return np.where(estimate.notna(), why, "")

    def _tells_last_day(self, frame: pd.DataFrame) -> np.ndarray:
        """Whether S(r-1) beside S(r) tells that few ended on the very day; marks S(r-1)."""
        is_before = frame["metric"].str.endswith("_day_before").to_numpy()
        beside = frame["estimate"].shift(1).to_numpy()  # S(r) stands in the row above S(r-1)
        above = frame["metric"].shift(1).to_numpy()
        assert (above[is_before] + "_day_before" == frame["metric"][is_before]).all()
        n_on_day = (frame["estimate"].to_numpy() - beside) * frame["n_spells"].to_numpy()
        return is_before & self.are_few_apart(n_on_day)

    def are_few_apart(self, n: np.ndarray) -> np.ndarray:
        """Whether a difference of two shares, as spells, tells of few; a share is no count."""
        return (np.abs(n) > SETTINGS.near) & (np.abs(n) < self.threshold - SETTINGS.near)

    def _tells_between(self, frame: pd.DataFrame) -> np.ndarray:
        """Whether few ended between the two limits; marks what is over the shortest."""
        over = frame["metric"].str.extract(r"^share_over_(longest|shortest)")[0]
        part = frame["estimate"] * frame["n_spells"]
        # Each group has its rows together, those of the longest limit before the shortest's.
        group = (frame["metric"] == "n_spells").cumsum()
        longest = part.where(over == "longest").groupby(group)
        known = (longest.transform("max").to_numpy(), longest.transform("min").to_numpy())
        few = np.any([self.are_few_apart(part.to_numpy() - n) for n in known], axis=0)
        is_marked = pd.Series(few & (over == "shortest").to_numpy()).groupby(group.to_numpy())
        concerned = is_marked.transform("any").to_numpy()
        of_shortest = ("share_over_shortest", "share_within_shortest", "excess_days_shortest")
        return concerned & frame["metric"].str.startswith(of_shortest).to_numpy()

    def _why_share_hidden(self, share: pd.Series, n_spells) -> np.ndarray:
        """Return why a share is hidden: it tells of 0 to threshold - 1 spells on either side."""
        # Not rounded first: 4.7 of 40 is fewer than 5, too.
        n_part = np.asarray(share * n_spells, dtype=float)
        n_rest = np.asarray(n_spells, dtype=float) - n_part
        tells = np.fmin(n_part, n_rest) < self.threshold - SETTINGS.near
        return np.where(tells, WITHHELD, "").astype(object)

    def _are_few(self, counts: np.ndarray) -> np.ndarray:
        return (counts > 0) & (counts < self.threshold)

    def _has_few_ended(self, frame: pd.DataFrame) -> np.ndarray:
        """Ended and ongoing add up to the spells: a small one of the two hides the other."""
        ended = frame["n_events"].to_numpy(dtype=float)
        return self._are_few(ended) | self._are_few(frame["n_spells"].to_numpy() - ended)

    def _risk_hidden(self, frame, whole: pd.Series, hidden: np.ndarray) -> np.ndarray:
        """Number at risk at the limit: small, the rest small, or beside a hidden share."""
        at_risk = frame["n_at_risk_at_r"].to_numpy(dtype=float)
        few = self._are_few(at_risk) | self._are_few(frame["n_spells"].to_numpy() - at_risk)
        is_share = frame["metric"].str.startswith("share_").to_numpy()
        beside = few | ((hidden != "") & is_share)
        return _anywhere(beside, whole + "\0" + frame["stratum"].astype(str))

    def _complemented(self, frame, whole: pd.Series, hidden: np.ndarray) -> np.ndarray:
        """Hide further groups where the whole's share and the others' would give one away."""
        hidden = hidden.copy()
        adds_up = frame["metric"].str.startswith(ADDITIVE).to_numpy()
        concerned = _anywhere((hidden != "") & adds_up, whole + "\0" + frame["metric"])
        rows = np.flatnonzero(concerned & adds_up)
        keys = (whole + "\0" + frame["metric"]).to_numpy()[rows]
        estimate = frame["estimate"].to_numpy(dtype=float)
        n = frame["n_spells"].to_numpy(dtype=float)
        for places in pd.Series(rows).groupby(keys).apply(np.array):
            hidden[places] = complemented(
                estimate[places], n[places], hidden[places], self.threshold
            )
        return hidden

    def ledger(self, time, cause, n, entry):
        """Return (time, cause, n, entry) fit for a curve, or None when none may be drawn."""
        if self.rules is None:
            return time, cause, n, entry
        found = protect_ledger(time, cause, n, entry=entry, rules=self.rules)
        if isinstance(found, Protected):
            return None
        return found.time, found.cause, found.n, found.entry


def _first(own: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Take the first reason where there is one, else the second."""
    return np.where(own != "", own, other).astype(object)


def _anywhere(mask: np.ndarray, groups: pd.Series) -> np.ndarray:
    """Spread a mark to all rows of a group that holds it."""
    return (
        pd.Series(np.asarray(mask, dtype=bool))
        .groupby(groups.to_numpy())
        .transform("any")
        .to_numpy()
    )


INTERNAL = Release()
