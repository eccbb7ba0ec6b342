"""The errors a user can cause and mend; anything else is a bug and keeps its traceback."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


class UserError(Exception):
    """Something the user can mend; the message says where, what came, and what to do.

    Attributes
    ----------
    exit_code : int
        What the command line ends with, 10-19 (2 for wrong usage).
    """

    exit_code = 10


class UnknownNameError(UserError):
    """A code, entry, column or round that does not exist; wrong usage."""

    exit_code = 2
    near: tuple[str, ...] = ()

    @classmethod
    def among(
        cls, kind: str, name: str, known: Iterable[str], advice: str = ""
    ) -> UnknownNameError:
        """Say that `name` is unknown and which of `known` come closest."""
        close = difflib.get_close_matches(name, list(known), n=3, cutoff=0.5)
        hint = f" Did you mean {', '.join(repr(c) for c in close)}?" if close else ""
        found = cls(f"{kind} {name!r} is unknown.{hint}{' ' + advice if advice else ''}")
        found.near = tuple(close)
        return found


class SourceError(UserError):
    """A file does not follow its contract: it is refused whole."""

    exit_code = 11


class RejectedRowsError(UserError):
    """More rows than allowed were rejected."""

    exit_code = 12


class ContradictionError(UserError):
    """Two recommendations within one edition contradict each other."""

    exit_code = 13


class StoreError(UserError):
    """The store is missing, corrupt, or made by another version: rebuild it."""

    exit_code = 14


class LockedError(UserError):
    """Another process holds the store or the report folder."""

    exit_code = 15


class FetchError(UserError):
    """A service on the network did not answer as expected."""

    exit_code = 17


class SpaceError(UserError):
    """The disk is full; what was in place before is untouched."""

    exit_code = 18


class NotEstimableError(UserError):
    """The data cannot answer the question asked; the message says which part is missing."""

    exit_code = 19


class PlaceError(UserError):
    """A file cannot be written where it was asked for: a device, a folder, no permission."""

    exit_code = 10
