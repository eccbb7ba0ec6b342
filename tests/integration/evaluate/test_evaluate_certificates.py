"""FMB at issue: counted by hand on few certificates, found again where it is planted."""

from __future__ import annotations

import json
import shutil
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import polars as pl
import pytest

from fmbstats.errors import NotEstimableError, UnknownNameError
from fmbstats.evaluate.certificates import SHARES, count_certificates
from fmbstats.gate import run_gate
from fmbstats.release.certificates import CERTIFICATE_COLUMNS
from fmbstats.stats.proportions import design_effect, wilson
from fmbstats.store.issued import names_of
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
    use = count_certificates(certificates, recommended, gap_days=5).use()
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
    use = count_certificates(certificates, recommended, gap_days=5).use()
    assert share_of(use, "planned_over_longest") == (0, 2)
    assert share_of(use, "planned_over_shortest")[0] >= 1


def test_a_code_without_recommendation_is_not_judged(recommended):
    use = count_certificates(rows(("a", "Z999", (3, 1), (9, 1))), recommended, gap_days=5).use()
    assert share_of(use, "planned_over_longest") == (0, 0)
    assert np.isnan(use.shares()["estimate"].iloc[0])


def test_reasons_count_where_something_is_written(recommended):
    code, limit = one_limit(recommended)
    certificates = rows(
        *[(f"p{k}", code, (3, 1), end_after(limit + 1)) for k in range(4)],
        ("kept", code, (3, 1), end_after(limit)),
        reason_longer=["Väntar på operation", None, "  ", "x", "y"],
    )
    use = count_certificates(certificates, recommended, gap_days=5).use()
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
    use = count_certificates(certificates, recommended, gap_days=5).use()
    assert share_of(use, "icf_recall_central") == (1, 2 * len(central))
    assert share_of(use, "icf_precision") == (1, 3)
    # The longer code is the listed one at the second level, as is the first.
    second = {code[:4] for code in everything}
    assert share_of(use, "icf_recall_second") == (2, 2 * len(second))
    assert share_of(use, "with_icf") == (1, 2)


def test_what_certificates_do_not_carry_is_said_and_has_no_number(recommended):
    use = count_certificates(rows(("a", "F32", (3, 1), (3, 9))), recommended, gap_days=5).use()
    found = use.shares().set_index("measure")
    assert found.at["icf_recall", "reason"] == "icf_codes"
    assert found.at["motivated_over_longest", "reason"] == "reason_longer"
    assert found.loc[found["reason"] != "", ["estimate", "lo", "hi"]].isna().all(axis=None)
    with pytest.raises(NotEstimableError, match="do not carry profession"):
        use.shares("profession")
    with pytest.raises(UnknownNameError, match=r"by conty. Name one of entry, .*county"):
        use.shares("conty")


def test_the_interval_covers_where_units_are_alike():
    rng = np.random.default_rng(17)
    share, likeness, covered, plain = 0.3, 0.1, 0, 0
    a, b = (x * (1 - likeness) / likeness for x in (share, 1 - share))
    for _ in range(1000):
        n = rng.poisson(25, 40) + 1
        k = rng.binomial(n, rng.beta(a, b, 40))
        effect = design_effect(40, k.sum(), n.sum(), k @ k, k @ n, n @ n)
        lo, hi = wilson(k.sum() / effect, n.sum() / effect)
        covered += lo <= share <= hi
        lo, hi = wilson(k.sum(), n.sum())
        plain += lo <= share <= hi
    assert 930 <= covered <= 970
    assert plain < 800, "the units are not alike: the test shows nothing"


def test_one_unit_tells_no_interval():
    assert np.isnan(design_effect(1, 3, 10, 9, 30, 100))


