"""What is wrong with a command is said in the language that was asked for, else in English."""

from __future__ import annotations

import pytest

from fmbstats.words import phrase, phrase_keys, phrase_text
from fmbstats.words.refused import retold

STORE = ("--store", "STORE", "--data", "DATA")
TO = ("--to", "NEW", *STORE)
REVISION, DAY = ("evaluate", "revision", "F32"), ("--date", "2017-01-30")
QUOTED = ["of", "name", "named", "value", "range", "known", "form", "path", "near"]
BARE = [
    "command",
    "folder",
    "file",
    "n",
    "year",
    "text",
    "other",
    "width",
    "least",
    "most",
]
# The command, its exit code, and what it says in Swedish.
CASES = [
    (("show", "F3x", *STORE), 2, "Diagnosen 'F3x' är okänd. Menade du 'F3"),
    (("show", *STORE), 2, "Fel: Argumentet 'NAME' saknas."),
    (("show", "F32", "--by", "shoe", *STORE), 2, "Indelningen 'shoe' är okänd. Menade du 'sex'"),
    (("show", "F32", "--by", "shoe", *STORE), 2, "Det finns: 'sex', 'age'"),
    (("show", "F32", "--year", "1850", *STORE), 2, "'--year': 1850 ligger inte inom 1900<=x"),
    (("show", "F32", "--year", "x", *STORE), 2, "'--year': 'x' är inget heltal."),
    (("show", "F32", "--year", "2031", *STORE), 2, "Inga sjukfall började 2031. Lagret har 2014"),
    (("show", "F32", "--month-days", "29", *STORE), 2, "'29' är inget av '30', '31'."),
    (("show", "F32", "--store", "MISSING"), 14, "Det finns inget lager i MISSING."),
    (("show", "F32", "--data", "MISSING"), 14, "MISSING har ingen mapp 'fmb'."),
    (("show", "F32", "--foo", *STORE), 2, "Hjälp ger 'fmbstats show --help'."),
    (("show", "F32", "--foo", *STORE), 2, "Användning: fmbstats show"),
    (("show", "F32", "M54", *STORE), 2, "Ett argument för mycket (M54)"),
    (("report", "--only", "Q99X", *TO), 2, "Posten 'Q99X' är okänd. Ange en kod"),
    (("report", "--year", "20x7", *TO), 2, "--year 20x7: inget år. Ange ett"),
    (("report", "--round", "k", *TO), 2, "Uppföljningsrundan 'k' är okänd. Det finns: all"),
    (("report", "--round", "ki-2016", "--year", "2017", *TO), 2, "men --year säger 2017."),
    (("report", "--by", "shoe", "--only", "F32", *TO), 2, "Registret har inga."),
    (("report", "--by", "sex", "--only", "F32", *TO), 2, "det visar varje rapport."),
    (("report", "--jobs", "0"), 2, "'--jobs': 0 ligger inte inom 1<=x<=64."),
    (("report", "--to", "FILE"), 10, "FILE är ingen mapp; inget skrevs. Ange en mapp."),
    (("report", "--only"), 2, "Alternativet '--only' kräver ett värde."),
    (("export", "--only", "F32", *STORE), 2, "Alternativet '--to' saknas."),
    (("export", "--to", "FULL", "--only", "F32", *STORE), 10, "FULL är inte tom"),
    (("export", "--width-cm", "2", *TO), 10, "Figurerna är 2 cm breda; ange 6 till 40 cm"),
    (("export", "--width-cm", "x", *TO), 2, "'--width-cm': 'x' är inget tal."),
    (("export", "--evaluations", "MISSING", *TO), 2, "Mappen 'MISSING' finns inte."),
    (("export", "--evaluations", "FULL", *TO), 11, "FULL innehåller inga utvärderingar."),
    ((*REVISION, "--date", "2017", *STORE), 2, "'2017' är inget datum av formen '%Y-%m-%d'."),
    ((*REVISION, *DAY, "--controls", "MISSING", *STORE), 11, "MISSING finns inte"),
    (("evaluate", "rollout", "--dates", "MISSING", *STORE), 2, "Filen 'MISSING' finns inte."),
    (("evaluate", "rollout", "--dates", "FILE", *STORE), 11, "'99' i county_code är ingen länskod"),
    (("evaluate", "certificates", "--register", "MISSING", *STORE), 2, "'MISSING' finns inte."),
    (("evaluate", "xx"), 2, "Kommandot 'xx' finns inte."),
]  # fmt: skip
PLACES = ("STORE", "DATA", "MISSING", "NEW", "FILE", "FULL")


@pytest.fixture(scope="module")
def said(tmp_path_factory, run_main, small_store, data_raw):
    """Return a function (command, language) -> exit code, and what is said of errors."""
    at = tmp_path_factory.mktemp("usage")
    (at / "FILE").write_text("county_code,first_date\n99,2016-03-01\n")
    (at / "FULL").mkdir()
    (at / "FULL" / "a.txt").write_text("a")
    places = {name: str(at / name) for name in PLACES} | {
        "STORE": str(small_store), "DATA": str(data_raw)
    }  # fmt: skip

    def run(capsys, command, language):
        asked = [places.get(word, word) for word in command]
        at = 2 if command[0] == "evaluate" and len(command) > 2 else 1
        if language:
            asked[at:at] = ["--language", language]
        code = run_main(*asked)
        told = capsys.readouterr().err
        for name, place in places.items():
            told = told.replace(place, name)
        return code, told

    return run


@pytest.mark.parametrize(("command", "code", "swedish"), CASES)
def test_errors_are_said_in_the_language_that_was_asked_for(said, capsys, command, code, swedish):
    found, told = said(capsys, command, "sv" if command[1] != "xx" else "")
    if command[1] != "xx":  # a group of commands has no language
        assert (found, swedish in told) == (code, True), told
        assert "Traceback" not in told
    found, told = said(capsys, command, "en" if command[1] != "xx" else "")
    assert found == code
    assert swedish not in told


@pytest.mark.parametrize("key", phrase_keys("usage."))
def test_every_sentence_is_told_again(key):
    values = {name: f"'{name}'" for name in QUOTED} | {name: name for name in BARE}
    assert retold(phrase(key, "en", **values), "sv") == phrase(key, "sv", **values)
    assert phrase_text(key, "en") != phrase_text(key, "sv")
