"""No phrase of ours in another's place: planted in page and notebook alike, each is found."""

from __future__ import annotations

import json
import re
import shutil
from types import SimpleNamespace

import lxml.html
import pandas as pd
import pytest

from fmbstats.gate import run_gate
from fmbstats.gate.captions import caption_faults
from fmbstats.gate.choices import Said, said_by_slug, said_otherwise
from fmbstats.gate.rows import public_names, read_measured, read_rows
from fmbstats.gate.told_page import Rows
from fmbstats.words import phrase_text
from tests.quick import quick

PAGE = "depressiv-episod"
NUMBER = r"<data[^>]*>[^<]*</data>"
LANGUAGES = ("sv", "en")


@pytest.fixture(scope="module")
def released(reports, reports_english):
    """Return, by language, the page on F32 and what is looked up beside it; nothing is wrong."""
    found = {}
    for language, folder in zip(LANGUAGES, (reports, reports_english), strict=True):
        data = [(folder / f"adherence.{kind}").read_bytes() for kind in ("csv", "parquet")]
        told = [read_rows(data[0]), read_measured(data[1])]
        rows = pd.concat(told, ignore_index=True)
        found[language] = SimpleNamespace(
            folder=folder, text=(folder / f"{PAGE}.html").read_text("utf-8"),
            said=said_by_slug(rows)[PAGE], by_id={row.row: row for row in rows.itertuples()},
        )  # fmt: skip
        assert not faults(found[language], found[language].text, language)
    return found


def faults(page, text, language, said=None):
    tree = lxml.html.document_fromstring(text)
    return list(said_otherwise(tree, language, page.by_id, said or page.said))


def phrase(key, language):
    """Return a pattern of a phrase, its slots as groups."""
    pieces = re.split(r"\{[^{}]*\}", phrase_text(key, language, {"n": 5, "day": 5}))
    return r"((?:<data.*?</data>|<span.*?</span>|[^<])+?)".join(map(re.escape, pieces))


def instead(key, other, *order):
    """Say one phrase where another stands; `order`: which of its slots fill those of the other."""

    def change(text, language):
        found = re.search(phrase(key, language), text)
        assert found, key
        slots = iter([found[n] for n in order] or found.groups())
        template = re.sub(r"\{(\w+):([^|{}]*)\|([^{}]*)\}", r"\3", phrase_text(other, language))
        new = re.sub(r"\{\w+\}", lambda _: next(slots), template)
        return text.replace(found[0], new)

    return change


def title(key, other):
    """Change a title of a page as it is."""
    return instead(key, other)


def headed(new):
    """Put another finding in the page's first line."""

    def change(text, language):
        said = new(language) if callable(new) else phrase_text(new, language)
        return re.sub(r"<h1>.*?</h1>", lambda _: f"<h1>{said}</h1>", text, flags=re.DOTALL)

    return change


def data(as_, value="0.3068394753"):
    return f'<data value="{value}" data-row="none" data-as="{as_}">31</data>'


def filled(key, **values):
    return lambda language: phrase_text(key, language).format(**values)


def other_county(text, _language):
    return re.sub(r'(<th scope="row"[^>]*>)Stockholm<', r"\1Skåne<", text)


def other_head(text, language):
    head = phrase_text("county.n", language)
    assert f'data-head="{head}"' in text
    return text.replace(f'data-head="{head}"', f'data-head="{phrase_text("county.q", language)}"')


