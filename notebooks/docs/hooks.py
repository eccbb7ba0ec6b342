"""What the documentation takes from the code: commands, drawn definitions, CONTRIBUTING."""

from __future__ import annotations

import ast
import inspect
import re
import textwrap
from collections import Counter
from pathlib import Path

import click

ROOT = Path(__file__).parents[2]
DEFINITIONS = ("test_length_definitions.py", "test_possible_cases.py")


def on_page_markdown(markdown: str, page, **_) -> str:
    """Fill the pages that are generated."""
    if page.file.src_uri == "commands.md":
        return markdown + commands()
    if page.file.src_uri == "definitions.md":
        return markdown + definitions()
    if page.file.src_uri == "contributing.md":
        return (ROOT / "CONTRIBUTING.md").read_text("utf-8")
    return markdown


#: A link in a text is told from it by more than its colour; code and what a command printed are not
#: pale. A table that is wider than the page is scrolled by keyboard, too.
HEAD = (
    "<style>.md-typeset a:not(.headerlink){text-decoration:underline}"
    ".highlight :is(.go,.c1,.ow){color:inherit}</style>"
    '<script>addEventListener("load",()=>document.querySelectorAll(".md-typeset__scrollwrap")'
    ".forEach(wide=>{wide.tabIndex=0}))</script>"
)
_LABELLED = re.compile(r'(<nav class="md-nav" aria-label=")([^"]*)"')


def on_post_page(output: str, **_) -> str:
    """Leave out the one script that would be fetched: it lets old browsers search offline."""
    found = re.sub(r'<script src="https://unpkg.com/[^"]*"></script>', "", output)
    seen: Counter[str] = Counter()

    def own_label(match: re.Match[str]) -> str:
        """Tell lists of one name apart, such as those of `bounds` and `Bounds`."""
        begin, name = match.groups()
        seen[name.lower()] += 1
        n = seen[name.lower()]
        return f'{begin}{name} ({n})"' if n > 1 else match[0]

    return _LABELLED.sub(own_label, found).replace("</head>", HEAD + "</head>", 1)


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


def definitions() -> str:
    """Write the drawn tables of tests/spec: what each says, and how it is checked."""
    return "\n".join(
        part for name in DEFINITIONS for part in _drawn(ROOT / "tests" / "spec" / name)
    )


def _drawn(path: Path):
    source = path.read_text("utf-8")
    tree = ast.parse(source)
    title, _, says = (ast.get_docstring(tree) or "").partition("\n")
    yield f"\n## {title.rstrip('.')}\n\n{says.strip()}\n"
    lines = source.splitlines()
    for node in tree.body:
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant):
            yield f"```python\n{ast.get_source_segment(source, node)}\n```\n"
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
            said = ast.get_docstring(node)
            first = node.body[1 if said else 0]
            body = textwrap.dedent("\n".join(lines[first.lineno - 1 : node.end_lineno]))
            title = node.name.removeprefix("test_").replace("_", " ").capitalize()
            yield f"### {title}\n\n{inspect.cleandoc(said or '')}\n\n```python\n{body}\n```\n"
