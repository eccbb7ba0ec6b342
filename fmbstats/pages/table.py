"""`adherence.csv`: every number of a folder's reports in METHODS' long row form.

Rows of the measures by all strata are made by the batch in one pass; those of everything else
that a report shows come from the reports themselves: each section puts its numbers into the
executed notebook (`render.VALUES_MIME`), and here they are gathered. What is hidden on a page is
empty in the table, and `flags` says why.

Columns
-------
row : id of a number that a page tells, where the page names it
slug, dx, rec_id, rec_version : the report, its codes, the entry of FMB and its editions
start_year, entry_days, length_basis, cutoff, data_vintage : which spells, and from which data
by, stratum : what the groups are, and which of them; "all" for all spells together
metric, estimate, lo, hi : what is counted or estimated; shares and their differences in 0-1,
    lengths in days, limits of confidence 95 % (for bounds: lowest and highest value)
limit_days : the limit that a share is over
method, n_spells, n_events, n_at_risk_at_r, flags : METHODS' result row
part : the part of the page that shows the number; "table" when it stands here only
day : of a curve, from 1
label : FMB's name of the entry; of a limit or a case, FMB's own wording
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from fmbstats import measures, words
from fmbstats.pages.render import VALUES_MIME
from fmbstats.results.numbers import PART_OF
from fmbstats.tables import guarded

if TYPE_CHECKING:
    from fmbstats.overview import Overview

OVERVIEW = "overview"
ONLY_HERE = "table"
# Pages beside the reports that tell numbers of their own.
_BESIDE = ("index", "fmb-changes", "method")
# The same for all numbers of one report, unless a row says otherwise.
_NAMES = ("slug", "dx", "rec_id", "rec_version", "label")
_REGISTER = ("start_year", "entry_days", "length_basis", "cutoff", "data_vintage")
# Told by name: of an empty table pandas cannot tell what is a number.
_NUMBERS = (
    "start_year", "entry_days", "estimate", "lo", "hi", "limit_days", "day",
    "n_spells", "n_events", "n_at_risk_at_r",
)  # fmt: skip
_KEY = ("slug", "part", "by", "stratum", "metric")

Rows = list[dict[str, str]]


def table_csv(overview: Overview, shown: Mapping[str, Rows]) -> str:
    """Return the table as CSV: all measures, then what each report shows besides.

    Parameters
    ----------
    overview : Overview
        The entries whose measures are wanted.
    shown : mapping of str to rows
        Slug of a report -> its numbers, as `gathered` gives them.
    """
    frame = table_frame(overview, shown)
    for key in frame["metric"].unique():
        measures.measure(key)
    for by in frame["by"].unique():
        measures.checked_group(by)
    for name in (*_NAMES, "stratum", "data_vintage"):
        # Whatever the data are called: no cell may run as a formula or hide a sign.
        safe = {
            text: guarded(words.visible(text))
            for text in frame[name].unique()
            if isinstance(text, str)
        }
        frame[name] = frame[name].map(safe)
    return frame.to_csv(index=False, lineterminator="\n", float_format="%.10g")


def table_frame(overview: Overview, shown: Mapping[str, Rows]) -> pd.DataFrame:
    """Return the table as a frame; parameters as of `table_csv`."""
    measures = _measures(overview)
    rows = _rows(measures, overview, shown)
    if not rows:
        return measures
    more = pd.DataFrame(rows).reindex(columns=measures.columns)
    for name in measures:
        if name in _NUMBERS:
            more[name] = pd.to_numeric(more[name].replace("", None))
        else:
            more[name] = more[name].astype(object).fillna("")
    return pd.concat([measures, more], ignore_index=True)


def _measures(overview: Overview) -> pd.DataFrame:
    """Return all measures by all strata, with the part of the page that shows them."""
    frame = overview.all_measures()
    frame["part"] = frame["by"].map(PART_OF).fillna(ONLY_HERE)
    frame["day"] = float("nan")
    names = overview.entries.set_index("slug")["name"]
    frame["label"] = names.reindex(frame["slug"]).to_numpy()
    frame.insert(0, "row", "")
    return frame


def _rows(
    measures: pd.DataFrame, overview: Overview, shown: Mapping[str, Rows]
) -> list[dict[str, Any]]:
    """Return what the reports show and the measures do not hold, each number once."""
    first = measures.drop_duplicates("slug").set_index("slug", drop=False)
    rows = first[[*_NAMES, *_REGISTER]].to_dict("index")
    about: dict[str, dict] = {str(slug): row for slug, row in rows.items()}
    of_all = _overview_about(overview)
    about |= {slug: of_all | {"slug": slug} for slug in (OVERVIEW, *_BESIDE)}
    known = set(measures[list(_KEY)].itertuples(index=False, name=None))
    found = []
    for slug in about:
        for row in shown.get(slug, ()):
            # The overview tells the entries' own measures, too.
            full = _full(row, about.get(row.get("slug", slug), about[slug]))
            key = tuple(full.get(name, "") for name in _KEY)
            whole: tuple = tuple(sorted((name, str(value)) for name, value in full.items()))
            if row.get("row"):
                # Told: it stands in the table under its own id, once.
                key = whole = (row["row"],)
            if key not in known and whole not in known:
                known.add(whole)
                found.append(full)
    return found


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

    Parameters
    ----------
    folder : Path
        With ``notebooks/<slug>.ipynb``.
    slugs : iterable of str

    Returns
    -------
    dict of slug to rows
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
