"""Reads an executed notebook by its closed grammar: cells of ours, and parts of told numbers."""

from __future__ import annotations

import csv
import json
import re
from ast import literal_eval
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import lxml.html
from lxml import etree
from markupsafe import escape

from fmbstats.gate.read_notebook import joined
from fmbstats.gate.told_page import PageCheck, is_anchor
from fmbstats.pages.assemble import with_links
from fmbstats.pages.render import PART_MIME, VALUES_MIME
from fmbstats.store.paths import notebook_folder
from fmbstats.words import phrase

_PARAMETERS = frozenset(
    [
        "entry",
        "year",
        "language",
        "month_days",
        "release",
        "threshold",
        "round_name",
        "store",
        "by",
        "day",
        "limit_days",
        "controls",
        "despite_rivals",
        "dates",
        "draws",
    ]
)
_NONE = "None|False"
# What our batch leaves in a notebook's metadata: value by value, times taken out.
_KERNEL = {"display_name": r"Python 3(?: \(ipykernel\))?", "language": "python", "name": "python3"}
_LANGUAGE = {
    "codemirror_mode": r"\{'name': 'ipython', 'version': 3\}", "file_extension": r"\.py",
    "mimetype": "text/x-python", "name": "python", "nbconvert_exporter": "python",
    "pygments_lexer": "ipython3", "version": r"3\.\d{1,2}\.\d{1,2}",
}  # fmt: skip
_RUN = {
    "duration": _NONE, "end_time": _NONE, "start_time": _NONE, "exception": _NONE,
    "environment_variables": r"\{\}", "version": r"\d{1,2}\.\d{1,2}\.\d{1,2}",
}  # fmt: skip
_METADATA = {"kernelspec": _KERNEL, "language_info": _LANGUAGE, "papermill": _RUN}
_PASSED = ("parameters", "default_parameters")
_PATHS = ("input_path", "output_path")
_CELL = frozenset(["tags", "papermill", "editable", "slideshow", "jupyter"])
_CELL_RUN = {"exception": _NONE, "status": "completed"}
_CELL_KEYS = frozenset(
    ["cell_type", "execution_count", "id", "metadata", "source", "outputs", "attachments"]
)
_OUTPUT_KEYS = frozenset(["output_type", "data", "metadata", "execution_count"])
_SHOWN = frozenset(["execute_result", "display_data"])
_TAGS = frozenset(["notebook-only", "parameters", "injected-parameters", "hide-input"])
_MIMES = frozenset([PART_MIME, VALUES_MIME, "text/html", "text/plain"])
# Dates of the counties, 21 and two that were, each with the group that dates are permuted within.
_DATES = r"\d\d \d{4}-\d\d-\d\d(?: \d\d?)?(?:, \d\d \d{4}-\d\d-\d\d(?: \d\d?)?){0,23}"
_SETTING = re.compile(rf"(\w+) = (True|False|None|\d{{1,6}}|\"(?:[\w. ,-]{{0,150}}|{_DATES})\")")
_PAGE_LINK = re.compile(r'href="(?:index\.html\?q=([a-z0-9-]+)|([a-z0-9-]+)\.html)"')
_FRAME = ("contents.title", "field.tag", "field.strong", "field.rest")
_DATE = re.compile(r"(\d\d) (\d{4}-\d\d-\d\d)(?: (\d\d?))?")


def notebook_faults(notebook: Mapping[str, Any], check: PageCheck, page: str) -> Iterator[str]:
    """Yield what no notebook of ours holds; numbers of its parts are checked by `check`.

    `check`: of this notebook, in the language of its report. `page`: the page that was made of it:
    its parts, checked there, stand in it as they are.
    """
    if set(notebook) != {"cells", "metadata", "nbformat", "nbformat_minor"}:
        yield "it has other parts than a notebook of ours."
    metadata = notebook.get("metadata", {})
    for key, value in metadata.items():
        known = {*_METADATA.get(key, ()), *(_PASSED + _PATHS if key == "papermill" else ())}
        if key not in _METADATA or not isinstance(value, dict) or set(value) - known:
            yield "its metadata have other keys than ours."
        else:
            yield from _metadata_faults(key, value, check)
    said = _plain_links(with_links(page, f"{Path(check.name).stem}.html"))
    listed = notebook.get("cells", ())
    cells = listed if isinstance(listed, list) else [listed]
    for cell in cells:
        yield from _cell_faults(cell, check, said)
    if said and _beside(said, cells) - _frame_texts(cells, check.language):
        yield "a text of its page that stands in no part of it."
    code = [c for c in cells if isinstance(c, dict) and c.get("cell_type") == "code"]
    if not all(set(_counts(c)) <= {None, n} for n, c in enumerate(code, start=1)):
        yield "cells that are numbered otherwise than they were run."


