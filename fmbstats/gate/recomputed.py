"""Computes the table of a release again from its ledger, as a stranger could, and compares."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd
import polars as pl

from fmbstats.evaluate.certificates import CertificateUse
from fmbstats.frames import rows_of
from fmbstats.gate.again import VALUES, OpenLedger, follow
from fmbstats.gate.certificates import follow_certificates
from fmbstats.gate.findings import Findings
from fmbstats.gate.inventory import Folder
from fmbstats.gate.rollout import rollout_faults
from fmbstats.release.margins import AGES, FORMS, SEXES, UNTOLD_END
from fmbstats.release.margins import ALL as MARGINS
from fmbstats.release.open_data import (
    DICTIONARY,
    FORMAT,
    LEDGER,
    LEDGER_COLUMNS,
    SIDECAR,
    dictionary_csv,
)
from fmbstats.release.rule import MIN_PATH, Rule
from fmbstats.results.rollout import PART
from fmbstats.settings import READINGS, SETTINGS
from fmbstats.words import LANGUAGES
from fmbstats.words.strata import AMBIGUOUS

CHECK = "recomputed"
FORM = "ledger"
_AGAIN = "Make the folder again with fmbstats."
_ROUNDING = 1e-8  # the table writes ten digits
_ENTRY = r"[\w.-]{1,64}"
_MOST_DAYS = 10_000
# What the groups of a margin may be called.
_STRATA = {
    **FORMS,
    "degree": "25|50|75|100",
    "level": "exact|shorter|category|none",
    AMBIGUOUS: FORMS["code"],
}
_LEVELS = ("degree", "started", "level", AMBIGUOUS)
_KNOWN_MARGINS = frozenset([*MARGINS, *READINGS, *_LEVELS])
_GROUPS = ("all", "sex", "age", "county", "year", "own")
_WHOLE = ("start_year", "match_id", "entry_day", "duration_day", "end_reason", "n")


def read_ledger(folder: Folder, findings: Findings) -> OpenLedger | None:
    """Read ledger and sidecar by their closed grammar; None, with findings, otherwise."""
    if LEDGER not in folder.files or SIDECAR not in folder.files:
        findings.add(FORM, LEDGER, "", "no ledger to compute the numbers from.", _AGAIN)
        return None
    findings.looked(FORM)
    if all(folder.files.get(DICTIONARY) != dictionary_csv(x).encode("utf-8") for x in LANGUAGES):
        findings.add(FORM, DICTIONARY, "", "not the dictionary of this version.", _AGAIN)
    try:
        about = json.loads(folder.files[SIDECAR])
        frame = pl.read_parquet(folder.files[LEDGER])
        faults = [*_about_faults(about), *_frame_faults(frame)]
    except Exception as error:  # whatever a file that is not ours makes a reader raise
        faults = [f"it cannot be read ({type(error).__name__})."]
    if not faults:
        faults = list(_count_faults(frame, Rule(about["threshold"])))
    for what in faults:
        findings.add(FORM, LEDGER, "", what, _AGAIN)
    if faults:
        return None
    rule = Rule(about["threshold"])
    return OpenLedger(
        frame.to_pandas(), rule, about["entry_day"], about["month_days"], about["county_limits"]
    )


def _about_faults(about: Any) -> Iterator[str]:
    keys = {"format", "threshold", "base", "variance", "smallest_path", "entry_day", "month_days"}
    if not isinstance(about, dict) or set(about) != keys | {"columns", "county_limits"}:
        yield "its sidecar has other keys than ours."
        return
    rule = Rule(int(about["threshold"]))
    expected: dict[str, object] = {
        "format": FORMAT,
        "base": rule.base,
        "variance": rule.variance,
        "smallest_path": MIN_PATH,
        "columns": {name: meaning for name, (_, meaning) in LEDGER_COLUMNS.items()},
    }
    for key, value in expected.items():
        if about[key] != value:
            yield f"its sidecar says another {key} than the rule."
    tested = about["county_limits"]
    if not isinstance(tested, dict) or not all(
        re.fullmatch(r"\d{4}", year) and isinstance(limits, dict) for year, limits in tested.items()
    ):
        yield "its sidecar says no limits by year."
    elif not all(
        re.fullmatch(_ENTRY, entry) and type(day) is int and 0 < day < _MOST_DAYS
        for limits in tested.values()
        for entry, day in limits.items()
    ):
        yield "its sidecar says a limit that is none."
    if (
        about["month_days"] not in SETTINGS.month_conventions
        or not 0 <= int(about["entry_day"]) <= 511
    ):
        yield "its sidecar says no month or entry day of ours."


def _frame_faults(frame: pl.DataFrame) -> Iterator[str]:
    if frame.columns != list(LEDGER_COLUMNS):
        yield "it has other columns than ours."
        return
    if any(not frame[name].dtype.is_integer() or frame[name].null_count() for name in _WHOLE):
        yield "a column of whole numbers holds something else."
    if any(frame[name].dtype != pl.String for name in ("margin", "rec_id", "stratum", "sex")):
        yield "a column of names holds something else."


def _count_faults(frame: pl.DataFrame, rule: Rule) -> Iterator[str]:
    """Yield what no released count may be."""
    # At a degree there can be none any more.
    least = (frame["margin"] != "degree").cast(pl.Int64)
    if (frame["n"] % rule.base != 0).any() or (frame["n"] < least).any():
        yield f"a count is no multiple of {rule.base}."
    if unknown := set(frame["margin"]) - _KNOWN_MARGINS:
        yield f"{len(unknown)} unknown margins."
        return
    for margin, part in frame.partition_by("margin", as_dict=True).items():
        pattern = re.compile(_STRATA.get(margin[0], "all"))
        if not all(pattern.fullmatch(name or "") for name in part["stratum"].unique()):
            yield f"a group of margin {margin[0]} with another name than ours."
    if not set(frame["sex"].drop_nulls()) <= set(SEXES):
        yield "an unknown sex."
    if not set(frame["age_group"].drop_nulls()) <= set(AGES):
        yield "an unknown age group."
    if not frame["end_reason"].is_between(UNTOLD_END, 5).all():
        yield "an unknown end reason."
    entries = frame["rec_id"].unique().drop_nulls()
    if not all(re.fullmatch(_ENTRY, entry) for entry in entries):
        yield "an entry with another name than FMB gives."
    if frame.drop("n").is_duplicated().any():
        yield "a row that stands twice."


def check_table(
    ledger: OpenLedger, use: CertificateUse | None, rows: pd.DataFrame, findings: Findings
) -> None:
    """Compare every row that follows from the ledger with what follows from it.

    `use`: of the folder's counts of certificates. `rows`: as of `rows.read_rows`.
    """
    own = rows[rows["part"] != "published"]
    for year in sorted({int(y) for y in own["start_year"] if y.isdigit()}):
        of_year = own[own["start_year"] == str(year)]
        _compare(of_year, follow(ledger, of_year), findings)
    rollout = own[own["part"] == PART]
    if len(rollout):
        findings.looked(CHECK, len(rollout))
        for line, what in rollout_faults(ledger, rollout):
            findings.add(CHECK, rollout["file"].iloc[0], f"row {line}", what, _AGAIN)
    _compare(own, follow_certificates(use, own), findings)
    _check_sizes(ledger, own, findings)


def _compare(rows: pd.DataFrame, again: pd.DataFrame, findings: Findings) -> None:
    """Say which told numbers are not what follows."""
    told = rows.loc[again.index]
    is_count = (told["metric"] == "n_spells").to_numpy()
    for name in VALUES:
        findings.looked(CHECK, int(told[name].notna().sum()))
        a, b = (frame[name].to_numpy(dtype=float) for frame in (told, again))
        # A number that is told must follow; one that is not told says nothing.
        wrong = ~np.isnan(a) & ~(np.abs(a - b) <= _ROUNDING * np.maximum(1, np.abs(b)))
        # Of a group that the ledger leaves out, it follows that none are told.
        may_be_none = is_count if name == "estimate" else name == "n_spells"
        wrong &= ~((a == 0) & np.isnan(b) & may_be_none)
        for row in rows_of(told[wrong]):
            where = f"row {row.line} ({row.rec_id}, {row.by} {row.stratum}, {row.metric})"
            what = f"{name} does not follow from the ledger."
            findings.add(CHECK, row.file, where, what, _AGAIN)


def _check_sizes(ledger: OpenLedger, rows: pd.DataFrame, findings: Findings) -> None:
    """Every count of spells in the table is made of released counts: a multiple of the base."""
    for name in ("n_spells", "n_events"):
        values = rows[name].dropna()
        is_ours = rows.loc[values.index, "by"].isin([*_GROUPS, "limit", "assumption", "level"])
        odd = values[is_ours & (values % ledger.rule.base != 0)]
        for row in rows_of(rows.loc[odd.index, ["file", "line"]]):
            what = f"{name} is no sum of released counts."
            findings.add(CHECK, row.file, f"row {row.line}", what, _AGAIN)
