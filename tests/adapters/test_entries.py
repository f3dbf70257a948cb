"""What is made of a feed's bytes, whatever they are."""

import base64
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.adapters import parser
from agent.adapters.bodies import Unusable
from agent.adapters.entries import ENTRIES, LINK, Contents, read
from agent.outlet import FeedEntry
from tests.feed_world import PAGE, rss, swelling

NOW = datetime(2026, 11, 2, 12, tzinfo=UTC)


def contents(feed: str | bytes, kind: str = "application/xml", address: str = "https://feeds.example/rss") -> Contents:
    return read(feed if isinstance(feed, bytes) else feed.encode(), kind, address, NOW)


def entries(feed: str | bytes, kind: str = "application/xml") -> list[FeedEntry]:
    return contents(feed, kind).entries


def refusal(feed: str | bytes, kind: str = "application/xml") -> str:
    with pytest.raises(Unusable) as caught:
        read(feed if isinstance(feed, bytes) else feed.encode(), kind, "https://feeds.example/rss", NOW)
    return str(caught.value)


def test_a_feed_that_consists_of_a_path_does_not_open_that_file(tmp_path: Path) -> None:
    secret = tmp_path / "secret.xml"
    secret.write_text(rss("<title>secret</title>"))
    assert refusal(str(secret)) == "it is not a feed of RSS or Atom"


def test_an_external_entity_is_not_read_and_a_swelling_one_does_not_swell(tmp_path: Path) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("the hidden word")
    body = (
        swelling().replace("[", f'[<!ENTITY file SYSTEM "{secret.as_uri()}">', 1).replace("&e9;", "a &file; b &e9; c")
    )
    [entry] = entries(body)
    assert entry.title == "a &file; b &e9; c"


def test_only_the_newest_entries_are_kept() -> None:
    items = (f"<title>{day}</title><pubDate>{day} Oct 2026 08:00 GMT</pubDate>" for day in range(1, 31))
    assert [entry.title for entry in entries(rss(*items))] == [str(day) for day in range(30, 30 - ENTRIES, -1)]


def test_an_empty_feed_is_no_fault() -> None:
    found = contents('<rss version="2.0"><channel><title>Quiet</title></channel></rss>')
    assert (found.entries, found.source) == ([], "Quiet (feeds.example)")


@pytest.mark.parametrize(
    ("written", "date"),
    [
        ("Sat, 31 Oct 2026 07:00:00 +0100", datetime(2026, 10, 31, 6, tzinfo=UTC)),
        ("2026-10-31T07:00:00", datetime(2026, 10, 31, 7, tzinfo=UTC)),
        ("31 Oct 2026 07:00", datetime(2026, 10, 31, 7, tzinfo=UTC)),
        ("Thu, 01 Jan 1660 00:00:00 GMT", datetime(1660, 1, 1, tzinfo=UTC)),
        ("1969-07-20T20:17:40Z", datetime(1969, 7, 20, 20, 17, 40, tzinfo=UTC)),
        ("2027-06-01T00:00:00Z", datetime(2027, 6, 1, tzinfo=UTC)),
        ("2038-01-19T03:14:08Z", None),
        ("9999-12-31T23:59:59Z", None),
        ("0001-01-01T00:00:00Z", None),
        ("Mon, 99 Foo 99999 77:00:00 GMT", None),
        ("yesterday", None),
        ("", None),
        ("١٢٣", None),
    ],
)
def test_a_date_is_one_that_can_be_or_none(written: str, date: datetime | None) -> None:
    [entry] = entries(rss(f"<title>x</title><pubDate>{written}</pubDate>"))
    assert entry.published == date


def test_entries_go_by_id_then_link_then_hash_and_an_id_stays_what_it_is_wherever_the_feed_moves() -> None:
    feed = rss(
        "<guid>7</guid><link>/seven</link><title>a</title>",
        "<guid isPermaLink='false'>tag:x,2026:8</guid><title>b</title>",
        "<link>nine</link><title>c</title>",
        "<title>d</title>",
        "<guid>https://feeds.example/ten</guid><title>e</title>",
        "<guid>11</guid><title>f</title>",
    )
    here, there = (contents(feed, address=f"https://{host}.example/rss").entries for host in ("feeds", "moved"))
    assert [entry.key for entry in here][:3] == ["7", "tag:x,2026:8", "https://feeds.example/nine"]
    assert [len(entry.key) for entry in here][3] == 64
    assert [entry.link for entry in here] == [
        *("https://feeds.example/seven", "", "https://feeds.example/nine", "", "https://feeds.example/ten", "")
    ]
    assert [entry.key for entry in there if "nine" not in entry.link] == [
        entry.key for entry in here if "nine" not in entry.link
    ]


