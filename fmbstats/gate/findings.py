"""What the release gate reports: one line per fault, saying where it is and what to do."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field


@dataclass(frozen=True, order=True)
class Finding:
    """A reason why a folder must not leave the house."""

    file: str  #: Path below the folder; "." for the folder itself.
    where: str  #: Place in the file: a line, a row, a cell; empty for all of it.
    what: str  #: What is wrong. Never the text that was found when that may name a person.
    todo: str  #: What to do about it.
    check: str = field(default="", compare=False)  #: Name of the check that found it.

    def text(self) -> str:
        """Write the finding in one line.

        Examples
        --------
        >>> Finding("a.html", "line 3", "a script.", "Make the page again.").text()
        'a.html, line 3: a script. Make the page again.'
        """
        place = f"{self.file}, {self.where}" if self.where else self.file
        return f"{place}: {self.what} {self.todo}"


@dataclass
class Findings:
    """Collects findings, and how often each check looked."""

    found: list[Finding] = field(default_factory=list)
    n_looks: dict[str, int] = field(default_factory=dict)

    def looked(self, check: str, n: int = 1) -> None:
        """Count that a check looked at `n` things; a check that looks at nothing shows as 0."""
        self.n_looks[check] = self.n_looks.get(check, 0) + n

    def add(self, check: str, file: str, where: str, what: str, todo: str) -> None:
        """Note one fault."""
        self.found.append(Finding(file, where, what, todo, check))

    def extend(self, check: str, file: str, faults: Iterable[Fault]) -> None:
        """Note the faults of one file."""
        for fault in faults:
            self.add(check, file, fault.where, fault.what, fault.todo)

    def sorted(self) -> tuple[Finding, ...]:
        """Return every finding once, by file and place."""
        return tuple(sorted(set(self.found)))


@dataclass(frozen=True, order=True)
class Fault:
    """A finding in a file whose name the reader of the file does not know."""

    where: str
    what: str
    todo: str


@dataclass(frozen=True, order=True)
class Piece:
    """A piece of text as a reader would see it, and where it stands."""

    where: str
    text: str


@dataclass
class Contents:
    """What a reader finds in a file: its text, and what must not be there."""

    #: Every text that is shown or hidden in the file.
    pieces: list[Piece] = field(default_factory=list)
    #: Names of columns and fields; searched for identifiers of persons and spells.
    names: list[Piece] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)

    def say(self, where: str, text: str) -> None:
        """Keep a text, unless it is blank."""
        if text and not text.isspace():
            self.pieces.append(Piece(where, text))

    def fault(self, where: str, what: str, todo: str) -> None:
        """Note what must not be there."""
        self.faults.append(Fault(where, what, todo))

    def take(self, other: Contents, where: str) -> None:
        """Add what was found in something embedded, placed after `where`."""
        for mine, theirs in ((self.pieces, other.pieces), (self.names, other.names)):
            mine.extend(Piece(_joined(where, p.where), p.text) for p in theirs)
        self.faults.extend(Fault(_joined(where, f.where), f.what, f.todo) for f in other.faults)


def _joined(outer: str, inner: str) -> str:
    return f"{outer}, {inner}" if outer and inner else outer or inner
