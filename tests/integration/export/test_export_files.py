"""Every figure comes as SVG, PDF and PNG in the chosen size, with its data and captions."""

import csv
import io
import re
from collections import Counter

import pandas as pd
import pypdf
import pytest
from defusedxml.ElementTree import fromstring
from PIL import Image

from fmbstats import words
from fmbstats.diagnosis import open_store
from fmbstats.errors import UnknownNameError
from fmbstats.export import ExportSettings, chapters
from fmbstats.export.chapters import diagnosis_chapter
from fmbstats.export.content import Picture
from fmbstats.pages.diagnosis.page import DiagnosisPage
from fmbstats.release import store_for
from fmbstats.store.paths import NO_FORK_VARIABLE

WIDTH_CM = 12.0


def files(folder, ending):
    found = sorted((folder / "figures").glob(f"*.{ending}"))
    assert found
    return found


def fonts(pdf):
    """Every font of a document with its descriptor."""
    for page in pdf.pages:
        for font in page["/Resources"].get("/Font", {}).values():
            font = font.get_object()
            below = font.get("/DescendantFonts", [font])[0].get_object()
            yield font["/Subtype"], below["/FontDescriptor"].get_object()


def test_every_figure_has_all_its_files(exported):
    stems = {path.stem for path in files(exported, "svg")}
    for ending in ("pdf", "png", "csv", "txt"):
        assert {path.stem for path in files(exported, ending)} == stems


def test_figures_of_all_sections_are_there(exported, small_store, chosen):
    with open_store(small_store) as store:
        diagnosis = store_for(store, 5).diagnosis(chosen[0], year=2017)
        diagnosis = diagnosis.with_settings(release=ExportSettings(2017).release)
        slug = store.entry_table.set_index("entry_id")["slug"][chosen[0]]
        html = "".join(part.html for part in DiagnosisPage(diagnosis, "sv").parts())
        wanted = [key.replace("_", "-") for key in re.findall(r'<figure id="fig-([\w-]+)"', html)]
    found = [path.stem.split("_")[2] for path in files(exported, "svg") if slug in path.stem]
    assert found == wanted
    assert len(found) >= 3


def test_png_has_300_dots_per_inch_in_the_chosen_width(exported):
    for path in files(exported, "png"):
        with Image.open(path) as image:
            assert image.info["dpi"] == pytest.approx((300, 300), abs=0.1)
            assert image.width == pytest.approx(WIDTH_CM / 2.54 * 300, abs=2)
            assert "Software" not in image.info
            assert len(image.info["Description"]) > 40


def test_svg_asks_for_nothing_and_says_what_it_shows(exported):
    for path in files(exported, "svg"):
        text = path.read_text("utf-8")
        root = fromstring(text)
        assert root.get("width") == "12cm"
        assert root.get("role") == "img"
        assert root[0].tag.endswith("title")
        assert len(root[1].text) > 40
        for element in root.iter():
            assert element.tag.rpartition("}")[2] not in {"script", "image", "foreignObject", "a"}
            for name, value in element.attrib.items():
                assert not name.rpartition("}")[2].startswith("on")
                if name.endswith("href"):
                    assert value.startswith("#")
        assert "@import" not in text
        assert not re.findall(r"url\((?!#)", text)


def test_pdf_of_a_figure_is_tagged_and_has_its_fonts(exported):
    for path in files(exported, "pdf"):
        pdf = pypdf.PdfReader(path)
        root = pdf.trailer["/Root"]
        assert root["/MarkInfo"]["/Marked"].value is True
        assert root["/Lang"] == "sv"
        assert pdf.metadata.title.startswith("Figur ")
        assert float(pdf.pages[0].mediabox.width) == pytest.approx(WIDTH_CM / 2.54 * 72, abs=0.1)
        kinds = list(fonts(pdf))
        assert kinds
        for subtype, descriptor in kinds:
            assert subtype != "/Type3"
            assert "/FontFile2" in descriptor or "/FontFile3" in descriptor


@pytest.fixture(scope="module")
def curves(small_store, chosen):
    """The curve of the first diagnosis as its page has it, in both languages."""
    with open_store(small_store) as store:
        diagnosis = store_for(store, 5).diagnosis(chosen[0], year=2017)
        diagnosis = diagnosis.with_settings(release=ExportSettings(2017).release)
        chapter = diagnosis_chapter(diagnosis, "slug")
    return {
        language: next(
            part
            for section in sections
            for part in section.parts
            if isinstance(part, Picture) and part.key == "curve"
        )
        for language, sections in chapter.sections.items()
    }


