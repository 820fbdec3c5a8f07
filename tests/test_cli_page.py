"""docs/command-line.md in a shell: every command prints what stands below it."""

import json
import os
import pathlib
import re
import signal
import subprocess
import time

from cli import LEGAL, ONE, SALES, SCRIPT, TWO, environment, run, to_group
from pages import COMMAND_PAGE, blocks, commands, matches

WANTED = f"""app_id,action,intent,target,target_id
{ONE},remove,,group,{SALES}
{ONE},add,available,all_users,
{TWO},add,required,group,{LEGAL}
"""


def test_the_page_does_in_a_shell_what_it_shows(tmp_path: pathlib.Path) -> None:
    apps = [{"id": ONE, "displayName": "Company Portal", "assignments": [to_group(SALES)]}, {"id": TWO}]
    (tmp_path / "tenant.json").write_text(json.dumps(apps), encoding="utf-8")
    (tmp_path / "wanted.csv").write_text(WANTED, encoding="utf-8")
    [[serve, nothing]], *rest = [commands(text) for kind, text in blocks(COMMAND_PAGE) if kind == "console"]
    assert nothing == []
    settings = environment(PATH=f"{SCRIPT.parent}{os.pathsep}{os.environ['PATH']}")
    serving = subprocess.Popen(
        ["sh", "-ec", f"exec {serve.removesuffix('&')}"],
        cwd=tmp_path, env=settings, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE,
    )  # fmt: skip
    try:
        until = time.monotonic() + 20
        while not (tmp_path / "graph.env").exists() or (tmp_path / "graph.env").read_text().count("\n") < 3:
            assert time.monotonic() < until
            time.sleep(0.01)
        typed = [one for block in rest for one in block]
        # A line of its own tells one command's output from the next one's.
        script = "\n".join(f"{command}\necho ---" for command, _ in typed)
        done = subprocess.run(
            ["sh", "-ec", f"exec 2>&1\n{script}"], cwd=tmp_path, env=settings, stdin=subprocess.DEVNULL,
            capture_output=True, text=True, check=False, timeout=120,
        )  # fmt: skip
        printed = [part.splitlines() for part in done.stdout.split("---\n")]
        assert done.returncode == 0, printed[-1]
        for (command, shown), said in zip(typed, printed[:-1], strict=True):
            assert len(shown) == len(said), (command, said)
            assert all(map(matches, shown, said)), (command, said)
    finally:
        serving.send_signal(signal.SIGINT)
        assert serving.communicate(timeout=20)[1] == b""
    assert len(typed) > 10


def test_the_page_names_every_command_and_no_option_that_is_not_there() -> None:
    page = COMMAND_PAGE.read_text(encoding="utf-8")
    there = run("--help").out
    named = {*re.findall(r"`appassign (\w+)", page), *re.findall(r"appassign (\w+) ", page)}
    listed = {*re.findall(r"│ (\w+) {2,}\w", there)}
    assert named == listed
    options = {option for name in listed for option in re.findall(r"--[a-z-]+", run(name, "--help").out)}
    assert {*re.findall(r"(?<![\w-])--[a-z][a-z-]+", page)} <= options
    for shell in ("bash", "zsh", "fish"):
        assert f"_APPASSIGN_COMPLETE={shell}_source appassign" in page
