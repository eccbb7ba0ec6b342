"""What may lie in a folder that leaves: listed files, each with its mark; notebooks of ours."""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path

import pytest

from fmbstats.batch import manifest
from fmbstats.gate import facts
from fmbstats.gate.findings import Findings
from fmbstats.gate.inventory import REPORTS, Folder, open_folder
from fmbstats.gate.marks import check_marks
from fmbstats.gate.reading import Reader
from fmbstats.gate.rows import read_rows
from fmbstats.gate.told_notebook import notebook_faults
from fmbstats.gate.told_page import PageCheck, Rows, page_classes
from fmbstats.gate.told_pictures import Pictures
from fmbstats.pages.render import PART_MIME, VALUES_MIME
from fmbstats.words import phrase

PAGE = b"<!doctype html>"


@pytest.fixture
def reports(tmp_path):
    """A folder of one report that consists of a page."""
    files = {"f32.html": hashlib.sha256(PAGE).hexdigest()}
    about = {"reports": {"f32": {"status": "done", "files": files}}}
    (tmp_path / "f32.html").write_bytes(PAGE)
    (tmp_path / manifest.NAME).write_text(json.dumps(about))
    return tmp_path


def opened(path):
    """Which files are taken, and what is said of the page or of any file that is not listed."""
    findings = Findings()
    found = open_folder(path, findings)
    own = [one for one in findings.sorted() if one.what != "missing or not readable."]
    return set(found.files), [(one.file, one.what) for one in own]


def test_files_of_the_list_are_taken(reports):
    assert opened(reports) == ({"f32.html", manifest.NAME}, [])


@pytest.mark.parametrize(
    ("name", "fault"),
    [
        ("other.html", "not in the list of the folder's files."),
        ("deep/other.html", "not in the list of the folder's files."),
        (".hidden.html", "a hidden file."),
        (".deep/other.html", "not a plain file."),
    ],
)
def test_a_file_that_is_not_on_the_list_is_found(reports, name, fault):
    (reports / name).parent.mkdir(exist_ok=True)
    (reports / name).write_bytes(PAGE)
    taken, ((_, what),) = opened(reports)
    assert what == fault
    assert name not in taken


def test_a_page_that_was_changed_or_stands_elsewhere_too_is_found(reports):
    (reports / "f32.html").write_bytes(PAGE + b"x")
    assert opened(reports)[1] == [("f32.html", "changed since it was made.")]
    os.link(reports / "f32.html", reports.parent / "second.html")
    assert opened(reports)[1] == [("f32.html", "a file with a second name elsewhere (hard link).")]
    (reports / "f32.html").unlink()
    (reports / "f32.html").symlink_to(reports.parent / "second.html")
    assert opened(reports)[1] == [("f32.html", "a symbolic link: it may lead anywhere.")]


def test_what_is_missing_and_what_could_not_be_made_is_said(reports):
    (reports / "f32.html").unlink()
    findings = Findings()
    open_folder(reports, findings)
    assert ("f32.html", "missing or not readable.") in [(f.file, f.what) for f in findings.sorted()]
    failed = {"reports": {"f33": {"status": "failed", "files": {}}}}
    (reports / manifest.NAME).write_text(json.dumps(failed))
    assert (manifest.NAME, "the report f33 could not be made.") in opened(reports)[1]
    (reports / manifest.NAME).write_text('{"reports": []}')
    assert (".", "the list of files cannot be understood (AttributeError).") in opened(reports)[1]


# -- marks -----------------------------------------------------------------------------------------


def marked(**files):
    """The threshold that is stated, and faults."""
    reader, findings = Reader(), Findings()
    read = [reader.read(name.replace("_", "."), data.encode()) for name, data in files.items()]
    threshold = check_marks(Folder(Path(), REPORTS, {}, {}), read, findings)
    return threshold, [one.what for one in findings.sorted()]


def says(key, **values):
    return f"<html><body><p>{phrase(key, 'sv', **values)}</p></body></html>"


RELEASED, GROUP = says("report.released", threshold=5), says("about.protected.text", n=6)
NOT_STATED = "no file states the smallest count that is shown."


