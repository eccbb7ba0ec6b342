"""The two tables of a folder: what its reports tell, and all measures by all groups.

`adherence.csv` is gathered from what was told: each part of a page puts its rows into the executed
notebook (`render.VALUES_MIME`). `adherence.parquet` holds METHODS' measures of every entry by every
stratum, made by the batch in one pass; most of them stand on no page. What cannot be estimated is
empty in both, and `flags` says why. The columns are explained in `release.open_data`.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd
import polars as pl

from fmbstats import measures
from fmbstats.media import in_cell
from fmbstats.pages.render import VALUES_MIME
from fmbstats.release.open_data import MEASURED_COLUMNS
from fmbstats.told import COLUMNS, NUMBERS

if TYPE_CHECKING:
    from fmbstats.overview import Overview

OVERVIEW = "overview"
# Pages beside the reports that tell numbers of their own.
_BESIDE = ("index", "fmb-changes", "method")
# The same for all numbers of one report, unless a row says otherwise.
_NAMES = ("slug", "dx", "rec_id", "rec_version", "label")
_REGISTER = ("start_year", "entry_days", "length_basis", "cutoff", "data_vintage")

Rows = list[dict[str, str]]


def table_csv(told: pd.DataFrame) -> str:
    """Return what the reports tell as CSV, in `told.COLUMNS`; `told`: of `told_frame`."""
    return _safe(told).to_csv(index=False, lineterminator="\n", float_format="%.10g")


def told_csv(rows: Rows) -> str:
    """Return rows that pages have told as CSV, each once: the table of a folder of evaluations."""
    found = {row["row"]: row for row in rows}
    return table_csv(typed_rows(list(found.values())))


def measured_parquet(overview: Overview) -> bytes:
    """Return all measures by all strata, in `open_data.MEASURED_COLUMNS`, as Parquet."""
    return _parquet(measured_frame(overview))


def nothing_measured() -> bytes:
    """Return that table without rows: a folder of evaluations measures no entry as a whole."""
    return _parquet(pd.DataFrame(columns=list(MEASURED_COLUMNS), dtype=object))


def _parquet(frame: pd.DataFrame) -> bytes:
    types = {name: "float64" if name in NUMBERS else "string" for name in MEASURED_COLUMNS}
    frame = _safe(frame)
    buffer = io.BytesIO()
    pl.from_pandas(frame.astype(types)).write_parquet(buffer, compression="zstd")
    return buffer.getvalue()


def measured_frame(overview: Overview) -> pd.DataFrame:
    """Return all measures by all strata."""
    frame = overview.all_measures()
    names = overview.entries.set_index("slug")["name"]
    return frame.assign(label=names.reindex(frame["slug"]).to_numpy())[list(MEASURED_COLUMNS)]


def typed_rows(texts: Sequence[Mapping[str, Any]]) -> pd.DataFrame:
    """Return rows of texts in `told.COLUMNS`, their numbers as such."""
    rows = pd.DataFrame(texts, columns=list(COLUMNS), dtype=object)
    for name in COLUMNS:
        if name in NUMBERS:
            rows[name] = pd.to_numeric(rows[name].replace("", None))
        else:
            rows[name] = rows[name].astype(object).fillna("")
    return rows


def _safe(frame: pd.DataFrame) -> pd.DataFrame:
    """Neutralise texts: whatever data are called, no cell runs as a formula or hides a sign.

    Raises UnknownNameError: a measure or kind of group that is not registered.
    """
    for key in frame["metric"].unique():
        measures.measure(key)
    for by in frame["by"].unique():
        measures.checked_group(by)
    texts = {name: frame[name] for name in (*_NAMES, "stratum", "data_vintage")}
    return frame.assign(**{
        name: column.map({text: in_cell(text) for text in column.unique()})
        for name, column in texts.items()
    })  # fmt: skip


def told_frame(overview: Overview, shown: Mapping[str, Rows]) -> pd.DataFrame:
    """Return what the reports tell, each number once, entry by entry.

    `shown`: slug of a report -> its numbers, as `gathered` gives them.
    """
    first = measured_frame(overview).drop_duplicates("slug").set_index("slug", drop=False)
    rows = first[[*_NAMES, *_REGISTER]].to_dict("index")
    about: dict[str, dict] = {str(slug): row for slug, row in rows.items()}
    of_all = _overview_about(overview)
    about |= {slug: of_all | {"slug": slug} for slug in (OVERVIEW, *_BESIDE)}
    found: dict[Any, dict[str, Any]] = {}
    for slug in about:
        for row in shown.get(slug, ()):
            # The overview tells the entries' own measures, too.
            full = _full(row, about.get(row.get("slug", slug), about[slug]))
            # Told: it stands in the table under its own id, once.
            told = row.get("row") or tuple(sorted((name, str(v)) for name, v in full.items()))
            found.setdefault(told, full)
    return typed_rows(list(found.values()))


def _full(row: Mapping[str, str], about: Mapping[str, Any]) -> dict[str, Any]:
    """Return a row with what its report is about; a source of its own tells its own facts."""
    has_source = bool(row.get("data_vintage"))
    kept = {name: about[name] for name in _NAMES}
    kept |= {name: "" if has_source else about[name] for name in _REGISTER}
    return kept | {name: text for name, text in row.items() if text}


def _overview_about(overview: Overview) -> dict[str, Any]:
    """What is the same in the rows that are about all entries."""
    about = {"slug": OVERVIEW, "start_year": overview.year, "entry_days": overview.store.entry_day}
    return dict.fromkeys((*_NAMES, *_REGISTER), "") | about | overview.store.about


def gathered(folder: Path, slugs: Iterable[str]) -> dict[str, Rows]:
    """Read the numbers that a folder's executed notebooks hold.

    `folder`: with ``notebooks/<slug>.ipynb``.

    In the order of the page; a row that two parts of one section share stands once.
    """
    return {slug: _read(folder / "notebooks" / f"{slug}.ipynb") for slug in slugs}


def _read(path: Path) -> Rows:
    rows: Rows = []
    for cell in json.loads(path.read_text("utf-8"))["cells"]:
        for output in cell.get("outputs", ()):
            lines = output.get("data", {}).get(VALUES_MIME)
            if lines:
                rows += csv.DictReader(lines)
    return rows
