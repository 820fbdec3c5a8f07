"""Bars, where people see them: in a notebook, with widgets and without, and in a terminal."""

import os
import re
import sys
import termios
from collections.abc import Iterator
from typing import Any

import pexpect
import pytest

from appassign.emulator import Emulator
from bulk import apps_of
from notebooks import WITHOUT_WIDGETS, Kernel, Message, kernel, plain
from planned import trouble

APPS = 25
# A bar that has begun, and has not come to its end.
UNDER_WAY = r"\b([1-9]|1\d)/25\b"
REPORT = r"<ApplyReport applied=([1-9]\d*) nothing_to_do=0 failed=([1-9]\d*)>"

PREPARE = """
import sys
from appassign import AsyncClient, Change, Client, GroupAssignmentTarget, MobileAppAssignment
sales = MobileAppAssignment(target=GroupAssignmentTarget("11111111-2222-4333-8444-555555555501"), intent="required")
def changes(ids):
    return [Change(app, add=[sales]) for app in ids.split()]
"""

RUNS = {
    "Client": "client = Client()\nclient.apply_many(client.plan_many(changes(ids)), concurrency=1, progress=True)",
    "AsyncClient": (
        "client = AsyncClient()\n"
        "await client.apply_many(await client.plan_many(changes(ids)), concurrency=1, progress=True)"
    ),
}


@pytest.fixture
def graph() -> Iterator[Emulator]:
    with Emulator() as emulator:
        yield emulator


@pytest.fixture
def notebook(graph: Emulator) -> Iterator[Kernel]:
    with kernel(graph, dict(os.environ)) as started:
        yield started


def slow(graph: Emulator) -> None:
    """So slow that a bar is drawn for each app."""
    trouble(graph, "delay", delay=0.3, method="POST", times=10_000)


def written(graph: Emulator, apps: list[str]) -> int:
    return sum(len(graph.assignments(app)) for app in apps)


def text(outputs: list[Message], name: str) -> str:
    streams = [output["content"] for output in outputs if output["msg_type"] == "stream"]
    return "".join(stream["text"] for stream in streams if stream["name"] == name)


def test_what_comes_early_is_drawn_though_the_next_has_to_wait(graph: Emulator, notebook: Kernel) -> None:
    """Ten writes go at once, and the next ones 20 s later: until then the bar must not stand at none."""
    drawn: list[str] = []

    def stop(message: Message) -> None:
        found = [text for state in states([message]) for text in re.findall(UNDER_WAY, str(state.get("value")))]
        if found and not drawn:
            notebook.interrupt()
        drawn.extend(found)

    ids = " ".join(apps_of(graph, APPS))
    paced = "client = Client(rate_limit=0.5)\nclient.apply_many(client.plan_many(changes(ids)), progress=True)"
    notebook.run(f"{PREPARE}ids = {ids!r}\n{paced}", stop)
    assert 0 < int(drawn[0]) <= 10


def states(outputs: list[Message]) -> list[dict[str, Any]]:
    """What was said to the widgets."""
    messages = [output["content"]["data"] for output in outputs if output["msg_type"] == "comm_msg"]
    return [message["state"] for message in messages if message["method"] == "update"]


def screen(printed: str) -> list[str]:
    """The lines that a terminal shows: what comes after a carriage return is written over what is there."""
    assert "\x1b" not in printed, "the bar moves about"
    lines = []
    for line in printed.replace("\r\n", "\n").split("\n"):
        shown = ""
        for part in line.split("\r"):
            shown = part + shown[len(part) :]
        lines.append(shown.rstrip())
    return lines


def test_without_widgets_the_bar_is_text(graph: Emulator, notebook: Kernel) -> None:
    ids = " ".join(apps_of(graph, APPS))
    error, outputs = notebook.run(f"{WITHOUT_WIDGETS}\n{PREPARE}ids = {ids!r}\n{RUNS['Client']}")
    assert error is None
    assert plain(outputs) == [f"<ApplyReport applied={APPS} nothing_to_do=0 failed=0>"]
    bar, below = screen(text(outputs, "stderr"))
    assert bar.startswith(f"100%|██████████| {APPS}/{APPS} [")
    assert below == ""


