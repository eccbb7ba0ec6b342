"""What the gate computes again from a released ledger, on one small enough to count by hand.

Sixty spells of one diagnosis, all of them seen from day 15 on, judged by a limit of 90 days, 28 for
the mildest case. Twelve each ended on days 20, 60, 90 and 120, and twelve were ongoing on day 200:
48 of 60 outlasted day 20, 36 day 60, 24 day 90 and 12 day 120.
"""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import numpy as np
import pandas as pd
import polars as pl
import pytest

from fmbstats.gate.again import VALUES, follow
from fmbstats.gate.findings import Findings
from fmbstats.gate.inventory import REPORTS, Folder
from fmbstats.gate.recomputed import check_table, read_ledger
from fmbstats.gate.rows import read_rows
from fmbstats.release.open_data import (
    DICTIONARY,
    FORMAT,
    LEDGER,
    LEDGER_COLUMNS,
    SIDECAR,
    dictionary_csv,
)
from fmbstats.release.rule import MIN_PATH, Rule
from fmbstats.settings import COUNTIES
from fmbstats.told import COLUMNS

RULE = Rule(5)
DICTIONARY_CSV = dictionary_csv("sv").encode()
ABOUT = {
    "format": FORMAT,
    "threshold": 5,
    "base": 6,
    "variance": RULE.variance,
    "smallest_path": MIN_PATH,
    "entry_day": 14,
    "month_days": 30,
    "county_limits": {"2017": {"F32": 90}},
    "columns": {name: meaning for name, (_, meaning) in LEDGER_COLUMNS.items()},
}
# margin, stratum, day, end reason, spells
ALL = [("all", "all", day, reason, 12) for day, reason in
       [(20, 1), (60, 1), (90, 2), (120, 1), (200, 0)]]  # fmt: skip
SEXES = [("sex", sex, day, 1, 36) for sex, day in [("women", 80), ("men", 100)]]
DEGREES = [("degree", degree, day, -1, n) for degree, day, n in
           [("50", 15, 12), ("50", 80, 0), ("100", 15, 48), ("100", 90, 24)]]  # fmt: skip
COUNTS = [
    ("started", "all", 0, -1, 72),
    ("level", "exact", 0, -1, 42),
    ("level", "none", 0, -1, 18),
]
AMBIGUOUS = [("ambiguous", "F38", 100, 1, 30), ("ambiguous", "F38", 14, 1, 12)]


def ledger_frame(rows=(*ALL, *SEXES, *DEGREES, *COUNTS, *AMBIGUOUS), **changed):
    """Rows of a ledger; a column by name is set in all of them."""
    whole = ("start_year", "match_id", "entry_day", "duration_day", "end_reason", "n")
    frame = pl.DataFrame(
        [
            {
                "margin": margin, "rec_id": "F32", "stratum": stratum, "sex": None,
                "age_group": None, "start_year": 2017, "match_id": 0, "longest_days": 90.0,
                "shortest_days": 28.0, "is_judged": True,
                "is_narrowed": margin == "all" and day < 61,
                "entry_day": 14, "duration_day": day, "end_reason": reason, "n": n,
            }
            for margin, stratum, day, reason, n in rows
        ],
        schema_overrides={"sex": pl.String, "age_group": pl.String}
        | dict.fromkeys(whole, pl.Int32),
    )  # fmt: skip
    return frame.with_columns(**{name: pl.lit(value) for name, value in changed.items()})


def folder(frame=None, about=None, metadata=None, **files):
    """What a folder of reports holds, as far as the ledger is read."""
    buffer = io.BytesIO()
    frame = ledger_frame() if frame is None else frame
    frame.write_parquet(buffer, metadata=metadata)
    held = {
        LEDGER: buffer.getvalue(),
        SIDECAR: json.dumps(ABOUT if about is None else about).encode(),
        DICTIONARY: DICTIONARY_CSV,
    }
    return Folder(Path(), REPORTS, {}, held | files)


def read(held):
    findings = Findings()
    ledger = read_ledger(held, findings)
    return ledger, [finding.what for finding in findings.sorted()]


