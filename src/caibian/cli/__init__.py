"""The command line. Verbs are thin, and import what they need when they run: `--help` loads no library
that computes anything."""

from __future__ import annotations

import importlib
import os
import sys
from typing import Annotated

import typer

from caibian.errors import CaibianError

# Verb -> its module in this package, in the order of the help page. A module holds either a Typer
# application `app` (a verb with verbs below it) or a function named as the verb.
_VERBS = (
    "run",
    "recipes",
    "runs",
    "report",
    "tasks",
    "instruct",
    "evaluate",
    "chat",
    "serve",
    "newsroom",
    "panel",
    "label",
    "models",
    "data",
)

USER_ERROR = 1
INTERRUPTED = 130  # the shell's convention for SIGINT


def main(arguments: list[str] | None = None) -> None:
    """Run the command line and exit: 0 done, 1 an error the user can mend, 2 wrong usage, 130 Ctrl-C."""
    try:
        application()(arguments, prog_name="caibian")
    except CaibianError as error:
        if _debug():
            raise
        print(f"error: {error}", file=sys.stderr)
        sys.exit(USER_ERROR)
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)


def application() -> typer.Typer:
    """The command line as a Typer application."""
    app = typer.Typer(
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
        rich_markup_mode=None,  # plain help needs no rich, and starts in half the time
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    app.callback()(_root)
    for verb in _VERBS:
        module = importlib.import_module(f"caibian.cli.{verb}")
        if isinstance(group := getattr(module, "app", None), typer.Typer):
            app.add_typer(group, name=verb)
        else:
            app.command(verb)(getattr(module, verb))
    return app


def _root(
    debug: Annotated[
        bool,
        typer.Option("--debug", help="Show where in the program an error arose.", envvar="CAIBIAN_DEBUG"),
    ] = False,
    version: Annotated[
        bool, typer.Option("--version", help="Print the version.", is_eager=True, callback=_say_version)
    ] = False,
) -> None:
    """Caibian 采编: from a newsroom's archive and a base model to a media language model, proven better.

    Start with: caibian run demo
    """
    if debug:
        os.environ["CAIBIAN_DEBUG"] = "1"


def _say_version(wanted: bool) -> None:
    # A callback of the option: the body of `_root` is not reached without a command.
    if wanted:
        from caibian import __version__

        typer.echo(f"caibian {__version__}")
        raise typer.Exit


def _debug() -> bool:
    return os.environ.get("CAIBIAN_DEBUG", "") not in ("", "0")
