"""What a ledger file holds and gives away, as a page that a data protection officer can sign."""

from __future__ import annotations

import json
import textwrap

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
    is_exact = "ledger" in ledger.tables
    cells = ledger.tables["ledger" if is_exact else "margins"]
    given = _given(ledger, cells, language) if is_exact else _protected(ledger, cells, language)
    parts = [
        _headed(phrase("ledger.title", language), "="),
        _facts(ledger, language, signer),
        _headed(phrase("ledger.gives.title", language), "-"),
        textwrap.fill(given, WIDTH),
        *([_sizes(cells, language)] if is_exact else []),
        _headed(phrase("ledger.checked.title", language), "-"),
        textwrap.fill(
            phrase(f"ledger.checked.{'exact' if is_exact else 'margins'}", language), WIDTH
        ),
        "   ".join(
            f"{phrase(f'ledger.{name}', language)} {'_' * 16}"
            for name in ("reviewed", "date", "signed")
        ),
    ]
    return "\n\n".join(parts) + "\n"


def _given(ledger: LedgerFile, cells: pl.DataFrame, language: str) -> str:
    n_single = int((cells["n"] == 1).sum())
    return phrase(
        "ledger.gives.text",
        language,
        cells=words.count(cells.height, language),
        single=words.count(n_single, language),
        share=words.percent(n_single / max(cells.height, 1), 0, language),
    )


def _protected(ledger: LedgerFile, cells: pl.DataFrame, language: str) -> str:
    threshold = ledger.settings["threshold"]
    return phrase(
        "ledger.protected.text",
        language,
        rows=words.count(cells.height, language),
        minimum=words.count(threshold, language),
        off=words.count(most_off(ledger.settings), language),
    )


def _headed(title: str, line: str) -> str:
    return f"{title}\n{line * len(title)}"


def _facts(ledger: LedgerFile, language: str, signer: str) -> str:
    said = ledger.settings
    if "ledger" in ledger.tables:
        cells = ledger.tables["ledger"]
        counties = cells["county_code"]
    else:
        every = ledger.tables["margins"]
        cells = every.filter(pl.col("margin") == "code")
        counties = every.filter(pl.col("margin") == "county")["stratum"]
    years = cells["start_year"].unique().sort().to_list()
    mark = f" ({phrase('ledger.synthetic', language)})" if said["is_synthetic"] else ""
    has_months = "yes" if "months" in ledger.tables else "no"
    facts = {
        "file": ledger.path.name,
        "sha256": ledger.sha256,
        "signature": signer or phrase("ledger.unsigned", language),
        "register": said["register_name"] + mark,
        "sources": ", ".join(json.loads(said["register_files"])) or "-",
        "basis": phrase(f"length_basis.{said['length_basis']}", language),
        "known": phrase(
            "ledger.cutoff",
            language,
            extraction=said["extraction_date"],
            cutoff=said["cutoff_date"],
        ),
        "rows": phrase(
            "ledger.rows.text",
            language,
            read=words.count(said["n_rows_read"], language),
            rejected=words.count(said["n_rejected"], language),
        ),
        "spells": phrase(
            "ledger.spells.text",
            language,
            n=words.count(int(cells["n"].sum()), language),
            years=f"{years[0]}–{years[-1]}" if len(years) else "-",
        ),
        "codes": words.count(cells["code"].n_unique(), language),
        "counties": ", ".join(sorted(counties.unique())),
        "months": phrase(f"ledger.months.{has_months}", language),
    }
    names = {key: phrase(f"ledger.{key}", language) for key in facts}
    width = max(map(len, names.values()))
    return "\n".join(
        textwrap.fill(
            f"{names[key]:<{width}}  {words.visible(text)}",
            WIDTH,
            subsequent_indent=" " * (width + 2),
        )
        for key, text in facts.items()
    )


def _sizes(cells: pl.DataFrame, language: str) -> str:
    """Number of cells and spells by size of cell."""
    size = pl.when(pl.col("n") < FEW).then(pl.col("n").cast(pl.String)).otherwise(pl.lit(f"{FEW}+"))
    counted = (
        cells.group_by(size.alias("size"))
        .agg(pl.len().alias("cells"), pl.col("n").sum().alias("spells"))
        .sort("size")
    )
    heads = [phrase(f"ledger.{name}", language) for name in ("size", "cells", "spells")]
    rows = [
        [size, words.count(n_cells, language), words.count(n_spells, language)]
        for size, n_cells, n_spells in counted.iter_rows()
    ]
    widths = [max(len(row[k]) for row in (heads, *rows)) for k in range(len(heads))]
    lines = [heads, ["-" * width for width in widths], *rows]
    return "\n".join(
        "  ".join(cell.rjust(width) for cell, width in zip(row, widths, strict=True))
        for row in lines
    )
