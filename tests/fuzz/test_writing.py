"""Every place that a command writes to, read from the parser: no device, pipe or folder is harmed.

A new option that takes a path must be listed here, as what is read or with a run that writes to it.
"""

from __future__ import annotations

import os
import stat
from pathlib import Path

import click
import pytest
from apart import DATA_RAW
from machine import is_told, program, said, without_roots_rights

from fmbstats.cli import cli
from fmbstats.cli.common import NewFile, NewFolder

FIXTURES = Path(__file__).parents[1] / "fixtures"
STORE = ("--store", "{made}/store/store.duckdb", "--data", DATA_RAW)
REGISTER = ("--register", "{made}/register.csv", "--extraction", "2019-06-30", "--synthetic")
REVISION = ("evaluate", "revision", "F32", "--date", "2017-01-30", *STORE)
PAIR = tuple(FIXTURES / "fmb" / f"json_2020_{name}.json" for name in ("cases", "entries"))
# What an option names -> a run that writes there; {place} stands for it.
WRITES = {
    "report --to": ("report", "--only", "F32", "--jobs", "1", "--to", "{place}", *STORE),
    "report --timings": (
        "report", "--only", "F32", "--dry-run", "--to", "{free}", "--timings", "{place}", *STORE
    ),
    "build --store": ("build", *REGISTER, "--store", "{place}", "--data", DATA_RAW),
    "export --to": ("export", "--only", "F32", "--to", "{place}", *STORE),
    "fmb check --csv": ("fmb", "check", "2020-04", "--csv", "{place}", "--data", DATA_RAW),
    "fmb diff --csv": ("fmb", "diff", "2020-04", "2016-09", "--csv", "{place}", "--data", DATA_RAW),
    "fmb diff --html": (
        "fmb", "diff", "2020-04", "2016-09", "--html", "{place}", "--data", DATA_RAW
    ),
    "import codes --to": ("import", "codes", FIXTURES / "fmb" / "codes.txt", "--to", "{place}"),
    "import fmb --to": ("import", "fmb", *PAIR, "--edition", "2022-01", "--to", "{place}"),
    "check --rejects": (
        "check", "{made}/register.csv", "--extraction", "2019-06-30", "--rejects", "{place}"
    ),
    "synth --to": ("synth", "--spells", "200", "--to", "{place}", "--data", DATA_RAW),
    "synth --cases": (
        "synth", "--spells", "200", "--to", "{free}.csv", "--cases", "{place}", "--data", DATA_RAW
    ),
    "ledger export file": ("ledger", "export", "{place}", *STORE[:2]),
    "ledger import --to": (
        "ledger", "import", "{made}/counts.csv", "--name", "a", "--extraction", "2019-06-30",
        "--synthetic", "--to", "{place}", "--data", DATA_RAW,
    ),
    "ledger merge --to": (
        "ledger", "merge", "{made}/exact.zip", "--to", "{place}", "--data", DATA_RAW
    ),
    "evaluate certificates --to": (
        "evaluate", "certificates", "--register", "{made}/certificates.csv", "--to", "{place}",
        *STORE,
    ),
    "evaluate certificates --ledger": (
        "evaluate", "certificates", "--register", "{made}/certificates.csv", "--ledger", "{place}",
        *STORE,
    ),
    "evaluate certificates --folder": (
        "evaluate", "certificates", "--register", "{made}/certificates.csv", "--folder", "{place}",
        *STORE,
    ),
    "evaluate revision --to": (*REVISION, "--to", "{place}"),
    "evaluate revision --page": (*REVISION, "--page", "{place}"),
    "evaluate revisions --to": (
        "evaluate", "revisions", "--edition", "2017-10", "--to", "{place}", *STORE
    ),
    "evaluate revision --folder": (*REVISION, "--folder", "{place}"),
    "evaluate revisions --folder": (
        "evaluate", "revisions", "--edition", "2017-10", "--folder", "{place}", *STORE
    ),
    "evaluate drift --to": ("evaluate", "drift", "--to", "{place}", *STORE),
    "evaluate drift --folder": ("evaluate", "drift", "--folder", "{place}", *STORE),
    "evaluate rollout --to": (
        "evaluate", "rollout", "--dates", "{made}/dates.csv", "--to", "{place}", *STORE
    ),
    "evaluate rollout --folder": (
        "evaluate", "rollout", "--dates", "{made}/dates.csv", "--folder", "{place}", *STORE
    ),
    "evaluate rollout --page": (
        "evaluate", "rollout", "--dates", "{made}/dates.csv", "--page", "{place}", *STORE
    ),
    "init folder": ("init", "{place}"),
}  # fmt: skip
# Of paths that are only read, what they are called; those that must exist say so themselves.
READ = {"--data", "--store", "--mapping", "--codes", "--sign", "--notebooks", "file", "files",
        "paths", "breaks", "percentiles", "coefficients"}  # fmt: skip
