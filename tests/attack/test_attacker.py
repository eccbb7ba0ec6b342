"""The attacker finds persons in the release of an earlier version, and nobody in today's."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from fmbstats.release.build import make_release
from fmbstats.release.open_data import released_ledger
from fmbstats.release.rule import Rule
from fmbstats.store import Store
from tests.attack.attacker import (
    FEW,
    Claim,
    attack_ledger,
    attack_pair,
    attack_table,
)

FIXTURES = Path(__file__).parent / "fixtures"
YEAR = 2017
EXACT = (
    "select entry_id, start_year, sex, age_group as age, county_code as county, code, "
    "duration_day as day, sum(n)::int as n from mart_ledger where duration_day > 14 group by all"
)


@pytest.fixture(scope="module")
def earlier():
    """Return the table of an earlier version's release, and what was true (all invented)."""
    texts = {"stratum": str, "rec_id": str, "entry_id": str, "county_code": str}
    table = pd.read_csv(FIXTURES / "earlier_adherence.csv", dtype=texts)
    return table, pd.read_csv(FIXTURES / "earlier_truth.csv", dtype=texts)


def lengths_of(truth: pd.DataFrame, claim: Claim) -> pd.Series:
    """Spells of a claim's group by length."""
    rows = truth[truth["entry_id"] == claim.entry]
    column = {"sex": "sex", "age": "age_group", "county": "county_code"}.get(claim.by)
    rows = rows[rows[column] == claim.stratum] if column else rows
    return rows.groupby("duration_day")["n"].sum()


def test_it_says_which_persons_the_earlier_release_gave_away(earlier):
    table, truth = earlier
    claims = attack_table(table)
    found = []
    for claim in claims:
        if claim.what == "length":
            lengths = lengths_of(truth, claim)
            if lengths.index.min() == claim.value and lengths.iloc[0] < FEW:
                found.append(claim)
    # The shortest spell of a small group, known to the day: one person each.
    assert len(found) >= 3
    assert {claim.attack for claim in claims} >= {"order statistics"}
    # What it claims is nearly always true: it is no guess.
    of_length = [claim for claim in claims if claim.what == "length"]
    assert len(found) >= 0.6 * len(of_length)


def test_it_finds_a_planted_single_in_a_ledger_that_is_not_protected():
    rows = [("sex", "1", s, YEAR, 40, n) for s, n in (("women", 60), ("men", 3))]
    rows += [("all", "1", "all", YEAR, 40, 63)]
    columns = ["margin", "rec_id", "stratum", "start_year", "duration_day", "n"]
    assert attack_ledger(pd.DataFrame(rows, columns=columns), 6)


def test_it_finds_who_was_added_when_only_some_paths_are_drawn_anew():
    columns = ["margin", "rec_id", "stratum", "start_year", "duration_day", "n"]
    first = pd.DataFrame(
        [("sex", "1", s, YEAR, d, 6) for s in ("women", "men") for d in (20, 40, 60, 80)],
        columns=columns,
    )
    second = first.copy()
    second.loc[(second["stratum"] == "men") & (second["duration_day"] == 80), "n"] += 6
    found = {(claim.what, claim.stratum) for claim in attack_pair(first, second)}
    assert {("is in", "men"), ("length", "men")} <= found


@pytest.fixture(scope="module")
def releases(tmp_path_factory, run_main):
    """Return a function (seed, n) -> ledgers before and after one spell more, and the truth."""

    def make(seed: int, n_spells: int):
        folder = tmp_path_factory.mktemp(f"attack-{seed}")
        file = folder / "spells.csv"
        assert run_main("synth", "--spells", n_spells, "--seed", seed, "--to", file) == 0
        lines = file.read_text("utf-8").splitlines()
        of_year = [k for k, line in enumerate(lines) if f"{YEAR}-" in line]
        ledgers, exact = [], []
        for name, dropped in (("before", of_year[seed % len(of_year)]), ("after", None)):
            kept = [line for k, line in enumerate(lines) if k != dropped]
            register = folder / f"{name}.csv"
            register.write_text("\n".join(kept) + "\n", "utf-8")
            path = folder / "store.duckdb"  # one place, one secret
            known = ("--synthetic", "--extraction", "2019-06-30")
            code = run_main("build", "--store", path, "--register", register, *known)
            assert code == 0
            with Store(path) as store:
                make_release(store, folder / f"{name}.duckdb", Rule())
                exact.append(store.sql(EXACT))
            with Store(folder / f"{name}.duckdb") as told:
                ids = list(told.entry_keys)
                ledgers.append(released_ledger(told, ids, 30).to_pandas())
        return ledgers, exact

    return make


