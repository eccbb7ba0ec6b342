"""Every key of every file of settings: another kind of value, one out of range, a misspelt key.

What must be refused follows from what the schemas promise in words, key by key: a new key is held
to it, too, and a new schema must be named here.
"""

from __future__ import annotations

import importlib
import json
import re
from datetime import date, datetime, time, timedelta
from pathlib import Path

import pytest

import fmbstats
from fmbstats import rounds
from fmbstats.cli.environment import check_environment
from fmbstats.errors import SourceError, UnknownNameError, UserError
from fmbstats.evaluate.events import read_events
from fmbstats.pages import publication
from fmbstats.recommendations.case_rules import value_fault
from fmbstats.sources import events
from fmbstats.sources.fmb import rule_files
from fmbstats.sources.published import mapped
from fmbstats.sources.registers import certificates, mapping, midas, spell_contract
from fmbstats.sources.settings_files import MAX_DEPTH, Rule
from fmbstats.store import own_register, paths

REGISTERS = (spell_contract.CONTRACT, midas.CONTRACT, certificates.CONTRACT)


def read_register_toml(path):
    own_register.read_settings(path)
    mapping.read_mapping(path)


ROUND = {
    "name": "prov", "title": "Prov", "year": 2017, "edition": "2020-04", "entries": ["F32"],
    "source": "en anteckning", "is_complete": True,
}  # fmt: skip
BANDS = {
    "columns": {"code": "a", "band": "b", "n_spells": "c"},
    "constants": {"start_year": 2017},
    "bands": {"short": [1, 28], "long": [29]},
}
# File -> its schema, what reads it, a content that is right.
FILES = {
    "register.toml": (own_register.SETTINGS | mapping.SECTIONS, read_register_toml, {}),
    "m.toml": (mapping.SECTIONS, mapping.read_mapping, {}),
    "prov.toml": (rounds.SCHEMA, rounds.read_round, ROUND),
    "n.toml": (mapped.SCHEMA, mapped.read_mapping, BANDS),
    "publication.toml": (
        publication._SCHEMA, lambda path: publication.Publication.of(path.parent), {},
    ),
}  # fmt: skip


def toml(value: object) -> str:
    """Write a value in TOML."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return json.dumps(value)
    if isinstance(value, list):
        return f"[{', '.join(map(toml, value))}]"
    if isinstance(value, dict):
        return f"{{{', '.join(f'{json.dumps(k)} = {toml(v)}' for k, v in value.items())}}}"
    return value.isoformat() if isinstance(value, date | time) else str(value)


def content_with(content: dict, place: tuple[str, ...], value: object) -> dict:
    """Return a content with a value at a place; "" is a key of the user's own."""
    key, *inner = place
    key = key or "ours"
    if inner == ["[]"]:
        return content | {key: [value]}
    known = content.get(key)
    value = content_with(known if isinstance(known, dict) else {}, tuple(inner), value) if (
        inner
    ) else value  # fmt: skip
    return content | {key: value}


def keys_of(schema: dict[str, Rule], place: tuple[str, ...] = ()):
    """Yield (place, rule) of every key, those of sections after the section's."""
    for key, rule in schema.items():
        yield (*place, key), rule
        yield from keys_of(rule.inside, (*place, key))


def unlike(promise: str) -> list[object]:
    """Values of kinds that a promise in words does not name, or out of the range it names."""
    found: list[object] = [
        float("nan"), float("inf"), 10**30, -(10**9), datetime(2019, 6, 30, 12), time(12), [[[]]],
        [{}], -0.5,
    ]  # fmt: skip
    if "true or false" not in promise:
        found += [True, False]
    if not re.search("text|one of|one such|one character|letters", promise):
        found += ["x", "1", "true", "2019-06-30", "\x1b[2J"]
    if "date such" not in promise:
        found += [date(2019, 6, 30)]
    if not re.search("without quotes|share", promise) or "true or" in promise:
        found += [0, 1, 5]
    if "a list of" not in promise and "first and last day" not in promise:
        found += [[1], []]
    if "section" not in promise:
        found += [{"a": 1}, {}]
    return found + out_of_range(promise)