@pytest.mark.parametrize(
    ("files", "threshold", "faults"),
    [
        ({"f32_html": RELEASED}, 5, []),
        ({"f32_html": RELEASED, "f33_html": GROUP}, 5, []),
        ({"f32_html": says("report.released", threshold=7), "f33_html": GROUP}, 7,
         ["its smallest group is 6, which the threshold 7 has not."]),
        ({"f32_html": RELEASED, "f33_html": says("report.released", threshold=7)}, 5,
         ["the threshold is 5 in f32.html and 7 in f33.html."]),
        ({"f32_html": RELEASED, "f33_html": "<p>andel</p>"}, 5,
         ["the smallest count that is shown is not stated."]),
        ({"f32_html": RELEASED, "index_html": "<p>andel</p>"}, 5, []),
        ({"index_html": "<p>andel</p>"}, None, [NOT_STATED]),
        ({"f32_html": RELEASED, "f33_html": says("report.internal")}, 5,
         ["the smallest count that is shown is not stated.",
          "it says that it is internal, with exact numbers."]),
        ({"ledger_json": '{"threshold": 5}'}, 5, []),
        ({"ledger_json": "[]"}, None, [NOT_STATED]),
        ({"export_json": '{"settings": {"threshold": 5}}'}, 5, []),
        ({"export_json": '{"settings": {"threshold": 1}}', "ledger_json": '{"threshold": 5}'}, 5,
         ["the export was not made for release."]),
    ],
)  # fmt: skip
def test_files_state_one_threshold(files, threshold, faults):
    assert marked(**files) == (threshold, faults)


@pytest.mark.parametrize(
    ("parameters", "is_right"),
    [
        ({"release": True, "threshold": 5}, True),
        ({"release": False, "threshold": 5}, False),
        ({"release": True, "threshold": 1}, False),
        ({"release": True, "threshold": "5"}, False),
        ({"threshold": 5}, False),
    ],
)
def test_a_notebook_was_run_for_release(parameters, is_right):
    about = {"papermill": {"parameters": parameters}}
    text = json.dumps({"nbformat": 4, "cells": [], "metadata": about})
    threshold, faults = marked(f32_ipynb=text)
    assert threshold == (5 if is_right else None)
    assert ("it was not run for release." in faults) is not is_right


# -- a notebook ------------------------------------------------------------------------------------

OUTPUT = {
    "output_type": "display_data",
    "metadata": {},
    "data": {
        PART_MIME: {"key": "answer", "place": "", "contents": []},
        "text/html": "<p>andel</p>",
    },
}
CELL = {
    "cell_type": "code", "id": "0123abcd", "execution_count": 1,
    "metadata": {"tags": ["injected-parameters"]},
    "source": '# Parameters\nentry = "F32"\nyear = 2017\nrelease = True\n', "outputs": [],
}  # fmt: skip
KERNEL = {"kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"}}


def notebook_said(cell=None, output=None, page="", **changed):
    rows = read_rows(
        b"slug,metric,by,stratum,estimate,flags,rec_id\nf32,n_spells,all,all,6,,294000\n"
        b"r,adoption_day,county,01,20170302,,\nr,date_group,county,01,2,,\n"
    )
    found = Findings()
    check = PageCheck("a", "", Rows(rows), found, Pictures(None, page_classes()), "sv")
    cells = [CELL | (cell or {}) | ({} if output is None else {"outputs": [OUTPUT | output]})]
    whole = {"nbformat": 4, "nbformat_minor": 5, "metadata": KERNEL, "cells": cells} | changed
    said = list(notebook_faults(whole, check, page))
    return said + [one.what for one in found.sorted()]


OTHER = "it is of other dates than the table."


def papermill(**about):
    return {"metadata": {"papermill": PATHS | about}}


PATHS = {"input_path": "diagnosis.ipynb", "output_path": "a"}
CELL_MORE = "the metadata of a cell hold more than ours."
TEXT, KEYS = (
    "a cell whose text is not that of our notebooks.",
    "its metadata have other keys than ours.",
)


@pytest.mark.parametrize(
    ("cell", "fault"),
    [
        ({}, None),
        ({"source": "print('Anna')", "id": "answer"}, TEXT),
        ({"source": '# Parameters\nperson = "F32"'}, TEXT),
        ({"source": '# Parameters\nentry = "F32"  # Anna'}, TEXT),
        ({"source": '# Parameters\nby = "unit"'}, "it is by other groups than the table."),
        ({"source": '# Parameters\ndates = "01 2017-03-02 2"'}, None),
        ({"source": '# Parameters\ndates = "01 2017-03-03 2"'}, OTHER),
        ({"source": '# Parameters\ndates = "01 2017-03-02 1"'}, OTHER),
        ({"source": '# Parameters\ndates = "01 2017-03-02 2, 03 2017-06-01 1"'}, OTHER),
        ({"source": '# Parameters\nentry = "Anna"'},
         "it has a parameter of another form than ours."),
        ({"execution_count": 17}, "cells that are numbered otherwise than they were run."),
        ({"cell_type": "raw"}, "a cell of an unknown kind."),
        ({"id": "Anna"}, "a cell with another id than ours."),
        ({"attachments": {"a.png": {}}}, "a cell with other parts than ours, or an attached file."),
        ({"person": 1}, "a cell with other parts than ours, or an attached file."),
        ({"metadata": {"person": 1}}, "the metadata of a cell have other keys than ours."),
        ({"metadata": {"tags": ["anna"]}}, "the metadata of a cell have another tag than ours."),
        ({"metadata": {"papermill": {"status": "<Anna>"}}}, CELL_MORE),
    ],
)  # fmt: skip
def test_what_a_cell_may_hold(cell, fault):
    assert notebook_said(cell) == ([] if fault is None else [fault])


