"""What the search page reads: the same bytes each time, no other piece's words, and found in a real browser."""

import json
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import jinja2
import pytest
from markupsafe import Markup
from playwright.sync_api import Page, expect

from agent.adapters.web import preview
from agent.errors import NotBuilt
from agent.publish.extras import search
from agent.publish.extras.search import page, spaced
from tests.browser.browser import chromium_page, served
from tests.publish.extras.a_shelf import BEGUN, SITE, AShelf, all_bytes, an_essay, an_item, imprint, made

pytestmark = pytest.mark.slow

LATER = BEGUN.replace(year=2027)
HOSTILE = "</p><script>alert(1)</script> &lt;mark&gt; <meta data-pagefind-meta='title:Stolen'>"


def test_the_same_pieces_give_the_same_bytes(tmp_path: Path) -> None:
    items = [an_item(number, an_essay(number, 120), tags=("rain", f"t{number}")) for number in range(1, 40)]
    one, two = (made(items, AShelf(tmp_path / name / "public")) for name in ("one", "two"))
    assert one.hashes() == two.hashes()


def test_a_shard_holds_what_the_script_uses_and_no_more(tmp_path: Path) -> None:
    shelf = made([an_item(1)], AShelf(tmp_path / "public"))
    names = {path.removeprefix("search/2026/1/").split("_")[0] for path in shelf.paths("search/2026/")}
    assert names == {"pagefind-entry.json", "pagefind.js", "pagefind.en", "wasm.en.pagefind", "index/en", "fragment/en"}
    listed = json.loads((shelf.folder / search.LIST).read_text())
    assert listed == {"v": 1, "shards": [{"path": "search/2026/1/", "year": 2026, "pieces": 1}]}


def test_what_an_author_wrote_is_text_to_pagefind(tmp_path: Path) -> None:
    told = page(an_item(1, HOSTILE, title=HOSTILE, name=HOSTILE), imprint())
    assert "<script" not in told
    assert told.count("<meta data-pagefind-meta") == 5
    shelf = made([an_item(1, HOSTILE), an_item(2, "Rain", name=HOSTILE)], AShelf(tmp_path / "public"))
    assert b'"title":"Stolen"' not in all_bytes(shelf.folder)


def test_letters_of_scripts_without_spaces_stand_alone() -> None:
    assert spaced("雨の日に、本をread読む。 Rain, 123") == "雨 の 日 に 、 本 を read 読 む 。 Rain, 123"
    assert spaced("Regen in Łódź, дождь") == "Regen in Łódź, дождь"


def test_a_piece_without_a_word_can_be_found_by_its_name(tmp_path: Path) -> None:
    shelf = made([an_item(1, plain="  \n", name="Hush")], AShelf(tmp_path / "public"))
    assert b"Hush" in all_bytes(shelf.folder / "search")


def test_an_excerpt_has_no_sign_that_its_author_did_not_write(tmp_path: Path) -> None:
    shelf = made([an_item(1, "At the end of the pier\na chair\n\n“No”\nnobody")], AShelf(tmp_path / "public"))
    assert b'"content":"At the end of the pier a chair \xe2\x80\x9cNo\xe2\x80\x9d nobody"' in all_bytes(
        shelf.folder / "search"
    )


def test_a_pagefind_that_fails_ends_the_run_in_words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    broken = tmp_path / "pagefind"
    broken.write_text("#!/bin/sh\necho out of memory >&2\nexit 3\n")
    broken.chmod(0o755)
    for binary, said in ((broken, "out of memory"), (tmp_path / "none", "cannot be started")):
        monkeypatch.setenv("PAGEFIND_BINARY_PATH", str(binary))
        with pytest.raises(NotBuilt, match=said):
            made([an_item(1)], AShelf(tmp_path / "public"))


def test_a_pagefind_that_hangs_is_not_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def hangs(*_: object, **given: float) -> None:
        raise subprocess.TimeoutExpired("pagefind", given["timeout"])

    monkeypatch.setattr(subprocess, "run", hangs)
    with pytest.raises(NotBuilt, match="900 seconds"):
        made([an_item(1)], AShelf(tmp_path / "public"))


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A site of three shards and the search page, which is filled with the words it has."""
    shelf = AShelf(tmp_path_factory.mktemp("searched") / "public")
    rain = [
        an_item(number, an_essay(number, 80) + "\n\nI am of a fo.", byline="Sonnet 3", author="sonnet")
        for number in range(1, 13)
    ]
    odd = [
        an_item(40, "A fox <b>runs</b> by the Zaunkönig &lt;i&gt;.", at=LATER, name="The fox & <i>I</i>"),
        an_item(41, "雨の日に、本を読む。", at=LATER, name="雨の本", language="ja"),
        an_item(42, "In İzmir the amount is not half-said.", at=LATER, name="Trains", tags=("quincy",)),
        an_item(1050, "Only the marmalade knows.", at=LATER, name="שלום", language="he", direction="rtl"),
    ]
    made([*rain, *odd], shelf)
    shutil.copytree(SITE / "assets", shelf.folder / "assets")
    (shelf.folder / "search.html").write_text(_search_page(), encoding="utf-8")
    with served(preview(shelf.folder)) as url:
        yield url


def _search_page() -> str:
    """The template's own blocks, without the frame of the site around them."""
    frame = (
        '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Search</title>'
        "{% block policy %}{% endblock %}"
        "{% block head %}{% endblock %}</head><body>{% block main %}{% endblock %}</body></html>"
    )
    loader = jinja2.ChoiceLoader([jinja2.DictLoader({"templates/base.html": frame}), jinja2.FileSystemLoader(SITE)])
    words = imprint().words
    return (
        jinja2.Environment(loader=loader, autoescape=True)
        .get_template("pages/search.html")
        .render(
            w=words,
            s=words.site,
            root="",
            path="search.html",
            link=lambda path, said: Markup('<a href="{}">{}</a>').format(path, said),
        )
    )


