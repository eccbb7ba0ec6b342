"""The attacker: what subtraction tells of the hidden cells of the table."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from fmbstats.disclosure.feasible import Sums
from fmbstats.gate.findings import Findings
from fmbstats.gate.rows import HIDDEN, MASKED, TABLE, place_of
from fmbstats.settings import SETTINGS

CHECK = "attack"
PARTITIONS = ("sex", "age", "county")
_HIDE = "Hide further groups (results.Release), so that the sum tells nothing."
_DAYS = ("restricted_", "excess_")
_MEASURES = ("share_over", *_DAYS)
_COLUMNS = [
    "slug", "start_year", "by", "stratum", "metric", "estimate", "limit_days", "n_spells",
    "n_events", "flags", "line", "dx",
]  # fmt: skip


@dataclass(frozen=True)
class Row:
    """A row of the table, as far as the attacker needs it."""

    slug: str
    start_year: str
    by: str
    stratum: str
    metric: str
    estimate: float
    limit_days: float
    n_spells: float
    n_events: float
    flags: str
    line: int
    dx: str

    @property
    def place(self) -> str:
        """Where it stands."""
        return place_of(vars(self))

    @property
    def hidden_as(self) -> str:
        """Why its number of spells is hidden, "" where it is shown."""
        if not math.isnan(self.n_spells):
            return ""
        return next((flag for flag in self.flags.split() if flag in HIDDEN), "withheld")

    @property
    def is_masked(self) -> bool:
        """Whether its estimate is hidden by the rules."""
        return math.isnan(self.estimate) and any(flag in MASKED for flag in self.flags.split())


@dataclass
class _Entry:
    """One report's rows: of all spells, and of the groups that make them up, by measure."""

    whole: dict[str, Row] = field(default_factory=dict)
    parts: dict[str, dict[str, list[Row]]] = field(default_factory=dict)


def check_attack(rows: pd.DataFrame, threshold: int, findings: Findings) -> None:
    """Play the attacker on every report's partitions, and on codes that entries share.

    Parameters
    ----------
    rows : DataFrame
        As `rows.ours` gives them.
    threshold : int
    findings : Findings
    """
    entries = _entries(rows)
    for entry in entries.values():
        _attack_counts(entry, threshold, findings)
        for metric, whole in entry.whole.items():
            if metric.startswith(_MEASURES):
                _attack_measure(entry, metric, whole, threshold, findings)
    wholes = [entry.whole["n_spells"] for entry in entries.values() if "n_spells" in entry.whole]
    for year in sorted({row.start_year for row in wholes}):
        _attack_codes([row for row in wholes if row.start_year == year], threshold, findings)


def _entries(rows: pd.DataFrame) -> dict[tuple[str, str], _Entry]:
    """Sort the rows; a number that stands in two parts of the release counts once."""
    named = rows["metric"].isin(["n_spells", "n_events"])
    named |= rows["metric"].str.startswith(_MEASURES)
    rows = rows[named & rows["by"].isin(["all", *PARTITIONS])]
    rows = rows.drop_duplicates(["slug", "start_year", "by", "stratum", "metric"])
    entries: dict[tuple[str, str], _Entry] = {}
    for values in rows[_COLUMNS].itertuples(index=False, name=None):
        row = Row(*values)
        entry = entries.setdefault((row.slug, row.start_year), _Entry())
        if row.by == "all":
            entry.whole[row.metric] = row
        else:
            entry.parts.setdefault(row.by, {}).setdefault(row.metric, []).append(row)
    return entries


def _attack_counts(entry: _Entry, threshold: int, findings: Findings) -> None:
    """Spells of all groups, by sex, age and county at once: they share their total."""
    total = entry.whole.get("n_spells")
    if total is None:
        return
    sums = Sums()
    whole = _cell(sums, total, threshold)
    groups = {name: part.get("n_spells", []) for name, part in entry.parts.items()}
    cells = {name: [_cell(sums, row, threshold) for row in rows] for name, rows in groups.items()}
    for places in cells.values():
        if places:
            sums.total(whole, places)
    findings.looked(CHECK, len(sums.lo))
    try:
        lo, hi = sums.ranges()
    except ValueError:
        _attack_unstated(groups, total, threshold, findings)
        return
    if total.hidden_as:
        return  # Fewer than the threshold in all: the marks alone say so.
    for name, places in cells.items():
        for row, at in zip(groups[name], places, strict=True):
            _judge_count(row, lo[at], hi[at], threshold, findings)
        _attack_events(entry, name, hi[places], threshold, findings)


def _cell(sums: Sums, row: Row, threshold: int) -> int:
    kind = row.hidden_as
    if not kind:
        return sums.cell(row.n_spells)
    if kind == "suppressed":
        return sums.cell(1, threshold - 1)
    return sums.cell(threshold if kind == "complementary" else 0, np.inf)


def _judge_count(row: Row, lo: float, hi: float, threshold: int, findings: Findings) -> None:
    """A hidden number must stay as uncertain as its mark says."""
    kind = row.hidden_as
    if kind in ("", "complementary"):
        return
    needed = threshold - 2 if kind == "suppressed" else threshold - 1
    if hi - lo < needed - SETTINGS.near and lo < threshold:
        what = f"the hidden number of spells must lie from {lo:.0f} to {hi:.0f}."
        findings.add(CHECK, TABLE, row.place, what, _HIDE)


