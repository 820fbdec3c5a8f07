"""What is added and removed, as it is typed: INTENT:TARGET."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, TypeVar

import rich_click as click

from appassign import _core
from appassign.exceptions import InvalidInputError

from .options import option, stack
from .wording import said

if TYPE_CHECKING:
    from collections.abc import Callable

    _Read = TypeVar("_Read")

_INTENTS = ("available", "required", "uninstall", "availableWithoutEnrollment")
_EXAMPLE = "required:11111111-2222-4333-8444-555555555501"


def _added(
    _context: click.Context, _parameter: click.Parameter, values: tuple[str, ...]
) -> list[_core.MobileAppAssignment]:
    """What is added: INTENT:TARGET."""
    return [_understood(text, "INTENT:TARGET", _assignment) for text in values]


def _removed(
    _context: click.Context, _parameter: click.Parameter, values: tuple[str, ...]
) -> list[_core.MobileAppAssignment | _core.AssignmentTarget]:
    """What is removed: INTENT:TARGET, or TARGET alone where the intent does not matter."""
    return [_understood(text, "[INTENT:]TARGET", _either) for text in values]


SPECS = stack(
    option("--add", metavar="SPEC", multiple=True, callback=_added, help=f"Such as {_EXAMPLE}."),
    option("--remove", metavar="SPEC", multiple=True, callback=_removed,
        help="A target, whatever the intent, or INTENT:TARGET."),
    option("--filter-id", metavar="ID", help="The assignment filter of what is added."),
    option("--filter-type", type=click.Choice(["include", "exclude"]), help="What that filter does."),
)  # fmt: skip


def filtered(
    add: list[_core.MobileAppAssignment], filter_id: str | None, filter_type: Literal["include", "exclude"] | None
) -> list[_core.MobileAppAssignment]:
    """What is added, with the filter that is for all of it."""
    if filter_id is None and filter_type is None:
        return add
    if not add:
        raise click.UsageError("--filter-id and --filter-type go with --add")
    try:
        return [one.replace(target=one.target.replace(filter_id=filter_id, filter_type=filter_type)) for one in add]
    except InvalidInputError as error:
        raise click.UsageError(f"--filter-id and --filter-type: {said(error)}") from None


def _understood(text: str, form: str, read: Callable[[str], _Read]) -> _Read:
    try:
        return read(text)
    except InvalidInputError as error:
        targets = "a group's id, exclude:GROUP_ID, all_users, all_devices or collection:ID"
        what = f"it is {form}, and a target is {targets}; for example {_EXAMPLE}"
        raise click.BadParameter(f"{text!r}: {said(error)}; {what}") from None


def _either(text: str) -> _core.MobileAppAssignment | _core.AssignmentTarget:
    return _assignment(text) if text.partition(":")[0] in _INTENTS else _target(text)


def _assignment(text: str) -> _core.MobileAppAssignment:
    intent, colon, target = text.partition(":")
    if not colon or intent not in _INTENTS:
        import difflib

        near = difflib.get_close_matches(intent, _INTENTS, 1) if colon else []
        meant = f"{near[0]} may be meant" if near else f"there are {', '.join(_INTENTS)}"
        raise InvalidInputError(f"an intent comes first: {meant}")
    return _core.MobileAppAssignment(target=_target(target), intent=intent)


def _target(text: str) -> _core.AssignmentTarget:
    kind, colon, id_ = text.partition(":")
    match kind, colon:
        case ("all_users", ""):
            return _core.AllLicensedUsersAssignmentTarget()
        case ("all_devices", ""):
            return _core.AllDevicesAssignmentTarget()
        case ("exclude", ":"):
            return _core.ExclusionGroupAssignmentTarget(id_)
        case ("collection", ":"):
            return _core.ConfigurationManagerCollectionAssignmentTarget(id_)
        case ("group", ":"):
            return _core.GroupAssignmentTarget(id_)
        case _:
            return _core.GroupAssignmentTarget(text)
