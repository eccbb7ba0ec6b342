"""No option that reads ever writes: what --store names is read as it is, or refused."""

import contextlib
import hashlib
import os
import shutil
import stat
from pathlib import Path

import duckdb
import pytest

from fmbstats.cli import main
from fmbstats.errors import StoreError
from fmbstats.store.opening import read_origin

# Every command that reads a store; {to} is a folder that it may write.
READING = {
    "list": ["list"],
    "show": ["show", "F32"],
    "report": ["report", "--only", "F32", "--to", "{to}"],
    "export": ["export", "--only", "F32", "--to", "{to}/export"],
    "ledger export": ["ledger", "export", "{to}/ledger.zip"],
    "store hash": ["store", "hash"],
    "evaluate": ["evaluate", "revision", "F32", "--date", "2017-01-01", "--to", "{to}/e.csv"],
    "lab": ["lab", "--no-browser"],
}
WITHOUT_DATA = ("ledger export", "store hash")
NOW = {"a cut store", "nothing", "show"}


def older(path, store):
    shutil.copy(store, path)
    with duckdb.connect(str(path)) as connection:
        connection.execute("update meta_settings set layout_version = 1")


def foreign(path, store):
    with duckdb.connect(str(path)) as connection:
        connection.execute("create table thesis as select 42 as answer")


