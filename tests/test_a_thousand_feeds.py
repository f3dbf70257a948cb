"""A thousand feeds, sixty of them hostile: the good ones all arrive, and none of the bad reaches a private address,
fills memory or stops the rest. One process is the world, another polls; on both databases.

`pytest -s tests/test_a_thousand_feeds.py` prints what came of each kind of feed.
"""

import json
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any, Self

import pytest
from sqlmodel import col, select

from agent.outlet import Outlet
from agent.tables import AuditEvent, Entry, Feed, Following
from agent.testing import NOON
from tests.a_thousand_feeds import EACH, MANY, NETWORKS, Bad, World

pytestmark = pytest.mark.slow

SECONDS = 5.0
"""For one feed in all, instead of the reader's own 20."""
GROWN = 300.0
"""Megabytes that polling may take."""
BOUND = 60.0
"""Seconds for a whole poll. On an idle machine it takes a tenth of that."""


class Poller:
    """The process that polls: tests/a_poller.py."""

    def __init__(self, world: World, outlet: Outlet, log: Path) -> None:
        self._log = log.open("w", encoding="utf-8")
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.a_poller"],
            cwd=Path(__file__).parent.parent,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._log,
            text=True,
        )
        given = {"url": outlet.database.url, "folder": str(outlet.settings.folder), "names": world.names}
        self._say(json.dumps(given | {"networks": NETWORKS, "seconds": SECONDS}))

    def poll(self, *, after_hours: float) -> dict[str, Any]:
        """Move its clock on, and let it poll once."""
        self._say(str(after_hours))
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        assert line, "the poller ended"
        came: dict[str, Any] = json.loads(line)
        return came

    def close(self) -> int:
        """Let it end, and return its exit code."""
        self._process.communicate(timeout=30)
        return self._process.returncode

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout, self._log):
            if pipe is not None:
                pipe.close()

    def _say(self, line: str) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(f"{line}\n")
        self._process.stdin.flush()


def follow(outlet: Outlet, urls: list[str]) -> None:
    with outlet.database.write() as db:
        feeds = [Feed(url=url, added_at=NOON) for url in urls]
        db.add_all(feeds)
        db.flush()
        db.add_all(Following(author_id=1, feed_id=feed.id, at=NOON) for feed in feeds)


def what_stands(outlet: Outlet) -> tuple[dict[str, Feed], dict[str, list[str]]]:
    """Every feed, and the titles of its entries, by its address."""
    with outlet.database.read() as db:
        feeds = {feed.url: feed for feed in db.exec(select(Feed))}
        rows = db.exec(select(Feed.url, Entry.title).join(Entry, col(Entry.feed_id) == Feed.id)).all()
    titles: dict[str, list[str]] = {url: [] for url in feeds}
    for url, title in rows:
        titles[url].append(title)
    return feeds, {url: sorted(found) for url, found in titles.items()}


def in_words(feed: Feed, titles: list[str], *, is_hostile: bool) -> str:
    """What came of a feed, as staff would say it."""
    if feed.failures or feed.gone_at:
        return feed.fault
    said = f"{len(titles)} entr{'y' if len(titles) == 1 else 'ies'}"
    if is_hostile:
        shown = ", ".join(f'"{title}"' for title in titles)
        return f"{said}: {shown}" if len(shown) <= 60 else f"{said}: {shown[:60]}…"
    if feed.etag or feed.last_modified:
        said += "; asked again, it had not changed (304)"
    return f"{said}; asked again, it was asked where it is now" if feed.moved_to else said


def table(world: World, feeds: Mapping[str, Feed], titles: Mapping[str, list[str]]) -> Iterator[str]:
    """Kind of feed, how many, and what came of it."""
    bad = {one.url for one in world.hostile}
    came = Counter(
        (kind, in_words(feeds[url], titles[url], is_hostile=url in bad)) for url, kind in world.followed.items()
    )
    for (kind, words), many in came.items():
        yield f"{kind:<40} {many:>3}  {words}"


def took(came: Mapping[str, Any]) -> str:
    counts = ", ".join(f"{came[name]:,} {name}" for name in ("asked", "new", "unchanged", "failed", "gone"))
    return f"{counts}; {came['seconds']:.1f} s, {came['cpu']:.1f} s of CPU"


def check_good(world: World, feeds: Mapping[str, Feed], titles: Mapping[str, list[str]]) -> None:
    """Every entry of every good feed is there, once, and where it has moved is known."""
    good = [url for url in world.followed if f":{world.good.port}/" in url]
    assert len(good) == MANY - len(world.hostile)
    for url in good:
        number = url.rpartition("/")[2]
        assert titles[url] == [f"{number}.{k}" for k in range(EACH)], url
        assert (feeds[url].failures, feeds[url].fault, feeds[url].gone_at) == (0, "", None), url
        there = url.replace(f"/{number}", f"/there/{number}") if "has moved" in world.followed[url] else ""
        assert feeds[url].moved_to == there


