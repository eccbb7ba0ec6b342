"""The SRS models' published lengths: contracts of data_raw/srs, and what makes them.

The models behind Inera's SRS carry, for each code, 21 break points: the 0, 5, …, 100 % quantiles
of the ended spells' lengths. :func:`import_figures` turns tables of these figures into the
project's own layout.
"""

from __future__ import annotations

import csv
import io
from collections import Counter
from dataclasses import replace
from operator import itemgetter
from pathlib import Path
from typing import Any

from fmbstats.errors import SourceError
from fmbstats.sources.registers.contracts import Column, Contract
from fmbstats.sources.sidecar import listed_files
from fmbstats.sources.textfiles import read_text

QUANTILE_STEPS = 20

_CODE = Column("code", "code", "code", pattern=r"[A-Z]\d\d[0-9A-Z]{0,3}", description="ICD-10-SE")
_QUANTILE = Column("quantile", "number", "share", min=0, max=1)
_MODEL_SET = "models_3_0"

CODES = Contract(
    name="srs_codes",
    title="spells per code in the SRS models",
    columns=(
        _CODE,
        Column("model_set", "text", "none", description="version of the models"),
        Column("n_spells", "int", "spells", min=1),
        Column("n_ended", "int", "spells", min=0),
        Column("n_censored", "int", "spells", min=0),
        Column("max_day", "int", "days", min=15, description="longest ended spell"),
    ),
    key=("code",),
)
QUANTILES = Contract(
    name="srs_quantiles",
    title="quantiles of the ended spells' lengths",
    columns=(_CODE, _QUANTILE, Column("days", "int", "days", min=15)),
    key=("code", "quantile"),
)
_PERCENTS = (10, 25, 50, 75, 90)
_REACHED = Column("days", "int", "days", nullable=True, min=15, description="empty: not reached")
PERCENTILES = Contract(
    name="srs_percentiles",
    title="percentiles adjusted for censoring",
    columns=(_CODE, Column("percentile", "int", "percent", allowed=_PERCENTS), _REACHED),
    key=("code", "percentile"),
)
TERMS = {
    "(Intercept)": "intercept", "SexMale": "sex=men",
    "SA_ExtentFirst0.5": "degree=50", "SA_ExtentFirst0.75": "degree=75",
    "SA_ExtentFirst1": "degree=100", "SA_SyssStart_fctnot_unemp": "employment=not_unemployed",
    "RegionMitt": "region=mid", "RegionStockholm": "region=stockholm",
    "RegionVast": "region=west", "RegionSyd": "region=south",
    "age_cat_fct30-39": "age=30-39", "age_cat_fct40-49": "age=40-49",
    "age_cat_fct50-56": "age=50-56", "age_cat_fct57-63": "age=57-63",
}  # fmt: skip
_HAZARD = "per day; difference, but intercept"
COEFFICIENTS = Contract(
    name="srs_coefficients",
    title="log-hazards per interval and covariate",
    columns=(
        _CODE,
        Column("interval", "int", "none", min=1, max=QUANTILE_STEPS, description="number"),
        Column("day_from", "int", "days", min=15, description="the interval is (from, to]"),
        Column("day_to", "int", "days", min=15),
        Column("term", "text", "none", allowed=tuple(TERMS.values())),
        Column("log_hazard", "number", "log rate", description=_HAZARD),
    ),
    key=("code", "interval", "term"),
)
# The tables of figures as they are read out of the models.
_MODEL, _ICD10 = Column("model_set", "text", "none"), Column("icd10", "code", "code")
BREAKS_SOURCE = Contract(
    name="srs_breaks_source",
    title="break points of the SRS models",
    columns=(
        _MODEL,
        _ICD10,
        Column("n_spells", "int", "spells", min=1),
        Column("n_events", "int", "spells", min=0),
        Column("n_censored", "int", "spells", min=0),
        Column("k", "int", "none", description="number of intervals"),
        Column("break_index", "int", "none", min=0),
        _QUANTILE,
        Column("days", "int", "days", min=15),
    ),
    key=("model_set", "icd10", "break_index"),
)
COEFFICIENTS_SOURCE = Contract(
    name="srs_coefficients_source",
    title="coefficients of the SRS models",
    columns=(
        _ICD10,
        Column("interval", "int", "none", min=1),
        Column("day_from", "int", "days", min=15),
        Column("day_to", "int", "days", min=15),
        Column("term", "text", "none"),
        Column("log_hazard", "number", "log rate"),
    ),
    key=("icd10", "interval", "term"),
)
PERCENTILES_SOURCE = Contract(
    name="srs_percentiles_source",
    title="percentiles of the SRS models, one row per code",
    columns=(_MODEL, _ICD10, *(replace(_REACHED, name=f"adj_p{p}") for p in _PERCENTS)),
    key=("model_set", "icd10"),
    is_ordered=False,
    is_extra_allowed=True,
)
CONTRACTS = (
    CODES, QUANTILES, PERCENTILES, COEFFICIENTS, BREAKS_SOURCE, PERCENTILES_SOURCE,
    COEFFICIENTS_SOURCE,
)  # fmt: skip