@pytest.mark.slow
def test_it_finds_nobody_in_new_releases_two_at_a_time(releases):
    """Over 20 pairs that differ by one spell: no claim on one release, and on pairs mere guesses.

    What is drawn anew differs by chance, and the attacker sees steps in it. She has found somebody
    when she is right; a claim that is not right more often than not is none.
    """
    guesses = []
    for seed in range(1, 21):
        ledgers, exact = releases(seed, 3_000)
        for ledger, truth in zip(ledgers, exact, strict=True):
            sure = attack_ledger(ledger, 6)
            assert not [c for c in sure if c.what != "n" or _is_true(c, truth)], (seed, sure[:3])
        added = _added(*exact)
        assert len(added)
        # The register is small enough to hold persons that could be found.
        assert (exact[0].groupby(["entry_id", "sex"])["n"].sum() < FEW).any()
        guesses += [(c.attack, _is_about(c, added)) for c in attack_pair(*ledgers)]
    found = pd.DataFrame(guesses, columns=["attack", "is_true"]).groupby("attack")["is_true"]
    told = found.agg(["size", "sum", "mean"])
    assert (told["mean"] < 0.5).all(), told


def _added(before: pd.DataFrame, after: pd.DataFrame) -> pd.DataFrame:
    """Return the cells of the register that hold another number of spells than before."""
    keys = [name for name in before if name != "n"]
    both = after.merge(before, on=keys, how="outer", suffixes=("", "_before")).fillna({"n": 0})
    return both[both["n"] != both["n_before"].fillna(0)]


def _is_about(claim: Claim, added: pd.DataFrame) -> bool:
    rows = added[added["entry_id"] == claim.entry]
    if claim.by != "all":
        rows = rows[rows[claim.by].astype(str) == str(claim.stratum)]
    if claim.what == "length":
        rows = rows[rows["day"] == claim.value]
    return bool(len(rows))


def _is_true(claim: Claim, truth: pd.DataFrame) -> bool:
    rows = truth[(truth["entry_id"] == claim.entry) & (truth[claim.by] == claim.stratum)]
    sizes = rows.groupby("start_year")["n"].sum()
    return bool((sizes == claim.value).any()) and claim.value < FEW


@pytest.mark.slow
def test_other_thresholds_months_and_languages_tell_nothing_more(small_store, tmp_path):
    """A release under a higher threshold follows from the one under the lower; months do not."""
    ledgers = {}
    with Store(small_store) as store:
        for threshold in (5, 10):
            make_release(store, tmp_path / f"{threshold}.duckdb", Rule(threshold))
            with Store(tmp_path / f"{threshold}.duckdb") as told:
                for month_days in (30, 31):
                    found = released_ledger(told, list(told.entry_keys), month_days).to_pandas()
                    ledgers[threshold, month_days] = found
    counts = ["margin", "rec_id", "stratum", "start_year", "duration_day", "end_reason", "n"]
    for threshold in (5, 10):
        a, b = (ledgers[threshold, m][counts] for m in (30, 31))
        pd.testing.assert_frame_equal(
            a.sort_values(counts, ignore_index=True), b.sort_values(counts, ignore_index=True)
        )
    fine, coarse = ledgers[5, 30], ledgers[10, 30]
    keys = ["margin", "rec_id", "stratum", "start_year"]
    both = pd.concat(
        [x.groupby(keys)["n"].sum().rename(name) for name, x in (("a", fine), ("b", coarse))],
        axis=1,
    ).dropna()
    # Intervals of both around the exact number never close in below five candidates.
    told = both[["a", "b"]].to_numpy()
    low, high = told - np.array([11, 23]), told + np.array([11, 23])
    assert (high.min(axis=1) - low.max(axis=1) >= FEW).all()
