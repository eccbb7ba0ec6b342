"""What else happened: events that could move sick leave at the time of a change."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from fmbstats.errors import SourceError
from fmbstats.sources.textfiles import read_text

FILE = "events.csv"
COLUMNS = ("key", "date", "name_sv", "name_en", "concerns", "is_rival", "source")


class Names(dict[str, str]):
    """Names by language; a language that the file does not know is told the English one."""

    def __missing__(self, language: str) -> str:
        return self["en"]


@dataclass(frozen=True)
class Event:
    """Something that happened.

    Attributes
    ----------
    key : str
    day : date
    names : Names
    is_rival : bool
        Whether it may move all lengths, so that a change at that time has two explanations.
    source : str
    """

    key: str
    day: date
    names: Names
    is_rival: bool
    source: str


def read_events(data_raw: Path) -> list[Event]:
    """Read ``events.csv``; none where there is no such file.

    Raises
    ------
    SourceError
        A column is missing, or a value is none that is known.
    """
    path = Path(data_raw) / FILE
    if not path.exists():
        return []
    rows = csv.DictReader(io.StringIO(read_text(path), newline=""))
    if tuple(rows.fieldnames or ()) != COLUMNS:
        raise SourceError(f"{FILE}, line 1: columns must be {', '.join(COLUMNS)}.")
    return [_event(number, row) for number, row in enumerate(rows, start=2)]


def _event(line: int, row: dict[str, str]) -> Event:
    try:
        day = date.fromisoformat(row["date"])
    except ValueError:
        raise SourceError(f"{FILE}, line {line}, date: {row['date']!r} is no date.") from None
    if row["is_rival"] not in ("yes", "no") or not row["source"]:
        raise SourceError(f"{FILE}, line {line}: is_rival must be yes or no, source not empty.")
    names = Names(sv=row["name_sv"], en=row["name_en"])
    return Event(row["key"], day, names, row["is_rival"] == "yes", row["source"])


def within(events: list[Event], first: date, last: date) -> list[Event]:
    """Events of a period, both days included."""
    return [event for event in events if first <= event.day <= last]
