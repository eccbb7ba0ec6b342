"""An IPython shell whose outputs go down a socket, as a kernel's go to its front end.

Made once in the warmed process, used by every fork of it. Events carry the content of the Jupyter
message of the same name, so the engine can write the outputs as stock papermill does.
"""

from __future__ import annotations

import builtins
import io
import json
import sys
import tempfile
import threading
import zlib
from binascii import b2a_base64
from typing import Any

from IPython.core.compilerop import CachingCompiler
from IPython.core.displayhook import DisplayHook
from IPython.core.displaypub import DisplayPublisher
from IPython.core.interactiveshell import InteractiveShell
from traitlets import Type
from traitlets.config import Config


class Channel:
    """Sends events as length-prefixed JSON; bound to a socket after each fork."""

    def __init__(self) -> None:
        self._socket: Any = None
        self._lock = threading.Lock()

    def bind(self, socket: Any) -> None:
        """Use `socket` from now on."""
        self._socket = socket

    def send(self, event: str, **content: Any) -> None:
        """Send one event; bytes in it are written as base64."""
        body = json.dumps({"event": event, **content}, default=_jsonable).encode()
        with self._lock:
            self._socket.sendall(len(body).to_bytes(8, "big") + body)


def _jsonable(value: Any) -> Any:
    if isinstance(value, bytes):
        return b2a_base64(value, newline=False).decode("ascii")
    if hasattr(value, "item"):
        return value.item()
    return str(value)


class Stream(io.TextIOBase):
    """A text stream that sends whole lines as they are written."""

    encoding = "utf-8"
    errors = "replace"

    def __init__(self, name: str, number: int, channel: Channel) -> None:
        self.name = name
        self._number = number
        self._channel = channel
        self._parts: list[str] = []

    def write(self, text: str) -> int:
        """Keep `text`; send once a line is complete."""
        if not isinstance(text, str):
            raise TypeError(f"write() argument must be str, not {type(text).__name__}")
        self._parts.append(text)
        if "\n" in text:
            self.flush()
        return len(text)

    def flush(self) -> None:
        """Send what is kept."""
        text, self._parts = "".join(self._parts), []
        if text:
            self._channel.send("stream", name=self.name.strip("<>"), text=text)

    def fileno(self) -> int:
        """Descriptor that a subprocess of the notebook would inherit."""
        return self._number

    def writable(self) -> bool:
        """Tell that text can be written."""
        return True


def flush_streams() -> None:
    """Send what was printed before anything else is sent."""
    sys.stdout.flush()
    sys.stderr.flush()


class ReportDisplayHook(DisplayHook):
    """Sends the value of a cell's last line as ``execute_result``."""

    _bundle: tuple[dict, dict] | None = None

    def start_displayhook(self) -> None:
        """Forget the last value."""
        self._bundle = None

    def write_output_prompt(self) -> None:
        """Write no prompt: the execution count goes with the event."""

    def write_format_data(self, format_dict: dict, md_dict: dict | None = None) -> None:
        """Keep the formats until the user's namespace is updated."""
        self._bundle = (format_dict, md_dict or {})

    def finish_displayhook(self) -> None:
        """Send the formats."""
        flush_streams()
        if self._bundle is not None and self._bundle[0] and self.shell is not None:
            data, metadata = self._bundle
            count = self.prompt_count
            self.shell.channel.send(
                "execute_result", data=data, metadata=metadata, execution_count=count
            )
        self._bundle = None


class ReportDisplayPublisher(DisplayPublisher):
    """Sends ``display(...)`` and its updates."""

    def publish(
        self,
        data: dict,
        metadata: dict | None = None,
        source: str = "",
        *,
        transient: dict | None = None,
        update: bool = False,
        **_: Any,
    ) -> None:
        """Send one display."""
        flush_streams()
        metadata = metadata or {}
        self._validate_data(data, metadata)
        event = "update_display_data" if update else "display_data"
        self.shell.channel.send(event, data=data, metadata=metadata, transient=transient or {})

    def clear_output(self, wait: bool = False) -> None:
        """Clear the cell's outputs, at once or before the next one."""
        flush_streams()
        self.shell.channel.send("clear_output", wait=wait)


class CellCompiler(CachingCompiler):
    """Names code by its content, like ipykernel, so that tracebacks look as in a stock notebook.

    ipykernel puts its process number into the name, which would differ from run to run.
    """

    def get_code_name(self, raw_code: str, transformed_code: str, number: int) -> str:
        """Name a cell's code; there is no such file."""
        return f"/ipykernel/{zlib.crc32(raw_code.encode()):08x}.py"


class ReportShell(InteractiveShell):
    """InteractiveShell that shows everything through its channel."""

    displayhook_class = Type(ReportDisplayHook)
    display_pub_class = Type(ReportDisplayPublisher)
    compiler_class = Type(CellCompiler)
    channel = Channel()

    def init_environment(self) -> None:
        """Change nothing in the environment."""

    def enable_gui(self, gui: Any = None) -> None:
        """Accept ``%matplotlib inline``; there is no event loop to enable."""

    def ask_exit(self) -> None:
        """Ignore ``exit`` in a notebook, as a batch has no one to leave."""

    def _showtraceback(self, etype: type, evalue: BaseException, stb: list[str]) -> None:
        flush_streams()
        self.channel.send("error", ename=etype.__name__, evalue=str(evalue), traceback=stb)


def make_shell() -> ReportShell:
    """Make the one shell of this process, with history, input and paging switched off."""
    config = Config()
    config.HistoryManager.enabled = False
    config.InteractiveShell.autoindent = False
    config.ReportShell.banner1 = ""
    # It wants a folder that it may write into; an account that runs batches may have none.
    with tempfile.TemporaryDirectory(prefix="fmbstats-") as place:
        shell = ReportShell.instance(config=config, ipython_dir=place)
    setattr(builtins, "input", _no_input)  # noqa: B010 - to the checker its signature is fixed
    return shell


def _no_input(prompt: str = "") -> str:
    raise RuntimeError(f"input({prompt!r}): no one is there to answer while reports are made")