@pytest.mark.parametrize(
    ("changed", "fault"),
    [
        ({"person": 1}, "it has other parts than a notebook of ours."),
        ({"metadata": {"anna": {}}}, KEYS),
        ({"metadata": {"kernelspec": {"person": 1}}}, KEYS),
        ({"metadata": {"kernelspec": {"name": "<Anna>"}}}, "its metadata hold more than ours."),
        (papermill(parameters={"entry": "508", "year": 2017, "by": ""}), None),
        (papermill(parameters={"entry": "294000"}), None),
        (papermill(parameters={"person": 1}), "it has other parameters than our notebooks."),
        (papermill(parameters={"by": "unit"}), "it is by other groups than the table."),
        (papermill(parameters={"entry": "Anna"}), "it has a parameter of another form than ours."),
        (papermill(parameters={"year": 8112189876}),
         "it has a parameter of another form than ours."),
        (papermill(environment_variables={"a": "b"}), "its metadata hold more than ours."),
        (papermill(end_time="2 sjukfall"), "its metadata hold more than ours."),
        (papermill(input_path="anna.ipynb"), "its metadata name another notebook."),
        (papermill(output_path="anna.ipynb"), "its metadata name another notebook."),
    ],
)  # fmt: skip
def test_what_a_notebook_may_say_of_itself(changed, fault):
    assert notebook_said(**changed) == ([] if fault is None else [fault])


@pytest.mark.parametrize(
    ("output", "fault"),
    [
        ({"output_type": "error"}, "an error with its traceback."),
        ({"output_type": "stream"}, "an output of an unknown kind (stream)."),
        ({"metadata": {"a": 1}}, "an output with other metadata than ours."),
        ({"data": {"text/html": "<p>andel</p>"}}, "a kind of output that is not on the list."),
        ({"data": OUTPUT["data"] | {"image/png": ""}}, "a kind of output that is not on the list."),
        ({"data": OUTPUT["data"] | {"text/plain": "Anna"}}, "text beside a part that is not ours."),
        ({"data": OUTPUT["data"] | {"text/html": "<p>fel</p>"}},
         "a part that does not stand so in its page."),
        ({"data": OUTPUT["data"] | {VALUES_MIME: "metric,estimate\nn_spells,6\n"}}, None),
        ({"data": OUTPUT["data"] | {VALUES_MIME: "metric,estimate\nn_spells,7\n"}},
         "values that the table does not have."),
        ({"data": {PART_MIME: {"key": "answer"}}},
         "a part that says other things of itself than ours."),
        ({"data": {PART_MIME: {"key": "anna", "place": "", "contents": []}}},
         "a part with another name or place than ours."),
    ],
)  # fmt: skip
def test_what_a_cell_may_show(output, fault):
    found = notebook_said(output=output, page="<main><p>andel</p></main>")
    if BESIDE in found:  # the part that the page has is not there
        found.remove(BESIDE)
    assert [one for one in found if one != NAMED] == ([] if fault in (None, NAMED) else [fault])
    assert (NAMED in found) == (fault == NAMED)


NAMED = "a part with another name or place than ours."
BESIDE = "a text of its page that stands in no part of it."


@pytest.mark.parametrize(
    "cells",
    [
        1, [1], [{"outputs": 1}], [{"outputs": [1]}], [{"outputs": [{"data": 1}]}],
        [CELL | {"outputs": [OUTPUT | {"data": {PART_MIME: 3, "text/html": 5}}]}],
        [CELL | {"outputs": [OUTPUT | {"data": {PART_MIME: {"contents": [1, ["a"]]}}}]}],
    ],
)  # fmt: skip
@pytest.mark.parametrize("page", ["", " ", "<!-- -->", "<main><p>andel</p></main>"])
def test_a_notebook_of_any_form_is_judged(cells, page):
    assert notebook_said(page=page, cells=cells)


# -- what a publisher says -------------------------------------------------------------------------


def test_a_publishers_facts_are_taken_whole_and_never_counts_or_numbers(tmp_path, monkeypatch):
    (tmp_path / "publication.toml").write_text(
        'publisher = "Region Norr, enhet 7"\ncontact = "fmb@example.org"\n'
        'licence = "om 12 patienter"\npublished = "19811218-9876"\n',
        "utf-8",
    )
    monkeypatch.setattr(facts, "data_folder", lambda: tmp_path)
    facts._facts.cache_clear()
    text = "Av Region Norr, enhet 7; Region Norr, 7; om 12 patienter; 19811218-9876"
    assert facts.without_facts(text) == text.replace("Region Norr, enhet 7", " ")
    assert facts.without_contact("fmb@example.org, anna@example.org") == " , anna@example.org"
    facts._facts.cache_clear()
