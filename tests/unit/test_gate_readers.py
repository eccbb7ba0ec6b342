"""What the gate reads in one file: small files by hand, and what must be found in each."""

import csv
import io
import json

import polars as pl
import pytest

from fmbstats.gate.read_html import read_html
from fmbstats.gate.read_notebook import read_json, read_notebook
from fmbstats.gate.read_tables import read_csv, read_parquet, read_text
from fmbstats.gate.reading import Reader

FORMULA = "a cell that a spreadsheet may take for a formula."
UNEQUAL = "more or fewer cells than the head has."
OUTSIDE = "a style that asks for something outside."


def whats(contents):
    return [fault.what for fault in contents.faults]


def texts(contents):
    return [piece.text for piece in contents.pieces]


@pytest.mark.parametrize(
    ("cell", "is_formula"),
    [
        # numbers as a page writes them
        ("-12,5", False),
        ("+0.3", False),
        ("\N{MINUS SIGN}1\N{NO-BREAK SPACE}200", False),
        ("-1.5e-3", False),
        ("-4,0\N{NO-BREAK SPACE}% (-6,1 till -1,9)", False),
        ("-", False),
        ("F32", False),
        # what a spreadsheet runs
        ("=1+1", True),
        ("+cmd|'/c calc'!A1", True),
        ("-2+3", True),
        ("@SUM(A1)", True),
        ("\t=1", True),
    ],
)
def test_formulas_in_a_table(cell, is_formula):
    table = io.StringIO()
    csv.writer(table, lineterminator="\n").writerows([["code", "share"], ["F32", cell]])
    assert whats(read_csv(table.getvalue().encode())) == ([FORMULA] if is_formula else [])


def in_parquet(**metadata):
    buffer = io.BytesIO()
    frame = pl.DataFrame({"stratum": ["women", "men", "women"], "n": [6, 12, 18]})
    frame.write_parquet(buffer, compression="zstd", metadata=metadata or None)
    return buffer.getvalue()


def test_columns_say_each_text_once_and_nothing_lies_beside_them():
    data = in_parquet()
    assert [(p.where, p.text) for p in read_parquet(data).pieces] == [
        ("column 'stratum'", "men"),
        ("column 'stratum'", "women"),
    ]
    n_foot = 8 + int.from_bytes(data[-8:-4], "little")
    gap = data[:-n_foot] + b"Anna" + data[-n_foot:]
    for spoilt in (in_parquet(by="Anna"), gap):
        assert pl.read_parquet(spoilt).equals(pl.read_parquet(data))
        (fault,) = whats(read_parquet(spoilt))
        assert fault.startswith("its bytes are not those that its cells are written with")
    assert not whats(read_parquet(data))


@pytest.mark.parametrize("table", ['a,b\n"1",2\n', "a,b\r\n1,2\r\n", "a,b\n1,2"])
def test_quotes_and_line_ends_of_others_are_refused(table):
    assert whats(read_csv(table.encode())) == ["quotes or line ends that no table of ours has."]


def test_json_that_is_written_otherwise_is_refused():
    assert not whats(read_json('{\n "a": "å"\n}\n')[1])
    for spoilt in ('{"a": "å"}\n', '{\n "a": "\\u00e5"\n}\n', '{\n "a": "å"\n}\n \n'):
        (fault,) = whats(read_json(spoilt)[1])
        assert "not written as ours" in fault


@pytest.mark.parametrize(
    ("html", "fault"),
    [
        ("<p class='a'>a</p>\n\n<br/>", None),
        ('<p class="a" class="anna">a</p>', "an attribute that stands twice in a tag."),
        ('<p a="b=c" title=\'d e="f"\'>a</p>', None),
        ("<p>a</p anna>", "a tag that is not written as ours are."),
        ("<p anna=1>a</p>", "a tag that is not written as ours are."),
        ("<p>a < b</p>", "a tag that is not written as ours are."),
        ("<p>a\tb</p>", "signs or spaces between its words that nobody sees."),
        ("<p>a  b</p>", "signs or spaces between its words that nobody sees."),
        ("<p>a \nb</p>", "signs or spaces between its words that nobody sees."),
    ],
)
def test_a_page_is_written_as_ours_are(html, fault):
    assert whats(read_html(html).contents) == ([fault] if fault else [])


