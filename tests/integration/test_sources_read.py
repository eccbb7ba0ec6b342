"""What the overview says of the rows that were read, and of codes that match nothing."""

from __future__ import annotations

import re
import shutil

import pytest

from fmbstats.cli import main
from fmbstats.gate import run_gate

N_BAD, N_FEW = 9, 2


@pytest.fixture(scope="module")
def bad_folder(tmp_path_factory, data_raw):
    """Return a folder with data_raw, a register (r.csv) and the store built from it."""
    folder = tmp_path_factory.mktemp("bad")
    lines = ["person_id,start_date,last_date,code"]
    lines += [f"{n},2017-03-{n % 28 + 1:02},2017-08-01,F32" for n in range(1, 500)]
    lines += [f"{500 + n},2017-03-01,2017-08-01,XYZ" for n in range(N_BAD)]
    lines += [f"{600 + n},2017-03-01,2017-08-01,Q?" for n in range(N_FEW)]
    lines += [f"{610 + n},2017-03-01,2017-08-01,19811218" for n in range(6)]
    lines += [lines[1], "700,2017-03-01,2017-02-01,F32"]
    (folder / "r.csv").write_text("\n".join(lines) + "\n")
    shutil.copytree(data_raw, folder / "data_raw")
    build(folder)
    return folder


def build(folder):
    data, store, register = (folder / name for name in ("data_raw", "s.duckdb", "r.csv"))
    arguments = ["build", "--data", data, "--store", store, "--register", register,
                 "--extraction", "2019-01-01", "--format", "spells"]  # fmt: skip
    assert main([str(a) for a in arguments]) == 0


@pytest.fixture
def bad_store(bad_folder):
    return bad_folder / "s.duckdb"


def texts(html):
    return re.sub(r"<[^>]+>", "|", html).replace("\N{NO-BREAK SPACE}", " ")


def test_the_provenance_counts_rows_and_odd_codes_and_protects_few(bad_store):
    from fmbstats.pages.overview_parts.sources_read import sources_read
    from fmbstats.pages.overview_report import overview_report

    report = overview_report(year=2017, store=str(bad_store))
    said = texts("".join(t.html("sv") for t in sources_read(report)))
    assert re.search(r"Lästa rader\|+\s*\|*518\|", said)  # 499 + 9 + 2 + 6 + 1 repeated + 1 bad
    assert re.search(r"Upprepade rader, räknade en gång\|+\s*\|*färre än 5\|", said)
    assert re.search(r"Inte någon ICD-10-SE-kod\|+\s*\|*XYZ\|+\s*\|*17\|", said)
    assert "Q?" not in said  # too few to be named
    assert "19811218" not in said  # no code, and may be somebody's number
    told = sources_read(report)[1].values
    assert told[["metric", "stratum", "estimate"]].values.tolist() == [
        ["n_unknown_codes", "malformed", 17.0]
    ]
    exact = overview_report(year=2017, store=str(bad_store), language="en", release=False)
    said = texts("".join(t.html("en") for t in sources_read(exact)))
    assert re.search(r"Rejected rows\|+\s*\|*1\|", said)
    assert "Q?" in said


def test_the_index_says_it_in_one_line_with_a_link(bad_store, tmp_path):
    from fmbstats.pages.overview_parts.sources_read import read_line
    from fmbstats.pages.yearly_index import page_links
    from fmbstats.store import Store

    store = Store(bad_store)
    line = read_line(store, 5, "sv").replace("\N{NO-BREAK SPACE}", " ")
    assert line == (
        "Registret: lästa rader 518, underkända färre än 5, upprepade färre än 5, sjukfall med "
        "okänd kod 17"
    )
    assert "rejected 1, repeated 1," in read_line(store, None, "en")
    link = {"overview.html#provenance": line}
    assert page_links(tmp_path, link) == []
    (tmp_path / "overview.html").touch()
    assert page_links(tmp_path, link) == list(link.items())


@pytest.mark.slow
def test_the_pages_tell_what_was_read(bad_folder, tmp_path, run_main):
    work = shutil.copytree(bad_folder, tmp_path / "bad")
    given = ("--store", work / "s.duckdb", "--data", work / "data_raw", "--to", tmp_path / "r")
    assert run_main("report", "--only", "F32,overview", *given) == 0
    folder = tmp_path / "r" / "2017"
    index = (folder / "index.html").read_text("utf-8")
    assert '<a href="overview.html#provenance">Registret: lästa rader 518,' in index
    assert '<section id="provenance"' in (folder / "overview.html").read_text("utf-8")
    assert run_gate(folder).findings == ()
    # One more bad row elsewhere: the pages that tell of it are made anew.
    with (work / "r.csv").open("a") as register:
        register.write("701,2017-03-01,2017-02-01,M54\n")
    build(work)
    assert run_main("report", "--only", "F32,overview", *given) == 0
    assert "lästa rader 519," in (folder / "index.html").read_text("utf-8")
    page = texts((folder / "depressiv-episod.html").read_text("utf-8"))
    assert re.search(r"Lästa rader\|+\s*\|*519\|", page)
