"""What a client shows of the token, and of the secret of a credential: nothing."""

import copy
import gc
import inspect
import pickle
import uuid

import pytest

import appassign
from checked import CANARY, SALES, Checked, all_that_shows, leaks
from faults import FaultyGraph


class Secretive:
    """A credential that shows its secret, as some do."""

    def __init__(self) -> None:
        self.secret = CANARY

    def __repr__(self) -> str:
        return f"Secretive({CANARY!r})"

    def __call__(self) -> str:
        return CANARY


@pytest.mark.parametrize("kind", ["Client", "AsyncClient"])
@pytest.mark.parametrize("credential", [CANARY, Secretive()], ids=["a token", "a credential"])
@pytest.mark.parametrize("state", ["new", "used", "closed"])
def test_a_client_shows_nothing_of_its_credential(
    checked: Checked, kind: str, credential: str | Secretive, state: str
) -> None:
    """J1."""
    with FaultyGraph() as graph:
        client = getattr(appassign, kind)(credential, base_url=graph.url)
        if state != "new":
            _await(client.assign("A", [SALES]))
        if state == "closed":
            _await(client.close())
        shown = [repr(client), str(client), f"{client}", ascii(client), str(client.__reduce_ex__), str(dir(client))]
        shown += [str(getattr(client, name)) for name in dir(client)]
        shown += [str(member) for member in inspect.getmembers(client)]
        shown += [str(getattr(client, "__dict__", "")), str(inspect.signature(type(client)))]
        assert not leaks("\n".join(shown))
        _await(client.close())


@pytest.mark.parametrize("kind", ["Client", "AsyncClient"])
@pytest.mark.parametrize("how", [copy.copy, copy.deepcopy, pickle.dumps])
def test_a_client_is_neither_copied_nor_pickled(checked: Checked, kind: str, how) -> None:
    """J1."""
    client = getattr(appassign, kind)(CANARY, base_url="http://127.0.0.1:1/beta")
    with pytest.raises(TypeError) as refusal:
        how(client)
    assert not leaks(all_that_shows(refusal.value))


@pytest.mark.parametrize("kind", ["Client", "AsyncClient"])
def test_a_static_token_is_in_no_object_that_a_client_refers_to(kind: str) -> None:
    """J1: whoever walks over all objects finds it in none."""
    token = f"token-{uuid.uuid4()}"
    client = getattr(appassign, kind)(token, base_url="http://127.0.0.1:1/beta")
    seen: dict[int, object] = {}
    todo: list[object] = [client]
    while todo:
        one = todo.pop()
        if id(one) not in seen and not inspect.ismodule(one) and not isinstance(one, type):
            seen[id(one)] = one
            todo += gc.get_referents(one)
    assert not [one for one in seen.values() if isinstance(one, str) and token in one]


def _await(given: object) -> None:
    """The asynchronous twins give something to await."""
    if inspect.isawaitable(given):

        async def main() -> None:
            await given

        import asyncio

        asyncio.run(main())
