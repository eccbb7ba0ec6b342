"""What limit a wording sets: the committed cases against a reading by hand, and invented wordings.

``case_readings.csv`` lists every distinct wording of the editions with the limit that a person
read in it; where a case's own sentence says more than its wording, the case is named.
"""

import csv
from pathlib import Path

import pytest

from fmbstats.sources.fmb.edition_tables import read_editions
from fmbstats.sources.fmb.reading import KINDS, read_limit

ROOT = Path(__file__).parents[3]
TABLE = ROOT / "tests" / "fixtures" / "fmb" / "case_readings.csv"
FACTS = (
    "max_number", "max_unit", "min_number", "min_unit", "limit_kind", "limit_reason",
    "is_doubtful", "contradicts",
)  # fmt: skip


@pytest.fixture(scope="module")
def by_hand():
    """Readings by wording and number, and those of single cases."""
    general, single = {}, {}
    with TABLE.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            facts = tuple(row[name] for name in FACTS)
            for case in row["cases"].split():
                single[case] = facts
            if not row["cases"]:
                general[row["length_text"], row["number"], row["unit"]] = facts
    return general, single


@pytest.fixture(scope="module")
def committed_cases():
    editions = read_editions(ROOT / "data_raw" / "fmb")
    return [(e.name, row) for e in editions for row in e.cases.iter_rows(named=True)]


def text(value):
    return "" if value is None else str(value).lower() if isinstance(value, bool) else str(value)


def test_every_case_of_every_edition_is_read_as_a_person_read_it(by_hand, committed_cases):
    general, single = by_hand
    used, differ = set(), []
    for edition, row in committed_cases:
        name = f"{edition}:{row['case_id']}"
        wording = (row["length_text"], text(row["number"]), text(row["unit"]))
        expected = single.get(name) or general[wording]
        used.add(name if name in single else wording)
        if expected != tuple(text(row[fact]) for fact in FACTS):
            differ.append(name)
    assert len(committed_cases) == 1459
    assert not differ
    assert used == general.keys() | single.keys()


def test_counts_of_an_independent_reading(committed_cases):
    """Another person counted 101 and 87 cases without upper limit, 27 and 25 with a minimum."""
    for edition, n_without, n_minimum in (("2020-04", 101, 27), ("2016-09", 87, 25)):
        rows = [row for name, row in committed_cases if name == edition]
        assert sum(row["max_number"] is None for row in rows) == n_without
        assert sum(row["min_number"] is not None for row in rows) == n_minimum
        if edition == "2020-04":
            assert sum(row["is_doubtful"] for row in rows) == 14
    old = [row for name, row in committed_cases if name == "2016-09"]
    assert sum(row["contradicts"] is not None for row in old) == 7
    assert sum(row["number"] is None and row["max_number"] is not None for row in old) == 11


NO = (None, None)


