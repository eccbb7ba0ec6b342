"""`fmbstats lab`: the command, the quiet settings, the saving without outputs."""

from __future__ import annotations

import copy
import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from fmbstats.cli import main
from fmbstats.cli.lab import lab
from fmbstats.workbench import server

ROOT = Path(__file__).parents[2]
NOTEBOOK = {
    "metadata": {"widgets": {"state": 1}, "kernelspec": {"name": "python3"}},
    "cells": [
        {"cell_type": "markdown", "source": "# A", "metadata": {}},
        {
            "cell_type": "code",
            "source": "1",
            "metadata": {"execution": {"x": 1}, "tags": ["t"]},
            "execution_count": 3,
            "outputs": [{"output_type": "stream", "text": "secret 4711"}],
        },
    ],
}


def saved(path, kind="notebook"):
    model = {"type": kind, "content": copy.deepcopy(NOTEBOOK)}
    server.without_outputs(model=model, path=path, contents_manager=None)
    return model["content"]


@pytest.mark.parametrize("path", ["explore.ipynb", "/method.ipynb"])
def test_project_notebooks_are_saved_without_outputs(path):
    content = saved(path)
    assert "secret" not in json.dumps(content)
    assert content["cells"][1] == {
        "cell_type": "code",
        "source": "1",
        "metadata": {"tags": ["t"]},
        "execution_count": None,
        "outputs": [],
    }
    assert content["metadata"] == {"kernelspec": {"name": "python3"}}


@pytest.mark.parametrize("path", ["mine.ipynb", "folder/explore.ipynb"])
def test_an_analysts_own_notebook_is_saved_as_it_is(path):
    assert saved(path) == NOTEBOOK


def test_every_project_notebook_is_known_as_one():
    assert {path.name for path in (ROOT / "notebooks").glob("*.ipynb")} <= server.SHIPPED


def test_the_kernel_loads_our_extension_and_lab_is_quiet(tmp_path):
    folder = tmp_path / "jupyter"
    server.prepare(folder)
    assert folder.stat().st_mode & 0o777 == 0o700
    kernel = json.loads((folder / "data/kernels/python3/kernel.json").read_text("utf-8"))
    assert "--InteractiveShellApp.extra_extensions=fmbstats.workbench" in kernel["argv"]
    page = json.loads((folder / "config/labconfig/page_config.json").read_text("utf-8"))
    assert page["disabledExtensions"]["@jupyterlab/apputils-extension:announcements"] is True


def test_lab_is_told_to_fetch_nothing_and_to_listen_locally(tmp_path):
    given = server.arguments(tmp_path, port=4242, opens_browser=False)
    for wanted in (
        "--LabApp.news_url=None",
        "--LabApp.check_for_updates_class=jupyterlab.handlers.announcements.NeverCheckForUpdate",
        "--LabApp.extension_manager=readonly",
        "--KernelManager.transport=ipc",
        "--ServerApp.ip=127.0.0.1",
        "--ServerApp.port=4242",
        "--ServerApp.open_browser=False",
        "--ServerApp.allow_root=False",
        f"--ServerApp.root_dir={tmp_path}",
    ):
        assert wanted in given
    assert not any(".port" in argument for argument in server.arguments(
        tmp_path, port=None, opens_browser=True))  # fmt: skip


def test_the_users_own_jupyter_paths_stay(tmp_path, monkeypatch):
    monkeypatch.setenv("JUPYTER_PATH", "/mine")
    monkeypatch.delenv("JUPYTER_CONFIG_PATH", raising=False)
    found = server.environment(tmp_path / "store.duckdb", tmp_path, tmp_path / "jupyter")
    assert found["JUPYTER_PATH"] == f"{tmp_path / 'jupyter' / 'data'}:/mine"
    assert found["JUPYTER_CONFIG_PATH"] == str(tmp_path / "jupyter" / "config")
    assert found["FMBSTATS_STORE"] == str(tmp_path / "store.duckdb")
    assert found["FMBSTATS_DATA"] == str(tmp_path)


def test_help_names_the_options():
    shown = CliRunner().invoke(lab, ["--help"]).output
    for option in ("--no-browser", "--port", "--notebooks", "--store", "--data"):
        assert option in shown


def test_a_missing_notebook_folder_is_said_before_anything_is_built(tmp_path, capsys):
    missing = tmp_path / "none"
    assert main(["lab", "--notebooks", str(missing), "--store", str(tmp_path / "s.duckdb")]) == 14
    assert capsys.readouterr().err == (
        f"fmbstats: There is no folder {missing}. Run the command inside the project, "
        "or name the folder with --notebooks.\n"
    )
    assert list(tmp_path.iterdir()) == []


def test_a_port_out_of_range_is_wrong_usage(capsys):
    assert main(["lab", "--port", "70000"]) == 2
    assert "70000 is not in the range" in capsys.readouterr().err
