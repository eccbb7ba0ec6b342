"""The PDF is tagged, speaks its language, names what it shows, and holds data as text only."""

import csv
import re

import pypdf
import pytest
from defusedxml.ElementTree import fromstring

from fmbstats.export.row_heads import with_row_heads

PDF = "fmbstats-2017.pdf"
HOSTILE_PARTS = ("=1+1;<script>alert(1)</script>&", '#import "x" $x$ *b*')


def structure(pdf):
    """Yield every element of the tag tree."""
    waiting = [pdf.trailer["/Root"]["/StructTreeRoot"]]
    while waiting:
        element = waiting.pop().get_object()
        if not isinstance(element, pypdf.generic.DictionaryObject):
            continue
        yield element
        below = element.get("/K", [])
        waiting += list(below) if isinstance(below, list) else [below]


def squeezed(texts):
    """Text without white space and hyphens, for words that break over lines."""
    return re.sub(r"[\s\u00ad\u2010-]+", "", "".join(texts))


@pytest.fixture(scope="module")
def pdf(exported):
    return pypdf.PdfReader(exported / PDF)


@pytest.fixture(scope="module")
def pages(pdf):
    return [page.extract_text() for page in pdf.pages]


@pytest.fixture(scope="module")
def hostile_text(hostile_export):
    return squeezed(page.extract_text() for page in pypdf.PdfReader(hostile_export / PDF).pages)


def test_it_is_tagged_and_says_what_it_is(pdf):
    root = pdf.trailer["/Root"]
    assert root["/MarkInfo"]["/Marked"].value is True
    assert root["/Lang"] == "sv"
    assert pdf.metadata.title == "Sjukskrivning jämförd med FMB 2017"
    assert root["/ViewerPreferences"]["/DisplayDocTitle"].value is True
    xmp = root["/Metadata"].get_object().get_data().decode("utf-8")
    assert "pdfuaid:part>1<" in xmp


def test_no_time_is_written(pdf):
    assert pdf.metadata.creation_date is None
    assert b"CreateDate" not in pdf.trailer["/Root"]["/Metadata"].get_object().get_data()


def test_every_figure_has_its_alternative_text(pdf, exported):
    alts = {e["/Alt"] for e in structure(pdf) if e.get("/S") == "/Figure" and "/Alt" in e}
    texts = [p.read_text("utf-8") for p in (exported / "figures").glob("*.txt")]
    wanted = {re.search(r"^\[sv\] Alternativtext: (.*)$", t, re.MULTILINE)[1] for t in texts}
    assert {re.sub(r"\s", " ", a) for a in alts} == {re.sub(r"\s", " ", a) for a in wanted}


def test_tables_have_heads_and_headings_have_an_order(pdf):
    kinds = [e.get("/S") for e in structure(pdf)]
    assert kinds.count("/TH") > 50
    assert kinds.count("/Table") > 5
    assert {"/H1", "/H2", "/Caption", "/TOC", "/L"} <= set(kinds)
    assert "/H3" not in kinds


def attribute(element, name):
    """Return an attribute of a tag, from whichever of its owners has it."""
    given = element.get("/A", [])
    owners = given if isinstance(given, list) else [given]
    return next((o.get_object()[name] for o in owners if name in o.get_object()), None)


def cells(row):
    return [cell.get_object() for cell in row["/K"]]


def test_the_first_cell_of_every_row_is_the_head_of_its_row(pdf):
    rows = [cells(e) for e in structure(pdf) if e.get("/S") == "/TR"]
    bodies = [row for row in rows if any(cell["/S"] == "/TD" for cell in row)]
    assert len(bodies) > 100
    for first, *others in bodies:
        assert (first["/S"], attribute(first, "/Scope")) == ("/TH", "/Row")
        assert all(cell["/S"] == "/TD" for cell in others)
        assert all(first["/ID"] in attribute(cell, "/Headers") for cell in others)


