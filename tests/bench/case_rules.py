"""What tells the cases of every entry apart, and how far the codes' own names tell it.

Writes case_rules.csv: one row per entry with cases of different limits in force in 2014-2020. Codes
are those of the entry and those that shipped case rules name. For each row: by which criteria and
codes the cases differ, how many codes the rules narrow, which codes they close to one day, from
which they take the case without limit away, and where they do neither, why.

    uv run python tests/bench/case_rules.py
"""

from __future__ import annotations

import csv
import math
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from fmbstats.recommendations.case_rules import narrowed, read_rules
from fmbstats.recommendations.join_tables import Recommendations
from fmbstats.recommendations.yardstick import bounds
from fmbstats.sources.fmb.edition_tables import read_editions

HERE = Path(__file__).parent
DATA_RAW = HERE.parents[1] / "data_raw"
FIRST, AFTER = date(2014, 1, 1), date(2021, 1, 1)
COLUMNS = (
    "entry_id", "name", "n_cases", "differ_by", "n_codes_narrowed", "closed_to_one_day",
    "without_limit_gone", "why_not",
)  # fmt: skip
#: Entries whose codes' names come near, and why no rule follows from them.
CONSIDERED = {
    "76": "sepsis (A02.1) is not called severe, nor is enteritis called moderate",
    "42": "myxoedema coma (E03.5) is not called severe",
    "50": "thyrotoxic crisis (E05.5) is neither called new nor severe",
    "160": "'deep' inflammation is said of the codes of both iris and choroid",
    "163": "no case names traumatic, secondary or senile cataract",
    "168": "holes without detachment (H33.3) fit none of the cases",
    "188": "stable and unstable fractures have the same codes",
    "207": "injured nerve or tendon is coded apart (S54-S66): comorbidity",
    "370": "late effects (I69) exclude the acute phase, whose limit the severe case has too",
    "374": "paroxysmal or persistent is neither mild nor severe",
    "20": "relapse and redness over the frontal sinus have no code",
    "546": "'other than exhaustion' (F43.8W) fits none of the cases",
    "271": "chronic pain (R52.1, R52.2) is said of both cases",
    "317": "both cases are told by workload",
    "391": "ulcer (I83.0, I83.2) is a comorbidity in the case, withdrawn in 2018",
    "331": "arthritis in bowel disease (M07.4-M07.6) fits none of the cases",
    "178": "hyperacusis (H93.2) fits none of the cases",
    "549": "atypical is not mild",
    "554": "atypical is not mild",
}
OTHERWISE = "the codes' names say nothing of what tells the cases apart"


@dataclass
class Told:
    """What is found of one entry over all its codes and days."""

    cases: set[str] = field(default_factory=set)
    has_several_limits: bool = False
    differ_by: set[str] = field(default_factory=set)
    narrowed: set[str] = field(default_factory=set)
    closed: set[str] = field(default_factory=set)
    limited: set[str] = field(default_factory=set)

    def add(self, code: str, every, left, criteria) -> None:
        """Take one code's cases in force in a stretch of days, and those that the rules leave."""
        before, after = bounds(every, 30), bounds(left, 30)
        self.cases |= {row["case_id"] for row in every}
        if before["shortest"] == before["longest"]:
            return
        self.has_several_limits = True
        self.differ_by |= {kind for row in every for kind in criteria[row["case_id"]]}
        if len(left) < len(every):
            self.narrowed.add(code)
        if after["shortest"] == after["longest"] < math.inf:
            self.closed.add(code)
        if after["longest"] < before["longest"] == math.inf:
            self.limited.add(code)


def table() -> list[dict[str, object]]:
    """Rows of the table, by the number of the entry."""
    editions = read_editions(DATA_RAW / "fmb")
    known, rules = Recommendations(editions), read_rules(DATA_RAW, editions)
    names = {i: n for e in editions for i, n in e.entries.select("entry_id", "name").iter_rows()}
    criteria = defaultdict(set)
    for edition in editions:
        for case, kind in edition.criteria.select("case_id", "criterion").iter_rows():
            criteria[case].add(kind)
    told: dict[str, Told] = defaultdict(Told)
    for code in sorted({*known.known_codes(), *(rule.value for rule in rules)}):
        for stretch in known.stretches(code):
            entries = {row["entry_id"] for row in stretch.cases}
            is_in_force = stretch.valid_from < AFTER and (stretch.valid_to or AFTER) > FIRST
            if len(entries) == 1 and is_in_force:
                left = narrowed(stretch.cases, rules, {"code": [code]}).cases
                told[entries.pop()].add(code, stretch.cases, left, criteria)
    return [_row(e, names[e].strip(), told[e]) for e in sorted(told) if told[e].has_several_limits]


def _row(entry: str, name: str, told: Told) -> dict[str, object]:
    return {
        "entry_id": entry,
        "name": name,
        "n_cases": len(told.cases),
        "differ_by": " ".join(sorted(told.differ_by)),
        "n_codes_narrowed": len(told.narrowed),
        "closed_to_one_day": " ".join(sorted(told.closed)),
        "without_limit_gone": " ".join(sorted(told.limited)),
        "why_not": "" if told.narrowed else CONSIDERED.get(entry, OTHERWISE),
    }


def main() -> None:
    """Write the table and say what it shows."""
    rows = table()
    with (HERE / "case_rules.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    print(f"{len(rows)} entries have cases of different limits; by their codes' own names")
    for column in ("n_codes_narrowed", "closed_to_one_day", "without_limit_gone"):
        print(f"  {column}: {sum(bool(row[column]) for row in rows)}")


if __name__ == "__main__":
    main()
