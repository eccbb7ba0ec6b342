"""What an export is made of: kinds of parts, names of files, widths of columns, forms of cells."""

from pathlib import Path
from types import MappingProxyType

import pytest
from markupsafe import Markup

from fmbstats.export.chapters import Remembered, _chapter
from fmbstats.export.content import (
    Bullets,
    Chapter,
    Section,
    Text,
    file_name,
    numbered,
    readable,
    sections_of,
)
from fmbstats.export.document import Typeset, sized, table_widths
from fmbstats.export.pictures import csv_bytes
from fmbstats.export.workbook import form_of
from fmbstats.export.workbook import kind_of as kind_of_column
from fmbstats.figures.charts.stacks import Piece, Stack, Stacks
from fmbstats.figures.svg import Say
from fmbstats.media import in_picture
from fmbstats.pages.figure import Figure
from fmbstats.pages.render import WIDE, WORDS, Head, PageOfParts, Part, Table, wanted
from fmbstats.sources.sidecar import read_sidecar
from fmbstats.told import Telling

DATA_RAW = Path(__file__).parents[2] / "data_raw"
TEXT_PT = 17 / 2.54 * 72


HTML = """<section id="x"><h2><a href="#x">Title</a></h2><p class="text">One <data value="1"
data-row="r1">1\u00a0000</data> word.</p><p class="kind">not this</p><ul><li>a</li><li>b</li></ul>
<details><summary>Folded</summary><div class="table"><table aria-label="Name"><thead><tr><th>A</th>
<th class="num">B</th></tr></thead><tbody><tr><th>x</th><td><data value="2"
data-row="r2">2</data></td></tr></tbody></table></div></details><nav>not this</nav></section>"""
TOLD = {f"r{k}": {"row": f"r{k}", "metric": "n_spells", "estimate": str(k)} for k in (1, 2)}


def read(*parts):
    return sections_of(parts, TOLD, "en")


def test_a_page_is_read_in_its_order_heading_by_heading():
    (section,) = read(Part("told", "real", Markup(HTML)))
    assert section.title == "Title"
    text, bullets, term, grid = section.parts
    assert text == Text("One 1\u00a0000 word.", "text")
    assert bullets == Bullets(["a", "b"])
    assert term == Text("Folded", "term")
    assert (grid.key, grid.title, list(grid.is_number)) == ("told", "Name", [False, True])
    assert grid.data.rows == [["x", "2"]]
    assert [row["row"] for row in grid.values] == ["r2"]


class _Counted(PageOfParts):
    """A page of three parts that keeps which of them were made."""

    telling = Telling(slug="a")

    def __init__(self, language):
        self.language, self.made = language, []

    def _part(key, html):
        def make(page):
            page.made.append(key)
            return Part(key, "real", Markup(html))

        return make

    makers = MappingProxyType(
        {
            "first": _part("first", "<h1>A</h1>"),
            "words": _part("words", "<p>No tables here.</p>"),
            "drawn": _part("drawn", '<table class="a"><tbody><tr><td>1</td></tr></tbody></table>'),
        }
    )


def test_of_another_language_only_parts_with_figures_or_tables_are_made():
    pages = {language: _Counted(language) for language in ("sv", "en")}
    chapter = _chapter("a", {"sv": "a", "en": "a"}, pages, "en")
    assert pages["en"].made == ["first", "words", "drawn"]
    assert pages["sv"].made == ["first", "drawn"]
    assert chapter.counted("sv") == chapter.counted("en") == {"table": 1}


def test_of_another_language_only_words_are_made():
    chart = Stacks([Stack("all", [Piece(1.0, Say("100"), "r1")])], ["share"])
    figure = Figure("a", "Title", "measured", "source", chart, "seen")
    table = Table([Head("A"), Head("B")], [["x", "1"], ["y", "2"]], caption="Name")
    found = {}
    for what in (WIDE, WORDS):
        with wanted(what):
            html = figure.html("en", ()) + table.html("en")
        ((section,), n) = read(Part("told", "real", html)), html.count("<svg")
        assert n == 1
        found[what] = section.parts
    assert [part.caption for part in found[WORDS]] == [part.caption for part in found[WIDE]]
    assert [part.alt for part in found[WORDS]] == [part.alt for part in found[WIDE]] == ["seen", ""]
    assert "<rect" in found[WIDE][0].svg
    assert "<rect" not in found[WORDS][0].svg
    assert [len(one[1].data.rows) for one in found.values()] == [2, 1]
    assert figure.html("en", ()).count("<svg") == 2


def test_invented_data_stand_behind_real_ones_after_their_sentence():
    example = Part("a", "example", Markup("<p>invented</p>"))
    sections = read(example, Part("b", "real", Markup("<p>real</p>")))
    assert [s.parts[0].kind for s in sections] == ["text", "field"]
    assert "invented" in sections[1].parts[0].text


