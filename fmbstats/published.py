"""Real, published statistics: what they say of the share of spells longer than a limit.

Every folder of data_raw with ``bands.csv`` is a source of counts per length band, with
``literature.csv`` one of printed shares, medians and means; the 5 % quantiles of ended spells in
the SRS models lie in ``srs/``. Försäkringskassan and the models hold spells longer than 14 days
only, so a limit of at most 14 days cannot be judged by them. Codes nest (M54 holds M54.5): results
of different codes must never be added. What is counted and what a length is differ (the share of
*ongoing* spells that are long is not the share of *started* spells that become long; net days are
no calendar days): each stands in its row, and they never share a figure.
"""

from __future__ import annotations

import contextlib
import math
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from fmbstats import codes
from fmbstats.codes import ALL_CODES
from fmbstats.settings import SETTINGS
from fmbstats.sources.published.literature import NET_DAYS, FactRow, inequalities, populations
from fmbstats.sources.published.published_forms import SEXES, STOCKS, BandTable, FigureRow
from fmbstats.sources.published.published_tables import (
    Quantiles,
    Source,
    Sources,
    load_sources,
    source_folders,
)
from fmbstats.stats import bounds as stats_bounds
from fmbstats.stats.banded import piecewise_exceedance
from fmbstats.stats.bounds import Bounds
from fmbstats.stats.stated import exceedance_bounds_from_facts

ENTRY_DAY = SETTINGS.entry_day
EDGE_OFF_BY_ONE = "edge_off_by_one"
#: The source does not say for how long its spells were followed; from this day on it can matter.
NO_FOLLOW_UP, LONG_DAY = "follow_up_not_stated", 179
STARTED = "started"
BANDS, QUANTILES, FACTS = "bands", "quantiles", "facts"


@dataclass(frozen=True)
class PublishedBounds:
    """Bounds of P(T > limit | T > entry_day) for one code from one published source."""

    source: str  #: Name of the source: "fk", "srs", or what it was imported as.
    year: int | None  #: Start year of the spells; None where the source does not state it.
    code: str  #: The code that the source counts, normalised.
    limit_days: int
    #: Spells in the source (suppressed cells at their least); None where it is not printed, and
    #: then there are no limits of confidence.
    n_spells: int | None
    bounds: Bounds  #: The bounds with their Wilson limits and the reason for their width.
    length_basis: str
    flags: tuple[str, ...]  #: Those of `bounds`, and "edge_off_by_one".
    n_censored: int = 0  #: How many had not ended.
    #: A band edge one day from the limit, where the share is known exactly (flag
    #: "edge_off_by_one"): P(T > 89) stands beside a limit of 90 days.
    edge_day: int | None = None
    edge_share: float = math.nan  #: P(T > edge_day); NaN without such an edge.
    #: Constant hazard inside the band: a model, to be drawn dashed; NaN where there is none.
    model_share: float = math.nan
    label: str = ""  #: What the importer calls the source.
    #: With "ongoing" and "users" the share is that of a stock, where long spells weigh more;
    #: "started", "ended", "certificates", "ongoing" or "users".
    counted: str = STARTED
    #: `sex`, `area`, `period`: of whom and when; `area` empty: all that the source covers.
    sex: str = "all"
    area: str = ""
    period: str = ""
    entry_day: int = ENTRY_DAY  #: Only spells longer than this are counted.
    n_most: int | None = 0  #: The most spells there can be; `n_spells` without suppressed cells.
    is_sum: bool = False  #: Women and men were added because the source has no total.
    kind: str = BANDS
    #: Bounds of P(T > limit − 1), that is, of the share that lasted at least `limit_days`: exact
    #: where a band begins on that day. None when the limit cannot be tested.
    reached: Bounds | None = None
    definition: str = ""  #: What a length is in a source of printed facts, in its own words.
    group: str = ""  #: Of which part of the spells a printed fact is; empty for all.
    facts: tuple[FactRow, ...] = ()  #: The printed facts that the bounds follow from.

    @property
    def is_stock(self) -> bool:
        """Whether ongoing spells or persons are counted, not spells that came or went."""
        return self.counted in STOCKS

    @property
    def lo(self) -> float:
        """Least share over the limit, in [0, 1]."""
        return self.bounds.lo

    @property
    def hi(self) -> float:
        """Largest share over the limit, in [0, 1]."""
        return self.bounds.hi

    @property
    def is_estimable(self) -> bool:
        """False when the limit is at most the entry day, or no spell is counted."""
        return self.bounds.is_estimable


