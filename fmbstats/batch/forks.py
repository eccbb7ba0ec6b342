"""The engine's end of the warmed process: start it, ask for forks, drive them, see them end.

The other end is `fmbstats.batch.worker`.
"""

from __future__ import annotations

import atexit
import contextlib
import json
import os
import select
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from fmbstats.pages.style import INLINE
from fmbstats.store.paths import NO_FORK_VARIABLE

WARM_MODULES = ("fmbstats.batch.warm",)
_START_SECONDS = 120.0
_STOP_SECONDS = 0.7
_BOOT = "from fmbstats.batch.worker import main; main({descriptor}, {modules!r}, {rehearsed!r})"
_ONE_THREAD = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "POLARS_MAX_THREADS")


class WorkerError(RuntimeError):
    """The warmed process or a fork of it ended before its time.

    `is_retry_useful`: the warmed process was lost: the notebook itself is not to blame.
    """

    def __init__(self, message: str, *, is_retry_useful: bool = False) -> None:
        super().__init__(message)
        self.is_retry_useful = is_retry_useful


class OverTimeError(RuntimeError):
    """A cell or a whole notebook took longer than allowed."""


def can_fork() -> bool:
    """Tell whether notebooks can be run in forks here."""
    is_unwanted = os.environ.get(NO_FORK_VARIABLE) == "1"
    return sys.platform == "linux" and hasattr(os, "fork") and not is_unwanted


