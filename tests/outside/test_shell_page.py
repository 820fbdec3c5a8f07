"""docs/emulator.md in a shell, with curl."""

import os
import pathlib
import signal
import subprocess
import sys
import time

from pages import SHELL_PAGE, blocks, commands, matches


def test_the_page_does_in_a_shell_what_it_shows(tmp_path: pathlib.Path) -> None:
    first, second = [commands(text) for kind, text in blocks(SHELL_PAGE) if kind == "console"]
    environment = {**os.environ, "PATH": f"{pathlib.Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}
    serving = subprocess.Popen(
        ["sh", "-ec", "\n".join(command for command, _ in first)],
        cwd=tmp_path, env=environment, start_new_session=True,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        shown = [line for _, lines in first for line in lines]
        printed = [serving.stdout.readline().rstrip("\n") for _ in shown]
        assert all(map(matches, shown, printed)), printed
        until = time.monotonic() + 20
        while (tmp_path / "graph.env").read_text().count("\n") < len(shown):  # tee writes to two places
            assert time.monotonic() < until
            time.sleep(0.01)

        # A line of its own tells one command's output from the next one's.
        script = "\n".join(f"{command}\necho; echo ---" for command, _ in second)
        done = subprocess.run(
            ["sh", "-ec", script],
            cwd=tmp_path, env=environment, capture_output=True, text=True, check=False, timeout=60,
        )  # fmt: skip
        assert done.stderr == ""
        printed = [part.split("\n") for part in done.stdout.split("---\n")[:-1]]
        for (command, lines), part in zip(second, printed, strict=True):
            said = [line for line in part if line]
            assert len(said) == len(lines), (command, said)
            assert all(map(matches, lines, said)), (command, said)
    finally:
        os.killpg(serving.pid, signal.SIGINT)
        noise = serving.communicate(timeout=20)[1]
    assert noise == ""
