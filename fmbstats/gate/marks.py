"""Every file says that it is for release, and by which threshold."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from fmbstats.gate.findings import Findings
from fmbstats.gate.inventory import EXPORT, RECORD, Folder
from fmbstats.gate.reading import ReadFile
from fmbstats.pages.site.changes import PAGE as CHANGES_PAGE
from fmbstats.release.certificates import CERTIFICATES_SIDECAR
from fmbstats.release.open_data import SIDECAR
from fmbstats.release.rule import Rule
from fmbstats.words import LANGUAGES, phrase, phrase_text

CHECK = "release mark"
_INTERNAL = tuple(phrase("report.internal", language).rstrip(".") for language in LANGUAGES)


def _statement(*says: str) -> re.Pattern[str]:
    return re.compile("|".join(re.escape(text) + r"(\d+)" for text in says))


# Documents name the threshold; pages the smallest group that is told under it.
_THRESHOLD = _statement(
    *(phrase_text("report.released", x).split("{threshold}")[0] for x in LANGUAGES)
)
_SMALLEST = _statement(
    *(phrase_text("about.protected.text", x).split("{n}")[0] for x in LANGUAGES),
    *(
        phrase_text("methods.protected.text", x).split("{n}")[0].rpartition(": ")[2]
        for x in LANGUAGES
    ),
)
_AGAIN = "Make it again without --internal."
_SAME = "Make the whole folder again with one --threshold."
# Pages without a statement of their own: the index carries the mark, the other has no spells.
_NO_STATEMENT = ("index.html", CHANGES_PAGE)


def check_marks(folder: Folder, files: Iterable[ReadFile], findings: Findings) -> int | None:
    """Check every file's mark; return the threshold, or None when it is not stated."""
    stated: dict[int, str] = {}
    smallest: dict[int, str] = {}
    for file in files:
        if file.name == RECORD:
            continue
        findings.looked(CHECK)
        _check_internal(file, findings)
        for threshold in _thresholds(folder, file, findings):
            stated.setdefault(threshold, file.name)
        for group in _told(file, _SMALLEST):
            smallest.setdefault(group, file.name)
    if len(stated) > 1:
        (first, one), (second, other), *_ = stated.items()
        what = f"the threshold is {first} in {one} and {second} in {other}."
        findings.add(CHECK, ".", "", what, _SAME)
    for group, name in smallest.items():
        if stated and group not in {Rule(threshold).base for threshold in stated}:
            what = f"its smallest group is {group}, which the threshold {min(stated)} has not."
            findings.add(CHECK, name, "", what, _SAME)
    if not stated:
        findings.add(CHECK, ".", "", "no file states the smallest count that is shown.", _AGAIN)
    return next(iter(stated), None)


def _check_internal(file: ReadFile, findings: Findings) -> None:
    for piece in file.contents.pieces:
        if any(text in piece.text for text in _INTERNAL):
            what = "it says that it is internal, with exact numbers."
            findings.add(CHECK, file.name, piece.where, what, _AGAIN)
            return


def _thresholds(folder: Folder, file: ReadFile, findings: Findings) -> Iterator[int]:
    """Yield every threshold that a file states; one that must and does not is a finding."""
    yield from _told(file, _THRESHOLD)
    if file.suffix == ".ipynb":
        yield from _of_notebook(file, findings)
    elif file.name == "export.json":
        yield from _of_settings(file, findings)
    elif file.name in (SIDECAR, CERTIFICATES_SIDECAR):
        yield from _of_ledger(file)
    elif _must_tell(folder, file) and not _says_how(file):
        what = "the smallest count that is shown is not stated."
        findings.add(CHECK, file.name, "", what, _AGAIN)


def _must_tell(folder: Folder, file: ReadFile) -> bool:
    if file.suffix == ".html":
        return file.name not in _NO_STATEMENT
    # Figures and tables of an export stand below its read-me; whole documents speak themselves.
    is_whole = "/" not in file.name and file.suffix in (".json", ".xlsx")
    return folder.kind == EXPORT and is_whole


def _says_how(file: ReadFile) -> bool:
    """Whether it says by what rule its numbers are protected."""
    return any(True for pattern in (_THRESHOLD, _SMALLEST) for _ in _told(file, pattern))


def _told(file: ReadFile, pattern: re.Pattern[str]) -> Iterator[int]:
    for piece in file.contents.pieces:
        if match := pattern.search(piece.text):
            yield int(next(filter(None, match.groups())))


def _of_notebook(file: ReadFile, findings: Findings) -> Iterator[int]:
    """Read the parameters that the notebook was run with."""
    try:
        parameters = file.parsed["metadata"]["papermill"]["parameters"]
        is_release, threshold = parameters["release"], parameters["threshold"]
    except (KeyError, TypeError):
        is_release, threshold = False, 0
    if is_release is not True or not isinstance(threshold, int) or threshold < 2:
        what = "it was not run for release."
        findings.add(CHECK, file.name, "parameters", what, _AGAIN)
        return
    yield threshold


def _of_ledger(file: ReadFile) -> Iterator[int]:
    """Yield the threshold that the ledger was protected under; its form is checked elsewhere."""
    about = file.parsed if isinstance(file.parsed, dict) else {}
    if isinstance(about.get("threshold"), int):
        yield about["threshold"]


def _of_settings(file: ReadFile, findings: Findings) -> Iterator[int]:
    settings = file.parsed.get("settings") if isinstance(file.parsed, dict) else None
    threshold = settings.get("threshold") if isinstance(settings, dict) else None
    if not isinstance(threshold, int) or threshold < 2:
        what = "the export was not made for release."
        findings.add(CHECK, file.name, "settings", what, _AGAIN)
        return
    yield threshold
