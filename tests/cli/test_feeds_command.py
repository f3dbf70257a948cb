"""`afterword feeds`: what authors read, why it is there, and an operator's hand in it."""

import os
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import SQLModel, col, select

from agent import opml
from agent.cli.publication import begin
from agent.outlet import Outlet
from agent.reading import follow, followings, unfollow
from agent.record import keep
from agent.tables import Entry, Feed, Following, Unfollowing, Want, Wish
from agent.testing import NOON, a_room, an_outlet
from tests.cli.a_terminal import TWO, Terminal
from tests.feed_world import RSS, FeedWorld, moved, xml

pytestmark = pytest.mark.slow

RUST = "https://rust.example/atom"
WHY = "It has turned into advertisements."


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    begin(tmp_path / "pub", TWO)
    return tmp_path / "pub"


@pytest.fixture
def outlet(folder: Path) -> Iterator[Outlet]:
    """The same publication as the commands see, for a look at its rows and for what authors do."""
    outlet = an_outlet(folder)
    yield outlet
    outlet.database.close()


@pytest.fixture
def terminal(outlet: Outlet, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Terminal:
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("AFTERWORD_ALLOW_PRIVATE_FEEDS", "true")
    monkeypatch.setenv("LOGNAME", "cleo")
    return Terminal(outlet.settings.folder, monkeypatch, capsys)


@pytest.fixture(scope="module")
def world() -> Iterator[FeedWorld]:
    with FeedWorld() as world:
        yield world


@pytest.fixture(autouse=True)
def _asked_by_nobody(world: FeedWorld) -> None:
    world.asked.clear()


def rows(outlet: Outlet, table: type[SQLModel]) -> list[Any]:
    with outlet.database.read() as db:
        return list(db.exec(select(table).order_by(col(table.id))))  # type: ignore[attr-defined]


def asked(world: FeedWorld) -> list[str]:
    return [path for path, _ in world.asked]


def words(terminal: Terminal) -> str:
    """What was said, in one line; each line of it fits into 80 columns, but for what cannot be folded."""
    for line in terminal.said.splitlines():
        assert len(line) <= 80 or " " not in line.strip(), line
    return " ".join(terminal.said.split())


def put(outlet: Outlet, url: str, author: int = 1, **facts: Any) -> int:
    """A feed that Ben put on a reading list, with what is known of it; its number."""
    with outlet.database.write() as db:
        number = follow(db, author, url, now=NOON, actor="ben").feed_id
        for name, fact in facts.items():
            setattr(db.get_one(Feed, number), name, fact)
    return number


def wishes_for(outlet: Outlet, url: str, author: str = "opus") -> int:
    """An author asks for a feed, and it is granted; the wish's number."""
    with a_room(outlet, author) as room:
        blob = keep(room.db, b"I would like to.")
        wish = Wish(author_id=room.author.id, turn_id=room.turn.id, want=Want.FEED, url=url, blob_id=blob.id, at=NOON)
        room.db.add(wish)
        room.db.flush()
        follow(room.db, room.author.id, url, now=NOON, wish_id=wish.id)
        return wish.id


def leaves(outlet: Outlet, author: str = "opus") -> None:
    """An author stops following all that it follows, by its own choice."""
    with a_room(outlet, author) as room:
        held = [f.id for f in followings(room.db, room.author.id)]
        unfollow(room.db, held, now=NOON, turn_id=room.turn.id)


def declare(folder: Path, url: str) -> None:
    """Name a feed in afterword.toml, for Opus."""
    file = folder / "afterword.toml"
    text = file.read_text(encoding="utf-8")
    assert text.count('name = "opus"\n') == 1
    file.write_text(text.replace('name = "opus"\n', f'name = "opus"\nfeeds = ["{url}"]\n'), encoding="utf-8")


# Adding


def test_a_feed_is_read_first_and_then_on_the_lists_of_all(
    terminal: Terminal, outlet: Outlet, world: FeedWorld
) -> None:
    assert terminal("feeds", "add", world.url("/rss").replace("http:", "HTTP:") + "#top") == 0, terminal.error
    assert words(terminal) == (
        "The Tide Table (127.0.0.1): 3 entries. It is on the reading list of opus and sonnet now. `afterword up` "
        "reads it in a moment."
    )
    assert asked(world) == ["/rss"]
    [feed] = rows(outlet, Feed)
    assert (feed.url, feed.title, feed.read_at, feed.next_at) == (
        world.url("/rss"),
        "The Tide Table (127.0.0.1)",
        None,
        None,
    )
    assert [(f.author_id, f.actor, f.wish_id) for f in rows(outlet, Following)] == [
        (1, "cleo", None),
        (2, "cleo", None),
    ]
    assert rows(outlet, Entry) == []


def test_what_is_followed_already_is_not_asked_and_not_changed(
    terminal: Terminal, outlet: Outlet, world: FeedWorld
) -> None:
    add = ("feeds", "add", world.url("/rss"))
    assert terminal(*add, "--author", "opus", "--as", "ada") == 0
    assert terminal(*add, "--author", "opus", "--author", "opus", "--as", "ben") == 0
    assert words(terminal) == "It was on the reading list of opus already."
    assert asked(world) == ["/rss"]
    assert terminal(*add, "--as", "ben") == 0
    assert "It is on the reading list of sonnet now." in words(terminal)
    assert "It was on the reading list of opus already." in words(terminal)
    assert [(f.author_id, f.actor) for f in rows(outlet, Following)] == [(1, "ada"), (2, "ben")]


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("/page", "it is a web page, not a feed. Nothing was stored."),
        ("/missing", "HTTP 404"),
        ("/broken", "its XML is broken"),
        ("/gone", "gone for good (HTTP 410)"),
    ],
)
def test_what_is_no_feed_is_said_and_not_stored(
    terminal: Terminal, outlet: Outlet, world: FeedWorld, path: str, said: str
) -> None:
    assert terminal("feeds", "add", world.url(path).replace("//", "//cleo:secret@")) == 1
    assert terminal.error.startswith(f"afterword: {world.url(path)}: ")
    assert said in terminal.error
    assert "secret" not in terminal.error
    assert terminal.error.strip().count("\n") == 0
    assert ("--unread" in terminal.error) is (path != "/gone")
    assert rows(outlet, Feed) == []


