"""One rule for what is read beside a store: what --data names, else what it was built from."""

import shutil

import pytest

from fmbstats.cli import main
from fmbstats.diagnosis import open_store

PUBLISHER = 'publisher = "Xantippamyndigheten"\n'
REVISION = ("evaluate", "revision", "F32", "--date", "2017-01-30")


@pytest.fixture
def other(tmp_path, data_raw):
    """A folder with the same sources, and things of its own to be read beside them."""
    folder = shutil.copytree(data_raw, tmp_path / "other")
    (folder / "publication.toml").write_text(PUBLISHER, "utf-8")
    (folder / "events.csv").write_text("no events\n", "utf-8")
    round_of = (folder / "rounds" / "ki-2016.toml").read_text("utf-8")
    (folder / "rounds" / "another.toml").write_text(
        round_of.replace('"ki-2016"', '"another"').replace('previous = "another"', ""), "utf-8"
    )
    return folder


@pytest.fixture
def ask(store, capfd):
    """Run a command on the small store; gives exit code and what was said."""

    def run(*arguments):
        code = main([*map(str, arguments), "--store", str(store)])
        said = capfd.readouterr()
        return code, said.out + said.err

    return run


@pytest.mark.parametrize("is_by_environment", [False, pytest.param(True, marks=pytest.mark.slow)])
def test_events_and_rounds_are_those_of_the_folder_named(
    ask, other, tmp_path, monkeypatch, is_by_environment
):
    assert ask(*REVISION)[0] == 19  # too few spells; the events of its own data were right
    asked = ("report", "--round", "another", "--dry-run", "--to", tmp_path / "to")
    assert ask(*asked)[0] == 2
    named = ("--data", other)
    if is_by_environment:
        monkeypatch.setenv("FMBSTATS_DATA", str(other))
        named = ()
    code, said = ask(*REVISION, *named)
    assert (code, "events.csv, line 1" in said) == (11, True)
    assert ask(*asked, *named)[0] == 0
    code, said = ask("export", "--round", "none", "--to", tmp_path / "e", *named)
    assert (code, f"(in {other / 'rounds'})" in said) == (2, True)


@pytest.mark.slow
def test_the_publisher_is_that_of_the_folder_named_also_in_notebooks(ask, other, tmp_path, capfd):
    for name, more in (("own", ()), ("named", ("--data", other))):
        asked = ("report", "--only", "M54.5", "--to", tmp_path / name, *more)
        assert ask(*asked)[0] == 0
        page = (tmp_path / name / "2017" / "akut-lumbago.html").read_text("utf-8")
        assert ("Xantippamyndigheten" in page) == (name == "named")
    # What the publisher says is not fresh because another folder's reports were.
    (other / "publication.toml").write_text(PUBLISHER.replace("X", "Z"), "utf-8")
    code, said = ask(*asked, "--dry-run")
    assert (code, "akut-lumbago" in said) == (0, True)
    # The gate, which knows no store, takes these words from the folder that it is told.
    (other / "publication.toml").write_text(PUBLISHER, "utf-8")
    for more, is_known in ((), False), (("--data", str(other)), True):
        main(["gate", str(tmp_path / "named" / "2017"), *more])
        assert ("words that no phrase" in capfd.readouterr().out) == (not is_known)


def test_notebooks_read_what_they_are_told_beside_the_store_they_are_told(
    store, other, monkeypatch
):
    monkeypatch.setenv("FMBSTATS_STORE", str(store))
    monkeypatch.setenv("FMBSTATS_DATA", str(other))
    with open_store() as told, open_store(store) as named:
        assert told.data_folder == other
        assert named.data_folder != other  # one that somebody names has sources of its own


@pytest.mark.parametrize("command", [("list",), ("report", "--dry-run"), REVISION])
def test_a_folder_that_holds_no_data_is_refused(ask, tmp_path, command):
    code, said = ask(*command, "--data", tmp_path)
    assert (code, "holds no folder 'fmb'" in said) == (14, True)
