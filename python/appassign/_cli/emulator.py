"""``appassign emulator``."""

from __future__ import annotations

import rich_click as click

from .exit_codes import USAGE
from .options import argument


@click.command(
    add_help_option=False, context_settings={"ignore_unknown_options": True, "allow_interspersed_args": False}
)
@argument("options", nargs=-1, type=click.UNPROCESSED, metavar="[OPTIONS]...")
def emulator(options: tuple[str, ...]) -> int:
    """Serve a piece of Graph on this machine; --help lists its options."""
    from appassign._emulator_command import main as serve

    try:
        serve(options, "appassign emulator")
    except SystemExit as ended:
        misused = 2  # as argparse has it
        return USAGE if ended.code == misused else int(ended.code or 0)
