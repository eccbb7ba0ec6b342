"""Signals that end a batch: noted and asked for, so that no file is left half done."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field


@dataclass(eq=False)
class Stop:
    """Set by a signal; asked between all steps."""

    name: str = ""
    event: threading.Event = field(default_factory=threading.Event)
    is_raising: bool = False

    def note(self, number: int, _: object = None) -> None:
        """Take a signal: remember it, and break off what writes nothing and cannot ask."""
        self.name = signal.Signals(number).name
        self.event.set()
        if self.is_raising:
            raise _StoppedError

    @contextmanager
    def breaking_off(self) -> Iterator[None]:
        """Let a signal end the block at once."""
        self.is_raising = True
        try:
            yield
        except _StoppedError:
            pass
        finally:
            self.is_raising = False


class _StoppedError(BaseException):
    """A signal came where nothing can be left half done."""


@contextmanager
def noted_signals() -> Iterator[Stop]:
    """Note SIGINT and SIGTERM instead of breaking off in the middle of a file."""
    stop = Stop()
    if threading.current_thread() is not threading.main_thread():
        yield stop
        return

    old = {number: signal.signal(number, stop.note) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield stop
    finally:
        for number, handler in old.items():
            signal.signal(number, handler)
