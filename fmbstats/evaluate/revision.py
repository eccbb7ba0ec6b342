"""A revised recommendation: what changed after it, in the diagnosis and against others."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta

import numpy as np

from fmbstats.adherence import SpellCounts
from fmbstats.codes import chapter
from fmbstats.evaluate.events import Event, read_events, within
from fmbstats.evaluate.panel import Panel, panel_of
from fmbstats.evaluate.steering import days_of
from fmbstats.recommendations.yardstick import main_day
from fmbstats.settings import SETTINGS
from fmbstats.sources.outside import read_outside
from fmbstats.stats.event_study import MIN_CONTROLS, OneAmongControls, one_among_controls
from fmbstats.stats.intervals import z_value
from fmbstats.stats.steering import Shift, estimate_shift, smallest_detectable
from fmbstats.stats.trends import Interrupted, interrupted
from fmbstats.store import Store, lookups
from fmbstats.store.months import month_number, month_start
from fmbstats.told import Told
from fmbstats.words.refused import Refused

BASE_MONTHS = 12  #: Months before the change that a difference is held against: one of each season.
SHIFT_MONTHS = 24  #: Months on each side whose endings tell whether they moved with the limit.
LEAD_MONTHS = range(-12, -1)
HELD, BROKEN, CANNOT = "held", "broken", "cannot"


@dataclass(frozen=True, eq=False)
class Revision:
    """What was found."""

    entry_id: str
    title: str
    day: date  #: Of the revision.
    #: `old_days`, `new_days`: the stated limit that most spells of the year before, and after,
    #: have; the limit held fixed is `limit_days`.
    old_days: int
    new_days: int
    limit_days: int
    panel: Panel = field(repr=False)  #: First row the revised entry, then the controls.
    controls: tuple[str, ...]  #: Entry ids.
    series: Interrupted
    against: OneAmongControls  #: Mean effect on log(-log S): above 0, spells end sooner.
    #: The same in percentage points of the share over the limit: estimate, lo, hi.
    points: tuple[float, float, float]
    #: Event month, difference, standard error; shape (n_months, 3).
    leads: np.ndarray = field(repr=False)
    events: list[Event] = field(repr=False)  #: Within the window.
    assumptions: list[tuple[str, str]] = field(repr=False)  #: Name and whether it held.
    #: Whether rival events are taken to strike the revised entry and its controls alike.
    despite_rivals: bool = False
    #: Of the placebos: entry ids, and months such as "2015-04".
    placebo_names: tuple[str, ...] = ()
    #: Endings that followed the limit; None where it did not move, and from protected counts, which
    #: do not tell days apart.
    shift: Shift | None = field(default=None, repr=False)

    @property
    def is_told(self) -> bool:
        """Whether the effect has one explanation, or is asked for in spite of another one."""
        return self.despite_rivals or ("rivals", BROKEN) not in self.assumptions

    @property
    def rivals(self) -> list[Event]:
        """Events near enough to be the cause as well."""
        return _rivals(self.events, self.day)

    @property
    def share_per_unit(self) -> float:
        """Difference of shares that a small difference of log(-log S) makes, per unit of it."""
        share = _share_after(self.panel, month_number(self.day))
        return share * float(np.log(share))

    @property
    def smallest_detectable(self) -> float:
        """Smallest difference that would probably have been found, in shares."""
        lo, hi = self.points[1:]
        return smallest_detectable((hi - lo) / 2 / z_value(0.95))


def evaluate_revision(
    store: Store,
    entry_id: str,
    title: str,
    day: date,
    *,
    limit_days: int | None = None,
    controls: list[str] | None = None,
    despite_rivals: bool = False,
) -> Revision:
    """Evaluate the revision of an entry's recommendation.

    `store`: with months: exact, or a release store, whose counts are protected. `day`: first day
    that the new recommendation applies to. `limit_days`: limit held fixed before and after; by
    default the new one, or the old where that is not seen. `controls`: entry ids; by default all of
    the same ICD chapter that were not revised. `despite_rivals`: tell the effect although a rival
    event falls within two years of the revision: it is then taken to strike the controls as it
    strikes the revised entry. Raises Refused: nothing was revised on that day, or it lies outside
    the register; no limit after the entry day; too few months or controls.
    """
    known = read_outside(read_events, store.data_folder)  # before work that takes its time
    change = month_number(day)
    _refuse_day(store, entry_id, title, day, change)
    old, new = _limits_around(store, entry_id, change)
    limit = limit_days or next((d for d in (new, old) if d and d > store.entry_day), None)
    if limit is None:
        raise Refused(
            "no_limit", title=title, day=day, entry_day=_number("entry_day", store.entry_day)
        )
    chosen, is_own_chapter = (
        unrevised_entries(store, entry_id, day) if controls is None else (controls, True)
    )
    panel = _panel(store, [entry_id, *chosen], limit, change)
    _refuse_few(panel, change, title, len(chosen))
    is_kept = np.r_[True, _changes(panel, change)[0][1:] == _changes(panel, change)[0][1:]]
    kept = tuple(c for c, keep in zip(chosen, is_kept[1:], strict=True) if keep)
    first, last = (month_start(int(m)) for m in panel.period[[0, -1]])
    events = within(known, first, last)
    against, months = _against(panel, change, is_kept)
    if against.reason:
        raise Refused(
            "few_controls", title=title, n=_number("n_entries", against.n_controls),
            least=_number("n_entries", MIN_CONTROLS, "least"),
        )  # fmt: skip
    rivals = _rivals(events, day)
    series = Interrupted("rival_event") if rivals else _series(panel, change)
    leads = _leads(panel, change, is_kept)
    return Revision(
        entry_id, title, day, old or 0, new or 0, limit, panel, kept, series, against,
        _points(panel, change, against), leads, events,
        [*_assumptions(leads, panel, change, is_kept, bool(rivals)),
         ("alike", HELD if is_own_chapter else BROKEN)],
        despite_rivals, (*kept, *months), _shift(store, entry_id, change, old, new),
    )  # fmt: skip


def _refuse_day(store, entry_id, title, day, change):
    days = lookups.revision_days(store, entry_id)
    if not days:
        raise Refused("never_revised", title=title, day=day)
    if day not in days:
        raise Refused("not_revised", title=title, day=day, days=", ".join(map(str, days)))
    first, last = store.months.span
    if not first < change <= last:
        ends = (f"{month_start(month):%Y-%m}" for month in (first, last))
        raise Refused("outside", day=day, **dict(zip(("first", "last"), ends, strict=True)))


def _limits_around(store, entry_id, change):
    """The yardstick's one day of the spells that started in the year before, and after."""
    counts, _ = store.months.of_entries([entry_id])
    limits, around = store.limits(SETTINGS.month_days), []
    for side in (counts.month_no < change, counts.month_no > change):
        near = side & (abs(counts.month_no - change) <= BASE_MONTHS)
        by_set = np.bincount(counts.match_id[near] + 1, counts.n[near], minlength=1)[1:]
        around.append(main_day(dict(enumerate(by_set)), limits, 0))
    return around


