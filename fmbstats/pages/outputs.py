"""Events of a worker → the outputs of a notebook's cell, as nbclient writes them."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from types import ModuleType
from typing import Any


@contextmanager
def standing_in(instead: Mapping[str, ModuleType | None]) -> Iterator[None]:
    """Let imports find these modules, or None for none; those that are loaded already stay."""
    own: dict[str, Any] = {name: m for name, m in instead.items() if name not in sys.modules}
    sys.modules |= own  # None is how Python says "not there"
    try:
        yield
    finally:
        for name in own:
            del sys.modules[name]


# jsonschema's judges of addresses, colours and durations, none of which is a part of a notebook:
# beside JupyterLab it makes 38 grammars of addresses, which takes longer than a report.
_JUDGES = ("rfc3987_syntax", "rfc3986_validator", "isoduration", "uri_template", "webcolors")
with standing_in(dict.fromkeys(_JUDGES)):
    from nbformat import from_dict

_SHOWN = ("execute_result", "display_data")


class CellOutputs:
    """Collects outputs into the open cell; keeps track of displays that are updated later."""

    def __init__(self) -> None:
        self._cell: Any = None
        self._index = -1
        self._is_clearing = False
        self._displays: dict[str, list[dict[str, Any]]] = {}

    def open(self, cell: Any, index: int) -> None:
        """Direct what comes to `cell`."""
        self._cell, self._index, self._is_clearing = cell, index, False
        cell.outputs = []

    def take(self, event: dict[str, Any]) -> None:
        """Add one event to the open cell."""
        kind = event["event"]
        if kind == "clear_output" and event.get("wait"):
            self._is_clearing = True
        elif kind == "clear_output":
            self._cell.outputs = []
        elif kind == "update_display_data":
            for output in self._displays.get(event["transient"].get("display_id", ""), []):
                output["data"] = from_dict(event["data"])
                output["metadata"] = from_dict(event["metadata"])
        else:
            if self._is_clearing:
                self._cell.outputs = []
                self._is_clearing = False
            self._add(kind, event)

    def fail(self, name: str, message: str) -> None:
        """Add an error that no cell raised: time is up, the worker is dead."""
        self.take({"event": "error", "ename": name, "evalue": message, "traceback": [message]})

    def _add(self, kind: str, event: dict[str, Any]) -> None:
        outputs = self._cell.outputs
        if kind == "stream":
            last = outputs[-1] if outputs else None
            if last is not None and last.get("name") == event["name"]:
                last["text"] += event["text"]
                return
            outputs.append(_output("stream", event, "name", "text"))
        elif kind == "error":
            outputs.append(_output("error", event, "ename", "evalue", "traceback"))
        elif kind in _SHOWN:
            fields = ("data", "metadata", "execution_count")[: 3 if kind == _SHOWN[0] else 2]
            outputs.append(_output(kind, event, *fields))
            display_id = (event.get("transient") or {}).get("display_id")
            if display_id:
                self._displays.setdefault(display_id, []).append(outputs[-1])


def _output(kind: str, event: dict[str, Any], *fields: str) -> Any:
    return from_dict({"output_type": kind, **{name: event[name] for name in fields}})