def test_a_private_address_is_refused_before_it_is_asked(
    terminal: Terminal, outlet: Outlet, world: FeedWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("AFTERWORD_ALLOW_PRIVATE_FEEDS")
    for command in ("add", "fetch"):
        assert terminal("feeds", command, world.url("/rss")) == 1
        assert "has no public address" in terminal.error
    assert (asked(world), rows(outlet, Feed)) == ([], [])


@pytest.mark.parametrize("command", ["add", "fetch"])
@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("file:///etc/hostname", "neither http:// nor https://"),
        ("tides.example/rss", "neither http:// nor https://"),
        ("https://", "its address cannot be read"),
        ("https://ti des.example/", "its address cannot be read"),
        ("https://tides.example\\@127.0.0.1/", "its address cannot be read"),
        ("https://tides.example/\x1b[2J", "its address cannot be read"),
        ("https://tides.example/" + "a" * 2_000, "longer than 2,000 bytes"),
        ("", "it names no address"),
    ],
)
def test_what_is_no_address_is_said_in_one_sentence(terminal: Terminal, command: str, url: str, said: str) -> None:
    assert terminal("feeds", command, url) == 1
    assert said in terminal.error
    assert terminal.error.strip().isprintable() or "\x1b" in url
    assert "Traceback" not in terminal.error


def test_a_server_that_is_down_can_be_added_unread(terminal: Terminal, outlet: Outlet) -> None:
    assert terminal("feeds", "add", "http://127.0.0.1:9/rss") == 1
    assert "no connection could be made" in terminal.error
    assert terminal("feeds", "add", "http://127.0.0.1:9/rss", "--unread", "--author", "sonnet") == 0
    assert words(terminal).startswith("It is on the reading list of sonnet now.")
    assert [(f.author_id, f.actor) for f in rows(outlet, Following)] == [(2, "cleo")]


