"""What authors ask about their own standing, as the staff see it."""

from dataclasses import replace

import pytest

from agent.outlet import Outlet
from agent.review import actions
from agent.tables import Revision
from agent.testing import a_session, tool_reply
from tests.desk.a_desk import PLAIN, Browser, a_waiting_piece, words_of
from tests.review.a_desk_of_two import a_public_piece, a_vetoed_piece, author_says, publishes, rows

pytestmark = pytest.mark.slow


def test_the_page_says_what_its_author_asked_and_what_follows_from_it(ada: Browser, outlet: Outlet) -> None:
    vetoed = a_vetoed_piece(outlet, PLAIN)
    appealed = tool_reply("appeal", piece=vetoed.piece_id, words="It is only <weather>.")
    a_session(outlet, [appealed, tool_reply("decline")])
    page = f"/revisions/{vetoed.id}?with=flags"
    assert "The author's appeal It is only <weather>. It waits for somebody who did not veto" in ada.words(page)
    assert "Appeals that wait for somebody who did not veto" in ada.words("/queue")
    assert "ada, ben gave a veto: " in ada.words("/queue")
    three = replace(outlet, settings=outlet.settings.model_copy(update={"reviewers": ["ada", "ben", "dan"]}))
    actions.rule(three, 1, "dan", overturned=True, reason="It names nobody.")
    words, queue = ada.words(page), ada.words("/queue")
    assert "dan overturned the veto, so none is taken any more" in words
    assert "Your verdict" in words
    assert "Give a veto" not in words
    assert "Appeals that wait" not in queue
    assert "a veto of it was overturned" in queue
    a_session(outlet, [tool_reply("withdraw", piece=vetoed.piece_id), tool_reply("decline")])
    words = ada.words(page)
    assert "Its author withdrew it. Nothing is left to decide." in words
    assert "Your verdict" not in words
    assert "No piece waits to be read." in ada.words("/queue")


def test_the_queue_says_what_is_missing_of_the_authors_consent(ada: Browser, outlet: Outlet) -> None:
    a_waiting_piece(outlet)
    author_says(outlet, "ask")
    assert "not publishable: its author wishes to be asked each time, and has not said yes" in ada.words("/queue")
    author_says(outlet, "no", "new")
    assert "No piece waits to be read." in ada.words("/queue")


def test_what_its_author_said_no_to_is_not_open(ada: Browser, outlet: Outlet) -> None:
    waiting, record = a_waiting_piece(outlet)
    author_says(outlet, "no", "new")
    page = f"/revisions/{waiting}"
    words = ada.words(f"{page}?with=flags")
    assert words.count("Its author said no. Nothing is left to decide.") == 2, "above the text, and below it"
    assert "Your verdict" not in words
    assert "Give a veto" not in words
    asked = {"verdict": "escalate", "record_sha256": record, "reason": "Is it about somebody?"}
    assert "Not stored. Its author said no." in words_of(ada.submit(f"{page}/reviews", **asked))


def test_a_text_says_what_it_is_about_and_what_it_revises(ada: Browser, outlet: Outlet) -> None:
    public, vetoed = a_public_piece(outlet, PLAIN, title="Low water"), a_vetoed_piece(outlet, PLAIN, title="High water")
    sent = [
        tool_reply("postscript", piece=public.piece_id, text="It rains still.\n", title="Later"),
        tool_reply("make_statement", piece=vetoed.piece_id, text="It named nobody.\n", title="A word"),
        tool_reply("revise", piece=public.piece_id, text="It shone.\n", title="Low water"),
    ]
    a_session(outlet, [*sent, tool_reply("decline")])
    queue = ada.get("/queue").text
    told = {
        "Later": f'an afterword under <a href="/revisions/{public.id}">piece 1, <bdi>Low water</bdi></a>',
        "A word": f'a statement about the veto of <a href="/revisions/{vetoed.id}">piece 2, <bdi>High water</bdi></a>',
        "It shone.": f'revises piece 1; <a href="/revisions/{public.id}">the text before it</a>',
    }
    newest = {row.id for row in rows(outlet, Revision)} - {public.id, vetoed.id}
    pages = [ada.get(f"/revisions/{revision}").text for revision in newest]
    for text, line in told.items():
        assert line in queue
        assert sum(line in page for page in pages) == 1, text


def test_the_page_of_what_was_taken_down_or_replaced_does_not_say_that_it_stands(ada: Browser, outlet: Outlet) -> None:
    first = a_public_piece(outlet, PLAIN)
    page, stands = f"/revisions/{first.id}?with=flags", "It stands in the next edition"
    assert stands in ada.words(page)
    a_session(outlet, [tool_reply("revise", piece=first.piece_id, text="It shone.\n"), tool_reply("decline")])
    assert stands in ada.words(page), "until the newer one is public"
    revised = rows(outlet, Revision)[-1]
    publishes(outlet, revised)
    assert "It was published, and revision 2 has taken its place since." in ada.words(page)
    a_session(outlet, [tool_reply("withdraw", piece=first.piece_id), tool_reply("decline")])
    words = [ada.words(page), ada.words(f"/revisions/{revised.id}?with=flags")]
    assert all("It was published, and its author took it down." in said for said in words)
    assert not any(stands in said or "Nothing is left to decide" in said for said in words)


def test_what_was_replaced_before_anyone_decided_says_so(ada: Browser, outlet: Outlet) -> None:
    first, _ = a_waiting_piece(outlet)
    a_session(outlet, [tool_reply("revise", piece=1, text="It shone.\n"), tool_reply("decline")])
    words = ada.words(f"/revisions/{first}?with=flags")
    assert "Its author sent a newer revision before anything came of this one." in words
    assert "It is waiting" not in words


def test_a_later_revision_is_open_though_the_first_was_taken_down(ada: Browser, outlet: Outlet) -> None:
    public = a_public_piece(outlet, PLAIN)
    revised = tool_reply("revise", piece=public.piece_id, text="Without the name.\n")
    a_session(outlet, [tool_reply("withdraw", piece=public.piece_id), revised, tool_reply("decline")])
    assert "and withdrawn" in ada.words(f"/pieces/{public.piece_id}")
    assert "withdrawn" in ada.words("/queue")
    newest = public.id + 1
    assert "Your verdict" in ada.words(f"/revisions/{newest}?with=flags")
    publishes(outlet, rows(outlet, Revision)[-1])
    words = ada.words(f"/pieces/{public.piece_id}")
    assert "and withdrawn" not in words
    assert "Asked for by its author" in words
