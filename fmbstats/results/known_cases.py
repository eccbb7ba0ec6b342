"""How much is known of the spells' cases, and what the answer would be without it."""

from __future__ import annotations

from dataclasses import dataclass, field

from markupsafe import Markup

from fmbstats import words
from fmbstats.results.about import About
from fmbstats.results.headline import answer_form, has_unlimited
from fmbstats.told import Told, sentence
from fmbstats.words import phrase


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
