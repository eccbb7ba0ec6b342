"""How spells go, day by day: why they end, at which degree they run, and whether a limit steers."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from fmbstats import words
from fmbstats.adherence import SpellCounts
from fmbstats.evaluate.steering import Steered
from fmbstats.frames import pd
from fmbstats.results.about import About
from fmbstats.settings import SETTINGS
from fmbstats.stats.competing import Incidence
from fmbstats.stats.steering import CANNOT, NONE, smallest_detectable
from fmbstats.stats.survival import Curve
from fmbstats.tables import html_table
from fmbstats.words import phrase

LAST_DAY = 730
READ_DAYS = (30, 90, 180, 365, 730)
# Fewer spells make no rhythm of endings, and no share by degree.
LEAST_SPELLS = 100
# Shares by degree are shown as long as so many are on leave.
LEAST_ON_LEAVE = 60


@dataclass(frozen=True, eq=False)
class EndReasons:
    """Share ended for each reason by day (Aalen-Johansen, METHODS M18)."""

    about: About = field(repr=False)
    incidence: Incidence = field(repr=False)

    def display(self, language: str = "") -> pd.DataFrame:
        """Return the shares on readable days."""
        found, causes = self.incidence, self.incidence.causes
        days = [d for d in READ_DAYS if self.about.entry_day < d <= int(found.day[-1])]
        shares = {words.stratum("end_reason", k, language): found.share_at(k, days) for k in causes}
        shares[phrase("column.survival", language)] = found.curve.survival_at(days)
        return _shown(days, shares, language)

    def _repr_html_(self) -> str:
        return html_table(self.display(), caption=self.about.title)


@dataclass(frozen=True, eq=False)
class Degrees:
    """Degree of sick leave by day among those still on leave (METHODS M20)."""

    about: About = field(repr=False)
    day: np.ndarray = field(repr=False)
    #: Degree in per cent -> share of those on leave that day.
    share: dict[int, np.ndarray] = field(repr=False)
    #: `net_days`, `gross_days`: mean days per spell from the entry day to day 365: degree x days,
    #: and calendar days.
    net_days: float
    gross_days: float

    def display(self, language: str = "") -> pd.DataFrame:
        """Return the shares on readable days."""
        days = [d for d in READ_DAYS if self.day[0] <= d <= self.day[-1]]
        at = np.array(days, int) - int(self.day[0])
        shares = {words.stratum("degree_pct", k, language): s[at] for k, s in self.share.items()}
        return _shown(days, shares, language)

    def _repr_html_(self) -> str:
        return html_table(self.display(), caption=self.text())

    def text(self, language: str = "") -> str:
        """Say gross and net days in a sentence."""
        return phrase(
            "degree.sentence",
            language,
            gross=words.number(self.gross_days, 0, language),
            net=words.number(self.net_days, 0, language),
        )


def _shown(days: list[int], shares: dict[str, np.ndarray], language: str) -> pd.DataFrame:
    """Write shares by day as they are read: a row per day, a column per share."""
    said = {
        name: [words.percent(float(x), 1, language) for x in found]
        for name, found in shares.items()
    }
    return pd.DataFrame({phrase("column.day", language): days} | said)


def degrees_by_day(
    steps: np.ndarray, seen: SpellCounts, entry_day: int, tau_days: int = SETTINGS.horizon_days
) -> tuple[np.ndarray, dict[int, np.ndarray], float, float] | None:
    """Return what a `Degrees` holds, from the changes by day and the spells; None as it.

    `steps`: rows of degree in percent, day, change of the number. `seen`: those that outlast
    `entry_day`.
    """
    first = entry_day + 1
    if not len(steps) or seen.n_spells < LEAST_SPELLS:
        return None
    counts: dict[int, np.ndarray] = {}
    for degree in np.unique(steps[:, 0]):
        _, day, change = steps[steps[:, 0] == degree].T
        change = np.bincount(np.minimum(day, LAST_DAY + 1), change, minlength=LAST_DAY + 2)
        counts[int(degree)] = np.cumsum(change)[first : LAST_DAY + 1]
    net_days, gross_days = _mean_days(seen, counts, first, tau_days)
    total = np.sum(list(counts.values()), axis=0)
    enough = total >= LEAST_ON_LEAVE
    last = int(np.argmin(enough)) if not enough.all() else len(enough)
    if last < 2:
        return None
    share = {d: c[:last] / total[:last] for d, c in sorted(counts.items())}
    return np.arange(first, first + last), share, net_days, gross_days


def _mean_days(seen: SpellCounts, counts: dict, first: int, tau_days: int) -> tuple[float, float]:
    """Mean net and gross days per spell from day `first` to day tau (METHODS M20)."""
    total = sum(counts.values())
    mean = sum(d / 100 * c for d, c in counts.items()) / np.maximum(total, 1)
    day = np.arange(first, first + len(total))
    inside = (day <= tau_days) & (total > 0)
    survival = np.append(1.0, np.nan_to_num(seen.curve().survival_at(day[inside][:-1])))
    return float(np.sum(survival * mean[inside])), float(np.sum(survival))


SHOWN_DAYS = 63
# Smaller daily numbers make no bars that say anything.
LEAST_ON_DAY = 6


@dataclass(frozen=True, eq=False)
class SteeringResult:
    """Endings moved to a limit."""

    about: About = field(repr=False)
    steered: Steered = field(repr=False)
    curve: Curve = field(repr=False)  #: Of the spells seen.

    @property
    def limit_days(self) -> int:
        """The limit looked at."""
        return self.steered.found.limit_days

    @property
    def smallest_detectable(self) -> float:
        """Share moved that would probably have been found; the placebos' spread is part of it."""
        found = self.steered.found
        return smallest_detectable(found.window.se * found.spread)

    def text(self, language: str = "") -> str:
        """Return the answer in a sentence, or why there is none."""
        answer, found = self.steered.answer, self.steered.found
        limit = words.days(self.limit_days, language)
        if answer.verdict == CANNOT:
            return phrase(f"steering.cannot.{answer.why}", language, limit=limit)
        at, (lo, hi) = found.window, found.interval()
        if answer.verdict == NONE:
            least = words.points(self.smallest_detectable, 1, language)
            return phrase("steering.none", language, limit=limit, least=least)
        return phrase(
            f"steering.more.{answer.why}",
            language,
            limit=limit,
            share=words.percent(at.moved, 1, language),
            interval=words.interval(lo * 100, hi * 100, "number", 1, language),
            days=words.number(at.mean_days, 0, language),
        )

    def days(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return day, number ended, and number expected, around the limit."""
        found = self.steered.found
        near = np.abs(found.day - self.limit_days) <= SHOWN_DAYS
        day = found.day[near]
        ended = dict(zip(self.curve.day.tolist(), self.curve.ended.tolist(), strict=True))
        observed = np.array([ended.get(int(d), 0) for d in day], dtype=float)
        return day, observed, found.expected_hazard[near] * self.curve.at_risk_at(day)

    def is_drawable(self, ended: np.ndarray) -> bool:
        """Whether daily numbers are large enough for their bars to say anything."""
        return float(np.mean(ended)) >= LEAST_ON_DAY

    def display(self, language: str = "") -> pd.DataFrame:
        """Return the window as the report shows it."""
        found = self.steered.found
        at, (lo, hi) = found.window, found.interval()
        rows = [
            ("steering.moved", words.percent(at.moved, 1, language)),
            ("steering.interval", words.interval(lo * 100, hi * 100, "number", 1, language)),
            (
                "steering.least",
                words.number(100 * self.smallest_detectable, 1, language),
            ),
            ("steering.mean_days", words.number(at.mean_days, 0, language)),
            ("steering.placebos", words.count(len(found.placebos), language)),
            ("steering.p", words.number(found.p(), 3, language)),
            ("steering.apart", words.percent(found.share_failing, 0, language)),
        ]
        return pd.DataFrame(
            [(phrase(key, language), value) for key, value in rows],
            columns=[phrase("column.what", language), phrase("column.value", language)],
        )