# A run on so few spells may refuse to answer before it would write.
ENDS = (2, *range(10, 20))


def parameters(command: click.Command, name: str = ""):
    """Every command's name and parameters that are paths."""
    if isinstance(command, click.Group):
        context = click.Context(command)
        for inner in command.list_commands(context):
            yield from parameters(command.get_command(context, inner), f"{name} {inner}".strip())
        return
    for parameter in command.params:
        if isinstance(parameter.type, click.Path):
            yield name, parameter


@pytest.fixture(scope="module")
def folders():
    """What is called by the place of a folder, not of a file."""
    found = ((name, p) for name, p in parameters(cli) if isinstance(p.type, NewFolder))
    return {f"{name} {parameter.opts[0]}" for name, parameter in found}


def test_every_path_of_every_command_is_listed():
    written, unknown = set(), []
    for name, parameter in parameters(cli):
        called = parameter.opts[0]
        if isinstance(parameter.type, NewFile | NewFolder):
            written.add(f"{name} {called}")
        elif not parameter.type.exists and called not in READ:
            unknown.append((name, called))
    assert unknown == []
    # The store of a build has the option that all others read by.
    assert written | {"build --store"} == set(WRITES)


@pytest.fixture(scope="module")
def inputs(made, warm):
    """The register, and what the other commands read, beside it."""
    from apart import must_run

    store = ["--store", made / "store" / "store.duckdb"]
    must_run(["ledger", "export", made / "exact.zip", "--exact", *store])
    layout = ["--format", "certificates", "--data", DATA_RAW]
    must_run(["synth", "--spells", "300", "--to", made / "certificates.csv", *layout])
    (made / "counts.csv").write_text(
        "code,valid_from,start_year,start_month,sex,age_group,county_code,entry_day,duration_day,"
        "end_reason,n\nF32,2016-01-01,2017,3,women,30-39,01,14,40,1,12\n"
    )
    (made / "dates.csv").write_text("county_code,first_date\n01,2016-03-01\n03,2016-09-01\n")
    return made


def given(command: tuple, made: Path, place: Path, free: Path) -> list[str]:
    return [
        a.format(made=made, place=place, free=free) if isinstance(a, str) else str(a)
        for a in command
    ]


def no_file(folder: Path) -> dict[str, Path]:
    """Places where nothing may be written, of every kind, and what they lead to."""
    os.mkfifo(folder / "pipe")
    (folder / "to-device").symlink_to("/dev/full")
    (folder / "to-pipe").symlink_to("pipe")
    (folder / "loop").symlink_to("loop")
    (folder / "text").write_text("a thesis")
    return {
        "/dev/full": Path("/dev/full"),
        "/dev/null": Path("/dev/null"),
        "a pipe": folder / "pipe",
        "a link to a device": folder / "to-device",
        "a link to a pipe": folder / "to-pipe",
        "a link to itself": folder / "loop",
        "below a file": folder / "text" / "x.csv",
        "a name too long": folder / ("a" * 300),
        "below /proc": Path("/proc/x/y.csv"),
    }


def kinds(places: dict[str, Path]) -> dict[str, object]:
    """What each place is: its kind, and where it leads."""
    return {
        name: (stat.S_IFMT(place.lstat().st_mode), os.readlink(place) if place.is_symlink() else "")
        for name, place in places.items()
        if os.path.lexists(place) and "below" not in name
    }


