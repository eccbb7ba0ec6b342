"""Numbers of a page are read as a reader reads them, and found in the rows or named."""

import pandas as pd
import pytest

from fmbstats.gate.page_reading import claims_of, read_pieces
from fmbstats.gate.tracing import n_traced, rows_of, untraced
from fmbstats.results.numbers import numbers, value_row

NBSP = "\N{NO-BREAK SPACE}"


def rows():
    """Women and men with a share each, and a curve on two days."""
    found = [
        value_row(
            "share_over_longest",
            share,
            lo=lo,
            hi=hi,
            n_spells=n,
            by="sex",
            stratum=who,
            part="sex",
            day=90,
        )
        for who, share, lo, hi, n in (
            ("women", 0.2994, 0.2854, 0.3105, 5109),
            ("men", 0.4021, 0.3840, 0.4204, 2473),
        )
    ]
    found.append(value_row("n_spells", 7582, part="measures", n_spells=7582))
    found.append(value_row("difference_share_over_limit", -0.0041, part="sex", lo=-0.02, hi=0.012))
    found.append(value_row("limit", 28, part="case", label="Upp till 4 veckor", stratum="x"))
    return numbers(found).assign(slug="a", rec_id="1")


def page(cells="", text="", section="sex"):
    body = "".join("<tr>" + "".join(f"<td>{c}</td>" for c in row) + "</tr>" for row in cells)
    return (
        f'<html lang="sv"><body><section id="{section}"><p>{text}</p>'
        f"<table><thead><tr><th>A</th></tr></thead><tbody>{body}</tbody></table></section>"
    )


WOMEN = (f"5{NBSP}109", f"29,9{NBSP}% (28,5–31,1{NBSP}%)")
MEN = (f"2{NBSP}473", f"40,2{NBSP}% (38,4–42,0{NBSP}%)")


def said(html):
    return [found.number for found in untraced(html, rows())]


def test_numbers_of_a_row_are_found_in_one_group():
    assert said(page([WOMEN, MEN])) == []
    assert n_traced(page([WOMEN, MEN]), rows()) == 8


@pytest.mark.parametrize("k", [0, 2, 4])
def test_one_changed_digit_is_refused(k):
    share = list(WOMEN[1])
    place = [i for i, sign in enumerate(share) if sign.isdigit()][k]
    share[place] = "7"
    assert said(page([(WOMEN[0], "".join(share))])) == ["".join(share)]


def test_a_right_number_in_the_wrong_row_is_refused():
    assert len(said(page([(WOMEN[0], MEN[1])]))) == 1


def test_a_number_of_another_part_is_refused():
    assert said(page([WOMEN], section="age"))


def test_limits_belong_to_their_estimate():
    assert said(page([(f"29,9{NBSP}% (38,4–42,0{NBSP}%)",)]))


def test_a_share_is_no_count_and_a_count_no_share():
    assert said(page([("29,94",)])) == ["29,94"]
    assert said(page([(f"5{NBSP}109{NBSP}%",)]))


def test_differences_stand_in_points_with_or_without_their_sign():
    assert said(page(text=f"en minskning med 0,4{NBSP}procentenheter")) == []
    assert said(page([("−0,4 (−2,0 till +1,2)",)])) == []
    assert said(page([("−0,5 (−2,0 till +1,2)",)])) != []


def test_a_sentence_may_say_how_many_spells_there_are():
    assert said(page(text=f"{7}{NBSP}582 sjukfall, följda till och med 25 juni 2019.")) == []
    assert said(page(text=f"7{NBSP}583 sjukfall")) == [f"7{NBSP}583"]


def test_names_that_the_rows_hold_are_no_numbers():
    html = page([("Upp till 4 veckor", "28")], section="case")
    assert said(html) == []
    assert said(page([("Upp till 5 veckor", "28")], section="case")) == ["5"]


@pytest.mark.parametrize(
    "text",
    [
        "25 juni 2019 2017-10 2017-10-02 2017",
        "F32, F43.8A, M54.5, F00-F99, b152, d850, b3, ICD-10-SE",
        "fmbstats 0.1.0 74596120b1d9052b",
        "med 95-procentigt konfidensintervall, 95 % konfidensintervall",
        "Solid limits: 95 and 99.8% of chance; 95% confidence interval; 95 per cent confidence",
        "q under 0,05; q below 0.05",
    ],
)
def test_the_closed_list_holds_what_is_no_result(text):
    assert [c for language in ("sv", "en") for c in claims_of(text, language)] == []


@pytest.mark.parametrize(
    "text", ["95 % av sjukfallen", "2 017 sjukfall", "2017 %", "0,05", "5", "12 345", "F 32", "b 1"]
)
def test_the_closed_list_holds_nothing_else(text):
    assert claims_of(text.replace(" ", NBSP), "sv")


def test_a_limit_that_is_not_reached_is_no_number():
    (claim,) = claims_of("93 (90 – ej uppnådd)", "sv")
    assert [n and n.value for n in claim.numbers] == [93, 90, None]


def test_pieces_are_rows_heads_texts_and_alternative_texts():
    language, pieces = read_pieces(
        '<html lang="en"><style>p {width: 12px}</style><section id="a"><h2>One 1</h2>'
        '<figure><img alt="Alt 2"><figcaption>Cap 3</figcaption></figure>'
        "<table><caption>T 4</caption><thead><tr><th>Day 5</th></tr></thead>"
        "<tbody><tr><th>6</th><td>7 <span>(8)</span></td></tr></tbody></table></section>"
        "<footer>9</footer></html>"
    )
    assert language == "en"
    assert [(p.section, p.kind, p.texts) for p in pieces] == [
        ("a", "text", ("One 1",)),
        ("a", "alt", ("Alt 2",)),
        ("a", "text", ("Cap 3",)),
        ("a", "text", ("T 4",)),
        ("a", "head", ("Day 5",)),
        ("a", "row", ("6", "7 (8)")),
        ("", "text", ("9",)),
    ]


def test_the_overview_takes_the_measures_of_all_entries():
    table = pd.DataFrame(
        {
            "slug": ["overview", "a", "a", "a"],
            "part": ["change", "measures", "sex", "curve"],
            "by": ["entry", "all", "sex", "all"],
        }
    )
    assert rows_of(table, "overview")["part"].tolist() == ["change", "measures"]
    assert len(rows_of(table, "a")) == 3
