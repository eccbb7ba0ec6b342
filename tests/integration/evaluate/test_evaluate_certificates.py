"""FMB at issue: counted by hand on few certificates, found again where it is planted."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import polars as pl
import pytest

from fmbstats.errors import NotEstimableError, UnknownNameError
from fmbstats.evaluate.certificates import count_certificates
from fmbstats.stats.proportions import clustered_wilson, wilson
from fmbstats.store.recommended import read_recommended

DATA_RAW = Path(__file__).parents[3] / "data_raw"


@pytest.fixture(scope="module")
def recommended():
    return read_recommended(DATA_RAW)


def rows(*certificates, **columns):
    """Certificates (person, code, first day, last day) of 2017, with further columns."""
    frame = pl.DataFrame(
        [
            (f"c{k}", person, code, date(2017, *start), date(2017, *end), date(2017, *start))
            for k, (person, code, start, end) in enumerate(certificates)
        ],
        schema=["certificate_id", "person_id", "code", "from_1", "to_1", "signed_date"],
        orient="row",
    )
    for number in (2, 3, 4):
        frame = frame.with_columns(
            pl.lit(None, pl.Date).alias(f"{end}_{number}") for end in ("from", "to")
        )
    county = pl.lit("01").alias("county_code")
    return frame.with_columns(
        county, *(pl.Series(name, values, strict=False) for name, values in columns.items())
    )


def share_of(use, measure, by=None):
    found = use.shares(by)
    row = found[found["measure"] == measure].iloc[0]
    return row["n_part"], row["n_whole"]


# F43.9 has one limit in 2017; it is read from the recommendations, not written here.
def limit_of(recommended, code):
    frame = pl.DataFrame({"code": [code], "day": [date(2017, 3, 1)]})
    possible = recommended.recommendations.possible([code], recommended.rules)
    found = possible.with_limits(frame, "code", "day", 30)
    return found["shortest"][0], found["longest"][0]


def one_limit(recommended):
    """A code with a single limit of 14 to 90 days."""
    for code in sorted(recommended.recommendations.known_codes(date(2017, 3, 1))):
        low, high = limit_of(recommended, code)
        if low is not None and low == high and 14 <= low <= 90:
            return code, int(low)
    raise AssertionError("no code has one limit")


def end_after(days):
    end = date(2017, 3, 1).toordinal() + days - 1
    return date.fromordinal(end).timetuple()[1:3]


def test_the_planned_length_counts_from_the_first_certificate(recommended):
    code, limit = one_limit(recommended)
    certificates = rows(
        ("kept", code, (3, 1), end_after(limit)),
        ("over", code, (3, 1), end_after(limit + 1)),
        ("renewed", code, (3, 1), end_after(limit)),
        ("renewed", code, end_after(limit + 1), end_after(limit + 1)),
        # Inside a longer one: it plans no day more.
        ("inside", code, (3, 1), end_after(limit + 5)),
        ("inside", code, end_after(3), end_after(5)),
        # Ten days apart: a spell of its own.
        ("apart", code, (3, 1), end_after(limit)),
        ("apart", code, end_after(limit + 11), end_after(limit + 12)),
    )
    use = count_certificates(certificates, recommended, gap_days=5)
    assert share_of(use, "planned_over_longest") == (3, 8)
    assert share_of(use, "planned_over_shortest") == (3, 8)
    by = use.shares("renewed").query("measure == 'planned_over_longest'").set_index("stratum")
    assert by["n_whole"].to_dict() == {"first": 6, "renewed": 2}
    assert by["n_part"].to_dict() == {"first": 2, "renewed": 1}


def test_a_case_without_limit_is_never_surely_exceeded(recommended):
    open_ended = next(
        code
        for code in sorted(recommended.recommendations.known_codes(date(2017, 3, 1)))
        if np.isinf(limit_of(recommended, code)[1] or 0) and limit_of(recommended, code)[0] < 200
    )
    certificates = rows(("a", open_ended, (3, 1), (12, 31)), ("b", open_ended, (3, 1), (3, 1)))
    use = count_certificates(certificates, recommended, gap_days=5)
    assert share_of(use, "planned_over_longest") == (0, 2)
    assert share_of(use, "planned_over_shortest")[0] >= 1


def test_a_code_without_recommendation_is_not_judged(recommended):
    use = count_certificates(rows(("a", "Z999", (3, 1), (9, 1))), recommended, gap_days=5)
    assert share_of(use, "planned_over_longest") == (0, 0)
    assert np.isnan(use.shares()["estimate"].iloc[0])


def test_reasons_count_where_something_is_written(recommended):
    code, limit = one_limit(recommended)
    certificates = rows(
        *[(f"p{k}", code, (3, 1), end_after(limit + 1)) for k in range(4)],
        ("kept", code, (3, 1), end_after(limit)),
        reason_longer=["Väntar på operation", None, "  ", "x", "y"],
    )
    use = count_certificates(certificates, recommended, gap_days=5)
    assert share_of(use, "motivated_over_longest") == (2, 4)
    assert share_of(use, "motivated_within") == (1, 1)


def test_icf_codes_are_held_against_the_entrys_at_both_levels(recommended):
    icf = recommended.tables["mart_icf"]
    of_code = recommended.recommendations.code_entries(pl.Series(["F32"]))["entry_id"][0]
    listed = icf.filter(pl.col("entry_id") == of_code)
    central = listed.filter(pl.col("role") == "central")["code"].unique().sort().to_list()
    everything = set(listed["code"])
    assert len(central) > 2
    certificates = rows(
        ("a", "F32", (3, 1), (3, 9)),
        ("b", "F32", (3, 1), (3, 9)),
        icf_codes=[f"{central[0].upper()}, {central[1]}9; d999 {central[0]}", None],
    )
    use = count_certificates(certificates, recommended, gap_days=5)
    assert share_of(use, "icf_recall_central") == (1, 2 * len(central))
    assert share_of(use, "icf_precision") == (1, 3)
    # The longer code is the listed one at the second level, as is the first.
    second = {code[:4] for code in everything}
    assert share_of(use, "icf_recall_second") == (2, 2 * len(second))
    assert share_of(use, "with_icf") == (1, 2)


def test_what_certificates_do_not_carry_is_said_and_has_no_number(recommended):
    use = count_certificates(rows(("a", "F32", (3, 1), (3, 9))), recommended, gap_days=5)
    found = use.shares().set_index("measure")
    assert found.at["icf_recall", "reason"] == "icf_codes"
    assert found.at["motivated_over_longest", "reason"] == "reason_longer"
    assert found.loc[found["reason"] != "", ["estimate", "lo", "hi"]].isna().all(axis=None)
    with pytest.raises(NotEstimableError, match="do not carry profession"):
        use.shares("profession")
    with pytest.raises(UnknownNameError, match="Did you mean 'county'"):
        use.shares("conty")


def test_the_interval_covers_where_units_are_alike():
    rng = np.random.default_rng(17)
    share, likeness, covered, plain = 0.3, 0.1, 0, 0
    a, b = (x * (1 - likeness) / likeness for x in (share, 1 - share))
    for _ in range(1000):
        n = rng.poisson(25, 40) + 1
        k = rng.binomial(n, rng.beta(a, b, 40))
        lo, hi = clustered_wilson(k, n)
        covered += lo <= share <= hi
        lo, hi = wilson(k.sum(), n.sum())
        plain += lo <= share <= hi
    assert 930 <= covered <= 970
    assert plain < 800, "the units are not alike: the test shows nothing"


def test_one_unit_tells_no_interval():
    assert np.isnan(clustered_wilson([3], [10])).all()


@pytest.fixture(scope="module")
def issued(shared_folder, run_main):
    """Return a folder with certificates of a planted truth, and the store built from them."""

    def make(folder):
        from fmbstats.cli import main

        certificates = folder / "certificates.csv"
        planted = ["--motivated", "0.3", "--icf-recall", "0.4", "--format", "certificates"]
        arguments = ["synth", "--spells", "6000", "--seed", "5", "--to", certificates, *planted]
        assert main([str(a) for a in arguments]) == 0
        arguments = ["build", "--register", certificates, "--extraction", "2019-06-30"]
        arguments += ["--synthetic", "--store", folder / "store.duckdb", "--data", DATA_RAW]
        assert main([str(a) for a in arguments]) == 0

    return shared_folder("issued", make)


def test_what_is_planted_is_found_and_covered(issued, run_main, tmp_path, capsys):
    store = ("--store", issued / "store.duckdb", "--data", DATA_RAW)
    to, ledger = tmp_path / "shares.csv", tmp_path / "ledger.parquet"
    assert run_main("evaluate", "certificates", *store, "--to", to, "--ledger", ledger) == 0
    said = capsys.readouterr().out
    assert said.startswith("SYNTETISKA DATA")
    assert "motivering i fält 37.1" in said
    found = pd.read_csv(to).set_index("measure")
    for measure, truth in (("motivated_over_longest", 0.3), ("icf_recall", 0.4)):
        row = found.loc[measure]
        assert row["lo"] <= truth <= row["hi"], measure
        assert row["hi"] - row["lo"] < 0.1
    counts = pl.read_parquet(ledger)
    assert "person_id" not in counts.columns
    assert counts["n"].sum() > 6000


def test_an_entry_by_county_in_english(issued, run_main, capsys):
    store = ("--store", issued / "store.duckdb", "--data", DATA_RAW)
    assert (
        run_main("evaluate", "certificates", "F32", "--by", "county", "--language", "en", *store)
        == 0
    )
    said = capsys.readouterr().out
    assert "Stockholm" in said
    assert "field 37.1" in said
    assert "certificates.county" not in said


def test_a_register_that_is_no_certificates_is_refused(issued, run_main, tmp_path, capsys):
    spells = tmp_path / "spells.csv"
    assert run_main("synth", "--spells", "200", "--to", spells) == 0
    store = ("--store", issued / "store.duckdb", "--data", DATA_RAW)
    code = run_main("evaluate", "certificates", "--register", spells, *store)
    assert 10 <= code <= 19
    assert "only certificates tell how they were issued" in capsys.readouterr().err
