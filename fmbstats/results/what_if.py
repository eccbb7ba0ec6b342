"""What is known of cases, and what follows if so many of the spells had no upper limit."""

from __future__ import annotations

from dataclasses import dataclass, field

from markupsafe import Markup

from fmbstats import words
from fmbstats.results.about import About
from fmbstats.results.headline import answer_form, has_unlimited
from fmbstats.stats.identified import break_even_share, least_share
from fmbstats.told import Told, sentence
from fmbstats.words import phrase

#: Shares of the spells under a case without limit that a table tells of.
SHARES = (0.05, 0.10, 0.20, 0.30)
PART = "known"


@dataclass(frozen=True, eq=False)
class WhatIf:
    """What the lower bound would be if it were known how many spells have no upper limit."""

    about: About = field(repr=False)
    #: Share longer than the longest limit that is stated: the lower bound if no case without limit
    #: applied to any spell.
    stated: Told
    lower: float  #: The lower bound as it is, 0-1.
    #: Share of the judged spells that what is known leaves with cases without limit only, 0-1.
    only_unlimited: float
    #: Share of the spells with a stated least length that were shorter than it: its bounds as lower
    #: and upper limit; None where no case states one.
    under: Told | None = None

    @property
    def is_asked(self) -> bool:
        """Whether a case without limit is possible and anything is known without it."""
        return self.about.yardstick.unlimited_share > 0 and self.stated.is_known

    @property
    def break_even(self) -> Told:
        """Share of spells without limit from which on nothing beyond the lower bound exceeds."""
        value = float(break_even_share(self.stated.estimate - self.lower))
        return self.stated.with_(metric="break_even_share", estimate=value, **_NO_LIMITS)

    def at_least(self, share: float) -> Told:
        """Return the least share over the limit if so large a share had no upper limit.

        `share`: 0-1.
        """
        value = max(self.lower, float(least_share(self.stated.estimate, share)))
        return self.stated.with_(
            metric="share_at_least", estimate=value, by="open_share", stratum=f"{share:g}",
            **_NO_LIMITS,
        )  # fmt: skip

    def assumed(self, told: Told) -> Told:
        """Return the share without limit that a value of `at_least` assumes."""
        return told.with_(metric="share_assumed", estimate=float(told.stratum))

    @property
    def points(self) -> tuple[Told, ...]:
        """`at_least` for the shares of a table."""
        return tuple(self.at_least(share) for share in SHARES)

    def text(self, language: str = "", share: float | None = None) -> str:
        """Say the break-even share, or what follows of one share, as plain text."""
        if not self.is_asked:
            return phrase("what_if.none", language)
        if share is None:
            values = {"stated": self.stated, "even": self.break_even}
            return phrase("what_if.even", language, **_texts(values, language))
        least = self.at_least(share)
        return phrase(
            "what_if.share", language,
            open=words.percent(share, 0, language), **_texts({"least": least}, language),
        )  # fmt: skip

    def html(self, language: str = "") -> Markup:
        """Say the same with told numbers."""
        said = []
        if self.is_asked:
            said.append(
                sentence("what_if.even", language, stated=self.stated, even=self.break_even)
            )
        if self.only_unlimited > 0:
            only = self.stated.with_(
                metric="share_only_unlimited", estimate=self.only_unlimited, reason=None,
                flags="", **_NO_LIMITS,
            )  # fmt: skip
            said.append(sentence("what_if.only", language, share=only))
        if self.under is not None:
            ends = self.under.range(language)
            said.append(
                sentence(
                    "what_if.under", language, n=self.under.of("n_spells", language), share=ends
                )
            )
        return Markup(" ").join(said)


_NO_LIMITS = {"lo": float("nan"), "hi": float("nan")}


def _texts(values: dict[str, Told], language: str) -> dict[str, str]:
    return {name: told.text(language) for name, told in values.items()}


@dataclass(frozen=True, eq=False)
class KnownCases:
    """Share of the judged spells whose possible cases something known has narrowed."""

    about: About = field(repr=False)
    share: Told  #: 0-1 of the judged spells.
    #: Kind of evidence (joined by plus signs; "contradictory": all cases kept) → share.
    by_evidence: dict[str, float]
    #: `low`, `high`: the bounds of the share over the limit as if nothing were known.
    low: Told
    high: Told

    @property
    def form(self) -> str:
        """The form of the answer without what is known."""
        return answer_form(
            self.low.estimate,
            self.high.estimate,
            has_unlimited=has_unlimited(self.low.flags),
            is_upper_lasting=self.about.yardstick.is_upper_lasting,
        )

    def text(self, language: str = words.DEFAULT_LANGUAGE) -> str:
        """Say both, as plain text."""
        values = {"share": self.share, "low": self.low, "high": self.high}
        shown = {name: told.text(language) for name, told in values.items()}
        evidence = self._evidence(language)
        return " ".join(phrase(key, language, **shown, evidence=evidence) for key in self._keys)

    def html(self, language: str = words.DEFAULT_LANGUAGE) -> Markup:
        """Say both, with told numbers."""
        values = {"share": self.share, "low": self.low, "high": self.high}
        evidence = self._evidence(language)
        return Markup(" ").join(
            sentence(key, language, **values, evidence=evidence) for key in self._keys
        )

    @property
    def _keys(self) -> tuple[str, ...]:
        if not self.share.estimate > 0:
            return ("known.none",)
        return ("known.share", f"known.without.{self.form}")

    def _evidence(self, language: str) -> str:
        kinds = dict.fromkeys(kind for found in self.by_evidence for kind in found.split("+"))
        return words.joined([phrase(f"known.by.{kind}", language) for kind in kinds], language)
