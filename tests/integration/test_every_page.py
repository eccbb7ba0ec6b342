"""All pages of a year: one label has one number, and the words follow the four forms."""

import re
from collections import defaultdict

import lxml.html
import pytest

from tests.tables_of import measured_rows, told_rows

pytestmark = pytest.mark.slow

LOWER, UPPER = "share_over_longest", "share_over_shortest"
#: What a number is about; its part and page are where it is told.
ABOUT = (
    "rec_id", "dx", "by", "stratum", "label", "metric", "limit_days", "day", "start_year",
    "data_vintage",
)  # fmt: skip
AT_LEAST = re.compile(r"\b[Mm]inst\b[^.]{0,60}\blängre än rekommenderat")
AT_MOST = re.compile(r"\b[Hh]ögst\b[^.]{0,60}\blängre än rekommenderat")


@pytest.fixture(scope="module")
def folder(run_main, data_raw, small_store, shared_folder):
    """The reports of all entries, with index, overview and the other pages of a year."""

    def run(to):
        given = ["--to", to, "--store", small_store, "--data", data_raw, "--jobs", 2]
        assert run_main("report", "--year", "2017", *given) == 0

    return shared_folder("every-page", run) / "2017"


@pytest.fixture(scope="module")
def rows(folder):
    return [*told_rows(folder), *measured_rows(folder)]


def test_every_entry_has_its_page(folder, rows):
    assert len(list(folder.glob("*.html"))) >= 117
    assert len({row["slug"] for row in rows}) >= 116


def test_no_number_stands_twice_with_other_values_under_one_label(rows):
    found = defaultdict(set)
    for row in rows:
        # The index tells of every entry under its own name alone.
        if row["estimate"] and (row["rec_id"] or row["dx"]):
            found[tuple(row[name] for name in ABOUT)].add(round(float(row["estimate"]), 9))
    assert len(found) > 5000
    assert {about: values for about, values in found.items() if len(values) > 1} == {}


def bounds(rows):
    """Page -> lower and upper bound of all spells (None: not told), and the lower one's flags."""
    found = defaultdict(dict)
    for row in rows:
        if not row["part"] and row["by"] == "all" and row["metric"] in (LOWER, UPPER):
            value = float(row["estimate"]) if row["estimate"] else None
            found[row["slug"]][row["metric"]] = (value, row["flags"].split())
    return {slug: own for slug, own in found.items() if len(own) == 2}


def test_the_words_of_every_page_follow_the_forms(folder, rows):
    known = bounds(rows)
    n_open = n_least = 0
    for page in sorted(folder.glob("*.html")):
        text = " ".join(lxml.html.parse(page).getroot().text_content().split())
        # A share is one of spells, never of a length.
        assert not re.search(r"\bvarade [\d,]+\s*% längre", text), page.name
        if page.stem not in known:
            continue
        low, flags = known[page.stem][LOWER]
        high, _ = known[page.stem][UPPER]
        if "case_without_limit" in flags and not low:
            n_open += 1
            assert not AT_LEAST.search(text), page.name
        elif low and high is None and "case_without_limit" not in flags:
            n_least += 1
            assert AT_LEAST.search(text), page.name
            assert not AT_MOST.search(text), page.name
    assert n_open > 5
    assert n_least > 5


def test_the_index_and_the_overview_tell_the_bounds_of_the_pages(folder, rows):
    by_id = {row["row"]: row for row in rows if row["row"]}
    known = bounds(rows)
    n_same = 0
    for name in ("index.html", "overview.html"):
        if not (folder / name).exists():
            continue
        for data in lxml.html.parse(folder / name).getroot().xpath("//data[@data-row]"):
            row = by_id[data.get("data-row")]
            own = known.get(row["slug"], {}).get(row["metric"])
            if row["by"] == "all" and own is not None and own[0] is not None and row["estimate"]:
                assert float(row["estimate"]) == pytest.approx(own[0], abs=1e-9)
                n_same += 1
    assert n_same > 5 or not known


def test_every_page_with_a_curve_says_that_ended_is_not_recovered(folder):
    n_curves = 0
    for page in sorted(folder.glob("*.html")):
        root = lxml.html.parse(page).getroot()
        figures = {figure.get("id"): figure for figure in root.iter("figure")}
        if "fig-curve" not in figures:
            continue
        shown = figures.get("fig-ends", figures["fig-curve"])
        assert "Avslutad är inte detsamma som frisk." in shown.text_content(), page.name
        n_curves += 1
    assert n_curves  # of few spells chance says whether any diagnosis has a course by reason
