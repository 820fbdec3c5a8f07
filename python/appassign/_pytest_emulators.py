"""The emulators of one pytest run, and what its reports show of them. Imported when a fixture is first used."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import pytest

from .emulator import Emulator

if TYPE_CHECKING:
    from collections.abc import Generator

    import pluggy

_NAME = "appassign-emulators"
_LENT = pytest.StashKey[Emulator]()


def emulators_of(config: pytest.Config) -> Emulators:
    """The emulators of a run: one object, a plugin from now on."""
    known = config.pluginmanager.get_plugin(_NAME)
    if isinstance(known, Emulators):
        return known
    emulators = Emulators()
    config.pluginmanager.register(emulators, _NAME)
    return emulators


class Emulators:
    """One emulator for each profile, started for the first test that wants it and running until the run ends."""

    def __init__(self) -> None:
        self._running: dict[str, Emulator] = {}

    def lend(self, item: pytest.Item, profile: Literal["2017", "current"]) -> Emulator:
        """An emulator for a test, as good as new.

        It is emptied here and not when the test has ended: whatever fails in between can still be reported.
        """
        emulator = self._running.get(profile)
        if emulator is not None:
            try:
                emulator.reset()
            except RuntimeError:  # closed by a test, or another process's
                emulator = None
        if emulator is None:
            emulator = self._running[profile] = Emulator(profile=profile)
        item.stash[_LENT] = emulator
        return emulator

    @pytest.hookimpl(hookwrapper=True)  # pytest 7 knows no `wrapper`
    def pytest_runtest_makereport(self, item: pytest.Item) -> Generator[None, pluggy.Result[pytest.TestReport]]:
        """Add the traffic to the report of a failure."""
        outcome = yield
        report = outcome.get_result()
        emulator = item.stash.get(_LENT, None)
        if report.failed and emulator is not None:
            from ._traffic import traffic

            try:
                shown = traffic(emulator.requests)
            except RuntimeError:  # closed by the test
                return
            report.sections.append(("Graph traffic", shown))

    def pytest_unconfigure(self) -> None:
        """Stop them all."""
        for emulator in self._running.values():
            emulator.close()
