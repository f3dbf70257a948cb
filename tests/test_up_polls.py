"""`afterword up` reads the feeds that are due by itself, and a stop waits for no more than the one in flight."""

import threading
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlmodel import col, select

from agent.database import Database
from agent.tables import Entry, Feed
from tests.a_publication import SETTINGS, APublication, wait_for
from tests.feed_world import FeedWorld, Page, rss, xml

pytestmark = pytest.mark.slow


def test_up_reads_what_is_due_and_a_stop_begins_no_further_feed(tmp_path: Path) -> None:
    gate = threading.Event()

    def held() -> Page:
        gate.wait(20)
        return xml(rss("<title>second</title>"))

    with FeedWorld() as world:
        world.pages["/1"] = lambda: xml(rss("<title>first</title>"))
        world.pages["/2"] = held
        world.pages["/3"] = lambda: xml(rss("<title>third</title>"))
        urls = ", ".join(f'"{world.url(path)}"' for path in ("/1", "/2", "/3"))
        publication = APublication(
            tmp_path / "pub", settings=f"allow_private_feeds = true\n{SETTINGS}feeds = [{urls}]\n"
        )
        with publication.start("up") as running:
            wait_for(lambda: len(world.asked) == 2, 30, lambda: running.printed)
            running.process.terminate()
            running.until("the turn in flight is finished first")
            gate.set()
            assert running.process.wait(30) == 0
            running.until("action=feeds asked=2 new=2 unchanged=0 failed=0 gone=0")
        assert [path for path, _ in world.asked] == ["/1", "/2"]
    database = Database(f"sqlite:///{publication.folder / 'afterword.db'}")
    with database.read() as db:
        first, second, third = db.exec(select(Feed).order_by(col(Feed.id))).all()
        assert sorted(db.exec(select(Entry.title))) == ["first", "second"]
    database.close()
    now = datetime.now(UTC)
    assert [feed.next_at is not None and feed.next_at <= now for feed in (first, second, third)] == [False, False, True]
