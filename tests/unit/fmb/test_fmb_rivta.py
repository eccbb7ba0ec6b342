"""The reader of the RIV-TA service, on invented files."""

from datetime import date

import pytest

from fmbstats.errors import SourceError
from fmbstats.sources.fmb.answers import read_fmb

DAY = date(2016, 9, 2)


@pytest.fixture
def xml_pair(tmp_path, fixture_folder):
    """Copy the invented XML pair; give a function that replaces text in one of them."""

    def make(old="", new="", which="cases"):
        for kind in ("entries", "cases"):
            text = (fixture_folder / f"rivta_2016_{kind}.xml").read_text("utf-8")
            if kind == which and old:
                assert old in text
                text = text.replace(old, new, 1)
            (tmp_path / f"{kind}.xml").write_text(text, "utf-8")
        return [tmp_path / "cases.xml", tmp_path / "entries.xml"]

    return make


def test_facts_of_an_edition(invented_editions, rows):
    edition = invented_editions[0]
    assert repr(edition) == "<Edition 2016-09 (production): 2 entries, 4 cases, 3 codes>"
    assert rows(edition.entries, "entry_id", "name", "valid_from") == [
        ("1", "Påhittad ryggvärk", date(2015, 11, 15)),
        ("10", "Påhittad nedstämdhet", date(2015, 11, 15)),
    ]
    assert rows(edition.cases, "case_id", "number", "unit", "degree", "limit_kind") == [
        ("2", 3, "mo", "full", "maximum"),
        ("3", 4, "wk", "full", "open_ended"),
        ("12", 6, "mo", "part", "maximum"),
        ("13", None, None, "full", "not_given"),
    ]


def test_one_code_per_case_is_said_in_the_sidecar(invented_editions, rows):
    edition = invented_editions[0]
    assert edition.source["case_codes"] == "one"
    assert rows(edition.case_codes, "case_id", "code") == [
        ("2", "M990"), ("3", "M990"), ("12", "F990"), ("13", "F990"),
    ]  # fmt: skip
    assert rows(edition.entry_codes, "code") == [("M990",), ("M991",), ("F990",)]


def test_a_swapped_snomed_code_and_term_are_put_right(invented_editions, rows):
    assert rows(
        invented_editions[0].criteria, "case_id", "criterion", "code", "term", "status"
    ) == [
        ("3", "severity", "255604002", "lindrig", None),
        ("12", "procedure", "84877006", "påhittad operation", "performed"),
    ]


def test_icf_codes_have_no_rank_here(invented_editions, rows):
    assert rows(invented_editions[0].icf, "entry_id", "domain", "role", "code") == [
        ("1", "activity", None, "d430")
    ]


def test_placeholder_ids_make_a_partial_edition(xml_pair):
    assert read_fmb(xml_pair(), fetched=DAY).source["quality"] == "production"
    paths = xml_pair("<root>1.2.752.116.3.1.12</root>", "<root>OID</root>")
    assert read_fmb(paths, fetched=DAY).source["quality"] == "partial"


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("<start>20151115</start>", "<start>2015</start>",
         "cases.xml, item 1 (id 2), 'giltighetstid/start': '2015' is not a date YYYYMMDD."),
        ("<start>20151115</start>", "",
         "cases.xml, item 1 (id 2): field 'giltighetstid/start' is missing."),
        ("<code>M99.0</code>", "<code>rygg</code>",
         "cases.xml, item 1 (id 2), 'huvuddiagnos': 'rygg' is not an ICD-10-SE code."),
        ("<value>3</value>", "<value>tre</value>",
         "cases.xml, item 1 (id 2), 'sjukskrivningstid': 'tre' 'mo'; expected a whole number with "
         "d, wk or mo."),
        ("<extension>2</extension>", "",
         "cases.xml, item 1: field 'underlagsId/extension' is missing."),
    ],
)  # fmt: skip
def test_a_bad_item_is_named_with_file_and_field(old, new, message, xml_pair):
    paths = xml_pair(old, new)
    with pytest.raises(SourceError) as caught:
        read_fmb(paths, fetched=DAY)
    assert str(caught.value) == f"{paths[0].parent}/{message}"


def test_a_truncated_file_is_refused_wherever_it_is_cut(xml_pair):
    paths = xml_pair()
    whole = paths[0].read_bytes()
    for end in range(60, len(whole) - 2, 311):
        paths[0].write_bytes(whole[:end])
        with pytest.raises(SourceError, match=r"cases\.xml, line \d+, column \d+: not whole XML"):
            read_fmb(paths, fetched=DAY)


BOMB = (
    b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "x"><!ENTITY c "&b;&b;&b;">]>'
    b"<GetFmbResponse>&c;</GetFmbResponse>"
)
OUTSIDE = (
    b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/hostname">]>'
    b"<GetFmbResponse>&x;</GetFmbResponse>"
)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (BOMB, "refused, it declares entities (EntitiesForbidden); no FMB answer does."),
        (OUTSIDE, "refused, it declares entities (EntitiesForbidden); no FMB answer does."),
        (b"<html><body/></html>", "not an FMB answer: the root is 'html'"),
        (b"<GetFmbResponse/>", "not an FMB answer: the root is 'GetFmbResponse'"),
    ],
)
def test_foreign_xml_is_refused_with_the_reason(content, reason, xml_pair):
    paths = xml_pair()
    paths[0].write_bytes(content)
    with pytest.raises(SourceError) as caught:
        read_fmb(paths, fetched=DAY)
    assert reason in str(caught.value)


def test_both_answers_are_needed(xml_pair):
    cases, _ = xml_pair()
    with pytest.raises(SourceError, match=r"cases\.xml: no document of 'diagnosInformation'"):
        read_fmb([cases], fetched=DAY)
    with pytest.raises(SourceError, match="a second document of"):
        read_fmb([cases, cases], fetched=DAY)
