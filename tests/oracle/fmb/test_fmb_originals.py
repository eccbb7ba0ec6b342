"""The committed facts against a plain reading of the original files, not through our readers.

The originals are not in the repository. Where they are at hand, name their folder in the
environment variable FMBSTATS_ORIGINALS; without it these tests are skipped. The reading here is
the plainest possible: json and ElementTree, a table of units, no flags, no checks.
"""

import json
import os
import re
from collections import defaultdict
from datetime import date
from pathlib import Path
from xml.etree import ElementTree

import pytest

from fmbstats.recommendations.join_tables import Recommendations
from fmbstats.recommendations.limits import limit_days
from fmbstats.sources.fmb.edition_tables import read_editions

# No folder at all where none is named: any path may exist on somebody's machine.
NAMED = os.environ.get("FMBSTATS_ORIGINALS")
ORIGINALS = Path(NAMED or ".")
FACTS = Path(__file__).parents[3] / "data_raw" / "fmb"
EDITIONS = {
    "2015-11": "2015-11-06",
    "2016-09": "2016-09-02",
    "2017-10": "2017-10-26",
    "2018-02": "2018-03-05",
    "2020-04": "2020-04-02",
}
UNITS = {"d": 1, "wk": 7, "mo": 30}

needs_originals = pytest.mark.skipif(
    not (NAMED and ORIGINALS.is_dir()),
    reason="FMBSTATS_ORIGINALS names no folder with the original files",
)


@pytest.fixture(scope="module")
def facts():
    return {e.name: e for e in read_editions(FACTS)}


def original(edition, kind):
    (path,) = ORIGINALS.glob(f"*{EDITIONS[edition]}*{kind}*")
    return path


def plain_json_cases(edition):
    for item in json.loads(original(edition, "Typfall").read_text("utf-8"))["data"]:
        length = item["attributes"]["rekommenderadsjukskrivning"]
        codes = {c["kod"] for c in item["attributes"]["fmbtillstand"]["diagnoskod"]}
        number, unit = length["maximalsjukskrivningstid"], length["maximalsjukskrivningsenhet"]
        yield item["id"], codes, number, unit, item["attributes"]["giltighetsperiod"]["start"]


def plain_xml_cases(edition):
    text = original(edition, "GetFmb").read_text("utf-8")
    for block in re.findall(r"<ns2:beslutsunderlag>(.*?)</ns2:beslutsunderlag>", text, re.DOTALL):
        main = re.findall(r"<huvuddiagnos>(.*?)</huvuddiagnos>", block, re.DOTALL)
        codes = {re.search(r"<code>(.*?)</code>", m)[1].replace(".", "") for m in main}
        length = re.search(
            r"<sjukskrivningstid>\s*<value>(.*?)</value>\s*<unit>(.*?)</unit>", block
        )
        start = re.search(r"<start>(\d{4})(\d\d)(\d\d)</start>", block)
        number, unit = length.groups() if length else (None, None)
        item_id = re.search(r"<extension>(.*?)</extension>", block)[1]
        yield item_id, codes, number, unit, "-".join(start.groups())


def plain_cases(edition):
    reader = plain_xml_cases if edition < "2017" else plain_json_cases
    return list(reader(edition))


def plain_days(number, unit):
    if number is None:
        return None
    if (number, unit) in (("12", "mo"), ("24", "mo")):
        return {"12": 365, "24": 730}[number]
    return int(number) * UNITS[unit]


@needs_originals
@pytest.mark.parametrize("edition", EDITIONS)
def test_every_code_of_every_edition_has_the_limits_of_the_file(edition, facts):
    expected = defaultdict(list)
    for _, codes, number, unit, _ in plain_cases(edition):
        for code in codes:
            expected[code].append(plain_days(number, unit))
    ours = defaultdict(list)
    joined = facts[edition].case_codes.join(facts[edition].cases, on="case_id")
    for code, number, unit in joined.select("code", "number", "unit").iter_rows():
        ours[code].append(limit_days(number, unit))
    assert set(ours) == set(expected)
    for code in expected:
        assert sorted(ours[code], key=str) == sorted(expected[code], key=str), code


@needs_originals
@pytest.mark.parametrize("edition", EDITIONS)
def test_every_case_has_the_number_and_start_of_the_file(edition, facts):
    ours = {
        case: (None if number is None else str(number), unit, str(start))
        for case, number, unit, start in facts[edition]
        .cases.select("case_id", "number", "unit", "valid_from")
        .iter_rows()
    }
    assert ours == {i: (n, u, s) for i, _, n, u, s in plain_cases(edition)}