@pytest.mark.parametrize(
    "ill",
    [{"failures": 3, "fault": "it did not answer in time", "next_at": NOON}, {"gone_at": NOON, "next_at": NOON}],
    ids=["failing", "gone"],
)
def test_a_feed_that_fails_or_is_gone_is_given_a_new_chance(
    terminal: Terminal, outlet: Outlet, world: FeedWorld, ill: dict[str, Any]
) -> None:
    url = world.url("/may-be-there")
    assert terminal("feeds", "add", url, "--unread") == 0
    with outlet.database.write() as db:
        feed = db.exec(select(Feed)).one()
        for name, fact in ill.items():
            setattr(feed, name, fact)
    assert terminal("feeds", "add", url) == 1, "it is not there yet"
    assert {name: getattr(rows(outlet, Feed)[0], name) for name in ill} == ill
    world.pages["/may-be-there"] = lambda: xml(RSS)
    assert terminal("feeds", "add", url) == 0
    assert "It had failed before, and is asked anew." in words(terminal)
    [feed] = rows(outlet, Feed)
    assert (feed.failures, feed.fault, feed.gone_at, feed.next_at) == (0, "", None, None)
    assert len(rows(outlet, Following)) == 2
    del world.pages["/may-be-there"]


def test_a_feed_that_has_moved_is_the_same_by_either_address(
    terminal: Terminal, outlet: Outlet, world: FeedWorld
) -> None:
    world.pages["/old"] = lambda: moved("/rss", status=301)
    put(outlet, world.url("/first"), moved_to=world.url("/rss"))
    assert terminal("feeds", "add", world.url("/rss"), "--author", "opus") == 0
    assert "already" in words(terminal)
    assert terminal("feeds", "add", world.url("/old"), "--author", "sonnet") == 0
    assert f"It has moved for good to {world.url('/rss')}" in words(terminal)
    assert [feed.url for feed in rows(outlet, Feed)] == [world.url("/first")]
    assert terminal("feeds", "remove", world.url("/rss"), "--author", "sonnet") == 0
    assert [f.feed_id for f in rows(outlet, Following)] == [1, 1]


def test_what_an_author_left_stays_off_its_list(terminal: Terminal, outlet: Outlet, world: FeedWorld) -> None:
    url = world.url("/rss")
    assert terminal("feeds", "add", url, "--author", "opus") == 0
    leaves(outlet)
    world.asked.clear()
    assert terminal("feeds", "add", url, "--author", "opus") == 1
    assert "opus stopped following it by choice" in terminal.error
    assert (asked(world), len(rows(outlet, Following))) == ([], 1)
    assert terminal("feeds", "add", url) == 0
    assert "It is on the reading list of sonnet now." in words(terminal)
    assert "It is not on that of opus: the author stopped following it by choice, and that holds." in words(terminal)
    assert [f.author_id for f in rows(outlet, Following)] == [1, 2]
    leaves(outlet, "sonnet")
    assert terminal("feeds", "add", url) == 1
    assert "opus and sonnet stopped following it by choice" in terminal.error


def test_an_author_that_is_not_there_is_named_and_nothing_is_stored(
    terminal: Terminal, outlet: Outlet, world: FeedWorld
) -> None:
    for command in (["add", RUST], ["list"], ["export"], ["remove", RUST]):
        put(outlet, RUST) if command[0] == "remove" else None
        assert terminal("feeds", *command, "--author", "haiku") == 1
        assert ('No author is called "haiku"' in terminal.error) is (command[0] != "remove")
        assert "haiku" in terminal.error
    assert asked(world) == []


# Removing


def test_a_feed_is_taken_away_by_whom_and_why(terminal: Terminal, outlet: Outlet, world: FeedWorld) -> None:
    assert terminal("feeds", "add", world.url("/rss"), "--as", "ada") == 0
    assert terminal("feeds", "remove", world.url("/rss"), "--author", "opus", "--as", "ben", "--reason", WHY) == 0
    assert words(terminal) == "It is off the reading list of opus. That is told with the next invitation."
    [ended] = rows(outlet, Unfollowing)
    assert (ended.following_id, ended.turn_id, ended.actor, ended.reason) == (1, None, "ben", WHY)
    assert terminal("feeds", "remove", world.url("/rss")) == 0
    assert words(terminal).startswith("It is off the reading list of sonnet.")
    assert terminal("feeds", "remove", world.url("/rss")) == 1
    assert f'Nobody follows "{world.url("/rss")}"' in terminal.error
    assert terminal("feeds", "add", world.url("/rss"), "--author", "opus") == 0, "an operator may think again"


