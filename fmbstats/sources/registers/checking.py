"""Judges the rows of a source table by its contract: good rows, rejects, duplicates."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from fmbstats.errors import SourceError
from fmbstats.sources.registers.contracts import Contract, check_header, split_names
from fmbstats.sources.registers.rules import MAX_SHOWN_CHARACTERS, POLARS_TYPES, judged
from fmbstats.sources.textfiles import read_text

REJECTS_SCHEMA = {
    "file": pl.String,
    "line": pl.Int64,
    "column": pl.String,
    "value": pl.String,
    "reason": pl.String,
}

_CODE_FORM = r"^[A-Za-z]\d\d\.?[0-9A-Za-z]{0,3}[-PQpq]?$"


@dataclass(frozen=True, eq=False)
class Rows:
    """The rows of one file after checking."""

    good: pl.DataFrame  #: Typed columns as declared, plus `line` (1-based line in the file).
    rejects: pl.DataFrame  #: One row per fault: file, line, column, value, reason.
    #: `n_read`, `n_rejected`, `n_duplicates`: rows read; rows with at least one fault; exact
    #: repetitions dropped.
    n_read: int
    n_rejected: int
    n_duplicates: int
    n_malformed_codes: int  #: Values of "code" columns that are no ICD-10-SE code; they are kept.
    lost: pl.DataFrame  #: The rejected rows, typed as far as they can be read.

    @property
    def n_rows(self) -> int:
        """Rows that may be used."""
        return self.good.height


def polars_schema(contract: Contract) -> dict[str, pl.DataType]:
    """Return column → polars type of the contract's typed frame.

    >>> from fmbstats.sources.registers.contracts import Column
    >>> polars_schema(Contract("t", "days", (Column("day", "int", "days"),)))
    {'day': Int64}
    """
    return {c.name: POLARS_TYPES[c.type] for c in contract.columns}


def read_rows(path: Path, contract: Contract) -> Rows:
    """Read a delimited text file and judge every row by its contract.

    Raises SourceError: the file is refused whole: encoding, NUL byte, empty, cut off, header.
    """
    text = read_text(path, contract.encoding)
    header = split_names(text.partition("\n")[0], contract.separator)
    check_header(header, contract, path)
    rows, lines, ragged = _cut(text, contract, len(header), path)
    if not lines and not ragged and not contract.is_empty_allowed:
        raise SourceError(f"{path.name}: a header but no rows. Fetch or export the file again.")
    frame = pl.DataFrame(rows, schema=dict.fromkeys(header, pl.String), orient="row")
    frame = frame.select([n for n in contract.names if n in header])
    frame = frame.with_columns(pl.Series("line", lines, dtype=pl.Int64))
    faults = [
        (path.name, line, "", row[:MAX_SHOWN_CHARACTERS], f"{n} fields, expected {len(header)}")
        for line, n, row in ragged
    ]
    rejects = pl.DataFrame(faults, schema=REJECTS_SCHEMA, orient="row")
    return split_rows(frame, contract, path.name, rejects)


def read_whole(path: Path, contract: Contract, advice: str, where: object = "") -> pl.DataFrame:
    """Read a table of which every row must be good; `advice` says what to do where one is not.

    `where`: names the file in messages; by default with its folder. Raises SourceError: with the
    first fault.
    """
    rows = read_rows(path, contract)
    for bad in rows.rejects.head(1).iter_rows(named=True):
        column = f", column {bad['column']!r}" if bad["column"] else ""
        raise SourceError(f"{where or path}, line {bad['line']}{column}: {bad['reason']}. {advice}")
    return rows.good


def split_rows(
    frame: pl.DataFrame, contract: Contract, file: str, ragged: pl.DataFrame | None = None
) -> Rows:
    """Type the columns and part good rows from rejects.

    Exact duplicates are dropped and counted; rows that share a key but differ are all rejected,
    since nothing says which is right and the answer must not depend on their order.

    `frame`: string columns named as in the contract, plus `line`. `file`: name shown in the
    rejects. `ragged`: rejects met while cutting the text.
    """
    ragged = pl.DataFrame(schema=REJECTS_SCHEMA) if ragged is None else ragged
    n_read = frame.height + ragged["line"].n_unique()
    columns = [c for c in contract.columns if c.name in frame.columns]
    found = {c.name: judged(frame[c.name], c, contract) for c in columns}
    raw = frame.with_columns(f["text"].alias(name) for name, f in found.items())
    typed = raw.with_columns(f["value"].alias(name) for name, f in found.items())
    faults = [ragged]
    for column in columns:
        faulty = found[column.name].with_columns(frame["line"])
        faults.append(as_rejects(faulty.filter(pl.col("reason").is_not_null()), file, column.shown))
    for rule in (r for r in contract.rules if r.concerns(typed.columns)):
        is_bad = typed.select(rule.is_bad().alias("bad"))["bad"].fill_null(False)
        broken = pl.DataFrame({"line": raw["line"], "text": raw[rule.column]}).filter(is_bad)
        broken = broken.with_columns(reason=pl.lit(rule.reason))
        faults.append(as_rejects(broken, file, contract.column(rule.column).shown))
    bad_lines = pl.concat(faults)["line"].unique()
    good = typed.filter(~pl.col("line").is_in(bad_lines.implode()))
    unique = good.unique(
        subset=[c for c in good.columns if c != "line"], keep="first", maintain_order=True
    )
    clashes = _key_faults(unique, contract, file)
    if clashes.height:
        unique = unique.filter(~pl.col("line").is_in(clashes["line"].implode()))
    rejects = pl.concat([*faults, clashes]).sort("line", maintain_order=True)
    return Rows(
        good=unique,
        rejects=rejects,
        n_read=n_read,
        n_rejected=rejects["line"].n_unique(),
        n_duplicates=good.height - unique.height - clashes["line"].n_unique(),
        n_malformed_codes=sum(
            int((~unique[c.name].str.contains(_CODE_FORM)).sum())
            for c in columns
            if c.type == "code"
        ),
        lost=typed.filter(pl.col("line").is_in(bad_lines.implode())),
    )


def _cut(text: str, contract: Contract, n_fields: int, path: Path):
    reader = csv.reader(io.StringIO(text), delimiter=contract.separator, strict=True)
    kept, numbers, ragged = [], [], []
    before = 0
    try:
        for row in reader:
            number, before = before + 1, reader.line_num
            if number == 1 or not any(cell.strip() for cell in row):
                continue
            if len(row) == n_fields:
                kept.append(row)
                numbers.append(number)
            else:
                ragged.append((number, len(row), contract.separator.join(row)))
    except csv.Error:
        raise SourceError(
            f"{path.name}, line {before + 1}: a quotation mark is not closed; "
            "the file is cut off or damaged. Fetch it again."
        ) from None
    if ragged and ragged[-1][0] > max(numbers, default=0) and ragged[-1][1] < n_fields:
        raise SourceError(
            f"{path.name}, line {ragged[-1][0]}: the last line has {ragged[-1][1]} of {n_fields} "
            "fields; the file is cut off. Fetch it again."
        )
    return kept, numbers, ragged


def _key_faults(unique: pl.DataFrame, contract: Contract, file: str) -> pl.DataFrame:
    if not contract.key:
        return pl.DataFrame(schema=REJECTS_SCHEMA)
    key = list(contract.key)
    clashing = unique.filter(pl.struct(key).is_duplicated())
    words = f"the key ({', '.join(key)}) occurs again with other content"
    text = pl.concat_str(
        [pl.col(k).cast(pl.String) for k in key], separator=", ", ignore_nulls=True
    )
    found = clashing.select("line", text.alias("text"), pl.lit(words).alias("reason"))
    return as_rejects(found, file, key[0])


def as_rejects(found: pl.DataFrame, file: str, column: str) -> pl.DataFrame:
    """Make rejects of faults of one column of a file, with line, text and reason."""
    return found.select(
        pl.lit(file).alias("file"),
        "line",
        pl.lit(column).alias("column"),
        pl.col("text").fill_null("").str.slice(0, MAX_SHOWN_CHARACTERS).alias("value"),
        "reason",
    ).select(pl.col(name).cast(kind) for name, kind in REJECTS_SCHEMA.items())
