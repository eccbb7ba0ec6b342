"""What the terminal was told of a store, kept beside it: the same question is not counted again.

An answer counts exactly, so it lies where the store does, for its owner alone, and goes with the
store it was asked of. It is read without a library of data.
"""

from __future__ import annotations

import json
from contextlib import suppress
from pathlib import Path
from typing import Any

from fmbstats.atomic import write_text
from fmbstats.store.paths import side_folder

# A few hundred answers are a megabyte or two; the oldest go first.
_MOST = 400


def _path(store: Path) -> Path:
    return side_folder(store) / "answers" / f"{Path(store).stem}.json"


def read_answer(store: Path, key: str, question: str) -> tuple[str, str, str] | None:
    """Return the text of an answer, the folder that it also rests on and that folder's hash.

    Parameters
    ----------
    store : Path
    key : str
        What is the same for all answers while the store and the package are.
    question : str
    """
    found = _read(store, key).get(question)
    return tuple(found) if isinstance(found, list) and len(found) == 3 else None


def keep_answer(store: Path, key: str, question: str, answer: tuple[str, str, str]) -> None:
    """Keep an answer, where a folder of ours lies beside the store that can be written to."""
    path = _path(store)
    if not side_folder(store).is_dir():
        return
    known = {name: old for name, old in _read(store, key).items() if name != question}
    kept = dict([*known.items(), (question, answer)][-_MOST:])
    with suppress(OSError):
        path.parent.mkdir(mode=0o700, exist_ok=True)
        write_text(path, json.dumps({"key": key, "answers": kept}, ensure_ascii=False))


def forget_answers(store: Path) -> None:
    """Remove what was told of a store that is replaced: it is of other spells."""
    _path(store).unlink(missing_ok=True)


def _read(store: Path, key: str) -> dict[str, Any]:
    try:
        content = json.loads(_path(store).read_text("utf-8"))
        return content["answers"] if content["key"] == key else {}
    except (OSError, ValueError, KeyError, TypeError):
        return {}
