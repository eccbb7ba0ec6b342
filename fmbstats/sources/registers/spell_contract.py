"""What a plain spell table looks like: one row per spell, with the canonical frame's columns.

Required: person_id, start_date, last_date (empty = ongoing), code. Everything else may be absent:
the entry day then follows from the occupation (14 employees, 0 others, 14 when unknown). A
:mod:`mapping <fmbstats.sources.registers.mapping>` says what a file calls its columns.
"""

from __future__ import annotations

from dataclasses import replace

from fmbstats.settings import COUNTIES
from fmbstats.sources.registers.contracts import (
    Column,
    Contract,
    not_after,
    not_before,
    not_younger,
    optional,
)
from fmbstats.sources.registers.spellsource import RegisterSettings

OCCUPATIONS = ("employed", "unemployed", "self_employed", "student", "parental_leave")
EARLIEST_START = "1990-01-01"
#: How an extract may write the last day of a spell that goes on.
ONGOING = ("9999-12-31",)

_NEGATIVE = "the spell ends before it starts"
_COLUMNS = (
    Column("spell_id", "int", "id", min=1, is_required=False),
    Column("person_id", "text", "id", description="pseudonym; equal for a person's spells"),
    Column("start_date", "date", "date", min=EARLIEST_START, description="first day, day 1"),
    Column(
        "last_date", "date", "date", nullable=True, null_values=ONGOING,
        description="empty = ongoing",
    ),
    Column("code", "code", "code", description="first diagnosis"),
    optional("code_last", "code", "code"),
    optional("code_longest", "code", "code"),
    Column("sex", "text", "none", ("women", "men"), nullable=True, is_required=False),
    Column("birth_year", "int", "year", None, True, 1900, 2030, is_required=False),
    optional("county_code", "text", "code", COUNTIES),
    optional("occupation", "text", "none", OCCUPATIONS),
    optional(
        "code_2", "code", "code",
        description="further diagnosis; tells which cases are possible where a rule asks for it",
    ),
    optional("code_3", "code", "code"),
    optional(
        "ssyk", "text", "code", pattern=r"\d{1,4}",
        description="occupation by SSYK 2012; as code_2",
    ),
    Column("degree_pct", "int", "percent", (25, 50, 75, 100), nullable=True, is_required=False),
    Column("entry_day", "int", "days", None, True, 0, 364, is_required=False),
    Column("end_reason", "int", "none", (0, 1, 2, 3, 4, 5), nullable=True, is_required=False),
)  # fmt: skip
CONTRACT = Contract(
    name="spells",
    title="a plain spell table, one row per spell",
    columns=_COLUMNS,
    key=(),
    is_ordered=False,
    rules=(
        not_before("last_date", "start_date", _NEGATIVE),
        not_younger("birth_year", "start_date"),
    ),
)
CONTRACTS = (CONTRACT,)


def dated_contract(settings: RegisterSettings) -> Contract:
    """Return the contract in the words of the user's files, with the rules of the extraction."""
    extraction = settings.extraction_date
    late = f"starts after the extraction date {extraction.isoformat()}"
    rules = (*CONTRACT.rules, not_after("start_date", extraction, late))
    return settings.mapping.applied(replace(CONTRACT, rules=rules))
