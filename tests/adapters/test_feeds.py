"""The reader of feeds, against a loopback world of good and bad ones."""

import json
import socket
import ssl
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.adapters import guard
from agent.adapters.feeds import FeedReader
from agent.adapters.manners import WEEK
from agent.errors import FeedError, FeedGone
from agent.outlet import FeedEntry, Validators
from tests.feed_world import RSS, FeedWorld, Page, a_certificate, moved, rss, xml

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def world() -> Iterator[FeedWorld]:
    with FeedWorld() as world:
        yield world


READER = FeedReader(allow_private=True)


def entries(url: str) -> list[FeedEntry]:
    found = READER.read(url).entries
    assert found is not None
    return found


def refusal(url: str, reader: FeedReader = READER, known: Validators | None = None, **terms: Any) -> FeedError:
    with pytest.raises(FeedError) as caught:
        reader.read(url, known, **terms)
    return caught.value


def test_an_rss_feed_is_read_newest_first_as_plain_text(world: FeedWorld) -> None:
    high, low, odd = entries(world.url("/rss"))
    assert (high.title, high.link) == ("High water", "https://tides.example/high?a=1&b=2")
    assert high.published == datetime(2026, 11, 1, 9, 30, tzinfo=UTC)
    assert high.text == "High The whole story: 3 < 4."
    assert low.published == datetime(2026, 10, 31, 6, tzinfo=UTC)
    assert low.text == "The harbour emptied. Boats lay on their sides."
    assert low.link == world.url("/low"), "a relative link begins from the feed's address"
    assert (odd.title, odd.published, odd.link) == ("Undated & odd", None, "")
    assert {entry.source for entry in (high, low, odd)} == {"The Tide Table (127.0.0.1)"}


def test_an_atom_feed_is_read_and_signs_of_plain_text_are_kept(world: FeedWorld) -> None:
    [entry] = entries(world.url("/atom"))
    assert entry.title == "Why Vec<T> grows"
    assert entry.text == "One. Two."
    assert entry.link == world.url("/posts/1")
    assert entry.published == datetime(2026, 10, 31, 3, tzinfo=UTC)


def test_an_entry_goes_by_its_id_or_its_link_or_else_a_hash(world: FeedWorld) -> None:
    assert [entry.key for entry in entries(world.url("/atom"))] == ["urn:1"]
    high, low, odd = entries(world.url("/rss"))
    assert (high.key, low.key) == (high.link, low.link)
    assert len(odd.key) == 64
    assert odd.key == entries(world.url("/rss"))[2].key


def test_a_script_in_base64_does_not_get_through(world: FeedWorld) -> None:
    assert [entry.text for entry in entries(world.url("/base64"))] == ["Calm words.", "Calm words."]
    assert [entry.title for entry in entries(world.url("/scripts"))] == ["Calm"]


@pytest.mark.parametrize("path", ["/gzip", "/deflate"])
def test_a_compressed_feed_is_read(world: FeedWorld, path: str) -> None:
    assert entries(world.url(path)) == entries(world.url("/rss"))


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
        ("/deflate-bomb", "longer than 3 million bytes"),
        ("/raw-deflate-bomb", "longer than 3 million bytes"),
        ("/bomb-in-bomb", 'compressed as "gzip, gzip"'),
        ("/100-mb", "longer than 3 million bytes"),
        ("/100-mb-unsaid", "longer than 3 million bytes"),
        ("/flood", "longer than 3 million bytes"),
        ("/crumbs", "more than 30,000 pieces"),
        ("/soon", "more than 4,000,000 bytes came"),
        ("/header-lines", "headers of its answer are too long"),
        ("/long-header", "headers of its answer are too long"),
        ("/endless-header", "the connection broke off"),
        ("/forbidden", "HTTP 403: it does not let us read it"),
        ("/failing", "HTTP 500: its server has a fault"),
        ("/page-with-feeds", "it is a web page, not a feed; it names these feeds: http://127.0.0.1:"),
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


ODD = st.text(alphabet="htps:/@[].%#?\\\\ \n\t\x00-_0127aéß①ⓛ。\u200b\ud800xn", max_size=30)


