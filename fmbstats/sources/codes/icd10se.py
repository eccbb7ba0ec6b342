"""Reader of code files that a user has: ICD-10-SE as text, and the primary care list KSH97-P.

Known by what stands in them: *lists without a heading* (code, tab and name, blocks, chapters and
groups); *the tab-separated file with a heading* that Socialstyrelsen publishes, in which codes go
on over several rows (those after the first have neither title nor date); *KSH97-P*, of fixed width
in latin-1: it holds but the codes of primary care, so no code is missing that is not in it.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path

from fmbstats import codes
from fmbstats.errors import SourceError
from fmbstats.sources.codes.code_list import ICD10SE_SYSTEM, INCOMPLETE, CodeList, make_list
from fmbstats.sources.fmb.sidecars import read_bytes
from fmbstats.sources.textfiles import likely_encoding

CODE_HEADINGS = ("kod", "code", "icd-10-se", "icd10se", "icd-kod", "diagnoskod")
NAME_HEADINGS = ("titel", "title", "name", "namn", "text", "kodtext", "benämning", "beskrivning")
VALID_HEADINGS = ("giltig från", "giltig fr o m", "valid from", "valid_from")
KSH97P_SYSTEM = "KSH97-P"
_SPAN = r"[A-Z][0-9]{2}-[A-Z][0-9]{2}"
_CHAPTER = re.compile(rf"({_SPAN})\s*(\S.*)")
_GROUP = re.compile(rf"({_SPAN}(?:,{_SPAN})*):(.+)")
_KSH97P = re.compile(rb"[A-Z][0-9]{2}[-0-9][A-Z ] +\S")


def read_icd10se(path: Path) -> CodeList:
    """Read an ICD-10-SE file in any of its forms.

    Raises SourceError: not UTF-8, not one of the forms, or a line that is no code; says which line.
    """
    raw = read_bytes(path)
    first_lines = [line for line in raw.split(b"\n")[:20] if line.strip()]
    if first_lines and all(map(_KSH97P.match, first_lines)):
        rows = list(_ksh97p(path, raw))
        return make_list(rows, path, KSH97P_SYSTEM, **{INCOMPLETE: "codes of primary care"})
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise SourceError(
            f"{path}, line {line}: not UTF-8 (byte 0x{raw[error.start]:02x}). "
            "Save the file as UTF-8."
        ) from None
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    heading = _heading(text.partition("\n")[0])
    found = _with_heading(path, text, heading) if heading else _without_heading(path, text)
    return make_list(list(found), path, "ICD-10-SE")


def _heading(line: str) -> dict[str, int] | None:
    """Give the positions of code, name and start of validity when the first line is a heading."""
    cells = [c.strip().strip('"').lower() for c in line.split("\t")]
    wanted = {"code": CODE_HEADINGS, "name": NAME_HEADINGS, "valid_from": VALID_HEADINGS}
    found = {
        ours: cells.index(heading)
        for ours, headings in wanted.items()
        for heading in reversed(headings)
        if heading in cells
    }
    has_both = "code" in found and "name" in found and found["code"] != found["name"]
    return found if has_both else None


def _with_heading(path: Path, text: str, at: dict[str, int]) -> Iterator[dict[str, str | None]]:
    reader = csv.reader(io.StringIO(text), delimiter="\t", strict=True)
    n_columns, last, seen = len(next(reader)), reader.line_num, set()
    for row in _rows(path, reader):
        number, last = last + 1, reader.line_num
        if len(row) < n_columns and last == text.count("\n") + 1:
            raise _cut_off(path, number)
        cells = [c.strip() for c in row]
        if not any(cells):
            continue
        if len(cells) < min(n_columns, max(at.values()) + 1):
            raise SourceError(
                f"{path}, line {number}: {len(cells)} fields where the heading has {n_columns}."
            )
        code, name = cells[at["code"]], cells[at["name"]]
        if code in seen and not name:
            continue  # further texts of a code that stands above
        seen.add(code)
        valid = cells[at["valid_from"]] if "valid_from" in at else ""
        yield {**_row(path, number, code, name), "valid_from": _day(path, number, valid)}


def _rows(path: Path, reader) -> Iterator[list[str]]:
    try:
        yield from reader
    except csv.Error:
        raise _cut_off(path, reader.line_num) from None


def _cut_off(path: Path, number: int) -> SourceError:
    return SourceError(f"{path}, line {number}: the file is cut off or damaged. Fetch it again.")


def _day(path: Path, number: int, text: str) -> str | None:
    """Check a date of validity."""
    try:
        return date.fromisoformat(text[:10]).isoformat() if text else None
    except ValueError:
        raise SourceError(f"{path}, line {number}: {text[:20]!r} is not a date.") from None


def _ksh97p(path: Path, raw: bytes) -> Iterator[dict[str, str | None]]:
    text = raw.decode(likely_encoding(raw) or "latin-1")
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip():
            continue
        if not _KSH97P.match(line.encode()):
            raise SourceError(f"{path}, line {number}: {line[:40]!r} is no line of KSH97-P.")
        code = line[:5].rstrip(" P").rstrip("-")
        yield _row(path, number, code, line[5:]) | {"system": KSH97P_SYSTEM}


def _without_heading(path: Path, text: str) -> Iterator[dict[str, str | None]]:
    for number, line in enumerate(text.split("\n"), start=1):
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


def _row(path: Path, number: int, code: str, name: str) -> dict[str, str | None]:
    code, name = code.strip(), " ".join(name.split())
    if not name:
        raise SourceError(f"{path}, line {number}: code {code[:20]!r} has no name.")
    if re.fullmatch(_SPAN, code):
        is_chapter = tuple(code.split("-")) in codes.CHAPTERS
        return _made(code, name, "chapter" if is_chapter else "block")
    if chapter := codes.chapter_by_number(code):
        return _made(chapter, name, "chapter")
    try:
        return _made(codes.normalise(code), name, "code")
    except codes.CodeError:
        raise SourceError(
            f"{path}, line {number}: {code[:40]!r} is not an ICD-10-SE code."
        ) from None


def _made(code: str, name: str, level: str) -> dict[str, str | None]:
    return {"code": code, "name": name.strip(), "level": level, "system": ICD10SE_SYSTEM}
