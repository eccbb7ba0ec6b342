"""What a ledger file holds and gives away, as a page that a data protection officer can sign."""

from __future__ import annotations

import json
import textwrap
from dataclasses import dataclass

import polars as pl

from fmbstats import words
from fmbstats.release.exchange import most_off
from fmbstats.store.ledger_file import LedgerFile
from fmbstats.words import phrase

WIDTH = 88
#: Cells of fewer spells are told one size at a time.
FEW = 5


def ledger_page(
    ledger: LedgerFile, language: str = words.DEFAULT_LANGUAGE, signer: str = ""
) -> str:
    """Write the page: what the counts are of, how fine they are, what was checked.

    `ledger`: as `read_ledger` judged it. `signer`: who signed the file, where that was verified.

    Plain text, at most 88 characters wide.
    """
    return _Page(ledger, language).text(signer)


@dataclass(frozen=True)
class _Page:
    """What the page says, in a language."""

    ledger: LedgerFile
    language: str

    def text(self, signer: str) -> str:
        cells = self.ledger.tables["ledger" if self.is_exact else "margins"]
        kind = "exact" if self.is_exact else "margins"
        lines = (f"{self.say(name)} {'_' * 16}" for name in ("reviewed", "date", "signed"))
        parts = [
            _headed(self.say("title"), "="),
            self._facts(signer),
            _headed(self.say("gives.title"), "-"),
            textwrap.fill(self._given(cells) if self.is_exact else self._protected(cells), WIDTH),
            *([self._sizes(cells)] if self.is_exact else []),
            _headed(self.say("checked.title"), "-"),
            textwrap.fill(self.say(f"checked.{kind}"), WIDTH),
            "   ".join(lines),
        ]
        return "\n\n".join(parts) + "\n"

    @property
    def is_exact(self) -> bool:
        return "ledger" in self.ledger.tables

    def say(self, key: str, **values: str) -> str:
        return phrase(f"ledger.{key}", self.language, **values)

    def count(self, n: int) -> str:
        return words.count(n, self.language)

    def _given(self, cells: pl.DataFrame) -> str:
        n_single = int((cells["n"] == 1).sum())
        share = words.percent(n_single / max(cells.height, 1), 0, self.language)
        n, single = self.count(cells.height), self.count(n_single)
        return self.say("gives.text", cells=n, single=single, share=share)

    def _protected(self, cells: pl.DataFrame) -> str:
        settings = self.ledger.settings
        least, off = self.count(settings["threshold"]), self.count(most_off(settings))
        return self.say("protected.text", rows=self.count(cells.height), minimum=least, off=off)

    def _facts(self, signer: str) -> str:
        said, tables = self.ledger.settings, self.ledger.tables
        if self.is_exact:
            cells = tables["ledger"]
            counties = cells["county_code"]
        else:
            margin = pl.col("margin")
            cells = tables["margins"].filter(margin == "code")
            counties = tables["margins"].filter(margin == "county")["stratum"]
        years = cells["start_year"].unique().sort().to_list()
        mark = f" ({self.say('synthetic')})" if said["is_synthetic"] else ""
        known = {"extraction": said["extraction_date"], "cutoff": said["cutoff_date"]}
        read, rejected = self.count(said["n_rows_read"]), self.count(said["n_rejected"])
        span = f"{years[0]}–{years[-1]}" if len(years) else "-"
        facts = {
            "file": self.ledger.path.name,
            "sha256": self.ledger.sha256,
            "signature": signer or self.say("unsigned"),
            "register": said["register_name"] + mark,
            "sources": ", ".join(json.loads(said["register_files"])) or "-",
            "basis": phrase(f"length_basis.{said['length_basis']}", self.language),
            "known": self.say("cutoff", **known),
            "rows": self.say("rows.text", read=read, rejected=rejected),
            "spells": self.say("spells.text", n=self.count(int(cells["n"].sum())), years=span),
            "codes": self.count(cells["code"].n_unique()),
            "counties": ", ".join(sorted(counties.unique())),
            "months": self.say(f"months.{'yes' if 'months' in tables else 'no'}"),
        }
        names = {key: self.say(key) for key in facts}
        width = max(map(len, names.values()))
        lines = (f"{names[key]:<{width}}  {words.visible(text)}" for key, text in facts.items())
        indent = " " * (width + 2)
        return "\n".join(textwrap.fill(line, WIDTH, subsequent_indent=indent) for line in lines)

    def _sizes(self, cells: pl.DataFrame) -> str:
        """Number of cells and spells by size of cell."""
        n = pl.col("n")
        size = pl.when(n < FEW).then(n.cast(pl.String)).otherwise(pl.lit(f"{FEW}+"))
        counted = cells.group_by(size.alias("size")).agg(cells=pl.len(), spells=n.sum())
        heads = [self.say(name) for name in ("size", "cells", "spells")]
        rows = [
            [size, self.count(n_cells), self.count(n_spells)]
            for size, n_cells, n_spells in counted.sort("size").iter_rows()
        ]
        widths = [max(map(len, column)) for column in zip(heads, *rows, strict=True)]
        lines = [heads, ["-" * width for width in widths], *rows]
        return "\n".join(
            "  ".join(cell.rjust(width) for cell, width in zip(row, widths, strict=True))
            for row in lines
        )


def _headed(title: str, line: str) -> str:
    return f"{title}\n{line * len(title)}"
