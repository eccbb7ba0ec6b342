"""What a job leaves beside a store of its tests of counties; read without any estimator."""

from __future__ import annotations

from pathlib import Path

from fmbstats.atomic import write_text
from fmbstats.store.exact import Store
from fmbstats.store.paths import side_folder


def _path(store: Store, year: int, month_days: int) -> Path:
    name = f"{Path(store.path).stem}.counties-{year}-{month_days}.json"
    return side_folder(store.path) / name


def read_tests(store: Store, year: int, month_days: int) -> str | None:
    """Return the text that was left of a year, as long as it is of this very store."""
    try:
        key, _, tests = _path(store, year, month_days).read_text("utf-8").partition("\n")
    except (OSError, ValueError):
        return None
    return tests if key == store.data_hash() else None


def keep_tests(store: Store, year: int, month_days: int, tests: str) -> None:
    """Leave the tests of a year beside the store, under the hash of what it was made from."""
    path = _path(store, year, month_days)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    write_text(path, f"{store.data_hash()}\n{tests}")
