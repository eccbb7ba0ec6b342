"""A reform that reaches the counties at different times, such as the digital form of FMB."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property, partial
from pathlib import Path

import numpy as np

from fmbstats.errors import SourceError
from fmbstats.evaluate.events import Event, read_events, within
from fmbstats.evaluate.panel import Panel, panel_of
from fmbstats.evaluate.revision import BROKEN, CANNOT, HELD
from fmbstats.recommendations.yardstick import main_day
from fmbstats.settings import COUNTIES, SETTINGS
from fmbstats.sources.outside import read_outside
from fmbstats.sources.textfiles import read_text
from fmbstats.stats.event_study import (
    Randomised,
    cloglog,
    group_time,
    imputation_weights,
    overall_weights,
    randomise,
    relative_magnitudes,
    two_way_weights,
    wild_bootstrap_p,
)
from fmbstats.store import Store, lookups
from fmbstats.store.months import EPOCH_YEAR, MonthCounts, month_number, month_start
from fmbstats.words.refused import Refused, RefusedFile

STEP = 3  #: Months of a period: a county has too few spells of a diagnosis in one.
BASE_QUARTERS = 4
N_LEADS = 8
#: Quarters before the first whole one with the reform, in which it came for some spells only: taken
#: as treated, or not, they would dilute the effect, so they are left out.
MIXED = 1
MIN_COUNTIES = 6
#: Spells that should reach the limit, and that should not, in a county's smallest quarter, by the
#: share of all counties: which have so many does not hang on how long a county's own spells last.
MIN_EACH = 8
#: What may be told of the assumptions, in the order of the page: two are tested, three no register
#: can tell.
TESTED, UNTESTED = ("leads", "numbers"), ("elsewhere", "spill", "coding")


@dataclass(frozen=True, eq=False)
class Adoption:
    """When each county adopted."""

    counties: tuple[str, ...]
    #: First whole quarter with the reform per county, from the first quarter of the register.
    first: np.ndarray
    #: Dates are permuted within a kind only (own system, Webcert ...); from 0.
    kind: np.ndarray
    #: Of the register, since January 1990.
    quarters: range
    #: Empty where only quarters are known.
    days: tuple[date, ...] = ()


@dataclass(frozen=True)
class EntryEffect:
    """What was found of one diagnosis; its limit is the stated one that most of its spells have."""

    entry_id: str
    limit_days: int
    effect: float  # on log(-log S)
    weight: float  # in the mean of all
    n_counties: int  # with spells enough of it


@dataclass(frozen=True)
class EventTime:
    """What was found so many quarters from adoption, against the year before, and by whom."""

    at: int
    #: On log(-log S), with the limits that permuted dates give this quarter alone.
    effect: float
    lo: float
    hi: float
    #: Mean of those that have adopted, from the level that all had the year before.
    level: float
    n_treated: int
    #: The fewest and the most counties that had not yet adopted in any of its comparisons.
    n_controls: tuple[int, int]


@dataclass(frozen=True, eq=False)
class Rollout:
    """What was found."""

    adoption: Adoption
    entries: list[EntryEffect]
    #: Not-yet-treated controls (Callaway & Sant'Anna), entries pooled by their information.
    headline: Randomised
    wild_p: float
    imputation: float  # the check
    two_way: float  # the bad example
    events: list[EventTime]
    #: Relative magnitudes: M and the limits.
    sensitive: list[tuple[float, float, float]]
    #: The headline with one county left out.
    without: list[tuple[str, float]]
    #: Of `TESTED`: the same in the year before, and of the logarithm of the number of spells.
    tests: Mapping[str, Randomised]
    #: In the register's time.
    happened: Sequence[Event] = ()

    @property
    def is_found(self) -> bool:
        """Whether no effect is rejected."""
        return self.headline.p <= SIZE

    @property
    def assumptions(self) -> list[tuple[str, str]]:
        """Names, and whether they held."""
        held = {name: BROKEN if test.p <= SIZE else HELD for name, test in self.tests.items()}
        return [(name, held.get(name, CANNOT)) for name in (*TESTED, *UNTESTED)]


SIZE = 0.05
_weighed = partial(overall_weights, n_base=BASE_QUARTERS, n_mixed=MIXED)


def read_dates(path: Path) -> dict[str, tuple[date, str]]:
    """Read the user's adoption dates: county_code, first_date and, if given, kind.

    Separated by commas, or by semicolons as Excel does where a comma stands for the decimal point.
    Raises RefusedFile: a column is missing, a county stands twice, a date or code is none.
    """
    text = own_text(path)
    separator = ";" if ";" in text.partition("\n")[0] else ","
    rows = csv.DictReader(io.StringIO(text, newline=""), delimiter=separator)
    refused = partial(RefusedFile, file=path.name)
    try:
        if missing := {"county_code", "first_date"} - set(rows.fieldnames or ()):
            raise refused("dates_column", column=min(missing))
        found: dict[str, tuple[date, str]] = {}
        for row in rows:
            code, day = ((row[name] or "").strip() for name in ("county_code", "first_date"))
            county, at = code.zfill(2), partial(refused, line=rows.line_num)
            if county not in COUNTIES:
                raise at("dates_county", said=repr(code))
            if county in found:
                raise at("dates_twice", said=county)
            try:
                found[county] = (date.fromisoformat(day), (row.get("kind") or "").strip())
            except ValueError:
                raise at("dates_day", said=repr(day)) from None
    except csv.Error:
        raise refused("file_text") from None
    if not found:
        raise refused("dates_none")
    return found


def own_text(path: Path) -> str:
    """Read a file of the user's; RefusedFile: it is empty, or no text."""
    try:
        return read_text(path)
    except SourceError:
        raise RefusedFile("file_text", file=path.name) from None