@settings(max_examples=200, deadline=None)
@given(start=st.sampled_from(["", "http://", "https://", "http://a@", "http://[", "//", "http:\\\\"]), rest=ODD)
def test_any_address_is_read_or_a_feed_error(start: str, rest: str) -> None:
    def nowhere(host: str, port: int) -> list[str]:
        raise OSError("nobody knows it")

    reason = str(refusal(start + rest, FeedReader(resolve=nowhere)).facts["reason"])
    assert reason
    assert reason.isprintable()


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(["", "http://", "//", "https://[", "?", "http:"]), ODD), max_size=1))
def test_any_redirect_is_followed_or_a_feed_error(parts: list[tuple[str, str]]) -> None:
    location = "".join(map("".join, parts)).replace("\n", "").replace("\x00", "")
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            connection, _ = server.accept()
            with connection:
                connection.recv(65_536)
                to = location.encode("utf-8", "replace")
                connection.sendall(b"HTTP/1.1 302 Found\r\nlocation: " + to + b"\r\ncontent-length: 0\r\n\r\n")

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        first = iter([["127.0.0.1"]])
        reader = FeedReader(networks=[ip_network("127.0.0.0/8")], resolve=lambda host, port: next(first, []))
        reason = str(refusal(f"http://127.0.0.1:{server.getsockname()[1]}/", reader, trusted=True).facts["reason"])
        thread.join(5)
    assert reason.isprintable()


def test_a_cut_feed_gives_the_entries_that_are_there(world: FeedWorld) -> None:
    assert [entry.title for entry in entries(world.url("/cut"))][:2] == ["Low water", "Undated & odd"]


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


def test_the_password_in_an_address_goes_into_no_entry_and_no_error(world: FeedWorld) -> None:
    read = READER.read(world.url("/rss").replace("http://", "http://reader:hunter2@"))
    assert "hunter2" not in repr(read)
    assert world.asked[-1][1]["Authorization"].startswith("Basic ")
    with pytest.raises(FeedError) as caught:
        READER.read(world.url("/page").replace("http://", "http://reader:hunter2@"))
    assert "hunter2" not in str(caught.value)


def test_an_answer_that_breaks_off_is_a_feed_error(world: FeedWorld) -> None:
    world.pages["/short"] = lambda: Page(iter([b"<rss"]), headers={"content-length": "5000"})
    with pytest.raises(FeedError, match="broke off"):
        READER.read(world.url("/short"))


def test_a_feed_that_has_not_changed_is_not_read_again(world: FeedWorld) -> None:
    for path, known in {
        "/etag": Validators('W/"tide-1"', ""),
        "/modified": Validators("", "Sun, 01 Nov 2026 09:30:00 GMT"),
    }.items():
        first = READER.read(world.url(path))
        assert (first.validators, len(first.entries or [])) == (known, 3)
        again = READER.read(world.url(path), first.validators)
        assert (again.entries, again.source, again.validators) == (None, "", known)
        assert READER.read(world.url(path), Validators("other", "Sat, 31 Oct 2026 00:00:00 GMT")).entries is not None


def test_what_a_server_said_of_a_feed_is_sent_back_word_for_word(world: FeedWorld) -> None:
    odd = Validators('"a, b;c=\\d"', "not a date at all")
    assert READER.read(world.url("/rss"), odd).entries
    _, sent = world.asked[-1]
    assert (sent["If-None-Match"], sent["If-Modified-Since"]) == (odd.etag, odd.last_modified)
    assert READER.read(world.url("/rss"), Validators()).validators == Validators()
    assert not {"If-None-Match", "If-Modified-Since"} & set(world.asked[-1][1])


@pytest.mark.parametrize("odd", ['"a"\r\nX-Evil: 1', '"a"\nCookie: b', "\x00", "a" * 501, "ä", "\u2028"])
def test_nothing_stored_can_add_a_line_to_a_request(world: FeedWorld, odd: str) -> None:
    assert READER.read(world.url("/rss"), Validators(odd, odd)).entries
    _, sent = world.asked[-1]
    assert not {"X-Evil", "Cookie", "If-None-Match", "If-Modified-Since"} & set(sent)


def test_what_is_too_long_or_odd_is_not_kept_of_an_answer(world: FeedWorld) -> None:
    world.pages["/long-etag"] = lambda: xml(RSS, etag='"' + "a" * 600 + '"', last_modified="Sonntag, früh")
    assert READER.read(world.url("/long-etag")).validators == Validators()


def test_an_unasked_304_is_an_error(world: FeedWorld) -> None:
    assert "was not asked that" in str(refusal(world.url("/unasked-304")))
    assert READER.read(world.url("/unasked-304"), Validators('"a"')).entries is None
    with pytest.raises(FeedError, match="was not asked that"):
        READER.page(world.url("/unasked-304"))


