"""What the commands make is let out: each input format, size, year, language, round and export."""

from __future__ import annotations

import polars as pl
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


@pytest.mark.parametrize("language", ["sv", "en"])
@pytest.mark.parametrize("n_spells", [300, 3_000])
def test_evaluations_of_certificates(
    store, run_main, data_raw, tmp_path, capfd, n_spells, language
):
    """Of one diagnosis, and of all; of faulty, and of very few certificates."""
    shared = ("--store", store("certificates", n_spells), "--data", data_raw)
    for name in ((), ("F32",)):
        folder = tmp_path / "".join(("all", *name))
        asked = ("evaluate", "certificates", *name, *shared, "--language", language)
        assert run_main(*asked, "--folder", folder) == 0
        capfd.readouterr()
        assert run_main("gate", folder) == 0, capfd.readouterr().out[:3_000]
    exact = ("evaluate", "certificates", *shared, "--internal", "--folder", tmp_path / "exact")
    assert run_main(*exact) == 0
    assert run_main("gate", tmp_path / "exact") != 0


@pytest.fixture(scope="module")
def with_own(shared_folder, run_main, data_raw):
    """Return a function (spells) -> store of a register that brought strata of its own."""

    def built(n_spells: int):
        def make(folder):
            register, mapping = folder / "register.csv", folder / "m.toml"
            assert run_main("synth", "--spells", n_spells, "--to", register) == 0
            mapping.write_text('[strata]\nyrke = "occupation"\nkommun = "county_code"\n')
            to = ("--store", folder / "store.duckdb", "--data", data_raw, "--mapping", mapping)
            assert run_main("build", *to, "--register", register, *EXTRACTION) == 0

        return shared_folder(f"store-own-{n_spells}", make) / "store.duckdb"

    return built


@pytest.mark.parametrize("n_spells", [3_000, 60_000])
def test_reports_and_exports_by_strata_of_the_registers_own(
    with_own, passes, run_main, capfd, n_spells
):
    store, asked = with_own(n_spells), ("--only", ONLY, "--by", "yrke,kommun")
    (made,) = passes(store, "report", *asked)
    own = pl.read_parquet(made / "ledger.parquet").filter(margin="own")
    assert set(own["stratum"].str.split(": ").list.first()) <= {"yrke", "kommun"}
    notebook = made / "notebooks" / "depressiv-episod.ipynb"
    if n_spells > 30_000:
        assert own["stratum"].n_unique() > 20
        page = (made / "depressiv-episod.html").read_text("utf-8")
        assert 'id="own-a"' in page
        assert 'id="own-b"' in page
        # What stands for a stratum and is none would be a way out for any word.
        notebook.write_text(notebook.read_text("utf-8").replace("yrke,kommun", "Anna Ek,kommun"))
        assert run_main("gate", made) != 0
        assert "by other groups than the table" in capfd.readouterr().out


def test_what_is_not_asked_for_is_not_in_the_ledger(with_own, passes):
    made = passes(with_own(60_000), "export", "--only", "F32", "--by", "yrke")[0]
    own = pl.read_parquet(made / "ledger.parquet").filter(margin="own")
    assert set(own["stratum"].str.split(": ").list.first()) == {"yrke"}
    table = pl.read_csv(made / "adherence.csv", infer_schema=False).filter(by="own")
    assert set(table["stratum"].str.split(": ").list.first()) == {"yrke"}


@pytest.mark.parametrize("language", ["sv", "en"])
def test_evaluations_of_revisions_and_drift(store, run_main, data_raw, tmp_path, capfd, language):
    """Pages, notebooks, table and ledger of evaluations, told and refused, are let out."""
    shared = ("--store", store("spells", 600_000), "--data", data_raw, "--language", language)
    asked = {
        "one": ("revision", "F32", "--date", "2017-01-30", "--despite-rivals"),
        "all": ("revisions", "--edition", "2018-02"),
        "drift": ("drift",),
    }
    for name, words in asked.items():
        folder = tmp_path / name
        assert run_main("evaluate", *words, *shared, "--folder", folder) == 0
        capfd.readouterr()
        assert run_main("gate", folder) == 0, capfd.readouterr().out[:3_000]
    page = (tmp_path / "one" / "revision-depressiv-episod-2017-01-30.html").read_text("utf-8")
    assert page.count("<figure") == 3
    ledger = pl.read_parquet(tmp_path / "one" / "ledger.parquet")
    assert set(ledger["margin"]) == {"month"}
    exact = ("evaluate", *asked["one"], *shared, "--internal", "--folder", tmp_path / "exact")
    assert run_main(*exact) == 0
    assert run_main("gate", tmp_path / "exact") != 0
