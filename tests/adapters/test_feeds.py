"""The reader of feeds, against a loopback world of good and bad ones."""

import socket
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.adapters.feeds import ENTRIES, PAGE_TEXT, TEXT, FeedReader, parse
from agent.adapters.plain import page, plain
from agent.errors import FeedError
from tests.feed_world import FeedWorld, Page, xml

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def world() -> Iterator[FeedWorld]:
    with FeedWorld() as world:
        yield world


READER = FeedReader(allow_private=True)


def test_an_rss_feed_is_read_newest_first_as_plain_text(world: FeedWorld) -> None:
    high, low, odd = READER.read(world.url("/rss"))
    assert (high.title, high.link) == ("High water", "https://tides.example/high?a=1&b=2")
    assert high.published == datetime(2026, 11, 1, 9, 30, tzinfo=UTC)
    assert high.text == "High The whole story: 3 < 4."
    assert low.published == datetime(2026, 10, 31, 6, tzinfo=UTC)
    assert low.text == "The harbour emptied. Boats lay on their sides."
    assert low.link == world.url("/low"), "a relative link begins from the feed's address"
    assert (odd.title, odd.published, odd.link) == ("Undated & odd", None, "")
    assert {entry.source for entry in (high, low, odd)} == {"The Tide Table (127.0.0.1)"}


def test_an_atom_feed_is_read_and_signs_of_plain_text_are_kept(world: FeedWorld) -> None:
    [entry] = READER.read(world.url("/atom"))
    assert entry.title == "Why Vec<T> grows"
    assert entry.text == "One. Two."
    assert entry.link == world.url("/posts/1")
    assert entry.published == datetime(2026, 10, 31, 3, tzinfo=UTC)


def test_an_entry_goes_by_its_id_or_its_link_or_else_a_hash(world: FeedWorld) -> None:
    assert [entry.key for entry in READER.read(world.url("/atom"))] == ["urn:1"]
    high, low, odd = READER.read(world.url("/rss"))
    assert (high.key, low.key) == (high.link, low.link)
    assert len(odd.key) == 64
    assert odd.key == READER.read(world.url("/rss"))[2].key


def test_a_script_in_base64_does_not_get_through(world: FeedWorld) -> None:
    entries = READER.read(world.url("/base64"))
    assert [entry.text for entry in entries] == ["Calm words.", "Calm words."]


def test_a_compressed_feed_is_read(world: FeedWorld) -> None:
    assert READER.read(world.url("/gzip")) == READER.read(world.url("/rss"))


def test_a_redirect_is_followed_without_reading_its_endless_body(world: FeedWorld) -> None:
    assert READER.read(world.url("/to-rss-endless")) == READER.read(world.url("/rss"))
    assert READER.read(world.url("/to-rss")) == READER.read(world.url("/rss"))


def test_who_asks_is_said_without_naming_a_host(world: FeedWorld) -> None:
    READER.read(world.url("/rss"))
    _, headers = world.asked[-1]
    assert headers["User-Agent"] == "Afterword/1 (feed reader)"
    assert not {"Cookie", "Authorization", "Referer"} & set(headers)


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("/missing", "HTTP 404"),
        ("/page", "a web page, not a feed"),
        ("/picture", "not a feed"),
        ("/nothing", "not a feed"),
        ("/broken", "XML is broken"),
        ("/damaged", "compressed answer is damaged"),
        ("/packed", 'compressed as "gzip, gzip"'),
        ("/bomb", "longer than 3 million bytes"),
        ("/flood", "longer than 3 million bytes"),
        ("/round", "redirected more than 5 times"),
        ("/to-file", "an address that cannot be read"),
        ("/to-nonsense", "an address that cannot be read"),
    ],
)
def test_what_cannot_be_read_says_so_in_plain_words(world: FeedWorld, path: str, reason: str) -> None:
    with pytest.raises(FeedError) as caught:
        READER.read(world.url(path))
    assert str(caught.value).startswith(f"{world.url(path)}: ")
    assert reason in str(caught.value)


