"""Texts are whole phrases of ours, or names; their words put together are not."""

from __future__ import annotations

import lxml.html
import pandas as pd
import pytest

from fmbstats.gate.choices import said_by_slug, said_otherwise
from fmbstats.gate.known_text import KnownText
from fmbstats.gate.told_files import _spaced
from fmbstats.words import phrase

PUBLIC = frozenset(
    {"Depressiv episod", "Kvinnor", "Gotlands län", "lindrig", "Region Gotland",
     "Diabetes mellitus typ 1", "ADHD (Aktivitets- och uppmärksamhetsstörning)",
     "Skadligt bruk av droger, drogberoende"}
)  # fmt: skip
OWN = frozenset(
    {"klinik: Björken", "klinik: Vård", "klinik: Alla, Ingen & kvinnor 1", "klinik: Varje vecka"}
)


@pytest.fixture(scope="module")
def said():
    return {language: KnownText(language, PUBLIC, OWN).phrases for language in ("sv", "en")}


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("sv", "Kvinnor i Gotland är längre än rekommenderat"),
        ("sv", "Ingen i Gotland"),
        ("sv", "Tabell 1. Kvinnor: Vad går att säga?"),
        ("sv", "Tabell 1. Kvinnor"),
        ("sv", "Inga kvinnor"),
        ("sv", "Alla längre än rekommenderat"),
        ("sv", "Samtliga i Kalmar län är längre"),
        ("sv", "Kvinnor: längre än rekommenderat"),
        ("sv", "Kvinnor, Gotland, längre"),
        ("sv", "Kvinnor. Längre än rekommenderat."),
        ("sv", "Längre än rekommenderat (kvinnor)"),
        ("sv", "De i 30–39 år är längre"),
        ("sv", "Över gränsen i Gotlands län"),
        ("sv", "Björken är längre än rekommenderat"),
        ("sv", "Varje vecka är längre än rekommenderat"),
        ("sv", "Alla, Ingen … är längre än rekommenderat"),
        ("sv", "Ingen sjukskrivning i Gotland"),
        ("sv", "Ingen övre gräns, kvinnor i Skåne längre"),
        ("sv", "Sjukfallen i gruppen Kvinnor var i genomsnitt längre"),
        ("sv", "Kvinnor: sammanfattning"),
        ("sv", "Tabell 5. Länen. Kvinnor."),
        # Of nobody; a word of a direction for its opposite.
        ("sv", "Det är längre än rekommenderat"),
        ("sv", "FMB följs inte"),
        ("sv", "Yngre har fler långa sjukfall"),
        ("sv", "31 av 100 sjukfall pågick kortare än rekommenderat"),
        ("sv", "Hälften var slut före 93 dagar"),
        ("sv", "Påbörjade sjukfall kortare än 14 dagar"),
        ("en", "The young have more long spells"),
        ("en", "Women in Gotland are longer than recommended"),
        ("en", "None in Skåne"),
        ("en", "All women: longer than recommended"),
    ],
)
def test_words_of_several_phrases_put_together_are_no_phrase(said, language, text):
    assert not said[language].is_said(text)


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("sv", "Kvinnor"),
        ("sv", "Kvinnor och män"),
        ("sv", "Gotlands län, 120 sjukfall: 21,5 % (12,3–32,4 %)"),
        ("sv", "Kvinnor: 34 % (30–38); Män: visas inte; 16–29 år 12,1"),
        ("sv", "Björken"),
        ("sv", "Tabell 5. Klinik."),
        ("sv", "Andel längre än rekommenderat: Alla 32,3; Klinik: 01 30,8; Klinik: 03 40 procent."),
        ("sv", "ADHD (Aktivitets- och uppmärksamhetsstörning) går inte att säga"),
        ("sv", "Diabetes mellitus typ 1 för få sjukfall"),
        ("sv", "Alla, Ingen & …"),
        ("sv", "Andel längre än rekommenderat: Alla 9,1; Alla, Ingen & kvinnor 1 5,8 procent."),
        ("sv", "Alla, första intyget, förlängning"),
        ("sv", "Andel: alla: 29,3; första intyget: 15,8; förlängning: 37,8; Björken: 25,0."),
        ("sv", "Ingen sjukskrivning, lindrig"),
        ("sv", "Depressiv episod ingen gräns i dagar"),
        ("sv", phrase("compare.sentence", "sv", limit="90 dagar", difference="3,1", interval="1–5",
                      first="Kvinnor", second="Män")),
        ("sv", "Yngre har färre långa sjukfall"),
        ("sv", "Depressiv episod (F32, F33.1) · sjukfall som började 2017"),
        ("sv", "Skadligt bruk av droger, drogberoende (F11, F12, F13, F14 …)"),
        ("sv", "Depressiv episod: från 15 nov 2015, lindrig, depressiv …"),
        ("sv", "Antalet sjukfall ändrades samtidigt och ingen diagnos i samma kapitel var "
               "oförändrad, så det går inte att säga att ändringen var orsaken."),
        ("sv", "Raden som upprepar utvärderingen: fmbstats evaluate revision depressiv-episod "
               "--date 2017-01-30 --despite-rivals"),
        ("en", "Of 3 counties, 1 lies outside the inner limit. One in twenty is expected to by "
               "chance alone."),
        ("en", "Showing 3 of all"),
    ],
)  # fmt: skip
def test_phrases_names_and_lists_are_said(said, language, text):
    assert said[language].is_said(text)


