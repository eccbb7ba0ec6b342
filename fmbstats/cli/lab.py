"""fmbstats lab: JupyterLab on the notebooks, the store read-only."""

from __future__ import annotations

from pathlib import Path

import click

from fmbstats.cli.common import data_option, find_store, require_extra, store_option
from fmbstats.cli.ready import ready_store
from fmbstats.cli.streams import give_back
from fmbstats.errors import StoreError
from fmbstats.store.paths import notebook_folder


@click.command()
@click.option("--no-browser", is_flag=True, help="Only print the address.")
@click.option(
    "--port",
    type=click.IntRange(1, 65535),
    help="Port on 127.0.0.1 [default: the first free one from 8888].",
)
@click.option(
    "--notebooks",
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder to open [default: notebooks of this project].",
)
@click.option("--allow-root", is_flag=True, help="Run although you are root (containers).")
@data_option
@store_option
def lab(
    no_browser, port, notebooks, allow_root, data: Path | None, store_path: Path | None
) -> None:
    """Open JupyterLab on the notebooks; builds the store when missing, opens it read-only.

    Numbers in JupyterLab are exact and internal. Stop it with Ctrl-C.
    """
    require_extra("lab", "jupyterlab", "ipywidgets")
    folder = notebooks or notebook_folder()
    if not folder.is_dir():
        raise StoreError(
            f"There is no folder {folder}. Run the command inside the project, "
            "or name the folder with --notebooks."
        )
    # Every kernel opens the store for itself.
    with ready_store(data, store_path) as store:
        beside = store.data_folder
    from fmbstats.workbench.server import arguments, serve

    command_line = arguments(
        folder, port=port, opens_browser=not no_browser, allows_root=allow_root
    )
    give_back()  # JupyterLab's own messages are coloured
    serve(find_store(store_path), beside, command_line)
