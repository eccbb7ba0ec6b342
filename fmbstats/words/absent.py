"""Why a number is not there: each reason is its own value with its own words."""

from __future__ import annotations

from enum import Enum
from typing import Protocol, TypeGuard, runtime_checkable

from fmbstats.words.catalogue import phrase


@runtime_checkable
class Spoken(Protocol):
    """A value that stands where a number would and says why it is none."""

    def text(self, language: str = "") -> str:
        """Return the short words, fit for a table cell."""
        ...


def is_spoken(value: object) -> TypeGuard[Spoken]:
    """Say whether `value` stands in place of a number (see `Spoken`).

    Examples
    --------
    >>> is_spoken(Absent.NO_SPELLS), is_spoken(0.5), is_spoken("text")
    (True, False, False)
    """
    return callable(getattr(value, "text", None))


class Absent(Enum):
    """The reasons for which a number is not estimable; the values are the flags of results.

    Zero, missing, suppressed and "not reached" are different values and never share words. No
    `StrEnum`: pandas would turn a column of these into plain strings.
    """

    TRUNCATED_R = "truncated_r"
    BEYOND_FOLLOWUP = "beyond_followup"
    BEYOND_HORIZON = "beyond_horizon"
    NOT_REACHED = "not_reached"
    NO_SPELLS = "no_spells"
    PROTECTED = "protected"
    SMALL_N = "small_n"
    NO_LIMIT = "no_limit"
    SEVERAL_LIMITS = "several_limits"
    OPEN_ENDED = "open_ended"
    EVENT_BOUND = "event_bound"
    PERMANENT = "permanent"
    INDIVIDUAL = "individual"
    NOT_GIVEN = "not_given"
    ADDITIONAL = "additional"
    VAGUE = "vague"
    CASE_WITHOUT_LIMIT = "case_without_limit"
    BOUNDS_ONLY = "bounds_only"
    VARIANT_UNKNOWN = "variant_unknown"
    NO_CURVE = "no_curve"
    NO_PUBLISHED = "no_published"
    NOT_IN_SOURCE = "not_in_source"
    NOT_APPLICABLE = "not_applicable"
    MISSING = "missing"

    def text(self, language: str = "") -> str:
        """Return the short words, fit for a table cell.

        Examples
        --------
        >>> Absent.NOT_REACHED.text()
        'ej uppnådd'
        """
        return phrase(f"absent.{self.value}.short", language)

    def sentence(self, language: str = "") -> str:
        """Return a whole sentence that explains the reason.

        Examples
        --------
        >>> Absent.NO_SPELLS.sentence("en")
        'There are no spells in this group.'
        """
        return phrase(f"absent.{self.value}.sentence", language)
