"""Known cases: what is known of a spell only ever removes cases; files of rules are checked."""

import math
import re
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fmbstats.codes import dotted
from fmbstats.errors import SourceError
from fmbstats.recommendations.case_rules import (
    CaseRule,
    narrowed,
    read_rule_file,
    read_rules,
    value_fault,
)
from fmbstats.recommendations.yardstick import bounds
from fmbstats.sources.fmb.rule_files import CASE_RULES

ROOT = Path(__file__).parents[3]
DAY = date(2026, 11, 29)
CASES = [{"entry_id": "e", "case_id": c} for c in "abc"]


def rule(case, evidence, value, effect, entry="e"):
    return CaseRule(entry, case, evidence, value, effect, "a source", "somebody", DAY)


def left(rules, **known):
    found = narrowed(CASES, rules, known)
    return "".join(row["case_id"] for row in found.cases), found.evidence


def test_only_leaves_the_cases_that_share_the_evidence():
    rules = [rule("a", "code", "F320", "only"), rule("b", "code", "F320", "only")]
    assert left(rules, code=["F3200"]) == ("ab", "code")
    assert left(rules, code=["F321"]) == ("abc", "")


def test_never_removes_one_case():
    assert left([rule("b", "comorbidity", "F10", "never")], comorbidity=["F102"]) == (
        "ac",
        "comorbidity",
    )


def test_several_kinds_of_evidence_are_told_by_name():
    rules = [
        rule("a", "sex", "women", "never"),
        rule("b", "procedure", "NFB", "only"),
        rule("c", "occupation", "71", "never"),
        rule("a", "age", "16-39", "never"),
    ]
    known = {"sex": ["women"], "procedure": ["NFB49"], "occupation": ["7112"], "age": ["45"]}
    assert left(rules, **known) == ("b", "occupation+procedure")


def test_contradictory_evidence_leaves_all_cases_and_is_told():
    rules = [rule("a", "code", "F320", "only"), rule("a", "sex", "men", "never")]
    assert left(rules, code=["F320"], sex=["men"]) == ("abc", "contradictory")


def test_a_rule_says_nothing_of_another_entry():
    assert left([rule("a", "code", "F3", "only", entry="other")], code=["F320"]) == ("abc", "")


kinds = st.sampled_from(["code", "comorbidity", "sex"])
rules_drawn = st.lists(
    st.builds(
        rule,
        st.sampled_from("abc"),
        kinds,
        st.sampled_from(["F32", "F320", "women"]),
        st.sampled_from(["only", "never"]),
    ),
    max_size=6,
)


@given(rules=rules_drawn, code=st.sampled_from(["F320", "F33"]))
def test_rules_only_ever_remove_cases_and_never_all(rules, code):
    found = narrowed(CASES, rules, {"code": [code], "sex": ["women"]})
    ids = [row["case_id"] for row in found.cases]
    assert ids
    assert set(ids) <= set("abc")
    if found.evidence in ("", "contradictory"):
        assert ids == list("abc")


@pytest.mark.parametrize(
    ("evidence", "value", "fault"),
    [
        ("code", "F320", None),
        ("code", "F32.0", "must be written without dot"),
        ("comorbidity", "rygg", "is no ICD-10-SE code"),
        ("sex", "kvinna", "is neither women nor men"),
        ("age", "16-39", None),
        ("age", "young", "is no span of ages, such as 16-39"),
        ("occupation", "2221", None),
        ("procedure", "jab30", "is no beginning of a code of procedure"),
    ],
)
def test_values_are_checked(evidence, value, fault):
    assert value_fault(evidence, value) == fault


@pytest.fixture(scope="module")
def shipped(committed):
    return read_rules(ROOT / "data_raw", committed.editions)


