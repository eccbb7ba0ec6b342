"""The command line: arguments to one call, print, exit code."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Sequence

import click

import fmbstats
from fmbstats.errors import UserError

# Command -> where it is: a command's imports are paid for only when it is run.
COMMANDS = {
    "report": "fmbstats.cli.report:report",
    "build": "fmbstats.cli.build:build",
    "list": "fmbstats.cli.browse:list_entries",
    "show": "fmbstats.cli.browse:show",
    "export": "fmbstats.cli.export:export",
    "gate": "fmbstats.cli.gate:gate",
    "fmb": "fmbstats.cli.fmb:fmb",
    "import": "fmbstats.cli.import_:import_group",
    "check": "fmbstats.cli.check:check",
    "synth": "fmbstats.cli.synth:synth",
    "ledger": "fmbstats.cli.ledger:ledger",
    "lab": "fmbstats.cli.lab:lab",
}


class LazyGroup(click.Group):
    """Loads a command's module when it is asked for."""

    def list_commands(self, context: click.Context) -> list[str]:
        """Return the commands in the order of use."""
        return list(COMMANDS)

    def get_command(self, context: click.Context, name: str) -> click.Command | None:
        """Import and return one command."""
        if name not in COMMANDS:
            return None
        module, attribute = COMMANDS[name].split(":")
        return getattr(importlib.import_module(module), attribute)


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(fmbstats.__version__, prog_name="fmbstats")
def cli() -> None:
    """Compare real sick-leave lengths with the recommendations of FMB."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; return the exit code.

    0 done, 1 some reports failed, 2 wrong usage, 10-19 an error the user can mend (see
    `fmbstats.errors`), 130 interrupted.
    """
    try:
        result = cli.main(args=arguments, prog_name="fmbstats", standalone_mode=False)
        return result if isinstance(result, int) else 0
    except UserError as error:
        print(f"fmbstats: {error}", file=sys.stderr)
        return error.exit_code
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except (click.Abort, KeyboardInterrupt):
        return _interrupted()
    except RuntimeError as error:
        # DuckDB's own word for Ctrl-C while it is at work.
        if str(error) != "Query interrupted":
            raise
        return _interrupted()
    except BrokenPipeError:
        # The reader of a pipe ('fmbstats list | head') has had enough.
        sys.stderr.close()
        return 0


def _interrupted() -> int:
    print("fmbstats: interrupted.", file=sys.stderr)
    return 130


def script() -> None:
    """Entry point of the installed command."""
    sys.exit(main())
