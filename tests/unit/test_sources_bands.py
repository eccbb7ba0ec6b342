"""Banded and aggregated sources: workbooks, the open API, Inera's export, mapped tables."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest
import xlsxwriter

from fmbstats.errors import SourceError, UserError
from fmbstats.sources.published import fk, inera, mapped, srs
from fmbstats.sources.published.published_forms import band_tables
from fmbstats.sources.published.published_write import band_facts, figure_facts, write_source
from fmbstats.sources.sidecar import check_hashes
from fmbstats.sources.workbooks import read_grids
from fmbstats.stats.bounds import exceedance_bounds_from_bands

DATA_RAW = Path(__file__).parents[2] / "data_raw"
TITLE = "Diagnosfördelning för antal startade sjukfall (>14 dagar) under {}"
LABELS = {
    2017: {15: "15-29 dagar", 30: "30-89 dagar", 90: "90-179 dagar", 180: "180-364 dagar",
           365: ">=365 dagar"},
    2015: {15: "15-29 dagar", 30: "30-89 dagar", 90: "90-179 dagar", 180: "180-365 dagar",
           366: "366 dagar eller mer"},
}  # fmt: skip


def write_workbook(path, sheets, merged=None):
    """Sheets of cells, as xlsxwriter writes them; `merged` is (sheet, range, text)."""
    workbook = xlsxwriter.Workbook(str(path), {"strings_to_formulas": False})
    for name, grid in sheets.items():
        sheet = workbook.add_worksheet(name)
        for row, cells in enumerate(grid):
            for column, cell in enumerate(cells):
                if cell != "":
                    sheet.write(row, column, cell)
        if merged and merged[0] == name:
            sheet.merge_range(merged[1], merged[2])
    workbook.close()
    return path


def committed(name):
    with (DATA_RAW / "fk" / name).open(encoding="utf-8", newline="") as handle:
        return list(csv.DictReader(handle))


def fk_grid(year, total):
    """The committed counts laid out as Försäkringskassan does, rows in alphabetical order."""
    rows = [r for r in committed("bands.csv") if int(r["year"]) == year]
    codes = sorted({r["code"] for r in rows})
    counts = {(int(r["band_from_day"]), r["code"]): int(r["n_lo"]) for r in rows}
    body = []
    for first, label in sorted(LABELS[year].items(), key=lambda item: item[1]):
        cells = [counts[first, code] for code in codes]
        body.append([label, *cells, sum(cells), "", ""])
    sums = [sum(counts[f, code] for f in LABELS[year]) for code in codes]
    head = [[TITLE.format(year)], [], ["", "Diagnos"], ["", *codes, total]]
    return [*head, *body, [total, *sums, sum(sums)]]


def persons_grid():
    rows = {(r["code"], r["sex"]): int(r["value"]) for r in committed("figures.csv")}
    codes = sorted({code for code, _ in rows})
    body = [[c, rows[c, "women"], rows[c, "men"], rows[c, "women"] + rows[c, "men"]] for c in codes]
    sums = ["Totalsumma", *(sum(r[i] for r in body) for i in (1, 2, 3))]
    title = "Antal unika personer per diagnos för antal startade sjukfall (>14 dagar) under 2015"
    return [[title], [], [], ["", "Kvinnor", "Män", "Totalsumma"], *body, [], sums]


def small_grid(**changes):
    grid = [
        [TITLE.format(2017)],
        [],
        ["", "Diagnos"],
        ["", "F32", "F43", "Totalsumma"],
        [">=365 dagar", 5, 6, 11],
        ["15-29 dagar", 1, 2, 3],
        ["30-364 dagar", 3, 4, 7],
        ["Totalsumma", 9, 12, 21],
    ]
    for cell, value in changes.items():
        grid[int(cell[1:]) - 1][ord(cell[0]) - ord("A")] = value
    return grid


def test_the_workbook_gives_the_committed_facts(tmp_path):
    path = write_workbook(
        tmp_path / "fk.xlsx",
        {
            "Antal fall": fk_grid(2017, "Totalsumma"),
            "Antal personer": persons_grid(),
            "Antal fall 2015": fk_grid(2015, "Totalt"),
            "Anteckningar": [["invented note"]],
        },
    )
    about = dict.fromkeys(("title", "publisher", "url", "fetched_date", "licence_note"), "x")
    found, folder = fk.read_bands(path), tmp_path / "fk"
    tables = band_facts(found.bands, "fk")
    tables |= figure_facts(found.persons, "fk")
    assert write_source(folder, tables, {**about, "files": []})
    for name in ("bands.csv", "figures.csv"):
        assert (folder / name).read_bytes() == (DATA_RAW / "fk" / name).read_bytes()
    check_hashes(folder)
    assert found.n_rows == 245 + 52


def test_suppressed_cells_are_missing_and_text_numbers_are_numbers(tmp_path):
    grid = small_grid(B5="..", B8="..", C6="2", D5="1 1")
    rows = fk.read_bands(write_workbook(tmp_path / "fk.xlsx", {"a": grid})).bands
    counts = {(r.code, r.band_from_day): (r.n_lo, r.n_hi) for r in rows}
    assert [counts["F32", day] for day in (15, 30, 365)] == [(1, 1), (3, 3), (0, 4)]
    assert [counts["F43", day] for day in (15, 30, 365)] == [(2, 2), (4, 4), (6, 6)]


#: what is changed in the small workbook, whole message
BROKEN_WORKBOOKS = {
    "a cell that is no count": (
        {"C6": "2,5"},
        "fk.xlsx, sheet 'a', cell C6: '2,5' is not a count; expected a whole number.",
    ),
    "a column total that does not add up": (
        {"B8": 8},
        "fk.xlsx, sheet 'a', cell B8: the total is 8, the cells sum to 9.",
    ),
    "a row total that does not add up": (
        {"D6": 4},
        "fk.xlsx, sheet 'a', cell D6: the total is 4, the cells sum to 3.",
    ),
    "an unknown heading": (
        {"C4": "Övriga"},
        "fk.xlsx, sheet 'a', cell C4: 'Övriga' is not an ICD-10 code of three characters.",
    ),
    "a column twice": (
        {"C4": "F32"},
        "fk.xlsx, sheet 'a', cell C4: the column 'F32' stands twice.",
    ),
    "an unknown band": (
        {"A6": "två veckor"},
        "fk.xlsx, sheet 'a', cell A6: 'två veckor' is not a length band such as '15-29 dagar'.",
    ),
    "a gap between bands": (
        {"A7": "31-364 dagar"},
        "fk.xlsx, sheet 'a', cell A7: the band does not begin on the day after the one before it "
        "ends (day 29); expected bands without gap or overlap.",
    ),
    "a band twice": (
        {"A6": "30-364 dagar"},
        "fk.xlsx, sheet 'a', cell A7: the band '30-364 dagar' stands twice.",
    ),
    "no header": (
        {"B4": "", "C4": "", "D4": ""},
        "fk.xlsx, sheet 'a': no header row with codes from column B above the counts; expected "
        "e.g. F32, F43 … Totalsumma.",
    ),
    "no open band": (
        {"A5": "365-400 dagar"},
        "fk.xlsx, sheet 'a': no open band such as '>=365 dagar'; rows are missing, the file is "
        "cut off or changed. Fetch it again.",
    ),
    "another table": (
        {"A1": "Sjukpenningtal"},
        "fk.xlsx: no sheet holds started spells by code and length band; expected a title with a "
        "year in A1, codes from column B and rows such as '15-29 dagar'.",
    ),
}


@pytest.mark.parametrize("case", BROKEN_WORKBOOKS)
def test_a_broken_workbook_is_refused_with_its_message(tmp_path, case):
    changes, message = BROKEN_WORKBOOKS[case]
    path = write_workbook(tmp_path / "fk.xlsx", {"a": small_grid(**changes)})
    with pytest.raises(SourceError) as error:
        fk.read_bands(path)
    assert str(error.value) == message


def test_merged_header_cells_are_refused(tmp_path):
    merged = ("a", "B4:C4", "F32")
    path = write_workbook(tmp_path / "fk.xlsx", {"a": small_grid(B4="", C4="")}, merged)
    with pytest.raises(SourceError) as error:
        fk.read_bands(path)
    assert str(error.value) == (
        "fk.xlsx, sheet 'a': the header cells B4:C4 are merged; expected one heading per column "
        "(started spells per code and length band). Unmerge them or fetch the original."
    )


def test_damaged_workbooks(tmp_path):
    whole = write_workbook(tmp_path / "whole.xlsx", {"a": small_grid()}).read_bytes()
    for name, data, reason in (
        ("cut.xlsx", whole[: len(whole) // 2], r"cannot be read as an Excel workbook \("),
        ("text.xlsx", b"a,b\n1,2\n", r"cannot be read as an Excel workbook \("),
        ("empty.xlsx", b"", r"the file is empty\. Fetch or export it again\.$"),
    ):
        (tmp_path / name).write_bytes(data)
        with pytest.raises(SourceError, match=f"^{name}: {reason}"):
            read_grids(tmp_path / name)
    blank = write_workbook(tmp_path / "blank.xlsx", {"a": []})
    with pytest.raises(SourceError, match=r"^blank\.xlsx: the workbook is empty\."):
        read_grids(blank)


# -- the open API ---------------------------------------------------------------------------------


def api_row(value=5, rojd=False, **dimensions):
    keys = {"ar": "2024", "manad": "04", "kon_kod": "K", "lan_kod": "20", **dimensions}
    keys = {k: v for k, v in keys.items() if v is not None}
    return {"dimensions": keys, "observations": {"antal": {"value": value, "rojd": rojd}}}


def write_json(path, document):
    path.write_text(document if isinstance(document, str) else json.dumps(document), "utf-8")
    return path


def test_suppressed_values_are_missing_never_zero(tmp_path):
    rows = [
        api_row(12, diagnoskapitel_kod="F00-F99"),
        api_row(0, rojd=True, kon_kod="M", diagnoskapitel_kod="F43"),
        api_row(0, kon_kod="ALL", lan_kod="ALL", diagnoskapitel_kod="ALL"),
        api_row("1 234,5", manad=None),
        api_row(None, manad="05"),
    ]
    for document in (rows, {"data": rows, "version": 1}):
        found = fk.read_open(write_json(tmp_path / "a.json", document))
        assert [f.value for f in found] == [12, None, 0, 1234.5, None]
        assert [f.is_suppressed for f in found] == [False, True, False, False, False]
        assert [f.sex for f in found] == ["women", "men", "all", "women", "women"]
        assert [f.area for f in found] == ["20", "20", "", "20", "20"]
        assert [f.period for f in found] == ["2024-04", "2024-04", "2024-04", "2024", "2024-05"]
        assert [f.code for f in found] == ["F00-F99", "F43", "ALL", "ALL", "ALL"]


BROKEN_JSON = {
    "cut off": (
        '[{"dimensions": {"ar"',
        "a.json, line 1, column 22: not whole JSON (Expecting ':' delimiter); the file is cut off "
        "or damaged. Fetch it again.",
    ),
    "no rows": (
        [],
        "a.json: the list of rows is empty; the service answers so to a wrong address or filter. "
        "Check the address and fetch it again.",
    ),
    "no list": ({"a": 1}, "a.json: expected a list of rows with dimensions and observations."),
    "no observations": (
        [{"dimensions": {}}],
        "a.json, row 1: expected an object with 'dimensions' and 'observations'.",
    ),
    "unknown dimension": (
        [api_row(vecka="3")],
        "a.json, row 1: the dimension 'vecka' is unknown; expected ar, manad, kvartal, kon_kod, "
        "lan_kod, kommun_kod, diagnoskapitel_kod, alder_kod.",
    ),
    "no year": ([api_row(ar=None)], "a.json, row 1: the dimension 'ar' is missing."),
    "unknown sex": (
        [api_row(), api_row(kon_kod="X")],
        "a.json, row 2: 'X' is not a sex; expected 'ALL', 'K', 'M', 'Kvinnor och män', 'Kvinnor', "
        "'Män'.",
    ),
    "unknown area": (
        [api_row(lan_kod="Dalarna")],
        "a.json, row 1: 'Dalarna' is not an area; expected 'Riket' or a code first, as in "
        "'20 Dalarnas län'.",
    ),
    "a value that is no number": (
        [api_row(value="många")],
        "a.json, row 1, 'antal': 'många' is not a number.",
    ),
    "contradictory rows": (
        [api_row(1), api_row(2)],
        "a.json: two rows give different values for ALL, women, 20, 2024-04, antal.",
    ),
}


@pytest.mark.parametrize("case", BROKEN_JSON)
def test_a_broken_document_is_refused_with_its_message(tmp_path, case):
    document, message = BROKEN_JSON[case]
    with pytest.raises(SourceError) as error:
        fk.read_open(write_json(tmp_path / "a.json", document))
    assert str(error.value) == message


OPEN_HEADER = ["År", "Månad", "Kön", "Län", "Diagnoskapitel", "Antal"]


def test_xlsx_with_lines_above_the_header_several_sheets_and_text_numbers(tmp_path):
    path = write_workbook(
        tmp_path / "o.xlsx",
        {
            "1": [
                ["Pågående sjukfall"],
                ["Uttag 2024-11-06"],
                OPEN_HEADER,
                ["2024", "04", "Kvinnor", "20 Dalarnas län", "F00-F99 Psykiska sjukdomar", "1 234"],
                [2024, 4, "Män", "Riket", "Samtliga diagnoskapitel", 17.5],
            ],
            "2": [["2024", "04", "Kvinnor och män", "Riket", "F00-F99 Psykiska", ".."]],
        },
    )
    found = fk.read_open(path)
    assert [f.value for f in found] == [1234, 17.5, None]
    assert [f.is_suppressed for f in found] == [False, False, True]
    assert [f.area for f in found] == ["20", "", ""]
    assert [f.code for f in found] == ["F00-F99", "ALL", "F00-F99"]
    assert {f.measure for f in found} == {"Antal"}


def test_the_older_text_with_quarters_and_the_sexes_side_by_side(tmp_path):
    path = tmp_path / "old.csv"
    path.write_text(
        "ar,kvartal,diagnoskapitel_kod,diagnoskapitel_text,antal,andel,antal_kvinnor,antal_man\n"
        "2005,1,F00-F99,Psykiska sjukdomar,695,29,484,211\n"
        "2005,1,O00-O99,Graviditet,40,1.7,40,-\n"
        "2005,2,P00-P96,Perinatala,..,..,16,..\n"
        "2005,2,-00--99,Okänd,99,1,50,49\n"
    )
    found = {(f.code, f.period, f.measure, f.sex): f for f in fk.read_open(path)}
    assert found["F00-F99", "2005-Q1", "antal", "women"].value == 484
    assert found["F00-F99", "2005-Q1", "andel", "all"].value == 29
    assert found["P00-P96", "2005-Q2", "antal", "men"].is_suppressed
    # A dash says that there is nothing to tell, not that something is hidden.
    assert ("O00-O99", "2005-Q1", "antal", "men") not in found
    assert {code for code, *_ in found} == {"F00-F99", "O00-O99", "P00-P96"}


BROKEN_XLSX = {
    "no header": (
        [["a", "b"], [1, 2]],
        "o.xlsx, sheet 's': no header row with 'År' among the first 10 rows; expected År, Månad, "
        "Kön, Län … and a measure.",
    ),
    "a column twice": (
        [[*OPEN_HEADER, "Antal"], ["2024", "04", "Män", "Riket", "F43", 1, 2]],
        "o.xlsx, sheet 's': the column 'Antal' stands more than once.",
    ),
    "no measure": (
        [OPEN_HEADER[:-1], ["2024", "04", "Män", "Riket", "F43"]],
        "o.xlsx, sheet 's': no column holds a measure beside År, Månad, Kön, Län ….",
    ),
    "a cell that is no number": (
        [OPEN_HEADER, ["2024", "04", "Män", "Riket", "F43", "cirka 5"]],
        "o.xlsx, sheet 's', cell F2: 'cirka 5' is not a number.",
    ),
    "no year in a row": (
        [OPEN_HEADER, ["", "04", "Män", "Riket", "F43", 5]],
        "o.xlsx, sheet 's', row 2: the year is missing.",
    ),
    "no rows": ([OPEN_HEADER], "o.xlsx: a header but no rows. Fetch the file again."),
}


@pytest.mark.parametrize("case", BROKEN_XLSX)
def test_a_broken_xlsx_is_refused_with_its_message(tmp_path, case):
    grid, message = BROKEN_XLSX[case]
    with pytest.raises(SourceError) as error:
        fk.read_open(write_workbook(tmp_path / "o.xlsx", {"s": grid}))
    assert str(error.value) == message


# -- Inera's export -------------------------------------------------------------------------------

INERA_BANDS = "<15;15–30;31–60;61–90;91–180;181–364;365–730;731+"
INERA = (
    "Sjukskrivningslängd, F43;\n"
    + ";" + "Kvinnor;" * 8 + "Män;" * 8 + "\n"
    + f"Period;{INERA_BANDS};{INERA_BANDS};\n"
    + "Gävleborg 2016;10;20;30;40;50;0;6;0;1 000;0;0;0;0;0;0;0;\n"
)  # fmt: skip


def write_inera(path, text=INERA, encoding="cp1252"):
    path.write_bytes(text.encode(encoding))
    return path


def inera_counts(export, sex):
    return [(c.n_lo, c.n_hi) for c in export.cells if c.sex == sex]


def test_inera_zeros_are_zero_to_four(tmp_path):
    path = write_inera(tmp_path / "i.csv")
    export = inera.read_export(path)
    assert export.title == "Sjukskrivningslängd, F43"
    women = [(10, 10), (20, 20), (30, 30), (40, 40), (50, 50), (0, 4), (6, 6), (0, 4)]
    assert inera_counts(export, "women") == women
    assert inera_counts(export, "men")[0] == (1000, 1000)
    rows = inera.band_rows(export, path)
    assert {(r.code, r.year, r.area) for r in rows} == {("F43", 2016, "Gävleborg")}
    (t,) = (t for t in band_tables(rows, "i.csv") if t.sex == "women")
    found = exceedance_bounds_from_bands(t.edges, t.n_lo, 180, counts_max=t.n_hi)
    assert (found.lo, found.hi) == (6 / 156, 14 / 164)
    assert found.reason_for_width == "suppressed"


def test_utf_8_is_read_as_well(tmp_path):
    plain, unicode = (inera.read_export(write_inera(tmp_path / f"{e}.csv", INERA, e))
                      for e in ("cp1252", "utf-8"))  # fmt: skip
    assert plain == unicode


def test_national_sums_are_lower_bounds(tmp_path):
    export = inera.read_export(write_inera(tmp_path / "i.csv"), n_units=21)
    assert {c.n_hi - c.n_lo for c in export.cells} == {84}


CROSS_SECTION = [
    ["", "Antal sjukfall totalt", "Antal sjukfall för kvinnor", "Antal sjukfall för män"],
    ["Under 15 dagar", 30, 20, 10],
    ["15-30 dagar", 7, 7, 0],
    ["31-60 dagar", 9, 5, 4],
    ["61-90 dagar", 0, 0, 0],
    ["91-180 dagar", 8, 8, 0],
    ["181-364 dagar", 6, 6, 0],
    ["1-2 år", 5, 5, 0],
    ["2- år", 0, 0, 0],
]


def test_a_cross_section_has_its_bands_as_rows(tmp_path):
    """As the service writes it: in the workbook with title and filters above the table."""
    title = [["Verksamhetsstatistik"], ["Sjukfall, sjukskrivningslängd januari–december 2018"], [],
             ["Valda diagnoser"], ["M54 Ryggvärk"], []]  # fmt: skip
    sheet = write_workbook(tmp_path / "i.xlsx", {"tabell": [*title, *CROSS_SECTION]})
    text = "".join(";".join(map(str, row)) + ";\n" for row in CROSS_SECTION)
    plain = write_inera(tmp_path / "i.csv", text)
    rows = inera.band_rows(inera.read_export(sheet), sheet)
    assert {(r.code, r.period, r.area) for r in rows} == {("M54", "2018", "")}
    assert rows == inera.band_rows(inera.read_export(plain), plain, code="M54", year=2018)
    counts = {(r.sex, r.band_from_day): (r.n_lo, r.n_hi) for r in rows}
    assert counts["women", 31] == (5, 5)
    # A total of hidden parts can be what they can be: men 0 to 4, both sexes 0 to 4 each.
    assert counts["all", 15] == (7, 11)
    assert counts["all", 31] == (9, 9)
    assert counts["all", 61] == (0, 8)
    with pytest.raises(
        SourceError, match=r"^i\.csv: neither the table nor the title .* Give --code"
    ):
        inera.band_rows(inera.read_export(plain), plain)


@pytest.mark.parametrize(("total", "women"), [(31, 20), (29, 20), (30, 26), (30, 2)])
def test_all_are_the_women_and_the_men(tmp_path, total, women):
    rows = [CROSS_SECTION[0], ["Under 15 dagar", total, women, 10], *CROSS_SECTION[2:]]
    text = "".join(";".join(map(str, row)) + ";\n" for row in rows)
    with pytest.raises(SourceError, match=f"^i.csv, 1-14 days: {total} in all, but {women + 10}"):
        inera.read_export(write_inera(tmp_path / "i.csv", text))


def test_a_time_series_has_the_sexes_below_the_bands(tmp_path):
    bands = [row[0] for row in CROSS_SECTION[1:]]
    text = ";;" + "".join(f"{band};" * 3 for band in bands) + "\n"
    text += "Period;Antal sjukfall totalt;" + "Totalt;Kvinnor;Män;" * 8 + "\n"
    for month, women in (("jan", 5), ("feb", 6)):
        text += f"{month} 2017;{women * 8};" + f"{women};{women};0;" * 8 + "\n"
    path = write_inera(tmp_path / "i.csv", text)
    rows = inera.band_rows(inera.read_export(path), path, code="F32")
    assert {(r.period, r.year) for r in rows} == {("jan 2017", 2017), ("feb 2017", 2017)}
    assert {(r.n_lo, r.n_hi) for r in rows if r.sex == "women"} == {(5, 5), (6, 6)}
    assert len(rows) == 2 * 3 * 8


BROKEN_INERA = {
    "no bands": (
        ("Period;Antal;\n2016;5;\n", "cp1252"),
        "i.csv: no table with length bands; expected Inera's export of spells by length band, "
        "with headings or rows such as 'Under 15 dagar', '15-30 dagar' … '2- år'.",
    ),
    "other bands": (
        (INERA.replace("31–60;61–90", "31–45;46–90"), "cp1252"),
        "i.csv, line 3: the bands are not those of this export; missing 31-60, 61-90.",
    ),
    "which is which": (
        (INERA.replace("Män", "Kvinnor"), "cp1252"),
        "i.csv, line 3, field 10: this column stands twice; which is which cannot be told.",
    ),
    "cut off": (
        (INERA[:-15] + "\n", "cp1252"),
        "i.csv, line 4: the last line has 11 of 18 fields; the file is cut off. Fetch it again.",
    ),
    "cut off in a number": (
        (INERA[:-2], "cp1252"),
        "i.csv, line 4: the last line has 17 of 18 fields; the file is cut off. Fetch it again.",
    ),
    "a short line": (
        (INERA + "Dalarna 2016;1;\n" + INERA.splitlines()[-1].replace("2016", "2017"), "cp1252"),
        "i.csv, line 5: 3 fields, expected 18. Export the file again.",
    ),
    "no count": (
        (INERA.replace(";40;", ";<5;"), "cp1252"),
        "i.csv, line 4, field 5: '<5' is not a count; expected a whole number.",
    ),
    "a row twice": (
        (INERA + INERA.splitlines()[-1], "cp1252"),
        "i.csv: the row 'Gävleborg 2016' stands more than once.",
    ),
    "another breakdown": (
        (INERA.replace("Kvinnor", "Läkare"), "cp1252"),
        "i.csv, line 3, field 2: the heading 'Läkare' is unknown; expected Kvinnor, Män or Totalt. "
        "Export the table by sex, or without a breakdown.",
    ),
    "a count of forty digits": (
        (INERA.replace(";40;", ";" + "9" * 40 + ";"), "cp1252"),
        f"i.csv, line 4, field 5: '{'9' * 40}' is not a count; expected a whole number.",
    ),
    "no rows": (
        ("\n".join(INERA.splitlines()[:3]), "cp1252"),
        "i.csv: a header but no rows. Export the file again.",
    ),
}


@pytest.mark.parametrize("case", BROKEN_INERA)
def test_a_broken_export_is_refused_with_its_message(tmp_path, case):
    (text, encoding), message = BROKEN_INERA[case]
    with pytest.raises(SourceError) as error:
        inera.read_export(write_inera(tmp_path / "i.csv", text, encoding))
    assert str(error.value) == message


# -- tables by a mapping --------------------------------------------------------------------------

MAPPING = """
[table]
title = "Fit notes"

