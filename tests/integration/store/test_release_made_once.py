"""A release store that is asked for twice is made once."""

import multiprocessing as mp
import shutil

import pytest

from fmbstats.release.ready import ready_release
from fmbstats.store import Store
from tests.quick import quick


def _inode_of_release(store: str, start, found) -> None:
    with Store(store) as exact:
        start.wait()
        found.put(ready_release(exact).stat().st_ino)


@pytest.mark.parametrize("n_asking", quick(2, 3))
def test_a_release_asked_for_at_once_is_made_once(tiny_store, tmp_path, n_asking):
    store = tmp_path / "store.duckdb"
    shutil.copy(tiny_store, store)
    spawn = mp.get_context("spawn")
    start, found = spawn.Barrier(n_asking), spawn.Queue()
    asked = {"target": _inode_of_release, "args": (str(store), start, found)}
    asking = [spawn.Process(**asked) for _ in range(n_asking)]
    for process in asking:
        process.start()
    inodes = {found.get(timeout=60) for _ in asking}
    for process in asking:
        process.join(60)
    assert [process.exitcode for process in asking] == [0] * n_asking
    assert len(inodes) == 1  # a second making would have put another file in its place


def test_a_release_that_is_open_is_not_made_anew(tiny_store):
    with Store(tiny_store) as exact:
        made = ready_release(exact)
        before = made.stat().st_ino
        with Store(made):
            assert ready_release(exact).stat().st_ino == before