class PublishedSteps(NamedTuple):
    """Bounds of P(T > day | T > 14) at every edge of one source, for drawing.

    `is_grid` is True for quantiles, whose bounds hold from each day to the next; with bands the
    share is known at the edges and lies in [lo[j + 1], hi[j]] between two of them. `n_hi` is the
    most spells there can be.
    """

    source: str
    year: int | None
    code: str
    n_spells: int
    day: np.ndarray
    lo: np.ndarray
    hi: np.ndarray
    is_grid: bool
    label: str = ""
    period: str = ""
    counted: str = STARTED
    n_most: int = 0


class PublishedFact(NamedTuple):
    """One printed share, quantile or mean, and the source it stands in."""

    source: str
    label: str
    row: FactRow


class PublishedFigure(NamedTuple):
    """One published figure that says nothing of lengths, and the source it stands in."""

    source: str
    label: str
    row: FigureRow


def published_bounds(
    code: str,
    limit_days: int,
    *,
    kinds: Collection[str] = (BANDS, QUANTILES, FACTS),
    data_raw: str | Path | None = None,
) -> list[PublishedBounds]:
    """Bounds of the share of spells longer than a limit from every source that has the code.

    `code`: ICD-10-SE code; only sources that count exactly this code answer. `limit_days`: ≥ 0.
    `kinds`: what the bounds may come from. `data_raw`: folder that holds ``fk/`` and ``srs/``; by
    default the nearest data_raw above the working folder, or the one beside the package. One bound
    per source, kind of count, period, area and sex: FK first, then the other sources by name,
    newest periods first, the SRS last; empty when nothing is published for the code.

    Examples
    --------
    >>> found = [b for b in published_bounds("F32", 179) if b.kind != FACTS]
    >>> [f"{b.source} {b.year}: {b.lo:.3f}-{b.hi:.3f}" for b in found]
    ['fk 2017: 0.307-0.307', 'fk 2015: 0.380-0.380', 'srs None: 0.239-0.330']
    """
    sources = load_sources(_folder(data_raw))
    return list(_bounds(sources, codes.code_or_range(code), limit_days, frozenset(kinds)))


@lru_cache(maxsize=1024)
def _bounds(
    sources: Sources, code: str, limit_days: int, kinds: frozenset[str]
) -> tuple[PublishedBounds, ...]:
    """Answer `published_bounds`; a page asks for each of its limits some ten times."""
    answers = []
    for source in sources:
        if BANDS in kinds:
            tables = (t for t in source.tables if t.code == code)
            answers += [_from_bands(source, t, limit_days) for t in tables]
        if QUANTILES in kinds:
            quantiles = (q for q in source.quantiles if q.code == code)
            answers += [_from_quantiles(source, q, limit_days) for q in quantiles]
        if FACTS in kinds:
            answers += [_from_facts(source, part, limit_days) for part in _of_lengths(source, code)]
    return tuple(answers)


def published_years(code: str, *, data_raw: str | Path | None = None) -> set[int]:
    """Return the start years of a code's counts, where their sources state them.

    >>> sorted(published_years("F32"))
    [2015, 2017]
    """
    wanted = codes.code_or_range(code)
    found: set[int | None] = set()
    for source in load_sources(_folder(data_raw)):
        found |= {table.year for table in source.tables if table.code == wanted}
        found |= {part[0].year for part in _of_lengths(source, wanted)}
    return {year for year in found if year is not None}


def _of_lengths(source: Source, code: str) -> list[list[FactRow]]:
    """Return the facts of a code, population by population, that bound a spell's length."""
    found = populations(fact for fact in source.facts if fact.code == code)
    # Net days within a year are no length of a spell, and a mean says nothing of a share.
    return [p for p in found if p[0].length_basis != NET_DAYS and inequalities(p)]


