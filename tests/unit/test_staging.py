"""How a register comes to the store: what its order tells, and when a build must not go on."""

from datetime import date

import duckdb
import polars as pl
import pytest

from fmbstats.errors import RejectedRowsError, SourceError
from fmbstats.sources.registers.checking import REJECTS_SCHEMA
from fmbstats.sources.registers.register import RegisterInfo
from fmbstats.store.staging import (
    MAX_CODES,
    RowOrder,
    Staged,
    _refuse_too_many,
    refuse_malformed,
    too_many_codes,
)

KEY = ("person_id", "start_date")


def ordered(spell_key, *blocks):
    """Show blocks of (person, first day) or of spell ids to an order."""
    order = RowOrder(spell_key)
    for block in blocks:
        names = spell_key or ("spell_id",)
        rows = block if spell_key else [(number,) for number in block]
        order.see(pl.DataFrame(rows, schema=dict.fromkeys(names, pl.Int64), orient="row"))
    return order


@pytest.mark.parametrize(
    ("blocks", "may_repeat"),
    [
        (([1, 2, 3], [4, 9]), False),
        (([1, 2, 2],), True),
        (([1, 2], [2, 3]), True),  # the same id on both sides of a seam
        (([1, 2], [], [3]), False),
        (([5, 4],), True),
        (([1, None],), True),
    ],
)
def test_ids_that_grow_from_row_to_row_do_not_occur_twice(blocks, may_repeat):
    assert ordered((), *blocks).has_increasing_ids is not may_repeat


@pytest.mark.parametrize(
    ("blocks", "is_sorted"),
    [
        # person, first day
        (([(1, 10), (1, 10), (1, 40), (2, 5)],), True),
        (([(1, 40), (1, 10)],), False),
        (([(1, 10)], [(1, 10)]), True),  # a spell's rows on both sides of a seam
        (([(2, 5)], [(1, 10)]), False),
        (([(2, 1), (1, 9)],), False),
    ],
)
def test_rows_sorted_by_their_spells_key_stand_together(blocks, is_sorted):
    assert ordered(KEY, *blocks).has_sorted_rows is is_sorted
    assert not ordered(KEY, *blocks).has_increasing_ids


def staged(n_read, n_rejected, reasons=()):
    rejects = pl.DataFrame(
        [("a.csv", line, "code", "F3", reason) for line, reason in enumerate(reasons, start=2)],
        schema=REJECTS_SCHEMA,
        orient="row",
    )
    info = RegisterInfo(
        "Register", False, "paid_days", date(2026, 1, 1), n_rows_read=n_read, n_rejected=n_rejected
    )
    return Staged(info, rejects, 0, 0)


@pytest.mark.parametrize(
    ("n_read", "n_rejected", "most", "is_refused"),
    [
        (1000, 0, 0.0, False),
        (1000, 1, 0.0, True),
        (1000, 10, 0.01, False),  # exactly as many as may be
        (1000, 11, 0.01, True),
    ],
)
def test_how_many_lines_may_be_bad(n_read, n_rejected, most, is_refused):
    refusals = staged(n_read, n_rejected).refusals(most)
    assert bool(refusals) is is_refused
    if is_refused:
        assert f"{n_rejected} of {n_read} lines were rejected" in refusals[0]


def test_a_refusal_shows_where_the_first_bad_lines_are():
    with pytest.raises(RejectedRowsError) as refused:
        _refuse_too_many(staged(100, 2, ["is no day", "is missing"]), 0.0)
    assert "a.csv, line 2, column 'code': is no day" in str(refused.value)
    assert "line 3" in str(refused.value)


@pytest.fixture
def coded():
    """Return a connection with 1000 spells of three codes, 8 of 10 of them good."""
    connection = duckdb.connect()
    connection.execute(
        "create macro coded_code(cell) as cell;"
        "create table code_list as "
        "from (values (1, 'F32'), (2, 'M545'), (3, '?')) as t(code_no, code);"
        "create table spells as select [1, 1, 1, 1, 2, 2, 2, 2, 3, 3][1 + n % 10] as coded_cell "
        "from range(1000) as t(n)"
    )
    yield connection
    connection.close()


@pytest.mark.parametrize(("most", "is_refused"), [(0.2, False), (0.19, True), (0.0, True)])
def test_how_many_diagnoses_may_be_no_codes(coded, most, is_refused):
    assert (refuse_malformed(coded, "spells", most) is not None) is is_refused


def test_a_column_with_more_codes_than_a_cell_has_room_for_is_no_column_of_diagnoses():
    error = too_many_codes(MAX_CODES)
    assert isinstance(error, SourceError)
    assert f"{MAX_CODES} different codes" in str(error)
