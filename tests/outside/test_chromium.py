"""How things look in a browser: notebooks, in light and in dark; and that nothing that a server says is executed."""

import functools
import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import nbformat
import pytest
from chromium import FETCHES, THEMES, evaluated, inspected, page, plain_page

from appassign import (
    AssignmentTarget,
    Change,
    Client,
    ConfigurationManagerCollectionAssignmentTarget,
    MobileAppAssignment,
    MobileAppGroupAssignment,
    assign,
)
from appassign.emulator import Emulator
from notebooks import executed
from planned import GRAPH, to_group, wire

NAMES = ["plan_and_undo", "quickstart"]
GUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
# Ours, among all that a notebook shows: pandas has tables of its own.
TABLES = ".jp-OutputArea table:not(.dataframe)"

run = functools.cache(functools.partial(executed, with_widgets=False))


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("name", NAMES)
def test_a_notebook_is_a_page_that_asks_for_nothing(name: str, theme: str) -> None:
    assert FETCHES.findall(page(run(name), theme)) == []


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("name", NAMES)
def test_every_table_of_a_notebook_can_be_read(name: str, theme: str) -> None:
    check(inspected(page(run(name), theme), TABLES), f"{name} in {theme}")


def check(texts: list[dict[str, Any]], where: str) -> None:
    """Enough contrast for everybody, nothing tiny, and no id broken over two lines."""
    assert len(texts) > 10, where
    assert [text for text in texts if text["contrast"] < 4.5] == [], where
    assert [text for text in texts if text["pixels"] < 11] == [], where
    assert any(GUID.search(text["text"]) for text in texts), where
    assert [text for text in texts if text["broken"]] == [], where


@pytest.mark.parametrize("theme", THEMES)
def test_every_table_can_be_read_where_only_the_browser_decides(theme: str) -> None:
    cells = [cell for name in NAMES for cell in run(name).cells if cell.cell_type == "code"]
    data = [output.data for cell in cells for output in cell.outputs if "data" in output]
    body = "".join(one["text/html"] for one in data if "text/html" in one and "dataframe" not in one["text/html"])
    check(inspected(plain_page(body, theme)), theme)


def test_a_page_shows_every_row_of_a_plan() -> None:
    rows = evaluated(
        page(run("plan_and_undo"), "light"),
        f"return [...document.querySelector({TABLES!r}).rows].map((row) => row.innerText.trim())",
    )
    shown = "\n".join(rows)
    for said in ("required", "all devices", "11111111-2222-4333-8444-555555555501"):
        assert said in shown


# --- what a server says

TAKEN_OVER = 'document.title="taken over"'
HOSTILE = [
    f"<script>{TAKEN_OVER}</script>",
    f"<img src=x onerror='{TAKEN_OVER}'>",
    f"\"><svg onload='{TAKEN_OVER}'></svg>",
    f"' onmouseover='{TAKEN_OVER}' style='position:fixed;inset:0",
    f"</td></tr></table></div></pre><script>{TAKEN_OVER}</script><h1>",
    f"</style></textarea></title><iframe srcdoc='<script>parent.{TAKEN_OVER}</script>'></iframe>",
    f"&lt;script&gt;{TAKEN_OVER}&lt;/script&gt;&#60;b&#62;",
    f"<a href='javascript:{TAKEN_OVER}'>$x^2$ `code` **bold**</a>",
    "\N{RIGHT-TO-LEFT OVERRIDE}txt.exe\N{LEFT-TO-RIGHT OVERRIDE}",
]
# What nothing of ours has, and what the strings above would make.
FOREIGN = "script, img, svg, iframe, h1, a, b, [onload], [onerror], [onmouseover], [style*='position:fixed']"


@contextmanager
def refusing(words: str) -> Iterator[str]:
    """The base URL of a Graph that refuses everything in these words."""
    body = json.dumps({"error": {"code": words, "message": words}}).encode()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            self.send_response(404)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/beta"
        finally:
            server.shutdown()
            thread.join()


def models(words: str) -> list[Any]:
    """Whatever can hold words of a server's, with these in every place that there is."""
    settings = {"@odata.type": GRAPH + words, words: words, "list": [words, {words: [words]}]}
    strange = {
        "id": words,
        "intent": words,
        "target": {"@odata.type": GRAPH + words, "groupId": words, words: words},
        "settings": settings,
        words: words,
    }
    collection = ConfigurationManagerCollectionAssignmentTarget(words)
    old = {"id": words, "installIntent": words, "targetGroupId": words, "vpnConfigurationId": words, words: words}
    return [
        MobileAppAssignment.from_dict(strange),
        MobileAppAssignment(target=collection, intent="required", settings=settings),
        MobileAppGroupAssignment.from_dict(old),
        AssignmentTarget.from_dict(strange["target"]),
        collection,
        Change("A", add=[MobileAppAssignment(target=collection, intent="required", settings=settings)]),
    ]


def records(words: str) -> list[Any]:
    """Plans, receipts and reports, likewise."""
    settings = {"@odata.type": GRAPH + words, words: words}
    with Emulator() as graph, refusing(words) as refused:
        held = [wire(1, settings=settings, colour=words), wire(2, kind="lunarGroupTarget", crater=words)]
        app = graph.add_app(display_name=words, assignments=held)
        client = Client(graph.token, base_url=graph.url)
        plan = client.plan(app, replace=[to_group(3)])
        planned = client.plan_many([Change(app, add=[to_group(3)])])
        applied = client.apply_many(planned, reason=words)
        receipt = applied[0].receipt
        failed = Client("T", base_url=refused).plan_many([Change("A", add=[to_group(3)])])
        undone = client.undo(receipt)
        answer = assign(app, [to_group(3)], credential=graph.token, base_url=graph.url)
        return [plan, planned, planned[0], applied, applied[0], receipt, undone, failed, failed[0], answer]


def notebook_of(shown: list[str]) -> Any:
    """A notebook with these as what its cells show."""
    cells = []
    for html in shown:
        output = nbformat.v4.new_output("execute_result", data={"text/html": html}, execution_count=1)
        cells.append(nbformat.v4.new_code_cell("shown", outputs=[output], execution_count=1))
    return nbformat.v4.new_notebook(cells=cells)


def seen(words: str) -> str:
    """What can be seen of them: their beginning, and the names of characters that would turn what follows."""
    return re.sub("[\u202d\u202e]", lambda found: f"\\u{{{ord(found[0]):x}}}", words[:60])


@pytest.mark.parametrize("words", HOSTILE)
def test_nothing_that_a_server_says_is_executed(words: str) -> None:
    shown = [model._repr_html_() for model in (*models(words), *records(words))]
    found = evaluated(
        page(notebook_of(shown), "light"),
        f"""
        const areas = [...document.querySelectorAll(".jp-OutputArea")];
        return {{
          title: document.title,
          foreign: areas.flatMap((area) => [...area.querySelectorAll({FOREIGN!r})].map((one) => one.outerHTML)),
          texts: areas.map((area) => area.textContent),
        }};
        """,
    )
    assert (found["title"], found["foreign"]) == ("Notebook", [])
    assert len(found["texts"]) == len(shown)
    assert all(seen(words) in text for text in found["texts"][:6]), "it is shown as it is"


@pytest.mark.parametrize("words", HOSTILE[:3])
def test_what_is_not_escaped_would_be_noticed(words: str) -> None:
    html = page(notebook_of([f"<table><tr><td>{words}</td></tr></table>"]), "light")
    assert evaluated(html, "return document.title") == "taken over"
