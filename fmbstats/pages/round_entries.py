"""Which entries of the newest edition a round is about."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from fmbstats.errors import SourceError, UnknownNameError
from fmbstats.pages.selection import select_entries
from fmbstats.rounds import FOLDER, Round
from fmbstats.sources.fmb.edition_tables import Edition, newest_edition


def entries_of_round(editions: Sequence[Edition], found: Round) -> pl.DataFrame:
    """Return the entries (entry_id, slug, name) of a round, in the newest edition's order.

    `editions`: oldest first; reports are per entry of the newest of production quality.

    Raises SourceError: the round names an edition or an entry that does not exist: the message
    names the field.
    """
    where = f"{FOLDER}/{found.name}.toml"
    known = [edition.name for edition in editions]
    if found.edition not in known:
        raise SourceError(
            f"{where}, field 'edition': {found.edition!r} came, expected one of "
            f"{', '.join(known)} (folders of data_raw/fmb)."
        )
    newest = newest_edition(editions)
    if found.is_all:
        return select_entries(newest)
    wanted: set[str] = set()
    for item, names in found.names(newest.entry_codes["code"]):
        try:
            wanted |= set(select_entries(newest, names)["entry_id"]) if names else set()
        except UnknownNameError as error:
            raise SourceError(f"{where}, field 'entries': {error}") from None
        if not names:
            raise SourceError(
                f"{where}, field 'entries': no entry of {newest.name} has a code in {item!r}."
            )
    return select_entries(newest).filter(pl.col("entry_id").is_in(sorted(wanted)))
