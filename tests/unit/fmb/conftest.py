"""Invented files and editions for the tests of FMB."""

import json
from datetime import date
from pathlib import Path

import polars as pl
import pytest

from fmbstats.recommendations.join_tables import Recommendations
from fmbstats.sources.fmb.answers import read_fmb
from fmbstats.sources.fmb.edition_tables import SCHEMAS, Edition, read_editions, tables_of

FIXTURES = Path(__file__).parents[2] / "fixtures" / "fmb"
FACTS = Path(__file__).parents[3] / "data_raw" / "fmb"
SOURCE = {
    "title": "invented",
    "publisher": "nobody",
    "url": "",
    "licence_note": "",
    "files": [],
}


@pytest.fixture(scope="session")
def fixture_folder():
    return FIXTURES


@pytest.fixture(scope="session")
def committed():
    """The recommendations of data_raw/fmb, as they are shipped."""
    return Recommendations(read_editions(FACTS))


@pytest.fixture(scope="session")
def invented_editions():
    """Three invented editions read from files: 2016-09 (RIV-TA), 2018-02 and 2020-04 (JSON)."""
    days = {
        "rivta_2016": date(2016, 9, 2),
        "json_2018": date(2018, 2, 27),
        "json_2020": date(2020, 4, 2),
    }
    return tuple(
        read_fmb(sorted(FIXTURES.glob(f"{name}_*")), fetched=day) for name, day in days.items()
    )


@pytest.fixture
def json_pair(tmp_path):
    """Copy the invented JSON pair of 2020; give a function that edits the items of one file."""

    def make(which="cases", edit=None):
        for kind in ("entries", "cases"):
            document = json.loads((FIXTURES / f"json_2020_{kind}.json").read_text("utf-8"))
            if edit is not None and kind == which:
                edit(document["data"])
            path = tmp_path / f"{kind}.json"
            path.write_text(json.dumps(document, ensure_ascii=False), "utf-8")
        return [tmp_path / "entries.json", tmp_path / "cases.json"]

    return make


def _case_row(case_id, number, unit, valid_from, text, **flags):
    return {
        "case_id": case_id,
        "valid_from": valid_from,
        "valid_to": flags.get("valid_to"),
        "updated_date": flags.get("updated", date(2015, 11, 15)),
        "version": flags.get("version", "1"),
        "length_text": text,
        "number": number,
        "unit": unit,
        "degree": "full",
        "max_number": None if flags.get("is_open_ended") else number,
        "max_unit": None if flags.get("is_open_ended") else unit,
        "min_number": None,
        "min_unit": None,
        "limit_kind": "maximum" if number is not None else "vague",
        "limit_reason": None if number is not None else "vague",
        "is_doubtful": False,
        "contradicts": None,
        "text_lengths": None,
        "sentence_lengths": None,
        "content_hash": f"{number}{unit}{text}",
    }


@pytest.fixture
def make_edition():
    """Make an edition of dicts: entries {id: (codes, valid_from)}, cases [(id, codes, …)]."""

    def make(day, entries, cases, quality="production", case_codes=None):
        tables = {table: [] for table in SCHEMAS}
        for entry_id, (some, start) in entries.items():
            tables["entries"].append(
                {
                    "entry_id": entry_id,
                    "name": f"entry {entry_id}",
                    "slug": f"entry-{entry_id}",
                    "valid_from": start,
                    "version": "1",
                    "content_hash": "",
                }
            )
            tables["entry_codes"] += [
                {"entry_id": entry_id, "code": c, "code_name": c} for c in some
            ]
        for case_id, some, number, unit, start, *rest in cases:
            flags = rest[0] if rest else {}
            tables["cases"].append(_case_row(case_id, number, unit, start, "", **flags))
            tables["case_codes"] += [{"case_id": case_id, "code": c} for c in some]
        source = {**SOURCE, "edition": f"{day:%Y-%m}", "fetched_date": str(day), "quality": quality}
        if case_codes:
            source["case_codes"] = case_codes
        return Edition(**tables_of(**tables), source=source)

    return make


@pytest.fixture
def rows():
    """Rows of a frame as tuples of the columns named."""
    return lambda found, *columns: found.select(pl.col(columns)).rows()
