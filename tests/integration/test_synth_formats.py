"""One synthetic truth, written in every format and read back: the same spells each time."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import duckdb
import polars as pl
import pytest
from click.testing import CliRunner
from polars.testing import assert_frame_equal

from fmbstats import synth
from fmbstats.cli.synth import synth as synth_command
from fmbstats.errors import RejectedRowsError, UserError
from fmbstats.sources.registers import certificates, midas, spells
from fmbstats.sources.registers.spellsource import RegisterSettings
from fmbstats.store.staging import stage_register
from fmbstats.synth.writers import FORMATS, write_register

DATA_RAW = Path(__file__).parents[2] / "data_raw"
EXTRACTION = date(2019, 6, 30)
N = 20_000
READERS = {
    "spells": lambda p: spells.read(p, RegisterSettings(EXTRACTION)),
    "spells-parquet": lambda p: spells.read(p, RegisterSettings(EXTRACTION)),
    "midas": lambda p: midas.read(p, midas.MidasSettings(EXTRACTION)),
    "certificates": lambda p: certificates.read(p, certificates.CertificateSettings(EXTRACTION)),
}
CARRIED = [
    "person_id", "start_date", "last_date", "code", "code_last", "code_longest", "sex",
    "birth_year", "county_code", "occupation", "degree_pct", "entry_day", "end_reason",
]  # fmt: skip


@pytest.fixture(scope="module")
def truth():
    return synth.draw_register(N, seed=11, data_raw=DATA_RAW)


@pytest.fixture(scope="module")
def carried(truth):
    """What all formats carry of the drawn spells."""
    frame = truth[0].with_columns(
        pl.col("person_id").cast(pl.String),
        pl.col("last_date").is_not_null().cast(pl.Int8).alias("end_reason"),
    )
    return frame.select(CARRIED).sort("person_id", "start_date")


def staged(source, *queries, max_share=0.5):
    with duckdb.connect() as connection:
        connection.execute("set enable_progress_bar = false")
        result = stage_register(connection, source, max_share)
        return result, *(connection.sql(query).pl() for query in queries)


def canonical(frame):
    return (
        frame.with_columns(pl.col("person_id").cast(pl.String))
        .select(CARRIED)
        .sort("person_id", "start_date")
    )


def write(path, layout, share=0.0, **options):
    return write_register(
        path, data_raw=DATA_RAW, n_spells=N, seed=11, layout=layout, share_faults=share, **options
    )


@pytest.mark.parametrize("layout", FORMATS)
def test_the_same_spells_come_back_from_every_format(tmp_path, carried, layout):
    path = tmp_path / ("register.parquet" if "parquet" in layout else "register.csv")
    n_rows = write(path, layout, share=0.01, with_end_reason=False)
    result, back = staged(READERS[layout](path), "select * from raw_spells")
    assert_frame_equal(canonical(back), carried, check_dtypes=False)
    assert back["spell_id"].n_unique() == back.height
    assert back["gap_days"].sum() == 0
    info = result.info
    assert info.n_rows_read == n_rows
    if layout != "spells-parquet":
        assert info.n_duplicates > 0
        assert info.n_rejected > 0
        assert result.rejects.select("file", "line").n_unique() == info.n_rejected


@pytest.mark.parametrize("layout", ["spells", "midas", "certificates"])
def test_a_repeated_file_and_a_split_file_change_nothing(tmp_path, carried, layout):
    whole = tmp_path / "whole.csv"
    write(whole, layout, with_end_reason=False)
    header, *lines = whole.read_text().splitlines(keepends=True)
    first, second = tmp_path / "first.csv", tmp_path / "second.csv"
    half = len(lines) // 2
    first.write_text(header + "".join(reversed(lines[half:])))
    second.write_text(header + "".join(lines[:half]))
    result, back = staged(READERS[layout]([first, whole, second]), "select * from raw_spells")
    assert_frame_equal(canonical(back), carried, check_dtypes=False)
    assert result.info.n_rows_read == 2 * len(lines)
    assert result.info.n_duplicates == len(lines)
    assert result.info.n_rejected == 0


def merged(segments):
    """Neighbouring segments with the same degree and code made one."""
    changes = (pl.col("degree_pct") != pl.col("degree_pct").shift()) | (
        pl.col("code") != pl.col("code").shift()
    )
    key = ["person_id", "start_date"]
    return (
        segments.sort(*key, "from_day")
        .with_columns(changes.fill_null(True).cum_sum().over(key).alias("run"))
        .group_by(*key, "run", maintain_order=True)
        .agg(pl.col("from_day").min(), pl.col("to_day").max(), pl.col("degree_pct", "code").first())
        .drop("run")
    )


@pytest.mark.parametrize("layout", ["midas", "certificates"])
def test_degree_segments_come_back(tmp_path, truth, layout):
    path = tmp_path / "register.csv"
    write(path, layout)
    _, back = staged(
        READERS[layout](path),
        "select person_id::varchar as person_id, start_date, from_day, to_day, "
        "segments.degree_pct, segments.code "
        "from raw_segments as segments join raw_spells using (spell_id)",
    )
    drawn, segments, _ = truth
    segments = segments.join(
        drawn.select("spell_id", pl.col("person_id").cast(pl.String), "start_date", "entry_day"),
        on="spell_id",
    )
    if layout == "midas":  # an employee's first two weeks are not in MiDAS
        segments = segments.with_columns(
            pl.max_horizontal("from_day", pl.col("entry_day") + 1).alias("from_day")
        )
    assert_frame_equal(
        merged(back),
        merged(segments.drop("spell_id", "entry_day")),
        check_dtypes=False,
        check_column_order=False,
    )


def test_end_reasons_survive_in_the_plain_table(tmp_path, truth):
    path = tmp_path / "register.csv"
    write(path, "spells")
    _, back = staged(READERS["spells"](path), "select spell_id, end_reason from raw_spells")
    both = truth[0].select("spell_id", "end_reason").join(back, on="spell_id")
    assert both.height == N
    assert (both["end_reason"] == both["end_reason_right"]).all()


def test_too_many_rejects_stop_the_build_and_show_the_first(tmp_path):
    path = tmp_path / "register.csv"
    write(path, "midas", share=0.05)
    with pytest.raises(RejectedRowsError, match=r"lines were rejected; at most 1\.0% may be") as e:
        staged(READERS["midas"](path), max_share=0.01)
    assert str(e.value).count("register.csv, line ") == 5
    assert e.value.exit_code == 12


def test_an_unknown_format_writes_nothing(tmp_path):
    with pytest.raises(UserError, match="'xlsx' is no format; choose one of spells"):
        write(tmp_path / "register.xlsx", "xlsx")
    assert list(tmp_path.iterdir()) == []


def test_the_command_writes_the_same_file_for_the_same_seed(tmp_path):
    def run(name, *options):
        arguments = ["--spells", "500", "--seed", "4", "--to", str(tmp_path / name), *options]
        result = CliRunner().invoke(synth_command, arguments)
        assert result.exit_code == 0, result.output
        return result.output, (tmp_path / name).read_bytes()

    output, first = run("one.tsv", "--format", "midas", "--faults", "0.1")
    assert "of 500 SYNTHETIC spells (seed 4); known to 2019-06-30" in output
    assert run("two.tsv", "--format", "midas", "--faults", "0.1")[1] == first
    assert run("three.tsv", "--format", "midas")[1] != first
    plain = run("four.csv", "--no-end-reason")[1].splitlines()
    assert b"end_reason" not in plain[0]
    assert len(plain) == 501


def test_the_command_refuses_what_makes_no_register(tmp_path):
    for option in (["--spells", "5"], ["--faults", "2"], ["--format", "xlsx"]):
        result = CliRunner().invoke(synth_command, ["--to", str(tmp_path / "x"), *option])
        assert result.exit_code == 2
    assert list(tmp_path.iterdir()) == []
