"""What is published: a manifest that keeps the private apart, folders that are whole or absent."""

import errno
import hashlib
import json
import os
from pathlib import Path

import pytest

from fmbstats.batch import manifest
from fmbstats.batch.manifest import Entry
from fmbstats.errors import LockedError, SourceError, SpaceError, UnknownNameError, UserError
from fmbstats.export.folder import MANIFEST, check_target, staged
from fmbstats.pages.publication import Publication
from fmbstats.store.paths import side_folder


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


def test_the_manifest_is_one_fact_a_line_in_the_reports_order(published):
    folder, journal, _ = published
    told = (folder / manifest.NAME).read_text("utf-8")
    value = hashlib.sha256(b"F32").hexdigest()
    assert told == (
        '{\n "format": 2,\n "language": "sv",\n "reports": {\n'
        '  "back": {\n   "status": "failed",\n   "files": {},\n   "message": "no spells"\n  },\n'
        '  "depression": {\n   "status": "done",\n   "files": {\n'
        f'    "depression.html": "{value}"\n   }},\n   "message": ""\n  }}\n }}\n}}\n'
    )
    private = journal.read_text("utf-8")
    assert private.startswith('{\n "reports": {\n  "back": {\n   "key": "key",\n')
    assert private.endswith("\n}\n")


def test_without_a_journal_all_stands_in_the_manifest_with_its_own_words(tmp_path):
    one = Entry("failed", "key", seconds=2.0, cell_seconds={"a": 1.0}, message="för få")
    manifest.save(tmp_path, {"rygg": one})
    assert "för få" in (tmp_path / manifest.NAME).read_bytes().decode("utf-8")
    assert vars(manifest.load(tmp_path)["rygg"]) == vars(one)


def test_what_a_report_depends_on_gives_its_key():
    """Each part with its length before it, so that no two lists run together."""
    whole = '{"a": 1, "b": "x"}'
    said = f"2:nb3:pkg{len(whole)}:{whole}3:own".encode()
    key = manifest.report_key("nb", "pkg", {"b": "x", "a": 1}, "own")
    assert key == hashlib.sha256(said).hexdigest()
    # A name that is no text by its bytes is one nevertheless.
    assert manifest.digest("\udcff") == manifest.digest(b"\xff")


def test_a_folder_has_its_journal_beside_the_store(tmp_path, monkeypatch):
    store = tmp_path / "store.duckdb"
    monkeypatch.chdir(tmp_path)
    found = manifest.journal_of(Path("reports"), store)
    said = str(tmp_path / "reports")
    name = hashlib.sha256(f"{len(said)}:{said}".encode()).hexdigest()[:16]
    assert found == side_folder(store) / "journals" / f"{name}.json"
    assert manifest.file_digest(tmp_path / "none") == ""
    assert manifest.file_digest(store / "below a file") == ""


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


OTHER_FOLDER = "name another folder with --to."


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ({"letter.txt": "mine"}, "holds 'letter.txt', not made by 'fmbstats export'. Nothing was "
         f"written. Move it away, or {OTHER_FOLDER}"),
        ({"b/letter.txt": "mine", "a.txt": "", "c.txt": ""}, "holds 'a.txt' and 2 more, not made "
         f"by 'fmbstats export'. Nothing was written. Move it away, or {OTHER_FOLDER}"),
        ({"table.csv": "edited"}, "holds 'table.csv', changed since it was exported. Nothing was "
         f"written. Move it away, or {OTHER_FOLDER}"),
        ({MANIFEST: "{}"}, "is not empty and was not made by 'fmbstats export' (it holds "
         "'export.json' and 1 more). Nothing was written. Name another folder with --to."),
        ({MANIFEST: '{"made_by": "another", "files": []}'}, "is not empty and was not made by "
         "'fmbstats export' (it holds 'export.json' and 1 more). Nothing was written. Name another "
         "folder with --to."),
    ],
)  # fmt: skip
def test_files_of_others_are_never_replaced(tmp_path, files, said):
    folder = tmp_path / "export"
    export(folder, "old")
    for name, text in files.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(text, "utf-8")
    for tried in (lambda: check_target(folder), lambda: export(folder, "new")):
        with pytest.raises(UserError) as refused:
            tried()
        assert str(refused.value) == f"{folder} {said}"
    assert all((folder / name).read_text("utf-8") == text for name, text in files.items())


