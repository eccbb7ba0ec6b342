"""Ledgers that were changed on their way: every tampering is refused, with file and place."""

import json
import zipfile
from datetime import date

import polars as pl
import pytest

from fmbstats.errors import SourceError
from fmbstats.store.ledger_file import SETTINGS, read_ledger, write_ledger

PERIOD = date(2017, 1, 30)
SETTINGS_OF_IT = {
    "register_name": "Norr",
    "register_files": "{}",
    "is_synthetic": True,
    "length_basis": "paid_days",
    "extraction_date": "2019-06-30",
    "cutoff_date": "2019-06-25",
    "gap_days": 5,
    "lag_days": 0,
    "n_rows_read": 20,
    "n_duplicates": 0,
    "n_rejected": 1,
    "n_excluded": 0,
    "n_withdrawn": 0,
    "n_not_at_risk": 0,
    "n_spells": 12,
    "counties": ["01", "12"],
}


def table(names, *rows):
    return pl.DataFrame(rows, schema=names.split(), orient="row")


def tables():
    """Twelve spells of F32 and Z73 in two counties, and all that follows from them."""
    course = "entry_day duration_day end_reason n"
    return {
        "ledger": table(
            f"code valid_from start_year {course} sex age_group county_code",
            ("F32", PERIOD, 2017, 14, 40, 1, 7, "women", "30-39", "01"),
            ("F32", PERIOD, 2018, 0, 500, 0, 1, "men", "60+", "12"),
            ("Z73", None, 2017, 14, 90, 2, 4, "unknown", "unknown", "01"),
        ),
        "months": table(
            f"code valid_from start_year start_month {course} county_code",
            ("F32", PERIOD, 2017, 3, 14, 40, 1, 7, "01"),
            ("F32", PERIOD, 2018, 1, 0, 500, 0, 1, "12"),
            ("Z73", None, 2017, 12, 14, 90, 2, 4, "01"),
        ),
        "basis": table(
            f"code valid_from start_year {course} basis",
            ("F32", PERIOD, 2017, 14, 40, 1, 12, "last"),
            ("F32", PERIOD, 2017, 14, 40, 1, 12, "longest"),
            ("F32", PERIOD, 2017, 14, 41, 1, 11, "gap_14"),
        ),
        "degrees": table(
            "code start_year degree_pct day n_change",
            ("F32", 2017, 100, 15, 7),
            ("F32", 2017, 100, 41, -7),
        ),
        "codes": table("code", ("F32",), ("Z73",)),
        "periods": table(
            "code valid_from valid_to set_from", ("F32", PERIOD, date(9999, 12, 31), PERIOD)
        ),
    }  # fmt: skip


def cell(name, row, **changes):
    """Change cells of one row of one table."""

    def tamper(own, settings):
        frame = own[name].with_columns(pl.all().cast(pl.String))
        for column, value in changes.items():
            values = frame[column].to_list()
            values[row] = value
            frame = frame.with_columns(pl.Series(column, values, dtype=pl.String))
        own[name] = frame

    return tamper


def setting(**changes):
    return lambda own, settings: settings.update(changes)


def without(key):
    return lambda own, settings: settings.pop(key)


def twice(name):
    def tamper(own, settings):
        own[name] = pl.concat([own[name], own[name].head(1)])

    return tamper


def renamed(name, old, new):
    def tamper(own, settings):
        own[name] = own[name].rename({old: new})

    return tamper


def dropped(name):
    return lambda own, settings: own.pop(name)


def extra(own, settings):
    own["persons"] = table("person_id", ("19811218-9876",))


