"""Each feed against the rules of its format, and in the parser that most readers' programs resemble."""

import json
import urllib.request
from pathlib import Path

import feedparser
import jsonschema
import lxml.etree
import lxml.html
import pytest

from tests.browser.kinds import paths

pytestmark = pytest.mark.slow

HERE = Path(__file__).parent
ATOM = {"a": "http://www.w3.org/2005/Atom"}


@pytest.fixture(scope="module")
def atoms(library: Path) -> list[str]:
    return [path for path in paths(library) if path.endswith(".atom")]


@pytest.fixture(scope="module")
def jsons(library: Path) -> list[str]:
    return [
        path
        for path in paths(library)
        if path == "feed.json" or (path.startswith(("authors/", "tags/")) and path.endswith(".json"))
    ]


def test_there_is_a_feed_of_the_site_of_each_author_and_of_each_tag(
    library: Path, atoms: list[str], jsons: list[str]
) -> None:
    named = {path.removesuffix(".atom") for path in atoms}
    lists = {
        p.removesuffix(".html")
        for p in paths(library)
        if p.startswith(("authors/", "tags/")) and p.count("/") == 1 and p.endswith(".html")
    }
    assert named == {"feed"} | lists
    assert {path.removesuffix(".json") for path in jsons} == named


def test_every_atom_feed_keeps_the_grammar(library: Path, atoms: list[str]) -> None:
    grammar = lxml.etree.RelaxNG(lxml.etree.parse(HERE / "atom.rng"))
    for path in atoms:
        assert grammar.validate(lxml.etree.parse(library / path)), (path, grammar.error_log)


@pytest.mark.parametrize(
    ("found", "instead"),
    [
        ("<updated>", "<updated>yesterday "),
        ("<id>", "<id> "),
        ("</title>", "</title><title/>"),
        ("</entry>", "<colour/></entry>"),
        ('<link rel="self"', '<link rel="two words"'),
        ('<content type="html"', '<content type="word"'),
        ("<author><name>", "<author><name/><name>"),
    ],
)
def test_the_grammar_refuses_what_the_format_does(library: Path, found: str, instead: str) -> None:
    grammar = lxml.etree.RelaxNG(lxml.etree.parse(HERE / "atom.rng"))
    text = (library / "feed.atom").read_text(encoding="utf-8")
    assert found in text
    assert not grammar.validate(lxml.etree.fromstring(text.replace(found, instead, 1).encode()))


def test_every_atom_feed_keeps_the_rules_that_no_grammar_can_say(library: Path, atoms: list[str]) -> None:
    ids: dict[str, str] = {}
    for path in atoms:
        feed = lxml.etree.parse(library / path)
        entries = feed.xpath("a:entry", namespaces=ATOM)
        for part in [feed.getroot(), *entries]:
            links = part.xpath("a:link", namespaces=ATOM)
            same = [(k.get("type"), k.get("hreflang")) for k in links if k.get("rel", "alternate") == "alternate"]
            assert len(same) == len(set(same)) > 0, f"{path}: two links to the same thing"
        own = feed.xpath("string(a:link[@rel='self']/@href)", namespaces=ATOM)
        assert own.endswith(f"/{path}"), f"{path}: where it stands"
        named = feed.xpath("a:entry/a:id/text()", namespaces=ATOM)
        assert len(set(named)) == len(named), f"{path}: an entry stands twice"
        assert ids.setdefault(feed.xpath("string(a:id)", namespaces=ATOM), path) == path, "two feeds of one id"
        for entry in entries:
            assert entry.xpath("a:author", namespaces=ATOM) or feed.xpath("a:author", namespaces=ATOM), path
            updated, published = (
                entry.xpath(f"string(a:{name})", namespaces=ATOM) for name in ("updated", "published")
            )
            assert updated >= published, path


def test_every_json_feed_keeps_the_schema(library: Path, jsons: list[str]) -> None:
    schema = json.loads((HERE / "json_feed.json").read_bytes())
    jsonschema.Draft202012Validator.check_schema(schema)
    check = jsonschema.Draft202012Validator(schema)
    for path in jsons:
        feed = json.loads((library / path).read_bytes())
        assert [f"{path}: {error.message}" for error in check.iter_errors(feed)] == []
        assert feed["feed_url"].endswith(f"/{path}")
        named = [item["id"] for item in feed["items"]]
        assert len(set(named)) == len(named) > 0, path
    assert list(check.iter_errors({"version": "1", "title": "x", "items": [{"id": 1}]})) != []


def test_feedparser_reads_every_feed_without_a_warning(site: str, atoms: list[str]) -> None:
    for path in atoms:
        with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(f"{site}/{path}") as answer:
            read = feedparser.parse(answer.read(), response_headers={"content-type": answer.headers["content-type"]})
        assert not read.bozo, (path, read.get("bozo_exception"))
        assert read.version == "atom10"
        assert all(entry.title and entry.link and entry.content[0].value for entry in read.entries), path


def test_both_feeds_hold_the_same_pieces_in_the_same_words(library: Path, atoms: list[str]) -> None:
    for path in atoms:
        feed = lxml.etree.parse(library / path)
        items = json.loads((library / path).with_suffix(".json").read_bytes())["items"]
        assert feed.xpath("a:entry/a:id/text()", namespaces=ATOM) == [item["id"] for item in items]
        assert feed.xpath("a:entry/a:content/text()", namespaces=ATOM) == [item["content_html"] for item in items]


def test_footnotes_in_a_feed_lead_to_their_notes_and_back(library: Path, jsons: list[str]) -> None:
    followed: dict[str, int] = {}
    for path in jsons:
        seen: set[str] = set()
        for item in json.loads((library / path).read_bytes())["items"]:
            document = lxml.html.fragment_fromstring(item["content_html"], create_parent=True)
            ids = set(document.xpath(".//@id"))
            assert not seen & ids, "an id stands in two entries"
            seen |= ids
            # Whole addresses: what a reader's program takes "#1" to be below is not known.
            links = document.xpath(".//a[starts-with(@class, 'footnote')]/@href")
            assert {link.removeprefix(f"{item['url']}#") for link in links} <= ids, item["url"]
            followed[item["url"]] = len(links)
    assert sorted(followed.values())[-2:] == [2, 6], "an afterword's note and three others, each with its way back"


def test_what_is_not_public_stands_in_no_feed(
    library: Path, numbers: dict[str, int], atoms: list[str], jsons: list[str]
) -> None:
    held = [f"pieces/{numbers[name]}." for name in ("taken-back", "taken-down", "erased", "vetoed", "waiting")]
    words = ["counts the crows", "strontium", "read by nobody", "sits straight"]
    for path in [*atoms, *jsons]:
        text = (library / path).read_text(encoding="utf-8")
        assert [part for part in (*held, *words) if part in text] == [], path
