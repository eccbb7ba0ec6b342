"""The folder of an export is whole, replaced at once, and never one with other files in it."""

import errno
import json
import os
import subprocess
import sys

import pandas as pd
import pytest

from fmbstats.cli import main
from fmbstats.errors import LockedError, SpaceError, UserError
from fmbstats.export.folder import MANIFEST, check_target, staged
from tests.tables_of import measured_rows, told_rows


def put(folder, **files):
    with staged(folder, {"n": 1}) as stage:
        for name, text in files.items():
            (stage / name).write_text(text)


def names(folder):
    return sorted(p.name for p in folder.iterdir())


def test_an_export_replaces_the_one_before(tmp_path):
    folder = tmp_path / "out"
    put(folder, one="1", two="2")
    put(folder, two="22", three="3")
    assert names(folder) == [MANIFEST, "three", "two"]
    assert (folder / "two").read_text() == "22"
    assert names(tmp_path) == ["out"]


def test_a_failed_export_leaves_the_one_before(tmp_path):
    folder = tmp_path / "out"
    put(folder, one="1")

    def fail():
        with staged(folder, {}) as stage:
            (stage / "two").write_text("2")
            raise RuntimeError("no")

    with pytest.raises(RuntimeError):
        fail()
    assert names(folder) == sorted([MANIFEST, "one"])
    assert names(tmp_path) == ["out"]


def test_a_full_disk_leaves_the_one_before(tmp_path):
    folder = tmp_path / "out"
    put(folder, one="1")

    def fill():
        with staged(folder, {}):
            raise OSError(errno.ENOSPC, "No space left on device")

    with pytest.raises(SpaceError, match=r"no space left to write .*earlier export there is unt"):
        fill()
    assert (folder / "one").read_text() == "1"
    assert names(tmp_path) == ["out"]


def test_every_file_is_on_the_disk_before_it_takes_its_place(tmp_path, monkeypatch):
    def full(_):
        raise OSError(errno.ENOSPC, "No space left on device")

    forced = []
    monkeypatch.setattr(os, "fsync", lambda number: forced.append(os.fstat(number).st_ino))
    folder = tmp_path / "out"
    put(folder, one="1", two="2")
    assert sorted(forced) == sorted(path.stat().st_ino for path in folder.iterdir())
    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(SpaceError):
        put(folder, one="3")
    assert (folder / "one").read_text() == "1"