def with_others(rows):
    """The ledger beside another entry of its year, and the same entry a year before."""
    shorter = [(margin, stratum, max(day - 9, 0), reason, n + 6)
               for margin, stratum, day, reason, n in rows]  # fmt: skip
    other = ledger_frame(shorter, rec_id="F43", longest_days=51.0, shortest_days=51.0)
    before = ledger_frame(shorter).with_columns(
        pl.lit(2016, pl.Int32).alias("start_year"), is_narrowed=False
    )
    other = other.with_columns(pl.lit(1, pl.Int32).alias("match_id"), is_narrowed=False)
    return pl.concat([before, ledger_frame(rows), other])


@pytest.fixture(scope="module")
def ledger():
    found, faults = read(folder(with_others((*ALL, *SEXES, *DEGREES, *COUNTS, *AMBIGUOUS))))
    assert not faults
    return found


def table(*rows):
    """The told table as the gate reads it; a row is metric, groups, group and what else it says."""
    out = io.StringIO()
    writer = csv.DictWriter(out, COLUMNS)
    writer.writeheader()
    for metric, by, stratum, more in rows:
        row = {"rec_id": "F32", "start_year": 2017, "metric": metric, "by": by, "stratum": stratum}
        writer.writerow(row | more)
    return read_rows(out.getvalue().encode())


def again(ledger, *row):
    return follow(ledger, table(row)).iloc[0]


BEFORE, OTHER = {"start_year": 2016}, {"rec_id": "F43"}
# A row of the table, and what follows for it.
FOLLOWING = [
    ("n_spells", "all", "all", {}, 60),
    ("n_events", "all", "all", {}, 48),
    ("n_seen", "all", "all", {}, 60),
    ("n_ended", "all", "all", {}, 48),
    ("n_ongoing", "all", "all", {}, 12),
    ("n_scored", "all", "all", {}, 60),
    ("n_started", "all", "all", {}, 72),
    ("share_narrowed", "all", "all", {}, 24 / 60),
    ("coverage_share", "all", "all", {}, 1),
    ("share_over_longest", "all", "all", {}, 24 / 60),
    ("share_over_shortest", "all", "all", {}, 48 / 60),
    ("share_within_longest", "all", "all", {}, 36 / 60),
    ("share_over_longest_day_before", "all", "all", {}, 36 / 60),
    ("share_ending_near_longest", "all", "all", {}, 12 / 60),
    ("quantile_50_days", "all", "all", {}, 90),
    ("quantile_25_days", "all", "all", {}, 60),
    ("median_ratio_longest", "all", "all", {}, 1),
    ("share_over_longest", "sex", "women", {}, 0),
    ("share_over_longest", "sex", "men", {}, 1),
    ("n_spells", "sex", "women", {}, 36),
    ("n_spells", "level", "exact", {}, 42),
    ("n_spells", "level", "shorter", {}, 0),
    ("n_ambiguous", "all", "all", {}, 30),  # those of day 14 are not seen
    ("n_ambiguous", "code", "F38", {}, 30),
    ("n_ambiguous", "code", "F41", {}, 0),
    ("share_on_leave", "all", "all", {"day": 10}, 1),
    ("share_on_leave", "all", "all", {"day": 14}, 1),
    ("share_on_leave", "all", "all", {"day": 20}, 48 / 60),
    ("share_on_leave", "all", "all", {"day": 119}, 24 / 60),
    ("share_on_leave", "sex", "men", {"day": 99}, 1),
    ("share_over_fixed_limit", "all", "all", {"limit_days": 60}, 36 / 60),
    ("share_over_fixed_limit", "sex", "women", {"limit_days": 79}, 1),
    ("share_ended_1", "all", "all", {"day": 120}, 36 / 60),
    ("share_ended_2", "all", "all", {"day": 120}, 12 / 60),
    ("share_ended_2", "all", "all", {"day": 89}, 0),
    ("share_ended_5", "all", "all", {"day": 120}, 0),
    ("share_over_longest", "assumption", "base", {}, 24 / 60),
    ("share_over_longest", "assumption", "day_before", {}, 36 / 60),
    ("n_spells", "assumption", "day_before", {}, 60),
    # 60 judged, 24 of them over; of 30 that may belong all are over (day 100).
    ("share_over_longest", "assumption", "ambiguous", {}, 24 / 60),
    ("share_over_shortest", "assumption", "ambiguous", {}, (48 + 30) / 90),
    # A year before, of 18 each: ended on days 11 (not seen), 51, 81 and 111, or seen to day 191.
    ("n_spells", "year", "2016", {}, 72),
    ("n_spells", "year", "2017", {}, 60),
    ("share_over_longest", "year", "2016", {}, 36 / 72),
    ("n_seen", "all", "all", BEFORE, 72),
    ("n_started", "all", "all", BEFORE, 78),
    ("n_spells", "level", "exact", BEFORE, 48),
    ("share_over_longest", "assumption", "base", BEFORE, 36 / 72),
    ("share_ended_2", "all", "all", BEFORE | {"day": 120}, 18 / 72),
    # The other entry's limit is 51 days: on it a quarter ended.
    ("share_over_longest", "all", "all", OTHER, 54 / 72),
    ("share_over_longest", "assumption", "day_before", OTHER, 1),
    ("share_over_longest", "assumption", "ambiguous", OTHER, 54 / 72),
    ("share_over_shortest", "assumption", "ambiguous", OTHER, 90 / 108),
    ("share_narrowed", "all", "all", OTHER, 0),
    ("share_on_leave", "all", "all", OTHER | {"day": 51}, 54 / 72),
    ("n_ambiguous", "code", "F38", OTHER, 36),
]  # fmt: skip


