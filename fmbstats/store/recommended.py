"""The recommendation side of the store: what was in force, and for which codes."""

from __future__ import annotations

import polars as pl

from fmbstats import codes as icd
from fmbstats.errors import StoreError
from fmbstats.recommendations import Recommendations
from fmbstats.sources.fmb_tables import Edition

# The last day of a validity period that has not ended; DuckDB joins on plain dates.
OPEN_END = pl.date(9999, 12, 31)


def recommendation_tables(
    editions: tuple[Edition, ...], codes: pl.Series
) -> dict[str, pl.DataFrame]:
    """Make the recommendation side of the store, for the spell codes at hand.

    Parameters
    ----------
    editions : tuple of Edition
        All editions; the newest of production quality gives the entries. A development edition
        that lies beside it never does.
    codes : polars.Series of str
        Codes that occur in the register, malformed ones too: those match nothing.

    Raises
    ------
    StoreError
        There is no edition of production quality.
    """
    recommendations = Recommendations(editions)
    newest = recommendations.newest
    if newest is None:
        raise StoreError(
            "data_raw/fmb holds no edition of production quality, only development or partial "
            "ones. Add one with 'fmbstats import fmb FILE...'."
        )
    return {
        "mart_entries": newest.entries,
        "mart_entry_codes": newest.entry_codes,
        "mart_icf": newest.icf,
        "mart_in_force": _in_force(recommendations, editions),
        "raw_matches": _matches(recommendations, codes),
        "raw_code_entries": _code_entries(newest, codes),
    }


def _matches(recommendations: Recommendations, codes: pl.Series) -> pl.DataFrame:
    """Code x period -> limits under both month conventions; periods of a code never overlap."""
    limits = recommendations.limits_table(30).rename(
        {"min_limit_days": "min_limit_days_30", "max_limit_days": "max_limit_days_30"}
    )
    other = recommendations.limits_table(31).select(
        "matched_code",
        "valid_from",
        pl.col("min_limit_days").alias("min_limit_days_31"),
        pl.col("max_limit_days").alias("max_limit_days_31"),
    )
    return (
        recommendations.match_table(codes)
        .with_columns(pl.col("valid_to").fill_null(OPEN_END))
        .join(
            limits.join(other, on=["matched_code", "valid_from"]).with_columns(
                pl.col("valid_to").fill_null(OPEN_END)
            ),
            on="matched_code",
            suffix="_limit",
        )
        .with_columns(
            pl.max_horizontal("valid_from", "valid_from_limit").alias("valid_from"),
            pl.min_horizontal("valid_to", "valid_to_limit").alias("valid_to"),
        )
        .filter(pl.col("valid_from") < pl.col("valid_to"))
        .drop("valid_from_limit", "valid_to_limit")
        .sort("code", "valid_from")
        .with_row_index("match_id")
        .with_columns(pl.col("match_id").cast(pl.Int32))
    )


def _in_force(recommendations: Recommendations, editions: tuple[Edition, ...]) -> pl.DataFrame:
    """The validity table with each case's criteria in words beside its numbers."""
    criteria = pl.concat(
        [
            _criteria_text(edition.criteria).with_columns(pl.lit(edition.name).alias("edition"))
            for edition in editions
        ]
    )
    return (
        recommendations.in_force_table()
        .with_columns(pl.col("valid_to").fill_null(OPEN_END))
        .join(criteria, on=["edition", "case_id"], how="left")
    )


def _criteria_text(criteria: pl.DataFrame) -> pl.DataFrame:
    """Terms of one kind are alternatives (or), the kinds must all hold (and)."""
    return (
        criteria.group_by("case_id", "criterion", maintain_order=True)
        .agg(pl.col("term").unique(maintain_order=True).str.join(" / "))
        .group_by("case_id", maintain_order=True)
        .agg(pl.col("term").str.join("; ").alias("criteria"))
    )


def _code_entries(newest: Edition, codes: pl.Series) -> pl.DataFrame:
    """Spell code -> the newest edition's entry: by the code itself, else ever shorter codes.

    A code that only has sub-codes in FMB, of several entries, belongs to none of them.
    """
    of_code = dict(newest.entry_codes.select("code", "entry_id").iter_rows())
    found = []
    for code in codes:
        # A malformed code must not be matched by what its first characters happen to be.
        parents = icd.parents(code) if icd.is_code(code) else ()
        hit = next((of_code[c] for c in parents if c in of_code), None)
        if hit is None and parents:
            below = {e for c, e in of_code.items() if c.startswith(code)}
            hit = below.pop() if len(below) == 1 else None
        found.append(hit)
    return pl.DataFrame(
        {"code": codes, "entry_id": found}, schema_overrides={"entry_id": pl.String}
    )
