"""How JupyterLab is set up: the store read-only, nothing fetched, nothing told to anybody.

The analyst's own Jupyter settings stay in force; what is added here lies in a folder beside the
store, on Jupyter's search path behind hers.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

from fmbstats.store import STORE_VARIABLE
from fmbstats.store.paths import DATA_VARIABLE, side_folder

# Notebooks of the project: saved without outputs, since exact counts must not get into version
# control. An analyst's own notebooks are left as they are.
SHIPPED = frozenset(
    f"{name}.ipynb"
    for name in (
        *("diagnosis", "evaluate", "evaluate_certificates", "evaluate_drift"),
        *("evaluate_revision", "evaluate_rollout"),
        *("explore", "method", "overview"),
    )
)
DISABLED = (
    "@jupyterlab/apputils-extension:announcements",
    "@jupyterlab/extensionmanager-extension",
)
QUIET = {
    "@jupyterlab/apputils-extension:notification": {"fetchNews": "false", "checkForUpdates": False}
}


def prepare(folder: Path) -> None:
    """Write the kernel with our extension loaded, and the settings that keep JupyterLab quiet.

    `folder`: made private; in our folder beside the store.
    """
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    kernel = {
        "argv": [
            sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}",
            "--InteractiveShellApp.extra_extensions=fmbstats.workbench",
        ],
        "display_name": "Python 3 (fmbstats)",
        "language": "python",
        "metadata": {"debugger": False},
    }  # fmt: skip
    _write(folder / "data" / "kernels" / "python3" / "kernel.json", kernel)
    labconfig = folder / "config" / "labconfig"
    _write(labconfig / "page_config.json", {"disabledExtensions": dict.fromkeys(DISABLED, True)})
    _write(labconfig / "default_setting_overrides.json", QUIET)


def _write(path: Path, content: dict[str, Any]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content, indent=1), encoding="utf-8")


def environment(store_path: Path, data: Path, folder: Path) -> dict[str, str]:
    """Return what the server and its kernels find in their environment."""
    return {
        STORE_VARIABLE: str(store_path.resolve()),
        DATA_VARIABLE: str(data.resolve()),
        "JUPYTER_PATH": _before("JUPYTER_PATH", folder / "data"),
        "JUPYTER_CONFIG_PATH": _before("JUPYTER_CONFIG_PATH", folder / "config"),
        # Without it the debugger warns on each kernel start that modules are frozen.
        "PYDEVD_DISABLE_FILE_VALIDATION": "1",
    }


def _before(variable: str, path: Path) -> str:
    known = os.environ.get(variable)
    return f"{path.resolve()}{os.pathsep}{known}" if known else str(path.resolve())


def arguments(
    notebooks: Path, *, port: int | None, opens_browser: bool, allows_root: bool = False
) -> list[str]:
    """Return JupyterLab's command line.

    `notebooks`: what JupyterLab shows. `port`: by default the first free one from 8888 on.
    `allows_root`: Jupyter refuses to run as root unless told so.
    """
    settings = {
        "ServerApp.root_dir": notebooks.resolve(),
        "ServerApp.ip": "127.0.0.1",
        "ServerApp.open_browser": opens_browser,
        "ServerApp.allow_root": allows_root,
        "LabApp.news_url": None,
        "LabApp.check_for_updates_class": "jupyterlab.handlers.announcements.NeverCheckForUpdate",
        "LabApp.extension_manager": "readonly",
        # Local sockets instead of TCP ports: other users of the machine cannot listen.
        "KernelManager.transport": "ipc",
        "FileContentsManager.pre_save_hook": "fmbstats.workbench.server.without_outputs",
    }
    if port is not None:
        settings |= {"ServerApp.port": port, "ServerApp.port_retries": 0}
    return [f"--{name}={value}" for name, value in settings.items()]


def without_outputs(model: dict[str, Any], path: str = "", **_: Any) -> None:
    """Strip outputs from a project notebook before it is saved (Jupyter's pre-save hook)."""
    if model["type"] != "notebook" or path.lstrip("/") not in SHIPPED:
        return
    notebook = model["content"]
    notebook["metadata"].pop("widgets", None)
    for cell in notebook["cells"]:
        if cell["cell_type"] == "code":
            cell["outputs"], cell["execution_count"] = [], None
            cell["metadata"].pop("execution", None)


def serve(store_path: Path, data: Path, command_line: list[str]) -> None:
    """Run JupyterLab until it is stopped.

    `store_path`: the store that notebooks find. `data`: what they read beside it. `command_line`:
    from `arguments`.
    """
    folder = side_folder(store_path) / "jupyter"
    prepare(folder)
    os.environ.update(environment(store_path, data, folder))
    # Only now: jupyter_core reads its paths from the environment.
    from jupyterlab.labapp import LabApp

    LabApp.launch_instance(argv=command_line)
