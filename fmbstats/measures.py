"""Every measure that fmbstats knows: what it is, in what unit, how exactly, and how it follows.

One registry, read by tables, CSV, workbook, gate and data dictionary. A name that is not in it is
an error wherever it comes up. A new measure is one entry here, its function, its words
(``metric.<key>``) and its test.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from fmbstats.errors import UnknownNameError

COUNT, SHARE, DIFFERENCE, DAYS, RATIO, PROBABILITY, NUMBER = KINDS = (
    "count", "share", "difference", "days", "ratio", "probability", "number",
)  # fmt: skip
# How a measure follows; whoever has the released ledger computes the first five again.
FOLLOWS = (
    COUNTS := "counts",  # sums of the ledger's counts
    CURVE := "curve",  # the group's Kaplan-Meier curve
    LIMITS := "limits",  # curves of the groups with one yardstick, weighed by their spells
    ENDS := "ends",  # the ledger by reason of the end (Aalen-Johansen)
    DEGREES := "degrees",  # the curve and the changes of degree by day
    COMPARISON := "comparison",  # several groups together
    CERTIFICATES := "certificates",  # a ledger of certificates, no spells
    RECOMMENDATION := "recommendation",  # FMB, no spells
    PUBLISHED := "published",  # somebody else's statistics
    SETTING := "setting",  # how it was made
)

#: How an estimate and its limits were made, column ``method``; a mean up to a day is ``tau_<day>``.
METHODS = (
    "count", "km_loglog", "kaplan_meier", "aalen_johansen", "imbens_manski", "brookmeyer_crowley",
)  # fmt: skip


@dataclass(frozen=True)
class Measure:
    """One kind of number."""

    key: str  #: Its name in `adherence.csv`, column ``metric``; ``metric.<key>`` are its words.
    #: One of `KINDS`. Shares and their differences are stored in 0-1 and written in per cent and
    #: percentage points.
    kind: str
    unit: str  #: Of the stored value: spells, days, entries, ...; "1" for a pure number.
    #: Digits after the decimal sign as it is written by default (of per cent for a share).
    decimals: int
    follows: str  #: One of `FOLLOWS`.
    nested_in: str = ""  #: Key of a measure that is never smaller in the same group; "" for none.

    @property
    def is_share(self) -> bool:
        """Whether it is written in per cent or percentage points."""
        return self.kind in (SHARE, DIFFERENCE)


def _counted(follows: str, unit: str, *keys: str, within: str = "") -> Iterable[Measure]:
    return (Measure(key, COUNT, unit, 0, follows, within) for key in keys)


def _shares(follows: str, *keys: str, within: str = "") -> Iterable[Measure]:
    return (Measure(key, SHARE, "1", 1, follows, within) for key in keys)


def _days(follows: str, *keys: str, decimals: int = 0) -> Iterable[Measure]:
    return (Measure(key, DAYS, "days", decimals, follows) for key in keys)


def _at_limits() -> Iterable[Measure]:
    """Measures against the longest and the shortest limit that is possible for a spell."""
    yield Measure("share_over_longest", SHARE, "1", 1, LIMITS, "share_over_shortest")
    yield from _shares(LIMITS, "share_over_shortest", within="share_over_shortest_day_before")
    yield from _shares(LIMITS, "share_within_longest")
    yield from _shares(LIMITS, "share_within_shortest", within="share_within_longest")
    yield from _shares(LIMITS, "share_over_region", within="share_over_shortest")
    for end in ("longest", "shortest"):
        yield from _shares(LIMITS, f"share_over_{end}_day_before", f"share_ending_near_{end}")
        yield Measure(f"median_ratio_{end}", RATIO, "1", 2, LIMITS)
        yield Measure(f"length_ratio_{end}", RATIO, "1", 2, COMPARISON)
        yield from _days(LIMITS, f"excess_days_{end}", decimals=1)


def _of_certificates() -> Iterable[Measure]:
    """Measures of how certificates are written."""
    yield from _counted(CERTIFICATES, "certificates", "n_certificates")
    yield from _counted(
        CERTIFICATES, "certificates", "n_certificates_judged", within="n_certificates"
    )
    for what in ("planned_over", "motivated_over", "icf_recall", "icf_precision"):
        yield Measure(f"difference_{what}", DIFFERENCE, "1", 1, CERTIFICATES)
        # That of the first has the name that it has in all evaluations.
        if what != "planned_over":
            yield Measure(f"smallest_{what}", DIFFERENCE, "1", 1, CERTIFICATES)
    yield Measure("trend_planned_over", DIFFERENCE, "1", 1, CERTIFICATES)
    yield Measure("smallest_trend", DIFFERENCE, "1", 1, CERTIFICATES)
    yield from _shares(CERTIFICATES, "planned_over_longest", within="planned_over_shortest")
    yield from _shares(CERTIFICATES, "planned_over_shortest", "with_further_diagnosis")
    yield from _shares(CERTIFICATES, "motivated_over_longest", "motivated_over_shortest")
    yield from _shares(CERTIFICATES, "motivated_within", "fmb_shown", "fmb_opened", "with_icf")
    for level in ("", "_second"):
        yield from _shares(CERTIFICATES, f"icf_precision{level}", f"icf_recall{level}")
        yield from _shares(CERTIFICATES, f"icf_recall_central{level}")


def _of_evaluations() -> Iterable[Measure]:
    """Measures of what changed after a revision or a reform, and of drift."""
    yield from _shares(COMPARISON, "share_longer_limit")
    yield from _shares(COMPARISON, "share_changed_to_longer", "share_changed_to_shorter")
    yield from _shares(COMPARISON, "share_fitted", "share_expected")
    yield from _counted(COMPARISON, "spells", "n_spells_moved")
    for key in (
        "difference_share_over_limit", "difference_share_longer_limit", "share_moved",
        "smallest_detectable",
    ):  # fmt: skip
        yield Measure(key, DIFFERENCE, "1", 1, COMPARISON)
    for key in ("log_hazard_ratio", "log_count_ratio", "smallest_log_ratio"):
        yield Measure(key, NUMBER, "1", 3, COMPARISON)
    yield from _shares(COMPARISON, "share_of_weight")
    yield from _counted(COMPARISON, "1", "n_counties", "n_counties_waiting")
    yield from _counted(SETTING, "1", "n_draws", "date_group")
    yield from _counted(SETTING, "date", "adoption_day")


def _all() -> Iterable[Measure]:
    # Who is counted.
    yield from _counted(COUNTS, "spells", "n_spells", "n_started", "n_seen", "n_ambiguous")
    yield from _counted(COUNTS, "spells", "n_events", "n_ended", "n_ongoing", within="n_spells")
    yield from _counted(COUNTS, "spells", "n_scored", within="n_seen")
    yield from _counted(COUNTS, "spells", "n_spells_range")
    yield from _shares(COUNTS, "coverage_share")
    # How long.
    yield from _days(CURVE, "quantile_25_days", "quantile_50_days", "quantile_75_days")
    yield from _days(CURVE, "restricted_mean_days", decimals=1)
    yield from _shares(CURVE, "share_on_leave")
    # Against the recommendation.
    yield from _at_limits()
    yield from _shares(COUNTS, "share_narrowed", "share_only_unlimited")
    yield from _shares(COMPARISON, "share_over_stated", "share_at_least", "break_even_share")
    yield from _shares(COMPARISON, "share_under_minimum", "share_assumed")
    yield from _shares(LIMITS, "share_over_limit", within="share_over_limit_day_before")
    yield from _shares(LIMITS, "share_over_limit_day_before", "share_over_fixed_limit")
    yield from _shares(LIMITS, "share_over_limit_nation", "share_over_range", "share_over_range_ci")
    yield from _shares(PUBLISHED, "share_printed")
    # How it ends, and in what degree.
    yield from _shares(ENDS, "share_ended", *(f"share_ended_{reason}" for reason in range(1, 6)))
    yield from _shares(DEGREES, *(f"share_on_degree_{degree}" for degree in (25, 50, 75, 100)))
    yield from _days(DEGREES, "gross_days", "net_days", decimals=1)
    # Groups, years and rhythms compared.
    yield from _shares(COMPARISON, "share_over_standardised")
    yield from _counted(COMPARISON, "spells", "n_ended_on_day", "n_expected_on_day", "n_effective")
    yield from _days(COMPARISON, "days_moved")
    yield from _shares(COMPARISON, "share_placebos_beyond")
    yield from _of_evaluations()
    yield Measure("observed_expected_ratio", RATIO, "1", 2, COMPARISON)
    yield Measure("tau2_between_counties", NUMBER, "1", 4, COMPARISON)
    yield Measure("p_value", PROBABILITY, "1", 3, COMPARISON)
    yield Measure("q_value", PROBABILITY, "1", 3, COMPARISON)
    yield from _counted(COMPARISON, "1", "n_points", "n_groups")
    yield from _counted(COMPARISON, "1", "n_entries", "n_groups_outside", within="n_groups")
    yield from _of_certificates()
    # What is recommended.
    yield from _counted(RECOMMENDATION, "1", "n_limits", "n_changes", "n_silent_changes")
    yield from _days(RECOMMENDATION, "recommended_max_days")
    for month_days in (30, 31):
        yield from _days(RECOMMENDATION, f"recommended_max_days_month_{month_days}")
    for unit in ("days", "weeks", "months", "years", "length"):
        yield Measure(f"recommended_{unit}", NUMBER, unit, 0, RECOMMENDATION)
    # What others have published.
    yield Measure("published_figure", NUMBER, "1", 1, PUBLISHED)
    yield from _shares(PUBLISHED, "share_in_class", "share_over_least")
    yield Measure("year_fetched", COUNT, "year", 0, PUBLISHED)
    # How it was made.
    yield from _days(SETTING, "entry_day", "first_day_seen", "gap_days")
    yield from _days(SETTING, "month_days", "month_days_other")
    yield from _counted(SETTING, "spells", "threshold", "smallest_group", "n_not_at_risk")
    yield from _counted(SETTING, "certificates", "most_certificates")
    yield from _counted(SETTING, "rows", "n_rows_read", "n_duplicates", "n_rejected", "n_excluded")


MEASURES: Mapping[str, Measure] = MappingProxyType({m.key: m for m in _all()})

# What the groups of a row may be, and what `stratum` then names.
GROUPS: Mapping[str, str] = MappingProxyType(
    {
        "all": "all spells together",
        "sex": "women, men, unknown",
        "age": "age group on the first day",
        "county": "county code, two digits",
        "year": "year of the first day; of certificates, of signing",
        "code": "ICD-10-SE code as recorded",
        "month": "month of the first day; of certificates, of signing",
        "quarter": "quarters from a change",
        "renewed": "certificates: first of a spell, or renewed",
        "placebo": "the same estimate where nothing changed: an entry, or an earlier month",
        "own": "a group of a stratum that the register brought, as its name: group",
        "level": "how the code was matched: exact, shorter, category, none",
        "limit": "spells to which one limit may apply",
        "case": "one case of FMB, by its criteria",
        "assumption": "the same number under another assumption",
        "source": "a published source, and the code it is about",
        "open_share": "so large a share without an upper limit",
        "band": "a length class of a published source, days from-to",
        "entry": "an entry of FMB",
        "reason": "why entries have no estimate",
        "change": "a kind of change between two editions",
        "figure": "a part of a figure",
        "disease_group": "a group of diagnoses in FMB",
    }
)


def measure(key: str) -> Measure:
    """Return a measure by its key.

    Raises
    ------
    UnknownNameError
        There is none; the nearest names are told.

    Examples
    --------
    >>> measure("share_over_longest").kind
    'share'
    """
    try:
        return MEASURES[key]
    except KeyError:
        raise UnknownNameError.among("measure", key, MEASURES) from None


#: What an analyst may write -> the measure.
FRIENDLY = {
    "share over": "share_over_longest",
    "share over shortest": "share_over_shortest",
    "share within": "share_within_longest",
    "median": "quantile_50_days",
    "first quartile": "quantile_25_days",
    "third quartile": "quantile_75_days",
    "mean": "restricted_mean_days",
    "excess days": "excess_days_longest",
    "median ratio": "median_ratio_longest",
    "spells": "n_spells",
    "coverage": "coverage_share",
}


def key_of(name: str) -> str:
    """Return the key of a measure that is named by it, or in friendly words.

    Raises
    ------
    UnknownNameError
        There is none; the nearest names are told.

    Examples
    --------
    >>> key_of("Share over"), key_of("median"), key_of("n_spells")
    ('share_over_longest', 'quantile_50_days', 'n_spells')
    """
    words = str(name).strip().lower().replace("_", " ")
    if words in FRIENDLY:
        return FRIENDLY[words]
    if name in MEASURES:
        return name
    advice = f"Known: {', '.join(FRIENDLY)}; and every key of adherence.csv."
    raise UnknownNameError.among("measure", str(name), [*FRIENDLY, *MEASURES], advice)


def checked_group(by: str) -> str:
    """Return `by` when rows may have such groups.

    Raises
    ------
    UnknownNameError
        They may not; the nearest names are told.
    """
    if by not in GROUPS:
        raise UnknownNameError.among("groups by", by, GROUPS)
    return by