def test_every_phrase_without_a_slot_is_said(said):
    from fmbstats.words import phrase_forms, phrase_keys

    for language, whole in said.items():
        texts = {t for key in phrase_keys() for t in phrase_forms(key, language) if "{" not in t}
        assert [text for text in texts if not whole.is_said(text)] == []


@pytest.mark.parametrize(
    ("line", "is_ours"),
    [
        ("[sv] Figur 1. Alla", True),
        ("    sv: Alla", True),
        ("", True),
        ("tables/   varje tabell som CSV, med tabelltext på båda språken", True),
        ("[sv]  Alla", False),
        ("   Alla", False),
        ("Alla ", False),
        ("tables/  varje tabell som CSV, med tabelltext på båda språken", False),
    ],
)
def test_blanks_in_a_row_stand_in_the_read_me_alone(line, is_ours):
    assert bool(_spaced().fullmatch(line)) is is_ours


EVALUATION = {"title": "Depressiv episod", "limit": "90 dagar", "day": "2017-01-30"}


@pytest.mark.parametrize(
    ("metric", "row", "key", "values", "is_so"),
    [
        (
            "difference_share_over_limit",
            (-0.02, -0.04, -0.01),
            "evaluation.lower",
            EVALUATION,
            True,
        ),
        (
            "difference_share_over_limit",
            (-0.02, -0.04, -0.01),
            "evaluation.higher",
            EVALUATION,
            False,
        ),
        (
            "difference_share_over_limit",
            (-0.02, -0.04, 0.01),
            "evaluation.lower",
            EVALUATION,
            False,
        ),
        ("difference_share_over_limit", (0.02, 0.01, 0.04), "evaluation.title.lower", {}, False),
        ("difference_share_over_limit", (0.02, 0.01, 0.04), "evaluation.title.none", {}, False),
        ("difference_share_longer_limit", (0.02, 0.01, 0.04), "drift.fewer", {}, False),
        ("difference_share_longer_limit", (0.02, 0.01, 0.04), "drift.more", {}, True),
        ("log_hazard_ratio", (-0.1, -0.3, 0.1), "rollout.title.later", {}, True),
        ("log_hazard_ratio", (-0.1, -0.3, 0.1), "rollout.title.sooner", {}, False),
    ],
)
@pytest.mark.parametrize("language", ["sv", "en"])
def test_a_finding_points_where_its_number_does(language, metric, row, key, values, is_so):
    told = {"effect": "2,0", "first": "2014", "last": "2018", "change": "2,0", **values}
    text = f"Till sist. {phrase(key, language, **told)} Och mer."
    rows = pd.DataFrame(
        [("a", "all", metric, *row), ("a", "year", metric, 1, 1, 1), ("b", "all", metric, 1, 1, 1)],
        columns=["slug", "by", "metric", "estimate", "lo", "hi"],
    ).assign(stratum="all", part="", flags="")
    page = lxml.html.document_fromstring(f"<p>{text}</p>")
    found = list(said_otherwise(page, language, {}, said_by_slug(rows)["a"]))
    assert (found == []) is is_so
