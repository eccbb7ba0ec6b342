"""Reads every file of a folder by its kind."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, field
from html import unescape
from typing import Any

from fmbstats.gate.findings import Contents
from fmbstats.gate.read_html import Page, read_html
from fmbstats.gate.read_notebook import read_json, read_notebook
from fmbstats.gate.read_tables import read_csv, read_parquet, read_text
from fmbstats.gate.read_workbook import read_workbook

_AGAIN = "Make it again with fmbstats."
_WORDS = re.compile(r"<(title|desc)\b[^>]*>([^<]*)<")


@dataclass(eq=False)
class ReadFile:
    """A file as it was read."""

    name: str  #: Path below the folder.
    data: bytes = field(repr=False)
    contents: Contents = field(default_factory=Contents, repr=False)
    page: Page | None = None  #: Of a page.
    parsed: Any = None  #: Of a notebook or JSON file; None when it could not be read.

    @property
    def suffix(self) -> str:
        """Ending of the name, in small letters."""
        return "." + self.name.rpartition(".")[2].lower()

    @property
    def sha256(self) -> str:
        """Hash of the content."""
        return hashlib.sha256(self.data).hexdigest()


class Reader:
    """Reads files; of figures only the words: they are drawn again, and their copies, too."""

    def read(self, name: str, data: bytes) -> ReadFile:
        """Read a file whose ending is on the list of `inventory.SUFFIXES`."""
        file = ReadFile(name, data)
        getattr(self, f"_{file.suffix[1:]}", self._unknown)(file)
        return file

    def _text_of(self, file: ReadFile) -> str:
        try:
            return file.data.decode("utf-8")
        except UnicodeDecodeError:
            file.contents.fault("", "not a text in UTF-8.", _AGAIN)
            return ""

    def _html(self, file: ReadFile) -> None:
        text = self._text_of(file)
        faults = file.contents.faults
        file.page = read_html(text)
        file.contents = file.page.contents
        file.contents.faults.extend(faults)

    def _ipynb(self, file: ReadFile) -> None:
        file.parsed, file.contents = read_notebook(self._text_of(file))

    def _json(self, file: ReadFile) -> None:
        file.parsed, file.contents = read_json(self._text_of(file))

    def _csv(self, file: ReadFile) -> None:
        file.contents = read_csv(file.data)

    def _parquet(self, file: ReadFile) -> None:
        file.contents = read_parquet(file.data)

    def _txt(self, file: ReadFile) -> None:
        file.contents = read_text(file.data)

    def _lock(self, file: ReadFile) -> None:
        if file.data:
            file.contents.fault("", "a lock file that is not empty.", "Remove it.")

    def _svg(self, file: ReadFile) -> None:
        for name, text in _WORDS.findall(self._text_of(file)):
            file.contents.say(f"<{name}>", unescape(text))

    def _png(self, file: ReadFile) -> None:
        pass

    def _pdf(self, file: ReadFile) -> None:
        pass

    def _xlsx(self, file: ReadFile) -> None:
        file.contents = read_workbook(file.data)

    def _unknown(self, file: ReadFile) -> None:
        file.contents.fault("", "a kind of file that the gate cannot read.", "Remove it.")