@pytest.fixture(scope="module")
def issued(shared_folder, run_main, keep_secret):
    """Return a folder with certificates of a planted truth, and the store built from them."""

    def make(folder):
        from fmbstats.cli import main

        keep_secret(folder / "store.duckdb")
        certificates = folder / "certificates.csv"
        planted = ["--motivated", "0.3", "--icf-recall", "0.4", "--format", "certificates"]
        arguments = ["synth", "--spells", "12000", "--seed", "5", "--to", certificates, *planted]
        assert main([str(a) for a in arguments]) == 0
        arguments = ["build", "--register", certificates, "--extraction", "2019-06-30"]
        arguments += ["--synthetic", "--store", folder / "store.duckdb", "--data", DATA_RAW]
        assert main([str(a) for a in arguments]) == 0
        for language in ("sv", "en"):
            arguments = ["evaluate", "certificates", "F32", "--language", language]
            arguments += ["--store", folder / "store.duckdb", "--data", DATA_RAW]
            assert main([str(a) for a in [*arguments, "--folder", folder / language]]) == 0

    return shared_folder("issued", make)


@pytest.mark.slow
def test_what_is_planted_is_found_and_covered_from_protected_counts(
    issued, run_main, tmp_path, capsys
):
    store = ("--store", issued / "store.duckdb", "--data", DATA_RAW)
    found = {}
    for name, more in (("protected", ()), ("exact", ("--internal",))):
        to, ledger = tmp_path / f"{name}.csv", tmp_path / f"{name}.parquet"
        asked = ("--to", to, "--ledger", ledger, *more)
        assert run_main("evaluate", "certificates", *store, *asked) == 0
        said = capsys.readouterr().out
        assert said.startswith("SYNTETISKA DATA")
        assert "motivering i fält 37.1" in said
        found[name] = pd.read_csv(to).set_index("measure")
        for measure, truth in (("motivated_over_longest", 0.3), ("icf_recall", 0.4)):
            row = found[name].loc[measure]
            assert row["lo"] <= truth <= row["hi"], (name, measure)
            assert row["hi"] - row["lo"] < 0.1
        counts = pl.read_parquet(ledger)
        assert set(counts.columns) == set(CERTIFICATE_COLUMNS)
        counts = counts.filter(pl.col("effect").is_null())
        is_block = counts["n"] % (60 * counts["unit"]).round() == 0
        assert (is_block & (counts["n"] > 0)).all() == (name == "protected")
        whole = counts.filter((pl.col("margin") == "all") & (pl.col("rec_id") == ""))
        units = dict(whole.select("what", "unit").iter_rows())
        assert (units["n"] > 2) == (name == "protected")  # of thousands of persons
        found[name, "unit"] = units
    told = found["protected"].dropna(subset="estimate")
    exact = found["exact"].loc[told.index]
    assert len(told) > 10
    half, exact_half = ((shares["hi"] - shares["lo"]) / 2 for shares in (told, exact))
    unit = [found["protected", "unit"][names_of(SHARES[m])[-1]] for m in told.index]
    # As wide as the sampling, its factor told by steps, and the noise of two blocks together.
    block = 60 * np.array(unit) / exact["n_whole"]
    is_wide = half < 1.2 * exact_half + 1.25 * block
    assert is_wide[exact["estimate"].between(0.02, 0.98)].all()
    assert (half < 2 * exact_half).sum() >= 4
    # Of eleven intervals of 95 %, and none is far off.
    assert (~exact["estimate"].between(told["lo"], told["hi"])).sum() <= 1
    assert ((told["estimate"] - exact["estimate"]).abs() < 1.5 * half).all()


@pytest.mark.slow
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


def gated(folder):
    return [finding.text() for finding in run_gate(folder).findings]


@pytest.mark.slow
@pytest.mark.parametrize("language", ["sv", "en"])
def test_the_page_may_leave_and_tells_the_least_difference_beside_each_that_is_not_sure(
    issued, language
):
    assert gated(issued / language) == []
    page = (issued / language / "certificates-depressiv-episod.html").read_text("utf-8")
    assert page.count("<figure") == 2
    rows = pd.read_csv(issued / language / "adherence.csv", dtype={"stratum": str})
    keys = ["by", "stratum"]
    told = rows[rows["metric"] == "difference_planned_over"].dropna(subset="estimate")
    least = rows[rows["metric"] == "smallest_detectable"].dropna(subset="estimate").set_index(keys)
    unsure = told[(told["lo"] <= 0) & (told["hi"] >= 0)]
    assert 0 < len(unsure) < len(told)
    assert set(least.index) == set(unsure.set_index(keys).index)
    assert (least["estimate"] > 0).all()
    for what in ("motivated_over", "icf_recall", "icf_precision"):
        told = rows[rows["metric"] == f"difference_{what}"].dropna(subset="estimate")
        sure = (told["lo"] > 0) | (told["hi"] < 0)
        least = rows[rows["metric"] == f"smallest_{what}"].dropna(subset="estimate")
        assert len(told) > 3 or what == "motivated_over"  # few go beyond the limit in a group
        assert set(least.set_index(keys).index) == set(told[~sure].set_index(keys).index)


