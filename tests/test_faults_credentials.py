"""Faults of credentials, and of the tokens that they gave."""

import asyncio
import base64
import itertools
import threading
from typing import Any

import pytest
from azure.core.credentials import AccessTokenInfo

import appassign
from appassign import AuthenticationError, ConfigurationError, CredentialError, RequestTimeoutError
from checked import CANARY, DOORS, SALES, Checked, all_that_shows, leaks, together
from faults import FaultyGraph, answer, unless


class Provider:
    """Gives one token after the other, and counts."""

    def __init__(self) -> None:
        self.asked = 0

    def __call__(self) -> str:
        self.asked += 1
        return token(self.asked)


def token(number: int) -> str:
    return CANARY.replace("=", str(number))


REFUSED = answer(401, {"error": {"code": "InvalidAuthenticationToken", "message": f"{token(1)} has expired."}})


def challenge(claims: str) -> str:
    return f'Bearer realm="", error="insufficient_claims", claims="{claims}"'


@pytest.mark.parametrize("door", DOORS)
def test_a_401_renews_the_token_once_and_waits_for_nothing(checked: Checked, door: str) -> None:
    """F1."""
    provider = Provider()
    [call] = checked.everywhere(default=unless(token(2), REFUSED), credential=provider, doors=[door])
    call.succeeded(attempts=2)
    assert provider.asked == 2
    assert [seen.headers["authorization"] for seen in call.graph.log] == [f"Bearer {token(n)}" for n in (1, 2)]


@pytest.mark.parametrize("door", DOORS)
def test_a_second_401_is_the_last(checked: Checked, door: str) -> None:
    """F2."""
    provider = Provider()
    [call] = checked.everywhere(default=REFUSED, credential=provider, doors=[door])
    call.raised(AuthenticationError, "not_applied", attempts=2)
    assert provider.asked == 2


@pytest.mark.parametrize("door", DOORS)
def test_a_renewal_is_one_of_the_attempts(checked: Checked, door: str) -> None:
    """F2."""
    provider = Provider()
    default = unless(token(2), REFUSED)
    [call] = checked.everywhere(default=default, credential=provider, doors=[door], attempts=1)
    call.raised(AuthenticationError, "not_applied", attempts=1)


ENCODED = base64.b64encode(b'{"access_token":{"nbf":{"essential":true,"value":"1700000000"}}}').decode()


@pytest.mark.parametrize(
    ("header", "claims"),
    [
        (challenge(ENCODED), base64.b64decode(ENCODED).decode()),
        (f'Negotiate, {challenge(ENCODED)}, Basic realm="x"', base64.b64decode(ENCODED).decode()),
        (f'Bearer realm="a", {challenge(ENCODED)}', base64.b64decode(ENCODED).decode()),
        (challenge("%%%"), None),
        (challenge(base64.b64encode(b"no JSON").decode()), None),
        (challenge(base64.b64encode(b"\xff\xfe").decode()), None),
        (challenge("A" * 100_000), None),
        ('Bearer claims="', None),
        ("," * 1_000, None),
        ('Bearer claims="\\', None),
    ],
    ids=[
        "good", "among others", "two of its kind", "bad base64", "no JSON", "no UTF-8", "100 kB", "open", "commas",
        "escaped",
    ],
)  # fmt: skip
@pytest.mark.parametrize("door", DOORS)
def test_a_claims_challenge_reaches_the_credential_once(
    checked: Checked, door: str, header: str, claims: str | None
) -> None:
    """F3: what cannot be read asks for nothing."""
    asked: list[object] = []

    class Credential:
        def get_token_info(self, *_: str, options: dict[str, object]) -> AccessTokenInfo:
            asked.append(options.get("claims"))
            return AccessTokenInfo(token(len(asked)), 0)

    default = answer(401, headers={"WWW-Authenticate": header})
    [call] = checked.everywhere(default=default, credential=Credential(), doors=[door])
    call.raised(AuthenticationError, "not_applied", attempts=2)
    assert asked == [None, claims]


def test_a_challenge_of_a_mebibyte_is_no_answer_that_http_knows(checked: Checked) -> None:
    """F3."""
    default = answer(401, headers={"WWW-Authenticate": challenge("A" * 2**20)})
    for call in checked.everywhere(default=default, attempts=1):
        call.raised(appassign.TransportError, "unknown", attempts=1)