HOLD = """
import sys
from pathlib import Path
from fmbstats.export.folder import staged
with staged(Path(sys.argv[1]), {}) as stage:
    (stage / "one").write_text("1")
    print("held", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def other_export(tmp_path):
    """Another process in the middle of an export to tmp_path/out."""
    command = [sys.executable, "-c", HOLD, str(tmp_path / "out")]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    with subprocess.Popen(command, **pipes) as process:
        assert process.stdout.readline() == "held\n"
        yield process
        process.kill()


def test_a_second_export_into_a_folder_says_so_and_stops(tmp_path, other_export):
    folder = tmp_path / "out"
    with pytest.raises(LockedError) as caught:
        put(folder, two="2")
    assert str(caught.value) == (
        f"{folder}: another export is writing here (process {other_export.pid}). Nothing was "
        "written. Wait until it has ended, or name another folder with --to."
    )
    assert caught.value.exit_code == 15
    put(tmp_path / "elsewhere", two="2")
    other_export.communicate("")
    assert names(folder) == sorted([MANIFEST, "one"])
    put(folder, two="2")
    assert names(folder) == sorted([MANIFEST, "two"])
    assert names(tmp_path) == ["elsewhere", "out"]


def test_an_export_that_was_killed_holds_nothing(tmp_path, other_export):
    other_export.kill()
    other_export.wait()
    assert (tmp_path / ".out.lock").read_text() == str(other_export.pid)
    put(tmp_path / "out", two="2")
    assert names(tmp_path / "out") == sorted([MANIFEST, "two"])
    assert not (tmp_path / ".out.lock").exists()


def test_what_killed_exports_left_is_removed_and_nothing_else(tmp_path):
    left, others = tmp_path / ".out.abcdefgh.tmp", tmp_path / ".out.2.abcdefgh.tmp"
    for place in (left, others, tmp_path / ".out.d.tmp"):
        place.mkdir()
        (place / "half.svg").write_text("<svg")
    with staged(tmp_path / "out", {}) as stage:
        (stage / "a.txt").write_text("a")
    assert sorted(p.name for p in tmp_path.iterdir()) == [
        ".out.2.abcdefgh.tmp",
        ".out.d.tmp",
        "out",
    ]


def test_the_manifest_names_every_file(tmp_path):
    put(tmp_path / "out", one="1")
    made = json.loads((tmp_path / "out" / MANIFEST).read_text())
    assert [file["name"] for file in made["files"]] == ["one"]
    assert made["files"][0]["bytes"] == 1


def test_a_folder_of_others_is_refused(tmp_path):
    (tmp_path / "thesis.docx").write_text("mine")
    with pytest.raises(UserError) as caught:
        check_target(tmp_path)
    assert str(caught.value) == (
        f"{tmp_path} is not empty and was not made by 'fmbstats export' (it holds "
        "'thesis.docx'). Nothing was written. Name another folder with --to."
    )


def test_a_file_put_into_an_export_is_not_lost(tmp_path):
    put(tmp_path / "out", one="1")
    (tmp_path / "out" / "notes.txt").write_text("mine")
    with pytest.raises(UserError, match=r"holds 'notes\.txt', not made by 'fmbstats export'"):
        put(tmp_path / "out", one="2")
    assert (tmp_path / "out" / "one").read_text() == "1"


def test_a_changed_file_of_an_export_is_not_lost(tmp_path):
    put(tmp_path / "out", one="1")
    (tmp_path / "out" / "one").write_text("corrected by hand")
    with pytest.raises(UserError, match="holds 'one', changed since it was exported"):
        put(tmp_path / "out", one="2")
    assert (tmp_path / "out" / "one").read_text() == "corrected by hand"


def test_a_file_is_no_folder(tmp_path):
    (tmp_path / "out").write_text("mine")
    with pytest.raises(UserError, match="is a file"):
        check_target(tmp_path / "out")


def test_an_empty_folder_is_taken(tmp_path):
    (tmp_path / "out").mkdir()
    put(tmp_path / "out", one="1")
    assert names(tmp_path / "out") == sorted([MANIFEST, "one"])


def test_the_command_refuses_before_it_builds_anything(tmp_path, data_raw, capsys):
    (tmp_path / "mine.txt").write_text("mine")
    store = tmp_path.parent / "never.duckdb"
    code = main(["export", "--to", str(tmp_path), "--data", str(data_raw), "--store", str(store)])
    assert code == UserError.exit_code
    assert "not made by 'fmbstats export'" in capsys.readouterr().err
    assert not store.exists()


@pytest.mark.parametrize(
    ("arguments", "code"), [(["--only", "F99.9X"], 2), (["--width-cm", "2"], 10), (["--pdff"], 2)]
)
def test_the_command_says_what_is_wrong(arguments, code, tmp_path, data_raw, capsys):
    to = tmp_path / "out"
    assert main(["export", "--to", str(to), "--data", str(data_raw), *arguments]) == code
    assert capsys.readouterr().err
    assert not to.exists()


def test_the_command_exports(small_store, data_raw, tmp_path, capsys):
    to = tmp_path / "out"
    arguments = ["--only", "M54.5", "--language", "en"]
    paths = ["--data", str(data_raw), "--store", str(small_store), "--to", str(to)]
    assert main(["export", *arguments, *paths]) == 0
    assert "figures (SVG, PDF, PNG, CSV)" in capsys.readouterr().out
    assert (to / "fmbstats-2017.xlsx").is_file()
    assert not (to / "fmbstats-2017.pdf").exists()
    assert (to / "README.txt").read_text("utf-8").splitlines()[2].startswith("SYNTHETIC DATA.")
    # Only what was asked for: one diagnosis, and no overview.
    for rows in (told_rows(to), measured_rows(to)):
        assert {row["slug"] for row in rows} == {"akut-lumbago"}
    assert {p.stem.split("_")[1] for p in (to / "figures").iterdir()} == {"akut-lumbago"}


@pytest.mark.slow
def test_a_round_is_exported_with_its_entries_alone(small_store, data_raw, tmp_path, capsys):
    to = tmp_path / "out"
    paths = ["--data", str(data_raw), "--store", str(small_store), "--to", str(to)]
    arguments = ["--round", "ki-2016", "--only", "overview", "--language", "en"]
    assert main(["export", *arguments, *paths]) == 0, capsys.readouterr().err
    frame = pd.DataFrame(measured_rows(to))
    whole = frame[(frame["by"] == "all") & (frame["metric"] == "share_over_longest")]
    assert set(whole["start_year"]) == {"2016"}
    slugs = set(whole["slug"])
    assert {"depressiv-episod", "brostcancer"} <= slugs
    assert "akut-lumbago" not in set(frame["slug"])
    assert len(slugs) < 116
    assert (to / "fmbstats-ki-2016.xlsx").is_file()
    read_me = (to / "README.txt").read_text("utf-8")
    title = "Karolinska Institutet's evaluation 2016: sick leave compared with FMB"
    assert read_me.splitlines()[0] == title
    assert "Round: ki-2016" in read_me
    assert json.loads((to / MANIFEST).read_text())["settings"]["round"] == "ki-2016"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--round", "ki-2017"], "Round 'ki-2017' is unknown."),
        (["--round", "ki-2016", "--year", "2017"], "is about 2016, --year says 2017."),
        (["--year", "1999"], "No spells started in 1999. The store holds 2014,"),
    ],
)
def test_a_round_or_year_that_is_not_there_is_refused(
    arguments, said, small_store, data_raw, tmp_path, capsys
):
    to = tmp_path / "out"
    paths = ["--data", str(data_raw), "--store", str(small_store), "--to", str(to)]
    assert main(["export", *arguments, *paths]) == 2
    assert said in capsys.readouterr().err
    assert not to.exists()
