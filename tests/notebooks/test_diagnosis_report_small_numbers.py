"""Nothing that leaves the house tells of fewer than five, not even by subtraction."""

from __future__ import annotations

import io
import itertools
import json

import numpy as np
import pandas as pd
import pytest

from fmbstats.batch.yearly import measures_csv
from fmbstats.diagnosis import open_store
from fmbstats.diagnosis.comparing import regions_of
from fmbstats.disclosure import audit
from fmbstats.disclosure.tables import LinkedTables
from fmbstats.disclosure.values import Protected, Rules
from fmbstats.overview import Overview
from fmbstats.pages.blocks import VALUES_MIME
from fmbstats.pages.diagnosis_report import DiagnosisReport
from fmbstats.results import INTERNAL, Release
from fmbstats.results.groups import complemented, partition_kinds
from fmbstats.results.numbers import joined_numbers

THRESHOLD = 5
RELEASE = Release(Rules(threshold=THRESHOLD))
COUNTS = ("Sjukfall", "Avslutade", "Kvar i sjukskrivning", "Avslutade sjukfall")
FEW = {str(n) for n in range(1, THRESHOLD)}
GROUPS = ("sex", "age", "county")
# A column of counts, and rows of the boxes whose value is a count.
COUNT_ROWS = ("Sjukfall", "därav", "– därav", "Avslutade", "Utanför")


@pytest.fixture(scope="module")
def opened(tiny_store):
    with open_store(tiny_store) as store:
        yield store


@pytest.fixture(scope="module")
def tables(opened):
    """Return adherence.csv before and after protection."""
    exact = Overview.of(opened, year=2017, release=INTERNAL).all_measures()
    overview = Overview.of(opened, year=2017, release=RELEASE)
    shown = pd.read_csv(io.StringIO(measures_csv(overview)), dtype={"stratum": str, "rec_id": str})
    exact["rec_id"] = exact["rec_id"].astype(str)
    return exact.reset_index(drop=True), shown


@pytest.fixture(scope="module")
def pages(opened, read_page):
    """Return some reports: the largest entries, and some with few spells or none."""
    n = opened.n_spells(2017)
    by_size = sorted(opened.entry_table["entry_id"], key=lambda e: n.get(e, 0))
    chosen = [*by_size[::20], *by_size[-2:]]
    out = {}
    for entry in chosen:
        diagnosis = opened.diagnosis(entry, year=2017).with_settings(release=RELEASE)
        sections = DiagnosisReport(diagnosis, "sv").sections()
        out[diagnosis] = read_page("".join(s._repr_html_() for s in sections))
    return out


def test_the_store_is_small_enough_to_test_anything(tables):
    exact, shown = tables
    is_few = exact["n_spells"].between(1, THRESHOLD - 1)
    assert is_few.mean() > 0.2
    assert shown["estimate"].notna().mean() > 0.02


def test_adherence_csv_shows_no_small_count(tables):
    _, shown = tables
    for name in ("n_spells", "n_events", "n_at_risk_at_r"):
        assert not shown[name].between(0.5, THRESHOLD - 0.5).any(), name
    counts = shown[shown["metric"].isin(["n_spells", "n_events"])]["estimate"]
    assert not counts.between(0.5, THRESHOLD - 0.5).any()


def test_no_two_counts_of_a_row_differ_by_few(tables):
    _, shown = tables
    for first, second in itertools.combinations(["n_spells", "n_events", "n_at_risk_at_r"], 2):
        between = (shown[first] - shown[second]).abs()
        if "n_at_risk_at_r" in (first, second) and "n_events" in (first, second):
            continue  # at risk and ended are not parts of each other
        assert not between.between(0.5, THRESHOLD - 0.5).any(), (first, second)


@pytest.mark.parametrize("by", GROUPS)
def test_counts_by_group_withstand_an_attack_with_the_total(by, tables):
    exact, shown = tables
    totals = _sizes(shown, "all")
    n_hidden = 0
    for entry, group in _sizes(exact, by).groupby("rec_id"):
        total = totals[totals["rec_id"] == entry].iloc[0]
        if np.isnan(total["n_spells"]):
            continue
        published = _sizes(shown, by).set_index(["rec_id", "stratum"]).loc[entry]
        counts = group.set_index("stratum")["n_spells"].astype(int)
        frame = pd.DataFrame({"group": counts.index, "n": counts.to_numpy()})
        linked = LinkedTables.of([frame])
        values = [
            int(total["n_spells"]) if not cell else _published(published.loc[dict(cell)["group"]])
            for cell in linked.cells
        ]
        n_hidden += sum(isinstance(v, Protected) for v in values)
        assert audit(linked, values) == [], (entry, values)
    assert n_hidden > 20


