"""Closed grammars of the files whose keys are known: manifests."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from fmbstats.batch import manifest
from fmbstats.export.folder import MADE_BY
from fmbstats.export.folder import MANIFEST as EXPORT_MANIFEST
from fmbstats.export.sheets import release_statement
from fmbstats.gate.findings import Findings
from fmbstats.gate.inventory import EXPORT, Folder
from fmbstats.results.about import Release
from fmbstats.settings import SETTINGS
from fmbstats.words import LANGUAGES
from fmbstats.words.strata import OF_OWN

CHECK = "form"
TABLE = SETTINGS.table
_AGAIN = "Make the folder again with fmbstats."
_EXPORT_KEYS = frozenset(
    ["made_by", "is_synthetic", "statement", "settings", "source_hash", "fmbstats_version", "files"]
)
_EXPORT_SETTINGS = {
    "year": r"(?:19|20)\d\d",
    "language": "|".join(LANGUAGES),
    "month_days": "|".join(map(str, SETTINGS.month_conventions)),
    "width_cm": r"\d{1,2}(?:\.\d{1,2})?",
    "has_pdf": "True|False",
    "threshold": r"\d{1,3}",
    "round": r"None|[\w-]{1,60}",
    "by": r"\w{0,60}(?:,\w{1,60}){0,2}",
}
_SLUG = re.compile(r"[a-z0-9-]{1,120}")
_SHA256 = re.compile(r"[0-9a-f]{64}")
_VERSION = re.compile(r"\d+(?:\.\d+){1,3}[a-z0-9.+]{0,16}")


def check_closed(folder: Folder, findings: Findings) -> None:
    """Find every key, comment and text for which these files have no place."""
    for name, data in folder.files.items():
        findings.looked(CHECK)
        text = data.decode("utf-8", "replace")
        if name == manifest.NAME:
            faults = _manifest_faults(json.loads(text))
        elif name == EXPORT_MANIFEST and folder.kind == EXPORT:
            faults = _export_faults(json.loads(text), folder)
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


def _export_faults(about: Mapping[str, Any], folder: Folder) -> Iterator[str]:
    """Yield what no manifest of an export says; sizes and hashes are compared with the files."""
    if set(about) != _EXPORT_KEYS or set(about["settings"]) != set(_EXPORT_SETTINGS):
        yield "it has other keys than a manifest of ours."
        return
    settings = {name: str(value) for name, value in about["settings"].items()}
    if not all(re.fullmatch(_EXPORT_SETTINGS[k], v) for k, v in settings.items()):
        yield "a setting of another form than ours."
        return
    strata = filter(None, settings["by"].split(","))
    if not all(f",{name}{OF_OWN}".encode() in folder.files.get(TABLE, b"") for name in strata):
        yield "it is by other groups than the table."
    told = release_statement(Release(int(settings["threshold"])), settings["language"])
    if (about["made_by"], about["statement"]) != (MADE_BY, told):
        yield "it says another thing of itself than ours."
    if type(about["is_synthetic"]) is not bool or not _SHA256.fullmatch(about["source_hash"]):
        yield "it says another thing of its data than ours."
    if not _VERSION.fullmatch(about["fmbstats_version"]):
        yield "it names other versions than ours."
    sizes = {name: len(data) for name, data in folder.files.items()}
    for file in about["files"]:
        if set(file) != {"name", "bytes", "sha256"} or file["bytes"] != sizes.get(file["name"]):
            yield "a file of another size, or with more said of it."
            return