def _shown(cells: Sequence[Any]) -> Iterator[Mapping[str, Any]]:
    """Yield what each part of a page is made of."""
    for outputs in (cell.get("outputs") for cell in cells if isinstance(cell, dict)):
        for output in outputs if isinstance(outputs, list) else ():
            data = output.get("data") if isinstance(output, dict) else None
            if isinstance(data, dict) and isinstance(data.get(PART_MIME), dict):
                yield data


def _beside(page: str, cells: Sequence[Any]) -> set[str]:
    """Return the texts of a page's middle that stand in none of its parts."""
    for data in _shown(cells):
        page = page.replace(_plain_links(joined(data.get("text/html", "")).strip()), "", 1)
    try:
        tree = lxml.html.document_fromstring(page.encode("utf-8"))
    except etree.ParserError:  # nothing stands there
        return set()
    # The neighbours stand above and below.
    beside = {text.strip("‹› \n") for text in tree.xpath("//nav[@class='near']//text()")}
    found = {" ".join(text.split()) for text in tree.xpath("//main//text()")} - {""}
    return {text for text in found if text.strip("‹› ") not in beside}


def _frame_texts(cells: Sequence[Any], language: str) -> set[str]:
    """Return what the frame says: titles of parts, and that data are invented."""
    contents = (data[PART_MIME].get("contents") for data in _shown(cells))
    titles = (entry[-1:] for listed in contents if isinstance(listed, list) for entry in listed
              if isinstance(entry, list))  # fmt: skip
    return {" ".join(str(title).split()) for entry in titles for title in entry} | {
        phrase(key, language) for key in _FRAME
    }


def _plain_links(html: str) -> str:
    """Return a part whose links to other pages lead the same way whether these are made or not."""
    return _PAGE_LINK.sub(r'href="\1\2"', html)


def _counts(cell: Mapping[str, Any]) -> Iterator[Any]:
    yield cell.get("execution_count")
    for output in cell.get("outputs", ()):
        yield output.get("execution_count") if isinstance(output, dict) else None


def _metadata_faults(key: str, value: Mapping[str, Any], check: PageCheck) -> Iterator[str]:
    if key == "papermill":
        names = {path.name for path in notebook_folder().glob("*.ipynb")}
        if {value.get("input_path")} - names or value.get("output_path") != check.base_name:
            yield "its metadata name another notebook."
        for asked in (value.get(name) or {} for name in _PASSED):
            if set(asked) - _PARAMETERS:
                yield "it has other parameters than our notebooks."
            yield from _asked_faults(asked, check)
    if not _are_ours({k: v for k, v in value.items() if k in _METADATA[key]}, _METADATA[key]):
        yield "its metadata hold more than ours."


def _are_ours(values: Mapping[str, Any], patterns: Mapping[str, str]) -> bool:
    return all(k in patterns and re.fullmatch(patterns[k], str(v)) for k, v in values.items())


def _is_value(value: Any, check: PageCheck) -> bool:
    """Whether a parameter is a number or made of names, codes and dates of ours."""
    if not isinstance(value, str):
        return value is None or (isinstance(value, int) and value < 1_000_000)
    is_entry = value in check.rows.sizes or value in check.said.public
    return is_entry or bool(re.fullmatch(rf"\d{{1,4}}|{_DATES}", value)) or check.is_plain(value)