FAULTS = {
    "cannot for reached": headed("finding.cannot"),
    "unseen for reached": headed("finding.unseen"),
    "no limit for reached": headed("finding.no_limit"),
    "most for reached": headed(filled("finding.most", high=data("near"))),
    "least for reached": headed(filled("finding.least", low=data("near"))),
    "most of a lower end": headed(filled("finding.most", high=data("down"))),
    "least of an upper end": headed(filled("finding.least", low=data("up"))),
    "another lead": instead("lead.least", "lead.most", 1, 1),
    "a lead of two limits": instead("lead.least", "lead.between"),
    "at most the least": instead("answer.number.between", "answer.number.most", 1, 2),
    "at least the most": instead("answer.number.between", "answer.number.least", 1, 3),
    "one of both": instead("answer.number.between", "answer.number.one", 1, 2),
    "least alone": instead("answer.number.between", "answer.number.least", 1, 2),
    "ends turned round": instead("answer.number.between", "answer.number.between", 1, 3, 2),
    "highest share": title("dots.subtitle.low", "dots.subtitle.high"),
    "one share": title("dots.subtitle.low", "dots.subtitle.one"),
    "title of a chart": title("funnel.title", "map.title"),
    "measure of another chart": title("funnel.subtitle", "degree.subtitle"),
    "title of a section": title("history.title", "method.title"),
    "years turned round": instead("years.title", "years.title", 2, 1),
    "head of another column": other_head,
    "another county": other_county,
}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("fault", FAULTS)
def test_phrase_in_another_s_place_is_found(released, fault, language):
    page = released[language]
    spoilt = FAULTS[fault](page.text, language)
    assert spoilt != page.text
    assert faults(page, spoilt, language)


@pytest.mark.parametrize("language", LANGUAGES)
def test_title_of_groups_is_what_their_chart_shows(released, language):
    page = released[language]
    kinds = ("alike", "differ", "plain", "young")
    titles = {phrase_text(f"dots.title.{kind}", language) for kind in kinds}
    said = {title for title in titles if f">{title}<" in page.text}
    assert len(said) == 1
    for other in titles - said:
        assert faults(page, page.text.replace(f">{said.copy().pop()}<", f">{other}<"), language)


@pytest.mark.parametrize("language", LANGUAGES)
def test_answer_of_a_register_has_the_form_of_its_rows(released, language):
    page = released[language]
    for form in ("least", "most", "one", "cannot"):
        assert faults(page, page.text, language, Said(frozenset({form}), frozenset({form})))


def test_steering_has_one_verdict(released):
    page = released["sv"]
    for title, sentence, is_right in (
        ("Fler än väntat slutar just vid 90 dagar", "", False),
        ("Färre än väntat slutar just vid 90 dagar", "", False),
        ("Inte fler än väntat slutar just vid 90 dagar", "Inte fler än väntat slutar just vid "
         "gränsen 90 dagar. En förskjutning på mindre än 2,0 procentenheter hade inte upptäckts.",
         True),
    ):  # fmt: skip
        figure = (
            f'<figure id="fig-limit"><figcaption><h3>{title}</h3></figcaption>'
            f'<p class="src">{sentence}</p></figure></main>'
        )
        assert bool(faults(page, page.text.replace("</main>", figure), "sv")) is not is_right


ONE = "akut-lumbago"
BOOK = f"notebooks/{ONE}.ipynb"


@pytest.mark.parametrize(
    ("name", "old", "new", "what"),
    [
        (f"{ONE}.html", "</main>", "<p>Akut lumbago: längre än rekommenderat</p></main>",
         "stands in no part of it"),
        *quick(
            (BOOK, "Rekommenderad längsta tid", "Fler publicerade uppgifter", "does not stand so"),
            (f"{ONE}.html", "Fler publicerade uppgifter", "Rekommenderad längsta tid",
             "does not stand so"),
        ),
        *quick(
            (BOOK, '"Svaret"', '"Länen"', "its page's contents"),
            (f"{ONE}.html", ">Svaret</a>", ">Länen</a>", "its page's contents"),
        ),
    ],
)  # fmt: skip
def test_page_and_notebook_say_the_same(one_report, tmp_path, name, old, new, what):
    folder = shutil.copytree(one_report, tmp_path / "2017")
    text = (folder / name).read_text("utf-8")
    assert old in text
    (folder / name).write_text(text.replace(old, new), "utf-8")
    assert any(what in finding.what for finding in run_gate(folder).findings)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        (f"{PAGE}.html", "Länen på kartan", "Samma län efter storlek"),
        (f"notebooks/{PAGE}.ipynb", "oavsett typfall", "med minst ett typfall"),
    ],
)
def test_a_long_page_and_its_notebook_say_the_same(released, tmp_path, name, old, new):
    folder = shutil.copytree(released["sv"].folder, tmp_path / "2017")
    text = (folder / name).read_text("utf-8")
    assert old in text
    (folder / name).write_text(text.replace(old, new), "utf-8")
    assert "does not stand so" in " ".join(f.what for f in run_gate(folder).findings)


