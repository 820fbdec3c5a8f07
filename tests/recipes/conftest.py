"""What the tests of the recipes share: a tenant, and a folder in which recipes run."""

import pathlib
from collections.abc import Iterator

import pytest
from recipe import Run, runner

from appassign.emulator import Emulator


@pytest.fixture
def graph() -> Iterator[Emulator]:
    with Emulator() as emulator:
        yield emulator


@pytest.fixture
def run(graph: Emulator, tmp_path: pathlib.Path) -> Run:
    return runner(graph, tmp_path)