def _shift(store, entry_id, change, old, new) -> Shift | None:
    """Hold the spells of two years after the revision against those of two years before."""
    if store.is_release or not old or not new or old == new:
        return None
    counts, _ = store.months.of_entries([entry_id])
    since = counts.month_no - change
    near = ((side * since > 0) & (abs(since) <= SHIFT_MONTHS) for side in (1, -1))
    after, before = (
        days_of(SpellCounts.of_ledger(vars(counts.only(rows))), store.entry_day) for rows in near
    )
    return estimate_shift(after, before, old, new)


def unrevised_entries(store: Store, entry_id: str, day: date) -> tuple[list[str], bool]:
    """Entries without a revision within two years of a day, and whether of the same ICD chapter.

    Where all of the chapter were revised (mental disorders on 2017-01-30), those of the other
    chapters stand in.
    """
    own = chapter(lookups.entry_codes(store, entry_id)[0])
    found: dict[bool, list[str]] = {True: [], False: []}
    for other, code, days in lookups.entries_with_revisions(store):
        is_near = any(abs((d - day).days) <= 731 for d in days)
        if other != entry_id and not is_near:
            found[chapter(code) == own].append(other)
    is_own = len(found[True]) >= MIN_CONTROLS
    return found[is_own], is_own


def _panel(store, entries, limit, change) -> Panel:
    """Months of all entries, without the one in which the change fell, which is mixed."""
    counts, unit = store.months.of_entries(entries)
    rows = counts.month_no != change
    return panel_of(
        counts.only(rows), unit[rows], len(entries), limit, store.entry_day, noise=store.noise
    )


def _number(metric: str, value: float, which: str = "all") -> Told:
    """Return a number of a refusal with its row."""
    by = "all" if which == "all" else "quarter"
    return Told(metric, value, by=by, stratum=which, part="refused")


def _refuse_few(panel, change, title, n_controls):
    told = np.isfinite(panel.value[0])
    before, after = (
        int((told & side).sum()) for side in (panel.period < change, panel.period > change)
    )
    if min(before, after) < BASE_MONTHS:
        raise Refused(
            "few_months", title=title, before=_number("n_points", before, "before"),
            after=_number("n_points", after, "after"),
            least=_number("n_points", BASE_MONTHS, "least"),
        )  # fmt: skip
    if not n_controls:
        raise Refused("no_controls", title=title)


