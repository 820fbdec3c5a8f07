"""What ``appassign`` does in a terminal: it asks, colours, shows how far it is, and completes words."""

import io
import json
import pathlib
import re
import subprocess
from collections.abc import Iterator

import pexpect
import pytest

from appassign.emulator import Emulator
from cli import LEGAL, ONE, SALES, SCRIPT, TWO, add_app, environment, groups, run, to_group

COLOUR = re.compile(r"\x1b\[[0-9;]*3[0-9]")
ASKED = "Write to 1 app? [y/N] "


@pytest.fixture
def graph() -> Iterator[Emulator]:
    with Emulator() as emulator:
        add_app(emulator, ONE, to_group(SALES))
        add_app(emulator, TWO)
        yield emulator


@pytest.fixture
def source(tmp_path: pathlib.Path) -> str:
    rows = [
        {"app_id": ONE, "action": "add", "intent": "required", "target": "group", "target_id": LEGAL},
        {"app_id": ONE, "action": "remove", "target": "group", "target_id": SALES},
    ]
    (tmp_path / "apps.json").write_text(json.dumps(rows), encoding="utf-8")
    return str(tmp_path / "apps.json")


class Terminal:
    """The command in a terminal of its own, and what that was sent."""

    def __init__(self, graph: Emulator, *arguments: str, columns: int = 80, **more: str) -> None:
        settings = environment(graph, **({"TERM": "xterm-256color"} | more))
        self._sent = io.StringIO()
        self.child = pexpect.spawn(
            arguments[0] if arguments[0] == "sh" else str(SCRIPT),
            [*(arguments[1:] if arguments[0] == "sh" else arguments)],
            env=settings, encoding="utf-8", timeout=60, dimensions=(24, columns),
        )  # fmt: skip
        self.child.logfile_read = self._sent

    def answer(self, question: str, answer: str) -> None:
        self.child.expect_exact(question)
        self.child.send(answer)

    def end(self) -> int:
        self.child.expect(pexpect.EOF)
        self.child.close()
        return self.child.exitstatus

    @property
    def text(self) -> str:
        return self._sent.getvalue().replace("\r\n", "\n")


@pytest.mark.parametrize(
    ("answer", "code"), [("y\n", 0), ("YES\n", 0), ("n\n", 1), ("\n", 1), ("\x04", 1), ("\x03", 130)]
)
def test_apply_shows_what_it_will_do_and_asks(graph: Emulator, source: str, answer: str, code: int) -> None:
    terminal = Terminal(graph, "apply", source, NO_COLOR="1", TERM="dumb")
    terminal.answer(ASKED, answer)
    assert terminal.end() == code
    before, _, after = terminal.text.partition(ASKED)
    assert f"app {ONE}: 1 added, 0 changed, 1 removed, 0 kept\n" in before
    assert f"- required group {SALES}\n" in before
    assert groups(graph, ONE) == ([LEGAL] if code == 0 else [SALES])
    said = {0: "1 app: 1 applied", 1: "nothing was written: the answer was not yes", 130: "interrupted"}
    assert said[code] in after


def test_yes_does_not_ask(graph: Emulator, source: str) -> None:
    terminal = Terminal(graph, "apply", source, "--yes")
    assert terminal.end() == 0
    assert "[y/N]" not in terminal.text
    assert groups(graph, ONE) == [LEGAL]


def test_nothing_to_do_is_not_asked_about_nor_is_what_a_limit_refuses(graph: Emulator, source: str) -> None:
    terminal = Terminal(graph, "apply", source, "--max-removals", "0")
    assert terminal.end() == 3
    assert "[y/N]" not in terminal.text
    run("apply", source, graph=graph)
    terminal = Terminal(graph, "apply", source)
    assert terminal.end() == 0
    assert "[y/N]" not in terminal.text


def test_the_question_leaves_stdout_to_the_document(graph: Emulator, source: str, tmp_path: pathlib.Path) -> None:
    out = tmp_path / "out.json"
    terminal = Terminal(graph, "sh", "-c", f"'{SCRIPT}' apply '{source}' --json > '{out}'")
    terminal.answer(ASKED, "y\n")
    assert terminal.end() == 0
    assert LEGAL in terminal.text
    assert json.loads(out.read_text())["applied"] == 1


@pytest.mark.parametrize("kind", ["text", "github"])
def test_the_question_stands_below_what_it_is_about_wherever_stdout_goes(
    graph: Emulator, source: str, tmp_path: pathlib.Path, kind: str
) -> None:
    out = tmp_path / "out.txt"
    terminal = Terminal(graph, "sh", "-c", f"'{SCRIPT}' apply '{source}' --output {kind} > '{out}'", TERM="dumb")
    terminal.answer(ASKED, "y\n")
    assert terminal.end() == 0
    before, _, _ = terminal.text.partition(ASKED)
    for line in (f"app {ONE}: 1 added, 0 changed, 1 removed, 0 kept\n", f"- required group {SALES}\n"):
        assert before.count(line) == 1
        assert out.read_text().count(line) == 1


@pytest.mark.parametrize("kind", ["text", "json"])
def test_a_question_that_nobody_would_see_is_not_asked(
    graph: Emulator, source: str, tmp_path: pathlib.Path, kind: str
) -> None:
    err = tmp_path / "err"
    terminal = Terminal(graph, "sh", "-c", f"'{SCRIPT}' apply '{source}' --output {kind} 2> '{err}'", TERM="dumb")
    assert terminal.end() == 1
    said = err.read_text() if kind == "text" else terminal.text
    assert "nothing was written: stderr is no terminal, and nobody would see the question" in said
    assert "pass --yes, if all of it shall be written, or leave stderr to the terminal" in said
    assert groups(graph, ONE) == [SALES]
    terminal = Terminal(graph, "sh", "-c", f"'{SCRIPT}' apply '{source}' --yes 2> '{err}'", TERM="dumb")
    assert terminal.end() == 0
    assert groups(graph, ONE) == [LEGAL]


