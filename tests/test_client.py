"""Clients: what their calls share, and how they end."""

import asyncio
import base64
import gc
import json
import pathlib
import threading
import time
import traceback
import weakref
from collections.abc import Callable

import pytest
from azure.core.credentials import AccessToken, AccessTokenInfo

import appassign
from appassign import (
    AsyncClient,
    Client,
    ClientClosedError,
    ConfigurationError,
    ConnectError,
    CredentialError,
    InvalidInputError,
    MobileAppGroupAssignment,
    NotFoundError,
)
from appassign.emulator import Emulator
from servers import AnsweringServer


class Blocking:
    """`AsyncClient` under the face of `Client`: each call awaited on a loop of its own."""

    def __init__(self, *arguments, **options) -> None:
        self.twin = AsyncClient(*arguments, **options)

    def assign(self, *arguments):
        return asyncio.run(self._assign(*arguments))

    async def _assign(self, *arguments):
        return await self.twin.assign(*arguments)

    def close(self) -> None:
        asyncio.run(self.twin.close())

    def __enter__(self):
        asyncio.run(self.twin.__aenter__())
        return self

    def __exit__(self, *about) -> None:
        asyncio.run(self.twin.__aexit__(*about))


@pytest.fixture(params=[Client, Blocking], ids=["Client", "AsyncClient"])
def make(request: pytest.FixtureRequest) -> Callable[..., Client]:
    return request.param


def test_calls_of_a_client_go_where_it_was_made_for(
    make: Callable[..., Client], graph: Emulator, sales: MobileAppGroupAssignment
) -> None:
    app = graph.add_app()
    with make(graph.token, base_url=graph.url) as client:
        for _ in range(3):
            assert client.assign(app, [sales]).status == 204
    assert len(graph.requests) == 3
    assert [held["targetGroupId"] for held in graph.assignments(app)] == [sales.target_group_id]


def test_an_emulator_may_be_named_by_the_environment(
    make: Callable[..., Client], graph: Emulator, sales: MobileAppGroupAssignment, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("APPASSIGN_BASE_URL", graph.url)
    monkeypatch.setenv("APPASSIGN_TOKEN", graph.token)
    assert make().assign(graph.add_app(), [sales]).status == 204


def test_a_client_that_was_made_before_is_kept_on_this_machine_too(
    make: Callable[..., Client], graph: Emulator, sales: MobileAppGroupAssignment, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = make("T", base_url="https://nowhere.invalid/beta", attempts=1)
    monkeypatch.setenv("APPASSIGN_BASE_URL", graph.url)
    with pytest.raises(ConfigurationError, match="APPASSIGN_BASE_URL keeps every call there"):
        client.assign("A", [sales])
    monkeypatch.delenv("APPASSIGN_BASE_URL")
    with pytest.raises(ConnectError):
        client.assign("A", [sales])


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"credential": "SECRET SECRET"}, "credential: "),
        ({"base_url": "http://graph.microsoft.com/beta"}, "base_url: "),
        ({"cloud": "mars"}, "cloud: "),
        ({"timeout": 0}, "timeout: "),
        ({"timeout": float("nan")}, "timeout: "),
        ({"attempts": 0}, "attempts: 0 is less than 1"),
        ({"attempts": -(10**30)}, "attempts: "),
        ({"proxy": "socks5://user:SECRET@proxy.example"}, "proxy: "),
        ({"proxy": "http://user:SECRET@"}, "proxy: "),
        ({"ca_bundle": ""}, "ca_bundle: "),
    ],
)
def test_what_cannot_be_used_is_refused_at_once(
    make: Callable[..., Client], options: dict[str, object], said: str
) -> None:
    with pytest.raises(ConfigurationError) as refusal:
        make(**{"credential": "T", "base_url": "https://graph.microsoft.com/beta", **options})
    assert str(refusal.value).startswith(said)
    assert "SECRET" not in str(refusal.value)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"credential": 7}, "credential must be a token as a str, a callable"),
        ({"timeout": "180"}, "timeout must be a number of seconds, not str"),
        ({"attempts": 2.5}, "attempts must be an int, not float"),
        ({"attempts": None}, "attempts must be an int, not NoneType"),
        ({"proxy": b"http://proxy"}, "proxy must be a str, not bytes"),
        ({"ca_bundle": 7}, "ca_bundle must be a str or an os.PathLike, not int"),
        ({"verify": False}, "unexpected keyword argument 'verify'"),
    ],
)
def test_an_argument_of_a_wrong_type_is_a_type_error(
    make: Callable[..., Client], options: dict[str, object], said: str
) -> None:
    with pytest.raises(TypeError, match=said):
        make(**{"credential": "T", **options})


