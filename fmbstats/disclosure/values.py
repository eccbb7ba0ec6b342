"""The rules of disclosure control and the value that stands for a number not shown."""

from __future__ import annotations

from dataclasses import dataclass

from fmbstats import words
from fmbstats.settings import SETTINGS

_KINDS = ("suppressed", "complementary", "withheld", "no_curve")


@dataclass(frozen=True)
class Rules:
    """What the data owner has decided; recorded in every report.

    Attributes
    ----------
    threshold : int
        Counts from 1 to ``threshold - 1`` are not shown (default 5, as Inera).
    curve_minimum : int
        No curve is drawn from fewer spells.
    rounding : int
        Curves are drawn from cumulative counts rounded to the midpoints of this base.
    """

    threshold: int = SETTINGS.threshold
    curve_minimum: int = 100
    rounding: int = 6

    def __post_init__(self) -> None:
        if self.threshold < 2 or self.rounding < 1 or self.curve_minimum < self.threshold:
            raise ValueError(
                f"rules {self}: threshold must be at least 2, rounding at least 1 and "
                "curve_minimum at least the threshold"
            )


DEFAULT_RULES = Rules()


@dataclass(frozen=True)
class Protected:
    """A number that is not shown; it does not hold the number, and nothing computes with it.

    Attributes
    ----------
    threshold : int
        The threshold that hid it.
    kind : {'suppressed', 'complementary', 'withheld', 'no_curve'}
        Below the threshold; hidden to protect another cell; part of a table that cannot be
        shown; a curve from too few spells.

    Examples
    --------
    >>> Protected(5).text(), Protected(5, "complementary").text("en")
    ('färre än 5', 'protected')
    """

    threshold: int = DEFAULT_RULES.threshold
    kind: str = "suppressed"

    def __post_init__(self) -> None:
        if self.kind not in _KINDS:
            raise ValueError(f"kind {self.kind!r} is not one of {', '.join(_KINDS)}")

    def __bool__(self) -> bool:
        raise TypeError("a protected value is neither true nor false")

    def __str__(self) -> str:
        return self.text()

    @property
    def mark(self) -> str:
        """The shortest sign, for rows of numbers below a figure."""
        return f"<{self.threshold}" if self.kind == "suppressed" else "∗"

    def text(self, language: str = "sv") -> str:
        """Return the words for a table cell."""
        return words.phrase(f"absent.{self.kind}.short", language, threshold=self.threshold)

    def sentence(self, language: str = "sv") -> str:
        """Return a whole sentence that explains why nothing is shown."""
        return words.phrase(f"absent.{self.kind}.sentence", language, threshold=self.threshold)


def protect_count(n: int, rules: Rules = DEFAULT_RULES) -> int | Protected:
    """Return a count, or its protected value when it is from 1 to below the threshold.

    Zero is shown: that nobody is there says nothing about anybody. This looks at one count
    alone; counts that add up with others go through `suppression.protect`.

    Examples
    --------
    >>> protect_count(0), protect_count(4), protect_count(5)
    (0, Protected(threshold=5, kind='suppressed'), 5)
    """
    if n < 0:
        raise ValueError(f"a count cannot be {n}")
    return Protected(rules.threshold) if 0 < n < rules.threshold else int(n)
