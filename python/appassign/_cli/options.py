"""The options that commands share; those of one command alone stand with it, and INTENT:TARGET in spec.py."""

from __future__ import annotations

import functools
import os
from typing import TYPE_CHECKING, Any

import rich_click as click
from click.shell_completion import CompletionItem

if TYPE_CHECKING:
    from collections.abc import Callable

_rich: Any = click  # the types of its decorators are those of an older click
option: Callable[..., Callable[[Any], Any]] = _rich.option
argument: Callable[..., Callable[[Any], Any]] = _rich.argument
version: Callable[..., Callable[[Callable[..., int]], Callable[..., int]]] = _rich.version_option
_panel: Callable[..., Callable[[Any], Any]] = _rich.option_panel


def stack(*options: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """Several options as one."""
    return lambda function: functools.reduce(lambda made, option: option(made), reversed(options), function)


def _token_file(_context: click.Context, _parameter: click.Parameter, value: str | None) -> str | None:
    if value is not None and not os.path.isfile(value):  # noqa: PTH113
        # It may be the token itself, which is shown nowhere.
        raise click.UsageError(
            "--token-file: there is no such file; it takes the name of a file that has a token in it"
        )
    return value


def complete_file(_context: click.Context, _parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Have the shell complete the name of a file, of what need not be one."""
    return [CompletionItem(incomplete, type="file")]


FILE = click.Path(dir_okay=False)
_WAY = "The way to Microsoft Graph"

# Of the help: the options of the command itself, and below them those of every command.
panels = stack(_panel("Options"), _panel(_WAY))

OUTPUT = stack(
    option("--output", type=click.Choice(["text", "json", "github"]), default="text", show_default=True,
        help="For people, for programs, or annotations of GitHub Actions."),
    option("--json", "output", flag_value="json", help="The same as --output json: one document."),
)  # fmt: skip
CALL = stack(
    option("--cloud", type=click.Choice(["global", "usgov", "dod", "china"]), panel=_WAY,
        help="Which of Microsoft's clouds.  [global]"),
    option("--base-url", metavar="URL", panel=_WAY, help="The service, up to the version segment."),
    option("--token-file", metavar="FILE", callback=_token_file, shell_complete=complete_file, panel=_WAY,
        help="Has an access token, and nothing else."),
    option("--proxy", metavar="URL", panel=_WAY, help="Instead of HTTPS_PROXY."),
    option("--ca-bundle", metavar="FILE", type=FILE, panel=_WAY, help="Certificates to trust, and no others."),
    option("--timeout", metavar="SECONDS", type=float, panel=_WAY, help="For each app.  [180]"),
    option("--attempts", metavar="N", type=int, panel=_WAY, help="How often a request is sent, at most.  [4]"),
    option("-v", "--verbose", count=True, metavar="", panel=_WAY, help="Log to stderr; -vv tells more."),
)  # fmt: skip
RATE = option("--rate-limit", metavar="WRITES", type=float, help="Writes a second.  [Graph's published quota]")
MANY = stack(
    option("--concurrency", metavar="N", type=click.IntRange(1, 256), default=16, show_default=True,
        help="Apps under way at a time."),
    RATE,
)  # fmt: skip
JOURNAL = option("--journal", metavar="FILE", type=FILE, help="Notes what every app held before it is written to.")
REASON = option("--reason", metavar="TEXT", help="Why, for the receipts and the journal.")
