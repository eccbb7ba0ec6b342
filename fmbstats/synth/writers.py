"""Writes a drawn register in any of the input formats, with a chosen share of faults.

Plain spells leave out but the degree segments (the first degree is kept); MiDAS and certificates
the end reason, and MiDAS an employee's degree and diagnosis before day 15. A register read back
from any of them gives the same spells. Faults are *added* rows: exact repetitions, which are to be
dropped, and broken copies, which are to be rejected; the good rows stay what they were.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import numpy as np
import polars as pl

from fmbstats.atomic import make_folder, place_of, replacing
from fmbstats.errors import UserError
from fmbstats.sources.registers import certificates, midas
from fmbstats.synth.draws import EPOCH, day_number
from fmbstats.synth.issue import SILENT, IssueLaw, add_issue
from fmbstats.synth.known_cases import draw_cases
from fmbstats.synth.register import SynthSettings, draw_register

FORMATS = ("spells", "spells-parquet", "midas", "certificates")
SEPARATORS = {"spells": ",", "midas": "\t", "certificates": ","}
# More are drawn in parts, so that memory stays bounded.
PART_SPELLS = 2_000_000
LINES_PER_WRITE = 200_000
CERTIFICATE_DAYS = 42
SHARE_NESTED = 0.02
SHARE_WITHDRAWN = 0.01
ONGOING_CERTIFIED_DAYS = 14

# Of two kinds that mean the same, the first is written.
_INSURED_TYPE = {ours: kind for kind, ours in reversed(midas.OCCUPATION_OF.items())}
_OCCUPATION = {ours: theirs for theirs, ours in certificates.OCCUPATION_OF.items()}
_DEGREE = {ours: theirs for theirs, ours in certificates.DEGREE_OF.items()}


def write_register(
    to: Path,
    *,
    data_raw: Path,
    n_spells: int,
    seed: int,
    layout: str,
    share_faults: float = 0.0,
    with_end_reason: bool = True,
    issue: IssueLaw = SILENT,
    cases: Path | None = None,
    **settings,
) -> int:
    """Draw a register and write it; more than two million spells in parts.

    `to`: replaced only when the new file is whole. `layout`: "spells", "spells-parquet", "midas" or
    "certificates". `share_faults`: faulty rows added, per good row; 0 for Parquet.
    `with_end_reason`: whether the plain table has the column. `issue`: what certificates tell of
    their writing. `cases`: folder for the true case of every spell, evidence of it and case rules
    (`known_cases.KnownCases`). `**settings`: see :class:`SynthSettings`. Returns the number of data
    rows written.
    """
    if layout not in FORMATS:
        raise UserError(f"{layout!r} is no format; choose one of {', '.join(FORMATS)}.")
    if layout != "certificates" and not issue.is_silent:
        raise UserError("Reasons and ICF codes stand on certificates: choose that format.")
    place_of(to)  # before minutes of drawing
    drawn: list[pl.DataFrame] = []
    see = drawn.append if cases is not None else None
    frames = _frames(data_raw, n_spells, seed, layout, with_end_reason, issue, settings, see)
    make_folder(to.parent)
    with replacing(to) as draft:
        if layout == "spells-parquet":
            n_rows = _write_parquet(draft, frames)
        else:
            rng = np.random.default_rng([seed, 1])
            n_rows = _write_text(draft, frames, layout, share_faults, rng)
    if cases is not None:
        draw_cases(pl.concat(drawn), data_raw=data_raw, seed=seed).write(cases)
    return n_rows


def _frames(
    data_raw, n_spells, seed, layout, with_end_reason, issue, settings, see=None
) -> Iterator[pl.DataFrame]:
    extraction = SynthSettings(**settings).extraction_date
    n_before = 0
    for part, first in enumerate(range(0, n_spells, PART_SPELLS)):
        n = min(PART_SPELLS, n_spells - first)
        # One part: the very register that draw_register draws.
        part_seed = seed if part == 0 else [seed, part + 1]
        spells, segments, _ = draw_register(n, part_seed, data_raw=data_raw, **settings)
        spells = spells.with_columns(
            pl.col("spell_id") + first, pl.col("person_id") + part * 10 * PART_SPELLS
        )
        segments = segments.with_columns(pl.col("spell_id") + first)
        if see is not None:
            see(spells.select("spell_id", "person_id", "start_date", "last_date", "code"))
        if layout == "midas":
            yield midas_rows(spells, segments)
        elif layout == "certificates":
            rng = np.random.default_rng([seed, 2, part])
            frame = certificate_rows(spells, segments, day_number(extraction), rng, n_before)
            n_before += frame.height
            if not issue.is_silent:
                frame = add_issue(frame, issue, data_raw, rng)
            yield frame.drop("start_date")
        else:
            yield spells.drop("change_day", *(() if with_end_reason else ("end_reason",)))


def midas_rows(spells: pl.DataFrame, segments: pl.DataFrame) -> pl.DataFrame:
    """Part-spell rows as in a MiDAS extract, sorted by person and first day."""
    days = (pl.col("to_day") - pl.col("from_day") + 1).alias("days")
    start = pl.col("start_date")
    parts = (
        segments.join(spells.drop("code"), on="spell_id", maintain_order="left")
        .with_columns(pl.max_horizontal("from_day", pl.col("entry_day") + 1).alias("from_day"))
        .filter(pl.col("from_day") <= pl.col("to_day"))
    )
    return parts.select(
        pl.col("person_id").alias("lopnr"),
        pl.lit("SJP").alias("DELFORMAN1_KOD"),
        pl.lit("SP").alias("DELFORMAN2_KOD"),
        (pl.col("degree_pct") / 100).cast(pl.String).str.strip_suffix(".0").alias("OMFATTNING"),
        pl.lit("500").alias("DAGBELOPP"),
        (start + pl.duration(days=pl.col("from_day") - 1)).alias("DEL_FROM_DATUM"),
        (start + pl.duration(days=pl.col("to_day") - 1)).alias("DEL_TOM_DATUM"),
        days.alias("DEL_DAGAR_TOT"),
        days.alias("DEL_DAGAR_BRUTTO"),
        (days.cast(pl.Float64) * pl.col("degree_pct") / 100).alias("DEL_DAGAR_NETTO"),
        (days * 500).alias("DEL_BELOPP_BRUTTO"),
        start.alias("FALL_FROM_DATUM"),
        start.alias("FALL_FROM_DATUM2"),
        pl.col("last_date").alias("FALL_TOM_DATUM"),
        ((pl.col("last_date") - start).dt.total_days() + 1).alias("FALL_DAGAR_TOT"),
        pl.col("occupation").replace_strict(_INSURED_TYPE).alias("FORSAKRADTYP_KOD"),
        pl.col("code").alias("DIAGNOS_KOD"),
        pl.when(pl.col("sex") == "men").then(pl.lit("1")).otherwise(pl.lit("2")).alias("KON_KOD"),
        pl.col("birth_year").alias("fodelsear"),
        (pl.col("county_code") + "80").alias("KOMMUN_KOD"),
        pl.lit("").alias("SSYK3"),
    ).sort("lopnr", "DEL_FROM_DATUM")


def certificate_rows(
    spells: pl.DataFrame, segments: pl.DataFrame, extraction: int, rng, n_before: int = 0
) -> pl.DataFrame:
    """Certificates of at most 42 days, some nested in others, some withdrawn, with `start_date`.

    A new certificate begins with every change of diagnosis; an ongoing spell's last one ends
    after the extraction.
    """
    rows = _certified_periods(spells, segments)
    at_extraction = pl.lit(EPOCH + timedelta(days=extraction))
    certified = at_extraction + pl.duration(days=ONGOING_CERTIFIED_DAYS)
    rows = rows.with_columns(
        pl.when(pl.col("last_date").is_null() & (pl.col(f"to_{n}") == at_extraction))
        .then(certified)
        .otherwise(f"to_{n}")
        .alias(f"to_{n}")
        for n in range(1, 5)
    )
    rows = pl.concat([rows, _nested(rows, extraction, rng), _withdrawn(rows, rng)])
    rows = rows.sort("signed_date", "spell_id", "from_1", "is_withdrawn")
    number = pl.int_range(n_before + 1, n_before + 1 + rows.height)
    return rows.select(
        pl.format("C{}", number).alias("certificate_id"),
        pl.col("person_id").cast(pl.String),
        pl.format("VE{}", "county_code").alias("unit_id"),
        "signed_date",
        "code",
        *(f"{name}_{number}" for number in range(1, 5) for name in ("degree", "from", "to")),
        pl.col("occupation").replace_strict(_OCCUPATION),
        "is_withdrawn",
        "sex",
        "birth_year",
        "county_code",
        "start_date",
    )


def _certified_periods(spells: pl.DataFrame, segments: pl.DataFrame) -> pl.DataFrame:
    """One row per certificate with its periods side by side."""
    chunk = CERTIFICATE_DAYS
    least, most = ((pl.col(day) - 1) // chunk for day in ("from_day", "to_day"))
    periods = (
        segments.with_columns(pl.int_ranges(least, most + 1).alias("chunk"))
        .explode("chunk")
        .with_columns(
            pl.max_horizontal("from_day", pl.col("chunk") * chunk + 1).alias("from_day"),
            pl.min_horizontal("to_day", (pl.col("chunk") + 1) * chunk).alias("to_day"),
        )
    )
    columns = ("person_id", "start_date", "last_date", "occupation", "sex", "birth_year")
    periods = periods.join(
        spells.select("spell_id", "county_code", *columns), on="spell_id", maintain_order="left"
    ).with_columns(
        (pl.col("start_date") + pl.duration(days=pl.col("from_day") - 1)).alias("from"),
        (pl.col("start_date") + pl.duration(days=pl.col("to_day") - 1)).alias("to"),
        pl.col("degree_pct").replace_strict(_DEGREE).alias("degree"),
        pl.int_range(pl.len()).over("spell_id", "chunk", "code").alias("number"),
    )
    first = periods.filter(pl.col("number") == 0)
    wide = first.select(
        "spell_id", "chunk", "code", "county_code", *columns,
        pl.col("from").alias("signed_date"),
        pl.lit(False).alias("is_withdrawn"),
        *(pl.col(name).alias(f"{name}_1") for name in ("degree", "from", "to")),
    )  # fmt: skip
    for number in (1, 2, 3):
        later = periods.filter(pl.col("number") == number).select(
            "spell_id", "chunk", "code",
            *(pl.col(name).alias(f"{name}_{number + 1}") for name in ("degree", "from", "to")),
        )  # fmt: skip
        wide = wide.join(later, on=["spell_id", "chunk", "code"], how="left")
    return wide


def _without_later_periods(rows: pl.DataFrame) -> list[pl.Expr]:
    names = (f"{name}_{number}" for number in (2, 3, 4) for name in ("degree", "from", "to"))
    return [pl.lit(None, rows.schema[name]).alias(name) for name in names]


def _nested(rows: pl.DataFrame, extraction: int, rng: np.random.Generator) -> pl.DataFrame:
    """Short certificates inside long ones: they add no day."""
    days = (pl.col("to_1") - pl.col("from_1")).dt.total_days()
    is_early = pl.col("from_1").to_physical() + 3 <= extraction
    chosen = rows.filter(pl.Series(rng.random(rows.height) < SHARE_NESTED), is_early, days >= 10)
    return chosen.with_columns(
        (pl.col("from_1") + pl.duration(days=3)).alias("from_1"),
        (pl.col("from_1") + pl.duration(days=3)).alias("signed_date"),
        (pl.col("from_1") + pl.duration(days=7)).alias("to_1"),
        *_without_later_periods(rows),
    )


def _withdrawn(rows: pl.DataFrame, rng: np.random.Generator) -> pl.DataFrame:
    """Withdrawn certificates that would prolong the spell if they counted."""
    chosen = rows.filter(pl.Series(rng.random(rows.height) < SHARE_WITHDRAWN))
    return chosen.with_columns(
        pl.lit(True).alias("is_withdrawn"),
        (pl.col("to_1") + pl.duration(days=30)).alias("to_1"),
        *_without_later_periods(rows),
    )


def _write_parquet(path: Path, frames: Iterator[pl.DataFrame]) -> int:
    import pyarrow.parquet as parquet

    n_rows = 0
    tables = (frame.to_arrow(compat_level=pl.CompatLevel.oldest()) for frame in frames)
    first = next(tables)
    with parquet.ParquetWriter(path, first.schema) as writer:
        for table in itertools.chain([first], tables):
            writer.write_table(table)
            n_rows += table.num_rows
    return n_rows


def _write_text(path: Path, frames: Iterator[pl.DataFrame], layout: str, share: float, rng) -> int:
    separator = SEPARATORS[layout]
    n_rows = 0
    with path.open("wb") as handle:
        for part in (part for frame in frames for part in frame.iter_slices(LINES_PER_WRITE)):
            # Before the good rows: a broken last line would be a file cut off.
            bad = faulty_lines(part, layout, separator, share, rng)
            head = [] if n_rows else [separator.join(part.columns)]
            handle.write("".join(f"{line}\n" for line in [*head, *bad]).encode())
            part.write_csv(handle, include_header=False, separator=separator, quote_style="never")
            n_rows += part.height + len(bad)
    return n_rows


# Columns that are broken, per format: first day, last day, a column with few allowed values.
_TARGETS = {
    "spells": ("start_date", "last_date", "sex"),
    "midas": ("DEL_FROM_DATUM", "DEL_TOM_DATUM", "OMFATTNING"),
    "certificates": ("from_1", "to_1", "degree_1"),
}
KINDS = ("repeated", "no_date", "short_date", "reversed", "not_allowed", "too_few", "too_many")


def faulty_lines(
    rows: pl.DataFrame, layout: str, separator: str, share: float, rng: np.random.Generator
) -> list[str]:
    """Text lines to be written after `rows`, one of each kind in turn.

    `rows`: good rows, as they are written. `layout`: "spells", "midas" or "certificates". `share`:
    faulty lines per good row.
    """
    n = rng.binomial(rows.height, share) if share else 0
    if not n:
        return []
    chosen = rng.choice(rows.height, n, replace=False)
    texts = rows[chosen.tolist()].select(pl.all().cast(pl.String).fill_null(""))
    return [
        separator.join(_broken(list(row), kind, rows.columns, layout))
        for row, kind in zip(texts.iter_rows(), itertools.cycle(KINDS), strict=False)
    ]


def _broken(row: list[str], kind: str, columns: list[str], layout: str) -> list[str]:
    start, end, listed = (columns.index(name) for name in _TARGETS[layout])
    if kind == "repeated":
        return row
    if kind == "too_few":
        return row[:-2]
    if kind == "too_many":
        return [*row, "1"]
    if kind == "no_date":
        row[start] = "2017-02-30"
    elif kind == "short_date":
        row[start] = row[start][:-1]
    elif kind == "reversed":
        row[end] = "2001-01-01"
    else:
        row[listed] = "0.33"
    return row