def test_what_follows_from_the_ledger(ledger):
    asked = table(*(row for *row, _ in FOLLOWING))
    found = pd.concat([follow(ledger, rows) for _, rows in asked.groupby("start_year")])
    wanted = {str(row): pytest.approx(value, abs=1e-9) for *row, value in FOLLOWING}
    estimates = found["estimate"].sort_index()
    assert dict(zip(wanted, estimates, strict=True)) == wanted


@pytest.fixture(scope="module")
def large():
    """The same ten times over: degrees are told of groups of hundreds."""
    rows = [(*row, 10 * n) for *row, n in (*ALL, *DEGREES)]
    found, faults = read(folder(ledger_frame(rows)))
    assert not faults
    return found


@pytest.mark.parametrize(
    ("metric", "day", "wanted"),
    [
        ("share_on_degree_50", 15, 12 / 60),
        ("share_on_degree_50", 80, 0),
        ("share_on_degree_100", 79, 48 / 60),
        ("share_on_degree_100", 80, 1),
    ],
)
def test_degrees_of_those_on_leave(large, metric, day, wanted):
    found = again(large, metric, "all", "all", {"day": day})
    assert found.estimate == pytest.approx(wanted, abs=1e-9)


def test_days_on_leave_weigh_each_day_by_its_degree(large):
    """Until day 79 a fifth is on leave at a half: their days are nine tenths of whole ones."""
    gross, net = (
        again(large, name, "all", "all", {}).estimate for name in ("gross_days", "net_days")
    )
    # On leave on a day: who outlasted the day before, as far as anybody is seen.
    assert gross == pytest.approx(6 * 1 + 40 * 0.8 + 30 * 0.6 + 30 * 0.4 + 81 * 0.2)
    assert gross - net == pytest.approx(0.1 * (6 * 1 + 40 * 0.8 + 19 * 0.6))


def test_a_degree_or_day_that_is_not_told_follows_as_nothing(large, ledger):
    for metric, day in [("share_on_degree_25", 15), ("share_on_degree_50", 14)]:
        assert again(large, metric, "all", "all", {"day": day}).isna().all()
    # Of sixty spells no degrees are told.
    assert again(ledger, "share_on_degree_50", "all", "all", {"day": 15}).isna().all()


def counties(*over):
    """A ledger of counties, of 100 times 6 spells each, of which so many sixes outlast day 90."""
    rows = [
        ("county_persons", county, day, 1, 6 * n)
        for county, n_over in zip(COUNTIES, over, strict=False)
        for day, n in ((50, 100 - n_over), (100, n_over))
    ]
    persons = ledger_frame(rows, sex="women", age_group="30-39")
    everybody = [("all", "all", day, 1, n) for (_, _, day, _, n) in rows]
    summed = ledger_frame(everybody).group_by(pl.exclude("n"), maintain_order=True)
    frame = pl.concat([persons, summed.agg(pl.col("n").sum()).select(persons.columns)])
    found, faults = read(folder(frame.with_columns(is_narrowed=False)))
    assert not faults
    return found


