"""Reads the released counts of certificates by a closed grammar, and computes their rows again."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd
import polars as pl

from fmbstats.evaluate.certificates import RELEASED, SHARES, CertificateUse
from fmbstats.frames import rows_of
from fmbstats.gate.findings import Findings, Piece
from fmbstats.gate.inventory import Folder
from fmbstats.gate.patterns import scan_text
from fmbstats.measures import CERTIFICATES as FOLLOWS
from fmbstats.measures import MEASURES
from fmbstats.release.certificates import (
    CERTIFICATE_COLUMNS,
    CERTIFICATES,
    CERTIFICATES_SIDECAR,
    about_certificates,
)
from fmbstats.release.margins import FORMS
from fmbstats.release.rule import FACTOR_STEP
from fmbstats.results.certificates import PART, CertificateNumbers
from fmbstats.store.issued import (
    GIVEN_CODES,
    GIVEN_OF_ALL,
    GROUP,
    LISTED_OF_ALL,
    MOST_TENTHS,
    TENTHS,
    names_of,
)

FORM = "ledger"
_AGAIN = "Make the folder again with fmbstats."
_TYPES = {"unit": pl.Float64, "n": pl.Int64, "effect": pl.Float64}
_WHATS = frozenset(name for share in SHARES.values() for name in names_of(share)) | {"n"}
_OWN = r"[^\r\n\t]{1,200}"
_STRATA = {
    "all": "all",
    "renewed": "first|renewed",
    "county": FORMS["county"],
    "profession": _OWN,
    "speciality": _OWN,
    "year": r"(?:19|20)\d\d",
    "month": FORMS["month"],
}
_MOST_LISTED = 200


def read_certificates(folder: Folder, findings: Findings) -> CertificateUse | None:
    """Read counts and sidecar; None where there are none, or, with findings, none of ours."""
    files = [folder.files.get(name) for name in (CERTIFICATES, CERTIFICATES_SIDECAR)]
    if files == [None, None]:
        return None
    findings.looked(FORM)
    data, said = (file or b"" for file in files)
    try:
        about, frame = json.loads(said), pl.read_parquet(data)
        faults = [*_about_faults(about), *_frame_faults(frame)]
        faults = faults or list(_count_faults(frame, about["base"]))
        # However groups are called, their numbers follow.
        named = [] if faults else list(_name_faults(frame))
    except Exception as error:  # whatever a file that is not ours makes a reader raise
        faults, named = [f"it cannot be read ({type(error).__name__})."], []
    for what in (*faults, *named):
        findings.add(FORM, CERTIFICATES, "", what, _AGAIN)
    return None if faults else CertificateUse.of_released(frame, about)


def _about_faults(about: Any) -> Iterator[str]:
    missing, edition = about["missing"], about["icf_edition"]
    if about != about_certificates(int(about["threshold"]), missing, edition):
        yield "its sidecar says something else than the rule."
    if not all(re.fullmatch(r"[a-z_0-9]{1,30}", name) for name in missing):
        yield "its sidecar names columns that are none."
    if not re.fullmatch(r"(?:19|20)\d\d-[01]\d[\w.-]{0,20}|", edition):
        yield "its sidecar names an edition that is none."


def _frame_faults(frame: pl.DataFrame) -> Iterator[str]:
    types = dict.fromkeys(CERTIFICATE_COLUMNS, pl.String()) | {k: v() for k, v in _TYPES.items()}
    if dict(frame.schema) != types:
        yield "it has other columns than ours."
    elif frame.select(pl.exclude("n", "effect").null_count()).row(0) != (0,) * 5:
        yield "a cell without what it must say."


def _count_faults(frame: pl.DataFrame, base: int) -> Iterator[str]:
    """Yield what no released count, and no factor, may be."""
    counts = frame.filter(pl.col("effect").is_null())
    effects = frame.filter(pl.col("effect").is_not_null())
    n, block = counts["n"].fill_null(0), (base * counts["unit"]).round().clip(base)
    if (n % block != 0).any() or (n < block).any():
        yield f"a count is no multiple of {base}."
    steps = effects["effect"].log() / math.log(FACTOR_STEP)
    if not ((steps - steps.round()).abs() < 1e-6).all() or not (steps > -0.5).all():
        yield "a factor that is no step of ours."
    if effects["n"].is_not_null().any() or (effects["unit"] != 0).any():
        yield "a count beside a factor."
    if not counts.select(_is_unit().all()).item():
        yield "a block of a size that none can have."
    if unknown := set(frame["margin"]) - set(RELEASED):
        yield f"{len(unknown)} unknown margins."
    if not (set(counts["what"]) <= _WHATS and set(effects["what"]) <= set(SHARES)):
        yield "it counts what ours does not."
    if frame.select(*GROUP, "what").is_duplicated().any():
        yield "a row that stands twice."


def _is_unit() -> pl.Expr:
    """Whether a count has the unit of its kind: that of its group, times the codes of one."""
    what = pl.col("what")
    is_whole, is_code = pl.col("rec_id") == "", what.str.starts_with("icf_")
    is_list = what.str.contains("^icf_(listed|central)")
    # In a group of so many persons that it is larger, certificates are told.
    of_group = pl.col("unit").filter(~is_code).first().over(GROUP).fill_null(1.0)
    codes = (pl.col("unit") / of_group).round(6)
    of_list = pl.when(is_whole).then(codes == LISTED_OF_ALL).otherwise(
        codes.is_between(1, _MOST_LISTED) & (codes % 1 == 0)
    )  # fmt: skip
    given = pl.when(is_whole).then(GIVEN_OF_ALL).otherwise(GIVEN_CODES)
    of_kind = pl.when(is_list).then(of_list).otherwise(
        codes == pl.when(is_code).then(given).otherwise(1)
    )  # fmt: skip
    tenths = (TENTHS * of_group).round(6)
    return of_kind & tenths.is_between(TENTHS, MOST_TENTHS) & (tenths % 1 == 0)


def _name_faults(frame: pl.DataFrame) -> Iterator[str]:
    for margin, stratum in frame.select("margin", "stratum").unique().iter_rows():
        if not re.fullmatch(_STRATA[margin], stratum) or any(scan_text([Piece("", stratum)])):
            yield f"a group of margin {margin} whose name must not leave: mend it in the register."
    if not all(re.fullmatch(r"[\w.-]{0,64}", entry) for entry in frame["rec_id"].unique()):
        yield "an entry with another name than FMB gives."


def follow_certificates(use: CertificateUse | None, rows: pd.DataFrame) -> pd.DataFrame:
    """Compute the rows of certificates again: estimate, lo, hi and n_spells on their index.

    What the counts do not give, or a folder without them tells, is NaN.
    """
    follows = rows["metric"].map(lambda key: key in MEASURES and MEASURES[key].follows == FOLLOWS)
    own = rows[follows.astype(bool) | (rows["part"] == PART)]
    found: dict[str, dict[tuple[str, str, str], tuple[float, ...]]] = {}
    values = []
    for row in rows_of(own):
        if row.rec_id not in found and use is not None:
            found[row.rec_id] = {
                (told.metric, told.by, told.stratum): (told.estimate, told.lo, told.hi, np.nan)
                for told in CertificateNumbers(use.of(row.rec_id)).every()
            }
        key = (row.metric, row.by, row.stratum.removeprefix("'"))
        values.append(found.get(row.rec_id, {}).get(key, (np.nan,) * 4))
    return pd.DataFrame(values, own.index, ["estimate", "lo", "hi", "n_spells"], dtype=float)