def test_a_wish_is_taken_away_with_a_reason_alone(terminal: Terminal, outlet: Outlet) -> None:
    wishes_for(outlet, RUST)
    with outlet.database.write() as db:
        follow(db, 1, RUST, now=NOON, actor="ada")
    for reason in ("", "   ", "No."):
        assert terminal("feeds", "remove", RUST, "--reason", reason) == 1
        assert "Give the reason for this removal in words" in terminal.error
    assert rows(outlet, Unfollowing) == []
    assert terminal("feeds", "remove", RUST, "--reason", WHY) == 0
    assert [(u.following_id, u.actor, u.reason) for u in rows(outlet, Unfollowing)] == [
        (1, "cleo", WHY),
        (2, "cleo", WHY),
    ]


def test_what_stands_in_the_file_is_taken_out_there(terminal: Terminal, outlet: Outlet, folder: Path) -> None:
    declare(folder, RUST)
    assert terminal("feeds", "remove", RUST) == 1
    assert terminal.error.strip() == (
        "afterword: It stands in afterword.toml for opus: take it out there. Nothing was changed."
    )
    with outlet.database.write() as db:
        follow(db, 2, RUST, now=NOON, actor="ada")
    assert terminal("feeds", "remove", RUST) == 1
    assert terminal.error.strip().endswith("Nothing was changed. --author takes it from sonnet alone.")
    assert terminal("feeds", "remove", RUST, "--author", "sonnet") == 0
    assert terminal("feeds", "remove", RUST, "--author", "sonnet") == 1
    assert "It is not on the reading list of sonnet. Nothing was changed." in terminal.error
    assert len(rows(outlet, Unfollowing)) == 1


def test_an_address_with_a_password_is_found_as_it_is_shown(terminal: Terminal, outlet: Outlet) -> None:
    assert terminal("feeds", "add", "https://cleo:secret@rust.example/atom", "--unread") == 0
    for command in (["list"], ["list", "--json"], ["export"]):
        assert terminal("feeds", *command) == 0
        assert RUST in terminal.said
        assert "secret" not in terminal.said
    assert terminal("feeds", "remove", RUST) == 0
    assert len(rows(outlet, Unfollowing)) == 2


@pytest.mark.parametrize("command", [["add", RUST, "--unread"], ["remove", RUST]])
def test_a_name_that_no_database_takes_is_refused(terminal: Terminal, outlet: Outlet, command: list[str]) -> None:
    put(outlet, RUST)
    assert terminal("feeds", *command, "--as", "a\x00b") == 1
    assert "cannot be stored" in terminal.error
    assert rows(outlet, Unfollowing) == []


# The list


def test_the_list_says_who_follows_what_and_why_and_what_is_wrong(
    terminal: Terminal, outlet: Outlet, folder: Path
) -> None:
    declare(folder, RUST)
    tides, moss, tomb = "https://tides.example/rss", "https://moss.example/feed", "https://tomb.example/feed"
    assert terminal("feeds", "add", RUST, "--unread", "--as", "ada") == 0
    wish = wishes_for(outlet, RUST, "sonnet")
    later = NOON + timedelta(days=40_000)
    for url in (tides, moss, tomb):
        assert terminal("feeds", "add", url, "--unread", "--author", "sonnet", "--as", "ben") == 0
    with outlet.database.write() as db:
        feeds = {feed.url: feed for feed in db.exec(select(Feed))}
        feeds[RUST].failures, feeds[RUST].fault = 1, "it did not answer in time"
        feeds[tides].title, feeds[tides].moved_to = "The \x1b[2JTides (tides.example)", "https://new.example/tides"
        feeds[tides].read_at, feeds[tides].next_at = NOON, later
        feeds[moss].title, feeds[moss].failures = "Moss (moss.example)", 12
        feeds[moss].fault, feeds[moss].read_at, feeds[moss].next_at = "it answered with HTTP 500", NOON, NOON
        feeds[tomb].title, feeds[tomb].gone_at, feeds[tomb].read_at = "all gone (tomb.example)", NOON, NOON
        facts = {"source": "x", "title": "x", "link": "", "text": "x", "at": NOON}
        db.add_all(Entry(feed_id=feeds[tides].id, key=str(n), **facts) for n in range(2))

    assert terminal("feeds") == 0, terminal.error
    listed = terminal.said
    assert terminal("feeds", "list") == 0
    assert terminal.said == listed
    assert max(map(len, listed.splitlines())) <= 80
    gone, moss_, tides_, rust = (" ".join(lines.split()) for lines in listed.split("\n\n"))
    assert gone == (
        "4 all gone (tomb.example) https://tomb.example/feed followed by sonnet (put there by ben) read 2026-11-01 "
        "12:00Z, 0 entries gone for good, it said on 2026-11-01 12:00Z; `afterword feeds add` asks it once more"
    )
    assert moss_ == (
        "3 Moss (moss.example) https://moss.example/feed followed by sonnet (put there by ben) read 2026-11-01 "
        "12:00Z, 0 entries; asked again as soon as `afterword up` runs could not be read, 12 times in a row: it "
        "answered with HTTP 500"
    )
    assert tides_ == (
        "2 The \\u001b[2JTides (tides.example) https://tides.example/rss moved to https://new.example/tides followed "
        f"by sonnet (put there by ben) read 2026-11-01 12:00Z, 2 entries; asked again {later:%Y-%m-%d} 12:00Z"
    )
    assert rust == (
        "1 (its name is not known yet) https://rust.example/atom followed by opus (afterword.toml), sonnet (put there "
        f"by ada; its wish {wish}) not read yet, 0 entries; asked again as soon as `afterword up` runs could not be "
        "read, once: it did not answer in time"
    )
    assert terminal("feeds", "--author", "opus") == 0
    assert terminal.said.startswith("1  (its name is not known yet)\n")
    assert len(terminal.said.split("\n\n")) == 1


