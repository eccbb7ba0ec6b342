"""Settings files are held against their schema: every fault names file, key, value, expectation."""

import os
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fmbstats.errors import SourceError, UnknownNameError, UserError
from fmbstats.sources.settings_files import (
    MAX_BYTES,
    MAX_DEPTH,
    check_settings,
    day,
    either,
    flag,
    listed,
    named,
    one_of,
    read_settings_file,
    read_toml,
    section,
    share,
    shown,
    text,
    whole,
)

SCHEMA = {
    "name": text(most=20, required=True),
    "gap": whole(0, 3650, "whole days"),
    "share": share(),
    "is_synthetic": flag(),
    "since": day(latest=date(2053, 12, 31)),
    "format": one_of("midas", "spells"),
    "entries": either(one_of("all"), listed(text(most=10))),
    "columns": named(text(), keys=("code", "sex")),
    "file": section({"separator": text(most=1), "encoding": text(required=True)}),
}
GOOD = """
name = "Ett register"
gap = 5
share = 0.01
is_synthetic = false
since = 2019-06-30
format = "midas"
entries = ["F32", "M54"]
[columns]
code = "diagnos"
[file]
separator = "\\t"
encoding = "utf-8"
"""


@pytest.fixture
def read(tmp_path):
    def run(content):
        path = tmp_path / "s.toml"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return read_settings_file(path, SCHEMA)

    return run


def test_what_is_right_comes_back_as_it_is(read):
    found = read(GOOD)
    assert (found["gap"], found["since"], found["file"]["separator"]) == (
        5,
        date(2019, 6, 30),
        "\t",
    )
    assert read("\ufeff" + GOOD.replace("\n", "\r\n")) == found


FAULTS = {
    'name = ""': r"s\.toml, name: '' came; expected a text of at most 20 characters",
    "name = 5": r"s\.toml, name: 5 came; expected a text",
    "gap = -5": r"s\.toml, gap: -5 came; expected whole days, 0 to 3650, without quotes",
    "gap = 3651": "gap: 3651 came",
    "gap = true": "gap: True came",
    "gap = 5.0": r"gap: 5\.0 came",
    'gap = "five"': "gap: 'five' came",
    "gap = 1000000000000000000000000000000": "gap: 10+ came; expected whole days",
    "gap = 0x" + "f" * 9000: "gap: a number of thousands of digits came; expected whole days",
    "share = 7": "share: 7 came; expected a share from 0 to 1",
    "share = nan": "share: nan came",
    "share = inf": "share: inf came",
    "share = true": "share: True came",
    'is_synthetic = "false"': "is_synthetic: 'false' came; expected true or false, without quotes",
    "is_synthetic = 0": "is_synthetic: 0 came",
    'since = "2019-06-30"': "since: '2019-06-30' came; expected a date such as 2019-06-30",
    "since = 9999-12-31": r"since: datetime\.date\(9999, 12, 31\) came",
    "since = 2019-06-30T00:00:00Z": "since: datetime",
    'format = "Midas"': "format: 'Midas' came; expected one of 'midas', 'spells'",
    "format = []": r"format: \[\] came",
    'entries = "F32"': "entries: 'F32' came; expected one of 'all', or a list",
    "entries = []": r"entries: \[\] came",
    'entries = ["F32", 5]': "entries, item 2: 5 came",
    "columns = 5": "columns: 5 came; expected a section",
    "columns.code = 5": "columns, code: 5 came",
    "columns.code = []": r"columns, code: \[\] came",
    "file.encoding = []": r"file, encoding: \[\] came",
    'file.separator = ";;"': "file, separator: ';;' came; expected one character",
    'file.separator = ";"': "file, encoding: is missing",
}


@pytest.mark.parametrize("line", FAULTS, ids=[line[:40] for line in FAULTS])
def test_a_value_that_does_not_fit_is_named(read, line):
    name = "" if line.startswith("name") else 'name = "x"\n'
    with pytest.raises(SourceError, match=FAULTS[line]):
        read(name + line)


def test_what_is_missing_and_what_is_unknown(read):
    with pytest.raises(SourceError, match=r"s\.toml, name: is missing; expected a text"):
        read("")
    with pytest.raises(UnknownNameError, match=r"s\.toml: key 'gapp' is unknown\. Did you mean 'g"):
        read('name = "x"\ngapp = 5')
    with pytest.raises(UnknownNameError, match=r"columns: key 'kod' is unknown.* Known keys: code"):
        read('name = "x"\n[columns]\nkod = "y"')
    with pytest.raises(UnknownNameError, match="key 'åååå"):
        read(f'name = "x"\n"{"å" * 5000}" = 1')


NO_TOML = {
    "text": "no toml",
    "twice": "a = 1\na = 2",
    "NUL": "a = 1\0",
    "deep lists": "a = " + "[" * 100_000 + "]" * 100_000,
    "deep tables": "a = " + "{b=" * 50_000,
    "deep keys": ".".join("a" * 100_000) + " = 1",
    "deep but short": "a = " + "[" * (MAX_DEPTH + 1) + "]" * (MAX_DEPTH + 1),
    "quoted keys": ".".join(["'a'"] * 50_000) + " = 1",
    "deep section": "[" + " . ".join("b" * 60_000) + "]",
    "huge number": "a = 1" + "0" * 5000,
    "huge": "# " + "x" * MAX_BYTES,
}


@pytest.mark.parametrize("kind", NO_TOML)
def test_what_is_no_settings_file_is_refused_at_once(tmp_path, kind):
    path = tmp_path / "s.toml"
    path.write_text(NO_TOML[kind])
    with pytest.raises(SourceError, match=r"^s\.toml: is (not TOML|nested more|larger than)"):
        read_toml(path)


def test_what_is_no_text_or_no_file_is_told(tmp_path):
    path = tmp_path / "s.toml"
    path.write_bytes(b"a = 1\nb = '\xe5'")
    with pytest.raises(SourceError, match=r"s\.toml, line 2: byte 0xE5 is not UTF-8"):
        read_toml(path)
    with pytest.raises(SourceError, match=r"none\.toml: no such file"):
        read_toml(tmp_path / "none.toml")
    os.mkfifo(tmp_path / "pipe.toml")
    for there in ("pipe.toml", "."):
        with pytest.raises(SourceError, match="is no file"):
            read_toml(tmp_path / there)


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=30) | st.dates(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=8,
)


@given(st.dictionaries(st.sampled_from([*SCHEMA, "nmae", ""]), VALUES, max_size=4))
def test_whatever_comes_fits_or_is_a_user_error(content):
    try:
        check_settings("s.toml", content, SCHEMA)
    except UserError as error:
        said = str(error)
    else:
        said = "s.toml"
        assert isinstance(content["name"], str)
        assert type(content.get("gap", 0)) is int
    assert said.startswith("s.toml")


def test_values_are_shown_short():
    assert shown("x" * 1000) == "'" + "x" * 58 + "…"
    assert shown(10**5000) == "a number of thousands of digits"
