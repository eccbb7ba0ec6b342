"""What changed between two editions: new, withdrawn, corrected (silently or not), reworded.

Items are compared by id, which both services share. A correction is *silent* when the limit or
another fact changed while version, start of validity and date of update stayed the same. An
edition read from the service that names one code per case (`case_codes` in the sidecar) does not
make the fuller list of the other service a change.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import polars as pl

from fmbstats import codes, words
from fmbstats.recommendations import diff_output
from fmbstats.recommendations.diff_output import CHANGES
from fmbstats.sources.fmb.edition_tables import Edition

SCHEMA = {
    **dict.fromkeys(
        ("kind", "item_id", "item", "case", "codes", "change", "old", "new"), pl.String
    ),
    "is_silent": pl.Boolean,
}
# What is told of sets: a change, and the set before and after.
Sets = list[tuple[str, frozenset[str], frozenset[str]]]
_SOME = 3
_STAMPS = ("version", "valid_from", "updated_date")


@dataclass(frozen=True, eq=False)
class EditionDiff:
    """The changes from edition `old` to edition `new`."""

    #: `old`, `new`: names of the editions.
    old: str
    new: str
    #: One row per change: kind ("entry", "case"), item_id, item (name), case (its criteria in FMB's
    #: words), codes (dotted, comma), change (a key of `CHANGES`), old, new (text), is_silent.
    frame: pl.DataFrame

    def __repr__(self) -> str:
        return f"<EditionDiff {self.old} → {self.new}: {self.frame.height} changes>"

    def of(self, change: str) -> pl.DataFrame:
        """Give the rows of one kind of change."""
        return self.frame.filter(pl.col("change") == change)

    def text(self) -> str:
        """Write the changes for a terminal: a heading per kind of change, aligned columns."""
        return f"From {self.old} to {self.new}: {diff_output.text(self.frame)}"

    def csv(self) -> str:
        """Write the changes as CSV with a heading; text that a spreadsheet would run is quoted."""
        return diff_output.csv(self.frame)

    def html(self, language: str = words.DEFAULT_LANGUAGE) -> str:
        """Write the changes as an HTML fragment of tables, all text escaped."""
        return diff_output.fragment(self.frame, self.old, self.new, language)

    def page(self, language: str = words.DEFAULT_LANGUAGE) -> str:
        """Write a whole page that works offline."""
        return diff_output.page(f"FMB {self.old} → {self.new}", self.html(language), language)


class EditionItems:
    """An edition's entries and cases by id, and their codes."""

    def __init__(self, edition: Edition) -> None:
        self.edition = edition
        self.entries = {row["entry_id"]: row for row in edition.entries.iter_rows(named=True)}
        self.cases = {row["case_id"]: row for row in edition.cases.iter_rows(named=True)}
        self.entry_codes = _sets(edition.entry_codes.select("entry_id", "code"))
        self.case_codes = _sets(edition.case_codes.select("case_id", "code"))

    @property
    def has_one_code(self) -> bool:
        """Whether it comes from the service that names one code per case."""
        return self.edition.source.get("case_codes") == "one"

    @property
    def name_of_code(self) -> dict[str, str]:
        """Code → name of the entry that has it; the first when two claim the code."""
        pairs = self.edition.entry_codes.select("entry_id", "code").iter_rows()
        named = [(code, self.entries[i]["name"] if i in self.entries else "") for i, code in pairs]
        return dict(reversed(named))


def _sets(pairs: pl.DataFrame) -> dict[str, frozenset[str]]:
    """Give what stands beside each id."""
    key, value = pairs.columns
    grouped = pairs.group_by(key, maintain_order=True).agg(value)
    return {item: frozenset(found) for item, found in grouped.iter_rows()}


def compare_editions(old: Edition, new: Edition) -> EditionDiff:
    """List what changed from `old` to `new`; empty when the two say the same."""
    sides = EditionItems(old), EditionItems(new)
    rows = [*_entry_changes(*sides), *_case_changes(*sides)]
    order = {change: n for n, change in enumerate(CHANGES)}
    rows.sort(key=lambda r: (order[r["change"]], r["kind"], r["codes"], r["item_id"]))
    return EditionDiff(old.name, new.name, pl.DataFrame(rows, schema=SCHEMA, orient="row"))


def length_words(row: dict[str, Any]) -> str:
    """Give the stored length as text.

    >>> length_words({"number": 3, "unit": "mo"}), length_words({"number": None, "unit": None})
    ('3 mo', 'no number')
    """
    return "no number" if row["number"] is None else f"{row['number']} {row['unit']}"


