"""Printed shares, medians and means: read as they are printed, held against a limit as bounds."""

from __future__ import annotations

import csv
import math
import re
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fmbstats.errors import SourceError
from fmbstats.published import published_bounds, published_facts
from fmbstats.sources.published import literature, mapped
from fmbstats.sources.published.literature import read_sheet
from fmbstats.stats.stated import Quantile, Share, bounds_at, exceedance_bounds_from_facts
from fmbstats.words.catalogue import of_ours
from tests.quick import part_of

HEADER = "source,page,definition,year,code,sex,kind,value,N\n"
SHEET = HEADER + (
    "Ek 2011,3,certificate days from day 8,2009-2010,M54,all,share 8-14 days,27 %,\n"
    "Ek 2011,3,certificate days from day 8,2009-2010,M54,all,share >= 90 days,11 %,\n"
    "Ek 2011,3,certificate days from day 8,2009-2010,M54,all,mean,26,\n"
    'Alm 2015,7,paid days of spells longer than 14 days,2004,G56.0,kvinnor,median,35,"1,121"\n'
)


def write(path: Path, text: str) -> Path:
    path.write_text(text, "utf-8")
    return path


def test_a_sheet_is_read_as_it_is_printed(tmp_path):
    facts = literature.read_sheet(write(tmp_path / "l.csv", SHEET))
    assert [(f.code, f.sex, f.kind, f.value, f.n) for f in facts] == [
        ("M54", "all", "share 8-14 days", "27 %", None),
        ("M54", "all", "share >= 90 days", "11 %", None),
        ("M54", "all", "mean", "26", None),
        ("G560", "women", "median", "35", 1121),
    ]
    assert [(f.year, f.period, f.length_basis, f.first_day) for f in facts[2:]] == [
        (2009, "2009-2010", "certificate_days", 8),
        (2004, "2004", "paid_days", 15),
    ]
    # What is written to data_raw is a sheet that says the same.
    (_, (header, rows)), *_ = literature.literature_facts(facts, "l").items()
    lines = [",".join('"' + str(v if v is not None else "") + '"' for v in r) for r in rows]
    again = literature.read_sheet(
        write(tmp_path / "again.csv", "\n".join([",".join(header), *lines]))
    )
    assert set(again) == set(facts)


def with_line(line: str) -> str:
    return HEADER + line + "\n"


BROKEN = {
    "no source": ",3,paid days from day 15,2009,M54,all,median,26,",
    "no definition of length": "Ek,3,days from day 15,2009,M54,all,median,26,",
    "no first day": "Ek,3,paid days,2009,M54,all,median,26,",
    "no code": "Ek,3,paid days from day 15,2009,backache,all,median,26,",
    "a range backwards": "Ek,3,paid days from day 15,2009,M06-M05,all,median,26,",
    "no kind": "Ek,3,paid days from day 15,2009,M54,all,about half,26,",
    "a share without its sign": "Ek,3,paid days from day 15,2009,M54,all,share >= 90 days,27,",
    "a share above all": "Ek,3,paid days from day 15,2009,M54,all,share >= 90 days,127 %,",
    "days as a share": "Ek,3,paid days from day 15,2009,M54,all,median,26 %,",
    "words for a value": "Ek,3,paid days from day 15,2009,M54,all,median,some,",
    "no year": "Ek,3,paid days from day 15,once,M54,all,median,26,",
    "no sex": "Ek,3,paid days from day 15,2009,M54,nurses,median,26,",
    "an N of zero": "Ek,3,paid days from day 15,2009,M54,all,median,26,0",
}
COLUMN = {
    "no source": "source", "no definition of length": "definition", "no first day": "definition",
    "no code": "code", "a range backwards": "code", "no kind": "kind", "no year": "year",
    "no sex": "sex", "an N of zero": "N",
}  # fmt: skip


