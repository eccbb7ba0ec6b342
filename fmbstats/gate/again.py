"""Computes told rows again from the released ledger, kind by kind, each row by its own groups."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache, cached_property, partial
from typing import Any

import numpy as np
import pandas as pd

from fmbstats.adherence import MeasureColumn, SpellCounts, bounds_with, measure_strata
from fmbstats.frames import Row, rows_of
from fmbstats.recommendations.yardstick import Limits
from fmbstats.release.open_data import AGAIN, ASSUMPTIONS
from fmbstats.release.rule import Rule
from fmbstats.results.courses import degrees_by_day
from fmbstats.results.fixed_limit import share_frame
from fmbstats.results.regions import counties_compared
from fmbstats.stats.competing import fit_incidence
from fmbstats.stats.multiplicity import benjamini_hochberg
from fmbstats.stats.survival import Curve, fit_curves
from fmbstats.words.strata import AMBIGUOUS

VALUES = ("estimate", "lo", "hi", "n_spells")
# Groups of a row -> margin of the ledger.
_MARGIN = {
    "all": "all",
    "sex": "sex",
    "age": "age",
    "county": "county",
    "year": "all",
    "own": "own",
    "month": "month",
}
_KEY = ["rec_id", "by", "stratum", "metric"]
_NOTHING = (np.nan,) * len(VALUES)


@dataclass(frozen=True, eq=False)
class OpenLedger:
    """A released ledger with what its sidecar says."""

    frame: pd.DataFrame  #: In the columns of `open_data.LEDGER_COLUMNS`.
    rule: Rule
    entry_day: int
    month_days: int
    #: Year -> the entries whose counties are one family of tests -> limit in days.
    county_limits: Mapping[str, Mapping[str, int]]

    @cached_property
    def limits(self) -> Limits:
        """Limits by match_id."""
        sets = self.frame.drop_duplicates("match_id").set_index("match_id")
        last = int(self.frame["match_id"].max()) if len(self.frame) else -1
        sets = sets.reindex(range(last + 1))
        is_judged = sets["is_judged"].eq(True)
        shortest, longest = (
            sets[f"{end}_days"].where(is_judged) for end in ("shortest", "longest")
        )
        return Limits.plain(shortest.to_list(), longest.to_list())

    def part(self, margin: str, year: int | None, rec_id: str = "") -> pd.DataFrame:
        """Return the rows of one margin and start year, and of one entry when one is named."""
        asked = margin, year, rec_id
        if asked not in self._parts:
            if rec_id and year is not None:
                found = self.frame.take(self._places.get(asked, []))
            elif rec_id or year is not None:
                found = self.part(margin, None)
                column, wanted = ("rec_id", rec_id) if rec_id else ("start_year", year)
                found = found[found[column] == wanted]
            else:
                found = self.frame[self.frame["margin"] == margin]
            self._parts[asked] = found
        return self._parts[asked]

    @cached_property
    def _places(self) -> Mapping[Any, Any]:
        """Where the rows of each margin, start year and entry stand."""
        return self.frame.groupby(["margin", "start_year", "rec_id"]).indices

    @cached_property
    def _parts(self) -> dict[tuple[str, int | None, str], pd.DataFrame]:
        return {}

    def counts(self, rows: pd.DataFrame) -> SpellCounts:
        """Take rows as arrays."""
        return SpellCounts.of_ledger(rows, self.rule.variance)


def follow(ledger: OpenLedger, rows: pd.DataFrame) -> pd.DataFrame:
    """Compute the rows of one start year that follow from the ledger.

    `rows`: as of `rows.read_rows`, of one start year. Returns `VALUES` on the index of `rows`, for
    those that `open_data.AGAIN` names; where nothing in the ledger gives such a row all are NaN.
    """
    is_named = [
        by in AGAIN.get(metric, ()) and (by != "assumption" or stratum in ASSUMPTIONS)
        for by, metric, stratum in zip(rows["by"], rows["metric"], rows["stratum"], strict=True)
    ]
    named = rows[np.array(is_named, dtype=bool)]
    found = [pd.DataFrame(columns=list(VALUES), dtype=float)]
    for picked, again in _KINDS:
        part = named[picked(named)]
        if len(part):
            values = [value or _NOTHING for value in again(ledger, part)]
            found.append(pd.DataFrame(values, index=part.index, columns=list(VALUES)))
            named = named.drop(part.index)
    return pd.concat([one for one in found if len(one)] or found)


Values = tuple[float, ...] | None


def _population(ledger: OpenLedger, rows: pd.DataFrame) -> Iterator[Values]:
    """Who is counted, and how much is known of their cases."""

    @cache
    def counted(entry: str, year: int) -> Mapping[str, float]:
        told = ledger.part("all", year, entry)
        seen = told[told["duration_day"] > ledger.entry_day]
        judged = seen[seen["is_judged"]]
        n, n_judged = int(seen["n"].sum()), int(judged["n"].sum())
        ended = int(seen.loc[seen["end_reason"] != 0, "n"].sum())
        started = max(int(ledger.part("started", year, entry)["n"].sum()), n)
        narrowed = float(judged.loc[judged["is_narrowed"], "n"].sum())
        return {"n_seen": n, "n_ended": ended, "n_ongoing": n - ended, "n_scored": n_judged,
                "n_started": started,
                "share_narrowed": narrowed / n_judged if n_judged else np.nan}  # fmt: skip

    for row in rows_of(rows):
        found = counted(row.rec_id, int(row.start_year))
        n_spells = found["n_scored"] if row.metric == "share_narrowed" else np.nan
        yield found[row.metric], np.nan, np.nan, n_spells


def _levels(ledger: OpenLedger, rows: pd.DataFrame) -> Iterator[Values]:
    for row in rows_of(rows):
        told = ledger.part("level", int(row.start_year), row.rec_id)
        yield int(told.loc[told["stratum"] == row.stratum, "n"].sum()), np.nan, np.nan, np.nan


def _assumptions(ledger: OpenLedger, rows: pd.DataFrame) -> Iterator[Values]:
    """The share over the longest limit in another reading of the register, or counted otherwise."""

    @cache
    def measured(year: int, margin: str, day: int) -> Mapping[Any, Values]:
        told = ledger.part(margin, year)
        return _measured(ledger, told, told["rec_id"], day)

    for row in rows_of(rows):
        if row.stratum == AMBIGUOUS:
            yield _with_ambiguous(ledger, row)
            continue
        day = 0 if row.stratum == "delayed" else ledger.entry_day
        is_before = row.stratum == "day_before" and row.metric != "n_spells"
        metric = f"{row.metric}_day_before" if is_before else row.metric
        found = measured(int(row.start_year), ASSUMPTIONS[row.stratum], day)
        yield found.get((row.rec_id, metric))


def _measured(
    ledger: OpenLedger, told: pd.DataFrame, names: pd.Series, day: int
) -> dict[Any, Values]:
    """Compute METHODS' measures of each name's rows in one pass: name and measure -> values."""
    stratum, labels = pd.factorize(names, sort=True)
    columns = measure_strata(
        ledger.counts(told), stratum, len(labels), ledger.limits, entry_day=day
    )
    return {
        (label, column.metric): _values(column, k, columns[0].estimate[k])
        for column in columns
        for k, label in enumerate(labels)
    }


def _with_ambiguous(ledger: OpenLedger, row: Any) -> Values:
    """A bound of the share over the limit, whichever spells with an ambiguous code belong."""
    year = int(row.start_year)
    own, maybe = (
        ledger.counts(ledger.part(margin, year, row.rec_id)) for margin in ("all", AMBIGUOUS)
    )
    found = bounds_with(own, maybe, ledger.limits, entry_day=ledger.entry_day)
    value = found.lower if row.metric == "share_over_longest" else found.upper
    return value, np.nan, np.nan, found.n


def _ambiguous(ledger: OpenLedger, rows: pd.DataFrame) -> Iterator[Values]:
    """Count spells with an ambiguous code, once though they stand at each of their entries."""
    for row in rows_of(rows):
        told = ledger.part(AMBIGUOUS, int(row.start_year), row.rec_id)
        told = told[told["duration_day"] > ledger.entry_day]
        told = told if row.by == "all" else told[told["stratum"] == row.stratum]
        once = told.drop(columns="rec_id").drop_duplicates()
        yield int(once["n"].sum()), np.nan, np.nan, np.nan


def _measures(ledger: OpenLedger, rows: pd.DataFrame) -> Iterator[Values]:
    """Compute METHODS' measures of all entries by the groups of the rows, in one pass each."""
    found = {by: _measured(ledger, *_grouped(ledger, rows, by), ledger.entry_day)
             for by in rows["by"].unique()}  # fmt: skip
    for row in rows_of(rows):
        yield found[row.by].get((f"{row.rec_id}|{row.stratum}", row.metric))


