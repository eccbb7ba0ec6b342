"""The closed grammar of `adherence.csv`, row by row, and every word of a page."""

import io

import polars as pl
import pytest

from fmbstats.gate.findings import Findings
from fmbstats.gate.read_html import read_html
from fmbstats.gate.rows import check_rows, read_measured, read_rows
from fmbstats.release.open_data import MEASURED_COLUMNS
from fmbstats.told import NUMBERS

HEAD = "slug,metric,by,stratum,label,estimate,flags,part"
NAMES = frozenset(["Depressiv episod", "Ryggont", "F32", "508", "2026-12b-prov"])


def table(*rows, head=HEAD):
    return read_rows("\n".join([head, *rows, ""]).encode())


def found(row):
    findings = Findings()
    check_rows(table(row), NAMES, findings)
    return [finding.what for finding in findings.sorted()]


@pytest.mark.parametrize(
    ("row", "fault"),
    [
        # slug,metric,by,stratum,label,estimate,flags,part
        ("f32,share_over_longest,sex,women,Depressiv episod,0.3,,measures", None),
        ("f32,share_over_longest,age,30-39,,0.3,case_without_limit,measures", None),
        ("f32,share_over_longest,county,01,,,small_n,measures", None),
        ("f32,share_over_longest,code,F32.0,\"F32.0, F32.1\",0.3,,measures", None),
        ("f32,share_over_best,sex,women,,0.3,,measures", "an unknown measure."),
        ("f32,share_over_longest,name,Anna,,0.3,,measures", "unknown groups."),
        ("f32,share_over_longest,sex,Anna,,0.3,,measures", "a group that sex does not have."),
        ("f32,share_over_longest,age,7,,0.3,,measures", "a group that age does not have."),
        ("f32,share_over_longest,county,1,,0.3,,measures", "a group that county does not have."),
        ("f32,share_over_longest,year,17,,0.3,,measures", "a group that year does not have."),
        ("f32,share_over_longest,sex,women,,0.3,anna,measures", "an unknown flag."),
        (
            "f32,share_over_longest,sex,women,Anna Ek,0.3,,measures",
            "a label that is no name or wording of FMB or a publisher.",
        ),
        (
            "f32,share_over_range,source,F32,of 12 patients,0.3,,published",
            "a label that is no name or wording of FMB or a publisher.",
        ),
        ("f32,share_over_range,source,F32,of a publisher,0.3,,published", None),
        ("f32,share_over_longest,sex,women,,1.2,,measures", "a share outside 0 to 1."),
    ],
)  # fmt: skip
def test_what_a_row_may_say(row, fault):
    assert found(row) == ([] if fault is None else [fault])


CELLS = {
    "slug": "depressiv-episod", "metric": "share_over_longest", "by": "sex", "stratum": "women",
    "estimate": "0.3", "row": "7m5iomnwp5ra", "dx": "\"F32.0, F32.1\"", "rec_id": "508",
    "rec_version": "\"2016-09,2020-04\"", "length_basis": "paid_days", "cutoff": "2019-06-25",
    "method": "km_loglog", "part": "measures",
}  # fmt: skip


@pytest.mark.parametrize("slug", ["", "overview", "depressiv-episod-508", "certificates-f32",
                                  "revision-ryggont-2017-01-30"])  # fmt: skip
def test_a_row_names_its_report_by_its_entry(slug):
    assert found_in(slug=slug) == []


@pytest.mark.parametrize("editions", ["2016-09,2020-04", "2026-12-01", "2017-10,2026-12b-prov", ""])
def test_editions_are_called_as_their_folders(editions):
    assert found_in(rec_version=f'"{editions}"') == []


@pytest.mark.parametrize("codes", ["F50.0,F50.1", "F50.0, M65.9B", "F32", ""])
def test_codes_are_listed_as_pages_and_evaluations_do(codes):
    assert found_in(dx=f'"{codes}"') == []


