"""For any mapping of any format, text or Parquet: every line is accounted for, no day shifts."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fmbstats.errors import SourceError
from fmbstats.sources.registers import certificates, midas, spell_contract
from fmbstats.sources.registers.blocks import read_blocks
from fmbstats.sources.registers.certificates import CertificateSettings
from fmbstats.sources.registers.dates import FORMS
from fmbstats.sources.registers.mapping import FileMapping
from fmbstats.sources.registers.midas import MidasSettings
from fmbstats.sources.registers.spellsource import RegisterSettings
from tests.quick import part_of

EXTRACTION = date(2049, 12, 31)
LAYOUTS = {
    "spells": lambda m: spell_contract.dated_contract(RegisterSettings(EXTRACTION, mapping=m)),
    "midas": lambda m: midas.needed_columns(MidasSettings(EXTRACTION, mapping=m)),
    "certificates": lambda m: certificates.dated_contract(
        CertificateSettings(EXTRACTION, mapping=m)
    ),
}
ZONES = ("Europe/Stockholm", "America/New_York", "Asia/Tokyo", "Pacific/Auckland")
# Everybody is of age, also in the first year.
VALUES = {"fodelsear": "1970", "birth_year": "1970", "is_withdrawn": "false", "ssyk": "11"}
IS_LAST = ("last_date", "DEL_TOM_DATUM", "FALL_TOM_DATUM", "to_1", "to_2", "to_3", "to_4")
BAD = "not one"


def right(column, number):
    """A value that passes, as text."""
    if column.unit == "id":
        return str(1000 + number)
    if column.name in VALUES:
        return VALUES[column.name]
    if column.allowed:
        return str(column.allowed[-1])
    if column.type == "code":
        return "F321"
    return "0180" if column.pattern == r"\d{4}" else None


def rows_of(contract, days, bad):
    """One row per day: days of the contract's columns, and texts of all others."""
    dates = [c for c in contract.columns if c.type == "date"]
    texts = [c for c in contract.columns if c.type != "date" and right(c, 0) is not None]
    spoiled = next(c for c in texts if c.unit != "id" and c.type == "text" and c.allowed)
    told = {
        c.name: [d + timedelta(20) if c.name in IS_LAST else d for d in days] for c in dates
    }  # fmt: skip
    said = {c.name: [right(c, n) for n in range(len(days))] for c in texts}
    said[spoiled.name] = [
        BAD if n in bad else text for n, text in enumerate(said[spoiled.name])
    ]  # fmt: skip
    return told, said


def as_text(day, name, zone):
    form = FORMS[name]
    if form.is_instant:
        moment = datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(zone))
        return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    if form.is_number:
        return str((day - form.origin).days * form.units_per_day)
    return day.strftime(form.format) + (" 00:00:00" if form.n_used == 10 else "")


def as_moments(days, zone, stored):
    moments = [datetime(d.year, d.month, d.day, tzinfo=ZoneInfo(zone)) for d in days]
    kind = pl.Datetime("us", zone)
    return pl.Series(moments, dtype=kind).dt.convert_time_zone(zone if stored == "own" else "UTC")


def check(path, contract, told, n_lines, n_bad):
    """Every line is read or rejected, and every day that was read is the one that was written."""
    blocks = list(read_blocks(path, contract, block_bytes=400))
    assert sum(b.n_read for b in blocks) == n_lines
    kept = pl.concat([b.rows.select("line", *told) for b in blocks])
    assert kept.height + sum(b.n_rejected + b.n_duplicates for b in blocks) == n_lines
    assert sum(b.n_rejected for b in blocks) == n_bad
    first_line = 1 if path.suffix == ".parquet" else 2
    for row in kept.iter_rows(named=True):
        n = row.pop("line") - first_line
        assert row == {name: days[n] for name, days in told.items()}


EXAMPLES = {"deadline": None, "suppress_health_check": [HealthCheck.function_scoped_fixture]}
DAYS = st.lists(st.dates(date(1990, 1, 1), date(2049, 12, 1)), min_size=2, max_size=25)
BAD_ROWS = st.sets(st.integers(0, 24), max_size=4)


