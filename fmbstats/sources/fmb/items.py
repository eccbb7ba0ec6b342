"""What both readers of FMB services do alike with files and items."""

from __future__ import annotations

import hashlib
import json
import re
import stat
import unicodedata
from datetime import date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from fmbstats.errors import SourceError
from fmbstats.sources.fmb import wording
from fmbstats.sources.fmb.reading import read_limit
from fmbstats.sources.textfiles import MAX_BYTES, parse_json

LOCAL = ZoneInfo("Europe/Stockholm")
HASH_CHARS = 16
SLUG_CHARS = 60
UNITS = ("d", "wk", "mo")


def read_bytes(path: Path) -> bytes:
    """Read a file whole; refuse one that is missing, empty or holds NUL bytes."""
    try:
        if not stat.S_ISREG(Path(path).stat().st_mode):  # a pipe would be waited for
            raise SourceError(f"{path}: is no regular file; expected a file.")
        with Path(path).open("rb") as handle:
            raw = handle.read(MAX_BYTES + 1)
    except FileNotFoundError:
        raise SourceError(f"{path}: no such file.") from None
    except OSError as error:
        raise SourceError(f"{path}: cannot be read ({error.strerror}).") from None
    if len(raw) > MAX_BYTES:
        raise SourceError(f"{path}: is larger than {MAX_BYTES // 1024**2} MiB; no edition is.")
    if not raw.strip():
        raise SourceError(f"{path}: the file is empty.")
    if b"\0" in raw:
        raise SourceError(f"{path}: a NUL byte at {raw.index(0)}; not a text file.")
    return raw


def read_json_of(path: Path, raw: bytes, what: str) -> Any:
    """Return what JSON in UTF-8 says; see `parse_json`."""
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise SourceError(f"{path}: not UTF-8 at byte {error.start}. Save it as UTF-8.") from None
    return parse_json(text, path, what)


def local_date(moment: str) -> date:
    """Give the Swedish date of a UTC moment (which is a local midnight).

    >>> local_date("2010-05-31T22:00:00+0000")
    datetime.date(2010, 6, 1)
    """
    return datetime.strptime(moment, "%Y-%m-%dT%H:%M:%S%z").astimezone(LOCAL).date()


def content_hash(content: Any) -> str:
    """Hash what an item says: the first 16 hexadecimal digits of SHA-256 over sorted JSON."""
    canonical = json.dumps(content, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(canonical.encode("utf-8")).hexdigest()[:HASH_CHARS]


def slug_of(name: str) -> str:
    """Give a name as a short ASCII file name.

    >>> slug_of("Åderbråck i benen")
    'aderbrack-i-benen'
    """
    if len(name) > SLUG_CHARS:  # what stands in brackets is the first to go
        name = re.sub(r"\s*\([^)]*\)", "", name)
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    slug = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")
    if len(slug) > SLUG_CHARS:
        slug = slug[: SLUG_CHARS + 1].rsplit("-", 1)[0]
        slug = re.sub(r"(-(och|eller|med|vid|i|inklusive|inkl))+$", "", slug)
    return slug or "entry"


def add_slugs(entries: list[dict[str, Any]]) -> None:
    """Give each entry a slug; those that would be equal carry their id as well."""
    slugs = [slug_of(entry["name"]) for entry in entries]
    for entry, slug in zip(entries, slugs, strict=True):
        entry["slug"] = slug if slugs.count(slug) == 1 else f"{slug}-{entry['entry_id'].lower()}"


def whole_number(value: object) -> int | None:
    """Read a length's number, 0 to 9999; None when it is something else.

    >>> whole_number("12"), whole_number("3.0"), whole_number("-1"), whole_number("²")
    (12, 3, None, None)
    """
    found = re.fullmatch(r"([0-9]{1,4})(?:\.0)?", str(value))
    return int(found[1]) if found else None


def length_facts(
    case_id: str,
    text: str | None,
    sentence: str | None,
    number: int | None,
    unit: str | None,
    degree: str | None,
    shared_text: str | None = None,
) -> dict[str, Any]:
    """Turn a length's wording and number into the facts kept: short wording, number, limit."""
    return {
        "length_text": wording.short_wording(text),
        "number": number,
        "unit": unit,
        "degree": degree,
        **read_limit(text, sentence, number, unit, shared_text, case_id).facts(),
        "text_lengths": " | ".join(wording.stated_lengths(text)) or None,
        "sentence_lengths": " | ".join(wording.stated_lengths(sentence)) or None,
    }
