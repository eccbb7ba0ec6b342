"""How FMB is used when certificates are issued: planned ends, reasons (field 37.1), ICF.

A ledger of certificates counts them by entry, month of signing, place and issuer; no person is in
it. Everything else follows from the ledger.

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

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

import numpy as np
import pandas as pd
import polars as pl

from fmbstats.errors import RejectedRowsError, UnknownNameError
from fmbstats.settings import SETTINGS
from fmbstats.sources.check_files import say_reject
from fmbstats.sources.registers.spellsource import RegisterSettings
from fmbstats.stats.proportions import clustered_wilson, wilson
from fmbstats.store.own_register import RegisterRequest, open_certificates
from fmbstats.store.recommended import Recommended, read_recommended
from fmbstats.words.refused import Refused

SURELY, POSSIBLY, WITHIN = "over the longest", "between", "within"
#: What certificates are told apart by, beside the entry and their planned length.
STRATA = (
    "renewed", "county_code", "profession", "speciality", "unit_id", "year", "month",
    "prognosis_days",
)  # fmt: skip
_FLAGS = ("is_motivated", "has_further", "is_fmb_shown", "is_fmb_opened")
_KEYS = ("entry_id", *STRATA, "planned", *_FLAGS)
_ICF_SUMS = (
    "icf_given", "icf_hit", "icf_given_2", "icf_hit_2",
    "icf_listed", "icf_listed_2", "icf_central", "icf_hit_central",
    "icf_central_2", "icf_hit_central_2",
)  # fmt: skip
_SECOND_LEVEL = 4  # characters: the letter and three digits
#: Column of the certificates → what cannot be told without it.
_NEEDS = {
    "reason_longer": ("motivated_over_longest", "motivated_over_shortest", "motivated_within"),
    "code_2": ("with_further_diagnosis",),
    "is_fmb_shown": ("fmb_shown",),
    "is_fmb_opened": ("fmb_opened",),
    "icf_codes": (
        "with_icf", "icf_precision", "icf_precision_second", "icf_recall", "icf_recall_second",
        "icf_recall_central", "icf_recall_central_second",
    ),
}  # fmt: skip


@dataclass(frozen=True)
class Share:
    """A share of certificates, or of ICF codes: what is counted, of what.

    Attributes
    ----------
    part, whole : str
        Columns of numbers made by `_counted`.
    """

    part: str
    whole: str


SHARES: Mapping[str, Share] = MappingProxyType(
    {
        "planned_over_longest": Share("n_surely", "n_judged"),
        "planned_over_shortest": Share("n_possibly", "n_judged"),
        "motivated_over_longest": Share("n_motivated_surely", "n_surely"),
        "motivated_over_shortest": Share("n_motivated_possibly", "n_possibly"),
        "motivated_within": Share("n_motivated_within", "n_within"),
        "with_further_diagnosis": Share("n_further", "n"),
        "fmb_shown": Share("n_shown", "n_shown_known"),
        "fmb_opened": Share("n_opened", "n_opened_known"),
        "with_icf": Share("n_icf", "n_listed"),
        "icf_precision": Share("icf_hit", "icf_given"),
        "icf_precision_second": Share("icf_hit_2", "icf_given_2"),
        "icf_recall": Share("icf_hit", "icf_listed"),
        "icf_recall_second": Share("icf_hit_2", "icf_listed_2"),
        "icf_recall_central": Share("icf_hit_central", "icf_central"),
        "icf_recall_central_second": Share("icf_hit_central_2", "icf_central_2"),
    }
)


@dataclass(frozen=True, eq=False)
class CertificateUse:
    """Counts of certificates, and the shares that follow from them.

    Attributes
    ----------
    ledger : polars.DataFrame
        One row per entry, stratum, planned length ("over the longest", "between", "within"; null
        where the entry is not judged) and flags; `n` certificates, `n_icf` of them with ICF codes,
        and sums of ICF codes.
    missing : frozenset of str
        Contract columns that no certificate carries.
    icf_edition : str
        Edition of FMB whose ICF codes the given ones are held against.
    titles : dict of str to str
        Entry id → name.
    """

    ledger: pl.DataFrame
    missing: frozenset[str]
    icf_edition: str
    titles: Mapping[str, str]

    @property
    def n(self) -> int:
        """Certificates."""
        return int(self.ledger["n"].sum())

    def of(self, entry_id: str) -> CertificateUse:
        """Return the certificates of one entry."""
        kept = self.ledger.filter(pl.col("entry_id") == entry_id)
        return CertificateUse(kept, self.missing, self.icf_edition, self.titles)

    def reason_for(self, measure: str) -> str:
        """Name the column without which a measure cannot be told; "" when it can."""
        return next((c for c, of in _NEEDS.items() if measure in of and c in self.missing), "")

    def shares(self, by: str | None = None, level: float = 0.95) -> pd.DataFrame:
        """Every measure, with intervals that hold where certificates of a unit are alike.

        Parameters
        ----------
        by : str, optional
            "entry", or one of `STRATA` ("county" for county_code, "unit" for unit_id).
        level : float
            Of the intervals, 0 to 1.

        Returns
        -------
        pandas.DataFrame
            stratum, measure, estimate, lo, hi (0-1; NaN where there is nothing to share),
            n_part, n_whole, n_units, reason (the missing column).

        Raises
        ------
        UnknownNameError
            `by` is nothing that certificates are told apart by.
        Refused
            No certificate carries the column.
        """
        column = self._column(by)
        counted = _counted(self.ledger)
        keys = ["unit_id"] if column in (None, "unit_id") else [column, "unit_id"]
        names = sorted({name for s in SHARES.values() for name in (s.part, s.whole)})
        cells = counted.group_by(keys, maintain_order=True).agg(pl.col(names).sum())
        if column is None:
            return self._rows("all", cells, level)
        parts = cells.partition_by(column, as_dict=True, maintain_order=True)
        ordered = sorted(parts.items(), key=lambda item: (item[0][0] is None, item[0]))
        rows = [self._rows(key, part, level) for (key,), part in ordered]
        return pd.concat(rows, ignore_index=True)

    def _column(self, by: str | None) -> str | None:
        if by is None:
            return None
        column = {"entry": "entry_id", "county": "county_code", "unit": "unit_id"}.get(by, by)
        if column not in ("entry_id", *STRATA):
            raise UnknownNameError.among("Stratum", by, ("entry", "county", "unit", *STRATA))
        if column in self.missing:
            raise Refused("no_column", column=column)
        return column

    def _rows(self, stratum: object, cells: pl.DataFrame, level: float) -> pd.DataFrame:
        rows = []
        has_units = cells["unit_id"].null_count() < cells.height
        for name, share in SHARES.items():
            part, whole = (cells[c].to_numpy().astype(float) for c in (share.part, share.whole))
            reason = self.reason_for(name)
            known = whole > 0
            estimate = lo = hi = np.nan
            if known.any() and not reason:
                estimate = part.sum() / whole.sum()
                if has_units:
                    lo, hi = clustered_wilson(part[known], whole[known], level=level)
                elif not name.startswith(
                    "icf_"
                ):  # codes of one certificate are never alike by chance
                    lo, hi = wilson(part.sum(), whole.sum(), level)
            rows.append(
                (stratum, name, estimate, lo, hi, part.sum(), whole.sum(), known.sum(), reason)
            )
        columns = ["stratum", "measure", "estimate", "lo", "hi", "n_part", "n_whole"]
        found = pd.DataFrame(rows, columns=[*columns, "n_units", "reason"])
        return found.astype({"n_part": int, "n_whole": int, "n_units": int})


def _counted(ledger: pl.DataFrame) -> pl.DataFrame:
    """Return the ledger with a number for every part and whole of a share."""
    n, planned = pl.col("n"), pl.col("planned")
    surely, within = planned == SURELY, planned == WITHIN
    possibly = surely | (planned == POSSIBLY)

    def where(condition: pl.Expr, name: str) -> pl.Expr:
        return pl.when(condition).then(n).otherwise(0).alias(name)

    motivated = pl.col("is_motivated")
    return ledger.with_columns(
        where(planned.is_not_null(), "n_judged"),
        where(surely, "n_surely"),
        where(possibly, "n_possibly"),
        where(within, "n_within"),
        where(surely & motivated, "n_motivated_surely"),
        where(possibly & motivated, "n_motivated_possibly"),
        where(within & motivated, "n_motivated_within"),
        where(pl.col("has_further"), "n_further"),
        where(pl.col("is_fmb_shown").is_not_null(), "n_shown_known"),
        where(pl.col("is_fmb_shown"), "n_shown"),
        where(pl.col("is_fmb_opened").is_not_null(), "n_opened_known"),
        where(pl.col("is_fmb_opened"), "n_opened"),
        where(pl.col("icf_listed") > 0, "n_listed"),
        pl.when(pl.col("icf_listed") > 0).then(pl.col("n_icf")).otherwise(0).alias("n_icf"),
    )


def count_certificates(
    rows: pl.DataFrame,
    recommended: Recommended,
    *,
    gap_days: int,
    month_days: int = SETTINGS.month_days,
) -> CertificateUse:
    """Make the ledger of certificates.

    Parameters
    ----------
    rows : polars.DataFrame
        As `fmbstats.sources.registers.certificates.read_certificates` gives them.
    recommended : Recommended
    gap_days : int
        Whole days without a certificate that still join two into one spell.
    month_days : {30, 31}
        Days of a month in the recommendation.

    Returns
    -------
    CertificateUse
    """
    missing = frozenset(name for name in _OPTIONAL if name not in rows.columns)
    rows = rows.with_columns(pl.lit(None, kind).alias(n) for n, kind in _OPTIONAL.items()
                             if n in missing)  # fmt: skip
    rows = _planned(rows, gap_days).with_row_index("row")
    rows = _judged(rows, recommended, month_days)
    rows = rows.join(_icf_sums(rows, recommended.tables["mart_icf"]), on="row", how="left")
    ledger = (
        rows.with_columns(
            pl.col("signed_date").dt.year().alias("year"),
            pl.col("signed_date").dt.strftime("%Y-%m").alias("month"),
            _is_written("reason_longer").alias("is_motivated"),
            (pl.col("code_2").is_not_null() | pl.col("code_3").is_not_null()).alias("has_further"),
            _is_written("icf_codes").alias("has_icf"),
            pl.col(_ICF_SUMS).fill_null(0),
        )
        .group_by(_KEYS)
        .agg(
            pl.len().cast(pl.Int64).alias("n"),
            pl.col("has_icf").sum().cast(pl.Int64).alias("n_icf"),
            pl.col(_ICF_SUMS).sum().cast(pl.Int64),
        )
        .sort(_KEYS)
    )
    newest = recommended.recommendations.newest
    entries = recommended.tables["mart_entries"]
    titles = dict(entries.select("entry_id", "name").iter_rows())
    return CertificateUse(ledger, missing, newest.name if newest else "", titles)


_OPTIONAL = {
    "unit_id": pl.String,
    "profession": pl.String,
    "speciality": pl.String,
    "code_2": pl.String,
    "code_3": pl.String,
    "prognosis_days": pl.Int64,
    "reason_longer": pl.String,
    "icf_codes": pl.String,
    "is_fmb_shown": pl.Boolean,
    "is_fmb_opened": pl.Boolean,
}


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


def _judged(rows: pl.DataFrame, recommended: Recommended, month_days: int) -> pl.DataFrame:
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
    found = possible.with_limits(rows, "code", "spell_start", month_days)
    return found.with_columns(planned.alias("planned")).join(
        recommended.recommendations.code_entries(codes), on="code", how="left"
    )


def _icf_sums(rows: pl.DataFrame, icf: pl.DataFrame) -> pl.DataFrame:
    """Count given and listed ICF codes of every certificate whose entry has a list."""
    listed = icf.select("entry_id", "role", pl.col("code").str.to_lowercase())
    second = listed.with_columns(pl.col("code").str.slice(0, _SECOND_LEVEL))
    given = (
        rows.select("row", "entry_id", pl.col("icf_codes").str.to_lowercase())
        .with_columns(pl.col("icf_codes").str.extract_all(r"[a-z]\d+(?:\.\d+)?").alias("code"))
        .drop("icf_codes")
    )
    own = given.select("row", "entry_id")
    for suffix, known, cut in (("", listed, None), ("_2", second, _SECOND_LEVEL)):
        own = _add_counts(own, given, known, suffix, cut)
    return own.drop("entry_id")


def _add_counts(own, given, known, suffix: str, cut: int | None) -> pl.DataFrame:
    """Add how many different codes FMB lists, how many were given, and how many are in both."""
    is_central = (pl.col("role") == "central").any().alias("is_central")
    roles = known.group_by("entry_id", "code").agg(is_central)
    sizes = roles.group_by("entry_id").agg(
        pl.len().alias(f"icf_listed{suffix}"),
        pl.col("is_central").fill_null(False).sum().alias(f"icf_central{suffix}"),
    )
    code = pl.col("code") if cut is None else pl.col("code").str.slice(0, cut)
    hits = (
        given.explode("code")
        .drop_nulls("code")
        .with_columns(code)
        .unique(["row", "code"])
        .join(sizes.select("entry_id"), on="entry_id", how="semi")
        .join(roles, on=["entry_id", "code"], how="left")
        .group_by("row")
        .agg(
            pl.len().alias(f"icf_given{suffix}"),
            pl.col("is_central").is_not_null().sum().alias(f"icf_hit{suffix}"),
            pl.col("is_central").fill_null(False).sum().alias(f"icf_hit_central{suffix}"),
        )
    )
    return own.join(sizes, on="entry_id", how="left").join(hits, on="row", how="left")


def certificates_of(request: RegisterRequest, data_raw: Path) -> tuple[CertificateUse, int]:
    """Read a register of certificates and count them.

    Parameters
    ----------
    request : RegisterRequest
        Which files, and what they do not say of themselves.
    data_raw : Path
        Folder with the FMB editions (fmb/).

    Returns
    -------
    tuple of (CertificateUse, int)
        The counts, and how many certificates were rejected.

    Raises
    ------
    SourceError, RejectedRowsError
        The files cannot be read, are no certificates, or hold too many faults.
    """
    found = open_certificates(request)
    if found.n_rejected > request.reject_share * max(found.n_read, 1):
        first = next(iter(found.rejects.iter_rows(named=True)), None)
        shown = f" The first: {say_reject(first)}" if first else ""
        raise RejectedRowsError(
            f"{found.n_rejected:,} of {found.n_read:,} certificates are faulty.{shown} Mend the "
            "file, or allow a larger share when it is built."
        )
    gap_days = RegisterSettings.gap_days if request.gap is None else request.gap
    use = count_certificates(found.rows, read_recommended(data_raw), gap_days=gap_days)
    return use, found.n_rejected
