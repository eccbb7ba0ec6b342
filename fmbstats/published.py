"""Real, published statistics: what they say of the share of spells longer than a limit.

Two sources lie in data_raw as facts: Försäkringskassan's counts of started spells per length band
(``fk/``) and the 5 % quantiles of ended spells in the SRS models (``srs/``). Both hold spells
longer than 14 days only, so a limit of at most 14 days cannot be judged. Codes nest (M54 holds
M54.5): results of different codes must never be added.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from fmbstats import codes
from fmbstats.recommendations.limits import MONTH_CONVENTIONS, limit_days
from fmbstats.sources.published_tables import (
    FK,
    SRS,
    Bands,
    Quantiles,
    load_percentiles,
    load_published,
)
from fmbstats.sources.sidecar import read_sidecar
from fmbstats.stats import bounds as stats_bounds
from fmbstats.stats.bounds import Bounds

if TYPE_CHECKING:
    import polars as pl

ENTRY_DAY = 14
EDGE_OFF_BY_ONE = "edge_off_by_one"

#: What must be said beside the numbers of a source; a key, the words stand elsewhere.
NOTES = {FK: "fk_all_ends", SRS: "srs_years_not_stated"}


@dataclass(frozen=True)
class PublishedBounds:
    """Bounds of P(T > limit | T > 14) for one code from one published source.

    Attributes
    ----------
    source : {"fk", "srs"}
    year : int or None
        Start year of the spells; None where the source does not state it.
    code : str
        The code that the source counts, normalised.
    limit_days : int
    n_spells, n_censored : int
        Spells in the source (suppressed cells not counted), and how many had not ended.
    bounds : Bounds
        The bounds with their Wilson limits and the reason for their width.
    edge_day : int or None
        A band edge one day from the limit, where the share is known exactly
        (flag "edge_off_by_one"): P(T > 89) stands beside a limit of 90 days.
    edge_share : float
        P(T > edge_day); NaN without such an edge.
    model_share : float
        Constant hazard inside the band: a model, to be drawn dashed; NaN where there is none.
    length_basis : str
        "paid_days".
    note : str
        A key of what must be said beside the numbers.
    flags : tuple of str
        Those of `bounds`, and "edge_off_by_one".
    """

    source: str
    year: int | None
    code: str
    limit_days: int
    n_spells: int
    n_censored: int
    bounds: Bounds
    edge_day: int | None
    edge_share: float
    model_share: float
    length_basis: str
    note: str
    flags: tuple[str, ...]

    @property
    def lo(self) -> float:
        """Least share over the limit, in [0, 1]."""
        return self.bounds.lo

    @property
    def hi(self) -> float:
        """Largest share over the limit, in [0, 1]."""
        return self.bounds.hi

    @property
    def lo_ci(self) -> float:
        """Wilson limit below `lo`."""
        return self.bounds.lo_ci

    @property
    def hi_ci(self) -> float:
        """Wilson limit above `hi`."""
        return self.bounds.hi_ci

    @property
    def reason_for_width(self) -> str:
        """Why `hi` is above `lo`: see :class:`fmbstats.stats.bounds.Bounds`."""
        return self.bounds.reason_for_width

    @property
    def is_estimable(self) -> bool:
        """False when the limit is at most 14 days."""
        return self.bounds.is_estimable


class PublishedSteps(NamedTuple):
    """Bounds of P(T > day | T > 14) at every edge of one source, for drawing.

    `is_grid` is True for quantiles, whose bounds hold from each day to the next; with bands the
    share is known at the edges and lies in [lo[j + 1], hi[j]] between two of them.
    """

    source: str
    year: int | None
    code: str
    n_spells: int
    day: np.ndarray
    lo: np.ndarray
    hi: np.ndarray
    is_grid: bool


def published_bounds(
    code: str, limit_days: int, *, level: float = 0.95, data_raw: str | Path | None = None
) -> list[PublishedBounds]:
    """Bounds of the share of spells longer than a limit from every source that has the code.

    Parameters
    ----------
    code : str
        ICD-10-SE code; only sources that count exactly this code answer.
    limit_days : int
        ≥ 0.
    level : float
        Of the Wilson limits.
    data_raw : str or Path, optional
        Folder that holds ``fk/`` and ``srs/``; by default the nearest data_raw above the working
        folder, or the one beside the package.

    Returns
    -------
    list of PublishedBounds
        FK's newest year first, then the SRS; empty when nothing is published for the code.

    Examples
    --------
    >>> [f"{b.source} {b.year}: {b.lo:.3f}-{b.hi:.3f}" for b in published_bounds("F32", 179)]
    ['fk 2017: 0.307-0.307', 'fk 2015: 0.380-0.380', 'srs None: 0.239-0.330']
    """
    fk, srs = load_published(_folder(data_raw))
    wanted = codes.normalise(code)
    answers = [_from_bands(b, limit_days, level) for b in fk if b.code == wanted]
    answers += [_from_quantiles(q, limit_days, level) for q in srs if q.code == wanted]
    return answers


def published_by_convention(
    code: str, number: int | None, unit: str | None, **options
) -> dict[int, list[PublishedBounds]]:
    """Find published bounds at a case's recommended length under both month conventions.

    Parameters
    ----------
    code : str
    number, unit : int or None, {"d", "wk", "mo"} or None
        As in the case; without a number there is nothing to compare with.
    **options
        `level` and `data_raw` of :func:`published_bounds`.

    Returns
    -------
    dict
        30 and 31 (days in a month) → list; both empty without a number.

    Examples
    --------
    >>> both = published_by_convention("F32", 6, "mo")
    >>> {m: found[0].limit_days for m, found in both.items()}
    {30: 180, 31: 186}
    """
    limits = {m: limit_days(number, unit, m) for m in MONTH_CONVENTIONS}
    return {
        m: [] if limit is None else published_bounds(code, limit, **options)
        for m, limit in limits.items()
    }


def table_bounds(
    table: pl.DataFrame, code: str, limit_days: int, *, level: float = 0.95
) -> dict[int, Bounds]:
    """Find bounds in another publisher's band table.

    Parameters
    ----------
    table : polars.DataFrame
        As :func:`fmbstats.sources.bands.read_bands` returns it: every count an interval.
    code : str
        Only rows of exactly this code are used.
    limit_days : int
    level : float

    Returns
    -------
    dict
        Start year → Bounds of P(T > limit), given that the spell outlasted the day before the
        first band; empty when the table lacks the code.

    Raises
    ------
    ValueError
        The bands of a year overlap or leave a gap.
    """
    rows = table.filter(code=codes.normalise(code)).sort("start_year", "band_from_day")
    found = {}
    for (year,), part in rows.group_by("start_year", maintain_order=True):
        edges = [first - 1 for first in part["band_from_day"]]
        lasts = part["band_to_day"].to_list()
        if lasts[:-1] != edges[1:]:
            raise ValueError(f"the bands of {code} {year} overlap or leave a gap")
        if lasts[-1] is not None:
            edges.append(lasts[-1])
        found[year] = stats_bounds.exceedance_bounds_from_bands(
            edges, part["n_min"], limit_days, level, counts_max=part["n_max"]
        )
    return found


def published_steps(code: str, *, data_raw: str | Path | None = None) -> list[PublishedSteps]:
    """Bounds at every published edge for a code, one item per source and year, for drawing."""
    fk, srs = load_published(_folder(data_raw))
    wanted = codes.normalise(code)
    steps = []
    for b in (b for b in fk if b.code == wanted):
        day, lo, hi = stats_bounds.exceedance_steps_from_bands(b.edges, b.counts)
        steps.append(
            PublishedSteps(FK, b.year, b.code, int(np.nansum(b.counts)), day, lo, hi, False)
        )
    for q in (q for q in srs if q.code == wanted):
        day, lo, hi = stats_bounds.exceedance_steps_from_quantiles(
            q.breaks, q.n_spells, q.n_ended, q.n_censored
        )
        steps.append(PublishedSteps(SRS, None, q.code, q.n_spells, day, lo, hi, True))
    return steps


def published_percentiles(code: str, *, data_raw: str | Path | None = None) -> dict[int, float]:
    """Percentiles of the spells' length adjusted for censoring, from the SRS models.

    Returns
    -------
    dict
        10, 25, 50, 75, 90 → days, given that the spell lasted over 14; NaN where not reached;
        empty when nothing is published for the code.

    Examples
    --------
    >>> published_percentiles("F32")
    {10: 28.0, 25: 46.0, 50: 99.0, 75: 211.0, 90: 485.0}
    """
    return load_percentiles(_folder(data_raw)).get(codes.normalise(code), {})


def published_codes(data_raw: str | Path | None = None) -> dict[str, tuple[str, ...]]:
    """Every code that some source counts, with its sources.

    Examples
    --------
    >>> published_codes()["F438A"], published_codes()["F43"]
    (('srs',), ('fk', 'srs'))
    """
    fk, srs = load_published(_folder(data_raw))
    found: dict[str, set[str]] = {}
    for source, items in ((FK, fk), (SRS, srs)):
        for item in items:
            found.setdefault(item.code, set()).add(source)
    return {code: tuple(sorted(found[code])) for code in sorted(found)}


def source_info(source: str, data_raw: str | Path | None = None) -> dict:
    """Return the sidecar of "fk" or "srs": title, publisher, url, date, licence, definition."""
    return read_sidecar(_folder(data_raw) / source)


def _from_bands(b: Bands, limit: int, level: float) -> PublishedBounds:
    found = stats_bounds.exceedance_bounds_from_bands(b.edges, b.counts, limit, level)
    edge = next((e for e in b.edges[1:] if abs(e - limit) == 1 and limit > ENTRY_DAY), None)
    share, model = math.nan, math.nan
    if edge is not None:
        at_edge = stats_bounds.exceedance_bounds_from_bands(b.edges, b.counts, edge, level)
        share = at_edge.lo if at_edge.lo == at_edge.hi else math.nan
    n_known = int(np.nansum(b.counts))
    if found.reason_for_width == stats_bounds.INSIDE_BAND and not np.isnan(b.counts).any():
        model = stats_bounds.piecewise_exceedance(b.edges, b.counts, limit)
    return _answer(FK, b.year, b.code, (n_known, 0), found, (edge, share, model))


def _from_quantiles(q: Quantiles, limit: int, level: float) -> PublishedBounds:
    found = stats_bounds.exceedance_bounds_from_quantiles(
        q.breaks, q.n_spells, q.n_ended, q.n_censored, limit, level, entry_day=ENTRY_DAY
    )
    sizes = (q.n_spells, q.n_censored)
    return _answer(SRS, None, q.code, sizes, found, (None, math.nan, math.nan))


def _answer(source, year, code, sizes, found: Bounds, beside) -> PublishedBounds:
    edge, share, model = beside
    return PublishedBounds(
        source=source,
        year=year,
        code=code,
        limit_days=found.limit_days,
        n_spells=sizes[0],
        n_censored=sizes[1],
        bounds=found,
        edge_day=edge,
        edge_share=share,
        model_share=model,
        length_basis="paid_days",
        note=NOTES[source],
        flags=found.flags + (() if edge is None else (EDGE_OFF_BY_ONE,)),
    )


def _folder(data_raw: str | Path | None) -> Path:
    if data_raw is not None:
        return Path(data_raw)
    here = Path.cwd().resolve()
    beside_package = Path(__file__).resolve().parents[1] / "data_raw"
    candidates = [folder / "data_raw" for folder in (here, *here.parents)]
    return next((c for c in candidates if (c / FK).is_dir() or (c / SRS).is_dir()), beside_package)
