"""The recommendation side of the store: what was in force, and for which codes."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import polars as pl

from fmbstats import codes as icd
from fmbstats.errors import StoreError
from fmbstats.recommendations.case_rules import CaseRule, known_of, read_rules
from fmbstats.recommendations.join_tables import Recommendations
from fmbstats.sources.codes.code_list import read_code_list
from fmbstats.sources.fmb.edition_tables import Edition, read_editions
from fmbstats.sources.fmb.rule_files import read_occupations

# The last day of a validity period that has not ended; DuckDB joins on plain dates.
OPEN_END = pl.date(9999, 12, 31)
CODE_LIST = Path("codes") / "icd10se.csv"


@dataclass(frozen=True, eq=False)
class Recommended:
    """What was recommended when, made ready for whatever codes a register has."""

    tables: dict[str, pl.DataFrame]  #: mart_entries, mart_entry_codes, mart_icf, mart_in_force.
    recommendations: Recommendations
    rules: tuple[CaseRule, ...]  #: What evidence leaves of an entry's cases.
    #: Codes of FMB and of the code list; None without a code list: then nothing is unknown.
    known_codes: frozenset[str] | None
    #: Beginning of an occupation's code (SSYK) → its class, by the user's tables.
    occupations: dict[str, str] = field(default_factory=dict)

    def code_tables(self, codes: pl.Series) -> dict[str, pl.DataFrame]:
        """Match codes.

        `codes`: codes that occur in the register, with what is known beside them
        (`case_rules.known_of`); malformed ones too: those match nothing. Returns the tables
        raw_matches, raw_possible_sets, raw_possible_cases, raw_code_entries.
        """
        found = self.recommendations.possible(codes, self.rules)
        matches = found.matches.with_columns(pl.col("valid_to").fill_null(OPEN_END))
        return {
            "raw_matches": matches.sort("code", "valid_from"),
            "raw_possible_sets": found.sets,
            "raw_possible_cases": found.members,
            "raw_code_entries": self.recommendations.code_entries(codes),
        }

    def code_faults(self, codes: pl.Series) -> pl.DataFrame:
        """Say which codes of a register are missing, malformed or unknown: code, reason."""
        faults: list[tuple[str, str]] = []
        for code in dict.fromkeys(known_of(text)[0] for text in codes):
            if not code:
                faults.append((code, "missing"))
            elif not icd.is_code(code):
                faults.append((code, "malformed"))
            elif self.known_codes is not None and code not in self.known_codes:
                faults.append((code, "not in ICD-10-SE"))
        return pl.DataFrame(faults, schema={"code": pl.String, "reason": pl.String}, orient="row")


def read_recommended(data_raw: Path) -> Recommended:
    """Read all editions (fmb/) and the code list (codes/icd10se.csv), if there is one.

    The newest edition of production quality gives the entries; a development edition that lies
    beside it never does.

    Raises StoreError: there is no edition of production quality.
    """
    editions = read_editions(data_raw / "fmb")
    recommendations = Recommendations(editions)
    newest = recommendations.newest
    if newest is None:
        raise StoreError(
            "data_raw/fmb holds no edition of production quality, only development or partial "
            "ones. Add one with 'fmbstats import fmb FILE...'."
        )
    known = None
    if (data_raw / CODE_LIST).exists():
        listed = read_code_list(data_raw / CODE_LIST)
        # A list that holds a part of the codes says of no code that it does not exist.
        if listed.is_complete:
            known = listed.codes | frozenset(recommendations.known_codes())
    tables = {
        "mart_entries": newest.entries,
        "mart_entry_codes": newest.entry_codes,
        "mart_icf": newest.icf,
        "mart_in_force": _in_force(recommendations, editions),
    }
    rules, occupations = read_rules(data_raw, editions), read_occupations(data_raw)
    return Recommended(tables, recommendations, rules, known, occupations)


def _in_force(recommendations: Recommendations, editions: tuple[Edition, ...]) -> pl.DataFrame:
    """The validity table with each case's criteria in words beside its numbers."""
    # Terms of one kind are alternatives (or), the kinds must all hold (and).
    criteria = pl.concat(
        edition.criteria.group_by("case_id", "criterion", maintain_order=True)
        .agg(pl.col("term").unique(maintain_order=True).str.join(" / "))
        .group_by("case_id", maintain_order=True)
        .agg(pl.col("term").str.join("; ").alias("criteria"))
        .with_columns(pl.lit(edition.name).alias("edition"))
        for edition in editions
    )
    return (
        recommendations.in_force_table()
        .with_columns(pl.col("valid_to").fill_null(OPEN_END))
        .join(criteria, on=["edition", "case_id"], how="left")
    )
