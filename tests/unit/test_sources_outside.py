"""The boundary to others' files, and how large they may unpack."""

import gzip
import hashlib
import os
import zipfile
from pathlib import Path

import pytest
import xlsxwriter

from fmbstats.cli.common import find_data
from fmbstats.errors import SourceError, StoreError
from fmbstats.evaluate.events import read_events
from fmbstats.sources import workbook_bounds
from fmbstats.sources.check_files import files_under
from fmbstats.sources.events import CONTRACT
from fmbstats.sources.outside import outside, read_outside
from fmbstats.sources.registers.line_blocks import line_blocks
from fmbstats.sources.sidecar import file_sha256
from fmbstats.sources.textfiles import read_text
from fmbstats.sources.workbook_bounds import MAX_BYTES, MAX_CELLS
from fmbstats.sources.workbooks import read_grids
from fmbstats.store.build import build_store
from fmbstats.store.check_register import check_file


class PanicException(BaseException):
    """As compiled readers raise."""


@pytest.mark.parametrize("error", [KeyError("x"), ValueError("y"), PanicException("z")])
def test_what_a_reader_did_not_foresee_is_a_fault_of_the_file(error):
    def reader(path):
        raise error

    with pytest.raises(SourceError, match=r"^a\.csv: cannot be read; .*fmbstats check") as caught:
        read_outside(reader, "folder/a.csv")
    assert type(error).__name__ in str(caught.value)
    assert caught.value.__cause__ is error


@pytest.mark.parametrize("error", [StoreError("s"), MemoryError(), OSError(28, "x")])
def test_what_is_told_or_the_machine_s_passes(error):
    with pytest.raises(type(error)) as caught, outside(["a.csv"]):
        raise error
    assert caught.value is error


def test_ctrl_c_and_bugs_outside_pass():
    with pytest.raises(KeyboardInterrupt), outside(["a.csv"]):
        raise KeyboardInterrupt
    with pytest.raises(KeyError):
        {}["x"]


@pytest.fixture
def workbook(tmp_path):
    """Write a workbook with cells at (row, column); return its path."""

    def write(*cells):
        path = tmp_path / "w.xlsx"
        # Else it looks at every row and column up to the last one.
        with xlsxwriter.Workbook(path, {"constant_memory": True}) as book:
            sheet = book.add_worksheet("Blad")
            for row, column in cells:
                sheet.write(row, column, "x")
        return path

    return write


def test_a_table_is_read(workbook):
    assert read_grids(workbook((0, 0), (2, 3)))["Blad"][2][3] == "x"


@pytest.mark.parametrize("cell", [(1_048_575, 16_383), (1_048_575, 30), (2_000, 16_383)])
def test_one_cell_far_away_takes_no_memory(workbook, cell):
    with pytest.raises(SourceError, match=rf"w\.xlsx, xl/.*reach to row {cell[0] + 1:,}, column"):
        read_grids(workbook((0, 0), cell))


HEAD = b'<?xml version="1.0"?><worksheet><sheetData>'


def repacked(path, content, name="xl/worksheets/sheet1.xml"):
    """Put another sheet, given in pieces, into a workbook."""
    target = path.with_name("repacked.xlsx")
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as new:
        for item in old.infolist():
            if item.filename != name:
                new.writestr(item, old.read(item))
        with new.open(name, "w", force_zip64=True) as handle:
            for piece in content:
                handle.write(piece)
    return target


def test_cells_without_a_place_count_too(workbook):
    n_rows = MAX_CELLS // 1000 + 1
    content = [HEAD, b"<row/>" * (n_rows - 1), b"<row>" + b"<c/>" * 1000 + b"</row>"]
    with pytest.raises(SourceError, match="more than 20,000,000 cells"):
        read_grids(repacked(workbook((0, 0)), [*content, b"</sheetData></worksheet>"]))