@needs_originals
@pytest.mark.parametrize("edition", EDITIONS)
def test_every_entry_has_the_codes_of_the_file(edition, facts):
    expected = set()
    if edition < "2017":
        for element in ElementTree.parse(original(edition, "GetDiagnos")).getroot():
            if element.tag.endswith("}diagnosInformation"):
                found = {e.tag.rpartition("}")[2]: e for e in element}
                (entry_id,) = (
                    e.text for e in found["informationsId"] if e.tag.endswith("extension")
                )
                for block in (e for e in element if e.tag.endswith("}huvuddiagnos")):
                    code = next(e.text for e in block.iter() if e.tag.endswith("}code"))
                    expected.add((entry_id, code.replace(".", "")))
    else:
        for item in json.loads(original(edition, "FmdxInfo").read_text("utf-8"))["data"]:
            expected |= {(item["id"], c["kod"]) for c in item["attributes"]["diagnoskod"]}
    assert set(facts[edition].entry_codes.select("entry_id", "code").iter_rows()) == expected


@needs_originals
@pytest.mark.parametrize("edition", ["2018-02", "2020-04"])
def test_on_the_day_of_an_edition_the_cases_in_force_are_its_own(edition, facts):
    """The join through time gives back each JSON edition, corrections aside.

    Stored numbers are compared with stored numbers. Which of them is an upper limit is read from
    the wording, and held against a reading by hand elsewhere ("mer än 3 månader" is none).
    """
    recommendations = Recommendations(facts.values())
    corrected = set(
        recommendations.changes.filter(recommendations.changes["change"] == "length")["item_id"]
    )
    day = date.fromisoformat(facts[edition].source["fetched_date"])
    expected = defaultdict(set)
    for case, codes, number, unit, start in plain_cases(edition):
        for code in codes:
            if start <= str(day) and (edition == "2020-04" or case not in corrected):
                expected[code].add((case, None if number is None else int(number), unit))
    renumbered = {"D25", "N850", "N851", "N87", "N92"}  # new ids for the same start of validity
    assert len(expected) > 200
    for code, cases in expected.items():
        rows = recommendations.on(code, day).cases.select("case_id", "number", "unit").rows()
        if edition == "2018-02" and code in renumbered:
            assert {case[1:] for case in cases} <= {row[1:] for row in rows}, code
        else:
            assert cases <= set(rows), code


@needs_originals
@pytest.mark.parametrize("edition", EDITIONS)
def test_no_sentence_of_the_originals_is_committed(edition, facts):
    """No wording kept is longer than a term, whatever the file says."""
    cases = facts[edition].cases
    assert cases["length_text"].str.len_chars().max() <= 62
    if edition > "2017":
        text = "\n".join(p.read_text("utf-8") for p in sorted((FACTS / edition).glob("*.csv")))
        for item in json.loads(original(edition, "Typfall").read_text("utf-8"))["data"]:
            sentence = item["attributes"]["typfallsmening"]
            assert len(sentence) <= 40 or sentence not in text


def test_the_committed_2020_edition_has_the_published_numbers(facts):
    """Counts of the 2020-04 edition as its description gives them."""
    edition = facts["2020-04"]
    cases = edition.cases
    assert edition.entries.height == 116
    assert edition.entries["disease_group"].n_unique() == 15
    assert cases.height == 439
    assert edition.entry_codes["code"].n_unique() == 306
    assert edition.entry_codes["code"].str.slice(0, 3).n_unique() == 234
    assert cases["number"].null_count() == 81
    assert (cases["limit_kind"] == "not_given").sum() == 13
    assert (cases["number"] == 0).sum() == 62
    assert cases["max_number"].null_count() == 101
    assert cases["degree"].value_counts().sort("degree").rows() == [("full", 429), ("part", 10)]


def test_the_committed_editions_have_their_counts(facts):
    counts = {n: (e.entries.height, e.cases.height, e.source["quality"]) for n, e in facts.items()}
    assert counts == {
        "2015-11": (13, 70, "partial"),
        "2016-09": (112, 378, "production"),
        "2017-10": (57, 161, "development"),
        "2018-02": (111, 407, "production"),
        "2020-04": (116, 439, "production"),
        "2021-05": (2, 4, "partial"),
    }


def test_codes_that_three_characters_do_not_tell_apart(facts):
    """31 categories have only sub-codes in FMB, 13 map to more than one entry."""
    have = defaultdict(set)
    for entry, code in facts["2020-04"].entry_codes.select("entry_id", "code").iter_rows():
        have[code[:3]].add((entry, code))
    only_below = [c for c, members in have.items() if all(code != c for _, code in members)]
    assert len(only_below) == 31
    assert {"F40", "F41", "F43", "F50", "F90", "M54", "M75"} <= set(only_below)
    assert sum(len({entry for entry, _ in members}) > 1 for members in have.values()) == 13


def test_codes_with_a_number_of_at_most_fourteen_days(facts):
    """45 of the 288 codes with a number: not estimable from a register that starts at day 15."""
    largest = {}
    joined = facts["2020-04"].case_codes.join(facts["2020-04"].cases, on="case_id")
    for code, number, unit in joined.select("code", "number", "unit").iter_rows():
        days = limit_days(number, unit)
        if days is not None:
            largest[code] = max(days, largest.get(code, 0))
    assert len(largest) == 288
    assert sum(days <= 14 for days in largest.values()) == 45
