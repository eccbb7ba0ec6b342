"""A release store that is asked for twice is made once."""

import multiprocessing as mp
import shutil

from fmbstats.release.ready import ready_release
from fmbstats.store import Store


def _inode_of_release(store: str, start, found) -> None:
    with Store(store) as exact:
        start.wait()
        found.put(ready_release(exact).stat().st_ino)


def test_a_release_asked_for_twice_at_once_is_made_once(tiny_store, tmp_path):
    store = tmp_path / "store.duckdb"
    shutil.copy(tiny_store, store)
    spawn = mp.get_context("spawn")
    start, found = spawn.Barrier(2), spawn.Queue()
    asking = [
        spawn.Process(target=_inode_of_release, args=(str(store), start, found)) for _ in range(2)
    ]
    for process in asking:
        process.start()
    inodes = {found.get(timeout=60) for _ in asking}
    for process in asking:
        process.join(60)
    assert [process.exitcode for process in asking] == [0, 0]
    assert len(inodes) == 1  # a second making would have put another file in its place


def test_a_release_that_is_open_is_not_made_anew(tiny_store):
    with Store(tiny_store) as exact:
        made = ready_release(exact)
        before = made.stat().st_ino
        with Store(made):
            assert ready_release(exact).stat().st_ino == before
