"""The built site is whole: links lead somewhere, nothing comes from elsewhere, and no public name is missing."""

import html
import json
import re
from pathlib import Path

import pytest
from built import SITE, Page, Site, inventory
from public import public_names

from addresses import fault_outside
from pages import ROOT


@pytest.fixture(scope="module")
def site() -> Site:
    return Site()


def is_outside(link: str) -> bool:
    return re.match(r"\w+:|//", link) is not None


def test_every_link_leads_somewhere(site: Site) -> None:
    faults = {
        (page.path, link): fault
        for page in site.pages.values()
        for link in (*page.followed, *page.fetched)
        if (fault := fault_outside(link) if is_outside(link) else site.fault(page, link))
    }
    assert faults == {}
    assert sum(len(page.followed) for page in site.pages.values()) > 1_000


def test_nothing_is_fetched_from_another_host(site: Site) -> None:
    assert {link for page in site.pages.values() for link in page.fetched if is_outside(link)} == set()
    for name, path in site.files.items():
        if name.endswith(".css"):
            text = path.read_text(encoding="utf-8")
            assert not re.search(r"@import|url\([\"']?(https?:)?//", text), name
    # Diagrams would be drawn by a script that the theme fetches.
    assert not any("mermaid" in page.classes for page in site.pages.values())


def test_every_public_name_is_in_the_reference(site: Site) -> None:
    places = dict(inventory())
    names = set(public_names())
    assert len(names) > 250
    assert names - places.keys() == set()
    assert {name for name in names if site.fault(site.pages["index.html"], places[name])} == set()


def test_names_in_the_reference_lead_to_each_other(site: Site) -> None:
    [clients] = [page for page in site.pages.values() if page.path == "reference/clients.html"]
    ends = {link.partition("#")[2] for link in clients.followed}
    assert {"appassign.Client.apply", "appassign.StalePlanError", "appassign.Plan.from_json"} <= {
        re.sub(r"\._\w+", "", end) for end in ends
    }


def test_every_page_is_found_by_a_search(site: Site) -> None:
    index = json.loads((SITE / "search" / "search_index.json").read_text(encoding="utf-8"))
    found = {entry["location"].partition("#")[0] or "index.html" for entry in index["docs"]}
    assert found == set(site.pages) - {"404.html"}


def test_the_recipes_stand_on_their_page_and_can_be_fetched(site: Site) -> None:
    shown = html.unescape(re.sub(r"<[^>]*>", "", site.files["recipes.html"].read_text(encoding="utf-8")))
    scripts = [*(ROOT / "examples" / "recipes").glob("*.py")]
    assert len(scripts) >= 5
    for path in scripts:
        script = path.read_text(encoding="utf-8")
        assert script in shown
        assert site.files[f"recipes/{path.name}"].read_text(encoding="utf-8") == script
        assert f"recipes/{path.name}" in site.pages["recipes.html"].followed


def test_pages_have_names_of_their_own(site: Site) -> None:
    titles = [page.title for page in site.pages.values() if page.path not in {"404.html", "index.html"}]
    assert sorted({*titles}) == sorted(titles)


def test_faults_are_found(tmp_path: Path) -> None:
    (tmp_path / "below").mkdir()
    (tmp_path / "index.html").write_text('<h2 id="here">', encoding="utf-8")
    (tmp_path / "below" / "page.html").write_text("", encoding="utf-8")
    made = Site(tmp_path)
    page = made.pages["below/page.html"]
    assert made.fault(page, "../index.html#here") is None
    assert made.fault(page, "/index.html") is None
    assert made.fault(page, "..") is None
    assert made.fault(page, "../index.html#there") == "there is nothing called there in index.html"
    assert made.fault(page, "index.html") == "there is no file below/index.html"
    assert Page("p", '<img src="//elsewhere.example/p.png">').fetched == ["//elsewhere.example/p.png"]
    assert is_outside("//elsewhere.example/p.png")
    assert not is_outside("p.html#a:b")
