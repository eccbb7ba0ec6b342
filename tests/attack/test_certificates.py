"""Two releases of certificates that differ by one person, with all of hers: nobody is found."""

from __future__ import annotations

import numpy as np
import pandas as pd
import polars as pl
import pytest

from fmbstats.evaluate.certificates import effects_of
from fmbstats.release import certificates
from fmbstats.release.certificates import most_of_one, protected_certificates, rule_of
from fmbstats.settings import SETTINGS
from fmbstats.store.issued import GIVEN_CODES, count_issued
from tests.attack.attacker import GROUP, Claim, attack_pair, likely_groups, paths_of

SHARES = {
    "n": {"planned_over_longest": ("n_surely", "n_judged")},
    "icf_hit": {"icf_precision": ("icf_hit", "icf_hit + icf_missed")},
}
WITHIN = ("all", "renewed", "county", "profession", "year")
BASE = rule_of(SETTINGS.threshold).base
MOST = most_of_one(SETTINGS.threshold)
#: Margins as the attacker knows them of spells.
AS = {"renewed": "sex", "county": "county", "profession": "age", "year": "code"}
YEARS = ("2015", "2016", "2017")
N_PERSONS, HERS = 600, "900"
N_PAIRS, N_QUICK = 20, 4


def register(seed: int, n_hers: int, n_years: int = 1, n_persons: int = N_PERSONS) -> pl.DataFrame:
    """Return certificates of persons, one of whom has `n_hers` of one kind in so many years."""
    draw = np.random.default_rng(seed)
    others = np.delete(np.arange(n_persons + 1), min(int(HERS), n_persons))
    own = np.repeat(others, draw.integers(1, 6, n_persons))
    persons = np.append(own, np.full(n_hers, int(HERS)))
    is_hers = persons == int(HERS)
    many = [f"{k:02}" for k in range(1, 13)]
    kinds = {
        "rec_id": (["a", "b"], "a"), "county_code": (many, "07"),
        "profession": (["Läkare", "Tandläkare"], "Läkare"), "renewed": (["first", "renewed"],
        "renewed"), "year": (["2016", "2017", "2018"], "2017"), "n_surely": (["0", "1"], "1"),
        "icf_hit": ([str(k) for k in range(GIVEN_CODES)], str(GIVEN_CODES)),
    }  # fmt: skip
    columns = {
        name: np.where(is_hers, hers, draw.choice(values, len(persons)))
        for name, (values, hers) in kinds.items()
    }
    number = [f"{p}-{k}" for k, p in enumerate(persons)]
    frame = pl.DataFrame(columns | {"certificate_id": number, "person_id": persons})
    of_hers = (pl.col("person_id") == int(HERS)) * (pl.int_range(pl.len()) % n_years)
    return frame.with_columns(
        pl.col("n_surely", "icf_hit").cast(pl.Int64),
        year=pl.col("year").cast(pl.Int64) - of_hers,
        n=1,
        n_judged=1,
        icf_missed=0,
        icf_listed=20,
        unit_id="county_code",
    )


def ledger(rows: pl.DataFrame, most: int = MOST, what: str = "n", unit: int = 0) -> pd.DataFrame:
    """Return protected numbers of certificates or codes, as the attacker reads those of spells."""
    within = dict.fromkeys(WITHIN, tuple(SHARES[what]))
    counts, alike = count_issued(rows, SHARES[what], within, secret="s", most=most)
    counts = counts.with_columns(unit=unit or pl.col("unit"))
    told, _ = protected_certificates(counts, effects_of(alike, is_alone=False), SETTINGS.threshold)
    told = told.filter((pl.col("what") == what) & (pl.col("rec_id") != ""))
    return told.to_pandas().assign(
        margin=lambda t: t["margin"].replace(AS), start_year=0, duration_day=1
    )


def found(
    n_hers: int,
    most: int = MOST,
    n_years: int = 1,
    what: str = "n",
    unit: int = 0,
    n_pairs: int = N_PAIRS,
) -> list[Claim]:
    """Claims over pairs of releases without and with her, by one who knows how many count."""
    of_each = GIVEN_CODES if what == "icf_hit" else 1
    claims, more = [], of_each * min(n_hers, most or n_hers)
    base = BASE * (unit or of_each)
    for seed in range(n_pairs):
        after = register(seed, n_hers, n_years)
        both = (after.filter(pl.col("person_id") != int(HERS)), after)
        pair = [ledger(rows, most, what, unit) for rows in both]
        a, b = map(paths_of, pair)
        claims += [*attack_pair(*pair, base), *likely_groups(a, b, base, more)]
    return claims


def is_hers(claim: Claim) -> bool:
    return claim.entry == "a" and claim.stratum in ("all", "07", "Läkare", "renewed", *YEARS)


SLOW = pytest.mark.slow


@pytest.mark.parametrize(
    ("n_hers", "n_years", "n_pairs"),
    [
        (24, 1, N_QUICK),
        *(
            pytest.param(*hers, N_PAIRS, marks=SLOW)
            for hers in ((1, 1), (6, 1), (12, 1), (24, 1), (60, 3))
        ),
    ],
)
def test_it_finds_nobody(n_hers, n_years, n_pairs):
    """Nor somebody by chance oftener than one pair in twenty, of whom she could be sure."""
    claims = found(n_hers, n_years=n_years, n_pairs=n_pairs)
    assert not [claim for claim in claims if is_hers(claim)]


@SLOW
def test_it_finds_nobody_in_groups_of_so_many_that_more_of_hers_count():
    claims = []
    for seed in range(N_PAIRS):
        after = register(seed, 60, n_persons=6000)
        pair = [ledger(rows) for rows in (after.filter(pl.col("person_id") != int(HERS)), after)]
        units = [told.set_index(GROUP)["unit"] for told in pair]
        kept = units[0][units[0] == units[1].reindex(units[0].index)]
        assert kept.max() > 1.5
        # Among the groups of one unit, as their numbers are steps of one block.
        for unit, names in kept.groupby(kept).groups.items():
            a, b = (paths_of(t[t.set_index(GROUP).index.isin(names)]) for t in pair)
            claims += likely_groups(a, b, round(BASE * unit), min(60, int(MOST * unit)))
    assert not [claim for claim in claims if is_hers(claim)]


@SLOW
def test_her_icf_codes_find_nobody_in_blocks_of_their_own_and_would_in_those_of_certificates():
    """Each of hers has as many codes as count for one: more than any other's."""
    assert not [claim for claim in found(24, what="icf_hit") if is_hers(claim)]
    assert [claim for claim in found(24, what="icf_hit", unit=1) if is_hers(claim)]


@SLOW
def test_it_finds_her_where_certificates_keep_their_number_and_where_hers_are_not_limited(
    monkeypatch,
):
    assert [c for c in found(60, most=0) if is_hers(c)]
    asked = certificates.protect_counts
    # A count that follows from its own size alone: whoever is not concerned keeps it.
    monkeypatch.setattr(
        certificates, "protect_counts", lambda n, keys, rule: asked(n, n.astype(np.uint64), rule)
    )
    assert [claim for claim in found(3) if is_hers(claim)]


def test_a_count_of_few_persons_is_absent_however_many_their_certificates():
    rows = register(1, 0)
    few = rows.filter(pl.col("person_id") < 5)
    many = pl.concat([few.with_columns(certificate_id=pl.format("{}-{}", "certificate_id", k))
                      for k in map(pl.lit, range(9))])  # fmt: skip
    assert many.height > 90
    assert not len(ledger(many))
