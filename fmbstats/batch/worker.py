"""The warmed process: everything imported once, then one fork per notebook.

It runs alone (``python -c "from fmbstats.batch.worker import main; main(descriptor)"``), has a
single thread, and does nothing but fork when asked. A fork gets three descriptors from the engine:
a socket for cells and events, and pipes for whatever is written to file descriptors 1 and 2 (by
subprocesses or by a crash). A fourth pipe stays here and tells the engine how the fork ended.

Nothing outlives its master: a fork dies with this process (``PR_SET_PDEATHSIG``), and this process
ends, killing its forks, when the engine's end of the control socket is closed, however that came.
"""

from __future__ import annotations

import contextlib
import ctypes
import gc
import importlib
import json
import os
import resource
import selectors
import signal
import socket
import sys
import time
import traceback
from typing import Any

from fmbstats.pages import style

_MESSAGE_BYTES = 1 << 16
_POOLS = ("polars-0", "tokio-rt", "async-executor")
_PR_SET_PDEATHSIG = 1


def main(descriptor: int, modules: tuple[str, ...] = (), rehearsed: Any = None) -> None:
    """Warm up, then serve until the engine goes away.

    `descriptor`: number of the inherited control socket (SOCK_SEQPACKET). `modules`: imported while
    warming up; a module that has a function ``warm_up`` gets it called. `rehearsed`: what
    ``rehearse`` of such a module is called with, unless None.
    """
    control = socket.socket(fileno=descriptor)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    started = time.perf_counter()
    # All that is loaded stays, in every fork: looking for garbage in it only takes time.
    gc.disable()
    try:
        shell = _warm_up(modules, rehearsed)
    except BaseException:
        control.send(
            json.dumps({"failed": traceback.format_exc()[-_MESSAGE_BYTES // 2 :]}).encode()
        )
        return
    ready = {"ready": True, "seconds": time.perf_counter() - started, "threads": _threads()}
    control.send(json.dumps(ready).encode())
    Master(control, shell).serve()


def _warm_up(modules: tuple[str, ...], rehearsed: dict[str, Any] | None) -> Any:
    from fmbstats.pages.shell import make_shell

    shell = make_shell()
    style.apply(shell)
    for name in modules:
        # A module that cannot be imported fails in the notebook that needs it, with a traceback.
        with contextlib.suppress(ImportError):
            module = importlib.import_module(name)
            getattr(module, "warm_up", lambda: None)()
            if rehearsed is not None:
                getattr(module, "rehearse", lambda _: None)(rehearsed)
    if "matplotlib" in sys.modules:
        _draw_once()
    shell.run_cell("None", store_history=False, silent=True)
    # A fork would wait for a running pool of threads for ever.
    pools = [name for name in _threads() if name.startswith(_POOLS)]
    if pools:
        raise RuntimeError(f"threads started while warming up: {', '.join(pools)}")
    gc.freeze()
    gc.enable()
    return shell


def _draw_once() -> None:
    """Load fonts and fill the caches that every figure needs."""
    from matplotlib.figure import Figure

    from fmbstats.pages.style import figure_svg

    figure = Figure()
    axes = figure.subplots()
    axes.step([0, 1, 2], [1, 0.5, 0.2], label="åäö")
    axes.fill_between([0, 1, 2], [0, 0, 0], [1, 1, 1], step="post", alpha=0.2)
    axes.set(xlabel="0123456789", ylabel="abc", title="Abc")
    axes.legend()
    figure_svg(figure)


def _threads() -> list[str]:
    """Name the threads of this process."""
    if not os.path.isdir("/proc/self/task"):
        return []
    names = []
    for number in os.listdir("/proc/self/task"):
        with contextlib.suppress(OSError), open(f"/proc/self/task/{number}/comm") as handle:
            names.append(handle.read().strip())
    return sorted(names)


class Master:
    """Forks on request, collects the dead, and says how each of them ended."""

    def __init__(self, control: socket.socket, shell: Any) -> None:
        self._control = control
        self._shell = shell
        self._statuses: dict[int, int] = {}
        self._wakeup = socket.socketpair()

    def serve(self) -> None:
        """Serve until the control socket is closed at the other end."""
        signal.signal(signal.SIGCHLD, lambda *_: None)
        for end in self._wakeup:
            end.setblocking(False)
        signal.set_wakeup_fd(self._wakeup[1].fileno(), warn_on_full_buffer=False)
        selector = selectors.DefaultSelector()
        selector.register(self._control, selectors.EVENT_READ)
        selector.register(self._wakeup[0], selectors.EVENT_READ)
        try:
            while self._step(selector):
                pass
        finally:
            for pid in self._statuses:
                _kill_group(pid)
            os._exit(0)

    def _step(self, selector: selectors.BaseSelector) -> bool:
        for key, _ in selector.select():
            if key.fileobj is self._wakeup[0]:
                with contextlib.suppress(BlockingIOError):
                    self._wakeup[0].recv(4096)
                self._reap()
                continue
            message, descriptors, _, _ = socket.recv_fds(self._control, _MESSAGE_BYTES, 4)
            if not message:
                return False
            self._fork(json.loads(message), descriptors, selector)
        return True

    def _fork(self, request: dict, descriptors: list[int], selector: Any) -> None:
        *own, status = descriptors
        request["master"] = os.getpid()
        pid = os.fork()
        if pid == 0:
            code = 1
            try:
                selector.close()
                for number in (status, *self._statuses.values()):
                    os.close(number)
                self._control.close()
                _run_fork(self._shell, request, own)
                code = 0
            finally:
                os._exit(code)
        for number in own:
            os.close(number)
        self._statuses[pid] = status

    def _reap(self) -> None:
        while True:
            try:
                pid, status, usage = os.wait4(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if pid == 0:
                return
            _kill_group(pid)
            number = self._statuses.pop(pid, None)
            if number is not None:
                seconds = usage.ru_utime + usage.ru_stime
                end = {"status": os.waitstatus_to_exitcode(status), "cpu_seconds": seconds}
                with contextlib.suppress(OSError):
                    os.write(number, json.dumps({**end, "max_rss_kb": usage.ru_maxrss}).encode())
                os.close(number)


def _kill_group(pid: int) -> None:
    """Kill what a fork may have started; it leads its own group."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, signal.SIGKILL)


def _run_fork(shell: Any, request: dict, descriptors: list[int]) -> None:
    """Run cells until the engine closes its end."""
    channel_number, out, err = descriptors
    os.setsid()
    _die_with(request["master"])
    signal.set_wakeup_fd(-1)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    for number, target in ((out, 1), (err, 2)):
        os.dup2(number, target)
        os.close(number)
    connection = socket.socket(fileno=channel_number)
    _isolate(request)
    _attach(shell, connection)
    shell.channel.send("started", pid=os.getpid())
    while (cell := _receive(connection)) is not None:
        _run_cell(shell, cell)


def _die_with(master: int) -> None:
    """Ask the kernel to kill this fork when the warmed process dies, however that happens."""
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != master:
        os._exit(1)


def _isolate(request: dict) -> None:
    """Own working directory, own seeds, own memory limit; first to go when memory is short."""
    os.chdir(request["cwd"])
    style.seed()
    with contextlib.suppress(OSError), open("/proc/self/oom_score_adj", "w") as handle:
        handle.write("500")
    if request.get("memory_mb"):
        limit = _address_space_bytes() + request["memory_mb"] * 1024 * 1024
        resource.setrlimit(resource.RLIMIT_AS, (limit, limit))


def _address_space_bytes() -> int:
    with open("/proc/self/statm") as handle:
        return int(handle.read().split()[0]) * resource.getpagesize()


def _attach(shell: Any, connection: socket.socket) -> None:
    from fmbstats.pages.shell import Stream

    shell.channel.bind(connection)
    sys.stdout = Stream("<stdout>", 1, shell.channel)
    sys.stderr = Stream("<stderr>", 2, shell.channel)
    sys.path[0] = ""


def _receive(connection: socket.socket) -> dict | None:
    head = _exactly(connection, 8)
    body = _exactly(connection, int.from_bytes(head, "big")) if head else None
    return None if body is None else json.loads(body)


def _exactly(connection: socket.socket, n_bytes: int) -> bytes | None:
    parts = []
    while n_bytes:
        part = connection.recv(min(n_bytes, 1 << 20))
        if not part:
            return None
        parts.append(part)
        n_bytes -= len(part)
    return b"".join(parts)


def _run_cell(shell: Any, cell: dict) -> None:
    """Run one cell and say how it went; an interrupt of the engine's ends as an error."""
    count = shell.execution_count
    result = shell.run_cell(cell["source"], store_history=True, cell_id=cell.get("cell_id"))
    sys.stdout.flush()
    sys.stderr.flush()
    shell.channel.send("done", is_ok=bool(result.success), execution_count=count)