def test_where_nothing_of_others_lies_an_export_may_be_written(tmp_path):
    check_target(tmp_path / "none")
    (tmp_path / "empty" / "within").mkdir(parents=True)
    check_target(tmp_path / "empty")
    (tmp_path / "file").write_text("", "utf-8")
    with pytest.raises(UserError) as refused:
        check_target(tmp_path / "file")
    assert str(refused.value) == f"{tmp_path / 'file'} is a file. Name a folder with --to."


def test_the_list_of_an_export_tells_size_and_hash_of_all_its_files(tmp_path):
    folder = tmp_path / "far" / "export"
    with staged(folder, {"mark": "Påhittade"}) as stage:
        (stage / "figures").mkdir()
        (stage / "figures" / "b.svg").write_bytes(b"abc")
        (stage / "a.csv").write_bytes(b"")
    empty, abc = hashlib.sha256(b"").hexdigest(), hashlib.sha256(b"abc").hexdigest()
    assert (folder / MANIFEST).read_bytes().decode("utf-8") == (
        '{\n "made_by": "fmbstats export",\n "mark": "Påhittade",\n "files": [\n'
        f'  {{\n   "name": "a.csv",\n   "bytes": 0,\n   "sha256": "{empty}"\n  }},\n'
        f'  {{\n   "name": "figures/b.svg",\n   "bytes": 3,\n   "sha256": "{abc}"\n  }}\n ]\n}}\n'
    )
    assert folder.stat().st_mode & 0o777 == 0o755
    check_target(folder)  # an export of itself is no stranger


def test_what_a_killed_export_left_is_swept_and_nothing_else(tmp_path):
    kept = [".export.abcdefg.tmp", ".export.abcdefgh.tmp.txt", ".other.abcdefgh.tmp"]
    for name in (".export.abcdefgh.tmp", ".export.a_c0efgh.tmp", *kept):
        (tmp_path / name / "figures").mkdir(parents=True)
    (tmp_path / ".export.zzzzzzzz.tmp").write_text("a file", "utf-8")
    export(tmp_path / "export", "new")
    assert names(tmp_path) == sorted([*kept, ".export.zzzzzzzz.tmp", "export"])


def test_every_file_is_on_the_disk_before_the_folder_takes_its_place(tmp_path, monkeypatch):
    written = []
    monkeypatch.setattr("os.fsync", lambda number: written.append(os.fstat(number).st_ino))
    export(tmp_path / "export", "new")
    assert sorted(written) == sorted(p.stat().st_ino for p in (tmp_path / "export").iterdir())


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO])
def test_a_full_disk_leaves_the_earlier_export(tmp_path, number):
    folder = tmp_path / "export"
    export(folder, "old")
    is_full = number != errno.EIO
    with pytest.raises(SpaceError if is_full else OSError) as full, staged(folder, {}):
        raise OSError(number, "No room")
    if is_full:
        assert str(full.value) == (
            f"{folder}: no space left to write (No room). An earlier export there is untouched. "
            "Make room and run the same command again."
        )
    assert (folder / "table.csv").read_text("utf-8") == "old"
    assert names(tmp_path) == ["export"]


@pytest.mark.parametrize("fails_at", [1, 2])
def test_an_export_that_cannot_take_its_place_gives_it_back(tmp_path, monkeypatch, fails_at):
    folder, moved, move = tmp_path / "export", [], os.replace
    export(folder, "old")

    def replace(old, new):
        moved.append(new)
        if len(moved) == fails_at:
            raise PermissionError(errno.EACCES, "Denied")
        move(old, new)

    monkeypatch.setattr("os.replace", replace)
    with pytest.raises(LockedError if fails_at == 1 else PermissionError) as locked:
        export(folder, "new")
    if fails_at == 1:
        assert str(locked.value) == (
            f"{folder} cannot be replaced (Denied): another program may hold it open. Close it, or "
            f"{OTHER_FOLDER}"
        )
    assert (folder / "table.csv").read_text("utf-8") == "old"
    assert names(tmp_path) == ["export"]


def test_two_exports_into_one_folder_do_not_meet(tmp_path):
    folder = tmp_path / "export"
    with staged(folder, {}) as stage:
        (stage / "a").write_text("1", "utf-8")
        for held in (str(os.getpid()), ""):  # who holds it may not have said so yet
            (tmp_path / ".export.lock").write_text(held, "ascii")
            with pytest.raises(LockedError) as locked:
                export(folder, "new")
            assert str(locked.value) == (
                f"{folder}: another export is writing here{f' (process {held})' if held else ''}. "
                f"Nothing was written. Wait until it has ended, or {OTHER_FOLDER}"
            )
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