def _sizes(frame, by):
    rows = frame[(frame["by"] == by) & (frame["metric"] == "n_spells")]
    return rows[["rec_id", "stratum", "n_spells", "flags"]]


def _published(row):
    if np.isnan(row["n_spells"]):
        return Protected(THRESHOLD, row["flags"])
    return int(row["n_spells"])


@pytest.mark.parametrize("by", GROUPS)
def test_hidden_shares_cannot_be_worked_out_from_the_whole(by, tables):
    exact, shown = tables
    key = ["rec_id", "metric"]
    shown = shown.assign(exact=exact["estimate"], n_exact=exact["n_spells"])
    shares = shown[shown["metric"].str.startswith("share_")]
    known = shares[(shares["by"] == "all") & shares["estimate"].notna()].set_index(key).index
    n_attacked = 0
    for name, group in shares[shares["by"] == by].groupby(key):
        group = group[(group["n_exact"] > 0) & group["exact"].notna()]
        hidden = group[group["estimate"].isna()]
        if name not in known or hidden.empty or hidden["exact"].isna().any():
            continue
        n_attacked += 1
        over = (hidden["exact"] * hidden["n_exact"]).sum()
        within = ((1 - hidden["exact"]) * hidden["n_exact"]).sum()
        assert len(hidden) > 1, (name, group)
        is_all = len(hidden) == len(group)
        assert is_all or min(over, within) > THRESHOLD - 0.5, (name, group)
    assert n_attacked > 3


def test_a_share_shown_has_enough_on_either_side(tables):
    exact, shown = tables
    is_share = shown["metric"].str.startswith(("share_over", "share_within"))
    part = shown[is_share & shown["estimate"].notna()]
    n = exact.loc[part.index, "n_spells"]
    side = np.minimum(part["estimate"], 1 - part["estimate"]) * n
    assert (side.round() >= THRESHOLD).all()


def test_days_over_a_limit_are_not_told_when_few_are_over_it(tables):
    exact, shown = tables
    over = exact[exact["metric"] == "share_over_longest"]
    n_over = (over["estimate"] * over["n_spells"]).round()
    days = shown.iloc[over.index + 4]
    assert set(days["metric"]) == {"excess_days_longest"}
    assert days[(n_over < THRESHOLD).to_numpy()]["estimate"].isna().all()


def test_no_table_of_a_page_shows_a_small_count(pages):
    n_seen = 0
    for diagnosis, page in pages.items():
        for table in page.tables:
            if table.section in ("published", "recommendation", "provenance"):
                continue
            places = [k for k, head in enumerate(table.head) if head in COUNTS]
            for row in table.rows:
                cells = [row[k] for k in places]
                cells += row[1:2] if row[0].startswith(COUNT_ROWS) else []
                n_seen += len(cells)
                assert not set(cells) & FEW, (diagnosis.title, table.caption, row)
    assert n_seen > 60


def test_no_curve_is_drawn_from_fewer_than_100_spells(pages, opened):
    n = opened.n_spells(2017)
    drawn = {
        diagnosis.key for diagnosis, page in pages.items()
        if any("Kurva över andelen" in image["alt"] for image in page.images)
    }  # fmt: skip
    assert all(n[key] >= 100 for key in drawn)
    small = [d for d in pages if n.get(d.key, 0) < 100]
    assert small
    for diagnosis in small:
        assert "Ingen kurva visas" in pages[diagnosis].text_of("curve") or not n.get(diagnosis.key)