def _curves(ledger: OpenLedger, rows: pd.DataFrame) -> Iterator[Values]:
    """Read the points of curves."""
    curves: dict[tuple[str, ...], Curve] = {}
    for by in rows["by"].unique():
        told, names = _grouped(ledger, rows, by)
        group, labels = pd.factorize(names, sort=True)
        counts = ledger.counts(told).given_outlasting(ledger.entry_day)
        kept = told["duration_day"].to_numpy() > ledger.entry_day
        fitted = fit_curves(
            group[kept], counts.time, counts.cause, entry=counts.entry, n=counts.n,
            n_groups=len(labels), noise=counts.noise,
        )  # fmt: skip
        curves |= {(*label.split("|", 1), by): fitted[k] for k, label in enumerate(labels)}
    for row in rows_of(rows):
        curve = curves.get((row.rec_id, row.stratum, row.by))
        if curve is None:
            yield None
        elif row.day <= ledger.entry_day:
            yield 1.0, np.nan, np.nan, np.nan  # every spell that is counted has outlasted it
        else:
            yield (
                float(curve.survival_at(row.day)), *map(float, curve.interval_at(row.day)), np.nan
            )  # fmt: skip


def _fixed(ledger: OpenLedger, rows: pd.DataFrame) -> Iterator[Values]:
    """Shares over one limit, of all groups that are held against it in one pass."""
    found = {}
    for (by, limit), part in rows.groupby(["by", "limit_days"]):
        told, names = _grouped(ledger, part, str(by))
        is_asked = names.isin(part["rec_id"] + "|" + part["stratum"])
        told, (stratum, labels) = told[is_asked], pd.factorize(names[is_asked])
        asked = stratum, list(labels), limit, ledger.entry_day, ledger.rule.variance
        for one in rows_of(share_frame(told, *asked)):
            found[one.stratum, by, limit] = one.share, one.lo, one.hi, one.n_spells
    for row in rows_of(rows):
        yield found.get((f"{row.rec_id}|{row.stratum}", row.by, row.limit_days))