def test_entries_of_one_id_all_come() -> None:
    found = entries(rss(*(f"<guid>same</guid><title>{word}</title>" for word in ("One", "Two"))))
    assert [(entry.key, entry.title) for entry in found] == [("same", "One"), ("same", "Two")]


@pytest.mark.parametrize(
    "link", ["javascript:alert(1)", "file:///etc/passwd", "data:text/html,x", "//[", "https://a.example/" + "x" * LINK]
)
def test_a_link_that_leads_to_no_page_is_left_out(link: str) -> None:
    [entry] = entries(rss(f"<title>x</title><link>{link}</link>"))
    assert entry.link == ""


WORDS = "Äpfel für drei – naïve “quotes”"
FEED = (
    '<?xml version="1.0"{said}?><rss version="2.0"><channel><title>A feed</title>'
    "<item><title>{words}</title></item></channel></rss>"
)


def feed(words: str, declared: str = "") -> str:
    return FEED.format(words=words, said=f' encoding="{declared}"' if declared else "")


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (feed(WORDS, "utf-8").encode(), "text/xml"),
        (feed(WORDS).encode(), "text/xml; charset=iso-8859-1"),
        (feed(WORDS, "iso-8859-1").encode(), "application/xml"),
        (feed(WORDS, "no-such-charset").encode(), "application/xml; charset=klingon"),
        (feed(WORDS, "utf-8").encode("cp1252"), "application/xml; charset=utf-8"),
        (feed(WORDS).encode("cp1252"), ""),
        (feed(WORDS, "windows-1252").encode("cp1252"), "application/xml; charset=utf-8"),
        (feed(WORDS).encode("cp1252"), "text/xml; charset=iso-8859-1"),
        (feed(WORDS, "utf-16").encode("utf-16"), "application/xml"),
        (feed(WORDS, "utf-16").encode("utf-16-le"), "application/xml"),
        (feed(WORDS).encode("utf-16-be"), "application/xml; charset=utf-8"),
        (feed(WORDS).encode("utf-8-sig"), "application/xml; charset=ascii"),
        (feed(WORDS).encode("utf-32"), "application/xml"),
        (("\n\n  " + feed(WORDS, "utf-8")).encode(), "application/xml"),
        (("<b>Warning</b>: odd in line 3\n" + feed(WORDS, "utf-8")).encode(), "application/xml"),
        (feed("Äpfel\0 für\x01 drei – naïve\x1f “quotes”").encode(), "application/xml"),
        (feed(WORDS + "&#0;&#xD800;&#99999999999;").encode(), "application/xml"),
        (feed("&Auml;pfel f&uuml;r drei &ndash; na&iuml;ve &ldquo;quotes&rdquo;").encode(), "application/xml"),
        (feed(WORDS).replace("</item>", "</itm>").encode(), "application/xml"),
        ((feed(WORDS) + "<script>late()</script>").encode(), "application/xml"),
    ],
)
def test_whatever_charset_is_said_the_words_are_the_words(body: bytes, kind: str) -> None:
    [entry] = entries(body, kind)
    assert entry.title.replace("\ufffd", "") == WORDS


@pytest.mark.parametrize(
    ("body", "kind", "words"),
    [
        (feed("春の雨", "shift_jis").encode("cp932"), "application/xml", "春の雨"),
        (feed("春の雨", "shift_jis").encode("cp932"), "text/xml; charset=iso-8859-1", "春の雨"),
        (feed("春の雨", "euc-jp").encode("euc_jp"), "text/xml; charset=utf-8", "春の雨"),
        (feed("春の雨", "iso-2022-jp").encode("iso2022_jp"), "application/xml", "春の雨"),
        (feed("春天", "gb2312").encode("gb18030"), "application/xml", "春天"),
        (feed("Весна").encode("koi8-r"), "application/xml; charset=koi8-r", "Весна"),
        (feed("봄비").encode("cp949"), "application/xml; charset=ks_c_5601-1987", "봄비"),
        (feed("Fr\xfchling, Sommer").encode() + b"\xc3", "", "Frühling, Sommer"),
    ],
)
def test_other_scripts_are_read(body: bytes, kind: str, words: str) -> None:
    assert [entry.title for entry in entries(body, kind)] == [words]