[columns]
code = "ICD"
start_year = "Period"
band = "Duration"
n_spells = "Notes"

[bands]
"Up to 1 week" = [1, 7]
"1-4 weeks" = [8, 28]
"Longer" = [29]

[suppressed]
marks = ["*"]
max = 7

[keep]
Area = "England"
"""
NOTES = (
    "Area,ICD,Period,Duration,Notes,Extra\n"
    'England,F43.2,2019/20,Up to 1 week,"1,200",x\n'
    "England,F43.2,2019/20,1-4 weeks,*,x\n"
    "England,F43.2,2019/20,Longer,30,x\n"
    "Wales,F43.2,2019/20,Longer,5,x\n"
)


def write_pair(tmp_path, mapping=MAPPING, notes=NOTES):
    (tmp_path / "m.toml").write_text(mapping, "utf-8")
    (tmp_path / "n.csv").write_text(notes, "utf-8")
    return tmp_path / "n.csv", tmp_path / "m.toml"


def counts_of(rows):
    return [(r.period, r.code, r.band_from_day, r.band_to_day, r.n_lo, r.n_hi) for r in rows]


def test_a_mapped_table(tmp_path):
    rows = mapped.read_mapped(*write_pair(tmp_path)).bands
    assert counts_of(rows) == [
        ("2019/20", "F432", 1, 7, 1200, 1200),
        ("2019/20", "F432", 8, 28, 0, 7),
        ("2019/20", "F432", 29, None, 30, 30),
    ]
    assert {(r.year, r.sex, r.area, r.counted) for r in rows} == {(2019, "all", "", "started")}


def test_bounds_from_a_mapped_table(tmp_path):
    rows = mapped.read_mapped(*write_pair(tmp_path)).bands
    (t,) = band_tables(rows, "n.csv")
    at = exceedance_bounds_from_bands(t.edges, t.n_lo, 28, counts_max=t.n_hi)
    assert (at.lo, at.hi, at.reason_for_width) == (30 / 1237, 30 / 1230, "suppressed")
    inside = exceedance_bounds_from_bands(t.edges, t.n_lo, 14, counts_max=t.n_hi)
    assert (inside.lo, inside.hi) == (30 / 1237, 37 / 1237)
    with pytest.raises(SourceError) as error:
        band_tables([r for r in rows if r.band_from_day != 8], "n.csv")
    assert str(error.value) == (
        "n.csv: F432, 2019/20: the bands overlap or leave a gap at day 29; expected each to begin "
        "on the day after the one before it ends."
    )


def test_a_wide_table_with_constants(tmp_path):
    mapping = """
