"""Runs every check of the gate over an opened folder."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import pandas as pd
import polars as pl

from fmbstats.evaluate.certificates import CertificateUse
from fmbstats.gate import marks
from fmbstats.gate.again import OpenLedger
from fmbstats.gate.certificates import read_certificates
from fmbstats.gate.closed import check_closed
from fmbstats.gate.facts import without_contact
from fmbstats.gate.findings import Fault, Findings, Piece
from fmbstats.gate.inventory import EXPORT, REPORTS, Folder
from fmbstats.gate.patterns import scan_text
from fmbstats.gate.previous import check_previous
from fmbstats.gate.reading import Reader, ReadFile
from fmbstats.gate.recomputed import check_table, read_ledger
from fmbstats.gate.rows import MEASURED, TABLE, check_rows, public_names, read_measured, read_rows
from fmbstats.gate.site_pages import SITE, SitePages
from fmbstats.gate.told_files import FileCheck
from fmbstats.gate.told_notebook import notebook_faults
from fmbstats.gate.told_page import (
    NO_PHRASE,
    PageCheck,
    Rows,
    check_pages,
    page_classes,
    unsaid,
)
from fmbstats.gate.told_pictures import Pictures
from fmbstats.pages.grammar import ADDRESSES, VALUES
from fmbstats.words import LANGUAGES

FORM, TEXT, LINKS = "form", "text", "links"
_MADE_AGAIN = (
    "Make the folder again; name the folder of its sources with --data if they are not the usual."
)
# Attributes that are held against the table, a picture, a closed list or a form.
_ELSEWHERE = "|".join(
    [*VALUES, *ADDRESSES, "id", "for", "aria-labelledby", "lang", "hreflang", "download", "colspan"]
)
_READ_ELSEWHERE = re.compile(
    rf"in a picture$|<meta (?:http-equiv|content)>$| (?:{_ELSEWHERE}|data-(?:of|drawn)|"
    r"value|datetime)>$|<pattern |<section data-spells>$"
)


def check_files(folder: Folder, previous: Path | None, findings: Findings) -> tuple[int, list[str]]:
    """Check what is in the files; return the threshold and notes about how it was done.

    `previous`: an earlier release.
    """
    reader = Reader()
    files = [reader.read(name, data) for name, data in sorted(folder.files.items())]
    _check_contents(files, findings)
    _check_links(folder, files, findings)
    threshold = marks.check_marks(folder, files, findings) or 0
    notes: list[str] = []
    rows, public = _rows(folder, findings), public_names()
    if rows is not None:
        check_rows(rows, public, findings)
        check_closed(folder, findings)
        ledger = read_ledger(folder, findings)
        notes += _check_ledger(
            ledger, read_certificates(folder, findings), rows, previous, findings
        )
        pictures = Pictures(ledger, page_classes())
        told = Rows(rows, public)
    if rows is not None and folder.kind == REPORTS:
        pages = _texts(files, ".html")
        _check_site(folder, pages, told, ledger, findings)
        check_pages({k: v for k, v in pages.items() if k not in SITE}, told, findings, pictures)
        _check_phrases(files, told, findings)
        _check_notebooks(folder, files, told, findings, pictures)
    if rows is not None and folder.kind == EXPORT:
        check = FileCheck(told, folder.files, findings, pictures)
        for file in files:
            check.run(file)
        check.captions(str(folder.about.get("settings", {}).get("language")))
    return threshold, notes


def _check_ledger(
    ledger: OpenLedger | None,
    use: CertificateUse | None,
    rows: pd.DataFrame,
    previous: Path | None,
    findings: Findings,
) -> list[str]:
    """Compute the table again; compare the ledger with that of an earlier release."""
    if ledger is None:
        return []
    check_table(ledger, use, rows, findings)
    if previous is None:
        return []
    return [check_previous(pl.from_pandas(ledger.frame), previous, findings)]


def _texts(files: Iterable[ReadFile], suffix: str) -> dict[str, str]:
    return {f.name: f.data.decode("utf-8", "replace") for f in files if f.suffix == suffix}


def _check_phrases(files: Iterable[ReadFile], rows: Rows, findings: Findings) -> None:
    """Find texts of pages that are put together."""
    for file in (f for f in files if f.suffix in (".html", ".ipynb") and f.name not in SITE):
        for piece in file.contents.pieces:
            is_page = file.suffix == ".html" or "text/html" in piece.where
            if not is_page or _READ_ELSEWHERE.search(piece.where):
                continue
            if unsaid(piece.text, rows.known):
                findings.add(FORM, file.name, piece.where, NO_PHRASE, "Make the page again.")


def _check_site(
    folder: Folder,
    pages: Mapping[str, str],
    rows: Rows,
    ledger: OpenLedger | None,
    findings: Findings,
) -> None:
    """Make the pages beside the reports again and compare."""
    threshold = None if ledger is None else ledger.rule.threshold
    site = SitePages(rows, frozenset(folder.files), threshold)
    for name, where in site.faults(pages):
        findings.looked(FORM)
        what = "it is not the page that follows from the tables and the public sources."
        findings.add(FORM, name, where, what, _MADE_AGAIN)


def _check_notebooks(
    folder: Folder,
    files: Sequence[ReadFile],
    rows: Rows,
    findings: Findings,
    pictures: Pictures,
) -> None:
    """Check what notebooks are made of, and their numbers as those of pages."""
    parsed = {file.name: file.parsed for file in files if file.suffix == ".ipynb"}
    pages = _texts(files, ".html")
    said = str(folder.about.get("language"))
    language = said if said in LANGUAGES else LANGUAGES[0]
    for name, text in _texts(files, ".ipynb").items():
        check = PageCheck(name, text, rows, findings, pictures, language)
        page = pages.get(f"{Path(check.name).stem}.html", "")
        for what in dict.fromkeys(notebook_faults(parsed[check.name] or {}, check, page)):
            findings.add(FORM, check.name, "", what, "Make the report again with fmbstats.")


def _check_contents(files: Iterable[ReadFile], findings: Findings) -> None:
    """What a file must not hold, by its form and in its words; each text is searched once."""
    known: dict[str, Sequence[Fault]] = {}
    for file in files:
        findings.looked(FORM)
        findings.extend(FORM, file.name, file.contents.faults)
        for piece in (*file.contents.pieces, *file.contents.names):
            if piece.text not in known:
                known[piece.text] = tuple(scan_text([Piece("", without_contact(piece.text))]))
            for fault in known[piece.text]:
                findings.add(TEXT, file.name, piece.where, fault.what, fault.todo)
        findings.looked(TEXT, len(file.contents.pieces))


def _check_links(folder: Folder, files: Iterable[ReadFile], findings: Findings) -> None:
    """A page leads only to what is released with it."""
    for file in files:
        if file.page is None:
            continue
        for where, target in file.page.links:
            findings.looked(LINKS)
            if target not in folder.files:
                what = f"a link to {target}, which is not in the folder."
                findings.add(LINKS, file.name, where, what, "Make the page again.")


def _rows(folder: Folder, findings: Findings) -> pd.DataFrame | None:
    """Read both tables as one; None, with a finding, when that is not possible."""
    found = []
    for name, read in ((TABLE, read_rows), (MEASURED, read_measured)):
        if name not in folder.files:
            continue  # Its absence is a finding already.
        try:
            found.append(read(folder.files[name]))
        except (ValueError, UnicodeDecodeError) as error:
            findings.add(FORM, name, "", f"cannot be read ({error}).", "Make the folder again.")
    return pd.concat(found, ignore_index=True) if len(found) == 2 else None
