"""What a piece of a page may hold: every number with its row, every word and attribute ours."""

from __future__ import annotations

import csv
import io
from urllib.parse import quote

import pytest

from fmbstats.gate.findings import Findings
from fmbstats.gate.rows import read_rows
from fmbstats.gate.told_page import PageCheck, Rows, page_classes
from fmbstats.gate.told_pictures import Pictures
from fmbstats.gate.told_workbook import workbook_faults
from fmbstats.told import COLUMNS
from fmbstats.words import phrase

SHARE = {"row": "f32-1", "metric": "share_over_longest", "estimate": 0.3074, "lo": 0.289,
         "hi": 0.326, "limit_days": 180, "n_spells": 25616, "dx": "F32, M54.5"}  # fmt: skip
COUNT = {"row": "f32-2", "metric": "n_spells", "estimate": 25616}
ENDS = [{"row": f"f32-e{k}", "metric": f"share_ended_{k}", "estimate": share, "day": 90}
        for k, share in [(1, 0.5), (2, 0.2), (3, 0.1)]]  # fmt: skip
BAND = {"row": "f32-b", "metric": "share_in_class", "by": "band", "stratum": "90-179",
        "estimate": 0.25, "part": "published"}  # fmt: skip
DAY = {"row": "f32-d", "metric": "adoption_day", "by": "county", "stratum": "01",
       "estimate": 20170302, "part": "rollout"}  # fmt: skip
SMALL = {"row": "f32-q", "metric": "q_value", "by": "county", "stratum": "13",
         "estimate": 0.000004, "part": "county"}  # fmt: skip
N = "\N{NO-BREAK SPACE}"


@pytest.fixture(scope="module")
def rows():
    out = io.StringIO()
    writer = csv.DictWriter(out, COLUMNS)
    writer.writeheader()
    for row in (SHARE, COUNT, *ENDS, BAND, DAY, SMALL):
        about = {"slug": "f32", "rec_id": "F32", "start_year": 2017, "by": "all", "stratum": "all"}
        writer.writerow(about | row)
    return read_rows(out.getvalue().encode())


@pytest.fixture(scope="module")
def check(rows):
    findings = Findings()
    page = PageCheck("f32.html", "", Rows(rows), findings, Pictures(None, page_classes()), "sv")

    def faults(html):
        findings.found.clear()
        page.fragment(html)
        return [(found.check, found.what) for found in findings.sorted()]

    return faults


def data(text, value="0.3074", row="f32-1", more=""):
    return f'<p><data value="{value}" data-row="{row}"{more}>{text}</data></p>'


@pytest.mark.parametrize(
    "html",
    [
        data("30,7 %"),
        data("31 %"),
        data("30,74"),
        data("0,0 %", "0.289", more=' data-of="lo"').replace("0,0", "28,9"),
        data(f"25{N}616", "25616", "f32-2"),
        data("31", more=' data-as="up"'),
        data("30", more=' data-as="down"'),
        data("31", more=' data-as="near"'),
        data("69", more=' data-as="rest"'),
        data("2 mars 2017", "20170302", "f32-d", ' data-as="date"'),
        data("2017-03-02", "20170302", "f32-d", ' data-as="date"'),
        data("&lt;0,001", "4e-06", "f32-q"),
        "<p>dag 180</p>",
        "<p>90–179 dagar</p>",
        "<p>21 län</p>",
        "<p>2017</p>",
    ],
)
def test_numbers_that_a_row_or_nobody_need_tell(check, html):
    assert check(html) == []


ELSEWHERE = "a page that is about something else than its table."
WORD = "1 words that no phrase, public name or table of ours holds."
NO_ROW, NOT_ITS = "stands in no row.", "is not the number of its row."


