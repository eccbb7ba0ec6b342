"""Whether an export says one thing of a figure or table in all its files.

The list names each with its captions; its own texts, the plain list, its picture and the document
repeat them, each language says the same, and a chapter's text is held against its rows as a page's.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from html import unescape
from itertools import takewhile
from typing import Any

from lxml.html import builder

from fmbstats.gate.choices import Said, is_title_of, pattern_of, said_otherwise
from fmbstats.gate.known_text import KnownText
from fmbstats.gate.told_page import Rows
from fmbstats.media import in_picture
from fmbstats.words import LANGUAGES, phrase, phrase_forms, phrase_keys, visible

_CAPTIONS = ("sv", "en")
_TITLE = re.compile(r'<title id="title">([^<]*)</title>')
_ALT = re.compile(r'<desc id="description">([^<]*)</desc>')
_STEM = re.compile(r"\w+/(figure|table)-(\d+)_([a-z0-9-]+)_([a-z0-9-]+)")
_NUMBER = re.compile(r"\d[\d\xa0 ,.]*(?<=\d)(?:[\xa0 ]?%)?")


def caption_faults(
    files: Mapping[str, bytes],
    document: Any,
    language: str,
    rows: Rows,
) -> Iterator[tuple[str, str]]:
    """Yield the files of an export that say another thing than its list, or than its rows.

    `document`: what the PDF is set from; None without one.
    """
    name = phrase("export.list.file", language)
    listed = _Lists(files, language, name, document, rows.known)
    for line in csv.reader(io.StringIO(_text(files, f"{name}.csv").removeprefix("\ufeff"))):
        if (stem := _STEM.fullmatch(line[-1])) is not None:
            yield from listed.faults(line, stem)
    for chapter in (document or {}).get("chapters", ()):
        yield from ((f"{name}.csv", key) for key in _chapter_faults(chapter, language, rows.said))


def _text(files: Mapping[str, bytes], name: str) -> str:
    return files.get(name, b"").decode("utf-8", "replace")


class _Lists:
    def __init__(
        self,
        files: Mapping[str, bytes],
        language: str,
        name: str,
        document: Any,
        known: Mapping[str, KnownText],
    ) -> None:
        self._files, self._language, self._name, self._known = files, language, name, known
        self._lines = _text(files, f"{name}.txt").splitlines()
        blocks = [b for chapter in (document or {}).get("chapters", ()) for b in chapter["blocks"]]
        self._figures = {block["file"]: block for block in blocks if "file" in block}
        self._has_document = document is not None

    def faults(self, line: Sequence[str], stem: re.Match[str]) -> Iterator[tuple[str, str]]:
        number, chapter, captions = line[0], line[1], line[3:5]
        kind, n, _, key = stem.groups()
        place = f"    {stem[0]}.*"
        at = self._lines.index(place) if place in self._lines else 0
        texts = [text.removeprefix("'") for text in captions]
        told = [f"    {x}: {visible(t, 2000)}" for x, t in zip(_CAPTIONS, texts, strict=True)]
        head = f"{number}. {chapter}: "
        if at < 3 or self._lines[at - 2 : at] != told or not self._lines[at - 3].startswith(head):
            yield f"{self._name}.txt", stem[0]
            return
        title = self._lines[at - 3].removeprefix(head)
        beside = _text(self._files, f"{stem[0]}.txt").split("\n")
        own = self._own(texts, kind, int(n), beside)
        if not own.startswith(title.rstrip("….")) or not _is_same(*texts):
            yield f"{self._name}.csv", stem[0]
        if kind == "figure" and not all(map(is_title_of, [f"fig-{key}"] * 2, texts, _CAPTIONS)):
            yield f"{self._name}.csv", stem[0]
        if not self._is_well_told(kind, int(n), texts, beside):
            yield f"{stem[0]}.txt", stem[0]
        if kind == "figure":
            yield from self._figure(stem[0], own, f"{chapter}: {title}", beside)

    def _is_well_told(
        self, kind: str, number: int, captions: Sequence[str], beside: Sequence[str]
    ) -> bool:
        """Whether the texts of a figure or table are its captions, and tell the same numbers.

        Language by language: the caption, the alternative text of a figure, an empty line.
        """
        each = 3 if kind == "figure" else 2
        if len(beside) != each * len(LANGUAGES) or any(beside[each - 1 :: each]):
            return False
        heads = [f"[{x}] {phrase(f'page.{kind}', x, number=number)}. " for x in LANGUAGES]
        said = dict(zip(_CAPTIONS, captions, strict=True))
        for x, head, line in zip(LANGUAGES, heads, beside[::each], strict=True):
            if not line.startswith(head) or (x in said and line != head + visible(said[x], 5000)):
                return False
        alts = [f"[{x}] {phrase('export.alt', x)}: " for x in LANGUAGES] if each == 3 else []
        if not all(map(str.startswith, beside[1::3], alts)):
            return False
        return all(self._tell_the_same(beside[k::each]) for k in range(each - 1))

    def _tell_the_same(self, lines: Sequence[str]) -> bool:
        """Whether lines tell the same numbers, each in its language."""
        told = [
            sorted((number.value, number.is_percent) for number in self._known[x].numbers(line))
            for x, line in zip(LANGUAGES, lines, strict=True)
        ]
        return told.count(told[0]) == len(told)

    def _own(self, texts: Sequence[str], kind: str, number: int, beside: Sequence[str]) -> str:
        """Return the caption in the export's language; the list holds the first two alone."""
        if self._language in _CAPTIONS:
            return texts[_CAPTIONS.index(self._language)]
        head = f"[{self._language}] {phrase(f'page.{kind}', self._language, number=number)}. "
        return next((x.removeprefix(head) for x in beside if x.startswith(head)), "")

    def _figure(
        self, stem: str, own: str, whole: str, beside: Sequence[str]
    ) -> Iterator[tuple[str, str]]:
        """Compare a picture and the document with the list."""
        svg = _text(self._files, f"{stem}.svg")
        found = [unescape(m[1]) if (m := form.search(svg)) else "" for form in (_TITLE, _ALT)]
        alt = f"[{self._language}] {phrase('export.alt', self._language)}: "
        alts = [line.removeprefix(alt) for line in beside if line.startswith(alt)]
        if not found[0].endswith(f". {whole}") or found[1:] != alts:
            yield f"{stem}.svg", stem
        if not self._has_document:
            return
        block = self._figures.get(f"{stem}.svg", {})
        note = block.get("caption", "").rstrip("…")
        if block.get("short") != in_picture(whole) or note not in own or [block["alt"]] != alts:
            yield f"{stem}.pdf", stem


