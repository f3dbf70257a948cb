"""`afterword sessions show` says which entries each turn showed its author, by their numbers."""

from dataclasses import replace
from pathlib import Path

import pytest

from agent.cli.publication import begin
from agent.outlet import FeedEntry
from agent.reading import follow
from agent.testing import NOON, FakeFeeds, a_session, an_outlet, tool_reply
from tests.cli.a_terminal import TWO, Terminal

pytestmark = pytest.mark.slow

FEED = "https://tides.example/rss"
TITLES = ["High water", "Low water"]


def test_a_transcript_says_which_entries_each_turn_showed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    begin(tmp_path / "pub", TWO)
    outlet = an_outlet(tmp_path / "pub")
    entries = [FeedEntry("The Tides", title, f"{FEED}/{title}", NOON, "Water.", title) for title in TITLES]
    with outlet.database.write() as db:
        follow(db, 1, FEED, now=NOON)
    replies = [tool_reply("list_reading"), tool_reply("read_entry", entry=2), tool_reply("decline")]
    a_session(replace(outlet, feeds=FakeFeeds({FEED: entries})), replies, prompt="reading")
    outlet.database.close()
    terminal = Terminal(tmp_path / "pub", monkeypatch, capsys)
    assert terminal("sessions", "show", "1") == 0
    turns = terminal.said.split("\nturn ")[1:]
    shown = [[line.strip() for line in turn.splitlines() if line.strip().startswith("shown:")] for turn in turns]
    assert shown == [
        ["shown: entries 1 (whole), 2 (whole)"],
        [],
        ["shown: entries 1, 2"],
        [],
        ["shown: entry 2 (whole)"],
        [],
    ]
    told = [turn["entries"] for turn in terminal.json("sessions", "show", "1")["turns"]]
    beside, listed = ([{"entry": number, "whole": whole} for number in (1, 2)] for whole in (True, False))
    assert told == [beside, [], listed, [], [{"entry": 2, "whole": True}], []]