def of_county(ledger, metric, by="county", stratum="01"):
    return again(ledger, metric, by, stratum, {"limit_days": 90})


def test_counties_that_are_alike_differ_in_nothing():
    alike = counties(40, 40, 40, 40)
    assert of_county(alike, "share_over_limit_nation", "all", "all").estimate == pytest.approx(0.4)
    assert of_county(alike, "tau2_between_counties", "all", "all").estimate == 0
    own = of_county(alike, "share_over_standardised")
    assert own.estimate == pytest.approx(0.4)
    assert own.lo < 0.4 < own.hi
    assert own.n_spells == 600
    ratio = of_county(alike, "observed_expected_ratio")
    assert ratio.estimate == pytest.approx(1)
    assert ratio.lo < 1 < ratio.hi
    assert of_county(alike, "q_value").estimate == pytest.approx(1)
    assert np.isnan(of_county(alike, "q_value").lo)


def test_a_county_that_differs_is_told_from_the_others():
    one = counties(64, *[40] * 11)
    assert of_county(one, "share_over_limit_nation", "all", "all").estimate == pytest.approx(0.42)
    assert of_county(one, "tau2_between_counties", "all", "all").estimate > 0
    assert of_county(one, "share_over_standardised").estimate == pytest.approx(0.64)
    assert of_county(one, "q_value").estimate < 0.05
    # Whose spells are longer have fewer ends than expected.
    assert of_county(one, "observed_expected_ratio").hi < 1
    assert of_county(one, "q_value", stratum="03").estimate > of_county(one, "q_value").estimate
    assert of_county(one, "q_value", stratum="25").isna().all()


@pytest.mark.parametrize(
    "row",
    [
        ("share_over_longest", "quarter", "before", {}),  # no group of the ledger's
        ("share_over_longest", "assumption", "other_limit", {}),
        ("sex_ratio", "all", "all", {}),
    ],
)
def test_what_does_not_follow_is_not_computed(ledger, row):
    assert follow(ledger, table(row)).empty


def test_a_group_that_the_ledger_does_not_hold_follows_as_nothing(ledger):
    for metric in ("share_over_longest", "share_on_leave"):
        assert again(ledger, metric, "sex", "unknown", {"day": 20.0}).isna().all()
    assert again(ledger, "q_value", "county", "01", {"limit_days": 90}).isna().all()


def test_intervals_are_wider_than_those_of_exact_counts(ledger):
    """The rule's own variance is in them; Wilson's for 24 of 60 is 28.6 to 52.6 per cent."""
    found = again(ledger, "share_over_longest", "all", "all", {})
    assert found.lo < 0.286 < found.estimate < 0.526 < found.hi
    assert found.n_spells == 60


def told(ledger, *rows):
    """Rows that say what follows."""
    frame = table(*rows)
    frame[list(VALUES)] = follow(ledger, frame)[list(VALUES)]
    return frame


ROWS = [("n_spells", "all", "all", {}), ("share_over_longest", "all", "all", {}),
        ("share_over_longest", "sex", "women", {}),
        ("share_on_leave", "all", "all", {"day": 20})]  # fmt: skip


def faults(ledger, frame):
    findings = Findings()
    check_table(ledger, None, frame, findings)
    return [(one.where, one.what) for one in findings.sorted()], findings.n_looks


@pytest.fixture(scope="module")
def told_rows(ledger):
    return told(ledger, *ROWS)


def test_a_table_that_follows_is_let_through_and_every_number_of_it_looked_at(ledger, told_rows):
    frame = told_rows.copy()
    wanted = int(frame[list(VALUES)].notna().to_numpy().sum())
    assert faults(ledger, frame) == ([], {"recomputed": wanted})


