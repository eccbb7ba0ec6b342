"""Blocks of whole lines hold every byte of a file once; its hash is made while it is read."""

import hashlib
import os

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fmbstats.errors import SourceError
from fmbstats.sources.registers import blocks_parquet
from fmbstats.sources.registers.blocks import read_blocks
from fmbstats.sources.registers.line_blocks import hash_on, line_blocks
from fmbstats.sources.registers.spell_contract import CONTRACT

HEADER = b"header\n"


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    """Where a file of any content is put."""
    return tmp_path_factory.mktemp("lines") / "register.csv"


@given(
    st.lists(st.binary(max_size=9).map(lambda b: b.replace(b"\n", b";")), max_size=40),
    st.sampled_from([b"", b"\n", b"\r\n"]),
    st.integers(0, 30),
)
def test_every_byte_is_given_once_and_hashed(path, lines, end, block_bytes):
    content = b"\n".join(lines) + end
    path.write_bytes(HEADER + content)
    digest = hashlib.sha256()
    blocks = list(line_blocks(path, block_bytes, digest))
    assert b"".join(block.lines for block in blocks) == content
    assert sum(block.n_lines for block in blocks) == content.count(b"\n") + (
        bool(content) and not content.endswith(b"\n")
    )
    assert all(block.is_last == (block is blocks[-1]) for block in blocks)
    assert all(block.lines.endswith(b"\n") for block in blocks[:-1])
    assert digest.hexdigest() == hashlib.sha256(path.read_bytes()).hexdigest()


def test_a_file_that_gets_shorter_is_refused(tmp_path):
    path = tmp_path / "register.csv"
    path.write_bytes(HEADER + b"a line\n" * 100)
    blocks = line_blocks(path, 50, hashlib.sha256())
    next(blocks)
    os.truncate(path, 60)
    with pytest.raises(SourceError, match=r"register\.csv: got shorter while it was read\."):
        list(blocks)


@pytest.mark.parametrize("n_bytes", [0, 10, 1 << 18, 300_000, 10**6])
def test_the_next_bytes_are_hashed(tmp_path, n_bytes):
    path = tmp_path / "register.parquet"
    path.write_bytes(bytes(range(256)) * 2_000)
    digest = hashlib.sha256()
    with path.open("rb") as handle:
        hash_on(handle, n_bytes, digest)
        assert handle.tell() == min(n_bytes, 512_000)
    assert digest.hexdigest() == hashlib.sha256(path.read_bytes()[:n_bytes]).hexdigest()


@pytest.mark.parametrize("name", ["register.csv", "register.parquet"])
def test_the_last_block_tells_the_hash_of_the_file(tmp_path, monkeypatch, name):
    monkeypatch.setattr(blocks_parquet, "PARQUET_ROWS", 7)
    path = tmp_path / name
    rows = pl.DataFrame(
        {
            "person_id": [f"p{n}" for n in range(100)],
            "start_date": ["2017-01-01"] * 100,
            "last_date": ["2017-03-01"] * 100,
            "code": ["F32"] * 100,
        }
    )
    rows.write_parquet(path) if name.endswith("parquet") else rows.write_csv(path)
    hashes = [block.hashes for block in read_blocks(path, CONTRACT, block_bytes=100)]
    assert len(hashes) > 10
    assert hashes[:-1] == [{}] * (len(hashes) - 1)
    assert hashes[-1] == {name: hashlib.sha256(path.read_bytes()).hexdigest()}