TAMPERINGS = {
    "a count multiplied": (cell("ledger", 0, n="5000"), "ledger.csv: 5,005 spells of 19 rows"),
    "one spell more": (cell("ledger", 0, n="8"), "settings.json says 12"),
    "one spell less": (cell("ledger", 0, n="6"), "settings.json says 12"),
    "spells moved between years": (cell("ledger", 2, start_year="2018"), "by start_year"),
    "spells moved between counties": (cell("ledger", 0, county_code="12"), "by county_code"),
    "a negative count": (cell("ledger", 0, n="-1"), "ledger.csv, line 2, column 'n': '-1'"),
    "half a spell": (cell("ledger", 1, n="0.5"), "ledger.csv, line 3, column 'n': '0.5'"),
    "a count of nothing": (cell("ledger", 1, n="0"), "line 3, column 'n': '0'"),
    "a count with an exponent": (cell("ledger", 1, n="1e3"), "line 3, column 'n': '1e3'"),
    "a count with a sign": (cell("ledger", 1, n="+1"), "line 3, column 'n': '+1'"),
    "a huge count": (cell("ledger", 1, n="99999999999"), "line 3, column 'n'"),
    "a missing count": (cell("ledger", 1, n=""), "line 3, column 'n': ''"),
    "NaN": (cell("ledger", 1, n="NaN"), "line 3, column 'n': 'NaN'"),
    "a county that is none": (cell("ledger", 0, county_code="99"), "column 'county_code': '99'"),
    "another holder's county": (cell("months", 0, county_code="03"), "does not have"),
    "a county without its zero": (cell("ledger", 0, county_code="1"), "column 'county_code': '1'"),
    "a year to come": (cell("ledger", 0, start_year="2031"), "begins after the cut-off 2019-06-25"),
    "a year long past": (cell("ledger", 0, start_year="1789"), "column 'start_year': '1789'"),
    "a month too many": (cell("months", 0, start_month="13"), "column 'start_month': '13'"),
    "a sex of its own": (cell("ledger", 0, sex="Women"), "column 'sex': 'Women'"),
    "an age group of its own": (cell("ledger", 0, age_group="30-40"), "'age_group': '30-40'"),
    "a code that is none": (cell("ledger", 0, code="F3"), "column 'code': 'F3'"),
    "a code with a formula": (cell("ledger", 0, code="=1+1"), "column 'code': '=1+1'"),
    "a code that is not listed": (cell("ledger", 2, code="F33"), "list of codes lacks"),
    "an end reason too many": (cell("ledger", 0, end_reason="6"), "column 'end_reason': '6'"),
    "longer than the follow-up": (cell("ledger", 1, duration_day="900"), "anybody is followed"),
    "a negative length": (cell("ledger", 0, duration_day="-40"), "column 'duration_day': '-40'"),
    "ends before it is seen": (cell("ledger", 0, duration_day="14"), "before its entry day"),
    "an entry day beyond a year": (cell("ledger", 0, entry_day="365"), "'entry_day': '365'"),
    "a day that is none": (cell("ledger", 0, valid_from="2017-02-30"), "column 'valid_from'"),
    "a day with a time": (cell("ledger", 0, valid_from="2017-01-30 00:00"), "'valid_from'"),
    "a period that is none": (cell("ledger", 0, valid_from="2017-01-29"), "no period of F32"),
    "another set of cases": (cell("periods", 0, set_from="2018-01-30"), "no period of F32"),
    "a row twice": (twice("ledger"), "stands twice"),
    "a degree row twice": (twice("degrees"), "degrees.csv, line 2"),
    "a basis that is none": (cell("basis", 0, basis="first"), "column 'basis': 'first'"),
    "a reading of more spells": (cell("basis", 0, n="13"), "13 spells read as last, 12"),
    "a reading that loses spells": (cell("basis", 1, n="11"), "11 spells read as longest"),
    "a bridge that makes spells": (cell("basis", 2, n="13"), "13 spells read as gap_14"),
    "a degree that is none": (cell("degrees", 0, degree_pct="60"), "a degree other than"),
    "more at a degree than there are": (cell("degrees", 0, n_change="8"), "there are 7"),
    "fewer than none": (cell("degrees", 1, n_change="-8"), "-1 spells of F32"),
    "a column renamed": (renamed("ledger", "n", "antal"), "ledger.csv, line 1: columns are"),
    "a table missing": (dropped("codes"), "codes.csv is missing"),
    "a table of persons": (extra, "holds 'persons.csv', which no ledger has"),
    "more rows rejected than read": (setting(n_rejected=30), "spells of -10 rows"),
    "rows as a text": (setting(n_rows_read="20"), "n_rows_read: '20' came"),
    "rows as a truth": (setting(n_rows_read=True), "n_rows_read: 'True' came"),
    "a cut-off that is none": (setting(cutoff_date="2019-06-31"), "cutoff_date"),
    "a synthetic register as real": (setting(is_synthetic="false"), "is_synthetic: 'false' came"),
    "no number of spells": (without("n_spells"), "counties or n_spells is missing"),
    "no counties": (without("counties"), "counties or n_spells is missing"),
    "a cut-off moved": (
        lambda own, settings: settings.update(is_merged=False, cutoff_date="2019-06-29"),
        "the cut-off 2019-06-29 is not 5 days before",
    ),
    "a setting of its own": (setting(editions=["1999-01"]), "settings.json: says 'editions'"),
    "days of another kind": (setting(length_basis="hours"), "length_basis: 'hours' came"),
    "another entry day": (cell("ledger", 0, entry_day="13"), "other spells by entry_day"),
    "another length": (cell("ledger", 0, duration_day="39"), "other spells by duration_day"),
    "another end": (cell("ledger", 2, end_reason="1"), "other spells by end_reason"),
    "register files as a list": (setting(register_files="[]"), "register_files"),
}  # fmt: skip


