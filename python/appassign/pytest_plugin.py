"""The pytest plugin: a piece of Microsoft Graph under each test that asks for one.

Installed with the package, it costs a suite nothing until a fixture is used.
"""

from __future__ import annotations

import pytest

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Literal

    from . import Client
    from .emulator import Emulator


@pytest.fixture
def graph_profile() -> Literal["2017", "current"]:
    """Which Graph `graph_emulator` is: ``"current"``. Override this fixture to have ``"2017"``, at any scope."""
    return "current"


@pytest.fixture
def graph_emulator(graph_profile: Literal["2017", "current"], request: pytest.FixtureRequest) -> Iterator[Emulator]:
    """An emulator of Microsoft Graph that holds nothing yet; until the test ends, no call leaves this machine.

    ``APPASSIGN_BASE_URL`` and ``APPASSIGN_TOKEN`` name it to what the test calls, subprocesses included: code that
    makes a ``Client()`` of its own lands here. If the test fails, the report shows what was asked.
    """
    from ._pytest_emulators import emulators_of

    graph = emulators_of(request.config).lend(request.node, graph_profile)
    # Not the test's own `monkeypatch`: its `undo()` would open the way to a tenant.
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("APPASSIGN_BASE_URL", graph.url)
        environment.setenv("APPASSIGN_TOKEN", graph.token)
        yield graph


@pytest.fixture
def graph_client(graph_emulator: Emulator) -> Iterator[Client]:
    """A `Client` of `graph_emulator`, closed when the test has ended."""
    from . import Client

    with Client(graph_emulator.token, base_url=graph_emulator.url) as client:
        yield client
