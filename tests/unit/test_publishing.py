"""What is published: a manifest that keeps the private apart, folders that are whole or absent."""

import json

import pytest

from fmbstats.batch import manifest
from fmbstats.batch.manifest import Entry
from fmbstats.errors import LockedError, SourceError, UnknownNameError, UserError
from fmbstats.export.folder import MANIFEST, check_target, staged
from fmbstats.pages.publication import Publication


def entry(folder, name, text, **other):
    (folder / name).write_text(text, "utf-8")
    return Entry("done", "key", {name: manifest.file_digest(folder / name)}, **other)


@pytest.fixture
def published(tmp_path):
    """Return a folder with two reports, and the journal beside it."""
    folder, journal = tmp_path / "reports", tmp_path / "side" / "journal.json"
    folder.mkdir()
    entries = {
        "depression": entry(folder, "depression.html", "F32", seconds=1.5, ended_at="2026-01-01"),
        "back": Entry("failed", "key", message="no spells"),
    }
    manifest.save(folder, entries, journal, language="sv")
    return folder, journal, entries


def test_only_what_may_leave_stands_in_the_folder(published):
    folder, journal, _ = published
    told = json.loads((folder / manifest.NAME).read_text("utf-8"))
    assert told["language"] == "sv"
    assert {name for report in told["reports"].values() for name in report} == {
        "status", "files", "message",
    }  # fmt: skip
    private = json.loads(journal.read_text("utf-8"))["reports"]["depression"]
    assert (private["key"], private["seconds"]) == ("key", 1.5)
    assert journal.parent.stat().st_mode & 0o077 == 0


def test_both_halves_together_give_back_what_was_saved(published):
    folder, journal, entries = published
    found = manifest.load(folder, journal)
    assert {slug: vars(one) for slug, one in found.items()} == {
        slug: vars(one) for slug, one in entries.items()
    }


@pytest.mark.parametrize(
    ("spoil", "why"),
    [
        (None, ""),
        ("another key", "its notebook, package, data or settings changed"),
        ("changed", "depression.html is missing or was changed"),
        ("removed", "depression.html is missing or was changed"),
        ("no journal", "its notebook, package, data or settings changed"),
    ],
)
def test_when_a_report_is_made_again(published, spoil, why):
    folder, journal, _ = published
    if spoil == "changed":
        (folder / "depression.html").write_text("F33", "utf-8")
    elif spoil == "removed":
        (folder / "depression.html").unlink()
    elif spoil == "no journal":
        journal.unlink()
    found = manifest.load(folder, journal)
    key = "other" if spoil == "another key" else "key"
    assert manifest.why_stale(folder, found["depression"], key) == why
    assert manifest.why_stale(folder, found["back"], "key") == "failed last time"
    assert manifest.why_stale(folder, found.get("new"), "key") == "not made yet"


@pytest.mark.parametrize("text", ["", "no", "[]", "{}", '{"format": 1, "reports": {}}',
                                  '{"format": 2, "reports": {"a": {"other": 1}}}'])  # fmt: skip
def test_a_manifest_that_cannot_be_read_means_that_all_is_made_again(tmp_path, text):
    (tmp_path / manifest.NAME).write_text(text, "utf-8")
    assert manifest.load(tmp_path) == {}


def test_the_key_of_the_summary_is_kept_beside_the_reports(published):
    folder, journal, entries = published
    manifest.keep_summary_key(journal, "made")
    manifest.save(folder, entries, journal)
    assert manifest.summary_key(journal) == "made"
    assert manifest.summary_key(folder / "none.json") == ""


# -- the folder of an export -----------------------------------------------------------------------


def export(folder, text):
    with staged(folder, {"year": 2017}) as stage:
        (stage / "table.csv").write_text(text, "utf-8")


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def test_an_export_is_replaced_by_the_next_and_tells_what_it_holds(tmp_path):
    folder = tmp_path / "export"
    export(folder, "old")
    export(folder, "new")
    made = json.loads((folder / MANIFEST).read_text("utf-8"))
    assert (folder / "table.csv").read_text("utf-8") == "new"
    assert (made["year"], [file["name"] for file in made["files"]]) == (2017, ["table.csv"])
    assert names(tmp_path) == ["export"]


def test_after_an_error_what_was_there_stands_and_nothing_lies_beside_it(tmp_path):
    folder = tmp_path / "export"
    export(folder, "old")
    with pytest.raises(TypeError), staged(folder, {}) as stage:
        (stage / "table.csv").write_text(None, "utf-8")
    assert (folder / "table.csv").read_text("utf-8") == "old"
    assert names(tmp_path) == ["export"]


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("letter.txt", "mine", "not made by"),
        ("table.csv", "edited", "changed since it was exported"),
        (MANIFEST, "{}", "was not made by"),
    ],
)
def test_files_of_others_are_never_replaced(tmp_path, name, text, said):
    folder = tmp_path / "export"
    export(folder, "old")
    (folder / name).write_text(text, "utf-8")
    with pytest.raises(UserError, match=said):
        check_target(folder)
    with pytest.raises(UserError, match=said):
        export(folder, "new")
    assert (folder / name).read_text("utf-8") == text


def test_two_exports_into_one_folder_do_not_meet(tmp_path):
    folder = tmp_path / "export"
    with staged(folder, {}) as stage:
        (stage / "a").write_text("1", "utf-8")
        with pytest.raises(LockedError, match="another export is writing here"):
            export(folder, "new")
    assert names(folder) == ["a", MANIFEST]


# -- who publishes ---------------------------------------------------------------------------------


def publication(folder, text):
    (folder / "publication.toml").write_text(text, "utf-8")
    return Publication.of(folder)


def test_what_the_publisher_does_not_say_is_left_empty(tmp_path):
    assert Publication.of(tmp_path) == Publication()
    found = publication(tmp_path, 'published = 2026-05-04\nnext_edition = "hösten 2027"\n')
    assert found.date("published", "sv") == "4 maj 2026"
    assert found.date("next_edition", "sv") == "hösten 2027"
    assert found.date("published", "en") == "4 May 2026"
    assert found.licence == ""


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ('publishr = "a"', UnknownNameError),
        ("publisher = 1", SourceError),
        ("publisher = ", SourceError),
    ],
)
def test_a_faulty_file_is_refused(tmp_path, text, error):
    with pytest.raises(error, match=r"publication\.toml"):
        publication(tmp_path, text)
