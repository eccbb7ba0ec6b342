"""Files are written whole or not at all, and only where a file may stand."""

import os
import socket
import stat
from pathlib import Path

import pytest

from fmbstats.atomic import make_folder, place_of, replacing, write_text
from fmbstats.errors import PlaceError


def left(folder):
    return sorted(p.name for p in folder.iterdir())


def half_written(target):
    with replacing(target) as draft:
        draft.write_text("half")
        raise ValueError("midway")


def test_what_was_there_stays_until_the_new_one_is_whole(tmp_path):
    target = tmp_path / "a.html"
    write_text(target, "old")
    with pytest.raises(ValueError, match="midway"):
        half_written(target)
    assert target.read_text() == "old"
    assert left(tmp_path) == ["a.html"]
    write_text(target, "new")
    assert target.read_text() == "new"
    assert left(tmp_path) == ["a.html"]


def fifo(path):
    os.mkfifo(path)


def listening(path):
    server = socket.socket(socket.AF_UNIX)
    server.bind(str(path))
    server.close()


KINDS = [(Path.mkdir, "a folder"), (fifo, "a pipe"), (listening, "a socket")]


@pytest.mark.parametrize(("make", "said"), KINDS, ids=[said for _, said in KINDS])
def test_only_regular_files_are_replaced(tmp_path, make, said, monkeypatch):
    monkeypatch.chdir(tmp_path)  # the name of a socket may not be long
    make(Path("place"))
    before = os.lstat("place")
    with pytest.raises(PlaceError, match=rf"place is {said}, not a file; nothing was written"):
        write_text(Path("place"), "text")
    after = os.lstat("place")
    assert (after.st_ino, after.st_mode) == (before.st_ino, before.st_mode)
    assert left(tmp_path) == ["place"]


@pytest.mark.parametrize("device", ["/dev/null", "/dev/full", "/dev/zero"])
def test_a_device_stays_a_device(device):
    with pytest.raises(PlaceError, match=f"{device} is a device, not a file"):
        write_text(Path(device), "text")
    assert stat.S_ISCHR(os.stat(device).st_mode)


def test_a_link_stays_a_link_and_what_it_names_is_replaced(tmp_path):
    (tmp_path / "real.txt").write_text("old")
    link = tmp_path / "link.txt"
    link.symlink_to("real.txt")
    write_text(link, "new")
    assert link.is_symlink()
    assert (tmp_path / "real.txt").read_text() == "new"
    dangling = tmp_path / "later.txt"
    dangling.symlink_to("not-yet.txt")
    write_text(dangling, "made")
    assert (tmp_path / "not-yet.txt").read_text() == "made"
    to_device = tmp_path / "device"
    to_device.symlink_to("/dev/full")
    with pytest.raises(PlaceError, match="is a device"):
        write_text(to_device, "text")


def test_a_ring_of_links_a_missing_folder_a_file_for_a_folder_are_told(tmp_path):
    (tmp_path / "ring").symlink_to("ring")
    with pytest.raises(PlaceError, match="ring cannot be written"):
        write_text(tmp_path / "ring", "text")
    with pytest.raises(PlaceError, match=r"none/a\.txt cannot be written"):
        write_text(tmp_path / "none" / "a.txt", "text")
    (tmp_path / "file").write_text("")
    with pytest.raises(PlaceError, match=r"file/a\.txt cannot be written"):
        write_text(tmp_path / "file" / "a.txt", "text")
    with pytest.raises(PlaceError, match="below cannot be written"):
        make_folder(tmp_path / "file" / "below")


def test_the_longest_name_has_room_for_the_temporary_one(tmp_path):
    name = "å" * 125 + ".html"  # 255 bytes
    write_text(tmp_path / name, "text")
    assert left(tmp_path) == [name]
    with pytest.raises(PlaceError, match="cannot be written"):
        write_text(tmp_path / ("a" * 300), "text")


def test_a_file_of_its_own_is_as_open_as_others(tmp_path):
    write_text(tmp_path / "ours", "text")
    (tmp_path / "theirs").write_text("text")
    modes = {stat.S_IMODE((tmp_path / name).stat().st_mode) for name in ("ours", "theirs")}
    assert len(modes) == 1


def test_odd_names_are_names(tmp_path):
    for name in ("å ö.txt", "two\nlines.txt", "'quoted'\".txt", "-dash", "%41;.txt"):
        assert place_of(tmp_path / name) == tmp_path.resolve() / name
        write_text(tmp_path / name, name)
        assert (tmp_path / name).read_text() == name