def test_captions_come_in_both_languages(exported, curves):
    text = next((exported / "figures").glob("*_curve.txt")).read_text("utf-8")
    for language, block in curves.items():
        assert f"[{language}] " in text
        assert block.caption in text
        assert block.alt in text
    assert curves["sv"].caption != curves["en"].caption


def test_csv_is_what_the_figure_shows(exported, curves):
    path = next((exported / "figures").glob("*_curve.csv"))
    assert path.read_bytes().startswith(b"\xef\xbb\xbf")
    rows = list(csv.reader(io.StringIO(path.read_text("utf-8-sig"))))
    values = pd.DataFrame(curves["sv"].values)
    assert rows == [list(values), *values.to_numpy().tolist()]
    with (exported / "adherence.csv").open(encoding="utf-8", newline="") as handle:
        known = {row["row"] for row in csv.DictReader(handle)}
    assert set(values["row"]) <= known
    assert {"row", "metric", "estimate", "day"} <= set(rows[0])
    at_90 = values[(values["day"] == "90") & (values["metric"] == "share_on_leave")].iloc[0]
    assert 0 < float(at_90["estimate"]) < 1
    table = curves["sv"].data
    shown = pd.DataFrame(table.rows, columns=table.heads).set_index("Dag").loc["90", "Värde"]
    assert words.percent(float(at_90["estimate"]), 1) in shown


def test_list_names_every_figure_and_table_in_order(exported):
    listing = (exported / "figurer-och-tabeller.txt").read_text("utf-8")
    assert "SYNTETISKA DATA" in listing.splitlines()[1]
    for kind, folder in (("Figur", "figures"), ("Tabell", "tables")):
        numbers = [int(n) for n in re.findall(rf"^{kind} (\d+)\.", listing, re.MULTILINE)]
        stems = {path.stem for path in (exported / folder).iterdir()}
        assert numbers == list(range(1, len(stems) + 1))
        for stem in stems:
            assert f"{folder}/{stem}.*" in listing


def test_readme_says_synthetic_and_protected_first(exported):
    lines = (exported / "LÄS-MIG.txt").read_text("utf-8").splitlines()
    assert lines[2].startswith("SYNTETISKA DATA.")
    assert lines[3].startswith("Skyddade tal: med tröskeln 5 är alla antal avrundade")


@pytest.mark.slow
def test_equal_exports_have_equal_bytes(exported, make_export, tmp_path):
    make_export(tmp_path / "again")
    for path in exported.rglob("*"):
        if path.is_file():
            other = tmp_path / "again" / path.relative_to(exported)
            assert other.read_bytes() == path.read_bytes(), path.name


@pytest.mark.slow
def test_chapters_made_beside_each_other_are_those_made_one_by_one(
    make_export, chosen, tmp_path, monkeypatch
):
    monkeypatch.setattr(chapters, "usable_processors", lambda: 2)
    make_export(tmp_path / "beside", only=chosen[:3])
    monkeypatch.setenv(NO_FORK_VARIABLE, "1")
    make_export(tmp_path / "alone", only=chosen[:3])
    found = [path for path in (tmp_path / "alone").rglob("*") if path.is_file()]
    assert len({path.name.split("_")[1] for path in found if "tables" in path.parts}) == 3
    for path in found:
        other = tmp_path / "beside" / path.relative_to(tmp_path / "alone")
        assert other.read_bytes() == path.read_bytes(), path.name


@pytest.mark.slow
def test_what_a_fork_raises_is_raised(small_store, chosen, tmp_path, monkeypatch):
    monkeypatch.setattr(chapters, "usable_processors", lambda: 2)
    with open_store(small_store) as store, chapters.warmed(3) as warm:
        assert warm is not None
        work = chapters.Chapters(store, ExportSettings(2017, threshold=None), tmp_path, (), warm)
        wanted = [(chosen[0], "one"), ("of-no-entry", "two"), (chosen[1], "three")]
        with pytest.raises(UnknownNameError, match="of-no-entry"):
            list(work.make(wanted, Counter()))
