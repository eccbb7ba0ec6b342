"""Parquet: the type a column may have is part of the contract, and no day ever shifts."""

from contextlib import suppress
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import polars as pl
import pyarrow as pa
import pyarrow.parquet as parquet
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fmbstats.errors import SourceError
from fmbstats.sources.registers import blocks_parquet
from fmbstats.sources.registers.blocks import read_blocks
from fmbstats.sources.registers.contracts import Column, Contract
from fmbstats.sources.registers.dates import FORMS, days_of_numbers, days_of_texts
from tests.quick import part_of

CONTRACT = Contract(
    "t",
    "spells",
    (
        Column("person", "text", "id"),
        Column("number", "int", "id", nullable=True, is_required=False),
        Column("first", "date", "date", min="1990-01-01"),
        Column("last", "date", "date", nullable=True, null_values=("9999-12-31",)),
        Column("code", "code", "code", is_required=False, nullable=True),
    ),
    is_ordered=False,
)
DAYS = st.dates(date(1990, 1, 1), date(2053, 12, 31))
ZONES = ("Europe/Stockholm", "Europe/Helsinki", "Atlantic/Reykjavik", "America/New_York")


def written(tmp_path, **columns):
    path = tmp_path / "r.parquet"
    frame = {"person": ["a", "b"], "first": [date(2014, 1, 2)] * 2, "last": [None, None]}
    pl.DataFrame(frame | columns, strict=False).write_parquet(path)
    return path


def read(path, **settings_):
    blocks = list(read_blocks(path, replace(CONTRACT, **settings_)))
    return pl.concat([b.rows for b in blocks]), pl.concat([b.rejects for b in blocks])


def midnights(zone, days=(date(2014, 1, 2), date(2014, 7, 2))):
    moments = [datetime(d.year, d.month, d.day, tzinfo=ZoneInfo(zone)) for d in days]
    return pl.Series(moments).dt.convert_time_zone(zone)


@pytest.mark.parametrize("zone", ZONES)
def test_the_day_is_that_of_the_place_the_column_names(tmp_path, zone):
    rows, _ = read(written(tmp_path, first=midnights(zone)))
    assert rows["first"].to_list() == [date(2014, 1, 2), date(2014, 7, 2)]


@pytest.mark.parametrize("zone", ["UTC", "Etc/GMT-1", "+01:00"])
def test_utc_and_offsets_need_a_place(tmp_path, zone):
    stored = midnights("Europe/Stockholm").dt.convert_time_zone("UTC").to_arrow()
    path = tmp_path / "r.parquet"
    first = stored.cast(pa.timestamp("us", zone))
    table = pa.table({"person": ["a", "b"], "first": first, "last": pa.nulls(2, pa.date32())})
    parquet.write_table(table, path)
    with pytest.raises(SourceError, match=r"^r.parquet, column 'first': holds points in time in"):
        read(path)
    rows, _ = read(path, time_zone="Europe/Stockholm")
    assert rows["first"].to_list() == [date(2014, 1, 2), date(2014, 7, 2)]


@pytest.mark.parametrize("zone", ["Europe/Helsinki", "America/New_York", "Asia/Tokyo"])
def test_where_the_days_are_meant_goes_before_where_they_were_written(tmp_path, zone):
    """A session of a database in another place writes a Swedish midnight as its own time."""
    path = written(tmp_path, first=midnights("Europe/Stockholm").dt.convert_time_zone(zone))
    with pytest.raises(SourceError, match=r"points in time in \w+/\w+, where no day begins"):
        read(path)
    rows, _ = read(path, time_zone="Europe/Stockholm")
    assert rows["first"].to_list() == [date(2014, 1, 2), date(2014, 7, 2)]


@pytest.mark.parametrize("zone", ["Etc/GMT-1", "UTC"])
def test_midnights_of_a_clock_without_summer_time_are_their_days(tmp_path, zone):
    rows, _ = read(written(tmp_path, first=midnights(zone)), time_zone="Europe/Stockholm")
    assert rows["first"].to_list() == [date(2014, 1, 2), date(2014, 7, 2)]


def test_midnights_on_another_day_than_in_the_named_place_are_no_days(tmp_path):
    path = written(tmp_path, first=midnights("Etc/GMT-2"))
    rows, rejects = read(path, time_zone="Europe/Stockholm")
    assert rows["first"].to_list() == [date(2014, 7, 2)]
    assert rejects["value"].to_list() == ["2014-01-01 23:00:00"]


@pytest.mark.parametrize("zone", [None, "Europe/Stockholm"])
def test_a_time_of_day_is_a_fault_that_is_named(tmp_path, zone):
    moments = pl.Series([datetime(2014, 1, 2, 7, 30), datetime(2014, 1, 3)])
    rows, rejects = read(written(tmp_path, first=moments.dt.replace_time_zone(zone)))
    assert rows["first"].to_list() == [date(2014, 1, 3)]
    assert rejects.select("line", "column", "reason").rows() == [
        (1, "first", "'2014-01-02 07:30:00' has a time of day; expected a whole day")
    ]


