"""Reads every file of a folder by its kind; what is read once is not read again."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import Any

from fmbstats.gate.findings import Contents
from fmbstats.gate.read_html import Page, read_html
from fmbstats.gate.read_notebook import read_json, read_notebook
from fmbstats.gate.read_pdf import read_pdf
from fmbstats.gate.read_pictures import read_png, read_svg
from fmbstats.gate.read_tables import read_csv, read_parquet, read_text
from fmbstats.gate.read_workbook import read_workbook

_AGAIN = "Make it again with fmbstats."


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
    """Reads files; a picture that stands in page and notebook is read once."""

    def __init__(self) -> None:
        self._pictures: dict[bytes, Contents] = {}

    def read(self, name: str, data: bytes) -> ReadFile:
        """Read a file whose ending is on the list of `inventory.SUFFIXES`."""
        file = ReadFile(name, data)
        getattr(self, f"_{file.suffix[1:]}", self._unknown)(file)
        return file

    def picture(self, mime: str, data: bytes) -> Contents:
        """Read a picture that lies in a page or a notebook."""
        key = hashlib.sha256(mime.encode() + b"\0" + data).digest()
        if key not in self._pictures:
            read = {"image/svg+xml": read_svg, "image/png": read_png}.get(mime)
            if read is None:
                contents = Contents()
                contents.fault("", f"a picture of a kind not on the list ({mime}).", _AGAIN)
            else:
                contents = read(data)
            self._pictures[key] = contents
        return self._pictures[key]

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
        file.contents = self.picture("image/svg+xml", file.data)

    def _png(self, file: ReadFile) -> None:
        file.contents = self.picture("image/png", file.data)

    def _pdf(self, file: ReadFile) -> None:
        file.contents = read_pdf(file.data)

    def _xlsx(self, file: ReadFile) -> None:
        file.contents = read_workbook(file.data)

    def _unknown(self, file: ReadFile) -> None:
        file.contents.fault("", "a kind of file that the gate cannot read.", "Remove it.")