def test_an_unknown_part_is_not_left_out_silently():
    parts = [(Section("", []), [(object(), None)])]
    with pytest.raises(TypeError, match="does not know how to write object"):
        Typeset(Chapter("x", {"en": "X"}, {}, []), parts, "en")


def test_figures_and_tables_are_numbered_apart_from_those_before():
    table = HTML[HTML.index("<table") : HTML.index("</table>")] + "</table>"
    figure = (
        '<figure id="fig-a"><h3>F</h3><svg class="wide" width="1" aria-label="seen"></svg></figure>'
    )
    found = read(Part("told", "real", Markup(table + figure + table)))
    chapter = Chapter("x", {"sv": "X", "en": "X"}, {"sv": found, "en": found}, [])
    (parts,) = [parts for _, parts in numbered(chapter, {"figure": 6, "table": 10}, "en")]
    assert [item.label("en") for _, item in parts] == ["Table 11", "Figure 7", "Table 12"]


@pytest.mark.parametrize(("height", "width_cm"), [(380, 17.0), (1520, 9.75)])
def test_a_figure_takes_the_width_of_the_page_or_its_height(tmp_path, height, width_cm):
    (tmp_path / "a.svg").write_text(f'<svg width="9cm" viewBox="0 0 760 {height}"></svg>')
    assert sized({"type": "figure", "file": "a.svg"}, tmp_path)["width"] == width_cm


def test_what_both_languages_ask_of_a_diagnosis_is_counted_once():
    asked = []

    class Counted:
        title = "Depression"

        def adherence(self, by=None):
            asked.append(by)
            return [by]

    diagnosis = Remembered(Counted())
    assert diagnosis.title == "Depression"
    assert diagnosis.adherence(by="sex") is diagnosis.adherence(by="sex")
    assert diagnosis.adherence() == [None]
    assert asked == ["sex", None]


@pytest.mark.parametrize("text", ["../../etc/passwd", "..", "", "\u202e\u05d0", "a/b\\c:d"])
def test_names_of_files_stay_in_their_folder(text):
    name = file_name(text)
    assert name
    assert not set(name) - set("abcdefghijklmnopqrstuvwxyz0123456789-")


def test_a_narrow_table_keeps_its_natural_width():
    widths = table_widths(["Day", "Share"], [["90", "51 %"]])
    assert sum(widths) < TEXT_PT / 3


def test_a_wide_table_fills_the_page_and_gives_most_to_long_texts():
    rows = [["F32", "a sentence of many words " * 8, "12"]] * 20
    widths = table_widths(["Code", "Why", "n"], rows)
    assert TEXT_PT - 4 < sum(widths) <= TEXT_PT
    assert widths[1] > 5 * widths[2]


def test_too_many_columns_still_fit():
    widths = table_widths(["Diagnosinformation"] * 14, [["Andningsorganens"] * 14])
    assert sum(widths) <= TEXT_PT + 0.01


def test_csv_holds_no_formula():
    text = csv_bytes(["a", "b"], [["=1+1", 1], ["x,y", 2], ["+46", 3]]).decode("utf-8-sig")
    assert text.splitlines() == ["a,b", "'=1+1,1", '"x,y",2', "'+46,3"]


def test_letters_that_no_font_has_are_written_out():
    assert in_picture("a\u4e2d") == "a[U+4E2D]"


@pytest.mark.parametrize(
    ("measure", "form"),
    [
        ("share_within_longest", "percent"),
        ("coverage_share", "percent"),
        ("median_ratio_longest", "ratio"),
        ("excess_days_longest", "days"),
        ("quantile_50_days", "count"),
        ("n_spells", "count"),
    ],
)
def test_numbers_are_written_by_their_measure(measure, form):
    assert form_of(measure) == form


def test_a_year_has_no_thousands_sign():
    assert kind_of_column("start_year") == "year"


def test_every_source_is_named_in_swedish_as_well():
    folders = {path.parent for path in DATA_RAW.rglob("source.json")}
    assert len(folders) > 8
    for folder in sorted(folders):
        about = read_sidecar(folder)
        assert "title_sv" in about or about["publisher"] == "Socialstyrelsen", folder.name


@pytest.mark.parametrize(
    ("by", "stratum", "metric", "said"),
    [
        ("quarter", "before-2", "difference_share_over_limit", "kvartal −2"),
        ("quarter", "after", "difference_share_over_limit", "efter"),
        ("placebo", "draw-3", "log_hazard_ratio", "ombyttning 3"),
        ("renewed", "renewed", "planned_over_shortest", "förlängning"),
        ("own", "profession: Läkare", "planned_over_shortest", "Läkare"),
        ("month", "2014-01", "share_over_fixed_limit", "2014-01"),
    ],
)
def test_groups_of_evaluations_are_said_in_words(by, stratum, metric, said):
    """Each row of an evaluation has its entry's label, which is no group."""
    row = {"metric": metric, "by": by, "stratum": stratum, "estimate": "0.1", "label": "Oro"}
    assert said in readable([row], "sv").rows[0]
