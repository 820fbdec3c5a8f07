"""Each life test runs on each interpreter."""

import subprocess

import pytest
from interpreters import interpreters


def _version(python: str) -> str:
    done = subprocess.run([python, "--version"], capture_output=True, text=True, check=True, timeout=30)
    return done.stdout.strip().replace("Python ", "")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "python" in metafunc.fixturenames:
        metafunc.parametrize("python", interpreters(), ids=_version)