def test_the_list_is_one_json_list(terminal: Terminal, outlet: Outlet) -> None:
    assert terminal.json("feeds") == []
    assert terminal("feeds") == 0
    assert terminal.said == "Nobody follows a feed yet: afterword feeds add URL\n"
    assert terminal("feeds", "add", RUST, "--unread", "--as", "ada", "--author", "opus") == 0
    [row] = terminal.json("feeds")
    assert terminal.json("feeds", "list") == [row]
    since = row["followers"][0].pop("since")
    assert since == row.pop("added_at")
    assert row == {
        "feed": 1,
        "title": "",
        "url": RUST,
        "moved_to": "",
        "followers": [{"author": "opus", "why": ["put there by ada"]}],
        "entries": 0,
        "orders": 0,
        "read_at": None,
        "next_at": None,
        "failures": 0,
        "fault": "",
        "gone_at": None,
    }
    assert terminal.json("feeds", "list", "--author", "sonnet") == []
    assert terminal("feeds", "--author", "sonnet") == 0
    assert terminal.said == "sonnet follows no feed.\n"
    assert terminal("feeds", "--json", "add", RUST) == 2
    assert "stand behind the word add" in terminal.error


# Trying one out


def test_a_feed_is_tried_out_and_nothing_is_stored(terminal: Terminal, outlet: Outlet, world: FeedWorld) -> None:
    item = "<item><title>{}</title><link>https://two.example/</link><description>{}</description></item>"
    long = item.format("\x85Lo&#8203;ng", "&lt;script&gt;alert(1)&lt;/script&gt;" + "Water runs. " * 100)
    world.pages["/two"] = lambda: xml(
        f"<rss version='2.0'><channel><title>Two</title>{long}{item.format('', 'Short.')}</channel></rss>"
    )
    world.pages["/moved-two"] = lambda: moved("/two", status=308)
    before = sorted(os.listdir(terminal.folder))
    assert terminal("feeds", "fetch", world.url("/moved-two")) == 0, terminal.error
    assert max(map(len, terminal.said.splitlines())) <= 80
    head, first, second = terminal.said.split("\n\n")
    assert head == f"Two (127.0.0.1): 2 entries.\nIt has moved for good to {world.url('/two')}"
    assert first.splitlines()[:3] == ["1  Long", "   Two (127.0.0.1), no date", "   https://two.example/"]
    assert first.splitlines()[3] == "   hidden characters taken out: 1"
    assert [line.startswith("   | Water runs.") for line in first.splitlines()[-5:]] == [True] * 4 + [False]
    assert first.splitlines()[-1] == "   | […]"
    assert "alert" not in terminal.said
    assert "\u200b" not in terminal.said
    assert second == "2  untitled\n   Two (127.0.0.1), no date\n   https://two.example/\n   | Short.\n"
    assert sorted(os.listdir(terminal.folder)) == before
    assert rows(outlet, Feed) == []