@pytest.mark.parametrize(
    ("name", "text"),
    [
        *((name, "Anna Ek i Gotland") for name in CELLS if name not in ("estimate", "stratum")),
        ("slug", "anna-ek"), ("slug", "revision-anna-ek-2017-01-30"), ("slug", "overview-anna"),
        ("slug", "depressiv-episod-7"), ("part", "anna"), ("method", "tau_anna"),
        ("rec_version", "2016-09 Anna"), ("rec_id", "Anna"), ("dx", "F32 Anna"),
        ("cutoff", "2019-06-25 2"), ("row", "annaek"),
    ],
)  # fmt: skip
def test_no_column_says_more_than_it_is_for(name, text):
    assert found_in() == []
    assert len(found_in(**{name: text})) == 1


def found_in(**changes):
    cells = CELLS | {"flags": "", "label": ""} | changes
    findings = Findings()
    rows = table(",".join(cells.values()), head=",".join(cells))
    check_rows(rows, NAMES, findings)
    return findings.found


@pytest.mark.parametrize(
    ("by", "ours", "other"),
    [
        ("case", "Depressiv episod; Ryggont / Depr\u2026", "Depressiv episod; Anna"),
        ("entry", "508 F32", "508 Anna"),
        ("source", "F32\u2013F33", "Anna"),
        ("source", "F00-F99", "F32 Anna"),
        ("source", "F438A", "F438Anna"),
        ("change", "valid_from", "anna"),
        ("reason", "cannot", "anna"),
        ("assumption", "gap_14", "anna_14"),
        ("figure", "curve", "anna"),
        ("open_share", "0.05", "Anna"),
        ("placebo", "draw-7", "Anna"),
        ("disease_group", "Ryggont", "Anna"),
        ("limit", "90", "Anna"),
    ],
)
def test_every_kind_of_groups_has_its_own_names(by, ours, other):
    assert found_in(by=by, stratum=ours) == []
    assert len(found_in(by=by, stratum=other)) == 1


def test_a_published_source_names_nobody():
    own = {"by": "source", "stratum": "F32", "part": "published"}
    assert found_in(**own, label="Ryggont") == []
    assert len(found_in(**own, label="Ryggont hos Xantippa")) == 1


def test_no_two_rows_have_one_id():
    cells = CELLS | {"flags": ""}
    findings = Findings()
    line = ",".join(cells.values())
    check_rows(table(line, line, head=",".join(cells)), NAMES, findings)
    assert [f.what for f in findings.found] == ["a row with the id of another."]


def test_a_fault_says_in_which_line_it_is():
    findings = Findings()
    good = "f32,share_over_longest,sex,women,,0.3,,measures"
    check_rows(table(good, good.replace("women", "Anna")), NAMES, findings)
    assert [(f.file, f.where) for f in findings.sorted()] == [("adherence.csv", "row 3")]
    assert findings.n_looks == {"table": 2}


@pytest.mark.parametrize("number", ["0.3", "-0.02", "1e-05", "inf", "-inf", ""])
def test_numbers_as_we_write_them(number):
    rows = table(f"f32,share_over_longest,sex,women,,{number},,measures")
    wanted = float(number or "nan")
    assert rows["estimate"].tolist() == pytest.approx([wanted], nan_ok=True)


@pytest.mark.parametrize("number", ["0,3", "30 %", "1_000", "0x1", "nan", "=0.3", " 0.3"])
def test_what_is_no_number_of_ours_is_refused_with_its_line(number):
    good = "f32,share_over_longest,sex,women,,0.3,,measures"
    bad = good.replace("0.3", f'"{number}"')
    with pytest.raises(ValueError, match="estimate holds what is no number, line 3"):
        table(good, bad)


def test_other_columns_than_ours_are_refused_and_not_named():
    with pytest.raises(ValueError, match="1 columns that no table of ours has"):
        table(head=HEAD + ",person")
    with pytest.raises(ValueError, match="columns missing: flags"):
        table(head=HEAD.replace(",flags", ""))


