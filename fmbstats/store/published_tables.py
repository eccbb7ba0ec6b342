"""The published statistics as tables of the store, and reports that grow stale with them."""

from __future__ import annotations

import json
from pathlib import Path

import polars as pl

from fmbstats.sources.folders import put_back
from fmbstats.sources.published.literature import FACTS_SCHEMA, LITERATURE_FILE, read_sheet
from fmbstats.sources.published.published_forms import (
    BANDS_FILE,
    FIGURES_FILE,
    PUBLISHED_BANDS,
    PUBLISHED_FIGURES,
)
from fmbstats.sources.published.published_tables import SRS, source_folders
from fmbstats.sources.published.srs import CODES, QUANTILES
from fmbstats.sources.registers.checking import polars_schema, read_whole
from fmbstats.sources.registers.contracts import Contract
from fmbstats.sources.sidecar import SIDECAR, check_hashes, read_json_object
from fmbstats.store.paths import source_hash
from fmbstats.store.tables import insert

TABLES = {
    "mart_published_bands": (BANDS_FILE, PUBLISHED_BANDS),
    "mart_published_figures": (FIGURES_FILE, PUBLISHED_FIGURES),
}
_QUANTILE_TABLES = {
    "mart_published_quantile_codes": ("codes.csv", CODES),
    "mart_published_quantiles": ("quantiles.csv", QUANTILES),
}
_ABOUT = ("label", "title", "publisher", "url", "fetched_date", "licence_note", "definition")

# A code's chapter begins with its letter; a chapter's figures make all of its entries stale.
_PARTS = """
create temp table published_parts as
select entry_id, bit_xor(hash(said))::varchar as part
from (
    select distinct owned.entry_id, published.said
    from published_rows as published
    join mart_entry_codes as owned
        on starts_with(published.code, left(owned.code, 3))
        or (contains(published.code, '-') and left(published.code, 1) = left(owned.code, 1))
)
group by entry_id
"""
_STALE = """
update mart_entry_keys as entries set key = md5(entries.key || '|' || found.part)
from published_parts as found
where entries.entry_id = found.entry_id
"""
# What a report says of its source data: all but what is published of other entries.
_HASHES = """
create table meta_data_hashes as
select entry_id, md5(? || '|' || coalesce(part, '')) as data_hash
from mart_entry_keys
left join published_parts using (entry_id)
"""


def add_published(connection, frames: dict[str, pl.DataFrame]) -> None:
    """Add every published source to a store being built, and let its entries' keys depend on it.

    `frames`: from :func:`published_frames`.
    """
    found = connection.execute("select data_folder from meta_settings").fetchall()
    data_raw = Path(found[0][0])
    for name, frame in frames.items():
        insert(connection, name, frame)
    about = frames["mart_published_sources"].drop("files")
    said = pl.concat([_said(f, about) for f in frames.values() if "code" in f.columns])
    connection.register("published_rows", said.to_arrow())
    connection.execute(_PARTS)
    connection.execute(_STALE)
    # The rows and the description of a source make just their own entries stale.
    names = {file for file, _ in (*TABLES.values(), *_QUANTILE_TABLES.values())}
    names |= {LITERATURE_FILE, SIDECAR}
    told = {folder / file for folder in source_folders(data_raw) for file in names}
    connection.execute(_HASHES, [source_hash(data_raw, told)])
    connection.unregister("published_rows")
    connection.execute("drop table published_parts")


def published_frames(data_raw: Path) -> dict[str, pl.DataFrame]:
    """Read every published source: the tables by name; empty ones keep their columns.

    Raises SourceError: a table was changed after it was made, or a row breaks its contract.
    """
    put_back(data_raw)
    folders = source_folders(data_raw)
    for folder in folders:
        if (folder / SIDECAR).is_file():
            check_hashes(folder)
    frames = {n: _joined(folders, *table) for n, table in TABLES.items()}
    quantiles = tuple(f for f in folders if f.name == SRS)
    frames |= {n: _joined(quantiles, *table) for n, table in _QUANTILE_TABLES.items()}
    frames["mart_published_facts"] = _facts(folders)
    about = [_about(folder) for folder in folders]
    schema = dict.fromkeys(("source", *_ABOUT, "files"), pl.String)
    return frames | {"mart_published_sources": pl.DataFrame(about, schema=schema)}


def _joined(folders: tuple[Path, ...], file: str, contract: Contract) -> pl.DataFrame:
    parts = [pl.DataFrame(schema={"source": pl.String, **polars_schema(contract)})]
    for folder in folders:
        if (folder / file).is_file():
            advice = "The table was changed after it was made; import the source again."
            rows = read_whole(folder / file, contract, advice)
            parts.append(rows.select(pl.lit(folder.name).alias("source"), *contract.names))
    return pl.concat(parts)


def _facts(folders: tuple[Path, ...]) -> pl.DataFrame:
    rows = [
        (folder.name, *fact)
        for folder in folders
        if (folder / LITERATURE_FILE).is_file()
        for fact in read_sheet(folder / LITERATURE_FILE, is_checked=True)
    ]
    kinds = {name: pl.Int64 if kind is int else pl.String for name, kind in FACTS_SCHEMA.items()}
    schema = {"source": pl.String, "citation": kinds.pop("source"), **kinds}
    return pl.DataFrame(rows, schema=schema, orient="row")


def _about(folder: Path) -> dict[str, str | None]:
    about = read_json_object(folder / SIDECAR) if (folder / SIDECAR).is_file() else {}
    texts = {name: about.get(name) for name in _ABOUT}
    files = json.dumps(about.get("files", []), ensure_ascii=False)
    return {"source": folder.name, **texts, "files": files}


def _said(frame: pl.DataFrame, about: pl.DataFrame) -> pl.DataFrame:
    """Return code and, as one text, the whole row with what is said of its source."""
    frame = frame.join(about, on="source", how="left")
    texts = [pl.col(c).cast(pl.String).fill_null("") for c in frame.columns]
    return frame.select("code", pl.concat_str(texts, separator="|").alias("said"))
