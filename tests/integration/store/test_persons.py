"""Spells of one person are alike: intervals of an exact store say so, and allow for it."""

from datetime import date, timedelta

import numpy as np
import pytest

from fmbstats import open_store
from fmbstats.release import store_for
from fmbstats.stats.clustered import clustered_shares
from fmbstats.store import lookups

LIMIT = 21  # of a superficial injury of the shoulder, S40


def register(n_spells, n_persons=200):
    """Each person's spells last alike."""
    rng = np.random.default_rng(4)
    lines = ["person_id,start_date,last_date,code,sex,birth_year,county_code,entry_day"]
    for person in range(n_persons):
        days = int(rng.integers(16, 30))
        for k in range(n_spells):
            start = date(2017, 1, 1) + timedelta(100 * k)
            lines.append(f"{person},{start},{start + timedelta(days - 1)},S40,women,1980,01,14")
    return "\n".join(lines) + "\n"


@pytest.fixture
def store(build, tmp_path):
    def make(n_spells):
        path = tmp_path / "spells.csv"
        path.write_text(register(n_spells), "utf-8")
        return build(path).store

    return make


def test_the_interval_allows_for_several_spells_of_a_person_and_says_so(store):
    path = store(3)
    with open_store(path) as opened:
        found = opened.diagnosis("S40", year=2017).adherence()
        spells = opened.sql("select * from mart_spells")
        over = clustered_shares(
            spells["duration_day"], spells["end_reason"], spells["person_id"], LIMIT, entry=14
        )
        told = found.told("share_over_longest")
        assert over.differs[0]
        assert (told.lo, told.hi) == pytest.approx((over.lo[0], over.hi[0]))
        assert "persons" in told.flags.split()
        within = found.told("share_within_longest")
        assert (within.lo, within.hi) == pytest.approx((1 - over.hi[0], 1 - over.lo[0]))
        assert "flera sjukfall" in found.text("sv")
        with store_for(opened, 5) as released:  # knows no persons
            assert "flera sjukfall" not in released.diagnosis("S40", year=2017).adherence().text()


def test_groups_allow_for_their_own_persons(store):
    """Women's spells are told apart by person, and the year's as the whole's."""
    with open_store(store(3)) as opened:
        diagnosis = opened.diagnosis("S40", year=2017)
        whole = diagnosis.adherence().interval("share_over_longest")
        for by, group in (("sex", "women"), ("county", "01"), ("year", "2017"), ("code", "S40")):
            found = diagnosis.adherence(by)
            assert found.interval("share_over_longest", group) == pytest.approx(whole)
            assert "persons" in found.told("share_over_longest", group).flags.split()
        crossed = diagnosis.adherence(["sex", "county"])
        assert crossed.interval("share_over_longest", "women × 01") == pytest.approx(whole)


def test_where_nobody_has_several_spells_nothing_changes(store):
    with open_store(store(1)) as opened:
        found = opened.diagnosis("S40", year=2017).adherence()
        assert "persons" not in found.told("share_over_longest").flags
        assert "flera sjukfall" not in found.text("sv")


@pytest.mark.parametrize(("kind", "key"), [("entry", "508"), ("code", "M54")])
def test_persons_are_those_of_the_view_of_all_spells(small_store, kind, key):
    names = ["start_year", "sex", "age_group", "county_code", "code", "person_id", "duration_day"]
    own = "entry_id = $key" if kind == "entry" else "starts_with(code, $key)"
    with open_store(small_store) as opened:
        found = lookups.spells_with_persons(opened, kind, key, [2016, 2017], 14, names[:5]).frame
        expected = opened.sql(
            f"select {', '.join(names)} from mart_spells where {own} and start_year in (2016, 2017)"
            " and duration_day > 14",
            {"key": key},
        )
    assert len(expected) > 100
    assert sorted(map(str, found[names].itertuples(index=False, name=None))) == sorted(
        map(str, expected.itertuples(index=False, name=None))
    )