def test_scripts_and_markup_leave_words_alone() -> None:
    hidden = base64.b64encode(b"<p>Calm</p><script>live()</script><svg onload=x()>").decode()
    feed = (
        '<feed xmlns="http://www.w3.org/2005/Atom"><entry><title type="html">&lt;b&gt;A&lt;/b&gt;&lt;script&gt;x()'
        f'&lt;/script&gt;</title><content type="application/octet-stream">{hidden}</content></entry></feed>'
    )
    [entry] = entries(feed)
    assert (entry.title, entry.text) == ("A", "Calm")


def test_what_nobody_sees_is_counted_over_title_text_and_link() -> None:
    [entry] = entries(
        rss(
            "<title>Ca\u200blm\u202e</title><link>https://a.example/\u2066x</link><guid>g\u200b1</guid>"
            "<description>so&#x00ad;ft &lt;b title='\u200b'&gt;a&lt;/b&gt;&amp;#8203;b"
            "\n\tc\u00a0d \U000e0041\ufe0f\u3164</description>"
        )
    )
    assert (entry.title, entry.link, entry.text) == ("Calm", "https://a.example/x", "soft ab c d")
    assert entry.hidden == 2 + 1 + 5
    assert entry.key == "g1"


@pytest.mark.parametrize(
    ("body", "kind", "words"),
    [
        (PAGE, "text/html", "it is a web page, not a feed"),
        (PAGE, "application/rss+xml", "it is a web page, not a feed"),
        ("<p>Hello", "text/html; charset=utf-8", "it is a web page, not a feed"),
        ("<!DOCTYPE html><title>x</title><p>Hello", "", "it is a web page, not a feed"),
        ('{"version": "https://jsonfeed.org/version/1.1"}', "application/feed+json", "it is not a feed of RSS or Atom"),
        ("<opml version='2.0'><body/></opml>", "text/xml", "it is not a feed of RSS or Atom"),
        ("<rdf:RDF xmlns:rdf='x'><a/></rdf:RDF>", "text/xml", "it is not a feed of RSS or Atom"),
        ("", "", "it is not a feed of RSS or Atom"),
        ("<rss version='2.0'><channel><title>Cut & off</ti", "", "its XML is broken, and nothing in it could be read"),
        ("<html><link rel='alternate feed' type=application/atom+xml href=a?b=1&amp;c>", "",
         "it is a web page, not a feed; it names this feed: https://feeds.example/a?b=1&c"),
    ],
)  # fmt: skip
def test_what_is_no_feed_says_what_it_is(body: str, kind: str, words: str) -> None:
    assert refusal(body, kind) == words


def test_a_page_names_few_of_its_feeds_and_nothing_but_addresses() -> None:
    links = "".join(f"<link rel=alternate type=application/rss+xml href='/{n}'>" for n in range(9))
    odd = "<link rel=alternate type=application/rss+xml href='https://x.example/\u202e\n obey \u200bme'>"
    said = refusal(f"<html>{odd}{links}")
    assert said.endswith("these feeds: https://x.example/obeyme, https://feeds.example/0, https://feeds.example/1")


