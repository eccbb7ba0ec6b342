"""From the exact store to the release store: margins counted by SQL, protected by the one rule.

Everything a report or an export shows is computed from the release store; no count in it is exact,
no group of fewer spells than the threshold is in it. It lies beside the exact store.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import duckdb
import numpy as np
import polars as pl

from fmbstats.release import margins
from fmbstats.release.rule import KINDS, Paths, Rule, protect, protect_counts, stretches
from fmbstats.settings import READINGS
from fmbstats.store import Store
from fmbstats.store.opening import damage_told
from fmbstats.store.publish import publishing
from fmbstats.store.secret import keyed, secret_of

_COPIED = (
    "mart_entries",
    "mart_entry_codes",
    "mart_icf",
    "mart_in_force",
    "mart_published_bands",
    "mart_published_figures",
    "mart_published_quantile_codes",
    "mart_published_quantiles",
    "mart_published_sources",
    "raw_possible_cases",
    "raw_possible_sets",
)
_PATH = ("day", "kind", "part", "n")
_WEEK, _LAST_DEGREE_DAY = 7, 1_100
# A left-out row of the register says as much of a person as a counted one.
_COUNTED_ROWS = (
    "n_rows_read",
    "n_duplicates",
    "n_rejected",
    "n_excluded",
    "n_withdrawn",
    "n_not_at_risk",
)


def make_release(store: Store, path: Path, rule: Rule, made_from: str = "") -> None:
    """Write the release store of `store` to `path` in one step."""
    secret = secret_of(store.path).hex()
    with damage_told(store.path), publishing(path) as draft, duckdb.connect(str(draft)) as target:
        target.execute(
            f"attach '{str(store.path).replace(chr(39), chr(39) * 2)}' as exact (read_only)"
        )
        # What is copied word for word is published elsewhere; no spell has a part in it.
        for table in _COPIED:
            target.execute(f"create table {table} as from exact.{table}")
        _add_margins(target, store, rule, secret)
        _add_settings(target, store, rule, secret, made_from)
        target.execute("detach exact")


def _add_margins(target: duckdb.DuckDBPyConnection, store: Store, rule: Rule, secret: str) -> None:
    target.execute(margins.SET_ORDER)
    for statement in margins.KEYED_CELLS.split(";"):
        target.execute(statement, {"secret": secret} if "$secret" in statement else None)
    months = margins.MONTH_CELLS if _knows_spells(target) else margins.LEDGER_MONTH_CELLS
    target.execute(margins.keyed_months(months), {"secret": secret})
    subjects = _Subjects.of(target)
    work = _Work(target, subjects, store.entry_day, rule, secret)
    there = {margins.OWN: bool(store.exact.own_strata)}
    there |= dict.fromkeys(margins.OF_EVALUATIONS, store.has_months)
    told = [work.margin(name) for name in margins.ALL if there.get(name, True)]
    told += [work.reading(name) for name in READINGS if name in store.exact.readings]
    _store_frame(target, "told", pl.concat(told))
    target.execute(margins.LEDGER)
    _store_frame(target, "mart_degree_steps", work.degrees())
    _store_frame(target, "release_counts", work.started())
    target.execute("drop table told")
    _store_frame(target, "release_changes", work.changes())
    _store_frame(target, "release_levels", work.levels())
    _store_frame(target, "release_years", work.years())
    _store_frame(target, "release_places", work.places())
    target.execute(margins.SETS)
    target.execute(margins.VIEWS)


def _knows_spells(target: duckdb.DuckDBPyConnection) -> bool:
    """Whether the exact store was built from a register, not from ledgers."""
    found = target.execute(
        "select exists (from duckdb_views() where database_name = 'exact' "
        "and view_name = 'stg_matched_spells')"
    )
    return bool(found.fetchall()[0][0])


def _store_frame(target: duckdb.DuckDBPyConnection, table: str, frame: pl.DataFrame) -> None:
    target.register("frame", frame.to_arrow())
    target.execute(f"create table {table} as from frame")
    target.unregister("frame")


@dataclass(frozen=True, eq=False)
class _Subjects:
    """Entries, and codes without an entry, each with its series of stretches."""

    names: list[str]  #: Entry id, or "code:" and a code.
    borders: np.ndarray

    @classmethod
    def of(cls, target) -> _Subjects:
        rows = target.execute(margins.SUBJECT_LIMITS).fetchall()
        limits = [np.array(days or [], dtype=np.int64) for _, days in rows]
        return cls([name for name, _ in rows], stretches(limits))

    def number(self, subject: pl.Series) -> np.ndarray:
        """Number of each subject's series."""
        place = {name: k for k, name in enumerate(self.names)}
        return np.array([place[name] for name in subject], dtype=np.int64)


