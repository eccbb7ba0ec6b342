"""Parameters checked against the notebook's own parameters cell, before the first report.

papermill itself only logs a warning when a name is misspelt, or when no cell carries the tag
``parameters``, and then makes a complete report about the default diagnosis.
"""

from __future__ import annotations

import ast
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from fmbstats.errors import SourceError, UnknownNameError

_SIMPLE = (bool, int, float, str, list, dict, type(None))


def check_parameters(given: Iterable[tuple[Path, Mapping[str, Any]]]) -> None:
    """Check the parameters of notebooks; each notebook is inspected once.

    Raises UnknownNameError: a notebook declares no parameter of that name; TypeError: a value is of
    another type than its default; SourceError: there is no notebook with a cell of parameters.
    """
    declared: dict[Path, dict[str, dict[str, str]]] = {}
    for notebook, parameters in given:
        known = declared.get(notebook) or declared.setdefault(
            notebook, declared_parameters(notebook)
        )
        for name, value in parameters.items():
            if name not in known:
                raise UnknownNameError.among(
                    f"{notebook.name}: parameter", name, known, "See its cell tagged 'parameters'."
                )
            _check_value(notebook, name, value, known[name]["default"])


def declared_parameters(notebook: Path) -> dict[str, dict[str, str]]:
    """Parameters of a notebook, by papermill's own inspection: name, default, type, help."""
    from fmbstats.batch.engine import load_papermill

    if not notebook.is_file():
        raise SourceError(f"{notebook}: there is no such notebook.")
    try:
        cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
        tagged = [c for c in cells if "parameters" in c.get("metadata", {}).get("tags", [])]
    except (ValueError, KeyError, TypeError, AttributeError):
        raise SourceError(f"{notebook}: this is not a notebook (nbformat 4).") from None
    if len(tagged) != 1:
        raise SourceError(
            f"{notebook}: {len(tagged)} cells are tagged 'parameters', expected one. "
            "Without it every report would be about the default diagnosis."
        )
    declared = load_papermill().inspect_notebook(literal(notebook))
    if not declared:
        raise SourceError(f"{notebook}: the cell tagged 'parameters' declares none (name = value).")
    return declared


def literal(path: Path) -> str:
    """Write a path so that papermill's ``str.format`` leaves it as it is."""
    return str(path.absolute()).replace("{", "{{").replace("}", "}}")


def _check_value(notebook: Path, name: str, value: Any, default: str) -> None:
    if not isinstance(value, _SIMPLE):
        raise TypeError(
            f"{notebook.name}: parameter {name!r} is a {type(value).__name__}; "
            "give text, a number, true/false or a list (dates as ISO text)."
        )
    json.dumps(value, allow_nan=False)
    try:
        expected = type(ast.literal_eval(default))
    except (ValueError, SyntaxError):
        return
    both = {expected, type(value)}
    if expected is type(None) or value is None or len(both) == 1 or both == {int, float}:
        return
    raise TypeError(
        f"{notebook.name}: parameter {name!r} is {value!r} ({type(value).__name__}), "
        f"expected {expected.__name__} as in its default {default}."
    )