class WarmProcess:
    """The warmed process, and the engine's way to get forks of it. Safe to share by threads.

    `modules`: imported before the first fork; a function ``warm_up`` in one of them is called.
    """

    def __init__(self, modules: tuple[str, ...] = WARM_MODULES) -> None:
        self._modules = modules
        self._rehearsed: Mapping[str, Any] | None = None
        self._lock = threading.Lock()
        self._process: subprocess.Popen | None = None
        self._control: socket.socket | None = None
        self._is_closed = False
        self.facts: dict[str, Any] = {}

    def spawn(self, rehearsed: Mapping[str, Any] | None = None) -> WarmProcess:
        """Start it unless it runs, without waiting until it is warm.

        `rehearsed`: parameters of a page that it makes before the first fork; see
        `fmbstats.batch.warm`.
        """
        with self._lock:
            self._rehearsed = self._rehearsed or rehearsed
            self._spawn()
        return self

    def start(self) -> WarmProcess:
        """Start it unless it runs; returns itself once it is warm."""
        with self._lock:
            self._spawn()
            if not self.facts:
                self._await_warmth()
        return self

    def fork(self, *, cwd: str, memory_mb: int | None = None) -> Fork:
        """Get a fresh fork with working directory `cwd`."""
        mine, its = socket.socketpair()
        pipes = [os.pipe() for _ in range(3)]
        request = json.dumps({"cwd": cwd, "memory_mb": memory_mb}).encode()
        try:
            self.start()
            with self._lock:
                socket.send_fds(self._line, [request], [its.fileno(), *(w for _, w in pipes)])
        except (OSError, WorkerError) as error:
            mine.close()
            for read, _ in pipes:
                os.close(read)
            if isinstance(error, WorkerError):
                raise
            raise WorkerError(f"warmed process lost ({error})", is_retry_useful=True) from None
        finally:
            its.close()
            for _, write in pipes:
                os.close(write)
        return Fork(mine, *(read for read, _ in pipes))

    def close(self) -> None:
        """End it and all its forks; returns within about a second."""
        self._is_closed = True
        # Without the lock: whoever holds it may be waiting for the warm-up.
        self._hang_up()
        with self._lock:
            self._forget()

    def __enter__(self) -> WarmProcess:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def pid(self) -> int | None:
        """Process id while it runs."""
        return self._process.pid if self._process else None

    @property
    def _line(self) -> socket.socket:
        """The control socket of the running process."""
        if self._control is None:
            raise ConnectionError("it does not run")
        return self._control

    def _spawn(self) -> None:
        if self._is_closed:
            raise WorkerError("the warmed process was stopped")
        if self._process is not None and self._process.poll() is None:
            return
        self._forget()
        mine, its = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        asked = dict(self._rehearsed) if self._rehearsed else None
        code = _BOOT.format(descriptor=its.fileno(), modules=tuple(self._modules), rehearsed=asked)
        with its:
            # One thread per library (the batch has its own), a fixed hash seed, figures inline.
            fixed = {"PYTHONHASHSEED": "0", "MPLBACKEND": INLINE}
            self._process = subprocess.Popen(
                [sys.executable, "-c", code],
                pass_fds=(its.fileno(),),
                stdin=subprocess.DEVNULL,
                start_new_session=True,
                env={**os.environ, **dict.fromkeys(_ONE_THREAD, "1"), **fixed},
            )
        self._control = mine

    def _await_warmth(self) -> None:
        self._line.settimeout(_START_SECONDS)
        try:
            answer = self._line.recv(1 << 17)
        except OSError:
            answer = b""
        self._line.settimeout(None)
        facts = json.loads(answer) if answer else {}
        if not facts.get("ready"):
            self._hang_up()
            self._forget()
            reason = facts.get("failed", "it ended without a word")
            raise WorkerError(f"the warmed process could not start: {reason}")
        self.facts = facts

    def _hang_up(self) -> None:
        """Close the control socket, which ends the process; kill it if it does not listen."""
        control, process = self._control, self._process
        if control is not None:
            with contextlib.suppress(OSError):
                control.shutdown(socket.SHUT_RDWR)
        if process is not None:
            try:
                process.wait(_STOP_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    def _forget(self) -> None:
        if self._control is not None:
            self._control.close()
        self._control = self._process = None
        self.facts = {}


class Fork:
    """One fork, driven cell by cell."""

    def __init__(self, connection: socket.socket, out: int, err: int, status: int) -> None:
        self._connection = connection
        self._pipes = {out: "stdout", err: "stderr"}
        self._status = status
        self._buffer = bytearray()
        self._pid: int | None = None
        self.usage: dict[str, Any] = {}

    def run(
        self, source: str, cell_id: str | None, on_event: Callable[[dict], Any], deadline: float
    ) -> dict:
        """Run one cell; returns its ``done`` event.

        `on_event`: gets each event as it comes. `deadline`: on the clock of ``time.monotonic``.
        Raises OverTimeError: at the deadline; the fork is dead then; WorkerError: the fork died.
        """
        body = json.dumps({"source": source, "cell_id": cell_id}).encode()
        try:
            self._connection.sendall(len(body).to_bytes(8, "big") + body)
        except OSError:
            raise self._death(on_event) from None
        for event in self._events(on_event, deadline):
            if event["event"] == "started":
                self._pid = event["pid"]
            elif event["event"] == "done":
                self._drain(on_event)
                return event
            else:
                on_event(event)
        raise self._death(on_event)

    def close(self) -> None:
        """Let the fork go, kill it if it lingers, and keep what it used."""
        if self._status < 0:
            return
        self._connection.close()
        if not self._await_status(_STOP_SECONDS):
            self._kill()
            self._await_status(_STOP_SECONDS)
        for number in (*self._pipes, self._status):
            os.close(number)
        self._pipes, self._status = {}, -1
        # The warmed process ends what a fork has started; when it is lost, this is the last chance.
        self._kill()

    def _events(self, on_event: Callable[[dict], Any], deadline: float) -> Iterator[dict]:
        """Events as they come; ends when the fork closed its end."""
        while True:
            remaining = deadline - time.monotonic()
            if remaining <= 0:
                self._kill()
                raise OverTimeError
            wanted: list[socket.socket | int] = [self._connection, *self._pipes]
            ready, _, _ = select.select(wanted, [], [], min(remaining, 3600))
            for number in self._pipes.keys() & set(ready):
                self._read_pipe(number, on_event)
            if self._connection in ready:
                data = self._connection_data()
                if not data:
                    return
                self._buffer += data
                yield from self._complete_events()

    def _connection_data(self) -> bytes:
        try:
            return self._connection.recv(1 << 20)
        except ConnectionError:
            return b""

    def _complete_events(self) -> Iterator[dict]:
        while len(self._buffer) >= 8:
            end = 8 + int.from_bytes(self._buffer[:8], "big")
            if len(self._buffer) < end:
                return
            body = bytes(self._buffer[8:end])
            del self._buffer[:end]
            yield json.loads(body)

    def _read_pipe(self, number: int, on_event: Callable[[dict], Any]) -> bool:
        data = os.read(number, 1 << 16)
        if not data:
            del self._pipes[number]
            os.close(number)
            return False
        text = data.decode("utf-8", "replace")
        on_event({"event": "stream", "name": self._pipes[number], "text": text})
        return True

    def _drain(self, on_event: Callable[[dict], Any]) -> None:
        """Take what was written to the descriptors so far."""
        while self._pipes:
            ready, _, _ = select.select(list(self._pipes), [], [], 0)
            if not ready:
                return
            for number in ready:
                self._read_pipe(number, on_event)

    def _death(self, on_event: Callable[[dict], Any]) -> WorkerError:
        self._drain(on_event)
        if not self._await_status(2 * _STOP_SECONDS):
            return WorkerError("the worker closed its connection")
        if not self.usage:
            return WorkerError("the warmed process was lost", is_retry_useful=True)
        return WorkerError(_how_it_ended(self.usage["status"]))

    def _await_status(self, seconds: float) -> bool:
        """Wait for the end; afterwards `usage` is empty only if the warmed process died first."""
        ready, _, _ = select.select([self._status], [], [], seconds)
        if ready and not self.usage:
            data = os.read(self._status, 4096)
            self.usage = json.loads(data) if data else {}
        return bool(ready)

    def _kill(self) -> None:
        if self._pid is not None and not self.usage:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self._pid, signal.SIGKILL)


def _how_it_ended(status: int) -> str:
    if status >= 0:
        return f"the worker ended itself with exit code {status}"
    name = signal.Signals(-status).name
    hint = "; killed from outside, or by the system because memory ran out" if status == -9 else ""
    return f"the worker was ended by {name}{hint}"


_shared_lock = threading.Lock()
_shared: WarmProcess | None = None


def shared_process() -> WarmProcess:
    """Give the warmed process used when papermill is called without one of its own."""
    global _shared
    with _shared_lock:
        if _shared is None:
            _shared = WarmProcess()
            atexit.register(_shared.close)
    return _shared