def written(path, tamper=None):
    own, settings = tables(), dict(SETTINGS_OF_IT)
    if tamper:
        tamper(own, settings)
    write_ledger(path, settings, own)
    return path


def test_an_honest_ledger_is_read(tmp_path):
    ledger = read_ledger(written(tmp_path / "norr.zip"))
    assert ledger.tables["ledger"]["n"].sum() == 12


@pytest.mark.parametrize("name", TAMPERINGS)
def test_a_tampered_ledger_is_refused_with_file_and_place(tmp_path, name):
    """Whoever tampers is clever enough to write the right SHA-256 beside it."""
    tamper, expected = TAMPERINGS[name]
    with pytest.raises(SourceError) as raised:
        read_ledger(written(tmp_path / "norr.zip", tamper))
    said = str(raised.value)
    assert said.startswith("norr.zip")
    assert expected in said
    assert len(said) < 600


def changed_member(path, member, change):
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    members[member] = change(members[member])
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return path


@pytest.mark.parametrize("member", [f"{name}.csv" for name in tables()])
def test_a_table_changed_after_the_export_is_refused(tmp_path, member):
    path = changed_member(written(tmp_path / "norr.zip"), member, lambda c: c + b"\n")
    with pytest.raises(SourceError, match=rf"norr\.zip, {member}: is not what settings\.json says"):
        read_ledger(path)


def packed(path, *members, **more):
    """Write an archive of members, as they are or as `zipfile.ZipInfo` says."""
    with zipfile.ZipFile(path, "w", **more) as archive:
        for name, content in members:
            archive.writestr(name, content)
    return path.read_bytes()


def members_of(path):
    with zipfile.ZipFile(path) as archive:
        return [(name, archive.read(name)) for name in archive.namelist()]


def linked(name, target):
    entry = zipfile.ZipInfo(name)
    entry.external_attr = 0o120777 << 16
    return entry, target


def with_headers(content, local, central, value):
    """Set a byte in every header of an archive: after the marks of a member and of its entry."""
    changed = bytearray(content)
    for mark, place in ((b"PK\x03\x04", local), (b"PK\x01\x02", central)):
        at = changed.find(mark)
        while at >= 0:
            changed[at + place] = value
            at = changed.find(mark, at + 4)
    return bytes(changed)