@pytest.fixture(scope="module")
def browser() -> Iterator[Page]:
    expect.set_options(timeout=15_000)
    with chromium_page() as opened:
        yield opened


def look(opened: Page, words: str) -> None:
    opened.get_by_role("searchbox").fill(words)
    opened.keyboard.press("Enter")


@pytest.mark.parametrize(
    ("words", "name", "marked"),
    [
        ("fox", "The fox & <i>I</i>", ["fox"]),
        ("zaunkonig", "The fox & <i>I</i>", ["Zaunkönig"]),
        ("読む", "雨の本", ["読", "む"]),
        ("marmalade", "שלום", ["marmalade"]),
        ("Izmir", "Trains", ["İzmir"]),
        ("amou trai", "Trains", ["amount"]),
        ("quincy", "Trains", []),
        ("half-sai", "Trains", ["half-said."]),
        ("“the marmalade”", "שלום", ["the", "marmalade"]),
    ],
)
def test_a_reader_finds_a_piece_by_a_word_of_it(
    site: str, browser: Page, words: str, name: str, marked: list[str]
) -> None:
    asked: list[str] = []
    browser.on("request", lambda request: asked.append(request.url))
    browser.goto(f"{site}/search.html")
    look(browser, words)
    expect(browser.get_by_role("status")).to_have_text("1 piece holds these words.")
    link = browser.get_by_role("link", name=name, exact=True)
    assert "/pieces/" in (link.get_attribute("href") or "")
    assert browser.locator("mark").all_inner_texts() == marked
    assert [url for url in asked if not url.startswith(site)] == []


def test_a_piece_that_does_not_hold_the_words_is_no_find(site: str, browser: Page) -> None:
    browser.goto(f"{site}/search.html")
    for words in (
        "amounts",
        "foxglove",
        "“marmalade the”",
        "marmalade Izmir",
        "January",
        "he",
        "?!",
        "本雨",
        "“marmal”",
    ):
        look(browser, "opus")
        expect(browser.get_by_role("status")).to_have_text("4 pieces hold these words.")
        look(browser, words)
        expect(browser.get_by_role("status")).to_contain_text("Nothing holds these words.")
        assert browser.locator("#search-results > li").count() == 0, words


def test_what_nobody_looked_into_is_not_counted(site: str, browser: Page) -> None:
    script = (SITE / "assets/search.js").read_text(encoding="utf-8")
    few = script.replace("MOST = 200", "MOST = 5")
    assert few != script
    browser.route("**/search.js", lambda route: route.fulfill(body=few, content_type="text/javascript"))
    try:
        browser.goto(f"{site}/search.html?q=rain")
        status, rows, more = browser.get_by_role("status"), browser.locator("#search-results > li"), "#search-more"
        for told, shown in (("More than 5", 5), ("More than 10", 10), ("12", 12)):
            expect(status).to_have_text(f"{told} pieces hold these words.")
            assert rows.count() == shown
            if shown < 12:
                browser.locator(more).click()
        expect(browser.locator(more)).to_be_hidden()
        look(browser, "foxgloves")
        expect(status).to_contain_text("None of the 5 pieces that come nearest holds these words.")
    finally:
        browser.unroute("**/search.js")


def test_words_of_an_author_are_text_in_a_result(site: str, browser: Page) -> None:
    browser.goto(f"{site}/search.html?q=fox")
    expect(browser.locator(".excerpt")).to_contain_text("<b>runs</b>")
    assert browser.locator("#search-results b, #search-results i").count() == 0


def test_results_come_ten_at_a_time_and_the_keyboard_goes_on_where_they_begin(site: str, browser: Page) -> None:
    browser.goto(f"{site}/search.html")
    look(browser, "rain")
    expect(browser.get_by_role("status")).to_have_text("12 pieces hold these words.")
    rows = browser.locator("#search-results > li")
    expect(rows).to_have_count(10)
    browser.locator("#search-more").press("Enter")
    expect(rows).to_have_count(12)
    expect(rows.nth(10).get_by_role("link")).to_be_focused()
    expect(browser.locator("#search-more")).to_be_hidden()


def test_a_year_can_be_chosen_and_a_search_can_be_shared(site: str, browser: Page) -> None:
    browser.goto(f"{site}/search.html?q=opus&year=2027")
    expect(browser.get_by_role("status")).to_have_text("4 pieces hold these words.")
    browser.get_by_role("combobox").select_option("2026")
    expect(browser.get_by_role("status")).to_contain_text("Nothing holds these words.")
    assert browser.url.endswith("?q=opus&year=2026")


def test_a_list_that_cannot_be_read_is_said_and_leads_to_the_archive(site: str, browser: Page) -> None:
    browser.route("**/shards.json", lambda route: route.abort())
    try:
        browser.goto(f"{site}/search.html")
        expect(browser.get_by_role("status")).to_contain_text("could not be read")
        assert browser.get_by_role("status").get_by_role("link").get_attribute("href") == "archive.html"
    finally:
        browser.unroute("**/shards.json")


def test_without_a_script_the_archive_is_offered(site: str, browser: Page) -> None:
    chromium = browser.context.browser
    assert chromium is not None
    with chromium.new_context(java_script_enabled=False) as context:
        still = context.new_page()
        still.goto(f"{site}/search.html")
        assert still.get_by_role("searchbox").count() == 0
        assert still.get_by_role("link", name="archive").is_visible()