@pytest.mark.parametrize("case", BROKEN)
def test_a_fact_that_cannot_be_one_is_refused_with_its_place(tmp_path, case):
    path = write(tmp_path / "l.csv", with_line(BROKEN[case]))
    column = COLUMN.get(case, "value")
    with pytest.raises(SourceError, match=rf"^l\.csv, line 2, column '{column}': "):
        literature.read_sheet(path)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("page", "side", r"l\.csv, line 1: the column 'side' is unknown; expected source, page"),
        (",N\n", "\n", r"l\.csv, line 1: the column 'N' is missing; a literature sheet has source"),
        ("page", "source", r"l\.csv, line 1: the column 'source' stands twice\."),
    ],
)
def test_another_header_is_refused(tmp_path, old, new, said):
    with pytest.raises(SourceError, match=f"^{said}"):
        literature.read_sheet(write(tmp_path / "l.csv", SHEET.replace(old, new, 1)))


def test_facts_that_no_lengths_can_have_are_refused(tmp_path):
    more = "Ek 2011,3,certificate days from day 8,2009-2010,M54,all,{},{},\n"
    for kind, value, said in (
        ("share >= 14 days", "60 %", "no lengths can have all of this"),
        ("median", "200", "no lengths can have all of this"),
        ("mean", "27", "two values of 'Ek 2011', 26 and 27"),
    ):
        path = write(tmp_path / "l.csv", SHEET + more.format(kind, value))
        with pytest.raises(SourceError, match=rf"^l\.csv: M54.*{said}"):
            literature.read_sheet(path)


def test_a_share_without_n_has_bounds_and_no_confidence(tmp_path):
    (tmp_path / "lit").mkdir()
    write(tmp_path / "lit" / "literature.csv", SHEET)
    (at_edge,) = published_bounds("M54", 89, data_raw=tmp_path)
    assert (at_edge.lo, at_edge.hi) == pytest.approx((0.105, 0.115))
    assert at_edge.bounds.reason_for_width == "rounded"
    assert at_edge.n_spells is None
    assert math.isnan(at_edge.bounds.lo_ci)
    assert math.isnan(at_edge.bounds.hi_ci)
    (inside,) = published_bounds("M54", 28, data_raw=tmp_path)
    # 27 % ended by day 14, so 72.5 to 73.5 % were longer; at least the 10.5 % of day 90 remain.
    assert (inside.lo, inside.hi) == pytest.approx((0.105, 0.735))
    # Certificates from day 8: a limit of 7 days cannot be tested, one of 14 can.
    (seven,) = published_bounds("M54", 7, data_raw=tmp_path)
    assert seven.flags == ("truncated_r",)
    (fourteen,) = published_bounds("M54", 14, data_raw=tmp_path)
    assert (fourteen.lo, fourteen.hi) == pytest.approx((0.725, 0.735))
    assert [f.row.kind for f in published_facts("M54", data_raw=tmp_path)] == [
        "share 8-14 days", "share >= 90 days", "mean",
    ]  # fmt: skip


def test_with_n_there_is_confidence_and_a_median_is_a_bound(tmp_path):
    (tmp_path / "lit").mkdir()
    write(tmp_path / "lit" / "literature.csv", SHEET)
    (found,) = published_bounds("G56.0", 35, data_raw=tmp_path)
    assert (found.lo, found.hi) == pytest.approx((0.0, 0.5))
    assert found.bounds.hi_ci > 0.5
    assert (found.n_spells, found.sex) == (1121, "women")
    (below,) = published_bounds("G56.0", 20, data_raw=tmp_path)
    assert (below.lo, below.hi) == pytest.approx((0.5, 1.0))


def test_net_days_are_never_held_against_a_limit(tmp_path):
    (tmp_path / "lit").mkdir()
    line = "Eng,1,net days in a year from day 1,2008,M51,all,share > 180 days,28 %,"
    write(tmp_path / "lit" / "literature.csv", with_line(line))
    assert published_bounds("M51", 180, data_raw=tmp_path) == []
    assert len(published_facts("M51", data_raw=tmp_path)) == 1


# -- the bounds hold for any lengths ------------------------------------------------------------


