"""Reads what an export holds beside its table: workbook, document, figures and lists, by words.

A file of figures or tables does not carry the ids of rows. Its words must be those of phrases,
public names and the table; the lines of data behind a figure must be the table's; and a number of
spells or of people, in digits or in words, one that the table tells.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Mapping
from functools import cache, cached_property
from importlib import resources
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pandas as pd

from fmbstats.export.document import document_pdf
from fmbstats.export.folder import MANIFEST
from fmbstats.gate.captions import caption_faults
from fmbstats.gate.findings import Findings
from fmbstats.gate.inventory import RECORD
from fmbstats.gate.known_text import KnownText
from fmbstats.gate.read_workbook import read_sheets
from fmbstats.gate.reading import ReadFile
from fmbstats.gate.rows import FLAGS
from fmbstats.gate.told_page import ELSEWHERE, NO_PHRASE, Rows, unsaid
from fmbstats.gate.told_pictures import OTHERWISE, Pictures, copied, file_faults
from fmbstats.gate.told_workbook import form_faults, workbook_faults
from fmbstats.measures import MEASURES, SETTING
from fmbstats.release.certificates import CERTIFICATES_SIDECAR
from fmbstats.release.open_data import DICTIONARY, SIDECAR
from fmbstats.settings import SETTINGS
from fmbstats.told import COLUMNS, NUMBERS
from fmbstats.words import LANGUAGES, phrase, phrase_keys, phrase_text

FORM, CHECK, PICTURES = "form", "told numbers", "pictures"
_AGAIN = "Make the export again with fmbstats."
_READ = (".xlsx", ".svg", ".txt", ".csv")
# Ending of a copy -> of what it may be made: figures, and the texts of a document.
_MADE_FROM = {"pdf": ("svg", "json"), "png": ("svg",)}
_BARE = "a file without what it is made from."
_NO_TEXTS = "a value that is no text, where a document has texts alone."
_SET_OTHERWISE = "a document that is not set as its texts say."
# Read by their own grammars.
_OWN = (SETTINGS.table, DICTIONARY, SIDECAR, CERTIFICATES_SIDECAR, MANIFEST, RECORD)
# "1 500" at the end of an axis and its title, "antal sjukfall", are no count of spells.
_WHO = (
    r"[ \xa0](?:(?!antal\b)\w+[ \xa0])?"
    r"(?:sjukfall|person|patient|individ|kvinn|man\b|män\b|spell|people|women|men\b)"
)
_COUNTED = re.compile(_WHO, re.IGNORECASE)
# Texts of a file format, no words: what a picture refers to inside itself, fonts, colours.
_PLUMBING = re.compile(r"metadata|<\w+ (?!aria-label>|title|alt)[\w:-]+>|docProps|<style>")
# Where a workbook's header stands; in which language a line of a list or a caption is.
_PLACE = re.compile(r"^&[LCR]|^(?:\[(?:%s)\] | {4}(?:%s): )" % (("|".join(LANGUAGES),) * 2))
_OF = re.compile(r"\b(?:av|of|in|än|than)[ \xa0]$")
_BLANKS = re.compile(r"[ \n\t\xbc-\xbe]+")  # and the signs of fractions, as degrees are drawn
# Reservations, measures, heads and sheets stand as their keys in a workbook.
_KEYS = FLAGS | MEASURES.keys() | set(COLUMNS)
_KEYS |= {
    key.rpartition(".")[2]
    for kind in ("export.head.", "export.sheet.", "flag.")
    for key in phrase_keys(kind)
}
_KEYS |= {f"level_{how}" for how in ("exact", "shorter", "category", "none")}
_HASH = re.compile(r"\b[0-9a-f]{64}\b")


@cache
def _spaced() -> re.Pattern[str]:
    """Lines of texts: words a blank apart, set in by four or not at all, or a line of a read-me."""
    lines = (line for x in LANGUAGES for line in phrase_text("export.readme", x).splitlines())
    ours = (
        r"\S+".join(map(re.escape, re.split(r"\{\w+\}", line))) for line in lines if "  " in line
    )
    return re.compile("|".join([r"(?:(?: {4})?[^ ](?: ?[^ ])*)?", *ours]))


def _counts(rows: pd.DataFrame) -> frozenset[float]:
    """Every number of spells that a table tells."""
    told = {m.key for m in MEASURES.values() if m.unit == "spells" and m.follows != SETTING}
    is_count = rows["metric"].isin(told)
    names = ("n_spells", "n_events", "n_at_risk_at_r")
    columns = [rows.loc[is_count, "estimate"], *(rows[name] for name in names)]
    return frozenset(float(n) for column in columns for n in column.dropna().unique())


def _n_lines(data: bytes) -> int:
    """Lines of a CSV file below its heads."""
    return sum(1 for _ in csv.reader(io.StringIO(data.decode("utf-8-sig", "replace")))) - 1


class FileCheck:
    """Checks the files of an export against its table.

    `files`: content of the folder's files.
    """

    def __init__(
        self,
        rows: Rows,
        files: Mapping[str, bytes],
        findings: Findings,
        pictures: Pictures,
    ):
        self._contents, self._pictures = files, pictures
        self._files = frozenset(name.rpartition(".")[0] for name in files)
        self._n_lines = {
            name.removesuffix(".csv"): _n_lines(data)
            for name, data in files.items()
            if name.endswith(".csv")
        }
        self._rows, self._counts, self._known = rows, _counts(rows.frame), rows.known
        self._findings = findings
        self._parsed: Any = None  # what the document is set from

    def run(self, file: ReadFile) -> None:
        """Check one file; those with a grammar of their own are left out."""
        stem, _, ending = file.name.rpartition(".")
        makers = [f"{stem}.{made_from}" for made_from in _MADE_FROM.get(ending, ())]
        if makers and not any(maker in self._contents for maker in makers):
            self._findings.add(FORM, file.name, "", _BARE, _AGAIN)
        if ending == "json" and file.name not in _OWN:
            self._document(stem, file)
        if file.suffix not in _READ or file.name in _OWN:
            return
        if file.suffix == ".csv" and self._is_part_of_table(file):
            return
        own = {".xlsx": self._workbook, ".svg": self._picture, ".txt": self._blanks}
        own.get(file.suffix, lambda _: None)(file)
        texts = {piece.text for piece in file.contents.pieces}
        for piece in file.contents.pieces:
            if _PLUMBING.search(piece.where):
                continue
            if piece.text[:2] == "&L" and any(t.startswith(piece.text[2:]) for t in texts):
                continue  # a header that is cut
            self._say(file.name, piece.where, piece.text)

    def captions(self, language: str) -> None:
        """Compare what the files say of one figure or table."""
        self._findings.looked(FORM)
        language = language if language in LANGUAGES else LANGUAGES[0]
        try:
            said = caption_faults(self._contents, self._parsed, language, self._rows)
            for name, where in dict.fromkeys(said):
                self._findings.add(FORM, name, where, ELSEWHERE, _AGAIN)
        except Exception as error:  # whatever files that are not ours make a reader raise
            what = f"captions that cannot be read ({type(error).__name__})."
            self._findings.add(FORM, "", "", what, _AGAIN)

    def _say(self, name: str, where: str, text: str) -> None:
        """Find what a text says that no phrase, public name or row does."""
        if text in self._cells or all(key in _KEYS for key in text.split()):
            return
        text = _BLANKS.sub(" ", _PLACE.sub("", _HASH.sub("", text)))
        if text.strip().removesuffix(".*") in self._files:
            return
        self._findings.looked(CHECK)
        for what, check in self._faults(text):
            self._findings.add(check, name, where, what, _AGAIN)

    def _document(self, stem: str, file: ReadFile) -> None:
        """Read the texts of a document, and set it again from them and the figures."""
        self._parsed = file.parsed
        for text in _texts_of(file.parsed):
            if text not in _document_words() and text not in self._contents:
                self._say(file.name, "", text)
        if not _are_texts(file.parsed):
            self._findings.add(FORM, file.name, "", _NO_TEXTS, _AGAIN)
        self._findings.looked(PICTURES)
        try:
            again = _set_again(file.parsed, self._contents)
        except Exception:  # whatever values that are not ours make a typesetter raise
            again = b""
        if not again or again != self._contents.get(f"{stem}.pdf"):
            self._findings.add(PICTURES, f"{stem}.pdf", "", _SET_OTHERWISE, _AGAIN)

    def _blanks(self, file: ReadFile) -> None:
        """Find lines whose blanks could say something."""
        for piece in file.contents.pieces:
            if not _spaced().fullmatch(piece.text):
                what = "blanks in a row that no line of ours has."
                self._findings.add(FORM, file.name, piece.where, what, _AGAIN)

    def _is_part_of_table(self, file: ReadFile) -> bool:
        """Check the data behind a figure, line by line; whether it is such a file."""
        lines = list(csv.reader(io.StringIO(file.data.decode("utf-8-sig", "replace"))))
        heads = tuple(lines[0]) if lines else ()
        # What is behind a figure always is; some tables are texts of FMB alone.
        is_of_figure = file.name.startswith("figures/")
        if not is_of_figure and not (heads and set(heads) <= set(COLUMNS)):
            return False
        self._findings.looked(CHECK, len(lines) - 1)
        if wrong := self._rows.n_unknown(lines):
            what = f"{wrong} lines of data that the table does not have."
            self._findings.add(CHECK, file.name, "", what, _AGAIN)
        return True

    def _picture(self, file: ReadFile) -> None:
        """Draw a figure again, as SVG and as the files that are made from it."""
        stem = file.name.removesuffix(".svg")
        behind = self._contents.get(f"{stem}.csv", b"").decode("utf-8-sig", "replace")
        ids = {line.get("row") or "" for line in csv.DictReader(io.StringIO(behind))} - {""}
        self._findings.looked(PICTURES)

        def say(element: object, text: str, where: str) -> None:
            for what, check in self._faults(text):
                self._findings.add(check, file.name, where, what, _AGAIN)

        try:
            text = file.data.decode("utf-8")
            faults = list(file_faults(text, ids, self._rows, self._pictures, say))
            others = copied(text) if not faults else {}
        except Exception as error:  # whatever a picture that is not ours makes a reader raise
            faults, others = [f"a picture that cannot be drawn again ({type(error).__name__})."], {}
        for what in faults:
            self._findings.add(PICTURES, file.name, "", what, _AGAIN)
        for ending, content in others.items():
            if self._contents.get(f"{stem}.{ending}", content) != content:
                self._findings.add(PICTURES, f"{stem}.{ending}", "", OTHERWISE, _AGAIN)

    def _workbook(self, file: ReadFile) -> None:
        """Hold every number of a workbook against the table."""
        try:
            sheets = read_sheets(file.data)
        except ValueError as error:
            self._findings.add(FORM, file.name, "", f"{error}.", _AGAIN)
            return
        self._findings.looked(CHECK, sum(len(cells) for sheet in sheets for cells in sheet))
        for what in form_faults(file.data):
            self._findings.add(FORM, file.name, "", what, _AGAIN)
        for where, what in workbook_faults(sheets, self._rows, self._n_lines):
            self._findings.add(CHECK, file.name, where, what, _AGAIN)

    @cached_property
    def _cells(self) -> frozenset[str]:
        """Every text of the table: ids of rows and entries, measures, groups, flags."""
        frame = self._rows.frame
        texts = (frame[name].unique() for name in COLUMNS if name not in NUMBERS)
        return frozenset(text for column in texts for text in column)

    def _faults(self, text: str) -> Iterator[tuple[str, str]]:
        said = [set(known.unknown_words(text)) for known in self._known.values()]
        if unknown := set.intersection(*said):
            what = f"{len(unknown)} words that no phrase, public name or table of ours holds."
            yield what, FORM
        elif unsaid(text, self._known):
            yield NO_PHRASE, FORM
        # Captions stand in both languages: each is read in the one that explains more of it.
        for read in (self._untold, _counting_words):
            for number in min((read(text, known) for known in self._known.values()), key=len):
                yield f"{number} stands in no row.", CHECK

    def _untold(self, text: str, known: KnownText) -> list[str]:
        counted = (n for n in known.numbers(text) if _COUNTED.match(n.after) and not n.is_percent)
        return [n.text for n in counted if n.value not in self._counts and not _is_of(n.before)]


def _counting_words(text: str, known: KnownText) -> list[str]:
    """Return numbers in words that stand before what is counted."""
    parts = ((word, *text.partition(word)[::2]) for word in known.in_words(text))
    return [word for word, before, after in parts if _COUNTED.match(after) and not _is_of(before)]


def _is_of(before: str) -> bool:
    """Whether it is of how many, or which number is shown at least: 3 of 10, fewer than 6."""
    return bool(_OF.search(before))


def _texts_of(value: Any) -> Iterator[str]:
    """Yield every key and text of plain data."""
    if isinstance(value, Mapping):
        yield from value
    inner = value.values() if isinstance(value, Mapping) else value
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping | list):
        for one in inner:
            yield from _texts_of(one)


def _are_texts(value: Any) -> bool:
    """Whether data are texts alone, but for what is said of register and columns by yes and no."""
    if isinstance(value, Mapping):
        flags = value.get("numeric", [])
        are_flags = isinstance(flags, list) and all(isinstance(flag, bool) for flag in flags)
        fits = are_flags and len(flags) == len(value.get("heads", ()))
        is_flag = isinstance(value.get("is_synthetic", True), bool)
        others = (value[key] for key in value if key not in ("numeric", "is_synthetic"))
        return fits and is_flag and all(map(_are_texts, others))
    return all(map(_are_texts, value)) if isinstance(value, list) else isinstance(value, str)


@cache
def _document_words() -> frozenset[str]:
    """Keys and kinds of what a document is set from: its template names them."""
    template = resources.files("fmbstats.export").joinpath("document.typ").read_text("utf-8")
    kinds = (
        phrase(f"page.{kind}", x, number="") for kind in ("figure", "table") for x in LANGUAGES
    )
    return frozenset([*re.findall(r"[\w-]+", template), *LANGUAGES, *map(str.strip, kinds)])


def _set_again(values: Any, files: Mapping[str, bytes]) -> bytes:
    """Set a document from its texts and the figures of the folder."""
    with TemporaryDirectory(prefix="fmbstats-") as name:
        folder = Path(name)
        (folder / "figures").mkdir()
        for place, content in files.items():
            if place.endswith(".svg"):
                (folder / place).write_bytes(content)
        return document_pdf(folder, values)