def _rivals(events, day):
    near = timedelta(days=731)
    return [e for e in events if e.is_rival and abs(e.day - day) <= near]


def _mean(panel, rows):
    """Mean of some months, by their information, and its variance, per unit."""
    weight = np.where(np.isfinite(panel.value) & rows, 1 / panel.variance, 0.0)
    total = weight.sum(axis=1)
    enough = (weight > 0).sum(axis=1) >= BASE_MONTHS // 2
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = (weight * np.nan_to_num(panel.value)).sum(axis=1) / total
        return np.where(enough, mean, np.nan), np.where(enough, 1 / total, np.nan)


def _changes(panel, change, last=None):
    """After less the year before, per unit, and its sampling variance."""
    base = (panel.period < change) & (panel.period >= change - BASE_MONTHS)
    after = (panel.period > change) & (panel.period <= (last or panel.period[-1]))
    (a, va), (b, vb) = _mean(panel, after), _mean(panel, base)
    return a - b, va + vb


def _against(panel, change, is_kept):
    """The effect against the others, and the months that were taken for the change as well.

    A year apart: nearer ones would count the same spells again.
    """
    found, variance = (v[is_kept] for v in _changes(panel, change))
    months, dates = [], []
    earliest = int(panel.period[0]) + BASE_MONTHS
    for other in range(change - BASE_MONTHS, earliest - 1, -BASE_MONTHS):
        earlier, its_variance = (v[is_kept] for v in _changes(panel, other, last=change - 1))
        others = earlier[1:][np.isfinite(earlier[1:])]
        if np.isfinite(earlier[0]) and len(others) >= MIN_CONTROLS:
            dates.append((earlier[0] - others.mean(), its_variance[0]))
            months.append(f"{month_start(other):%Y-%m}")
    against = one_among_controls(found[0], variance[0], found[1:], variance[1:], dates=dates)
    return against, months


def _series(panel, change) -> Interrupted:
    told = np.isfinite(panel.value[0])
    return interrupted(panel.period[told], panel.value[0][told], panel.variance[0][told], change)


def _leads(panel, change, is_kept):
    """Difference from the controls by month, less that of the year before."""
    rows = []
    base, _ = _mean(panel, (panel.period < change) & (panel.period >= change - BASE_MONTHS))
    moved, variance = (panel.value - base[:, None])[is_kept], panel.variance[is_kept]
    for k, month in enumerate(panel.period):
        others = moved[1:, k][np.isfinite(moved[1:, k])]
        if len(others) >= 2 and np.isfinite(moved[0, k]):
            spread = others.var(ddof=1) / len(others) + variance[0, k]
            rows.append((month - change, moved[0, k] - others.mean(), np.sqrt(spread)))
    return np.array(rows).reshape(-1, 3)


def _share_after(panel, change):
    """Share over the limit after the change, over all months that tell one."""
    after = (panel.period > change) & np.isfinite(panel.value[0])
    weight = panel.n[0][after]
    return float(weight @ panel.share[0][after] / weight.sum())


def _points(panel, change, against):
    """The effect as a difference of shares, at the share seen after the change."""
    share = _share_after(panel, change)
    level = np.log(-np.log(share))
    ends = [share - np.exp(-np.exp(level - e)) for e in (against.effect, against.hi, against.lo)]
    return tuple(map(float, ends))


def _assumptions(leads, panel, change, is_kept, has_rival):
    early = leads[np.isin(leads[:, 0], list(LEAD_MONTHS))]
    flat = CANNOT
    if len(early) >= BASE_MONTHS // 2:
        chi2 = float(((early[:, 1] / early[:, 2]) ** 2).sum())
        # 99 % of a chi-square with as many degrees of freedom (Wilson & Hilferty 1931).
        n = len(early)
        flat = HELD if chi2 <= n * (1 - 2 / (9 * n) + 2.326 * np.sqrt(2 / (9 * n))) ** 3 else BROKEN
    n = panel.n[is_kept]
    before = (panel.period < change) & (panel.period >= change - BASE_MONTHS)
    after = (panel.period > change) & (panel.period <= change + BASE_MONTHS)
    ratio = np.log(n[:, after].sum(axis=1) / np.maximum(n[:, before].sum(axis=1), 1))
    apart = abs(ratio[0] - ratio[1:].mean()) / max(ratio[1:].std(ddof=1), 0.02)
    return [
        ("leads", flat),
        ("numbers", HELD if apart < 2.5 else BROKEN),
        ("rivals", BROKEN if has_rival else HELD),
        ("coding", CANNOT),
    ]