@pytest.mark.parametrize("kind", [pl.Int32, pl.Int64, pl.Float64, pl.Decimal(10, 0)])
def test_numbers_are_no_dates_unless_somebody_says_which(tmp_path, kind):
    path = written(tmp_path, first=pl.Series([19725, 19726]).cast(kind))
    with pytest.raises(SourceError, match=r"'first': holds numbers such as .*\[file\] dates = 'sa"):
        read(path)
    rows, _ = read(path, dates="sas")
    assert rows["first"].to_list() == [date(2014, 1, 2), date(2014, 1, 3)]


def test_a_part_of_a_day_is_no_day(tmp_path):
    rows, rejects = read(written(tmp_path, first=pl.Series([19725.5, 19726.0])), dates="sas")
    assert (rows.height, rejects["column"].to_list()) == (1, ["first"])


def test_a_day_of_a_year_nobody_can_write_is_rejected(tmp_path):
    last = pl.Series([100_000_000, None], dtype=pl.Int32).cast(pl.Date)
    rows, rejects = read(written(tmp_path, last=last))
    assert rows["person"].to_list() == ["b"]
    assert rejects["value"].to_list() == ["100000000 days after 1970-01-01"]


def test_ids_that_floating_point_ran_together_are_refused(tmp_path):
    with pytest.raises(SourceError, match=r"'person': holds floating-point numbers from 2\^53"):
        read(written(tmp_path, person=pl.Series([1e18, 1e18 + 1])))
    with pytest.raises(SourceError, match=r"'person': holds floating-point numbers from 2\^24"):
        read(written(tmp_path, person=pl.Series([2.0**24, 5.0], dtype=pl.Float32)))
    rows, _ = read(written(tmp_path, person=pl.Series([7.0, 8.0]), number=pl.Series([1.0, None])))
    assert rows.select("person", "number").rows() == [("7", 1), ("8", None)]


@pytest.mark.parametrize(
    ("column", "values"),
    [
        ("code", pl.Series([{"a": "F32"}, {"a": "F33"}])),
        ("code", pl.Series([["F32"], ["F33"]])),
        ("code", pl.Series([b"F32", b"F33"])),
        ("code", pl.Series([date(2014, 1, 2)] * 2)),
        ("number", pl.Series([True, False])),
        ("first", pl.Series([True, False])),
        ("first", pl.Series([timedelta(1), timedelta(2)])),
    ],
)
def test_other_types_are_refused_by_the_columns_name(tmp_path, column, values):
    with pytest.raises(SourceError, match=rf"^r.parquet, column '{column}': holds .* expected "):
        read(written(tmp_path, **{column: values}))


@pytest.mark.parametrize("kind", [pl.Categorical, pl.Enum(["F32", "M54"])])
def test_categories_are_texts(tmp_path, kind):
    rows, _ = read(written(tmp_path, code=pl.Series(["F32", "M54"]).cast(kind)))
    assert rows["code"].to_list() == ["F32", "M54"]