def test_what_is_gone_is_gone_and_what_has_gone_where_it_is_for_now_is_not(world: FeedWorld) -> None:
    with pytest.raises(FeedGone):
        READER.read(world.url("/gone"))
    world.pages["/moved-and-gone"] = lambda: moved("/gone", status=301)
    with pytest.raises(FeedGone):
        READER.read(world.url("/moved-and-gone"))
    world.pages["/away-and-gone"] = lambda: moved("/gone", status=302)
    assert not isinstance(refusal(world.url("/away-and-gone")), FeedGone)


@pytest.mark.parametrize(
    ("path", "seconds"), [("/busy", 120.0), ("/down", WEEK), ("/failing", None), ("/missing", None)]
)
def test_an_error_says_when_to_come_again(world: FeedWorld, path: str, seconds: float | None) -> None:
    assert refusal(world.url(path)).retry_after == seconds


def test_a_date_to_come_again_is_counted_from_now(world: FeedWorld) -> None:
    reader = FeedReader(allow_private=True, now=lambda: datetime(2026, 11, 1, tzinfo=UTC))
    world.pages["/later"] = lambda: Page(status=503, headers={"retry-after": "Sun, 01 Nov 2026 01:00:00 GMT"})
    assert refusal(world.url("/later"), reader).retry_after == 3600
    world.pages["/earlier"] = lambda: Page(status=503, headers={"retry-after": "Sat, 31 Oct 2026 01:00:00 GMT"})
    assert refusal(world.url("/earlier"), reader).retry_after is None


SYN = '<x xmlns:sy="http://purl.org/rss/1.0/modules/syndication/"/>'


@pytest.mark.parametrize(
    ("headers", "head", "seconds"),
    [
        ({}, "", None),
        ({"cache-control": "public, max-age=600"}, "", 600),
        ({"cache-control": "max-age=0"}, "", None),
        ({"cache-control": "s-maxage=900, no-cache"}, "", None),
        ({"cache-control": "max-age=31536000"}, "", WEEK),
        ({"cache-control": "max-age=-5"}, "", None),
        ({"cache-control": "max-age=" + "9" * 400}, "", None),
        ({"retry-after": "900"}, "<ttl>10</ttl>", 900),
        ({"retry-after": "60"}, "<ttl>10</ttl>", 600),
        ({}, "<ttl>-10</ttl>", None),
        ({}, "<ttl>often</ttl>", None),
        ({}, "<ttl>99999999</ttl>", WEEK),
        ({}, "<sy:updatePeriod>hourly</sy:updatePeriod><sy:updateFrequency>2</sy:updateFrequency>", 1800),
        ({}, "<sy:updatePeriod> Daily </sy:updatePeriod>", 24 * 3600),
        ({}, "<sy:updatePeriod>daily</sy:updatePeriod><sy:updateFrequency>0</sy:updateFrequency>", 24 * 3600),
        ({}, "<sy:updatePeriod>yearly</sy:updatePeriod>", WEEK),
        ({}, "<sy:updatePeriod>never</sy:updatePeriod>", None),
    ],
)
def test_a_feed_is_left_alone_as_long_as_it_asks(
    world: FeedWorld, headers: dict[str, str], head: str, seconds: float | None
) -> None:
    feed = rss("<title>x</title>", head=head).replace(
        "<rss ", '<rss xmlns:sy="http://purl.org/rss/1.0/modules/syndication/" '
    )
    world.pages["/wait"] = lambda: Page(feed.encode(), headers=headers)
    assert READER.read(world.url("/wait")).wait == seconds


@pytest.mark.parametrize(
    ("path", "to"),
    [
        ("/rss", ""),
        ("/to-rss", ""),
        ("/for-good", "/rss"),
        ("/for-good-twice", "/rss"),
        ("/for-good-then-for-now", "/to-rss"),
        ("/for-now-then-for-good", ""),
    ],
)
def test_where_a_feed_is_for_good_is_where_it_was_moved_for_good_from_the_first_hop_on(
    world: FeedWorld, path: str, to: str
) -> None:
    read = READER.read(world.url(path))
    assert read.entries
    assert read.moved_to == (world.url(to) if to else "")


def test_a_move_holds_if_nothing_has_changed_and_not_if_nothing_is_there(world: FeedWorld) -> None:
    known = Validators('W/"tide-1"')
    read = READER.read(world.url("/for-good-to-known"), known)
    assert (read.entries, read.moved_to) == (None, world.url("/etag"))
    error = refusal(world.url("/for-good-to-nothing"))
    assert error.facts["status"] == 404


