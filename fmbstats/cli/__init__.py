"""The command line: arguments to one call, print, exit code."""

from __future__ import annotations

import atexit
import importlib
import io
import logging
import os
import sys
from collections.abc import Sequence

import click

import fmbstats
from fmbstats.cli.environment import check_environment
from fmbstats.cli.machine import check_memory, of_the_machine
from fmbstats.cli.streams import harmless_streams
from fmbstats.errors import SpaceError, UserError

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
    "store": "fmbstats.cli.store:store",
    "evaluate": "fmbstats.cli.evaluate:evaluate",
    "lab": "fmbstats.cli.lab:lab",
    "init": "fmbstats.cli.init:init",
    "completion": "fmbstats.cli.completion:completion",
}


_MOST_SAID = 4_000


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
@click.option("-v", "--verbose", is_flag=True, help="Say more of what is done, with times.")
@click.option("-q", "--quiet", is_flag=True, help="Say only what was asked for, and warnings.")
def cli(verbose: bool, quiet: bool) -> None:
    """Compare real sick-leave lengths with the recommendations of FMB."""
    level = logging.DEBUG if verbose else logging.WARNING if quiet else logging.INFO
    # What the package logs goes to the terminal, beside the answers on standard output.
    log = logging.getLogger("fmbstats")
    for handler in log.handlers[:]:
        log.removeHandler(handler)
    handler = logging.StreamHandler(sys.stderr)
    is_verbose = level == logging.DEBUG
    handler.setFormatter(
        logging.Formatter("%(asctime)s %(name)s: %(message)s" if is_verbose else "%(message)s")
    )
    log.addHandler(handler)
    log.setLevel(level)
    log.propagate = False


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; return the exit code.

    0 done, 1 some reports failed, 2 wrong usage, 10-19 an error the user can mend (see
    `fmbstats.errors`), 130 interrupted. Anything else is a bug and keeps its traceback.
    """
    given = list(sys.argv[1:] if arguments is None else arguments)
    language = _asked_language(given)
    with harmless_streams():
        try:
            check_memory()
            check_environment(os.environ)
            _check_texts(given)
            result = cli.main(args=given, prog_name="fmbstats", standalone_mode=False)
            return result if isinstance(result, int) else 0
        except UserError as error:
            return _ended(error, language)
        except click.ClickException as error:
            shown = io.StringIO()
            error.show(shown)
            print(_in_language(shown.getvalue().rstrip("\n"), language), file=sys.stderr)
            return error.exit_code
        except (click.Abort, KeyboardInterrupt):
            return _interrupted()
        except BrokenPipeError:
            # The reader of a pipe ('fmbstats list | head') has had enough.
            sys.stderr.close()
            return 0
        except BaseException as error:  # compiled readers panic with what is no Exception
            if str(error) == "Query interrupted":  # DuckDB's own word for Ctrl-C at work
                return _interrupted()
            if (said := of_the_machine(error) or _of_a_reader(error)) is None:
                raise
            return _ended(said, language)


def _check_texts(arguments: Sequence[str]) -> None:
    """Refuse what is no text: neither databases nor pages can hold it."""
    for argument in arguments:
        try:
            argument.encode("utf-8")
        except UnicodeEncodeError:
            raise UserError(
                f"{argument[:60]!r} is not UTF-8. Write it so; rename a file that is called that."
            ) from None


def _of_a_reader(error: BaseException) -> UserError | None:
    from fmbstats.sources.outside import of_a_reader

    return of_a_reader(error)


def _asked_language(arguments: Sequence[str]) -> str:
    """Return the language that ``--language`` names, the first of several.

    What is wrong with a command is said in it; where none is named in English, as all help is.
    """
    named = "".join(f" {argument}" for argument in arguments).rpartition(" --language")[2]
    return named.lstrip(" =").partition(" ")[0].partition(",")[0]


def _in_language(said: UserError | str, language: str) -> str:
    if not language:
        return str(said)
    from fmbstats.words import LANGUAGES
    from fmbstats.words.refused import Refusal, retold

    if language not in LANGUAGES:
        return str(said)
    return said.text(language) if isinstance(said, Refusal) else retold(str(said), language)


def _ended(error: UserError, language: str) -> int:
    said = _in_language(error, language)
    if len(said) > _MOST_SAID:  # a cell of megabytes may stand in it
        said = f"{said[: _MOST_SAID // 2]} ... {said[-_MOST_SAID // 2 :]}"
    print(f"fmbstats: {said}", file=sys.stderr)
    return error.exit_code


def _interrupted() -> int:
    print("fmbstats: interrupted.", file=sys.stderr)
    return 130


def script() -> None:
    """Entry point of the installed command.

    All is written and closed by then. To take apart all that was loaded, as the interpreter's own
    end does, is a tenth of a short command, and without memory may fail and hide what was said.
    """
    code = main()
    try:
        sys.stdout.flush()
        sys.stderr.flush()
    except (AttributeError, OSError, ValueError):  # where nothing can be said, or to nobody
        if code != SpaceError.exit_code:
            sys.exit(code)
    else:
        atexit._run_exitfuncs()
    os._exit(code)
