"""`fmbstats list`, `show` and `build`: what they print, and how they end."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest

REASONS = ("ingen tid angiven", "ingen bestämd tid", "ingen tidsgräns", "ingen övre gräns",
           "bunden till händelse")  # fmt: skip


@pytest.fixture
def shown(run_main, capsys, small_store, data_raw):
    """Run a command on the small store; return what it prints."""

    def run(*arguments):
        assert run_main(*arguments, "--store", small_store, "--data", data_raw) == 0
        return capsys.readouterr().out.replace("\N{NO-BREAK SPACE}", " ")

    return run


def test_list_prints_116_entries_each_with_a_limit_or_the_reason(shown):
    head, rule, *rows, total = shown("list", "--year", "2017").splitlines()
    assert head.startswith("Diagnosinformation")
    assert set(rule) == {"-", " "}
    assert len(rows) == 116
    place = head.index("Gränser")
    limits = [row[place:].split("  ")[0].strip() for row in rows]
    without = [s for s in limits if not re.fullmatch(r"(\d+( \d+)?–)?\d+( \d+)? dagar", s)]
    assert set(without) <= set(REASONS), set(without) - set(REASONS)
    assert total.startswith(f"116 diagnosinformationer, {116 - len(without)} med en gräns i dagar")


def test_neither_show_nor_list_loads_what_it_does_not_answer_with(small_store, data_raw):
    """Each of them took a third of the time of an answer that needs none."""
    code = (
        "import sys\nfrom fmbstats.cli import main\n"
        "for asked in (['show', 'F32'], ['list']):\n"
        "    assert main([*asked, '--store', sys.argv[1], '--data', sys.argv[2]]) == 0\n"
        "print(*sys.modules)"
    )
    run = [sys.executable, "-c", code, str(small_store), str(data_raw)]
    found = subprocess.run(run, capture_output=True, text=True, check=True).stdout.splitlines()
    assert "69,3" in "".join(found)
    assert set(found[-1].split()).isdisjoint(
        {"matplotlib", "pandas", "polars", "pyarrow", "scipy", "jinja2"}
    )


def test_show_f32_tells_försäkringskassans_share_ended_by_day_179(shown):
    text = shown("show", "F32")
    row = next(line for line in text.splitlines() if re.match(r"F32\s+2017", line))
    head = next(line for line in text.splitlines() if "Avslutade dag 179" in line)
    assert (
        re.split(r"\s{2,}", row)[re.split(r"\s{2,}", head).index("Avslutade dag 179")] == "69,3 %"
    )
    assert "Försäkringskassan 2017, F32: 30,7 % av 25 616 sjukfall nådde 180 dagar." in text
    assert "SYNTETISKA DATA" in text


def test_show_f43_says_four_entries_and_52_6_percent_by_day_89(shown):
    text = shown("show", "F43")
    assert "4 diagnosinformationer ligger under koden:" in text
    named = text.split("under koden:")[1].split("\n\n")[0].strip().splitlines()
    assert sorted(re.findall(r"\(([^()]*)\)$", line.strip())[0] for line in named) == [
        "F43.0",
        "F43.1",
        "F43.2",
        "F43.8",
    ]
    assert _cell(text, r"F43\s+2017", "Avslutade dag 89") == "52,6 %"


@pytest.mark.parametrize(("code", "width"), [("F43.8A", 12.0), ("F43.0", 7.0), ("M54.5", 7.0)])
def test_show_prints_real_bounds_from_the_quantiles(shown, code, width):
    text = shown("show", code)
    head = next(line for line in text.splitlines() if "Längre än 180 dagar" in line)
    row = next(
        line for line in text.splitlines()[text.splitlines().index(head) :]
        if line.startswith(f"{code} ")
    )  # fmt: skip
    bounds = [tuple(map(_number, pair)) for pair in re.findall(r"([\d,]+)–([\d,]+) %", row)]
    assert len(bounds) == 5
    assert all(0 <= lo <= hi <= 100 and hi - lo <= width for lo, hi in bounds), bounds
    lows = [lo for lo, _ in bounds]
    assert lows == sorted(lows, reverse=True)


def test_show_by_sex_lists_women_before_men(shown):
    lines = [line.split()[0] for line in shown("show", "F32", "--by", "sex").splitlines() if line]
    assert lines[-2:] == ["Kvinnor", "Män"]


def test_show_in_english_says_nothing_in_swedish(shown):
    text = shown("show", "F32", "--by", "sex", "--language", "en")
    assert "Women" in text
    assert "30.7% lasted at least 180 days" in text
    for word in ("Kvinnor", "sjukfall", "gräns", "dagar", "Andel"):
        assert word not in text.replace("Försäkringskassan", "")


def test_show_of_an_unknown_name_ends_with_2_and_advice(run_main, capsys, small_store, data_raw):
    assert run_main("show", "depresiv-episod", "--store", small_store, "--data", data_raw) == 2
    told = capsys.readouterr()
    assert told.out == ""
    assert re.fullmatch(
        r"fmbstats: Diagnosis 'depresiv-episod' is unknown\. Did you mean 'depressiv-episod'.*\? "
        r"Give an ICD-10-SE code, an entry id or a slug; see 'fmbstats list'\.\n",
        told.err,
    )


def test_a_folder_without_sources_is_said(run_main, capsys, tmp_path):
    assert run_main("build", "--data", tmp_path, "--store", tmp_path / "s.duckdb") == 14
    assert capsys.readouterr().err == (
        f"fmbstats: {tmp_path} holds no folder 'fmb'. Run 'fmbstats init' to copy the "
        "recommendations and published statistics there, or name the folder with --data.\n"
    )
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("command", ["report", "list", "show", "build"])
def test_every_command_has_help(run_main, capsys, command):
    assert run_main(command, "--help") == 0
    assert capsys.readouterr().out.startswith(f"Usage: fmbstats {command}")


def _cell(text: str, row: str, column: str) -> str:
    """Return a cell of a printed table; its columns are parted by two blanks or more."""
    head = next(line for line in text.splitlines() if column in line)
    found = next(line for line in text.splitlines() if re.match(row, line))
    return re.split(r"\s{2,}", found)[re.split(r"\s{2,}", head).index(column)]


def _number(text: str) -> float:
    return float(text.replace(",", "."))
