"""What is printed arrives in any encoding, and nothing in it acts on the terminal."""

import errno
import io
import os
import subprocess
import sys
import unicodedata
from pathlib import Path

import click
import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fmbstats import cli
from fmbstats.cli.environment import check_environment
from fmbstats.cli.machine import of_the_machine
from fmbstats.cli.streams import Harmless, encodable, harmless_streams
from fmbstats.errors import PlaceError, SpaceError, UnknownNameError, UserError

HOSTILE = "\x1b]0;owned\x07\x1b[2J\x9b31m\u202edlrow\u2066\u200b\x00\x7f\udce5 Å–5 %"


def printed(text, encoding):
    raw = io.BytesIO()
    stream = io.TextIOWrapper(raw, encoding=encoding, errors="strict", newline="")
    Harmless(stream).write(text)
    stream.flush()
    return raw.getvalue().decode(encoding)


@pytest.mark.parametrize("encoding", ["utf-8", "latin-1", "ascii", "cp1252", "utf-16"])
def test_no_encoding_fails_and_no_control_character_passes(encoding):
    said = printed(HOSTILE + "\nnästa\trad\n", encoding)
    assert not any(c in said for c in "\x1b\x07\x9b\u202e\u2066\u200b\x00\x7f")
    assert "[U+001B]]0;owned[U+0007]" in said
    assert "[U+202E]dlrow" in said
    assert "[U+DCE5]" in said
    assert said.endswith("\n")
    assert "\trad" in said


def test_letters_come_as_near_as_the_encoding_has_them():
    assert encodable("Kvinnor – 12\N{NO-BREAK SPACE}345 ≥ 5 … å", "latin-1") == (
        "Kvinnor - 12\N{NO-BREAK SPACE}345 >= 5 ... å"
    )
    assert encodable("Öppen → 漢", "ascii") == "Oppen -> ?"
    assert encodable("Öppen → 漢", "utf-8") == "Öppen → 漢"


@given(st.text())
def test_any_text_can_be_printed(text):
    for encoding in ("ascii", "latin-1", "utf-8"):
        said = printed(f"{text}\n", encoding)
        hidden = {unicodedata.category(c) for c in said if c not in "\n\t"}
        assert hidden.isdisjoint({"Cc", "Cf", "Cs", "Co", "Zl", "Zp"})


def test_a_progress_bar_may_go_back_on_its_own_line():
    assert printed("\r50 %\x1b[2J", "utf-8") == "\r50 %[U+001B][2J"
    assert printed("one\rtwo\n", "utf-8") == "one[U+000D]two\n"
    assert printed("\rname\n", "utf-8") == "[U+000D]name\n"


def test_click_s_messages_go_the_same_way(capsys):
    with harmless_streams():
        click.echo("a\x07b")
        click.echo("c\u202ed", err=True)
    assert capsys.readouterr() == ("a[U+0007]b\n", "c[U+202E]d\n")
    assert not isinstance(sys.stdout, Harmless)


OTHERS = [pytest.param(encoding, marks=pytest.mark.slow) for encoding in ("ascii", "latin-1")]


@pytest.mark.parametrize("encoding", ["cp437", *OTHERS])
def test_a_hostile_name_in_a_message_on_an_old_terminal(encoding, tmp_path):
    code = "from fmbstats.cli import script; script()"
    done = subprocess.run(
        [sys.executable, "-c", code, "check", "å\x9b2J–\u202e.csv"],
        capture_output=True,
        cwd=tmp_path,
        env={**os.environ, "PYTHONIOENCODING": encoding},
        check=False,
    )
    said = (done.stdout + done.stderr).decode(encoding)
    assert done.returncode == 11, said
    assert "[U+009B]2J-[U+202E].csv" in said
    assert "Traceback" not in said