def test_the_shipped_rules_are_about_cases_of_their_entry_and_have_a_source(committed, shipped):
    assert len({r.entry_id for r in shipped}) >= 24
    codes = {}
    for edition in committed.editions:
        for case, code in edition.case_codes.iter_rows():
            codes.setdefault(case, set()).add(code)
    for r in shipped:
        # The code's own name, and the words of the case by which it is told.
        source = rf"ICD-10-SE {re.escape(dotted(r.value))}: .+; typfall {r.case_id}: .+"
        assert r.evidence == "code"
        assert re.fullmatch(source, r.source), r
        if r.effect == "only":
            assert any(r.value.startswith(c) for c in codes[r.case_id]), r


def test_the_shipped_rules_close_limits_and_take_away_cases_without_one(committed, shipped):
    closed, limited, contradictory = set(), set(), []
    for code in sorted({r.value for r in shipped}):
        for stretch in committed.stretches(code):
            found = narrowed(stretch.cases, shipped, {"code": [code]})
            before, after = bounds(stretch.cases, 30), bounds(found.cases, 30)
            entries = {row["entry_id"] for row in stretch.cases}
            if found.evidence == "contradictory":
                contradictory.append((code, stretch.valid_from))
            was_open = before["shortest"] < before["longest"]
            if was_open and after["shortest"] == after["longest"] < math.inf:
                closed |= entries
            if after["longest"] < before["longest"] == math.inf:
                limited |= entries
    assert contradictory == []
    assert len(closed) >= 15
    assert len(limited) >= 6


def test_severity_in_a_code_closes_or_opens_the_limit(committed, shipped):
    found = committed.possible(["F322", "F320", "F331", "F32"], shipped)
    rows = {
        code: found.sets.row(number, named=True)
        for code, start, number in found.matches.select("code", "valid_from", "match_id").rows()
        if start == date(2017, 1, 30)
    }
    assert (rows["F322"]["shortest_days_30"], rows["F322"]["longest_days_30"]) == (180, 180)
    assert (rows["F320"]["shortest_days_30"], rows["F320"]["longest_days_30"]) == (0, 90)
    assert rows["F331"]["longest_days_30"] == float("inf")
    assert rows["F331"]["is_judged"]
    assert rows["F32"]["evidence"] is None
    base = found.sets.row(rows["F322"]["base_id"], named=True)
    assert base["n_cases"] == 3


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("508,509,kod,F320,only,s,a,2026-11-29", "'kod' is not one of 'code', 'comorbidity'"),
        ("508,509,code,F320,maybe,s,a,2026-11-29", "'maybe' is not one of 'only', 'never'"),
        ("508,509,code,F320,only,,a,2026-11-29", "column 'source': is missing"),
        ("508,509,code,F320,only,s,a,29 nov", "is not a date"),
        ("508,999999,code,F320,only,s,a,2026-11-29", "no edition of FMB has '999999'"),
        ("508,509,code,32,only,s,a,2026-11-29", "'32' is no ICD-10-SE code"),
        (
            "508,509,code,F320,only,s,a,2026-11-29\n508,509,code,F320,never,s,a,2026-11-29",
            "is both 'only' and 'never'",
        ),
    ],
)
def test_a_bad_row_says_where_and_what(row, said, tmp_path, committed):
    path = tmp_path / "rules.csv"
    path.write_text(",".join(CASE_RULES.names) + "\n" + row + "\n", "utf-8")
    with pytest.raises(SourceError) as caught:
        read_rule_file(path, committed.editions)
    assert said in str(caught.value)
    assert str(path) in str(caught.value)


def test_what_is_known_beside_a_code_changes_neither_its_entry_nor_its_form():
    import polars as pl

    from fmbstats.recommendations.join_tables import Recommendations
    from fmbstats.sources.fmb.edition_tables import read_editions

    known = Recommendations(read_editions(ROOT / "data_raw" / "fmb"))
    texts = pl.Series(["F32", "F32|sex:women", "F32|comorbidity:F10;sex:men"])
    assert known.code_entries(texts).rows() == [(text, "508") for text in texts]
    rules = [rule("509", "sex", "women", "never", entry="508")]
    found = known.possible(texts, rules).sets
    assert found.filter(pl.col("evidence") == "sex").height == 1