def _cell_faults(cell: Any, check: PageCheck, said: str) -> Iterator[str]:
    if not isinstance(cell, dict) or cell.get("cell_type") not in ("markdown", "code"):
        yield "a cell of an unknown kind."
        return
    own = cell.get("metadata", {})
    run = own.get("papermill", {})
    if set(own) - _CELL or set(run) - set(_CELL_RUN):
        yield "the metadata of a cell have other keys than ours."
    if not set(own.get("tags", ())) <= _TAGS:
        yield "the metadata of a cell have another tag than ours."
    elif not _are_ours(run, _CELL_RUN):
        yield "the metadata of a cell hold more than ours."
    if set(cell) - _CELL_KEYS or cell.get("attachments"):
        yield "a cell with other parts than ours, or an attached file."
    own_id, source = str(cell.get("id", "")), joined(cell.get("source", ""))
    is_injected = source.startswith("# Parameters") and re.fullmatch("[0-9a-f]{8}", own_id)
    if own_id not in _own_cells()[1] and not is_injected:
        yield "a cell with another id than ours."
    yield from _source_faults(source, check)
    for output in cell.get("outputs", ()):
        yield from _output_faults(output, check, said)


def _source_faults(source: str, check: PageCheck) -> Iterator[str]:
    if source.strip() in _own_cells()[0]:
        return
    first, *lines = source.strip().splitlines() or [""]
    settings = [_SETTING.fullmatch(line) for line in lines]
    if first != "# Parameters" or not all(m and m[1] in _PARAMETERS for m in settings):
        yield "a cell whose text is not that of our notebooks."
        return
    yield from _asked_faults({m[1]: literal_eval(m[2]) for m in settings if m}, check)


def _asked_faults(asked: Mapping[str, Any], check: PageCheck) -> Iterator[str]:
    """Yield what a notebook was asked for and the table does not tell."""
    if not all(_is_value(value, check) for value in asked.values()):
        yield "it has a parameter of another form than ours."
    if not set(filter(None, str(asked.get("by", "")).split(","))) <= check.rows.own_strata:
        yield "it is by other groups than the table."
    named = _DATE.findall(str(asked.get("dates", "")))
    dates = {(county, day.replace("-", ""), group) for county, day, group in named}
    if dates and check.rows.dates and dates != check.rows.dates:
        yield "it is of other dates than the table."


@cache
def _own_cells() -> tuple[frozenset[str], frozenset[str]]:
    """Texts and ids of the cells of the notebooks that reports are made by."""
    texts, ids = set(), set()
    for path in sorted(notebook_folder().glob("*.ipynb")):
        for cell in json.loads(path.read_text("utf-8"))["cells"]:
            texts.add(joined(cell["source"]).strip())
            ids.add(cell.get("id", ""))
    return frozenset(texts), frozenset(ids)


def _output_faults(output: Any, check: PageCheck, said: str) -> Iterator[str]:
    kind = output.get("output_type") if isinstance(output, dict) else None
    if kind == "error":
        yield "an error with its traceback."
        return
    if kind not in _SHOWN or set(output) - _OUTPUT_KEYS:
        yield f"an output of an unknown kind ({str(kind)[:20]})."
        return
    if output.get("metadata", {}) not in ({}, {"fmbstats": {"own": True}}):
        yield "an output with other metadata than ours."
    data = output.get("data", {})
    if set(data) - _MIMES or PART_MIME not in data:
        yield "a kind of output that is not on the list."
        return
    html = joined(data.get("text/html", ""))
    if _plain_links(html.strip()) not in said:
        yield "a part that does not stand so in its page."
        check.fragment(html)
    yield from _part_faults(data[PART_MIME], joined(data.get("text/plain", "")), said, check)
    yield from _values_faults(data.get(VALUES_MIME, ""), check)


def _part_faults(about: Any, plain: str, said: str, check: PageCheck) -> Iterator[str]:
    if not isinstance(about, dict) or set(about) != {"key", "place", "contents"}:
        yield "a part that says other things of itself than ours."
        return
    if not (
        any(f'"{about["key"]}"' in text for text in _own_cells()[0])
        and is_anchor(str(about["place"] or "answer"))
    ):
        yield "a part with another name or place than ours."
    if plain and plain != f"Part(key='{about['key']}', place='{about['place']}')":
        yield "text beside a part that is not ours."
    contents = (f'<a href="#{anchor}">{escape(title)}</a>' for anchor, title in about["contents"])
    if not all(link in said for link in contents):
        yield "a part with a title that does not stand in its page's contents."


def _values_faults(values: Any, check: PageCheck) -> Iterator[str]:
    lines = values.splitlines() if isinstance(values, str) else [str(line) for line in values]
    if lines and check.unknown_lines(list(csv.reader(lines))):
        yield "values that the table does not have."
