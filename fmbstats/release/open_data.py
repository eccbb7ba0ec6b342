"""What a release gives away so that anyone can compute its numbers again: ledger and dictionary.

``ledger.parquet`` holds the protected counts that every number of the folder follows from,
``ledger.json`` says what they are, ``data-dictionary.csv`` what every column, measure and group
means. The gate recomputes the table of numbers from them, as a stranger could.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import polars as pl

from fmbstats import measures, words
from fmbstats.atomic import write_text
from fmbstats.errors import StoreError
from fmbstats.release.certificates import (
    CERTIFICATE_COLUMNS,
    CERTIFICATES,
    about_rule,
    write_counts,
)
from fmbstats.release.margins import OF_EVALUATIONS, UNTOLD_END
from fmbstats.release.rule import Rule
from fmbstats.settings import READINGS, SETTINGS
from fmbstats.words.strata import AMBIGUOUS, OF_OWN, OWN

if TYPE_CHECKING:
    from fmbstats.store import Store

#: Start year -> the entries whose counties are one family of tests -> limit in days.
Tested = Mapping[int, Mapping[str, int]]
_NOBODY: Tested = MappingProxyType({})
LEDGER, SIDECAR, DICTIONARY = "ledger.parquet", "ledger.json", "data-dictionary.csv"
FORMAT = 1
# Column -> unit and meaning. The dictionary and the sidecar are made of this, and the gate refuses
# any other column.
LEDGER_COLUMNS = {
    "margin": ("", "what the groups are: all, sex, age, county, code; own: of a stratum that the "
               "register brought; month: of the first day; county_quarter: the county and the "
               "quarter of the first day; county_persons: counties by sex and age; entry_day: all, "
               "with the day from which the register sees a spell; gap_0, gap_14, "
               "last, longest: all, under another reading of the register; degree: so many on "
               "leave at the degree of stratum from duration_day on, until its next row; "
               "started: also those over by the entry day; level: by how the code was matched; "
               "ambiguous: of the code in stratum, which may belong to this entry or to others"),
    "rec_id": ("", "entry of FMB"),
    "stratum": ("", "which of the groups"),
    "sex": ("", "only in county_persons"),
    "age_group": ("years", "only in county_persons"),
    "start_year": ("year", "year of the first day; of other years than the release's only the "
                   "margins all that its trends rest on"),
    "match_id": ("", "set of possible cases of FMB; -1: the code has no recommendation"),
    "longest_days": ("days", "longest limit of the possible cases; inf: one of them has none"),
    "shortest_days": ("days", "shortest limit of the possible cases; inf: none of them has one"),
    "is_judged": ("", "whether any case of the code has a limit"),
    "is_narrowed": ("", "whether some of the code's cases are ruled out"),
    "entry_day": ("days", "under observation from the day after"),
    "duration_day": ("days", "length, first and last day included"),
    "end_reason": ("", "0 ongoing at the cut-off; 1 ended, or in margin all 1 to 5 by reason; -1 "
                   "gone on that day or later, in what way is not told"),
    "n": ("spells", "number of spells, a multiple of the base"),
}  # fmt: skip
TABLE_COLUMNS = {
    "row": ("", "name of the row, as data-row in the pages"),
    "slug": ("", "report"),
    "dx": ("", "codes of ICD-10-SE"),
    "rec_id": ("", "entry of FMB"),
    "rec_version": ("", "editions of FMB"),
    "start_year": ("year", "year of the spells' first day"),
    "entry_days": ("days", "spells have outlasted this day"),
    "length_basis": ("", "what lengths are counted in"),
    "cutoff": ("date", "last day that the register knows"),
    "data_vintage": ("", "register, or published source"),
    "part": ("", "part of the page that tells it"),
    "by": ("", "what the groups are"),
    "stratum": ("", "which of the groups"),
    "label": ("", "wording of FMB or of a publisher"),
    "metric": ("", "measure"),
    "estimate": ("of the measure", "its value; shares in 0-1"),
    "lo": ("of the measure", "lower limit of confidence (95 %), or lower bound"),
    "hi": ("of the measure", "upper limit of confidence (95 %), or upper bound"),
    "limit_days": ("days", "limit that a share is over"),
    "day": ("days", "day of a curve; by quarter: quarters from a change"),
    "method": ("", "estimator"),
    "n_spells": ("spells", "spells that the number rests on"),
    "n_events": ("spells", "of these, ended"),
    "n_at_risk_at_r": ("spells", "on leave and under observation at the limit"),
    "flags": ("", "reservations, or why there is no number"),
}
# All measures by all groups: no part of a page, no day, and no id by which a page would name them.
MEASURED_COLUMNS = {
    name: said for name, said in TABLE_COLUMNS.items() if name not in ("row", "part", "day")
}
# How the measures of each kind are computed from the ledger; S and its terms as in METHODS.
_AT = (
    "sum over (shortest, longest) of w times {of}, w the share of the judged spells and S the "
    "curve of those spells alone"
)
FORMULAS = {
    "n_spells": "sum of n over rows with duration_day > entry_day; by level: margin level",
    "n_seen": "n_spells",
    "n_ended": "n_events",
    "n_ongoing": "n_seen - n_ended",
    "n_scored": "sum of n with is_judged",
    "n_ambiguous": "sum of n over rows of margin ambiguous with duration_day > entry_day; by code: "
    "of one code, of whichever entry",
    "n_started": "margin started; at least n_seen",
    "n_events": "sum of n over rows with end_reason not 0; missing where only the number is told",
    "coverage_share": "sum of n with is_judged / n_spells",
    "share_narrowed": "sum of n with is_judged and is_narrowed / sum of n with is_judged",
    "share_on_leave": "S(day)",
    "share_over_fixed_limit": "S(limit_days)",
    "share_over_limit_nation": "S(limit_days)",
    "quantile_25_days": "smallest t with S(t) <= 0.75; the middle where S equals it on a stretch",
    "quantile_50_days": "smallest t with S(t) <= 0.50; the middle where S equals it on a stretch",
    "quantile_75_days": "smallest t with S(t) <= 0.25; the middle where S equals it on a stretch",
    "restricted_mean_days": "sum of S(t), t = 0 to 364, with S = 1 up to the entry day",
    "gross_days": "sum of S(t - 1) over the days t after the entry day, to 365, with anybody on "
    "leave in margin degree",
    "net_days": "the same sum with each day's mean degree / 100 as weight",
    "share_over_standardised": "sum of W times S(limit_days) over cells of sex and age, W the "
    "cell's share of all counties' spells; of a county's cells (sex and age in order, within a "
    "sex) those next to each other are one until it has 10 spells, the last cell joins the one "
    "before; cells with S of 0 or 1 count as empty and are joined again",
    "observed_expected_ratio": "n with end_reason > 0 / sum of H(duration_day) - H(entry day), H "
    "the Nelson-Aalen sum of d/r of all other counties' spells of the same sex and age",
}
for _end in ("longest", "shortest"):
    _limit = _AT.format(of=f"S({_end})") + f"; 0 where {_end} is inf"
    FORMULAS |= {
        f"share_over_{_end}": _limit + "; 1 where longest is not after the entry day",
        f"share_over_{_end}_day_before": _AT.format(of=f"S({_end} - 1)"),
        f"share_within_{_end}": f"1 - share_over_{_end}",
        f"share_ending_near_{_end}": _AT.format(of=f"S({_end} - 4) - S({_end} + 3)"),
        f"median_ratio_{_end}": f"quantile_50_days / {_end}",
        f"excess_days_{_end}": _AT.format(of=f"sum of S(t), t = {_end} to 364"),
    }
_MAY = (
    "; in assumption ambiguous {of}: n and m the sums of n with is_judged, s and t this measure, "
    "of margin all and of margin ambiguous"
)
FORMULAS["share_over_longest"] += _MAY.format(of="n s / (n + m (1 - t))")
FORMULAS["share_over_shortest"] += _MAY.format(of="(n s + m t) / (n + m t)")
FORMULAS |= {f"share_ended_{k}": "sum over days j <= day of S(j - 1) times d/r, d: n with "
             f"duration_day = j and end_reason = {k}" for k in range(1, 6)}  # fmt: skip
FORMULAS |= {f"share_on_degree_{k}": f"n of stratum {k} in margin degree / n of all degrees, on "
             "that day" for k in (25, 50, 75, 100)}  # fmt: skip
FOLLOWS = {
    "counts": "sums of n in the ledger",
    "curve": "Kaplan-Meier: S(t) = product over days j <= t of 1 - d/r; d: n with duration_day = j "
    "and end_reason > 0; r: n with entry_day < j <= duration_day; from the first "
    "entry day on with 10 at risk",
    "limits": "curves of the spells with the same limits, weighed by their number",
    "ends": "Aalen-Johansen by end_reason",
    "degrees": "the curve times the mean degree of those on leave, by day",
    "comparison": "several groups together",
    "certificates": "of n in certificates.parquet",
    "recommendation": "the recommendations alone",
    "published": "the publisher's own figures",
    "setting": "how the release was made",
}
_PEOPLE = ("all", "sex", "age", "county", "year", "own")
# Measure -> the groups (column by) in which the gate, or anyone, computes it from the ledger again.
AGAIN: Mapping[str, tuple[str, ...]] = {
    **dict.fromkeys(("n_events", "coverage_share", "restricted_mean_days"), _PEOPLE),
    **dict.fromkeys((f"quantile_{pct}_days" for pct in (25, 50, 75)), _PEOPLE),
    **{f"{name}_{end}": _PEOPLE for end in ("longest", "shortest") for name in
       ("share_over", "share_within", "share_ending_near", "median_ratio", "excess_days")},
    **{f"share_over_{end}_day_before": _PEOPLE for end in ("longest", "shortest")},
    "n_spells": (*_PEOPLE, "level", "assumption"),
    **dict.fromkeys(("share_over_longest", "share_over_shortest"), (*_PEOPLE, "assumption")),
    "n_ambiguous": ("all", "code"),
    "share_on_leave": _PEOPLE,
    "share_over_fixed_limit": (*_PEOPLE, "month"),
    **dict.fromkeys(("n_seen", "n_ended", "n_ongoing", "n_scored", "n_started"), ("all",)),
    "share_narrowed": ("all",),
    **{f"share_ended_{k}": ("all",) for k in range(1, 6)},
    **{f"share_on_degree_{k}": ("all",) for k in (25, 50, 75, 100)},
    **dict.fromkeys(("gross_days", "net_days"), ("all",)),
    **dict.fromkeys(("share_over_limit_nation", "tau2_between_counties"), ("all",)),
    **dict.fromkeys(("share_over_standardised", "observed_expected_ratio"), ("county",)),
    **dict.fromkeys(("q_value", "n_effective"), ("county",)),
}  # fmt: skip
# Measures of a roll-out (part rollout), which the gate, or anyone, evaluates from the ledger again.
OF_ROLLOUT = frozenset(
    ["log_hazard_ratio", "log_count_ratio", "smallest_log_ratio", "p_value", "n_draws",
     "n_counties", "n_counties_waiting", "adoption_day", "date_group", "n_entries",
     "share_of_weight", "share_over_fixed_limit", "share_expected"]
)  # fmt: skip
# Other assumptions that are readings of the register: margin of the ledger.
ASSUMPTIONS = {
    "base": "all", "day_before": "all", "delayed": "entry_day", AMBIGUOUS: AMBIGUOUS,
} | {reading: reading for reading in READINGS}  # fmt: skip
# Why rows of some groups do not follow from the ledger alone, though the measure does in others.
_NOT_IN = {
    "assumption": "assumption but " + ", ".join(ASSUMPTIONS)
    + ": the limits of the others stand in the recommendations",
    "source": "source: spells of a code under several entries, and numbers of the source",
    "limit": "limit: codes under some cases of the recommendations",
}  # fmt: skip
# Why no row of a measure does.
_NOT = {
    "counts": "it counts what is left out of all margins of the ledger",
    "limits": "it rests on limits of the recommendations that the ledger does not hold",
    "comparison": "it counts, ranks or tests rows of the table, or rests on cases of the "
    "recommendations that the ledger does not hold",
    "certificates": "it follows from certificates.parquet, by every group",
    "recommendation": "it stands in the recommendations, not in the register",
    "published": "it stands in the published source",
    "setting": "it is a setting, no result",
}


def write_open_data(
    store: Store,
    folder: Path,
    entry_ids: Sequence[str],
    tested: Tested,
    month_days: int,
    language: str,
    by: Sequence[str] = (),
    evaluated: Collection[tuple[str, str]] = (),
    year: int | None = None,
) -> None:
    """Write ledger, sidecar and dictionary of a release into a folder.

    `store`: a release store. `entry_ids`: the entries that the folder tells of. `tested`: start
    year -> the entries whose counties are one family of tests -> limit in days. `month_days`: 30 or
    31. `language`: "sv" or "en". `by`: the strata of the register's own that the folder tells of;
    the ledger holds no others. `evaluated`: margin and entry of what evaluations follow from.
    `year`: the start year that the folder tells of, see `released_ledger`.
    """
    ledger = released_ledger(store, entry_ids, month_days, tested, by, (), evaluated, year)
    about = about_ledger(store, month_days, tested)
    write_counts(ledger, about, folder / LEDGER, folder / SIDECAR)
    write_text(folder / DICTIONARY, dictionary_csv(language))


# Counts that are no path: by degree and day, who started, by how codes were matched.
_ROWS = """
select margin, entry_id, stratum, sex, age_group, start_year, match_id, entry_day, duration_day,
    end_reason, n