def test_what_was_read_is_one_json_list_of_entries_in_full(terminal: Terminal, world: FeedWorld) -> None:
    newest, older, undated = terminal.json("feeds", "fetch", world.url("/rss"))
    assert newest == {
        "source": "The Tide Table (127.0.0.1)",
        "title": "High water",
        "link": "https://tides.example/high?a=1&b=2",
        "published": "2026-11-01T09:30:00+00:00",
        "text": newest["text"],
        "key": "https://tides.example/high?a=1&b=2",
        "hidden": 0,
        "unseen": "",
    }
    assert "The whole story: 3 < 4." in newest["text"]
    assert (older["title"], undated["published"]) == ("Low water", None)


def test_a_feed_that_cannot_be_read_is_one_sentence(terminal: Terminal, world: FeedWorld) -> None:
    for path, said in {"/missing": "HTTP 404", "/page": "it is a web page", "/round": "redirected more than"}.items():
        assert terminal("feeds", "fetch", world.url(path)) == 1
        assert said in terminal.error
        assert terminal.said == ""
        assert terminal.error.strip().count("\n") == 0


# Lists as files


def a_list(folder: Path, *outlines: str) -> str:
    """A file with those outlines, one a line from the second on."""
    file = folder / "list.opml"
    body = "\n".join(["<opml version='2.0'><body>", *outlines, "</body></opml>"])
    file.write_text(body, encoding="utf-8")
    return str(file)


def test_a_list_is_taken_in_and_nobody_is_asked(terminal: Terminal, outlet: Outlet, world: FeedWorld) -> None:
    gone = put(outlet, "https://tomb.example/feed", author=2, gone_at=NOON, moved_to="https://tomb.example/new")
    put(outlet, world.url("/rss"), gone_at=NOON)
    put(outlet, world.url("/rss"), author=2)
    file = a_list(
        terminal.folder,
        f'<outline text="Water"><outline text="Tides" xmlUrl="{world.url("/rss")}"/>',
        f'<outline text="Rust" XMLURL="{RUST}"/></outline>',
        f'<outline text="Rust again" xmlUrl="{RUST.replace("rust", "RUST", 1)}#top"/>',
        '<outline text="Tomb" xmlUrl="https://tomb.example/new"/>',
        '<outline text="A &#x9b; page" htmlUrl="https://page.example/"/>',
        '<outline xmlUrl="feed://feed.example/"/>',
        f'<outline xmlUrl="https://long.example/{"a" * 2_000}"/>',
        '<outline xmlUrl="https://[odd/"/>',
    )
    assert terminal("feeds", "import", file, "--as", "ada") == 0, terminal.error
    assert words(terminal) == (
        "2 feeds added, 1 feed there already, 1 named twice. `afterword up` reads them, and `afterword feeds` says how "
        'that goes. Line 6 "A \\u009b page" could not be used: it names no address. Line 7 could not be used: its '
        "address begins with neither http:// nor https://. Line 8 could not be used: its address is longer than 2,000 "
        "bytes. Line 9 could not be used: its address cannot be read; in full it looks like https://example.org/feed."
    )
    assert asked(world) == []
    put_there = [(f.author_id, f.feed_id) for f in rows(outlet, Following) if f.actor == "ada"]
    assert put_there == [(1, gone), (1, 3), (2, 3)]
    assert [(feed.url, feed.gone_at) for feed in rows(outlet, Feed)] == [
        ("https://tomb.example/feed", None),
        (world.url("/rss"), NOON),
        (RUST, None),
    ]
    assert terminal("feeds", "import", file) == 0
    assert words(terminal).startswith("0 feeds added, 3 feeds there already, 1 named twice.")


