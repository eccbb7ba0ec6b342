"""Reads an executed notebook by its closed grammar: cells of ours, and parts of told numbers."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

from fmbstats.gate.read_notebook import joined
from fmbstats.gate.told_page import PageCheck
from fmbstats.pages.render import PART_MIME, VALUES_MIME
from fmbstats.store.paths import notebook_folder

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
_METADATA = {
    "kernelspec": {"display_name", "language", "name"},
    "language_info": {
        "codemirror_mode", "file_extension", "mimetype", "name", "nbconvert_exporter",
        "pygments_lexer", "version",
    },
    "papermill": {
        "default_parameters", "duration", "end_time", "environment_variables", "exception",
        "input_path", "output_path", "parameters", "start_time", "version",
    },
}  # fmt: skip
_CELL = frozenset(["tags", "papermill", "editable", "slideshow", "jupyter"])
_CELL_PAPERMILL = frozenset(["duration", "end_time", "exception", "start_time", "status"])
_CELL_KEYS = frozenset(
    ["cell_type", "execution_count", "id", "metadata", "source", "outputs", "attachments"]
)
_OUTPUT_KEYS = frozenset(["output_type", "data", "metadata", "execution_count"])
_SHOWN = frozenset(["execute_result", "display_data"])
_TAGS = frozenset(["notebook-only", "parameters", "injected-parameters", "hide-input"])
_PART = re.compile(r"Part\(key='[\w-]{1,40}', place='[\w-]{0,40}'\)")
_MIMES = frozenset([PART_MIME, VALUES_MIME, "text/html", "text/plain"])
# Dates of the counties, 21 and two that were, each with the group that dates are permuted within.
_DATES = r"\d\d \d{4}-\d\d-\d\d(?: \d\d?)?(?:, \d\d \d{4}-\d\d-\d\d(?: \d\d?)?){0,23}"
_SETTING = re.compile(rf"(\w+) = (True|False|None|\d{{1,6}}|\"(?:[\w. ,-]{{0,150}}|{_DATES})\")")
_DATE = re.compile(r"(\d\d) (\d{4}-\d\d-\d\d)(?: (\d\d?))?")
_SHORT = re.compile(rf"[\w .:,+/-]{{0,150}}|{_DATES}")


def notebook_faults(notebook: Mapping[str, Any], check: PageCheck, page: str) -> Iterator[str]:
    """Yield what no notebook of ours holds; numbers of its parts are checked by `check`.

    `check`: of this notebook, in the language of its report. `page`: the page that was made of it:
    the titles of its parts stand there.
    """
    if set(notebook) != {"cells", "metadata", "nbformat", "nbformat_minor"}:
        yield "it has other parts than a notebook of ours."
    metadata = notebook.get("metadata", {})
    for key, value in metadata.items():
        if key not in _METADATA or not isinstance(value, dict) or set(value) - _METADATA[key]:
            yield "its metadata have other keys than ours."
        else:
            yield from _metadata_faults(key, value, check)
    said = f"{' '.join(check.text_of(page).split())} {page}" if page else ""
    for cell in notebook.get("cells", ()):
        yield from _cell_faults(cell, check, said)


def _metadata_faults(key: str, value: Mapping[str, Any], check: PageCheck) -> Iterator[str]:
    if key == "papermill":
        for name in ("parameters", "default_parameters"):
            given = value.get(name) or {}
            if set(given) - _PARAMETERS:
                yield "it has other parameters than our notebooks."
            yield from _asked_faults({key: str(text) for key, text in given.items()}, check)
        if value.get("environment_variables"):
            yield "it tells of its environment."
    texts = (v for v in _leaves(value) if v is not None and not isinstance(v, bool))
    if not all(_SHORT.fullmatch(str(text)) for text in texts):
        yield "its metadata hold more than ours."


def _leaves(value: Any) -> Iterator[Any]:
    if isinstance(value, Mapping):
        for inner in value.values():
            yield from _leaves(inner)
    else:
        yield value


def _cell_faults(cell: Any, check: PageCheck, said: str) -> Iterator[str]:
    if not isinstance(cell, dict) or cell.get("cell_type") not in ("markdown", "code"):
        yield "a cell of an unknown kind."
        return
    own = cell.get("metadata", {})
    if set(own) - _CELL or set(own.get("papermill", {})) - _CELL_PAPERMILL:
        yield "the metadata of a cell have other keys than ours."
    if not set(own.get("tags", ())) <= _TAGS:
        yield "the metadata of a cell have another tag than ours."
    times = (v for v in own.get("papermill", {}).values() if v is not None)
    if not all(_SHORT.fullmatch(str(value)) for value in times):
        yield "the metadata of a cell hold more than ours."
    if set(cell) - _CELL_KEYS or cell.get("attachments"):
        yield "a cell with other parts than ours, or an attached file."
    own_id = str(cell.get("id", ""))
    if own_id not in _own_cells()[1] and not re.fullmatch("[0-9a-f]{8}", own_id):
        yield "a cell with another id than ours."
    yield from _source_faults(joined(cell.get("source", "")), check)
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
    yield from _asked_faults({m[1]: m[2].strip('"') for m in settings if m}, check)


def _asked_faults(asked: Mapping[str, str], check: PageCheck) -> Iterator[str]:
    """Yield what a notebook was asked for and the table does not tell."""
    if not set(filter(None, asked.get("by", "").split(","))) <= check.rows.own_strata:
        yield "it is by other groups than the table."
    named = _DATE.findall(asked.get("dates", ""))
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
    if html.strip():
        check.fragment(html)
    if not _PART.fullmatch(joined(data.get("text/plain", "Part(key='a', place='')"))):
        yield "text beside a part that is not ours."
    yield from _part_faults(data[PART_MIME], said, check)
    yield from _values_faults(data.get(VALUES_MIME, ""), check)


def _part_faults(about: Any, said: str, check: PageCheck) -> Iterator[str]:
    if not isinstance(about, dict) or set(about) != {"key", "place", "contents"}:
        yield "a part that says other things of itself than ours."
        return
    anchors = [str(anchor) for anchor, _ in about["contents"]]
    if not all(f'id="{anchor}"' in said for anchor in anchors) or not (
        any(f'"{about["key"]}"' in text for text in _own_cells()[0])
        and re.fullmatch("[a-z]{0,10}", str(about["place"]))
    ):
        yield "a part with another name or place than ours."
    for _, title in about["contents"]:
        if " ".join(str(title).split()) not in said and not check.is_plain(str(title)):
            yield "a part with a title that does not stand in it."


def _values_faults(values: Any, check: PageCheck) -> Iterator[str]:
    lines = values.splitlines() if isinstance(values, str) else [str(line) for line in values]
    if lines and check.unknown_lines(list(csv.reader(lines))):
        yield "values that the table does not have."