def test_a_feed_is_never_moved_for_good_to_where_anybody_can_listen(tmp_path: Path) -> None:
    tls = a_certificate(tmp_path)
    reader = FeedReader(
        allow_private=True,
        resolve=lambda host, port: ["127.0.0.1"],
        trust=ssl.create_default_context(cafile=str(tmp_path / "cert.pem")),
    )
    with FeedWorld(tls=tls) as safe, FeedWorld() as open_:
        secure, plain = f"https://feeds.example:{safe.port}", f"http://feeds.example:{open_.port}"
        safe.pages["/down"] = lambda: moved(f"{plain}/rss", status=301)
        open_.pages["/up"] = lambda: moved(f"{secure}/rss", status=301)
        safe.pages["/round"] = lambda: moved(f"{plain}/up", status=308)
        down, up, round_ = (reader.read(url) for url in (f"{secure}/down", f"{plain}/up", f"{secure}/round"))
    assert all(read.entries for read in (down, up, round_))
    assert (down.moved_to, up.moved_to, round_.moved_to) == ("", f"{secure}/rss", "")


def test_a_password_goes_along_on_its_own_host_and_nowhere_else(world: FeedWorld) -> None:
    mine = world.url("/for-good").replace("http://", "http://reader:hunter2@")
    assert READER.read(mine).moved_to == world.url("/rss").replace("http://", "http://reader:hunter2@")
    assert {sent.get("Authorization", "")[:6] for _, sent in world.asked[-2:]} == {"Basic "}
    with FeedWorld(host="127.1.0.7") as other:
        world.pages["/elsewhere"] = lambda: moved(other.url("/rss").replace("http://", "http://eve:x@"), status=301)
        read = READER.read(world.url("/elsewhere").replace("http://", "http://reader:hunter2@"))
        assert read.moved_to == other.url("/rss")
        [(_, sent)] = other.asked
        assert not {"Authorization", "Cookie", "Referer"} & set(sent)


def test_no_cookie_is_kept(world: FeedWorld) -> None:
    world.pages["/cookie"] = lambda: Page(status=302, headers={"location": "/rss", "set-cookie": "a=b; Path=/"})
    READER.read(world.url("/cookie"))
    READER.read(world.url("/rss"))
    assert all("Cookie" not in sent for _, sent in world.asked[-3:])


def test_networks_that_are_allowed_are_read_and_none_beside_them() -> None:
    reader = FeedReader(networks=[ip_network("127.1.0.0/16")])
    with FeedWorld() as canary, FeedWorld(host="127.1.0.1") as world:
        assert reader.read(world.url("/rss"), trusted=True).entries
        here = f":{canary.port}/rss"
        for host in ("127.0.0.1", "[::ffff:127.0.0.1]", "[::ffff:127.1.0.1]", "2130706433", "0.0.0.0", "localhost"):
            world.pages["/away"] = lambda host=host: moved(f"http://{host}{here}")
            assert re_public(refusal(world.url("/away"), reader)), host
        for path in ("/to-this-machine", "/to-this-machine-in-ipv6", "/to-this-machine-in-one-number", "/to-nowhere"):
            assert re_public(refusal(world.url(path), reader, trusted=True))
        assert canary.connections == 0


def re_public(error: FeedError) -> bool:
    return "no public address" in str(error)


def test_a_network_that_is_allowed_is_for_feeds_that_are_trusted_and_never_for_pages() -> None:
    reader = FeedReader(networks=[ip_network("127.1.0.0/16")])
    with FeedWorld(host="127.1.0.1") as world:
        assert re_public(refusal(world.url("/rss"), reader))
        with pytest.raises(FeedError, match="no public address"):
            reader.page(world.url("/page"))
        assert world.connections == 0


def test_no_redirect_from_outside_leads_into_a_network_that_is_allowed(monkeypatch: pytest.MonkeyPatch) -> None:
    """127.2.0.1 stands for a host of the world's, 127.1.0.1 for one of the company's."""
    monkeypatch.setattr(guard, "is_public", lambda address: address == "127.2.0.1")
    reader = FeedReader(networks=[ip_network("127.1.0.0/16")])
    with FeedWorld(host="127.2.0.1") as outside, FeedWorld(host="127.1.0.1") as inside:
        outside.pages["/in"] = lambda: moved(inside.url("/rss"))
        inside.pages["/out"] = lambda: moved(outside.url("/rss"))
        inside.pages["/out-and-in"] = lambda: moved(outside.url("/in"))
        inside.pages["/round"] = lambda: moved("/rss")
        for url in (outside.url("/in"), inside.url("/out-and-in")):
            assert re_public(refusal(url, reader, trusted=True)), url
        assert [path for path, _ in inside.asked] == ["/out-and-in"]
        assert reader.read(inside.url("/out"), trusted=True).entries
        assert reader.read(inside.url("/round"), trusted=True).entries
        assert reader.read(outside.url("/rss")).entries


