"""How FMB is used when certificates are issued: planned ends, reasons (field 37.1), ICF.

Certificates are counted by entry, place, time and issuer (`fmbstats.store.issued`); no person is in
the counts. Everything else follows from them, exact or protected.

*Planned length.* Certificates of a person belong to one spell as in the reader
(:mod:`fmbstats.sources.registers.certificates`). A certificate plans the spell to its own last
day; its planned length is the days of the spell that certificates cover up to then, counted from
the spell's first day. It is held against the cases that are possible for its own main diagnosis on
the spell's first day: *over the longest limit* for certain, *over the shortest* possibly.

*ICF.* Precision: of the ICF codes given, how many FMB lists for the entry. Recall: of the codes
that FMB lists, how many were given, over all certificates of entries with a list; a certificate
without any ICF code counts as one that gave none. Both at the code itself and at the ICF's second
level (letter and three digits: b1301 is b130).
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
from scipy.special import stdtrit

from fmbstats import words
from fmbstats.errors import RejectedRowsError
from fmbstats.settings import SETTINGS
from fmbstats.sources.check_files import say_reject
from fmbstats.sources.registers.spellsource import RegisterSettings
from fmbstats.stats.intervals import z_value
from fmbstats.stats.proportions import combine_limits, design_effect, wilson
from fmbstats.stats.steering import smallest_detectable
from fmbstats.stats.trends import MIN_MONTHS, fit_series
from fmbstats.store.issued import ALL, ENTRY, GROUP, MARGINS, count_issued, names_of
from fmbstats.store.own_register import RegisterRequest, open_certificates
from fmbstats.store.recommended import Recommended, read_recommended
from fmbstats.words.refused import Refused, RefusedName

_Sum = tuple[float, float]  # a number, and the variance that protecting it added
SURELY, POSSIBLY, WITHIN = "over the longest", "between", "within"
_SECOND_LEVEL = 4  # characters: the letter and three digits
_ROWS_AT_ONCE = 1 << 16  # of certificates, whose codes are a row each
#: Measure -> what is counted, of what: numbers of certificates or codes, or their sum.
SHARES: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "planned_over_longest": ("n_surely", "n_judged"),
        "planned_over_shortest": ("n_possibly", "n_judged"),
        "motivated_over_longest": ("n_motivated_surely", "n_surely"),
        "motivated_over_shortest": ("n_motivated_possibly", "n_possibly"),
        "motivated_within": ("n_motivated_within", "n_within"),
        "first_of_spell": ("n_first", "n"),
        "with_further_diagnosis": ("n_further", "n"),
        "fmb_shown": ("n_shown", "n_shown_known"),
        "fmb_opened": ("n_opened", "n_opened_known"),
        "with_icf": ("n_icf", "n_listed"),
        "icf_precision": ("icf_hit", "icf_hit + icf_missed"),
        "icf_precision_second": ("icf_hit_2", "icf_hit_2 + icf_missed_2"),
        "icf_recall": ("icf_hit", "icf_listed"),
        "icf_recall_second": ("icf_hit_2", "icf_listed_2"),
        "icf_recall_central": ("icf_hit_central", "icf_central"),
        "icf_recall_central_second": ("icf_hit_central_2", "icf_central_2"),
    }
)
#: Those that are told; that of first certificates, of which more of those who have many fall out
#: of all years than of one, is only held against itself.
TOLD = tuple(name for name in SHARES if name != "first_of_spell")
PLANNED = tuple(name for name in SHARES if name.startswith(("planned", "motivated_over")))
ICF = tuple(name for name in SHARES if name.startswith("icf"))
#: Column of the certificates -> what cannot be told without it.
_NEEDS = {
    "reason_longer": ("motivated_over_longest", "motivated_over_shortest", "motivated_within"),
    "code_2": ("with_further_diagnosis",),
    "is_fmb_shown": ("fmb_shown",),
    "is_fmb_opened": ("fmb_opened",),
    "icf_codes": ("with_icf", *ICF),
}
_COLUMN_OF = {"county": "county_code", "unit": "unit_id"}
_NO_TITLES: Mapping[str, str] = MappingProxyType({})
#: Why a number is not told beside a missing column: too few certificates.
FEW = "few"


@dataclass(frozen=True, eq=False)
class CertificateUse:
    """Counts of certificates, and the shares that follow from them."""

    #: margin, rec_id, stratum, what, unit, n; as of `store.issued.count_issued`.
    counts: pl.DataFrame
    #: margin, rec_id, stratum, measure, effect: as of `stats.proportions.design_effect`.
    effects: pl.DataFrame
    missing: frozenset[str]  #: Contract columns that no certificate carries.
    icf_edition: str  #: Edition of FMB whose ICF codes the given ones are held against.
    titles: Mapping[str, str]  #: Entry id -> name.
    #: Variance that the rule of a release adds to a count whose unit is 1; 0 for exact counts.
    noise: float = 0.0
    entry: str = ""  #: Entry that they are of; "" for all diagnoses together.

    @classmethod
    def of_released(
        cls, frame: pl.DataFrame, about: Mapping[str, Any], titles: Mapping[str, str] = _NO_TITLES
    ) -> CertificateUse:
        """Return what follows from released counts and their sidecar."""
        is_effect = pl.col("effect").is_not_null()
        effects = frame.filter(is_effect).select(*GROUP, pl.col("what").alias("measure"), "effect")
        counts, missing = frame.filter(~is_effect), frozenset(about["missing"])
        return cls(counts, effects, missing, about["icf_edition"], titles, about["variance"])

    def of(self, entry_id: str) -> CertificateUse:
        """Return the certificates of one entry."""
        found = replace(self, entry=entry_id)
        # Of all entries.
        found.__dict__.update(_sums=self._sums, _effects=self._effects, _strata=self._strata)
        return found

    @property
    def entries(self) -> list[str]:
        """Entries that are told of."""
        return [e for e in self.counts["rec_id"].unique().sort() if e]

    @property
    def n(self) -> int:
        """Certificates; 0 where too few to be told."""
        return int(self.total("n"))

    def total(self, what: str, by: str = ALL, stratum: str = ALL) -> float:
        """Number of one kind in a group; 0 where too few to be told."""
        return self._sum(by, stratum, what)[0]

    def variance(self, what: str, by: str = ALL, stratum: str = ALL) -> float:
        """Variance that protecting added to `total`."""
        return self._sum(by, stratum, what)[1]

    def reason_for(self, measure: str) -> str:
        """Name the column without which a measure cannot be told; "" when it can."""
        return next((c for c, of in _NEEDS.items() if measure in of and c in self.missing), "")

    def strata(self, by: str) -> list[str]:
        """Groups by one thing, in order."""
        return self._strata.get((by, self.entry), [])

    def shares(self, by: str | None = None, only: Iterable[str] = TOLD) -> pd.DataFrame:
        """Return measures with intervals that hold where certificates of a unit are alike.

        `by`: "entry", or one of `store.issued.MARGINS`. `only`: measures. Returns stratum, measure,
        estimate, lo, hi (0-1, 95 %; NaN where nothing can be told), n_part, n_whole, reason (the
        missing column, or `FEW`). Raises RefusedName: `by` is nothing that certificates are
        told apart by; Refused: no certificate carries the column.
        """
        if by == ENTRY:
            frames = [self.of(e).shares(only=only).assign(stratum=e) for e in self.entries]
            return pd.concat(frames, ignore_index=True) if frames else self.of("-").shares()
        known = RELEASED if self.noise else tuple(MARGINS)
        if by is not None and by not in known:
            named = ", ".join([ENTRY, *(m for m in known if m != ALL)])
            raise RefusedName("unknown_by", by=words.visible(by), known=named)
        if (column := _COLUMN_OF.get(by or "", by)) in self.missing:
            raise Refused("no_column", column=column)
        groups = [ALL] if by is None else self.strata(by)
        told = {name for name in _WITHIN[by or ALL] if name in set(only)}
        rows = [(g, m, *self._share(by or ALL, g, m)) for g in groups for m in SHARES if m in told]
        columns = ["stratum", "measure", "estimate", "lo", "hi", "n_part", "n_whole", "reason"]
        return pd.DataFrame(rows, columns=columns)

    def compared(self, by: str, stratum: str, measure: str) -> tuple[float, float, float, float]:
        """Difference of a group's share from that of all others, with the least that would show.

        Returns difference, lo, hi (95 %; Newcombe's from the clustered intervals of both), and the
        smallest difference that would probably have been found; NaN where not told.
        """
        own = self._share(by, stratum, measure)
        others = [g for g in self.strata(by) if g != stratum]
        others = [g for g in others if self._share(by, g, measure)[0] >= 0]
        k, n = (self._others(by, stratum, others, what) for what in SHARES[measure])
        effect = self._effects.get((ALL, self.entry, ALL, measure), np.nan)
        if own[0] != own[0] or not others or n[0] < self._least or k[0] < 0:
            return (np.nan,) * 4
        rest = _interval(k, n, effect, is_within=_is_within(measure))
        difference, lo, hi = map(float, combine_limits(own[:3], rest))
        if lo != lo:  # without units there is no interval of codes, and no comparison
            return (np.nan,) * 4
        return difference, lo, hi, smallest_detectable((hi - lo) / 2 / z_value(0.95))

    def trend(self, measure: str) -> tuple[float, float, float, float]:
        """Change of a share in a year, of its months without their seasons.

        Least squares with weights and a yearly wave, errors as of `stats.trends`. Returns change,
        lo, hi (95 %), and the smallest that would probably have been found; NaN for fewer than
        `stats.trends.MIN_MONTHS` months that are told.
        """
        told = [(m, self._share("month", m, measure)) for m in self.strata("month")]
        known = [(12 * int(m[:4]) + int(m[5:]), *row[:3]) for m, row in told if row[0] >= 0]
        if len(known) < MIN_MONTHS:
            return (np.nan,) * 4
        month, value, lo, hi = np.array(known).T
        years = (month - month.mean()) / 12
        wave = 2 * np.pi * years
        design = np.column_stack([np.ones_like(years), years, np.cos(wave), np.sin(wave)])
        n, n_terms = design.shape
        fit = fit_series(
            design, value, n_lags=int(0.75 * n ** (1 / 3)), period=month,
            weights=(2 * z_value(0.95) / (hi - lo)) ** 2,
        )  # fmt: skip
        change, se = fit.contrast(np.eye(n_terms)[1])
        half = float(stdtrit(n - n_terms, 0.975)) * se
        return change, change - half, change + half, smallest_detectable(half / z_value(0.95))

    def _others(self, by: str, own: str, others: list[str], what: str) -> _Sum:
        """Number in the other groups, and its noise: as all without the own one, or as their sum.

        Whichever has less noise: of two groups each is held against the other as it is told.
        """
        told = [self._sum(by, g, what) for g in others]
        (whole, of_whole), (part, of_part) = self._sum(ALL, ALL, what), self._sum(by, own, what)
        added = sum(n for n, _ in told), sum(noise for _, noise in told)
        without = whole - part, of_whole + of_part
        return added if self.noise and added[1] <= without[1] else without

    def _share(self, by: str, stratum: str, measure: str) -> tuple:
        k, n = (self._sum(by, stratum, what) for what in SHARES[measure])
        # Of a sum all must be told: few codes that FMB does not list are not none.
        is_told = all(self.total(name, by, stratum) for name in names_of(SHARES[measure]))
        reason, numbers = self.reason_for(measure), (int(k[0]), int(n[0]))
        nothing = np.nan, np.nan, np.nan, *numbers
        if reason or not n[0]:
            return (*nothing, reason or FEW * bool(self.noise))
        least = self._least
        if self.noise and not (is_told and self.total("n", by, stratum) >= least <= n[0]):
            return (*nothing, FEW)
        effect = self._effects.get((by, self.entry, stratum, measure), np.nan)
        return (*_interval(k, n, effect, is_within=_is_within(measure)), *numbers, "")

    @property
    def _least(self) -> float:
        return SETTINGS.min_spells if self.noise else 1.0

    def _sum(self, by: str, stratum: str, what: str) -> _Sum:
        names = what.split(" + ")
        found = [self._sums.get((by, self.entry, stratum, name), (0.0, 0.0)) for name in names]
        return sum(n for n, _ in found), sum(noise for _, noise in found)

    @cached_property
    def _sums(self) -> dict[tuple[str, ...], _Sum]:
        """Group and kind -> number, and the variance that protecting it added."""
        rows = self.counts.select(*GROUP, "what", "n", "unit").iter_rows()
        return {tuple(row): (float(n), self.noise * unit**2) for *row, n, unit in rows}

    @cached_property
    def _strata(self) -> dict[tuple[str, str], list[str]]:
        named = self.counts.select("margin", "rec_id", "stratum").unique().sort("stratum")
        found: dict[tuple[str, str], list[str]] = {}
        for margin, entry, stratum in named.iter_rows():
            found.setdefault((margin, entry), []).append(stratum)
        return found

    @cached_property
    def _effects(self) -> dict[tuple[str, ...], float]:
        return {tuple(row[:4]): row[4] for row in self.effects.iter_rows()}


def _is_within(measure: str) -> bool:
    """Whether the whole is told as the sum of the part and the rest."""
    return " + " in SHARES[measure][1]


def _interval(k: _Sum, n: _Sum, effect: float, *, is_within: bool) -> tuple:
    """Share and its limits: certificates of a unit are alike, counts of a release are noisy."""
    share = min(k[0] / n[0], 1.0)
    noise = k[1] * (1 - 2 * share * is_within) + share**2 * n[1]
    # Where all or none are counted, the spread is that of a count as near as the noise can tell.
    near = min(max(1, math.sqrt(noise)) / n[0], 0.5)
    inner = min(max(share, near), 1 - near)
    spread = inner * (1 - inner)
    size = n[0] / (effect + noise / (n[0] * spread))
    lo, hi = wilson(share * size, size)
    return share, float(lo), float(hi)


#: What is told of all certificates alone, and the first ones of spells by year.
_OF_ALL = {"first_of_spell", *ICF} - {"icf_precision", "icf_recall"}
#: Margin -> the measures that are told by it.
_WITHIN: Mapping[str, tuple[str, ...]] = MappingProxyType(
    dict.fromkeys(MARGINS, tuple(name for name in SHARES if name not in _OF_ALL))
    | {ALL: tuple(SHARES), "month": PLANNED}
    | {"year": tuple(name for name in SHARES if name not in _OF_ALL or name == "first_of_spell")}
)
#: What a release holds: of units there are too few certificates, and they are somebody's own.
RELEASED = tuple(name for name in MARGINS if name not in ("unit", "prognosis_days"))


@dataclass(frozen=True, eq=False)
class Issued:
    """Certificates as they were issued, each with what is counted of it; exact."""

    rows: pl.DataFrame = field(repr=False)  #: As `store.issued.count_issued` takes them.
    #: `missing`, `icf_edition`, `titles`: as of `CertificateUse`.
    missing: frozenset[str]
    icf_edition: str
    titles: Mapping[str, str] = field(repr=False)
    n_rejected: int = 0  #: Faulty certificates that are not among them.

    def use(self) -> CertificateUse:
        """Count them exactly."""
        return CertificateUse(*self.counted(), self.missing, self.icf_edition, self.titles)

    def counted(
        self, names: Iterable[str] = tuple(MARGINS), **keyed: Any
    ) -> tuple[pl.DataFrame, pl.DataFrame]:
        """Return counts and design effects, by some margins; `keyed` as of `count_issued`."""
        carried = (n for n in names if _COLUMN_OF.get(n, n) not in self.missing)
        lacking = {m for column in self.missing for m in _NEEDS.get(column, ())}
        margins = {n: tuple(m for m in _WITHIN[n] if m not in lacking) for n in carried}
        counts, alike = count_issued(self.rows, SHARES, margins, **keyed)
        return counts, effects_of(alike, is_alone="unit_id" in self.missing)


def effects_of(alike: pl.DataFrame, *, is_alone: bool) -> pl.DataFrame:
    """Return design effects; of certificates without units, those of independent certificates."""
    sums = (alike[name].to_numpy() for name in ("n_units", "k", "m", "kk", "km", "mm"))
    effect = pl.Series(design_effect(*sums)) if alike.height else pl.Series([], dtype=pl.Float64)
    found = alike.select(*GROUP, "measure", effect.alias("effect"))
    if not is_alone:
        return found
    # Codes of one certificate are never alike by chance alone: of them there is no interval.
    is_code = pl.col("measure").str.starts_with("icf_")
    return found.with_columns(pl.when(is_code).then(float("nan")).otherwise(1.0).alias("effect"))


def count_certificates(
    rows: pl.DataFrame,
    recommended: Recommended,
    *,
    gap_days: int,
    n_rejected: int = 0,
) -> Issued:
    """Hold certificates against FMB.

    `rows`: as `fmbstats.sources.registers.certificates.read_certificates` gives them. `gap_days`:
    whole days without a certificate that still join two into one spell. `n_rejected`: faulty
    certificates that were left out.
    """
    missing = frozenset(name for name in _OPTIONAL if name not in rows.columns)
    rows = rows.with_columns(pl.lit(None, kind).alias(n) for n, kind in _OPTIONAL.items()
                             if n in missing)  # fmt: skip
    rows = _planned(rows, gap_days).with_row_index("row")
    rows = _judged(rows, recommended)
    rows = rows.join(_icf_sums(rows, recommended.tables["mart_icf"]), on="row", how="left")
    icf = {name for m in ICF for name in names_of(SHARES[m])}
    found = rows.select(
        "certificate_id", "person_id", "unit_id", "renewed", "county_code", "profession",
        "speciality", "prognosis_days",
        pl.col("entry_id").alias("rec_id"),
        pl.col("signed_date").dt.year().alias("year"),
        pl.col("signed_date").dt.strftime("%Y-%m").alias("month"),
        *(pl.col(sorted(icf)).fill_null(0).cast(pl.Int64),),
        *(flag.fill_null(False).cast(pl.Int64).alias(name) for name, flag in _flags().items()),
    )  # fmt: skip
    newest = recommended.recommendations.newest
    entries = recommended.tables["mart_entries"]
    titles = dict(entries.select("entry_id", "name").iter_rows())
    return Issued(found, missing, newest.name if newest else "", titles, n_rejected)


def _flags() -> dict[str, pl.Expr]:
    """What a certificate is counted as, once."""
    planned, motivated = pl.col("planned"), _is_written("reason_longer")
    surely, within = planned == SURELY, planned == WITHIN
    possibly = surely | (planned == POSSIBLY)
    has_list = pl.col("icf_listed") > 0
    return {
        "n": pl.lit(True),
        "n_first": pl.col("renewed") == "first",
        "n_judged": planned.is_not_null(),
        "n_surely": surely,
        "n_possibly": possibly,
        "n_within": within,
        "n_motivated_surely": surely & motivated,
        "n_motivated_possibly": possibly & motivated,
        "n_motivated_within": within & motivated,
        "n_further": pl.col("code_2").is_not_null() | pl.col("code_3").is_not_null(),
        "n_shown_known": pl.col("is_fmb_shown").is_not_null(),
        "n_shown": pl.col("is_fmb_shown"),
        "n_opened_known": pl.col("is_fmb_opened").is_not_null(),
        "n_opened": pl.col("is_fmb_opened"),
        "n_listed": has_list,
        "n_icf": has_list & _is_written("icf_codes"),
    }


_OPTIONAL = dict.fromkeys(
    ("unit_id", "profession", "speciality", "code_2", "code_3", "reason_longer", "icf_codes"),
    pl.String,
) | {"prognosis_days": pl.Int64, "is_fmb_shown": pl.Boolean, "is_fmb_opened": pl.Boolean}


def _is_written(column: str) -> pl.Expr:
    return pl.col(column).str.strip_chars().str.len_chars().fill_null(0) > 0


def _planned(rows: pl.DataFrame, gap_days: int) -> pl.DataFrame:
    """Add the spell's first day, the planned length and whether a certificate prolongs."""
    first = pl.min_horizontal(pl.col("^from_[1-4]$"))
    last = pl.max_horizontal(pl.col("^to_[1-4]$"))
    rows = rows.with_columns(first.alias("first"), last.alias("last"))
    rows = rows.sort("person_id", "first", "signed_date", "certificate_id")
    rows = rows.with_columns(
        pl.col("last").cum_max().shift(1).over("person_id").alias("reach")
    ).with_columns(
        (
            pl.col("reach").is_null()
            | ((pl.col("first") - pl.col("reach")).dt.total_days() > gap_days + 1)
        ).alias("is_new")
    )
    rows = rows.with_columns(pl.col("is_new").cum_sum().over("person_id").alias("spell"))
    spell = ["person_id", "spell"]
    reach = pl.when("is_new").then(None).otherwise("reach")
    covered = pl.max_horizontal(pl.col("first") - pl.duration(days=1), reach)
    added = (pl.col("last") - covered).dt.total_days().clip(lower_bound=0)
    inside = (reach - pl.col("last")).dt.total_days().clip(lower_bound=0).fill_null(0)
    return rows.with_columns(
        pl.col("first").first().over(spell).alias("spell_start"),
        (added.cum_sum().over(spell) - inside).alias("planned_days"),
        pl.when("is_new").then(pl.lit("first")).otherwise(pl.lit("renewed")).alias("renewed"),
    )


def _judged(rows: pl.DataFrame, recommended: Recommended) -> pl.DataFrame:
    """Add the entry, and how the planned length lies to the limits of the possible cases."""
    codes = rows["code"].drop_nulls().unique().sort()
    possible = recommended.recommendations.possible(codes, recommended.rules)
    days = pl.col("planned_days")
    planned = (
        pl.when(pl.col("longest").is_null())
        .then(None)
        .when(days > pl.col("longest"))
        .then(pl.lit(SURELY))
        .when(days > pl.col("shortest"))
        .then(pl.lit(POSSIBLY))
        .otherwise(pl.lit(WITHIN))
    )
    found = possible.with_limits(rows, "code", "spell_start", SETTINGS.month_days)
    return found.with_columns(planned.alias("planned")).join(
        recommended.recommendations.code_entries(codes), on="code", how="left"
    )


def _icf_sums(rows: pl.DataFrame, icf: pl.DataFrame) -> pl.DataFrame:
    """Count given and listed ICF codes of every certificate whose entry has a list."""
    listed = icf.select("entry_id", "role", pl.col("code").str.to_lowercase())
    second = listed.with_columns(pl.col("code").str.slice(0, _SECOND_LEVEL))
    codes = pl.col("icf_codes").str.to_lowercase().str.extract_all(r"[a-z]\d+(?:\.\d+)?")
    rows = rows.select("row", "entry_id", "icf_codes")
    found = []
    for first in range(0, max(rows.height, 1), _ROWS_AT_ONCE):
        some = rows.slice(first, _ROWS_AT_ONCE)
        own, given = some.select("row", "entry_id"), some.with_columns(code=codes)
        for suffix, known, cut in (("", listed, None), ("_2", second, _SECOND_LEVEL)):
            own = _add_counts(own, given.drop("icf_codes"), known, suffix, cut)
        found.append(own.drop("entry_id"))
    return pl.concat(found)


def _add_counts(own, given, known, suffix: str, cut: int | None) -> pl.DataFrame:
    """Add how many different codes FMB lists, how many given ones are among them, and are not."""
    is_central = (pl.col("role") == "central").any().alias("is_central")
    roles = known.group_by("entry_id", "code").agg(is_central)
    sizes = roles.group_by("entry_id").agg(
        pl.len().alias(f"icf_listed{suffix}"),
        pl.col("is_central").fill_null(False).sum().alias(f"icf_central{suffix}"),
    )
    code = pl.element() if cut is None else pl.element().str.slice(0, cut)
    hits = (
        given.join(sizes, on="entry_id", how="semi")
        .with_columns(pl.col("code").list.eval(code.unique()))
        .explode("code")
        .drop_nulls("code")
        .join(roles, on=["entry_id", "code"], how="left")
        .group_by("row")
        .agg(
            pl.col("is_central").is_null().sum().alias(f"icf_missed{suffix}"),
            pl.col("is_central").is_not_null().sum().alias(f"icf_hit{suffix}"),
            pl.col("is_central").fill_null(False).sum().alias(f"icf_hit_central{suffix}"),
        )
    )
    return own.join(sizes, on="entry_id", how="left").join(hits, on="row", how="left")


def certificates_of(request: RegisterRequest, data_raw: Path) -> Issued:
    """Read a register of certificates and hold them against FMB.

    `request`: which files, and what they do not say of themselves. `data_raw`: folder with the FMB
    editions (fmb/). Raises SourceError, RejectedRowsError: the files cannot be read, are no
    certificates, or hold too many faults.
    """
    found = open_certificates(request)
    if found.n_rejected > request.reject_share * max(found.n_read, 1):
        first = next(iter(found.rejects.iter_rows(named=True)), None)
        shown = f" The first: {say_reject(first)}." if first else ""
        raise RejectedRowsError(
            f"{found.n_rejected:,} of {found.n_read:,} certificates are faulty.{shown} Mend the "
            "file, or allow a larger share when it is built."
        )
    return count_certificates(
        found.rows,
        read_recommended(data_raw),
        gap_days=RegisterSettings.gap_days if request.gap is None else request.gap,
        n_rejected=found.n_rejected,
    )