def import_figures(
    breaks: Path,
    percentiles: Path,
    coefficients: Path,
    folder: Path,
    about: dict[str, Any],
    *,
    is_replacing: bool = False,
) -> bool:
    """Turn the models' figures into the facts of data_raw/srs; version 3.0 only.

    `breaks`: break points (long). `percentiles`: the same wide, with `adj_p10` … `adj_p90`.
    `coefficients`: log-hazards. `folder` gets codes.csv, quantiles.csv, percentiles.csv,
    coefficients.csv and source.json. `about`: title, publisher, url, fetched_date, licence_note …
    for the sidecar. `is_replacing`: whether other content may be replaced. Returns False when
    exactly this was there already. Raises SourceError: a header is not the expected one, a code has
    not all its quantiles, no figure is of the version, or something else is there.
    """
    points = [r for r in _records(breaks, BREAKS_SOURCE) if r["model_set"] == _MODEL_SET]
    codes = _codes(points, breaks)
    wide = _records(percentiles, PERCENTILES_SOURCE)
    wide = sorted((r for r in wide if r["model_set"] == _MODEL_SET), key=itemgetter("icd10"))
    terms = [r for r in _records(coefficients, COEFFICIENTS_SOURCE) if r["term"] in TERMS]
    if not points:
        raise SourceError(f"{breaks.name}: no row is of {_MODEL_SET}, the models of SRS 3.0.")
    quantiles = ((r["icd10"], f"{float(r['quantile']):.2f}", int(r["days"])) for r in points)
    reached = [(r["icd10"], p, r[f"adj_p{p}"]) for r in wide for p in _PERCENTS]
    rank = {name: i for i, name in enumerate(TERMS)}
    terms.sort(key=lambda r: (r["icd10"], int(r["interval"]), rank[r["term"]]))
    hazards = [
        (r["icd10"], int(r["interval"]), r["day_from"], r["day_to"], TERMS[r["term"]],
         r["log_hazard"])
        for r in terms
    ]  # fmt: skip
    tables = {
        "codes.csv": (CODES.names, codes),
        "quantiles.csv": (QUANTILES.names, sorted(quantiles)),
        "percentiles.csv": (PERCENTILES.names, reached),
        "coefficients.csv": (COEFFICIENTS.names, hazards),
    }
    read = ((breaks, len(points)), (percentiles, len(wide)), (coefficients, len(terms)))
    about = {**about, "files": listed_files(read)}
    # Whoever only reads needs nothing of it.
    from fmbstats.sources.published.published_write import write_source

    return write_source(folder, tables, about, is_replacing=is_replacing)


def _records(path: Path, contract: Contract) -> list[dict[str, str]]:
    """Return the rows as text, once every one of them is known to keep the contract."""
    from fmbstats.sources.registers.checking import read_whole  # who reads needs no polars

    advice = "The models' figures are taken whole or not at all; fetch the file again."
    read_whole(path, contract, advice, path.name)
    return list(csv.DictReader(io.StringIO(read_text(path))))


def _codes(points: list[dict], path: Path) -> list[tuple]:
    for code, n in Counter(r["icd10"] for r in points).items():
        if n != QUANTILE_STEPS + 1:
            raise SourceError(
                f"{path.name}: code {code} has {n} break points; expected {QUANTILE_STEPS + 1}."
            )
    in_order = sorted(points, key=lambda r: (r["icd10"], int(r["days"])))
    last = {r["icd10"]: r for r in in_order}
    counts = ("n_spells", "n_events", "n_censored")
    return [(c, "3.0", *(r[n] for n in counts), int(r["days"])) for c, r in last.items()]