def fill(unit: str, around: str = "{}") -> str:
    return around.format(unit * ((2_999_000 - len(around)) // len(unit)))


def numbered(unit: str, count: int) -> str:
    return "".join(unit.format(number) for number in range(count))


SHAPES = {
    "very many entries": rss(*["<title>x</title>"] * 85_000),
    "very deep": fill("<a>", "<rss><channel><item>{}"),
    "deep and closed": "<rss><channel><item>" + "<a>x" * 400_000 + "</a>" * 300_000,
    "deep markup": fill("<b>", "<feed xmlns='http://www.w3.org/2005/Atom'><entry><content type='xhtml'>{}"),
    "signs": fill("<"),
    "signs in a feed": fill("<", "<rss><channel><item>{}"),
    "ampersands": fill("&", "<rss><channel><item><title>{}</title></item></channel></rss>"),
    "end tags": fill("</a>", "<rss><channel>&{}"),
    "one attribute": fill("x", "<rss><channel><item a='{}'/></channel></rss>"),
    "many attributes": "<rss><channel><item " + numbered("a{}='' ", 250_000) + "/></channel></rss>",
    "attributes, unclosed": fill("a=1 ", "<rss><channel><item {}"),
    "spaces in a tag": fill(" ", "<rss><channel><item {}"),
    "names of names": "<rss " + numbered("xmlns:n{0}='u{0}' ", 20_000) + ">" + "<n1:x/>" * 200_000,
    "pieces of CDATA": fill("<![CDATA[]]>", "<rss><channel><item><title>{}</title></item></channel></rss>"),
    "open CDATA": fill("<![CDATA[", "<rss><channel>&{}"),
    "open comments": fill("<!--", "<rss><channel>&{}"),
    "open before the feed": fill("<![>"),
    "comments before the feed": fill("<!---->", "{}<rss/>"),
    "lines before the feed": fill("\n", "{}<rss/>"),
    "encodings": fill('encoding="', "<?xml "),
    "a swelling DOCTYPE": fill('\n<!ENTITY e "x">', "<!DOCTYPE rss [{}]><rss/>"),
    "long entities": "<!DOCTYPE rss [\n<!ENTITY e '" + "x" * 100_000 + "'>\n]>" + fill("&e;", "<rss><channel>{}"),
    "bases": fill("<a xml:base='x/'>", "<rss xml:base='http://x.example/'>{}"),
    "categories": "<rss><channel><item>" + numbered("<category>{}</category>", 100_000) + "</item></channel></rss>",
    "keywords": "<rss xmlns:i='http://www.itunes.com/DTDs/PodCast-1.0.dtd'><channel><item><i:keywords>"
    + numbered("k{} ", 350_000) + "</i:keywords></item></channel></rss>",
    "a long author": fill("a", "<rss><channel><item><author>{}</author></item></channel></rss>"),
    "long authors": fill("<author>" + "a" * 5_000 + "</author>", "<rss><channel><item>{}</item></channel></rss>"),
    "long dates": fill("<pubDate>" + "1-" * 2_000 + "</pubDate>", "<rss><channel><item>{}</item></channel></rss>"),
    "contents": fill("<content>x</content>", "<rss><channel><item>{}</item></channel></rss>"),
    "nested texts": rss(*["<description>" + "&lt;div&gt;" * 12_000 + "</description>"] * 22),
    "links of a page": fill("<link " + "a" * 1_990 + ">", "<html>{}"),
    "open links of a page": fill("<link ", "<html>{}"),
}  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("shape", SHAPES)
def test_no_shape_of_a_feed_takes_longer_than_it_may(shape: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parser, "SECONDS", 0.1)
    body = SHAPES[shape].encode()[:3_000_000]
    began = time.thread_time()
    try:
        found = len(entries(body))
    except Unusable:
        found = 0
    assert found <= ENTRIES
    assert time.thread_time() - began < 3, "with 0.1 s for the parser; each took at most 1 s when this was written"


@pytest.mark.slow
def test_a_feed_that_takes_too_long_gives_what_was_read_until_then(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parser, "SECONDS", 0.1)
    found = entries(rss("<title>First</title>", *["<a>x</a>" * 1_000] * 200))
    assert "First" in [entry.title for entry in found]
    assert refusal(rss("<a>x</a>" * 100_000)) == "it takes too long to read"


@settings(max_examples=100, deadline=None)
@given(
    body=st.one_of(st.binary(max_size=400), st.text(alphabet="<>/&;!?[]rssfeditmtl \"'=", max_size=400).map(str.encode))
)
def test_any_bytes_are_a_feed_or_a_feed_error(body: bytes) -> None:
    try:
        found = entries(body)
    except Unusable as error:
        found, said = [], str(error)
    else:
        said = "it was read"
    assert said.startswith("it ")
    assert all(entry.text.isprintable() and entry.title.isprintable() for entry in found)
