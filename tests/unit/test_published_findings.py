"""What published counts say is told in the forms of the yardstick, against the limits in force."""

from datetime import date
from pathlib import Path
from types import SimpleNamespace

import pytest

from fmbstats.pages.diagnosis.cases import Case, Cases
from fmbstats.pages.diagnosis.published import Finding, Published
from fmbstats.recommendations.yardstick import standing_day

DATA_RAW = Path(__file__).parents[2] / "data_raw"


@pytest.fixture(scope="module")
def source():
    """Försäkringskassan's bands of F32: (14, 29], (29, 89], (89, 179], (179, 364], above."""
    return Published.of(["F32"], DATA_RAW).main


def case(days, name=""):
    first = date(2015, 11, 15)
    return Case(name, "", days, "days", days, first, None, name, "2018-02")


def found(source, *days):
    return Finding.of(source, Cases(tuple(case(d, str(k)) for k, d in enumerate(days)), ()))


@pytest.mark.parametrize(
    ("days", "form", "is_reached"),
    [
        ((90,), "one", True),
        ((30, 90), "between", True),
        ((60, 90), "between", False),
        ((0, 90), "least", True),
        ((0, 60), "least", False),
        ((60, None), "most", False),
        ((0, None), "cannot", False),
        ((0,), "unseen", False),
        ((None,), "no_limit", False),
        ((0, 500), "cannot", False),  # somewhere in the open class: at least 0 says nothing
    ],
)
def test_forms(source, days, form, is_reached):
    answer = found(source, *days)
    assert (answer.form, answer.is_reached) == (form, is_reached)
    if form in ("most", "cannot", "no_limit", "unseen"):
        assert answer.low is None or form == "cannot"


def test_what_was_in_force_the_longest_stands_for_a_year():
    begun, withdrawn = date(2015, 11, 15), date(2017, 1, 30)
    late = (date(2017, 11, 1), date.max)
    assert standing_day([(begun, date.max), (begun, withdrawn)], 2017) == withdrawn
    assert standing_day([(begun, date.max), late], 2017) == date(2017, 1, 1)
    assert standing_day([(begun, date.max)], 2015) == begun
    assert standing_day([late], 2016) == date(2016, 12, 31)


def test_a_case_that_two_editions_hold_alike_is_one_to_a_reader():
    row = {
        "criteria": "work-related pain", "length_text": "Uppgift saknas", "number": None,
        "unit": None, "max_number": None, "max_unit": None, "limit_days": None,
        "valid_from": date(2015, 11, 15), "contradicts": None, "codes": ["M79"],
    }  # fmt: skip
    rows = [
        row | {"edition": "2016-09", "valid_to": date(2018, 2, 27)},
        row | {"edition": "2020-04", "valid_to": date(2262, 1, 1)},
    ]
    plain = [SimpleNamespace(**row) for row in rows]
    cases = Cases.of(SimpleNamespace(cases=plain), 2017)
    assert len(cases.now) == 1
    assert cases.before == ()
    assert cases.now[0].edition == "2020-04"