@pytest.mark.parametrize("layout", LAYOUTS)
@settings(max_examples=part_of(12), **EXAMPLES)
@given(
    days=DAYS,
    bad=BAD_ROWS,
    form=st.sampled_from(sorted(FORMS)),
    zone=st.sampled_from(ZONES),
    separator=st.sampled_from([",", ";", "\t", "|"]),
    encoding=st.sampled_from(["utf-8", "cp1252", "utf-8-sig"]),
    renamed=st.booleans(),
)
def test_text_in_any_mapping(tmp_path, layout, days, bad, form, zone, separator, encoding, renamed):
    file = {"dates": form, "separator": separator, "encoding": encoding.removesuffix("-sig")}
    file |= {"time_zone": zone} if FORMS[form].is_instant else {}
    contract = LAYOUTS[layout](FileMapping(file=file))
    told, said = rows_of(contract, days, bad)
    columns = {
        name: [as_text(d, form, zone) for d in values] for name, values in told.items()
    } | said  # fmt: skip
    names = {name: f"Ö {name}" for name in columns} if renamed else {}
    if renamed:
        mapping = FileMapping(file=file, columns=names)
        contract = LAYOUTS[layout](mapping)
    path = tmp_path / "r.csv"
    lines = [separator.join(names.get(name, name) for name in columns)]
    lines += [separator.join(row) for row in zip(*columns.values(), strict=True)]
    path.write_text("\n".join(lines) + "\n", encoding=encoding)
    check(path, contract, told, len(days), len([n for n in bad if n < len(days)]))


@pytest.mark.parametrize("layout", LAYOUTS)
@settings(max_examples=part_of(12), **EXAMPLES)
@given(
    days=DAYS,
    bad=BAD_ROWS,
    stored=st.sampled_from(["days", "own", "utc", "texts", "numbers", "midnights"]),
    zone=st.sampled_from(ZONES),
    form=st.sampled_from(sorted(FORMS)),
)
def test_parquet_in_any_mapping(tmp_path, layout, days, bad, stored, zone, form):
    number = form if FORMS[form].is_number else "sas"
    file = {
        "utc": {"time_zone": zone},
        "texts": {"dates": form} | ({"time_zone": zone} if FORMS[form].is_instant else {}),
        "numbers": {"dates": number},
    }.get(stored, {})
    contract = LAYOUTS[layout](FileMapping(file=file))
    told, said = rows_of(contract, days, bad)
    written = {
        "days": lambda values: values,
        "own": lambda values: as_moments(values, zone, "own"),
        "utc": lambda values: as_moments(values, zone, "utc"),
        "texts": lambda values: [as_text(d, form, zone) for d in values],
        "numbers": lambda values: [float(as_text(d, number, zone)) for d in values],
        "midnights": lambda values: pl.Series(values).cast(pl.Datetime("ns")),
    }[stored]
    columns = {name: pl.Series(name, written(values)) for name, values in told.items()}
    path = tmp_path / "r.parquet"
    pl.DataFrame(columns | said).write_parquet(path, row_group_size=9)
    check(path, contract, told, len(days), len([n for n in bad if n < len(days)]))


@pytest.mark.parametrize("layout", LAYOUTS)
@settings(max_examples=part_of(12), **EXAMPLES)
@given(days=DAYS, form=st.sampled_from(sorted(FORMS)), said_form=st.sampled_from(sorted(FORMS)))
def test_a_mapping_that_says_another_form_is_never_read_as_other_days(
    tmp_path, layout, days, form, said_form
):
    """Only days in a form that cannot be told from the one that was said may be taken for it."""
    written, said = FORMS[form], FORMS[said_form]
    if {form, said_form} == {"DD/MM/YYYY", "MM/DD/YYYY"} or (written.is_number and said.is_number):
        return  # whoever says so is believed: nothing in the file tells
    if {form, said_form} & {"YYYYMMDD"} and (written.is_number or said.is_number):
        return
    contract = LAYOUTS[layout](FileMapping(file={"dates": said_form, "time_zone": ZONES[0]}))
    told, others = rows_of(contract, days, set())
    columns = {n: [as_text(d, form, ZONES[0]) for d in v] for n, v in told.items()} | others
    path = tmp_path / "r.csv"
    separator = contract.separator
    lines = [separator.join(columns)]
    lines += [separator.join(row) for row in zip(*columns.values(), strict=True)]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    with suppress(SourceError):
        for block in read_blocks(path, contract):
            for row in block.rows.select("line", *told).iter_rows(named=True):
                n = row.pop("line") - 2
                assert row == {name: days_[n] for name, days_ in told.items()}
