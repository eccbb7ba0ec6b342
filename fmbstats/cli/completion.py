"""``fmbstats completion``: what a shell needs to complete commands, options and folders."""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class


@click.command()
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@click.pass_context
def completion(context: click.Context, shell: str) -> None:
    """Print the completion script of a SHELL.

    For bash: fmbstats completion bash >> ~/.bashrc
    """
    found = get_completion_class(shell)
    assert found is not None
    root = context.find_root()
    click.echo(found(root.command, {}, "fmbstats", "_FMBSTATS_COMPLETE").source())