def out_of_range(promise: str) -> list[object]:
    found: list[object] = []
    if said := re.search(r"from (\d{4}-\d\d-\d\d) to (\d{4}-\d\d-\d\d)", promise):
        first, last = map(date.fromisoformat, said.groups())
        found += [first - timedelta(1), last + timedelta(1)]
    elif said := re.fullmatch(r".*?(\d+) to (\d+), without quotes", promise):
        found += [int(said[1]) - 1, int(said[2]) + 1]
    elif "share from 0 to 1" in promise:
        found += [-0.001, 1.001, 2]
    elif said := re.fullmatch(r"a text of at most (\d+) characters", promise):
        found += ["x" * (int(said[1]) + 1)]
    elif promise.startswith("one of") and "list" not in promise:
        found += [word.upper() + "x" for word in re.findall(r"'(\S+?)'", promise)]
    elif said := re.fullmatch(r"a list of (\d+) to (\d+) items, .*", promise):
        found += [["x"] * (int(said[2]) + 1)] + [[]] * (int(said[1]) > 0)
    return found


def within_range(promise: str) -> list[object]:
    """Values at the edges of what is promised; of a section its keys have promises of their own."""
    if promise.startswith("a section"):
        return []
    if said := re.search(r"from (\d{4}-\d\d-\d\d) to (\d{4}-\d\d-\d\d)", promise):
        return [date.fromisoformat(day) for day in said.groups()]
    if said := re.fullmatch(r".*?(\d+) to (\d+), without quotes", promise):
        return [int(said[1]), int(said[2])]
    if "share from 0 to 1" in promise:
        return [0, 1, 0.5]
    if said := re.fullmatch(r"a text of at most (\d+) characters", promise):
        return ["x" * int(said[1]), "\x1b[2J\u202e"]
    if promise.startswith("one of") and "list" not in promise:
        return re.findall(r"'(\S+?)'", promise)
    return [True, False] if "true or false" in promise else []


EVERY = [
    (file, place, rule) for file, (schema, *_) in FILES.items() for place, rule in keys_of(schema)
]
IDS = [f"{file} {'.'.join(place)}" for file, place, _ in EVERY]


@pytest.fixture
def read(tmp_path):
    """Write a content and read it; gives what was said where it was refused, else ""."""

    def run(file: str, content: dict) -> str:
        path = tmp_path / file
        lines = [f"{json.dumps(key)} = {toml(value)}" for key, value in content.items()]
        path.write_text("\n".join(lines) + "\n", "utf-8")
        try:
            FILES[file][1](path)
        except UserError as error:
            return str(error)
        return ""

    return run


@pytest.mark.parametrize("file", FILES)
def test_the_contents_that_are_spoilt_are_right(read, file):
    assert read(file, FILES[file][2]) == ""


@pytest.mark.parametrize(("file", "place", "rule"), EVERY, ids=IDS)
def test_a_value_of_another_kind_or_out_of_range_is_named(read, file, place, rule):
    named = next(key for key in reversed(place) if key not in ("", "[]"))
    for value in unlike(rule.expected):
        said = read(file, content_with(FILES[file][2], place, value))
        assert said.startswith(file), (value, said)
        assert named in said, (value, said)
        assert len(said) < 1_500, value


@pytest.mark.parametrize(("file", "place", "rule"), EVERY, ids=IDS)
def test_a_value_at_the_edge_of_its_range_is_taken(read, file, place, rule):
    for value in within_range(rule.expected):
        said = read(file, content_with(FILES[file][2], place, value))
        # Beyond its own rule a value may still not go with the others.
        assert " came; expected" not in said or "another" in said or "name of the file" in said


@pytest.mark.parametrize("file", FILES)
def test_a_misspelt_key_is_told_with_the_nearest(read, file):
    schema, _, content = FILES[file]
    for place, _rule in keys_of(schema):
        if "" in place or "[]" in place:
            continue  # a name of the user's own
        misspelt = (*place[:-1], place[-1] + place[-1][-1])
        said = read(file, content_with(content, misspelt, 1))
        assert f"key '{misspelt[-1]}' is unknown" in said
        assert re.search(rf"Did you mean [^?]*'{place[-1]}'", said), said


@pytest.mark.parametrize("file", FILES)
def test_what_must_be_there_is_missed(read, file):
    schema, _, content = FILES[file]
    for key in (k for k, rule in schema.items() if rule.required):
        said = read(file, {k: v for k, v in content.items() if k != key})
        assert f"{file}, {key}: is missing; expected" in said


@pytest.mark.parametrize("file", FILES)
def test_nesting_and_size_are_bounded(tmp_path, read, file):
    deep: object = 1
    for _ in range(MAX_DEPTH + 1):
        deep = {"a": deep}
    for key in FILES[file][0]:
        assert "nested more than" in read(file, {key: deep})
        assert "is larger than" in read(file, {key: "x" * 300_000})


