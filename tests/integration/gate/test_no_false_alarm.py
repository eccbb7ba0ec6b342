"""What the commands make is let out: each input format, size, year, language, round and export."""

from __future__ import annotations

import pytest

EXTRACTION = ("--synthetic", "--extraction", "2019-06-30")
ONLY = "F32,M54.5"
YEARS = range(2014, 2019)
# Format, spells, languages: small registers in which most must be protected, and faulty lines.
REGISTERS = [
    (layout, n_spells, language)
    for layout in ("spells", "midas", "certificates")
    for n_spells in (300, 3_000)
    for language in ("sv", "en")
]
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def store(shared_folder, run_main, data_raw):
    """Return a function (format, spells) -> store of a register with 0.5 % faulty rows."""

    def built(layout: str, n_spells: int):
        def make(folder):
            register = folder / "register.csv"
            asked = ("--spells", n_spells, "--format", layout, "--faults", 0.005, "--seed", 3)
            assert run_main("synth", *asked, "--to", register, "--data", data_raw) == 0
            to = ("--store", folder / "store.duckdb", "--data", data_raw)
            assert run_main("build", *to, "--register", register, *EXTRACTION) == 0

        return shared_folder(f"store-{layout}-{n_spells}", make) / "store.duckdb"

    return built


@pytest.fixture
def passes(run_main, data_raw, tmp_path, capfd):
    """Return a function (store, command, *options): make, and gate every folder that was made."""

    def run(store, command, *options):
        to = tmp_path / "made"
        asked = ("--store", store, "--data", data_raw, "--to", to)
        assert run_main(command, *asked, *options) == 0
        folders = [to, *to.rglob("*")]
        folders = [f for f in folders if (f / "adherence.csv").is_file()]
        assert folders
        capfd.readouterr()
        for folder in folders:
            code = run_main("gate", folder)
            assert code == 0, (folder, capfd.readouterr().out[:3_000])
        return folders

    return run


@pytest.mark.parametrize(("layout", "n_spells", "language"), REGISTERS)
def test_reports_on_every_format_and_size(store, passes, layout, n_spells, language):
    passes(store(layout, n_spells), "report", "--only", ONLY, "--language", language)


def test_reports_on_a_register_of_national_size_in_both_languages(store, passes):
    made = passes(store("spells", 600_000), "report", "--only", ONLY, "--language", "sv,en")
    assert len(made) == 2


@pytest.mark.parametrize("year", YEARS)
@pytest.mark.parametrize("language", ["sv", "en"])
def test_reports_on_every_year(store, passes, year, language):
    asked = ("--only", "M54.5", "--year", year, "--language", language)
    passes(store("spells", 30_000), "report", *asked)


@pytest.mark.parametrize("language", ["sv", "en"])
def test_rounds(store, passes, language):
    passes(store("spells", 3_000), "report", "--round", "ki-2016", "--language", language)


@pytest.mark.parametrize("language", ["sv", "en"])
@pytest.mark.parametrize(
    ("layout", "n_spells"), [("spells", 300), ("midas", 30_000), ("spells", 600_000)]
)
def test_exports_with_workbook_and_document(store, passes, layout, n_spells, language):
    asked = ("--only", f"{ONLY},overview", "--pdf", "--language", language)
    passes(store(layout, n_spells), "export", *asked)


def test_reports_with_other_threshold_and_months(store, passes):
    asked = ("--only", ONLY, "--threshold", 10, "--month-days", 31)
    passes(store("spells", 30_000), "report", *asked)


def test_evaluations_are_exact_and_are_told_so(store, run_main, data_raw, tmp_path, capfd):
    """They are for use inside the house: no folder of release, and the gate says so."""
    asked = ("--store", store("certificates", 3_000), "--data", data_raw)
    assert run_main("evaluate", "certificates", *asked, "--to", tmp_path / "certificates.csv") == 0
    dated = ("--date", "2016-01-01", "--limit", 60)
    run_main("evaluate", "revision", "F43.8", *dated, *asked, "--to", tmp_path / "revision.csv")
    assert list(tmp_path.glob("*.csv"))
    capfd.readouterr()
    assert run_main("gate", tmp_path) != 0
    assert "no folder made by" in capfd.readouterr().err
