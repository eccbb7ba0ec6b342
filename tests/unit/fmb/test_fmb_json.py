"""The reader of the open API's documents, on invented files."""

import contextlib
import json
from datetime import date

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fmbstats.errors import ContradictionError, SourceError, UserError
from fmbstats.recommendations.join_tables import Recommendations
from fmbstats.sources.fmb.answers import read_fmb
from fmbstats.sources.fmb.items import local_date
from fmbstats.sources.fmb.open_api import read_json
from tests.quick import part_of

DAY = date(2020, 4, 2)
SOURCE = {
    "edition": "2020-04", "title": "", "publisher": "", "url": "", "fetched_date": "2020-04-02",
    "licence_note": "", "quality": "production",
}  # fmt: skip


def recommendation(item):
    return item["attributes"]["rekommenderadsjukskrivning"]


def test_facts_of_an_edition(invented_editions, rows):
    edition = invented_editions[2]
    assert repr(edition) == "<Edition 2020-04 (production): 4 entries, 7 cases, 6 codes>"
    assert rows(edition.entries, "entry_id", "name", "slug", "updated_date")[0] == (
        "1", "Påhittad ryggvärk", "pahittad-ryggvark", date(2010, 6, 1),
    )  # fmt: skip
    assert rows(edition.cases, "case_id", "number", "unit", "degree", "max_number") == [
        ("2", 3, "wk", "full", 3),
        ("3", 4, "wk", "full", None),
        ("21", 3, "mo", "full", 3),
        ("22", None, None, "full", None),
        ("32", 0, "d", "full", 0),
        ("33", 12, "mo", "part", 12),
        ("51", 4, "wk", "full", 4),
    ]


def test_a_title_with_newline_and_equal_titles_get_unique_slugs(invented_editions):
    assert invented_editions[2].entries["slug"].to_list() == [
        "pahittad-ryggvark",
        "pahittad-nedstamdhet",
        "pahittad-skada-30",
        "pahittad-skada-31",
    ]


def test_flags_and_wordings(invented_editions, rows):
    cases = invented_editions[2].cases
    is_open = pl.col("limit_kind") == "open_ended"
    assert rows(cases.filter(is_open), "case_id", "length_text", "min_number") == [
        ("3", "Längre än 4 veckor", 4)
    ]
    assert rows(cases, "case_id", "length_text")[4] == ("32", "Ingen sjukskrivning")
    assert rows(cases, "limit_kind")[3] == ("permanent",)


def test_criteria_are_terms_with_groups_and_status(invented_editions, rows):
    assert rows(
        invented_editions[2].criteria, "case_id", "criterion", "group_no", "code", "status"
    ) == [
        ("3", "severity", 1, "6736007", None),
        ("21", "comorbidity", 1, "F100", None),
        ("21", "comorbidity", 2, "F200", None),
        ("21", "comorbidity", 2, "F210", None),
        ("32", "procedure", 1, "51316009", "performed"),
        ("33", "workload", 1, "BELASTNING_3", None),
    ]


def test_icf_codes_with_domain_and_role(invented_editions, rows):
    assert rows(invented_editions[2].icf, "entry_id", "domain", "role", "code") == [
        ("1", "activity", "central", "d430"),
        ("1", "impairment", "supplementary", "b280"),
    ]


@pytest.mark.parametrize(
    ("moment", "day"),
    [
        ("2010-05-31T22:00:00+0000", date(2010, 6, 1)),  # summer time
        ("2016-12-08T23:00:00+0000", date(2016, 12, 9)),  # winter time
        ("2017-01-29T23:00:00+0000", date(2017, 1, 30)),
    ],
)
def test_times_are_utc_of_local_midnight(moment, day):
    assert local_date(moment) == day


def test_the_hash_follows_the_content_not_the_version(json_pair):
    def version(data):
        data[0]["attributes"]["version"] = "2"

    def content(data):
        recommendation(data[0])["maximalsjukskrivningstid"] = "4"

    plain, other_version, other_content = (
        read_fmb(json_pair(edit=edit), fetched=DAY).cases["content_hash"][0]
        for edit in (None, version, content)
    )
    assert plain == other_version
    assert plain != other_content


def test_the_order_of_the_files_does_not_matter(json_pair):
    first, second = json_pair()
    a, b = read_fmb([first, second], fetched=DAY), read_fmb([second, first], fetched=DAY)
    assert a.cases.equals(b.cases)


def drop_number_unit(data):
    recommendation(data[1])["maximalsjukskrivningsenhet"] = None


def drop_field(data):
    del data[1]["attributes"]["fmbtillstand"]["urvalatgard"]


def odd_code(data):
    data[1]["attributes"]["fmbtillstand"]["diagnoskod"][0]["kod"] = "rygg"


def odd_number(data):
    recommendation(data[1])["maximalsjukskrivningstid"] = "tre"


def odd_date(data):
    data[1]["attributes"]["giltighetsperiod"]["start"] = "15 november"


def odd_time(data):
    data[1]["attributes"]["senastuppdaterad"] = "2016-12-08"


def odd_shape(data):
    data[1]["attributes"]["fmbtillstand"]["urvalsvarighetsgrad"] = ["medelsvår"]


def other_type(data):
    data[1]["type"] = "observation"


