"""A list of codes and names, whatever it came from: the checked form of ICD-10-SE and FHIR."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import polars as pl

from fmbstats.atomic import make_folder, write_text
from fmbstats.errors import SourceError
from fmbstats.sources.sidecar import file_sha256, read_json_object
from fmbstats.sources.textfiles import read_bytes

SCHEMA = dict.fromkeys(("code", "name", "level", "system", "valid_from"), pl.String)
#: FMB's OID of ICD-10-SE, and the one of Webcert, Intygsstatistik and SRS.
ICD10SE_SYSTEM, _OTHER_OID = "1.2.752.116.1.1.1.3.2", "1.2.752.116.1.1.1.1.3"
#: WHO's classification: its codes are written as ours, but it lacks those that Sweden added.
ICD10_SYSTEM = "http://hl7.org/fhir/sid/icd-10"
#: OIDs and FHIR addresses under which ICD-10-SE goes.
ICD10SE_SYSTEMS = (
    *(f"{prefix}{oid}" for oid in (ICD10SE_SYSTEM, _OTHER_OID) for prefix in ("", "urn:oid:")),
    "http://hl7.org/fhir/sid/icd-10-se",
    ICD10_SYSTEM,
)
#: What a list says of itself when it does not hold every code.
INCOMPLETE = "incomplete"
LEVELS = ("code", "block", "chapter", "group")
_SIDECAR = ".source.json"


@dataclass(frozen=True, eq=False)
class CodeList:
    """Codes with names."""

    #: code (ICD codes normalised, ranges as ``A00-A09``), name, level ("code", "block", "chapter"
    #: or "group"), system (OID or address), valid_from (ISO date, or null).
    frame: pl.DataFrame
    #: title, files [{name, sha256, n_codes}] and what the file says of itself; "incomplete" says
    #: why codes can be missing.
    source: dict[str, Any] = field(default_factory=dict)

    def __repr__(self) -> str:
        return f"<CodeList: {self.frame.height} codes>"

    @property
    def codes(self) -> frozenset[str]:
        """The codes proper, without blocks and chapters."""
        return frozenset(self.frame.filter(pl.col("level") == "code")["code"])

    @property
    def is_complete(self) -> bool:
        """Whether a code that is not in the list does not exist."""
        return INCOMPLETE not in self.source


def merge(lists: Iterable[CodeList]) -> CodeList:
    """Join several lists; the same code with another name is refused."""
    lists = list(lists)
    files = [f for one in lists for f in one.source.get("files", [])]
    frame = pl.concat([one.frame for one in lists]).unique(maintain_order=True)
    twice = frame.filter(pl.struct("code", "level", "system").is_duplicated())
    if twice.height:
        code, first, second = twice["code"][0], twice["name"][0], twice["name"][1]
        raise SourceError(
            f"{', '.join(str(f['name']) for f in files)}: code {code} has two names, {first!r} and "
            f"{second!r}; give lists of one edition."
        )
    title = "; ".join(dict.fromkeys(one.source.get("title", "") for one in lists))
    source = {"title": title, "files": files}
    # What one list lacks another may hold; several incomplete ones stay incomplete.
    if not any(one.is_complete for one in lists):
        source[INCOMPLETE] = "; ".join(dict.fromkeys(one.source[INCOMPLETE] for one in lists))
    return CodeList(frame, source)


def write_code_list(found: CodeList, path: Path) -> Path:
    """Write a list as CSV with a sidecar; each file appears whole or not at all."""
    make_folder(path.parent)
    write_text(path, found.frame.write_csv())
    sidecar = json.dumps(found.source, ensure_ascii=False, indent=2) + "\n"
    write_text(path.with_suffix(_SIDECAR), sidecar)
    return path


def read_code_list(path: Path) -> CodeList:
    """Read what `write_code_list` wrote."""
    if not path.exists():
        raise SourceError(f"{path}: missing. Make it with 'fmbstats import codes FILE'.")
    try:
        frame = pl.read_csv(read_bytes(path), infer_schema=False)
    except pl.exceptions.PolarsError as error:
        reason = str(error).splitlines()[0]
        raise SourceError(f"{path}: not a readable CSV file ({reason}).") from None
    if frame.columns == list(SCHEMA)[:4]:  # as written before validity was kept
        frame = frame.with_columns(pl.lit(None, pl.String).alias("valid_from"))
    if frame.columns != list(SCHEMA):
        raise SourceError(
            f"{path}: columns are {', '.join(frame.columns)}; expected {', '.join(SCHEMA)}."
        )
    # Of rows that `write_code_list` never wrote, codes would be said to exist.
    texts = pl.concat_str(pl.all().fill_null(""))
    wrong = frame.with_row_index("line", 2).filter(
        pl.col("code").fill_null("").str.strip_chars().eq("")
        | ~pl.col("level").is_in(LEVELS).fill_null(False)
        | texts.str.contains("\x00", literal=True)
    )
    if wrong.height:
        line, code, level = wrong.select("line", "code", "level").row(0)
        raise SourceError(
            f"{path}, line {line}: code {str(code)[:40]!r} of level {str(level)[:40]!r} is no row "
            "of a code list. Make it anew with 'fmbstats import codes FILE'."
        )
    beside = path.with_suffix(_SIDECAR)
    said = read_json_object(beside) if beside.is_file() else {}
    return CodeList(frame, {"files": [{"name": path.name}]} | said)


def make_list(
    rows: Sequence[Mapping[str, str | None]], path: Path, title: str, **said: Any
) -> CodeList:
    """Make the list of one file, with its sidecar."""
    if not rows:
        raise SourceError(f"{path}: holds no codes.")
    file = {"name": path.name, "sha256": file_sha256(path), "n_codes": len(rows)}
    frame = pl.DataFrame(rows, schema=SCHEMA, orient="row")
    checked = merge([CodeList(frame, {"title": title, "files": [file], **said})])
    return CodeList(checked.frame, {**checked.source, **said})
