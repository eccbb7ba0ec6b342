"""Closed grammars of the files whose keys are known: manifests and pictures."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from fmbstats.batch import manifest
from fmbstats.gate.findings import Findings
from fmbstats.gate.inventory import Folder
from fmbstats.words import LANGUAGES

CHECK = "form"
_AGAIN = "Make the folder again with fmbstats."
_SLUG = re.compile(r"[a-z0-9-]{1,120}")
_SHA256 = re.compile(r"[0-9a-f]{64}")
_VERSION = re.compile(r"\d+(?:\.\d+){1,3}[a-z0-9.+]{0,16}")
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


def _picture_faults(text: str) -> Iterator[str]:
    if _HIDDEN.search(text):
        yield "text or shapes that are hidden."
    if not text.rstrip().endswith("</svg>"):
        yield "text after its end."