def test_columns_of_a_register_are_those_of_its_format(tmp_path):
    path = tmp_path / "m.toml"
    for contract in REGISTERS:
        for column in contract.names:
            for section in (f"[columns]\n{column}s = 'a'", f"[values.{column}s]\na = 'b'"):
                path.write_text(f"register.format = {contract.name!r}\n{section}\n")
                with pytest.raises(UnknownNameError, match=rf"m\.toml.*Did you mean .*'{column}'"):
                    mapping.read_mapping(path, REGISTERS)


def every_schema():
    """Yield (module, name, schema) of every dict of rules in the package."""
    root = Path(fmbstats.__file__).parent
    for path in root.rglob("*.py"):
        if "settings_files import" not in path.read_text("utf-8"):
            continue  # rules can be made there alone
        module = ".".join(path.relative_to(root.parent).with_suffix("").parts)
        for name, value in vars(importlib.import_module(module)).items():
            if isinstance(value, dict) and value and _are_rules(value.values()):
                yield module, name, value


def _are_rules(values) -> bool:
    return all(isinstance(value, Rule) for value in values)


def test_no_schema_is_left_out():
    covered = [rule for _, _, rule in EVERY]
    left = {
        f"{module}.{name}"
        for module, name, schema in every_schema()
        if not all(any(rule is known for known in covered) for rule in schema.values())
    }
    assert left == set()


# ------------------------------------------------------------------ tables that are settings

RULE = dict(
    zip(
        rule_files.CASE_RULES.names,
        ("E1", "C1", "sex", "women", "only", "a fact", "N. N.", "2020-01-02"),
        strict=True,
    )
)


def read_own_rules(data_raw):
    """Read what lies in data_raw/rules: a file with another header is one of rules."""
    rule_files.read_occupations(data_raw)
    for path in rule_files.rule_files(data_raw):
        rule_files.read_rule_rows(path)


EVENT = {
    "key": "a", "date": "2017-03-01", "name_sv": "x", "name_en": "y", "concerns": "all",
    "is_rival": "yes", "source": "s",
}  # fmt: skip
TABLES = {
    "events.csv": (events.CONTRACT, lambda path: read_events(path.parent), EVENT),
    "rules.csv": (rule_files.CASE_RULES, rule_files.read_rule_rows, RULE),
    "rules/classes.csv": (
        rule_files.OCCUPATIONS, lambda path: read_own_rules(path.parents[1]),
        {"ssyk": "51", "class": "heavy"},
    ),
}  # fmt: skip
WRONG = {
    "date": ("2017-13-01", "1", "x", ""),
    "code": ("\x00", ""),
    "text": ("",),
}


@pytest.mark.parametrize("file", TABLES)
def test_each_column_of_a_table_of_settings(tmp_path, file):
    contract, read, row = TABLES[file]
    path = tmp_path / file
    path.parent.mkdir(exist_ok=True)

    def said(**changed: str) -> str:
        names = [changed.pop(f"{name}_name", name) for name in row]
        path.write_text(",".join(names) + "\n" + ",".join((row | changed).values()) + "\n")
        try:
            read(path)
        except SourceError as error:
            return str(error)
        return ""

    assert said() == ""
    for column in contract.columns:
        assert path.name in said(**{f"{column.name}_name": column.name + "x"})
        wrong = WRONG[column.type] + (("?!",) if column.allowed or column.pattern else ())
        for value in wrong:
            told = said(**{column.name: value})
            assert path.name in told, (column.name, value, told)
            assert column.name in told or "NUL" in told, (value, told)


@pytest.mark.parametrize("kind", rule_files.EVIDENCE)
def test_the_value_of_a_rule_is_one_of_its_kind(kind):
    for value in ("\x00", "?", "16-39-40", "9" * 400, "-5", " ", "F32 F33"):
        assert value_fault(kind, value)


def test_each_variable_of_the_environment(capsys):
    known = [value for name, value in vars(paths).items() if name.endswith("_VARIABLE")]
    assert len(known) >= 3
    for name in known:
        check_environment({name: "8GB" if name == paths.MEMORY_VARIABLE else "1"})
        for value in (" ", "\t"):
            with pytest.raises(UserError, match=name):
                check_environment({name: value})
        with pytest.raises(UnknownNameError, match=f"Did you mean .*'{name}'"):
            check_environment({name + name[-1]: "1"})
    for value in ("yes", "true", "-1", "2", "nan"):
        with pytest.raises(UserError, match="expected 1 or 0"):
            check_environment({paths.NO_FORK_VARIABLE: value})
    assert capsys.readouterr().err == ""
