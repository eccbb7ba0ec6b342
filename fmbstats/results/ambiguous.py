"""Spells whose code tells a diagnosis not from others: how many, and what they may change."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from fmbstats import codes, words
from fmbstats.told import Told


@dataclass(frozen=True, eq=False)
class AmbiguousSpells:
    """Spells with a code above several entries, each of which may belong to this one or not."""

    n: Told  #: Such spells that outlast the entry day.
    codes: tuple[str, ...]  #: Their codes, the commonest first.
    #: {"between", "least", "most", "cannot"}: in which form the share can be told, whichever of
    #: them belong.
    form: str
    #: `low`, `high`: bounds of that share.
    low: Told
    high: Told

    def parts(self, language: str) -> Iterator[tuple[str, dict[str, Any]]]:
        """Yield phrase and values of each sentence; none without such spells."""
        if not self.n.estimate > 0:
            return
        yield "ambiguous.count", {"n": self.n, "codes": codes_text(self.codes, language)}
        known = {"low": self.low, "high": self.high}
        known = {name: told for name, told in known.items() if told.is_known}
        if known:
            yield f"ambiguous.{self.form}", known


def codes_text(listed: Iterable[str], language: str) -> str:
    """List codes with their dots."""
    return words.joined([codes.dotted(code) for code in listed], language)
