"""`fmbstats evaluate` says in a sentence why it cannot answer, and answers where it can."""

import pytest

from fmbstats.cli import main
from fmbstats.synth import rollout_dates


@pytest.fixture
def ask(store, capfd):
    """Run `fmbstats evaluate` on a small store; gives exit code and what was said."""

    def run(*arguments):
        code = main(["evaluate", *arguments, "--store", str(store)])
        said = capfd.readouterr()
        return code, said.out + said.err

    return run


@pytest.fixture
def dates_file(tmp_path):
    def write(**changes):
        dates = {county: str(day) for county, day in rollout_dates().items()} | changes
        path = tmp_path / "dates.csv"
        rows = "".join(f"{c},{d}\n" for c, d in dates.items() if d is not None)
        path.write_text("county_code,first_date\n" + rows)
        return str(path)

    return write


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (
            ("revision", "F32", "--date", "2016-05-01"),
            "Depressiv episod: the recommendation was not revised on 2016-05-01. Days on which it "
            "was: 2017-01-30.",
        ),
        (
            ("revisions", "--edition", "1999-01"),
            "Edition 1999-01 is unknown or brought no revision.",
        ),
        (("revision", "F32", "--date", "2017-01-30"), "at least 12 on each side are needed."),
    ],
)
def test_a_revision_that_cannot_be_evaluated_is_refused_in_words(ask, arguments, said):
    code, text = ask(*arguments)
    assert code == 19
    assert said in text
    assert "%" not in text


@pytest.mark.parametrize(
    ("changes", "code", "said"),
    [
        ({"01": None}, 19, "No date for county 01: counties that never adopt cannot be told from"),
        ({"01": "2031-01-01"}, 19, "County 01 adopts on 2031-01-01, outside the register's"),
        ({"01": "spring"}, 11, "first_date: 'spring' is no date such as 2017-03-01."),
        (
            dict.fromkeys(rollout_dates(), "2017-03-01"),
            19,
            "All counties adopt in the same quarter: none is left to compare with.",
        ),
        ({}, 19, "the register is too small for this design."),
    ],
)
def test_a_rollout_that_cannot_be_evaluated_is_refused_in_words(
    ask, dates_file, changes, code, said
):
    found, text = ask("rollout", "--dates", dates_file(**changes))
    assert found == code
    assert said in text