def cut(path, store):
    path.write_bytes(store.read_bytes()[: store.stat().st_size // 2])


def no_layout(path, store):
    shutil.copy(store, path)
    with duckdb.connect(str(path)) as connection:
        connection.execute("delete from meta_settings")


THERE = {
    "a text": lambda path, store: path.write_text("My thesis.\n" * 500),
    "empty": lambda path, store: path.touch(),
    "another database": foreign,
    "an older store": older,
    "a cut store": cut,
    "a store without settings": no_layout,
    "zeros": lambda path, store: path.write_bytes(b"\0" * store.stat().st_size),
}


def state(folder):
    """Everything below a folder, with contents."""
    return {
        str(p.relative_to(folder)): hashlib.sha256(p.read_bytes()).hexdigest()
        for p in sorted(folder.rglob("*"))
        if p.is_file()
    }


@pytest.fixture
def place(tmp_path):
    folder = tmp_path / "theirs"
    folder.mkdir()
    return folder


# Every command at a store that was cut and every file by a command now, all with the slow tests.
TOLD = [
    pytest.param(there, command, marks=() if {there, command} & NOW else pytest.mark.slow)
    for there in (*THERE, "nothing")
    for command in READING
]


@pytest.mark.parametrize(("there", "command"), TOLD)
def test_what_is_no_store_is_told_and_left(command, there, place, store, data_raw, tmp_path, capfd):
    named = place / "notes.txt"
    if there != "nothing":
        THERE[there](named, store)
    before = state(place)
    to = tmp_path / "to"
    to.mkdir()
    arguments = [a.format(to=to) for a in READING[command]]
    data = [] if command in WITHOUT_DATA else ["--data", str(data_raw)]
    assert main([*arguments, *data, "--store", str(named)]) == 14
    shown = capfd.readouterr()
    assert str(named) in shown.err
    assert "fmbstats build" in shown.err
    assert "Traceback" not in shown.err
    assert shown.out == ""
    assert state(place) == before
    assert state(to) == {}


@pytest.mark.slow
def test_beside_a_store_nothing_is_written_but_into_our_own_folder(
    store, place, data_raw, tmp_path, capfd
):
    """A secret, a release store and journals are kept, where nobody else keeps anything."""
    named = place / "study.duckdb"
    shutil.copy(store, named)
    # What somebody may have there, under the names that are nearest to ours.
    for name in ("study.secret", "study.release-5.duckdb", "journals", "jupyter"):
        (place / name).write_text("theirs")
        (place / name).chmod(0o644)
    before = state(place)
    for command in READING:
        if command == "lab":  # runs until it is stopped
            continue
        arguments = [a.format(to=tmp_path) for a in READING[command]]
        data = [] if command in WITHOUT_DATA else ["--data", str(data_raw)]
        assert main([*arguments, *data, "--store", str(named)]) in (0, 19), command
        after = state(place)
        assert {name: after[name] for name in before} == before, command
        ours = {name for name in after if name not in before}
        assert all(name.startswith(".fmbstats/") for name in ours), command
    assert stat.S_IMODE((place / "study.secret").stat().st_mode) == 0o644
    assert ".fmbstats/study.secret" in ours
    assert stat.S_IMODE((place / ".fmbstats").stat().st_mode) == 0o700


@pytest.mark.parametrize("there", [t for t in THERE if t != "an older store"])
def test_build_and_merge_replace_nothing_but_stores(
    there, place, store, build, register_file, capfd, data_raw
):
    named = place / "store.duckdb"
    THERE[there](named, store)
    before = state(place)
    given = ["--data", str(data_raw), "--store", str(named), "--extraction", "2019-06-30"]
    assert main(["build", *given, "--register", str(register_file("spells"))]) == 14
    said = capfd.readouterr().err
    assert f"{named} is not a store of fmbstats" in said
    assert "delete it" in said
    assert state(place) == before


@pytest.mark.parametrize("device", ["/dev/full", "/dev/null", "a pipe", "a folder"])
def test_a_store_is_a_regular_file(device, tmp_path, register_file, data_raw, capfd):
    named = Path(device) if device.startswith("/") else tmp_path / "place"
    if device == "a pipe":
        os.mkfifo(named)
    elif device == "a folder":
        named.mkdir()
    kind = os.stat(named).st_mode
    given = ["--data", str(data_raw), "--store", str(named), "--extraction", "2019-06-30"]
    code = main(["build", *given, "--register", str(register_file("spells"))])
    assert code in (2, 10, 14)
    assert os.stat(named).st_mode == kind
    assert main(["list", "--store", str(named), "--data", str(data_raw)]) in (2, 14)
    assert "Traceback" not in capfd.readouterr().err


@pytest.mark.parametrize(
    "command",
    [["synth", "--spells", "100", "--to"], ["ledger", "export", "--store", "{store}"]],
    ids=["synth", "ledger export"],
)
def test_a_device_is_never_replaced(command, store, capfd):
    arguments = [a.format(store=store) for a in command]
    assert main([*arguments, "/dev/full"]) == 10
    assert "/dev/full is a device, not a file; nothing was written." in capfd.readouterr().err
    assert Path("/dev/full").is_char_device()


@pytest.fixture
def project(tmp_path, data_folder, monkeypatch):
    """A project of one's own, in which the default store is found."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def in_project(project, *arguments):
    with contextlib.chdir(project):
        return main([str(a) for a in arguments])


OWN = Path(".fmbstats") / "store.duckdb"


@pytest.fixture
def real(project, register_file, capfd):
    """The project's own store, of a real register that lies elsewhere."""
    register = project / "elsewhere.csv"
    shutil.copy(register_file("spells"), register)
    given = ["--register", register, "--extraction", "2019-06-30"]
    assert in_project(project, "build", *given) == 0
    capfd.readouterr()
    return register


def test_the_project_s_own_store_is_made_again_from_the_same_register(project, real, capfd, rows):
    (project / "data_raw" / "fmb" / "note.txt").write_text("something changed")
    assert in_project(project, "show", "F43") == 0
    said = capfd.readouterr().err
    assert "older than its sources" in said
    assert "Reading elsewhere.csv" in said
    assert rows(project / OWN, "select is_synthetic from meta_settings") == [(False,)]


def make_older(path):
    with duckdb.connect(str(path)) as connection:
        connection.execute("update meta_settings set layout_version = 1")


@pytest.mark.parametrize("change", ["sources", "layout"])
def test_a_real_register_never_becomes_a_synthetic_one(project, real, change, capfd, content):
    if change == "sources":
        (project / "data_raw" / "fmb" / "note.txt").write_text("something changed")
    else:
        make_older(project / OWN)
    real.unlink()
    before = content(project / OWN)
    for command in (["show", "F43"], ["list"], ["report", "--only", "F43"], ["build"]):
        assert in_project(project, *command) == 14, command
        said = capfd.readouterr().err
        assert "real data" in said or "whose file elsewhere.csv is gone" in said
        assert content(project / OWN) == before
    origin = read_origin(project / OWN)
    assert (origin.is_synthetic, origin.files) == (False, {"elsewhere.csv"})


@pytest.mark.slow
def test_a_store_that_remembers_nothing_is_not_guessed_at(project, real, capfd, content):
    """As stores of earlier versions are: the register that fits may be another."""
    make_older(project / OWN)
    with duckdb.connect(str(project / OWN)) as connection:
        connection.execute("drop table meta_request")
    before = content(project / OWN)
    assert in_project(project, "list") == 14
    assert "whose file elsewhere.csv is gone" in capfd.readouterr().err
    assert content(project / OWN) == before
    shutil.copy(real, project / "data_raw" / "register" / "elsewhere.csv")
    settings = project / "data_raw" / "register" / "register.toml"
    settings.write_text("extraction_date = 2019-06-30\n")
    assert in_project(project, "list") == 0
    assert not read_origin(project / OWN).is_synthetic


def test_a_damaged_store_of_the_project_is_left_too(project, real, capfd, content):
    data = bytearray((project / OWN).read_bytes())
    data[: 3 * 4096] = b"\1" * (3 * 4096)
    (project / OWN).write_bytes(data)
    before = content(project / OWN)
    for command in (["list"], ["report", "--only", "F43"], ["build"]):
        assert in_project(project, *command) == 14, command
        assert "delete it" in capfd.readouterr().err
        assert content(project / OWN) == before


def test_a_merged_store_is_not_made_of_data_raw(project, real, capfd):
    for name in ("a", "b"):
        assert in_project(project, "ledger", "export", f"{name}.zip") == 0
    (project / OWN).unlink()
    shutil.copy("a.zip", "c.zip")
    capfd.readouterr()
    # The ledgers of one register cannot be added; what is there stays.
    assert in_project(project, "ledger", "merge", "a.zip", "b.zip", "--to", OWN) == 11
    assert not (project / OWN).exists()


def test_a_file_of_ours_beside_theirs_is_hidden_and_named_after_the_store(
    place, store, register_file, data_raw
):
    """A lock must not be a file that somebody has."""
    for name in ("study.lock", "study.builder", "study.request.json", "study.wal"):
        (place / name).write_text("theirs")
    before = state(place)
    given = ["--data", str(data_raw), "--store", str(place / "study.duckdb")]
    given += ["--extraction", "2019-06-30", "--register", str(register_file("spells"))]
    assert main(["build", *given]) == 0
    after = state(place)
    assert {name: after[name] for name in before} == before
    assert set(after) - set(before) == {"study.duckdb", ".study.duckdb.lock"}


def test_nothing_is_replaced_through_python_either(place, data_raw):
    from fmbstats.store.build import build_store
    from fmbstats.synth import draw_register

    notes = place / "notes.txt"
    notes.write_text("thesis")
    with pytest.raises(StoreError, match="is not a store of fmbstats"):
        build_store(data_raw, notes, draw_register(500, data_raw=data_raw))
    assert state(place) == {"notes.txt": hashlib.sha256(b"thesis").hexdigest()}
