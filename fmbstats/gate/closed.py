"""Closed grammars of the files whose keys are known: manifests, notebooks, pages of old form."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from typing import Any

from fmbstats.batch import manifest
from fmbstats.gate.findings import Findings
from fmbstats.gate.inventory import Folder
from fmbstats.gate.told_page import is_told
from fmbstats.words import LANGUAGES, phrase_keys, phrase_text

CHECK = "form"
_AGAIN = "Make the folder again with fmbstats."
_SLUG = re.compile(r"[a-z0-9-]{1,120}")
_SHA256 = re.compile(r"[0-9a-f]{64}")
_VERSION = re.compile(r"\d+(?:\.\d+){1,3}[a-z0-9.+]{0,16}")
_PARAMETERS = frozenset(
    ["entry", "year", "language", "month_days", "release", "threshold", "round_name", "store"]
)
_NOTEBOOK = {
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
_COMMENT = re.compile(r"<!--(.*?)-->", re.DOTALL)
_CONTENT = re.compile(r"(?<![-\w])content\s*:\s*(\"[^\"]*\"|'[^']*'|[^;}]*)")
_PLAIN_CONTENT = re.compile(
    r"[\"'](?:\\[0-9A-Fa-f]{1,6}|[^\w\\]{0,3})[\"']|none|normal|attr\([\w-]+\)"
)
_HIDDEN = re.compile(
    r"display\s*[:=]\s*[\"']?none|visibility\s*[:=]\s*[\"']?hidden|(?<![-\w])opacity\s*[:=]\s*"
    r"[\"']?0(?:\.0*)?[\"';\s]|font-size\s*[:=]\s*[\"']?0"
)


def check_closed(folder: Folder, findings: Findings) -> None:
    """Find every key, comment and text for which these files have no place."""
    for name, data in folder.files.items():
        findings.looked(CHECK)
        text = data.decode("utf-8", "replace")
        if name == manifest.NAME:
            faults = _manifest_faults(json.loads(text))
        elif name.endswith(".ipynb"):
            faults = _notebook_faults(text)
        elif name.endswith(".html"):
            faults = _page_faults(text)
        elif name.endswith(".svg"):
            faults = _picture_faults(text)
        else:
            continue
        for what in dict.fromkeys(faults):
            findings.add(CHECK, name, "", what, _AGAIN)


def _manifest_faults(about: Mapping[str, Any]) -> Iterator[str]:
    if set(about) != {"format", "language", "versions", "reports"}:
        yield "it has other keys than a manifest of ours."
        return
    if about["format"] != manifest.FORMAT or about["language"] not in LANGUAGES:
        yield "it has another format or language than ours."
    versions = about["versions"]
    known = {"python", "fmbstats", "papermill", "matplotlib", "numpy", "pandas", "polars", "duckdb"}
    if set(versions) - known or not all(_VERSION.fullmatch(str(v)) for v in versions.values()):
        yield "it names other versions than ours."
    for slug, entry in about["reports"].items():
        if not _SLUG.fullmatch(slug) or set(entry) != {"status", "files", "message"}:
            yield "a report with other keys than ours."
            return
        is_done = entry["status"] == "done"
        if not is_done and entry["status"] != "failed":
            yield "a report with another status than ours."
        if is_done and entry["message"]:
            yield "a report that is done and has a message."
        if not all(_SHA256.fullmatch(str(value)) for value in entry["files"].values()):
            yield "a file with a hash that is none."


def _notebook_faults(text: str) -> Iterator[str]:
    try:
        notebook = json.loads(text)
    except ValueError:
        return  # A finding of its own already.
    if set(notebook) != {"cells", "metadata", "nbformat", "nbformat_minor"}:
        yield "it has other parts than a notebook of ours."
    metadata = notebook.get("metadata", {})
    for key, value in metadata.items():
        if key not in _NOTEBOOK or not isinstance(value, dict) or set(value) - _NOTEBOOK[key]:
            yield "its metadata have other keys than ours."
    asked = metadata.get("papermill", {})
    for name in ("parameters", "default_parameters"):
        if set(asked.get(name) or {}) - _PARAMETERS:
            yield "it has other parameters than our notebooks."
    if asked.get("environment_variables"):
        yield "it tells of its environment."
    yield from _cell_faults(notebook.get("cells", ()))


def _cell_faults(cells: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    for cell in cells:
        own = cell.get("metadata", {})
        if set(own) - _CELL or set(own.get("papermill", {})) - _CELL_PAPERMILL:
            yield "the metadata of a cell have other keys than ours."
        if not re.fullmatch(r"[\w-]{1,64}", str(cell.get("id", ""))):
            yield "a cell with another id than ours."


def _page_faults(text: str) -> Iterator[str]:
    if not text.rstrip().endswith("</html>") or text.count("</html>") != 1:
        yield "text after its end."
    if not text.lstrip().lower().startswith("<!doctype html>"):
        yield "text before its beginning."
    known = _marks()
    for comment in _COMMENT.findall(text):
        if comment.strip() not in known:
            yield "a comment that is not ours."
    if is_told(text):
        return  # Its one style sheet is compared as a whole.
    for style in re.findall(r"<style[^>]*>(.*?)</style>", text, re.DOTALL):
        if any(not _PLAIN_CONTENT.fullmatch(v.strip()) for v in _CONTENT.findall(style)):
            yield "a style that writes text."
    body = re.sub(r"<(style|script)\b.*?</\1>", "", text, flags=re.DOTALL)
    if _HIDDEN.search(body):
        yield "an element that is hidden."


@cache
def _marks() -> frozenset[str]:
    """What a page says of itself in its first lines, in any language."""
    texts = (phrase_text(key, x) for key in phrase_keys("report.") for x in LANGUAGES)
    return frozenset(text for text in texts if "{" not in text)


def _picture_faults(text: str) -> Iterator[str]:
    if _HIDDEN.search(text):
        yield "text or shapes that are hidden."
    if not text.rstrip().endswith("</svg>"):
        yield "text after its end."