@pytest.mark.parametrize(
    ("wording", "stored", "most", "least", "kind", "reason"),
    [
        ("Upp till 3 veckor", (3, "wk"), (3, "wk"), NO, "maximum", None),
        ("Högst två månader", (2, "mo"), (2, "mo"), NO, "maximum", None),
        ("Inte längre än 6 veckor", (6, "wk"), (6, "wk"), NO, "maximum", None),
        ("sällan mer än en vecka", (1, "wk"), (1, "wk"), NO, "maximum", None),
        ("Upp till ett halvår", (6, "mo"), (6, "mo"), NO, "maximum", None),
        ("1,5 månader", (45, "d"), (45, "d"), NO, "maximum", None),
        ("2–3 månader", (3, "mo"), (3, "mo"), (2, "mo"), "maximum", None),
        ("14–30 dagar", (30, "d"), (30, "d"), (14, "d"), "maximum", None),
        ("4 veckor till 1 år", (12, "mo"), (12, "mo"), (4, "wk"), "maximum", None),
        ("Från 4 veckor till 3 månader", (3, "mo"), (3, "mo"), (4, "wk"), "maximum", None),
        ("Mellan 2 och 4 veckor", (4, "wk"), (4, "wk"), (2, "wk"), "maximum", None),
        ("mer än 2 veckor, ibland upp till 5 veckor", (2, "wk"), (5, "wk"), (2, "wk"), "maximum",
         None),
        ("Sammanlagt 12 veckor", (12, "wk"), (12, "wk"), NO, "maximum", None),
        ("Ytterligare 4 veckor, sammanlagt högst 12 veckor", (4, "wk"), (12, "wk"), NO, "maximum",
         None),
        ("Ingen sjukskrivning", (0, "d"), (0, "d"), NO, "none", None),
        ("Sätter inte ned arbetsförmågan", (0, "d"), (0, "d"), NO, "none", None),
        ("Ingen sjukskrivning eller upp till 2 veckor", (2, "wk"), (2, "wk"), NO, "maximum", None),
        ("Mer än 3 månader", (3, "mo"), NO, (3, "mo"), "open_ended", "longer_than"),
        ("Minst 6 veckor", (6, "wk"), NO, (6, "wk"), "open_ended", "longer_than"),
        ("Längre tid än 4 veckor", (4, "wk"), NO, (4, "wk"), "open_ended", "longer_than"),
        ("4 till 8 veckor eller längre", (8, "wk"), NO, (4, "wk"), "open_ended", "or_longer"),
        ("Upp till 8 veckor eller längre", (8, "wk"), NO, NO, "open_ended", "or_longer"),
        ("Upp till sex månader men kan bli längre", (6, "mo"), NO, NO, "open_ended", "or_longer"),
        ("Tills vidare", NO, NO, NO, "open_ended", "until_further"),
        ("Ytterligare 2 veckor", (2, "wk"), NO, NO, "additional", "on_top"),
        ("6 veckor efter gipstiden", (6, "wk"), NO, NO, "additional", "on_top"),
        ("Efter gipstiden upp till 6 veckor", (6, "wk"), NO, NO, "additional", "on_top"),
        ("8 veckor eller till operation", (8, "wk"), NO, NO, "event_bound", "operation"),
        ("Fram till förlossningen", NO, NO, NO, "event_bound", "delivery"),
        ("Under behandlingen", NO, NO, NO, "event_bound", "treatment"),
        ("Under behandlingen, upp till 6 månader", (6, "mo"), (6, "mo"), NO, "maximum", None),
        ("Livet ut", NO, NO, NO, "permanent", "permanent"),
        ("Individuell bedömning", NO, NO, NO, "individual", "individual"),
        ("Symtomberoende", NO, NO, NO, "individual", "symptoms"),
        ("Uppgift saknas", NO, NO, NO, "not_given", "not_given"),
        ("Kan behövas länge", NO, NO, NO, "vague", "vague"),
    ],
)  # fmt: skip
def test_a_wording(wording, stored, most, least, kind, reason):
    found = read_limit(wording, None, *stored)
    assert (found.max_number, found.max_unit) == most
    assert (found.min_number, found.min_unit) == least
    assert (found.limit_kind, found.limit_reason) == (kind, reason)
    assert found.limit_kind in KINDS


def test_the_wording_rules_over_the_number():
    found = read_limit("Upp till 6 månader", "Sjukskrivning upp till 6 månader.", 3, "mo")
    assert (found.max_number, found.max_unit, found.contradicts) == (6, "mo", "text")


@pytest.mark.parametrize(
    "sentence",
    [
        "Sjukskrivning i minst 8 veckor rekommenderas.",
        "Sjukskrivning upp till 8 veckor på heltid, eller längre i väntan på åtgärder.",
        "Sjukskrivning upp till 8 veckor eller till operation.",
    ],
)
def test_a_sentence_can_lift_the_limit_of_a_wording_and_that_is_doubtful(sentence):
    found = read_limit("Upp till 8 veckor", sentence, 8, "wk")
    assert not found.has_limit
    assert found.is_doubtful
    assert found.contradicts == "sentence"


@pytest.mark.parametrize(
    ("wording", "is_doubtful"),
    [
        ("Några veckor", True),
        ("Några dagar eller veckor", True),
        ("Några dagar till månader", True),
        ("Kortare eller längre tid", False),
    ],
)
def test_a_length_without_a_number_is_doubtful(wording, is_doubtful):
    found = read_limit(wording, None, None, None)
    assert (found.limit_kind, found.is_doubtful) == ("vague", is_doubtful)


def test_a_sentence_gives_the_lower_end_of_a_range_that_ends_alike():
    found = read_limit("Upp till 8 veckor", "Sjukskrivning 6–8 veckor.", 8, "wk")
    assert (found.min_number, found.max_number) == (6, 8)
    assert (
        read_limit("Upp till 8 veckor", "Sedan 2–3 veckor på deltid.", 8, "wk").min_number is None
    )


def test_a_shared_text_is_asked_only_about_its_own_case():
    shared = "Vid lätta besvär ingen sjukskrivning. Vid svåra besvär och feber upp till 3 veckor."
    assert read_limit("Svåra besvär och feber", None, None, None, shared).max_number == 3
    assert read_limit("Lätta besvär alltså", None, None, None, shared).limit_kind == "vague"
    assert read_limit("Uppgift saknas", None, None, None, shared).limit_kind == "not_given"


def test_a_number_without_any_wording_is_a_maximum():
    assert read_limit(None, None, 5, "wk").max_number == 5
