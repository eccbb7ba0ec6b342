"""Every number of a page stands in the table of the release."""

from __future__ import annotations

import io
from collections.abc import Iterable

from fmbstats.reports.edition_changes import PAGE as CHANGES_PAGE
from fmbstats.reports.gate.findings import Findings
from fmbstats.reports.gate.inventory import Folder
from fmbstats.reports.gate.reading import ReadFile
from fmbstats.reports.gate.rows import TABLE

CHECK = "traced numbers"
_TODO = "Make the folder again; a number that no row holds was not released."
# Pages without numbers of their own: the index repeats the table, the other holds FMB's words.
_NOT_TRACED = ("index.html", CHANGES_PAGE)


def check_traced(folder: Folder, files: Iterable[ReadFile], findings: Findings) -> None:
    """Look every number of every report and of the overview up in the table."""
    from fmbstats.reports.tracing import Tracer, read_pieces, read_table, rows_of

    table = read_table(io.BytesIO(folder.files[TABLE]))
    for file in files:
        if file.suffix != ".html" or file.name in _NOT_TRACED:
            continue
        language, pieces = read_pieces(file.data.decode("utf-8", "replace"))
        rows = rows_of(table, file.name.removesuffix(".html"))
        missing, n = Tracer(rows, language).untraced(pieces)
        findings.looked(CHECK, n)
        for number in missing:
            what = f"{number.number} stands in no row of {TABLE}."
            where = f"{number.section} ({number.kind})"
            findings.add(CHECK, file.name, where, what, _TODO)