from release_ledger
union all
select 'degree', entry_id, degree_pct::varchar, null, null, start_year, -1, $day, day, $untold,
    sum(n_change) over (partition by entry_id, code, start_year, degree_pct order by day)::integer
from mart_degrees
union all
select 'started', entry_id, 'all', null, null, start_year, -1, $day, 0, $untold, n
from release_counts
union all
select 'level', entry_id, match_level, null, null, start_year, -1, $day, 0, $untold, n
from release_levels
union all
select $ambiguous, owned.entry_id, code, null, null, start_year, match_id, entry_day,
    duration_day, end_reason, n
from release_ledger
join (
    select distinct wide.code, owned.entry_id
    from (select distinct code from release_ledger where entry_id is null) as wide
    join mart_entry_codes as owned on starts_with(owned.code, wide.code) and length(wide.code) > 2
) as owned using (code)
where margin = 'all' and release_ledger.entry_id is null
"""


def released_ledger(
    store: Store,
    entry_ids: Sequence[str],
    month_days: int,
    tested: Tested = _NOBODY,
    by: Sequence[str] = (),
    only: Sequence[str] = (),
    evaluated: Collection[tuple[str, str]] = (),
    year: int | None = None,
) -> pl.DataFrame:
    """Return the released rows of some entries, each with its limits; see `write_open_data`.

    `only`: the margins that are wanted; all but those of evaluations by default. `year`: the start
    year that is told of; of others, all spells of an entry together, which its trend rests on. A
    folder would else grow with the years of the register, though each year has one of its own.

    Of the entries that are only tested with them, the rows that the tests of a year rest on.
    """
    beside = [f"{year} {entry}" for year, limits in tested.items() for entry in limits]
    found = store.polars(
        "select margin, entry_id as rec_id, stratum, sex, age_group, start_year, match_id, "
        f"longest_days_{int(month_days)} as longest_days, "
        f"shortest_days_{int(month_days)} as shortest_days, "
        "coalesce(is_judged, false) as is_judged, evidence is not null as is_narrowed, entry_day, "
        f"duration_day, end_reason, n from ({_ROWS}) left join raw_possible_sets using (match_id) "
        "where (entry_id in (select unnest($ids)) and if(len($only) > 0, list_contains($only, "
        "margin), not list_contains($unasked, margin)) and (margin <> $own or "
        "list_contains($by, split_part(stratum, $between, 1))) and "
        "(margin = 'all' or start_year = coalesce($year, start_year))) or "
        "list_contains($evaluated, margin || ' ' || entry_id) or "
        "(margin in ('all', 'county_persons') and start_year || ' ' || entry_id in "
        "(select unnest($beside))) order by all",
        {
            "ids": list(entry_ids),
            "beside": beside,
            "day": store.entry_day,
            "untold": UNTOLD_END,
            "own": OWN,
            "ambiguous": AMBIGUOUS,
            "unasked": list(OF_EVALUATIONS),
            "between": OF_OWN,
            "by": list(by),
            "only": list(only),
            "evaluated": sorted(" ".join(pair) for pair in evaluated),
            "year": year,
        },
    )
    return found.select(list(LEDGER_COLUMNS))


def about_ledger(store: Store, month_days: int, tested: Tested) -> dict[str, Any]:
    """Return what the ledger's sidecar says: how it was protected, what its columns are.

    Raises StoreError: an exact store's counts were not protected.
    """
    if store.threshold is None:
        raise StoreError(f"{store.path} is no release store: its counts are exact.")
    said = about_rule(Rule(store.threshold), store.threshold, LEDGER_COLUMNS)
    columns = said.pop("columns")
    limits = {str(year): dict(limits) for year, limits in tested.items()}
    own = {"entry_day": store.entry_day, "month_days": month_days, "county_limits": limits}
    return {"format": FORMAT} | said | own | {"columns": columns}


def dictionary_csv(language: str) -> str:
    """Return the dictionary: every column, measure and kind of group, one row each.

    Columns: what (column of which file, measure, group), key, unit, kind, decimals, name (in the
    language of the release), meaning, nested_in, again (in which groups a measure follows from
    the ledger, and why not in others).
    """
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(["what", "key", "unit", "kind", "decimals", "name", "meaning", "nested_in",
                     "again"])  # fmt: skip
    writer.writerows(_entries(language))
    return buffer.getvalue()


def _entries(language: str) -> Iterator[list[object]]:
    files = {
        LEDGER: LEDGER_COLUMNS,
        CERTIFICATES: CERTIFICATE_COLUMNS,
        SETTINGS.table: TABLE_COLUMNS,
        SETTINGS.measured: MEASURED_COLUMNS,
    }
    for file, columns in files.items():
        for name, (unit, meaning) in columns.items():
            yield [f"column of {file}", name, unit, "", "", "", meaning, "", ""]
    for one in measures.MEASURES.values():
        name = words.phrase(f"metric.{one.key}", language)
        meaning = FORMULAS.get(one.key, FOLLOWS[one.follows])
        yield ["measure", one.key, one.unit, one.kind, one.decimals, name, meaning, one.nested_in,
               _again(one)]  # fmt: skip
    for by, meaning in measures.GROUPS.items():
        yield ["group", by, "", "", "", "", meaning, "", ""]


def _again(one: measures.Measure) -> str:
    """In which groups a measure follows from the ledger, and why not in others."""
    groups = AGAIN.get(one.key)
    if groups is None:
        but = "; but in part rollout, from margin county_quarter and the dates"
        return f"no: {_NOT.get(one.follows, _NOT['limits'])}{but * (one.key in OF_ROLLOUT)}"
    if len(groups) == 1:
        return f"by {groups[0]}"
    return f"by {', '.join(groups)}; not by {'; '.join(_NOT_IN.values())}"
