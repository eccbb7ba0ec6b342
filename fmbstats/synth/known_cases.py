"""Which case of FMB every spell of a synthetic register belongs to: the truth of the bounds.

The register's lengths stay what they are; each spell gets one of the cases that are possible for
its code and first day, likelier those whose limit is near its length. Beside the truth stand what
a register could know of it (further diagnoses, occupations, procedures) and the case rules that
such evidence needs. Codes, rules and shares are invented, and say so.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
import polars as pl

from fmbstats.atomic import make_folder, write_text
from fmbstats.recommendations.case_rules import read_rules
from fmbstats.recommendations.join_tables import Recommendations
from fmbstats.sources.fmb.edition_tables import Edition, read_editions
from fmbstats.sources.registers.evidence import COMORBIDITY, OCCUPATION, PROCEDURE, SCHEMA
from fmbstats.synth.law import MAX_DAY

#: Share of the persons of whom something is known.
SHARE_KNOWN = 0.9
# Days that stand for a case without limit where cases are drawn by their nearness to a length.
_NO_LIMIT_DAYS = 400.0
# How steeply the chance of a case falls with the distance (in logarithms) of its limit.
_STEEPNESS = 0.8
_APPROVED = ("invented with the synthetic register", "fmbstats synth", date(2026, 11, 29))
# By what a case is known: the first of its criteria that stands here, else a further diagnosis.
_KINDS = {"procedure": PROCEDURE, "workload": OCCUPATION}
_VALUES = {COMORBIDITY: "U{:03}", PROCEDURE: "ZZ{:03}", OCCUPATION: "{:04}"}
_FIRST_OCCUPATION = 1000


@dataclass(frozen=True, eq=False)
class KnownCases:
    """What is true of a synthetic register's spells, and what can be known of it."""

    #: spell_id, entry_id, case_id, max_days (null: a case without upper limit); the spells whose
    #: code has any case on their first day.
    truth: pl.DataFrame
    evidence: pl.DataFrame  #: person_id, day, evidence, value.
    rules: pl.DataFrame  #: Case rules: what the evidence leaves; columns as in ``case_rules.csv``.

    def write(self, folder: Path) -> None:
        """Write truth.csv, evidence.csv and rules.csv into a folder."""
        make_folder(folder)
        evidence = self.evidence.rename({"day": "date"})
        for name, frame in (("truth", self.truth), ("evidence", evidence), ("rules", self.rules)):
            write_text(folder / f"{name}.csv", frame.write_csv())


def draw_cases(spells: pl.DataFrame, *, data_raw: Path, seed: int = 1) -> KnownCases:
    """Draw the case of every spell, as `draw_register` gives them.

    The case rules in `data_raw` hold: no case is drawn that a code excludes.
    """
    rng = np.random.default_rng([seed, 3])
    editions = read_editions(data_raw / "fmb")
    known = Recommendations(editions)
    possible = known.possible(spells["code"].unique(), read_rules(data_raw, editions))
    cases = possible.members.join(_contents(known), on=["case_id", "edition"], how="left")
    placed = _placed(spells, possible.matches)
    truth = _drawn(rng, placed, cases)
    values = _values(editions, cases)
    return KnownCases(
        truth.select("spell_id", "entry_id", "case_id", pl.col("limit_days_30").alias("max_days")),
        _evidence(rng, truth, values),
        _rules(cases, values),
    )


def _contents(known: Recommendations) -> pl.DataFrame:
    """One row per case and edition: its entry and its limit then."""
    table = known.in_force_table().filter(pl.col("case_id").is_not_null())
    return table.select("case_id", "edition", "entry_id", "limit_days_30").unique(
        ["case_id", "edition"], maintain_order=True
    )


