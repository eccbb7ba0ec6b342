"""What several commands share: options, and where data and store lie."""

from __future__ import annotations

import functools
import gc
import logging
import math
import os
import re
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import click

from fmbstats.atomic import check_folder, place_of
from fmbstats.errors import StoreError, UnknownNameError, UserError
from fmbstats.settings import SETTINGS
from fmbstats.sources.textfiles import check_regular
from fmbstats.store.paths import (
    DATA_VARIABLE,
    STORE_FILE,
    copy_shipped,
    data_folder,
    project_root,
)
from fmbstats.words import DEFAULT_LANGUAGE, LANGUAGES

log = logging.getLogger("fmbstats")


class NewFile(click.Path):
    """A file to be written: where none may stand, that is said before any work begins."""

    def __init__(self) -> None:
        super().__init__(path_type=Path, dir_okay=False)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Path:
        """Take the path; PlaceError where a device, a pipe or the like bears its name."""
        path = Path(str(super().convert(value, param, ctx)))
        place_of(path)
        return path


class NewFolder(click.Path):
    """A folder to be made or filled: what else bears its name is told before any work begins."""

    def __init__(self) -> None:
        super().__init__(path_type=Path)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Path:
        """Take the path; PlaceError where something else than a folder bears its name."""
        path = Path(str(super().convert(value, param, ctx)))
        check_folder(path)
        return path


_YEARS = re.compile(r"((?:19|20)\d\d)(?:\s*[-–]\s*((?:19|20)\d\d))?")


class Share(click.FloatRange):
    """A number in a range, never one that is none (nan lies in every range)."""

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        """Take the number."""
        found = float(super().convert(value, param, ctx))
        if math.isnan(found):
            self.fail(f"{value!r} is not a number.", param, ctx)
        return found


class Day(click.DateTime):
    """A date, written as 2017-01-30."""

    def __init__(self) -> None:
        super().__init__(["%Y-%m-%d"])

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Take the date, without a time of day."""
        return super().convert(value, param, ctx).date()


#: Start years; what a register may hold.
YEARS = click.IntRange(1900, 2099)
YEAR = 2017
year_option = click.option(
    "--year", type=YEARS, default=YEAR, show_default=True, help="Start year of the spells."
)
#: A file that is read, and one that must be there before anything is asked of it.
FILE = click.Path(path_type=Path, dir_okay=False)
FOUND = click.Path(path_type=Path, dir_okay=False, exists=True)

language_as = functools.partial(
    click.option, "--language", type=click.Choice(LANGUAGES), default=DEFAULT_LANGUAGE,
    show_default=True,
)  # fmt: skip
language_option = language_as()
data_option = click.option(
    "--data",
    envvar=DATA_VARIABLE,
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder with the source data, also for what is read beside a store: rounds, events, "
    "publication.toml [default: what a store named with --store was built from, else data_raw of "
    "this project].",
)
store_option = click.option(
    "--store",
    "store_path",
    type=FILE,
    help="The DuckDB file [default: .fmbstats/store.duckdb of this project].",
)
threshold_option = click.option(
    "--threshold",
    type=click.IntRange(2, 100),
    default=SETTINGS.threshold,
    show_default=True,
    help="No number is decided by fewer spells; smaller groups are told as '··'.",
)


def protected(what: str) -> Callable[[Callable], Callable]:
    """Add --threshold and --internal to a command, which gets one `threshold`: None is exact."""

    def decorated(command: Callable) -> Callable:
        @functools.wraps(command)
        def wrapped(*, internal: bool, threshold: int, **given: Any) -> Any:
            return command(threshold=None if internal else threshold, **given)

        said = f"Exact numbers; {what} must not leave the house."
        return threshold_option(click.option("--internal", is_flag=True, help=said)(wrapped))

    return decorated


month_option = click.option(
    "--month-days",
    type=click.Choice([str(days) for days in SETTINGS.month_conventions]),
    default=str(SETTINGS.month_days),
    show_default=True,
    callback=lambda context, parameter, value: int(value),
    help="Days of a recommended month (30: 12 months are 365; 31: Webcert's rule).",
)

by_option = click.option(
    "--by",
    default="",
    help="Also by these strata that the register brought ([strata] of its mapping), by commas.",
)


def read_years(text: str | None) -> list[int]:
    """Read start years: one, several by commas, or a range; none for an empty text.

    Raises UnknownNameError: a part of the text is no year.

    >>> read_years("2014-2016,2018"), read_years(None)
    ([2014, 2015, 2016, 2018], [])
    """
    years: dict[int, None] = {}
    for part in (text or "").split(",") if text else ():
        match = _YEARS.fullmatch(part.strip())
        first, last = (int(match[1]), int(match[2] or match[1])) if match else (1, 0)
        if first > last:
            raise UnknownNameError(
                f"--year {part.strip()}: no year. Give one such as 2017, several as 2015,2017 or a "
                "range as 2014-2018."
            )
        years |= dict.fromkeys(range(first, last + 1))
    return list(years)


def require_extra(extra: str, *modules: str) -> None:
    """Say how to install what a command needs beyond the rest, where it is missing.

    Raises UserError: one of `modules` is not installed.
    """
    missing = [name for name in modules if find_spec(name) is None]
    if missing:
        raise UserError(
            f"{' and '.join(missing)} {'is' if len(missing) == 1 else 'are'} not installed. "
            f"Install 'fmbstats[{extra}]', or run with 'uv run --extra {extra} fmbstats …'."
        )


def light() -> None:
    """Look for garbage a hundredth as often, and start no threads to multiply matrices with.

    What a command loads is none, and stays: looking through it takes a tenth of a short one.
    """
    gc.set_threshold(70_000)
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")


def find_data(data: Path | None) -> Path:
    """Return the data_raw folder, or say where it was looked for."""
    folder = data or data_folder()
    if not (folder / "fmb").is_dir():
        raise StoreError(
            f"{folder} holds no folder 'fmb'. Run 'fmbstats init' to copy the recommendations and "
            "published statistics there, or name the folder with --data."
        )
    check_regular(folder)
    return folder


def find_guideline(data: Path, name: str) -> Path:
    """Return the data folder of a guideline that was imported beside FMB.

    Raises UnknownNameError: there is none of that name.
    """
    from fmbstats.sources.published import GUIDELINES

    folder = data / GUIDELINES
    known = sorted(p.name for p in folder.glob("*") if (p / "fmb").is_dir())
    if name not in known:
        advice = (
            f"Known: {', '.join(known)}."
            if known
            else f"Import it from a sheet: 'fmbstats import fmb SHEET --guideline {name}'."
        )
        raise UnknownNameError.among("guideline", name, known, advice)
    return folder / name


def own_data() -> Path:
    """Return the project's data_raw to write into; what fmbstats brings along is copied first."""
    root = project_root()
    if not (root / "data_raw").is_dir():
        copy_shipped(root, ["data_raw"])
    return root / "data_raw"


def find_store(store_path: Path | None) -> Path:
    """Return where the store is or shall be."""
    return store_path or project_root() / STORE_FILE
