"""Whether protected margins can be what the rule told of a register: rows, sums, settings.

A file of margins was drawn with chance, so no number in it is exact; but how far it can be from the
truth is known, and the same spells are told by several margins. What is further apart was changed.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

import polars as pl

from fmbstats.release import margins
from fmbstats.settings import COUNTIES, READINGS
from fmbstats.store.ledger_tables import cutoff_faults
from fmbstats.words.strata import OF_OWN, OWN

#: All margins that a file may hold.
NAMES = (*margins.ALL, *READINGS)
# Fewer counts may be multiples of more than the base by chance.
_MANY = 30


def faults(
    tables: Mapping[str, pl.DataFrame], settings: Mapping[str, Any], off: int
) -> Iterator[str]:
    """Say what cannot be, with table and line or subject; nothing of what was exported.

    `tables`: see `exchange.TABLES`. `settings`: base (spells in a block) and entry_day (days) among
    them. `off`: no group is told further than so many spells from the truth.
    """
    yield from _setting_faults(tables, settings)
    yield from _row_faults(tables, settings)
    yield from _sum_faults(tables, settings, off)


def _setting_faults(
    tables: Mapping[str, pl.DataFrame], settings: Mapping[str, Any]
) -> Iterator[str]:
    """Say which settings are none that the counts can have been made with."""
    yield from cutoff_faults(settings)
    counts, base = tables["margins"]["n"], settings["base"]
    common = math.gcd(*counts.unique())
    if counts.len() >= _MANY and common > base:
        yield f"settings.json: base is {base}, but all counts are multiples of {common}."


def _row_faults(tables: Mapping[str, pl.DataFrame], settings: Mapping[str, Any]) -> Iterator[str]:
    """Say of the first row of each kind that cannot be, by table and line."""
    base, cutoff = int(settings["base"]), date.fromisoformat(settings["cutoff_date"])
    for name, frame in tables.items():
        counts = [column for column in ("n", "n_change") if column in frame.columns]
        bad = {
            "stands twice": frame.drop(counts).is_duplicated(),
            f"is no multiple of {base}": frame[counts[0]] % base != 0 if counts else None,
        }
        if "start_year" in frame.columns:
            bad[f"begins after the cut-off {cutoff}"] = frame["start_year"] > cutoff.year
        if name == "margins":
            bad |= _margin_row_faults(frame, settings, cutoff)
            sets = tables["sets"]["match_id"].implode()
            bad["has an unknown set"] = (frame["match_id"] >= 0) & ~frame["match_id"].is_in(sets)
        for what, mask in bad.items():
            if mask is not None and mask.any():
                yield f"{name}.csv, line {mask.arg_true()[0] + 2}: the row {what}."


def _margin_row_faults(
    frame: pl.DataFrame, settings: Mapping[str, Any], cutoff: date
) -> dict[str, pl.Series]:
    margin, stratum = frame["margin"], frame["stratum"]
    # Entry days of few spells are told as the commonest one, which may be later.
    is_by_entry = margin == "entry_day"
    most = (cutoff.year - frame["start_year"] + 1) * 366
    bad = {
        "ends on or before its entry day": (frame["duration_day"] <= frame["entry_day"])
        & ~is_by_entry,
        "lasts longer than anybody is followed": frame["duration_day"] > most,
        f"is seen from another day than {settings['entry_day']} on": ~is_by_entry
        & (frame["entry_day"] != settings["entry_day"]),
    }
    for name in NAMES:
        form = margins.FORMS.get(name, "all")
        bad[f"is of no group by {name}"] = (margin == name) & ~stratum.str.contains(f"^({form})$")
    return bad


_SUBJECT = pl.coalesce("entry_id", pl.format("code:{}", "code"), pl.lit("code:"))
#: Most groups of a margin by which each spell is told once.
_GROUPS = {"sex": len(margins.SEXES), "age": len(margins.AGES), "county": len(COUNTIES) + 1}


def _sum_faults(
    tables: Mapping[str, pl.DataFrame], settings: Mapping[str, Any], off: int
) -> Iterator[str]:
    """Say what does not add up to about what it must: by subject and year, and of all rows read.

    Every group is at most `off` spells from the truth, and as much is absent for being small.
    """
    read = settings["n_rows_read"] - settings["n_rejected"]
    subject = _SUBJECT.alias("subject")
    frame = tables["margins"].with_columns(subject)
    # Each stratum of the register's own is a margin of its own: it tells every spell once.
    named = pl.format("own {}", pl.col("stratum").str.split(OF_OWN).list.first())
    frame = frame.with_columns(
        margin=pl.when(pl.col("margin") == OWN).then(named).otherwise("margin")
    )
    sums = frame.group_by("margin", "subject", "start_year").agg(
        n=pl.col("n").sum(), groups=pl.col("stratum").n_unique()
    )
    for margin, n, groups in sums.group_by("margin").agg(
        pl.col("n").sum(), pl.col("groups").sum()
    ).sort("margin").iter_rows():  # fmt: skip
        if n > read + off * (1 + groups):
            yield f"margins.csv: {n:,} spells by {margin}, of {read:,} rows that were read."
    whole = sums.filter(pl.col("margin") == "all").select("subject", "start_year", all="n")
    counted = {
        name: sums.filter(pl.col("margin") == name) for name in (*_GROUPS, "code", "entry_day")
    }
    counted |= {
        name: tables[name].with_columns(subject).group_by("subject", "start_year")
        .agg(pl.col("n").sum(), groups=pl.len())
        for name in ("levels", "started")
    }  # fmt: skip
    for name, told in counted.items():
        # Counted from the first day on, as those who started are.
        other = counted["started"].rename({"n": "all"}) if name == "entry_day" else whole
        both = told.join(
            other.select("subject", "start_year", "all"),
            on=["subject", "start_year"], how="full", coalesce=True,
        ).select("subject", "start_year", pl.col("n", "all", "groups").fill_null(0))  # fmt: skip
        more, most = pl.col("n") - pl.col("all"), _GROUPS.get(name, 4)
        is_much = more > off * (1 + pl.max_horizontal("groups", pl.lit(most)))
        is_little = -more > off * (1 + most)
        # More may have started than are seen later, and rare codes are absent.
        wrong = both.filter(
            is_little if name == "started" else is_much if name == "code" else is_much | is_little
        )
        for row in wrong.sort("subject", "start_year").head(1).iter_rows(named=True):
            place = f"{name}.csv" if name in tables else f"margins.csv by {name}"
            yield (
                f"{place}: {row['n']:,} spells of {row['subject'].removeprefix('code:')} "
                f"{row['start_year']}, {row['all']:,} "
                f"{'in started.csv' if name == 'entry_day' else 'in all'}."
            )
    yield from _county_faults(frame)
    yield from _degree_faults(tables["degrees"], counted["entry_day"], off)


def _county_faults(frame: pl.DataFrame) -> Iterator[str]:
    """Say in which county others are counted by their persons than are told of it."""
    keys = ["subject", "start_year", "stratum"]
    plain, persons = (
        frame.filter(pl.col("margin") == name).group_by(keys).agg(pl.col("n").sum().alias(name))
        for name in ("county", "county_persons")
    )
    both = plain.join(persons, on=keys, how="full", coalesce=True)
    wrong = both.filter(pl.col("county").ne_missing(pl.col("county_persons")))
    for row in wrong.sort(keys).head(1).iter_rows(named=True):
        yield (
            f"margins.csv by county_persons: {row['county_persons'] or 0:,} spells of "
            f"{row['subject'].removeprefix('code:')} {row['start_year']} in county "
            f"{row['stratum']}, {row['county'] or 0:,} by county."
        )


def _degree_faults(steps: pl.DataFrame, started: pl.DataFrame, off: int) -> Iterator[str]:
    """Say where more are on leave at a degree than started, or fewer than none."""
    keys = ["subject", "start_year", "degree_pct"]
    level = steps.sort(*keys, "day").with_columns(
        level=pl.col("n_change").cum_sum().over(keys)
    ).join(started.select("subject", "start_year", "n"), on=keys[:2], how="left")  # fmt: skip
    most = 2 * pl.col("n").fill_null(0) + 4 * off
    wrong = level.filter((pl.col("level") < -off) | (pl.col("level") > most))
    for row in wrong.head(1).iter_rows(named=True):
        yield (
            f"degrees.csv: {row['level']:,} spells of {row['subject'].removeprefix('code:')} "
            f"{row['start_year']} at {row['degree_pct']} % from day {row['day']} on, "
            f"{row['n'] or 0:,} in all."
        )
