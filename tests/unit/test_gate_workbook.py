"""What lies in a workbook beside its cells: as we write it, or a fault."""

import io
import re
import zipfile

import pandas as pd
import pytest

from fmbstats.export.content import Sheet
from fmbstats.export.workbook import workbook_bytes
from fmbstats.gate.read_workbook import read_sheets, read_workbook
from fmbstats.gate.told_workbook import form_faults
from fmbstats.words import Absent


def workbook(language="sv"):
    """Two sheets with numbers, a text and a reason for none."""
    cells = {"rec_id": ["1", "2"], "n_spells": [6, Absent.PROTECTED], "codes": ["F32", "F43"]}
    frame = pd.DataFrame(cells, dtype=object)
    sheets = [Sheet("population", frame, "synthetic"), Sheet("cases", frame.iloc[:1])]
    return workbook_bytes(
        sheets, title="Sjukskrivning", mark="Påhittat", is_synthetic=True, language=language
    )


OURS = workbook()
SHEET, STYLES, BOOK = "xl/worksheets/sheet1.xml", "xl/styles.xml", "xl/workbook.xml"


def spoilt(name, old, new):
    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(OURS)) as before, zipfile.ZipFile(made, "w") as after:
        for part in before.infolist():
            data = before.read(part).decode()
            if part.filename == name:
                assert re.search(old, data)
                data = re.sub(old, new, data, count=1)
            after.writestr(part, data)
    return made.getvalue()


@pytest.mark.parametrize("language", ["sv", "en"])
def test_a_workbook_of_ours_has_no_fault(language):
    data = workbook(language)
    assert list(form_faults(data)) == []
    assert not read_workbook(data).faults


@pytest.mark.parametrize(
    ("part", "old", "new", "fault"),
    [
        ("docProps/app.xml", "Microsoft Excel", "Anna", "<Application> with another text"),
        (STYLES, 'formatCode="#,##0"', 'formatCode="&quot;Anna&quot;"', "another formatCode"),
        (STYLES, 'name val="Inter"', 'name val="Anna"', "<name> with another val"),
        (SHEET, 'width="[0-9.]+"', 'width="17.811218"', "<col> with another width"),
        (SHEET, '<sheetView ', '<sheetView zoomScale="17" ', "<sheetView> with another zoomScale"),
        (SHEET, "</worksheet>", "<rowBreaks>2</rowBreaks></worksheet>", "<rowBreaks>"),
        (SHEET, 'dimension ref="[^"]*"', 'dimension ref="Anna"', "<dimension> with another ref"),
        (BOOK, 'sheet name="[^"]*"', 'sheet name="Anna"', "<sheet> with another name"),
        ("xl/tables/table1.xml", 'displayName="[^"]*"', 'displayName="Anna"', "<table> with"),
        ("[Content_Types].xml", "</Types>", "<Anna/>2</Types>", "<Anna> with another text"),
    ],
)  # fmt: skip
def test_what_no_workbook_of_ours_has_beside_its_cells_is_refused(part, old, new, fault):
    assert any(fault in what for what in form_faults(spoilt(part, old, new)))


def test_a_row_tells_its_place_only():
    with pytest.raises(ValueError, match="more than its place"):
        read_sheets(spoilt(SHEET, '<row r="2"', '<row r="2" ht="17"'))


@pytest.mark.parametrize("data", [b"Anna" + OURS, OURS + b"Anna", OURS[:-2] + b"\4\0Anna"])
def test_bytes_before_or_after_the_parts_are_refused(data):
    assert [f.what for f in read_workbook(data).faults] == [
        "a comment, or data beside a part of the archive."
    ]