def test_one_sex_has_no_curve_when_the_others_may_not_be_drawn(opened):
    shown = 0
    n = opened.n_spells(2017)
    largest = sorted(opened.entry_table["entry_id"], key=lambda entry: -n.get(entry, 0))[:12]
    for entry in largest:
        diagnosis = opened.diagnosis(entry, year=2017)
        sizes = [n for n in diagnosis.adherence(by="sex").frame["n_spells"].unique() if n]
        curves = diagnosis.with_settings(release=RELEASE).curve(by="sex").curves
        assert len(curves) in (0, len(sizes))
        shown += bool(curves)
        assert not curves or min(sizes) >= 100
    assert shown < len(largest)


def test_bars_and_degrees_by_day_come_from_rounded_counts(small_store):
    with open_store(small_store) as store:
        diagnosis = store.diagnosis("depressiv-episod", year=2017).with_settings(release=RELEASE)
        steering, degrees = diagnosis.steering(), diagnosis.degrees()
        _, observed, _ = steering.days()
        assert set(np.unique(observed % 6)) <= {0, 3}
        assert observed.max() > 0
        for share in degrees.share.values():
            counts = share * degrees.n_on_leave
            assert np.allclose(np.where(counts > 0, counts % 6, 3), 3)
        assert degrees.n_on_leave.min() >= 60


def test_assumptions_that_change_few_spells_are_hidden(opened):
    for entry in opened.entry_table["entry_id"][::15]:
        exact = opened.diagnosis(entry, year=2017)
        if not exact.counts().n_spells:
            continue
        shown = exact.with_settings(release=RELEASE).sensitivity().frame
        n = exact.sensitivity().frame["n_spells"]
        few = (n - n.iloc[0]).abs().between(1, THRESHOLD - 1)
        assert shown[few.to_numpy()]["n_spells"].isna().all()


@pytest.mark.parametrize("threshold", [3, 5, 10])
def test_partitions_withstand_the_attacker(threshold):
    draw = np.random.default_rng(threshold)
    sizes = [0, 1, 2, 3, 4, 5, 6, 7, 9, 12, 30, 200]
    n_attacked = 0
    for _ in range(60):
        counts = draw.choice(sizes, size=draw.integers(2, 7))
        kinds = partition_kinds(counts, threshold)
        if counts.sum() < threshold:
            assert set(kinds) <= {"withheld", ""}
            continue
        groups = [f"g{k}" for k in range(len(counts))]
        linked = LinkedTables.of([pd.DataFrame({"group": groups, "n": counts})])
        shown = {
            name: Protected(threshold, kind) if kind else int(n)
            for name, n, kind in zip(groups, counts, kinds, strict=True)
        }
        values = [shown[dict(c)["group"]] if c else int(counts.sum()) for c in linked.cells]
        assert audit(linked, values) == [], (counts, kinds)
        n_attacked += any(kinds)
    assert n_attacked > 20


def test_groups_hidden_together_tell_of_enough_on_either_side():
    share, n = [0.5, 0.1, 0.9, 0.4], [10, 10, 20, 300]
    hidden = complemented(share, n, np.array(["", "withheld", "", ""], dtype=object), 5)
    assert hidden.tolist() == ["withheld", "withheld", "", ""]


@pytest.mark.slow
def test_executed_notebooks_hold_what_the_pages_show_and_no_more(
    make_reports, tiny_store, read_page
):
    folder = make_reports("tiny", tiny_store, only="F32,C77,G47.3")
    notebooks = sorted((folder / "notebooks").glob("*.ipynb"))
    assert len(notebooks) >= 3
    for path in notebooks:
        book = json.loads(path.read_text())
        for cell in book["cells"]:
            for output in cell.get("outputs", ()):
                assert output["output_type"] in ("execute_result", "display_data")
                assert set(output["data"]) <= {"text/html", "text/plain", VALUES_MIME}
                if lines := output["data"].get(VALUES_MIME):
                    assert not _tells_of_few(pd.read_csv(io.StringIO("\n".join(lines))))
                html = "".join(output["data"].get("text/html", ""))
                for table in read_page(html).tables:
                    places = [k for k, head in enumerate(table.head) if head in COUNTS]
                    if table.section != "published":
                        assert not {row[k] for row in table.rows for k in places} & FEW


# Numbers of things that are no spells.
NO_SPELLS = (
    "n_groups",
    "n_groups_absent",
    "n_points",
    "n_limits",
    "n_duplicates",
    "n_rejected",
    "n_excluded",
)


