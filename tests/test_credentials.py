"""Where the token of a call comes from: functions, and the real azure-identity, whose HTTP ends in the test."""

import asyncio
import contextvars
import datetime as dt
import functools
import gc
import inspect
import json
import pathlib
import runpy
import subprocess
import sys
import threading
import time
import traceback
import weakref
from collections.abc import Awaitable, Callable

import pytest
import trustme
from azure import identity
from azure.core.credentials import AccessToken, AccessTokenInfo
from azure.identity import aio, get_bearer_token_provider

import appassign
from appassign import (
    AuthenticationError,
    CredentialError,
    MobileAppGroupAssignment,
    RequestTimeoutError,
    _credentials,
    assign,
    assign_async,
)
from appassign.emulator import Emulator
from entra import AsyncEntraTransport, Entra, EntraTransport
from servers import AnsweringServer

EXAMPLES = pathlib.Path(__file__).parent.parent / "examples"
SCOPE = "https://graph.microsoft.com/.default"
TENANT, CLIENT = "aaaaaaaa-0000-4000-8000-000000000001", "bbbbbbbb-0000-4000-8000-000000000002"


@pytest.fixture
def entra(graph: Emulator) -> Entra:
    return Entra(graph.token)


@pytest.fixture(autouse=True)
def no_defaults(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each test makes its own DefaultAzureCredential."""
    monkeypatch.setattr(_credentials, "_defaults", {})


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A private key and its certificate, in one file."""
    path = tmp_path_factory.mktemp("certificate") / "app.pem"
    trustme.CA().issue_cert("app.example", key_type=trustme.KeyType.RSA).private_key_and_cert_chain_pem.write_to_path(
        path
    )
    return str(path)


@pytest.fixture(scope="module")
def federated_token(tmp_path_factory: pytest.TempPathFactory) -> str:
    path = tmp_path_factory.mktemp("federated") / "token"
    path.write_text("assertion", encoding="utf-8")
    return str(path)


KINDS = {
    "client_secret": (
        lambda module, _, transport: module.ClientSecretCredential(TENANT, CLIENT, "secret", transport=transport),
        {"client_secret": "secret"},
    ),
    "certificate": (
        lambda module, files, transport: module.CertificateCredential(
            TENANT, CLIENT, certificate_path=files["certificate"], transport=transport
        ),
        {"client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"},
    ),
    "workload_identity": (
        lambda module, files, transport: module.WorkloadIdentityCredential(
            tenant_id=TENANT, client_id=CLIENT, token_file_path=files["federated_token"], transport=transport
        ),
        {"client_assertion": "assertion"},
    ),
    "managed_identity": (
        lambda module, _, transport: module.ManagedIdentityCredential(transport=transport),
        {"resource": "https://graph.microsoft.com"},
    ),
}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("twins", ["sync in assign", "sync in assign_async", "async in assign_async"])
def test_every_kind_of_azure_identity_gives_a_token(
    graph: Emulator,
    sales: MobileAppGroupAssignment,
    entra: Entra,
    certificate: str,
    federated_token: str,
    kind: str,
    twins: str,
) -> None:
    make, sent = KINDS[kind]
    files = {"certificate": certificate, "federated_token": federated_token}
    app = graph.add_app()
    if twins == "async in assign_async":

        async def main() -> None:
            async with make(aio, files, AsyncEntraTransport(entra)) as credential:
                assert (await assign_async(app, [sales], credential=credential, base_url=graph.url)).status == 204
                assert (await assign_async(app, [sales], credential=credential, base_url=graph.url)).status == 204

        asyncio.run(main())
    else:
        call = assign if twins == "sync in assign" else lambda *a, **k: asyncio.run(assign_async(*a, **k))
        with make(identity, files, EntraTransport(entra)) as credential:
            assert call(app, [sales], credential=credential, base_url=graph.url).status == 204
            assert call(app, [sales], credential=credential, base_url=graph.url).status == 204
    # azure-identity remembers the token itself: two calls, one question.
    [(_, fields)] = entra.asked
    assert sent.items() <= fields.items()
    if kind != "managed_identity":
        assert fields["scope"] == SCOPE
        assert "cp1" in fields["claims"].lower()  # a claims challenge is understood
    assert len(graph.requests) == 2
    assert {request.headers["authorization"] for request in graph.requests} == {f"Bearer {graph.token}"}


@pytest.mark.parametrize("cloud", ["global", "usgov", "dod", "china"])
def test_a_cloud_has_its_own_scope(
    graph: Emulator, sales: MobileAppGroupAssignment, both_twins: None, cloud: str
) -> None:
    scopes: list[tuple[str, ...]] = []

    class Credential:
        def get_token(self, *given: str, **_: object) -> AccessToken:
            scopes.append(given)
            return AccessToken(graph.token, 0)

    assert assign(graph.add_app(), [sales], credential=Credential(), base_url=graph.url, cloud=cloud).status == 204
    root = {
        "global": "https://graph.microsoft.com",
        "usgov": "https://graph.microsoft.us",
        "dod": "https://dod-graph.microsoft.us",
        "china": "https://microsoftgraph.chinacloudapi.cn",
    }[cloud]
    assert scopes == [(f"{root}/.default",)]


def test_the_newer_method_is_preferred_and_told_of_claims_challenges(
    graph: Emulator, sales: MobileAppGroupAssignment, both_twins: None
) -> None:
    asked: list[tuple[tuple[str, ...], object]] = []

    class Credential:
        def get_token(self, *_: str, **__: object) -> AccessToken:
            raise AssertionError

        def get_token_info(self, *scopes: str, options: object = None) -> AccessTokenInfo:
            asked.append((scopes, options))
            return AccessTokenInfo(graph.token, 0)

    assert assign(graph.add_app(), [sales], credential=Credential(), base_url=graph.url).status == 204
    assert asked == [((SCOPE,), {"enable_cae": True})]


class TestDefault:
    """``credential=None``."""

    @pytest.fixture
    def signed_in(self, entra: Entra, monkeypatch: pytest.MonkeyPatch) -> list[str]:
        """The environment of a machine on which DefaultAzureCredential finds a client secret."""
        from azure.core.pipeline.transport import RequestsTransport

        for name, value in (("TENANT_ID", TENANT), ("CLIENT_ID", CLIENT), ("CLIENT_SECRET", "secret")):
            monkeypatch.setenv(f"AZURE_{name}", value)
        monkeypatch.setattr(RequestsTransport, "send", lambda _, request, **__: entra.respond(request))
        made: list[str] = []

        class Counted(identity.DefaultAzureCredential):
            def __init__(self, **options) -> None:
                made.append(options["authority"])
                super().__init__(**options)

        monkeypatch.setattr(identity, "DefaultAzureCredential", Counted)
        return made

    def test_azure_identitys_default_is_used_and_made_once_for_each_cloud(
        self,
        graph: Emulator,
        sales: MobileAppGroupAssignment,
        entra: Entra,
        signed_in: list[str],
        both_twins: None,
    ) -> None:
        app = graph.add_app()
        for cloud in ("global", "usgov", "usgov", "global"):
            assert assign(app, [sales], base_url=graph.url, cloud=cloud).status == 204
        assert signed_in == ["login.microsoftonline.com", "login.microsoftonline.us"]
        assert [(host, fields["scope"]) for host, fields in entra.asked] == [
            ("login.microsoftonline.com", SCOPE),
            ("login.microsoftonline.us", "https://graph.microsoft.us/.default"),
        ]

    def test_its_refusal_is_told_and_chained(
        self,
        graph: Emulator,
        sales: MobileAppGroupAssignment,
        entra: Entra,
        signed_in: list[str],
        both_twins: None,
    ) -> None:
        entra.refusal = {"error": "invalid_client", "error_description": "AADSTS7000215: Invalid client secret."}
        with pytest.raises(CredentialError) as failure:
            assign("A", [sales], base_url=graph.url)
        error = failure.value
        assert str(error).startswith("credential: DefaultAzureCredential raised ClientAuthenticationError: ")
        assert "az login" in str(error.hint)
        assert type(error.__cause__).__name__ == "ClientAuthenticationError"
        assert (error.outcome, error.attempts) == ("not_sent", 0)
        assert graph.requests == []

    def test_without_azure_identity_the_error_says_what_to_do(
        self, sales: MobileAppGroupAssignment, monkeypatch: pytest.MonkeyPatch, both_twins: None
    ) -> None:
        monkeypatch.setitem(sys.modules, "azure.identity", None)
        with pytest.raises(CredentialError) as failure:
            assign("A", [sales])
        error = failure.value
        assert str(error).startswith("credential: there is no token to call with\nhint: pass credential=")
        assert "pip install azure-identity" in str(error.hint)
        assert error.__cause__ is None
        assert error.outcome == "not_sent"

    def test_a_broken_azure_identity_is_not_taken_for_a_missing_one(
        self, sales: MobileAppGroupAssignment, monkeypatch: pytest.MonkeyPatch, both_twins: None
    ) -> None:
        monkeypatch.delitem(sys.modules, "azure.identity")
        monkeypatch.setitem(sys.modules, "msal", None)
        for name in [name for name in sys.modules if name.startswith("azure.identity.")]:
            monkeypatch.delitem(sys.modules, name)
        with pytest.raises(CredentialError, match=r"DefaultAzureCredential raised ModuleNotFoundError: .*msal"):
            assign("A", [sales])

    def test_the_environment_of_an_emulator_never_brings_a_real_credential(
        self, graph: Emulator, sales: MobileAppGroupAssignment, monkeypatch: pytest.MonkeyPatch, both_twins: None
    ) -> None:
        monkeypatch.setattr(identity, "DefaultAzureCredential", None)
        monkeypatch.setenv("APPASSIGN_BASE_URL", graph.url)
        with pytest.raises(CredentialError) as failure:
            assign("A", [sales])
        assert "set APPASSIGN_TOKEN beside APPASSIGN_BASE_URL" in str(failure.value.hint)


def test_azure_is_not_imported_before_it_is_needed() -> None:
    code = """
import sys
from appassign import MobileAppGroupAssignment, assign
from appassign.emulator import Emulator
one = MobileAppGroupAssignment(target_group_id="G", install_intent="required")
with Emulator(profile="2017") as graph:
    app = graph.add_app()
    assign(app, [one], credential=graph.token, base_url=graph.url)
    assert "appassign._credentials" not in sys.modules
    assign(app, [one], credential=lambda: graph.token, base_url=graph.url)
assert not [name for name in sys.modules if name.split(".")[0] in {"azure", "asyncio", "msal"}]
"""
    done = subprocess.run(
        [sys.executable, "-X", "dev", "-c", code], capture_output=True, text=True, check=False, timeout=60
    )
    assert (done.returncode, done.stderr) == (0, "")


class TestCallables:
    """Functions and objects that can be called."""

    def test_a_function_gives_a_token_for_each_call(
        self, graph: Emulator, sales: MobileAppGroupAssignment, both_twins: None
    ) -> None:
        calls: list[int] = []

        def token() -> str:
            calls.append(1)
            return graph.token

        app = graph.add_app()
        for number in (1, 2):
            assert assign(app, [sales], credential=token, base_url=graph.url).status == 204
            assert len(calls) == number

    def test_azure_identitys_token_provider_is_one(
        self, graph: Emulator, sales: MobileAppGroupAssignment, entra: Entra, both_twins: None
    ) -> None:
        credential = identity.ClientSecretCredential(TENANT, CLIENT, "secret", transport=entra.transport())
        provider = get_bearer_token_provider(credential, SCOPE)
        assert assign(graph.add_app(), [sales], credential=provider, base_url=graph.url).status == 204

    def test_an_awaitable_is_awaited_in_the_callers_task_and_context(
        self, graph: Emulator, sales: MobileAppGroupAssignment
    ) -> None:
        who: contextvars.ContextVar[str] = contextvars.ContextVar("who")
        seen: list[object] = []

        async def token() -> str:
            await asyncio.sleep(0)
            seen.append((who.get(), asyncio.current_task(), threading.current_thread()))
            return graph.token

        class Provider:
            async def __call__(self) -> str:
                return await token()

        def plain() -> Awaitable[str]:
            return token()

        async def main() -> None:
            who.set("me")
            for credential in (token, functools.partial(token), Provider(), plain, token):
                await assign_async(graph.add_app(), [sales], credential=credential, base_url=graph.url)
            assert seen == [("me", asyncio.current_task(), threading.main_thread())] * 5

        asyncio.run(main())

    def test_a_function_that_blocks_does_not_hold_up_the_loop(
        self, graph: Emulator, sales: MobileAppGroupAssignment
    ) -> None:
        who: contextvars.ContextVar[str] = contextvars.ContextVar("who", default="nobody")
        entered, leave = threading.Event(), threading.Event()
        seen: list[str] = []

        def token() -> str:
            seen.append(who.get())
            entered.set()
            assert leave.wait(20)
            return graph.token

        async def main() -> None:
            who.set("me")
            call = asyncio.create_task(assign_async(graph.add_app(), [sales], credential=token, base_url=graph.url))
            while not entered.is_set():  # the loop goes round while the function blocks
                await asyncio.sleep(0.001)
            leave.set()
            assert (await call).status == 204

        asyncio.run(main())
        assert seen == ["me"]

    def test_many_calls_ask_at_once(self, graph: Emulator, sales: MobileAppGroupAssignment) -> None:
        barrier = threading.Barrier(40, timeout=20)  # more than a pool of threads would let through

        def token() -> str:
            barrier.wait()
            return graph.token

        async def main() -> None:
            app = graph.add_app()
            calls = [assign_async(app, [sales], credential=token, base_url=graph.url) for _ in range(40)]
            assert {receipt.status for receipt in await asyncio.gather(*calls)} == {204}

        asyncio.run(main())

    def test_it_may_call_assign_itself(
        self, graph: Emulator, sales: MobileAppGroupAssignment, both_twins: None
    ) -> None:
        app = graph.add_app()

        def token() -> str:
            assert appassign.assign(app, [sales], credential=graph.token, base_url=graph.url).status == 204
            return graph.token

        assert assign(app, [sales], credential=token, base_url=graph.url).status == 204
        assert len(graph.requests) == 2


class TestFailures:
    """Credentials that give no token: nothing is sent, and what they raised is the cause."""

    @pytest.fixture(autouse=True)
    def nothing_was_sent(self, graph: Emulator):
        yield
        assert graph.requests == []

    def test_what_it_raised_is_chained(
        self, graph: Emulator, sales: MobileAppGroupAssignment, both_twins: None
    ) -> None:
        raised = LookupError("no such vault\nand more")

        def vault() -> str:
            raise raised

        with pytest.raises(CredentialError) as failure:
            assign("A", [sales], credential=vault, base_url=graph.url)
        error = failure.value
        assert str(error) == "credential: vault() raised LookupError: no such vault"
        assert error.__cause__ is raised
        assert (error.outcome, error.attempts, error.hint) == ("not_sent", 0, None)
        assert error.elapsed > 0
        assert error.client_request_id

    @pytest.mark.parametrize(
        ("given", "said"),
        [
            (None, "credential: it gave NoneType instead of a token as a str"),
            (7, "credential: it gave int instead of a token as a str"),
            (b"CANARY", "credential: it gave bytes instead of a token as a str"),
            ("", "credential: the token is empty"),
            ("CANARY\r\nX-Evil: 1", "credential: the token has a character that no bearer token has"),
            ("CANARY\ud800", "credential: the token is not valid Unicode"),
            ("Bearer CANARY", 'credential: the token starts with the word "Bearer"'),
        ],
    )
    def test_what_is_no_token_is_told_and_not_repeated(
        self, graph: Emulator, sales: MobileAppGroupAssignment, both_twins: None, given: object, said: str
    ) -> None:
        class Credential:
            def get_token_info(self, *_: str, options: object = None) -> AccessTokenInfo:
                return AccessTokenInfo(given, 0)  # type: ignore[arg-type]

        for credential in (Credential(), lambda: given):
            with pytest.raises(CredentialError) as failure:
                assign("A", [sales], credential=credential, base_url=graph.url)
            error = failure.value
            assert str(error).startswith(said)
            assert error.__cause__ is None
            shown = [f"{error!s} {error!r} {vars(error)} {error.__context__}"]
            shown += [str(frame.f_locals) for frame, _ in traceback.walk_tb(error.__traceback__) if _ours(frame)]
            assert "CANARY" not in str(shown)

    def test_an_asynchronous_one_is_refused_by_the_synchronous_twin(
        self, graph: Emulator, sales: MobileAppGroupAssignment, entra: Entra
    ) -> None:
        coroutines = []

        async def token() -> str:
            return graph.token

        def remembered() -> Awaitable[str]:
            coroutines.append(token())
            return coroutines[-1]

        credential = aio.ClientSecretCredential(TENANT, CLIENT, "secret", transport=entra.async_transport())
        for asynchronous in (token, remembered, credential):
            with pytest.raises(CredentialError, match="it is asynchronous, and assign is not") as failure:
                assign("A", [sales], credential=asynchronous, base_url=graph.url)  # type: ignore[arg-type]
            assert "await assign_async(...)" in str(failure.value.hint)
        assert inspect.getcoroutinestate(coroutines[0]) == inspect.CORO_CLOSED

    def test_one_that_hangs_is_bounded_by_the_calls_timeout(
        self, graph: Emulator, sales: MobileAppGroupAssignment
    ) -> None:
        leave = threading.Event()
        cancelled: list[bool] = []

        async def hangs() -> str:
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                cancelled.append(True)
                raise
            return ""

        def blocks() -> str:
            leave.wait(60)
            return graph.token

        for credential in (hangs, blocks):
            with pytest.raises(RequestTimeoutError, match=r"the credential gave no token within 0\.3 s") as failure:
                asyncio.run(assign_async("A", [sales], credential=credential, base_url=graph.url, timeout=0.3))
            error = failure.value
            assert (error.outcome, error.attempts) == ("not_sent", 0)
            assert error.elapsed >= 0.3
        leave.set()
        assert cancelled == [True]

    def test_one_that_takes_too_long_leaves_no_time_to_send(
        self, graph: Emulator, sales: MobileAppGroupAssignment
    ) -> None:
        def slow() -> str:
            time.sleep(0.2)
            return graph.token

        with pytest.raises(RequestTimeoutError, match=r"no token within 0\.1 s, the timeout of the call") as failure:
            assign("A", [sales], credential=slow, base_url=graph.url, timeout=0.1)
        assert (failure.value.outcome, failure.value.attempts) == ("not_sent", 0)

    def test_its_own_timeout_is_not_taken_for_the_calls(
        self, graph: Emulator, sales: MobileAppGroupAssignment, both_twins: None
    ) -> None:
        def late() -> str:
            raise TimeoutError("the vault took too long")

        with pytest.raises(CredentialError, match=r"late\(\) raised TimeoutError: the vault took too long"):
            assign("A", [sales], credential=late, base_url=graph.url)

    @pytest.mark.parametrize("kind", [KeyboardInterrupt, SystemExit, asyncio.CancelledError, GeneratorExit])
    def test_what_is_no_error_passes_through(
        self, graph: Emulator, sales: MobileAppGroupAssignment, kind: type[BaseException]
    ) -> None:
        def leaves() -> str:
            raise kind

        with pytest.raises(kind):
            assign("A", [sales], credential=leaves, base_url=graph.url)

    def test_a_stop_iteration_does_not_lose_the_call(
        self, graph: Emulator, sales: MobileAppGroupAssignment, both_twins: None
    ) -> None:
        tokens: Callable[[], str] = iter(()).__next__
        with pytest.raises(CredentialError):
            assign("A", [sales], credential=tokens, base_url=graph.url)

    def test_a_credential_of_old_is_told_which_keywords_are_passed(
        self, graph: Emulator, sales: MobileAppGroupAssignment, both_twins: None
    ) -> None:
        class Old:
            def get_token(self, *scopes: str) -> AccessToken:
                raise AssertionError

        with pytest.raises(CredentialError, match="Old raised TypeError") as failure:
            assign("A", [sales], credential=Old(), base_url=graph.url)  # type: ignore[arg-type]
        assert "enable_cae=False" in str(failure.value.hint)

    def test_a_callable_with_a_parameter_is_told_that_it_gets_none(
        self, graph: Emulator, sales: MobileAppGroupAssignment, both_twins: None
    ) -> None:
        with pytest.raises(CredentialError) as failure:
            assign("A", [sales], credential=lambda scope: graph.token, base_url=graph.url)  # type: ignore[misc]
        assert failure.value.hint == "a callable is called without arguments"

    @pytest.mark.parametrize("kind", ["surrogate", "str raises", "getattr raises"])
    def test_a_hostile_credential_still_makes_a_credential_error(
        self, graph: Emulator, sales: MobileAppGroupAssignment, both_twins: None, kind: str
    ) -> None:
        class UnprintableError(LookupError):
            def __str__(self) -> str:
                raise ZeroDivisionError

        class Proxy:
            def __getattr__(self, name: str) -> object:
                raise RuntimeError("no request is bound")

            def __call__(self) -> str:
                raise LookupError("nothing here")

        def raises(error: Exception) -> Callable[[], str]:
            def token() -> str:
                raise error

            return token

        credential, said = {
            "surrogate": (raises(LookupError("caf\udce9")), r"credential: token() raised LookupError: caf\udce9"),
            "str raises": (raises(UnprintableError()), "credential: token() raised UnprintableError"),
            "getattr raises": (Proxy(), "credential: Proxy() raised LookupError: nothing here"),
        }[kind]
        with pytest.raises(CredentialError) as failure:
            assign("A", [sales], credential=credential, base_url=graph.url)
        assert str(failure.value) == said
        assert isinstance(failure.value.__cause__, LookupError)

    def test_a_function_that_needs_the_loop_is_told_what_it_must_be(
        self, graph: Emulator, sales: MobileAppGroupAssignment
    ) -> None:
        def token() -> Awaitable[str]:
            return asyncio.get_running_loop().create_future()

        with pytest.raises(CredentialError) as failure:
            asyncio.run(assign_async("A", [sales], credential=token, base_url=graph.url))
        assert "must be an async def" in str(failure.value.hint)

    def test_a_credential_that_shows_its_secret_is_in_no_frame_of_ours(
        self, graph: Emulator, sales: MobileAppGroupAssignment, both_twins: None
    ) -> None:
        class Static:
            def __repr__(self) -> str:
                return "Static(secret='CANARY')"

            def get_token(self, *_: str, **__: object) -> AccessToken:
                raise LookupError("locked")

            def __call__(self) -> str:
                raise LookupError("locked")

        for credential in (Static(), Static().__call__):
            with pytest.raises(CredentialError) as failure:
                assign("A", [sales], credential=credential, base_url=graph.url)
            shown = [failure.value.__traceback__, failure.value.__cause__.__traceback__]  # type: ignore[union-attr]
            frames = [frame for traces in shown for frame, _ in traceback.walk_tb(traces) if _ours(frame)]
            assert len(frames) >= 3
            assert "CANARY" not in str([frame.f_locals for frame in frames])

    def test_a_token_that_comes_too_late_is_kept_nowhere(
        self, graph: Emulator, sales: MobileAppGroupAssignment
    ) -> None:
        entered, leave, left = threading.Event(), threading.Event(), threading.Event()

        def token() -> str:
            entered.set()
            leave.wait(20)
            left.set()
            return "CANARY"

        async def main() -> asyncio.CancelledError:
            call = asyncio.create_task(assign_async("A", [sales], credential=token, base_url=graph.url))
            while not entered.is_set():
                await asyncio.sleep(0.001)
            call.cancel()
            with pytest.raises(asyncio.CancelledError) as cancelled:
                await call
            return cancelled.value

        error = asyncio.run(main())
        leave.set()
        assert left.wait(20)
        for thread in threading.enumerate():
            if thread.name == "appassign-credential":
                thread.join(20)
        kept = [frame.f_locals for frame, _ in traceback.walk_tb(error.__traceback__) if _ours(frame)]
        questions = [value for each in kept for value in each.values() if isinstance(value, _credentials._Question)]
        assert questions
        assert "CANARY" not in str(kept) + str([question._given for question in questions])

    def test_to_cancel_the_call_is_to_cancel_the_credential(
        self, graph: Emulator, sales: MobileAppGroupAssignment
    ) -> None:
        seen: list[str] = []

        async def token() -> str:
            seen.append("asked")
            try:
                await asyncio.Event().wait()
            finally:
                seen.append("left")
            return ""

        async def main() -> None:
            call = asyncio.create_task(assign_async("A", [sales], credential=token, base_url=graph.url))
            while not seen:
                await asyncio.sleep(0.001)
            call.cancel()
            with pytest.raises(asyncio.CancelledError):
                await call
            assert seen == ["asked", "left"]

        asyncio.run(main())


class TestRenewal:
    """A 401 asks the credential once more."""

    CLAIMS = '{"access_token":{"nbf":{"essential":true,"value":"1700000000"}}}'
    CHALLENGE = (
        'Bearer realm="", authorization_uri="https://login.microsoftonline.com/common/oauth2/authorize", '
        'error="insufficient_claims", '
        'claims="eyJhY2Nlc3NfdG9rZW4iOnsibmJmIjp7ImVzc2VudGlhbCI6dHJ1ZSwidmFsdWUiOiIxNzAwMDAwMDAwIn19fQ=="'
    )

    def test_another_token_is_sent_once(
        self, graph: Emulator, sales: MobileAppGroupAssignment, both_twins: None
    ) -> None:
        tokens = iter(["stale", graph.token])
        receipt = assign(graph.add_app(), [sales], credential=lambda: next(tokens), base_url=graph.url)
        assert (receipt.status, receipt.attempts) == (204, 2)
        first, second = graph.requests
        assert (first.headers["authorization"], second.headers["authorization"]) == (
            "Bearer stale",
            f"Bearer {graph.token}",
        )
        assert first.headers["client-request-id"] == second.headers["client-request-id"]

    def test_the_same_token_is_not_sent_again(
        self, graph: Emulator, sales: MobileAppGroupAssignment, both_twins: None
    ) -> None:
        with pytest.raises(AuthenticationError) as refusal:
            assign("A", [sales], credential=lambda: "stale", base_url=graph.url)
        assert (refusal.value.attempts, len(graph.requests)) == (1, 1)

    def test_a_second_refusal_is_the_last(
        self, graph: Emulator, sales: MobileAppGroupAssignment, both_twins: None
    ) -> None:
        tokens = iter(["one", "two", "three"])
        with pytest.raises(AuthenticationError) as refusal:
            assign("A", [sales], credential=lambda: next(tokens), base_url=graph.url)
        assert (refusal.value.attempts, len(graph.requests)) == (2, 2)
        assert refusal.value.outcome == "not_applied"

    def test_the_claims_of_a_challenge_reach_the_credential(
        self, sales: MobileAppGroupAssignment, both_twins: None
    ) -> None:
        asked: list[object] = []

        class Newer:
            def get_token_info(self, *_: str, options: dict[str, object]) -> AccessTokenInfo:
                asked.append(options.get("claims"))
                return AccessTokenInfo(f"token-{len(asked)}", 0)

        class Older:
            def get_token(self, *_: str, claims: str | None = None, enable_cae: bool = False) -> AccessToken:
                assert enable_cae
                asked.append(claims)
                return AccessToken(f"token-{len(asked)}", 0)

        for credential in (Newer(), Older()):
            asked.clear()
            with (
                AnsweringServer(401, headers={"WWW-Authenticate": self.CHALLENGE}) as server,
                pytest.raises(AuthenticationError) as refusal,
            ):
                assign("A", [sales], credential=credential, base_url=server.url)
            assert asked == [None, self.CLAIMS]
            assert [seen[2]["authorization"] for seen in server.seen] == ["Bearer token-1", "Bearer token-2"]
            assert "claims challenge" in str(refusal.value.hint)

    def test_azure_identity_gets_a_new_token_for_the_claims(
        self, sales: MobileAppGroupAssignment, entra: Entra, both_twins: None
    ) -> None:
        credential = identity.ClientSecretCredential(TENANT, CLIENT, "secret", transport=entra.transport())
        entra.token = "first"
        with (
            AnsweringServer(401, headers={"WWW-Authenticate": self.CHALLENGE}) as server,
            pytest.raises(AuthenticationError),
        ):
            assign("A", [sales], credential=credential, base_url=server.url)
        assert len(entra.asked) == 2
        assert json.loads(entra.asked[1][1]["claims"])["access_token"]["nbf"]["value"] == "1700000000"

    def test_a_renewal_that_takes_too_long_leaves_the_refusal(
        self, graph: Emulator, sales: MobileAppGroupAssignment, both_twins: None
    ) -> None:
        asked: list[int] = []

        def token() -> str:
            asked.append(1)
            if len(asked) == 1:
                return "stale"
            time.sleep(0.6)
            return graph.token

        with pytest.raises(AuthenticationError) as refusal:
            assign("A", [sales], credential=token, base_url=graph.url, timeout=0.4)
        assert (refusal.value.attempts, refusal.value.outcome) == (1, "not_applied")
        assert len(graph.requests) == 1

    def test_neither_token_is_shown(self, sales: MobileAppGroupAssignment, both_twins: None) -> None:
        tokens = iter(["CANARY-one", "CANARY-two"])
        body = b'{"error":{"code":"C","message":"first CANARY-one, then CANARY-two"}}'
        with AnsweringServer(401, body=body) as server, pytest.raises(AuthenticationError) as refusal:
            assign("A", [sales], credential=lambda: next(tokens), base_url=server.url)
        assert refusal.value.message == "first <token>, then <token>"

    def test_a_credential_that_fails_then_is_the_cause_of_the_refusal(
        self, graph: Emulator, sales: MobileAppGroupAssignment, both_twins: None
    ) -> None:
        tokens = iter(["stale"])

        def token() -> str:
            for one in tokens:
                return one
            raise LookupError("no more")

        with pytest.raises(AuthenticationError) as refusal:
            assign("A", [sales], credential=token, base_url=graph.url)
        assert isinstance(refusal.value.__cause__, LookupError)
        assert (refusal.value.attempts, refusal.value.outcome) == (1, "not_applied")


def test_the_example_with_azure_identity_runs(
    graph: Emulator, entra: Entra, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, value in (("TENANT_ID", TENANT), ("CLIENT_ID", CLIENT), ("CLIENT_SECRET", "secret")):
        monkeypatch.setenv(f"AZURE_{name}", value)
    monkeypatch.setenv("APPASSIGN_BASE_URL", graph.url)
    monkeypatch.setattr(identity, "DefaultAzureCredential", _over(identity.DefaultAzureCredential, entra.transport()))
    asynchronous = _over(aio.ClientSecretCredential, entra.async_transport())
    monkeypatch.setattr(aio, "ClientSecretCredential", asynchronous)
    app = graph.add_app()
    monkeypatch.setattr(sys, "argv", ["azure_identity.py", app, "G"])
    runpy.run_path(str(EXAMPLES / "azure_identity.py"), run_name="__main__")
    assert capsys.readouterr().out == "DefaultAzureCredential: 204\nClientSecretCredential: 204\n"
    assert [held["targetGroupId"] for held in graph.assignments(app)] == ["G"]


def _over(credential: Callable[..., object], transport: object) -> Callable[..., object]:
    return functools.partial(credential, transport=transport)


def _ours(frame: object) -> bool:
    return str(frame).find("/appassign/") != -1


def test_the_exception_of_a_call_is_in_no_cycle(graph: Emulator, sales: MobileAppGroupAssignment) -> None:
    async def main(credential: object) -> "weakref.ref[AuthenticationError]":
        try:
            await assign_async("A", [sales], credential=credential, base_url=graph.url)  # type: ignore[arg-type]
        except AuthenticationError as error:
            return weakref.ref(error)
        raise AssertionError

    gc.disable()
    try:
        for credential in ("stale", lambda: "stale"):
            with asyncio.Runner() as runner:
                reference = runner.run(main(credential))
            assert reference() is None
    finally:
        gc.enable()


def test_no_frame_of_ours_shows_a_token_that_a_credential_gave(
    sales: MobileAppGroupAssignment, both_twins: None
) -> None:
    class Credential:
        def get_token_info(self, *_: str, options: object = None) -> AccessTokenInfo:
            return AccessTokenInfo("CANARY", int(dt.datetime.now(dt.UTC).timestamp()) + 3600)

    with (
        AnsweringServer(403, body=b'{"error":{"code":"CANARY","message":"CANARY"}}') as server,
        pytest.raises(appassign.PermissionDeniedError) as refusal,
    ):
        assign("A", [sales], credential=Credential(), base_url=server.url)
    error = refusal.value
    frames = [frame for frame, _ in traceback.walk_tb(error.__traceback__) if _ours(frame)]
    assert len(frames) >= 2
    assert "CANARY" not in f"{[frame.f_locals for frame in frames]} {error!s} {vars(error)}"


def test_asyncios_debug_mode_does_not_print_the_token(
    graph: Emulator, sales: MobileAppGroupAssignment, caplog: pytest.LogCaptureFixture
) -> None:
    class Credential:
        def get_token_info(self, *_: str, options: object = None) -> AccessTokenInfo:
            return AccessTokenInfo(graph.token, 0)

    with asyncio.Runner(debug=True) as runner, caplog.at_level("DEBUG"):
        runner.get_loop().slow_callback_duration = 0  # every callback is told of
        runner.run(assign_async(graph.add_app(), [sales], credential=Credential(), base_url=graph.url))
    assert "Executing" in caplog.text
    assert graph.token not in caplog.text
