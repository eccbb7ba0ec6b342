"""What the environment may say: FMBSTATS_* variables, each with what it must be."""

from __future__ import annotations

import difflib
import re
import sys
from collections.abc import Mapping

from fmbstats.errors import UnknownNameError, UserError
from fmbstats.store.paths import (
    DATA_VARIABLE,
    MEMORY_VARIABLE,
    NO_FORK_VARIABLE,
    STORE_VARIABLE,
)

PREFIX = "FMBSTATS_"
# Of the tests, not of the program.
_TESTS = ("FMBSTATS_ORIGINALS", "FMBSTATS_TEST_")


def check_environment(environment: Mapping[str, str]) -> None:
    """Refuse a variable that is misspelt or says what it cannot mean.

    Raises UnknownNameError: a name close to a known one. Raises UserError: a value that a variable
    cannot have.
    """
    places = {STORE_VARIABLE: "a store", DATA_VARIABLE: "a folder of source data"}
    known = (*places, NO_FORK_VARIABLE, MEMORY_VARIABLE)
    for name, value in environment.items():
        if not name.startswith(PREFIX) or name.startswith(_TESTS):
            continue
        if name not in known:
            if difflib.get_close_matches(name, known, n=1, cutoff=0.8):
                raise UnknownNameError.among("Environment variable", name, known)
            print(f"fmbstats: environment variable {name} is not known; ignored.", file=sys.stderr)
        elif name == NO_FORK_VARIABLE and value not in ("", "0", "1"):
            raise UserError(f"{name} is {value[:40]!r}; expected 1 or 0.")
        elif name == MEMORY_VARIABLE and not re.fullmatch(r"[1-9]\d{0,5} ?[MG]i?B|", value):
            raise UserError(f"{name} is {value[:40]!r}; expected an amount as 8GB or 1500MB.")
        elif name in places and not value.strip():
            raise UserError(f"{name} is empty; expected the path of {places[name]}, or unset it.")