@pytest.mark.parametrize(
    ("html", "fault"),
    [
        (data("30,8 %"), f"30,8 % {NOT_ITS}"),
        (data("31,7"), f"31,7 {NOT_ITS}"),
        (data("30,7 %", "0.3075"), "a number that is not that of its row."),
        (data("30,7 %", row="f32-9"), "a number that is not that of its row."),
        (data("30,7 %", more=' data-of="lo"'), "a number that is not that of its row."),
        (data("andel"), "a number that is not written."),
        (data("30", more=' data-as="up"'), "a number in words that are not its row's."),
        (data("31", more=' data-as="down"'), "a number in words that are not its row's."),
        (data("31", more=' data-as="rest"'), "a number in words that are not its row's."),
        (data("3 mars 2017", "20170302", "f32-d", ' data-as="date"'),
         "a number in words that are not its row's."),
        (data("2017-03-02", more=' data-as="date"'), "a number in words that are not its row's."),
        (data("2031-03-02", "20170302", "f32-d"), "2031 is not the number of its row."),
        (data("30,7 %", more=' data-as="best"'), "a number in a form that is not ours."),
        (data("0,001", "4e-06", "f32-q"), f"0,001 {NOT_ITS}"),
        (data("&lt;0,002", "4e-06", "f32-q"), f"0,002 {NOT_ITS}"),
        (data("&lt;0,001"), f"0,001 {NOT_ITS}"),
        ("<p>30,7 %</p>", f"30,7 % {NO_ROW}"),
        ('<svg data-row="f32-9"></svg>', "a row that the table does not have."),
        ("<p>dag 181</p>", f"181 {NO_ROW}"),
        ("<p>två kvinnor</p>", f"två {NO_ROW}"),
        ("<p>22 län</p>", f"22 {NO_ROW}"),
        ('<section data-entry="F33"></section>', ELSEWHERE),
        ('<section data-year="17"></section>', ELSEWHERE),
        ('<section data-spells="61"></section>', ELSEWHERE),
    ],
)  # fmt: skip
def test_numbers_that_no_row_tells(check, html, fault):
    assert ("told numbers", fault) in check(html)


@pytest.mark.parametrize(
    ("row", "form", "said", "untold"),
    [
        ("f32-1", "", "30,7 %", []),
        ("f32-1", "", "28,9–32,6 %", []),
        ("f32-1", "", "30,8 %", ["30,8 %"]),
        ("f32-1", "up", "31", []),
        ("f32-1", "up", "30", ["30"]),
        ("f32-1", "down", "30", []),
        ("f32-1", "down", "31", ["31"]),
        ("f32-e1 f32-e2 f32-e3", "", "80 % och 30 %", []),  # all ways, and all but the commonest
        ("f32-e1 f32-e2", "", "60 % och 20 %", ["60 %"]),
    ],
)
def test_what_a_picture_says_in_words_is_told_by_its_rows(check, row, form, said, untold):
    found = check(f'<svg role="img" data-row="{row}" data-as="{form}" aria-label="{said}"></svg>')
    wanted = [("told numbers", f"{number} {NO_ROW}") for number in untold]
    assert [one for one in found if one[0] == "told numbers"] == wanted


@pytest.mark.parametrize(
    ("html", "fault"),
    [
        ("<video></video>", "an element <video> that no page of ours has."),
        ("<p onclick='x'>andel</p>", "an attribute onclick that <p> of ours does not have."),
        ("<p class='karlsson'></p>", "an attribute class of another form than ours."),
        ("<p id='karlsson'></p>", "an attribute id of another form than ours."),
        ("<p lang='fi-karlsson'></p>", "an attribute lang of another form than ours."),
        ("<p role='karlsson'></p>", "an attribute role of another form than ours."),
        ("<p title='x'></p>", "an attribute title that <p> of ours does not have."),
        ("<p>Karlsson Björken</p>", "2 words that no phrase, public name or table of ours holds."),
        ("<p aria-label='Karlsson'></p>", WORD),
        ("<p>andel<!-- andel --></p>", "a comment or an instruction."),
        ("<p><!-- andel -->Karlsson</p>", WORD),
        ("<style>p {}</style>", "a style that is not ours."),
        ("<script>1</script>", "a script that is not ours."),
        ("<a href='http://fk.se/'>andel</a>", "an address that leaves the folder's pages."),
        ("<a href='https://fk.se/x'>andel</a>", "an address that is no known source."),
        ("<a href='f32.html?q=Karlsson'>andel</a>", WORD),
        ("<ul>andel<li>andel</li></ul>", "something in a <ul> that does not stand there."),
        ("<figure><figcaption><p>andel</p><span>andel</span></figcaption></figure>",
         "something in a <figcaption> that does not stand there."),
        ("<table><tr><td colspan='3'>andel</td></tr><tr><td></td><td></td></tr></table>",
         "an attribute colspan of another form than ours."),
        ("<p id='fig'></p><p id='fig'></p>", "an attribute id of another form than ours."),
    ],
)  # fmt: skip
def test_what_no_page_of_ours_holds(check, html, fault):
    assert ("form", fault) in check(html)


