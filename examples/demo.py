"""The main job, end to end, on the embedded emulator: four paths, replacement, and how a refusal reads."""

from __future__ import annotations

import json

from appassign import (
    AllDevicesAssignmentTarget,
    Client,
    GroupAssignmentTarget,
    MobileAppAssignment,
    MobileAppGroupAssignment,
    MobileAppPath,
    StatusError,
    assign,
)
from appassign.emulator import Emulator, RecordedRequest

# The request body that Graph's beta documentation gives as its example.
DOCUMENTED = MobileAppGroupAssignment(
    target_group_id="Target Group Id value",
    vpn_configuration_id="Vpn Configuration Id value",
    id="ce4d1a28-1a28-ce4d-281a-4dce281a4dce",
    install_intent="notApplicable",
)
SALES = MobileAppGroupAssignment(target_group_id="11111111-2222-4333-8444-555555555501", install_intent="required")
EVERYONE = MobileAppGroupAssignment(target_group_id="11111111-2222-4333-8444-555555555502", install_intent="available")


def title(text: str) -> None:
    print(f"\n{text}\n{'─' * len(text)}")


def show_wire(request: RecordedRequest) -> None:
    print(f"  > {request.method} {request.path}")
    for name in ("authorization", "accept", "content-type", "content-length", "client-request-id"):
        value = request.headers[name]
        print(f"  > {name}: {value[:16] + '…' if name == 'authorization' else value}")
    for line in json.dumps(json.loads(request.body), indent=2).splitlines():
        print(f"  > {line}")


def show_held(graph: Emulator, app: str) -> None:
    print("  the app now holds:")
    for held in graph.assignments(app):
        print(f"    {held['installIntent']:<14} {held['targetGroupId']}  (id {held['id']})")


def main() -> None:
    with Emulator(profile="2017") as graph:
        app = graph.add_app(display_name="Company Portal")
        print(f"An emulated Graph runs at {graph.url} and holds the app {app}.")

        title("1. The documented example, to the app itself")
        receipt = assign(app, [DOCUMENTED], credential=graph.token, base_url=graph.url)
        show_wire(graph.requests[-1])
        print(f"  < {receipt.status} after {receipt.elapsed * 1000:.1f} ms, request-id {receipt.request_id}")
        show_held(graph, app)

        held_id = graph.assignments(app)[0]["id"]
        for number, (name, path) in enumerate(
            [
                ("by way of a group assignment", MobileAppPath(app).group_assignment(held_id)),
                ("by way of a user status", MobileAppPath(app).user_status("user-status-1")),
                ("by way of a device status", MobileAppPath(app).device_status("device-status-1")),
            ],
            start=2,
        ):
            title(f"{number}. Two groups, {name}")
            receipt = assign(path, [SALES, EVERYONE], credential=graph.token, base_url=graph.url)
            print(f"  > POST {graph.requests[-1].path}\n  < {receipt.status}")
            show_held(graph, app)

        title("5. assign replaces: with one group in the list, the other one is gone")
        assign(app, [EVERYONE], credential=graph.token, base_url=graph.url)
        show_held(graph, app)

        title("6. How refusals read")
        for bad_app, token in ((app, "no-such-token"), ("00000000-0000-0000-0000-000000000000", graph.token)):
            try:
                assign(bad_app, [SALES], credential=token, base_url=graph.url)
            except StatusError as error:
                print(f"  {type(error).__name__}: {error}\n    outcome: {error.outcome}")
        try:
            assign(app, [], credential=graph.token, base_url=graph.url)
        except ValueError as error:
            print(f"  {type(error).__name__}: {error}")

    title("7. The Graph of today: see a change, make it, keep the rest, take it back")
    everywhere = MobileAppAssignment(target=AllDevicesAssignmentTarget(), intent="uninstall")
    sales = MobileAppAssignment(target=GroupAssignmentTarget(SALES.target_group_id), intent="required")
    with Emulator() as graph, Client(graph.token, base_url=graph.url) as client:
        app = graph.add_app(display_name="Company Portal", assignments=[everywhere.to_dict()])
        print(f"  {client.plan(app, add=[sales])}".replace("\n", "\n  "))
        changed = client.change(app, add=[sales], reason="the demo")
        print(f"  changed: {len(changed.before)} before, {len(changed.after)} after")
        client.undo(changed)
        print(f"  undone:  {len(client.assignments(app))} as before")


if __name__ == "__main__":
    main()
