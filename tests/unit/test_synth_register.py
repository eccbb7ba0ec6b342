"""The synthetic register: what was promised of it, checked on one drawn register."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from fmbstats import synth
from fmbstats.synth.catalogue import band_shares, read_catalogue
from fmbstats.synth.law import BAND_EDGES_DAYS

DATA_RAW = Path(__file__).parents[2] / "data_raw"
EXTRACTION = date(2019, 6, 30)


@pytest.fixture(scope="module")
def register():
    return synth.draw_register(120_000, seed=7, data_raw=DATA_RAW)


@pytest.fixture(scope="module")
def spells(register):
    """Spells with their days so far."""
    return register[0].with_columns(
        (
            (pl.coalesce("last_date", pl.lit(EXTRACTION)) - pl.col("start_date")).dt.total_days()
            + 1
        ).alias("days")
    )


def test_same_seed_same_register_other_seed_another():
    first = synth.draw_register(3_000, seed=5, data_raw=DATA_RAW)
    again = synth.draw_register(3_000, seed=5, data_raw=DATA_RAW)
    other = synth.draw_register(3_000, seed=6, data_raw=DATA_RAW)
    assert first[0].equals(again[0])
    assert first[1].equals(again[1])
    assert not first[0].equals(other[0])


def test_bands_of_2017_within_one_and_a_half_points(spells):
    long = spells.filter(pl.col("start_date").dt.year() == 2017, pl.col("days") > 14)
    published = band_shares(DATA_RAW)
    assert len(published) == 23
    for category, shares in published.items():
        days = long.filter(pl.col("code").str.starts_with(category))["days"].to_numpy()
        drawn = [(days <= edge).mean() for edge in BAND_EDGES_DAYS]
        assert np.abs(drawn - shares).max() < 0.015, category


def test_quantiles_of_a_published_subcode(spells):
    """F43.8A: published quartiles 72, 166, 296 days; bending to the bands moves them a little."""
    own = spells.filter(pl.col("code") == "F438A", pl.col("start_date").dt.year() == 2017)
    days = own.filter(pl.col("days") > 14)["days"].to_numpy()
    for p, published in ((0.25, 72), (0.5, 166), (0.75, 296)):
        assert abs((days <= published).mean() - p) < 0.03


def test_every_fmb_code_is_there_and_some_codes_are_outside(spells):
    listed = pl.read_csv(DATA_RAW / "fmb" / "2020-04" / "entry_codes.csv", infer_schema=False)
    assert set(listed["code"]) <= set(spells["code"])
    assert 0.02 < spells["code"].str.slice(0, 3).is_in(["R51", "Z73", "M53", "M19"]).mean() < 0.2
    assert {"F43", "M54"} <= set(spells["code"])


def test_employees_are_seen_only_after_day_14(spells):
    employed = spells.filter(pl.col("occupation") == "employed")
    others = spells.filter(pl.col("occupation") != "employed")
    assert employed["entry_day"].unique().to_list() == [14]
    assert others["entry_day"].unique().to_list() == [0]
    assert employed["days"].min() > 14
    assert 0.05 < (others["days"] <= 14).mean() < 0.5


def test_ends_bunch_at_certificate_lengths(spells):
    n = spells.filter(pl.col("last_date").is_not_null()).group_by("days").len()
    at = dict(n.iter_rows())
    for day in (28, 35, 42, 90, 180):
        near = (at[day - 3] + at[day - 2] + at[day + 5] + at[day + 6]) / 4
        assert at[day] > 1.2 * near, day


def test_ongoing_spells_have_neither_end_nor_reason(spells):
    ongoing = spells.filter(pl.col("last_date").is_null())
    assert 0.01 < ongoing.height / spells.height < 0.1
    assert ongoing["end_reason"].unique().to_list() == [0]
    ended = spells.filter(pl.col("last_date").is_not_null())
    assert set(ended["end_reason"]) == {1, 2, 3, 4, 5}
    assert ended["last_date"].max() <= EXTRACTION


def test_spells_of_a_person_lie_apart_and_some_persons_have_several(spells):
    ordered = spells.sort("person_id", "start_date").with_columns(
        (pl.col("start_date") - (pl.col("start_date") + pl.duration(days="days")).shift(1))
        .dt.total_days()
        .over("person_id")
        .alias("gap")
    )
    gaps = ordered["gap"].drop_nulls()
    assert gaps.min() > 5
    assert gaps.len() > 0.15 * spells.height
    constant = spells.group_by("person_id").agg(
        pl.col("sex", "birth_year", "county_code").n_unique()
    )
    assert constant.select("sex", "birth_year", "county_code").max().row(0) == (1, 1, 1)


def test_segments_cover_every_spell_day_by_day(register, spells):
    segments = register[1]
    covered = segments.group_by("spell_id", maintain_order=True).agg(
        (pl.col("to_day") - pl.col("from_day") + 1).sum().alias("n"),
        pl.col("from_day").min(),
        pl.col("to_day").max(),
        pl.col("degree_pct").first(),
        pl.col("code").first().alias("first_code"),
        pl.col("code").last().alias("last_code"),
    )
    both = spells.join(covered, on="spell_id", suffix="_seen")
    assert both.height == spells.height
    assert (both["n"] == both["days"]).all()
    assert (both["to_day"] == both["days"]).all()
    assert (both["degree_pct"] == both["degree_pct_seen"]).all()
    assert (both["first_code"] == both["code"]).all()
    assert (both["last_code"] == both["code_last"]).all()
    steps = segments.filter(pl.col("from_day") > 1)
    assert steps["from_day"].min() > 15
    assert steps.height > 0.1 * spells.height


def test_the_longest_diagnosis_is_the_one_with_most_days(register, spells):
    longest = (
        register[1]
        .group_by("spell_id", "code")
        .agg(
            (pl.col("to_day") - pl.col("from_day") + 1).sum().alias("n"),
            pl.col("from_day").min().alias("first"),
        )
        .sort("spell_id", "n", "first", descending=[False, True, False])
        .unique("spell_id", keep="first", maintain_order=True)
    )
    both = spells.select("spell_id", "code_longest").join(longest, on="spell_id")
    assert (both["code_longest"] == both["code"]).all()
    assert (spells["code"] != spells["code_last"]).mean() > 0.03


def test_truth_is_the_law_that_was_drawn_from():
    spells, _, _ = synth.draw_register(
        400_000,
        seed=3,
        data_raw=DATA_RAW,
        sampling="independent",
        extraction_date=date(2030, 1, 1),
        year_spread=0.0,
    )
    days = (
        spells.filter(pl.col("code") == "F430")
        .select((pl.col("last_date") - pl.col("start_date")).dt.total_days() + 1)
        .to_series()
        .to_numpy()
    )
    days = days[days > 14]
    law = read_catalogue(DATA_RAW).laws["F430"]
    for t in (15, 20, 30, 60, 90, 180, 365, 900):
        exact = law.survival[t]
        tolerance = 4 * np.sqrt(exact * (1 - exact) / len(days)) + 1e-9
        assert abs((days > t).mean() - exact) < tolerance, t


def test_start_years_differ_but_the_published_one_keeps_its_law():
    def mean_days(spread):
        drawn, _, _ = synth.draw_register(
            60_000, seed=4, data_raw=DATA_RAW, year_spread=spread, extraction_date=date(2030, 1, 1)
        )
        days = (pl.col("last_date") - pl.col("start_date")).dt.total_days() + 1
        of_f43 = drawn.filter(pl.col("code").str.starts_with("F43"), days > 14)
        by_year = of_f43.group_by(pl.col("start_date").dt.year()).agg(days.mean(), pl.len())
        by_year = by_year.sort("start_date")
        return by_year["last_date"].to_numpy(), by_year["len"].to_numpy()

    (even, n_even), (uneven, n_uneven) = mean_days(0.0), mean_days(0.3)
    assert np.ptp(even) < 2
    assert np.ptp(n_even[1:4]) <= 10
    assert np.ptp(uneven) > 10
    assert np.ptp(n_uneven[1:4]) > 50
    assert uneven[3] == pytest.approx(even[3], abs=2)


def test_truth_of_a_category_is_the_mixture_of_its_codes():
    catalogue = read_catalogue(DATA_RAW)
    parts = catalogue.codes.filter(pl.col("code").str.starts_with("F43"))
    survival = np.stack([catalogue.laws[code].survival for code in parts["code"]])
    ended = 1 - np.average(survival, axis=0, weights=parts["share"])[list(BAND_EDGES_DAYS)]
    assert ended == pytest.approx(band_shares(DATA_RAW)["F43"], abs=2e-3)


def test_rollout_shortens_spells_only_where_and_when_it_is_in_use():
    plain, _, _ = synth.draw_register(60_000, seed=2, data_raw=DATA_RAW)
    hastened, _, _ = synth.draw_register(60_000, seed=2, data_raw=DATA_RAW, rollout_effect=0.3)
    since = pl.DataFrame(
        {"county_code": synth.rollout_dates().keys(), "since": synth.rollout_dates().values()}
    )

    # Same draws in the same order of start: compare the means by treatment.
    def mean_end(frame, treated):
        frame = frame.join(since, on="county_code").filter(
            (pl.col("start_date") >= pl.col("since")) == treated
        )
        return (
            (pl.coalesce("last_date", pl.lit(EXTRACTION)) - pl.col("start_date"))
            .dt.total_days()
            .pipe(lambda days: frame.select(days.mean()).item())
        )

    assert mean_end(plain, False) == mean_end(hastened, False)
    assert mean_end(hastened, True) < 0.9 * mean_end(plain, True)


def test_men_and_women_unemployed_and_old_differ_as_published(spells):
    """Unemployed spells of M54 last longer: a published log-hazard ratio about 0.5."""
    back = spells.filter(pl.col("code").str.starts_with("M54"), pl.col("days") > 14)
    median = dict(
        back.group_by("occupation").agg(pl.col("days").quantile(0.5, "linear")).iter_rows()
    )
    assert median["unemployed"] > 1.15 * median["employed"]


def test_every_code_says_where_its_lengths_come_from():
    sources = read_catalogue(DATA_RAW).codes
    assert set(sources["length_source"]) == {"published", "invented"}
    by_code = dict(sources.select("code", "length_source").iter_rows())
    assert by_code["F438A"] == by_code["F32"] == by_code["S52"] == "published"
    assert by_code["C50"] == by_code["K80"] == "invented"
    assert sources["share"].sum() == pytest.approx(1)
    laws = read_catalogue(DATA_RAW).laws
    for law in laws.values():
        assert law.survival[14] == 1
        assert law.survival[-1] == 0
        assert (np.diff(law.survival) <= 0).all()
