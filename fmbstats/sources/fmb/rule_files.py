"""Files of case rules: facts about which case is possible for a spell, each with its approval.

The shipped file, ``data_raw/fmb/case_rules.csv``, holds what follows from the names of codes; a
user's own files lie in ``data_raw/rules`` and are read beside it. A file there with the columns
``ssyk`` and ``class`` puts occupations into classes of the user's choice ("heavy"), which rules
on the occupation may name in place of a code.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from datetime import date
from pathlib import Path

from fmbstats.errors import SourceError
from fmbstats.sources.registers.checking import read_rows
from fmbstats.sources.registers.contracts import Column, Contract
from fmbstats.sources.textfiles import read_start, read_text

SHIPPED = Path("fmb") / "case_rules.csv"
OWN = Path("rules")
COLUMNS = (
    "entry_id", "case_id", "evidence", "value", "effect", "source", "approved_by", "approved_on",
)  # fmt: skip
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
            rows = read_rows(path, OCCUPATIONS)
            for bad in rows.rejects.head(1).iter_rows(named=True):
                raise SourceError(
                    f"{path}, row {bad['line']}, column {bad['column']!r}: {bad['reason']}. "
                    "Give one to four digits and a class in small letters."
                )
            found |= dict(rows.good.select("ssyk", "class").iter_rows())
    return found


def read_rule_rows(path: Path) -> list[dict[str, str]]:
    """Read a file of case rules, each row checked; ``line`` says where it stands.

    Raises SourceError: another form, an empty cell, an unknown kind of evidence or effect, a fact
    without source or approval, or the same fact twice with other effects.
    """
    rows = list(_checked(path, csv.DictReader(io.StringIO(read_text(path), newline=""))))
    seen: dict[tuple[str, ...], str] = {}
    for row in rows:
        key = tuple(row[name] for name in COLUMNS[:4])
        if seen.setdefault(key, row["effect"]) != row["effect"]:
            raise SourceError(
                f"{path}, row {row['line']}: case {row['case_id']} is both 'only' and 'never' for "
                f"{row['evidence']} {row['value']}. Keep one of them."
            )
    return rows


def _checked(path: Path, reader: csv.DictReader) -> Iterator[dict[str, str]]:
    if tuple(reader.fieldnames or ()) != COLUMNS:
        raise SourceError(
            f"{path}: columns are {', '.join(reader.fieldnames or ())}; expected "
            f"{', '.join(COLUMNS)}."
        )
    for row in reader:
        line = str(reader.line_num)
        for name in COLUMNS:
            if not (row[name] or "").strip():
                raise SourceError(f"{path}, row {line}, column {name!r}: empty. Every fact has it.")
        for name, allowed in (("evidence", EVIDENCE), ("effect", EFFECTS)):
            if row[name] not in allowed:
                raise SourceError(
                    f"{path}, row {line}, column {name!r}: {row[name]!r} is not one of "
                    f"{', '.join(allowed)}."
                )
        try:
            date.fromisoformat(row["approved_on"])
        except ValueError:
            raise SourceError(
                f"{path}, row {line}, column 'approved_on': {row['approved_on']!r} is not a date "
                "YYYY-MM-DD."
            ) from None
        yield {name: row[name].strip() for name in COLUMNS} | {"line": line}