@dataclass(frozen=True, eq=False)
class _Work:
    """Counts margins of the exact store and protects them."""

    target: duckdb.DuckDBPyConnection  #: The release store, with the exact one attached.
    subjects: _Subjects
    entry_day: int  #: Of the register.
    rule: Rule
    secret: str

    def _frame(self, query: str, values: dict | None = None) -> pl.DataFrame:
        return self.target.sql(query, params=values or {}).pl()

    def margin(self, name: str) -> pl.DataFrame:
        """Return one margin as rows of the release ledger."""
        margin = margins.ALL[name]
        values = {"entry_day": margin.entry_day(self.entry_day)}
        return self._decoded(name, margin.rows, margin.groups, values)

    def reading(self, name: str) -> pl.DataFrame:
        """Return another reading of the register, without groups of persons."""
        values = {"entry_day": self.entry_day, "basis": name}
        return self._decoded(name, margins.READING_ROWS, margins.READING_GROUPS, values)

    def _decoded(self, name: str, rows: str, groups: str, values: dict) -> pl.DataFrame:
        found = self._frame(rows, values), self._frame(groups, values | {"secret": self.secret})
        return margins.decoded(self._protected(*found), name, self.entry_day)

    def _protected(self, rows: pl.DataFrame, groups: pl.DataFrame) -> pl.DataFrame:
        groups = groups.sort("subject", "start_year", "stratum").with_row_index("group_no")
        names = groups.drop("key")
        rows = rows.join(names, on=["subject", "start_year", "stratum"])
        # Among the sets of the group alone: no year, stratum or code more moves what is drawn.
        order = self._frame("from set_order")
        sets = rows.select("group_no", "set_id").unique().join(order, on="set_id", how="left")
        kind = pl.int_range(pl.len(), dtype=pl.Int64).over("group_no").clip(0, KINDS - 1)
        sets = sets.sort("group_no", "place", nulls_last=False).with_columns(kind=kind)
        rows = rows.join(sets, on=["group_no", "set_id"])
        exact = Paths(*(rows[c].to_numpy().astype(np.int64) for c in ("group_no", *_PATH)))
        series = self.subjects.number(groups["subject"])
        keys = groups["key"].to_numpy().astype(np.uint64)
        told = protect(exact, keys, self.subjects.borders, series, self.rule)
        found = pl.DataFrame({"group_no": told.group.astype(np.uint32)} | {
            name: getattr(told, name) for name in _PATH
        })  # fmt: skip
        first = sets.unique(["group_no", "kind"], keep="first", maintain_order=True)
        return found.join(names, on="group_no").join(first, on=["group_no", "kind"])

    def degrees(self) -> pl.DataFrame:
        """Return changes of the number at each degree, week by week."""
        steps = self._frame(margins.DEGREES)
        values = {"entry_day": self.entry_day, "secret": self.secret}
        keys = self._frame(margins.ALL["all"].groups, values)
        days = pl.DataFrame({"day": list(range(self.entry_day + 1, _LAST_DEGREE_DAY, _WEEK))})
        group = ["subject", "start_year", "degree_pct"]
        levels = steps.sort("day").with_columns(level=pl.col("n_change").cum_sum().over(group))
        asked = (
            levels.select(group).unique().join(days.cast({"day": levels["day"].dtype}), how="cross")
        )
        found = asked.sort("day").join_asof(
            levels.sort("day"), on="day", by=group, strategy="backward", check_sortedness=False
        ).drop_nulls("level").join(keys, on=["subject", "start_year"])  # fmt: skip
        # A number of its own for each day: a level can fall, and need not keep its place.
        of_day = found["degree_pct"].to_numpy() + 128 * found["day"].to_numpy().astype(np.int64)
        key = found["key"].to_numpy().astype(np.uint64) ^ of_day.astype(np.uint64)
        told = protect_counts(found["level"].to_numpy().astype(np.int64), key, self.rule)
        change = pl.col("level") - pl.col("level").shift(1, fill_value=0).over(group)
        found = found.with_columns(level=pl.Series(told)).sort([*group, "day"])
        return found.select(*group, "day", n_change=change).filter(pl.col("n_change") != 0)

    def levels(self) -> pl.DataFrame:
        """Return how many spells were matched how, by entry, or by code without one."""
        values = {"secret": self.secret, "entry_day": self.entry_day}
        return self._counted(margins.LEVELS, values, "match_level")

    def started(self) -> pl.DataFrame:
        """Return how many spells started, by entry, or by code without one."""
        return self._counted(margins.STARTED, {"secret": self.secret})

    def years(self) -> pl.DataFrame:
        """Return the start years of which there are spells enough."""
        return self._told(margins.YEARS, {"secret": self.secret}).select("start_year")

    def places(self) -> pl.DataFrame:
        """Return the counties and start months of which there are spells enough in a year."""
        told = self._told(margins.PLACES, {"secret": self.secret})
        return told.select("kind", "name").unique(maintain_order=True)

    def changes(self) -> pl.DataFrame:
        """Return how many spells ended under which entry, by the one they began under."""
        return self._told(margins.CHANGES, {"secret": self.secret}).drop("key")

    def _counted(self, query: str, values: dict, *more: str) -> pl.DataFrame:
        code = pl.when(pl.col("entry_id").is_null()).then(pl.col("code"))
        found = self._told(query, values).with_columns(code=code)
        return found.select("entry_id", "code", "start_year", *more, "n")

    def _told(self, query: str, values: dict) -> pl.DataFrame:
        found = self._frame(query, values)
        told = protect_counts(
            found["n"].to_numpy().astype(np.int64),
            found["key"].to_numpy().astype(np.uint64),
            self.rule,
        )
        return found.with_columns(n=pl.Series(told)).filter(pl.col("n") > 0)


