"""Which entries a batch is about: names given by the user, or a round, into FMB entries."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import polars as pl

from fmbstats import codes
from fmbstats.errors import SourceError, UnknownNameError
from fmbstats.rounds import FOLDER, Round
from fmbstats.sources.fmb.edition_tables import Edition, newest_edition


def select_entries(edition: Edition, names: Iterable[str] = ()) -> pl.DataFrame:
    """Return the entries (entry_id, slug, name) that `names` mean, in the edition's order.

    `edition`: the newest edition. `names`: entry ids, slugs or ICD-10-SE codes; none means all
    entries. A code means every entry with that code, one below it, or the nearest one above it.

    Raises UnknownNameError: a name means nothing; the closest ones are named. Nothing has been done
    yet.

    >>> select_entries(edition, ["F32"])["slug"].to_list()  # doctest: +SKIP
    ['depressiv-episod']
    """
    entries = edition.entries.select("entry_id", "slug", "name")
    names = [name.strip() for name in names if name.strip()]
    if not names:
        return entries
    wanted: set[str] = set()
    for name in names:
        wanted |= _entries_of(edition, name)
    return entries.filter(pl.col("entry_id").is_in(sorted(wanted)))


def _entries_of(edition: Edition, name: str) -> set[str]:
    entries, owned = edition.entries, edition.entry_codes
    direct = entries.filter((pl.col("entry_id") == name) | (pl.col("slug") == name))
    if len(direct):
        return set(direct["entry_id"])
    try:
        code = codes.normalise(name)
    except codes.CodeError:
        code = ""
    if code:
        below = owned.filter(pl.col("code").str.starts_with(code))
        if len(below):
            return set(below["entry_id"])
        for parent in codes.parents(code)[1:]:
            above = owned.filter(pl.col("code") == parent)
            if len(above):
                return set(above["entry_id"])
    known = [*entries["slug"], *map(codes.dotted, owned["code"])]
    raise UnknownNameError.among(
        "Entry",
        name,
        known,
        "Give an ICD-10-SE code, an FMB entry's id or its slug; 'fmbstats list' shows them.",
    )


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
