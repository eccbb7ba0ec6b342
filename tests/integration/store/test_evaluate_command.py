"""`fmbstats evaluate` says in a sentence why it cannot answer, and answers where it can."""

import csv
import shutil

import lxml.html
import pytest

from fmbstats.cli import main
from fmbstats.store.build import build_store
from fmbstats.synth import draw_register, rollout_dates

ALL_DATES = {county: str(day) for county, day in rollout_dates().items()}
HEAD = "county_code,first_date\n"


def dates(**changes):
    """A file of dates as text; a county without a date is left out."""
    rows = (f"{c},{d}\n" for c, d in (ALL_DATES | changes).items() if d)
    return HEAD + "".join(rows)


REVISION = ("revision", "F32", "--date")
WITH_FILE = ("rollout", "--dates")
CONTROLS = (*REVISION, "2017-01-30", "--controls")
SMALL = (19, "registret är för litet för den här", "the register is too small for this design.")
# What is asked, the file that it names last, the exit code, and what is said in each language.
REFUSED = {
    "another day": (
        (*REVISION, "2016-05-01"), None, 19, "ändrades inte 2016-05-01. Dagar då den",
        "was not revised on 2016-05-01. Days on which it was: 2017-01-30.",
    ),
    "few months": (
        (*REVISION, "2017-01-30"), None, 19, "minst 12 på varje sida behövs.",
        "at least 12 on each side are needed.",
    ),
    "edition": (
        ("revisions", "--edition", "1999-01"), None, 19,
        "Utgåvan 1999-01 finns inte eller innehöll ", "Edition 1999-01 is unknown or brought",
    ),
    "name": (
        ("revision", "F3x2", "--date", "2017-01-30"), None, 2,
        "F3x2 är varken en kod i ICD-10-SE eller en post i FMB.",
        "F3x2 is neither a code of ICD-10-SE nor an entry of FMB.",
    ),
    "control": (
        CONTROLS, "M54.5\nnobody\n", 2, "nobody är varken en kod i ICD-10-SE eller en post i FMB.",
        "nobody is neither a code of ICD-10-SE nor an entry of FMB.",
    ),
    "no controls": (CONTROLS, " \n", 11, "file kan inte läsas: filen är", "cannot be read"),
    "no file of controls": (
        (*CONTROLS, "gone.txt"), None, 11, "gone.txt finns inte. Ange 'chapter' eller en fil",
        "gone.txt: no such file. Give 'chapter' or a file",
    ),
    "of no certificates": (
        ("certificates",), None, 11, "spells.csv är inget register med intyg (formatet är spells).",
        "spells.csv is no register of certificates (its format is spells).",
    ),
    "never adopts": (
        WITH_FILE, dates(**{"01": None}), 19, "Datum saknas för län 01: län som aldrig inför",
        "No date for county 01: counties that never adopt cannot be told from",
    ),
    "after the end": (
        WITH_FILE, dates(**{"01": "2031-01-01"}), 19, "Län 01 inför 2031-01-01, utanför registrets",
        "County 01 adopts on 2031-01-01, outside the register's",
    ),
    "before the beginning": (
        WITH_FILE, dates(**{"01": "0001-01-01"}), 19, "Län 01 inför 0001-01-01, utanför registrets",
        "County 01 adopts on 0001-01-01, outside the register's",
    ),
    "equal dates": (
        WITH_FILE, dates(**dict.fromkeys(ALL_DATES, "2017-03-01")), 19,
        "Alla län inför under samma kvartal", "All counties adopt in the same quarter",
    ),
    "few spells": (WITH_FILE, dates(), *SMALL),
    "as Excel writes it": (WITH_FILE, "\ufeff" + dates().replace(",", ";").replace("\n", "\r\n"),
                           *SMALL),
    "a county of one digit": (WITH_FILE, dates(**{"01": None}) + "1,2016-12-01\n", *SMALL),
    "empty": (WITH_FILE, "", 11, "file kan inte läsas: filen är tom", "file cannot be read: it is"),
    "no text": (WITH_FILE, b"PK\3\4" + bytes(99), 11, "ingen text i UTF-8.", "no text in UTF-8."),
    "Windows": (WITH_FILE, (HEAD + "01,2017-03-01,å\n").encode("cp1252"), 11, "ingen text i UTF-8.",
                "or no text in UTF-8."),
    "an open quote": (WITH_FILE, HEAD + '01,"' + "2" * 200_000, 11, "kan inte läsas", "read: it"),
    "header only": (WITH_FILE, HEAD, 11, "file har en rubrikrad men inga datum.",
                    "file has a header but no dates."),
    "wrong column": (WITH_FILE, "county_code,date\n01,2017-03-01\n", 11,
                     "file: kolumnen first_date saknas.", "file: column first_date is missing."),
    "unknown county": (WITH_FILE, dates() + "02,2017-03-01\n", 11,
                       "file, rad 23: '02' i county_code är ingen länskod",
                       "file, line 23: '02' in county_code is no county's code"),
    "twice": (WITH_FILE, dates() + "1,2017-03-01\n", 11, "file, rad 23: län 01 står två gånger.",
              "file, line 23: county 01 stands twice."),
    "no date": (WITH_FILE, HEAD + "01,spring\n", 11, "rad 2: 'spring' i first_date är inget datum",
                "line 2: 'spring' in first_date is no date such as 2017-03-01."),
    "half a row": (WITH_FILE, HEAD + "01\n", 11, "rad 2: '' i first_date är inget datum",
                   "line 2: '' in first_date is no date such as 2017-03-01."),
}  # fmt: skip


@pytest.fixture
def ask(tmp_path, capfd):
    """Run `fmbstats evaluate` with a file; gives exit code, what was printed, and what was told."""

    def run(arguments, content, language, store):
        path = tmp_path / "file"
        if content is not None:
            path.write_bytes(content if isinstance(content, bytes) else content.encode())
        named = (*arguments, *([str(path)] if content is not None else []))
        internal = ["--internal"] if named[0].startswith("revision") else []
        code = main(["evaluate", *named, *internal, "--language", language, "--store", str(store)])
        return code, *capfd.readouterr()

    return run


@pytest.fixture(scope="module")
def evaluated(finished, tmp_path_factory):
    """A finished store beside which a release may be made."""
    to, made = tmp_path_factory.mktemp("evaluated") / "store", shutil.ignore_patterns(".fmbstats")
    return shutil.copytree(finished, to, ignore=made)


# Each in one of the languages now, in both with the slow tests.
ASKED = [
    pytest.param(name, language, marks=pytest.mark.slow if (k + n) % 2 else ())
    for k, name in enumerate(REFUSED)
    for n, language in enumerate(("sv", "en"))
]


@pytest.mark.parametrize(("name", "language"), ASKED)
def test_what_cannot_be_evaluated_is_refused_in_one_sentence_of_the_language(
    ask, evaluated, name, language
):
    arguments, content, expected, *said = REFUSED[name]
    code, out, error = ask(arguments, content, language, evaluated / "store.duckdb")
    assert (code, out) == (expected, "")
    assert said[language == "en"] in error
    assert error.startswith("fmbstats: ")
    assert error.count("\n") == 1
    assert "%" not in error


def test_one_county_is_refused_in_words(register_file, build, ask, tmp_path):
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
    for language, sentence in (
        ("sv", "Registret innehåller bara ett län: det finns inget att jämföra med."),
        ("en", "The register holds one county: nothing can be compared."),
    ):
        assert ask(WITH_FILE, dates(), language, made.store) == (19, "", f"fmbstats: {sentence}\n")


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
