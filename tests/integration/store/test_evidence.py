"""What is known of spells beside their code removes cases, whatever format the register has.

Back pain (M54.5, entry 259) has two cases in 2017: light work (261), heavy work (262).
"""

from __future__ import annotations

import shutil

import polars as pl
import pytest

from fmbstats import open_store
from fmbstats.errors import RejectedRowsError, SourceError
from fmbstats.sources.registers.evidence import read_evidence
from fmbstats.sources.registers.mapping import FileMapping
from fmbstats.store.ledger import export_ledger
from tests.quick import quick

HEAD = "entry_id,case_id,evidence,value,effect,source,approved_by,approved_on"
RULES = (
    "259,262,occupation,heavy,only",
    "259,261,occupation,light,only",
    "259,261,comorbidity,F10,never",
    "259,262,procedure,NAB,only",
    "259,262,age,60-,never",
    "259,261,sex,men,never",
)
# first day, SSYK, further diagnoses, procedure with its day, sex, birth year -> cases, evidence
SPELLS = (
    ("2017-01-02", "7112", "", "", "", "women", 1980, {"262"}, "occupation"),
    ("2017-01-03", "2221", "", "", "", "women", 1980, {"261"}, "occupation"),
    ("2017-01-04", "", "F102", "", "", "women", 1980, {"262"}, "comorbidity"),
    ("2017-01-05", "", "F329", "", "", "women", 1980, {"261", "262"}, None),
    ("2017-01-06", "", "", "NAB40", "2017-01-10", "women", 1980, {"262"}, "procedure"),
    ("2017-01-07", "", "", "NAB40", "2017-02-10", "women", 1980, {"261", "262"}, None),  # too late
    ("2017-01-08", "", "", "", "", "women", 1950, {"261"}, "age"),
    ("2017-01-09", "", "", "", "", "men", 1980, {"262"}, "sex"),
    ("2017-01-10", "7112", "F101", "", "", "women", 1980, {"262"}, "comorbidity"),
    ("2017-01-11", "2221", "F101", "", "", "women", 1980, {"261", "262"}, "contradictory"),
    ("2017-01-12", "", "", "", "", "women", 1980, {"261", "262"}, None),
)


def plain(person):
    rows = ["person_id,start_date,last_date,code,code_2,ssyk,sex,birth_year"]
    for k, (day, ssyk, more, _, _, sex, born, *_) in enumerate(SPELLS):
        rows.append(f"{person.format(k + 1)},{day},2017-03-31,M545,{more},{ssyk},{sex},{born}")
    return "\n".join([*rows, ""])


def midas():
    head = (
        "lopnr\tOMFATTNING\tDEL_FROM_DATUM\tDEL_TOM_DATUM\tFALL_FROM_DATUM\tFALL_TOM_DATUM\t"
        "FORSAKRADTYP_KOD\tDIAGNOS_KOD\tKON_KOD\tfodelsear\tKOMMUN_KOD\tSSYK3"
    )
    rows = [
        f"{k}\t1\t{day}\t2017-03-31\t{day}\t2017-03-31\t2\tM545\t{1 + (sex == 'women')}\t{born}\t"
        f"0180\t{ssyk[:3]}"
        for k, (day, ssyk, _, _, _, sex, born, *_) in enumerate(SPELLS, start=1)
    ]
    return "\n".join([head, *rows, ""])


def certificates():
    head = (
        "certificate_id,person_id,signed_date,code,code_2,degree_1,from_1,to_1,degree_2,from_2,"
        "to_2,degree_3,from_3,to_3,degree_4,from_4,to_4,occupation,is_withdrawn,sex,birth_year,"
        "county_code"
    )
    rows = [
        f"C{k},{k},{day},M545,{more},HELT_NEDSATT,{day},2017-03-31,,,,,,,,,,ARBETSSOKANDE,false,"
        f"{sex},{born},01"
        for k, (day, _, more, _, _, sex, born, *_) in enumerate(SPELLS, start=1)
    ]
    return "\n".join([head, *rows, ""])


@pytest.fixture
def data(tmp_path, data_raw):
    """A data folder with rules of the user's own, and her classes of occupations."""
    folder = tmp_path / "data_raw"
    shutil.copytree(data_raw, folder)
    (folder / "rules").mkdir()
    rows = [f"{rule},a trial,a physician,2026-11-29" for rule in RULES]
    (folder / "rules" / "own.csv").write_text("\n".join([HEAD, *rows, ""]))
    (folder / "rules" / "work.csv").write_text("ssyk,class\n7,heavy\n2,light\n222,light\n")
    return folder