@pytest.mark.parametrize("line", range(4))
@pytest.mark.parametrize("name", VALUES)
def test_a_number_that_does_not_follow_is_found_with_its_row(ledger, told_rows, line, name):
    frame = told_rows.copy()
    if np.isnan(frame.loc[line, name]):
        frame.loc[line, name] = 6.0  # a number where none follows
    else:
        frame.loc[line, name] += 1e-6 if name != "n_spells" else 6
    metric, by, stratum, _ = ROWS[line]
    where = f"row {line + 2} (F32, {by} {stratum}, {metric})"
    assert faults(ledger, frame)[0] == [(where, f"{name} does not follow from the ledger.")]


def test_rounding_to_ten_digits_is_no_fault(ledger, told_rows):
    frame = told_rows.copy()
    frame.loc[1:, "estimate"] *= 1 + 1e-10
    assert faults(ledger, frame)[0] == []


def test_a_number_that_is_kept_back_is_no_fault(ledger, told_rows):
    frame = told_rows.copy()
    frame[list(VALUES)] = np.nan
    assert faults(ledger, frame)[0] == []


def test_no_spells_of_a_group_that_is_left_out_may_be_told_but_no_share_of_it(ledger):
    none = {"estimate": 0.0, "n_spells": 0.0}
    rows = [(name, "sex", "unknown", none) for name in ("n_spells", "share_over_longest")]
    frame = table(*rows)
    assert [where for where, _ in faults(ledger, frame)[0]] == [
        "row 3 (F32, sex unknown, share_over_longest)"
    ]


def test_what_a_publisher_counted_is_no_number_of_the_ledger(ledger):
    frame = table(("n_spells", "all", "all", {"estimate": 61.0, "n_spells": 61.0}))
    assert len(faults(ledger, frame)[0]) == 3  # its value, its spells, and no multiple of 6
    assert faults(ledger, frame.assign(part="published")) == ([], {"recomputed": 0})


@pytest.mark.parametrize(("by", "is_ours"), [("limit", True), ("source", False)])
@pytest.mark.parametrize("name", ["n_spells", "n_events"])
def test_counts_of_spells_are_sums_of_released_counts(ledger, by, is_ours, name):
    """Also where the row itself does not follow from the ledger."""
    frame = table(("share_over_longest", by, "F32", {name: 61.0}))
    wanted = [("row 2", f"{name} is no sum of released counts.")] if is_ours else []
    assert faults(ledger, frame)[0] == wanted


def about(**changed):
    return ABOUT | changed


LIMITS = "its sidecar says a limit that is none."
YEARS = "its sidecar says no limits by year."
SETTING = "its sidecar says no month or entry day of ours."


@pytest.mark.parametrize(
    ("sidecar", "fault"),
    [
        (about(format=2), "its sidecar says another format than the rule."),
        (about(base=5), "its sidecar says another base than the rule."),
        (about(variance=1.0), "its sidecar says another variance than the rule."),
        (about(smallest_path=1), "its sidecar says another smallest_path than the rule."),
        (about(columns={}), "its sidecar says another columns than the rule."),
        (about(person="Anna"), "its sidecar has other keys than ours."),
        ({k: v for k, v in ABOUT.items() if k != "base"}, "its sidecar has other keys than ours."),
        ([], "its sidecar has other keys than ours."),
        (about(county_limits=[]), YEARS),
        (about(county_limits={"17": {}}), YEARS),
        (about(county_limits={"2017": [90]}), YEARS),
        (about(county_limits={"2017": {"Anna Ek": 90}}), LIMITS),
        (about(county_limits={"2017": {"F32": 90.5}}), LIMITS),
        (about(county_limits={"2017": {"F32": True}}), LIMITS),
        (about(county_limits={"2017": {"F32": 0}}), LIMITS),
        (about(county_limits={"2017": {"F32": 10_000}}), LIMITS),
        (about(month_days=29), SETTING),
        (about(entry_day=-1), SETTING),
        (about(entry_day=512), SETTING),
        (about(entry_day="Anna"), "it cannot be read (ValueError)."),
    ],
)
def test_a_sidecar_says_what_ours_may(sidecar, fault):
    assert read(folder(about=sidecar)) == (None, [fault])


@pytest.mark.parametrize(
    ("key", "value"), [("entry_day", 0), ("entry_day", 511), ("month_days", 31)]
)
def test_settings_at_their_ends_are_taken(key, value):
    found, said = read(folder(about=about(**{key: value})))
    assert not said
    assert getattr(found, key) == value


