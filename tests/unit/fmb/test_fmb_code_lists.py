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
    names = dict(whole.frame.select("code", "name").iter_rows())
    assert names["M990"] == "Påhitt A"
    assert names["M99"] == "Påhitt M"
    levels = set(whole.frame.select("code", "level").iter_rows())
    assert {("M95-M99", "block"), ("F00-F99", "chapter"), ("A00-E90,G00-M99", "group")} <= levels


OFFICIAL = (
    '\ufeff"Kod"\t"Giltig från"\t"Överordnad kod"\t"Titel"\t"Latin"\t"Beskrivning"\n'
    '"05"\t"1997-01-01"\t""\t"Påhittat kapitel"\t""\t""\n'
    '"F30-F39"\t"1997-01-01"\t"05"\t"Påhittat block"\t""\t""\n'
    '"F32"\t"1997-01-01"\t"F30-F39"\t"Påhitt"\t""\t"en ""text""\növer två rader"\n'
    '"F32"\t""\t""\t""\t""\t"en till"\n'
    '"F43.8A"\t"2005-01-01"\t"F43.8"\t"Påhitt två"\t""\t""\n'
)


def test_the_official_file_with_chapters_blocks_and_rows_that_go_on(tmp_path):
    path = tmp_path / "icd-10-se.tsv"
    path.write_text(OFFICIAL, "utf-8")
    found = read_icd10se(path)
    assert found.frame.select("code", "name", "level", "valid_from").rows() == [
        ("F00-F99", "Påhittat kapitel", "chapter", "1997-01-01"),
        ("F30-F39", "Påhittat block", "block", "1997-01-01"),
        ("F32", "Påhitt", "code", "1997-01-01"),
        ("F438A", "Påhitt två", "code", "2005-01-01"),
    ]
    assert found.is_complete
    again = read_code_list(write_code_list(found, tmp_path / "codes.csv"))
    assert again.frame.equals(found.frame)
    for old, new, said in (
        ('"F43.8A"\t"2005-01-01"', '"F43.8A"\t"2005"', "line 7: '2005' is not a date"),
        ('"Påhitt två"', '""', "line 7: code 'F43.8A' has no name"),
    ):
        path.write_text(OFFICIAL.replace(old, new), "utf-8")
        with pytest.raises(SourceError, match=said):
            read_icd10se(path)


@pytest.mark.parametrize("n_missing", [4, 12, 30])
def test_an_official_file_that_is_cut_off_is_no_whole_one(tmp_path, n_missing):
    path = tmp_path / "icd-10-se.tsv"
    path.write_text(OFFICIAL[:-n_missing], "utf-8")
    with pytest.raises(SourceError, match="the file is cut off or damaged"):
        read_icd10se(path)


def test_the_primary_care_list_is_read_and_is_not_the_whole(tmp_path):
    path = tmp_path / "KSH.ANS"
    lines = "F32-P  Påhitt ett \nF430   Påhitt två\nR538A  Påhitt tre\n"
    more = "".join(f"F{n}-   Påhitt på ö\n" for n in range(50, 60))
    path.write_bytes((lines + more).encode("cp850"))
    assert set(read_icd10se(path).frame["name"][3:]) == {"Påhitt på ö"}
    path.write_bytes(lines.encode("latin-1"))
    found = read_icd10se(path)
    assert found.frame.select("code", "name", "system").rows() == [
        ("F32", "Påhitt ett", "KSH97-P"),
        ("F430", "Påhitt två", "KSH97-P"),
        ("R538A", "Påhitt tre", "KSH97-P"),
    ]
    assert not found.is_complete
    assert not read_code_list(write_code_list(found, tmp_path / "k.csv")).is_complete


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


ONE = {"code": "F32.9", "display": "Påhitt"}
SE = "http://hl7.org/fhir/sid/icd-10-se"


@pytest.mark.parametrize(
    ("resource", "reason"),
    [
        ({"resourceType": "CodeSystem", "url": "urn:oid:1.2.752.116.1.1.1.1.3",
          "content": "fragment", "concept": [ONE]}, "the code system's content is 'fragment'"),
        ({"resourceType": "CodeSystem", "url": SE, "concept": [ONE]},
         "the code system's content is None"),
        ({"resourceType": "CodeSystem", "url": SE, "content": "complete", "count": 9000,
          "concept": [ONE]}, "1 of the 9000 codes that the code system counts"),
        ({"resourceType": "ValueSet", "expansion": {
            "total": 1200, "contains": [ONE | {"system": SE}]}},
         "one page of an expansion: 1 of 1200 codes"),
        ({"resourceType": "ValueSet", "expansion": {"contains": [ONE | {"system": SE}]}},
         "a value set, which can be a part of the classification"),
        ({"resourceType": "CodeSystem", "url": SE, "content": "complete", "concept": [ONE]}, None),
    ],
)  # fmt: skip
def test_what_a_resource_says_of_its_completeness_is_kept(resource, reason, tmp_path):
    path = tmp_path / "r.json"
    path.write_text(json.dumps(resource), "utf-8")
    found = read_fhir(path)
    assert found.codes == {"F329"}
    assert found.source.get("incomplete") == reason
    assert read_code_list(write_code_list(found, tmp_path / "c.csv")).is_complete == (not reason)


def test_the_codes_of_another_system_are_no_ground_for_what_is_not_in_ours(tmp_path):
    path = tmp_path / "r.json"
    url = "http://hl7.org/fhir/sid/icd-10"
    resource = {"resourceType": "CodeSystem", "url": url, "content": "complete", "concept": [ONE]}
    path.write_text(json.dumps(resource), "utf-8")
    found = read_fhir(path)
    assert found.source["incomplete"] == f"the code system is {url!r}, not ICD-10-SE"


def test_chapters_by_number_and_names_that_are_designations_only(tmp_path):
    inner = {"code": "F32", "designation": [{"language": "en", "value": "Invented"},
                                            {"language": "sv", "value": "Påhitt"}]}  # fmt: skip
    resource = {"resourceType": "CodeSystem", "url": SE, "content": "complete",
                "concept": [{"code": "V", "display": "Kapitel", "concept": [inner]}]}  # fmt: skip
    path = tmp_path / "r.json"
    path.write_text(json.dumps(resource), "utf-8")
    assert read_fhir(path).frame.select("code", "name", "level").rows() == [
        ("F00-F99", "Kapitel", "chapter"), ("F32", "Påhitt", "code"),
    ]  # fmt: skip


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


@pytest.mark.parametrize(
    "row",
    [
        "NaN,NaN,NaN,NaN,NaN",
        ",Depressiv episod,code,x,",
        "F32,Depressiv episod,,x,",
        "F32",
        "F3\0002,Depressiv episod,code,x,",
    ],
)
def test_a_list_that_was_spoilt_in_place_names_its_line(tmp_path, row):
    path = tmp_path / "icd10se.csv"
    path.write_text(f"code,name,level,system,valid_from\nF43,Stress,code,x,\n{row}\n")
    with pytest.raises(SourceError, match=r"icd10se\.csv(, line 3: code .* is no row|: .* NUL)"):
        read_code_list(path)
