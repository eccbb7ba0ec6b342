"""Functions called in forks of a warmed process; question and answer lie in a file between them."""

from __future__ import annotations

import pickle
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from fmbstats.batch.forks import Fork, WorkerError


def run_code(fork: Fork, code: str) -> None:
    """Run code in a fork; raises WorkerError when it failed, or the fork was lost."""
    said: list[str] = []

    def take(event: dict) -> None:
        said.append(f"{event.get('ename', '')} {event.get('evalue', '')}")

    if not fork.run(code, None, take, float("inf"))["is_ok"]:
        raise WorkerError(said[-1] if said else "the worker failed")


def ask(fork: Fork, place: Path, function: str, given: Any) -> Any:
    """Let a fork call a function that it knows and that ends in `answer`.

    `place`: private folder. `function`: takes the path of the question, `given`. Raises what the
    function raised.
    """
    path = place / f"{function}-{threading.get_ident()}"
    path.write_bytes(pickle.dumps(given))
    run_code(fork, f"{function}({str(path)!r})")
    found = pickle.loads(path.read_bytes())
    path.unlink()
    if isinstance(found, BaseException):
        raise found
    return found


def answer(path: str, work: Callable[[Any], Any]) -> None:
    """Put the answer, or what was raised, in the place of the question."""
    place = Path(path)
    try:
        found = work(pickle.loads(place.read_bytes()))
    except Exception as error:  # raised again where it was asked
        found = error
    place.write_bytes(pickle.dumps(found))
