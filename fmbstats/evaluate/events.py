"""What else happened: events that could move sick leave at the time of a change."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path

from fmbstats.sources.events import CONTRACT
from fmbstats.sources.registers.checking import read_whole

FILE = "events.csv"


class Names(dict[str, str]):
    """Names by language; a language that the file does not know is told the English one."""

    def __missing__(self, language: str) -> str:
        return self["en"]


@dataclass(frozen=True)
class Event:
    """Something that happened."""

    key: str
    day: date
    names: Names
    #: Whether it may move all lengths, so that a change at that time has two explanations.
    is_rival: bool
    source: str


def read_events(data_raw: Path) -> list[Event]:
    """Read ``events.csv``; none where there is no such file.

    Raises SourceError: the file breaks its contract: columns, dates, words, keys.
    """
    path = Path(data_raw) / FILE
    if not path.exists():
        return []
    rows = read_whole(path, CONTRACT, f"See 'fmbstats check {FILE}'.", FILE)
    return [
        Event(
            row["key"],
            row["date"],
            Names(sv=row["name_sv"], en=row["name_en"]),
            row["is_rival"] == "yes",
            row["source"],
        )
        for row in rows.iter_rows(named=True)
    ]


def within(events: list[Event], first: date, last: date) -> list[Event]:
    """Events of a period, both days included."""
    return [event for event in events if first <= event.day <= last]