def test_every_head_that_is_named_is_found_by_its_name(pdf):
    tree = pdf.trailer["/Root"]["/StructTreeRoot"]["/IDTree"]["/Names"]
    names = list(tree[::2])
    assert names == sorted(names)
    known = dict(zip(names, (e.get_object() for e in tree[1::2]), strict=True))
    assert all(known[name]["/ID"] == name for name in names)
    named = {name for e in structure(pdf) for name in attribute(e, "/Headers") or ()}
    assert named <= set(names)


def test_a_pdf_laid_out_otherwise_is_refused_not_broken(exported):
    whole = (exported / PDF).read_bytes()
    assert with_row_heads(whole) == whole  # heads are there already
    with pytest.raises(ValueError, match="no classic table of places"):
        with_row_heads(b"%PDF-1.7\nstartxref\n0\n%%EOF")


def test_title_page_contents_and_pages(pages):
    assert "SYNTETISKA DATA" in pages[0]
    assert "Skyddade tal: med tröskeln 5 är alla antal avrundade" in pages[0]
    assert "Innehåll" in pages[1]
    for number, text in enumerate(pages, start=1):
        assert f"Sida {number}" in text
        assert "SYNTETISKA DATA" in text


def test_numbers_of_figures_and_tables_are_those_of_the_list(pages, exported):
    text = squeezed(pages)
    listing = (exported / "figurer-och-tabeller.txt").read_text("utf-8")
    heads = re.findall(r"^((?:Figur|Tabell) \d+)\. (.*)$", listing, re.MULTILINE)
    assert len(heads) > 10
    for head, title in heads:
        assert squeezed(f"{head}. {title}.") in text


def test_fonts_are_embedded(pdf):
    seen = set()
    for page in pdf.pages:
        for font in page["/Resources"].get("/Font", {}).values():
            below = font.get_object()["/DescendantFonts"][0].get_object()
            descriptor = below["/FontDescriptor"].get_object()
            seen.add(descriptor["/FontName"].split("+")[1].split("-")[0])
            assert "/FontFile2" in descriptor or "/FontFile3" in descriptor
    assert {"Inter"} <= seen <= {"Inter", "DejaVuSans"}  # the second for letters that it lacks


@pytest.mark.slow
def test_hostile_names_are_text_in_the_pdf(hostile_text):
    for part in (*HOSTILE_PARTS, "[U+202E]", "[U+4E2D]"):
        assert squeezed(part) in hostile_text


@pytest.mark.slow
def test_hostile_names_are_text_in_svg_and_captions(hostile_export):
    for path in (hostile_export / "figures").glob("*.svg"):
        tags = {e.tag.rpartition("}")[2] for e in fromstring(path.read_text("utf-8")).iter()}
        assert not tags & {"script", "img", "image", "foreignObject"}
    texts = [p.read_text("utf-8") for p in hostile_export.rglob("*.txt")]
    assert any("<script>alert(1)</script>" in t for t in texts)
    assert not any("\u202e" in t for t in texts)


@pytest.mark.slow
def test_hostile_names_run_nowhere_in_csv(hostile_export):
    n_seen = 0
    for path in hostile_export.rglob("*.csv"):
        if path.name == "adherence.csv":
            continue
        for row in csv.reader(path.read_text("utf-8-sig").splitlines()):
            for cell in row:
                is_number = re.fullmatch(r"-?\d[\d.]*(e-?\d+)?", cell)
                assert is_number or not cell.lstrip().startswith(("=", "+", "-", "@")), path.name
                n_seen += "1+1;" in cell
    assert n_seen > 2


@pytest.mark.slow
def test_names_of_files_stay_in_the_folder(hostile_export):
    for path in hostile_export.rglob("*"):
        assert re.fullmatch(r"[\w.-]+", path.name)
        assert hostile_export in path.parents


@pytest.mark.slow
def test_an_english_document_is_english(hostile_text):
    assert "SYNTHETICDATA" in hostile_text
    assert "SYNTETISKADATA)" in hostile_text  # the register's own name
    assert "Innehåll" not in hostile_text
