"""Every kind of page before the checkers of the field: the Nu HTML checker, axe-core, Lighthouse."""

from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page
from starlette.staticfiles import StaticFiles

from tests.browser.browser import chromium_page, served
from tests.browser.checkers import AXE, HOW, lighthouse, nu_html_checker
from tests.browser.kinds import FULL_PAGES, KINDS, a_choice, pages

pytestmark = pytest.mark.slow

PIECE = "pieces/1.html"
TRIES = 3


def test_the_library_shows_every_kind_of_page(library: Path) -> None:
    assert set(KINDS) - FULL_PAGES == set(pages(library))


def test_the_nu_html_checker_has_nothing_to_say_of_any_page(library: Path) -> None:
    # Our own server says of a page that was withdrawn that it is gone; then the checker would not look at it.
    with served(StaticFiles(directory=library)) as site:
        every = [f"{site}/{path}" for same in pages(library).values() for path in same]
        nowhere = f"{site}/nowhere.html"
        said = nu_html_checker([*every, nowhere])
    assert [line for line in said if not line.startswith(nowhere)] == []
    assert len(said) == 1, "it does say what is wrong: that page is not there"


@pytest.mark.parametrize(("dark", "width"), [(False, 1440), (True, 360)])
def test_axe_finds_no_violation_on_any_kind_of_page(library: Path, site: str, dark: bool, width: int) -> None:
    assert AXE.exists(), HOW
    axe = AXE.read_text(encoding="utf-8")
    with chromium_page(dark=dark, width=width) as page:
        found = {path: violations(page, f"{site}/{path}", axe) for path in a_choice(library)}
        page.evaluate("document.documentElement.removeAttribute('lang')")
        assert "html-has-lang" in str(violations(page, "", axe)), "it does say what is wrong"
    assert {path: said for path, said in found.items() if said} == {}


@pytest.mark.parametrize("path", ["index.html", PIECE])
def test_lighthouse_gives_full_marks(site: str, path: str) -> None:
    report: dict[str, Any] = {}
    for _ in range(TRIES):  # A busy machine makes a page look slower than it is, and never quicker.
        report = lighthouse(f"{site}/{path}")
        if report["categories"]["performance"]["score"] >= 0.98:
            break
    scores = {name: part["score"] for name, part in report["categories"].items()}
    failed = [f"{a['id']}: {a['title']}" for a in report["audits"].values() if a["score"] == 0]
    assert scores["accessibility"] == scores["best-practices"] == scores["seo"] == 1, (scores, failed)
    assert scores["performance"] >= 0.98, (scores, failed)


def violations(page: Page, address: str, axe: str) -> list[str]:
    """What axe-core says of a page with everything unfolded; of the page as it is where there is no address."""
    if address:
        page.goto(address)
    page.evaluate("document.querySelectorAll('details').forEach(part => { part.open = true })")
    page.evaluate(axe)
    said = page.evaluate("axe.run(document, { resultTypes: ['violations'] })")
    return [
        f"{violation['id']}: {node['html'][:200]} {node['failureSummary']}"
        for violation in said["violations"]
        for node in violation["nodes"]
    ]
