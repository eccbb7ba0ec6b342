"""Reads tables of gigabytes block by block: fast where rows are good, row by row where not.

A block is some tens of megabytes of whole lines. Its typed columns are parsed at once and judged
by the contract; only rows that look suspicious are cut up again as text and judged by
:mod:`fmbstats.sources.checking`, which words the faults. So a clean file costs about what parsing
costs, line numbers are exact, and no unclosed quotation mark can swallow the rest of a file.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

import numpy as np
import polars as pl

from fmbstats.codes import CodeError, normalise
from fmbstats.errors import SourceError
from fmbstats.sources.checking import POLARS_TYPES, REJECTS_SCHEMA, split_rows
from fmbstats.sources.contracts import Column, Contract, check_bytes, check_header, split_header

BLOCK_BYTES = 48 << 20
PARQUET_ROWS = 500_000
_BOM = b"\xef\xbb\xbf"
_SHOWN = 60
_CODE_FORM = r"^[A-Z]\d\d[0-9A-Z]{0,3}$"


@dataclass(frozen=True, eq=False)
class Block:
    """Some rows of a file after judging.

    Attributes
    ----------
    rows : polars.DataFrame
        Accepted rows, typed as the contract says, plus `line` (1-based line or row of the file).
    rejects : polars.DataFrame
        file, line, column, value, reason; one row per fault.
    n_read, n_rejected, n_duplicates : int
        Data lines; lines with at least one fault; exact repetitions already dropped.
    """

    rows: pl.DataFrame
    rejects: pl.DataFrame
    n_read: int
    n_rejected: int
    n_duplicates: int


def read_blocks(path: Path, contract: Contract, block_bytes: int = BLOCK_BYTES) -> Iterator[Block]:
    """Read a delimited text file or a Parquet file (by its suffix) block by block.

    Raises
    ------
    SourceError
        The file is refused whole: missing, empty, NUL byte, wrong encoding, header, cut off.
    """
    # Keys are compared over all files at once, later; here only single rows are judged.
    contract = replace(contract, key=())
    if path.suffix.lower() in (".parquet", ".pq"):
        yield from _parquet_blocks(path, contract)
    else:
        yield from _text_blocks(path, contract, block_bytes)


def read_header(path: Path, contract: Contract) -> list[str]:
    """Read and check the column names of a delimited text file or a Parquet file."""
    if path.suffix.lower() in (".parquet", ".pq"):
        names = list(_parquet_schema(path))
    else:
        start = _first_line(path, contract)
        names = split_header(start, contract.separator)
    check_header(names, contract, path)
    return names


def _first_line(path: Path, contract: Contract) -> str:
    try:
        with path.open("rb") as handle:
            line = handle.readline().removeprefix(_BOM)
    except OSError:
        line = b""
    if not line.strip() or b"\0" in line or line.startswith((b"PK\x03\x04", b"\xff\xfe")):
        check_bytes(path, contract.encoding)
    try:
        return line.decode(contract.encoding).rstrip("\r\n")
    except UnicodeDecodeError:
        check_bytes(path, contract.encoding)
        raise


def _text_blocks(path: Path, contract: Contract, block_bytes: int) -> Iterator[Block]:
    header = read_header(path, contract)
    first_line, n_rows = 2, 0
    size = path.stat().st_size
    with path.open("rb") as handle:
        handle.readline()
        while handle.tell() < size:
            lines = handle.read(block_bytes) + handle.readline()
            is_last = handle.tell() >= size
            block = _judge_text(lines, first_line, header, contract, path, is_last)
            n_rows += block.n_read
            first_line += _count(lines, b"\n")
            yield block
    if not n_rows:
        raise SourceError(f"{path.name}: a header but no rows. Fetch or export the file again.")


def _count(lines: bytes, character: bytes) -> int:
    # Twice as fast as bytes.count.
    return int(np.count_nonzero(np.frombuffer(lines, np.uint8) == character[0]))


def _judge_text(
    lines: bytes, first_line: int, header: list[str], contract: Contract, path: Path, is_last: bool
) -> Block:
    if b"\0" in lines:
        check_bytes(path, contract.encoding)
    n_lines = _count(lines, b"\n") + (not lines.endswith(b"\n"))
    is_odd = _odd_lines(lines, n_lines, header, contract)
    typed = _parse_typed(lines, is_odd, n_lines, header, contract)
    if typed is None:
        good, suspects = None, np.arange(n_lines)
    else:
        numbers = np.arange(n_lines) if is_odd is None else np.flatnonzero(~is_odd)
        typed = typed.with_columns(pl.Series("line", numbers + first_line, dtype=pl.UInt32))
        is_bad = typed.select(_is_suspect(contract, header).alias("bad"))["bad"].to_numpy()
        if is_odd is None and not is_bad.any():
            return Block(typed, pl.DataFrame(schema=REJECTS_SCHEMA), n_lines, 0, 0)
        good = typed.filter(~is_bad)
        odd = np.array([], np.int64) if is_odd is None else np.flatnonzero(is_odd)
        suspects = np.sort(np.concatenate([numbers[is_bad], odd]))
    cut = lines.split(b"\n")
    picked = [(first_line + int(i), cut[i]) for i in suspects]
    is_end = is_last and bool(len(suspects)) and suspects[-1] == n_lines - 1
    judged = judge_lines(picked, header, contract, path, is_end)
    rows = judged.rows if good is None else pl.concat([good, judged.rows.select(good.columns)])
    n_good = 0 if good is None else good.height
    return replace(judged, rows=rows, n_read=judged.n_read + n_good)


def _odd_lines(
    lines: bytes, n_lines: int, header: list[str], contract: Contract
) -> np.ndarray | None:
    """Which lines have a wrong number of fields or open quotation marks; None when none has."""
    separator, wanted = contract.separator.encode(), len(header) - 1
    has_quotes = b'"' in lines
    if not has_quotes and _count(lines, separator) == n_lines * wanted:
        # Sums can agree by chance only when some line has too many: polars refuses those.
        return None
    data = np.frombuffer(lines, np.uint8)
    ends = np.flatnonzero(data == ord("\n"))
    if len(ends) < n_lines:
        ends = np.append(ends, len(data))
    places = np.flatnonzero(data == separator[0])
    is_odd = np.diff(np.searchsorted(places, ends), prepend=0) != wanted
    if has_quotes:
        quotes = np.flatnonzero(data == ord('"'))
        is_odd |= np.diff(np.searchsorted(quotes, ends), prepend=0) % 2 == 1
        # A separator or a line end inside quotation marks: its line is cut up by itself.
        inside = places[np.searchsorted(quotes, places) % 2 == 1]
        is_odd[np.searchsorted(ends, inside)] = True
    return is_odd if is_odd.any() else None


def _without(lines: bytes, is_odd: np.ndarray) -> bytes:
    cut = lines.split(b"\n")
    return b"".join(cut[i] + b"\n" for i in np.flatnonzero(~is_odd))


def _parse_typed(
    lines: bytes, is_odd: np.ndarray | None, n_lines: int, header: list[str], contract: Contract
) -> pl.DataFrame | None:
    """Parse the even lines of a block in one go; None when that cannot be done."""
    if not (contract.encoding.startswith("utf") or lines.isascii()):
        return None
    if is_odd is not None:
        n_lines -= int(is_odd.sum())
        lines = _without(lines, is_odd)
    if not n_lines:
        return None
    declared = {c.name: c for c in contract.columns if c.name in header}
    kinds = _NUMERIC + (("date",) if _has_whole_dates(lines) else ())
    types = {n: POLARS_TYPES[c.type] for n, c in declared.items() if c.type in kinds}
    frame = _scan(lines, header, types, declared, contract.separator)
    if frame is None:
        # Some value is not of its type: read all as text and let it become a suspect.
        frame = _scan(lines, header, {}, declared, contract.separator)
    if frame is None or frame.height != n_lines:
        return None
    return frame.with_columns(_fast_value(c, frame.schema[c.name]) for c in declared.values())


def _has_whole_dates(lines: bytes) -> bool:
    """Whether every hyphen could be one of YYYY-MM-DD.

    Polars' own parser takes "2024-02-1" and, when all are so, "01-02-2024".
    """
    if b"/" in lines:
        return False
    data = np.frombuffer(lines, np.uint8)
    hyphens = np.flatnonzero(data == ord("-"))
    second, third = (data.take(hyphens + n, mode="clip") - ord("0") <= 9 for n in (2, 3))
    return bool(second.all() and not third.any())


def _scan(
    lines: bytes, header: list[str], types: dict, declared: dict, separator: str
) -> pl.DataFrame | None:
    schema = {name: types.get(name, pl.String()) for name in header}
    quote = '"' if b'"' in lines else None
    try:
        scan = pl.scan_csv(
            lines, has_header=False, schema=schema, separator=separator, quote_char=quote
        )
        return scan.select(list(declared)).collect()
    except pl.exceptions.PolarsError:
        return None


def _fast_value(column: Column, kind: pl.DataType) -> pl.Expr:
    """Finish a column; a text that is no date or number becomes an impossible one."""
    value = pl.col(column.name)
    if column.type == "date":
        return _fast_date(value, column, kind)
    if column.type in _NUMERIC and kind == pl.String:
        number = value.cast(POLARS_TYPES[column.type], strict=False)
        is_odd = number.is_null() & value.is_not_null()
        return pl.when(is_odd).then(_ODD_NUMBER).otherwise(number).alias(column.name)
    if column.null_values and column.type in _TEXTS:
        return pl.when(~value.is_in(column.null_values)).then(value).alias(column.name)
    if column.type == "bool" and kind == pl.String:
        # Written in another way than true/false: judged as text.
        return value.replace_strict({"true": True, "false": False}, default=None)
    return value


def _fast_date(value: pl.Expr, column: Column, kind: pl.DataType) -> pl.Expr:
    if kind == pl.String:
        day = value.str.to_date("%Y-%m-%d", strict=False)
        is_odd = (value.str.len_bytes() != 10) | (day.is_null() & value.is_not_null())
        value = pl.when(is_odd).then(_ODD_DATE).otherwise(day)
    if missing := [date.fromisoformat(v) for v in column.null_values]:
        value = pl.when(~value.is_in(missing)).then(value)
    return value.alias(column.name)


_NUMERIC = ("int", "number")
_TEXTS = ("text", "code")
_ODD_DATE = pl.lit(date(9999, 12, 30))
_ODD_NUMBER = -(2**53)


def _is_suspect(contract: Contract, present: list[str]) -> pl.Expr:
    tests = [rule.is_bad().fill_null(False) for rule in contract.rules]
    for column in contract.columns:
        if column.name in present:
            tests += _column_tests(column)
    return pl.any_horizontal(tests)


def _column_tests(column: Column) -> list[pl.Expr]:
    value = pl.col(column.name)
    tests = []
    if not column.nullable or column.type == "bool":
        tests.append(value.is_null())
    if column.type == "date":
        tests.append(value == _ODD_DATE)
    if column.type in _NUMERIC:
        tests.append(value == _ODD_NUMBER)
    if column.allowed is not None:
        tests.append(~value.is_in(column.allowed))
    elif column.type in _TEXTS:
        tests.append(value.str.starts_with(" ") | value.str.ends_with(" ") | (value == ""))
    if column.pattern is not None:
        tests.append(~value.str.contains(f"^(?:{column.pattern})$"))
    for limit, is_outside in ((column.min, value.lt), (column.max, value.gt)):
        if limit is not None:
            bound = pl.lit(limit).str.to_date() if column.type == "date" else pl.lit(limit)
            tests.append(is_outside(bound))
    return [test.fill_null(False) for test in tests]


def judge_lines(
    lines: list[tuple[int, bytes]], header: list[str], contract: Contract, path: Path, is_last: bool
) -> Block:
    """Cut single lines up as text and judge them.

    Raises
    ------
    SourceError
        Wrong encoding; the file's last line is cut off.
    """
    kept, numbers, ragged = [], [], []
    for number, raw in lines:
        if not raw.strip():
            continue
        fields = _fields(raw, contract, path)
        if fields is not None and len(fields) == len(header):
            kept.append(fields)
            numbers.append(number)
        else:
            ragged.append((number, fields, raw))
    _refuse_cut_off(ragged, is_last and lines[-1], header, path)
    frame = pl.DataFrame(kept, schema=dict.fromkeys(header, pl.String), orient="row")
    frame = frame.select([n for n in contract.names if n in header])
    return judge_frame(
        frame.with_columns(pl.Series("line", numbers, dtype=pl.Int64)),
        contract,
        path.name,
        _ragged_rejects(ragged, len(header), path, contract),
    )


def judge_frame(
    frame: pl.DataFrame, contract: Contract, file: str, ragged: pl.DataFrame | None = None
) -> Block:
    """Judge rows given as strings (plus `line`) by their contract."""
    rows = split_rows(frame, contract, file, ragged)
    return Block(
        rows.good.with_columns(pl.col("line").cast(pl.UInt32)),
        rows.rejects,
        rows.n_read,
        rows.n_rejected,
        rows.n_duplicates,
    )


def _fields(raw: bytes, contract: Contract, path: Path) -> list[str] | None:
    try:
        text = raw.decode(contract.encoding).rstrip("\r")
    except UnicodeDecodeError:
        check_bytes(path, contract.encoding)
        raise
    if '"' not in text:
        return text.split(contract.separator)
    try:
        return next(csv.reader([text], delimiter=contract.separator, strict=True))
    except csv.Error:
        return None


def _ragged_rejects(ragged: list, n_fields: int, path: Path, contract: Contract) -> pl.DataFrame:
    faults = []
    for number, fields, raw in ragged:
        reason = (
            "a quotation mark is not closed"
            if fields is None
            else f"{len(fields)} fields, expected {n_fields}"
        )
        shown = raw.decode(contract.encoding)[:_SHOWN]
        faults.append((path.name, number, "", shown, reason))
    return pl.DataFrame(faults, schema=REJECTS_SCHEMA, orient="row")


def _refuse_cut_off(ragged: list, last, header: list[str], path: Path) -> None:
    if not ragged or not last or ragged[-1][0] < last[0]:
        return
    number, fields, _ = ragged[-1]
    if fields is not None and len(fields) < len(header):
        raise SourceError(
            f"{path.name}, line {number}: the last line has {len(fields)} of {len(header)} "
            "fields; the file is cut off. Fetch it again."
        )


def _parquet_schema(path: Path) -> dict[str, pl.DataType]:
    try:
        return dict(pl.read_parquet_schema(path))
    except FileNotFoundError:
        raise SourceError(f"{path.name}: no such file in {path.parent}.") from None
    except (pl.exceptions.PolarsError, OSError) as error:
        raise SourceError(
            f"{path.name}: is not a whole Parquet file ({str(error).splitlines()[0][:80]}). "
            "Export it again."
        ) from None


def _parquet_blocks(path: Path, contract: Contract) -> Iterator[Block]:
    header = read_header(path, contract)
    names = [n for n in contract.names if n in header]
    scan = pl.scan_parquet(path).select(names)
    n_rows = scan.select(pl.len()).collect().item()
    if not n_rows:
        raise SourceError(f"{path.name}: has no rows. Export the file again.")
    for first in range(0, n_rows, PARQUET_ROWS):
        yield _judge_parquet(scan.slice(first, PARQUET_ROWS).collect(), first + 1, contract, path)


def _judge_parquet(raw: pl.DataFrame, first_row: int, contract: Contract, path: Path) -> Block:
    raw = raw.with_columns(
        pl.int_range(first_row, first_row + raw.height, dtype=pl.UInt32).alias("line")
    )
    typed = raw.with_columns(
        pl.col(c.name).cast(POLARS_TYPES[c.type], strict=False)
        for c in contract.columns
        if c.name in raw.columns and raw.schema[c.name] != pl.String
    )
    typed = typed.with_columns(
        _fast_value(c, typed.schema[c.name]) for c in contract.columns if c.name in raw.columns
    )
    # A value that the declared type cannot hold is null now but was not before.
    judged = [c.name for c in contract.columns if c.name in raw.columns and c.type not in _TEXTS]
    lost = [typed[n].is_null() & raw[n].is_not_null() for n in judged]
    is_bad = typed.select(_is_suspect(contract, raw.columns).alias("bad"))["bad"]
    for is_lost in lost:
        is_bad = is_bad | is_lost
    if not is_bad.any():
        return Block(typed, pl.DataFrame(schema=REJECTS_SCHEMA), raw.height, 0, 0)
    texts = raw.filter(is_bad).with_columns(
        pl.col(n).cast(pl.String) for n in raw.columns if n != "line"
    )
    judged = judge_frame(texts.with_columns(pl.col("line").cast(pl.Int64)), contract, path.name)
    good = typed.filter(~is_bad)
    return replace(
        judged,
        rows=pl.concat([good, judged.rows.select(good.columns)]),
        n_read=judged.n_read + good.height,
    )


def normalise_codes(rows: pl.DataFrame, names: list[str]) -> pl.DataFrame:
    """Bring ICD-10-SE codes to their normal form; malformed ones are kept as they are."""
    for name in names:
        distinct = rows[name].unique().drop_nulls()
        if distinct.str.contains(_CODE_FORM).all():
            continue
        normal = pl.Series([_normalised(code) for code in distinct], dtype=pl.String)
        rows = rows.with_columns(pl.col(name).replace(distinct, normal))
    return rows


def _normalised(code: str) -> str:
    try:
        return normalise(code)
    except CodeError:
        return code
