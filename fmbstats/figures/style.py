"""How pictures look: one style sheet, as pages embed it and with its colours filled in."""

from __future__ import annotations

import functools
import re
from pathlib import Path

_VARIABLE = re.compile(r"var\((--[\w-]+)\)")
_RULES = "/* pictures */\n"


@functools.cache
def parts() -> tuple[str, str]:
    """Return the colours of light paper, and the rules of pictures, as CSS."""
    css = Path(__file__).with_name("pictures.css").read_text(encoding="utf-8")
    colours, _, rules = css.partition(_RULES)
    return colours, rules


@functools.cache
def colours(tone: str = "real") -> dict[str, str]:
    """Return the colours by name; ``--here`` is the ground that a picture stands on.

    `tone` ({"real", "syn"}): a picture of invented data stands on the ground of its field.
    """
    root = parts()[0].partition("{")[2].partition("}")[0].replace("\n", "")
    pairs = (pair.partition(":") for pair in root.split(";") if pair)
    known = {name: value for name, _, value in pairs}
    return known | {"--here": known["--field" if tone == "syn" else "--bg"]}


@functools.cache
def picture_style(tone: str) -> str:
    """Return the style of pictures on white paper, without variables.

    `tone` ({"real", "syn"}): whose colours.
    """
    own = parts()[1].replace("\n", "")
    own = own.replace("font:13px Inter", "font-size:13px;font-family:Inter")
    return _VARIABLE.sub(lambda found: colours(tone)[found[1]], own)