def check_bad(hostile: list[Bad], feeds: Mapping[str, Feed], titles: Mapping[str, list[str]]) -> None:
    """Each hostile feed came to what was decided, in words, and none has led anywhere else."""
    for bad in hostile:
        feed = feeds[bad.url]
        assert bad.comes_to in feed.fault, bad.kind
        assert bool(bad.comes_to) == bool(feed.failures or feed.gone_at), f"{bad.kind}: {feed.fault}"
        assert titles[bad.url] == sorted(bad.entries), bad.kind
        assert feed.moved_to == "", bad.kind


def check_words(outlet: Outlet) -> None:
    """Nothing that is stored runs, or is hidden."""
    with outlet.database.read() as db:
        entries = db.exec(select(Entry)).all()
    said = "".join(f"{entry.title}{entry.text}{entry.link}{entry.source}" for entry in entries)
    assert not {"alert(", "onerror", "<script", "\u200b", "\u202e", "\U000e0041"} & {
        sign for sign in ("alert(", "onerror", "<script", "\u200b", "\u202e", "\U000e0041") if sign in said
    }
    assert [entry.hidden for entry in entries if entry.title == "not so bad"] == [3]
    assert max(len(entry.text) for entry in entries) <= 2_000


def check_second_look(world: World, feeds: Mapping[str, Feed], later: dict[str, Any], before: int) -> None:
    """When they are due again: what has not changed is said to be so, and what has moved is asked there."""
    left_alone = [bad for bad in world.hostile if bad.kind.startswith(("410", "429"))]
    conditional = [url for url, kind in world.followed.items() if " with an ETag" in kind or " Last-Modified" in kind]
    assert (later["asked"], later["new"]) == (MANY - len(left_alone), 0)
    assert later["unchanged"] == len(conditional)
    paths = {f"/{url.rpartition('/')[2]}" for url in conditional}
    sent = {path: headers for path, headers in world.good.asked[before:] if path in paths}
    assert sent.keys() == paths
    assert all("If-None-Match" in headers or "If-Modified-Since" in headers for headers in sent.values())
    asked = Counter(path for path, _ in world.good.asked)
    for url, kind in world.followed.items():
        if "has moved" in kind:
            number = url.rpartition("/")[2]
            assert (asked[f"/{number}"], asked[f"/there/{number}"]) == (1, 2)
    turned = next(feed for url, feed in feeds.items() if "turns.example" in url)
    assert "the host turns.example has no public address" in turned.fault


def check_events(outlet: Outlet, world: World, feeds: Mapping[str, Feed]) -> None:
    """Staff are told once of each feed, although it failed more than once."""
    with outlet.database.read() as db:
        events = Counter(db.exec(select(AuditEvent.action).where(AuditEvent.actor == "outlet")))
    failing = [feed for feed in feeds.values() if feed.failures]
    assert max(feed.failures for feed in failing) == 2
    assert events == {
        "feed_failed": len(failing),
        "feed_gone": 1,
        "feed_moved": sum("has moved (" in kind for kind in world.followed.values()),
    }


def test_a_thousand_feeds(both: Outlet, tmp_path: Path) -> None:
    log = tmp_path / "poller.log"
    with World() as world, Poller(world, both, log) as poller:
        follow(both, list(world.followed))
        assert (len(world.followed), len({bad.kind for bad in world.hostile})) == (MANY, len(world.hostile))
        assert len(world.hostile) > 25

        first = poller.poll(after_hours=0)
        feeds, titles = what_stands(both)
        assert first["asked"] == MANY
        check_good(world, feeds, titles)
        check_bad(world.hostile, feeds, titles)
        assert first["failed"] + first["gone"] == sum(bool(bad.comes_to) for bad in world.hostile)
        check_words(both)
        assert first["looked_up"]["turns.example"] == 1, "a name is looked up once, and what was judged is asked"

        before = len(world.good.asked)
        again = poller.poll(after_hours=0)
        assert (again["asked"], len(world.good.asked)) == (0, before)
        assert all(
            feed.gone_at or (feed.next_at and feed.next_at > NOON + timedelta(hours=1)) for feed in feeds.values()
        )

        later = poller.poll(after_hours=3)
        feeds, titles = what_stands(both)
        check_good(world, feeds, titles)
        check_second_look(world, feeds, later, before)
        check_events(both, world, feeds)
        assert poller.close() == 0
        assert world.canary.came == 0
        world.canary.call()
        assert world.canary.came == 1, "it counts who comes"

    print(  # noqa: T201
        "",
        *table(world, feeds, titles),
        f"first look: {took(first)}",
        f"three hours later: {took(later)}",
        f"memory grew by {later['grown']:.0f} MB; nobody came to 127.0.0.1 or ::1",
        sep="\n",
    )
    assert max(first["seconds"], later["seconds"]) < BOUND
    assert later["grown"] < GROWN
    assert "Traceback" not in log.read_text(encoding="utf-8")
