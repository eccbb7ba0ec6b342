"""`adherence.csv`: every number of a folder's reports in METHODS' long row form.

Rows of the measures by all strata are made by the batch in one pass; those of everything else
that a report shows come from the reports themselves: each section puts its numbers into the
executed notebook (`blocks.VALUES_MIME`), and here they are gathered. What is hidden on a page is
empty in the table, and `flags` says why.

Columns
-------
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
import io
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from fmbstats import words
from fmbstats.reports.blocks import VALUES_MIME, Section, csv_lines
from fmbstats.results.numbers import PART_OF
from fmbstats.tables import guarded

if TYPE_CHECKING:
    from fmbstats.overview import Overview

OVERVIEW = "overview"
ONLY_HERE = "table"
_NAMES = ("slug", "dx", "rec_id", "stratum", "data_vintage", "label")
# The same for all numbers of one report, unless a row says otherwise.
_ABOUT = (
    "slug",
    "dx",
    "rec_id",
    "rec_version",
    "start_year",
    "entry_days",
    "length_basis",
    "cutoff",
    "data_vintage",
    "label",
)
_KEY = ("slug", "part", "by", "stratum", "metric")

Rows = list[dict[str, str]]


def table_csv(overview: Overview, shown: Mapping[str, Rows]) -> str:
    """Return the table as CSV: all measures, then what each report shows besides.

    Parameters
    ----------
    overview : Overview
        The entries whose measures are wanted.
    shown : mapping of str to rows
        Slug of a report -> its numbers, as `gathered` or `shown_by` gives them.
    """
    measures = _measures(overview)
    buffer = io.StringIO()
    measures.to_csv(buffer, index=False, lineterminator="\n", float_format="%.10g")
    writer = csv.DictWriter(buffer, list(measures.columns), restval="", lineterminator="\n")
    known = set(measures[list(_KEY)].itertuples(index=False, name=None))
    first = measures.drop_duplicates("slug").set_index("slug", drop=False)[list(_ABOUT)]
    about = {slug: _texts(row) for slug, row in first.to_dict("index").items()}
    about[OVERVIEW] = _texts(_overview_about(overview))
    for slug in (*(s for s in about if s != OVERVIEW), OVERVIEW):
        for row in shown.get(slug, ()):
            # The overview tells the entries' own measures, too.
            full = about.get(row.get("slug", slug), about[slug])
            full = full | {name: text for name, text in row.items() if text}
            key, whole = tuple(full.get(name, "") for name in _KEY), tuple(sorted(full.items()))
            if key not in known and whole not in known:
                known.add(whole)
                writer.writerow(full)
    return buffer.getvalue()


def _measures(overview: Overview) -> pd.DataFrame:
    """Return all measures by all strata, with the part of the page that shows them."""
    frame = overview.all_measures()
    frame["part"] = frame["by"].map(PART_OF).fillna(ONLY_HERE)
    frame["day"] = float("nan")
    names = overview.entries.set_index("slug")["name"]
    frame["label"] = names.reindex(frame["slug"]).to_numpy()
    for name in _NAMES:
        # Whatever the data are called: no cell may run as a formula or hide a sign.
        safe = {text: guarded(words.visible(text)) for text in frame[name].unique()}
        frame[name] = frame[name].map(safe)
    return frame


def _overview_about(overview: Overview) -> dict[str, Any]:
    """What is the same in the rows that are about all entries."""
    about = {"slug": OVERVIEW, "start_year": overview.year, "entry_days": overview.store.entry_day}
    return dict.fromkeys(_ABOUT, "") | about | overview.store.about


def _texts(row: Mapping[str, Any]) -> dict[str, str]:
    return {
        name: guarded(words.visible(value)) if isinstance(value, str) else str(value)
        for name, value in row.items()
    }


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


def shown_by(sections: Iterable[Section]) -> Rows:
    """Return the numbers of sections that did not go through a notebook."""
    rows: Rows = []
    for section in sections:
        values = section.values
        if len(values):
            rows += csv.DictReader(csv_lines(values))
    return rows
