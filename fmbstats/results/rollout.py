"""What a roll-out says: numbers with their rows, sentences and a table."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import partial

import numpy as np
import pandas as pd

from fmbstats import words
from fmbstats.evaluate.revision import BROKEN
from fmbstats.evaluate.rollout import EntryEffect, EventTime, Rollout
from fmbstats.results.evaluation import Writer, joined_states, not_cause, quarter_name
from fmbstats.stats.steering import smallest_detectable
from fmbstats.told import Told
from fmbstats.words import phrase

PART = "rollout"
N_DOTS = 50
#: How much trends may differ after adoption, of their largest step before it.
TRENDS = {0.5: "half", 1.0: "same", 2.0: "twice"}


class RolloutNumbers:
    """The numbers that a roll-out tells, each with its row."""

    def __init__(self, found: Rollout) -> None:
        told = self._told = partial(Told, part=PART)
        self.found, top = found, found.headline
        #: Mean effect on log(-log S), with the interval of the permutations.
        self.effect = told("log_hazard_ratio", top.estimate, top.lo, top.hi)
        #: Share of the permutations with as large an estimate.
        self.p = told("p_value", top.p)
        #: Permutations of the dates.
        self.n_draws = told("n_draws", len(top.draws))
        #: Smallest effect that would probably have been found.
        self.least = told("smallest_log_ratio", smallest_detectable(top.se))
        #: Counties with dates.
        self.n_counties = told("n_counties", len(found.adoption.counties))
        #: Diagnoses that are estimated.
        self.n_entries = told("n_entries", len(found.entries))
        #: P-value of the wild cluster bootstrap.
        self.wild_p = told("p_value", found.wild_p, by="assumption", stratum="wild")

    def checked(self, name: str) -> Told:
        """Return the same effect by another estimator: imputation, or two_way."""
        value = getattr(self.found, name)
        return self._told("log_hazard_ratio", value, by="assumption", stratum=name)

    def trends(self) -> list[Told]:
        """The effect when trends may differ after adoption as much as they did before."""
        return [
            self._told(
                "log_hazard_ratio", self.found.headline.estimate, lo, hi, by="assumption",
                stratum=f"trend_{TRENDS[m]}",
            )
            for m, lo, hi in self.found.sensitive
        ]  # fmt: skip

    def tested(self, name: str) -> dict[str, Told]:
        """Effect, p-value and smallest effect of a tested assumption."""
        found = self.found.tests[name]
        metric = "log_hazard_ratio" if name == "leads" else "log_count_ratio"
        values = {
            "effect": (metric, found.estimate),
            "p": ("p_value", found.p),
            "least": ("smallest_log_ratio", smallest_detectable(found.se)),
        }
        return {
            key: self._told(metric, value, by="assumption", stratum=name)
            for key, (metric, value) in values.items()
        }

    def without(self) -> list[Told]:
        """The effect without each county."""
        return [
            self._told("log_hazard_ratio", value, by="county", stratum=county)
            for county, value in self.found.without
        ]

    def without_ends(self) -> tuple[Told, Told]:
        """Return the lowest and the highest of them."""
        known = [told for told in self.without() if told.is_known]
        by_size = sorted(known, key=lambda told: told.estimate)
        return by_size[0], by_size[-1]

    def _by_county(self, metric: str, values: Iterable[int]) -> list[Told]:
        counties = self.found.adoption.counties
        return [
            self._told(metric, int(value), by="county", stratum=county)
            for county, value in zip(counties, values, strict=True)
        ]

    def days(self) -> list[Told]:
        """Day of adoption by county, as 20170301."""
        days = self.found.adoption.days
        return self._by_county("adoption_day", (int(f"{day:%Y%m%d}") for day in days))

    def kinds(self) -> list[Told]:
        """Among which counties dates are permuted, by county; empty where among all."""
        kind = self.found.adoption.kind
        return self._by_county("date_group", kind + 1) if kind.any() else []

    def event(self, one: EventTime) -> dict[str, Told]:
        """Effect, shares with and without it, counties and controls, so far from adoption."""
        told = partial(self._told, by="quarter", stratum=quarter_name(one.at), day=one.at)
        fewest, most = one.n_controls
        found = np.array([one.effect, one.lo, one.hi])
        found = np.where(np.isfinite(found), found, np.nan)
        share, *expected = np.exp(-np.exp(one.level - np.r_[0.0, found])).tolist()
        return {
            "effect": told("log_hazard_ratio", *found.tolist()),
            "share": told("share_over_fixed_limit", share),
            "expected": told("share_expected", *expected),
            "treated": told("n_counties", one.n_treated),
            "controls": told("n_counties_waiting", fewest, fewest, most),
        }

    def entry(self, one: EntryEffect) -> dict[str, Told]:
        """Effect, weight and counties of a diagnosis."""
        told = partial(self._told, by="entry", stratum=one.entry_id, limit_days=one.limit_days)
        return {
            "effect": told("log_hazard_ratio", one.effect),
            "counties": told("n_counties", one.n_counties),
            "weight": told("share_of_weight", one.weight),
        }

    def placebos(self) -> list[Told]:
        """Quantiles of the estimates under permuted dates, one for every fiftieth of them."""
        at = (np.arange(N_DOTS) + 0.5) / N_DOTS
        return [
            self._told("log_hazard_ratio", float(value), by="placebo", stratum=f"draw-{k + 1}")
            for k, value in enumerate(np.quantile(self.found.headline.draws, at))
        ]

    def every(self) -> Iterator[Told]:
        """Yield all that may be told."""
        yield from (self.effect, self.p, self.n_draws, self.least, self.n_counties)
        yield from (self.n_entries, self.wild_p)
        yield from map(self.checked, ("imputation", "two_way"))
        for name in self.found.tests:
            yield from self.tested(name).values()
        for event in self.found.events:
            yield from self.event(event).values()
        for entry in self.found.entries:
            yield from self.entry(entry).values()
        for many in (self.trends, self.without, self.days, self.kinds, self.placebos):
            yield from many()


def rollout_key(found: Rollout) -> str:
    """Return which of three findings it is: none, sooner, later."""
    return "none" if not found.is_found else "sooner" if found.headline.estimate > 0 else "later"


def rollout_sentences(found: Rollout, write: Writer) -> list[str]:
    """Return what was found, the headline first; see `rollout_lead` for what a page begins with."""
    numbers, language = RolloutNumbers(found), write.language
    lowest, highest = map(write.told, numbers.without_ends())
    checks = write.say(
        "rollout.checks", wild=write.told(numbers.wild_p),
        lowest=lowest, highest=highest,
        **{name: write.told(numbers.checked(name)) for name in ("imputation", "two_way")},
    )  # fmt: skip
    trends = [
        write.say(f"rollout.{told.stratum}") + ": " + words.interval(told.lo, told.hi, "number", 3,
                                                                     language) + "."
        for told in numbers.trends()
    ]  # fmt: skip
    carried = [
        write.say(
            "rollout.carried", event=words.number(float(one.at), 0, language),
            controls="–".join(words.count(n, language) for n in sorted({*one.n_controls})),
            effect=write.told(numbers.event(one)["effect"], interval=True),
            treated=write.told(numbers.event(one)["treated"]),
        )
        for one in found.events
    ]  # fmt: skip
    states = joined_states(found.assumptions, "rollout.assumption", language)
    return [*rollout_lead(found, write), checks, *trends, *carried, *states,
            phrase("rollout.facts", language)]  # fmt: skip


def rollout_lead(found: Rollout, write: Writer) -> list[str]:
    """Return the effect, what its scale means, what keeps it from being caused, what is pooled."""
    numbers, language = RolloutNumbers(found), write.language
    told = {
        name: write.told(getattr(numbers, name)) for name in ("p", "n_draws", "least")
    } | {"effect": write.told(numbers.effect, interval=True)}  # fmt: skip
    broken = [
        phrase(f"rollout.broken.{name}", language)
        for name, state in found.assumptions
        if state == BROKEN
    ]
    return [
        write.say(f"rollout.{rollout_key(found)}", **told), write.say("rollout.scale"),
        *not_cause(broken, write),
        write.say("rollout.entries", n=write.told(numbers.n_entries)),
    ]  # fmt: skip


def rollout_frame(found: Rollout, names: dict[str, str]) -> pd.DataFrame:
    """Return the effect by entry."""
    return pd.DataFrame(
        {"entry_id": one.entry_id, "title": names[one.entry_id], "limit_days": one.limit_days,
         "n_counties": one.n_counties, "log_hazard_ratio": one.effect, "weight": one.weight}
        for one in found.entries
    )  # fmt: skip