def test_a_file_of_certificates_that_cannot_be_used_is_told_at_the_first_call(
    make: Callable[..., Client], sales: MobileAppGroupAssignment, tmp_path: pathlib.Path
) -> None:
    client = make("T", base_url="https://127.0.0.1:9/beta", ca_bundle=tmp_path / "missing.pem")
    with pytest.raises(ConfigurationError, match=r"ca_bundle: .*missing\.pem"):
        client.assign("A", [sales])


def test_an_error_before_a_call_starts_is_told_once(sales: MobileAppGroupAssignment, tmp_path: pathlib.Path) -> None:
    complaints: list[dict[str, object]] = []

    async def main() -> None:
        asyncio.get_running_loop().set_exception_handler(lambda _, about: complaints.append(about))
        client = AsyncClient("T", base_url="https://127.0.0.1:9/beta", ca_bundle=tmp_path / "missing.pem")
        with pytest.raises(ConfigurationError):
            await client.assign("A", [sales])
        # What comes of the call after this one comes after what came of that one.
        assert (await AsyncClient("T", base_url=server.url).assign("A", [sales])).status == 204
        gc.collect()

    with AnsweringServer(204) as server:
        asyncio.run(main())
    assert complaints == []


def test_a_closed_client_takes_no_more_calls(
    make: Callable[..., Client], graph: Emulator, sales: MobileAppGroupAssignment
) -> None:
    with make(graph.token, base_url=graph.url) as client:
        client.assign(graph.add_app(), [sales])
    client.close()
    for call in (lambda: client.assign("A", [sales]), client.__enter__):
        with pytest.raises(ClientClosedError, match="the client is closed") as refusal:
            call()
        assert (refusal.value.outcome, refusal.value.attempts) == ("not_sent", 0)
        assert refusal.value.hint is not None
    assert len(graph.requests) == 1


def test_what_is_in_flight_when_a_client_closes_ends_as_it_would(sales: MobileAppGroupAssignment) -> None:
    hold = threading.Event()
    ended: list[int] = []
    with AnsweringServer(204, hold=hold) as server:
        client = Client("T", base_url=server.url)
        thread = threading.Thread(target=lambda: ended.append(client.assign("A", [sales]).status))
        thread.start()
        while not server.seen:
            time.sleep(0.01)
        client.close()
        hold.set()
        thread.join(30)
    assert ended == [204]


def test_calls_of_a_client_share_a_connection(
    make: Callable[..., Client], graph: Emulator, sales: MobileAppGroupAssignment
) -> None:
    with AnsweringServer(204) as server:
        client = make("T", base_url=server.url)
        for _ in range(5):
            client.assign("A", [sales])
        assert server.connections == 1
        make("T", base_url=server.url).assign("A", [sales])
        assert server.connections == 2


def test_the_connection_ends_with_the_client(make: Callable[..., Client], sales: MobileAppGroupAssignment) -> None:
    for end in (lambda client: client.close(), lambda _: None):
        with AnsweringServer(204) as server:
            client = make("T", base_url=server.url)
            client.assign("A", [sales])
            end(client)
            del client
            gc.collect()
            assert server.idle.wait(30)


def test_a_circle_by_way_of_the_credential_is_collected(graph: Emulator, sales: MobileAppGroupAssignment) -> None:
    held: list[Client] = []

    def credential(circle: list[Client] = held) -> str:
        assert circle
        return graph.token

    held.append(Client(credential, base_url=graph.url))
    held[0].assign(graph.add_app(), [sales])
    gone = weakref.ref(held[0])
    del held, credential
    gc.collect()
    assert gone() is None


def _jwt(**claims: object) -> str:
    part = lambda value: base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")  # noqa: E731
    return f"{part({'alg': 'none'})}.{part(claims)}.sig"


@pytest.mark.parametrize(
    ("give", "pause", "asked"),
    [
        (lambda now: AccessToken("T", now + 3600), 0, 1),
        (lambda now: AccessToken("T", now + 2), 1.1, 3),  # each time past the half of its life
        (lambda now: AccessToken("T", now - 60), 0, 3),
        (lambda now: AccessTokenInfo("T", now + 3600, refresh_on=now + 1800), 0, 1),
        (lambda now: AccessTokenInfo("T", now + 3600, refresh_on=now - 1), 0, 3),
        (lambda _: "T", 0, 1),
        (lambda now: _jwt(exp=now + 3600), 0, 1),
        (lambda now: _jwt(exp=now - 1), 0, 3),
        (lambda _: _jwt(exp="soon"), 0, 1),
    ],
)
def test_a_token_is_kept_for_as_long_as_it_says(
    make: Callable[..., Client],
    give: Callable[[int], object],
    pause: float,
    asked: int,
    sales: MobileAppGroupAssignment,
) -> None:
    questions: list[int] = []

    def credential() -> object:
        questions.append(1)
        return give(int(time.time()))

    with AnsweringServer(204) as server:
        client = make(credential, base_url=server.url)
        for _ in range(3):
            client.assign("A", [sales])
            time.sleep(pause)
    assert len(questions) == asked


