"""What 1,000 assignments take to be built and written as one body, beside msgspec's structs.

python benches/models.py

Ours is all that a call does before it waits for anything: models are made, taken from the list, checked and written.
"""

import gc
import json
import statistics
import time
from collections.abc import Callable
from typing import Final, NamedTuple

import msgspec

from appassign import (
    Client,
    GroupAssignmentTarget,
    MobileAppAssignment,
    MobileAppGroupAssignment,
    _core,
)

MODELS: Final = 1_000
ROUNDS: Final = 201
APP: Final = "0177548a-548a-0177-8a54-77018a547701"
GROUPS: Final = [f"11111111-2222-4333-8444-{number:012}" for number in range(MODELS)]
VPNS: Final = [f"22222222-2222-4333-8444-{number:012}" for number in range(MODELS)]
IDS: Final = [f"33333333-2222-4333-8444-{number:012}" for number in range(MODELS)]


# `MobileAppGroupAssignment`, in the order of its properties.
GroupAssignmentStruct: Final = msgspec.defstruct(
    "GroupAssignmentStruct",
    [
        ("target_group_id", str),
        ("vpn_configuration_id", str | msgspec.UnsetType, msgspec.UNSET),
        ("id", str | msgspec.UnsetType, msgspec.UNSET),
        ("install_intent", str),
    ],
    kw_only=True,
    frozen=True,
    rename="camel",
    tag_field="@odata.type",
    tag="#microsoft.graph.mobileAppGroupAssignment",
)
# `GroupAssignmentTarget`.
TargetStruct: Final = msgspec.defstruct(
    "TargetStruct",
    [("group_id", str)],
    frozen=True,
    rename="camel",
    tag_field="@odata.type",
    tag="#microsoft.graph.groupAssignmentTarget",
)
# `MobileAppAssignment`.
AssignmentStruct: Final = msgspec.defstruct(
    "AssignmentStruct",
    [("id", str | msgspec.UnsetType, msgspec.UNSET), ("intent", str), ("target", TargetStruct)],
    kw_only=True,
    frozen=True,
    rename="camel",
    tag_field="@odata.type",
    tag="#microsoft.graph.mobileAppAssignment",
)


class Figures(NamedTuple):
    """Medians in microseconds for all models, and the median of the ratios within a round."""

    ours_build: float
    ours: float
    msgspec_build: float
    msgspec: float
    ratio: float


def _groups() -> list[MobileAppGroupAssignment]:
    return [
        MobileAppGroupAssignment(target_group_id=group, install_intent="required", vpn_configuration_id=vpn, id=key)
        for group, vpn, key in zip(GROUPS, VPNS, IDS, strict=True)
    ]


def _group_structs() -> list[object]:
    return [
        GroupAssignmentStruct(target_group_id=group, install_intent="required", vpn_configuration_id=vpn, id=key)
        for group, vpn, key in zip(GROUPS, VPNS, IDS, strict=True)
    ]


def _assignments() -> list[MobileAppAssignment]:
    return [MobileAppAssignment(target=GroupAssignmentTarget(group), intent="required") for group in GROUPS]


def _assignment_structs() -> list[object]:
    return [AssignmentStruct(target=TargetStruct(group), intent="required") for group in GROUPS]


def _write_structs(parameter: str) -> Callable[[object], bytes]:
    encoder = msgspec.json.Encoder()
    return lambda structs: encoder.encode({parameter: structs})


def _timed(build: Callable[[], object], write: Callable[[object], object]) -> tuple[float, float]:
    """Microseconds of this thread's CPU: to build, and to build and write."""
    start = time.thread_time_ns()
    models = build()
    built = time.thread_time_ns()
    write(models)
    end = time.thread_time_ns()
    return (built - start) / 1_000, (end - start) / 1_000


def _compare(
    ours: Callable[[], list[MobileAppGroupAssignment]] | Callable[[], list[MobileAppAssignment]],
    theirs: Callable[[], object],
    parameter: str,
    rounds: int,
) -> Figures:
    native = Client("token", base_url="http://127.0.0.1:9/beta")._native  # noqa: SLF001
    write_structs = _write_structs(parameter)
    written = [json.loads(model.to_json()) for model in ours()]
    if json.loads(write_structs(theirs())) != {parameter: written}:
        raise AssertionError(f"the two write different {parameter}")

    def write_ours(models: object) -> object:
        return _core.Call.assign(native, APP, models)  # type: ignore[arg-type]

    _timed(ours, write_ours)
    _timed(theirs, write_structs)
    taken = [(*_timed(ours, write_ours), *_timed(theirs, write_structs)) for _ in range(rounds)]
    ours_build, ours_all, their_build, their_all = (statistics.median(times) for times in zip(*taken, strict=True))
    ratio = statistics.median(ours_all / their_all for _, ours_all, _, their_all in taken)
    return Figures(ours_build, ours_all, their_build, their_all, ratio)


def measure(rounds: int = ROUNDS) -> dict[str, Figures]:
    """Compare both forms in turn, without Python's cyclic collector, which only structs need."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        return {
            "MobileAppGroupAssignment": _compare(_groups, _group_structs, "mobileAppGroupAssignments", rounds),
            "MobileAppAssignment": _compare(_assignments, _assignment_structs, "mobileAppAssignments", rounds),
        }
    finally:
        if was_enabled:
            gc.enable()


def main() -> None:
    """Print a table."""
    print(f"{MODELS:,} models built and written as one body, µs of CPU; medians of {ROUNDS} rounds\n")
    print("| model | build | build + write | msgspec: build | build + write | ratio |")
    print("| --- | ---: | ---: | ---: | ---: | ---: |")
    for name, (*times, ratio) in measure().items():
        print(f"| {name} | {' | '.join(f'{taken:.0f}' for taken in times)} | {ratio:.2f}× |")


if __name__ == "__main__":
    main()