@pytest.mark.parametrize(
    "html",
    [
        "<p id='fig'>andel</p>",
        "<p lang='en'></p>",
        "<p role='img'></p>",
        "<a href='f32.html?q=F32'>F32</a>",
        "<table><tbody><tr><td colspan='2'>andel</td></tr><tr><td></td><td></td></tr></tbody>"
        "</table>",
        '<section data-entry="F32" data-year="2017" data-spells="25616"></section>',
        '<section data-spells="protected"></section>',
    ],
)
def test_what_pages_of_ours_hold(check, html):
    assert check(html) == []


@pytest.mark.parametrize(
    ("lines", "n_wrong"),
    [
        ("metric,estimate\nshare_over_longest,0.3074\n", 0),
        ("# andel\nmetric,estimate\nshare_over_longest,0.3074\n", 0),
        ("metric,estimate\nshare_over_longest,0.3075\n", 1),
        ("metric,estimate\nn_spells,0.3074\n", 1),  # of two rows
        ("metric,estimate\nshare_over_longest,0.3074,61\n", 1),
        ("metric,person\nshare_over_longest,7\n", 2),
    ],
)
def test_lines_of_a_figures_data_are_rows_of_the_table(check, lines, n_wrong):
    html = f"<a href='data:text/csv;charset=utf-8,{quote(lines)}'>andel</a>"
    wanted = [("told numbers", f"{n_wrong} lines of data that the table does not have.")]
    assert check(html) == (wanted if n_wrong else [])


def test_what_can_be_looked_up_in_the_table(rows):
    table = Rows(rows)
    assert set(table.by_id) == {
        "f32-1", "f32-2", "f32-e1", "f32-e2", "f32-e3", "f32-b", "f32-d", "f32-q",
    }  # fmt: skip
    assert {180.0, 90.0, 179.0} <= table.days
    assert 25616.0 not in table.days
    assert {round(value, 2) for value in table.values("f32-1")} >= {30.74, 69.26, 28.9, 32.6, 180.0}
    assert list(table.values("f32-9")) == []
    assert [round(value, 9) for value in table.sums("f32-e1 f32-e2")] == [70, 20]


# -- a workbook ------------------------------------------------------------------------------------


def head(name):
    return phrase(f"export.head.{name}", "sv")


def in_sheet(rows, heads, *cells, n_lines=None, public=frozenset()):
    sheet = [tuple(map(head, heads)), *cells]
    return [what for _, what in workbook_faults([sheet], Rows(rows, public), n_lines or {})]


@pytest.mark.parametrize(
    ("cells", "n_faults"),
    [
        (("F32", 0.3074), 0),
        (("F32", 25616.0), 0),
        (("F32", 61.0), 1),
        (("F33", 0.3074), 1),  # of another entry
        (("F32", "text"), 0),
        (("F32", None), 0),
        (("F32", 0.3074, 61.0), 1),
    ],
)
def test_a_number_of_a_sheet_is_told_of_its_entry(rows, cells, n_faults):
    assert len(in_sheet(rows, ("rec_id", "estimate"), cells)) == n_faults


@pytest.mark.parametrize(
    ("name", "cell", "is_told"),
    [
        ("limit_days_30", 84.0, True),  # whole weeks
        ("limit_days_30", 61.0, False),
        ("estimate", 84.0, False),
        ("month_days", 31.0, True),
        ("month_days", 29.0, False),
        ("n_rows", 3.0, True),
        ("n_rows", 4.0, False),
        ("cutoff", 43100.0, True),  # 2017-12-31
        ("cutoff", 43101.0, False),
        ("cutoff", 43100.5, False),
    ],
)
def test_what_else_a_sheet_may_tell(rows, name, cell, is_told):
    heads = ("rec_id", "file", name)
    found = in_sheet(
        rows, heads, ("F32", "a", cell), n_lines={"a": 3}, public=frozenset({"2017-12-31"})
    )
    assert found == ([] if is_told else found[:1])
    assert bool(found) is not is_told