def _add_settings(
    target: duckdb.DuckDBPyConnection, store: Store, rule: Rule, secret: str, made_from: str
) -> None:
    """Copy what is said of the register as a whole; its counts are protected, too."""
    target.execute("create table meta_settings as from exact.meta_settings")
    key = target.execute(margins.REGISTER_KEY, {"secret": secret}).fetchall()[0][0] or 0
    for number, name in enumerate(_COUNTED_ROWS):
        exact = np.array([getattr(store.settings, name)], dtype=np.int64)
        own = np.array([key], dtype=np.uint64) ^ np.uint64(number)
        told = int(protect_counts(exact, own, rule)[0])
        target.execute(f"update meta_settings set {name} = ?", [told])
    target.execute(
        "update meta_settings set source_hash = ?, register_files = '{}'", [store.data_hash()]
    )
    # Every path of a year is drawn anew with any change of it: so is what a report rests on.
    drawn = {i: keyed(bytes.fromhex(secret), k, str(key)) for i, k in store.entry_keys.items()}
    keys = pl.DataFrame({"entry_id": list(drawn), "key": list(drawn.values())}).with_columns(
        data_hash=pl.Series([store.data_hash(entry) for entry in store.entry_keys])
    )
    _store_frame(target, "mart_entry_keys", keys.select("entry_id", "key"))
    _store_frame(target, "meta_data_hashes", keys.select("entry_id", "data_hash"))
    target.execute(
        "create table meta_release as select ?::integer as threshold, ?::integer as base, "
        "?::double as variance, ?::integer as entry_day, ?::varchar as made_from",
        [rule.threshold, rule.base, rule.variance, store.entry_day, made_from],
    )