@pytest.mark.parametrize(("client", "interrupt"), [("Client", "KeyboardInterrupt"), ("AsyncClient", "CancelledError")])
def test_the_stop_button_keeps_the_report_and_ends_the_bar(
    graph: Emulator, notebook: Kernel, client: str, interrupt: str
) -> None:
    apps = apps_of(graph, APPS)
    slow(graph)
    pressed: list[str] = []

    def press(message: Message) -> None:
        if not pressed and any(re.search(UNDER_WAY, str(state.get("value"))) for state in states([message])):
            pressed.append("once")
            notebook.interrupt()

    error, outputs = notebook.run(PREPARE + f"ids = {' '.join(apps)!r}\n" + RUNS[client], press)
    assert (error, pressed) == (interrupt, ["once"])
    assert states(outputs)[-1] == {"bar_style": "danger"}
    assert text(outputs, "stderr") == ""

    error, outputs = notebook.run("sys.last_value.report")
    [report] = plain(outputs)
    [[applied, failed]] = re.findall(REPORT, report)
    assert (error, int(applied) + int(failed)) == (None, APPS)
    assert written(graph, apps) == int(applied)


IN_A_TERMINAL = (
    PREPARE
    + """
client = Client()
planned = client.plan_many(changes(sys.argv[1]), progress=True)
print(repr(planned))
try:
    print(repr(client.apply_many(planned, concurrency=1, progress=True)))
except KeyboardInterrupt as interrupt:
    print(repr(interrupt.report))
"""
)


@pytest.fixture
def apps(graph: Emulator) -> list[str]:
    return apps_of(graph, APPS)


@pytest.fixture
def terminal(graph: Emulator, apps: list[str]) -> Iterator[Any]:
    """A program in a terminal of its own, 80 columns wide."""
    environment: Any = {**os.environ, "APPASSIGN_BASE_URL": graph.url, "APPASSIGN_TOKEN": graph.token}
    command = ["-X", "dev", "-W", "error", "-c", IN_A_TERMINAL, " ".join(apps)]
    program = pexpect.spawn(sys.executable, command, env=environment, dimensions=(24, 80), encoding="utf-8", timeout=60)
    try:
        yield program
    finally:
        program.close(force=True)


def test_in_a_terminal_a_bar_is_one_line_and_reaches_its_total(terminal: Any) -> None:
    terminal.expect(pexpect.EOF)
    lines = screen(terminal.before)
    assert all(len(line) <= 80 for line in lines)
    planning, planned, applying, applied, below = lines
    for bar in (planning, applying):
        assert re.fullmatch(rf"100%\|█+\| {APPS}/{APPS} \[\d\d:\d\d<00:00, +[\d.]+(app/s|s/app)\]", bar)
    assert planned == f"<PlanReport planned={APPS} nothing_to_do=0 failed=0>"
    assert applied == f"<ApplyReport applied={APPS} nothing_to_do=0 failed=0>"
    assert below == ""
    terminal.close()
    assert terminal.exitstatus == 0


def test_in_a_terminal_ctrl_c_leaves_the_bar_where_it_stood(graph: Emulator, terminal: Any, apps: list[str]) -> None:
    slow(graph)
    modes = termios.tcgetattr(terminal.child_fd)
    terminal.expect("<PlanReport [^>]*>\r\n")
    terminal.expect(UNDER_WAY)
    terminal.sendintr()
    shown = terminal.before + terminal.after
    terminal.expect(pexpect.EOF)
    bar, report, below = screen(shown + terminal.before)
    drawn = re.fullmatch(r" *\d+%\|[^|]+\| (\d+)/25 \[.*\](\^C)?", bar)  # the terminal shows what is typed
    assert drawn, bar
    [[applied, failed]] = re.findall(REPORT, report)
    assert int(drawn[1]) <= int(applied) < APPS
    assert int(applied) + int(failed) == APPS
    assert written(graph, apps) == int(applied)
    assert below == ""
    assert termios.tcgetattr(terminal.child_fd) == modes
    terminal.close()
    assert terminal.exitstatus == 0
