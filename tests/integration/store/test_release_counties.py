"""Counties are standardised for age and sex: a release keeps whose the spells of a county are."""

from datetime import date, timedelta

import numpy as np
import pytest

from fmbstats import open_store
from fmbstats.release import store_for

BIRTH_YEARS = (1990, 1980, 1970, 1960, 1955)
N_EACH = 40  # spells by sex and age


@pytest.fixture
def register(tmp_path):
    """Women and men of all ages, alike many, with codes that differ in their possible cases."""
    rng = np.random.default_rng(6)
    lines = ["person_id,start_date,last_date,code,sex,birth_year,county_code,entry_day"]
    for sex in ("women", "men"):
        for born in BIRTH_YEARS:
            for k in range(N_EACH):
                start = date(2017, 2, 1) + timedelta(int(rng.integers(300)))
                last = start + timedelta(int(rng.integers(15, 300)))
                code = ("F32", "F320", "F321", "F322", "F329")[k % 5]
                lines.append(f"{len(lines)},{start},{last},{code},{sex},{born},01,14")
    path = tmp_path / "spells.csv"
    path.write_text("\n".join(lines) + "\n", "utf-8")
    return path


def test_ages_and_sexes_of_a_county_are_those_of_its_spells(build, register):
    with open_store(build(register).store) as exact, store_for(exact, 5) as release:
        rows = release.diagnosis("depressiv-episod", year=2017).rows("county_persons")
    told = rows.groupby(["sex", "age_group"], observed=True)["n"].sum()
    assert len(told) == 2 * len(BIRTH_YEARS)
    # A block of six more or less each; sets of cases of few spells lent theirs to others before.
    assert (told - N_EACH).abs().max() <= 12


def test_a_code_that_is_no_spells_first_is_known_to_a_release(build, tmp_path):
    """It belongs to no entry, so other readings of the register tell of it alone."""
    row = "{0},{0},2017-02-01,2017-05-{1},F32,Z999,Z999,14"
    lines = [row.format(n, 10 + n % 20) for n in range(1, 81)]
    path = tmp_path / "last.csv"
    header = "spell_id,person_id,start_date,last_date,code,code_last,code_longest,entry_day"
    path.write_text("\n".join([header, *lines]) + "\n", "utf-8")
    with open_store(build(path).store) as exact, store_for(exact, 5) as release:
        told = release.sql("select distinct margin from release_ledger where code = 'Z999'")
    assert {"last", "longest"} <= set(told["margin"])
