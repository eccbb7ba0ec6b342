"""Protected margins as a file, and the sum of several as a release store.

What holders exchange by default: the release ledger (`release.rule`), in which no count is exact
and nothing is decided by fewer spells than the threshold. Noise adds up with the holders: so does
its variance, which the intervals of a merged store carry.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl

from fmbstats.errors import ContradictionError, SourceError
from fmbstats.recommendations.yardstick import PossibleSets
from fmbstats.release import margins
from fmbstats.release.ready import ready_release
from fmbstats.release.rule import SLIP, Rule
from fmbstats.settings import COUNTIES, READINGS
from fmbstats.store import Store
from fmbstats.store.build import settings_frame
from fmbstats.store.ledger import refuse_unequal, summed, told_settings
from fmbstats.store.ledger_file import LedgerFile, read_members, write_ledger
from fmbstats.store.ledger_tables import AGE_GROUPS, CODE, NAME, SEXES, Field, cutoff_faults
from fmbstats.store.publish import publishing
from fmbstats.store.published_tables import add_published, published_frames
from fmbstats.store.recommended import Recommended, read_recommended
from fmbstats.store.tables import insert, open_draft
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


KIND = "margins"
_ID = r"^[A-Za-z0-9_.:-]*$"
_MOST = 2**31 - 1
_ENTRY = Field("entry_id", pattern=_ID, is_nullable=True)
_CODE = Field("code", pattern=CODE, is_nullable=True)
_YEAR = Field("start_year", 1990, 2053)
TABLES: Mapping[str, tuple[Field, ...]] = {
    "margins": (
        Field("margin", among=NAMES),
        _ENTRY,
        _CODE,
        Field("stratum", pattern=NAME),
        Field("sex", among=SEXES, is_nullable=True),
        Field("age_group", among=AGE_GROUPS, is_nullable=True),
        _YEAR,
        Field("match_id", -1, 2**17),
        Field("entry_day", 0, 364),
        Field("duration_day", 1, 32_767),
        Field("end_reason", -1, 7),
        Field("n", 1, _MOST),
    ),
    "degrees": (
        Field("subject", pattern=_ID),
        _YEAR,
        Field("degree_pct", 25, 100),
        Field("day", 1, 32_767),
        Field("n_change", -_MOST, _MOST),
    ),
    "started": (_ENTRY, _CODE, _YEAR, Field("n", 1, _MOST)),
    "levels": (
        _ENTRY,
        _CODE,
        _YEAR,
        Field("match_level", among=("exact", "shorter", "category", "none")),
        Field("n", 1, _MOST),
    ),
    "sets": (
        Field("match_id", 0, 2**17),
        Field("base_id", 0, 2**17),
        Field("evidence", pattern=r"^[^\r\n]*$", is_nullable=True),
        Field("cases", pattern=r"^[A-Za-z0-9_.:| -]*$"),
    ),
}
_SOURCE = {
    "margins": "release_ledger",
    "degrees": "mart_degree_steps",
    "started": "release_counts",
    "levels": "release_levels",
    "sets": "raw_possible_sets left join (select match_id, string_agg(case_id || ' ' || edition, "
    "'|' order by case_id, edition) as cases from raw_possible_cases group by match_id) using "
    "(match_id)",
}
_TOLD = {name: table for name, table in _SOURCE.items() if name != "sets"}
_EQUAL = (
    "is_synthetic", "length_basis", "cutoff_date", "gap_days", "threshold", "base", "entry_day",
)  # fmt: skip
# Registers of different persons have few rows of margins in common, and by chance only.
_SAME_SHARE, _LEAST_ROWS = 0.9, 50


@dataclass(frozen=True)
class Exported:
    """What a file of margins holds."""

    n_rows: int
    most_off: int  #: No count of a path is further from the exact one, in spells.


def most_off(settings: Mapping[str, Any]) -> int:
    """How far a count of a path can be from the exact one: rounded, and one block more or less.

    As often as ledgers were added up, as the file's settings say.
    """
    base: int = settings["base"]
    return settings["n_summed"] * (2 * base if SLIP else base)


def export_margins(store: Store, path: Path, minimum: int) -> Exported:
    """Write the protected margins of a store to a file.

    `store`: exact, or a release store with this threshold. `minimum`: smallest number of spells
    that decides what is told.
    """
    rule = Rule(minimum)
    place = store.path if store.is_release else ready_release(store, minimum)
    with Store(place) as released:
        tables = {name: _exported(released, name) for name in TABLES}
        said = told_settings(released)
        facts = dict(released.release_facts)
        facts["n_summed"] = round(released.noise / rule.variance)
    if facts["threshold"] != minimum:
        raise ContradictionError(
            f"{store.path} is protected with a threshold of {facts['threshold']}, not {minimum}."
        )
    write_ledger(Path(path), said | facts | {"kind": KIND}, tables)
    return Exported(tables["margins"].height, most_off(facts))


def _exported(store: Store, name: str) -> pl.DataFrame:
    picked = ", ".join(field.name for field in TABLES[name])
    return store.polars(f"select {picked} from {_SOURCE[name]} order by all")


def read_margins(path: Path) -> LedgerFile:
    """Read a file of margins and judge it.

    Raises SourceError: it is none, was changed, or its margins do not fit each other.
    """
    ledger = read_members(path, KIND, TABLES)
    ledger.settings.setdefault("n_summed", 1)  # earlier exports were of one register
    for key, least in {"threshold": 2, "base": 1, "entry_day": 0, "n_summed": 1}.items():
        if type(ledger.settings.get(key)) is not int or ledger.settings[key] < least:
            raise SourceError(f"{ledger.path.name}, settings.json: {key} is missing.")
    if Rule(ledger.settings["threshold"]).base != ledger.settings["base"]:
        raise SourceError(f"{ledger.path.name}, settings.json: base is not the rule's.")
    for fault in faults(ledger.tables, ledger.settings, most_off(ledger.settings)):
        raise SourceError(f"{ledger.path.name}, {fault} It was changed after it was exported.")
    return ledger


def merge_margins(files: Sequence[Path], data_raw: Path, path: Path) -> int:
    """Add files of margins up and make a release store of the sum.

    `files`: at least two, made by `export_margins`, of registers without a person in common.
    `data_raw`, `path`: as in `store.ledger.merge_ledgers`. Returns the number of spells told.
    Raises SourceError, ContradictionError.
    """
    ledgers = [read_margins(Path(file)) for file in files]
    _refuse_twice(ledgers)
    refuse_unequal(ledgers, _EQUAL, "margins", "Export one of them")
    recommended = read_recommended(data_raw)
    sets, members, numbers = _common_sets(ledgers, recommended)
    settings = [ledger.settings for ledger in ledgers]
    with publishing(path) as draft, open_draft(draft) as target:
        share = max(float(said["max_reject_share"]) for said in settings)
        insert(target, "meta_settings", settings_frame(summed(settings, {}), data_raw, share))
        for name, frame in recommended.tables.items():
            insert(target, name, frame)
        insert(target, "raw_possible_sets", sets)
        insert(target, "raw_possible_cases", members)
        for name, table in _TOLD.items():
            parts = [
                _renumbered(ledger.tables[name], number)
                for ledger, number in zip(ledgers, numbers, strict=True)
            ]
            insert(target, table, _summed(pl.concat(parts)))
        target.execute(margins.SUMMED_YEARS)
        target.execute(margins.VIEWS)
        target.execute("create table release_changes (first varchar, last varchar, n bigint)")
        _add_facts(target, ledgers)
        add_published(target, published_frames(data_raw))
        target.execute(
            "update meta_data_hashes set data_hash = md5(data_hash || made_from) from meta_release"
        )
        found = target.execute(
            "select coalesce(sum(n), 0)::bigint from release_ledger where margin = 'all'"
        )
        return int(found.fetchall()[0][0])


def _refuse_twice(ledgers: Sequence[LedgerFile]) -> None:
    seen: dict[str, str] = {}
    for ledger in ledgers:
        if ledger.sha256 in seen:
            raise SourceError(
                f"{ledger.path.name} and {seen[ledger.sha256]} are the same; its spells would be "
                "counted twice. Leave one out."
            )
        seen[ledger.sha256] = ledger.path.name
        _refuse_copy(ledger, ledgers)


def _refuse_copy(ledger: LedgerFile, ledgers: Sequence[LedgerFile]) -> None:
    """Refuse a file most of whose rows stand in another one, which only the same spells give."""
    own = _whole_rows(ledger)
    for other in ledgers:
        rows = _whole_rows(other)
        fewer = min(own.height, rows.height)
        n_same = own.join(rows, on=own.columns, how="semi", nulls_equal=True).height
        if other is not ledger and fewer >= _LEAST_ROWS and n_same > _SAME_SHARE * fewer:
            raise SourceError(
                f"{ledger.path.name} and {other.path.name} have {n_same:,} of {fewer:,} rows in "
                "common; their spells would be counted twice. Leave one out."
            )


def _whole_rows(ledger: LedgerFile) -> pl.DataFrame:
    """Rows of all spells; sets are numbered by each file for itself."""
    return ledger.tables["margins"].filter(pl.col("margin") == "all").drop("match_id").unique()


def _common_sets(
    ledgers: Sequence[LedgerFile], recommended: Recommended
) -> tuple[pl.DataFrame, pl.DataFrame, list[dict[int, int]]]:
    """Number the sets of all files anew, their limits taken from our own recommendations."""
    found = recommended.recommendations
    rows = {
        (row["case_id"], row["edition"]): row
        for code in found.known_codes()
        for row in found.rows_ever(code)
    }
    sets, numbers = PossibleSets(found.newest_rows), []
    for ledger in ledgers:
        said = {row["match_id"]: row for row in ledger.tables["sets"].iter_rows(named=True)}
        own = {-1: -1}
        for match_id, row in said.items():
            base = said.get(row["base_id"])
            if base is None:
                raise SourceError(f"{ledger.path.name}, sets.csv: set {row['base_id']} is missing.")
            every, possible = (_cases(ledger, text["cases"], rows) for text in (base, row))
            own[match_id] = sets.number(every, possible, row["evidence"] or "")
        numbers.append(own)
    return sets.sets, sets.members, numbers


def _cases(ledger: LedgerFile, text: str | None, rows: Mapping) -> list:
    names = [tuple(case.split(" ", 1)) for case in (text or "").split("|") if case]
    for name in names:
        if name not in rows:
            raise ContradictionError(
                f"{ledger.path.name}: was counted with case {' of edition '.join(name)}, which "
                "data_raw/fmb does not have. Use the same editions."
            )
    return [rows[name] for name in names]


def _renumbered(frame: pl.DataFrame, numbers: Mapping[int, int]) -> pl.DataFrame:
    if "match_id" not in frame.columns:
        return frame
    return frame.with_columns(pl.col("match_id").replace_strict(numbers, return_dtype=pl.Int32))


def _summed(frame: pl.DataFrame) -> pl.DataFrame:
    counts = "n" if "n" in frame.columns else "n_change"
    keys = [name for name in frame.columns if name != counts]
    kinds = {"start_year": pl.Int16, "degree_pct": pl.Int8, "end_reason": pl.Int8}
    kinds |= {"entry_day": pl.Int16, "duration_day": pl.Int32, "day": pl.Int32}
    return (
        frame.group_by(keys)
        .agg(pl.col(counts).sum())
        .sort(keys)
        .cast({name: kind for name, kind in kinds.items() if name in keys})
    )


def _add_facts(target, ledgers: Sequence[LedgerFile]) -> None:
    first = ledgers[0].settings
    made_from = " ".join(sorted(ledger.sha256 for ledger in ledgers))
    variance = sum(
        Rule(said["threshold"]).variance * said["n_summed"]
        for said in (ledger.settings for ledger in ledgers)
    )
    target.execute(
        "update meta_settings set is_merged = true, cutoff_date = ?, register_files = ?",
        [date.fromisoformat(first["cutoff_date"]), json.dumps({})],
    )
    target.execute(
        "create table meta_release as select ?::integer as threshold, ?::integer as base, "
        "?::double as variance, ?::integer as entry_day, ?::varchar as made_from",
        [first["threshold"], first["base"], variance, first["entry_day"], made_from],
    )
    # Every report rests on all files: with another one all are made anew.
    target.execute(
        "create table mart_entry_keys as select entry_id, md5(entry_id || ?) as key from "
        "mart_entries",
        [made_from],
    )
