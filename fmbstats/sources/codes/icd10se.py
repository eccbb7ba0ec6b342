"""Reader of ICD-10-SE code files that a user has: text, one code per line.

Two forms are known by what stands in them. *Lists without a heading*: ``F43⇥⇥name`` (the middle
field holds † or *), blocks ``F40-F48⇥⇥name``, chapters ``F00-F99name`` and groups
``A00-E90,G00-L99:name``. *The tab-separated form with a heading*, as Socialstyrelsen publishes
its code files: a column for the code and one for the title, others are passed over.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from fmbstats import codes
from fmbstats.errors import SourceError
from fmbstats.sources.codes.code_list import ICD10SE_SYSTEM, CodeList, make_list
from fmbstats.sources.fmb.items import read_bytes

CODE_HEADINGS = ("kod", "code", "icd-10-se", "icd10se", "icd-kod", "diagnoskod")
NAME_HEADINGS = ("titel", "title", "name", "namn", "text", "kodtext", "benämning", "beskrivning")
_SPAN = r"[A-Z][0-9]{2}-[A-Z][0-9]{2}"
_CHAPTER = re.compile(rf"({_SPAN})\s*(\S.*)")
_GROUP = re.compile(rf"({_SPAN}(?:,{_SPAN})*):(.+)")


def read_icd10se(path: Path) -> CodeList:
    """Read an ICD-10-SE file in any of its forms.

    Parameters
    ----------
    path : Path

    Returns
    -------
    CodeList

    Raises
    ------
    SourceError
        Not UTF-8, not one of the forms, or a line that is no code; says which line.
    """
    path = Path(path)
    raw = read_bytes(path)
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise SourceError(
            f"{path}, line {line}: not UTF-8 (byte 0x{raw[error.start]:02x}). "
            "Save the file as UTF-8."
        ) from None
    lines = text.replace("\r\n", "\n").split("\n")
    heading = _heading(lines[0])
    rows = _with_heading(path, lines, *heading) if heading else _without_heading(path, lines)
    return make_list(list(rows), path, raw, "ICD-10-SE")


def _heading(line: str) -> tuple[int, int] | None:
    """Give the positions of code and name when the first line is a heading."""
    cells = [c.strip().strip('"').lower() for c in line.split("\t")]
    code = next((n for n, c in enumerate(cells) if c in CODE_HEADINGS), None)
    name = next((cells.index(h) for h in NAME_HEADINGS if h in cells), None)
    return None if code is None or name is None or code == name else (code, name)


def _with_heading(
    path: Path, lines: list[str], code_at: int, name_at: int
) -> Iterator[dict[str, str]]:
    n_columns = lines[0].count("\t") + 1
    for number, line in enumerate(lines[1:], start=2):
        if not line.strip():
            continue
        cells = [c.strip().strip('"') for c in line.split("\t")]
        if len(cells) < min(n_columns, max(code_at, name_at) + 1):
            raise SourceError(
                f"{path}, line {number}: {len(cells)} fields where the heading has {n_columns}."
            )
        yield _row(path, number, cells[code_at], cells[name_at])


def _without_heading(path: Path, lines: list[str]) -> Iterator[dict[str, str]]:
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        cells = line.split("\t")
        if len(cells) in (2, 3):
            yield _row(path, number, cells[0], cells[-1])
        elif len(cells) == 1 and (found := _GROUP.fullmatch(line)):
            yield _made(found.group(1), found.group(2), "group")
        elif len(cells) == 1 and (found := _CHAPTER.fullmatch(line)):
            yield _made(found.group(1), found.group(2), "chapter")
        else:
            raise SourceError(
                f"{path}, line {number}: {line[:40]!r} is no line of a code list; expected code, "
                "tab and name, or a heading with 'Kod' and 'Titel'."
            )


def _row(path: Path, number: int, code: str, name: str) -> dict[str, str]:
    code, name = code.strip(), " ".join(name.split())
    if not name:
        raise SourceError(f"{path}, line {number}: code {code[:20]!r} has no name.")
    if re.fullmatch(_SPAN, code):
        return _made(code, name, "chapter" if _is_chapter(code) else "block")
    try:
        return _made(codes.normalise(code), name, "code")
    except codes.CodeError:
        raise SourceError(
            f"{path}, line {number}: {code[:40]!r} is not an ICD-10-SE code."
        ) from None


def _is_chapter(span: str) -> bool:
    return tuple(span.split("-")) in codes.CHAPTERS


def _made(code: str, name: str, level: str) -> dict[str, str]:
    return {"code": code, "name": name.strip(), "level": level, "system": ICD10SE_SYSTEM}
