# pyright: reportUnnecessaryTypeIgnoreComment=error
"""What type checkers know of the models. They alone read this file, and find an error wherever one is ignored."""

import copy
import uuid
from collections.abc import Mapping
from typing import Any, assert_type

from appassign import (
    AllDevicesAssignmentTarget,
    AllLicensedUsersAssignmentTarget,
    AssignmentTarget,
    Change,
    ConfigurationManagerCollectionAssignmentTarget,
    ExclusionGroupAssignmentTarget,
    GroupAssignmentTarget,
    InstallIntent,
    MobileAppAssignment,
    MobileAppGroupAssignment,
    MobileAppPath,
)
from appassign.settings import Win32LobAppAssignmentSettings

ID = uuid.UUID(int=1)


def what_a_class_reads_is_of_that_class(document: dict[str, Any], text: str | bytes) -> None:
    assert_type(MobileAppAssignment.from_dict(document), MobileAppAssignment)
    assert_type(MobileAppGroupAssignment.from_dict(document), MobileAppGroupAssignment)
    assert_type(AssignmentTarget.from_dict(document), AssignmentTarget)
    assert_type(GroupAssignmentTarget.from_dict(document), GroupAssignmentTarget)
    assert_type(ExclusionGroupAssignmentTarget.from_dict(document), ExclusionGroupAssignmentTarget)
    assert_type(AllLicensedUsersAssignmentTarget.from_dict(document), AllLicensedUsersAssignmentTarget)
    assert_type(AllDevicesAssignmentTarget.from_dict(document), AllDevicesAssignmentTarget)
    assert_type(MobileAppAssignment.from_json(text), MobileAppAssignment)
    assert_type(MobileAppGroupAssignment.from_json(text), MobileAppGroupAssignment)
    assert_type(GroupAssignmentTarget.from_json(text), GroupAssignmentTarget)
    assert_type(
        ConfigurationManagerCollectionAssignmentTarget.from_json(text), ConfigurationManagerCollectionAssignmentTarget
    )
    MobileAppAssignment.from_dict(text)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    MobileAppAssignment.from_json(document)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]


def an_assignment(one: MobileAppAssignment, settings: Win32LobAppAssignmentSettings) -> None:
    assert_type(one.target, AssignmentTarget)
    assert_type(one.intent, InstallIntent | str)
    assert_type(one.settings, Mapping[str, Any] | None)
    assert_type(one.id, str | None)
    assert_type(one.to_dict(), dict[str, Any])
    assert_type(one.to_json(), str)
    assert_type(one.replace(intent=InstallIntent.REQUIRED), MobileAppAssignment)
    assert_type(copy.copy(one), MobileAppAssignment)
    MobileAppAssignment(target=one.target, intent="available", settings=settings)
    MobileAppAssignment(target=one.target, intent="available", settings={"@odata.type": "#next.year's"})
    one.replace(settings=None, id=None, target=AllDevicesAssignmentTarget())

    one.intent = "required"  # type: ignore[misc]  # pyright: ignore[reportAttributeAccessIssue]
    one.settings["@odata.type"] = "x"  # type: ignore[index]  # pyright: ignore[reportIndexIssue, reportOptionalSubscript]
    one.replace(intend="required")  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    one.replace(intent=None)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    MobileAppAssignment(one.target, "required")  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    MobileAppAssignment(target=one.target)  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    MobileAppAssignment(target="group", intent="required")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]


def an_assignment_of_2017(one: MobileAppGroupAssignment) -> None:
    assert_type(one.target_group_id, str)
    assert_type(one.install_intent, InstallIntent | str)
    assert_type(one.vpn_configuration_id, str | None)
    assert_type(one.id, str | None)
    assert_type(one.replace(target_group_id="G"), MobileAppGroupAssignment)
    assert_type(one.to_mobile_app_assignment(settings_type="iosStoreAppAssignmentSettings"), MobileAppAssignment)
    MobileAppGroupAssignment(target_group_id="G", install_intent=InstallIntent.NOT_APPLICABLE)

    MobileAppGroupAssignment(target="G", intent="required")  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    one.replace(target_group_id=ID)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]


def targets(target: AssignmentTarget, group: GroupAssignmentTarget) -> None:
    assert_type(target.filter_id, str | None)
    assert_type(target.filter_type, str | None)
    assert_type(target.replace(filter_id=None, filter_type=None), AssignmentTarget)
    assert_type(group.group_id, str)
    assert_type(group.replace(group_id=ID), GroupAssignmentTarget)
    assert_type(ConfigurationManagerCollectionAssignmentTarget("SMS00001").collection_id, str)
    GroupAssignmentTarget("G", filter_id=ID, filter_type="include")
    AllDevicesAssignmentTarget(filter_id="F", filter_type="exclude")

    GroupAssignmentTarget("G", filter_id="F", filter_type="none")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    GroupAssignmentTarget(None)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    AllDevicesAssignmentTarget("G")  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    AssignmentTarget(group_id="G")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    target.group_id  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType]
    target.replace(group_id="G")  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]


def a_match_tells_them_apart(one: MobileAppAssignment | MobileAppGroupAssignment) -> str | None:
    match one:
        case MobileAppAssignment(target=GroupAssignmentTarget(group_id) as group):
            assert_type(group, GroupAssignmentTarget)
            assert_type(group_id, str)
            return group_id
        case MobileAppAssignment(target=AllDevicesAssignmentTarget(filter_id)):
            assert_type(filter_id, str | None)
            return filter_id
        case MobileAppAssignment(target=target):
            assert_type(target, AssignmentTarget)
            return None
        case _:
            assert_type(one, MobileAppGroupAssignment)
            return one.target_group_id


def paths(path: MobileAppPath) -> None:
    assert_type(path.path, str)
    assert_type(MobileAppPath(ID).user_status("S"), MobileAppPath)
    assert_type(path.device_status(ID), MobileAppPath)
    assert_type(path.group_assignment("A"), MobileAppPath)
    MobileAppPath(1)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]


def a_change(
    one: MobileAppAssignment, past: MobileAppGroupAssignment, wanted: list[MobileAppAssignment] | None
) -> None:
    change = Change("app", add=[one], remove=(one, one.target))
    assert_type(change, Change)
    assert_type(change.app_id, str)
    assert_type(change.add, tuple[MobileAppAssignment, ...])
    assert_type(change.remove, tuple[MobileAppAssignment | AssignmentTarget, ...])
    assert_type(change.replace, tuple[MobileAppAssignment, ...] | None)
    assert_type(Change(ID, replace=[]), Change)
    Change("app", replace=(each for each in [one]))
    Change("app", replace=wanted)
    Change("app", add={one}, replace=None)

    Change("app", replace=[one], add=[one])  # type: ignore[call-overload]  # pyright: ignore[reportArgumentType]
    Change("app", replace=[one], remove=[one])  # type: ignore[call-overload]  # pyright: ignore[reportArgumentType]
    Change("app", add=one)  # type: ignore[call-overload]  # pyright: ignore[reportArgumentType]
    Change("app", add=[past])  # type: ignore[list-item]  # pyright: ignore[reportArgumentType]
    Change("app", [one])  # type: ignore[call-overload]  # pyright: ignore[reportCallIssue]