ZIPS = {
    "a table twice": lambda own, p: packed(p, *own, own[1]),
    "settings twice": lambda own, p: packed(p, own[0], *own),
    "a member that leads out": lambda own, p: packed(p, *own, ("../../etc/x.csv", b"x")),
    "a member from the root": lambda own, p: packed(p, *own, ("/etc/x.csv", b"x")),
    "a member of Windows": lambda own, p: packed(p, *own, ("C:\\x.csv", b"x")),
    "a folder": lambda own, p: packed(p, *own, ("ledger.csv/", b"")),
    "a table in a folder": lambda own, p: packed(p, *[(f"a/{n}", c) for n, c in own]),
    "a table in other letters": lambda own, p: packed(p, *own, ("LEDGER.CSV", b"x")),
    "a link for a table": lambda own, p: packed(p, own[0], linked(own[1][0], "/x"), *own[2:]),
    "an archive in it": lambda own, p: packed(p, *own, ("more.zip", packed(p, *own))),
    "encrypted": lambda own, p: with_headers(packed(p, *own), 6, 8, 1),
    "packed by nobody knows what": lambda own, p: with_headers(packed(p, *own), 8, 10, 99),
    "cut off": lambda own, p: packed(p, *own)[:-30],
    "a bit flipped in a table": lambda own, p: flipped(packed(p, *own), own[1][1]),
    "nothing": lambda own, p: packed(p),
    "settings alone": lambda own, p: packed(p, own[0]),
    "a tar": lambda own, p: b"settings.json".ljust(512, b"\0") * 4,
}  # fmt: skip


def flipped(archive, table):
    at = archive.index(table) + len(table) // 2
    return archive[:at] + bytes([archive[at] ^ 1]) + archive[at + 1 :]


@pytest.mark.filterwarnings("ignore:Duplicate name")
@pytest.mark.parametrize("trick", ZIPS)
def test_an_archive_that_is_no_ledgers_is_refused_by_name(tmp_path, trick):
    own = members_of(written(tmp_path / "right.zip"))
    content = ZIPS[trick](own, tmp_path / "made.zip")
    assert content != (tmp_path / "right.zip").read_bytes()
    (tmp_path / "norr.zip").write_bytes(content)
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(SourceError, match=r"^norr\.zip") as raised:
        read_ledger(tmp_path / "norr.zip")
    assert len(str(raised.value)) < 600
    assert sorted(tmp_path.rglob("*")) == before


def test_more_than_forty_tamperings_are_tried():
    assert len(TAMPERINGS) + len(ZIPS) + len(tables()) >= 40


@pytest.mark.parametrize(
    "change",
    [lambda c: c[:-3], lambda c: b"[]", lambda c: b"[" * 100_000, lambda c: b"\xff", lambda c: b""],
)
def test_settings_that_are_none_are_refused(tmp_path, change):
    path = changed_member(written(tmp_path / "norr.zip"), SETTINGS, change)
    with pytest.raises(SourceError, match="is no ledger, or damaged"):
        read_ledger(path)


def test_what_unpacks_to_too_much_is_refused_before_it_is_read(tmp_path, monkeypatch):
    path = written(tmp_path / "norr.zip")
    monkeypatch.setattr("fmbstats.store.ledger_file.MOST_BYTES", 100)
    with pytest.raises(SourceError, match="unpacks to more than"):
        read_ledger(path)


def test_a_ledger_of_the_first_version_stays_readable(tmp_path):
    own, said = tables(), dict(SETTINGS_OF_IT) | {"ledger_version": 1}
    limits = (
        own.pop("periods")
        .drop("set_from")
        .with_columns(
            pl.lit("F32").alias("matched_code"),
            pl.lit("exact").alias("match_level"),
            *(pl.lit(90).alias(f"{e}_limit_days_{m}") for m in (30, 31) for e in ("min", "max")),
        )
    )
    del own["months"], said["n_spells"], said["counties"]
    path = tmp_path / "old.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(SETTINGS, json.dumps(said))
        for name, frame in (own | {"limits": limits}).items():
            archive.writestr(f"{name}.csv", frame.write_csv())
    ledger = read_ledger(path)
    assert sorted(ledger.tables) == ["basis", "codes", "degrees", "ledger", "periods"]
    assert ledger.tables["periods"]["set_from"].to_list() == [PERIOD]