@pytest.fixture
def facts(tmp_path):
    """Procedures as the patient register has them; what a format lacks of the rest as well."""

    def write(person="{}", kinds=()):
        procedures = tmp_path / "procedures.csv"
        rows = [
            f"{person.format(k)};{day};{code}"
            for k, (_, _, _, code, day, *_) in enumerate(SPELLS, start=1)
            if code
        ]
        procedures.write_text("\n".join(["lopnr;datum;KVA", *rows, ""]))
        rest = tmp_path / "rest.parquet"
        rows = [
            (person.format(k), day, kind, value)
            for k, (day, ssyk, more, *_) in enumerate(SPELLS, start=1)
            for kind, value in (("occupation", ssyk), ("comorbidity", more))
            if kind in kinds and value
        ]
        schema = ["person_id", "date", "evidence", "value"]
        frame = pl.DataFrame(rows, dict.fromkeys(schema, pl.String), orient="row")
        frame.with_columns(pl.col("date").str.to_date()).write_parquet(rest)
        return [procedures] + ([rest] if rows else [])

    return write


def found(store):
    """First day -> possible cases and evidence."""
    with open_store(store) as opened:
        frame = opened.sql(
            "select start_date, evidence, list(distinct case_id) as cases from mart_spells join "
            "raw_possible_sets using (match_id) join raw_possible_cases using (match_id) "
            "group by all"
        )
    return {
        str(r.start_date.date()): (
            set(r.cases),
            r.evidence if isinstance(r.evidence, str) else None,
        )
        for r in frame.itertuples()
    }


RIGHT = {day: (cases, evidence) for day, *_, cases, evidence in SPELLS}


FORMATS = {
    "plain": (plain("{}"), "{}", ()),
    "certificates": (certificates(), "{}", ("occupation",)),
    "texts": (plain("P{}"), "P{}", ()),
    "midas": (midas(), "{}", ("comorbidity",)),
}


@pytest.mark.parametrize("layout", ["plain", *quick("certificates", "texts", "midas")])
def test_evidence_leaves_the_cases_that_its_rules_say(tmp_path, build, data, facts, layout):
    register, person, kinds = FORMATS[layout]
    path = tmp_path / "register.csv"
    path.write_text(register)
    options = ["--extraction", "2019-06-30"]
    for file in facts(person, kinds):
        options += ["--evidence", str(file)]
    made = build(path, options=options, data=data)
    assert made.code == 0, made.output
    assert found(made.store) == RIGHT
    assert "spells have evidence that case rules ask for (age, comorbidity, occupation" in (
        made.output
    )
    with open_store(made.store) as store:
        diagnosis = store.diagnosis("M54.5", year=2017)
        known = diagnosis.known_cases()
        assert known.share.estimate == pytest.approx(8 / 11)
        assert sum(known.by_evidence.values()) == pytest.approx(8 / 11)
        assert "yrket" in known.text("sv")
        assert diagnosis.population().n_seen == len(SPELLS)
        assert {"M545"} == set(store.sql("select code from mart_ledger")["code"])
        assert export_ledger(store, tmp_path / "ledger.zip") > 0


def test_without_rules_of_the_users_own_the_same_register_is_not_touched(
    tmp_path, build, data_raw, facts
):
    path = tmp_path / "register.csv"
    path.write_text(plain("{}"))
    options = ["--extraction", "2019-06-30", "--evidence", str(facts()[0])]
    made = build(path, options=options)
    assert set(map(frozenset, (c for c, _ in found(made.store).values()))) == {
        frozenset({"261", "262"})
    }


@pytest.mark.parametrize(
    ("text", "error", "message"),
    [
        ("person;date\n1;2017-01-01\n", SourceError, "0 columns hold the codes"),
        ("person;procedure\n1;NAB40\n", SourceError, "0 columns hold the day"),
        ("person;date;kva\n1;2017-01-01;12345678\n", RejectedRowsError, "1 of 1 rows of evidence"),
        ("person_id,date,evidence,value\n1,2017-01-01,hearsay,F10\n", RejectedRowsError, "line 2"),
        ("person_id,date,evidence,value\n1,2018-01-01,procedure,NAB\n", RejectedRowsError, "after"),
        (
            "person_id,date,evidence,value\n1,2017-01-01,comorbidity,12\n",
            RejectedRowsError,
            "is no code of its kind",
        ),
    ],
)
def test_evidence_that_cannot_be_used_is_refused(tmp_path, text, error, message):
    from datetime import date

    path = tmp_path / "facts.csv"
    path.write_text(text)
    with pytest.raises(error, match=message):
        read_evidence(path, FileMapping(), date(2017, 12, 31), 0.01)