def _attack_unstated(
    groups: dict[str, list[Row]], total: Row, threshold: int, findings: Findings
) -> None:
    """Groups that do not make up the total: the rest has no sex, age or county stated."""
    for name, rows in groups.items():
        rest = total.n_spells - sum(row.n_spells for row in rows if not row.hidden_as)
        n_hidden = sum(bool(row.hidden_as) for row in rows)
        if rows and (rest < 0 or (n_hidden == 0 and 0 < rest < threshold)):
            what = f"the groups by {name} and their total tell of {rest:.0f} spells without one."
            findings.add(CHECK, TABLE, total.place, what, _HIDE)


def _attack_events(
    entry: _Entry, name: str, n_most: np.ndarray, threshold: int, findings: Findings
) -> None:
    """Spells ended, and so those still ongoing, of the groups of one partition."""
    whole, rows = entry.whole.get("n_events"), entry.parts[name].get("n_events", [])
    if whole is None or len(rows) != len(n_most) or math.isnan(whole.n_events):
        return
    events = np.array([row.n_events for row in rows])
    unknown = np.isnan(events)
    findings.looked(CHECK, int(unknown.sum()))
    lo, hi = _shared(whole.n_events - np.nansum(events), n_most[unknown])
    for at, least, most, n in zip(np.flatnonzero(unknown), lo, hi, n_most[unknown], strict=True):
        few_ended = least >= 1 and most < threshold
        few_ongoing = n - most >= 1 and n - least < threshold
        # A group below the threshold has no more than few of both; its mark says so.
        if (few_ended or few_ongoing) and not rows[at].hidden_as:
            what = f"the hidden number ended must lie from {least:.0f} to {most:.0f}."
            findings.add(CHECK, TABLE, rows[at].place, what, _HIDE)


def _shared(rest: float, most: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return how little and how much each of several can have of a known sum."""
    others = most.sum() - most if np.isfinite(most).all() else np.full(len(most), np.inf)
    return np.clip(rest - others, 0, None), np.minimum(most, rest)


def _attack_measure(
    entry: _Entry, metric: str, whole: Row, threshold: int, findings: Findings
) -> None:
    """Shares and mean days: the whole's is the groups', weighed by their number."""
    if math.isnan(whole.estimate) or math.isnan(whole.n_spells):
        return
    for parts in entry.parts.values():
        rows = parts.get(metric, [])
        # Not only what the rules hide is unknown: a group may be followed for too short a time.
        unknown = [row for row in rows if math.isnan(row.estimate) and row.n_spells != 0]
        if not any(row.is_masked for row in unknown):
            continue
        findings.looked(CHECK, len(unknown))
        if metric.startswith(_DAYS):
            if len(unknown) == 1:
                what = "the one hidden mean follows from the others and the whole."
                findings.add(CHECK, TABLE, unknown[0].place, what, _HIDE)
            continue
        shown = sum(r.estimate * r.n_spells for r in rows if not math.isnan(r.estimate))
        rest = whole.estimate * whole.n_spells - shown
        room = whole.n_spells - sum(r.n_spells for r in rows if not r.hidden_as)
        most = [_most(row, room, threshold) for row in unknown]
        _judge_shares(unknown, rest, np.array(most), threshold, findings)


def _most(row: Row, room: float, threshold: int) -> float:
    """Return how many spells a group may have; `room` is what the shown groups leave."""
    if not row.hidden_as:
        return row.n_spells
    return min(room, threshold - 1) if row.hidden_as == "suppressed" else room


def _judge_shares(
    unknown: list[Row], rest: float, most: np.ndarray, threshold: int, findings: Findings
) -> None:
    """Spells over the limit of the hidden groups: their sum is known."""
    n = np.array([row.n_spells for row in unknown])
    lo, hi = _shared(rest, most)
    for row, size, least, most in zip(unknown, n, lo, hi, strict=True):
        # A group below the threshold has few on both sides; its mark says so.
        if (
            row.is_masked
            and not math.isnan(size)
            and min(most, size - least) < threshold - SETTINGS.near
        ):
            what = f"of the hidden group {least:.1f} to {most:.1f} spells are over the limit."
            findings.add(CHECK, TABLE, row.place, what, _HIDE)


def _attack_codes(wholes: Sequence[Row], threshold: int, findings: Findings) -> None:
    """Entries that share codes: what the difference of their numbers tells of single codes."""
    sums = Sums()
    sets = [frozenset(row.dx.split(", ")) for row in wholes]
    atoms = {codes: sums.cell(0, np.inf) for codes in _atoms(sets)}
    for row, codes in zip(wholes, sets, strict=True):
        sums.total(_cell(sums, row, threshold), [at for atom, at in atoms.items() if atom <= codes])
    findings.looked(CHECK, len(sums.equations))
    try:
        lo, hi = sums.ranges()
    except ValueError:
        what = "the numbers of entries that share codes contradict each other."
        findings.add(CHECK, TABLE, "", what, "Make all of it from one build.")
        return
    shown = {codes for codes, row in zip(sets, wholes, strict=True) if row.hidden_as}
    for codes, at in atoms.items():
        if lo[at] > SETTINGS.near and hi[at] < threshold - SETTINGS.near and codes not in shown:
            what = f"the entries' numbers tell that {lo[at]:.0f} to {hi[at]:.0f} spells have it."
            findings.add(CHECK, TABLE, f"codes {', '.join(sorted(codes))}", what, _HIDE)


def _atoms(sets: Sequence[frozenset[str]]) -> Iterator[frozenset[str]]:
    """Codes that stand in the same entries, together."""
    where: dict[tuple[int, ...], set[str]] = {}
    for code in sorted(frozenset().union(*sets)):
        entries = tuple(k for k, codes in enumerate(sets) if code in codes)
        where.setdefault(entries, set()).add(code)
    return map(frozenset, where.values())
