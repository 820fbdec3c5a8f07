"""All commands, as one program."""

from __future__ import annotations

import signal
import sys

import rich_click as click

from appassign.exceptions import InvalidInputError

from . import streams
from .apply import apply
from .apps import apps
from .change import change
from .doctor import doctor
from .emulator import emulator
from .exit_codes import FAILED, INTERRUPTED, UNREAD, USAGE
from .export import export
from .get import get
from .options import version
from .output import Output
from .plan import plan
from .undo import undo
from .wording import facts


@click.group(invoke_without_command=True, context_settings={"help_option_names": ["-h", "--help"]})
@version(package_name="appassign", message="appassign %(version)s")
@click.pass_context
def program(context: click.Context) -> int:
    """Assign Microsoft Intune apps by Microsoft Graph, and keep what is not named.

    A token comes from --token-file, else from APPASSIGN_TOKEN, else from azure-identity (az login, managed identities).
    """
    if context.invoked_subcommand is None:
        click.echo(context.get_help())
    return 0


for _command in (apps, get, plan, apply, change, undo, export, emulator, doctor):
    program.add_command(_command)


def run_as_typed() -> int:
    """Do what was typed, and give the exit code."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # as Ctrl-C: a write that was begun comes to its end
    streams.prepare()
    try:
        try:
            code: int = program.main(prog_name="appassign", standalone_mode=False)
        except click.ClickException as error:
            code = _misused(error)
        sys.stdout.flush()
    except streams.UnwritableError as error:
        streams.let_go(sys.stdout)
        if error.has_no_reader:
            return UNREAD
        sys.stderr.write(f"appassign: {error}\n")
        return FAILED
    except (click.Abort, KeyboardInterrupt):
        return INTERRUPTED
    return code


def _misused(error: click.ClickException) -> int:
    """Say what is wrong with the command line; it was not understood, so the kind of output is a guess."""
    typed = sys.argv[1:]
    context = getattr(error, "ctx", None)
    hint = f"{context.command_path if context else 'appassign'} --help lists what there is"
    message = error.format_message()
    if isinstance(error, click.NoSuchOption) and error.option_name == "--token":
        message = "there is no --token: other processes see the arguments of this one, and shells keep them"
        hint = "set APPASSIGN_TOKEN, or pass --token-file FILE"
    asked = {"json"} if "--json" in typed else {*_after("--output"), *(one.removeprefix("--output=") for one in typed)}
    output = Output(next((kind for kind in ("json", "github") if kind in asked), "text"))
    wrong = InvalidInputError(message)
    wrong.hint = hint
    if output.kind == "text":
        output.remark(f"appassign: {message}\nhint: {hint}")
    output.annotate("error", "appassign", f"{message}\nhint: {hint}")
    output.document({"error": {**facts(wrong), "type": "UsageError"}})
    return USAGE


def _after(option: str) -> list[str]:
    return [following for name, following in zip(sys.argv, sys.argv[1:], strict=False) if name == option]
