"""The built site, taken apart."""

import posixpath
import zlib
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote

SITE = Path(__file__).parent.parent.parent / "target" / "site"

# Attributes by which a page has a browser fetch something at once, and those that people follow.
_FETCHED = {
    "script": "src",
    "img": "src",
    "iframe": "src",
    "source": "src",
    "video": "src",
    "audio": "src",
    "link": "href",
}
_FOLLOWED = {"a": "href", "area": "href"}


class Page(HTMLParser):
    """What one page fetches, where it leads, and what may be named after a `#`."""

    def __init__(self, path: str, text: str) -> None:
        super().__init__()
        self.path = path
        self.ids: set[str] = set()
        self.classes: set[str] = set()
        self.title = ""
        self.fetched: list[str] = []
        self.followed: list[str] = []
        self._in_title = False
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self.ids |= {given[name] for name in ("id", "name") if name in given}
        self.classes |= set(given.get("class", "").split())
        self._in_title = tag == "title" and not self.title
        for names, found in ((_FETCHED, self.fetched), (_FOLLOWED, self.followed)):
            if tag in names and names[tag] in given:
                found.append(given[names[tag]])

    def handle_data(self, data: str) -> None:
        if self._in_title:
            self.title, self._in_title = data, False


class Site:
    """All of its pages and files."""

    def __init__(self, folder: Path = SITE) -> None:
        self.files = {path.relative_to(folder).as_posix(): path for path in folder.rglob("*") if path.is_file()}
        self.pages = {
            name: Page(name, path.read_text(encoding="utf-8"))
            for name, path in self.files.items()
            if name.endswith(".html")
        }

    def fault(self, page: Page, link: str) -> str | None:
        """What is wrong with a link within the site."""
        path, _, anchor = link.partition("#")
        base = "" if path.startswith("/") else posixpath.dirname(page.path)
        end = posixpath.normpath(posixpath.join(base, unquote(path).lstrip("/"))) if path else page.path
        end = "index.html" if end == "." else end
        if end not in self.files:
            return f"there is no file {end}"
        if anchor and unquote(anchor) not in self.pages[end].ids:
            return f"there is nothing called {anchor} in {end}"
        return None


def inventory() -> Iterator[tuple[str, str]]:
    """The names that the reference has, and where."""
    head, body = (SITE / "objects.inv").read_bytes().split(b"zlib.\n", 1)
    assert head.startswith(b"# Sphinx inventory version 2")
    for line in zlib.decompress(body).decode().splitlines():
        name, _, _, place, _ = line.split(" ", 4)
        yield name, place.replace("$", name)