def test_a_bomb_is_not_unpacked(workbook, monkeypatch):
    assert MAX_BYTES == 512 * 1024**2
    monkeypatch.setattr(workbook_bounds, "MAX_BYTES", MAX_BYTES // 16)
    blank = b" " * (1 << 20)
    bomb = repacked(workbook((0, 0)), [HEAD, *[blank] * 33])
    assert bomb.stat().st_size < 1 << 16
    with pytest.raises(SourceError, match="is larger than 32 MiB when unpacked"):
        read_grids(bomb)


@pytest.mark.parametrize("sheet", [b"<worksheet><sheetData><row", b"no xml", b"\xff\xfe\x00", b""])
def test_a_sheet_that_is_no_xml_is_refused(workbook, sheet):
    with pytest.raises(SourceError, match=r"repacked\.xlsx"):
        read_grids(repacked(workbook((0, 0)), [sheet]))


def test_a_cut_or_flipped_workbook_is_refused_or_read(workbook):
    """Every byte flipped in turn: a grid or a sentence, never anything else."""
    path = workbook((0, 0), (5, 5))
    whole = path.read_bytes()
    n_refused = 0
    for at in range(0, len(whole), 47):
        path.write_bytes(whole[:at] + bytes([whole[at] ^ 0x55]) + whole[at + 1 :])
        try:
            read_outside(read_grids, path)
        except SourceError:
            n_refused += 1
    assert n_refused > 10
    for length in range(0, len(whole), 501):
        path.write_bytes(whole[:length])
        with pytest.raises(SourceError, match=r"w\.xlsx"):
            read_outside(read_grids, path)


def test_a_part_that_would_lie_before_the_file_is_refused(workbook):
    path = workbook((0, 0))
    content = bytearray(path.read_bytes())
    end = content.rindex(b"PK\x05\x06")
    # The list of parts is said to begin later than it does: every part then lies before the file.
    content[end + 16 : end + 20] = (int.from_bytes(content[end + 16 : end + 20], "little")
                                    + (1 << 20)).to_bytes(4, "little")  # fmt: skip
    path.write_bytes(content)
    with pytest.raises(SourceError, match=r"w\.xlsx: cannot be read as an Excel workbook"):
        read_grids(path)


def test_a_line_without_end_is_not_unpacked(tmp_path):
    path = tmp_path / "r.csv.gz"
    path.write_bytes(gzip.compress(b"a,b\n1,2\n" + b"x" * (40 << 20), 1))
    with pytest.raises(SourceError, match=r"r\.csv\.gz: the line at byte .* more than 16 MB"):
        list(line_blocks(path, 1 << 20, hashlib.sha256()))


def test_a_pipe_or_a_device_is_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "pipe.csv")
    for path in (tmp_path / "pipe.csv", "/dev/zero"):
        for reader in (read_text, file_sha256):
            with pytest.raises(SourceError, match="is no regular file"):
                reader(Path(path))


PLACES = ["codes/icd10se.csv", "fmb/case_rules.csv", "fmb/2018-02/source.json", "own/bands.csv"]
STAND_INS = {
    "a pipe": (os.mkfifo, "is no regular file"),
    "a device": (lambda path: path.symlink_to("/dev/zero"), "is no regular file"),
    "a link": (lambda path: path.symlink_to("gone"), "is a link that leads nowhere"),
}


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("kind", STAND_INS)
def test_what_stands_in_a_data_folder_in_place_of_a_file_is_no_missing_one(tmp_path, place, kind):
    make, told = STAND_INS[kind]
    (tmp_path / place).parent.mkdir(parents=True)
    (tmp_path / "fmb").mkdir(exist_ok=True)
    (tmp_path / "fmb" / ".#editor").symlink_to("gone")
    assert find_data(tmp_path) == tmp_path
    make(tmp_path / place)
    for command in (find_data, lambda data: build_store(data, tmp_path / "x.duckdb", None)):
        with pytest.raises(SourceError, match=f"{place}: {told}"):
            command(tmp_path)
    assert not check_file(next(files_under([tmp_path]))).is_ok


def test_only_readers_answer_for_what_comes_out_of_them():
    """A command that also writes: its own bugs keep their traceback."""
    from fmbstats.sources.textfiles import read_start

    with (
        pytest.raises(SourceError, match=r"a\.csv: cannot be read; textfiles, line \d+, came upon"),
        outside(["a.csv"], of_readers_alone=True),
    ):
        read_start(None)
    with pytest.raises(KeyError), outside(["a.csv"], of_readers_alone=True):
        {}["x"]


@pytest.mark.parametrize(
    "row", ["x", 'x,2017-01-30,"' + "y" * 200_000 + '",,,no,z', "x,2017-02-30,,,,,"]
)
def test_events_that_cannot_be_are_faults_of_their_file(tmp_path, row):
    (tmp_path / "events.csv").write_text(
        f"{','.join(c.name for c in CONTRACT.columns)}\n{row}\n", "utf-8"
    )
    with pytest.raises(SourceError, match=r"events\.csv|" + tmp_path.name):
        read_outside(read_events, tmp_path)