PUBLISHED_BY = ("source", "band")


def _tells_of_few(values):
    """Whether rows of the table show a count of spells from 1 to below the threshold."""
    own = values[~values["by"].isin(PUBLISHED_BY)]
    counts = own["metric"].str.startswith("n_") & ~own["metric"].isin(NO_SPELLS)
    columns = ["estimate", "n_spells", "n_at_risk_at_r"]
    told = own.reindex(columns=columns).astype(float)
    told["estimate"] = told["estimate"].where(counts)
    shown = told.to_numpy()
    return bool(((shown > 0) & (shown < THRESHOLD)).any())


def test_rows_for_the_table_hide_what_the_page_hides(opened):
    """What a report hands on beside its page is protected like the page itself."""
    n = opened.n_spells(2017)
    by_size = sorted(opened.entry_table["entry_id"], key=lambda e: n.get(e, 0))
    n_hidden = 0
    for entry in [*by_size[::9], *by_size[-3:]]:
        diagnosis = opened.diagnosis(entry, year=2017).with_settings(release=RELEASE)
        values = joined_numbers(s.values for s in DiagnosisReport(diagnosis, "sv").sections())
        own = values[~values["by"].isin(PUBLISHED_BY)]
        hides = own["flags"].str.contains("suppressed|complementary|withheld")
        told = own.reindex(columns=["estimate", "lo", "hi"])
        assert told[hides].isna().all(axis=None)
        assert not _tells_of_few(own), entry
        n_hidden += int(hides.sum())
    assert n_hidden > 20


def _between(shown, first, second):
    """Return the spells between two shares of the same group, where both are shown."""
    keys = ["rec_id", "by", "stratum"]
    by_metric = shown.pivot_table(index=keys, columns="metric", values="estimate", aggfunc="first")
    n = shown.groupby(keys)["n_spells"].first().reindex(by_metric.index)
    return ((by_metric[first] - by_metric[second]) * n).abs().dropna()


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("share_over_shortest", "share_over_longest"),
        ("share_over_longest_day_before", "share_over_longest"),
        ("share_over_shortest_day_before", "share_over_shortest"),
    ],
)
def test_two_shares_of_a_group_do_not_tell_of_few_between_them(first, second, tables):
    exact, shown = tables
    told = _between(shown, first, second)
    before = _between(exact, first, second)
    assert before.between(0.5, THRESHOLD - 0.01).any()
    assert not told.between(0.01, THRESHOLD - 0.01).any()


def test_a_share_of_nearly_five_spells_is_one_of_fewer():
    frame = pd.DataFrame(
        {
            "n_spells": [40, 40, 40],
            "share": [4.71 / 40, 5 / 40, 35.2 / 40],
            "lo": 0.0,
            "hi": 1.0,
            "variance": 0.01,
            "flags": "",
        }
    )
    assert RELEASE.shares(frame)["flags"].tolist() == ["withheld", "", "withheld"]


def test_a_ratio_of_ends_does_not_tell_of_few_ongoing(small_store):
    n_shown = n_hidden = 0
    with open_store(small_store) as store:
        for entry in store.entry_table["entry_id"][::3]:
            diagnosis = store.diagnosis(entry, year=2017)
            found = regions_of(diagnosis.with_settings(release=RELEASE), 60)
            if found is None:
                continue
            rows = diagnosis.rows("county")
            rows = rows[rows["duration_day"] > diagnosis.entry_day]
            counts = rows["n"].where(rows["end_reason"] == 0, 0)
            ongoing = counts.groupby(rows["county_code"].astype(str)).sum()
            shown = found.frame.set_index("stratum")["ratio"].notna()
            assert not (shown & ongoing.between(1, THRESHOLD - 1)).any(), diagnosis.title
            hidden = ongoing[~ongoing.index.isin(shown[shown].index)]
            if 0 < ongoing.sum() < THRESHOLD:  # The whole's number is not shown either.
                assert not shown.any(), diagnosis.title
            elif hidden.sum():
                # Not told by subtraction: two counties or more.
                assert (hidden > 0).sum() > 1, diagnosis.title
            n_shown, n_hidden = n_shown + int(shown.sum()), n_hidden + int((~shown).sum())
    assert n_shown > 0
    assert n_hidden > 0