class TestOneClient:
    """The calls of one client share a token."""

    def test_a_token_is_asked_for_once_for_many_calls(self, checked: Checked) -> None:
        """F1."""
        provider = Provider()
        with FaultyGraph() as graph, appassign.Client(provider, base_url=graph.url) as client:
            for _ in range(5):
                client.assign("A", [SALES])
        assert provider.asked == 1

    def test_a_token_that_was_refused_is_not_used_again(self, checked: Checked) -> None:
        """F1."""
        provider = Provider()
        with FaultyGraph(default=unless(token(2), REFUSED)) as graph:
            with appassign.Client(provider, base_url=graph.url) as client:
                assert [client.assign("A", [SALES]).attempts for _ in range(5)] == [2, 1, 1, 1, 1]
            sent = [seen.headers["authorization"] for seen in graph.log]
        assert sent == [f"Bearer {token(n)}" for n in (1, 2, 2, 2, 2, 2)]

    def test_fifty_threads_that_meet_a_401_at_once_renew_once(self, checked: Checked) -> None:
        """F4."""
        provider = Provider()
        with FaultyGraph(default=unless(token(2), REFUSED)) as graph:
            with appassign.Client(provider, base_url=graph.url) as client:
                receipts = together(*(lambda n=n: client.assign(f"A{n}", [SALES]) for n in range(50)))
            assert {receipt.status for receipt in receipts} == {204}
            assert provider.asked == 2
            assert graph.read == sum(receipt.attempts for receipt in receipts) <= 100

    @pytest.mark.parametrize("kind", ["function", "coroutine"])
    def test_fifty_tasks_that_meet_a_401_at_once_renew_once(self, checked: Checked, kind: str) -> None:
        """F4."""
        provider = Provider()

        async def awaited() -> str:
            await asyncio.sleep(0.01)
            return provider()

        async def main() -> None:
            credential = awaited if kind == "coroutine" else provider
            async with appassign.AsyncClient(credential, base_url=graph.url) as client:
                receipts = await asyncio.gather(*(client.assign(f"A{n}", [SALES]) for n in range(50)))
            assert {receipt.status for receipt in receipts} == {204}
            assert graph.read == sum(receipt.attempts for receipt in receipts) <= 100

        with FaultyGraph(default=unless(token(2), REFUSED)) as graph:
            asyncio.run(main(), debug=True)
        assert provider.asked == 2

    def test_a_credential_that_failed_is_asked_again_by_the_next_call(self, checked: Checked) -> None:
        """F5."""
        answers = iter([LookupError("locked"), CANARY])

        def vault() -> str:
            given = next(answers)
            if isinstance(given, Exception):
                raise given
            return given

        with FaultyGraph() as graph, appassign.Client(vault, base_url=graph.url) as client:
            with pytest.raises(CredentialError):
                client.assign("A", [SALES])
            assert client.assign("A", [SALES]).status == 204

    def test_all_that_wait_for_one_token_hear_that_there_is_none(self, checked: Checked) -> None:
        """F5."""
        raised, entered = LookupError("locked"), threading.Event()

        async def vault() -> str:
            entered.set()
            await asyncio.sleep(0.2)
            raise raised

        async def main() -> None:
            async with appassign.AsyncClient(vault, base_url=graph.url) as client:
                calls = (client.assign(f"A{n}", [SALES]) for n in range(20))
                errors = await asyncio.gather(*calls, return_exceptions=True)
            assert {type(error) for error in errors} == {CredentialError}
            for error in errors:
                assert isinstance(error, CredentialError)
                assert (error.outcome, error.attempts) == ("not_sent", 0)
                assert "locked" in str(error)
            assert any(error.__cause__ is raised for error in errors if isinstance(error, CredentialError))

        with FaultyGraph() as graph:
            asyncio.run(main(), debug=True)
            assert graph.connections == 0

    def test_an_interrupt_that_is_kept_keeps_no_other_call_waiting(self, checked: Checked) -> None:
        """F5: an interpreter at its prompt keeps the last exception, and with it all frames that it passed."""
        answers = iter([KeyboardInterrupt(), CANARY])

        def vault() -> str:
            given = next(answers)
            if isinstance(given, BaseException):
                raise given
            return given

        with FaultyGraph() as graph, appassign.Client(vault, base_url=graph.url, timeout=10) as client:
            with pytest.raises(KeyboardInterrupt) as kept:
                client.assign("A", [SALES])
            assert client.assign("A", [SALES]).status == 204
        assert kept.tb is not None

    def test_a_call_that_is_interrupted_says_nothing_of_the_credential(self, checked: Checked) -> None:
        """F5: the others ask it themselves."""
        entered, leave = threading.Event(), threading.Event()
        questions = itertools.count()

        def vault() -> str:
            if next(questions):
                return CANARY
            entered.set()
            leave.wait(60)
            raise SystemExit

        def exits() -> None:
            with pytest.raises(SystemExit):
                client.assign("A", [SALES])

        def waits() -> None:
            assert entered.wait(60)
            threading.Timer(0.2, leave.set).start()
            assert client.assign("B", [SALES]).status == 204

        with FaultyGraph() as graph, appassign.Client(vault, base_url=graph.url) as client:
            together(exits, waits)
            assert graph.applied == {"B": 1}


@pytest.mark.parametrize("door", DOORS)
def test_what_a_credential_raised_is_the_cause(checked: Checked, door: str) -> None:
    """F5."""
    raised = LookupError("no such vault")

    def vault() -> str:
        raise raised

    [call] = checked.everywhere(credential=vault, doors=[door])
    assert call.raised(CredentialError, "not_sent", attempts=0).__cause__ is raised
    assert call.graph.connections == 0