WHOLE = "a column of whole numbers holds something else."
NAMES = "a column of names holds something else."


@pytest.mark.parametrize(
    ("changed", "fault"),
    [
        ({"person": "Anna"}, "it has other columns than ours."),
        ({"n": 6.0}, WHOLE),
        ({"start_year": None}, WHOLE),
        ({"stratum": 1}, NAMES),
        ({"sex": 1}, NAMES),
        ({"sex": "Anna"}, "an unknown sex."),
        ({"age_group": "7"}, "an unknown age group."),
        ({"rec_id": "Anna Ek"}, "an entry with another name than FMB gives."),
        ({"rows": [("all", "all", 20, 1, 7)]}, "a count is no multiple of 6."),
        ({"rows": [("all", "all", 20, 1, 0)]}, "a count is no multiple of 6."),
        ({"rows": [("degree", "50", 20, -1, -6)]}, "a count is no multiple of 6."),
        ({"rows": [("persons", "all", 20, 1, 6)]}, "1 unknown margins."),
        ({"rows": [("all", "all", 20, 6, 6)]}, "an unknown end reason."),
        ({"rows": [("all", "all", 20, -2, 6)]}, "an unknown end reason."),
        ({"rows": [("all", "all", 20, 1, 6)] * 2}, "a row that stands twice."),
    ],
)
def test_a_ledger_holds_what_ours_may(changed, fault):
    assert read(folder(ledger_frame(**changed))) == (None, [fault])


def test_a_column_that_is_missing_is_found():
    wanted = "it has other columns than ours."
    assert read(folder(ledger_frame().drop("n"))) == (None, [wanted])


@pytest.mark.parametrize(
    ("margin", "stratum"),
    [
        ("all", "Anna"),
        ("sex", "Anna"),
        ("county", "1"),
        ("code", "Anna"),
        ("month", "2017-13"),
        ("degree", "60"),
        ("own", "Anna"),
        ("gap_0", "women"),
    ],
)
def test_groups_have_the_names_of_their_margin(margin, stratum):
    wanted = f"a group of margin {margin} with another name than ours."
    assert read(folder(ledger_frame([(margin, stratum, 20, 1, 6)]))) == (None, [wanted])


@pytest.mark.parametrize(
    "row",
    [
        ("degree", "50", 20, -1, 0),
        ("county", "01", 20, 5, 6),
        ("county", "unknown", 20, 1, 6),
        ("code", "F320A", 20, 1, 6),
        ("month", "2017-12", 20, 1, 6),
        ("own", "Vårdcentral: Björken 2", 20, 1, 6),
        ("age", "60+", 20, 1, 6),
    ],
)
def test_groups_of_every_margin_are_taken(row):
    assert read(folder(ledger_frame([row])))[1] == []


def test_what_is_no_parquet_is_refused():
    found, (fault,) = read(folder(**{LEDGER: b"PAR1"}))
    assert found is None
    assert fault.startswith("it cannot be read (")
    assert read(folder(**{SIDECAR: b"{"})) == (None, ["it cannot be read (JSONDecodeError)."])


def test_the_dictionary_is_that_of_this_version_in_a_language_of_ours():
    assert read(folder(**{DICTIONARY: dictionary_csv("en").encode()}))[1] == []
    assert read(folder(**{DICTIONARY: b"what,key\n"}))[1] == ["not the dictionary of this version."]


@pytest.mark.parametrize("name", [LEDGER, SIDECAR])
def test_without_a_ledger_nothing_is_computed(name):
    held = folder()
    del held.files[name]
    assert read(held) == (None, ["no ledger to compute the numbers from."])


def test_each_look_and_each_fault_says_which_check_and_file_and_what_to_do():
    findings = Findings()
    read_ledger(folder(ledger_frame(sex="Anna")), findings)
    (one,) = findings.sorted()
    assert (one.check, one.file, one.where) == ("ledger", LEDGER, "")
    assert one.text() == f"{LEDGER}: an unknown sex. Make the folder again with fmbstats."
    assert findings.n_looks == {"ledger": 1}