def _count(folder, change):
    path = folder / "certificates.parquet"
    change(pl.read_parquet(path)).write_parquet(path)


def _first(frame, column, value):
    """Set the first row that has a count."""
    row = frame.with_row_index("k").filter(pl.col("n").is_not_null())["k"][0]
    here = pl.int_range(pl.len()) == row
    return frame.with_columns(
        pl.when(here).then(pl.lit(value, frame.schema[column])).otherwise(column).alias(column)
    )


def _table(folder, metric, column):
    path = folder / "adherence.csv"
    rows = pd.read_csv(path, dtype=str, keep_default_na=False)
    at = rows.index[(rows["metric"] == metric) & (rows[column] != "")][0]
    rows.loc[at, column] = "0.123"
    rows.to_csv(path, index=False, lineterminator="\n")


def _sidecar(folder):
    path = folder / "certificates.json"
    said = json.loads(path.read_text("utf-8"))
    path.write_text(json.dumps(said | {"seen": "Anna Andersson"}), "utf-8")


PLANTS = {
    "an exact count": lambda f: _count(f, lambda c: _first(c, "n", 7)),
    "another count": lambda f: _count(
        f, lambda c: c.with_columns(n=pl.when(pl.col("what") == "n_surely").then(pl.col("n") + 12)
                                    .otherwise("n"))
    ),
    "a margin that is not released": lambda f: _count(f, lambda c: _first(c, "margin", "unit")),
    "a person's number as a group": lambda f: _count(
        f, lambda c: c.with_columns(stratum=pl.when(pl.col("margin") == "profession")
                                    .then(pl.lit("19811218-9876")).otherwise("stratum"))
    ),
    "a column more": lambda f: _count(f, lambda c: c.with_columns(person=pl.lit("x"))),
    "a row twice": lambda f: _count(f, lambda c: pl.concat([c, c.head(1)])),
    "a factor between the steps": lambda f: _count(
        f, lambda c: c.with_columns(pl.col("effect") * 1.1)
    ),
    "a word in the sidecar": _sidecar,
    "no counts": lambda f: (f / "certificates.parquet").unlink(),
    "a share of the table": lambda f: _table(f, "planned_over_longest", "estimate"),
    "a limit of the table": lambda f: _table(f, "icf_recall", "hi"),
    "a difference of the table": lambda f: _table(f, "difference_planned_over", "estimate"),
}  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("name", PLANTS)
def test_a_planted_fault_is_refused(issued, tmp_path, name):
    folder = shutil.copytree(issued / "sv", tmp_path / "spoilt")
    PLANTS[name](folder)
    assert gated(folder)


def test_few_certificates_are_told_as_too_few(run_main, tmp_path, capsys):
    certificates, store = tmp_path / "certificates.csv", tmp_path / "store.duckdb"
    asked = ("--spells", 100, "--format", "certificates", "--to", certificates)
    assert run_main("synth", *asked, "--data", DATA_RAW) == 0
    to = ("--store", store, "--data", DATA_RAW)
    dated = ("--extraction", "2019-06-30", "--synthetic")
    assert run_main("build", "--register", certificates, *dated, *to) == 0
    asked = ("F32", "--folder", tmp_path / "few", *to)
    assert run_main("evaluate", "certificates", *asked) == 0
    assert "för få" in capsys.readouterr().out
    assert gated(tmp_path / "few") == []