def _ends(ledger: OpenLedger, rows: pd.DataFrame) -> Iterator[Values]:
    """How spells have ended by a day (Aalen-Johansen)."""
    fitted = {}
    for row in rows_of(rows):
        if row.rec_id not in fitted:
            told = ledger.counts(ledger.part("all", int(row.start_year), row.rec_id))
            seen = told.given_outlasting(ledger.entry_day)
            fitted[row.rec_id] = (
                fit_incidence(seen.time, seen.cause, entry=seen.entry, n=seen.n)
                if len(seen.n) else None
            )  # fmt: skip
        found, cause = fitted[row.rec_id], int(row.metric.rsplit("_", 1)[1])
        if found is None or cause not in found.causes:
            yield 0.0, np.nan, np.nan, np.nan
            continue
        share = float(found.share_at(cause, row.day))
        yield share, np.nan, np.nan, np.nan


def _degrees(ledger: OpenLedger, rows: pd.DataFrame) -> Iterator[Values]:
    """At which degree those on leave are on a day, and net and gross days."""
    made = {}
    for row in rows_of(rows):
        year = int(row.start_year)
        if row.rec_id not in made:
            levels = ledger.part("degree", year, row.rec_id).sort_values(
                ["stratum", "duration_day"]
            )
            change = levels["n"] - levels.groupby("stratum")["n"].shift(fill_value=0)
            steps = np.column_stack([levels["stratum"].astype(int), levels["duration_day"], change])
            told = ledger.counts(ledger.part("all", year, row.rec_id))
            made[row.rec_id] = degrees_by_day(
                steps, told.given_outlasting(ledger.entry_day), ledger.entry_day
            )
        found = made[row.rec_id]
        if found is None:
            yield None
            continue
        day, share, net, gross = found
        if row.metric in ("net_days", "gross_days"):
            yield {"net_days": net, "gross_days": gross}[row.metric], np.nan, np.nan, np.nan
            continue
        at, degree = int(row.day) - int(day[0]), int(row.metric.rsplit("_", 1)[1])
        is_there = 0 <= at < len(day) and degree in share
        yield (float(share[degree][at]), np.nan, np.nan, np.nan) if is_there else None


_COUNTY = {  # measure -> columns of the counties' frame
    "share_over_standardised": ("share", "lo", "hi"),
    "observed_expected_ratio": ("ratio", "ratio_lo", "ratio_hi"),
    "q_value": ("q",),
    "n_effective": ("n_effective",),
}