@pytest.fixture(scope="module")
def exported(run_main, shared_folder, small_store, data_raw):
    """Return the files of an export of F32, in which nothing is wrong, and what its rows allow."""

    def make(folder):
        asked = ("--only", "F32", "--pdf", "--store", small_store, "--data", data_raw)
        assert run_main("export", *asked, "--to", folder / "export") == 0

    folder = shared_folder("choices-export", make) / "export"
    files = {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()}
    told = [read_rows(files["adherence.csv"]), read_measured(files["adherence.parquet"])]
    rows = Rows(pd.concat(told, ignore_index=True), public_names(data_raw))
    assert not export_faults(files, rows)
    return files, rows


LIST, DOCUMENT, EVERYWHERE = "figurer-och-tabeller", "fmbstats-2017.json", ""
# Where a phrase stands in an export; the phrase; the other one; in which language.
IN_EXPORTS = {
    "title in a list": (f"{LIST}.csv", "funnel.title", "map.title", "sv"),
    "title in the plain list": (f"{LIST}.txt", "funnel.title", "map.title", "sv"),
    "title beside a figure": ("_funnel.txt", "funnel.title", "map.title", "en"),
    "title in a figure": ("_funnel.svg", "funnel.title", "map.title", "sv"),
    "title in a document": (DOCUMENT, "funnel.title", "map.title", "sv"),
    "title everywhere": (EVERYWHERE, "funnel.title", "map.title", "sv"),
    "title in English everywhere": (EVERYWHERE, "funnel.title", "map.title", "en"),
    "measure beside a figure": ("_funnel.txt", "funnel.subtitle", "degree.subtitle", "en"),
    "measure in a document": (DOCUMENT, "dots.subtitle.low", "dots.subtitle.high", "sv"),
    "caption of a table": ("_history.txt", "history.title", "told.title", "sv"),
}


def planted(files, where, old, new):
    kinds = (".csv", ".json", ".svg", ".txt")
    spoilt = {
        name: data.replace(old.encode(), new.encode())
        if where in name and name.endswith(kinds) else data
        for name, data in files.items()
    }  # fmt: skip
    assert spoilt != files
    return spoilt


def export_faults(files, rows):
    return list(caption_faults(files, json.loads(files[DOCUMENT]), "sv", rows))


@pytest.mark.parametrize("fault", IN_EXPORTS)
def test_phrase_in_another_s_place_is_found_in_an_export(exported, fault):
    files, rows = exported
    where, old, new, language = IN_EXPORTS[fault]
    spoilt = planted(files, where, phrase_text(old, language), phrase_text(new, language))
    assert export_faults(spoilt, rows)


@pytest.mark.parametrize(
    ("where", "old", "new"),
    [
        ("_funnel.txt", r"(?<=\[en\] Alternative text: )\d+", "5"),  # in one language alone
        ("_curve.txt", r"(\[sv\] Figur.*\n)(.*\n)", r"\2\1"),
        ("_curve.txt", r"\n\n", r"\n"),
        ("_history.txt", r"\n$", "\n\nFigur 9.\n"),
    ],
)
def test_texts_beside_a_figure_are_its_captions_and_tell_the_same_numbers(
    exported, where, old, new
):
    files, rows = exported
    spoilt = {
        name: re.sub(old, new, data.decode(), count=1).encode() if name.endswith(where) else data
        for name, data in files.items()
    }
    assert spoilt != files
    assert export_faults(spoilt, rows)


def test_finding_of_a_document_is_held_against_its_rows(exported):
    files, rows = exported
    document = json.loads(files[DOCUMENT])
    found = document["chapters"][0]["blocks"][0]
    found["text"] = phrase_text("finding.cannot", "sv")
    assert list(caption_faults(files, document, "sv", rows))
