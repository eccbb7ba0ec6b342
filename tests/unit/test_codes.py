"""ICD-10-SE codes: what is taken, what is refused, and how codes relate."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fmbstats import codes
from fmbstats.errors import UserError


@pytest.mark.parametrize(
    ("given_code", "expected"),
    [
        ("F32", "F32"),
        ("f43.8 a", "F438A"),
        (" m54.5\n", "M545"),
        ("M65.9B", "M659B"),
        ("A17.0†", "A170"),
        ("G01*", "G01"),
        ("F\u00a032", "F32"),
    ],
)
def test_normalise_takes_the_spellings_of_registers(given_code, expected):
    assert codes.normalise(given_code) == expected


@pytest.mark.parametrize("wrong", ["", "F3", "32F", "F32ABCD", "F3A", "ÅÄÖ", "F32;DROP", "../x"])
def test_normalise_refuses_what_cannot_be_a_code(wrong):
    with pytest.raises(codes.CodeError) as caught:
        codes.normalise(wrong)
    assert str(caught.value) == (
        f"{wrong!r} is not an ICD-10-SE code: expected a letter, two digits and up to three "
        "further letters or digits, such as F32, F43.8A or M545."
    )
    assert not codes.is_code(wrong)


def test_a_malformed_code_is_wrong_usage_and_a_value_error():
    assert issubclass(codes.CodeError, UserError)
    assert issubclass(codes.CodeError, ValueError)
    assert codes.CodeError.exit_code == 2


def test_parents_are_the_order_of_look_up_and_never_under_three():
    assert codes.parents("F43.8A") == ("F438A", "F438", "F43")
    assert codes.parents("S83") == ("S83",)


@pytest.mark.parametrize(
    ("code", "chapter"),
    [("A00", "A00-B99"), ("D48.9", "C00-D48"), ("D50", "D50-D89"), ("H60", "H60-H95"),
     ("T98", "S00-T98"), ("Y98", "V01-Y98"), ("U071", "U00-U99")],
)  # fmt: skip
def test_chapter_by_its_bounds(code, chapter):
    assert codes.chapter(code) == chapter


def test_a_code_between_the_chapters_has_none():
    with pytest.raises(codes.CodeError, match="lies in no chapter"):
        codes.chapter("D49")


@given(st.from_regex(codes.CODE_PATTERN, fullmatch=True))
def test_dotted_and_normalised_are_each_others_inverse(code):
    assert codes.normalise(codes.dotted(code)) == code
    assert all(code.startswith(parent) for parent in codes.parents(code))
    assert codes.parents(code)[-1] == codes.category(code)


@given(st.text(max_size=12))
def test_normalise_gives_a_code_or_a_user_error(text):
    try:
        assert codes.CODE_PATTERN.fullmatch(codes.normalise(text))
    except codes.CodeError:
        assert not codes.is_code(text)
