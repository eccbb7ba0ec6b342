"""The recipe of a picture: what its chart is made of, so that anyone can draw it again.

A picture carries the description that it was drawn from as one attribute, and is drawn from what
that says, to its ten digits. The gate draws every picture of a page again and compares.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import MISSING, fields, is_dataclass, replace
from functools import cache
from html import escape
from typing import Any

from fmbstats.figures.charts import (
    answers,
    breakeven,
    counties,
    days,
    dots,
    endings,
    frame,
    placebo,
    stacks,
    strip,
    years,
)
from fmbstats.figures.charts.days import AGAIN
from fmbstats.figures.svg import Say

#: Attribute of a picture, and how it stands there.
NAME = "data-drawn"
WRITTEN = re.compile(rf" {NAME}='([^']*)'")
_ROOMS = (
    answers, breakeven, counties, days, dots, endings, frame, placebo, stacks, strip, years
)  # fmt: skip
_KINDS = {
    kind.__name__: kind
    for room in _ROOMS
    for kind in vars(room).values()
    if isinstance(kind, type) and is_dataclass(kind) and kind.__module__ == room.__name__
} | {"Say": Say}


def pictures(chart: Any, widths: Sequence[float], alt: Say | str, tone: str) -> list[str]:
    """Draw a chart at several widths; the first picture carries the recipe of all.

    `widths`: in pixels. `alt`: what is to be seen; empty for a picture that says nothing of its
    own. `tone`: {"real", "syn"}.
    """
    settled = _mapped(chart, _rounded)
    first, *others = (str(settled.draw(width).markup(alt, tone)) for width in widths)
    return [with_recipe(first, written(chart)), *others]


def with_recipe(picture: str, said: str) -> str:
    """Write a recipe into the head of a picture."""
    quoted = escape(said, quote=False).replace("'", "&#39;")
    return picture.replace(">", f" {NAME}='{quoted}'>", 1)


def written(chart: Any) -> str:
    """Write a chart as text: objects by the name of their class, fields in their order.

    >>> from fmbstats.figures.charts.stacks import Piece
    >>> written(Piece(1 / 3, Say("33"), "s1"))
    '{"Piece":[0.3333333333,{"Say":["33"]},"s1"]}'
    """
    return json.dumps(_plain(chart), ensure_ascii=False, separators=(",", ":"))


def read(text: str) -> Any:
    """Read what `written` wrote.

    Raises ValueError: it is no recipe.

    >>> read('{"Say":["33"]}')
    Say(text='33', row='', form='')
    """
    try:
        found = _object(json.loads(text))
    except (TypeError, KeyError, ValueError) as error:
        raise ValueError(f"no recipe ({type(error).__name__})") from None
    if not is_dataclass(found):
        raise ValueError("no recipe (no object)")
    return found


def with_curve(chart: Any, made: Callable[[Any], dict[str, Any]]) -> Any:
    """Fill in what a recipe leaves out, with what `made` of the chart returns by field."""
    marked = [f.name for f in fields(chart) if f.metadata == AGAIN and getattr(chart, f.name)]
    if not marked:
        return chart
    found = made(chart)
    return replace(chart, **{name: _mapped(found[name], _rounded) for name in marked})


def parts_of(chart: Any) -> Iterator[tuple[Any, str, Any]]:
    """Yield every number and text of a chart with the object and the field it stands in."""
    for one in _fields(type(chart)):
        yield from _leaves(chart, one.name, getattr(chart, one.name))


def _leaves(owner: Any, name: str, value: Any) -> Iterator[tuple[Any, str, Any]]:
    if is_dataclass(value):
        yield from parts_of(value)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from _leaves(owner, name, inner)
    else:
        yield owner, name, value


_fields: Callable[[Any], tuple[Any, ...]] = cache(fields)


def _plain(value: Any) -> Any:
    if is_dataclass(value):
        known = _fields(type(value))
        values = ((f, getattr(value, f.name)) for f in known)
        found = [bool(v) if f.metadata == AGAIN else _plain(v) for f, v in values]
        while found and _is_default(known[len(found) - 1], found[-1]):
            found.pop()
        return {type(value).__name__: found}
    if isinstance(value, list | tuple):
        return [_plain(inner) for inner in value]
    return _rounded(value)


def _is_default(field: Any, value: Any) -> bool:
    if field.default is MISSING:
        return False
    return value is False if field.metadata == AGAIN else bool(value == _plain(field.default))


def _object(value: Any) -> Any:
    if isinstance(value, dict):
        ((name, found),) = value.items()
        return _KINDS[name](*map(_object, found))
    return [_object(inner) for inner in value] if isinstance(value, list) else value


def _mapped(value: Any, change: Callable[[Any], Any]) -> Any:
    if is_dataclass(value) and not isinstance(value, type):
        return type(value)(*(_mapped(getattr(value, f.name), change) for f in _fields(type(value))))
    if isinstance(value, list | tuple):
        return [_mapped(inner, change) for inner in value]
    return change(value)


def _rounded(value: Any) -> Any:
    """Take a number to ten digits, as the table of a release has it."""
    if isinstance(value, str | bool | int) or value is None:
        return value
    return float(f"{value:.10g}")
