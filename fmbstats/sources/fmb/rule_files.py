"""Files of case rules: facts about which case is possible for a spell, each with its approval.

The shipped file, ``data_raw/fmb/case_rules.csv``, holds what follows from the names of codes; a
user's own files lie in ``data_raw/rules`` and are read beside it. A file there with the columns
``ssyk`` and ``class`` puts occupations into classes of the user's choice ("heavy"), which rules
on the occupation may name in place of a code.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from fmbstats.errors import SourceError
from fmbstats.sources.registers.checking import read_whole
from fmbstats.sources.registers.contracts import Column, Contract
from fmbstats.sources.textfiles import read_start

SHIPPED = Path("fmb") / "case_rules.csv"
OWN = Path("rules")
EVIDENCE = ("code", "comorbidity", "occupation", "procedure", "sex", "age")
EFFECTS = ("only", "never")

CASE_RULES = Contract(
    name="fmb_case_rules",
    title="case rules: what evidence leaves of an entry's cases",
    columns=(
        Column("entry_id", "text", "id"),
        Column("case_id", "text", "id"),
        Column("evidence", "text", "none", EVIDENCE),
        Column("value", "text", "code"),
        Column("effect", "text", "none", EFFECTS),
        Column("source", "text", "none"),
        Column("approved_by", "text", "none"),
        Column("approved_on", "date", "date"),
    ),
    key=("entry_id", "case_id", "evidence", "value"),
)
OCCUPATIONS = Contract(
    name="occupation_classes",
    title="occupation classes: SSYK codes put into classes that case rules name",
    columns=(
        Column("ssyk", "text", "code", pattern=r"\d{1,4}", description="or its beginning"),
        Column("class", "text", "none", pattern="[a-z][a-z_]*", description='such as "heavy"'),
    ),
    key=("ssyk",),
)
CONTRACTS = (CASE_RULES, OCCUPATIONS)


def rule_files(data_raw: Path) -> list[Path]:
    """Return the files of case rules: the shipped one first."""
    shipped = [data_raw / SHIPPED] if (data_raw / SHIPPED).is_file() else []
    own = sorted((data_raw / OWN).glob("*.csv"))
    return [*shipped, *(path for path in own if not _is_of_occupations(path))]


def _is_of_occupations(path: Path) -> bool:
    """Whether a file puts occupations into classes."""
    start = read_start(path, 100).removeprefix(b"\xef\xbb\xbf")
    return start.partition(b"\n")[0].strip() == b"ssyk,class"


def read_occupations(data_raw: Path) -> dict[str, str]:
    """Read the user's classes of occupations: SSYK code, or its beginning, to class.

    Raises SourceError: a code is none, a class no word of small letters, or a code stands twice.
    """
    found: dict[str, str] = {}
    for path in sorted((data_raw / OWN).glob("*.csv")):
        if _is_of_occupations(path):
            advice = "Give one to four digits and a class in small letters."
            rows = read_whole(path, OCCUPATIONS, advice)
            found |= dict(rows.select("ssyk", "class").iter_rows())
    return found


def read_rule_rows(path: Path) -> list[dict[str, Any]]:
    """Read a file of case rules, each row checked; ``line`` says where it stands.

    Raises SourceError: another form, an empty cell, an unknown kind of evidence or effect, a fact
    without source or approval, or the same fact twice with other effects.
    """
    # Two sources may say the same: only what contradicts is refused.
    rows = read_whole(path, replace(CASE_RULES, key=()), "Every fact has all of its columns.")
    effects: dict[tuple[str, ...], str] = {}
    found = list(rows.iter_rows(named=True))
    for row in found:
        fact = tuple(row[name] for name in CASE_RULES.key)
        if effects.setdefault(fact, row["effect"]) != row["effect"]:
            raise SourceError(
                f"{path}, line {row['line']}: case {row['case_id']} is both 'only' and 'never' for "
                f"{row['evidence']} {row['value']}. Keep one of them."
            )
    return found
