"""What a release gives away so that anyone can compute its numbers again: ledger and dictionary.

``ledger.parquet`` holds the protected counts that every number of the folder follows from,
``ledger.json`` says what they are, ``data-dictionary.csv`` what every column, measure and group
means. The gate recomputes the table of numbers from them, as a stranger could.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl

from fmbstats import measures, words
from fmbstats.atomic import write_bytes, write_text
from fmbstats.errors import StoreError
from fmbstats.release.rule import MIN_PATH, Rule

if TYPE_CHECKING:
    from fmbstats.store import Store

LEDGER, SIDECAR, DICTIONARY = "ledger.parquet", "ledger.json", "data-dictionary.csv"
FORMAT = 1
# Column -> unit and meaning. The dictionary and the sidecar are made of this, and the gate refuses
# any other column.
LEDGER_COLUMNS = {
    "margin": ("", "what the groups are: all, sex, age, county, code; county_persons: counties by "
               "sex and age; entry_day: all, with the day from which the register sees a spell; "
               "gap_14, last, longest: all, under another reading of the register"),
    "rec_id": ("", "entry of FMB"),
    "stratum": ("", "which of the groups"),
    "sex": ("", "only in county_persons"),
    "age_group": ("years", "only in county_persons"),
    "start_year": ("year", "year of the first day"),
    "match_id": ("", "set of possible cases of FMB; -1: the code has no recommendation"),
    "longest_days": ("days", "longest limit of the possible cases; inf: one of them has none"),
    "shortest_days": ("days", "shortest limit of the possible cases; inf: none of them has one"),
    "is_judged": ("", "whether any case of the code has a limit"),
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
    "part": ("", "part of the page; table: here only"),
    "by": ("", "what the groups are"),
    "stratum": ("", "which of the groups"),
    "label": ("", "wording of FMB or of a publisher"),
    "metric": ("", "measure"),
    "estimate": ("of the measure", "its value; shares in 0-1"),
    "lo": ("of the measure", "lower limit of confidence (95 %), or lower bound"),
    "hi": ("of the measure", "upper limit of confidence (95 %), or upper bound"),
    "limit_days": ("days", "limit that a share is over"),
    "day": ("days", "day of a curve"),
    "method": ("", "estimator"),
    "n_spells": ("spells", "spells that the number rests on"),
    "n_events": ("spells", "of these, ended"),
    "n_at_risk_at_r": ("spells", "on leave and under observation at the limit"),
    "flags": ("", "reservations, or why there is no number"),
}
# How the measures of each kind are computed from the ledger; S and its terms as in METHODS.
FORMULAS = {
    "n_spells": "sum of n over rows with duration_day > entry_day",
    "n_events": "sum of n over rows with end_reason not 0; missing where only the number is told",
    "coverage_share": "sum of n with is_judged / n_spells",
    "share_on_leave": "S(day)",
    "share_over_longest": "sum over (shortest, longest) of w times S(longest), 0 where longest is "
    "inf; w: share of the judged spells; S: curve of those spells alone",
    "share_over_shortest": "sum over (shortest, longest) of w times S(shortest), 0 where shortest "
    "is inf",
    "quantile_25_days": "smallest t with S(t) <= 0.75; the middle where S equals it on a stretch",
    "quantile_50_days": "smallest t with S(t) <= 0.50; the middle where S equals it on a stretch",
    "quantile_75_days": "smallest t with S(t) <= 0.25; the middle where S equals it on a stretch",
    "restricted_mean_days": "sum of S(t), t = 0 to 364, with S = 1 up to the entry day",
}
FOLLOWS = {
    "counts": "sums of n in the ledger",
    "curve": "Kaplan-Meier: S(t) = product over days j <= t of 1 - d/r; d: n with duration_day = j "
    "and end_reason > 0; r: n with entry_day < j <= duration_day",
    "limits": "curves of the spells with the same limits, weighed by their number",
    "ends": "Aalen-Johansen by end_reason",
    "degrees": "the curve times the mean degree of those on leave, by day",
    "comparison": "several groups together",
    "certificates": "counts of certificates; none are released",
    "recommendation": "the recommendations alone",
    "published": "the publisher's own figures",
    "setting": "how the release was made",
}


def write_open_data(
    store: Store, folder: Path, entry_ids: Sequence[str], month_days: int, language: str
) -> None:
    """Write ledger, sidecar and dictionary of a release into a folder.

    Parameters
    ----------
    store : Store
        A release store.
    folder : Path
    entry_ids : sequence of str
        The entries that the folder tells of.
    month_days : {30, 31}
    language : {"sv", "en"}
    """
    buffer = io.BytesIO()
    released_ledger(store, entry_ids, month_days).write_parquet(buffer, compression="zstd")
    write_bytes(folder / LEDGER, buffer.getvalue())
    about = json.dumps(about_ledger(store, month_days), indent=1, ensure_ascii=False)
    write_text(folder / SIDECAR, about + "\n")
    write_text(folder / DICTIONARY, dictionary_csv(language))


def released_ledger(store: Store, entry_ids: Sequence[str], month_days: int) -> pl.DataFrame:
    """Return the released rows of some entries, each with its limits."""
    found = store.polars(
        "select margin, entry_id as rec_id, stratum, sex, age_group, start_year, match_id, "
        f"longest_days_{int(month_days)} as longest_days, "
        f"shortest_days_{int(month_days)} as shortest_days, "
        "coalesce(is_judged, false) as is_judged, entry_day, duration_day, end_reason, n "
        "from release_ledger left join raw_possible_sets using (match_id) "
        "where entry_id in (select unnest($ids)) order by all",
        {"ids": list(entry_ids)},
    )
    return found.select(list(LEDGER_COLUMNS))


def about_ledger(store: Store, month_days: int) -> dict[str, Any]:
    """Return what the ledger's sidecar says: how it was protected, what its columns are.

    Raises
    ------
    StoreError
        An exact store's counts were not protected.
    """
    if store.threshold is None:
        raise StoreError(f"{store.path} is no release store: its counts are exact.")
    rule = Rule(store.threshold)
    return {
        "format": FORMAT,
        "threshold": rule.threshold,
        "base": rule.base,
        "variance": rule.variance,
        "smallest_path": MIN_PATH,
        "entry_day": store.entry_day,
        "month_days": month_days,
        "columns": {name: meaning for name, (_, meaning) in LEDGER_COLUMNS.items()},
    }


def dictionary_csv(language: str) -> str:
    """Return the dictionary: every column, measure and kind of group, one row each.

    Columns: what (column of which file, measure, group), key, unit, kind, decimals, name (in the
    language of the release), meaning, nested_in.
    """
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(["what", "key", "unit", "kind", "decimals", "name", "meaning", "nested_in"])
    writer.writerows(_entries(language))
    return buffer.getvalue()


def _entries(language: str) -> Iterator[list[object]]:
    for file, columns in ((LEDGER, LEDGER_COLUMNS), ("adherence.csv", TABLE_COLUMNS)):
        for name, (unit, meaning) in columns.items():
            yield [f"column of {file}", name, unit, "", "", "", meaning, ""]
    for one in measures.MEASURES.values():
        name = words.phrase(f"metric.{one.key}", language)
        meaning = FORMULAS.get(one.key, FOLLOWS[one.follows])
        yield ["measure", one.key, one.unit, one.kind, one.decimals, name, meaning, one.nested_in]
    for by, meaning in measures.GROUPS.items():
        yield ["group", by, "", "", "", "", meaning, ""]
