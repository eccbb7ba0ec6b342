"""What is held for the forks of a batch is what each of them would have been answered."""

import numpy as np
import pytest

from fmbstats import open_store
from fmbstats.release import store_for
from fmbstats.store import lookups

MARGINS = ("all", "sex", "age_group", "county_persons", "entry_day")


def asked(store, key):
    """Ask what a page asks of an entry."""
    margins = [store.reader.margin("entry", key, by, 2017) for by in MARGINS]
    return [
        {name: np.asarray(values).tolist() for name, values in margin.items()} for margin in margins
    ] + [
        store.reader.margin("entry", key)["n"].tolist(),
        store.reader.n_started("entry", key, 2017),
        store.reader.match_levels("entry", key, 2017),
        lookups.degree_steps(store, "entry", key, 2017).tolist(),
        [case._asdict() for case in lookups.cases_in_force(store, "entry", key, 2017, 30)],
    ]


@pytest.fixture
def opened(small_store):
    with open_store(small_store) as exact, store_for(exact, 5) as alone:
        yield alone, store_for(exact, 5)


def test_answers_held_for_all_entries_are_those_of_each(opened):
    alone, held = opened
    keys = [entry.entry_id for entry in lookups.entries(alone)]
    with held.holding_answers():
        asked(held, keys[0])
    for key in [*keys, "no-such-entry"]:
        assert asked(held, key) == asked(alone, key), key


def test_an_entry_without_spells_is_answered_with_the_same_columns(opened):
    alone, held = opened
    with held.holding_answers():
        held.reader.margin("entry", "1", "sex", 2017)
    one, other = (s.reader.margin("entry", "no-such-entry", "sex", 2017) for s in (alone, held))
    assert {k: len(v) for k, v in one.items()} == {k: len(v) for k, v in other.items()}


def test_what_was_not_asked_while_holding_is_asked_of_the_entry_alone(opened):
    _, held = opened
    with held.holding_answers():
        held.reader.margin("entry", "1", "sex", 2017)
    queries = []
    fetch = held.reader._fetch
    held.reader._fetch = lambda query, values=None: queries.append(query) or fetch(query, values)
    held.reader.margin("entry", "1", "sex", 2017)
    assert not queries
    held.reader.margin("entry", "1", "age_group", 2017)
    assert ["entry_id = $key" in query for query in queries] == [True]


def test_cases_without_a_wording_have_a_history_too(opened, monkeypatch):
    alone, _ = opened
    first, second, *_ = lookups.cases_in_force(alone, "entry", "508", 2017, 30)
    silent = second._replace(
        length_text=None, valid_from=first.valid_from, valid_to=first.valid_to, limit_days_30=None
    )
    monkeypatch.setattr(lookups, "_cases_ever", lambda *_: [first, silent])
    rows = lookups.case_history(alone, "entry", "508", {*first.codes, *second.codes}, 30)
    assert [row["length_text"] for row in rows] == ["", first.length_text]
    assert rows[0]["limit_days_30"] is None