@settings(max_examples=part_of(60), deadline=None)
@given(
    lengths=st.lists(st.integers(8, 400), min_size=5, max_size=40),
    edges=st.lists(st.integers(8, 380), min_size=1, max_size=4, unique=True),
    limit=st.integers(8, 390),
)
def test_the_true_share_lies_in_the_bounds(lengths, edges, limit):
    n = len(lengths)

    def share(first, last):
        return sum(first <= t <= last for t in lengths) / n

    cuts = sorted(edges)
    facts = [Share(cuts[-1], math.inf, share(cuts[-1], math.inf), share(cuts[-1], math.inf))]
    for first, following in pairwise(cuts):
        value = share(first, following - 1)
        facts.append(Share(first, following - 1, max(value - 0.005, 0), min(value + 0.005, 1)))
    median = sorted(lengths)[(n - 1) // 2]
    facts.append(Quantile(0.5, median - 0.5, median + 0.5))
    lo, hi = bounds_at(facts, limit, 7)
    true = share(limit + 1, math.inf)
    assert lo - 1e-9 <= true <= hi + 1e-9
    # Another fact never widens the bounds.
    fewer_lo, fewer_hi = bounds_at(facts[1:], limit, 7)
    assert fewer_lo <= lo + 1e-9
    assert fewer_hi >= hi - 1e-9


def test_the_programme_and_the_envelope_agree():
    from fmbstats.stats.stated import _programmed

    facts = [Share(8, 14, 0.26, 0.28), Share(90, math.inf, 0.1, 0.12), Quantile(0.5, 20, 21)]
    for day in (7, 8, 14, 19, 20, 21, 60, 89, 90, 300):
        assert bounds_at(facts, day, 7) == pytest.approx(_programmed(facts, day, 7), abs=1e-7)


def test_contradictory_facts_allow_no_curve():
    with pytest.raises(ValueError, match="contradict"):
        exceedance_bounds_from_facts(
            [Share(30, math.inf, 0.2, 0.3), Share(60, math.inf, 0.5, 0.6)], 40, entry_day=14
        )


# -- mapped tables of shares, chapters and months ----------------------------------------------

SHARES = """
[table]
title = "Periods of 8 days or more"
separator = ";"
layout = "wide"
counts = "started"
length_basis = "certificate_days"
[columns]
code = "code"
start_year = "year"
[bands]
"8-14" = [8, 14]
"15-89" = [15, 89]
"90+" = [90]
"""
SHARE_ROWS = "code;year;8-14;15-89;90+;mean\nM54;2009;27;62;11;26\nM79;2009;26;61;13;27\n"


def mapped_files(tmp_path, mapping, rows):
    return write(tmp_path / "t.csv", rows), write(tmp_path / "m.toml", mapping)


def test_shares_under_the_name_of_counts_are_asked_about(tmp_path):
    table, mapping = mapped_files(tmp_path, SHARES, SHARE_ROWS)
    with pytest.raises(SourceError, match=r"^t\.csv: are these counts or shares\? the bands of"):
        mapped.read_mapped(table, mapping)
    said = SHARES.replace("[table]", '[table]\nvalues = "counts"')
    assert len(mapped.read_mapped(table, write(mapping, said)).bands) == 6
    decimals = SHARE_ROWS.replace("27;62", "27,4;61,6")
    with pytest.raises(SourceError, match=r"'27,4' is not a count; if the table holds shares"):
        mapped.read_mapped(write(table, decimals), mapping)


def test_shares_become_facts_without_an_invented_n(tmp_path):
    said = SHARES.replace("[table]", '[table]\nvalues = "percent"')
    said = said.replace('year"', 'year"\nmean = "mean"', 1)
    found = mapped.read_mapped(*mapped_files(tmp_path, said, SHARE_ROWS))
    assert found.bands == []
    assert {(f.kind, f.value) for f in found.facts if f.code == "M54"} == {
        ("share 8-14 days", "27 %"), ("share 15-89 days", "62 %"), ("share >= 90 days", "11 %"),
        ("mean", "26"),
    }  # fmt: skip
    assert {(f.n, f.length_basis, f.first_day) for f in found.facts} == {
        (None, "certificate_days", 8)
    }


CHAPTERS = """
[table]
counts = "certificates"
length_basis = "certificate_days"
[columns]
code = "Chapter"
start_year = "Date"
band = "Duration"
n_spells = "Count"
[values.code]
"Mental disorders" = "F00-F99"
[bands]
"Up to 1 week" = [1, 7]
"Longer" = [8]
[suppressed]
marks = ["*"]
max = 4
"""


def test_chapters_by_name_and_months_added_up_to_years(tmp_path):
    months = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
    rows = "Chapter,Date,Duration,Count\n" + "".join(
        f'Mental disorders,{m}{year},Up to 1 week,"1,000"\nMental disorders,{m}{year},Longer,*\n'
        for year in (2018, 2019)
        for m in (months if year == 2018 else months[:3])
    )
    found = mapped.read_mapped(*mapped_files(tmp_path, CHAPTERS, rows)).bands
    assert [(r.code, r.period, r.year, r.band_from_day, r.n_lo, r.n_hi) for r in found] == [
        ("F00-F99", "2018", 2018, 1, 12_000, 12_000),
        ("F00-F99", "2018", 2018, 8, 0, 48),
        ("F00-F99", "2019-01–2019-03", 2019, 1, 3_000, 3_000),
        ("F00-F99", "2019-01–2019-03", 2019, 8, 0, 12),
    ]
    # What is ongoing in a month is counted again in the next: it is not added up.
    stock = CHAPTERS.replace('"certificates"', '"ongoing"')
    found = mapped.read_mapped(*mapped_files(tmp_path, stock, rows)).bands
    assert len(found) == 2 * 15
    unnamed = rows.replace("Mental disorders", "Diseases of the eye")
    with pytest.raises(SourceError, match=r"Say which code it is under \[values\.code\]\.$"):
        mapped.read_mapped(*mapped_files(tmp_path, CHAPTERS, unnamed))


def test_what_we_wrote_beside_the_models_versions_is_said_in_the_readers_language(data_raw):
    facts = read_sheet(data_raw / "srs-versions" / "literature.csv")
    texts = {text for f in facts for text in (f.source, f.page, f.definition)}
    assert len(texts) == 5  # three versions, one place, one definition
    for text in texts:
        assert of_ours(text, "en") == text
        swedish = of_ours(text, "sv")
        assert swedish
        assert "'" not in swedish
        assert not {"spells", "of", "the"} & set(swedish.split())
    of_others = read_sheet(data_raw / "literature" / "literature.csv")
    assert {of_ours(f.source, "sv") for f in of_others} == {None}


def test_what_we_wrote_beside_figures_of_the_literature_is_said_in_swedish(data_raw):
    facts = read_sheet(data_raw / "literature" / "literature.csv")
    texts = {text for fact in facts for text in (fact.definition, fact.group, fact.page)}
    ours = {text for text in texts if re.search("[a-z]{3}", text)}  # codes are no words
    assert len(ours) > 20
    for text in ours:
        assert of_ours(text, "en") == text
        swedish = of_ours(text, "sv")
        assert swedish
        assert swedish != text


def entries_touched(data_raw: Path) -> dict[str, set[str]]:
    """Entries of the newest edition by the published folders that tell of one of their codes."""

    def codes_in(path: str) -> set[str]:
        with (data_raw / path).open(encoding="utf-8") as handle:
            return {row["code"].replace(".", "") for row in csv.DictReader(handle)}

    def is_of(code: str, published: str) -> bool:
        first, _, last = published.partition("-")
        if last:
            return first <= code[:3] <= last
        return code.startswith(published) or published.startswith(code)

    with (data_raw / "fmb/2020-04/entry_codes.csv").open(encoding="utf-8") as handle:
        owned = [(row["entry_id"], row["code"].replace(".", "")) for row in csv.DictReader(handle)]
    tables = {
        "fk": "fk/bands.csv",
        "srs": "srs/codes.csv",
        "srs-versions": "srs-versions/literature.csv",
        "literature": "literature/literature.csv",
    }
    return {
        name: {entry for entry, code in owned for one in codes_in(path) if is_of(code, one)}
        for name, path in tables.items()
    }


def test_the_number_of_entries_with_real_statistics_is_the_documented_one():
    data_raw = Path(__file__).parents[2] / "data_raw"
    found = entries_touched(data_raw)
    counts = {name: len(entries) for name, entries in found.items()}
    text = " ".join((data_raw / "README.md").read_text("utf-8").split())
    assert f"{len(set().union(*found.values()))} of the 116 entries" in text
    assert f"`fk` tells of {counts['fk']}, `srs` of {counts['srs']}" in text
    assert f"`srs-versions` of {counts['srs-versions']}" in text
    assert f"`literature` of {counts['literature']}" in text
