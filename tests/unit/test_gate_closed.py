"""Files with closed keys, texts that nothing may hold, and two releases beside each other."""

from __future__ import annotations

import json
from pathlib import Path

import polars as pl
import pytest

from fmbstats.batch import manifest
from fmbstats.gate.closed import check_closed
from fmbstats.gate.findings import Contents, Fault, Findings, Piece
from fmbstats.gate.inventory import REPORTS, Folder
from fmbstats.gate.patterns import scan_text
from fmbstats.gate.previous import check_previous
from fmbstats.release.open_data import LEDGER

REPORT = {"status": "done", "files": {"f32.html": "0" * 64}, "message": ""}
MANIFEST = {
    "format": manifest.FORMAT,
    "language": "sv",
    "versions": {"python": "3.11.7", "fmbstats": "0.1.0"},
    "reports": {"f32": REPORT},
}


def closed(name, text):
    findings = Findings()
    check_closed(Folder(Path(), REPORTS, {}, {name: text.encode()}), findings)
    assert findings.n_looks == {"form": 1}
    return [found.what for found in findings.sorted()]


def report(**changed):
    return {"reports": {"f32": REPORT | changed}}


@pytest.mark.parametrize(
    ("changed", "fault"),
    [
        ({}, None),
        (report(status="failed", message="why"), None),
        ({"person": 1}, "it has other keys than a manifest of ours."),
        ({"format": 1}, "it has another format or language than ours."),
        ({"language": "xx"}, "it has another format or language than ours."),
        ({"versions": {"anna": "1.0"}}, "it names other versions than ours."),
        ({"versions": {"python": "Anna"}}, "it names other versions than ours."),
        ({"reports": {"Anna Ek": REPORT}}, "a report with other keys than ours."),
        (report(person=1), "a report with other keys than ours."),
        (report(status="ill"), "a report with another status than ours."),
        (report(message="Anna"), "a report that is done and has a message."),
        (report(files={"f32.html": "Anna"}), "a file with a hash that is none."),
        (report(files={"f32.html": "0" * 63}), "a file with a hash that is none."),
    ],
)
def test_a_manifest_says_what_ours_may(changed, fault):
    found = closed(manifest.NAME, json.dumps(MANIFEST | changed))
    assert found == ([] if fault is None else [fault])


PERSON = "a personal identity number or one like it."


@pytest.mark.parametrize(
    ("text", "faults"),
    [
        # Made up, with a right check digit, as the tax agency's own example.
        ("19811218-9876", [PERSON]),
        ("811218-9876", [PERSON]),
        ("811218+9876", [PERSON]),
        ("198112189876", [PERSON]),
        ("19811218 9876", [PERSON]),
        ("811278-9873", [PERSON]),  # a coordination number: 60 is added to the day
        ("811261-0004", [PERSON]),
        ("811291-0008", [PERSON]),
        ("811260-0005", []),
        ("8112189876,5", []),  # a number with decimals
        ("1,8112189876", []),
        ("811218-9875", []),  # another check digit
        ("811318-9873", []),  # no month
        ("811232-9875", []),  # no day
        ("person_id", ["an identifier of persons or spells (person_id)."]),
        ("Löpnr", ["an identifier of persons or spells (Löpnr)."]),
        ("personidentitet", []),
        ("Traceback (most recent call last)", ["a traceback of a program."]),
        ("/home/anna/x", ["a path of a machine (/home/anna/x…)."]),
        (r"C:\anna", ["a path of a machine (C:\\a…)."]),
        ("och/eller", []),
        ("anna@example.org", ["an e-mail address."]),
        ("https://www.scb.se/x", []),
        ("https://example.org/x", ["an address that is no known source (https://example.org)."]),
        ("0" * 40, []),  # a hash is no number of a person
    ],
)
def test_what_no_text_may_hold(text, faults):
    found = list(scan_text([Piece("line 1", text)]))
    assert [fault.what for fault in found] == faults
    assert all(fault.where == "line 1" for fault in found)


def test_what_is_found_in_a_part_is_placed_in_the_whole():
    whole, part = Contents(), Contents()
    part.say("row 2", "text")
    part.say("row 3", " \n")  # blank
    part.say("", "all")
    part.names.append(Piece("head", "name"))
    part.fault("row 4", "what", "todo")
    whole.take(part, "sheet 1")
    assert whole.pieces == [Piece("sheet 1, row 2", "text"), Piece("sheet 1", "all")]
    assert whole.names == [Piece("sheet 1, head", "name")]
    assert whole.faults == [Fault("sheet 1, row 4", "what", "todo")]
    whole.take(part, "")
    assert whole.pieces[2:] == part.pieces


# -- two releases ----------------------------------------------------------------------------------


def ledger(*paths, year=2017):
    """A group by number and how many spells it tells; one row each."""
    return pl.DataFrame(
        {
            "margin": "county", "rec_id": "F32", "stratum": f"{k:02}", "start_year": year,
            "duration_day": 90, "end_reason": 1, "match_id": 0, "n": n,
        }
        for k, n in enumerate(paths)
    )  # fmt: skip


@pytest.mark.parametrize(
    ("earlier", "later", "n_changed"),
    [
        ((6, 6, 6, 6, 6), (6, 6, 6, 6, 6), 0),
        ((6, 6, 6, 6, 6), (12, 6, 6, 6, 6), 1),
        ((6, 6, 6, 6, 6), (12, 12, 6, 6, 6), 2),
        ((6, 6, 6, 6, 6), (12, 12, 12, 6, 6), 0),  # drawn anew
        ((6, 6, 6), (12, 6, 6), 0),  # too few groups to tell
        ((6, 6, 6, 6), (12, 6, 6, 6), 1),
        ((6, 6, 6, 6), (12, 12, 6, 6), 0),
    ],
)
def test_a_release_that_differs_in_few_groups_tells_where(tmp_path, earlier, later, n_changed):
    ledger(*earlier).write_parquet(tmp_path / LEDGER)
    findings = Findings()
    said = check_previous(ledger(*later), tmp_path, findings)
    assert said == f"Compared with {tmp_path}: {len(later)} groups in both."
    of = f"of the groups of 2017, {n_changed} of {len(later)} differ from the earlier release"
    assert [found.what for found in findings.sorted()] == (
        [f"{of}, the others do not."] if n_changed else []
    )
    assert findings.n_looks == {"earlier release": len(later)}


def test_years_are_compared_apart(tmp_path):
    pl.concat([ledger(6, 6, 6, 6), ledger(6, 6, 6, 6, year=2018)]).write_parquet(tmp_path / LEDGER)
    findings = Findings()
    now = pl.concat([ledger(12, 12, 12, 12), ledger(12, 6, 6, 6, year=2018)])
    check_previous(now.sample(fraction=1, shuffle=True, seed=1), tmp_path, findings)
    assert [found.what.split(",")[0] for found in findings.sorted()] == ["of the groups of 2018"]


def test_an_earlier_release_without_a_ledger_is_said_to_be_so(tmp_path):
    said = check_previous(ledger(6), tmp_path, Findings())
    assert said == f"{tmp_path} holds no {LEDGER}: it was made by an earlier version."
