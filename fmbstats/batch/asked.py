"""What a run is asked for: year or round, and which of its entries."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from fmbstats import words
from fmbstats.errors import UnknownNameError
from fmbstats.rounds import Round, find_round
from fmbstats.store import lookups

if TYPE_CHECKING:
    from fmbstats.store import Store

OVERVIEW = "overview"


@dataclass(frozen=True)
class Request:
    """The entries to report on and what they belong to."""

    year: int  #: Start year of the spells.
    round: Round | None
    selected: tuple[tuple[str, str, str], ...]  #: Reports to make.
    members: tuple[str, ...] | None  #: Ids of the round's entries; None without a round.
    with_overview: bool  #: Whether the overview is made: unless single entries were asked for.


def read_request(
    data_raw: Path,
    *,
    round_name: str | None,
    only: str,
    year: int | None,
    default_year: int,
    language: str = words.DEFAULT_LANGUAGE,
    store: Store | None = None,
) -> Request:
    """Read the options of a run.

    `round_name`: name of an evaluation round. `only`: codes, entry ids or slugs, by commas;
    "overview" stands for the overview. `year`, `default_year`: start year; a round brings its own.
    `language` ("sv" or "en"): of the pages; a round must have its texts in it. `store`: made from
    `data_raw` as it is, where there is one: it tells the entries without reading every edition.
    Raises UnknownNameError: a name is unknown, lies outside the round, or the year is not the
    round's; SourceError: a file of a round is faulty.
    """
    from fmbstats.pages.selection import Entries, entries_of_round, select_entries

    found = find_round(data_raw, round_name) if round_name is not None else None
    if found is not None and year is not None and year != found.year:
        raise UnknownNameError(
            f"The round {found.name!r} is about {found.year}, --year says {year}. "
            "Leave out --year, or write a round for that year."
        )
    if found is not None:
        found.check_language(language)
        if found.previous is not None:
            find_round(data_raw, found.previous).title_in(language)
    names = [name.strip() for name in only.split(",") if name.strip()]
    wanted = [name for name in names if name != OVERVIEW]
    if store is not None and found is None:
        entries = Entries(*lookups.newest_entries(store))
        members = select_entries(entries)
    else:
        from fmbstats.sources.fmb.edition_tables import newest_edition, read_editions

        editions = read_editions(data_raw / "fmb")
        entries = Entries.of_edition(newest_edition(editions))
        members = select_entries(entries) if found is None else entries_of_round(editions, found)
    selected = members if wanted or not names else []
    if wanted:
        chosen = select_entries(entries, wanted)
        selected = [entry for entry in selected if entry in chosen]
        if found is not None and not selected:
            raise UnknownNameError(
                f"--only {','.join(wanted)} names no entry of the round {found.name!r}."
            )
    return Request(
        year=found.year if found is not None else (default_year if year is None else year),
        round=found,
        selected=tuple(selected),
        members=None if found is None else tuple(entry_id for entry_id, _, _ in members),
        with_overview=not names or OVERVIEW in names,
    )
