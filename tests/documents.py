"""Documents as servers and callers write them, and how to compare them exactly."""

import copy
import json
import pickle
from collections.abc import Mapping
from typing import Any

from hypothesis import strategies as st

import appassign
from appassign import (
    AllDevicesAssignmentTarget,
    AllLicensedUsersAssignmentTarget,
    AssignmentTarget,
    ConfigurationManagerCollectionAssignmentTarget,
    ExclusionGroupAssignmentTarget,
    GroupAssignmentTarget,
    InstallIntent,
)

REQUIRED = ("targetGroupId", "installIntent")
OPTIONAL = ("@odata.type", "vpnConfigurationId", "id")

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda children: st.lists(children, max_size=3) | st.dictionaries(st.text(), children, max_size=3),
    max_leaves=10,
)


def others(*known: str) -> st.SearchStrategy[dict[str, Any]]:
    """Properties of a later version of Graph."""
    return st.dictionaries(st.text().filter(lambda name: name not in known), json_values, max_size=3)


unknown = others(*REQUIRED, *OPTIONAL)


def shuffled(strategy: st.SearchStrategy[dict[str, Any]]) -> st.SearchStrategy[dict[str, Any]]:
    """The same members, in any order."""
    return strategy.flatmap(lambda members: st.permutations(list(members.items()))).map(dict)


# What `from_dict` takes.
documents = shuffled(
    st.builds(
        lambda known, others: {**known, **others},
        st.fixed_dictionaries(
            {"targetGroupId": st.text(), "installIntent": st.text() | st.sampled_from(list(InstallIntent))},
            optional=dict.fromkeys(OPTIONAL, st.none() | st.text()),
        ),
        unknown,
    )
)

# The same, with members missing or of any type.
near_documents = shuffled(
    st.builds(
        lambda known, others: {**known, **others},
        st.fixed_dictionaries({}, optional=dict.fromkeys(REQUIRED + OPTIONAL, st.text() | json_values)),
        unknown,
    )
)


# The targets by the name of their type: the class, and what the wire calls their id.
TARGETS: dict[str, tuple[type[AssignmentTarget], str | None]] = {
    "groupAssignmentTarget": (GroupAssignmentTarget, "groupId"),
    "exclusionGroupAssignmentTarget": (ExclusionGroupAssignmentTarget, "groupId"),
    "allLicensedUsersAssignmentTarget": (AllLicensedUsersAssignmentTarget, None),
    "allDevicesAssignmentTarget": (AllDevicesAssignmentTarget, None),
    "configurationManagerCollectionAssignmentTarget": (
        ConfigurationManagerCollectionAssignmentTarget,
        "collectionId",
    ),
}
GRAPH = "microsoft.graph."
FILTER = ("deviceAndAppManagementAssignmentFilterId", "deviceAndAppManagementAssignmentFilterType")
TODAY = f"#{GRAPH}mobileAppAssignment"

guids = st.uuids().map(str) | st.uuids().map(lambda guid: str(guid).upper())
known_types = st.sampled_from([f"{prefix}{GRAPH}{name}" for prefix in ("#", "") for name in TARGETS])
target_types = known_types | st.sampled_from([f"#{GRAPH}newAssignmentTarget", "groupAssignmentTarget"]) | st.text()


def _merged(*parts: st.SearchStrategy[dict[str, Any]]) -> st.SearchStrategy[dict[str, Any]]:
    return shuffled(st.tuples(*parts).map(lambda some: {name: value for part in some for name, value in part.items()}))


_filters = {
    FILTER[0]: st.none() | st.text() | guids,
    FILTER[1]: st.none() | st.text() | st.sampled_from(["none", "include", "exclude"]),
}
_ids = dict.fromkeys(("groupId", "collectionId"), guids | st.text())

# What `AssignmentTarget.from_dict` takes: of a type that has an id, null for it and none at all too.
targets = _merged(
    others("@odata.type", "groupId", "collectionId", *FILTER),
    st.fixed_dictionaries({"@odata.type": known_types, **_ids}, optional=_filters)
    | st.fixed_dictionaries(
        {"@odata.type": target_types},
        optional={**{name: st.none() | key for name, key in _ids.items()}, **_filters},
    ),
)

# The same, with members missing or of any type.
near_targets = _merged(
    others(),
    st.fixed_dictionaries(
        {},
        optional={
            "@odata.type": target_types | json_values,
            **dict.fromkeys(("groupId", "collectionId", *FILTER), st.text() | json_values),
        },
    ),
)


