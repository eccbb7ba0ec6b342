"""A release store that two commands ask for at once is made once."""

import multiprocessing as mp
import shutil


def _inode_of_release(store: str, start, found) -> None:
    from fmbstats.release.build import ready_release
    from fmbstats.store import Store

    with Store(store) as exact:
        start.wait()
        found.put(ready_release(exact).stat().st_ino)


def test_a_release_asked_for_twice_at_once_is_made_once(tiny_store, tmp_path):
    store = tmp_path / "store.duckdb"
    shutil.copy(tiny_store, store)
    spawn = mp.get_context("spawn")
    start, found = spawn.Barrier(3), spawn.Queue()
    asking = [
        spawn.Process(target=_inode_of_release, args=(str(store), start, found)) for _ in range(3)
    ]
    for process in asking:
        process.start()
    inodes = {found.get(timeout=60) for _ in asking}
    for process in asking:
        process.join(60)
    assert [process.exitcode for process in asking] == [0, 0, 0]
    assert len(inodes) == 1  # a second making would have put another file in its place