def test_what_authors_left_is_not_brought_back_by_a_list(terminal: Terminal, outlet: Outlet) -> None:
    put(outlet, RUST)
    leaves(outlet)
    file = a_list(terminal.folder, f'<outline xmlUrl="{RUST}"/>')
    assert terminal("feeds", "import", file, "--author", "opus") == 0
    assert words(terminal) == (
        "0 feeds added, 0 feeds there already, 0 named twice. Not for opus, which stopped following it by choice: "
        f"{RUST}"
    )
    assert terminal("feeds", "import", file) == 0
    assert words(terminal).startswith("1 feed added, 0 feeds there already, 0 named twice.")
    assert [f.author_id for f in rows(outlet, Following)] == [1, 2]


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"", "it is empty"),
        (b"<html></html>", "it is not OPML"),
        (b"<!DOCTYPE x><opml/>", "a document type"),
        (b"<opml><body><outline text='x'/></body></opml>", "There is no feed in"),
        (b"<opml>", "its XML is broken"),
        (None, "No such file or directory"),
    ],
)
def test_a_file_that_is_no_list_is_said_and_nothing_is_stored(
    terminal: Terminal, outlet: Outlet, body: bytes | None, said: str
) -> None:
    file = terminal.folder / "list.opml"
    if body is not None:
        file.write_bytes(body)
    assert terminal("feeds", "import", str(file)) == 1
    assert said in terminal.error
    assert str(file) in terminal.error
    assert terminal.error.strip().count("\n") == 0
    assert rows(outlet, Feed) == []


def test_a_list_that_was_written_is_taken_in_elsewhere(terminal: Terminal, outlet: Outlet, tmp_path: Path) -> None:
    put(outlet, "https://new.example/?a=1&b=2", author=2, title="The same")
    put(
        outlet,
        "https://tides.example/rss",
        title="The <Tides> & \x9b\ufffe co",
        moved_to="https://new.example/?a=1&b=2",
    )
    put(outlet, "https://cleo:secret@moss.example/feed", author=2, title="Moss")
    put(outlet, RUST, author=2)
    assert terminal("feeds", "export") == 0
    printed = terminal.said
    assert opml.read(printed.encode(), "printed") == [
        opml.Outline("https://moss.example/feed", "Moss"),
        opml.Outline("https://new.example/?a=1&b=2", "The <Tides> & \x9b co"),
        opml.Outline(RUST),
    ]
    assert "<dateCreated>" in printed
    assert terminal("feeds", "export", "--author", "opus", "--out", str(tmp_path / "opus.opml")) == 0
    assert words(terminal).endswith("opus.opml: 1 feed.")
    assert terminal("feeds", "export", "--out", str(tmp_path / "no" / "x.opml")) == 1
    assert terminal.error == (
        f"afterword: {tmp_path}/no/x.opml was not written: No such file or directory. What was there is as it was."
    )
    (tmp_path / "all.opml").write_text("what was there")
    (tmp_path / ".all.opml.part").mkdir()
    assert terminal("feeds", "export", "--out", str(tmp_path / "all.opml")) == 1
    assert "all.opml was not written: Is a directory" in terminal.error
    assert (tmp_path / "all.opml").read_text() == "what was there"
    (tmp_path / ".all.opml.part").rmdir()
    assert terminal("feeds", "export", "--out", str(tmp_path / "all.opml")) == 0
    assert not (tmp_path / ".all.opml.part").exists()

    begin(tmp_path / "other", TWO)
    terminal.folder = tmp_path / "other"
    assert terminal("feeds", "import", str(tmp_path / "all.opml")) == 0
    assert words(terminal).startswith("3 feeds added, 0 feeds there already, 0 named twice.")
    listed = [row["url"] for row in terminal.json("feeds")]
    assert listed == ["https://moss.example/feed", "https://new.example/?a=1&b=2", RUST]


def test_of_many_lines_that_cannot_be_used_ten_are_named(terminal: Terminal, tmp_path: Path) -> None:
    outlines = "".join(f'<outline text="{n}" xmlUrl="ftp://h{n}.example/"/>' for n in range(3_000))
    listed = f'<opml version="2.0"><body><outline xmlUrl="https://moss.example/"/>{outlines}</body></opml>'
    (tmp_path / "many.opml").write_text(listed)
    assert terminal("feeds", "import", str(tmp_path / "many.opml")) == 0
    assert terminal.said.count("neither http") == 10
    assert words(terminal).endswith("And 2,990 more could not be used.")


def test_a_private_address_is_no_matter_of_time_and_names_the_setting(
    terminal: Terminal, world: FeedWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("AFTERWORD_ALLOW_PRIVATE_FEEDS")
    assert terminal("feeds", "add", world.url("/rss")) == 1
    assert "addresses of private networks are never asked (feed_networks can name some" in terminal.error
    assert terminal.error.endswith("Nothing was stored.")
    assert asked(world) == []