def _compared(ledger: OpenLedger, entry: str, year: int, limit: int):
    """Compare the counties of an entry; see `counties_compared`."""
    persons = ledger.part("county_persons", year, entry)
    return counties_compared(
        persons.rename(columns={"stratum": "county_code"}), ledger.part("all", year, entry), limit,
        ledger.entry_day, ledger.rule.variance,
    )  # fmt: skip


def _family(ledger: OpenLedger, year: int, compared: Any) -> Mapping[str, np.ndarray]:
    """P-values of the counties of every entry that is tested in a year."""
    limits = ledger.county_limits.get(str(year), {})
    found = {entry: compared(entry, year, day) for entry, day in limits.items()}
    return {entry: one[2]["p"].to_numpy(float) for entry, one in found.items() if one}


def _q_values(frame: pd.DataFrame, entry: str, family: Mapping[str, np.ndarray]) -> np.ndarray:
    others = [p for name, p in family.items() if name != entry]
    return benjamini_hochberg(np.concatenate([frame["p"].to_numpy(float), *others]))[: len(frame)]


def _counties(ledger: OpenLedger, rows: pd.DataFrame) -> Iterator[Values]:
    """Counties against the nation at one limit."""
    made: dict[tuple[str, float], tuple[float, float, pd.DataFrame] | None] = {}
    counties: dict[tuple[str, float], dict[str, Any]] = {}
    compared_once = cache(partial(_compared, ledger))
    family: Mapping[str, np.ndarray] = {}
    for row in rows_of(rows):
        key, year = (row.rec_id, row.limit_days), int(row.start_year)
        if key not in made:
            found = made[key] = compared_once(row.rec_id, year, int(row.limit_days))
            if found is not None:
                family = family or _family(ledger, year, compared_once)
                frame = found[2]
                frame["q"] = _q_values(frame, row.rec_id, family)
                counties[key] = {own.stratum: own for own in rows_of(frame)}
        compared = made[key]
        if compared is None:
            yield None
            continue
        national, tau2, _ = compared
        if row.by == "all":
            yield tau2 if row.metric.startswith("tau2") else national, np.nan, np.nan, np.nan
            continue
        own = counties[key].get(row.stratum)
        if own is None:
            yield None
            continue
        values = [float(getattr(own, name)) for name in _COUNTY[row.metric]]
        yield *[*values, np.nan, np.nan][:3], float(own.n_spells)


def _grouped(ledger: OpenLedger, rows: pd.DataFrame, by: str) -> tuple[pd.DataFrame, pd.Series]:
    """Return the ledger's rows by one thing, and "entry|group" of each."""
    told = ledger.part(_MARGIN[by], _year_of(by, next(rows_of(rows))))
    return told, told["rec_id"] + "|" + _strata(told, by)


def _year_of(by: str, row: Row) -> int | None:
    return None if by == "year" else int(row.start_year)


def _strata(told: pd.DataFrame, by: str) -> pd.Series:
    return told["start_year"].astype(str) if by == "year" else told["stratum"]


def _values(column: MeasureColumn, stratum: int, n_spells: float) -> Values:
    values = (column.estimate, column.lo, column.hi)
    return *(float(value[stratum]) for value in values), float(n_spells)


def _of(*metrics: str) -> Callable[[pd.DataFrame], pd.Series]:
    return lambda rows: rows["metric"].isin(metrics)


_Again = Callable[[OpenLedger, pd.DataFrame], Iterator[Values]]
# What is told as a row of its kind by the first that takes it; the last takes the rest.
_KINDS: tuple[tuple[Callable[[pd.DataFrame], pd.Series], _Again], ...] = (
    (lambda rows: rows["by"] == "level", _levels),
    (lambda rows: rows["by"] == "assumption", _assumptions),
    (_of("n_ambiguous"), _ambiguous),
    (_of("n_seen", "n_ended", "n_ongoing", "n_scored", "n_started", "share_narrowed"), _population),
    (_of("share_on_leave"), _curves),
    (_of("share_over_fixed_limit"), _fixed),
    (_of(*(f"share_ended_{k}" for k in range(1, 6))), _ends),
    (lambda rows: rows["metric"].str.match("share_on_degree|net_days|gross_days"), _degrees),
    (_of(*_COUNTY, "share_over_limit_nation", "tau2_between_counties"), _counties),
    (lambda rows: rows["metric"].notna(), _measures),
)