[table]
layout = "wide"
separator = ";"
header_line = 2
[columns]
code = "Diagnos"
[constants]
start_year = 2016
[bands]
"kort" = [1, 14]
"lång" = [15]
"""
    notes = "En rubrik\nDiagnos;lång;kort\nF32;3;4\nm54.5;1;2\n"
    rows = mapped.read_mapped(*write_pair(tmp_path, mapping, notes)).bands
    assert counts_of(rows) == [
        ("2016", "F32", 1, 14, 4, 4),
        ("2016", "F32", 15, None, 3, 3),
        ("2016", "M545", 1, 14, 2, 2),
        ("2016", "M545", 15, None, 1, 1),
    ]


BROKEN_MAPPINGS = {
    "not TOML": (("[table", None), r"m\.toml: is not TOML \(.*\)\."),
    "unknown section": (
        ("[kolumner]\na = 1\n", None),
        r"m\.toml: key 'kolumner' is unknown\. Did you mean 'columns'\? Known keys: table, "
        r"columns, constants, values, bands, keep, suppressed\.",
    ),
    "unknown key": (
        (MAPPING.replace("n_spells", "n_notes"), None),
        r"m\.toml, columns: key 'n_notes' is unknown\. Known keys: code, "
        r"start_year, sex, area, group, band, n_spells, n, mean, median, q1, q3\.",
    ),
    "no column for the counts": (
        (MAPPING.replace('n_spells = "Notes"', ""), None),
        r"m\.toml: \[columns\] does not say which column holds 'n_spells'\.",
    ),
    "overlapping bands": (
        (MAPPING.replace("[8, 28]", "[7, 28]"), None),
        r"m\.toml: the bands overlap or leave a gap at day 7; expected each to begin on the day "
        r"after the one before it ends\.",
    ),
    "a band backwards": (
        (MAPPING.replace("[8, 28]", "[28, 8]"), None),
        r"m\.toml, bands, 1-4 weeks: \[28, 8\] came; expected its first and last day \(1 to "
        r"36500\), as in \[15, 29\], or the first only when it is open\.",
    ),
    "two separators": (
        (MAPPING.replace("[table]", '[table]\nseparator = ";;"'), None),
        r"m\.toml, table, separator: ';;' came; expected one character such as ';' or '\\t'\.",
    ),
    "no bands": (
        (MAPPING.split("[bands]")[0], None),
        r"m\.toml: \[bands\] is missing; expected label = \[first, last\] days\.",
    ),
    "missing column": (
        (MAPPING, NOTES.replace("Duration", "Length")),
        r"n\.csv, line 1: column 'Duration' is missing\. Expected Fit notes: ICD, Period, "
        r"Duration, Notes, Area\.",
    ),
    "unknown band": (
        (MAPPING, NOTES.replace("1-4 weeks", "5 weeks")),
        r"n\.csv, line 3: the band '5 weeks' is not in the mapping \('Up to 1 week', "
        r"'1-4 weeks', 'Longer'\)\.",
    ),
    "no count": (
        (MAPPING, NOTES.replace(",*,", ",c,")),
        r"n\.csv, line 3: 'c' is not a count; if it means suppressed, name it under "
        r"\[suppressed\] marks in the mapping\.",
    ),
    "no code": (
        (MAPPING, NOTES.replace("F43.2", "stress")),
        r"n\.csv, line 2: 'stress' is not an ICD-10-SE code: expected a letter, two digits and up "
        r"to three further letters or digits, such as F32, F43\.8A or M545\.",
    ),
    "no year": (
        (MAPPING, NOTES.replace("2019/20", "FY")),
        r"n\.csv, line 2: 'FY' is not a year\.",
    ),
    "nothing kept": (
        (MAPPING.replace("England", "Scotland"), None),
        r"n\.csv: no row is kept by the mapping; check its \[keep\] section\.",
    ),
    "two counts for one cell": (
        (MAPPING.split("[keep]")[0], None),
        r"n\.csv: two different counts for F43\.2 2019/20, band from day 29; choose rows by the "
        r"mapping's \[keep\] section\.",
    ),
    "cut off": (
        (MAPPING, NOTES + "England,F43.2"),
        r"n\.csv, line 6: 2 of 6 fields; the line is cut off\. Fetch the file again\.",
    ),
}


@pytest.mark.parametrize("case", BROKEN_MAPPINGS)
def test_a_broken_mapping_or_table_is_refused_with_its_message(tmp_path, case):
    (mapping, notes), message = BROKEN_MAPPINGS[case]
    with pytest.raises(UserError, match=f"^{message}$"):
        mapped.read_mapped(*write_pair(tmp_path, mapping, notes or NOTES))


# -- the SRS figures ------------------------------------------------------------------------------


def test_srs_figures_become_facts(tmp_path):
    points = [f"models_3_0,F32,100,90,10,20,{k},{k / 20},{15 + 3 * k}" for k in range(21)]
    points += [f"models_2_1,F32,50,50,0,20,{k},{k / 20},{15 + k}" for k in range(21)]
    head = "model_set,icd10,n_spells,n_events,n_censored,k,break_index,quantile,days"
    (tmp_path / "b.csv").write_text("\n".join([head, *points]))
    (tmp_path / "p.csv").write_text(
        "model_set,icd10,adj_p10,adj_p25,adj_p50,adj_p75,adj_p90\nmodels_3_0,F32,16,20,40,70,\n"
    )
    (tmp_path / "c.csv").write_text(
        "icd10,interval,day_from,day_to,term,log_hazard\nF32,1,15,18,SexMale,-0.1\n"
        'F32,1,15,18,"SA_1_gross(0,90]",0.2\nF32,1,15,18,(Intercept),-4\n'
    )
    about = dict.fromkeys(("title", "publisher", "url", "fetched_date", "licence_note"), "x")
    files = (tmp_path / f"{n}.csv" for n in "bpc")
    folder = tmp_path / "srs"
    assert srs.import_figures(*files, folder, about)
    assert (folder / "codes.csv").read_text().splitlines()[1] == "F32,3.0,100,90,10,75"
    assert (folder / "quantiles.csv").read_text().splitlines()[2] == "F32,0.05,18"
    assert (folder / "percentiles.csv").read_text().splitlines()[-1] == "F32,90,"
    assert (folder / "coefficients.csv").read_text().splitlines()[1:] == [
        "F32,1,15,18,intercept,-4",
        "F32,1,15,18,sex=men,-0.1",
    ]
    check_hashes(folder)


def test_a_code_without_all_its_quantiles_is_refused(tmp_path):
    head = "model_set,icd10,n_spells,n_events,n_censored,k,break_index,quantile,days"
    (tmp_path / "b.csv").write_text(f"{head}\nmodels_3_0,F32,100,90,10,20,0,0,15\n")
    (tmp_path / "p.csv").write_text("model_set,icd10\n")
    (tmp_path / "c.csv").write_text("icd10,interval,day_from,day_to,term,log_hazard\n")
    with pytest.raises(SourceError) as error:
        srs.import_figures(*(tmp_path / f"{n}.csv" for n in "bpc"), tmp_path / "srs", {})
    assert str(error.value) == "b.csv: code F32 has 1 break points; expected 21."
    assert not (tmp_path / "srs").exists()