@pytest.mark.parametrize(
    "url", ["http://[", "http://", "http://a..b/", "http://xn--/", "gopher://x/", "http://x:99999/"]
)
def test_a_nonsense_address_is_a_feed_error(url: str) -> None:
    with pytest.raises(FeedError):
        READER.read(url)


def test_a_cut_feed_gives_the_entries_that_are_there(world: FeedWorld) -> None:
    assert [entry.title for entry in READER.read(world.url("/cut"))][:2] == ["Low water", "Undated & odd"]


def test_private_addresses_are_never_asked(world: FeedWorld) -> None:
    asked = len(world.asked)
    with pytest.raises(FeedError, match="no public address"):
        FeedReader().read(world.url("/rss"))
    assert len(world.asked) == asked


def test_a_proxy_of_the_environment_is_not_used(world: FeedWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    monkeypatch.setenv("NO_PROXY", "")
    monkeypatch.setenv("no_proxy", "")
    assert READER.read(world.url("/rss"))


def test_a_body_that_drips_is_ended_when_the_time_is_up(world: FeedWorld) -> None:
    began = time.monotonic()
    with pytest.raises(FeedError, match="did not answer in time"):
        FeedReader(allow_private=True, seconds=0.3).read(world.url("/drip"))
    assert time.monotonic() - began < 2


def test_headers_that_drip_are_ended_when_the_time_is_up() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            connection, _ = server.accept()
            with connection:
                try:
                    connection.sendall(b"HTTP/1.1 200 OK\r\nx-slow: ")
                    while True:
                        connection.sendall(b"z")
                        time.sleep(0.02)
                except OSError:
                    pass

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        began = time.monotonic()
        with pytest.raises(FeedError, match="did not answer in time"):
            FeedReader(allow_private=True, seconds=0.3).read(f"http://127.0.0.1:{server.getsockname()[1]}/")
        assert time.monotonic() - began < 2
        thread.join(5)
        assert not thread.is_alive(), "the connection was ended, not left behind"


def test_a_page_is_read_as_plain_text_with_its_paragraphs(world: FeedWorld) -> None:
    read = READER.page(world.url("/to-long-page"))
    assert (read.title, read.source, read.published) == ("On Herons & Clocks", "127.0.0.1", None)
    assert (read.link, read.key) == (world.url("/long-page"), world.url("/to-long-page"))
    assert read.text == (
        "On Herons\n\nA heron stands still: 3 < 4.\nSo does\nnoon.\n\none\ntwo\n\n"
        "low 6:00\n\nhigh 12:20\n\nZerowidth, turned, linked."
    )


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("/text", "One line.\nAnd <b>another</b>.\n\nA third."),
        ("/latin-page", "Äpfel – für drei"),
        ("/meta-page", "春の雨"),
        ("/odd-charset", "Grün"),
    ],
)
def test_plain_text_and_other_encodings_are_read(world: FeedWorld, path: str, text: str) -> None:
    assert READER.page(world.url(path)).text == text


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("/missing", "HTTP 404"),
        ("/picture", 'it is "image/png", and neither a web page nor plain text'),
        ("/rss", 'it is "application/rss+xml", and neither a web page nor plain text'),
        ("/nameless", "it does not say what it is"),
        ("/empty-page", "there is no text in it"),
        ("/bomb", "longer than 3 million bytes"),
        ("/round", "redirected more than 5 times"),
        ("/to-file", "an address that cannot be read"),
    ],
)
def test_a_page_that_cannot_be_read_says_so_in_plain_words(world: FeedWorld, path: str, reason: str) -> None:
    with pytest.raises(FeedError) as caught:
        READER.page(world.url(path))
    assert str(caught.value).startswith(f"{world.url(path)}: ")
    assert reason in str(caught.value)