def test_the_environment_is_checked(capsys):
    check_environment({"HOME": "x", "FMBSTATS_STORE": "a", "FMBSTATS_NO_FORK": "1"})
    with pytest.raises(UnknownNameError, match=r"'FMBSTATS_STROE' is unknown\. Did you mean"):
        check_environment({"FMBSTATS_STROE": "a"})
    with pytest.raises(UserError, match="FMBSTATS_NO_FORK is 'yes'; expected 1 or 0"):
        check_environment({"FMBSTATS_NO_FORK": "yes"})
    with pytest.raises(UserError, match="FMBSTATS_STORE is empty"):
        check_environment({"FMBSTATS_STORE": " "})
    for amount in ("", "8GB", "1500 MiB"):
        check_environment({"FMBSTATS_MEMORY": amount})
    for amount in ("much", "0GB", "8", "8GB'; drop table x"):
        with pytest.raises(UserError, match="expected an amount as 8GB"):
            check_environment({"FMBSTATS_MEMORY": amount})
    check_environment({"FMBSTATS_COLOUR": "red"})
    assert "FMBSTATS_COLOUR is not known; ignored" in capsys.readouterr().err


MACHINE = [
    (MemoryError(), SpaceError, "The memory does not suffice"),
    (OSError(errno.ENOMEM, "Cannot allocate memory"), SpaceError, "The memory does not suffice"),
    (RuntimeError("can't start new thread"), SpaceError, "The memory does not suffice"),
    (duckdb.OutOfMemoryException("Out of Memory Error: x"), SpaceError, "memory does not suffice"),
    (OSError(errno.ENOSPC, "No space left on device"), SpaceError, "No space left to write"),
    (duckdb.IOException("IO Error: No space left on device"), SpaceError, "No space left"),
    (OSError(errno.EMFILE, "Too many open files"), SpaceError, "Too many files are open"),
    (PermissionError(errno.EACCES, "Permission denied", "/x"), PlaceError, "/x: Permission denied"),
    (OSError(errno.EROFS, "Read-only file system", "/x"), PlaceError, "/x: Read-only file system"),
]


@pytest.mark.parametrize(("error", "kind", "said"), MACHINE, ids=[str(m[0]) for m in MACHINE])
def test_what_the_machine_refuses_is_a_sentence(error, kind, said, monkeypatch, capsys):
    told = of_the_machine(error)
    assert type(told) is kind
    assert said in str(told)

    @click.command()
    def fails():
        raise error

    monkeypatch.setitem(sys.modules, "failing", type(sys)("failing"))
    sys.modules["failing"].fails = fails
    monkeypatch.setitem(cli.COMMANDS, "fails", "failing:fails")
    assert cli.main(["fails"]) == kind.exit_code
    assert capsys.readouterr().err.count("\n") == 1


@pytest.mark.parametrize("error", [ValueError("x"), KeyError("x"), FileNotFoundError(2, "x", "y")])
def test_a_bug_keeps_its_traceback(error):
    assert of_the_machine(error) is None


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["show", "\udcff\udcfe"], 10, "is not UTF-8"),
        (["list", "--year", "9" * 20], 2, "is not in the range"),
        (["show", "F32", "--year", "-1"], 2, "is not in the range"),
        (["synth", "--to", "o.csv", "--faults", "nan"], 2, "is not a number"),
        (["synth", "--to", "o.csv", "--motivated", "nan"], 2, "is not a number"),
        (["build", "--max-reject-share", "nan"], 2, "is not a number"),
    ],
)
def test_what_nobody_means_is_told_before_anything_begins(arguments, code, said, capsys):
    assert cli.main(arguments) == code
    assert said in capsys.readouterr().err


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="a full disk is played on Linux")
def test_an_answer_that_cannot_be_written_is_no_success():
    code = "import sys\nfrom fmbstats.cli import script\nprint('x', end='')\nscript()"
    for arguments in (["--version"], ["check", "nothing.csv"]):
        with open("/dev/full", "w") as full:
            done = subprocess.run(
                [sys.executable, "-c", code, *arguments], stdout=full, check=False
            )
        assert done.returncode not in (0, 11)
