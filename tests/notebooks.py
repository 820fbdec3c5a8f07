"""Notebooks, and real kernels of Jupyter's that run them."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import nbformat
from jupyter_client.manager import start_new_kernel
from nbclient import NotebookClient

from appassign.emulator import Emulator
from pages import ROOT

EXAMPLES = ROOT / "examples"
WIDGETS = "application/vnd.jupyter.widget-state+json"
# What a kernel is told to be like one of those that have none.
WITHOUT_WIDGETS = 'import sys; sys.modules["ipywidgets"] = None'

Message = dict[str, Any]


def executed(name: str, *, with_widgets: bool = True) -> Any:
    """An example, run from top to bottom: the notebook with its outputs, and with the state of its widgets."""
    notebook = nbformat.read(EXAMPLES / f"{name}.ipynb", as_version=4)
    arguments = [] if with_widgets else [f"--IPKernelApp.exec_lines={WITHOUT_WIDGETS}"]
    NotebookClient(
        notebook, kernel_name="python3", timeout=60, coalesce_streams=True, extra_arguments=arguments
    ).execute()
    return notebook


def widgets(notebook: Any, model: str) -> list[dict[str, Any]]:
    """The state of the widgets of one kind, in the order in which they were made."""
    states = notebook.metadata.get("widgets", {}).get(WIDGETS, {}).get("state", {})
    return [widget["state"] for widget in states.values() if widget["model_name"] == model]


class Kernel:
    """One that knows an emulator by its environment, as `Client()` does."""

    def __init__(self, manager: Any, client: Any) -> None:
        self._manager = manager
        self._client = client

    def run(self, cell: str, heard: Callable[[Message], object] = lambda _: None) -> tuple[str | None, list[Message]]:
        """Run a cell; the name of its error, and its outputs, of which each is `heard` as it comes."""
        outputs: list[Message] = []

        def hear(message: Message) -> None:
            if message["msg_type"] in {"stream", "display_data", "execute_result", "comm_msg"}:
                outputs.append(message)
                heard(message)

        reply = self._client.execute_interactive(cell, timeout=60, output_hook=hear)
        return reply["content"].get("ename"), outputs

    def interrupt(self) -> None:
        """What the stop button does."""
        self._manager.interrupt_kernel()


@contextmanager
def kernel(graph: Emulator, environment: dict[str, str]) -> Iterator[Kernel]:
    """Start one and end it."""
    known = {"APPASSIGN_BASE_URL": graph.url, "APPASSIGN_TOKEN": graph.token}
    manager, client = start_new_kernel(env={**environment, **known})
    try:
        yield Kernel(manager, client)
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)


def plain(outputs: list[Message]) -> list[str]:
    """The text of the results of a cell."""
    results = [output["content"] for output in outputs if output["msg_type"] == "execute_result"]
    return [result["data"]["text/plain"] for result in results]