def test_a_page_is_guarded_and_bounded_like_a_feed(world: FeedWorld) -> None:
    asked = len(world.asked)
    with pytest.raises(FeedError, match="no public address"):
        FeedReader().page(world.url("/page"))
    assert len(world.asked) == asked
    began = time.monotonic()
    with pytest.raises(FeedError, match="did not answer in time"):
        FeedReader(allow_private=True, seconds=0.3).page(world.url("/drip"))
    assert time.monotonic() - began < 2
    assert READER.page(world.url("/page")).text == "A page."
    assert world.asked[-1][1]["Accept"].startswith("text/html")


def test_the_password_of_a_page_goes_no_further(world: FeedWorld) -> None:
    read = READER.page(world.url("/page").replace("http://", "http://reader:hunter2@"))
    assert "hunter2" not in repr(read)


def test_nobody_listening_is_a_feed_error() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    with pytest.raises(FeedError, match="no connection could be made"):
        READER.read(f"http://127.0.0.1:{port}/")


def test_a_feed_that_consists_of_a_path_does_not_open_that_file(tmp_path: Path) -> None:
    secret = tmp_path / "secret.xml"
    secret.write_text('<rss version="2.0"><channel><title>S</title><item><title>secret</title></item></channel></rss>')
    with pytest.raises(FeedError, match="not a feed"):
        parse("https://feeds.example/", str(secret).encode())


def test_an_external_entity_is_not_read_and_a_swelling_one_does_not_swell(tmp_path: Path) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("the hidden word")
    swelling = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 10))
    body = (
        f'<!DOCTYPE x [<!ENTITY file SYSTEM "{secret.as_uri()}"><!ENTITY e0 "ha">{swelling}]>'
        '<rss version="2.0"><channel><item><title>a &file; b &e9; c</title></item></channel></rss>'
    )
    entries = parse("https://feeds.example/", body.encode())
    assert "hidden" not in repr(entries)
    assert len(repr(entries)) < 1_000


def test_only_the_newest_entries_are_kept() -> None:
    items = "".join(
        f"<item><title>{day}</title><pubDate>{day} Oct 2026 08:00 GMT</pubDate></item>" for day in range(1, 31)
    )
    entries = parse("https://feeds.example/", f'<rss version="2.0"><channel>{items}</channel></rss>'.encode())
    assert [entry.title for entry in entries] == [str(day) for day in range(30, 30 - ENTRIES, -1)]


def test_an_empty_feed_is_no_fault() -> None:
    assert parse("https://feeds.example/", b'<rss version="2.0"><channel><title>Quiet</title></channel></rss>') == []


def test_an_impossible_date_is_no_date() -> None:
    item = "<item><title>x</title><pubDate>Mon, 99 Foo 99999 77:00:00 GMT</pubDate></item>"
    [entry] = parse("https://feeds.example/", f'<rss version="2.0"><channel>{item}</channel></rss>'.encode())
    assert entry.published is None


def test_the_password_in_an_address_goes_into_no_entry_and_no_error(world: FeedWorld) -> None:
    entries = READER.read(world.url("/rss").replace("http://", "http://reader:hunter2@"))
    assert "hunter2" not in repr(entries)
    assert world.asked[-1][1]["Authorization"].startswith("Basic ")
    with pytest.raises(FeedError) as caught:
        READER.read(world.url("/page").replace("http://", "http://reader:hunter2@"))
    assert "hunter2" not in str(caught.value)


def test_the_charset_of_the_header_is_believed(world: FeedWorld) -> None:
    feed = '<rss version="2.0"><channel><title>Ö</title><item><title>Äpfel für drei</title></item></channel></rss>'
    world.pages["/latin"] = lambda: xml(feed.encode("latin-1"), "application/rss+xml; charset=iso-8859-1")
    [entry] = READER.read(world.url("/latin"))
    assert (entry.title, entry.source) == ("Äpfel für drei", "Ö (127.0.0.1)")


