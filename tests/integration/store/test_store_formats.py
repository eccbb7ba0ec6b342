"""One truth in every format gives one ledger, whatever the order and the number of files."""

import random

import pytest

from fmbstats.store import spell_cells
from fmbstats.store.staging import stage_register

LAYOUTS = ("spells", "spells-parquet", "midas", "certificates")
LEDGERS = (
    # Numbers of matches are compared as well: they follow from the codes alone.
    "select * from mart_ledger order by all",
    "select * from mart_ledger_basis order by all",
    "select * from raw_matches order by all",
)


@pytest.fixture
def ledgers(rows):
    return lambda store: [rows(store, query) for query in LEDGERS]


@pytest.fixture
def plain_ledgers(build_once, ledgers):
    return ledgers(build_once("spells"))


@pytest.mark.parametrize("layout", LAYOUTS[1:])
def test_every_format_gives_the_same_ledger(build_once, ledgers, plain_ledgers, layout):
    found = ledgers(build_once(layout))
    assert [len(table) for table in found] == [len(table) for table in plain_ledgers]
    assert found == plain_ledgers
    assert sum(row[-1] for row in found[0]) == 4_000


@pytest.mark.parametrize(
    "layout",
    ["spells", *(pytest.param(x, marks=pytest.mark.slow) for x in ("midas", "certificates"))],
)
def test_order_parts_and_repetition_change_nothing(
    tmp_path, build, build_once, register_file, ledgers, rows, layout
):
    whole = register_file(layout)
    header, *lines = whole.read_text().splitlines(keepends=True)
    random.Random(3).shuffle(lines)
    cut = len(lines) // 3
    parts = []
    for number, some in enumerate((lines[cut:], lines[:cut])):
        parts.append(tmp_path / f"part{number}.csv")
        parts[-1].write_text(header + "".join(some))
    once = build_once(layout)
    often = build(parts[0], whole, parts[1], to="often")
    assert often.code == 0, often.output
    assert ledgers(often.store) == ledgers(once)
    assert rows(often.store, "select * from mart_degrees order by all") == rows(
        once, "select * from mart_degrees order by all"
    )
    assert rows(often.store, "select n_rows_read, n_duplicates, n_rejected from meta_settings") == [
        (2 * len(lines), len(lines), 0)
    ]
    keys = "select * from mart_entry_keys order by all"
    assert rows(often.store, keys) == rows(once, keys)


def test_spells_poured_as_read_are_those_compared_first(
    tmp_path, build, register_file, rows, monkeypatch
):
    """Ids that grow are poured at once; where they stop growing, all is read anew and compared."""
    readings = []
    monkeypatch.setattr(
        spell_cells, "stage_register", lambda *given: readings.append(1) or stage_register(*given)
    )
    header, *lines = register_file("spells").read_text().splitlines(keepends=True)
    parts = []
    for number, some in enumerate((lines[2500:], lines[:2500])):
        parts.append(tmp_path / f"part{number}.csv")
        parts[-1].write_text(header + "".join(some))
    # Known to this day, some spells were never at risk.
    options = ("--extraction", "2018-11-20")
    dated = {line for line in lines if line.split(",")[2] <= "2018-11-20"}
    assert 0 < len(dated) < len(lines)
    for path in parts:
        kept = [line for line in path.read_text().splitlines(keepends=True)[1:] if line in dated]
        path.write_text(header + "".join(kept))
    poured = build(*reversed(parts), to="poured", options=options)
    assert len(readings) == 1
    compared = build(*parts, to="compared", options=options)
    assert compared.code == 0, compared.output
    assert len(readings) == 1 + 2
    for table in ("mart_spells", "raw_segments", "mart_ledger", "mart_degrees"):
        query = f"select * from {table} order by all"
        assert rows(compared.store, query) == rows(poured.store, query)
    query = "select n_rows_read, n_not_at_risk > 0 from meta_settings"
    assert rows(compared.store, query) == rows(poured.store, query) == [(len(dated), True)]


def test_faulty_rows_do_not_touch_the_ledger(build, build_once, register_file, ledgers, rows):
    """Added repetitions are dropped and added broken rows rejected: the spells stay the same."""
    options = ("--extraction", "2019-06-30", "--max-reject-share", "0.5")
    clean = build_once("midas")
    faulty = build(register_file("midas", 0.05), to="faulty", options=options)
    assert faulty.code == 0, faulty.output
    assert ledgers(faulty.store) == ledgers(clean)
    n_rejected = rows(faulty.store, "select n_rejected from meta_settings")[0][0]
    assert n_rejected > 0
    assert rows(faulty.store, "select count(distinct (file, line)) from rejects") == [(n_rejected,)]
    assert rows(clean, "select count(*) from rejects") == [(0,)]
    assert f"{n_rejected:,} rejected" in faulty.output
    assert faulty.output.count("midas.tsv, line ") == 5