def _assignments(
    target: st.SearchStrategy[Any], intent: st.SearchStrategy[Any], settings: st.SearchStrategy[Any]
) -> st.SearchStrategy[dict[str, Any]]:
    source = st.sampled_from(["direct", "policySets", None])
    return _merged(
        others("@odata.type", "id", "intent", "target", "settings"),
        st.fixed_dictionaries({}, optional={"source": source, "sourceId": st.none() | st.text()}),
        st.fixed_dictionaries(
            {"intent": intent, "target": target},
            optional={
                "settings": settings,
                "id": st.none() | st.text(),
                "@odata.type": st.none() | st.text() | st.sampled_from([TODAY, TODAY[1:]]),
            },
        ),
    )


# What `MobileAppAssignment.from_dict` takes.
todays = _assignments(
    targets,
    st.text() | st.sampled_from(list(InstallIntent)),
    st.none() | st.dictionaries(st.text() | st.just("@odata.type"), json_values, max_size=3),
)

# The same, with members of any type, or missing.
near_todays = st.tuples(
    _assignments(targets | near_targets | json_values, st.text() | json_values, json_values),
    st.sets(st.sampled_from(["intent", "target", "id"]), max_size=1),
).map(lambda made: {name: value for name, value in made[0].items() if name not in made[1]})


def class_of_target(document: Mapping[str, Any]) -> type[AssignmentTarget]:
    """As what a target is read: one of the five if it is whole, else the base."""
    name = str(document["@odata.type"]).removeprefix("#").removeprefix(GRAPH)
    if str(document["@odata.type"]).removeprefix("#") != f"{GRAPH}{name}":
        return AssignmentTarget
    cls, key = TARGETS.get(name, (AssignmentTarget, None))
    return cls if key is None or document.get(key) is not None else AssignmentTarget


def is_target(document: object) -> bool:
    """All that a reader of targets asks of strict JSON."""
    if not isinstance(document, Mapping) or not isinstance(document.get("@odata.type"), str):
        return False
    name = document["@odata.type"].removeprefix("#")
    _, key = TARGETS.get(name.removeprefix(GRAPH), (None, None)) if name.startswith(GRAPH) else (None, None)
    texts = FILTER if key is None else (*FILTER, key)
    return all(isinstance(document.get(text), str | None) for text in texts)


def is_today(document: object) -> bool:
    """All that a reader of today's assignments asks of strict JSON."""
    return (
        isinstance(document, Mapping)
        and isinstance(document.get("intent"), str)
        and is_target(document.get("target"))
        and isinstance(document.get("settings"), Mapping | None)
        and all(isinstance(document.get(text), str | None) for text in ("@odata.type", "id"))
    )


def copies(value: Any) -> list[Any]:
    """The value, pickled by every protocol, and copied."""
    pickled = [pickle.loads(pickle.dumps(value, protocol)) for protocol in range(pickle.HIGHEST_PROTOCOL + 1)]
    return [*pickled, copy.copy(value), copy.deepcopy(value)]


def evaluated(value: object) -> Any:
    """What the repr says, to whoever imported the package's names."""
    return eval(repr(value), {name: getattr(appassign, name) for name in appassign.__all__})


def is_assignment(document: object) -> bool:
    """All that a reader asks of strict JSON."""
    return (
        isinstance(document, Mapping)
        and all(isinstance(document.get(name), str) for name in REQUIRED)
        and all(isinstance(document.get(name), str | None) for name in OPTIONAL)
    )


def exactly(document: object) -> str:
    """A text that is the same for the same values and types; the order of members does not count."""
    return json.dumps(document, sort_keys=True)


class NotStrictError(ValueError):
    """What Python's JSON takes, and strict JSON has not."""


def strictly(text: str) -> object:
    """Read by Python's own parser, held to RFC 8259 and to our bound."""

    def constant(name: str) -> None:
        raise NotStrictError(name)

    def members(pairs: list[tuple[str, object]]) -> dict[str, object]:
        if len(dict(pairs)) < len(pairs):
            raise NotStrictError(pairs)
        return dict(pairs)

    def depth(value: object) -> int:
        match value:
            case dict() | list():
                return 1 + max(map(depth, value.values() if isinstance(value, dict) else value), default=0)
        return 0

    document = json.loads(text, parse_constant=constant, object_pairs_hook=members)
    json.dumps(document, ensure_ascii=False).encode()  # a lone surrogate cannot be encoded
    if depth(document) > 100:
        raise NotStrictError(text)
    return document
