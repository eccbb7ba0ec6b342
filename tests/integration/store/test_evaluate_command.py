"""`fmbstats evaluate` says in a sentence why it cannot answer, and answers where it can."""

import csv
import shutil

import lxml.html
import pytest

from fmbstats.cli import main
from fmbstats.store.build import build_store
from fmbstats.synth import draw_register, rollout_dates


@pytest.fixture
def ask(store, capfd):
    """Run `fmbstats evaluate` on a small store; gives exit code and what was said."""

    def run(*arguments):
        internal = ["--internal"] if arguments[0].startswith("revision") else []
        code = main(["evaluate", *arguments, *internal, "--language", "en", "--store", str(store)])
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


@pytest.mark.parametrize("options", [(), ("--internal",)])
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
    ask, dates_file, changes, code, said, options
):
    found, text = ask("rollout", "--dates", dates_file(**changes), *options)
    assert found == code
    assert said in text


def test_one_county_is_refused_in_words(register_file, build, dates_file, tmp_path, capfd):
    """A register of one county has nothing to compare with, whatever the dates."""
    path = tmp_path / "one.csv"
    with register_file("spells").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(row for row in rows if row["county_code"] == "01")
    made = build(path)
    assert made.code == 0, made.output
    code = main(["evaluate", "rollout", "--dates", dates_file(), "--store", str(made.store)])
    said = capfd.readouterr()
    assert code == 19
    assert "Registret innehåller bara ett län: det finns inget att jämföra med." in said.err
    assert not said.out


@pytest.fixture(scope="module")
def calm_store(data_raw, tmp_path_factory):
    """A store as it would be had no new certificate form come soon after the revision."""
    folder = tmp_path_factory.mktemp("calm") / "data_raw"
    shutil.copytree(data_raw, folder)
    lines = (folder / "events.csv").read_text("utf-8").splitlines(keepends=True)
    kept = [line for line in lines if not line.startswith("certificate_form,")]
    assert len(kept) == len(lines) - 1
    (folder / "events.csv").write_text("".join(kept), "utf-8")
    build_store(folder, folder.parent / "store.duckdb", draw_register(30_000, data_raw=data_raw))
    return folder.parent / "store.duckdb"


@pytest.fixture
def ask_of_years(small_store, capfd):
    """Ask about the revision of F32 in a register that is large enough for it."""

    def run(*options, store=small_store):
        asked = ["evaluate", "revision", "F32", "--date", "2017-01-30", "--store", str(store)]
        code = main([*asked, "--internal", *options])
        said = capfd.readouterr()
        return code, said.out, said.err

    return run


def test_a_rival_event_in_the_window_is_named_and_no_number_told(ask_of_years, tmp_path):
    table = tmp_path / "revision.csv"
    code, said, _ = ask_of_years("--language", "en", "--to", str(table))
    assert code == 0
    assert said.startswith("SYNTHETIC DATA")
    assert "a new certificate form came into use (2017-03-01)" in said
    assert "percentage point" not in said
    assert "%" not in said
    with table.open(encoding="utf-8", newline="") as file:
        (row,) = csv.DictReader(file)
    assert "rivals" in row["broken"]
    assert not any(row[n] for n in ("lo", "hi", "p_value", "smallest_detectable"))


def test_the_effect_is_told_without_a_rival_or_when_asked_for_in_spite_of_it(
    ask_of_years, calm_store
):
    for options, of in ((("--despite-rivals",), {}), ((), {"store": calm_store})):
        code, said, error = ask_of_years("--language", "en", *options, **of)
        assert code == 0, error
        assert "percentage points would have been missed" in said or "95% interval" in said
        assert ("a new certificate form" in said) == bool(options)


def test_too_few_controls_are_refused_in_words(ask_of_years, tmp_path):
    controls = tmp_path / "controls.txt"
    controls.write_text("M54.5\n", "utf-8")
    code, said, error = ask_of_years("--controls", str(controls))
    assert code == 19
    assert said == ""
    assert "poster utan ändring har tillräckligt många sjukfall; minst 4 behövs." in error
    _, _, english = ask_of_years("--controls", str(controls), "--language", "en")
    assert "entries without a revision have enough spells; at least 4 are needed." in english


def page_of(ask_of_years, path, *options, **more):
    """The page that the command writes, and what it said."""
    code, said, error = ask_of_years("--page", str(path), *options, **more)
    assert code == 0, error
    lines = [" ".join(line.split()) for line in said.splitlines()]
    return lxml.html.parse(path).getroot(), lines


def test_the_page_of_a_revision_tells_what_the_command_says(ask_of_years, calm_store, tmp_path):
    page, said = page_of(ask_of_years, tmp_path / "page.html", store=calm_store)
    text = " ".join(page.text_content().split())
    assert said[1] in text  # the headline; the first line is the notice of synthetic data
    assert [figure.get("id") for figure in page.iter("figure")] == [
        "fig-series", "fig-event", "fig-placebo",
    ]  # fmt: skip
    assert page.xpath("//meta[@name='robots']/@content") == ["noindex"]
    assert page.xpath("//*[contains(@class, 'field')]//h1")
    for line in said:
        if line[:1] in "●○?":
            assert line.split(": ", 1)[1] in text
    # Nothing is asked of elsewhere, and no link leads to pages that are not there.
    links = page.xpath("//@src") + page.xpath("//@href")
    assert all(link.startswith(("#", "data:")) for link in links)


def test_the_page_tells_no_effect_where_a_rival_event_may_lie_behind_it(ask_of_years, tmp_path):
    page, _ = page_of(ask_of_years, tmp_path / "page.html")
    assert page.xpath("//h1")[0].text_content() == "Vad ändringen betydde går inte att säga"
    assert [figure.get("id") for figure in page.iter("figure")] == ["fig-series"]
    assert "procentenheter" not in page.text_content()
    assert page.xpath("//code")[0].text_content().startswith("fmbstats evaluate revision")
    told, _ = page_of(ask_of_years, tmp_path / "told.html", "--despite-rivals")
    assert len(list(told.iter("figure"))) == 3
    assert "--despite-rivals" in told.xpath("//code")[0].text_content()
