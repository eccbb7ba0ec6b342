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
Sets = list[tuple[str, frozenset[str] | None, frozenset[str] | None]]
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


def compare_editions(old: Edition, new: Edition) -> EditionDiff:
    """List what changed from `old` to `new`; empty when the two say the same."""
    rows = [*_entry_changes(old, new), *_case_changes(old, new)]
    order = {change: n for n, change in enumerate(CHANGES)}
    rows.sort(key=lambda r: (order[r["change"]], r["kind"], r["codes"], r["item_id"]))
    return EditionDiff(old.name, new.name, pl.DataFrame(rows, schema=SCHEMA, orient="row"))


def length_words(row: dict[str, Any]) -> str:
    """Give the stored length as text.

    >>> length_words({"number": 3, "unit": "mo"}), length_words({"number": None, "unit": None})
    ('3 mo', 'no number')
    """
    return "no number" if row["number"] is None else f"{row['number']} {row['unit']}"


def code_sets(frame: pl.DataFrame, key: str) -> dict[str, frozenset[str]]:
    """Give the codes of each item of an edition's code table."""
    grouped = frame.group_by(key, maintain_order=True).agg("code")
    return {item: frozenset(found) for item, found in grouped.iter_rows()}


def entry_names(edition: Edition) -> dict[str, str]:
    """Give code → name of the entry that has it; the first when two claim the code."""
    names = dict(edition.entries.select("entry_id", "name").iter_rows())
    found: dict[str, str] = {}
    for entry_id, code in edition.entry_codes.select("entry_id", "code").iter_rows():
        found.setdefault(code, names.get(entry_id, ""))
    return found


def _dotted(some: frozenset[str]) -> str:
    return ", ".join(codes.dotted(c) for c in sorted(some))


def by_id(frame: pl.DataFrame, key: str) -> dict[str, dict[str, Any]]:
    """Give the rows of a table by their id."""
    return {row[key]: row for row in frame.iter_rows(named=True)}


def _entry_changes(old: Edition, new: Edition) -> Iterator[dict[str, Any]]:
    was, now = by_id(old.entries, "entry_id"), by_id(new.entries, "entry_id")
    old_codes, new_codes = (code_sets(e.entry_codes, "entry_id") for e in (old, new))
    for item_id in sorted(was.keys() | now.keys()):
        have = new_codes.get(item_id) or old_codes.get(item_id) or frozenset()
        base = {
            "kind": "entry",
            "item_id": item_id,
            "item": (now.get(item_id) or was[item_id])["name"],
            "case": "",
            "codes": _dotted(have),
        }
        pairs: Sets = [("codes", old_codes.get(item_id), new_codes.get(item_id))]
        yield from _changes(base, was, now, pairs, _same_service(old, new), ("name",))


def _case_changes(old: Edition, new: Edition) -> Iterator[dict[str, Any]]:
    was, now = by_id(old.cases, "case_id"), by_id(new.cases, "case_id")
    old_codes, new_codes = (code_sets(e.case_codes, "case_id") for e in (old, new))
    old_terms, new_terms = _criteria(old), _criteria(new)
    names, terms = entry_names(old) | entry_names(new), _terms(old) | _terms(new)
    same = _same_service(old, new)
    for item_id in sorted(was.keys() | now.keys()):
        have = new_codes.get(item_id) or old_codes.get(item_id) or frozenset()
        base = {
            "kind": "case",
            "item_id": item_id,
            "item": next((names[c] for c in sorted(have) if c in names), ""),
            "case": terms.get(item_id, ""),
            "codes": _dotted(have),
        }
        pairs: Sets = []
        a, b = old_codes.get(item_id, frozenset()), new_codes.get(item_id, frozenset())
        # The service that names one code per case has the same case, told less fully.
        one_of_old, one_of_new = (e.source.get("case_codes") == "one" for e in (old, new))
        if not (one_of_old and a <= b) and not (one_of_new and b <= a):
            pairs.append(("codes", a, b))
        if same:  # the two services write criteria in different words
            pairs.append(("criteria", old_terms.get(item_id), new_terms.get(item_id)))
        yield from _changes(base, was, now, pairs, same, ("degree",))


def _same_service(old: Edition, new: Edition) -> bool:
    return old.source.get("case_codes") == new.source.get("case_codes")


def _criteria(edition: Edition) -> dict[str, frozenset[str]]:
    said = edition.criteria.select(
        "case_id", pl.concat_str("criterion", pl.lit(": "), pl.col("term").fill_null(""))
    )
    grouped = said.group_by("case_id").agg("criterion")
    return {case: frozenset(found) for case, found in grouped.iter_rows()}


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
        change = "new" if before is None else "withdrawn"
        sides = {"old": None, "new": said} if before is None else {"old": said, "new": None}
        yield {**base, "change": change, **sides, "is_silent": False}
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
    for change, a, b in sets:
        was, now = a or frozenset(), b or frozenset()
        gone, come = was - now, now - was
        if gone or come:
            write = _dotted if change == "codes" else (lambda some: "; ".join(sorted(some)))
            yield (
                change,
                f"without {write(gone)}" if gone else "",
                f"with {write(come)}" if come else "",
            )


def _bare(text: str | None) -> str:
    return (text or "").rstrip(".").lower()
