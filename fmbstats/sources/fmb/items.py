"""What both readers of FMB services do alike with files and items."""

from __future__ import annotations

import hashlib
import json
import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from fmbstats.errors import SourceError
from fmbstats.sources import textfiles
from fmbstats.sources.fmb import wording
from fmbstats.sources.fmb.reading import UNIT_DAYS, read_limit
from fmbstats.sources.sidecar import listed_files

LOCAL = ZoneInfo("Europe/Stockholm")
HASH_CHARS = 16
SLUG_CHARS = 60
UNITS = tuple(UNIT_DAYS)
#: Domain of ICF codes -> what both services call it.
ICF_BLOCKS = {"activity": "aktivitetsbegransning", "impairment": "funktionsnedsattning"}


def one_of_each(
    paths: Iterable[Path], load: Callable[[Path], tuple[str, list]], kinds: Mapping[str, str]
) -> tuple[dict[str, list], list[dict[str, Any]]]:
    """Read the files of a service, one of each kind: items by kind, and what the sidecar says.

    `load`: kind and items of a file. `kinds`: kind → what its items are called. Raises SourceError:
    a kind is missing, or there twice.
    """
    items: dict[str, list] = {}
    paths = [Path(path) for path in paths]
    for path in paths:
        kind, found = load(path)
        if kind in items:
            raise SourceError(
                f"{path}: a second document of {kinds[kind]!r}; one of each is needed."
            )
        items[kind] = found
    if missing := [name for kind, name in kinds.items() if kind not in items]:
        raise SourceError(
            f"{', '.join(path.name for path in paths) or 'no files'}: no document of "
            f"{missing[0]!r}; give both of the service's answers."
        )
    return items, listed_files(zip(paths, map(len, items.values()), strict=True))


def read_json_of(path: Path, raw: bytes, what: str) -> Any:
    """Return what JSON in UTF-8 says; see `parse_json`."""
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise SourceError(f"{path}: not UTF-8 at byte {error.start}. Save it as UTF-8.") from None
    return textfiles.parse_json(text, path, what)


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
        **vars(read_limit(text, sentence, number, unit, shared_text, case_id)),
        "text_lengths": " | ".join(wording.stated_lengths(text)) or None,
        "sentence_lengths": " | ".join(wording.stated_lengths(sentence)) or None,
    }
