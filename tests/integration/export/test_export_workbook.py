"""The workbook holds the numbers of both tables as numbers, and no formula."""

import shutil
import subprocess
import zipfile
from datetime import datetime

import openpyxl
import pytest

from tests.tables_of import measured_rows, told_rows

BOOK = "fmbstats-2017.xlsx"
HEAD_ROW = 1
LEADING = 2  # the entry's name and the measure in words come before the columns of the CSV


ONE = ("slug", "by", "stratum", "metric")


def rows_of(folder):
    """What is told, then all measures that are not."""
    told = told_rows(folder)
    known = {tuple(row[name] for name in ONE) for row in told}
    others = (row for row in measured_rows(folder) if tuple(row[n] for n in ONE) not in known)
    return [*told, *others]


def compare(sheet, rows):
    """Every cell of a row stands in the sheet: numbers as numbers, absent ones as words."""
    shown = sheet.iter_rows(min_row=HEAD_ROW + 1, values_only=True)
    n_numbers = 0
    for row, cells in zip(rows, shown, strict=True):
        assert cells[-1] == "påhittat"
        for (name, text), cell in zip(row.items(), cells[LEADING:-1], strict=True):
            if isinstance(cell, int | float) and not isinstance(cell, bool):
                assert cell == pytest.approx(float(text), rel=1e-9, abs=1e-12), name
                n_numbers += 1
            elif isinstance(cell, datetime):
                assert f"{cell:%Y-%m-%d}" == text
            elif text == "":
                assert cell in (None, "") or name in ("estimate", "n_spells", "n_events")
            else:
                assert cell == text, name
    return n_numbers


@pytest.fixture(scope="module")
def book(exported):
    return openpyxl.load_workbook(exported / BOOK)


def test_numbers_are_those_of_the_tables(exported, book):
    rows = rows_of(exported)
    assert len(rows) > 900
    assert compare(book["Följsamhet"], rows) > 3 * len(rows)


NUMBERS = ("estimate", "lo", "hi", "limit_days", "n_spells", "start_year")
# Which month a limit is counted by is a setting, not a result.
SETTINGS = ("Dagar per månad",)


@pytest.mark.parametrize(
    ("name", "n_least"),
    [("Rekommendationer", 8), ("Typfall", 10), ("Publicerade antal", 20), ("Population", 15)],
)
def test_numbers_of_the_other_sheets_are_those_of_the_tables(exported, book, name, n_least):
    known, names = {}, {}
    for row in rows_of(exported):
        found = {float(row[column]) for column in NUMBERS if row[column]}
        known.setdefault(row["slug"], set()).update(found)
        if not row["part"] and row["by"] == "all":
            names[row["label"]] = row["slug"]
    sheet = book[name]
    head = [cell.value for cell in sheet[HEAD_ROW]]
    n_numbers = 0
    for row in sheet.iter_rows(min_row=HEAD_ROW + 1, values_only=True):
        own = known[names[row[head.index("Diagnosinformation")]]]
        for title, cell in zip(head, row, strict=True):
            if isinstance(cell, int | float) and title not in SETTINGS:
                assert any(cell == pytest.approx(n, rel=1e-9) for n in own), (row[1], title, cell)
                n_numbers += 1
    assert n_numbers >= n_least


def test_absent_estimates_are_words(exported, book):
    sheet = book["Följsamhet"]
    head = [cell.value for cell in sheet[HEAD_ROW]]
    place = head.index("Värde")
    for row, cells in zip(
        rows_of(exported), sheet.iter_rows(min_row=HEAD_ROW + 1, values_only=True), strict=True
    ):
        assert isinstance(cells[place], str) == (row["estimate"] == "")
        assert cells[place] not in (None, "")


def test_counts_of_spells_are_protected(exported, book):
    sheet = book["Följsamhet"]
    heads = [cell.value for cell in sheet[HEAD_ROW]]
    place, part = heads.index("Sjukfall"), heads.index("Del")
    rows = list(sheet.iter_rows(min_row=HEAD_ROW + 1, values_only=True))
    shown = [row[place] for row in rows if row[part] != "published" and row[place] is not None]
    assert len(shown) > 50
    assert all(isinstance(n, int) and n % 6 == 0 for n in shown)


