"""A folder of facts is replaced whole, or not at all."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from fmbstats.atomic import make_folder

_OLD = ".replaced"


@contextmanager
def replaced(target: Path) -> Iterator[Path]:
    """Give an empty folder beside `target`, and put it there when the block ends well.

    Unless `target` shall stay as it is: then the block removes the folder.
    """
    put_back(target.parent)
    make_folder(target.parent)
    scratch = Path(tempfile.mkdtemp(prefix=f".{target.name}-", dir=target.parent))
    try:
        yield scratch
        if scratch.exists():
            scratch.chmod(0o755)
            _swap(scratch, target)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def _swap(new: Path, target: Path) -> None:
    """Put folder `new` where `target` is; the old one goes only when the new one stands."""
    old = target.with_name(f".{target.name}{_OLD}")
    shutil.rmtree(old, ignore_errors=True)
    if target.exists():
        os.replace(target, old)
    try:
        os.replace(new, target)
    except OSError:
        if old.exists():
            os.replace(old, target)
        raise
    shutil.rmtree(old, ignore_errors=True)


def put_back(parent: Path) -> None:
    """Put the folders in `parent` back whose replacement was cut off between two renames."""
    for old in parent.glob(f".*{_OLD}"):
        target = parent / old.name[1 : -len(_OLD)]
        if not target.exists():
            os.replace(old, target)