def test_a_terminal_gets_colours_unless_it_says_otherwise(graph: Emulator, source: str) -> None:
    coloured = Terminal(graph, "plan", source)
    assert coloured.end() == 0
    assert re.search(rf"\x1b\[32m\+ required group {LEGAL}\x1b\[0m", coloured.text)
    assert re.search(rf"\x1b\[31m- required group {SALES}\x1b\[0m", coloured.text)
    plain = Terminal(graph, "plan", source, NO_COLOR="1")
    assert plain.end() == 0
    assert not COLOUR.search(plain.text)
    dumb = Terminal(graph, "plan", source, TERM="dumb")
    assert dumb.end() == 0
    assert "\x1b" not in dumb.text
    assert f"+ required group {LEGAL}\n" in dumb.text
    piped = run("plan", source, graph=graph, TERM="xterm-256color")
    assert "\x1b" not in piped.out + piped.err


def test_no_id_is_cut_or_wrapped_however_narrow_the_terminal(graph: Emulator, source: str) -> None:
    for arguments in (("get", ONE), ("plan", source), ("export",)):
        narrow = Terminal(graph, *arguments, columns=20)
        assert narrow.end() == 0
        assert ONE in narrow.text
        assert SALES in narrow.text


def test_a_terminal_sees_how_far_it_is_and_a_pipe_does_not(graph: Emulator, source: str) -> None:
    terminal = Terminal(graph, "apply", source, "--yes")
    assert terminal.end() == 0
    assert "planning" in terminal.text
    assert "applying" in terminal.text
    dumb = Terminal(graph, "apply", source, "--yes", TERM="dumb")
    assert dumb.end() == 0
    assert "planning" not in dumb.text
    assert run("apply", source, graph=graph).err == ""


def test_what_a_server_says_is_no_command_to_a_terminal(graph: Emulator) -> None:
    graph.reset()
    add_app(graph, ONE, name="\x1b]0;title\x07\u202eevil [bold]")
    terminal = Terminal(graph, "doctor", TERM="dumb")
    assert terminal.end() == 0
    assert "such as \\x1b]0;title\\x07\\u202eevil [bold]" in terminal.text
    assert run("doctor", "--json", graph=graph).json["checks"][-1]["message"].endswith("\u202eevil [bold]")


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_it_gives_a_completion_script(shell: str) -> None:
    done = run(_APPASSIGN_COMPLETE=f"{shell}_source")
    assert (done.code, done.err) == (0, "")
    assert "_APPASSIGN_COMPLETE" in done.out
    assert f"{shell}_complete" in done.out


@pytest.mark.parametrize(
    ("words", "found"),
    [
        (
            ["appassign", ""],
            {
                "apps",
                "get",
                "plan",
                "apply",
                "change",
                "undo",
                "export",
                "emulator",
                "doctor",
            },
        ),
        (["appassign", "pl"], {"plan"}),
        (["appassign", "plan", "--exit"], {"--exit-code"}),
        (["appassign", "plan", "--cloud", ""], {"global", "usgov", "dod", "china"}),
        (["appassign", "plan", "--output", "g"], {"github"}),
    ],
)
@pytest.mark.parametrize("shell", ["zsh", "fish"])
def test_it_completes_for_shells_by_their_protocol(shell: str, words: list[str], found: set[str]) -> None:
    asked = {"COMP_WORDS": " ".join(words), "COMP_CWORD": str(len(words) - 1) if shell == "zsh" else words[-1]}
    done = run(_APPASSIGN_COMPLETE=f"{shell}_complete", **asked)
    assert (done.code, done.err) == (0, "")
    values = done.lines[1::3] if shell == "zsh" else [line.partition(",")[2].partition("\t")[0] for line in done.lines]
    assert {value.partition("\t")[0] for value in values} == found


@pytest.mark.parametrize("words", ["plan", "apply", "get A --token-file"])
@pytest.mark.parametrize(("shell", "first"), [("zsh", "file"), ("fish", "file,ap"), ("bash", "file,ap")])
def test_it_has_the_shell_complete_names_of_files(shell: str, first: str, words: str) -> None:
    count = str(len(words.split()) + 1)
    asked = {"COMP_WORDS": f"appassign {words} ap", "COMP_CWORD": "ap" if shell == "fish" else count}
    done = run(_APPASSIGN_COMPLETE=f"{shell}_complete", **asked)
    assert (done.code, done.lines[0]) == (0, first)


def test_bash_completes_by_its_script(tmp_path: pathlib.Path) -> None:
    script = (
        'eval "$(_APPASSIGN_COMPLETE=bash_source appassign)"; COMP_WORDS=(appassign ex); COMP_CWORD=1; '
        '_appassign_completion appassign; echo "${COMPREPLY[@]}"'
    )
    settings = environment(PATH=f"{SCRIPT.parent}:/usr/bin:/bin", HOME=str(tmp_path))
    done = subprocess.run(["bash", "-c", script], env=settings, capture_output=True, text=True, check=False, timeout=60)
    assert (done.stdout.strip(), done.stderr) == ("export", "")
