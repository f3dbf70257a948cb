"""The strip above the queue: what stands still, folded away until somebody wants to know."""

import re

import pytest

from agent import pausing
from agent.desk.pages import commands
from agent.outlet import Outlet
from agent.tables import Pause
from tests.desk.a_desk import Browser

pytestmark = pytest.mark.slow


def a_pause_by_the_outlet(outlet: Outlet, author: int, reason: str = "The key is wrong.") -> None:
    with outlet.database.write() as db:
        db.add(Pause(author_id=author, paused=True, actor="outlet", reason=reason, at=outlet.now()))


def test_where_all_is_well_there_is_no_strip(ada: Browser) -> None:
    assert "<details" not in ada.get("/queue").text


def test_what_waits_for_an_operator_is_counted_and_told_below(ada: Browser, outlet: Outlet) -> None:
    pausing.set_pause(outlet, None, paused=True, actor="ben", reason="a holiday")
    assert "1 thing to know everyone since 1 November 2026, 12:00 UTC paused by ben: a holiday." in ada.words("/queue")
    a_pause_by_the_outlet(outlet, 1)
    assert "1 thing waits for an operator, 1 more to know" in ada.words("/queue")
    a_pause_by_the_outlet(outlet, 2)
    words = ada.words("/queue")
    assert "2 things wait for an operator, 1 more to know" in words
    order = [
        "2 things wait",
        "author opus",
        "waits for an operator since",
        "author sonnet",
        "everyone",
        "No piece waits",
    ]
    assert order == sorted(order, key=words.index)
    page = ada.get("/queue").text
    assert "<code>afterword resume opus</code>" in page
    assert re.search(r'<details class="told">\s*<summary>', page), "closed, and without a script"
    assert "<script" not in page.partition("<body")[2]


def test_words_from_elsewhere_are_shown_and_not_run(ada: Browser, outlet: Outlet) -> None:
    a_pause_by_the_outlet(outlet, 1, "<img src=x onerror=a> `<b>`")
    page = ada.get("/queue").text
    assert "&lt;img src=x onerror=a&gt; <code>&lt;b&gt;</code>" in page
    assert "<img" not in page


def test_a_stranger_is_told_nothing(stranger: Browser, outlet: Outlet) -> None:
    a_pause_by_the_outlet(outlet, 1)
    assert "opus" not in stranger.get("/queue").text


@pytest.mark.parametrize(
    ("words", "shown"),
    [
        ("Run `afterword up`, then `b`.", "Run <code>afterword up</code>, then <code>b</code>."),
        ("One ` alone & more", "One ` alone &amp; more"),
        ("", ""),
    ],
)
def test_commands_in_words_are_set_apart(words: str, shown: str) -> None:
    assert commands(words) == shown
