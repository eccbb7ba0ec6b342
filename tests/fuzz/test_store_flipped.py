"""Two hundred flipped bits in a store: told or without effect, and the file is left as it is."""

from __future__ import annotations

import hashlib
import random
from collections import Counter
from pathlib import Path

import pytest

DATA_RAW = Path(__file__).parents[2] / "data_raw"
N_FLIPS = 200
COMMANDS = (
    ["list"],
    ["show", "F32", "--by", "sex"],
    ["ledger", "export", "{to}/ledger.zip"],
    ["report", "--only", "F43.1", "--dry-run", "--to", "{to}"],
    ["store", "hash"],
)
# DuckDB's three headers: read before anything else, one of two in turn.
HEADER_BYTES = 3 * 4096


def flipped(data: bytes, draw: random.Random, in_header: bool) -> bytes:
    """Flip one bit, or a few in a row as a bad sector does."""
    found = bytearray(data)
    at = draw.randrange(HEADER_BYTES if in_header else len(found))
    for k in range(draw.choice((1, 1, 1, 4, 64))):
        found[min(at + k, len(found) - 1)] ^= 1 << draw.randrange(8)
    return bytes(found)


@pytest.mark.slow
def test_flipped_bits_are_told_and_left(made, run, tmp_path, record_property):
    draw = random.Random(22)
    whole = (made / "store" / "store.duckdb").read_bytes()
    store = tmp_path / "flipped.duckdb"
    ends, wrong = Counter(), []
    for number in range(N_FLIPS):
        store.write_bytes(flipped(whole, draw, in_header=number % 10 == 0))
        before = hashlib.sha256(store.read_bytes()).digest()
        command = [a.format(to=tmp_path / "to") for a in COMMANDS[number % len(COMMANDS)]]
        (tmp_path / "to").mkdir(exist_ok=True)
        ended = run(*command, "--store", store, folder=DATA_RAW.parent)
        ends[ended.code] += 1
        is_left = hashlib.sha256(store.read_bytes()).digest() == before
        if not (ended.is_told and ended.code in (0, 14) and is_left):
            wrong.append((number, command[0], ended.code, ended.said[-300:]))
    record_property("ends", dict(ends))
    print(dict(ends))
    assert wrong == []
    assert ends[14] > N_FLIPS / 20, "hardly any flip was met: the test shows nothing"
