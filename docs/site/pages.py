"""What mkdocs does to the pages: files from beside `docs` become pages, and links lead to them.

The links of a page are those that work in the repository. On the site they are made to lead to the same things. A
script to copy is a file of the site, and stands below a link to it that is alone on its line.
"""  # noqa: INP001  (mkdocs loads it by its path)

from __future__ import annotations

import posixpath
import re
from pathlib import Path
from typing import TYPE_CHECKING

from mkdocs.structure.files import File

if TYPE_CHECKING:
    from mkdocs.config.defaults import MkDocsConfig
    from mkdocs.structure.files import Files
    from mkdocs.structure.pages import Page

ROOT = Path(__file__).parent.parent.parent

BESIDE = {
    "ARCHITECTURE.md": "project/architecture.md",
    "CHANGELOG.md": "project/changelog.md",
    "CONTRIBUTING.md": "project/contributing.md",
    "SECURITY.md": "project/reporting.md",
    "benches/README.md": "project/benches.md",
    "examples/plan_and_undo.ipynb": "examples/plan_and_undo.ipynb",
    "examples/quickstart.ipynb": "examples/quickstart.ipynb",
    "fuzz/README.md": "project/fuzzing.md",
    # What is no page itself is described by one.
    "README.md": "index.md",
    "python/appassign/settings.py": "reference/settings.md",
}

# Scripts to copy are files of the site: in the repository, they stand below `examples`.
SCRIPTS = "recipes/"

_LINK = re.compile(r"(?<=\]\()([^)#\s]+)(#[^)\s]*)?(?=\))")
_ALONE = re.compile(r"^\[[^\]\n]+\]\(([^)#\s]+)\)$", re.MULTILINE)


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the pages that stand beside `docs`."""
    for path, page in BESIDE.items():
        if files.get_file_from_path(page) is None and not (ROOT / "docs" / page).exists():
            files.append(File.generated(config, page, abs_src_path=str(ROOT / path)))
    for path in sorted((ROOT / "examples" / SCRIPTS).glob("*.py")):
        files.append(File.generated(config, SCRIPTS + path.name, abs_src_path=str(path)))
    return files


def on_page_markdown(markdown: str, page: Page, **_: object) -> str:
    """Have each link lead from where the page is on the site to where its end is."""
    here = page.file.src_uri
    came_from = next((path for path, name in BESIDE.items() if name == here), f"docs/{here}")

    def moved(link: re.Match[str]) -> str:
        path, anchor = link[1], link[2] or ""
        if re.match(r"[a-z]+:", path):
            return link[0]
        end = posixpath.normpath(posixpath.join(posixpath.dirname(came_from), path))
        target = _on_site(end)
        return link[0] if target is None else posixpath.relpath(target, posixpath.dirname(here) or ".") + anchor

    def with_script(link: re.Match[str]) -> str:
        path = posixpath.normpath(posixpath.join(posixpath.dirname(here), link[1]))
        if not path.startswith(SCRIPTS):
            return link[0]
        script = (ROOT / "examples" / path).read_text(encoding="utf-8")
        return f"{link[0]}\n\n```python\n{script}```"

    return _ALONE.sub(with_script, _LINK.sub(moved, markdown))


def _on_site(path: str) -> str | None:
    """Where the site has what the repository has there; `None` if it does not."""
    if path in BESIDE:
        return BESIDE[path]
    if path.startswith(f"examples/{SCRIPTS}"):
        return path.removeprefix("examples/")
    return path.removeprefix("docs/") if path.startswith("docs/") else None
