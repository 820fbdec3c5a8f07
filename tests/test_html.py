"""What a notebook shows: a table of its own for each model, plan, report and receipt, in which everything is text."""

import re
from collections.abc import Callable, Iterator
from html.parser import HTMLParser
from typing import Any

import pytest

from appassign import (
    AllDevicesAssignmentTarget,
    Change,
    Client,
    GroupAssignmentTarget,
    MobileAppAssignment,
    MobileAppGroupAssignment,
)
from appassign.emulator import Emulator
from planned import FILTER, QUIET, group, to_group, wire

HOSTILE = "<script>document.title='taken'</script><img src=x onerror=alert(1)>\u202e&amp;\" '$x$"


class Shown(HTMLParser):
    """What of a table is markup, and what is text."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: set[str] = set()
        self.open: list[str] = []
        self.cells: list[list[str]] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes |= {name for name, _ in attrs}
        if tag == "table":
            self.formulas = dict(attrs)["class"]
        self.open.append(tag)
        if tag in {"tr", "caption"}:
            self.cells.append([])
        if tag in {"td", "caption"}:
            self.cells[-1].append("")

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.cells[-1][-1] += data


def shown(value: Any) -> Shown:
    parsed = Shown(value._repr_html_())
    assert parsed.open == []
    assert {*parsed.tags} <= {"table", "caption", "tbody", "tr", "td"}
    assert parsed.attributes <= {"class", "style", "colspan"}
    assert parsed.formulas == "tex2jax_ignore mathjax_ignore"
    return parsed


@pytest.fixture
def graph() -> Iterator[Emulator]:
    with Emulator() as emulator:
        yield emulator


@pytest.fixture
def client(graph: Emulator) -> Iterator[Client]:
    with Client(graph.token, base_url=graph.url, attempts=1) as client:
        yield client


def test_an_assignment_shows_all_that_it_says() -> None:
    target = GroupAssignmentTarget(group(1), filter_id=FILTER, filter_type="include")
    entry = MobileAppAssignment(target=target, intent="required", settings=QUIET, id="A_1_0")
    assert shown(entry).cells == [
        ["MobileAppAssignment"],
        [
            f"required group {group(1)}",
            f'filter include {FILTER}\nsettings win32LobApp {{"notifications":"hideAll"}}',
        ],
        ["id: A_1_0"],
    ]
    assert shown(target).cells == [["groupAssignmentTarget"], [f"group {group(1)}", f"filter include {FILTER}"]]


def test_the_form_of_2017_shows_its_properties() -> None:
    old = MobileAppGroupAssignment(target_group_id="G", install_intent="available")
    assert shown(old).cells == [
        ["MobileAppGroupAssignment"],
        ["@odata.type", "#microsoft.graph.mobileAppGroupAssignment"],
        ["targetGroupId", "G"],
        ["installIntent", "available"],
    ]


def test_a_plan_is_the_diff_with_a_colour_for_each_kind_of_row(graph: Emulator, client: Client) -> None:
    app = graph.add_app(assignments=[wire(1), wire(2), wire(3)])
    changed = to_group(2, settings=QUIET)
    plan = client.plan(app, add=[to_group(4), changed], remove=[to_group(1), to_group(2), to_group(9)])
    html = plan._repr_html_()
    rows = shown(plan).cells
    assert rows[0] == [f"app {app}: 1 added, 1 changed, 1 removed, 1 kept"]
    assert [row[0] for row in rows[1:]] == ["+", "~", "-", "!"]
    assert rows[1] == ["+", f"required group {group(4)}"]
    assert rows[2][1:] == [f"required group {group(2)}", 'settings none -> win32LobApp {"notifications":"hideAll"}']
    assert len({*re.findall(r"<tr style=\"background:([^\"]+)\"", html)}) == 3
    # The text says the same, line by line.
    joined = [" ".join(filter(None, row)) for row in rows[1:]]
    assert [re.sub(r"\s+", " ", line) for line in str(plan).splitlines()[1:]] == joined


def test_a_receipt_shows_what_was_done_and_why(graph: Emulator, client: Client) -> None:
    app = graph.add_app(assignments=[wire(1)])
    receipt = client.change(app, add=[to_group(2)], remove=[to_group(1)], reason="CHG-1234")
    rows = shown(receipt).cells
    assert rows[:3] == [
        [f"app {app}: 1 added, 0 changed, 1 removed, 0 kept"],
        ["+", f"required group {group(2)}"],
        ["-", f"required group {group(1)}"],
    ]
    assert re.fullmatch(r"time: \d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", rows[3][0])
    assert rows[4:] == [["reason: CHG-1234"], ["answer: 204"]]
    assert str(receipt).splitlines() == [
        f"app {app}: 1 added, 0 changed, 1 removed, 0 kept",
        f"+ required group {group(2)}",
        f"- required group {group(1)}",
        rows[3][0],
        "reason: CHG-1234",
        "answer: 204",
    ]
    again = client.change(app, add=[to_group(2)])
    assert str(again).endswith("answer: nothing was to be written")
    assert [row[0] for row in shown(receipt.response).cells[1:]] == [
        "status",
        "request_id",
        "client_request_id",
        "date",
        "attempts",
        "elapsed",
    ]


def test_reports_show_each_app_and_mark_those_that_failed(graph: Emulator, client: Client) -> None:
    apps = [graph.add_app(), "no-such-app", graph.add_app(assignments=[wire(1)])]
    planned = client.plan_many(Change(app, add=[to_group(1)]) for app in apps)
    rows = shown(planned).cells
    assert rows[0] == ["3 apps: 1 planned, 1 nothing to do, 1 failed"]
    assert [row[0] for row in rows[1:]] == apps
    assert planned._repr_html_().count("rgba(248,81,73") == 1
    assert rows[1][1:] == ["+1 ~0 -0 =0", "planned"]
    assert rows[2][2].startswith("Graph answered 404")
    applied = client.apply_many(planned.plans)
    assert shown(applied).cells[0] == ["2 apps: 1 applied, 1 nothing to do, 0 failed"]
    assert shown(planned[0]).cells[0] == [f"app {apps[0]}: 1 added, 0 changed, 0 removed, 0 kept"]
    assert shown(planned[1]).cells[0] == ["app no-such-app"]
    assert shown(applied[0]).cells[-1] == ["answer: 204"]
    assert shown(planned[0].change).cells == [
        [f"app {apps[0]}: 1 to add, 0 to remove"],
        ["+", f"required group {group(1)}"],
    ]


def test_a_long_report_and_a_long_change_are_cut(graph: Emulator, client: Client) -> None:
    apps = [graph.add_app() for _ in range(60)]
    planned = client.plan_many(Change(app, add=[to_group(1)]) for app in apps)
    assert len(shown(planned).cells) == 12
    assert shown(planned).cells[-1] == ["… and 50 more"]
    wanted = Change(apps[0], replace=[to_group(n) for n in range(60)])
    plan = client.plan(apps[0], replace=wanted.replace)
    assert len(shown(plan).cells) == 52
    assert shown(plan).cells[-1] == ["… and 10 more"]
    assert shown(wanted).cells[0] == [f"app {apps[0]}: to have these 60 alone"]
    assert shown(wanted).cells[-1] == ["… and 10 more"]


def test_an_app_shows_its_name(graph: Emulator, client: Client) -> None:
    app = graph.add_app(display_name="Company Portal")
    assert shown(client.apps()[0]).cells == [
        ["Company Portal"],
        ["id", app],
        ["type", "#microsoft.graph.win32LobApp"],
        ["assigned", "no"],
    ]


def hostile_values(graph: Emulator, client: Client) -> Iterator[Any]:
    """Each with what a server, or a file, may have put into it."""
    entry = MobileAppAssignment.from_dict(
        {
            "intent": HOSTILE,
            "id": HOSTILE,
            "target": {"@odata.type": HOSTILE, HOSTILE: HOSTILE},
            "settings": {"@odata.type": HOSTILE, HOSTILE: [HOSTILE]},
            HOSTILE: {HOSTILE: HOSTILE},
        }
    )
    yield entry
    yield entry.target
    yield MobileAppGroupAssignment.from_dict({"targetGroupId": HOSTILE, "installIntent": HOSTILE, HOSTILE: HOSTILE})
    app = graph.add_app(display_name=HOSTILE, assignments=[wire(1, kind="lunarTarget", who=HOSTILE, colour=HOSTILE)])
    yield client.apps()[0]
    plan = client.plan(app, replace=[to_group(1)])
    yield plan
    receipt = client.apply(plan, reason=HOSTILE)
    yield receipt
    yield Change(app, remove=[AllDevicesAssignmentTarget(), entry])
    graph.fail_next(status=400, method="GET")
    report = client.plan_many([Change(app, add=[to_group(3)])])
    yield report
    yield report[0]
    done = client.apply_many(client.plan_many([Change(app, add=[to_group(3)])]))
    yield done
    yield done[0]


def test_nothing_that_a_server_says_is_markup(graph: Emulator, client: Client) -> None:
    values = [*hostile_values(graph, client)]
    assert len(values) == 11
    for value in values:
        html = value._repr_html_()
        shown(value)
        for piece in ("<script", "<img", "onerror=alert(1)>", "\u202e"):
            assert piece not in html, value
    told = [value for value in values if "&lt;script&gt;" in value._repr_html_()]
    assert len(told) >= 6


@pytest.mark.parametrize("make", [lambda: to_group(1), lambda: Change("A", add=[to_group(1)])])
def test_it_is_small(make: Callable[[], Any]) -> None:
    assert len(make()._repr_html_()) < 1_200
