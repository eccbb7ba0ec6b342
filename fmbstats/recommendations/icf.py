"""The ICF codes of a code's entries: activity limitations (d…) and impairments (b…)."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from fmbstats import codes
from fmbstats.errors import UnknownNameError
from fmbstats.sources.fmb.edition_tables import Edition

DOMAINS = {"impairment": "Impairments", "activity": "Activity limitations"}


@dataclass(frozen=True, eq=False)
class IcfCodes:
    """ICF codes of the entries of one code."""

    code: str
    edition: str
    #: entry_id, entry (name), domain ("activity", "impairment"), role ("central", "supplementary"
    #: or null where the service does not say), code, name.
    frame: pl.DataFrame

    def __repr__(self) -> str:
        return f"<IcfCodes {codes.dotted(self.code)}, {self.edition}: {self.frame.height} codes>"

    def text(self) -> str:
        """Write the codes for a terminal, by entry, domain and role."""
        lines = [f"ICF codes of {codes.dotted(self.code)}, edition {self.edition}"]
        if self.frame.is_empty():
            return f"{lines[0]}\n  none: the entry has no ICF codes in this edition"
        for (_, entry), of_entry in self.frame.group_by("entry_id", "entry", maintain_order=True):
            lines += ["", entry]
            for domain, heading in DOMAINS.items():
                of_domain = of_entry.filter(pl.col("domain") == domain)
                for (role,), rows in of_domain.group_by("role", maintain_order=True):
                    lines.append(f"  {heading}{f', {role}' if role else ''}")
                    lines += [f"    {c:<7} {n}" for c, n in rows.select("code", "name").iter_rows()]
        return "\n".join(lines)


def icf_of(edition: Edition, code: str) -> IcfCodes:
    """Give the ICF codes of a code's entry, or of all entries under a broader code.

    The code is looked up as recommendations are: exact, then shorter, then everything under it.
    Raises UnknownNameError: the edition has no entry for it.
    """
    known = edition.entry_codes
    have = set(known["code"])
    bare = codes.normalise(code)
    matched = next((c for c in codes.parents(bare) if c in have), None)
    wanted = [matched] if matched else list(codes.under(bare, have))
    if not wanted:
        raise UnknownNameError(
            f"edition {edition.name} has no entry for {codes.dotted(bare)}; "
            "'fmbstats list' shows all entries."
        )
    ids = known.filter(pl.col("code").is_in(wanted))["entry_id"].unique(maintain_order=True)
    names = edition.entries.select("entry_id", pl.col("name").alias("entry"))
    frame = (
        edition.icf.filter(pl.col("entry_id").is_in(ids.implode()))
        .join(names, on="entry_id", how="left", maintain_order="left")
        .select("entry_id", "entry", "domain", "role", "code", "name")
    )
    return IcfCodes(bare, edition.name, frame)
