"""The tables of an exchanged ledger: what each cell may hold, and what must fit together.

Whoever adds a colleague's counts to her own cannot look at his persons; she can see to it that the
counts are possible. Every rule here is one that counts of a real register keep by themselves: a
cell that breaks one was changed on its way, or made wrongly.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import polars as pl

from fmbstats import settings
from fmbstats.errors import SourceError
from fmbstats.settings import COUNTIES
from fmbstats.sources.registers.spell_contract import EARLIEST_START

SEXES, AGE_GROUPS = (*settings.SEXES, "unknown"), (*settings.AGE_GROUPS, "unknown")
DEGREES = (25, 50, 75, 100)
MOST_DAYS, MOST_SPELLS = 32_767, 2**31 - 1
CODE = r"^([A-Z][0-9]{2}[0-9A-Z]{0,3})?$"
_FIRST_YEAR = int(EARLIEST_START[:4])


@dataclass(frozen=True)
class Field:
    """A column of an exchanged table."""

    name: str
    #: `low`, `high`: whole numbers from low to high; None: a text, or a day when `is_day`.
    low: int | None = None
    high: int | None = None
    among: tuple[str, ...] = ()  #: What a text may be; empty for anything that `pattern` takes.
    pattern: str = ""
    is_day: bool = False
    is_nullable: bool = False

    def read(self, column: pl.Series) -> tuple[pl.Series, pl.Series]:
        """Return the values of a column of texts, and which of them are none that may be."""
        missing = column == ""
        if self.is_day:
            values = column.str.to_date("%Y-%m-%d", strict=False)
            is_bad = values.is_null() | (values.dt.strftime("%Y-%m-%d") != column)
        elif self.low is not None:
            # No sign, point or zero before a number: "1.0" and "01" are no counts of this program.
            whole = column.str.contains(r"^(0|-?[1-9][0-9]{0,9})$")
            values = column.set(~whole, None).cast(pl.Int64)
            is_bad = ~whole | ~values.is_between(self.low, self.high).fill_null(False)
        else:
            values = column
            is_good = column.is_in(self.among) if self.among else column.str.contains(self.pattern)
            is_bad = ~is_good
        if self.is_nullable:
            is_bad &= ~missing
            values = values.set(missing, None)
        return values, is_bad

    @property
    def expected(self) -> str:
        """What the column holds, in words."""
        if self.is_day:
            return "a day such as 2017-01-30"
        if self.low is not None:
            return f"a whole number from {self.low} to {self.high}"
        if self.among:
            return f"one of {', '.join(self.among)}"
        return "an ICD-10-SE code without dot" if self.pattern == CODE else "a name on one line"


_CODE_FIELD = Field("code", pattern=CODE)
_PERIOD = Field("valid_from", is_day=True, is_nullable=True)
_YEAR = Field("start_year", _FIRST_YEAR, 2053)
_COURSE = (
    Field("entry_day", 0, 364),
    Field("duration_day", 1, MOST_DAYS),
    Field("end_reason", 0, 5),
)
_N = Field("n", 1, MOST_SPELLS)
_SEX = Field("sex", among=SEXES)
_AGE = Field("age_group", among=AGE_GROUPS)
_COUNTY = Field("county_code", among=(*COUNTIES, "unknown"))
_MONTH = Field("start_month", 1, 12)
#: What a free stratum, and a group of it, may be called.
NAME = r"^[^\r\n\t]{1,200}$"
_STRATA = (Field("stratum", pattern=NAME), Field("value", pattern=NAME))

#: Table -> its columns. Version 1 of the exchange had no months.
TABLES: dict[str, tuple[Field, ...]] = {
    "ledger": (_CODE_FIELD, _PERIOD, _YEAR, *_COURSE, _N, _SEX, _AGE, _COUNTY),
    "months": (_CODE_FIELD, _PERIOD, _YEAR, _MONTH, *_COURSE, _N, _COUNTY),
    "strata": (*_STRATA, _CODE_FIELD, _PERIOD, _YEAR, *_COURSE, _N, _SEX, _AGE, _COUNTY),
    "basis": (_CODE_FIELD, _PERIOD, _YEAR, *_COURSE, _N, Field("basis", among=settings.READINGS)),
    "degrees": (
        _CODE_FIELD,
        _YEAR,
        Field("degree_pct", 0, 100),
        Field("day", 1, MOST_DAYS + 1),
        Field("n_change", -MOST_SPELLS, MOST_SPELLS),
    ),
    "codes": (_CODE_FIELD,),
    # Stretches with one set of possible cases; rows name the set by its first day.
    "periods": (
        _CODE_FIELD,
        Field("valid_from", is_day=True),
        Field("valid_to", is_day=True),
        Field("set_from", is_day=True),
    ),
}
#: The table of recommendations that version 1 of the exchange had in place of "periods".
V1_LIMITS = (
    *TABLES["periods"][:3],
    Field("matched_code", pattern=CODE),
    Field("match_level", among=("exact", "shorter", "category")),
    *(
        Field(f"{end}_limit_days_{month}", 0, MOST_DAYS, is_nullable=True)
        for month in (30, 31)
        for end in ("min", "max")
    ),
)
#: What `fmbstats ledger sql` puts out, in any order.
COUNTS = (_CODE_FIELD, _PERIOD, _YEAR, _MONTH, _SEX, _AGE, _COUNTY, *_COURSE, _N)


def read_table(content: bytes, fields: tuple[Field, ...], where: str) -> pl.DataFrame:
    """Read one table of an exchanged ledger and judge every cell.

    `content`: CSV with a header: commas, UTF-8. `fields`: the columns expected, in any order.
    `where`: file (and table) for messages. Returns the columns in the order of `fields`. Raises
    SourceError: other columns, or a cell that cannot be; the first is named with its line.
    """
    names = [field.name for field in fields]
    try:
        texts = pl.read_csv(content, infer_schema=False).fill_null("")
    except (pl.exceptions.PolarsError, UnicodeDecodeError) as error:
        reason = str(error).splitlines()[0][:120]
        raise SourceError(f"{where}: cannot be read ({reason}). Export it again.") from None
    if sorted(texts.columns) != sorted(names):
        raise SourceError(
            f"{where}, line 1: columns are {', '.join(texts.columns)[:200]}; expected "
            f"{', '.join(names)}. Export it again."
        )
    read = {field.name: field.read(texts[field.name]) for field in fields}
    for field in fields:
        bad = read[field.name][1].arg_true()
        if len(bad):
            value = texts[field.name][bad[0]][:40]
            raise SourceError(
                f"{where}, line {bad[0] + 2}, column '{field.name}': {value!r} came; expected "
                f"{field.expected}. {len(bad)} such {'cell' if len(bad) == 1 else 'cells'}."
            )
    return pl.DataFrame({name: values for name, (values, _) in read.items()})


def refuse_implausible(
    tables: Mapping[str, pl.DataFrame], settings: Mapping[str, Any], where: str
) -> None:
    """Refuse counts that no register can have given.

    `tables`: as `read_table` gives them; "ledger" among them. `settings`: cutoff_date (ISO),
    n_rows_read, n_duplicates, n_rejected; if known also counties (list of str), codes and n_spells.
    Raises SourceError: names table, line and the rule.
    """
    for fault in (
        *cutoff_faults(settings), *_row_faults(tables, settings), *_sum_faults(tables, settings)
    ):  # fmt: skip
        raise SourceError(f"{where}, {fault}")


def cutoff_faults(settings: Mapping[str, Any]) -> Iterator[str]:
    """Say that a cut-off is not that of the settings; of sums and of counts none is to be known."""
    if settings.get("is_merged") is not False:
        return
    days = {key: date.fromisoformat(settings[key]) for key in ("extraction_date", "cutoff_date")}
    idle = timedelta(settings["gap_days"] + settings["lag_days"])
    if days["extraction_date"] - idle != days["cutoff_date"]:
        yield (
            f"settings.json: the cut-off {days['cutoff_date']} is not {idle.days} days before "
            f"{days['extraction_date']}."
        )


def _row_faults(tables: Mapping[str, pl.DataFrame], settings: Mapping[str, Any]) -> Iterator[str]:
    cutoff = date.fromisoformat(settings["cutoff_date"])
    for name, frame in tables.items():
        key = [c for c in frame.columns if c not in ("n", "n_change")]
        yield from _told(name, frame, frame.select(key).is_duplicated(), "stands twice")
        if "start_year" in frame.columns:
            late = frame["start_year"] > cutoff.year
            yield from _told(name, frame, late, f"begins after the cut-off {cutoff}")
        if "duration_day" in frame.columns:
            early = frame["duration_day"] <= frame["entry_day"]
            yield from _told(name, frame, early, "ends on or before its entry day")
            yield from _told(name, frame, *_too_long(frame, cutoff))
        known = settings.get("counties")
        if known is not None and "county_code" in frame.columns:
            other = ~frame["county_code"].is_in(known)
            yield from _told(name, frame, other, "is of a county that the holder does not have")
        if name != "codes" and "codes" in tables:
            other = ~frame["code"].is_in(tables["codes"]["code"].implode())
            yield from _told(name, frame, other, "has a code that the list of codes lacks")


def _too_long(frame: pl.DataFrame, cutoff: date) -> tuple[pl.Series, str]:
    """Nobody is followed longer than from the first day that the row can mean."""
    month = pl.col("start_month") if "start_month" in frame.columns else pl.lit(1)
    first = pl.max_horizontal(pl.date("start_year", month, 1), pl.col("valid_from"))
    most = (pl.lit(cutoff) - first).dt.total_days() + 1
    is_bad = frame.select((pl.col("duration_day") > most).alias("bad"))["bad"]
    return is_bad, f"lasts longer than anybody is followed, to {cutoff}"


def _told(name: str, frame: pl.DataFrame, is_bad: pl.Series, what: str) -> Iterator[str]:
    bad = is_bad.fill_null(False).arg_true()
    if len(bad):
        row = frame.row(bad[0], named=True)
        said = ", ".join(f"{key} {value}" for key, value in row.items() if value is not None)
        yield f"{name}.csv, line {bad[0] + 2}: the row ({said[:160]}) {what}. Export it again."


def _sum_faults(tables: Mapping[str, pl.DataFrame], settings: Mapping[str, Any]) -> Iterator[str]:
    ledger = tables["ledger"]
    n_spells = int(ledger["n"].sum())
    n_rows = settings["n_rows_read"] - settings["n_duplicates"] - settings["n_rejected"]
    if n_spells > n_rows:
        yield f"ledger.csv: {n_spells:,} spells of {n_rows:,} rows accepted. Export it again."
    if settings.get("n_spells", n_spells) != n_spells:
        said = settings["n_spells"]
        yield f"ledger.csv: {n_spells:,} spells; settings.json says {said:,}. Export it again."
    by_year = _by(ledger, "start_year")
    if "months" in tables and tables["months"].height:
        for key in ("start_year", "county_code", "code", "entry_day", "duration_day", "end_reason"):
            if not _by(tables["months"], key).equals(_by(ledger, key)):
                yield f"months.csv: other spells by {key} than ledger.csv. Export it again."
    for basis, part in tables["basis"].group_by("basis") if "basis" in tables else ():
        # A bridged gap makes one spell of two; another diagnosis makes none and loses none. Parts
        # of a spell may be more, or all be over before they are seen.
        n, expected = int(part["n"].sum()), int(by_year["n"].sum())
        is_off = {"gap_0": False, "gap_14": n > expected}.get(basis[0], n != expected)
        if is_off:
            yield f"basis.csv: {n:,} spells read as {basis[0]}, {expected:,} in ledger.csv."
    if "strata" in tables:
        yield from _strata_faults(tables["strata"], ledger)
    if "degrees" in tables:
        yield from _degree_faults(tables["degrees"], ledger)


def _strata_faults(strata: pl.DataFrame, ledger: pl.DataFrame) -> Iterator[str]:
    """No cell has more spells in the groups of a stratum than it has in all."""
    key = [name for name in ledger.columns if name in strata.columns and name != "n"]
    sums = strata.group_by("stratum", *key).agg(pl.col("n").sum())
    of_all = ledger.select(*key, pl.col("n").alias("all"))
    found = sums.join(of_all, on=key, how="left", nulls_equal=True)
    wrong = found.filter(pl.col("n") > pl.col("all").fill_null(0)).sort("stratum", *key)
    for row in wrong.head(1).iter_rows(named=True):
        yield (
            f"strata.csv: {row['n']:,} spells of {row['code']} {row['start_year']} by "
            f"{row['stratum'][:40]!r}, {row['all'] or 0:,} in ledger.csv. Export it again."
        )


def _by(frame: pl.DataFrame, key: str) -> pl.DataFrame:
    return frame.group_by(key).agg(pl.col("n").sum()).sort(key)


def _degree_faults(degrees: pl.DataFrame, ledger: pl.DataFrame) -> Iterator[str]:
    """On no day are more spells at a degree than there are, or fewer than none."""
    if not set(degrees["degree_pct"].unique()) <= set(DEGREES):
        yield f"degrees.csv: a degree other than {', '.join(map(str, DEGREES))}."
    key = ["code", "start_year"]
    running = degrees.sort("day").with_columns(
        pl.col("n_change").cum_sum().over(*key, "degree_pct").alias("at")
    )
    n_of = ledger.group_by(key).agg(pl.col("n").sum())
    wrong = running.join(n_of, on=key, how="left").filter(
        (pl.col("at") < 0) | (pl.col("at") > pl.col("n").fill_null(0))
    )
    for row in wrong.sort("code", "start_year", "day").head(1).iter_rows(named=True):
        yield (
            f"degrees.csv: {row['at']:,} spells of {row['code']} {row['start_year']} at "
            f"{row['degree_pct']} % on day {row['day']}; there are {row['n'] or 0:,}."
        )


def refuse_unknown_periods(
    tables: Mapping[str, pl.DataFrame], periods: pl.DataFrame, where: str
) -> None:
    """Refuse rows whose recommendation began on a day on which none did.

    `periods`: set_from, and code where every code has periods of its own.
    """
    keys = [name for name in ("code", "set_from") if name in periods.columns]
    for name, frame in tables.items():
        if "valid_from" not in frame.columns:
            continue
        asked = frame.filter(pl.col("valid_from").is_not_null()).rename({"valid_from": "set_from"})
        for row in asked.join(periods, on=keys, how="anti").head(1).iter_rows(named=True):
            raise SourceError(
                f"{where}, {name}.csv: no period of {row['code'] or 'the missing code'} begins on "
                f"{row['set_from']}. Export it again."
            )
