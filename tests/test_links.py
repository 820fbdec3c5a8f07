"""Links in the README, on the pages and in what stands beside them lead somewhere. Nothing goes over the network."""

import pathlib
import re

import pytest

from addresses import fault_outside
from pages import BESIDE, PAGES, ROOT, anchors, links

EVERYWHERE = [*PAGES, *BESIDE]


def fault(page: pathlib.Path, link: str) -> str | None:
    """What is wrong with a link of a page."""
    if re.match(r"\w+:", link):
        return fault_outside(link)
    path, _, anchor = link.partition("#")
    end = (page.parent / path).resolve() if path else page
    if not end.is_file() or ROOT not in end.parents:
        return "there is no such file"
    if anchor and anchor not in anchors(end):
        return f"there is no such heading in {end.relative_to(ROOT)}"
    return None


@pytest.mark.parametrize("page", EVERYWHERE, ids=[str(page.relative_to(ROOT)) for page in EVERYWHERE])
def test_every_link_leads_somewhere(page: pathlib.Path) -> None:
    faults = {link: fault(page, link) for link in links(page)}
    assert {link: what for link, what in faults.items() if what} == {}


def test_the_pages_have_links_of_every_kind() -> None:
    found = [link for page in EVERYWHERE for link in links(page)]
    assert sum(link.startswith("https:") for link in found) > 5
    assert sum("#" in link for link in found) > 5
    assert sum(link.endswith(".md") for link in found) > 20


@pytest.mark.parametrize(
    "link",
    [
        "nowhere.md",
        "../python/nowhere.py",
        "faults.md#nowhere",
        "#nowhere",
        "../..",
        "http://learn.microsoft.com/graph/paging",
        "https://localhost/graph",
        "https://learn.microsoft.com//graph/paging",
        "https://learn.microsoft.com/en-us/graph/paging",
        "https://learn.microsoft.com/graph/paging.",
        "mailto:nobody",
    ],
)
def test_a_link_that_leads_nowhere_is_found(link: str) -> None:
    assert fault(ROOT / "docs" / "changes.md", link) is not None


@pytest.mark.parametrize("link", ["faults.md#the-pace", "../README.md", "#look-first", "https://tqdm.github.io"])
def test_a_link_that_leads_somewhere_is_not(link: str) -> None:
    assert fault(ROOT / "docs" / "changes.md", link) is None