def published_steps(code: str, *, data_raw: str | Path | None = None) -> list[PublishedSteps]:
    """Bounds at every published edge for a code, one item per source and period, for drawing.

    Of spells that started, women and men together, everywhere: a figure of shares of ongoing
    spells would be read as one of started ones.
    """
    wanted = codes.code_or_range(code)
    steps = []
    for source in load_sources(_folder(data_raw)):
        for t in source.tables:
            if (t.code, t.sex, t.area, t.counted) == (wanted, SEXES[0], "", STARTED):
                day, lo, hi = stats_bounds.exceedance_steps_from_bands(
                    t.edges, t.n_lo, counts_max=t.n_hi
                )
                own: tuple[str, int | None, str, int] = (source.name, t.year, t.code, sum(t.n_lo))
                about = (source.label, t.period, t.counted, sum(t.n_hi))
                steps.append(PublishedSteps(*own, day, lo, hi, False, *about))
        for q in source.quantiles:
            if q.code == wanted:
                day, lo, hi = stats_bounds.exceedance_steps_from_quantiles(
                    q.breaks, q.n_spells, q.n_ended, q.n_censored
                )
                own = (source.name, None, q.code, q.n_spells)
                about = (source.label, "", STARTED, q.n_spells)
                steps.append(PublishedSteps(*own, day, lo, hi, True, *about))
    return steps


def published_facts(code: str, *, data_raw: str | Path | None = None) -> list[PublishedFact]:
    """Every printed fact of a code (or range), with the folder and label of its source."""
    wanted = codes.code_or_range(code)
    return [
        PublishedFact(source.name, source.label, fact)
        for source in load_sources(_folder(data_raw))
        for fact in source.facts
        if fact.code == wanted
    ]


def published_figures(code: str, *, data_raw: str | Path | None = None) -> list[PublishedFigure]:
    """Published figures without length bands that concern a code: of it, or of its chapter.

    Figures of all codes together (ALL) are left out.
    """
    wanted = {codes.code_or_range(code)}
    with contextlib.suppress(codes.CodeError):
        wanted.add(codes.chapter(code))
    return [
        PublishedFigure(source.name, source.label, row)
        for source in load_sources(_folder(data_raw))
        for row in source.figures
        if row.code in wanted and row.code != ALL_CODES
    ]


def published_codes(data_raw: str | Path | None = None) -> dict[str, tuple[str, ...]]:
    """Every code, and every range smaller than a chapter, that some source has, with its sources.

    Examples
    --------
    >>> published_codes()["F438A"], published_codes()["M15"]
    (('srs',), ('fk',))
    """
    found: dict[str, set[str]] = {}
    for source in load_sources(_folder(data_raw)):
        told = {table.code for table in source.tables}
        told |= {row.code for row in source.quantiles} | {fact.code for fact in source.facts}
        for code in told:
            found.setdefault(code, set()).add(source.name)
    return {code: tuple(sorted(found[code])) for code in sorted(found) if _is_of_diagnosis(code)}


def related_codes(
    own: Sequence[str], *, data_raw: str | Path | None = None
) -> list[tuple[str, bool]]:
    """Published codes and ranges that speak of some codes, and whether they are broader.

    `own`: the codes of a diagnosis, normalised. Returns those within the diagnosis first (False);
    then those that hold other diagnoses too (True).

    Examples
    --------
    >>> related_codes(["F438A"])
    [('F438A', False), ('F43', True), ('F438', True)]
    """
    known = published_codes(data_raw)
    inner = [code for code in known if codes.are_within(code, own)]
    wider = [code for code in known if any(codes.overlap(one, code) for one in own)]
    return [(code, code not in inner) for code in dict.fromkeys([*inner, *wider])]


def published_sources(data_raw: str | Path | None = None) -> dict[str, dict[str, Any]]:
    """Return every source's sidecar by its name, in the order of the results."""
    return {s.name: {"label": s.label, **s.about} for s in load_sources(_folder(data_raw))}