def test_shares_are_written_as_per_cent(book):
    sheet = book["Följsamhet"]
    head = [cell.value for cell in sheet[HEAD_ROW]]
    metric, value = head.index("Mått (kod)"), head.index("Värde")
    formats = {
        row[metric].value: row[value].number_format
        for row in sheet.iter_rows(min_row=HEAD_ROW + 1)
        if isinstance(row[value].value, int | float)
    }
    assert formats["share_over_longest"] == "0.0%"
    assert formats["n_spells"] == "#,##0"


def test_every_sheet_is_one_table_with_its_heads_first(book):
    for sheet in book:
        (table,) = sheet.tables.values()
        assert table.ref.startswith(f"A{HEAD_ROW}:")
        assert table.autoFilter is not None
        assert sheet.freeze_panes.endswith(str(HEAD_ROW + 1))
        assert [cell.value for cell in sheet[HEAD_ROW]] == [c.name for c in table.tableColumns]
        assert sheet.max_row == int(
            table.ref.rpartition(":")[2].lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
        )


def test_every_row_says_whether_its_numbers_are_real(book):
    for name, kind in (
        ("Följsamhet", "påhittat"),
        ("Population", "påhittat"),
        ("Publicerade antal", "verkligt"),
    ):
        sheet = book[name]
        assert sheet.cell(HEAD_ROW, sheet.max_column).value == "Verkligt eller påhittat"
        said = {row[-1] for row in sheet.iter_rows(min_row=HEAD_ROW + 1, values_only=True)}
        assert said == {kind}
    assert book["Läs mig"]["B2"].value.startswith("SYNTETISKA DATA")
    assert book.properties.subject == "SYNTETISKA DATA"
    assert all(sheet.oddHeader.left.text.startswith("SYNTETISKA DATA") for sheet in book)


def test_every_column_is_explained(book):
    explained = {
        (row[0], row[1])
        for row in book["Kolumner"].iter_rows(min_row=HEAD_ROW + 1, values_only=True)
    }
    for name in ("Följsamhet", "Rekommendationer", "Typfall", "Publicerade antal", "Population"):
        for cell in book[name][HEAD_ROW]:
            assert (name, cell.value) in explained


@pytest.mark.slow
def test_no_formula_and_no_link(exported, hostile_export):
    for folder in (exported, hostile_export):
        with zipfile.ZipFile(folder / BOOK) as archive:
            for name in archive.namelist():
                assert "externalLink" not in name
                text = archive.read(name).decode("utf-8")
                assert "<f>" not in text
                assert "<hyperlink" not in text
                assert 'TargetMode="External"' not in text


@pytest.mark.slow
def test_hostile_names_are_shared_strings(hostile_export):
    with zipfile.ZipFile(hostile_export / BOOK) as archive:
        text = archive.read("xl/sharedStrings.xml").decode("utf-8")
    assert "=1+1;&lt;script&gt;alert(1)&lt;/script&gt;" in text
    assert "\u202e" not in text


@pytest.mark.slow
def test_libreoffice_opens_it_and_finds_the_same_numbers(exported, tmp_path):
    office = shutil.which("soffice") or shutil.which("libreoffice")
    if office is None:
        pytest.skip(
            "LibreOffice (soffice) is not installed: apt-get install libreoffice-calc-nogui"
        )
    subprocess.run(
        [
            office,
            f"-env:UserInstallation=file://{tmp_path}/profile",
            "--headless",
            "--convert-to",
            "ods",
            "--outdir",
            str(tmp_path),
            str(exported / BOOK),
        ],
        check=True,
        capture_output=True,
        timeout=300,
    )
    subprocess.run(
        [
            office,
            f"-env:UserInstallation=file://{tmp_path}/profile",
            "--headless",
            "--convert-to",
            "xlsx:Calc MS Excel 2007 XML",
            "--outdir",
            str(tmp_path / "back"),
            str(tmp_path / "fmbstats-2017.ods"),
        ],
        check=True,
        capture_output=True,
        timeout=300,
    )
    book = openpyxl.load_workbook(tmp_path / "back" / BOOK)
    assert len(book.sheetnames) == 9
    rows = rows_of(exported)
    assert compare(book["Följsamhet"], rows) > 3 * len(rows)
