"""Settings in TOML, held against one schema: types, ranges, unknown keys with the nearest name.

A schema is a dict from key to rule, such as ``{"gap": whole(0, 3650), "columns": named(text())}``.
What comes back is the content as it was, every value of the type that its rule says. Files are
bounded in size and nesting before anything recurses into them.
"""

from __future__ import annotations

import re
import stat
import tomllib
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

from fmbstats.errors import SourceError, UnknownNameError

MAX_BYTES = 256 * 1024
MAX_DEPTH = 12
_MAX_SHOWN = 60
# The parser's time grows with the square of a dotted key's length: told before it is asked.
_PART = r"""(?:[A-Za-z0-9_-]+|"[^"\n]*"|'[^'\n]*')[ \t]*"""
_DEEP_KEY = re.compile(rf"(?:^|[\[{{,])[ \t]*(?:{_PART}\.[ \t]*){{{MAX_DEPTH}}}", re.MULTILINE)

# What a rule calls when a value does not fit; it names file and key itself.
Checked = Callable[[str, Any], Any]


@dataclass(frozen=True)
class Rule:
    """What a key's value must be."""

    expected: str  #: In words, as the message says it: "whole days, 0 to 3650".
    fits: Callable[[Any], bool]  #: Whether a value is that.
    required: bool = False  #: Whether the key must be there.
    #: Checks what is inside the value: (place, value) → None; raises itself.
    inner: Checked | None = None
    #: What is inside, by key; "" stands for every key of the user's own, "[]" for every item.
    inside: Mapping[str, Rule] = field(default_factory=dict)

    def check(self, place: str, value: object) -> None:
        """Raise SourceError, naming `place`, when `value` does not fit."""
        if not self.fits(value):
            raise SourceError(f"{place}: {shown(value)} came; expected {self.expected}.")
        if self.inner is not None:
            self.inner(place, value)


def text(*, least: int = 1, most: int = 500, required: bool = False) -> Rule:
    """Text of `least` to `most` characters that are not blank alone."""
    expected = "one character" if most == 1 else f"a text of at most {most} characters"

    def fits(value: Any) -> bool:
        # One blank or tab may be a separator; longer texts must say something.
        return isinstance(value, str) and least <= len(value) <= most and (
            most == 1 or not value or not value.isspace()
        )  # fmt: skip

    return Rule(expected, fits, required)


def one_of(*names: str, required: bool = False) -> Rule:
    """One of a few words."""
    expected = f"one of {', '.join(map(repr, names))}"
    return Rule(expected, lambda v: isinstance(v, str) and v in names, required)


def whole(least: int, most: int, what: str = "a whole number", *, required: bool = False) -> Rule:
    """A whole number from `least` to `most`; no text, no true or false."""
    return Rule(
        f"{what}, {least} to {most}, without quotes",
        lambda v: type(v) is int and least <= v <= most,
        required,
    )


def share() -> Rule:
    """A number from 0 to 1."""
    return Rule("a share from 0 to 1", lambda v: type(v) in (int, float) and 0 <= v <= 1)


def flag(*, required: bool = False) -> Rule:
    """True or false."""
    return Rule("true or false, without quotes", lambda v: type(v) is bool, required)


def day(earliest: date = date(1900, 1, 1), latest: date = date(2100, 12, 31)) -> Rule:
    """A date, no point in time."""
    return Rule(
        f"a date such as 2019-06-30, without quotes, from {earliest} to {latest}",
        lambda v: isinstance(v, date) and not isinstance(v, datetime) and earliest <= v <= latest,
    )


def listed(rule: Rule, *, least: int = 1, most: int = 1000) -> Rule:
    """A list whose items all follow `rule`."""

    def inner(place: str, values: list) -> None:
        for number, value in enumerate(values, start=1):
            rule.check(f"{place}, item {number}", value)

    return Rule(
        f"a list of {least} to {most} items, each {rule.expected}",
        lambda v: isinstance(v, list) and least <= len(v) <= most,
        inner=inner,
        inside={"[]": rule},
    )


def named(rule: Rule, keys: Iterable[str] | None = None, *, most: int = 1000) -> Rule:
    """A section whose keys are `keys` (any, by default) and whose values follow `rule`."""
    known = None if keys is None else tuple(keys)

    def inner(place: str, values: dict) -> None:
        if known is not None:
            check_names(f"{place}: key", values, known, f"Known keys: {', '.join(known)}.")
        for key, value in values.items():
            rule.check(f"{place}, {key[:_MAX_SHOWN]}", value)

    return Rule(
        f"a section of at most {most} keys, each {rule.expected}",
        lambda v: isinstance(v, dict) and len(v) <= most,
        inner=inner,
        inside=dict.fromkeys(known or ("",), rule),
    )


def section(schema: Mapping[str, Rule]) -> Rule:
    """A section that follows a schema of its own."""

    def inner(place: str, values: dict) -> None:
        check_settings(place, values, schema)

    expected = f"a section with {', '.join(schema)}"
    return Rule(expected, lambda v: isinstance(v, dict), inner=inner, inside=schema)