def test_a_head_is_a_cell_like_any_other_and_each_text_is_told_once_with_its_place():
    found = read_csv("=code,n\nF32,5\nF32,6\n".encode("utf-8-sig"))
    assert whats(found) == [FORMULA]
    assert [(p.where, p.text) for p in found.pieces] == [
        ("row 1", "=code"),
        ("row 1", "n"),
        ("row 2, column '=code'", "F32"),
        ("row 2, column 'n'", "5"),
        ("row 3, column 'n'", "6"),
    ]
    assert [piece.text for piece in found.names] == ["=code", "n"]


@pytest.mark.parametrize(
    ("data", "fault"),
    [
        (b"", "an empty table."),
        (b"a,b\n1\n", UNEQUAL),
        (b"a\n1,2\n", UNEQUAL),
        (b"a\n\xff\n", "not a readable CSV file (UnicodeDecodeError)."),
        (b'a\n"1\n', "not a readable CSV file (Error)."),
        (b"a\n\0\n", "a sign without text (NUL)."),
    ],
)
def test_tables_that_no_reader_reads_alike_are_refused(data, fault):
    assert whats(read_csv(data)) == [fault]


def test_lines_of_a_text_and_bytes_that_are_none():
    assert texts(read_text(b"one\n\n  \ntwo")) == ["one", "two"]
    assert whats(read_text(b"\xff\xfe")) == ["not a text in UTF-8."]


def test_words_of_a_figure_are_read_and_its_copies_are_not():
    found = Reader().read("a.svg", b"<svg><title id='t'>Bo &amp; B</title><desc>Cia</desc></svg>")
    assert texts(found.contents) == ["Bo & B", "Cia"]
    assert texts(Reader().read("a.png", b"Anna").contents) == []


def test_every_string_of_a_notebook_is_read_and_markup_as_it_is_shown():
    cell = {
        "cell_type": "code",
        "source": ["a = 1\n", "b"],
        "outputs": [{"data": {"text/html": ["<p>An", "na</p>"]}}],
    }
    notebook, found = read_notebook(json.dumps({"nbformat": 4, "cells": [cell]}))
    assert len(notebook["cells"]) == 1
    assert "a = 1\nb" in texts(found)
    assert "Anna" in texts(found)


@pytest.mark.parametrize(
    "text",
    ["[]", "{}", '{"nbformat": 3, "cells": []}', '{"nbformat": 4, "cells": {}}', "no"],
)
def test_what_is_no_notebook_of_format_4_is_refused(text):
    notebook, found = read_notebook(text)
    assert notebook == {}
    assert "not a readable notebook of format 4." in whats(found)


def test_a_key_that_stands_twice_is_refused():
    """One reader would take the first and show the other."""
    content, found = read_json('{"name": "Anna", "name": "F32"}')
    assert content is None
    assert whats(found) == ["not readable as JSON (a key stands twice)."]


@pytest.mark.parametrize(
    ("name", "data", "fault"),
    [
        ("a.exe", b"MZ", "a kind of file that the gate cannot read."),
        ("a", b"", "a kind of file that the gate cannot read."),
        (".lock", b"", None),
        (".lock", b"x", "a lock file that is not empty."),
        ("a.txt", b"\xff", "not a text in UTF-8."),
        ("a.CSV", b"a\n1\n", None),
    ],
)
def test_each_kind_of_file_has_its_reader(name, data, fault):
    assert whats(Reader().read(name, data).contents) == ([] if fault is None else [fault])
