"""A stratum that the register itself brought: in every result and figure an analyst asks for."""

import polars as pl
import pytest

from fmbstats import open_store
from fmbstats.errors import UnknownNameError

MAPPING = '[strata]\nunit = "Vårdenhet"\n'
UNITS = ["Norra vårdcentralen", "Södra vårdcentralen", "Öns läkarhus"]


@pytest.fixture(scope="module")
def unit_store(tmp_path_factory, register_file):
    """A store whose register says the unit of every spell, drawn by the parity of its line."""
    from fmbstats.cli import main

    folder = tmp_path_factory.mktemp("units")
    spells = pl.read_csv(register_file("spells"), infer_schema=False)
    names = [UNITS[k % 3] for k in range(len(spells))]
    spells.with_columns(pl.Series("Vårdenhet", names)).write_csv(folder / "units.csv")
    (folder / "units.toml").write_text(MAPPING, encoding="utf-8")
    given = ["--register", folder / "units.csv", "--mapping", folder / "units.toml"]
    given += ["--extraction", "2019-06-30", "--store", folder / "s" / "store.duckdb"]
    assert main(["build", *map(str, given)]) == 0
    with open_store(folder / "s" / "store.duckdb") as store:
        yield store


def test_a_stratum_of_the_registers_own_parts_every_result(unit_store):
    assert unit_store.strata[-1] == "unit"
    one = unit_store["F32"]
    shares = one.adherence("unit", limit_days=90).of("share over")
    assert shares["unit"].tolist() == UNITS
    assert shares["n_spells"].sum() == one.adherence(limit_days=90).of("share over")["n_spells"][0]
    assert one.adherence("unit").of("spells")["unit"].tolist() == UNITS
    compared = one.compare("unit", UNITS[0], UNITS[1:], limit_days=90)
    assert compared.labels[0] == UNITS[0]
    share = compared.frame.set_index("metric").loc["share_over"]
    assert share["first"] == pytest.approx(shares["estimate"][0])
    assert UNITS[0] in compared.text()


def test_figures_are_drawn_by_a_stratum_of_the_registers_own(unit_store):
    several = unit_store.diagnosis(["F32", "F43"])
    heat = several.adherence("unit", limit_days=90).heatmap()
    assert [t.get_text() for t in heat.get_xticklabels()] == UNITS
    slope = unit_store["F32"].change("2014-2015", "2017-2018", by="unit", limit_days=90).plot()
    assert UNITS[2] in slope.get_figure().get_label()
    curve = unit_store["F32"].curve("unit")
    assert UNITS[0] in curve.plot()._repr_html_()
    assert len(curve.small_multiples().axes) == 3


def test_an_unknown_stratum_is_answered_with_the_registers_own(unit_store):
    with pytest.raises(UnknownNameError, match="The register's own: 'unit'"):
        unit_store.diagnosis(["F32", "M54"]).adherence("unti", limit_days=90)
