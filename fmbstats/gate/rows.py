"""Reads the two tables by one closed grammar: known columns, measures, groups, names, flags."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import polars as pl

from fmbstats.adherence import BEYOND_TAU, CERTAIN, EDGE, PARTLY
from fmbstats.frames import rows_of
from fmbstats.gate.findings import Findings
from fmbstats.gate.known_text import KnownText
from fmbstats.measures import GROUPS, MEASURES
from fmbstats.media import in_cell
from fmbstats.release.open_data import MEASURED_COLUMNS
from fmbstats.settings import SETTINGS
from fmbstats.store.paths import data_folder
from fmbstats.told import COLUMNS, NUMBERS
from fmbstats.words import LANGUAGES, Absent, dated, phrase_forms, phrase_keys
from fmbstats.words.plain import YEAR_OR_DATE

TABLE, MEASURED = SETTINGS.table, SETTINGS.measured
CHECK = "table"
_AGAIN = "Make the folder again with fmbstats."
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?(?:e[+-]\d+)?|inf|-inf")
# What stratum may say, by what the groups are; other groups have names of FMB or of a source.
_STRATA = {
    "all": r"all",
    "sex": r"women|men|unknown",
    "age": r"\d\d-\d\d|60\+|unknown",
    "county": r"\d\d|unknown|all",
    "year": r"(?:19|20)\d\d",
    "code": r"[A-Z]\d\d[A-Z0-9.]{0,5}",
    "month": r"(?:19|20)\d\d-[01]\d",
    "quarter": r"(?:before|after)(?:-\d{1,2})?|least",
    "renewed": r"first|renewed",
    "placebo": r"[\w.-]{1,64}",
    "own": r"[^\W\d_][\w -]{2,39}: [^\r\n\t]{1,200}",
    "level": r"exact|shorter|category|none",
    "figure": r"[\w-]{1,60}",
    "band": r"\d{1,5}-(?:\d{1,5}|inf)?",
    "assumption": r"[a-z_0-9]{1,40}",
}
FLAGS = frozenset(
    [reason.value for reason in Absent]
    + [EDGE, PARTLY, CERTAIN, BEYOND_TAU, "crude", "hidden_cells", "suppressed"]
)
_FLAG = re.compile(r"steering_[a-z_]{1,30}")
# A label holds FMB's or a publisher's words, and never how many.
COUNTING = re.compile(
    r"\d[ \u00a0]?(?:sjukfall|person(?:er)?|patient(?:er)?|individ(?:er)?|spells?|persons?|people"
    r"|patients?)\b",
    re.IGNORECASE,
)
_CODES = re.compile(r"(?:[A-Z]\d\d(?:\.?[A-Z0-9]{1,3})?(?:, | \u2026)?)+")


def read_rows(data: bytes) -> pd.DataFrame:
    """Read the table of what is told; ``file`` and ``line`` say where a row stands.

    Texts come as text, numbers as float, NaN where the cell is empty. Raises ValueError: a
    column is missing or unknown, or a number is none.
    """
    raw = pd.read_csv(io.BytesIO(data), dtype=str, keep_default_na=False, encoding="utf-8")
    if unknown := set(raw.columns) - set(COLUMNS):
        raise ValueError(f"{len(unknown)} columns that no table of ours has")
    if missing := {"slug", "metric", "by", "stratum", "estimate", "flags"} - set(raw.columns):
        raise ValueError(f"columns missing: {', '.join(sorted(missing))}")
    rows = raw.reindex(columns=list(COLUMNS), fill_value="")
    for name in NUMBERS:
        texts = rows[name]
        wrong = (texts != "") & ~texts.str.fullmatch(_NUMBER)
        if wrong.any():
            line = int(np.argmax(wrong.to_numpy())) + 2
            raise ValueError(f"{name} holds what is no number, line {line}")
        if name != "start_year":
            rows[name] = pd.to_numeric(texts.where(texts != "", None))
    return rows.assign(file=TABLE, line=range(2, len(rows) + 2))


def read_measured(data: bytes) -> pd.DataFrame:
    """Read the table of all measures in the form of `read_rows`.

    Raises ValueError: it has other columns or types than ours, or is no Parquet file.
    """
    try:
        frame = pl.read_parquet(data)
    except Exception as error:  # whatever a file that is not ours makes a reader raise
        raise ValueError(type(error).__name__) from None
    if frame.columns != list(MEASURED_COLUMNS):
        raise ValueError("other columns than ours")
    types = {name: pl.Float64 if name in NUMBERS else pl.String for name in frame.columns}
    if dict(frame.schema) != types:
        raise ValueError("a column of another type than ours")
    if not (frame["start_year"] % 1 == 0).all():
        raise ValueError("a year that is none")
    year = pl.col("start_year").cast(pl.Int32).cast(pl.String)
    texts = pl.col(pl.String).fill_null("")
    rows = frame.with_columns(texts, start_year=year).to_pandas()
    rows = rows.reindex(columns=list(COLUMNS))
    rows[["row", "part"]] = ""
    return rows.assign(file=MEASURED, line=range(1, len(rows) + 1))


def check_rows(rows: pd.DataFrame, known_names: frozenset[str], findings: Findings) -> None:
    """Find every row that says what no row of ours may.

    `rows`: as of `read_rows`. `known_names`: public names and wordings: of FMB's entries and cases,
    of published sources.
    """
    findings.looked(CHECK, len(rows))
    for row in rows_of(rows):
        for what in _faults(row, known_names):
            findings.add(CHECK, row.file, f"row {row.line}", what, _AGAIN)
    for what in _vintage_faults(rows["data_vintage"].unique(), known_names):
        findings.add(CHECK, TABLE, "data_vintage", what, _AGAIN)


def _vintage_faults(vintages: Iterable[str], known_names: frozenset[str]) -> Iterator[str]:
    """Yield what is wrong with what the data are called: public sources, and one register."""
    known = KnownText(LANGUAGES[0], known_names)
    own = [name for name in vintages if name and not _is_source(name, known)]
    if len(own) > 1:
        yield (
            f"{len(own)} names that are of no publisher; a release is of one register. Publishers "
            "of other source data than the project's are known by --data."
        )
    if any(name != in_cell(dated(name.removeprefix("'"))) or COUNTING.search(name) for name in own):
        yield "a register whose name holds more than words, years and dates."


def _is_source(name: str, known: KnownText) -> bool:
    """Whether it is made of the names, years and pages of published sources."""
    if known.unknown_words(name):
        return False
    left, parts = name, (n for n in known.public if n in name and re.search(r"[^\W\d_]{2}", n))
    for part in sorted(parts, key=len, reverse=True):
        left = left.replace(part, " ")
    return not re.search(r"\d", YEAR_OR_DATE.sub(" ", left))


def _faults(row, known_names: frozenset[str]) -> Iterator[str]:
    measure = MEASURES.get(row.metric)
    if measure is None:
        yield "an unknown measure."
    if row.by not in GROUPS:
        yield "unknown groups."
    elif not re.fullmatch(f"all|{_STRATA.get(row.by, '.{0,500}')}", row.stratum):
        yield f"a group that {row.by} does not have."
    if any(flag not in FLAGS and not _FLAG.fullmatch(flag) for flag in row.flags.split()):
        yield "an unknown flag."
    if row.label and not _is_public(row, known_names):
        yield "a label that is no name or wording of FMB or a publisher."
    is_told_share = measure is not None and measure.is_share and row.estimate == row.estimate
    if is_told_share and not -1.000001 <= row.estimate <= 1.000001:
        yield "a share outside 0 to 1."


def _is_public(row, known_names: frozenset[str]) -> bool:
    """Whether a label holds public words only; a published source has words of its own."""
    label = row.label.removeprefix("'")
    if label in known_names or _CODES.fullmatch(label):
        return True
    is_source = row.by in ("source", "band") or row.part == "published"
    return is_source and not COUNTING.search(label)


def public_names(data_raw: Path | None = None) -> frozenset[str]:
    """Gather names and wordings of the recommendations and of published sources.

    They are public facts, of `data_raw` and of the package; a label that is none of them, nor made
    of them, may be anything, even somebody's name.
    """
    folder = data_raw or data_folder()
    found: set[str] = set()
    for path in (p for p in folder.rglob("*.csv") if "register" not in p.parts):
        with open(path, encoding="utf-8", errors="replace", newline="") as file:
            for line in csv.reader(file):
                found.update(cell.strip() for cell in line)
    for path in (*folder.rglob("source.json"), *folder.glob("rounds/*.toml")):
        found.update(re.findall(r'"([^"\\]{3,400})"', path.read_text("utf-8")))
    found.update(t for key in phrase_keys() for x in LANGUAGES for t in phrase_forms(key, x))
    # In the table no text runs as a formula, and none hides a sign.
    return frozenset(in_cell(text) for text in found)
