"""Which entries a batch is about: names given by the user, or a round, into FMB entries."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from fmbstats import codes
from fmbstats.errors import SourceError, UnknownNameError
from fmbstats.rounds import FOLDER, Round

if TYPE_CHECKING:
    from fmbstats.sources.fmb.edition_tables import Edition

# entry_id, slug, name
Entry = tuple[str, str, str]


@dataclass(frozen=True)
class Entries:
    """The entries of the newest edition, in its order, and their codes."""

    rows: Sequence[Entry]
    codes: Sequence[tuple[str, str]]  #: entry_id, code.

    @classmethod
    def of_edition(cls, edition: Edition) -> Self:
        """Take them from an edition as it was read."""
        entries = edition.entries.select("entry_id", "slug", "name")
        return cls(
            tuple(entries.rows()), tuple(edition.entry_codes.select("entry_id", "code").rows())
        )


def select_entries(entries: Entries, names: Iterable[str] = ()) -> list[Entry]:
    """Return the entries that `names` mean, in the edition's order.

    `names`: entry ids, slugs or ICD-10-SE codes; none means all entries. A code means every entry
    with that code, one below it, or the nearest one above it.

    Raises UnknownNameError: a name means nothing; the closest ones are named. Nothing has been done
    yet.

    >>> select_entries(entries, ["F32"])[0][1]  # doctest: +SKIP
    'depressiv-episod'
    """
    names = [name.strip() for name in names if name.strip()]
    wanted = {entry_id for name in names for entry_id in _entries_of(entries, name)}
    return [row for row in entries.rows if not names or row[0] in wanted]


def _entries_of(entries: Entries, name: str) -> set[str]:
    if direct := {row[0] for row in entries.rows if name in row[:2]}:
        return direct
    try:
        code = codes.normalise(name)
    except codes.CodeError:
        code = ""
    if code:
        if below := {entry_id for entry_id, own in entries.codes if own.startswith(code)}:
            return below
        for parent in codes.parents(code)[1:]:
            if above := {entry_id for entry_id, own in entries.codes if own == parent}:
                return above
    known = [slug for _, slug, _ in entries.rows]
    known += [codes.dotted(own) for _, own in entries.codes]
    raise UnknownNameError.among(
        "Entry",
        name,
        known,
        "Give an ICD-10-SE code, an FMB entry's id or its slug; 'fmbstats list' shows them.",
    )


def entries_of_round(editions: Sequence[Edition], found: Round) -> list[Entry]:
    """Return the entries of a round, in the newest edition's order.

    `editions`: oldest first; reports are per entry of the newest of production quality.

    Raises SourceError: the round names an edition or an entry that does not exist: the message
    names the field.
    """
    from fmbstats.sources.fmb.edition_tables import newest_edition

    where = f"{FOLDER}/{found.name}.toml"
    known = [edition.name for edition in editions]
    if found.edition not in known:
        raise SourceError(
            f"{where}, field 'edition': {found.edition!r} came, expected one of "
            f"{', '.join(known)} (folders of data_raw/fmb)."
        )
    newest = newest_edition(editions)
    entries = Entries.of_edition(newest)
    if found.is_all:
        return select_entries(entries)
    wanted: set[str] = set()
    for item, names in found.names(code for _, code in entries.codes):
        try:
            wanted |= {row[0] for row in select_entries(entries, names)} if names else set()
        except UnknownNameError as error:
            raise SourceError(f"{where}, field 'entries': {error}") from None
        if not names:
            raise SourceError(
                f"{where}, field 'entries': no entry of {newest.name} has a code in {item!r}."
            )
    return [row for row in entries.rows if row[0] in wanted]