# -- a page --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("markup", "said"),
    [
        ("<p>An<b>na</b> Ek</p>", "Anna Ek"),  # one word in two elements
        ("<p>A<!-- Bo -->nna</p>", "Bo"),
        ("<p title='Anna'>F32</p>", "Anna"),
        ("<img alt='Anna'>", "Anna"),
        ("<a href='Anna%20Ek.html'>x</a>", "Anna Ek.html"),
        ("<p hidden>Anna</p>", "Anna"),
        ("<p>&#65;nna</p>", "Anna"),
        ("<svg><text>Anna</text></svg>", "Anna"),
        ("<p data-note='Anna'>x</p>", "Anna"),
    ],
)
def test_every_word_of_a_page_is_read_shown_or_not(markup, said):
    page = read_html(f"<html><body>{markup}</body></html>")
    assert said in [piece.text.strip() for piece in page.contents.pieces]


def test_cells_are_texts_of_their_own():
    page = read_html("<table><tr><td>12</td><td>34</td></tr></table>")
    assert [piece.text for piece in page.contents.pieces] == ["12", "34"]


def test_where_a_page_leads_to_in_its_folder():
    page = read_html("<p><a href='f32.html#answer'>a</a><a href='https://fk.se/b.html'>b</a></p>")
    assert [name for _, name in page.links] == ["f32.html"]


def test_no_page_at_all():
    assert [fault.what for fault in read_html("").contents.faults] == [
        "not a readable page (ParserError)."
    ]


# -- the table of all measures, and what the register is called ------------------------------------


def measured(**changed):
    row = dict.fromkeys(MEASURED_COLUMNS) | {
        "slug": "f32", "metric": "share_over_longest", "by": "sex", "stratum": "women",
        "start_year": 2017.0, "estimate": 0.3, "flags": "",
    }  # fmt: skip
    types = {name: pl.Float64 if name in NUMBERS else pl.String for name in row}
    return pl.DataFrame([row], schema=types).with_columns(
        **{name: pl.lit(value) for name, value in changed.items()}
    )


def in_parquet(frame, **more):
    buffer = io.BytesIO()
    frame.write_parquet(buffer, **more)
    return buffer.getvalue()


def test_all_measures_are_read_like_the_table():
    rows = read_measured(in_parquet(measured()))
    assert rows[["start_year", "metric", "label", "part", "file", "line"]].to_numpy().tolist() == [
        ["2017", "share_over_longest", "", "", "adherence.parquet", 1]
    ]
    assert rows["estimate"].tolist() == [0.3]
    assert list(rows.columns[:-2]) == list(table("").columns[:-2])


@pytest.mark.parametrize(
    ("data", "fault"),
    [
        (in_parquet(measured(person="Anna")), "other columns than ours"),
        (in_parquet(measured().drop("flags")), "other columns than ours"),
        (in_parquet(measured(estimate="0.3")), "a column of another type than ours"),
        (in_parquet(measured(label=1.0)), "a column of another type than ours"),
        (in_parquet(measured(start_year=2017.5)), "a year that is none"),
        (b"PAR1", "ComputeError"),
    ],
)
def test_a_table_of_all_measures_that_is_none_of_ours_is_refused(data, fault):
    with pytest.raises(ValueError, match=fault):
        read_measured(data)


def vintages(*names):
    rows = table(*["f32,share_over_longest,sex,women,,0.3,,measures"] * len(names))
    findings = Findings()
    check_rows(rows.assign(data_vintage=list(names)), NAMES | {"Försäkringskassan"}, findings)
    return [finding.what for finding in findings.sorted()]


@pytest.mark.parametrize(
    ("names", "fault"),
    [
        (("Region Norr",), ""),
        (("Region Norr", "Försäkringskassan 2017"), ""),
        (("Region Norr 2017", "Region Norr 2017", ""), ""),
        (("Region Norr", "Region Syd"), "2 names that are of no publisher; a release is of one"),
        (("Region Norr 1234",), "a register whose name holds more than words, years and dates."),
        (("Region Norr 12 patienter",), "a register whose name holds more than words"),
        (("Försäkringskassan 1234",), "a register whose name holds more than words"),
    ],
)
def test_a_release_is_of_one_register_beside_publishers(names, fault):
    found = vintages(*names)
    assert (found[0].startswith(fault) and len(found) == 1) if fault else found == []
