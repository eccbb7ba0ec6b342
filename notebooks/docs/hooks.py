"""What the documentation takes from the code: the command reference, and CONTRIBUTING."""

from __future__ import annotations

import re
from pathlib import Path

import click

ROOT = Path(__file__).parents[2]


def on_page_markdown(markdown: str, page, **_) -> str:
    """Fill the pages that are generated."""
    if page.file.src_uri == "commands.md":
        return markdown + commands()
    if page.file.src_uri == "contributing.md":
        return (ROOT / "CONTRIBUTING.md").read_text("utf-8")
    return markdown


def on_post_page(output: str, **_) -> str:
    """Leave out the one script that would be fetched: it lets old browsers search offline."""
    return re.sub(r'<script src="https://unpkg.com/[^"]*"></script>', "", output)


def on_post_template(output_content: str, **_) -> str:
    """Do the same with the page that says that there is no such page."""
    return on_post_page(output_content)


def commands() -> str:
    """Write every command's help, in the order of the command line."""
    from fmbstats.cli import cli

    return "\n".join(_helps(cli, click.Context(cli, info_name="fmbstats")))


def _helps(command: click.Command, context: click.Context):
    if not isinstance(command, click.Group):
        yield f"## {context.command_path}\n\n```text\n{command.get_help(context)}\n```\n"
        return
    for name in command.list_commands(context):
        found = command.get_command(context, name)
        yield from _helps(found, click.Context(found, info_name=name, parent=context))
