"""Shares over one and the same limit: of groups to be compared, and under other assumptions."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from fmbstats import tables, words
from fmbstats.adherence import BEYOND, SMALL, TRUNCATED
from fmbstats.errors import UnknownNameError
from fmbstats.frames import Columns, pd, rows_of
from fmbstats.measures import key_of
from fmbstats.results.about import About
from fmbstats.results.common import (
    column_of,
    headed,
    in_notebook,
    parted,
    share_shown,
)
from fmbstats.stats.exceedance import SMALL_AT_RISK
from fmbstats.stats.survival import fit_curves
from fmbstats.words import phrase


def share_frame(rows: pd.DataFrame | Columns, *asked: Any) -> pd.DataFrame:
    """Return `shares_over` as a frame."""
    return shares_over(rows, *asked).frame


def shares_over(
    rows: pd.DataFrame | Columns,
    stratum: np.ndarray,
    labels: list[str],
    limit_days,
    entry_day: int,
    noise: float = 0.0,
) -> Columns:
    """Return the share over a limit per stratum: stratum, n_spells, share, lo, hi, variance, flags.

    `rows`: ledger rows: entry_day, duration_day, end_reason, n. `stratum`: ndarray of int, shape
    (n_rows,). `labels`: name of each stratum. `limit_days`: float or array of float, shape
    (n_strata,). `entry_day`: conditional on outlasting this day. `noise`: variance of a count
    around the exact one; see `Store.noise`.
    """
    kept = np.asarray(rows["duration_day"]) > entry_day
    stratum = stratum[kept]
    entry, time, cause, n = (
        np.asarray(rows[name])[kept] for name in ("entry_day", "duration_day", "end_reason", "n")
    )
    entry = np.maximum(entry, entry_day)
    curves = fit_curves(stratum, time, cause, entry=entry, n=n, n_groups=len(labels), noise=noise)
    limit = np.broadcast_to(np.asarray(limit_days, dtype=float), len(labels))
    share = np.where(limit > entry_day, curves.survival_at(limit), np.nan)
    lo, hi = curves.interval_at(limit)
    at_risk = curves.at_risk_at(limit)
    flags = np.where(limit <= entry_day, TRUNCATED, np.where(np.isnan(share), BEYOND, ""))
    followed = np.bincount(stratum, n * (cause >= 0), minlength=len(labels))
    is_few = ((flags == "") & (at_risk < SMALL_AT_RISK)) | ((curves.n_spells > 0) & (followed == 0))
    flags = np.where(is_few, SMALL, flags)
    return Columns(
        stratum=np.array(labels, dtype=object),
        limit_days=limit,
        n_spells=np.bincount(stratum, n, minlength=len(labels)).astype(np.int64),
        share=share,
        lo=np.where(np.isnan(share), np.nan, lo),
        hi=np.where(np.isnan(share), np.nan, hi),
        variance=curves.variance_at(limit),
        n_at_risk=at_risk,
        flags=flags.astype(object),
    )


@dataclass(frozen=True, eq=False)
class LimitTable:
    """Share over each limit that some case has, among the spells whose code the case covers."""

    about: About = field(repr=False)
    #: One row per distinct limit and set of codes: stratum (codes), limit_days, n_spells, share,
    #: lo, hi, share_before (S(r-1)), flags, length_text.
    frame: pd.DataFrame


@dataclass(frozen=True, eq=False)
class FixedShares:
    """Share over one limit per group: the yardstick stays the same, only the practice may move."""

    about: About = field(repr=False)
    by: str
    limit_days: int
    frame: pd.DataFrame  #: As of `share_frame`.

    def of(self, metric: str = "share over") -> pd.DataFrame:
        """Return the shares as a small table, as `AdherenceResult.of` does.

        Raises UnknownNameError: another measure was asked for: at a limit of one's own there is the
        share over it.
        """
        if not key_of(metric).startswith("share_over"):
            raise UnknownNameError(
                f"With limit_days there is the share over that limit, no {metric!r}: leave out one."
            )
        rows = self.frame.rename(columns={"share": "estimate"}).reset_index(drop=True)
        return parted(rows, self.by)

    def table(self, language: str = "") -> str:
        """Return the display frame as an HTML table."""
        caption = phrase("figure.over_days", language, day=str(self.limit_days))
        return tables.html_table(self.display(language), caption=caption, language=language)

    def _repr_html_(self) -> str:
        return in_notebook(self.table())

    def display(self, language: str = "") -> pd.DataFrame:
        """Return the groups as the report shows them."""
        column, count = column_of(self.by), self.about.release.count
        title = words.stratum_title(column, language)
        rows = []
        for row in rows_of(self.frame):
            n, share = count(row.n_spells, language), share_shown(row, language)
            group = {title: words.stratum(column, row.stratum, language)}
            rows.append(group | headed(language, n_spells=n, exceedance=share))
        return pd.DataFrame(rows)


@dataclass(frozen=True, eq=False)
class Sensitivity:
    """Share over the longest limit, one row per assumption."""

    about: About = field(repr=False)
    frame: pd.DataFrame  #: Assumption, n_spells, share, lo, hi, flags.