def _chapter_faults(
    chapter: Mapping[str, Any], language: str, said: Mapping[str, Said]
) -> Iterator[str]:
    """Yield the phrases of a chapter that its rows do not allow: it is read as a page."""
    slugs = [m[3] for b in chapter["blocks"] if (m := _STEM.match(b.get("file", ""))) is not None]
    first = [*takewhile(lambda block: block["type"] == "text", chapter["blocks"])]
    texts = [block for block in chapter["blocks"] if block["type"] == "text"]
    page = builder.E.section(
        *(_paragraph(block, is_first=block in first) for block in texts), **{"data-entry": ""}
    )
    of = said.get(slugs[0], Said()) if slugs else Said()
    yield from (key for _, key in said_otherwise(page, language, {}, of))


def _paragraph(block: Mapping[str, Any], *, is_first: bool) -> Any:
    """Return a text with its numbers as a page has them; the first ones are the answer."""
    text = block["text"]
    parts: list[Any] = []
    at = 0
    for number in _NUMBER.finditer(text):
        value = re.sub(r"[^\d.]", "", number[0].replace(",", "."))
        parts += [text[at : number.start()], builder.E.data(number[0], value=value)]
        at = number.end()
    tag = "h1" if is_first and block["kind"] == "finding" else "p"
    return builder.E(tag, *parts, text[at:], {"class": block["kind"] if is_first else "finding"})


def _is_same(*captions: str) -> bool:
    """Whether captions begin with the same title, where one of ours does."""
    keys = [_titles(text, x) for x, text in zip(_CAPTIONS, captions, strict=True)]
    return not all(keys) or bool(set.intersection(*keys))


def _titles(caption: str, language: str) -> set[str]:
    return {key for key, form in _title_forms(language) if form.match(caption)}


@cache
def _title_forms(language: str) -> list[tuple[str, re.Pattern[str]]]:
    keys = (key for key in phrase_keys() if re.search(r"\.(?:title|figure|caption)\b", key))
    return [
        (key, re.compile(f"{pattern_of(form, is_told=False)}(?:[.?]|$)"))
        for key in keys
        for form in phrase_forms(key, language)
    ]
