"""What a page weighs, and that it asks nothing of anybody else."""

import gzip
from pathlib import Path

import lxml.html
import pytest
from playwright.sync_api import Page

from tests.browser.browser import chromium_page
from tests.browser.kinds import kind_of, pages

pytestmark = pytest.mark.slow

PIECE_BYTES = 50_000
FIRST_VIEW_BYTES = 14 * 1024
HTML = {"content-type": "text/html; charset=utf-8"}
LOADED = ("//link[contains('stylesheet icon', @rel)]/@href", "//img/@src", "//script/@src", "//source/@srcset")


def all_pages(public: Path) -> list[str]:
    return [path for same in pages(public).values() for path in same]


def loaded_by(public: Path, path: str) -> dict[str, bytes]:
    """Each file that a page asks for by itself, fonts aside: by its address as it stands in the page."""
    document = lxml.html.parse(public / path)
    here = (public / path).parent
    # A page that is shown at whatever address is not there names what it loads from the root.
    return {
        name: (public / name[1:] if name.startswith("/") else here / name).read_bytes()
        for part in LOADED
        for name in document.xpath(part)
    }


def test_a_piece_with_all_it_loads_is_at_most_50_kilobytes_without_the_font(library: Path) -> None:
    weights = {
        path: (library / path).stat().st_size + sum(map(len, loaded_by(library, path).values()))
        for path in pages(library)["piece"]
    }
    assert max(weights.values()) <= PIECE_BYTES, max(weights.items(), key=lambda found: found[1])
    assert min(weights.values()) > 0


def test_the_first_view_of_every_page_takes_at_most_14_kilobytes_compressed(library: Path, site: str) -> None:
    long = {}
    for path in all_pages(library):
        page = (library / path).read_bytes()
        sheets = [data for name, data in loaded_by(library, path).items() if name.endswith(".css")]
        assert sheets, path
        left = FIRST_VIEW_BYTES - sum(map(compressed, sheets))
        if compressed(page) > left:
            # The longest beginning that fits, to within a hundred bytes.
            long[path] = next(page[:end] for end in range(len(page), 0, -100) if compressed(page[:end]) <= left)
    assert len(long) < len(all_pages(library)) / 10, "most fit as they are, whole"
    with chromium_page() as browser:
        for path, beginning in long.items():
            for width, height in ((360, 780), (1440, 900)):
                browser.set_viewport_size({"width": width, "height": height})
                whole = picture(browser, f"{site}/{path}")
                assert picture(browser, f"{site}/{path}", beginning) == whole, f"{path}, {width}: it needs more"


def compressed(data: bytes) -> int:
    return len(gzip.compress(data, 6))


def picture(page: Page, address: str, instead: bytes = b"") -> bytes:
    """What a page looks like; with `instead`, what that looks like at its address."""
    if instead:
        page.route(address, lambda route: route.fulfill(body=instead, headers=HTML))
    page.goto(address)
    page.evaluate("document.fonts.ready")
    page.unroute(address)
    return page.screenshot()


def test_no_page_loads_anything_from_elsewhere(library: Path) -> None:
    for path in all_pages(library):
        loaded_by(library, path)  # It stands in the folder, or this raises.
        document = lxml.html.parse(library / path)
        for part in ("//iframe", "//object", "//embed", "//video", "//audio", "//base", "//style", "//*[@style]"):
            assert document.xpath(part) == [], path
        assert (
            document.xpath("//link[contains('preload preconnect dns-prefetch', @rel) and contains(@href, '//')]") == []
        )


def test_no_page_but_the_search_has_a_script(library: Path) -> None:
    for path in all_pages(library):
        document = lxml.html.parse(library / path)
        scripts = document.xpath("//script[not(@type='application/ld+json')]")
        assert bool(scripts) == (kind_of(path) == "search"), path
        for script in scripts:
            assert script.get("src"), f"{path}: a script in the page itself"
        assert document.xpath("//@*[starts-with(name(), 'on')]") == [], path
