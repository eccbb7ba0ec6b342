"""Names of diagnoses turned into the entries that an evaluation is about."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from fmbstats import words
from fmbstats.errors import UnknownNameError
from fmbstats.words.refused import Refused, RefusedName

if TYPE_CHECKING:
    from fmbstats.diagnosis.objects import Workbench


def entry_named(store: Workbench, name: str) -> tuple[str, str, str]:
    """Return id, name and slug of the one entry of a code, entry id or slug.

    Raises Refused: no entry, or several; RefusedName: no code known to the store either.
    """
    try:
        entries = store.diagnosis(name).recommendation.entries
    except UnknownNameError as error:
        near, shown = ", ".join(error.near), words.visible(name)
        raise RefusedName("unknown_name" + "_near" * bool(near), name=shown, near=near) from None
    if not entries:
        raise Refused("no_entry", name=name)
    if len(entries) > 1:
        raise Refused(
            "several_entries", name=name, listed=", ".join(entry.slug for entry in entries)
        )
    return entries[0].entry_id, entries[0].name, entries[0].slug


def entries_named(store: Workbench, names: Iterable[str]) -> list[str]:
    """Return the entry ids of several names, each once."""
    found = (entry_named(store, name.strip())[0] for name in names if name.strip())
    return list(dict.fromkeys(found))