def either(*rules: Rule, required: bool = False) -> Rule:
    """A value that follows the first of `rules` whose kind it is."""

    def inner(place: str, value: object) -> None:
        next(rule for rule in rules if rule.fits(value)).check(place, value)

    expected = ", or ".join(rule.expected for rule in rules)
    inside = {key: each for rule in rules for key, each in rule.inside.items()}
    return Rule(expected, lambda v: any(r.fits(v) for r in rules), required, inner, inside)


def restricted(rule: Rule, fits: Callable[[Any], bool], expected: str) -> Rule:
    """The same rule, with a further condition in words of its own."""
    return replace(rule, expected=expected, fits=lambda v: rule.fits(v) and fits(v))


#: What stands between the cells of a text table.
SEPARATOR = restricted(
    text(most=1), lambda v: v.isascii() and v not in '"\r\n', "one character such as ';' or '\\t'"
)


def read_settings_file(path: Path, schema: Mapping[str, Rule]) -> dict[str, Any]:
    """Read a TOML file and hold it against a schema.

    Returns the content; keys that are not there are not filled in. Raises SourceError: the file
    cannot be read, is no TOML, is too large or too deeply nested; a key is missing, or its value is
    not what the schema says. File, key, value and expectation are named; UnknownNameError: a key
    that the schema does not know; the nearest known ones are named.
    """
    content = read_toml(path)
    check_settings(path.name, content, schema)
    return content


def check_settings(place: str, content: Mapping[str, Any], schema: Mapping[str, Rule]) -> None:
    """Hold settings, wherever they came from, against a schema; see `read_settings_file`."""
    check_names(f"{place}: key", content, schema, f"Known keys: {', '.join(schema)}.")
    for key, value in content.items():
        schema[key].check(f"{place}, {key}", value)
    for key, rule in schema.items():
        if rule.required and key not in content:
            raise SourceError(f"{place}, {key}: is missing; expected {rule.expected}.")


def check_names(kind: str, found: Iterable[str], known: Collection[str], advice: str = "") -> None:
    """Refuse a name that is not known, and say which come closest; raises UnknownNameError."""
    for name in found:
        if name not in known:
            raise UnknownNameError.among(kind, str(name)[:_MAX_SHOWN], known, advice)


def read_toml(path: Path) -> dict[str, Any]:
    """Read a TOML file within bounds of size and nesting, whatever keys it has.

    Raises SourceError: no such file, no regular file, not UTF-8, no TOML, too large, too deeply
    nested.
    """
    text = _text_of(path)
    if _DEEP_KEY.search(text):
        raise _too_deep(path)
    try:
        content = tomllib.loads(text)
    except RecursionError:
        raise _too_deep(path) from None
    except ValueError as error:  # a TOMLDecodeError, or a number of thousands of digits
        raise SourceError(f"{path.name}: is not TOML ({str(error)[:200]}).") from None
    if is_deeper(content, MAX_DEPTH, _inside):
        raise _too_deep(path)
    return content


def _text_of(path: Path) -> str:
    try:
        if not stat.S_ISREG(path.stat().st_mode):  # a pipe would be waited for
            raise SourceError(f"{path.name}: is no file in {path.parent}; expected a TOML file.")
        with path.open("rb") as handle:
            data = handle.read(MAX_BYTES + 1)
    except FileNotFoundError:
        raise SourceError(f"{path.name}: no such file in {path.parent}.") from None
    except OSError as error:
        raise SourceError(f"{path.name}: cannot be read ({error.strerror}).") from None
    if len(data) > MAX_BYTES:
        raise SourceError(
            f"{path.name}: is larger than {MAX_BYTES // 1024} KiB, so no file of settings."
        )
    try:
        return data.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise SourceError(
            f"{path.name}, line {line}: byte 0x{data[error.start]:02X} is not UTF-8, so the file "
            "is not TOML. Save it again in UTF-8."
        ) from None


def _too_deep(path: Path) -> SourceError:
    return SourceError(
        f"{path.name}: is nested more than {MAX_DEPTH} levels deep, so no file of settings."
    )


def is_deeper(root: Any, n_levels: int, inside: Callable[[Any], Iterable[Any]]) -> bool:
    """Whether something is nested deeper than so many levels, told without recursion."""
    level = [root]
    for _ in range(n_levels + 1):
        level = [inner for value in level for inner in inside(value)]
    return bool(level)


def _inside(value: object) -> Iterable[object]:
    return value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()


def shown(value: object) -> str:
    """Return a value for a message: short, and never failing."""
    try:
        said = repr(value)
    except (ValueError, RecursionError):  # a number of thousands of digits
        return "a number of thousands of digits"
    return said if len(said) <= _MAX_SHOWN else f"{said[: _MAX_SHOWN - 1]}…"
