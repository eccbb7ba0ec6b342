"""What an export is made of: kinds of parts, names of files, widths of columns, forms of cells."""

import pandas as pd
import pytest

from fmbstats.export.content import Numbers, file_name, kind_of
from fmbstats.export.document import _widths_pt
from fmbstats.export.pictures import csv_bytes, drawable
from fmbstats.export.workbook import form_of
from fmbstats.export.workbook import kind_of as kind_of_column
from fmbstats.pages.blocks import Bullets, FigureBlock, Note, TableBlock
from fmbstats.words import Absent

FRAME = pd.DataFrame({"a": [1]})
TEXT_PT = 17 / 2.54 * 72


@pytest.mark.parametrize(
    ("part", "kind"),
    [
        ("A sentence.", "text"),
        (Note("text", "lead"), "note"),
        (Bullets(["one"]), "list"),
        (TableBlock(FRAME, "caption"), "table"),
        (FigureBlock("key", lambda: None, "alt", "caption", FRAME), "figure"),
    ],
)
def test_parts_are_known_by_what_they_offer(part, kind):
    assert kind_of(part) == kind


def test_an_unknown_part_is_not_left_out_silently():
    with pytest.raises(TypeError, match="does not know how to write object"):
        kind_of(object())


def test_figures_and_tables_are_counted_apart():
    numbers = Numbers()
    assert [numbers.next(k) for k in ("figure", "table", "figure")] == [1, 1, 2]


@pytest.mark.parametrize("text", ["../../etc/passwd", "..", "", "\u202e\u05d0", "a/b\\c:d"])
def test_names_of_files_stay_in_their_folder(text):
    name = file_name(text)
    assert name
    assert not set(name) - set("abcdefghijklmnopqrstuvwxyz0123456789-")


def test_a_narrow_table_keeps_its_natural_width():
    widths = _widths_pt(["Day", "Share"], [["90", "51 %"]])
    assert sum(widths) < TEXT_PT / 3


def test_a_wide_table_fills_the_page_and_gives_most_to_long_texts():
    rows = [["F32", "a sentence of many words " * 8, "12"]] * 20
    widths = _widths_pt(["Code", "Why", "n"], rows)
    assert TEXT_PT - 4 < sum(widths) <= TEXT_PT
    assert widths[1] > 5 * widths[2]


def test_too_many_columns_still_fit():
    widths = _widths_pt(["Diagnosinformation"] * 14, [["Andningsorganens"] * 14])
    assert sum(widths) <= TEXT_PT + 0.01


def test_csv_holds_words_for_absent_values_and_no_formula():
    frame = pd.DataFrame({"a": ["=1+1", Absent.NOT_REACHED, "+46"], "b": [1, 2, 3]})
    text = csv_bytes(frame, "sv").decode("utf-8-sig")
    assert text.splitlines() == ["a,b", "'=1+1,1", "ej uppnådd,2", "'+46,3"]


def test_letters_that_no_font_has_are_written_out():
    assert drawable("a\u4e2d") == "a[U+4E2D]"


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