def evaluate_rollout(
    store: Store, dates: dict[str, tuple[date, str]], *, n_draws: int = 999, seed: int = 0
) -> Rollout:
    """Evaluate a reform by its adoption dates.

    `store`: with months: exact, or a release store, whose counts are protected. `dates`: county
    code -> first day and kind; see `read_dates`. `n_draws`: permutations of the dates, at least 999
    for what is published. Raises Refused: one county, equal dates, dates outside the register, a
    county of the register without a date, or no entry with enough spells.
    """
    known = read_outside(read_events, store.data_folder)
    first, last = store.months.span
    adoption = adoption_of(dates, store.months.counties, first // STEP, last // STEP)
    entries = [entry for entry, *_ in lookups.entry_names(store)]
    counts, unit = store.months.of_entries(entries, by_county=True)
    limits = _limits(store, entries)
    panels = panels_of(counts, [entries[k] for k in unit], limits, adoption, store.entry_day,
                       store.noise)  # fmt: skip
    end = month_start(last + 1)
    happened = [e for e in within(known, month_start(first), end) if e.day < end]
    return estimate(panels, limits, adoption, n_draws=n_draws, seed=seed, happened=happened)


def adoption_of(
    dates: Mapping[str, tuple[date, str]], counties: Sequence[str], first: int, last: int
) -> Adoption:
    """Place the dates of some counties among the quarters of a register; see `evaluate_rollout`."""
    n_quarters = last - first + 1
    if len(counties) < 2:
        raise Refused("one_county")
    if without := [c for c in counties if c not in dates]:
        raise Refused("no_date", counties=", ".join(without[:5]))
    if len(counties) < MIN_COUNTIES:
        raise Refused("few_counties", n=len(counties), least=MIN_COUNTIES)
    days = tuple(dates[c][0] for c in counties)
    # The first whole quarter: on its first day, or after the quarter of the date.
    months = [month_number(day) + (day.day > 1) for day in days]
    quarters = -(-np.array(months) // STEP) - first
    outside = np.flatnonzero((quarters <= MIXED) | (quarters >= n_quarters))
    if len(outside):
        begins, k = EPOCH_YEAR + first * STEP // 12, outside[0]
        raise Refused("county_outside", county=counties[k], day=days[k], begins=begins,
                      n=n_quarters)  # fmt: skip
    if len(np.unique(quarters)) == 1:
        raise Refused("same_quarter")
    if not _has_comparison(quarters, np.ones(len(quarters)), n_quarters):
        raise Refused("none_waiting")
    kind = np.unique([dates[c][1] for c in counties], return_inverse=True)[1]
    return Adoption(tuple(counties), quarters, kind, range(first, last + 1), days)


def _has_comparison(first: np.ndarray, size: np.ndarray, n_quarters: int) -> bool:
    """Whether any county of a size above 0 has adopted while another has not begun to."""
    return _weighed(first, size, n_quarters) is not None


def _limits(store: Store, entries: Sequence[str]) -> dict[str, int]:
    """The stated limit that most spells of each entry have, where it can be seen."""
    counts, unit = store.months.of_entries(entries)
    limits, found = store.limits(SETTINGS.month_days), {}
    n_sets = int(counts.match_id.max(initial=0)) + 1
    judged = counts.match_id >= 0
    place = unit[judged] * n_sets + counts.match_id[judged]
    by_set = np.bincount(place, counts.n[judged], len(entries) * n_sets).reshape(-1, n_sets)
    for entry, own in zip(entries, by_set, strict=True):
        day = main_day(dict(enumerate(own)), limits, store.entry_day)
        if day is not None:
            found[entry] = day
    return found


def panels_of(
    counts: MonthCounts,
    entry: Sequence[str],
    limits: Mapping[str, int],
    adoption: Adoption,
    entry_day: int,
    noise: float,
) -> dict[str, Panel]:
    """Follow each entry that has a limit in every county, quarter by quarter.

    `counts`: by county; `entry`: of each row. What has too few spells, or not in all quarters, is
    left out.
    """
    place = {c: k for k, c in enumerate(adoption.counties)}
    names, where = np.unique(counts.county_code, return_inverse=True)
    county = np.array([place.get(name, -1) for name in names])[where]
    entries, unit = np.unique(np.asarray(entry, str), return_inverse=True)
    order = np.argsort(unit, kind="stable")
    edges = np.searchsorted(unit[order], np.arange(len(entries) + 1))
    least, found = SETTINGS.min_spells * MIN_COUNTIES * len(adoption.quarters), {}
    for k, name in enumerate(entries.tolist()):
        rows = order[edges[k] : edges[k + 1]]
        if name not in limits or counts.n[rows].sum() < least:
            continue
        panel = panel_of(
            counts.only(rows), county[rows], len(place), limits[name], entry_day, step=STEP,
            noise=noise,
        )  # fmt: skip
        if panel.period.tolist() == list(adoption.quarters):
            found[name] = _completed(panel, noise)
    return found


def _completed(panel: Panel, noise: float) -> Panel:
    """Tell of the cells in which few spells reached the limit, or all but few, that they are few.

    Without them counties would fall out in which chance left few, and an effect on how many are
    left would be told too small: 0.1 by 1.5 %. Not told is a count under the rule's base: three
    quarters of it on the mean, where 8 to 15 are expected; of exact counts none, and a half is
    added. A quarter that most counties are not followed through stays unknown.
    """
    enough = panel.n >= SETTINGS.min_spells
    known = np.isfinite(panel.value)
    is_few = enough & ~known & (2 * (enough & known).sum(axis=0) >= enough.sum(axis=0))
    n = np.maximum(panel.n, SETTINGS.min_spells)
    few = (0.5 + 1.5 * np.sqrt(noise)) / n
    share = np.where(panel.share == 1, 1 - few, few)
    value, variance = cloglog(share, 0.0)[0], cloglog(share, share * (1 - share) / n)[1]
    return replace(panel, value=np.where(is_few, value, panel.value),
                   variance=np.where(is_few, variance, panel.variance))  # fmt: skip


def estimate(
    panels: Mapping[str, Panel],
    limits: Mapping[str, int],
    adoption: Adoption,
    *,
    n_draws: int,
    seed: int = 0,
    happened: Sequence[Event] = (),
) -> Rollout:
    """Estimate the effect from the panels of the entries that have spells enough.

    Raises Refused: none has.
    """
    parts = Parts.of(panels, adoption)
    if parts is None:
        raise Refused("small", n=SETTINGS.min_spells, least=MIN_COUNTIES)
    first = adoption.first

    def permuted(y: np.ndarray, weigh: _Weigh) -> Randomised:
        return randomise(y, first, weigh, n_draws=n_draws, kind=adoption.kind, seed=seed)

    headline = permuted(parts.y, parts.mean)
    own = parts.mean(first)
    assert own is not None, "every part has a comparison"
    tests = {"numbers": permuted(parts.log_n, parts.of_numbers)}
    if parts.early(first) is not None:
        tests["leads"] = permuted(parts.y, parts.early)
    events = parts.events(first, lambda at: permuted(parts.y, partial(parts.mean, at=at)))
    leads = np.array([one.effect for one in events if one.at < -MIXED])
    reach = sum(one.at >= 0 for one in events)
    return Rollout(
        adoption, parts.entries(own, limits), headline,
        wild_bootstrap_p(parts.y, own, first, parts.size, n_draws=n_draws, seed=seed),
        parts.value(parts.each(partial(imputation_weights, n_mixed=MIXED), first)),
        parts.value(parts.each(two_way_weights, first)),
        events, relative_magnitudes(headline.estimate, headline.se, leads, reach),
        [(county, parts.value(parts.mean(first, np.arange(len(first)) != k)))
         for k, county in enumerate(adoption.counties)],
        tests, happened,
    )  # fmt: skip


_Weigh = Callable[[np.ndarray], "np.ndarray | None"]


@dataclass(frozen=True, eq=False)
class Parts:
    """Outcomes of the entries, those with the same counties pooled: one part each.

    An entry is estimated in the counties that have spells enough of it in every quarter.
    """

    #: Entry -> log(-log S) by county and quarter; its share of the information; its part.
    values: dict[str, np.ndarray]
    weight: dict[str, float]
    part_of: dict[str, int]
    #: By part, county and quarter, pooled by information; NaN for the counties of no part.
    y: np.ndarray
    share: np.ndarray  # of each part
    size: np.ndarray  # spells by county
    #: Logarithm of the number of spells, NaN for counties of no part.
    log_n: np.ndarray

    @classmethod
    def of(cls, panels: Mapping[str, Panel], adoption: Adoption) -> Parts | None:
        """Take the panels that have counties enough; None where none has."""
        masks: dict[bytes, int] = {}
        part_of, information = {}, {}
        for entry, panel in panels.items():
            is_told = _is_told(panel)
            if is_told.sum() >= MIN_COUNTIES and _has_comparison(
                adoption.first, is_told, len(adoption.quarters)
            ):
                part_of[entry] = masks.setdefault(is_told.tobytes(), len(masks))
                information[entry] = float((1 / panel.variance[is_told]).sum())
        if not part_of:
            return None
        total = sum(information.values())
        weight = {entry: value / total for entry, value in information.items()}
        kept = {entry: panels[entry] for entry in part_of}
        share = np.bincount(list(part_of.values()), list(weight.values()))
        y = np.zeros((len(masks), len(adoption.counties), len(adoption.quarters)))
        for entry, panel in kept.items():
            value = np.where(_is_told(panel)[:, None], panel.value, np.nan)
            y[part_of[entry]] += weight[entry] / share[part_of[entry]] * value
        n = np.sum([panel.n for panel in kept.values()], axis=0)
        is_in = np.isfinite(y).all(axis=2).any(axis=0, keepdims=True).T
        log_n = np.where(is_in, np.log(np.maximum(n, 1)), np.nan)
        values = {entry: panel.value for entry, panel in kept.items()}
        return cls(values, weight, part_of, y, share, n.sum(axis=1), log_n)

    @cached_property
    def sizes(self) -> np.ndarray:
        """Spells by part and county; 0 for the counties of no part."""
        return np.isfinite(self.y).all(axis=2) * self.size

    def _pooled(self, weights: np.ndarray | None) -> np.ndarray | None:
        """Weigh the parts that have a comparison by their shares; of several draws at once."""
        if weights is None:
            return None
        share = self.share * weights.any(axis=(-2, -1))
        total = share.sum(axis=-1, keepdims=True)
        return (share / np.where(total > 0, total, 1.0))[..., None, None] * weights

    def mean(
        self, dates: np.ndarray, kept: np.ndarray | float = 1.0, at: int | None = None
    ) -> np.ndarray | None:
        """Weights of the mean effect on the treated; `at`: in one quarter from adoption alone."""
        return self._pooled(_weighed(dates, self.sizes * kept, self.y.shape[2], at=at))

    def early(self, dates: np.ndarray) -> np.ndarray | None:
        """Weights of the same as if all had adopted a year earlier, before they did."""
        return self._pooled(_weighed(dates, self.sizes, self.y.shape[2], n_early=BASE_QUARTERS))

    def of_numbers(self, dates: np.ndarray) -> np.ndarray | None:
        """Weights of the change in the number of spells."""
        size = np.isfinite(self.log_n).all(axis=1) * self.size
        return _weighed(dates, size, self.y.shape[2])

    def each(self, how: Callable, dates: np.ndarray) -> np.ndarray | None:
        """Weights by another estimator."""
        found = [how(dates, size, self.y.shape[2]) for size in self.sizes]
        return None if all(one is None for one in found) else self._pooled(self._stacked(found))

    def value(self, weights: np.ndarray | None) -> float:
        """Estimate by weights."""
        return float("nan") if weights is None else float((weights * np.nan_to_num(self.y)).sum())

    def entries(self, own: np.ndarray, limits: Mapping[str, int]) -> list[EntryEffect]:
        """Return the effect of each entry, those with the most information first."""
        found = []
        for entry, part in self.part_of.items():
            effect = float((own[part] * np.nan_to_num(self.values[entry])).sum() / self.share[part])
            n_counties = int(np.isfinite(self.y[part]).all(axis=1).sum())
            found.append(EntryEffect(entry, limits[entry], effect, self.weight[entry], n_counties))
        return sorted(found, key=lambda one: (-one.weight, one.entry_id))

    def events(self, dates: np.ndarray, permuted: Callable[[int], Randomised]) -> list[EventTime]:
        """Return the effect at each distance from adoption, and what carries it.

        `permuted`: the effect at a distance, and what permuted dates make of it.
        """
        how = {"n_base": BASE_QUARTERS, "n_leads": N_LEADS, "n_mixed": MIXED}
        designs = [group_time(dates, size, self.y.shape[2], **how) for size in self.sizes]
        own = [
            replace(d, weights=d.weights * (dates == d.first[:, None])[..., None]) for d in designs
        ]
        # What those that adopt are held against is the year before, by how much each counts.
        overall = self._stacked([design.overall() for design in own])
        before = -self.value(self._pooled(np.minimum(overall, 0.0)))
        found = []
        for at in sorted({int(e) for design in designs for e in design.event_time}):
            there = [design.event_time == at for design in designs]
            moved = self.value(self._pooled(self._stacked([design.at(at) for design in own])))
            treated = {
                k
                for size, design, rows in zip(self.sizes, designs, there, strict=True)
                for k in np.flatnonzero((size > 0) & np.isin(dates, design.first[rows]))
            }
            controls = [d.n_controls[rows] for d, rows in zip(designs, there, strict=True)]
            n = np.concatenate(controls)
            ends, top = (int(n.min()), int(n.max())), permuted(at)
            found.append(
                EventTime(at, top.estimate, top.lo, top.hi, before + moved, len(treated), ends)
            )
        return found

    def _stacked(self, weights: Sequence[np.ndarray | None]) -> np.ndarray:
        """Weights of all parts, 0 for those that have none."""
        return np.array([np.zeros(self.y.shape[1:]) if one is None else one for one in weights])


def _is_told(panel: Panel) -> np.ndarray:
    """Counties of which the share is told in every quarter."""
    known = np.isfinite(panel.value).all(axis=1)
    told = known & (panel.n >= SETTINGS.min_spells).all(axis=1)
    if not told.any():
        return told
    share = np.average(np.exp(-np.exp(panel.value[told])), weights=panel.n[told])
    return told & (panel.n.min(axis=1) * min(share, 1 - share) >= MIN_EACH)
