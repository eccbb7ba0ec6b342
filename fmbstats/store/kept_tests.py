"""What a job leaves beside a store of its tests of counties; read without any estimator."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from fmbstats.atomic import write_text
from fmbstats.store.exact import Store
from fmbstats.store.paths import side_folder


def _path(store: Store, year: int, month_days: int) -> Path:
    name = f"{Path(store.path).stem}.counties-{year}-{month_days}.json"
    return side_folder(store.path) / name


def read_tests(store: Store, year: int, month_days: int) -> str | None:
    """Return what was left of a year, as long as it is of this very store."""
    try:
        text = _path(store, year, month_days).read_text("utf-8")
        key = json.loads(text)["key"]
    except (OSError, ValueError):
        return None
    return text if key == store.data_hash() else None


def as_text(store: Store, tests: Mapping[Any, list[Any]]) -> str:
    """Return what is left of tests, column by column."""
    return json.dumps({"key": store.data_hash(), "tests": tests}) + "\n"


def keep_tests(store: Store, year: int, month_days: int, text: str) -> None:
    """Leave the tests of a year beside the store."""
    path = _path(store, year, month_days)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    write_text(path, text)
