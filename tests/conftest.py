"""What most tests share."""

import asyncio
import signal
from collections.abc import Iterator

import pytest
from hypothesis import settings

import appassign
from appassign import MobileAppGroupAssignment
from appassign.emulator import Emulator
from checked import Checked, check

# Whoever was started in the background of a shell has inherited that Ctrl-C is ignored, and would pass that on.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

# No test asserts on time.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")


@pytest.fixture(autouse=True)
def no_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing outside a test decides where its calls go."""
    ours = ("APPASSIGN_BASE_URL", "APPASSIGN_TOKEN", "SSL_CERT_DIR", "SSL_CERT_FILE", "REQUESTS_CA_BUNDLE")
    proxies = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY")
    for name in (*ours, *proxies, *map(str.lower, proxies)):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture(params=["assign", "assign_async"])
def both_twins(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Runs a test twice; the second time, the module's `assign` awaits `assign_async` on a loop of its own."""
    if request.param == "assign_async":

        def awaited(*args, **options):
            return asyncio.run(appassign.assign_async(*args, **options))

        monkeypatch.setattr(request.module, "assign", awaited)


@pytest.fixture
def graph() -> Iterator[Emulator]:
    with Emulator(profile="2017") as emulator:
        yield emulator


@pytest.fixture
def sales() -> MobileAppGroupAssignment:
    return MobileAppGroupAssignment(target_group_id="11111111-2222-4333-8444-555555555501", install_intent="required")


@pytest.fixture
def checked(capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture) -> Iterator[Checked]:
    """Makes calls through every door, and checks what holds whatever happens."""
    yield from check(capfd, caplog)
