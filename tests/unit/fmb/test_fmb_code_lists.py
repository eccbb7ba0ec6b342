"""Code lists: ICD-10-SE text files and FHIR resources come out alike."""

import json

import pytest

from fmbstats.errors import SourceError
from fmbstats.sources.codes.code_list import merge, read_code_list, write_code_list
from fmbstats.sources.codes.fhir import is_fhir, read_fhir
from fmbstats.sources.codes.icd10se import read_icd10se

TEXTS = ("codes.txt", "blocks.txt", "chapters.txt", "groups.txt")


@pytest.fixture
def whole(fixture_folder):
    return merge([read_icd10se(fixture_folder / name) for name in TEXTS])


def test_the_forms_without_heading(whole):
    assert whole.codes == {"M99", "M990", "M991", "F99", "F990"}
    assert whole.name_of("M99.0") == "Påhitt A"
    assert whole.name_of("M99.5") == "Påhitt M"
    assert whole.name_of("Z00") is None
    assert whole.range_of("M990", "block") == ("M95-M99", "Påhittat block")
    assert whole.range_of("F99", "chapter") == ("F00-F99", "Påhittat kapitel F")
    assert whole.range_of("K20", "group") == ("A00-E90,G00-M99", "Påhittad grupp")
    assert whole.range_of("Z00", "block") is None


def test_the_form_with_heading(fixture_folder):
    found = read_icd10se(fixture_folder / "codes_heading.tsv")
    assert found.frame.select("code", "name").rows() == [("M990", "Påhitt A"), ("F99", "Påhitt F")]


def test_fhir_code_system_with_nested_concepts(fixture_folder):
    found = read_fhir(fixture_folder / "codesystem.json")
    assert found.frame.select("code", "name", "level").rows() == [
        ("M95-M99", "Påhittat block", "block"),
        ("M99", "Påhitt M", "code"),
        ("M990", "Påhitt A", "code"),
    ]
    assert found.source["title"] == "Påhittad kodlista"
    assert found.source["version"] == "2020"


def test_fhir_value_sets_composed_and_expanded(fixture_folder):
    composed = read_fhir(fixture_folder / "valueset.json")
    assert composed.frame.select("code", "system").rows() == [
        ("F990", "urn:oid:1.2.752.116.1.1.1.3.2"),
        ("6736007", "http://snomed.info/sct"),
    ]
    expanded = read_fhir(fixture_folder / "valueset_expanded.json")
    assert expanded.frame.select("code", "name").rows() == [("M990", "Påhitt A")]


def test_fhir_and_text_are_told_apart(fixture_folder):
    assert is_fhir(fixture_folder / "codesystem.json")
    assert not is_fhir(fixture_folder / "codes.txt")


def test_a_list_is_written_and_read_back(whole, tmp_path):
    path = write_code_list(whole, tmp_path / "codes" / "icd10se.csv")
    assert read_code_list(path).frame.equals(whole.frame)
    source = json.loads((tmp_path / "codes" / "icd10se.source.json").read_text("utf-8"))
    assert [f["name"] for f in source["files"]] == list(TEXTS)
    assert all(len(f["sha256"]) == 64 for f in source["files"])
    with pytest.raises(SourceError, match=r"missing\. Make it with 'fmbstats import codes FILE'"):
        read_code_list(tmp_path / "none.csv")


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("M99\t\tPåhitt\nrygg\t\tOnt\n".encode(), "line 2: 'rygg' is not an ICD-10-SE code."),
        (b"M99\t\t\n", "line 1: code 'M99' has no name."),
        (
            b"M99;Namn\n",
            "line 1: 'M99;Namn' is no line of a code list; expected code, tab and name",
        ),
        ("M99\t\tPåhitt\n".encode("latin-1"), "line 1: not UTF-8 (byte 0xe5). Save the file as"),
        (b"Kod\tTitel\n\n", "holds no codes."),
        (b"Kod\tX\tTitel\nM99\n", "line 2: 1 fields where the heading has 3."),
        (b"M99\t\tA\nM99\t\tB\n", "code M99 has two names, 'A' and 'B'"),
        (b"", "the file is empty."),
    ],
)
def test_a_bad_list_is_refused_with_the_line(content, reason, tmp_path):
    path = tmp_path / "list.txt"
    path.write_bytes(content)
    with pytest.raises(SourceError) as caught:
        read_icd10se(path)
    assert reason in str(caught.value)


@pytest.mark.parametrize(
    ("resource", "reason"),
    [
        ('{"resourceType": "Patient"}', "resourceType is 'Patient'; expected CodeSystem or"),
        ('{"resourceType": "CodeSystem"', "line 1, column 30: not whole JSON"),
        ("[1]", "no object at the top."),
        ('{"resourceType": "CodeSystem"}', "holds no codes."),
        ('{"resourceType": "CodeSystem", "concept": [{"display": "x"}]}',
         "concept[0]: a concept without a code."),
        ('{"resourceType": "CodeSystem", "url": "urn:oid:1.2.752.116.1.1.1.3.2", '
         '"concept": [{"code": "rygg"}]}', "concept[0]: 'rygg' is not an ICD-10-SE code."),
        ('{"resourceType": "ValueSet", "compose": {"include": [{"system": "x"}]}}',
         "compose.include[0]: lists no concepts (it names a whole system or a filter). "
         "Give the expanded ValueSet."),
    ],
)  # fmt: skip
def test_a_bad_resource_is_refused_with_the_place(resource, reason, tmp_path):
    path = tmp_path / "resource.json"
    path.write_text(resource, "utf-8")
    with pytest.raises(SourceError) as caught:
        read_fhir(path)
    assert reason in str(caught.value)
