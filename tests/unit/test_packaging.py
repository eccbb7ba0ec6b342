"""What the wheel carries: every fact that the repository ships, and never a register."""

import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[2]
# What a user may have put there: her own register, code list, guideline and rules.
OWN = {"register", "codes", "guidelines", "rules"}


def test_the_wheel_carries_every_fact_and_no_register():
    build = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["hatch"]["build"]
    taken = set(build["targets"]["wheel"]["force-include"])
    shipped = {p.name for p in (ROOT / "data_raw").iterdir() if not p.name.startswith(".")}
    assert {f"data_raw/{name}" for name in shipped - OWN} <= taken
    assert [name for name in taken if name.startswith("data_raw/register")] == [
        "data_raw/register/README.md"
    ]
    listed = {f"/{name}" for name in taken if name.startswith("data_raw")}
    assert listed <= set(build["targets"]["sdist"]["include"])
    assert {f"notebooks/{p.name}" for p in (ROOT / "notebooks").glob("*.ipynb")} <= taken
