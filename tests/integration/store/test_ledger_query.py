"""The ledger's query run where holders keep their registers: DuckDB, PostgreSQL, Spark."""

import csv
import os
import re
import shutil
import subprocess
from datetime import date
from pathlib import Path

import duckdb
import polars as pl
import pytest
import sqlglot

import fmbstats
from fmbstats.cli import main
from fmbstats.settings import COUNTIES, READINGS

# Sets of cases are numbered as codes come, and codes of joined spells come to a build alone.
LEDGER = """
select * replace ((
    select string_agg(case_id || ' ' || edition, '|' order by case_id, edition)
    from raw_possible_cases as cases where cases.match_id = ledger.match_id
) as match_id)
from {} as ledger order by all
"""
EQUAL = ("mart_ledger", "mart_month_ledger")
READ = (
    "spell_id", "person_id", "start_date", "last_date", "code", "sex", "birth_year",
    "county_code", "occupation", "entry_day",
)  # fmt: skip


@pytest.fixture(scope="module")
def spells(register_file):
    """A register in which persons have several spells, many of them on the same days."""
    frame = pl.read_csv(
        register_file("spells"), try_parse_dates=True, schema_overrides={"county_code": pl.String}
    )
    return frame.with_columns(pl.col("person_id") % (frame.height // 5)).sample(
        fraction=1, shuffle=True, seed=18
    )


@pytest.fixture(scope="module")
def whole(spells, tmp_path_factory, data_raw):
    """The store that is built of these spells."""
    folder = tmp_path_factory.mktemp("whole")
    spells.write_csv(folder / "plain.csv")
    given = ("--register", str(folder / "plain.csv"), "--extraction", "2019-06-30")
    store = folder / "store.duckdb"
    assert main(["build", "--store", str(store), "--data", str(data_raw), *given]) == 0
    return store


@pytest.fixture
def query(capfd, data_raw):
    def ask(dialect, *options):
        capfd.readouterr()
        given = ("--dialect", dialect, "--extraction", "2019-06-30", "--data", str(data_raw))
        given += ("--without", "end_reason")
        assert main(["ledger", "sql", *given, *options]) == 0
        return capfd.readouterr().out.rstrip().removesuffix(";")

    return ask


@pytest.fixture
def imported(tmp_path, data_raw):
    """Make a store of the counts in a file; give its path."""

    def run(counts):
        to = tmp_path / "counted" / "store.duckdb"
        given = ("--name", "Räknat", "--extraction", "2019-06-30", "--data", str(data_raw))
        assert main(["ledger", "import", str(counts), "--to", str(to), *given]) == 0
        return to

    return run


def lines_of(counts):
    """The counts of a file, in one order."""
    return sorted(counts.read_text("utf-8").splitlines())


@pytest.fixture
def counted(tmp_path, spells, query):
    """The file of counts that DuckDB makes, held against the ledger by a test of its own."""
    counts = tmp_path / "by_duckdb.csv"
    with duckdb.connect() as connection:
        connection.register("frame", spells.to_arrow())
        connection.execute("create table spells as from frame")
        connection.sql(query("duckdb")).write_csv(str(counts))
    return counts


def assert_equal_ledgers(rows, one, other):
    for table in EQUAL:
        text = LEDGER.format(table)
        assert rows(one, text) == rows(other, text), table
    assert rows(one, "select sum(n) from mart_ledger") < [(3_900,)]  # many were joined


def test_counts_by_duckdb_are_the_ledger_without_the_readings_that_nobody_counted(
    tmp_path, whole, rows, counted, imported
):
    store, file = imported(counted), tmp_path / "margins.zip"
    assert_equal_ledgers(rows, store, whole)
    readings = {*READINGS}
    for path, wanted in ((store, set()), (whole, readings)):
        with fmbstats.open_store(path) as opened:
            frame = opened.diagnosis("F32", year=2017).sensitivity().frame
        assert readings & {*frame["assumption"]} == wanted
        assert frame["n_spells"].min() > 0
    assert main(["ledger", "export", str(file), "--store", str(store)]) == 0
    assert main(["ledger", "check", str(file)]) == 0


def test_counts_by_transact_sql_are_those_by_duckdb(tmp_path, spells, query, counted):
    """No SQL Server is at hand: the text is read as its dialect, and what was read is run."""
    counts = tmp_path / "counts.csv"
    (read,) = sqlglot.parse(query("tsql", "--table", "dbo.Sjukfall"), read="tsql")
    with duckdb.connect() as connection:
        connection.register("frame", spells.to_arrow())
        connection.execute('create schema dbo; create table dbo."Sjukfall" as from frame')
        connection.sql(read.sql("duckdb")).write_csv(str(counts))
    assert lines_of(counts) == lines_of(counted)


def test_without_persons_their_spells_must_be_one_already(tmp_path, whole, spells, query, counted):
    counts = tmp_path / "counts.csv"
    asked = query("duckdb", "--without", "person_id")
    assert "must be one row already" in asked
    with duckdb.connect() as connection:
        connection.register("frame", spells.to_arrow())
        connection.execute(f"attach '{whole}' as whole (read_only)")
        connection.execute(
            "create table spells as select frame.* replace (if(end_reason > 0, start_date + "
            "duration_day - 1, null)::date as last_date) from frame join (select spell_id, "
            "duration_day, end_reason from whole.mart_spells) using (spell_id)"
        )
        connection.sql(asked).write_csv(str(counts))
    assert lines_of(counts) == lines_of(counted)


def test_a_mapping_names_the_holders_columns_and_values(tmp_path, spells, query, counted):
    theirs = spells.rename({"sex": "Kön", "code": "dx", "start_date": "from"}).with_columns(
        pl.col("Kön").replace_strict({"men": "1", "women": "2"}, default=None),
        # Dots, small letters and blanks, as codes are written elsewhere.
        (" " + pl.col("dx").str.to_lowercase().str.slice(0, 3) + "." + pl.col("dx").str.slice(3)),
    )
    mapping = tmp_path / "mapping.toml"
    mapping.write_text(
        '[register]\nextraction_date = 2019-06-30\n[columns]\nsex = "Kön"\ncode = "dx"\n'
        'start_date = "from"\n[values.sex]\n1 = "men"\n2 = "women"\n',
        encoding="utf-8",
    )
    counts = tmp_path / "counts.csv"
    with duckdb.connect() as connection:
        connection.register("frame", theirs.to_arrow())
        connection.execute('create schema "Eget"')
        connection.execute('create table "Eget".fall as from frame')
        asked = query("duckdb", "--table", "Eget.fall", "--mapping", str(mapping))
        connection.sql(asked).write_csv(str(counts))
    assert lines_of(counts) == lines_of(counted)


@pytest.mark.slow
def test_counts_by_postgresql_are_the_ledger(
    tmp_path, whole, rows, spells, query, imported, postgres
):
    source, counts = tmp_path / "plain.csv", tmp_path / "counts.csv"
    spells.select(READ).write_csv(source)
    kinds = "spell_id bigint, person_id bigint, start_date date, last_date date, code text, "
    kinds += "sex text, birth_year int, county_code "
    postgres(f"create table spells ({kinds} text, occupation text, entry_day int)")
    postgres(f"\\copy spells from '{source}' with (format csv, header)")
    # psql reads a command of its own from one line.
    asked = " ".join(re.sub(r"^--.*", "", query("postgres"), flags=re.M).split())
    postgres(f"\\copy ({asked}) to '{counts}' with (format csv, header)")
    assert_equal_ledgers(rows, imported(counts), whole)


@pytest.fixture
def postgres(tmp_path):
    """Run statements in a PostgreSQL of our own, on a socket in a folder."""
    places = [*Path("/usr/lib/postgresql").glob("*/bin"), *Path("/usr/local/bin").glob("initdb/..")]
    folder = next((place for place in places if (place / "initdb").exists()), None)
    if folder is None:
        pytest.skip("PostgreSQL's server is not installed")
    home = Path(shutil.os.path.realpath(tmp_path)) / "pg"
    home.mkdir(mode=0o777)
    # The server refuses to run as root.
    wrapped = ("runuser", "-u", "postgres", "--") if os.geteuid() == 0 else ()
    if wrapped:
        shutil.chown(home, "postgres")
        for parent in [home, *home.parents][:-1]:
            parent.chmod(parent.stat().st_mode | 0o111) if parent.owner() == "root" else None
    run = {"check": True, "capture_output": True, "cwd": home}
    subprocess.run([*wrapped, folder / "initdb", "-A", "trust", "-E", "UTF8", home / "data"], **run)
    control = [*wrapped, folder / "pg_ctl", "-D", home / "data", "-w"]
    options = f"-c listen_addresses='' -c unix_socket_directories='{home}'"
    subprocess.run([*control, "-o", options, "-l", home / "log", "start"], **run)
    user = "postgres" if wrapped else os.environ.get("USER", "postgres")

    def execute(statement):
        asked = ["psql", "-h", home, "-U", user, "-d", "postgres", "-v", "ON_ERROR_STOP=1"]
        subprocess.run([*asked, "-c", statement], check=True, capture_output=True, text=True)

    yield execute
    subprocess.run([*control, "-m", "immediate", "stop"], **run)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
def test_counts_by_spark_are_the_ledger(tmp_path, whole, rows, spells, query, imported):
    sql = pytest.importorskip("pyspark.sql")
    if shutil.which("java") is None:
        pytest.skip("Spark needs Java")
    spells.select(READ).write_parquet(tmp_path / "plain.parquet")
    session = (
        sql.SparkSession.builder.master("local[2]")
        .config("spark.ui.enabled", "false")
        .config("spark.driver.bindAddress", "127.0.0.1")
        .config("spark.driver.host", "127.0.0.1")
        .config("spark.sql.warehouse.dir", str(tmp_path / "warehouse"))
        .getOrCreate()
    )
    try:
        session.read.parquet(str(tmp_path / "plain.parquet")).createOrReplaceTempView("spells")
        found = session.sql(query("spark"))
        heads, counted = found.columns, [tuple(row) for row in found.collect()]
    finally:
        session.stop()
    counts = tmp_path / "counts.csv"
    with counts.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([heads, *counted])
    assert_equal_ledgers(rows, imported(counts), whole)


def test_counts_that_cannot_be_are_refused(tmp_path, data_raw, capfd):
    good = {
        "code": "F32", "valid_from": "2017-01-30", "start_year": "2017", "start_month": "3",
        "sex": "women", "age_group": "30-39", "county_code": COUNTIES[0], "entry_day": "14",
        "duration_day": "40", "end_reason": "1", "n": "7",
    }  # fmt: skip

    def run(**changes):
        path = tmp_path / "counts.csv"
        row = good | changes
        path.write_text(",".join(row) + "\n" + ",".join(row.values()) + "\n", encoding="utf-8")
        to = tmp_path / "refused" / "store.duckdb"
        given = ("--name", "x", "--extraction", "2019-06-30", "--data", str(data_raw))
        code = main(["ledger", "import", str(path), "--to", str(to), *given])
        return code, capfd.readouterr().err, to.exists()

    assert run()[0] == 0
    for name, value in {
        "n": "0.5", "start_month": "13", "county_code": "99", "duration_day": "14", "sex": "woman",
        "start_year": "2031", "code": "f32", "valid_from": "30/1/2017", "end_reason": "6",
    }.items():  # fmt: skip
        shutil.rmtree(tmp_path / "refused", ignore_errors=True)
        code, said, exists = run(**{name: value})
        assert (code, exists) == (11, False), (name, said)
        assert "counts.csv, line 2" in said or "counts.csv, ledger.csv, line 2" in said
    code, said, _ = run(valid_from=date(2017, 2, 1).isoformat())
    assert (code, "no period of F32 begins on 2017-02-01" in said) == (13, True)
