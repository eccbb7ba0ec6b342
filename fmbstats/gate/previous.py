"""Against an earlier release: the same cell keeps its mask, and differences give nobody away."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from fmbstats.errors import UserError
from fmbstats.gate.findings import Findings
from fmbstats.gate.rows import MASKED, TABLE, place_of, read_rows

CHECK = "previous release"
_COUNTS = ("n_spells", "n_events", "n_at_risk_at_r")
# What a number is of: the same in two releases when all of these are.
_KEY = ["slug", "by", "stratum", "period", "metric", "limit_days", "day"]
_VINTAGE = ["cutoff", "data_vintage"]
_TOLERANCE = 1e-9


def check_previous(rows: pd.DataFrame, threshold: int, previous: Path, findings: Findings) -> str:
    """Compare with an earlier release; return a line that says whether the data are later ones.

    Parameters
    ----------
    rows : DataFrame
        As `rows.read_rows` gives them.
    threshold : int
        Smallest count that is shown.
    previous : Path
        Folder of the earlier release.
    findings : Findings

    Raises
    ------
    UserError
        The earlier folder holds no table that can be read.
    """
    try:
        earlier = read_rows((previous / TABLE).read_bytes())
    except (OSError, ValueError) as error:
        raise UserError(
            f"--previous {previous}: its {TABLE} cannot be read ({error}). Name the folder of a "
            "finished release."
        ) from None
    both = _paired(rows, earlier)
    findings.looked(CHECK, len(both))
    is_same = _vintage(rows) == _vintage(earlier)
    _check_masks(both, findings, is_same=is_same)
    _check_differences(both, threshold, findings, is_same=is_same)
    if not len(both):
        return f"{previous}: no number of the same period in both releases."
    if is_same:
        return f"{previous}: the same data; {len(both)} numbers compared."
    return (
        f"{previous}: data of {_vintage(earlier)}, now {_vintage(rows)}; {len(both)} numbers "
        "compared. Numbers of a period may differ because spells were reported later."
    )


def _vintage(rows: pd.DataFrame) -> str:
    """Name the data: register and cut-off."""
    return "; ".join(", ".join(sorted(rows[name].astype(str).unique())) for name in _VINTAGE)


def _paired(rows: pd.DataFrame, earlier: pd.DataFrame) -> pd.DataFrame:
    """Put the numbers of both releases beside each other."""
    columns = [*_KEY, "estimate", *_COUNTS, "flags", "line"]
    now, then = (_with_period(frame)[columns].drop_duplicates(_KEY) for frame in (rows, earlier))
    return now.merge(then, on=_KEY, suffixes=("", "_then"))


def _with_period(rows: pd.DataFrame) -> pd.DataFrame:
    """Give each row the start year that it is about, whatever release it stands in."""
    is_year = rows["by"] == "year"
    period = rows["start_year"].astype(str).where(~is_year, rows["stratum"])
    plain = rows.assign(period=period)
    plain.loc[is_year, ["by", "stratum"]] = "all"
    return plain


def _check_masks(both: pd.DataFrame, findings: Findings, *, is_same: bool) -> None:
    """A hidden cell stays hidden; with the same data a shown one stays shown."""
    hidden, was_hidden = (both[name].map(_is_masked) for name in ("flags", "flags_then"))
    shown, was_shown = both["estimate"].notna(), both["estimate_then"].notna()
    for at in np.flatnonzero(was_hidden & ~was_shown & shown):
        what = "hidden in the earlier release and shown now."
        _found(both.iloc[at], what, "Keep it hidden: both together tell more.", findings)
    if is_same:
        for at in np.flatnonzero(hidden & ~shown & was_shown):
            what = "shown in the earlier release of the same data and hidden now."
            todo = "Make both with one threshold, or withdraw the earlier one."
            _found(both.iloc[at], what, todo, findings)


def _is_masked(flags: str) -> bool:
    return any(flag in MASKED for flag in flags.split())


def _check_differences(
    both: pd.DataFrame, threshold: int, findings: Findings, *, is_same: bool
) -> None:
    """Counts of one period may not differ by few; with the same data nothing may differ."""
    seen = set()
    for name in _COUNTS:
        now, then = both[name].to_numpy(dtype=float), both[f"{name}_then"].to_numpy(dtype=float)
        apart = np.abs(now - then)
        for at in np.flatnonzero((apart > 0) & (apart < threshold)):
            row = both.iloc[at]
            key = (name, *(row[k] for k in ("slug", "by", "stratum", "period")))
            if key not in seen:
                seen.add(key)
                what = f"{name} differs from the earlier release by fewer than {threshold}."
                todo = "Publish the earlier data again, or only counts that differ by more."
                _found(row, what, todo, findings)
    if is_same:
        now, then = (both[c].to_numpy(dtype=float) for c in ("estimate", "estimate_then"))
        for at in np.flatnonzero(np.abs(now - then) > _TOLERANCE * np.maximum(1, np.abs(then))):
            what = "another number than in the earlier release of the same data."
            todo = "Make both with the same settings and the same rounding."
            _found(both.iloc[at], what, todo, findings)


def _found(row: pd.Series, what: str, todo: str, findings: Findings) -> None:
    findings.add(CHECK, TABLE, place_of(row), what, todo)
