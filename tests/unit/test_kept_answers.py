"""An answer of the terminal is said again only while store, question and sources are the same."""

import os
from contextlib import contextmanager
from types import SimpleNamespace

import pytest

from fmbstats.cli import answers
from fmbstats.store.kept_answers import forget_answers


@pytest.fixture
def ask(tmp_path, monkeypatch):
    """Ask the store of a project; returns the answer and how often the store was opened."""
    data, store = tmp_path / "data_raw", tmp_path / ".fmbstats" / "store.duckdb"
    for folder in (data / "fmb", store.parent):
        folder.mkdir(parents=True)
    (data / "fmb" / "a.csv").write_text("1")
    store.write_text("spells")
    opened = []

    @contextmanager
    def ready_store(*_):
        opened.append(1)
        yield SimpleNamespace(data_folder=data)

    monkeypatch.setattr(answers, "ready_store", ready_store)

    def asked(*question, at=store):
        said = answers.answer(question, data, at, lambda _: f"{question} {len(opened)}")
        return said, len(opened)

    asked.store, asked.data = store, data
    return asked


def test_the_same_question_opens_the_store_once(ask):
    first, _ = ask("show", "F32")
    assert ask("show", "F32") == (first, 1)
    assert ask("show", "M54")[1] == 2
    assert ask("show", "F32") == (first, 2)


@pytest.mark.parametrize("change", ["store", "data", "package", "forgotten", "spoilt"])
def test_it_is_opened_again_when_anything_changed(ask, change, monkeypatch):
    ask("show", "F32")
    kept = ask.store.parent / "answers" / "store.json"
    if change == "store":
        os.utime(ask.store, ns=(1, 1))
    elif change == "data":
        (ask.data / "fmb" / "a.csv").write_text("2")
    elif change == "package":
        monkeypatch.setattr(answers, "package_digest", lambda: "another")
    elif change == "forgotten":
        forget_answers(ask.store)
    else:
        kept.write_text(kept.read_text()[:-3])
    assert ask("show", "F32")[1] == 2
    assert kept.parent.stat().st_mode & 0o077 == 0


def test_nothing_is_written_beside_a_store_in_somebody_elses_folder(ask, tmp_path):
    other = tmp_path / "theirs" / "store.duckdb"
    other.parent.mkdir()
    other.write_text("spells")
    assert [ask("show", "F32", at=other)[1] for _ in range(2)] == [1, 2]
    assert [path.name for path in other.parent.iterdir()] == ["store.duckdb"]
