"""Where the release store of an exact one lies, and whether it is made from what is there now."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import duckdb

from fmbstats.atomic import make_folder
from fmbstats.errors import UserError
from fmbstats.release.rule import Rule
from fmbstats.settings import SETTINGS
from fmbstats.store.opening import connect
from fmbstats.store.paths import side_folder
from fmbstats.store.secret import keyed, secret_of

if TYPE_CHECKING:
    from fmbstats.store import Store


def release_path(store: Path, rule: Rule) -> Path:
    """Return where the release store of an exact store lies."""
    return side_folder(store) / Path(store).with_suffix(f".release-{rule.threshold}.duckdb").name


def ready_release(store: Store, threshold: int = SETTINGS.threshold) -> Path:
    """Return the release store of `store`; it is made when missing or made from another store.

    `store`: exact. `threshold`: smallest number of spells that may decide what is told.
    """
    rule = Rule(threshold)
    path, made_from = release_path(store.path, rule), _made_from(store, rule)
    if _says(path) != made_from:
        from filelock import FileLock

        from fmbstats.release.build import make_release  # it needs all that counts

        make_folder(path.parent)
        # Whoever comes second waits and takes what the first made: made twice, it would be replaced
        # under the reports that are being made from it.
        with FileLock(path.with_name(f".{path.name}.making.lock")):
            if _says(path) != made_from:
                make_release(store, path, rule, made_from)
    return path


def _made_from(store: Store, rule: Rule) -> str:
    """Say, keyed, what store and rule a release store is made from."""
    facts = store.path.stat()
    identity = f"{facts.st_size} {facts.st_mtime_ns} {store.settings.source_hash} {rule}"
    code = "".join(path.read_text("utf-8") for path in sorted(Path(__file__).parent.glob("*.py")))
    return keyed(secret_of(store.path), "release", identity, code)


def _says(path: Path) -> str:
    try:
        # As all readers open it: DuckDB opens a file in one way only as long as it is open.
        with connect(path) as connection:
            return str(connection.execute("select made_from from meta_release").fetchall()[0][0])
    except (duckdb.Error, UserError, IndexError):
        return ""