def test_an_answer_that_breaks_off_is_a_feed_error(world: FeedWorld) -> None:
    world.pages["/short"] = lambda: Page(iter([b"<rss"]), headers={"content-length": "5000"})
    with pytest.raises(FeedError, match="broke off"):
        READER.read(world.url("/short"))


@pytest.mark.parametrize(
    ("given_text", "kind", "words"),
    [
        ("a\u200bb\u202ec\u2066d\U000e0041e\ufefff\u00adg\ufe0fh", "text/plain", "abcdefgh"),
        ("zero&#8203;width &#x202e;bidi&#xE0041;", "text/html", "zerowidth bidi"),
        ("  many \n\t spaces\u00a0\u2003here\x00 ", "text/plain", "many spaces here"),
        ("<p>One</p><p>Two<br>Three</p><ul><li>Four</ul>", "text/html", "One Two Three Four"),
        ("H<sub>2</sub>O &amp; <em>wind</em>, again", "text/html", "H2O & wind, again"),
        ("x < y > z", "text/plain", "x < y > z"),
        ("<b>Bold</b> claims", "text/plain", "Bold claims"),
        ("<style>p{}</style><!-- no --><script>no()</script>Yes", "text/html", "Yes"),
        ("<scr<script>ipt>alert(1)</script>ok", "text/html", "ipt>alert(1)ok"),
    ],
)
def test_text_is_reduced_to_what_a_reader_sees(given_text: str, kind: str, words: str) -> None:
    assert plain(given_text, kind, TEXT) == words


@settings(max_examples=100, deadline=None)
@given(text=st.text(max_size=300), kind=st.sampled_from(["text/plain", "text/html"]), limit=st.integers(10, 100))
def test_any_text_becomes_one_short_line_of_seen_characters(text: str, kind: str, limit: int) -> None:
    found = plain(text, kind, limit)
    assert len(found) <= limit
    assert found == " ".join(found.split())
    assert found.isprintable()


def test_a_long_text_ends_between_two_words() -> None:
    found = plain("word " * 1_000, "text/plain", TEXT)
    assert len(found) <= TEXT
    assert found.endswith("word …")


@settings(max_examples=100, deadline=None)
@given(
    body=st.one_of(st.binary(max_size=400), st.text(alphabet="<>/&;!?[]rssfeditmtl \"'=", max_size=400).map(str.encode))
)
def test_any_bytes_are_a_feed_or_a_feed_error(body: bytes) -> None:
    try:
        entries = parse("https://feeds.example/", body, content_type="application/xml")
    except FeedError as error:
        entries, said = [], str(error)
    else:
        said = "https://feeds.example/: it was read"
    assert said.startswith("https://feeds.example/: it")
    assert all(entry.text.isprintable() and entry.title.isprintable() for entry in entries)


@pytest.mark.parametrize(
    "unit", ["<div>", "<b><p>", "<script", "<!--", "<svg><g>", "<a><b><i>x</a>", "&amp;", "<pre>", "<table><td>", "x "]
)
def test_a_page_that_is_made_to_be_slow_is_not(unit: str) -> None:
    began = time.monotonic()
    found = page(unit * (3_000_000 // len(unit)), "text/html", PAGE_TEXT)
    assert len(found) <= PAGE_TEXT
    assert time.monotonic() - began < 20


@settings(max_examples=100, deadline=None)
@given(
    text=st.one_of(st.text(max_size=300), st.text(alphabet="<>/&;! \n\"='pbrdiv-scet", max_size=300)),
    kind=st.sampled_from(["text/plain", "text/html"]),
    limit=st.integers(10, 100),
)
def test_any_page_becomes_short_lines_of_seen_characters(text: str, kind: str, limit: int) -> None:
    found = page(text, kind, limit)
    assert len(found) <= limit
    assert found.replace("\n", "").isprintable()
    assert "\n\n\n" not in found
    assert all(line == " ".join(line.split()) for line in found.split("\n"))