@pytest.mark.parametrize("life", [{"expires_on": "never"}, {"expires_on": None}, {"expires_on": 1e300}, {}])
def test_a_life_that_cannot_be_read_ends_with_a_refusal(
    make: Callable[..., Client], life: dict[str, object], sales: MobileAppGroupAssignment
) -> None:
    token = type("Token", (), {"token": "T", **life})()
    with AnsweringServer(204) as server:
        client = make(lambda: token, base_url=server.url)
        for _ in range(2):
            assert client.assign("A", [sales]).status == 204


def test_an_old_token_serves_while_the_credential_fails(
    make: Callable[..., Client], sales: MobileAppGroupAssignment
) -> None:
    questions: list[int] = []

    def credential() -> AccessTokenInfo:
        questions.append(1)
        if len(questions) > 1:
            raise OSError("the network is down")
        now = int(time.time())
        return AccessTokenInfo("T", now + 3600, refresh_on=now - 1)

    with AnsweringServer(204) as server:
        client = make(credential, base_url=server.url)
        for _ in range(5):
            assert client.assign("A", [sales]).status == 204
    assert len(questions) == 2  # then it is left alone for a while


def test_a_refusal_after_a_renewal_that_failed_has_no_cause_in_the_credential(
    make: Callable[..., Client], sales: MobileAppGroupAssignment
) -> None:
    questions: list[int] = []

    def credential() -> AccessTokenInfo:
        questions.append(1)
        if len(questions) > 1:
            raise OSError("the network is down")
        now = int(time.time())
        return AccessTokenInfo("T", now + 3600, refresh_on=now - 1)

    with AnsweringServer(404) as server:
        client = make(credential, base_url=server.url)
        for asked in (1, 2):
            with pytest.raises(NotFoundError) as refusal:
                client.assign("A", [sales])
            assert (len(questions), refusal.value.__cause__) == (asked, None)


def test_an_old_token_serves_while_the_credential_hangs(sales: MobileAppGroupAssignment) -> None:
    questions: list[int] = []

    async def credential() -> AccessTokenInfo:
        questions.append(1)
        if len(questions) > 1:
            await asyncio.Event().wait()
        now = int(time.time())
        return AccessTokenInfo("T", now + 3600, refresh_on=now - 1)

    async def main(url: str) -> None:
        async with AsyncClient(credential, base_url=url, timeout=4) as client:
            for _ in range(3):
                assert (await client.assign("A", [sales])).status == 204

    with AnsweringServer(204) as server:
        asyncio.run(main(server.url))
    assert len(questions) == 2  # then it is left alone for a while


def test_inputs_are_checked_as_in_the_functions(make: Callable[..., Client], sales: MobileAppGroupAssignment) -> None:
    client = make("T", base_url="http://127.0.0.1:9/beta")
    with pytest.raises(InvalidInputError, match="delete all"):
        client.assign("A", [])
    with pytest.raises(InvalidInputError):
        client.assign("../A", [sales])
    with pytest.raises(TypeError, match="wrap a single one"):
        client.assign("A", sales)  # type: ignore[arg-type]


def test_an_asynchronous_credential_is_none_for_a_synchronous_client(sales: MobileAppGroupAssignment) -> None:
    async def credential() -> str:
        return "T"

    client = Client(credential, base_url="http://127.0.0.1:9/beta")
    with pytest.raises(CredentialError, match="it is asynchronous"):
        client.assign("A", [sales])


@pytest.mark.parametrize("kind", [Client, AsyncClient])
def test_a_client_says_what_it_is_and_no_more(kind: type[Client] | type[AsyncClient]) -> None:
    client = kind("CANARY", cloud="usgov", proxy="http://user:CANARY@proxy.example")
    assert repr(client) == f"<{kind.__name__} of https://graph.microsoft.us/beta>"


@pytest.mark.parametrize(
    "call",
    [
        lambda url: Client("T", base_url=url),
        lambda url: AsyncClient("T", base_url=url),
        lambda url: appassign.assign("A", [], credential="T", base_url=url),
        lambda url: asyncio.run(appassign.assign_async("A", [], credential="T", base_url=url)),
    ],
)
def test_a_secret_in_a_base_url_that_is_refused_stays_in_no_frame(call: Callable[[str], object]) -> None:
    with pytest.raises(ConfigurationError) as refusal:
        call("https://user:SECRET@proxy.example/beta")
    frames = traceback.TracebackException.from_exception(refusal.value, capture_locals=True).stack
    ours = [frame for frame in frames if str(pathlib.Path(appassign.__file__).parent) in frame.filename]
    assert ours
    assert not any("SECRET" in value for frame in ours for value in (frame.locals or {}).values())