def _from_bands(source: Source, t: BandTable, limit: int) -> PublishedBounds:
    def at(day: int) -> Bounds:
        return stats_bounds.exceedance_bounds_from_bands(t.edges, t.n_lo, day, counts_max=t.n_hi)

    found, share, model = at(limit), math.nan, math.nan
    edge = next((e for e in t.edges[1:] if found.is_estimable and abs(e - limit) == 1), None)
    if edge is not None:
        at_edge = at(edge)
        share = at_edge.lo if at_edge.lo == at_edge.hi else math.nan
    if found.reason_for_width == stats_bounds.INSIDE_BAND and not t.has_hidden:
        model = piecewise_exceedance(t.edges, t.n_lo, limit)
    return PublishedBounds(
        source.name, t.year, t.code, limit, sum(t.n_lo), found, t.length_basis,
        found.flags + _band_flags(source, t, edge, found),
        edge_day=edge,
        edge_share=share,
        model_share=model,
        label=source.label,
        counted=t.counted,
        sex=t.sex,
        area=t.area,
        period=t.period,
        entry_day=t.edges[0],
        n_most=sum(t.n_hi),
        is_sum=t.is_sum,
        reached=_reached(at, found),
    )  # fmt: skip


def _reached(at: Callable[[int], Bounds], found: Bounds) -> Bounds | None:
    """Bounds a day before a limit, where both days can be tested."""
    before = at(found.limit_days - 1)
    return before if found.is_estimable and before.is_estimable else None


def _band_flags(source: Source, t: BandTable, edge: int | None, found: Bounds) -> tuple[str, ...]:
    """Say whether an edge lies beside the limit, and whether the follow-up can matter."""
    is_open = t.period in source.about.get(NO_FOLLOW_UP, ())
    is_long = found.is_estimable and found.band_to_day >= LONG_DAY
    flags = (EDGE_OFF_BY_ONE,) if edge is not None else ()
    return flags + ((NO_FOLLOW_UP,) if is_open and is_long else ())


def _from_quantiles(source: Source, q: Quantiles, limit: int) -> PublishedBounds:
    def at(day: int) -> Bounds:
        return stats_bounds.exceedance_bounds_from_quantiles(
            q.breaks, q.n_spells, q.n_ended, q.n_censored, day, entry_day=ENTRY_DAY
        )

    found = at(limit)
    return PublishedBounds(
        source.name, None, q.code, limit, q.n_spells, found, "paid_days", found.flags,
        n_censored=q.n_censored,
        label=source.label,
        n_most=q.n_spells,
        kind=QUANTILES,
        reached=_reached(at, found),
    )  # fmt: skip


def _from_facts(source: Source, facts: list[FactRow], limit: int) -> PublishedBounds:
    first, stated = facts[0], inequalities(facts)
    entry_day, n = first.first_day - 1, _n_of(facts)

    def at(day: int) -> Bounds:
        return exceedance_bounds_from_facts(stated, day, entry_day=entry_day, n_spells=n)

    found = at(limit)
    return PublishedBounds(
        source.name, first.year, first.code, limit, n, found, first.length_basis, found.flags,
        label=first.source,
        counted=first.counted,
        sex=first.sex,
        area=first.area,
        period=first.period,
        entry_day=entry_day,
        n_most=n,
        kind=FACTS,
        reached=_reached(at, found),
        definition=first.definition,
        group=first.group,
        facts=tuple(facts),
    )  # fmt: skip


def _n_of(facts: list[FactRow]) -> int | None:
    """Return the number of spells that the facts rest on; None unless they state one."""
    stated = {fact.n for fact in facts if fact.n is not None}
    return stated.pop() if len(stated) == 1 else None


def _is_of_diagnosis(code: str) -> bool:
    """Whether it is a code or a few categories, not a chapter nor all of them."""
    return code != ALL_CODES and tuple(code.split("-")) not in codes.CHAPTERS


def _folder(data_raw: str | Path | None) -> Path:
    if data_raw is not None:
        return Path(data_raw)
    here = Path.cwd().resolve()
    beside_package = Path(__file__).resolve().parents[1] / "data_raw"
    candidates = [folder / "data_raw" for folder in (here, *here.parents)]
    return next((c for c in candidates if source_folders(c)), beside_package)
