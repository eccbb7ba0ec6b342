"""What the overview says of the rows that were read, and of codes that match nothing."""

from __future__ import annotations

import re
import shutil

import pytest

from fmbstats.cli import main

N_BAD, N_FEW = 9, 2


@pytest.fixture
def bad_store(tmp_path, data_raw):
    lines = ["person_id,start_date,last_date,code"]
    lines += [f"{n},2017-03-{n % 28 + 1:02},2017-08-01,F32" for n in range(1, 500)]
    lines += [f"{500 + n},2017-03-01,2017-08-01,XYZ" for n in range(N_BAD)]
    lines += [f"{600 + n},2017-03-01,2017-08-01,Q?" for n in range(N_FEW)]
    lines += [lines[1], "700,2017-03-01,2017-02-01,F32"]
    register = tmp_path / "r.csv"
    register.write_text("\n".join(lines) + "\n")
    data = shutil.copytree(data_raw, tmp_path / "data_raw")
    store = tmp_path / "s.duckdb"
    arguments = ["build", "--data", data, "--store", store, "--register", register,
                 "--extraction", "2019-01-01", "--format", "spells"]  # fmt: skip
    assert main([str(a) for a in arguments]) == 0
    return store


def texts(html):
    return re.sub(r"<[^>]+>", "|", html).replace("\N{NO-BREAK SPACE}", " ")


def test_the_provenance_counts_rows_and_odd_codes_and_protects_few(bad_store):
    from fmbstats.reports.overview_parts.sources_read import sources_read
    from fmbstats.reports.overview_report import overview_report

    report = overview_report(year=2017, store=str(bad_store))
    said = texts("".join(t.html("sv") for t in sources_read(report)))
    assert re.search(r"Lästa rader\|+\s*\|*512\|", said)  # 499 + 9 + 2 + 1 repeated + 1 bad
    assert re.search(r"Upprepade rader, räknade en gång\|+\s*\|*färre än 5\|", said)
    assert re.search(r"Inte någon ICD-10-SE-kod\|+\s*\|*XYZ\|+\s*\|*11\|", said)
    assert "Q?" not in said  # too few to be named
    exact = overview_report(year=2017, store=str(bad_store), language="en", release=False)
    said = texts("".join(t.html("en") for t in sources_read(exact)))
    assert re.search(r"Rejected rows\|+\s*\|*1\|", said)
    assert "Q?" in said