@pytest.mark.parametrize("given", [None, 7, CANARY.encode(), "", f"{CANARY}\r\nX-Evil: 1", f"Bearer {CANARY}"])
@pytest.mark.parametrize("door", DOORS)
def test_what_is_no_token_is_told_and_not_repeated(checked: Checked, door: str, given: Any) -> None:
    """F5."""
    [call] = checked.everywhere(credential=lambda: given, doors=[door])
    call.raised(CredentialError, "not_sent", attempts=0)
    assert call.graph.connections == 0


@pytest.mark.parametrize("door", ["assign_async", *DOORS[3:]])
@pytest.mark.parametrize("kind", ["blocks", "never ends"])
def test_a_credential_that_hangs_is_bounded_by_the_timeout(checked: Checked, door: str, kind: str) -> None:
    """F5."""
    leave = threading.Event()

    def blocks() -> str:
        leave.wait(60)
        return CANARY

    async def never_ends() -> str:
        await asyncio.Event().wait()
        return CANARY

    credential = blocks if kind == "blocks" else never_ends
    [call] = checked.everywhere(credential=credential, doors=[door], timeout=0.3)
    leave.set()
    assert call.raised(RequestTimeoutError, "not_sent", attempts=0).elapsed >= 0.3


class TestReentry:
    """A credential that uses the very client that asks it is told so; nobody waits for himself."""

    def test_of_a_synchronous_client(self, checked: Checked) -> None:
        """F6."""

        def credential() -> str:
            clients[0].assign("B", [SALES])
            return CANARY

        with FaultyGraph() as graph, appassign.Client(credential, base_url=graph.url) as client:
            clients = [client]
            with pytest.raises(CredentialError) as failure:
                client.assign("A", [SALES])
            assert type(failure.value.__cause__) is RuntimeError
            assert failure.value.outcome == "not_sent"
            assert graph.connections == 0
        assert not leaks(all_that_shows(failure.value))

    def test_of_an_asynchronous_client(self, checked: Checked) -> None:
        """F6."""

        async def credential() -> str:
            await clients[0].assign("B", [SALES])
            return CANARY

        async def main() -> CredentialError:
            async with appassign.AsyncClient(credential, base_url=graph.url) as client:
                clients.append(client)
                with pytest.raises(CredentialError) as failure:
                    await client.assign("A", [SALES])
                return failure.value

        clients: list[Any] = []
        with FaultyGraph() as graph:
            error = asyncio.run(main(), debug=True)
            assert type(error.__cause__) is RuntimeError
            assert graph.connections == 0

    def test_a_credential_that_catches_it_may_still_give_a_token(self, checked: Checked) -> None:
        """F6."""
        caught: list[BaseException] = []

        def credential() -> str:
            with pytest.raises(RuntimeError) as refusal:
                clients[0].assign("B", [SALES])
            caught.append(refusal.value)
            return CANARY

        with FaultyGraph() as graph, appassign.Client(credential, base_url=graph.url) as client:
            clients = [client]
            assert client.assign("A", [SALES]).status == 204
            assert graph.read == 1
        assert len(caught) == 1

    @pytest.mark.parametrize("kind", ["another client", "the function"])
    def test_another_way_to_the_service_is_open_to_it(self, checked: Checked, kind: str) -> None:
        """F6."""
        calls = {
            "another client": lambda url: appassign.Client(CANARY, base_url=url).assign("B", [SALES]),
            "the function": lambda url: appassign.assign("B", [SALES], credential=CANARY, base_url=url),
        }

        def credential() -> str:
            calls[kind](graph.url)
            return CANARY

        with FaultyGraph() as graph, appassign.Client(credential, base_url=graph.url) as client:
            assert client.assign("A", [SALES]).status == 204
            assert graph.applied == {"A": 1, "B": 1}


@pytest.mark.parametrize("door", DOORS)
def test_a_renewal_that_gives_no_good_token_leaves_the_refusal(checked: Checked, door: str) -> None:
    """F2, F5: what the service said of the old token tells more."""
    for second in (LookupError("locked"), f"Bearer {CANARY}", token(1), ""):
        answers = itertools.chain([token(1)], itertools.repeat(second))

        def credential(answers: Any = answers) -> str:
            given = next(answers)
            if isinstance(given, Exception):
                raise given
            return given

        [call] = checked.everywhere(default=REFUSED, credential=credential, doors=[door])
        call.raised(AuthenticationError, "not_applied", attempts=1)


@pytest.mark.parametrize("door", DOORS)
def test_a_static_token_that_cannot_be_one_is_a_matter_of_configuration(checked: Checked, door: str) -> None:
    """F5, A9."""
    [call] = checked.everywhere(credential=f"{CANARY}\n", doors=[door])
    call.raised(ConfigurationError, "not_sent", attempts=0)
