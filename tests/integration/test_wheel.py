"""The wheel alone: built, installed into an empty environment, run in an empty folder."""

import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
UV = shutil.which("uv") or next(
    (str(p) for p in (ROOT / ".uv/bin/uv", *ROOT.parent.glob("*/.uv/bin/uv")) if p.is_file()), None
)

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(UV is None, reason="uv is not installed: pip install uv"),
]


def run(*command, cwd, check=True):
    own = {k: v for k, v in os.environ.items() if not k.startswith(("FMBSTATS_", "VIRTUAL_ENV"))}
    done = subprocess.run(
        [str(part) for part in command], cwd=cwd, env=own, capture_output=True, text=True
    )
    assert not check or done.returncode == 0, done.stdout + done.stderr
    return done


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    """Build the wheel from the source distribution, as a publisher would."""
    to = tmp_path_factory.mktemp("dist")
    run(UV, "build", "--out-dir", to, ROOT, cwd=to)
    return next(to.glob("*.whl"))


@pytest.fixture(scope="module")
def installed(wheel, tmp_path_factory):
    """Return the scripts of an environment that holds the wheel and what it needs, no more."""
    home = tmp_path_factory.mktemp("environment") / "venv"
    run(UV, "venv", "-q", "--python", sys.executable, home, cwd=home.parent)
    run(UV, "pip", "install", "-q", "--python", home / "bin" / "python", wheel, cwd=home.parent)
    return home / "bin"


def test_the_wheel_carries_facts_and_no_register(wheel):
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
    shipped = [name for name in names if name.startswith("fmbstats/shipped/")]
    assert any(name.endswith("fmb/2020-04/cases.csv") for name in shipped)
    there = {f"{path.name}" for path in (ROOT / "notebooks").glob("*.ipynb")}
    assert {Path(name).name for name in shipped if name.endswith(".ipynb")} == there
    registers = [name for name in shipped if "/register/" in name]
    assert registers == ["fmbstats/shipped/data_raw/register/README.md"]
    assert "fmbstats/py.typed" in names
    assert any(name.endswith("licenses/LICENSE") for name in names)


def test_the_wheel_reports_in_an_empty_folder(installed, tmp_path):
    run(installed / "fmbstats", "-q", "report", "--only", "F32", cwd=tmp_path)
    made = tmp_path / "reports" / "2017"
    assert (made / "depressiv-episod.html").is_file()
    run(installed / "python", "-m", "fmbstats", "gate", made, cwd=tmp_path)
    assert sorted(p.name for p in tmp_path.iterdir()) == [".fmbstats", "reports"]


def test_what_is_not_installed_is_named(installed, tmp_path):
    done = run(installed / "fmbstats", "lab", cwd=tmp_path, check=False)
    assert done.returncode == 10
    assert "fmbstats[lab]" in done.stderr


def test_no_tool_of_the_developers_is_installed(installed, tmp_path):
    done = run(UV, "pip", "list", "--python", installed / "python", cwd=tmp_path)
    names = {line.split()[0] for line in done.stdout.splitlines() if line.strip()}
    assert not names & {"pytest", "ruff", "mypy", "playwright", "statsmodels", "jupyterlab"}


def test_init_makes_a_folder_to_work_in(installed, tmp_path):
    run(installed / "fmbstats", "init", "mine", cwd=tmp_path)
    own = tmp_path / "mine" / "data_raw" / "fmb" / "README.md"
    own.write_text("mine")
    run(installed / "fmbstats", "init", cwd=tmp_path / "mine")
    assert own.read_text() == "mine"
    listed = run(installed / "fmbstats", "fmb", "editions", cwd=tmp_path / "mine")
    assert "2020-04" in listed.stdout