@settings(
    max_examples=part_of(12),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(days=st.lists(DAYS, min_size=1, max_size=20), zone=st.sampled_from(ZONES))
def test_no_day_shifts_in_any_zone(tmp_path, days, zone):
    stored = midnights(zone, days)
    n = len(days)
    path = written(tmp_path, person=["a"] * n, first=stored, last=[None] * n)
    assert read(path)[0]["first"].to_list() == days
    path = written(
        tmp_path, person=["a"] * n, first=stored.dt.convert_time_zone("UTC"), last=[None] * n
    )
    assert read(path, time_zone=zone)[0]["first"].to_list() == days


@settings(max_examples=part_of(50))
@given(day=DAYS, name=st.sampled_from(sorted(n for n, f in FORMS.items() if f.is_number)))
def test_no_day_shifts_from_any_origin(day, name):
    form = FORMS[name]
    number = (day - form.origin).days * form.units_per_day
    frame = pl.DataFrame({"n": [float(number)], "t": [str(number)]})
    found = frame.select(
        days_of_numbers(pl.col("n"), form).alias("n"), days_of_texts(pl.col("t"), form).alias("t")
    )
    assert found.row(0) == (day, day)


@given(day=DAYS, name=st.sampled_from(sorted(n for n, f in FORMS.items() if f.format)))
def test_no_day_shifts_in_any_spelling(day, name):
    form = FORMS[name]
    suffix = " 00:00:00" if form.n_used == 10 else ""
    text = pl.DataFrame({"t": [day.strftime(form.format) + suffix]})
    assert text.select(days_of_texts(pl.col("t"), form)).item() == day


@settings(max_examples=part_of(40))
@given(day=DAYS, zone=st.sampled_from(ZONES))
def test_no_day_shifts_in_texts_of_instants(day, zone):
    moment = datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(zone))
    texts = [moment.isoformat(), moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")]
    form = FORMS["YYYY-MM-DDThh:mm:ssZ"]
    found = pl.DataFrame({"t": texts}).select(days_of_texts(pl.col("t"), form, zone))
    assert found["t"].to_list() == [day, day]


def flipped(path, places):
    data = bytearray(path.read_bytes())
    for place in places:
        data[place] ^= 0x40
    path.write_bytes(data)


def test_a_page_that_fails_its_checksum_is_refused(tmp_path):
    path = tmp_path / "r.parquet"
    table = pl.DataFrame({"person": [f"p{n}" for n in range(500)]}).with_columns(
        first=date(2014, 1, 2), last=pl.lit(None, pl.Date)
    ).to_arrow()  # fmt: skip
    parquet.write_table(
        table, path, write_page_checksum=True, compression="none", use_dictionary=False
    )
    assert read(path)[0].height == 500
    flipped(path, [path.read_bytes().index(b"p321")])
    with pytest.raises(SourceError, match="'person', row group 1: a page fails its checksum"):
        read(path)


@pytest.mark.parametrize("compression", ["none", "snappy", "zstd", "gzip"])
def test_a_dictionary_with_a_value_twice_is_refused(tmp_path, compression):
    path = tmp_path / "r.parquet"
    table = pl.DataFrame({"person": ["p1", "p2"], "first": date(2014, 1, 2)}).with_columns(
        last=pl.lit(None, pl.Date)
    )
    parquet.write_table(table.to_arrow(), path, compression=compression)
    data = path.read_bytes()
    if compression == "none":
        path.write_bytes(data.replace(b"p2", b"p1", 1))
        with pytest.raises(SourceError, match="a dictionary holds a value twice"):
            read(path)
    else:
        assert read(path)[0].height == 2


@settings(
    max_examples=part_of(30),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(place=st.integers(4, 2000))
def test_whatever_byte_is_flipped_is_read_or_refused(tmp_path, place):
    path = written(tmp_path, person=["a"] * 300, first=[date(2014, 1, 2)] * 300, last=[None] * 300)
    flipped(path, [min(place, path.stat().st_size - 1)])
    with suppress(SourceError):  # anything else is a bug
        assert read(path)[0].height


def test_midnights_in_an_offset_are_their_days_in_text_too():
    texts = pl.Series(["2014-07-02T00:00:00+01:00", "2014-07-02T00:00:00+05:00"])
    form = FORMS["YYYY-MM-DDThh:mm:ssZ"]
    days = texts.to_frame("t").select(days_of_texts(pl.col("t"), form, "Europe/Stockholm"))
    assert days["t"].to_list() == [date(2014, 7, 2), None]  # the last was another day there


@pytest.mark.parametrize("how", [
    {"row_group_size": 3}, {"row_group_size": 11}, {"use_dictionary": False},
    {"row_group_size": 64, "dictionary_pagesize_limit": 16}, {"compression": "zstd"},
])  # fmt: skip
def test_texts_are_read_alike_however_a_writer_numbers_them(tmp_path, monkeypatch, how):
    monkeypatch.setattr(blocks_parquet, "PARQUET_ROWS", 7)
    codes = [f"F3{n % 5}" if n % 6 else None for n in range(90)] + [" ", "", "M54.5 ", "Ångest"] * 3
    path, n = tmp_path / "r.parquet", len(codes)
    days = [date(2014, 1, 2)] * (n - 1) + [date(1900, 1, 1)]
    columns = {"person": [str(k) for k in range(n)], "first": days, "last": [None] * n}
    table = pa.table(columns | {"code": codes})
    parquet.write_table(table, path, **how)
    rows, rejects = read(path)
    table.to_pandas().to_csv(tmp_path / "r.csv", sep=";", index=False)
    plain, refused = read(tmp_path / "r.csv", separator=";")
    wanted = plain.with_columns(pl.col("line") - 1)  # its header is a line
    assert rows.sort("line").equals(wanted.select(rows.columns).sort("line"))
    assert rejects.height == refused.height == 1
    assert rejects["line"].item() == n


def test_texts_that_are_no_texts_are_damage(tmp_path):
    codes = pa.array([b"F32", b"F\xff2"]).view(pa.string())
    columns = {
        "person": ["a", "b"],
        "first": [date(2014, 1, 2)] * 2,
        "last": [date(2014, 1, 9)] * 2,
    }
    parquet.write_table(pa.table(columns | {"code": codes}), tmp_path / "r.parquet")
    with pytest.raises(SourceError, match="the file is damaged"):
        read(tmp_path / "r.parquet")
