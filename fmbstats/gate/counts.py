"""Counts of the table that are too small, also those implied by a share and its group."""

from __future__ import annotations

import numpy as np
import pandas as pd

from fmbstats.gate.findings import Findings
from fmbstats.gate.rows import COUNTS, HIDDEN, TABLE, is_masked, place_of

SMALL, IMPLIED, SAME = "small counts", "implied counts", "same mask"
# Counts of something other than spells, and expectations of a model.
_NOT_SPELLS = (
    frozenset(
        ["n_groups", "n_groups_absent", "n_entries", "n_points", "n_changes", "n_silent_changes"]
    )
    | frozenset(
        ["n_tests", "n_up", "n_down", "n_sure", "n_not_compared", "n_shown", "n_sure_shown"]
    )
    | frozenset(["n_limits", "n_judged", "n_limited", "n_neither", "n_partly", "n_expected_on_day"])
    | frozenset(f"n_marks_{kind}" for kind in ("one", "several", "longest_only", "shortest_only"))
)
# Measured from counts rounded to the midpoints of 6: 3 stands for 1 to 6.
_ROUNDED = frozenset(["n_ended_on_day"])
_SHARES = ("share_over", "share_within", "coverage_")
_HIDE = "Hide it (results.Release), and what it could be worked out from."
_NESTED = ("share_over_longest", "share_over_shortest", "share_over_limit")
_EXACT = 1e-3
_GROUP = ["slug", "start_year", "by", "stratum"]


def check_small(rows: pd.DataFrame, threshold: int, findings: Findings) -> None:
    """Find counts from 1 to below the threshold.

    Parameters
    ----------
    rows : DataFrame
        As `rows.ours` gives them.
    threshold : int
    findings : Findings
    """
    for name in COUNTS:
        values = rows[name]
        findings.looked(SMALL, int(values.notna().sum()))
        for at in np.flatnonzero((values > 0) & (values < threshold)):
            what = f"{name} is from 1 to {threshold - 1}."
            findings.add(SMALL, TABLE, place_of(rows.iloc[at]), what, _HIDE)
    counted = rows["metric"].str.startswith("n_") & ~rows["metric"].isin(_NOT_SPELLS | _ROUNDED)
    values = rows["estimate"].where(counted)
    findings.looked(SMALL, int(values.notna().sum()))
    for at in np.flatnonzero((values > 0) & (values < threshold)):
        what = f"a count from 1 to {threshold - 1}."
        findings.add(SMALL, TABLE, place_of(rows.iloc[at]), what, _HIDE)
    hard = rows["flags"].map(lambda text: any(flag in HIDDEN for flag in text.split())).astype(bool)
    for at in np.flatnonzero(hard & rows["estimate"].notna()):
        what = "a number whose flag says that it is hidden."
        findings.add(SMALL, TABLE, place_of(rows.iloc[at]), what, _HIDE)


def check_implied(rows: pd.DataFrame, threshold: int, findings: Findings) -> None:
    """Find shares that tell of few spells, alone or beside another share of the same group.

    A share times its group is a count as long as nobody is censored before the limit; the gate
    takes it for one in any case. What a whole group has or lacks (0 %, 100 %) tells about
    everybody in it and is hidden by the rules, too; coverage, which says how many have a limit
    at all, tells nothing about persons when it is all or none.
    """
    shares = rows[rows["metric"].str.startswith(_SHARES)]
    # Weighed by another population's ages: no count follows.
    is_crude = shares["flags"].str.contains("crude", regex=False)
    shares = shares[~shares["metric"].str.endswith("_standardised") | is_crude]
    shares = shares[shares["estimate"].notna() & shares["n_spells"].notna()]
    findings.looked(IMPLIED, len(shares))
    part = (shares["estimate"] * shares["n_spells"]).to_numpy()
    rest = shares["n_spells"].to_numpy() - part
    fewest = np.minimum(part, rest)
    is_whole = (fewest < _EXACT) & shares["metric"].str.startswith("coverage_").to_numpy()
    for at in np.flatnonzero((fewest < threshold - _EXACT) & ~is_whole):
        what = f"the share tells of {fewest[at]:.2f} spells, fewer than {threshold}."
        findings.add(IMPLIED, TABLE, place_of(shares.iloc[at]), what, _HIDE)
    over = shares[shares["metric"].str.startswith(_NESTED)]
    _check_steps(over.assign(part=over["estimate"] * over["n_spells"]), threshold, findings)
    _check_pairs(rows, threshold, findings)


def _check_steps(over: pd.DataFrame, threshold: int, findings: Findings) -> None:
    """Two shares of one group over its limits tell how many ended between them.

    Only limits of the same kind are nested: a spell over the longest is over the shortest, too.
    """
    over = over.sort_values([*_GROUP, "n_spells", "part"])
    same = (over[[*_GROUP, "n_spells"]] == over[[*_GROUP, "n_spells"]].shift()).all(axis=1)
    step = over["part"].diff().where(same).to_numpy()
    for at in np.flatnonzero((step > _EXACT) & (step < threshold - _EXACT)):
        other = over.iloc[at - 1]
        what = f"with row {other['line']} it tells that {step[at]:.2f} spells ended between them."
        findings.add(IMPLIED, TABLE, place_of(over.iloc[at]), what, _HIDE)


def _check_pairs(rows: pd.DataFrame, threshold: int, findings: Findings) -> None:
    """Spells less those ended (or at risk) are those ongoing (or ended before)."""
    for name in COUNTS[1:]:
        rest = (rows["n_spells"] - rows[name]).to_numpy()
        for at in np.flatnonzero((rest > 0) & (rest < threshold)):
            what = f"n_spells less {name} is from 1 to {threshold - 1}."
            findings.add(IMPLIED, TABLE, place_of(rows.iloc[at]), what, _HIDE)


def check_same(rows: pd.DataFrame, findings: Findings) -> None:
    """The same number in two parts of the release has one mask and one value."""
    key = [*_GROUP, "metric", "limit_days", "day"]
    known = rows[rows["metric"].str.startswith((*_SHARES, "n_", "quantile_", "restricted_"))]
    known = known[known["by"].isin(["all", "sex", "age", "county", "year"])]
    known = known.assign(masked=is_masked(known["flags"]), shown=known["estimate"].notna())
    group = known.groupby(key, dropna=False, sort=False)
    findings.looked(SAME, group.ngroups)
    hidden = (known["masked"] & ~known["shown"]).groupby(group.ngroup()).transform("any")
    for at in np.flatnonzero(hidden & known["shown"]):
        what = "shown here and hidden in another part of the release."
        findings.add(SAME, TABLE, place_of(known.iloc[at]), what, _HIDE)
    spread = group["estimate"].transform("max") - group["estimate"].transform("min")
    for at in np.flatnonzero(spread > 1e-6):
        what = "another value than in another part of the release."
        findings.add(SAME, TABLE, place_of(known.iloc[at]), what, "Make all of it from one build.")
