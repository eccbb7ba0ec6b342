"""Whatever the tables and ledgers are: the attacker learns nothing, the curve stays near."""

from __future__ import annotations

import numpy as np
import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from fmbstats import disclosure
from fmbstats.disclosure import LinkedTables, Protected

COUNTS = st.one_of(st.integers(0, 9), st.integers(10, 300))
SLOW = settings(max_examples=25, deadline=None)


@st.composite
def _tables(draw):
    n_rows, n_columns = draw(st.integers(2, 4)), draw(st.integers(2, 4))
    return pd.DataFrame(
        [
            {"county": f"c{i}", "age": f"a{j}", "n": draw(COUNTS)}
            for i in range(n_rows)
            for j in range(n_columns)
        ]
    )


@SLOW
@given(_tables())
def test_protected_tables_pass_the_audit(frame):
    tables = LinkedTables.of([frame])
    shown = disclosure.protect(tables)
    assert disclosure.audit(tables, shown) == []
    for value, n in zip(shown, tables.counts, strict=True):
        assert isinstance(value, Protected) or value == n
        assert isinstance(value, Protected) or not 0 < n < 5
        if isinstance(value, Protected):
            assert n > 0
            assert value.kind != "suppressed" or n < 5
            assert value.kind != "complementary" or n >= 5


@SLOW
@given(_tables())
def test_the_choice_does_not_hang_on_the_order_of_rows(frame):
    def shown(rows):
        tables = LinkedTables.of([rows])
        return dict(zip(tables.cells, disclosure.protect(tables), strict=True))

    assert shown(frame) == shown(frame.iloc[::-1])


@SLOW
@given(_tables(), st.randoms())
def test_the_attacker_never_excludes_the_truth(frame, random):
    """The ranges that the audit reports always hold the true count."""
    tables = LinkedTables.of([frame])
    naive = np.array([Protected(5) if 0 < n < 5 else int(n) for n in tables.counts], dtype=object)
    truth = dict(zip(tables.cells, tables.counts, strict=True))
    for leak in disclosure.audit(tables, naive):
        assert leak.lo - 1e-6 <= truth[leak.cell] <= leak.hi + 1e-6


LEDGERS = st.lists(
    st.tuples(st.integers(15, 400), st.integers(0, 5), st.integers(1, 40)), min_size=30, max_size=80
)


@given(LEDGERS)
def test_rounded_ledgers_keep_running_totals_within_half_a_class(rows):
    time, cause, n = np.array(rows).T
    ledger = disclosure.protect_ledger(time, cause, n, entry=14)
    if isinstance(ledger, Protected):
        assert n.sum() < 100
        return
    before = ledger.time < ledger.last_day
    for k in np.unique(cause):
        for day in np.unique(ledger.time[before]):
            exact = n[(cause == k) & (time <= day)].sum()
            rounded = ledger.n[before & (ledger.cause == k) & (ledger.time <= day)].sum()
            assert abs(exact - rounded) <= 3


@given(LEDGERS)
def test_every_step_of_a_rounded_ledger_stands_for_a_class_of_spells(rows):
    time, cause, n = np.array(rows).T
    ledger = disclosure.protect_ledger(time, cause, n, entry=14)
    if isinstance(ledger, Protected):
        return
    assert (ledger.n % 3 == 0).all()
    assert (ledger.n >= 3).all()
    assert ledger.n[ledger.time >= ledger.last_day].sum() >= 5


@settings(max_examples=25, deadline=None)
@given(LEDGERS, st.randoms())
def test_rounding_does_not_hang_on_the_order_or_splitting_of_rows(rows, random):
    time, cause, n = np.array(rows).T
    one = disclosure.protect_ledger(time, cause, n, entry=14)
    split = [(t, c, 1) for t, c, m in rows for _ in range(m)]
    random.shuffle(split)
    time, cause, n = np.array(split).T
    other = disclosure.protect_ledger(time, cause, n, entry=14)
    assert isinstance(one, Protected) == isinstance(other, Protected)
    if not isinstance(one, Protected):
        for name in ("time", "cause", "n", "entry"):
            assert getattr(one, name).tolist() == getattr(other, name).tolist()