def _dotted(some: frozenset[str]) -> str:
    return ", ".join(codes.dotted(c) for c in sorted(some))


def _entry_changes(old: EditionItems, new: EditionItems) -> Iterator[dict[str, Any]]:
    same = old.has_one_code == new.has_one_code
    for item_id in sorted(old.entries.keys() | new.entries.keys()):
        a, b = (side.entry_codes.get(item_id, frozenset()) for side in (old, new))
        name = (new.entries.get(item_id) or old.entries[item_id])["name"]
        base = {"kind": "entry", "item_id": item_id, "item": name, "case": "",
                "codes": _dotted(b or a)}  # fmt: skip
        sets: Sets = [("codes", a, b)]
        yield from _changes(base, old.entries, new.entries, sets, same, ("name",))


def _case_changes(old: EditionItems, new: EditionItems) -> Iterator[dict[str, Any]]:
    same = old.has_one_code == new.has_one_code
    names, terms = old.name_of_code | new.name_of_code, _terms(old.edition) | _terms(new.edition)
    criteria = _criteria(old.edition), _criteria(new.edition)
    for item_id in sorted(old.cases.keys() | new.cases.keys()):
        a, b = (side.case_codes.get(item_id, frozenset()) for side in (old, new))
        name = next((names[c] for c in sorted(b or a) if c in names), "")
        base = {"kind": "case", "item_id": item_id, "item": name, "case": terms.get(item_id, ""),
                "codes": _dotted(b or a)}  # fmt: skip
        sets: Sets = []
        # The service that names one code per case has the same case, told less fully.
        if not (old.has_one_code and a <= b) and not (new.has_one_code and b <= a):
            sets.append(("codes", a, b))
        if same:  # the two services write criteria in different words
            was, now = (of_case.get(item_id, frozenset()) for of_case in criteria)
            sets.append(("criteria", was, now))
        yield from _changes(base, old.cases, new.cases, sets, same, ("degree",))


def _criteria(edition: Edition) -> dict[str, frozenset[str]]:
    term = pl.col("term").fill_null("")
    return _sets(edition.criteria.select("case_id", pl.format("{}: {}", "criterion", term)))


def _terms(edition: Edition) -> dict[str, str]:
    """Give the first words of each case's criteria, in their order: some name twenty diseases."""
    known = edition.criteria.filter(pl.col("term").is_not_null())
    grouped = known.group_by("case_id").agg("term")
    return {
        case: ", ".join([*found[:_SOME], "…"] if len(found) > _SOME else found)
        for case, found in grouped.iter_rows()
    }


def _changes(
    base: dict[str, Any],
    was: dict[str, dict[str, Any]],
    now: dict[str, dict[str, Any]],
    sets: Sets,
    same_service: bool,
    fields: tuple[str, ...],
) -> Iterator[dict[str, Any]]:
    item = base["item_id"]
    before, after = was.get(item), now.get(item)
    if before is None or after is None:
        row = now.get(item) or was[item]
        said = length_words(row) if base["kind"] == "case" else f"from {row['valid_from']}"
        change, side, other = (
            ("new", "new", "old") if before is None else ("withdrawn", "old", "new")
        )
        yield {**base, "change": change, side: said, other: None, "is_silent": False}
        return
    silent = all(before[s] == after[s] for s in _STAMPS)
    found: list[tuple[str, str | None, str | None]] = [
        *_differences(base["kind"], before, after, sets, fields)
    ]
    if not found and same_service and before["content_hash"] != after["content_hash"]:
        found = [("text", None, None)]
    for change, a, b in found:
        yield {**base, "change": change, "old": a, "new": b, "is_silent": silent}


def _differences(
    kind: str, before: dict[str, Any], after: dict[str, Any], sets: Sets, fields: tuple[str, ...]
) -> Iterator[tuple[str, str, str]]:
    if kind == "case":
        if length_words(before) != length_words(after):
            yield "length", length_words(before), length_words(after)
        if _bare(before["length_text"]) != _bare(after["length_text"]):
            yield "wording", before["length_text"] or "", after["length_text"] or ""
    for change in ("valid_from", *fields):
        if before[change] != after[change]:
            yield change, str(before[change] or ""), str(after[change] or "")
    for change, was, now in sets:
        write = _dotted if change == "codes" else (lambda some: "; ".join(sorted(some)))
        gone, come = write(was - now), write(now - was)
        if gone or come:
            yield change, f"without {gone}" if gone else "", f"with {come}" if come else ""


def _bare(text: str | None) -> str:
    return (text or "").rstrip(".").lower()
