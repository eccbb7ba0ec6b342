"""Every number of a page stands in the table of the release."""

from __future__ import annotations

import io
from collections.abc import Iterable

from fmbstats.gate.findings import Findings
from fmbstats.gate.inventory import Folder
from fmbstats.gate.reading import ReadFile
from fmbstats.gate.rows import TABLE
from fmbstats.pages.site.changes import PAGE as CHANGES_PAGE

CHECK = "traced numbers"
_TODO = "Make the folder again; a number that no row holds was not released."
# Pages without numbers of their own: the index repeats the table, the other holds FMB's words.
_NOT_TRACED = ("index.html", CHANGES_PAGE)


def check_traced(folder: Folder, files: Iterable[ReadFile], findings: Findings) -> None:
    """Look every number of every report and of the overview up in the table."""
    from fmbstats.gate.tracing import Tracer, read_pieces, read_table, rows_of

    table = read_table(io.BytesIO(folder.files[TABLE]))
    for file in files:
        if file.suffix != ".html" or file.name in _NOT_TRACED or b'data-row="' in file.data:
            continue
        language, pieces = read_pieces(file.data.decode("utf-8", "replace"))
        rows = rows_of(table, file.name.removesuffix(".html"))
        missing, n = Tracer(rows, language).untraced(pieces)
        findings.looked(CHECK, n)
        for number in missing:
            what = f"{number.number} stands in no row of {TABLE}."
            where = f"{number.section} ({number.kind})"
            findings.add(CHECK, file.name, where, what, _TODO)
