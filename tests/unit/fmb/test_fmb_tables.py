"""Editions on disk: what is written is read, whole or not at all; what is damaged is refused."""

import os
import shutil
from dataclasses import replace

import pytest

from fmbstats.errors import ContradictionError, SourceError
from fmbstats.sources.fmb import edition_tables as fmb_tables
from fmbstats.sources.fmb.edition_tables import SCHEMAS, read_edition, read_editions, write_edition


@pytest.fixture
def written(invented_editions, tmp_path):
    """The three invented editions on disk."""
    for edition in invented_editions:
        write_edition(edition, tmp_path)
    return tmp_path


def test_what_is_written_is_read_back(written, invented_editions):
    again = read_editions(written)
    assert [e.name for e in again] == ["2016-09", "2018-02", "2020-04"]
    for before, after in zip(invented_editions, again, strict=True):
        assert after.source == before.source
        for table in SCHEMAS:
            assert getattr(after, table).equals(getattr(before, table)), table


def test_writing_twice_gives_the_same_bytes(written, invented_editions):
    first = {p.name: p.read_bytes() for p in (written / "2020-04").iterdir()}
    write_edition(invented_editions[2], written)
    assert {p.name: p.read_bytes() for p in (written / "2020-04").iterdir()} == first
    assert sorted(p.name for p in written.iterdir()) == ["2016-09", "2018-02", "2020-04"]


def test_a_failed_write_leaves_the_old_edition_and_nothing_else(
    written, invented_editions, monkeypatch
):
    before = (written / "2020-04" / "cases.csv").read_bytes()

    def full_disk(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", full_disk)
    with pytest.raises(OSError, match="No space left"):
        write_edition(invented_editions[2], written)
    monkeypatch.undo()
    assert (written / "2020-04" / "cases.csv").read_bytes() == before
    assert sorted(p.name for p in written.iterdir()) == ["2016-09", "2018-02", "2020-04"]


def test_an_edition_cut_off_between_two_renames_is_put_back(written):
    os.replace(written / "2020-04", written / ".2020-04.replaced")
    assert [e.name for e in read_editions(written)] == ["2016-09", "2018-02", "2020-04"]


@pytest.mark.parametrize("name", ["../2020-04", "x", "2020", "2020-04/x", ""])
def test_an_edition_is_never_written_outside_its_folder(name, invented_editions, tmp_path):
    edition = replace(invented_editions[2], source={**invented_editions[2].source, "edition": name})
    with pytest.raises(SourceError, match="is no name of an edition"):
        write_edition(edition, tmp_path / "fmb")
    assert not list(tmp_path.rglob("*.csv"))


def swap_columns(text):
    return text.replace("case_id,valid_from", "valid_from,case_id")


DAMAGE = {
    "columns": ("cases.csv", swap_columns, "columns are valid_from, case_id"),
    "date": ("cases.csv", lambda t: t.replace("2015-11-15", "2015-11-1x", 1),
             "row 2, column 'valid_from': '2015-11-1x' is not a date."),
    "flag": ("cases.csv", lambda t: t.replace("false", "no", 1), "is not true or false."),
    "unit": ("cases.csv", lambda t: t.replace(",wk,", ",week,", 1),
             "cases, column 'unit': 'week' is not one of d, wk, mo."),
    "code": ("case_codes.csv", lambda t: t.replace("M990", "M99.0", 1),
             "case_codes: 'M99.0' is not a normalised ICD-10-SE code."),
    "twice": ("case_codes.csv", lambda t: t + "2,M990\n",
              "case_codes: case_id/code 2, M990 stands more than once."),
    "empty": ("cases.csv", lambda t: "", "the file is empty"),
    "sidecar": ("source.json", lambda t: t[:40], "not JSON"),
    "quality": ("source.json", lambda t: t.replace("production", "good"), "'good' is not one of"),
}  # fmt: skip


@pytest.mark.parametrize("damage", DAMAGE)
def test_a_damaged_table_is_refused_with_the_place(damage, written):
    name, edit, reason = DAMAGE[damage]
    path = written / "2020-04" / name
    path.write_text(edit(path.read_text("utf-8")), "utf-8")
    with pytest.raises(SourceError) as caught:
        read_edition(written / "2020-04")
    assert "2020-04" in str(caught.value)
    assert reason in str(caught.value)


def test_a_missing_table_or_folder_is_said(written):
    (written / "2020-04" / "icf.csv").unlink()
    with pytest.raises(SourceError, match=r"icf\.csv: missing\. Import the edition again\."):
        read_edition(written / "2020-04")
    with pytest.raises(SourceError, match="no such folder"):
        read_editions(written / "none")
    shutil.rmtree(written)
    written.mkdir()
    with pytest.raises(SourceError, match="holds no FMB edition"):
        read_editions(written)


def test_contradictory_limits_on_disk_stop_and_name_both(written):
    path = written / "2020-04" / "cases.csv"
    lines = path.read_text("utf-8").splitlines()
    path.write_text("\n".join([*lines, lines[1].replace(",3,wk,", ",9,wk,")]) + "\n", "utf-8")
    with pytest.raises(ContradictionError, match="case 2 has contradictory limits: 3 wk and 9 wk"):
        read_edition(written / "2020-04")


def test_every_table_has_a_type_for_every_column():
    assert all(SCHEMAS.values())
    assert set(fmb_tables.KEYS) <= set(SCHEMAS)