@pytest.mark.slow
@pytest.mark.parametrize("name", WRITES)
def test_what_is_no_file_is_refused_and_stays(inputs, folders, run, tmp_path, name):
    places = no_file(tmp_path)
    before, listed = kinds(places), sorted(p.name for p in tmp_path.iterdir())
    is_folder = name in folders
    places["a folder, a file"] = tmp_path / "text" if is_folder else tmp_path
    for kind, place in places.items():
        ended = run(*given(WRITES[name], inputs, place, tmp_path / "free"))
        assert ended.is_told, (kind, ended.said)
        assert ended.code in ENDS, (kind, ended.code, ended.said)
        assert ended.seconds < 60, kind
        assert kinds(places).items() >= before.items(), kind
        assert (tmp_path / "text").read_text() == "a thesis"
        new = {p.name for p in tmp_path.iterdir() if not p.name.startswith("free")}
        assert sorted(new) == listed, kind


@pytest.mark.slow
@pytest.mark.parametrize("name", ["build --store", "ledger import --to", "ledger merge --to"])
def test_only_a_store_is_replaced_by_a_store(inputs, run, tmp_path, name):
    for content in (b"a thesis", b"", b"PK\x03\x04" + bytes(50), b"DUCK" * 5000):
        place = tmp_path / "s.duckdb"
        place.write_bytes(content)
        ended = run(*given(WRITES[name], inputs, place, tmp_path / "free"))
        assert ended.code == 14, ended.said
        assert place.read_bytes() == content


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted(WRITES))
def test_a_folder_without_rights_is_told(inputs, tmp_path, name):
    closed = tmp_path / "closed"
    closed.mkdir()
    (closed / "x.csv").write_text("whole")
    (closed / "x.csv").chmod(0o444)
    closed.chmod(0o555)
    try:
        for place in (closed / "x.csv", closed / "y.csv"):
            command = given(WRITES[name], inputs, place, tmp_path / "closed" / "free")
            done = program(*command, before=without_roots_rights)
            assert is_told(done), said(done)
            assert done.returncode in ENDS, said(done)
            assert (closed / "x.csv").read_text() == "whole"
            assert [p.name for p in closed.iterdir()] == ["x.csv"]
    finally:
        closed.chmod(0o755)


TELLS = (
    ["list"], ["show", "F32", "--by", "sex"], ["fmb", "show", "F32"],
    ["fmb", "diff", "2020-04", "2016-09"], ["check", "{hostile}"],
    ["check", "{cells}", "--extraction", "2019-06-30"], ["show", "\x1b]0;x\x07"], ["--help"],
    ["completion", "bash"],
)  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "cp437", "utf-8"])
def test_terminals_of_any_encoding_get_no_control_characters(inputs, tmp_path, encoding):
    name = "\x1b[2J\u202e\x9b31m å\u2028.csv"
    (tmp_path / name).write_text("\x1b]0;x\x07,\u202e\n\x9b1,2\n")
    rows = (inputs / "register.csv").read_text("utf-8").splitlines()[:30]
    spoilt = [rows[0], *(row.replace("F", "\x1b[31mF\u202e") for row in rows[1:])]
    (tmp_path / "cells.csv").write_text("\n".join(spoilt) + "\n")
    for command in TELLS:
        filled = [a.format(hostile=tmp_path / name, cells=tmp_path / "cells.csv") for a in command]
        store = STORE if command[0] in ("list", "show") else ()
        done = program(*given((*filled, *store), inputs, tmp_path, tmp_path),
                       PYTHONIOENCODING=encoding, LC_ALL="C", PYTHONUTF8="0")  # fmt: skip
        assert is_told(done), (command, said(done))
        told = (done.stdout + done.stderr).decode(encoding)
        bad = {c for c in told if (ord(c) < 32 and c not in "\n\t\r") or 126 < ord(c) < 160}
        assert not bad | {c for c in told if c in "\u202e\u2028"}, (command, bad)
