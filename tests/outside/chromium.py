"""Chromium without a window, and pages that ask for nothing beyond themselves."""

import json
import pathlib
import re
import shutil
import subprocess
import tempfile
from html import unescape
from typing import Any

from jinja2 import DictLoader
from nbconvert import HTMLExporter

THEMES = ["light", "dark"]
WIDTH = 900
INSPECTION = pathlib.Path(__file__).with_name("inspection.js")

# The lab template, without what it fetches from elsewhere.
TEMPLATE = """
{% extends 'lab/index.html.j2' %}
{% block html_head_js %}{% endblock %}
{% block html_head_js_mathjax %}{% endblock %}
{% block html_head_js_mermaidjs %}{% endblock %}
{% block jupyter_widgets %}{% endblock %}
"""

# What fetches something as soon as a page has it.
FETCHES = re.compile(r"""<(?:script|link|img|iframe|source)\b[^>]*\b(?:src|href)\s*=|\burl\(\s*["']?https?:|@import""")

# A page on which nothing but the browser's own colours decides.
PLAIN = '<!DOCTYPE html><meta charset="utf-8"><meta name="color-scheme" content="{theme}"><title>Plain</title>\n{body}'

# Writes into a page what a function returns, once it has loaded.
EVALUATION = """
<script>
addEventListener("load", () => {
  const returned = (() => { BODY })();
  const textContent = JSON.stringify(returned);
  document.body.append(Object.assign(document.createElement("pre"), {id: "evaluated", textContent}));
});
</script>
"""


def page(notebook: Any, theme: str) -> str:
    """A notebook as Jupyter Lab shows it, in a page of its own."""
    loader = DictLoader({"page.html.j2": TEMPLATE})
    exporter = HTMLExporter(theme=theme, extra_loaders=[loader], template_file="page.html.j2")
    html, _ = exporter.from_notebook_node(notebook)
    return html


def plain_page(body: str, theme: str) -> str:
    return PLAIN.format(theme=theme, body=body)


def evaluated(html: str, body: str) -> Any:
    """What the body of a function of JavaScript's returns on a page."""
    shown = _run(html + EVALUATION.replace("BODY", body), "--dump-dom")
    [found] = re.findall('<pre id="evaluated">(.*?)</pre>', shown, re.DOTALL)
    return json.loads(unescape(found))


def inspected(html: str, tables: str = "table") -> list[dict[str, Any]]:
    """Each visible text within `tables`, a selector: its contrast with what is behind it, its size, its broken ids."""
    texts: list[dict[str, Any]] = evaluated(html, INSPECTION.read_text(encoding="utf-8").replace("TABLES", tables))
    return texts


def screenshot(html: str, path: pathlib.Path, max_height: int) -> None:
    """Take one as a PNG, as high as the page."""
    height = evaluated(html, "return Math.ceil(document.querySelector('main').getBoundingClientRect().bottom)")
    _run(html, f"--screenshot={path}", height=min(height, max_height))


def _run(html: str, *options: str, height: int = 900) -> str:
    program = shutil.which("chromium")
    if program is None:
        raise FileNotFoundError("missing: chromium (for example: apt-get install chromium)")
    with tempfile.TemporaryDirectory() as folder:
        file = pathlib.Path(folder, "page.html")
        file.write_text(html, encoding="utf-8")
        command = [
            program, "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
            "--disable-background-networking", "--disable-component-update", "--disable-sync", "--hide-scrollbars",
            "--host-resolver-rules=MAP * ~NOTFOUND", f"--user-data-dir={folder}/profile",
            f"--window-size={WIDTH},{height}", *options, file.as_uri(),
        ]  # fmt: skip
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
        if done.returncode != 0:
            raise RuntimeError(f"chromium ended with {done.returncode}: {done.stderr}")
        return done.stdout