def test_what_was_granted_by_a_list_of_hosts_leads_to_no_other() -> None:
    with FeedWorld() as here, FeedWorld(host="127.0.0.2") as there:
        here.pages["/away"] = lambda: moved(there.url("/rss"))
        here.pages["/to-a-page"] = lambda: moved(there.url("/page"))
        here.pages["/stays"] = lambda: moved("/rss")

        def only(host: str) -> bool:
            return host == "127.0.0.1"

        assert READER.read(here.url("/stays"), only=only).entries
        assert "a host that is not on the operator's list" in str(refusal(here.url("/away"), only=only))
        with pytest.raises(FeedError, match="a host that is not on the operator's list"):
            READER.page(here.url("/to-a-page"), only=only)
        assert there.connections == 0
        assert READER.read(here.url("/away")).entries


def test_a_name_that_changes_its_address_is_judged_each_time_it_is_asked() -> None:
    with FeedWorld() as canary, FeedWorld(host="127.1.0.1") as world:
        answers = iter([["127.1.0.1"], ["127.0.0.1"], ["127.1.0.1", "127.0.0.1"]])
        reader = FeedReader(networks=[ip_network("127.1.0.0/16")], resolve=lambda host, port: next(answers))
        url = f"http://feeds.example:{world.port}/rss"
        assert reader.read(url, trusted=True).entries
        assert re_public(refusal(url, reader, trusted=True))
        assert reader.read(url, trusted=True).entries
        assert canary.connections == 0


def test_time_is_counted_over_all_redirects_and_addresses(world: FeedWorld) -> None:
    world.pages["/slow-round"] = lambda: (time.sleep(0.2), moved("/slow-round"))[1]
    began = time.monotonic()
    assert "in time" in str(refusal(world.url("/slow-round"), FeedReader(allow_private=True, seconds=0.5)))
    assert time.monotonic() - began < 2
    reader = FeedReader(allow_private=True, seconds=0.0, resolve=lambda host, port: ["127.0.0.1"] * 4)
    assert "in time" in str(refusal(world.url("/rss"), reader))


def test_many_threads_read_at_once(world: FeedWorld) -> None:
    paths = ["/rss", "/atom", "/gzip", "/etag", "/missing", "/bomb", "/page"] * 20

    def outcome(path: str) -> str:
        try:
            return repr(READER.read(world.url(path)))
        except FeedError as error:
            return str(error)

    alone = {path: outcome(path) for path in set(paths)}
    with ThreadPoolExecutor(32) as pool:
        assert list(pool.map(outcome, paths)) == [alone[path] for path in paths]


PEAK = """
import json, re, sys
from pathlib import Path
from agent.adapters.feeds import FeedReader
from agent.errors import FeedError

def peak():  # Not getrusage: on Linux that begins with what the parent had.
    return int(re.search(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text())[1]) / 1024

reader, before, said = FeedReader(allow_private=True), 0, {}
for url in sys.argv[1:]:
    try:
        said[url] = len(reader.read(url).entries)
    except FeedError as error:
        said[url] = error.facts["reason"]
    before = before or peak()
print(json.dumps([said, peak() - before]))
"""


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="the peak of a process is read as Linux tells it")
def test_no_feed_fills_memory(world: FeedWorld) -> None:
    paths = [
        "/rss",
        "/bomb",
        "/deflate-bomb",
        "/raw-deflate-bomb",
        "/100-mb-unsaid",
        "/flood",
        "/crumbs",
        "/entity-bomb",
    ]
    urls = [world.url(path) for path in paths]
    done = subprocess.run([sys.executable, "-c", PEAK, *urls], capture_output=True, text=True, check=True, timeout=60)
    said, megabytes = json.loads(done.stdout)
    assert said[world.url("/rss")] == 3
    assert all("longer than" in said[world.url(path)] for path in paths[1:6])
    assert megabytes < 40, "a bomb holds 60 million bytes, the heap 100"


def test_hidden_characters_are_taken_out_and_counted(world: FeedWorld) -> None:
    [entry] = entries(world.url("/hidden"))
    assert (entry.title, entry.link, entry.text, entry.hidden) == ("Calm", "https://a.example/x", "now", 4)
    assert READER.page(world.url("/long-page")).hidden == 2
    assert {entry.hidden for entry in entries(world.url("/rss"))} == {0}