FAULTS = {
    drop_number_unit: "item 2 (id 3), 'maximalsjukskrivningsenhet': None beside the number '4'; "
    "expected d, wk or mo, or neither.",
    drop_field: "item 2 (id 3): field 'fmbtillstand.urvalatgard' is missing.",
    odd_code: "item 2 (id 3), 'fmbtillstand.diagnoskod': 'rygg' is not an ICD-10-SE code.",
    odd_number: "item 2 (id 3), 'maximalsjukskrivningstid': 'tre' is no whole number.",
    odd_date: "item 2 (id 3), 'giltighetsperiod.start': '15 november' is not a date.",
    odd_time: "item 2 (id 3), 'senastuppdaterad': '2016-12-08' is not a time.",
    odd_shape: "item 2 (id 3): not the form of an FMB item (AttributeError: 'str' object has no "
    "attribute 'values').",
}


@pytest.mark.parametrize("fault", FAULTS, ids=lambda f: f.__name__)
def test_a_bad_item_is_named_with_file_and_field(fault, json_pair):
    paths = json_pair(edit=fault)
    with pytest.raises(SourceError) as caught:
        read_fmb(paths, fetched=DAY)
    assert str(caught.value) == f"{paths[1]}, {FAULTS[fault]}"


def test_items_of_another_type_are_foreign(json_pair):
    paths = json_pair(edit=other_type)
    with pytest.raises(SourceError, match="items of type observation, typfall; expected"):
        read_fmb(paths, fetched=DAY)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "the file is empty"),
        (b"  \n", "the file is empty"),
        (b"{\0}", "a NUL byte at 1; not a text file"),
        (b'{"data": [', "line 1, column 11: not whole JSON (Expecting value)"),
        (b'{"rows": []}', "not an FMB document: no list 'data' at the top"),
        (b'{"data": []}', "not an FMB document: no list 'data' at the top"),
        (b'{"data": [1]}', "'data' holds something other than items"),
        (b"[1, 2]", "not an FMB document: no list 'data' at the top"),
        ('{"data": "åäö"}'.encode("latin-1"), "not UTF-8 at byte 10"),
        (b"code;name", "neither JSON nor XML; expected an answer of an FMB service"),
        (b'{"a":' * 200_000, "is no FMB document (maximum recursion"),
    ],
)
def test_a_foreign_or_broken_file_is_refused_with_the_reason(content, reason, json_pair):
    paths = json_pair()
    paths[1].write_bytes(content)
    with pytest.raises(SourceError) as caught:
        read_fmb(paths, fetched=DAY)
    assert str(caught.value).startswith(str(paths[1]))
    assert reason in str(caught.value)


def test_a_truncated_file_is_refused_wherever_it_is_cut(json_pair):
    paths = json_pair()
    whole = paths[1].read_bytes()
    for end in range(100, len(whole) - 1, 997):
        paths[1].write_bytes(whole[:end])
        with pytest.raises(SourceError):
            read_fmb(paths, fetched=DAY)


def test_one_file_twice_or_a_missing_one_is_said(json_pair, tmp_path):
    first, second = json_pair()
    with pytest.raises(SourceError, match="a second document of"):
        read_fmb([first, first], fetched=DAY)
    with pytest.raises(SourceError, match=r"entries\.json: no document of 'typfall'"):
        read_fmb([first], fetched=DAY)
    with pytest.raises(SourceError, match=r"no such file"):
        read_fmb([first, second.with_name("none.json")], fetched=DAY)


def test_files_of_both_services_are_no_edition(json_pair, fixture_folder):
    with pytest.raises(SourceError, match="files of two services"):
        read_fmb([json_pair()[0], fixture_folder / "rivta_2016_cases.xml"], fetched=DAY)


def test_two_limits_for_one_case_stop_and_name_both(json_pair):
    def twice(data):
        again = json.loads(json.dumps(data[0]))
        recommendation(again)["maximalsjukskrivningstid"] = "9"
        data.append(again)

    with pytest.raises(ContradictionError) as caught:
        read_fmb(json_pair(edit=twice), fetched=DAY)
    assert str(caught.value) == (
        "entries.json, cases.json: case 2 has contradictory limits: 3 wk and 9 wk. "
        "Ask the publisher which one holds; nothing was loaded."
    )


def test_the_same_case_twice_is_refused(json_pair):
    with pytest.raises(SourceError, match="case_id 2 stands more than once"):
        read_fmb(json_pair(edit=lambda data: data.append(data[0])), fetched=DAY)


def test_quality_by_what_the_files_say_of_their_host(json_pair):
    paths = json_pair()
    assert read_fmb(paths, fetched=DAY).source["quality"] == "production"
    for path in paths:
        text = path.read_text("utf-8").replace("api.socialstyrelsen.se", "dev.example.org")
        path.write_text(text, "utf-8")
    assert read_fmb(paths, fetched=DAY).source["quality"] == "development"


def nodes(value, path=()):
    yield path
    if isinstance(value, dict | list):
        for key, child in value.items() if isinstance(value, dict) else enumerate(value):
            yield from nodes(child, (*path, key))


@settings(
    max_examples=part_of(60),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(data=st.data())
def test_any_damage_to_an_item_gives_an_edition_or_a_user_error(data, json_pair):
    def damage(items):
        index = data.draw(st.integers(0, len(items) - 1))
        path = data.draw(st.sampled_from([p for p in nodes(items[index]) if p]))
        target = items[index]
        for key in path[:-1]:
            target = target[key]
        target[path[-1]] = data.draw(
            st.sampled_from(
                [None, [], {}, "", "x", 7, -1, True, ["x"], {"kod": None}, [[]], [None]]
            )
        )

    which = data.draw(st.sampled_from(["entries", "cases"]))
    with contextlib.suppress(UserError):  # anything else is a bug
        found = read_json(json_pair(which, damage), SOURCE)
        Recommendations([found]).gaps()