def _placed(spells: pl.DataFrame, matches: pl.DataFrame) -> pl.DataFrame:
    """The spells with the number of their set of possible cases, and their length."""
    days = (pl.col("last_date") - pl.col("start_date")).dt.total_days() + 1
    return (
        spells.select(
            "spell_id", "person_id", "start_date", "code", days.fill_null(MAX_DAY).alias("days")
        )
        .join(matches.select("code", "valid_from", "valid_to", "match_id"), on="code")
        .filter(
            pl.col("start_date") >= pl.col("valid_from"),
            pl.col("valid_to").is_null() | (pl.col("start_date") < pl.col("valid_to")),
        )
        .sort("spell_id")
    )


def _drawn(rng: np.random.Generator, placed: pl.DataFrame, cases: pl.DataFrame) -> pl.DataFrame:
    """Give every spell one of the cases of its set."""
    parts = []
    by_set = cases.sort("match_id", "case_id").partition_by("match_id", as_dict=True)
    for (match_id,), spells in placed.partition_by(
        "match_id", as_dict=True, maintain_order=True
    ).items():
        if (match_id,) not in by_set:
            continue  # the entry names the code, no case has it
        own = by_set[match_id,]
        limit = own["limit_days_30"].cast(pl.Float64).fill_null(_NO_LIMIT_DAYS).to_numpy()
        distance = np.log(spells["days"].to_numpy())[:, None] - np.log(np.maximum(limit, 7.0))
        edges = np.cumsum(np.exp(-_STEEPNESS * np.abs(distance)), axis=1)
        dice = rng.random(spells.height) * edges[:, -1]
        chosen = (dice[:, None] >= edges[:, :-1]).sum(axis=1)
        parts.append(
            spells.hstack(own.select("case_id", "entry_id", "limit_days_30")[chosen.tolist()])
        )
    return pl.concat(parts).sort("spell_id")


def _values(editions: tuple[Edition, ...], cases: pl.DataFrame) -> Mapping[str, tuple[str, str]]:
    """Case id -> by what kind of evidence it is known, and its invented code."""
    criteria: dict[str, set[str]] = {}
    for edition in editions:
        for case_id, criterion in edition.criteria.select("case_id", "criterion").iter_rows():
            criteria.setdefault(case_id, set()).add(criterion)
    found = {}
    for number, case_id in enumerate(sorted(cases["case_id"].unique())):
        own = criteria.get(case_id, set())
        kind = next((k for name, k in _KINDS.items() if name in own), COMORBIDITY)
        shift = _FIRST_OCCUPATION if kind == OCCUPATION else 0
        found[case_id] = (kind, _VALUES[kind].format(number + shift))
    return found


def _evidence(
    rng: np.random.Generator, truth: pl.DataFrame, values: Mapping[str, tuple[str, str]]
) -> pl.DataFrame:
    """Of a share of the persons: what tells the case of each of their spells, on its first day."""
    persons = truth["person_id"].unique().sort()
    known = persons.filter(pl.Series(rng.random(len(persons)) < SHARE_KNOWN))
    rows = truth.filter(pl.col("person_id").is_in(known.implode()))
    kinds, codes = ({c: v[k] for c, v in values.items()} for k in (0, 1))
    return rows.select(
        pl.col("person_id").cast(pl.String),
        pl.col("start_date").alias("day"),
        pl.col("case_id").replace_strict(kinds, return_dtype=pl.String).alias("evidence"),
        pl.col("case_id").replace_strict(codes, return_dtype=pl.String).alias("value"),
    ).select(pl.col(name).cast(kind) for name, kind in SCHEMA.items())


def _rules(cases: pl.DataFrame, values: Mapping[str, tuple[str, str]]) -> pl.DataFrame:
    pairs = cases.select("entry_id", "case_id").drop_nulls().unique().sort("entry_id", "case_id")
    rows = [(e, c, *values[c], "only", *_APPROVED) for e, c in pairs.iter_rows()]
    names = ("entry_id", "case_id", "evidence", "value", "effect", "source", "approved_by")
    schema = dict.fromkeys(names, pl.String) | {"approved_on": pl.Date}
    return pl.DataFrame(rows, schema, orient="row")
